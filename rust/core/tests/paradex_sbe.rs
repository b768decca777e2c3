//! SBE frames of schema versions 0 to 3 and of what comes after them.

mod paradex_support;
#[path = "paradex_support/sbe.rs"]
mod sbe;

use hedgewire_core::decimal::BaseQty;
use hedgewire_core::events::{
    BookUpdate, ClientId, Event, FundingRate, Level, OrderStatus, Quote, ReferencePrices, Side, Trade,
};
use hedgewire_core::venues::paradex::Paradex;
use paradex_support::{BTC, decode, instrument, venue, venue_of_every_update};
use proptest::prelude::*;
use sbe::{Message, NULL, TIME_NS, e8};

fn one_of(venue: &mut Paradex, message: &Message) -> Event {
    let mut events = decode(venue, &message.bytes()).expect("decoded");
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

fn one(message: &Message) -> Event {
    one_of(&mut venue(), message)
}

fn error(bytes: &[u8]) -> String {
    decode(&mut venue(), bytes).expect_err("refused").what
}

fn qty(text: &str) -> BaseQty {
    text.parse().expect("a quantity")
}

#[test]
fn positions_that_the_venue_moves_are_no_trades() {
    let of = |kind: u8| decode(&mut venue(), &sbe::trade(2).u8(49, kind).i64(25, 1).bytes());
    let events = of(2).expect("decoded");
    let [Event::Liquidation(told)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((told.quantity, told.price.to_string()), (qty("-0.992"), "0.00000001".into()));
    assert_eq!((of(3), of(4)), (Ok(Vec::new()), Ok(Vec::new())));
    assert!(of(1).is_err(), "a trade of the book is on its ticks");
}

#[test]
fn trades_of_both_schemas() {
    let expected = |trade_id: &str| {
        Event::Trade(Trade {
            instrument: instrument(&venue(), BTC),
            price: 676_297,
            size: 99_200,
            aggressor: Side::Sell,
            trade_id: trade_id.into(),
            ts_event: TIME_NS,
        })
    };
    assert_eq!(one(&sbe::trade(2)), expected("1718179273230201709233240002"));
    // The low half of an id, whose top bit is no sign.
    assert_eq!(one(&sbe::trade(1)), expected("18446744073709551609"));
}

#[test]
fn quotes_and_their_empty_sides() {
    let quote = |bid_price, bid_size| {
        let (instrument, ask_price, ask_size) = (instrument(&venue(), BTC), 676_301, 313_700);
        Event::Quote(Quote { instrument, bid_price, bid_size, ask_price, ask_size, ts_event: TIME_NS })
    };
    assert_eq!(one(&sbe::bbo((e8("67629.7"), e8("0.992")))), quote(676_297, 99_200));
    for empty in [(NULL, NULL), (0, 0)] {
        assert_eq!(one(&sbe::bbo(empty)), quote(0, 0));
    }
}

#[test]
fn books_as_a_whole_and_as_differences() {
    let level = |side, price, size| Level { side, price, size };
    let (bids, asks) = ([(e8("67629.7"), e8("0.992"))], [(e8("69378.6"), e8("3.137")), (e8("69380"), 0)]);
    let expected = |snapshot, previous_last, levels| {
        let (instrument, first, last) = (instrument(&venue(), BTC), 14_127_815, 14_127_815);
        Event::Book(BookUpdate { instrument, snapshot, first, last, previous_last, levels, ts_event: TIME_NS })
    };
    let put = [level(Side::Buy, 676_297, 99_200), level(Side::Sell, 693_786, 313_700)];
    let gone = level(Side::Sell, 693_800, 0);
    let whole = sbe::book(0, &bids, &asks[..1]);
    assert_eq!(one(&whole), expected(true, None, put.to_vec()));
    let difference = sbe::book(1, &bids, &asks);
    assert_eq!(one(&difference), expected(false, None, [&[gone], &put[..]].concat()));
    let chained = one_of(&mut venue_of_every_update(), &difference);
    assert!(matches!(chained, Event::Book(book) if book.previous_last == Some(14_127_814)));
}

#[test]
fn summaries_of_every_schema() {
    for (block_bytes, version) in [(216, 0), (240, 1), (248, 3), (400, 9)] {
        let events = decode(&mut venue(), &sbe::market_summary(block_bytes, version).bytes()).expect("decoded");
        let [Event::ReferencePrices(prices), Event::OpenInterest(open)] = &events[..] else { panic!("{events:?}") };
        let ReferencePrices { mark, index, .. } = prices;
        assert_eq!((*mark, *index), ("67630.05123".parse().ok(), "67620.5".parse().ok()));
        assert_eq!(open.quantity, qty("812.345"));
    }
}

#[test]
fn a_funding_rate_is_for_one_hour() {
    let expected =
        FundingRate { instrument: instrument(&venue(), BTC), rate_x18: -18_711_250_000_000, ts_event: TIME_NS };
    assert_eq!(one(&sbe::funding_data()), Event::FundingRate(expected));
}

#[test]
fn an_order_from_queued_to_its_end() {
    let mut venue = venue();
    let mut status = |message: Message| match one_of(&mut venue, &message) {
        Event::OrderUpdate(update) => {
            assert_eq!((update.client_id, update.venue_order_id.0.as_str()), (Some(ClientId(42)), "hw-42"));
            (update.status, update.remaining, update.reason)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(status(sbe::order(1, "10.153", "", 1)).0, OrderStatus::Queued);
    assert_eq!(status(sbe::order(3, "10.153", "", 2)).0, OrderStatus::Accepted);
    assert_eq!(status(sbe::order(3, "4", "", 3)).0, OrderStatus::PartiallyFilled);
    let ended = status(sbe::order(4, "4", "USER_CANCELED", 5));
    assert_eq!(ended, (OrderStatus::Canceled, Some(qty("4")), "USER_CANCELED".into()));
    assert_eq!(decode(&mut venue, &sbe::order(3, "10.153", "", 4).bytes()), Ok(vec![]));
    let refused = one(&sbe::order(4, "10.153", "NOT_ENOUGH_MARGIN", 1));
    assert!(matches!(refused, Event::OrderUpdate(update) if update.status == OrderStatus::Rejected));
}

#[test]
fn a_fill_without_the_later_fields_and_with_them() {
    let Event::Fill(taker) = one(&sbe::fill(2, 2)) else { panic!("a fill") };
    assert_eq!((taker.side, taker.is_taker, taker.quantity), (Side::Buy, true, qty("0.01")));
    assert_eq!((taker.fee.to_string().as_str(), taker.fee_currency.as_deref()), ("0.1945587", Some("DIME")));
    let mut venue = venue();
    one_of(&mut venue, &sbe::order(3, "10.153", "", 1));
    let Event::Fill(maker) = one_of(&mut venue, &sbe::fill(1, 1)) else { panic!("a fill") };
    assert_eq!((maker.side, maker.fee_currency, maker.client_id), (Side::Sell, None, Some(ClientId(42))));
}

#[test]
fn a_position_has_its_sign_from_the_side_and_is_flat_when_closed() {
    let quantity = |message: &Message| match one(message) {
        Event::Position(position) => position.quantity,
        other => panic!("{other:?}"),
    };
    assert_eq!(quantity(&sbe::position(1, 1)), qty("0.01"));
    assert_eq!(quantity(&sbe::position(2, 1)), qty("-0.01"));
    assert_eq!(quantity(&sbe::position(2, 2)), BaseQty::ZERO);
    assert!(error(&sbe::position(1, 254).bytes()).contains("status 254"));
}

#[test]
fn an_account_and_a_heartbeat() {
    let Event::Account(account) = one(&sbe::account()) else { panic!("an account") };
    let figures = (account.currency.as_str(), account.total.to_string(), account.free.to_string());
    assert_eq!(figures, ("USDC", "136285.06918911".into(), "73276.47229774".into()));
    assert_eq!(decode(&mut venue(), &sbe::heartbeat().bytes()), Ok(vec![]));
}

#[test]
fn what_a_later_schema_appends_is_passed_over() {
    // A longer block, longer entries, and a text behind the known ones.
    let mut book = sbe::book(0, &[], &[]).bytes();
    book[0..2].copy_from_slice(&97_u16.to_le_bytes());
    book.splice(8 + 89..8 + 89, [0; 8]);
    book.extend([2, b'h', b'i']);
    assert!(matches!(&decode(&mut venue(), &book).expect("decoded")[..], [Event::Book(book)] if book.snapshot));
    let level = [(e8("67629.7"), e8("0.992"))];
    let wide = Message::new(3, 7, 89).group(24, &level).group(24, &[]).text(BTC);
    assert!(matches!(one(&wide), Event::Book(book) if book.levels.len() == 1 && book.levels[0].price == 676_297));
    let unknown = Message::new(99, 4, 3).text("anything");
    assert_eq!(one(&unknown), Event::Unknown { kind: "SBE template 99".into() });
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut schema = sbe::bbo((NULL, NULL)).bytes();
    schema[4] = 2;
    assert!(error(&schema).contains("schema 2"));
    let mut short = sbe::bbo((NULL, NULL)).bytes();
    short[0] = 47;
    assert!(!error(&short).is_empty());
    let mut empty_entries = sbe::book(0, &[], &[]).bytes();
    empty_entries[8 + 89..8 + 93].copy_from_slice(&[0, 0, 255, 255]);
    assert!(error(&empty_entries).contains("empty entries"));
    assert!(error(&sbe::book(0, &[(e8("67629.75"), 1_000)], &[]).bytes()).contains("not a usable price"));
    assert!(error(&sbe::book(0, &[(e8("67629.7"), -1_000)], &[]).bytes()).contains("not a usable size"));
    assert!(error(&sbe::trade(2).i64(0, 0).u8(24, 254).bytes()).contains("side 254"));
    assert!(error(&sbe::trade(2).i64(41, -1).bytes()).contains("-1 at 41"));
    assert!(error(&sbe::trade(2).i64(41, i64::MAX).bytes()).contains("out of range"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        message in 0..17_usize,
        cut in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let mut bytes = sbe::all()[message].bytes();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let mut venue = venue();
        drop(decode(&mut venue, &bytes));
        drop(decode(&mut venue, &bytes[..cut.index(bytes.len())]));
    }

    #[test]
    fn a_message_that_is_cut_short_is_an_error_or_lacks_its_last_texts(message in 0..17_usize, share in 0.0..1.0_f64) {
        let bytes = sbe::all()[message].bytes();
        let cut = &bytes[..(share * bytes.len() as f64) as usize];
        let mut venue = venue();
        let whole = decode(&mut venue, &bytes).expect("decoded");
        // Of market data nothing may be said that the whole message does not say.
        if let Ok(events) = decode(&mut venue, cut) {
            for event in events {
                let known = matches!(event, Event::Unknown { .. } | Event::Trade(_) | Event::Fill(_) | Event::OrderUpdate(_));
                prop_assert!(known || whole.contains(&event), "{event:?}");
            }
        }
    }
}
