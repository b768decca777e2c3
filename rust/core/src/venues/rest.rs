//! REST as the transport carries it.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// One REST request. `weight` is what it costs under `limit`.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    pub url: String,
    /// Empty: none is sent.
    pub body: String,
    pub headers: Vec<(&'static str, String)>,
    /// It needs the session's token, which `Venue::authorise` puts in at the last moment.
    pub private: bool,
    pub limit: &'static str,
    pub weight: u32,
}

impl Request {
    /// A public request without a body.
    pub fn get(url: String, limit: &'static str, weight: u32) -> Self {
        let (method, body, headers) = (Method::Get, String::new(), Vec::new());
        Self { method, url, body, headers, private: false, limit, weight }
    }

    /// A public request with a JSON body.
    pub fn post(url: String, body: String, limit: &'static str, weight: u32) -> Self {
        Self { method: Method::Post, body, ..Self::get(url, limit, weight) }
    }

    pub fn private(self) -> Self {
        Self { private: true, ..self }
    }
}

/// Headers may hold the session's token: of them the names are shown.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        let (method, url, weight) = (self.method, &self.url, self.weight);
        write!(f, "{method:?} {url} {} {headers:?} ({weight} of {})", self.body, self.limit)
    }
}

/// A REST answer as the transport saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub retry_after_ms: Option<u64>,
    pub body: Vec<u8>,
}
