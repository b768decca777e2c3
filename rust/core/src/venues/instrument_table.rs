//! The instruments by id and by symbol, and 18-decimal numbers as mantissas at an instrument's precision.

use std::collections::HashMap;

use crate::error::DecodeError;
use crate::events::{InstrumentId, Side};
use crate::instruments::{Instrument, mantissa};

#[derive(Debug, Default)]
pub struct InstrumentTable {
    /// In the order of their ids.
    instruments: Vec<Instrument>,
    /// Symbols do not change: indexes stay true while the instruments are updated in place.
    by_symbol: HashMap<String, usize>,
}

impl InstrumentTable {
    pub fn new(instruments: Vec<Instrument>) -> Self {
        debug_assert!(instruments.is_sorted_by_key(|instrument| instrument.id));
        let by_symbol = instruments.iter().enumerate().map(|(index, one)| (one.symbol.clone(), index)).collect();
        Self { instruments, by_symbol }
    }

    pub fn all(&self) -> &[Instrument] {
        &self.instruments
    }

    pub fn all_mut(&mut self) -> &mut [Instrument] {
        &mut self.instruments
    }

    /// A process that runs never reads less precisely than it did: what it holds would not fit.
    pub fn no_coarser_than(mut self, known: &Self) -> Self {
        for instrument in &mut self.instruments {
            if let Some(before) = known.get(instrument.id) {
                instrument.price_precision = instrument.price_precision.max(before.price_precision);
                instrument.size_precision = instrument.size_precision.max(before.size_precision);
            }
        }
        self
    }

    pub fn get(&self, id: InstrumentId) -> Option<&Instrument> {
        self.instruments
            .binary_search_by_key(&id, |instrument| instrument.id)
            .ok()
            .map(|index| &self.instruments[index])
    }

    pub fn by_symbol(&self, symbol: &str) -> Option<&Instrument> {
        self.by_symbol.get(symbol).map(|index| &self.instruments[*index])
    }

    pub fn find(&self, product_id: u32) -> Result<&Instrument, DecodeError> {
        self.get(InstrumentId(product_id))
            .ok_or_else(|| DecodeError::new(format!("product {product_id} is not listed")))
    }
}

/// A positive price, exactly at the instrument's precision.
pub fn price(instrument: &Instrument, value_x18: i128) -> Result<i64, DecodeError> {
    mantissa(value_x18, instrument.price_precision)
        .filter(|price| *price > 0)
        .ok_or_else(|| DecodeError::new(format!("{}: {value_x18} is not a usable price", instrument.symbol)))
}

/// A size that is not negative, exactly at the instrument's precision.
pub fn size(instrument: &Instrument, value_x18: i128) -> Result<i64, DecodeError> {
    mantissa(value_x18, instrument.size_precision)
        .filter(|size| *size >= 0)
        .ok_or_else(|| DecodeError::new(format!("{}: {value_x18} is not a usable size", instrument.symbol)))
}

pub fn side_of(is_buy: bool) -> Side {
    if is_buy { Side::Buy } else { Side::Sell }
}
