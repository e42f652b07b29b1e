//! A hook behind a URL: one POST per round.

use super::{HookFailed, Reply, round};
use crate::Attempt;
use aws_lc_rs::rand;
use reqwest::{
    Client, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde::Serialize;
use types::Secret;

pub struct Endpoint {
    url: String,
    headers: HeaderMap,
    client: Client,
}

pub struct Running {
    url: String,
    headers: HeaderMap,
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
    pub fn new(url: &str, config: &config::Config) -> Result<Self, hooks::InvalidHook> {
        let headers = hooks::headers(url, &config.http.headers);
        Ok(Self { url: url.to_owned(), headers, client: hooks::client(config)? })
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
        let Self { url, headers, client } = self;
        let (url, headers, client) = (url.clone(), headers.clone(), client.clone());
        let mut running = Running { url, headers, client, request };
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
        let request = self.client.post(&self.url).headers(self.headers.clone());
        let request = request.header(CONTENT_TYPE, "application/json").body(body);
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

fn request_id() -> Result<String, HookFailed> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| std::io::Error::other("the system has no randomness"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
