//! What a configuration expects of the venue's listing: the instruments named, and their increments.

use serde_json::Value;

use super::config_fields::{Fields, known_keys};
use crate::decimal::{BaseQty, Price};
use crate::error::VenueError;
use crate::instruments::Instrument;

/// What the configuration says of a product; the venue may contradict it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    pub symbol: String,
    pub product_id: Option<u32>,
    pub price_increment_x18: Option<i128>,
    pub size_increment_x18: Option<i128>,
}

pub fn read(value: Option<&Value>, source: &str) -> Result<Vec<Expectation>, VenueError> {
    let items = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(other) => {
            return Err(VenueError::config("not a list", &other.to_string(), source, "a list of objects with symbol"));
        }
    };
    items
        .iter()
        .map(|item| {
            let Value::Object(map) = item else {
                return Err(VenueError::config("not an object", &item.to_string(), source, "an object with symbol"));
            };
            known_keys(map, &["symbol", "product_id", "price_increment", "size_increment"], source)?;
            let fields = Fields { map, source };
            let Some(symbol) = fields.text("symbol")? else {
                return Err(VenueError::config(
                    "symbol missing",
                    &item.to_string(),
                    source,
                    "name the product, such as ETH-PERP",
                ));
            };
            let product_id = fields.number("product_id")?;
            if product_id.is_some_and(|id| id > u64::from(u16::MAX)) {
                return Err(fields.wrong("product_id", &map["product_id"], "a product id up to 65535"));
            }
            Ok(Expectation {
                symbol,
                product_id: product_id.map(|id| id as u32),
                price_increment_x18: fields.positive_x18("price_increment")?,
                size_increment_x18: fields.positive_x18("size_increment")?,
            })
        })
        .collect()
}

/// The configured expectations against what the venue lists.
pub fn check(instruments: &[Instrument], expectations: &[Expectation], source: &str) -> Result<(), VenueError> {
    for expected in expectations {
        let Some(instrument) = instruments.iter().find(|instrument| instrument.symbol == expected.symbol) else {
            let symbols: Vec<&str> = instruments.iter().map(|instrument| instrument.symbol.as_str()).collect();
            let hint = format!("the venue lists {}", symbols.join(", "));
            return Err(VenueError::config("a product the venue does not list", &expected.symbol, source, &hint));
        };
        let contradiction = |what: &str, ours: String, theirs: String| {
            let value = format!("{} {ours}", expected.symbol);
            Err(VenueError::config(
                &format!("{what} that the venue contradicts"),
                &value,
                source,
                &format!("the venue says {theirs}"),
            ))
        };
        if let Some(id) = expected.product_id.filter(|id| *id != instrument.id.0) {
            return contradiction("a product id", id.to_string(), instrument.id.0.to_string());
        }
        let price = Price::from_x18;
        if let Some(tick) = expected.price_increment_x18.filter(|tick| *tick != instrument.price_increment_x18) {
            return contradiction(
                "a price increment",
                price(tick).to_string(),
                price(instrument.price_increment_x18).to_string(),
            );
        }
        let size = BaseQty::from_x18;
        if let Some(lot) = expected.size_increment_x18.filter(|lot| *lot != instrument.size_increment_x18) {
            return contradiction(
                "a size increment",
                size(lot).to_string(),
                size(instrument.size_increment_x18).to_string(),
            );
        }
    }
    Ok(())
}
