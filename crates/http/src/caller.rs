//! Who makes a request, proved by its token or an API key, and allowed to make it.

use crate::{
    api::{Api, Parts},
    error::{ApiError, Result},
    key,
    peer::Peer,
    permission::{Permission, Right, Takes},
    token::{Audience, Claims},
};
use auth::Attempt;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request},
};
use control::{Actor, Admin, Author, Control, User};
use std::{
    marker::PhantomData,
    time::{SystemTime, UNIX_EPOCH},
};
use types::{Protocol, Secret};

/// An admin with a good token, or a key that stands for it, and the permission `P`.
pub struct Caller<P> {
    api: Api,
    control: Control,
    admin: Admin,
    /// `None` where an API key took the place of a token.
    claims: Option<Claims>,
    permission: PhantomData<P>,
}

/// A user with a good token, or a key that stands for it, and the right `R`.
pub struct UserCaller<R> {
    api: Api,
    control: Control,
    user: User,
    right: PhantomData<R>,
}

/// A user's good token, whatever became of the user.
pub struct UserToken(pub Claims);

impl<P> Caller<P> {
    pub fn control(&self) -> &Control {
        &self.control
    }

    pub fn parts(&self) -> &Parts {
        self.api.parts()
    }

    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    pub fn actor(&self) -> Actor {
        Actor::from(&self.admin)
    }

    /// Ends the token of this request.
    pub async fn revoke(&self) -> Result<()> {
        match &self.claims {
            Some(claims) => revoke(&self.api, claims).await,
            None => Ok(()),
        }
    }
}

impl<R> UserCaller<R> {
    pub fn control(&self) -> &Control {
        &self.control
    }

    pub fn parts(&self) -> &Parts {
        self.api.parts()
    }

    pub fn user(&self) -> &User {
        &self.user
    }
}

impl<P: Permission> FromRequestParts<Api> for Caller<P> {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut request::Parts, api: &Api) -> Result<Self> {
        let (admin, claims) = match key::of(request) {
            Some(_) if !P::BY_KEY => return Err(key::not_for_this()),
            Some(key) => (key::admin(api, request, key).await?, None),
            None => {
                let (admin, claims) = by_token(request, api).await?;
                (admin, Some(claims))
            }
        };
        allow(&admin, P::TAKES)?;
        let peer = Peer::from_request_parts(request, api).await?;
        let author = Author {
            name: admin.username.as_str().into(),
            role: admin.role.as_str().into(),
            ip: Some(peer.ip()),
        };
        let control = api.parts().control.by(author);
        Ok(Self { api: api.clone(), control, admin, claims, permission: PhantomData })
    }
}

impl<R: Right> FromRequestParts<Api> for UserCaller<R> {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut request::Parts, api: &Api) -> Result<Self> {
        let user = match key::of(request) {
            Some(_) if !R::ORDINARY => return Err(key::not_for_this()),
            Some(key) => key::user(api, request, key).await?,
            None => user_by_token(request, api).await?,
        };
        if user.filters.base.web_client.iter().any(|closed| closed == R::CLOSED_BY) {
            return Err(ApiError::plain(StatusCode::FORBIDDEN));
        }
        if R::ORDINARY {
            ready(&user)?;
        }
        let peer = Peer::from_request_parts(request, api).await?;
        let author = Author { name: user.username.as_str().into(), role: "".into(), ip: Some(peer.ip()) };
        let control = api.parts().control.by(author);
        Ok(Self { api: api.clone(), control, user, right: PhantomData })
    }
}

/// Ends a token before its time, and for as long as it could be good: also after a restart and on other servers, where
/// it would be.
pub async fn revoke(api: &Api, claims: &Claims) -> Result<()> {
    let Parts { tokens, control, .. } = api.parts();
    tokens.revoke(claims);
    if tokens.outlive_the_server() {
        control.end_token(&claims.jti, claims.exp).await?;
    }
    Ok(())
}

/// What changes with an admin's password. Not the hash: a login may replace it by a better one of the same
/// password, and so does loading a backup.
pub fn mark_of_admin(admin: &Admin) -> Secret<String> {
    Secret::new(admin.last_password_change.to_string())
}

/// As [`mark_of_admin`], of a user.
pub fn mark_of_user(user: &User) -> Secret<String> {
    Secret::new(user.last_password_change.to_string())
}

/// Whether `user` can do nothing with files until it has changed its password.
pub fn must_change_password(user: &User) -> bool {
    user.filters.require_password_change || user.has_expired_password(now())
}

