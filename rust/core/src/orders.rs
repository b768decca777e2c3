//! The order registry: what we sent, what the venue said of it, and which fills have been counted.
//!
//! An order is registered before it is sent, so a stream that is faster than the reply finds it. Cumulative fills never
//! fall, a terminal status sticks, a fill counts once by its trade id - late ones after a cancel included - and a fill
//! of an order that is not ours is forwarded as foreign, never dropped.

mod changes;
mod lookup;
mod record;
mod trades;

use std::collections::{BTreeMap, HashMap, VecDeque};

pub use record::{Order, Origin, Phase};
use trades::{Seen, TradeMemory};

use crate::decimal::BaseQty;
use crate::error::CommandError;
use crate::events::{
    ClientId, Fill, InstrumentId, OrderReport, OrderStatus, OrderUpdate, Side, UnixNanos, VenueOrderId,
};
use crate::venues::Outcome;

/// Bounds of the registry's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistryLimits {
    /// Orders that are not closed; beyond it new ones are refused before sending.
    pub open: usize,
    /// Closed orders kept for late fills.
    pub closed: usize,
    /// Trade ids kept of foreign and of evicted orders.
    pub trades: usize,
    /// Private events kept that may belong to an order whose venue id is not known yet.
    pub unclaimed: usize,
}

impl Default for RegistryLimits {
    fn default() -> Self {
        Self { open: 10_000, closed: 10_000, trades: 100_000, unclaimed: 1_024 }
    }
}

/// A private event that found no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclaimed {
    Update(OrderUpdate),
    Fill(Fill),
}

/// What an order update changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateResult {
    /// `filled` is the most that fills or updates tell.
    Applied { client_id: Option<ClientId>, filled: BaseQty },
    /// Says what is known already.
    Duplicate,
    /// Older than what is known; nothing changed.
    Stale,
    /// Of no order of ours; to be forwarded as foreign.
    Foreign,
    /// Kept: an order whose venue id is still unknown may claim it.
    Buffered,
    /// The venue contradicts what it said before; the record stays and the order counts as unresolved.
    Contradiction { client_id: Option<ClientId>, reason: &'static str },
}

/// What a fill changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FillResult {
    Applied {
        client_id: Option<ClientId>,
        /// Cumulative, this fill included.
        filled: BaseQty,
        /// It came after the order was closed for another reason than being full.
        late: bool,
        /// Beyond the order's quantity, in all.
        overfill: Option<BaseQty>,
        /// What the fill says otherwise than the order; it counts all the same, and the order is unresolved.
        contradiction: Option<&'static str>,
    },
    Duplicate,
    /// Of no order we know and as old as trades we have forgotten: it may have been applied. Said once a trade.
    Stale,
    /// Of no order of ours; to be forwarded marked so.
    Foreign,
    /// Kept: an order whose venue id is still unknown may claim it.
    Buffered,
    /// Not a fill: its quantity is not positive.
    Invalid(&'static str),
}

/// What a command's outcome changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeResult {
    Applied,
    /// A stream had said so, or more, before the reply came.
    AlreadyKnown,
    /// A rejection of an order that is known to have lived.
    Contradiction {
        reason: &'static str,
    },
    NotRegistered,
}

type Key = u64;

#[derive(Debug, Default)]
pub struct OrderRegistry {
    limits: RegistryLimits,
    next_key: Key,
    orders: BTreeMap<Key, Order>,
    by_client: HashMap<ClientId, Key>,
    by_venue: HashMap<VenueOrderId, Key>,
    closed: VecDeque<Key>,
    trades: Option<TradeMemory>,
    unclaimed: VecDeque<Unclaimed>,
    nameless: usize,
}

