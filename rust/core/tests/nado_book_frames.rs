//! The quick way of a book frame and the general one: the same answer to every frame, usual or spoilt.

mod nado_support;

use hedgewire_core::error::DecodeError;
use hedgewire_core::events::Event;
use nado_support::{decode, venue};
use proptest::prelude::*;
use proptest::sample::Index;

type Pair = (String, String);

/// A field that nobody knows, before the others: the quick way leaves such a frame to the general one.
fn the_general_way(frame: &str) -> String {
    frame.replacen('{', r#"{"nobody_knows":0,"#, 1)
}

fn number() -> impl Strategy<Value = String> {
    let usual = (1..100_000_000_u64, prop_oneof![Just(17_usize), Just(15), Just(14), Just(18)])
        .prop_map(|(head, zeros)| format!("{head}{}", "0".repeat(zeros)));
    prop_oneof![8 => usual, 2 => Just("0".to_owned()), 1 => "[0-9]{1,24}", 1 => "0{1,20}", 1 => "-?[0-9]{0,3}"]
}

fn side() -> impl Strategy<Value = Vec<Pair>> {
    proptest::collection::vec((number(), number()), 0..12)
}

fn written(levels: &[Pair]) -> String {
    let pairs: Vec<String> = levels.iter().map(|(price, size)| format!(r#"["{price}","{size}"]"#)).collect();
    format!("[{}]", pairs.join(","))
}

fn frame(product: u32, bids: &[Pair], asks: &[Pair]) -> String {
    format!(
        r#"{{"type":"book_depth","min_timestamp":"1760000080000001000","max_timestamp":"1760000080000002000","last_max_timestamp":"1760000080000000000","product_id":{product},"bids":{},"asks":{}}}"#,
        written(bids),
        written(asks)
    )
}

/// `None`: refused. What is named unknown shows the frame's own text, which differs.
fn books(read: Result<Vec<Event>, DecodeError>) -> Option<Vec<Event>> {
    Some(read.ok()?.into_iter().filter(|event| !matches!(event, Event::Unknown { .. })).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    // proves: R003-023
    #[test]
    fn both_ways_answer_alike(
        product in 1..6_u32,
        bids in side(),
        asks in side(),
        edits in proptest::collection::vec((any::<Index>(), proptest::sample::select(b"0123456789\"[],:{} -.ax".to_vec())), 0..3),
    ) {
        let mut bytes = frame(product, &bids, &asks).into_bytes();
        for (at, byte) in edits {
            let at = at.index(bytes.len() - 1) + 1;
            bytes[at] = byte;
        }
        let text = String::from_utf8(bytes).expect("ASCII");
        let (quick, general) = (decode(&mut venue(), &text), decode(&mut venue(), &the_general_way(&text)));
        prop_assert_eq!(books(quick), books(general));
    }
}

#[test]
fn a_field_that_comes_twice_or_too_early_goes_the_general_way() {
    let whole = frame(4, &[("35000".to_owned() + &"0".repeat(17), "1".to_owned() + &"0".repeat(18))], &[]);
    let text = whole.replace(r#""asks":[]"#, r#""asks":[["350010000000000000000000","0"]]"#);
    assert_eq!(decode(&mut venue(), &text).expect("a book").len(), 1);
    for field in [r#""product_id":4"#, r#""type":"book_depth""#, r#""bids":[]"#] {
        let twice = text.replacen('{', &format!("{{{field},"), 1);
        assert!(decode(&mut venue(), &twice).is_err(), "{field}");
    }
    let early = text.replace(r#","product_id":4"#, "").replace("]]}", r#"]],"product_id":4}"#);
    assert_eq!(decode(&mut venue(), &early), decode(&mut venue(), &text));
}
