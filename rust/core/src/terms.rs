//! The words that everything else is said in: ids, sides, kinds of orders, time.

/// Nanoseconds since the Unix epoch.
pub type UnixNanos = u64;

/// The order id that the trader chose: numeric, unique for the account's life, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub u64);

/// The name by which the venue knows an order, there before it is sent (Nado: the EIP-712 digest, `0x` and 64 lower-case hex
/// digits; Paradex: our client id as the venue is told it, and of orders that are not ours the venue's number).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VenueOrderId(pub String);

/// An instrument by its number (Nado: the product id; Paradex has symbols only and is numbered as it lists them: a number is
/// good for one process).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstrumentId(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Buy,
    Sell,
}

impl Side {
    pub fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

/// How an order behaves at the venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderKind {
    /// Matches, then rests.
    Limit,
    ImmediateOrCancel,
    FillOrKill,
    PostOnly,
}
