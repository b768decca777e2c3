//! Answers to queries: found, not found, or no answer (Paradex reference 2).

use super::decode_private::{Private, is_forced, read_account, read_fill, read_position};
use super::decode_public::{self, ms_to_nanos};
use super::documents;
use super::fixed_point::{price, size};
use super::messages::{self, Refusal, SystemTime};
use super::order_fields::{OrderFields, State};
use super::order_memory::OrderMemory;
use super::queries::rows;
use super::symbols;
use crate::decimal::parse_x18;
use crate::error::DecodeError;
use crate::events::{Bar, BookUpdate, Event, InstrumentId, Level, OrderReport, Side, UnixNanos, VenueOrderId};
use crate::instruments::{Instrument, TradingStatus, mantissa};
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::scan::{Object, Token, each_item, shorten};
use crate::venues::{Cursor, Lookup, Page, Query, Reply};

/// What says that there is no such order, or none any more (reference 2.0).
const NOT_FOUND: &[&str] = &["NOT_FOUND", "ORDER_ID_NOT_FOUND", "CLIENT_ORDER_ID_NOT_FOUND", "ORDER_IS_CLOSED"];

/// What answers are read with.
pub struct Reader<'a> {
    pub table: &'a InstrumentTable,
    pub private: &'a Private,
    pub page: Option<&'a Cursor>,
    /// Of the whole venue, as last asked.
    pub system: TradingStatus,
    pub now: UnixNanos,
}

