//! What a client's configuration says to the driver, whatever the venue.

use hedgewire_core::book::BookConfig;
use hedgewire_core::error::VenueError;
use serde_json::Value;

const BOOK_CHECK_EVERY: &str = "book_check_every";

/// Takes the driver's own keys out of a configuration and hands back the rest, which is the venue's.
///
/// `book_check_every`: updates of a book between two comparisons with a snapshot of the venue's; 0 is never.
pub fn split(config_json: &str) -> Result<(BookConfig, String), VenueError> {
    let mut book = BookConfig::default();
    // What is no object is the venue's to refuse, as every other key is.
    let Ok(Value::Object(mut map)) = serde_json::from_str(config_json) else {
        return Ok((book, config_json.to_owned()));
    };
    if let Some(value) = map.remove(BOOK_CHECK_EVERY).filter(|value| !value.is_null()) {
        book.audit_every = value.as_u64().ok_or_else(|| {
            let hint = "a whole number of updates, such as 1000; 0 turns the comparison off";
            VenueError::config("book_check_every is not a number of updates", &value.to_string(), "configuration", hint)
        })?;
    }
    Ok((book, Value::Object(map).to_string()))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn the_drivers_key_is_taken_and_the_rest_left_to_the_venue() {
        let (book, rest) = split(r#"{"environment": "local", "book_check_every": 25}"#).expect("fine");
        assert_eq!((book.audit_every, rest.as_str()), (25, r#"{"environment":"local"}"#));
        let (book, rest) = split(r#"{"book_check_evry": 25}"#).expect("the venue refuses it");
        assert_eq!((book.audit_every, rest.as_str()), (1_000, r#"{"book_check_evry":25}"#));
        assert_eq!(split("[1").expect("the venue refuses it").1, "[1");
    }

    #[test]
    fn what_is_no_number_of_updates_is_refused() {
        for wrong in ["-1", "1.5", "\"many\"", "true"] {
            let error = split(&format!(r#"{{"book_check_every": {wrong}}}"#)).expect_err(wrong);
            assert!(error.to_string().contains(wrong) && error.to_string().contains("hint:"), "{error}");
        }
    }
}
