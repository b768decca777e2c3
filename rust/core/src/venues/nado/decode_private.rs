//! An account's own events: orders, fills, positions (Nado reference 4.4).

use super::hex;
use crate::decimal::{BaseQty, Price, QuoteQty};
use crate::error::DecodeError;
use crate::events::{ClientId, Event, Fill, InstrumentId, OrderStatus, OrderUpdate, Position, VenueOrderId};
use crate::instruments::InstrumentKind;
use crate::venues::instrument_table::{InstrumentTable, side_of};
use crate::venues::scan::{Object, absurd, shorten};

/// The subaccount that trades: its owner's address and its 12-byte name (reference 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub subaccount: [u8; 32],
}

impl Owner {
    pub fn new(address: [u8; 20], name: [u8; 12]) -> Self {
        let mut subaccount = [0; 32];
        subaccount[..20].copy_from_slice(&address);
        subaccount[20..].copy_from_slice(&name);
        Self { subaccount }
    }

    pub fn hex(&self) -> String {
        hex::encode(&self.subaccount)
    }

    pub fn address(&self) -> &[u8] {
        &self.subaccount[..20]
    }

    /// Ours, or the isolated child of one of our positions: owner, six zero bytes, product, slot, "iso".
    fn covers(&self, subaccount: &[u8; 32]) -> bool {
        let isolated =
            subaccount[..20] == self.subaccount[..20] && subaccount[20..26] == [0; 6] && subaccount[29..] == *b"iso";
        *subaccount == self.subaccount || isolated
    }
}

/// The id of an execution, the same from the stream and from the archive: taker and maker share the submission, so a
/// part of the order's digest tells them apart. At most 20 + 1 + 12 characters.
pub fn trade_id(submission_idx: u64, digest: &str) -> String {
    let digits = digest.strip_prefix("0x").unwrap_or(digest);
    format!("{submission_idx}-{}", &digits[..digits.len().min(12)])
}

/// A digest in the one spelling under which orders are registered.
pub fn order_id(digest: &str) -> Result<VenueOrderId, DecodeError> {
    match hex::decode::<32>(digest) {
        Some(bytes) => Ok(VenueOrderId(hex::encode(&bytes))),
        None => Err(DecodeError::new(format!("not an order digest: {}", shorten(digest)))),
    }
}

pub fn order_update(object: &Object<'_>) -> Result<Event, DecodeError> {
    let remaining = BaseQty::from_x18(object.i128("amount")?.saturating_abs());
    let reason = object.text("reason")?;
    let (status, remaining) = match reason {
        "placed" => (OrderStatus::Accepted, Some(remaining)),
        "filled" if remaining.is_zero() => (OrderStatus::Filled, Some(remaining)),
        "filled" => (OrderStatus::PartiallyFilled, Some(remaining)),
        // The venue writes 0 here: nothing is open any more. It is not what is unfilled, so it is not passed on.
        "cancelled" => (OrderStatus::Canceled, None),
        other => return Ok(Event::Unknown { kind: format!("order_update {}", shorten(other)) }),
    };
    Ok(Event::OrderUpdate(OrderUpdate {
        instrument: InstrumentId(object.u32("product_id")?),
        venue_order_id: order_id(object.text("digest")?)?,
        client_id: object.optional_u64("id")?.map(ClientId),
        status,
        remaining,
        terms: None,
        reason: reason.to_owned(),
        ts_event: object.u64("timestamp")?,
    }))
}

pub fn fill(object: &Object<'_>, table: &InstrumentTable, owner: Option<&Owner>) -> Result<Event, DecodeError> {
    if is_foreign(object, owner)? {
        return Ok(Event::Unknown { kind: "fill of another subaccount".to_owned() });
    }
    let instrument = table.find(object.u32("product_id")?)?;
    let positive = |key: &str| {
        let value = object.i128(key)?;
        if value > 0 { Ok(value) } else { Err(absurd(key, object.digits(key)?)) }
    };
    let amount = |key: &str| object.i128(key).map(|value| BaseQty::from_x18(value.saturating_abs()));
    let venue_order_id = order_id(object.text("order_digest")?)?;
    Ok(Event::Fill(Fill {
        instrument: instrument.id,
        client_id: object.optional_u64("id")?.map(ClientId),
        trade_id: trade_id(object.u64("submission_idx")?, &venue_order_id.0),
        venue_order_id,
        side: side_of(object.bool("is_bid")?),
        quantity: BaseQty::from_x18(positive("filled_qty")?),
        price: Price::from_x18(positive("price")?),
        fee: QuoteQty::from_x18(object.i128("fee")?),
        fee_currency: None,
        is_taker: object.bool("is_taker")?,
        remaining: Some(amount("remaining_qty")?),
        original: Some(amount("original_qty")?),
        ts_event: object.u64("timestamp")?,
    }))
}

/// Positions of perpetuals. The same stream reports balances of tokens, which are no positions: those give no event.
pub fn position_change(
    object: &Object<'_>,
    table: &InstrumentTable,
    owner: Option<&Owner>,
    out: &mut Vec<Event>,
) -> Result<(), DecodeError> {
    if is_foreign(object, owner)? {
        out.push(Event::Unknown { kind: "position_change of another subaccount".to_owned() });
        return Ok(());
    }
    let product_id = object.u32("product_id")?;
    let quantity = BaseQty::from_x18(object.i128("amount")?);
    let isolated = object.bool("isolated")?;
    let ts_event = object.u64("timestamp")?;
    let reason = object.text("reason")?.to_owned();
    if product_id == 0 || table.find(product_id)?.kind == InstrumentKind::Spot {
        return Ok(());
    }
    out.push(Event::Position(Position {
        instrument: InstrumentId(product_id),
        quantity,
        // v_quote jumps when the venue settles profits: no entry price can be read from it (reference 6.9).
        entry_price: None,
        isolated,
        reason,
        ts_event,
    }));
    Ok(())
}

fn is_foreign(object: &Object<'_>, owner: Option<&Owner>) -> Result<bool, DecodeError> {
    let text = object.text("subaccount")?;
    let subaccount =
        hex::decode::<32>(text).ok_or_else(|| DecodeError::new(format!("not a subaccount: {}", shorten(text))))?;
    Ok(!owner.is_some_and(|owner| owner.covers(&subaccount)))
}
