//! hedgewire._core: the Python face of the core. Converts and forwards; decides nothing.

mod client;
mod delta_lane;
mod levels;
mod stepped;
mod tuples;
mod wake;

use hedgewire_core::secret::Secret;
use hedgewire_core::venues;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[pyfunction]
fn venue_facts(venue: &str) -> PyResult<String> {
    venues::facts(venue).ok_or_else(|| {
        let known = venues::VENUES.join(", ");
        PyValueError::new_err(format!("unknown venue: {venue} (from the caller)\nhint: one of: {known}"))
    })
}

#[pyfunction]
fn address_of(private_key: String) -> PyResult<String> {
    venues::address_of(Secret::new(private_key)).map_err(|error| PyValueError::new_err(error.to_string()))
}

#[pyfunction]
fn sign_typed(
    py: Python<'_>,
    venue: &str,
    config_json: &str,
    private_key: String,
    message_json: &str,
) -> PyResult<String> {
    let key = Secret::new(private_key);
    py.detach(|| venues::sign_typed(venue, config_json, key, message_json))
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<client::VenueClient>()?;
    module.add_class::<stepped::SteppedClient>()?;
    module.add_class::<levels::Levels>()?;
    module.add_class::<delta_lane::DeltaLane>()?;
    module.add_function(wrap_pyfunction!(venue_facts, module)?)?;
    module.add_function(wrap_pyfunction!(address_of, module)?)?;
    module.add_function(wrap_pyfunction!(sign_typed, module)?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
