//! The HTTP client of hooks: section `http`.

use crate::{
    Failed,
    tls::{self, InvalidTls},
};
use reqwest::{
    Client, RequestBuilder, Response,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use std::time::Duration;

/// Why the client cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum InvalidClient {
    #[error("{0}")]
    Tls(#[from] InvalidTls),
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// How often and after how long a request is sent again.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    max: u32,
    wait_min: Duration,
    wait_max: Duration,
}

/// The client that `settings` describe; paths count from the configuration's directory. A server that redirects
/// would be handed elsewhere what was meant for it: redirects are not followed.
pub fn client(settings: &config::Config) -> Result<Client, InvalidClient> {
    let http = &settings.http;
    let builder = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("Longshore/", env!("CARGO_PKG_VERSION")))
        .timeout(Duration::try_from_secs_f64(http.timeout).unwrap_or(Duration::from_secs(20)))
        .tls_backend_preconfigured(tls::config(settings)?);
    Ok(builder.build()?)
}

/// `http.headers` that are for this URL.
pub fn headers(url: &str, configured: &[config::ClientHeader]) -> HeaderMap {
    let own = configured.iter().filter(|header| url.starts_with(&header.url));
    own.filter_map(|header| {
        let mut value =
            HeaderValue::from_str(header.value.expose()).ok().filter(|value| !value.is_empty())?;
        value.set_sensitive(true);
        Some((HeaderName::from_bytes(header.key.as_bytes()).ok()?, value))
    })
    .collect()
}

impl Retries {
    pub const NONE: Self = Self { max: 0, wait_min: Duration::ZERO, wait_max: Duration::ZERO };

    pub fn new(settings: &config::HttpClient) -> Self {
        Self {
            max: settings.retry_max,
            wait_min: Duration::from_secs(settings.retry_wait_min.into()),
            wait_max: Duration::from_secs(settings.retry_wait_max.into()),
        }
    }

    /// Sends `request`, again after a 5xx answer and where no answer came; the last answer, whatever it is.
    pub async fn send(self, request: RequestBuilder) -> Result<Response, Failed> {
        let mut done = 0;
        loop {
            // The URL may hold credentials of its own.
            let sent = match request.try_clone() {
                Some(request) => request.send().await.map_err(reqwest::Error::without_url),
                None => return Ok(request.send().await.map_err(reqwest::Error::without_url)?),
            };
            let worth_more = sent.as_ref().map_or(true, |response| response.status().is_server_error());
            if !worth_more || done >= self.max {
                return Ok(sent?);
            }
            tokio::time::sleep(self.wait(done)).await;
            done += 1;
        }
    }

    /// Twice as long each time.
    fn wait(self, done: u32) -> Duration {
        self.wait_min.saturating_mul(1_u32.checked_shl(done).unwrap_or(u32::MAX)).min(self.wait_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest() {
        let retries = Retries::new(&config::HttpClient::default());
        let waits: Vec<_> = (0..5).map(|done| retries.wait(done).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 30]);
        assert_eq!(retries.wait(40).as_secs(), 30);
    }
}
