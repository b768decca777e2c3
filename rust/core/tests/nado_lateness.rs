//! A clock that moves after the start: what is refused as late makes the next messages valid for longer.

mod nado_support;

use hedgewire_core::venues::nado::Nado;
use hedgewire_core::venues::{Command, Encoded, Outcome, Venue};
use nado_support::{NOW, failure, order, venue};

const WINDOW_MS: u64 = 10_000;
const NOW_MS: u64 = NOW / 1_000_000;

fn send(venue: &mut Nado, client_id: u64) -> (Command, Encoded) {
    let command = Command::Submit(order(client_id));
    let encoded = venue.encode(&command, NOW).expect("encoded");
    (command, encoded)
}

fn refuse(venue: &Nado, (command, encoded): &(Command, Encoded), code: i64) -> String {
    let outcomes = venue.classify(command, encoded, Some(&failure(code, "LateRecvExecution")));
    match outcomes.into_iter().next() {
        Some((_, Outcome::Rejected { reason, .. })) => reason,
        other => panic!("not a refusal: {other:?}"),
    }
}

fn valid_for_ms(venue: &mut Nado, client_id: u64) -> u64 {
    let (_, encoded) = send(venue, client_id);
    let body: serde_json::Value = serde_json::from_str(&encoded.request.body).expect("JSON");
    let nonce: u64 = body["place_order"]["order"]["nonce"].as_str().expect("text").parse().expect("number");
    (nonce >> 20) - NOW_MS
}

#[test]
fn each_late_refusal_adds_one_validity_and_names_the_clock() {
    let mut venue = venue();
    assert_eq!(valid_for_ms(&mut venue, 1), WINDOW_MS);
    for (client_id, expected_ms) in [(2, 2 * WINDOW_MS), (4, 3 * WINDOW_MS)] {
        let sent = send(&mut venue, client_id);
        assert!(refuse(&venue, &sent, 2011).contains("hint: this machine's clock is behind the venue's"));
        assert_eq!(valid_for_ms(&mut venue, client_id + 1), expected_ms);
    }
    let sent = send(&mut venue, 6);
    assert!(refuse(&venue, &sent, 2012).contains("clock is ahead"));
    assert_eq!(valid_for_ms(&mut venue, 7), WINDOW_MS, "the venue's clock went back");
}

#[test]
fn messages_that_are_refused_together_count_once_and_other_refusals_never() {
    let mut venue = venue();
    let (first, second) = (send(&mut venue, 1), send(&mut venue, 2));
    refuse(&venue, &first, 2011);
    refuse(&venue, &second, 2011);
    assert_eq!(valid_for_ms(&mut venue, 3), 2 * WINDOW_MS);
    let sent = send(&mut venue, 4);
    assert!(!refuse(&venue, &sent, 2006).contains("clock"));
    assert_eq!(valid_for_ms(&mut venue, 5), 2 * WINDOW_MS);
}
