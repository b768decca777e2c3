//! What an order says beyond the common vocabulary: a JSON object by the venue's own names, refused here unless every name
//! and value in it is known.

use super::NewOrder;
use super::config_fields::{self, Fields};
use crate::error::{CommandError, VenueError};

const SOURCE: &str = "params of the order";

/// `read` takes the values of the `known` names. Without parameters, the defaults.
pub fn read<T: Default>(
    order: &NewOrder,
    known: &[&str],
    read: impl FnOnce(&Fields<'_>) -> Result<T, VenueError>,
) -> Result<T, CommandError> {
    let Some(text) = &order.params else { return Ok(T::default()) };
    let read = || {
        let map = config_fields::object(text, SOURCE)?;
        config_fields::known_names(&map, known, "unknown order parameter", SOURCE)?;
        read(&Fields { map: &map, source: SOURCE })
    };
    read().map_err(|error| CommandError { code: "ORDER_PARAMS", detail: error.to_string() })
}
