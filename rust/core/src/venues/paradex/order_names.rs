//! By what name an order is known here.
//!
//! The venue numbers orders only after it has taken them, but knows them by the client's id from the first moment: an order
//! of ours is called by that, so that it has its name before it is sent and can be asked for whatever became of the reply
//! (reference 2.9, 9.3). Everybody else's orders are called by the venue's number.

use crate::events::{ClientId, VenueOrderId};

/// Marks our client ids among those of other programs on the account.
const PREFIX: &str = "hw-";

/// The client id as the venue is told it; also the order's name.
pub fn client_text(client_id: ClientId) -> String {
    format!("{PREFIX}{}", client_id.0)
}

/// Ours, and in no other spelling of the same number.
pub fn client_id(text: &str) -> Option<ClientId> {
    let digits = text.strip_prefix(PREFIX)?;
    let number = digits.parse::<u64>().ok()?;
    (number.to_string() == digits).then_some(ClientId(number))
}

/// The name of an order that the venue calls `id` and its owner `client`.
pub fn name(id: &str, client: Option<ClientId>) -> VenueOrderId {
    VenueOrderId(client.map_or_else(|| id.to_owned(), client_text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_client_ids_and_nobody_elses() {
        assert_eq!(client_id(&client_text(ClientId(7))), Some(ClientId(7)));
        for other in ["", "7", "hw-", "hw-07", "hw-+7", "hw-7 ", "HW-7", "hw-18446744073709551616"] {
            assert_eq!(client_id(other), None, "{other}");
        }
        assert_eq!(name("1718", None).0, "1718");
        assert_eq!(name("1718", Some(ClientId(3))).0, "hw-3");
    }
}
