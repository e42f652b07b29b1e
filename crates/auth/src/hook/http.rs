//! A hook behind a URL: one POST per round.

use super::{HookFailed, Reply, round};
use crate::Attempt;
use aws_lc_rs::rand;
use reqwest::{
    Client, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use serde::Serialize;
use std::time::Duration;
use types::Secret;

pub struct Endpoint {
    url: String,
    client: Client,
}

pub struct Running {
    url: String,
    client: Client,
    request: Request,
}

/// The body of a request.
#[derive(Serialize)]
struct Request {
    request_id: String,
    step: u32,
    username: String,
    /// In the first one only.
    #[serde(skip_serializing_if = "String::is_empty")]
    ip: String,
    /// The stored hash.
    #[serde(skip_serializing_if = "String::is_empty")]
    password: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    answers: Vec<String>,
    /// What the answers are to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    questions: Vec<String>,
}

impl Endpoint {
    /// A server that redirects would be handed the stored hash elsewhere: redirects are not followed.
    pub fn new(url: &str, settings: &config::HttpClient) -> Result<Self, reqwest::Error> {
        let timeout = Duration::try_from_secs_f64(settings.timeout).unwrap_or(super::LIMIT);
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(timeout)
            .default_headers(headers(url, &settings.headers))
            .build()?;
        Ok(Self { url: url.to_owned(), client })
    }

    pub async fn start(
        &self,
        attempt: &Attempt,
        hash: Secret<String>,
    ) -> Result<(Running, Reply), HookFailed> {
        let request = Request {
            request_id: request_id()?,
            step: 1,
            username: attempt.username.clone(),
            ip: attempt.ip.to_string(),
            password: hash.into_inner(),
            answers: Vec::new(),
            questions: Vec::new(),
        };
        let mut running = Running { url: self.url.clone(), client: self.client.clone(), request };
        let reply = running.post().await?;
        Ok((running, reply))
    }
}

impl Running {
    pub async fn answer(&mut self, answers: Vec<Secret<String>>) -> Result<Reply, HookFailed> {
        self.request.step = self.request.step.saturating_add(1);
        self.request.ip.clear();
        self.request.answers = answers.into_iter().map(Secret::into_inner).collect();
        self.post().await
    }

    async fn post(&mut self) -> Result<Reply, HookFailed> {
        let body =
            serde_json::to_vec(&self.request).map_err(|error| HookFailed::Malformed(error.to_string()))?;
        let request = self.client.post(&self.url).header(CONTENT_TYPE, "application/json").body(body);
        // The URL may hold credentials of its own.
        let mut response = request.send().await.map_err(reqwest::Error::without_url)?;
        if response.status() != StatusCode::OK {
            return Err(HookFailed::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
            body.extend_from_slice(&chunk);
            if body.len() > round::MAX {
                return Err(HookFailed::TooLong);
            }
        }
        let reply = Reply::parse(&body)?;
        if let Reply::Ask { questions, .. } = &reply {
            self.request.questions = questions.prompts.iter().map(|prompt| prompt.text.clone()).collect();
        }
        Ok(reply)
    }
}

/// `http.headers` that are for this URL.
fn headers(url: &str, configured: &[config::ClientHeader]) -> HeaderMap {
    let own = configured.iter().filter(|header| url.starts_with(&header.url));
    own.filter_map(|header| {
        let mut value =
            HeaderValue::from_str(header.value.expose()).ok().filter(|value| !value.is_empty())?;
        value.set_sensitive(true);
        Some((HeaderName::from_bytes(header.key.as_bytes()).ok()?, value))
    })
    .collect()
}

fn request_id() -> Result<String, HookFailed> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| std::io::Error::other("the system has no randomness"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