impl Reader<'_> {
    pub fn answer(&self, query: &Query, reply: &Reply) -> Lookup<Page> {
        if !(200..300).contains(&reply.status) {
            return self.refused(query, reply);
        }
        let body = match std::str::from_utf8(&reply.body) {
            Ok(body) => body,
            Err(error) => return Lookup::Unavailable { reason: format!("not UTF-8: {error}") },
        };
        match self.read(query, body) {
            Ok(Some(page)) => Lookup::Found(page),
            Ok(None) => Lookup::NotFound,
            Err(error) => Lookup::Unavailable { reason: error.what },
        }
    }

    fn refused(&self, query: &Query, reply: &Reply) -> Lookup<Page> {
        let refusal: Option<Refusal> = messages::read(&reply.body).ok();
        let code = refusal.as_ref().and_then(|refusal| refusal.error.as_deref()).unwrap_or_default();
        let asks_for_one = matches!(query, Query::Order { .. } | Query::ArchivedOrder { .. });
        if asks_for_one && matches!(reply.status, 400 | 404) && NOT_FOUND.contains(&code) {
            return Lookup::NotFound;
        }
        let text = String::from_utf8_lossy(&reply.body);
        Lookup::Unavailable { reason: format!("HTTP {}: {}", reply.status, shorten(&text)) }
    }

    fn read(&self, query: &Query, body: &str) -> Result<Option<Page>, DecodeError> {
        let whole = |events| Ok(Some(Page { events, next: None }));
        match query {
            Query::ServerTime => {
                whole(vec![Event::ServerTime { server_ms: server_ms(body.as_bytes()).map_err(DecodeError::new)? }])
            }
            // Only what lives is open: a closed one is the archive's to show.
            Query::Order { .. } => match OrderFields::read(&Object::read(body)?)? {
                order if order.state == State::Closed => Ok(None),
                mut order => {
                    let refused_change = order.take_refused_change().map(Event::ChangeRefused);
                    whole([self.one(order)?].into_iter().chain(refused_change).collect())
                }
            },
            Query::ArchivedOrder { venue_order_id, .. } => self.archived(body, venue_order_id),
            Query::OpenOrders { .. } => {
                let living = |order: &OrderFields| matches!(order.state, State::New | State::Open);
                whole(self.orders(body, living, None)?.0)
            }
            Query::WaitingOrders { venue_order_ids, .. } => {
                let mut events = Vec::new();
                each_row(body, |object| {
                    let mut order = OrderFields::read(object)?;
                    let name = super::order_names::name(&order.id, order.client_id);
                    let wanted = venue_order_ids.is_empty() || venue_order_ids.contains(&name);
                    if order.state == State::Untriggered && wanted {
                        let refused_change = order.take_refused_change();
                        events.push(Event::WaitingReport(self.listed(&order.market).map(|id| order.waiting(id))?));
                        events.extend(refused_change.map(Event::ChangeRefused));
                    }
                    Ok(())
                })?;
                if events.is_empty() && !venue_order_ids.is_empty() { Ok(None) } else { whole(events) }
            }
            Query::OrderHistory { limit, .. } => {
                let (events, count) = self.orders(body, |_| true, None)?;
                self.paged(body, events, count, *limit)
            }
            Query::Fills { venue_order_id, limit, .. } => self.fills(body, venue_order_id.as_ref(), *limit),
            Query::Positions => whole(self.positions(body)?),
            Query::IsolatedPositions => whole(Vec::new()),
            Query::Account => whole(vec![Event::Account(read_account(&Object::read(body)?)?)]),
            Query::BookSnapshot { instrument, .. } => whole(vec![Event::Book(self.book(body, *instrument)?)]),
            Query::Trades { limit, .. } => {
                let rows = self.rows(body, |object, out| decode_public::trade(object, self.table, out))?;
                self.paged(body, rows.0, rows.1, *limit)
            }
            Query::FundingRates { limit, .. } => {
                let rows = self.rows(body, |object, out| decode_public::funding_data(object, self.table, out))?;
                self.paged(body, rows.0, rows.1, *limit)
            }
            Query::Bars { instrument, granularity_s, limit, .. } => {
                self.bars(body, *instrument, *granularity_s, *limit)
            }
            Query::ReferencePrices { instruments } => {
                let events = self.rows(body, |object, out| decode_public::markets_summary(object, self.table, out))?.0;
                let wanted = |event: &Event| match event {
                    Event::ReferencePrices(prices) => instruments.contains(&prices.instrument),
                    _ => false,
                };
                whole(events.into_iter().filter(wanted).collect())
            }
            Query::OpenInterest => {
                let events = self.rows(body, |object, out| decode_public::markets_summary(object, self.table, out))?.0;
                whole(events.into_iter().filter(|event| matches!(event, Event::OpenInterest(_))).collect())
            }
            Query::Statuses if self.page.is_none() => {
                Ok(Some(Page { events: Vec::new(), next: Some(Cursor { from: "markets".to_owned(), rows: 1 }) }))
            }
            Query::Statuses => {
                let data = messages::read(body.as_bytes()).map_err(DecodeError::new)?;
                whole(symbols::statuses(&data, self.system, self.table, self.now))
            }
            Query::Document { name, .. } => {
                let json = documents::read(body.as_bytes()).map_err(DecodeError::new)?;
                whole(vec![Event::Document { name: name.clone(), json }])
            }
        }
    }

    /// By its number the order itself, by its client id those that ever had it: the newest first.
    fn archived(&self, body: &str, wanted: &VenueOrderId) -> Result<Option<Page>, DecodeError> {
        let object = Object::read(body)?;
        let events = if object.get("results").is_some() {
            self.orders(body, |_| true, Some(wanted))?.0
        } else {
            vec![self.one(OrderFields::read(&object)?)?]
        };
        Ok(events.into_iter().next_back().map(|event| Page { events: vec![event], next: None }))
    }

    fn one(&self, order: OrderFields) -> Result<Event, DecodeError> {
        let instrument = self.listed(&order.market)?;
        order.report(instrument).map(Event::OrderReport)
    }

    /// Reports, oldest first, and how many rows the page had.
    fn orders(
        &self,
        body: &str,
        keep: impl Fn(&OrderFields) -> bool,
        wanted: Option<&VenueOrderId>,
    ) -> Result<(Vec<Event>, usize), DecodeError> {
        let is_wanted = |report: &OrderReport| wanted.is_none_or(|wanted| *wanted == report.venue_order_id);
        self.rows(body, |object, out| {
            let order = OrderFields::read(object)?;
            if keep(&order) {
                let instrument = self.listed(&order.market)?;
                out.extend(Some(order.report(instrument)?).filter(is_wanted).map(Event::OrderReport));
            }
            Ok(())
        })
    }

    fn fills(&self, body: &str, order: Option<&VenueOrderId>, limit: u32) -> Result<Option<Page>, DecodeError> {
        let (events, count) = self.rows(body, |object, out| {
            let market = object.text("market")?;
            if is_forced(object)? {
                return Ok(()); // of no order: the positions show what it did
            }
            let fill = read_fill(object, self.table, self.private)?
                .ok_or_else(|| DecodeError::new(format!("a fill of {}, which is not listed", shorten(market))))?;
            if order.is_none_or(|order| *order == fill.venue_order_id) {
                out.push(Event::Fill(fill));
            }
            Ok(())
        })?;
        self.paged(body, events, count, limit)
    }

    /// Every perpetual has a position: what the venue does not show is flat.
    fn positions(&self, body: &str) -> Result<Vec<Event>, DecodeError> {
        let mut held = Vec::new();
        each_row(body, |object| {
            let market = object.text("market")?;
            // A position that cannot be named must not be read as none.
            let position = read_position(object, self.table)?
                .ok_or_else(|| DecodeError::new(format!("a position of {}, which is not listed", shorten(market))))?;
            if !position.quantity.is_zero() {
                held.push(position);
            }
            Ok(())
        })?;
        let flat = |instrument: &Instrument| {
            super::decode_private::position_of(instrument.id, crate::decimal::BaseQty::ZERO, None, self.now)
        };
        let is_perpetual = |instrument: &&Instrument| instrument.kind == crate::instruments::InstrumentKind::Perpetual;
        let is_flat = |instrument: &&Instrument| !held.iter().any(|one| one.instrument == instrument.id);
        let mut all: Vec<_> = self.table.all().iter().filter(is_perpetual).filter(is_flat).map(flat).collect();
        all.extend(held);
        all.sort_by_key(|position| position.instrument);
        Ok(all.into_iter().map(Event::Position).collect())
    }

    /// `GET /orderbook`: its number is the stream's (reference 2.4, 5.4).
    fn book(&self, body: &str, wanted: InstrumentId) -> Result<BookUpdate, DecodeError> {
        let object = Object::read(body)?;
        let instrument = self.table.find(wanted.0)?;
        let market = object.text("market")?;
        if market != instrument.symbol {
            return Err(DecodeError::new(format!("a book of {} instead of {}", shorten(market), instrument.symbol)));
        }
        let mut levels = Vec::new();
        for (key, side) in [("bids", Side::Buy), ("asks", Side::Sell)] {
            each_item(object.nested(key)?, |item| {
                let mut pair = Vec::with_capacity(2);
                if let Token::Nested(item) = item {
                    each_item(item, |part| match part {
                        Token::Text { text, escaped: false } => {
                            pair.push(text);
                            Ok(())
                        }
                        other => Err(DecodeError::new(format!("a level holds {other:?}"))),
                    })?;
                }
                let [at, amount] = pair[..] else {
                    return Err(DecodeError::new("a level that is no pair of numbers"));
                };
                levels.push(Level { side, price: price(instrument, at)?, size: size(instrument, amount)? });
                Ok(())
            })?;
        }
        let (last, ts_event) = (object.u64("seq_no")?, ms_to_nanos(object.u64("last_updated_at")?)?);
        Ok(decode_public::book(instrument, true, last, levels, ts_event, false))
    }

    /// `[[open time ms, open, high, low, close, volume], ...]`: numbers, whose own digits are read.
    fn bars(
        &self,
        body: &str,
        wanted: InstrumentId,
        granularity_s: u32,
        limit: u32,
    ) -> Result<Option<Page>, DecodeError> {
        let instrument = self.table.find(wanted.0)?;
        let mut bars: Vec<Bar> = Vec::new();
        each_item(Object::read(body)?.nested("results")?, |item| {
            let Token::Nested(item) = item else { return Err(DecodeError::new("a bar that is no list")) };
            bars.push(bar(item, instrument, granularity_s)?);
            Ok(())
        })?;
        bars.sort_by_key(|bar| bar.ts_open);
        let asked = rows(limit, self.page);
        let left = asked.saturating_sub(u32::try_from(bars.len()).unwrap_or(u32::MAX));
        let step_ms = u64::from(granularity_s) * 1_000;
        // Backwards from the oldest bar; a page without any ends the history.
        let next = bars
            .first()
            .filter(|_| left > 0)
            .map(|bar| Cursor { from: (bar.ts_open / 1_000_000).saturating_sub(step_ms).to_string(), rows: left });
        Ok(Some(Page { events: bars.into_iter().map(Event::Bar).collect(), next }))
    }

    fn listed(&self, market: &str) -> Result<InstrumentId, DecodeError> {
        let instrument = self.table.by_symbol(market);
        instrument
            .map(|instrument| instrument.id)
            .ok_or_else(|| DecodeError::new(format!("market {} is not listed", shorten(market))))
    }

    /// The rows of an answer as events, oldest first, and how many rows there were.
    fn rows(
        &self,
        body: &str,
        mut take: impl FnMut(&Object<'_>, &mut Vec<Event>) -> Result<(), DecodeError>,
    ) -> Result<(Vec<Event>, usize), DecodeError> {
        let (mut events, mut count) = (Vec::new(), 0);
        each_row(body, |object| {
            count += 1;
            take(object, &mut events)
        })?;
        events.reverse();
        Ok((events, count))
    }

    /// The venue's own cursor leads on while rows are wanted.
    fn paged(&self, body: &str, events: Vec<Event>, count: usize, limit: u32) -> Result<Option<Page>, DecodeError> {
        let left = rows(limit, self.page).saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
        let next = super::fields::optional_text(&Object::read(body)?, "next")?.filter(|_| left > 0);
        if next.is_some() && next == self.page.map(|page| page.from.as_str()) {
            return Err(DecodeError::new("the pages do not advance"));
        }
        Ok(Some(Page { events, next: next.map(|next| Cursor { from: next.to_owned(), rows: left }) }))
    }
}

