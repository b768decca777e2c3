//! What a trader does, and what became of it.

use super::rest::Request;
use crate::decimal::{BaseQty, Price};
use crate::events::{ClientId, InstrumentId, OrderKind, Side, Terms, UnixNanos, VenueOrderId};
use crate::waiting::PriceTrigger;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    pub client_id: ClientId,
    pub instrument: InstrumentId,
    pub side: Side,
    pub kind: OrderKind,
    pub quantity: BaseQty,
    pub price: Price,
    /// It was given without a price: `price` is the worst at which it may trade.
    pub market: bool,
    pub reduce_only: bool,
    /// Unix seconds; `None` rests for ever.
    pub expires_s: Option<u64>,
    /// What only this venue's orders have, by the names on its page (a JSON object): see `order_params`.
    pub params: Option<String>,
    /// It waits at the venue for this before it reaches the book. `None`: at once.
    pub trigger: Option<PriceTrigger>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelTarget {
    pub client_id: Option<ClientId>,
    pub instrument: InstrumentId,
    pub venue_order_id: VenueOrderId,
    /// The order still waits for its trigger, as far as is known; those of one command are all of a kind.
    pub waiting: bool,
}

/// A living order with other terms, under the same id. `filled`: of it, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub client_id: Option<ClientId>,
    pub instrument: InstrumentId,
    pub venue_order_id: VenueOrderId,
    pub terms: Terms,
    pub filled: BaseQty,
}

/// What a trader does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Submit(NewOrder),
    SubmitBatch(Vec<NewOrder>),
    Cancel(Vec<CancelTarget>),
    /// All orders of an instrument, or of the account: those in the book, or those that wait for their trigger.
    CancelAll {
        instrument: Option<InstrumentId>,
        waiting: bool,
    },
    Modify(Change),
    CancelAndPlace {
        cancel: CancelTarget,
        /// What is left of the old order as the new quantity was chosen; nothing happens where it is another by now.
        /// `None`: nothing is placed where the old order has traded at all.
        unfilled: Option<BaseQty>,
        place: NewOrder,
    },
    /// A signed message about the account itself, by the venue's own name and fields (JSON): a withdrawal, a transfer,
    /// another signer; or an order that the venue trades in parts
    /// and gives no name of ours. Never an order of the registry.
    Account {
        name: String,
        fields: String,
    },
}

impl Command {
    /// The orders that its outcomes speak of, in order; none in particular is one outcome.
    pub fn subjects(&self) -> Vec<Option<ClientId>> {
        match self {
            Self::Submit(order) | Self::CancelAndPlace { place: order, .. } => vec![Some(order.client_id)],
            Self::SubmitBatch(orders) => orders.iter().map(|order| Some(order.client_id)).collect(),
            Self::Modify(change) => vec![change.client_id],
            Self::Cancel(targets) => targets.iter().map(|target| target.client_id).collect(),
            Self::CancelAll { .. } | Self::Account { .. } => vec![None],
        }
    }

    /// The same outcome for all of them.
    pub fn all(&self, outcome: Outcome) -> Outcomes {
        self.subjects().into_iter().map(|client_id| (client_id, outcome.clone())).collect()
    }
}

/// A signed command, ready for either road.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Correlates the reply on an action socket; also inside `frame`.
    pub id: u64,
    pub request: Request,
    /// Empty: the venue cannot correlate this command's reply on a socket (Nado: batches); it travels by REST only.
    pub frame: String,
    /// The ids the venue will know the new orders by, computed before anything is sent.
    pub orders: Vec<(ClientId, VenueOrderId)>,
    /// After this moment the venue refuses the message: an unknown outcome can then be resolved by a query.
    pub valid_until: UnixNanos,
}

/// What became of one order of a command. A rejection needs positive evidence from the venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Accepted {
        venue_order_id: Option<VenueOrderId>,
    },
    /// The venue has it and decides later; its stream tells.
    Queued,
    Rejected {
        code: i64,
        reason: String,
        due_post_only: bool,
    },
    Unknown {
        reason: String,
    },
}

/// One outcome an order, in the command's order; a command for no order in particular has exactly one.
pub type Outcomes = Vec<(Option<ClientId>, Outcome)>;
