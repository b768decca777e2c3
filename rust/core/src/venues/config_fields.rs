//! Typed access to a venue's configuration; every error names the key, the value and what would do.

use serde_json::{Map, Value};

use crate::decimal::parse_x18;
use crate::error::VenueError;

pub const HTTP: [&str; 2] = ["https://", "http://"];
pub const WS: [&str; 2] = ["wss://", "ws://"];

/// The configuration as an object.
pub fn object(text: &str, source: &str) -> Result<Map<String, Value>, VenueError> {
    let refuse = |what: &str, value: &str| VenueError::config(what, value, source, "give a JSON object");
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(other) => Err(refuse("not an object", &other.to_string())),
        Err(error) => Err(refuse("not JSON", &error.to_string())),
    }
}

/// Refuses a key that nobody reads, and names the nearest that somebody does.
pub fn known_keys(map: &Map<String, Value>, known: &[&str], source: &str) -> Result<(), VenueError> {
    known_names(map, known, "unknown configuration key", source)
}

/// The same of an object that is no configuration; `what`: what an unknown one is called.
pub fn known_names(map: &Map<String, Value>, known: &[&str], what: &str, source: &str) -> Result<(), VenueError> {
    let Some(unknown) = map.keys().find(|key| !known.contains(&key.as_str())) else {
        return Ok(());
    };
    let nearest = known.iter().min_by_key(|key| distance(key, unknown)).copied().unwrap_or_default();
    Err(VenueError::config(what, unknown, source, &format!("did you mean {nearest}?")))
}

/// Levenshtein distance: how many letters must change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = (diagonal + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[b.len()]
}

/// Typed access to a JSON object; null counts as absent.
pub struct Fields<'a> {
    pub map: &'a Map<String, Value>,
    /// Where the object stands, for messages.
    pub source: &'a str,
}

impl Fields<'_> {
    pub fn text(&self, key: &str) -> Result<Option<String>, VenueError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.wrong(key, other, "a text")),
        }
    }

    /// A non-negative whole number, also as text.
    pub fn number(&self, key: &str) -> Result<Option<u64>, VenueError> {
        let value = match self.map.get(key) {
            None | Some(Value::Null) => return Ok(None),
            Some(value) => value,
        };
        let number = match value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.wrong(key, value, "a non-negative whole number"))
    }

    /// A positive decimal as text, at 18 decimals.
    pub fn positive_x18(&self, key: &str) -> Result<Option<i128>, VenueError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let number = parse_x18(&text).ok().filter(|number| *number > 0);
        number
            .map(Some)
            .ok_or_else(|| self.wrong(key, &Value::String(text), "a positive decimal as text, such as \"0.1\""))
    }

    pub fn wrong(&self, key: &str, value: &Value, wanted: &str) -> VenueError {
        VenueError::config(
            &format!("{key} is not {wanted}"),
            &value.to_string(),
            self.source,
            &format!("{key} must be {wanted}"),
        )
    }

    pub fn bool(&self, key: &str) -> Result<Option<bool>, VenueError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.wrong(key, other, "true or false")),
        }
    }

    /// An address that starts with one of `schemes`, without a trailing slash. `None`: neither given nor by default.
    pub fn url(&self, key: &str, schemes: [&str; 2], default: Option<String>) -> Result<Option<String>, VenueError> {
        let Some(url) = self.text(key)?.or(default) else { return Ok(None) };
        if !schemes.iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme)) {
            let hint = format!("start it with {}", schemes.join(" or "));
            return Err(VenueError::config(&format!("{key} is not an address of this kind"), &url, self.source, &hint));
        }
        Ok(Some(url.trim_end_matches('/').to_owned()))
    }
}