/// What a list of orders says of each for later: a fill of an order from before this session is told apart by it.
pub fn learn(orders: &mut OrderMemory, reply: &Reply) {
    let Ok(body) = std::str::from_utf8(&reply.body) else { return };
    // What is no list of orders is the answer's to refuse.
    let _unreadable = each_row(body, |object| {
        let order = OrderFields::read(object)?;
        orders.learn(&order, order.state == State::Open);
        Ok(())
    });
}

fn each_row(body: &str, mut take: impl FnMut(&Object<'_>) -> Result<(), DecodeError>) -> Result<(), DecodeError> {
    each_item(Object::read(body)?.nested("results")?, |item| match item {
        Token::Nested(row) => take(&Object::read(row)?),
        other => Err(DecodeError::new(format!("results holds {other:?}"))),
    })
}

fn bar(item: &str, instrument: &Instrument, granularity_s: u32) -> Result<Bar, DecodeError> {
    let mut texts = Vec::with_capacity(6);
    each_item(item, |part| match part {
        Token::Number(text) | Token::Text { text, escaped: false } => {
            texts.push(text);
            Ok(())
        }
        other => Err(DecodeError::new(format!("a bar holds {other:?}"))),
    })?;
    let [time, open, high, low, close, volume] = texts[..] else {
        return Err(DecodeError::new(format!("a bar of {} numbers", texts.len())));
    };
    let ms = time.parse::<u64>().map_err(|_| DecodeError::new(format!("bar time {}", shorten(time))))?;
    Ok(Bar {
        instrument: instrument.id,
        granularity_s,
        open: price(instrument, open)?,
        high: price(instrument, high)?,
        low: price(instrument, low)?,
        close: price(instrument, close)?,
        volume: volume_of(instrument, volume)?,
        ts_open: ms_to_nanos(ms)?,
    })
}

/// The volume is a sum that need not fit the instrument's steps: what is finer than they are is cut off.
fn volume_of(instrument: &Instrument, text: &str) -> Result<i64, DecodeError> {
    let unusable = || DecodeError::new(format!("{}: volume {}", instrument.symbol, shorten(text)));
    let value = parse_x18(text).map_err(|_| unusable())?;
    let unit = 10_i128.pow(18 - u32::from(instrument.size_precision));
    mantissa(value - value % unit, instrument.size_precision).filter(|volume| *volume >= 0).ok_or_else(unusable)
}

/// `{"server_time": "ms"}`: the one time that is text.
pub fn server_ms(body: &[u8]) -> Result<u64, String> {
    let time: SystemTime = messages::read(body)?;
    time.server_time.parse().map_err(|_| format!("server_time is {}", shorten(&time.server_time)))
}
