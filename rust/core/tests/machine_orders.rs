//! The order registry against a venue whose messages are lost, repeated and reordered, but true.
//!
//! Each order has a life that is decided beforehand; the registry hears of it in any order and has to end with the truth.

use std::collections::{BTreeMap, BTreeSet};

use hedgewire_core::decimal::{BaseQty, ONE_X18, Price, QuoteQty};
use hedgewire_core::events::{ClientId, Fill, InstrumentId, OrderStatus, OrderUpdate, Side, VenueOrderId};
use hedgewire_core::orders::{FillResult, Order, OrderRegistry, Phase, RegistryLimits, Unclaimed, UpdateResult};
use hedgewire_core::venues::Outcome;
use proptest::prelude::*;

const ETH: InstrumentId = InstrumentId(4);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Canceled,
    Expired,
    /// Only with all of it filled.
    Filled,
}

/// One order's life. `parts`: its fills; `left`: what is never filled.
#[derive(Debug, Clone)]
struct Life {
    parts: Vec<i64>,
    left: i64,
    end: End,
    /// The venue's id is known before sending.
    named: bool,
}

#[derive(Debug, Clone)]
enum Message {
    Update(OrderUpdate),
    Fill(Fill),
}

fn life() -> impl Strategy<Value = Life> {
    let end = prop_oneof![Just(End::Open), Just(End::Canceled), Just(End::Expired), Just(End::Filled)];
    (prop::collection::vec(1i64..5, 0..4), 1i64..5, end, any::<bool>()).prop_map(|(parts, left, end, named)| {
        let end = if end == End::Filled && parts.is_empty() { End::Canceled } else { end };
        Life { left: if end == End::Filled { 0 } else { left }, parts, end, named }
    })
}

fn qty(units: i64) -> BaseQty {
    BaseQty::from_x18(i128::from(units) * ONE_X18)
}

impl Life {
    fn filled(&self) -> i64 {
        self.parts.iter().sum()
    }

    fn quantity(&self) -> i64 {
        self.filled() + self.left
    }

    /// All the venue ever says of it, in its own order.
    fn messages(&self, order: usize) -> Vec<Message> {
        let update = |status, remaining| {
            Message::Update(OrderUpdate {
                instrument: ETH,
                venue_order_id: venue_id(order),
                client_id: None,
                status,
                remaining,
                terms: None,
                reason: String::new(),
                ts_event: 1,
            })
        };
        let mut said = vec![update(OrderStatus::Accepted, Some(qty(self.quantity())))];
        let mut remaining = self.quantity();
        for (number, units) in self.parts.iter().enumerate() {
            remaining -= units;
            let status = if remaining == 0 { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
            said.push(Message::Fill(fill(order, number, *units)));
            said.push(update(status, Some(qty(remaining))));
        }
        match self.end {
            End::Canceled => said.push(update(OrderStatus::Canceled, None)),
            End::Expired => said.push(update(OrderStatus::Expired, None)),
            End::Open | End::Filled => {}
        }
        said
    }

    fn phase(&self) -> Phase {
        match self.end {
            End::Open => Phase::Open,
            End::Canceled => Phase::Closed(OrderStatus::Canceled),
            End::Expired => Phase::Closed(OrderStatus::Expired),
            End::Filled => Phase::Closed(OrderStatus::Filled),
        }
    }
}

fn venue_id(order: usize) -> VenueOrderId {
    VenueOrderId(format!("v{order}"))
}

fn client_id(order: usize) -> ClientId {
    ClientId(order as u64)
}

fn fill(order: usize, number: usize, units: i64) -> Fill {
    Fill {
        instrument: ETH,
        venue_order_id: venue_id(order),
        client_id: None,
        trade_id: format!("t{order}-{number}"),
        side: Side::Buy,
        quantity: qty(units),
        price: Price::from_x18(ONE_X18),
        fee: QuoteQty::ZERO,
        fee_currency: None,
        is_taker: true,
        remaining: None,
        original: None,
        // The venue's clock, far ahead of ours.
        ts_event: 1_000 + 10 * order as u64 + number as u64,
    }
}

#[derive(Debug, Clone)]
enum Step {
    Register,
    /// Of a registered order: one of its messages.
    Hear {
        order: usize,
        message: usize,
    },
    Accepted {
        order: usize,
    },
    Lost {
        order: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Register),
        12 => (0usize..20, 0usize..10).prop_map(|(order, message)| Step::Hear { order, message }),
        2 => (0usize..20).prop_map(|order| Step::Accepted { order }),
        1 => (0usize..20).prop_map(|order| Step::Lost { order }),
    ]
}

