//! REST over one pooled HTTP/1.1 client. Never resends anything by itself.

use std::time::Duration;

use hedgewire_core::venues::{Method, Reply, Request};

/// Largest body that is read; an archive page is far below.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// Below the usual 60 s of front doors, so that a POST rarely meets a connection that the peer has just closed.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// What the transport knows of a request after it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpOutcome {
    Reply(Reply),
    /// No connection came about: the request provably did not leave.
    NotSent {
        reason: String,
    },
    /// Something may have left and no whole answer came back.
    Lost {
        reason: String,
    },
}

#[derive(Debug, Clone)]
pub struct HttpClient {
    inner: reqwest::Client,
}

impl HttpClient {
    /// `timeout_ms` bounds one request from start to the last byte of its answer.
    pub fn new(timeout_ms: u64) -> Result<Self, String> {
        let tls = (*crate::tls::config()?).clone();
        let inner = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_millis(timeout_ms.min(5_000)))
            .timeout(Duration::from_millis(timeout_ms))
            .pool_idle_timeout(POOL_IDLE)
            .user_agent(concat!("hedgewire/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("HTTP client could not be built: {}", chain(&error)))?;
        Ok(Self { inner })
    }

    pub async fn send(&self, request: &Request) -> HttpOutcome {
        let mut builder = match request.method {
            Method::Get => self.inner.get(&request.url),
            Method::Post => self.inner.post(&request.url),
            Method::Put => self.inner.put(&request.url),
            Method::Delete => self.inner.delete(&request.url),
        };
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if !request.body.is_empty() {
            builder = builder.header("content-type", "application/json").body(request.body.clone());
        }
        let mut response = match builder.send().await {
            Ok(response) => response,
            // A connect error is raised before a byte of the request is written; everything else may have left.
            Err(error) if error.is_connect() || error.is_builder() => {
                return HttpOutcome::NotSent { reason: chain(&error) };
            }
            Err(error) => return HttpOutcome::Lost { reason: chain(&error) },
        };
        let status = response.status().as_u16();
        let retry_after_ms =
            response.headers().get("retry-after").and_then(|value| value.to_str().ok()).and_then(retry_after_ms);
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY_BYTES => {
                    return HttpOutcome::Lost { reason: format!("answer larger than {MAX_BODY_BYTES} bytes") };
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return HttpOutcome::Lost { reason: format!("answer cut short: {}", chain(&error)) },
            }
        }
        HttpOutcome::Reply(Reply { status, retry_after_ms, body })
    }
}

/// `Retry-After` in its seconds form, as milliseconds. The date form is not used by the venues.
fn retry_after_ms(text: &str) -> Option<u64> {
    let thousandths = hedgewire_core::decimal::parse_x18(text.trim()).ok()? / 1_000_000_000_000_000;
    u64::try_from(thousandths).ok()
}

/// An error with its causes, without the URL's query.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::retry_after_ms;

    #[test]
    fn retry_after_is_read_in_seconds() {
        assert_eq!(retry_after_ms("2"), Some(2_000));
        assert_eq!(retry_after_ms(" 0.5 "), Some(500));
        assert_eq!(retry_after_ms("-1"), None);
        assert_eq!(retry_after_ms("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
