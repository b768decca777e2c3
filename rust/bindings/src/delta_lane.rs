//! Book deltas as the memory that NautilusTrader's own constructor would have filled, all of a message in one call.
//!
//! `OrderBookDelta.list_from_capsule` copies C structures out of an unnamed capsule; it checks nothing, so everything is
//! checked here. The layout is that of one known release: `hedgewire/nautilus/v1/fast_lane.py` opens this lane only for
//! that one, and only after both ways have given equal objects.

use std::ffi::c_char;

use hedgewire_core::events::Level;
use hedgewire_core::terms::Side;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};

use crate::levels::Levels;

const ADD: u32 = 1;
const UPDATE: u32 = 2;
const DELETE: u32 = 3;
const CLEAR: u32 = 4;
const NO_SIDE: u32 = 0;
const BUY: u32 = 1;
const SELL: u32 = 2;
const F_SNAPSHOT: u8 = 1 << 5;
const F_LAST: u8 = 1 << 7;

/// Both point to interned text that NautilusTrader never frees.
#[repr(C)]
#[derive(Clone, Copy)]
struct InstrumentIdC {
    symbol: *const c_char,
    venue: *const c_char,
}

/// `Price` and `Quantity` alike: a raw integer with 16 decimals, and how many of them count.
#[repr(C)]
#[derive(Clone, Copy)]
struct NumberC {
    raw: i128,
    precision: u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct OrderC {
    side: u32,
    price: NumberC,
    size: NumberC,
    order_id: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct DeltaC {
    instrument_id: InstrumentIdC,
    action: u32,
    order: OrderC,
    flags: u8,
    sequence: u64,
    ts_event: u64,
    ts_init: u64,
}

/// What is known of the release's structure; another compiler or field order does not build.
const _: () = assert!(size_of::<DeltaC>() == 160 && align_of::<DeltaC>() == 16);

/// How both sides say where the structures are.
#[repr(C)]
struct CVec {
    pointer: *const DeltaC,
    length: usize,
    capacity: usize,
}

/// What a clearing has in place of an order.
const NO_NUMBER: NumberC = NumberC { raw: 0, precision: 0 };
const NO_ORDER: OrderC = OrderC { side: NO_SIDE, price: NO_NUMBER, size: NO_NUMBER, order_id: 0 };

/// What all deltas of a message have in common.
#[derive(Clone, Copy)]
struct Message {
    snapshot: bool,
    sequence: u64,
    ts_event: u64,
    ts_init: u64,
}

/// The way of one instrument's deltas.
#[pyclass(module = "hedgewire._core", frozen)]
pub struct DeltaLane {
    instrument_id: InstrumentIdC,
    price: Scale,
    size: Scale,
    list_from_capsule: Py<PyAny>,
}

// SAFETY: the identifiers are immortal text, read only.
unsafe impl Send for DeltaLane {}
// SAFETY: as above; nothing in it changes.
unsafe impl Sync for DeltaLane {}

#[derive(Clone, Copy)]
struct Scale {
    precision: u8,
    unit: i128,
    most: i64,
}

impl Scale {
    fn new((precision, unit, most): (u8, i128, i128)) -> Self {
        Self { precision, unit, most: i64::try_from(most).unwrap_or(i64::MAX) }
    }

    fn number(self, mantissa: i64) -> NumberC {
        NumberC { raw: i128::from(mantissa) * self.unit, precision: self.precision }
    }
}

impl DeltaLane {
    /// A snapshot begins with a clearing; the last delta says that it is.
    fn deltas(&self, levels: &[Level], message: Message) -> PyResult<Vec<DeltaC>> {
        let mut deltas = Vec::with_capacity(levels.len() + 1);
        if message.snapshot {
            deltas.push(self.delta(CLEAR, NO_ORDER, message));
        }
        for level in levels {
            let action = match level.size {
                _ if message.snapshot => ADD,
                0 => DELETE,
                _ => UPDATE,
            };
            deltas.push(self.delta(action, self.order(level, message.snapshot)?, message));
        }
        if let Some(last) = deltas.last_mut() {
            last.flags |= F_LAST;
        }
        Ok(deltas)
    }

    fn delta(&self, action: u32, order: OrderC, message: Message) -> DeltaC {
        let Message { snapshot, sequence, ts_event, ts_init } = message;
        let flags = if snapshot { F_SNAPSHOT } else { 0 };
        DeltaC { instrument_id: self.instrument_id, action, order, flags, sequence, ts_event, ts_init }
    }

    /// NautilusTrader adds no level of size zero.
    fn order(&self, level: &Level, adds: bool) -> PyResult<OrderC> {
        let &Level { side, price, size } = level;
        let least = i64::from(adds);
        if !(0 < price && price <= self.price.most && least <= size && size <= self.size.most) {
            return Err(PyValueError::new_err(format!(
                "level {price} x {size} cannot be held\nhint: the row is dropped; see the log"
            )));
        }
        let side = if side == Side::Buy { BUY } else { SELL };
        Ok(OrderC { side, price: self.price.number(price), size: self.size.number(size), order_id: 0 })
    }
}

#[pymethods]
impl DeltaLane {
    /// `sample`: `OrderBookDelta.capsule_from_list` of one delta of the instrument. `price`, `size`: precision, what a
    /// mantissa is multiplied with, the largest mantissa.
    #[new]
    fn new(
        sample: &Bound<'_, PyCapsule>,
        price: (u8, i128, i128),
        size: (u8, i128, i128),
        list_from_capsule: Py<PyAny>,
    ) -> PyResult<Self> {
        let pointer = sample.pointer_checked(None)?.cast::<CVec>();
        // SAFETY: the capsule holds NautilusTrader's CVec and owns what it points to.
        let CVec { pointer, length, .. } = unsafe { pointer.read() };
        if length != 1 || pointer.is_null() {
            return Err(PyValueError::new_err(format!("{length} sample deltas\nhint: give a capsule of exactly one")));
        }
        // SAFETY: one delta, of the layout that the caller has vouched for.
        let instrument_id = unsafe { (*pointer).instrument_id };
        Ok(Self { instrument_id, price: Scale::new(price), size: Scale::new(size), list_from_capsule })
    }

    /// A list of `OrderBookDelta`, the last one flagged `F_LAST`; a snapshot's begins with CLEAR, and all are flagged
    /// `F_SNAPSHOT`. Raises `ValueError` for a level that cannot be held.
    fn deltas_of<'py>(
        &self,
        py: Python<'py>,
        levels: &Bound<'py, Levels>,
        snapshot: bool,
        sequence: u64,
        ts_event: u64,
        ts_init: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let deltas = self.deltas(&levels.get().0, Message { snapshot, sequence, ts_event, ts_init })?;
        if deltas.is_empty() {
            return Ok(PyList::empty(py).into_any());
        }
        let vector = CVec { pointer: deltas.as_ptr(), length: deltas.len(), capacity: deltas.capacity() };
        let pointer = std::ptr::from_ref(&vector).cast_mut().cast();
        // SAFETY: the reader copies, and neither it nor the capsule outlives the call. (Only the raw call makes a capsule
        // without a name, and the reader takes no other.)
        let capsule = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyCapsule_New(pointer, std::ptr::null(), None))? };
        self.list_from_capsule.bind(py).call1((capsule,))
    }
}
