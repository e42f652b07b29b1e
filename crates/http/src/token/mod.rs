//! Tokens: signed statements of who logged in, from where and until when (RFC 7519, HS256).

mod clock;
mod revoked;

use self::{
    clock::{now, rfc3339},
    revoked::Revoked,
};
use crate::error::{ApiError, Result};
use aws_lc_rs::{digest, hmac, rand};
use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, time::Duration};
use types::Secret;

/// Makes, checks and ends tokens.
pub struct Tokens {
    encode: EncodingKey,
    decode: DecodingKey,
    marking: hmac::Key,
    rules: TokenRules,
    lifespan: Lifespan,
    revoked: Revoked,
}

/// What tokens are signed with.
pub struct SigningKey {
    key: [u8; 32],
    lifespan: Lifespan,
}

/// How long a key is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lifespan {
    /// Until the server ends.
    Process,
    /// As long as the passphrase, at every start and on every server that has it.
    Passphrase,
}

/// `httpd.jwt_lifetime` and `httpd.token_validation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRules {
    pub lifetime: Duration,
    /// A token is good from the address it was made for only.
    pub bound_to_address: bool,
    /// A token ends when its account changes.
    pub ends_with_changes: bool,
}

/// Whom a token lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Admin,
    User,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The audience, then the client's address.
    pub aud: Vec<String>,
    pub exp: u64,
    pub iat: u64,
    pub nbf: u64,
    pub jti: String,
    /// The account's last update, in milliseconds since the epoch.
    pub sub: String,
    pub username: String,
    /// What the password was: see [`Tokens::password_mark`].
    #[serde(default, rename = "pwd")]
    pub password_mark: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    #[serde(default, rename = "2fa_required", skip_serializing_if = "std::ops::Not::not")]
    pub two_factor_required: bool,
    #[serde(default, rename = "chpwd", skip_serializing_if = "std::ops::Not::not")]
    pub must_change_password: bool,
}

/// Whose token to make.
#[derive(Debug)]
pub struct Subject {
    pub audience: Audience,
    pub username: String,
    /// What changes with the password and with nothing else.
    pub password: Secret<String>,
    pub updated_at: i64,
    pub permissions: Vec<String>,
    pub role: String,
    pub two_factor_required: bool,
    pub must_change_password: bool,
}

/// A token as it is handed out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"access_token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9", "expires_at": "2027-01-31T12:20:00Z"}))]
pub struct Token {
    #[schema(value_type = String)]
    #[serde(serialize_with = "expose")]
    access_token: Secret<String>,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// How far clocks may be apart.
const SKEW: u64 = 10;

impl SigningKey {
    /// From a passphrase: the same at every start.
    pub fn from_passphrase(passphrase: &Secret<String>) -> Self {
        let mut key = [0; 32];
        key.copy_from_slice(digest::digest(&digest::SHA256, passphrase.expose().as_bytes()).as_ref());
        Self { key, lifespan: Lifespan::Passphrase }
    }

    /// Another one at every start. `None` when the system has no randomness.
    pub fn random() -> Option<Self> {
        let mut key = [0; 32];
        rand::fill(&mut key).ok()?;
        Some(Self { key, lifespan: Lifespan::Process })
    }
}

impl TokenRules {
    /// The longest lifetime there is.
    const MAX: u32 = 12 * 60;
}

impl From<&config::Httpd> for TokenRules {
    fn from(section: &config::Httpd) -> Self {
        Self {
            lifetime: Duration::from_secs(60 * u64::from(section.jwt_lifetime.clamp(1, Self::MAX))),
            bound_to_address: section.token_validation & 1 == 0,
            ends_with_changes: section.token_validation & 2 != 0,
        }
    }
}

impl Audience {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "API",
            Self::User => "APIUser",
        }
    }
}

impl Tokens {
    pub fn new(key: &SigningKey, rules: TokenRules) -> Self {
        let SigningKey { key, lifespan } = key;
        Self {
            encode: EncodingKey::from_secret(key),
            decode: DecodingKey::from_secret(key),
            // A key of its own: a mark must not be a signature of anything.
            marking: hmac::Key::new(hmac::HMAC_SHA256, &[&key[..], b"password"].concat()),
            rules,
            lifespan: *lifespan,
            revoked: Revoked::default(),
        }
    }

    pub const fn ends_with_changes(&self) -> bool {
        self.rules.ends_with_changes
    }

    pub fn issue(&self, subject: Subject, ip: IpAddr) -> Result<Token> {
        let failed = || ApiError::plain(StatusCode::INTERNAL_SERVER_ERROR);
        let iat = now();
        let exp = iat + self.rules.lifetime.as_secs();
        let claims = Claims {
            aud: vec![subject.audience.as_str().to_owned(), ip.to_string()],
            exp,
            iat,
            nbf: iat.saturating_sub(SKEW),
            jti: random_id().ok_or_else(failed)?,
            sub: subject.updated_at.to_string(),
            password_mark: self.password_mark(&subject.password),
            username: subject.username,
            permissions: subject.permissions,
            role: subject.role,
            two_factor_required: subject.two_factor_required,
            must_change_password: subject.must_change_password,
        };
        let header = Header::new(Algorithm::HS256);
        let token = jsonwebtoken::encode(&header, &claims, &self.encode).map_err(|_| failed())?;
        Ok(Token { access_token: Secret::new(token), expires_at: rfc3339(exp) })
    }

    /// What a token remembers of the password it was made for: when that changes, the token is over. It is a MAC,
    /// since a token can be read by whoever holds it.
    pub fn password_mark(&self, password: &Secret<String>) -> String {
        let mark = hmac::sign(&self.marking, password.expose().as_bytes());
        URL_SAFE_NO_PAD.encode(&mark.as_ref()[..16])
    }

