//! What only an order of Nado has (Nado reference 6.7).

use crate::error::CommandError;
use crate::venues::{NewOrder, order_params};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct OrderParams {
    /// USD that the order moves to an isolated position of its own; `None` trades cross.
    pub isolated_margin_x18: Option<i128>,
}

impl OrderParams {
    pub fn read(order: &NewOrder) -> Result<Self, CommandError> {
        order_params::read(order, &["isolated_margin"], |fields| {
            Ok(Self { isolated_margin_x18: fields.positive_x18("isolated_margin")? })
        })
    }
}