struct World {
    registry: OrderRegistry,
    limits: RegistryLimits,
    lives: Vec<Life>,
    registered: usize,
    now: u64,
    /// By trade id: how often it was counted.
    counted: BTreeMap<String, u32>,
    heard: BTreeSet<String>,
    foreign: BTreeSet<String>,
    contradictions: Vec<String>,
}

impl World {
    fn new(lives: Vec<Life>, limits: RegistryLimits) -> Self {
        let registry = OrderRegistry::with_limits(limits);
        let (counted, heard, foreign) = Default::default();
        Self { registry, limits, lives, registered: 0, now: 10, counted, heard, foreign, contradictions: Vec::new() }
    }

    fn take(&mut self, step: &Step) {
        self.now += 1;
        match step {
            Step::Register => self.register(),
            Step::Hear { order, message } if self.registered > 0 => {
                let order = order % self.registered;
                let messages = self.lives[order].messages(order);
                self.hear(messages[message % messages.len()].clone());
            }
            Step::Accepted { order } if self.registered > 0 => self.accepted(order % self.registered),
            Step::Lost { order } if self.registered > 0 => {
                let lost = Outcome::Unknown { reason: "no reply".into() };
                self.registry.outcome(client_id(order % self.registered), &lost, self.now);
            }
            _ => {}
        }
    }

    fn register(&mut self) {
        let Some(life) = self.lives.get(self.registered) else { return };
        let order = self.registered;
        let name = life.named.then(|| venue_id(order));
        let quantity = qty(life.quantity());
        if self.registry.register(client_id(order), name, ETH, Side::Buy, quantity, self.now).is_ok() {
            self.registered += 1;
        }
    }

    /// The reply that names the order; what had been kept for it is heard now.
    fn accepted(&mut self, order: usize) {
        let kept = self.registry.link(client_id(order), &venue_id(order));
        let accepted = Outcome::Accepted { venue_order_id: Some(venue_id(order)) };
        self.registry.outcome(client_id(order), &accepted, self.now);
        self.hear_again(kept);
        let kept = self.registry.take_unclaimable();
        self.hear_again(kept);
    }

    fn hear_again(&mut self, kept: Vec<Unclaimed>) {
        for one in kept {
            match one {
                Unclaimed::Update(update) => self.hear(Message::Update(update)),
                Unclaimed::Fill(fill) => self.hear(Message::Fill(fill)),
            }
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Update(update) => {
                let before = self.registry.get_by_venue_id(&update.venue_order_id).cloned();
                match self.registry.apply_update(&update, self.now) {
                    UpdateResult::Contradiction { reason, .. } => {
                        self.contradictions.push(format!("{update:?}: {reason}"));
                    }
                    UpdateResult::Applied { .. } => {
                        let after = self.registry.get_by_venue_id(&update.venue_order_id).cloned();
                        let said = |order: Option<Order>| order.map(|order| (order.phase, order.filled_by_updates));
                        assert_ne!(said(before), said(after), "applied without effect: {update:?}");
                    }
                    _ => {}
                }
            }
            Message::Fill(fill) => {
                self.heard.insert(fill.trade_id.clone());
                self.hear_fill(fill);
            }
        }
    }

    fn hear_fill(&mut self, fill: Fill) {
        match self.registry.apply_fill(&fill, self.now) {
            FillResult::Applied { contradiction, overfill, .. } => {
                *self.counted.entry(fill.trade_id.clone()).or_default() += 1;
                if contradiction.is_some() || overfill.is_some() {
                    self.contradictions.push(format!("{fill:?}: {contradiction:?} {overfill:?}"));
                }
            }
            FillResult::Foreign => {
                assert!(!self.counted.contains_key(&fill.trade_id), "counted, then passed on as another's: {fill:?}");
                assert!(self.foreign.insert(fill.trade_id.clone()), "passed on twice: {fill:?}");
            }
            FillResult::Duplicate | FillResult::Stale | FillResult::Buffered => {}
            FillResult::Invalid(why) => panic!("{why}"),
        }
    }

