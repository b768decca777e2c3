//! The same driver without sockets and without a runtime.

use hedgewire_core::book::BookConfig;
use hedgewire_net::commands::ClientCommand;
use hedgewire_net::http::HttpOutcome;
use hedgewire_net::network::ClientHandle;
use hedgewire_net::queue::Wake;
use hedgewire_net::rows::{Row, Verdict};
use hedgewire_net::stepped::{Carry, Stepped};
use hedgewire_net::timing::Timing;

use crate::rig::EPOCH_NS;
use crate::toy::Toy;

struct Silent;

impl Wake for Silent {
    fn wake(&self) {}
}

const SECOND_NS: u64 = 1_000_000_000;

fn start(seed: u64) -> (ClientHandle, Stepped) {
    let session = crate::toy::Session::default();
    let venue = Toy { host: "nowhere".into(), actions_over_socket: false, account: true, session, next_id: 0 };
    Stepped::start(Box::new(venue), Box::new(Silent), Timing::default(), BookConfig::default(), EPOCH_NS, seed)
}

/// A venue that is never reached: the moments of the attempts until the caller's deadline, and the answer.
fn unreachable(seed: u64) -> (Vec<u64>, Vec<Row>) {
    let (handle, mut pump) = start(seed);
    handle.send(ClientCommand::Connect { ticket: handle.ticket(), timeout_ms: 20_000 }).expect("it lives");
    let (mut moments, mut rows) = (Vec::new(), Vec::new());
    loop {
        let now = pump.advance(EPOCH_NS + 30 * SECOND_NS);
        rows.extend(handle.drain(usize::MAX));
        let carried = pump.outgoing();
        if carried.is_empty() && now >= EPOCH_NS + 30 * SECOND_NS {
            return (moments, rows);
        }
        for carry in carried {
            let Carry::Request { id, .. } = carry else { panic!("no socket before the first answer: {carry:?}") };
            moments.push(now - EPOCH_NS);
            pump.reply(id, HttpOutcome::NotSent { reason: "no route".into() });
        }
    }
}

#[test]
fn time_passes_only_as_told_and_a_seed_repeats_the_run() {
    let (moments, rows) = unreachable(7);
    assert!(moments.len() > 3 && moments[0] == 0, "{moments:?}");
    let answered = |row: &Row| matches!(row, Row::Reply { verdict: Verdict::Unavailable, .. });
    assert_eq!(rows.iter().filter(|row| answered(row)).count(), 1, "{rows:?}");
    assert_eq!((moments.clone(), rows), unreachable(7));
    assert_ne!(moments, unreachable(8).0, "the seed decides the jitter");
}

#[test]
fn whoever_waits_at_the_end_is_answered() {
    let (handle, mut pump) = start(1);
    handle.send(ClientCommand::Connect { ticket: handle.ticket(), timeout_ms: 20_000 }).expect("it lives");
    pump.advance(EPOCH_NS);
    pump.close();
    handle.close().expect("nothing to wait for");
    let rows = handle.drain(usize::MAX);
    assert!(rows.iter().any(|row| matches!(row, Row::Reply { code, .. } if code == "CLOSED")), "{rows:?}");
}
