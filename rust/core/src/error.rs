//! The closed catalogue of errors; each knows its decision.

use std::fmt;

/// What the caller does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try the same again later; it is safe.
    Retry,
    /// Ask the venue what is true before anything else.
    Reconcile,
    /// This one command ends here; nothing was sent.
    Stop,
    /// No more new risk until a person has looked.
    Halt,
}

/// Set-up or session failure of a venue: what failed, the value, where it came from, a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueError {
    pub what: String,
    pub value: String,
    pub source: String,
    pub hint: String,
    pub decision: Decision,
}

impl VenueError {
    /// A configuration the venue or the user contradicts.
    pub fn config(what: &str, value: &str, source: &str, hint: &str) -> Self {
        Self::new(what, value, source, hint, Decision::Stop)
    }

    /// The venue could not be asked, or answered nonsense: worth another try.
    pub fn unavailable(what: &str, value: &str, source: &str, hint: &str) -> Self {
        Self::new(what, value, source, hint, Decision::Retry)
    }

    pub fn new(what: &str, value: &str, source: &str, hint: &str, decision: Decision) -> Self {
        Self { what: what.into(), value: value.into(), source: source.into(), hint: hint.into(), decision }
    }
}

impl fmt::Display for VenueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (from {})\nhint: {}", self.what, self.value, self.source, self.hint)
    }
}

impl std::error::Error for VenueError {}

/// A command that was refused here: nothing was sent. `code` is in the form `CATEGORY_CONDITION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandError {
    pub code: &'static str,
    pub detail: String,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for CommandError {}

/// A frame that could not be read: counted and reported, never fatal, never a zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    pub what: String,
}

impl DecodeError {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for DecodeError {}
