//! Tokens for XOAUTH2: an access token is had from the provider for a refresh token (RFC 6749, section 6).

use crate::Failed;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, header::CONTENT_TYPE, redirect::Policy};
use serde::Deserialize;
use std::time::Duration;
use types::Secret;

/// Who gives out tokens, and against what: `smtp.oauth2`.
#[derive(Clone, Debug)]
pub struct Tokens {
    endpoint: String,
    client_id: String,
    client_secret: Secret<String>,
    refresh_token: Secret<String>,
    scope: &'static str,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
}

const GOOGLE: &str = "https://oauth2.googleapis.com/token";
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of an answer that are read at most.
const MAX: usize = 64 * 1024;

impl Tokens {
    pub fn new(section: &config::SmtpOauth2) -> Self {
        let tenant = if section.tenant.is_empty() { "common" } else { &section.tenant };
        let (endpoint, scope) = match section.provider {
            1 => (
                format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", escaped(tenant)),
                "offline_access https://outlook.office.com/SMTP.Send",
            ),
            _ => (GOOGLE.to_owned(), ""),
        };
        Self {
            endpoint,
            client_id: section.client_id.clone(),
            client_secret: section.client_secret.clone(),
            refresh_token: section.refresh_token.clone(),
            scope,
        }
    }

    /// A new access token. It is asked for each letter: they are few, and a token that was kept would have to
    /// be protected.
    pub async fn fetch(&self) -> Result<Secret<String>, Failed> {
        let failed = |error: reqwest::Error| Failed::Token(error.without_url().to_string());
        let client = Client::builder().timeout(PATIENCE).redirect(Policy::none()).build().map_err(failed)?;
        let request = client.post(&self.endpoint).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut response = request.body(self.form()).send().await.map_err(failed)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX {
                return Err(Failed::Token("the answer is too long".to_owned()));
            }
        }
        if !status.is_success() {
            return Err(Failed::Token(format!("the provider answered {status}")));
        }
        match serde_json::from_slice::<Answer>(&body) {
            Ok(answer) => Ok(Secret::new(answer.access_token)),
            Err(_) => Err(Failed::Token("there is no access token in the answer".to_owned())),
        }
    }

    fn form(&self) -> String {
        let mut form = format!(
            "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
            escaped(&self.client_id),
            escaped(self.client_secret.expose()),
            escaped(self.refresh_token.expose()),
        );
        if !self.scope.is_empty() {
            form += &format!("&scope={}", escaped(self.scope));
        }
        form
    }

    #[cfg(test)]
    pub fn of(endpoint: String) -> Self {
        let section = config::SmtpOauth2 {
            client_id: "id".into(),
            client_secret: Secret::new("s&cret".into()),
            refresh_token: Secret::new("refresh".into()),
            ..config::SmtpOauth2::default()
        };
        Self { endpoint, ..Self::new(&section) }
    }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink;

    #[test]
    fn the_provider_decides_where_to_ask() {
        let mut section = config::SmtpOauth2::default();
        assert_eq!(Tokens::new(&section).endpoint, GOOGLE);
        section.provider = 1;
        assert!(Tokens::new(&section).endpoint.contains("/common/"));
        section.tenant = "a/../b".into();
        let tokens = Tokens::new(&section);
        assert!(!tokens.endpoint.contains("/../"), "{}", tokens.endpoint);
        assert!(tokens.form().contains("&scope=offline%5Faccess%20"));
    }

    #[tokio::test]
    async fn a_token_is_had_for_a_refresh_token() {
        let (endpoint, asked) = sink::http("200 OK", r#"{"access_token":"t0ken","expires_in":3599}"#).await;
        assert_eq!(Tokens::of(endpoint).fetch().await.unwrap().expose(), "t0ken");
        let asked = asked.await.unwrap();
        assert!(
            asked.contains(
                "grant_type=refresh_token&client_id=id&client_secret=s%26cret&refresh_token=refresh"
            )
        );
    }

    #[tokio::test]
    async fn a_refusal_is_told_without_its_text() {
        for (status, body) in [("400 Bad Request", r#"{"error":"refresh"}"#), ("200 OK", "{}")] {
            let (endpoint, _asked) = sink::http(status, body).await;
            let error = Tokens::of(endpoint).fetch().await.unwrap_err().to_string();
            assert!(error.starts_with("smtp.oauth2: ") && !error.contains("127.0.0.1"), "{error}");
        }
    }
}