    /// Of an order whose venue id is known, every fill that was heard counts already.
    fn nothing_waits(&self) -> bool {
        let named = |order: &usize| self.registry.get_by_venue_id(&venue_id(*order)).is_some();
        (0..self.registered).filter(named).all(|order| {
            let mut trades = (0..self.lives[order].parts.len()).map(|number| format!("t{order}-{number}"));
            trades.all(|trade| !self.heard.contains(&trade) || self.counted.contains_key(&trade))
        })
    }

    fn orders(&self) -> Vec<Option<Order>> {
        (0..self.registered).map(|order| self.registry.get(client_id(order)).cloned()).collect()
    }

    fn check(&self, before: &[Option<Order>]) -> Result<(), TestCaseError> {
        prop_assert!(self.counted.values().all(|times| *times == 1), "counted twice: {:?}", self.counted);
        prop_assert!(
            self.contradictions.is_empty(),
            "a true venue is said to contradict itself: {:?}",
            self.contradictions
        );
        prop_assert!(self.registry.len() <= self.limits.open + self.limits.closed);
        prop_assert!(self.registry.remembered_trades() <= self.limits.trades);
        for (order, (then, now)) in before.iter().zip(self.orders()).enumerate() {
            let (Some(then), Some(now)) = (then, now) else { continue };
            let counted: i64 = (0..self.lives[order].parts.len())
                .filter(|number| self.counted.contains_key(&format!("t{order}-{number}")))
                .map(|number| self.lives[order].parts[number])
                .sum();
            prop_assert_eq!(now.filled, qty(counted), "order {}", order);
            prop_assert!(
                now.filled >= then.filled && now.filled_by_updates >= then.filled_by_updates,
                "a fill was taken back"
            );
            prop_assert!(now.known_filled() <= qty(self.lives[order].filled()), "more than the venue ever filled");
            prop_assert!(!then.is_closed() || now.phase == then.phase, "a closed order changed its end");
            prop_assert!(then.phase != Phase::Open || !matches!(now.phase, Phase::Pending | Phase::Unknown));
        }
        Ok(())
    }
}

proptest! {
    /// With room for all: once everything was heard, in whatever order and however often, the registry has the truth.
    // proves: R002-26
    #[test]
    fn a_true_venue_heard_in_any_order_gives_the_truth(
        lives in prop::collection::vec(life(), 1..6), steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut world = World::new(lives, RegistryLimits::default());
        for step in &steps {
            let before = world.orders();
            world.take(step);
            world.check(&before)?;
            prop_assert!(world.nothing_waits(), "a fill of a known order is kept back: {:?}", world.heard);
        }
        while world.registered < world.lives.len() { world.register(); }
        for order in 0..world.registered { world.accepted(order); }
        for order in 0..world.registered {
            let messages = world.lives[order].messages(order);
            messages.into_iter().for_each(|message| world.hear(message));
        }
        prop_assert!(world.contradictions.is_empty(), "{:?}", world.contradictions);
        prop_assert!(world.foreign.is_empty(), "our own fills passed on as another's: {:?}", world.foreign);
        for (order, life) in world.lives.iter().enumerate() {
            let record = world.registry.get(client_id(order)).expect("registered");
            prop_assert_eq!((record.filled, record.phase), (qty(life.filled()), life.phase()), "order {}", order);
            prop_assert!(record.missing_fill().is_none() && !record.is_unresolved());
        }
        prop_assert!(world.registry.take_unclaimable().is_empty());
    }

    /// With hardly any room: no fill is ever counted twice, and every memory stays within its bound.
    #[test]
    fn without_room_nothing_is_counted_twice(
        lives in prop::collection::vec(life(), 1..30), steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut world = World::new(lives, RegistryLimits { open: 4, closed: 2, trades: 3, unclaimed: 2 });
        for step in &steps {
            let before = world.orders();
            world.take(step);
            world.check(&before)?;
        }
    }
}
