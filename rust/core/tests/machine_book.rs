//! A book against a feed that loses, repeats, delays and reorders, and against snapshots that come early, late or twice.
//!
//! The venue's book of every moment is kept, so that what is live can be compared with the truth at its own position.

use std::collections::{BTreeMap, VecDeque};

use hedgewire_core::book::{BookAction, BookConfig, BookSync};
use hedgewire_core::events::{BookUpdate, InstrumentId, Level, Side};
use proptest::prelude::*;

const ETH: InstrumentId = InstrumentId(4);
const SHALLOW: BookConfig = BookConfig { depth: 6, buffer_limit: 4, check_every: 3, audit_every: 5, old_limit: 8 };

type Sides = (BTreeMap<i64, i64>, BTreeMap<i64, i64>);

#[derive(Debug, Clone)]
enum Step {
    /// The venue's book changes, and the update is sent.
    Change {
        is_bid: bool,
        distance: i64,
        size: i64,
    },
    /// One of the updates under way arrives; `again`: and stays under way.
    Arrive {
        which: usize,
        again: bool,
    },
    Lose {
        which: usize,
    },
    /// The venue answers the open question for a snapshot.
    Answer,
    /// That answer, or one of the two before it, arrives.
    Snapshot {
        back: usize,
    },
    Disconnect,
    Audit,
}

fn change() -> impl Strategy<Value = Step> {
    (any::<bool>(), 1i64..12, prop_oneof![Just(0i64), 1i64..4]).prop_map(|(is_bid, distance, size)| Step::Change {
        is_bid,
        distance,
        size,
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => change(),
        20 => (prop_oneof![40 => Just(0usize), 1 => 0usize..4], prop::bool::weighted(0.1))
            .prop_map(|(which, again)| Step::Arrive { which, again }),
        1 => (0usize..40).prop_map(|which| Step::Lose { which }),
        6 => Just(Step::Answer),
        6 => prop_oneof![4 => Just(0usize), 1 => 0usize..3].prop_map(|back| Step::Snapshot { back }),
        1 => Just(Step::Disconnect),
        2 => Just(Step::Audit),
    ]
}

/// Nothing is lost or overtaken, though it may come twice.
fn orderly_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => change(),
        10 => prop::bool::weighted(0.2).prop_map(|again| Step::Arrive { which: 0, again }),
        2 => Just(Step::Answer),
        3 => (0usize..3).prop_map(|back| Step::Snapshot { back }),
        2 => Just(Step::Audit),
    ]
}

fn level((side, price, size): (Side, i64, i64)) -> Level {
    Level { side, price, size }
}

struct World {
    config: BookConfig,
    book: BookSync,
    /// The venue's book after each position, from the first on.
    truth: Vec<Sides>,
    under_way: VecDeque<BookUpdate>,
    answers: Vec<BookUpdate>,
    /// What a receiver of all that is forwarded has.
    receiver: Sides,
    /// A snapshot was asked for and has not been taken.
    asked: bool,
    audit_wanted: bool,
    resnapshots: u32,
}

const FIRST: u64 = 1_000;

impl World {
    fn new(config: BookConfig) -> Self {
        let truth = vec![Sides::default()];
        let (under_way, answers, receiver) = Default::default();
        let book = BookSync::new(ETH, config);
        Self { book, truth, config, under_way, answers, receiver, asked: true, audit_wanted: false, resnapshots: 0 }
    }

