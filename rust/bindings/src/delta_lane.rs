//! Book changes as the memory that NautilusTrader's own constructor would have filled, 20 of them in one call.
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

const UPDATE: u32 = 2;
const DELETE: u32 = 3;
const BUY: u32 = 1;
const SELL: u32 = 2;
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

/// The way of one instrument's changes.
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
    fn delta(&self, level: &Level, flags: u8, sequence: u64, ts_event: u64, ts_init: u64) -> PyResult<DeltaC> {
        let &Level { side, price, size } = level;
        if !(0 < price && price <= self.price.most && 0 <= size && size <= self.size.most) {
            return Err(PyValueError::new_err(format!(
                "level {price} x {size} cannot be held\nhint: the row is dropped; see the log"
            )));
        }
        let order = OrderC {
            side: if side == Side::Buy { BUY } else { SELL },
            price: self.price.number(price),
            size: self.size.number(size),
            order_id: 0,
        };
        let action = if size > 0 { UPDATE } else { DELETE };
        Ok(DeltaC { instrument_id: self.instrument_id, action, order, flags, sequence, ts_event, ts_init })
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

    /// A list of `OrderBookDelta`, the last one flagged `F_LAST`. Raises `ValueError` for a level that cannot be held.
    fn changes<'py>(
        &self,
        py: Python<'py>,
        levels: &Bound<'py, Levels>,
        sequence: u64,
        ts_event: u64,
        ts_init: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let levels = &levels.get().0;
        if levels.is_empty() {
            return Ok(PyList::empty(py).into_any());
        }
        let last = levels.len() - 1;
        let delta =
            |(index, level)| self.delta(level, if index == last { F_LAST } else { 0 }, sequence, ts_event, ts_init);
        let deltas = levels.iter().enumerate().map(delta).collect::<PyResult<Vec<DeltaC>>>()?;
        let vector = CVec { pointer: deltas.as_ptr(), length: deltas.len(), capacity: deltas.capacity() };
        let pointer = std::ptr::from_ref(&vector).cast_mut().cast();
        // SAFETY: the reader copies, and neither it nor the capsule outlives the call. (Only the raw call makes a capsule
        // without a name, and the reader takes no other.)
        let capsule = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyCapsule_New(pointer, std::ptr::null(), None))? };
        self.list_from_capsule.bind(py).call1((capsule,))
    }
}
