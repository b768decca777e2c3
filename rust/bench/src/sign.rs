//! An order as a caller gives it to the request that leaves: checked, encoded, hashed, signed. One thread.

use std::hint::black_box;

use hedgewire_core::decimal::{BaseQty, Price};
use hedgewire_core::events::{ClientId, InstrumentId, OrderKind, Side};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::paradex::felt::Felt;
use hedgewire_core::venues::paradex::key::Key;
use hedgewire_core::venues::paradex::sign::{Domain, SignedOrder};
use hedgewire_core::venues::{Command, NewOrder, Venue};
use serde_json::Value;

use crate::nado::{NOW_NS, venue};
use crate::stopwatch::Stopwatch;

pub fn orders(count: usize) -> Result<Value, String> {
    let mut venue = venue(true)?;
    let watch = Stopwatch::start();
    for number in 0..count {
        let order = NewOrder {
            client_id: ClientId(number as u64 + 1),
            instrument: InstrumentId(4),
            side: Side::Buy,
            kind: OrderKind::PostOnly,
            quantity: BaseQty::from_x18(1_000_000_000_000_000_000),
            price: Price::from_x18(3_500_000_000_000_000_000_000),
            market: false,
            reduce_only: false,
            expires_s: None,
            params: None,
            trigger: None,
        };
        let now = NOW_NS + number as u64 * 1_000_000;
        black_box(
            venue.encode(&Command::Submit(order), now).map_err(|error| format!("{}: {}", error.code, error.detail))?,
        );
    }
    Ok(watch.per_item(count))
}

/// Fields to signature as text, in the tables that the first order builds. One thread.
pub fn paradex_orders(count: usize) -> Result<Value, String> {
    let key = Key::parse(&Secret::new("0x1a2b3c4d5e6f".to_owned())).map_err(|error| error.to_string())?;
    let domain = Domain::new("PRIVATE_SN_POTC_SEPOLIA", Felt::from(7u64)).map_err(|error| error.to_string())?;
    let sign = |number: u64| {
        let order = SignedOrder {
            timestamp_ms: NOW_NS / 1_000_000 + number,
            market: "ETH-USD-PERP",
            side: Side::Buy,
            kind: "LIMIT",
            size: BaseQty::from_x18(1_000_000_000_000_000_000),
            price: Price::from_x18(3_500_000_000_000_000_000_000),
        };
        let digest = domain.digest(order.place().map_err(|error| error.to_string())?);
        Ok::<String, String>(key.sign(digest).to_string())
    };
    sign(0)?;
    let watch = Stopwatch::start();
    for number in 1..=count as u64 {
        black_box(sign(number)?);
    }
    Ok(watch.per_item(count))
}
