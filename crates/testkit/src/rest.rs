//! A small blocking client of the REST API.

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::time::Duration;
use ureq::{Agent, http::Request};

/// Calls one server, with the bearer token of whoever logged in last.
#[derive(Debug, Clone)]
pub struct Rest {
    base: String,
    token: Option<String>,
    agent: Agent,
}

/// What the server answered, whatever the status.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// `Null` when the body is not JSON.
    pub json: Value,
    pub text: String,
}

impl Rest {
    /// A client of the server at `base`, `http://127.0.0.1:8080` say, not logged in.
    pub fn new(base: String) -> Self {
        Self { base, token: None, agent: agent(Duration::from_secs(30)) }
    }

    /// Waits so long for an answer.
    #[must_use]
    pub fn waiting(self, limit: Duration) -> Self {
        Self { agent: agent(limit), ..self }
    }

    /// The same client, with the same token, of another server.
    #[must_use]
    pub fn at(&self, base: String) -> Self {
        Self { base, ..self.clone() }
    }

    /// A client with the token that `/api/v2/token` gives this administrator.
    pub fn login(&self, username: &str, password: &str) -> Result<Self> {
        self.login_at("/api/v2/token", username, password)
    }

    /// A client with the token that `/api/v2/user/token` gives this user.
    pub fn login_user(&self, username: &str, password: &str) -> Result<Self> {
        self.login_at("/api/v2/user/token", username, password)
    }

    fn login_at(&self, path: &str, username: &str, password: &str) -> Result<Self> {
        let credentials = STANDARD.encode(format!("{username}:{password}"));
        let answer = self.send("GET", path, Some(&format!("Basic {credentials}")), None)?;
        let token = answer.ok()?.json["access_token"].as_str().context("no access_token")?.to_owned();
        Ok(Self { token: Some(token), ..self.clone() })
    }

    pub fn get(&self, path: &str) -> Result<Answer> {
        self.call("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.call("POST", path, Some(body))
    }

    pub fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.call("PUT", path, Some(body))
    }

    pub fn delete(&self, path: &str) -> Result<Answer> {
        self.call("DELETE", path, None)
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        self.send(method, path, bearer.as_deref(), body)
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        authorization: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        let sent = match body {
            Some(body) => {
                let request = request.header("Content-Type", "application/json");
                self.agent.run(request.body(serde_json::to_vec(body)?)?)
            }
            None => self.agent.run(request.body(())?),
        };
        let mut response = sent.with_context(|| format!("{method} {path}"))?;
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string()?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, json, text })
    }
}

fn agent(limit: Duration) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(limit))
        // A status is an answer to look at, not a failure of the call.
        .http_status_as_error(false)
        .build()
        .into()
}

impl Answer {
    /// Fails, with what the server said, unless the status is one of success.
    pub fn ok(self) -> Result<Self> {
        if !(200..300).contains(&self.status) {
            bail!("HTTP {}: {}", self.status, self.text);
        }
        Ok(self)
    }
}