impl OrderRegistry {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with_limits(limits: RegistryLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Registers an order that is about to be sent. `venue_order_id` is `None` where the venue assigns it.
    ///
    /// Refuses a client id or venue id that is in use (it would be sent twice), a quantity that is not positive, and
    /// more open orders than the bound.
    pub fn register(
        &mut self,
        client_id: ClientId,
        venue_order_id: impl Into<Option<VenueOrderId>>,
        instrument: InstrumentId,
        side: Side,
        quantity: BaseQty,
        now: UnixNanos,
    ) -> Result<(), CommandError> {
        let venue_order_id = venue_order_id.into();
        let refuse = |code, detail: String| Err(CommandError { code, detail });
        if self.by_client.contains_key(&client_id) {
            return refuse("ORDER_DUPLICATE_CLIENT_ID", format!("client id {} is registered already", client_id.0));
        }
        if let Some(id) = venue_order_id.as_ref().filter(|id| self.by_venue.contains_key(id)) {
            return refuse("ORDER_DUPLICATE_VENUE_ID", format!("venue order id {} is registered already", id.0));
        }
        if quantity <= BaseQty::ZERO {
            return refuse("ORDER_QUANTITY_NOT_POSITIVE", format!("quantity {quantity}"));
        }
        if self.orders.len() - self.closed.len() >= self.limits.open {
            return refuse("ORDER_TOO_MANY_OPEN", format!("{} orders are open", self.limits.open));
        }
        self.insert(Order {
            client_id: Some(client_id),
            venue_order_id,
            instrument,
            side,
            quantity,
            terms: None,
            terms_at: 0,
            asked_quantity: None,
            refused_change: String::new(),
            origin: Origin::Registered,
            phase: Phase::Pending,
            filled: BaseQty::ZERO,
            filled_by_updates: BaseQty::ZERO,
            contradicted: false,
            registered_at: now,
            changed_at: now,
            trades: Default::default(),
            traded_until: 0,
        });
        Ok(())
    }

    /// Learns the venue's id of a registered order. What had been kept and names this id comes back, to be applied.
    pub fn link(&mut self, client_id: ClientId, venue_order_id: &VenueOrderId) -> Vec<Unclaimed> {
        let Some(key) = self.by_client.get(&client_id).copied() else { return Vec::new() };
        if self.set_venue_id(key, venue_order_id) { self.take_unclaimed_of(venue_order_id) } else { Vec::new() }
    }

    /// Events that no order can claim any more: to be applied again, which now answers `Foreign`.
    pub fn take_unclaimable(&mut self) -> Vec<Unclaimed> {
        if self.nameless == 0 { self.unclaimed.drain(..).collect() } else { Vec::new() }
    }

    /// Applies what a stream or a query said of an order.
    pub fn apply_update(&mut self, update: &OrderUpdate, now: UnixNanos) -> UpdateResult {
        let Some(key) = self.find(update.client_id, &update.venue_order_id) else {
            return if self.keep(Unclaimed::Update(update.clone())) {
                UpdateResult::Buffered
            } else {
                UpdateResult::Foreign
            };
        };
        let Some(order) = self.orders.get_mut(&key) else { return UpdateResult::Foreign };
        let client_id = order.client_id;
        let contradiction = |reason| UpdateResult::Contradiction { client_id, reason };
        if order.instrument != update.instrument {
            order.contradicted = true;
            return contradiction("the update names another instrument than the order");
        }
        if update.status == OrderStatus::Queued {
            // It is there, so what is unknown no longer is whether it arrived.
            if order.phase == Phase::Unknown {
                order.phase = Phase::Pending;
            }
            let result = UpdateResult::Applied { client_id: order.client_id, filled: order.known_filled() };
            self.set_venue_id(key, &update.venue_order_id);
            return result;
        }
        let changed = order.take_terms(update.terms, update.ts_event);
        let said = update.terms.map(|terms| terms.quantity).filter(|quantity| *quantity > BaseQty::ZERO);
        let whole = said.unwrap_or(order.quantity);
        // What a closed order has left says nothing of its fills: Nado reports 0 after a cancel.
        let implied = match update.status {
            OrderStatus::Filled => Some(whole),
            OrderStatus::Accepted | OrderStatus::PartiallyFilled => {
                update.remaining.and_then(|remaining| whole.checked_sub(remaining.abs()))
            }
            OrderStatus::Queued | OrderStatus::Canceled | OrderStatus::Expired | OrderStatus::Rejected => None,
        };
        let (known, claimed) = (order.filled_by_updates, implied.unwrap_or(order.filled_by_updates));
        if let Phase::Closed(status) = order.phase {
            if status == update.status && claimed <= known.max(order.filled) {
                let applied = UpdateResult::Applied { client_id: order.client_id, filled: order.known_filled() };
                return if changed { applied } else { UpdateResult::Duplicate };
            }
            // The status sticks, but fills that the update tells of are missed until they arrive.
            order.filled_by_updates = known.max(claimed);
            if status == OrderStatus::Rejected && update.status != OrderStatus::Canceled {
                order.contradicted = true;
                return contradiction("the venue speaks of an order that it rejected");
            }
            if status != OrderStatus::Filled && update.status == OrderStatus::Filled {
                order.contradicted = true;
                return contradiction("an order that ended unfilled is said to be filled");
            }
            return UpdateResult::Stale;
        }
        let confirmed = order.phase == Phase::Open;
        if !update.status.is_terminal() {
            if claimed < known && !changed {
                return UpdateResult::Stale;
            }
            if confirmed && claimed == known && !changed {
                return UpdateResult::Duplicate;
            }
        }
        order.filled_by_updates = known.max(claimed);
        order.changed_at = now;
        let result = UpdateResult::Applied { client_id: order.client_id, filled: order.known_filled() };
        order.phase = Phase::Open;
        self.set_venue_id(key, &update.venue_order_id);
        if update.status.is_terminal() {
            self.close(key, update.status, now);
        }
        result
    }

    /// Counts a fill, once.
    pub fn apply_fill(&mut self, fill: &Fill, now: UnixNanos) -> FillResult {
        if fill.quantity <= BaseQty::ZERO {
            return FillResult::Invalid("quantity is not positive");
        }
        let Some(key) = self.find(fill.client_id, &fill.venue_order_id) else { return self.stray_fill(fill) };
        let Some(order) = self.orders.get_mut(&key) else { return FillResult::Foreign };
        if order.trades.contains(&fill.trade_id) {
            return FillResult::Duplicate;
        }
        let Some(filled) = order.filled.checked_add(fill.quantity) else {
            return FillResult::Invalid("the cumulative quantity is out of range");
        };
        order.trades.insert(fill.trade_id.clone());
        order.traded_until = order.traded_until.max(fill.ts_event);
        let late = matches!(order.phase, Phase::Closed(status) if status != OrderStatus::Filled);
        let contradiction = if order.instrument != fill.instrument {
            Some("the fill names another instrument than the order")
        } else if order.side != fill.side {
            Some("the fill names another side than the order")
        } else if order.phase == Phase::Closed(OrderStatus::Rejected) {
            Some("a rejected order was filled")
        } else {
            None
        };
        order.contradicted |= contradiction.is_some();
        order.filled = filled;
        order.changed_at = now;
        if !order.is_closed() {
            order.phase = Phase::Open;
        }
        let overfill = order.overfill();
        let result = FillResult::Applied { client_id: order.client_id, filled, late, overfill, contradiction };
        let is_full = filled >= order.most() && !order.is_closed();
        self.set_venue_id(key, &fill.venue_order_id);
        if is_full {
            self.close(key, OrderStatus::Filled, now);
        }
        result
    }

    /// What the reply to the command said, or did not say.
    pub fn outcome(&mut self, client_id: ClientId, outcome: &Outcome, now: UnixNanos) -> OutcomeResult {
        let Some(key) = self.by_client.get(&client_id).copied() else { return OutcomeResult::NotRegistered };
        let Some(order) = self.orders.get_mut(&key) else { return OutcomeResult::NotRegistered };
        let undecided = matches!(order.phase, Phase::Pending | Phase::Unknown);
        match outcome {
            Outcome::Accepted { venue_order_id } => {
                let contradicts = order.phase == Phase::Closed(OrderStatus::Rejected);
                order.contradicted |= contradicts;
                if undecided {
                    order.phase = Phase::Open;
                    order.changed_at = now;
                }
                if let Some(id) = venue_order_id {
                    self.set_venue_id(key, id);
                }
                match (contradicts, undecided) {
                    (true, _) => OutcomeResult::Contradiction { reason: "an order that was rejected is accepted" },
                    (false, true) => OutcomeResult::Applied,
                    (false, false) => OutcomeResult::AlreadyKnown,
                }
            }
            Outcome::Queued if undecided => {
                order.phase = Phase::Pending;
                OutcomeResult::Applied
            }
            Outcome::Queued => OutcomeResult::AlreadyKnown,
            Outcome::Rejected { .. } if undecided => {
                self.close(key, OrderStatus::Rejected, now);
                OutcomeResult::Applied
            }
            // An order that could not rest is reported as cancelled by the stream and refused by the reply.
            Outcome::Rejected { .. } if order.is_closed() && order.known_filled().is_zero() => {
                OutcomeResult::AlreadyKnown
            }
            Outcome::Rejected { .. } => {
                order.contradicted = true;
                OutcomeResult::Contradiction { reason: "an order that lived at the venue is rejected" }
            }
            Outcome::Unknown { .. } if order.phase == Phase::Pending => {
                order.phase = Phase::Unknown;
                order.changed_at = now;
                OutcomeResult::Applied
            }
            Outcome::Unknown { .. } => OutcomeResult::AlreadyKnown,
        }
    }

    /// Takes over an order of an earlier run: `report.filled` is what was applied of it then, and the caller knows those
    /// trades; only later fills are to come. Of a known order this is an update.
    pub fn adopt(&mut self, report: &OrderReport, now: UnixNanos) -> UpdateResult {
        self.take_over(report, report.filled, now)
    }

    /// Takes over an order that nobody here knew: none of its fills has been applied, those it had are still missing.
    pub fn discover(&mut self, report: &OrderReport, now: UnixNanos) -> UpdateResult {
        self.take_over(report, BaseQty::ZERO, now)
    }

    fn take_over(&mut self, report: &OrderReport, applied: BaseQty, now: UnixNanos) -> UpdateResult {
        if self.find(report.client_id, &report.venue_order_id).is_some() {
            let update = OrderUpdate {
                instrument: report.instrument,
                venue_order_id: report.venue_order_id.clone(),
                client_id: report.client_id,
                status: report.status,
                remaining: report.quantity.abs().checked_sub(report.filled),
                terms: Some(report.terms()),
                reason: String::new(),
                ts_event: report.ts_event,
            };
            return self.apply_update(&update, now);
        }
        let client_id = report.client_id.filter(|id| !self.by_client.contains_key(id));
        let key = self.insert(Order {
            client_id,
            venue_order_id: Some(report.venue_order_id.clone()),
            instrument: report.instrument,
            side: report.side,
            quantity: report.quantity.abs(),
            terms: Some(report.terms()),
            terms_at: report.ts_event,
            asked_quantity: None,
            refused_change: String::new(),
            origin: Origin::Adopted,
            phase: Phase::Open,
            filled: applied,
            filled_by_updates: report.filled,
            contradicted: false,
            registered_at: now,
            changed_at: now,
            trades: Default::default(),
            traded_until: 0,
        });
        if report.status.is_terminal() {
            self.close(key, report.status, now);
        }
        UpdateResult::Applied { client_id, filled: report.filled }
    }
}
