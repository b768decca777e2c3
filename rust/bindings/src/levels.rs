//! The levels of a book row: they stay in Rust until somebody reads them.

use hedgewire_core::events::Level;
use hedgewire_core::terms::Side;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyTuple};

use crate::tuples::side_number;

/// A sequence of `(side, price, size) * n`, flat, as `hedgewire/nautilus/rows.py` says.
#[pyclass(module = "hedgewire._core", frozen, sequence)]
pub struct Levels(pub Vec<Level>);

impl Levels {
    fn number(&self, index: usize) -> Option<i64> {
        let level = self.0.get(index / 3)?;
        Some([i64::from(side_number(level.side)), level.price, level.size][index % 3])
    }
}

#[pymethods]
impl Levels {
    #[new]
    fn new(flat: Vec<i64>) -> PyResult<Self> {
        if !flat.len().is_multiple_of(3) {
            return Err(PyValueError::new_err(format!(
                "{} numbers are no levels of three\nhint: side, price, size",
                flat.len()
            )));
        }
        let level = |numbers: &[i64]| {
            let side = if numbers[0] > 0 { Side::Buy } else { Side::Sell };
            Level { side, price: numbers[1], size: numbers[2] }
        };
        Ok(Self(flat.chunks_exact(3).map(level).collect()))
    }

    fn __len__(&self) -> usize {
        self.0.len() * 3
    }

    fn __getitem__(&self, index: usize) -> PyResult<i64> {
        self.number(index).ok_or_else(|| PyIndexError::new_err("level index out of range"))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        PyTuple::new(py, (0..self.__len__()).filter_map(|index| self.number(index)).collect::<Vec<_>>())?.try_iter()
    }

    fn __repr__(&self) -> String {
        format!("Levels({:?})", (0..self.__len__()).filter_map(|index| self.number(index)).collect::<Vec<_>>())
    }
}