    fn last(&self) -> u64 {
        FIRST + self.truth.len() as u64 - 1
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Change { is_bid, distance, size } => self.change(is_bid, distance, size),
            Step::Arrive { which, again } if which < self.under_way.len() => {
                let update = self.under_way[which].clone();
                if !again {
                    self.under_way.remove(which);
                }
                self.apply(update);
            }
            Step::Lose { which } => drop(self.under_way.remove(which)),
            Step::Answer => {
                let snapshot = self.snapshot();
                self.answers.push(snapshot);
            }
            Step::Snapshot { back } => {
                if let Some(snapshot) = self.answers.iter().rev().nth(back).cloned() {
                    if std::mem::take(&mut self.audit_wanted) {
                        let action = self.book.audit(snapshot);
                        self.heed(action);
                    } else {
                        self.apply(snapshot);
                    }
                }
            }
            Step::Disconnect => {
                self.book.reset();
                self.under_way.clear();
                self.answers.clear();
                (self.asked, self.audit_wanted) = (true, false);
            }
            Step::Audit if self.book.is_live() => {
                self.book.begin_audit();
                self.audit_wanted = true;
            }
            _ => {}
        }
    }

    /// Bids below 100, asks above: the venue itself is never crossed.
    fn change(&mut self, is_bid: bool, distance: i64, size: i64) {
        let mut sides = self.truth.last().cloned().unwrap_or_default();
        let (levels, side, price) =
            if is_bid { (&mut sides.0, Side::Buy, 100 - distance) } else { (&mut sides.1, Side::Sell, 100 + distance) };
        if size == 0 {
            levels.remove(&price);
        } else {
            levels.insert(price, size);
        }
        let previous_last = self.last();
        self.truth.push(sides);
        self.under_way.push_back(BookUpdate {
            instrument: ETH,
            snapshot: false,
            first: previous_last + 1,
            last: previous_last + 1,
            previous_last: Some(previous_last),
            levels: vec![level((side, price, size))],
            ts_event: 0,
        });
    }

    /// As deep as was asked for.
    fn snapshot(&self) -> BookUpdate {
        let sides = &self.truth[self.truth.len() - 1];
        let bids = sides.0.iter().rev().take(self.config.depth).map(|(price, size)| level((Side::Buy, *price, *size)));
        let asks = sides.1.iter().take(self.config.depth).map(|(price, size)| level((Side::Sell, *price, *size)));
        let (levels, last) = (bids.chain(asks).collect(), self.last());
        BookUpdate { instrument: ETH, snapshot: true, first: last, last, previous_last: None, levels, ts_event: 0 }
    }

    fn apply(&mut self, update: BookUpdate) {
        let action = self.book.apply(update);
        self.heed(action);
    }

    fn heed(&mut self, action: BookAction) {
        match action {
            BookAction::Nothing => {}
            BookAction::Resnapshot(_) => {
                assert!(!self.book.is_live(), "a book that is not believed is shown");
                (self.asked, self.audit_wanted) = (true, false);
                self.resnapshots += 1;
            }
            BookAction::Forward(update) => {
                assert!(self.book.is_live());
                self.asked = false;
                if update.snapshot {
                    self.receiver = Sides::default();
                }
                for change in update.levels {
                    let levels = if change.side == Side::Buy { &mut self.receiver.0 } else { &mut self.receiver.1 };
                    if change.size == 0 {
                        levels.remove(&change.price);
                    } else {
                        levels.insert(change.price, change.size);
                    }
                }
            }
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert!(self.book.is_live() || self.asked, "neither live nor waiting for a snapshot");
        let Some(position) = self.book.last() else {
            prop_assert!(self.book.best_bid().is_none() && self.book.best_ask().is_none(), "levels of a dead book");
            return Ok(());
        };
        prop_assert!(self.book.check_integrity().is_ok(), "{:?}", self.book.check_integrity());
        let (bids, asks) = (self.book.side(Side::Buy), self.book.side(Side::Sell));
        let receiver = (self.receiver.0.iter().rev(), self.receiver.1.iter());
        let pair = |(price, size): (&i64, &i64)| (*price, *size);
        prop_assert_eq!(&bids, &receiver.0.map(pair).collect::<Vec<_>>(), "the receiver has other bids");
        prop_assert_eq!(&asks, &receiver.1.map(pair).collect::<Vec<_>>(), "the receiver has other asks");
        let truth = &self.truth[(position - FIRST) as usize];
        let (true_bids, true_asks) = (truth.0.iter().rev().map(pair), truth.1.iter().map(pair));
        // A book that goes deeper than it can see shows the best levels only, but never a wrong one.
        prop_assert!(bids.iter().copied().eq(true_bids.clone().take(bids.len())), "{:?} of {:?}", bids, truth.0);
        prop_assert!(asks.iter().copied().eq(true_asks.clone().take(asks.len())), "{:?} of {:?}", asks, truth.1);
        let least = self.config.depth / 2;
        prop_assert!(
            bids.len() >= least.min(true_bids.count()) && asks.len() >= least.min(true_asks.count()),
            "too thin"
        );
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Whatever happens on the way: a live book is the venue's at its position, its receiver has the same, it is never crossed
    /// and never deeper than it may be; and once all arrives, it is live.
    // proves: R002-31
    #[test]
    fn a_live_book_is_the_venues(gap in 1usize..3, steps in prop::collection::vec(any_step(), 1..250)) {
        let mut world = World::new(SHALLOW);
        // Deeper than we look, or as deep and with gaps; in step.
        (1..12).step_by(gap).for_each(|distance| [true, false].into_iter().for_each(|is_bid| world.change(is_bid, distance, 1)));
        world.under_way.clear();
        world.take(&Step::Answer);
        world.take(&Step::Snapshot { back: 0 });
        for step in steps {
            world.take(&step);
            world.check()?;
        }
        for _ in 0..20 {
            world.take(&Step::Change { is_bid: true, distance: 1, size: 1 });
            while !world.under_way.is_empty() { world.take(&Step::Arrive { which: 0, again: false }); }
            if world.asked {
                world.take(&Step::Answer);
                world.take(&Step::Snapshot { back: 0 });
            }
            world.check()?;
        }
        prop_assert_eq!(world.book.last(), Some(world.last()), "{:?}", world.book.counters());
    }

    /// Where nothing is lost or overtaken no snapshot is ever asked for twice, and no audit finds a difference: what comes
    /// twice, or too late, is no reason for mistrust.
    #[test]
    fn an_orderly_feed_is_never_mistrusted(steps in prop::collection::vec(orderly_step(), 1..250)) {
        let mut world = World::new(BookConfig { buffer_limit: 300, ..BookConfig::default() });
        world.take(&Step::Answer);
        world.take(&Step::Snapshot { back: 0 });
        for step in steps {
            world.take(&step);
            world.check()?;
            prop_assert_eq!(world.resnapshots, 0);
        }
    }
}