    /// The claims of a token that is good for `audience` from `ip`.
    pub fn verify(&self, token: &str, audience: Audience, ip: IpAddr) -> Result<Claims> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.validate_nbf = true;
        // Checked below, where each fault has an answer of its own.
        validation.validate_aud = false;
        let claims = match jsonwebtoken::decode::<Claims>(token, &self.decode, &validation) {
            Ok(data) => data.claims,
            Err(error) => return Err(ApiError::new(StatusCode::UNAUTHORIZED, error.to_string())),
        };
        if claims.aud.first().map(String::as_str) != Some(audience.as_str()) {
            return Err(ApiError::bad_token("Your token audience is not valid"));
        }
        if self.rules.bound_to_address && claims.aud.get(1) != Some(&ip.to_string()) {
            return Err(ApiError::bad_token("Your token is not valid"));
        }
        if self.revoked.holds(&claims.jti) {
            return Err(ApiError::bad_token("Your token is no longer valid"));
        }
        Ok(claims)
    }

    /// Whether a token is good after a restart, and on other servers; then what ends it has to be told to the
    /// database.
    pub fn outlive_the_server(&self) -> bool {
        self.lifespan == Lifespan::Passphrase
    }

    /// Ends one token before its time, on this server.
    pub fn revoke(&self, claims: &Claims) {
        self.revoke_by_id(claims.jti.clone(), claims.exp);
    }

    /// As [`revoke`](Self::revoke), of a token that is known by its id.
    pub fn revoke_by_id(&self, id: String, until: u64) {
        self.revoked.add(id, until, now());
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// 128 random bits in hexadecimal.
fn random_id() -> Option<String> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn expose<S: serde::Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 7));

    fn tokens(passphrase: &str, bound_to_address: bool) -> Tokens {
        let rules =
            TokenRules { lifetime: Duration::from_secs(60), bound_to_address, ends_with_changes: false };
        Tokens::new(&SigningKey::from_passphrase(&Secret::new(passphrase.into())), rules)
    }

    fn issue(tokens: &Tokens, audience: Audience) -> String {
        let subject = Subject {
            audience,
            username: "root".into(),
            password: Secret::new("hash".into()),
            updated_at: 7,
            permissions: vec!["*".into()],
            role: String::new(),
            two_factor_required: false,
            must_change_password: false,
        };
        tokens.issue(subject, HERE).unwrap().access_token.into_inner()
    }

    #[test]
    fn good_for_its_audience_and_address() {
        let tokens = tokens("k", true);
        let token = issue(&tokens, Audience::Admin);
        let claims = tokens.verify(&token, Audience::Admin, HERE).unwrap();
        assert_eq!((claims.username.as_str(), claims.sub.as_str()), ("root", "7"));
        let mark = |text: &str| tokens.password_mark(&Secret::new(text.into()));
        assert!(claims.password_mark == mark("hash") && mark("hash") != mark("other"));
        assert!(tokens.verify(&token, Audience::User, HERE).is_err());
        assert!(tokens.verify(&token, Audience::Admin, THERE).is_err());
        assert!(self::tokens("k", false).verify(&token, Audience::Admin, THERE).is_ok());
        assert!(self::tokens("other", true).verify(&token, Audience::Admin, HERE).is_err());
    }

    #[test]
    fn a_revoked_token_is_over_and_others_are_not() {
        let tokens = tokens("k", true);
        let (one, other) = (issue(&tokens, Audience::Admin), issue(&tokens, Audience::Admin));
        tokens.revoke(&tokens.verify(&one, Audience::Admin, HERE).unwrap());
        assert!(tokens.verify(&one, Audience::Admin, HERE).is_err());
        assert!(tokens.verify(&other, Audience::Admin, HERE).is_ok());
    }

    #[test]
    fn a_token_has_its_time() {
        let tokens = tokens("k", true);
        let good = tokens.verify(&issue(&tokens, Audience::Admin), Audience::Admin, HERE).unwrap();
        assert_eq!(good.exp - good.iat, 60);
        let signed = |claims: &Claims| {
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &tokens.encode).unwrap()
        };
        assert!(tokens.verify(&signed(&good), Audience::Admin, HERE).is_ok());
        let over = Claims { exp: now() - 1, ..good.clone() };
        let early = Claims { nbf: now() + 60, ..good };
        for claims in [over, early] {
            assert!(tokens.verify(&signed(&claims), Audience::Admin, HERE).is_err(), "{claims:?}");
        }
    }

    #[test]
    fn forged_tokens_are_refused() {
        let tokens = tokens("k", true);
        let token = issue(&tokens, Audience::Admin);
        let parts: Vec<&str> = token.split('.').collect();
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
        let backwards: String = parts[2].chars().rev().collect();
        for forged in [
            "x".to_owned(),
            format!("{none}.{}.", parts[1]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}.{backwards}", parts[0], parts[1]),
        ] {
            assert!(tokens.verify(&forged, Audience::Admin, HERE).is_err(), "{forged}");
        }
        // By the right key, but not the way tokens are signed.
        let claims = tokens.verify(&token, Audience::Admin, HERE).unwrap();
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            let signed = jsonwebtoken::encode(&Header::new(algorithm), &claims, &tokens.encode).unwrap();
            assert!(tokens.verify(&signed, Audience::Admin, HERE).is_err(), "{algorithm:?}");
        }
        // Nor does a header name another key.
        let other = self::tokens("other", true);
        let header = Header { kid: Some("../../etc/hostname".into()), ..Header::new(Algorithm::HS256) };
        let signed = jsonwebtoken::encode(&header, &claims, &other.encode).unwrap();
        assert!(tokens.verify(&signed, Audience::Admin, HERE).is_err());
    }
}