/// Whether `user` can do nothing with files until it has set up a second factor.
pub fn must_set_up_second_factor(user: &User) -> bool {
    let covers = |protocols: &[String]| protocols.iter().any(|protocol| protocol == "HTTP");
    let set_up = &user.filters.totp_config;
    covers(&user.filters.base.two_factor_protocols) && !(set_up.enabled && covers(&set_up.protocols))
}

/// Looked up for each request: what an admin may do, and that there still is one, is true now and not when the
/// token was made.
async fn by_token(request: &mut request::Parts, api: &Api) -> Result<(Admin, Claims)> {
    let claims = claims(request, api, Audience::Admin).await?;
    let admin = match api.parts().control.admin(&claims.username).await {
        Ok(admin) => admin,
        Err(control::Error::NotFound(..)) => return Err(ApiError::bad_token(ENDED)),
        Err(error) => return Err(error.into()),
    };
    if !admin.is_active() || is_outdated(api, &claims, &mark_of_admin(&admin), admin.updated_at) {
        return Err(ApiError::bad_token(ENDED));
    }
    let peer = Peer::from_request_parts(request, api).await?;
    if !auth::is_address_allowed(&admin.filters.allow_list, &[], peer.ip()) {
        return Err(ApiError::plain(StatusCode::FORBIDDEN));
    }
    Ok((admin, claims))
}

/// The user as its groups make it.
async fn user_by_token(request: &mut request::Parts, api: &Api) -> Result<User> {
    let claims = claims(request, api, Audience::User).await?;
    let control = &api.parts().control;
    let user = match control.user(&claims.username).await {
        Ok(user) => control.effective_user(user).await?,
        Err(control::Error::NotFound(..)) => {
            return Err(ApiError::new(StatusCode::NOT_FOUND, "Unable to retrieve your user"));
        }
        Err(error) => return Err(error.into()),
    };
    let over = !user.is_active() || user.has_expired(now());
    if over || is_outdated(api, &claims, &mark_of_user(&user), user.updated_at) {
        return Err(ApiError::bad_token(ENDED));
    }
    let peer = Peer::from_request_parts(request, api).await?;
    let attempt = Attempt { username: user.username.clone(), ip: peer.ip(), protocol: Protocol::Http };
    api.parts().authenticator.may_go_on(&user, &attempt)?;
    Ok(user)
}

/// Nothing has to be done before files can be used.
fn ready(user: &User) -> Result<()> {
    if must_change_password(user) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, CHANGE_PASSWORD));
    }
    if must_set_up_second_factor(user) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, SET_UP_SECOND_FACTOR));
    }
    Ok(())
}

impl FromRequestParts<Api> for UserToken {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut request::Parts, api: &Api) -> Result<Self> {
        claims(request, api, Audience::User).await.map(Self)
    }
}

const ENDED: &str = "Your token is no longer valid";
const CHANGE_PASSWORD: &str = "please change your password to continue";
const SET_UP_SECOND_FACTOR: &str = "please set up two-factor authentication to continue";

fn allow(admin: &Admin, takes: Takes) -> Result<()> {
    if takes == Takes::Nothing {
        return Ok(());
    }
    let filters = &admin.filters;
    if filters.require_password_change {
        return Err(ApiError::new(StatusCode::FORBIDDEN, CHANGE_PASSWORD));
    }
    if filters.require_two_factor && !filters.totp_config.enabled {
        return Err(ApiError::new(StatusCode::FORBIDDEN, SET_UP_SECOND_FACTOR));
    }
    match takes {
        Takes::Granted(permission) if !admin.may(permission) => Err(ApiError::plain(StatusCode::FORBIDDEN)),
        Takes::Nothing | Takes::AnyAdmin | Takes::Granted(_) => Ok(()),
    }
}

/// Whether the password changed since the token was made, or anything else where that ends tokens.
fn is_outdated(api: &Api, claims: &Claims, password: &Secret<String>, updated_at: i64) -> bool {
    let tokens = &api.parts().tokens;
    tokens.password_mark(password) != claims.password_mark
        || tokens.ends_with_changes() && updated_at.to_string() != claims.sub
}

/// Milliseconds since the epoch.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

async fn claims(request: &mut request::Parts, api: &Api, audience: Audience) -> Result<Claims> {
    let peer = Peer::from_request_parts(request, api).await?;
    let token = bearer(request).ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "no token found"))?;
    let Parts { tokens, control, .. } = api.parts();
    let claims = tokens.verify(token, audience, peer.ip())?;
    if tokens.outlive_the_server() && control.was_ended_elsewhere(&claims.jti).await? {
        return Err(ApiError::bad_token(ENDED));
    }
    Ok(claims)
}

/// The token of `Authorization: Bearer …`; nowhere else is one looked for.
fn bearer(request: &request::Parts) -> Option<&str> {
    let value = request.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
