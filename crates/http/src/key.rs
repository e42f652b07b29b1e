//! API keys: the header `X-SFTPGO-API-KEY` in place of a token.

use crate::{
    api::Api,
    error::{ApiError, Result},
    peer::Peer,
};
use auth::{Attempt, Attempting};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use control::{Admin, KeyRefused, User};
use types::Protocol;

const HEADER: &str = "x-sftpgo-api-key";

/// Which kinds of keys a binding takes: `disabled_login_methods`, put into each request.
#[derive(Clone, Copy, Debug)]
pub struct KeysTaken {
    pub admins: bool,
    pub users: bool,
}

/// The key in a request.
pub fn of(request: &Parts) -> Option<String> {
    let text = request.headers.get(HEADER)?.to_str().unwrap_or_default();
    Some(text.to_owned())
}

/// The admin a key stands for.
pub async fn admin(api: &Api, request: &mut Parts, key: String) -> Result<Admin> {
    let taken = request.extensions.get::<KeysTaken>().is_some_and(|taken| taken.admins);
    if !taken {
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "no token found"));
    }
    let peer = Peer::from_request_parts(request, api).await?;
    let turn = api.parts().authenticator.slowdown().turn(peer.ip(), id_of(&key)).await?;
    let admin = guessed(turn, api.parts().control.admin_by_key(&key).await)?;
    match auth::is_address_allowed(&admin.filters.allow_list, &[], peer.ip()) {
        true => Ok(admin),
        false => Err(ApiError::plain(StatusCode::FORBIDDEN)),
    }
}

/// The user a key stands for, as its groups make it.
pub async fn user(api: &Api, request: &mut Parts, key: String) -> Result<User> {
    let taken = request.extensions.get::<KeysTaken>().is_some_and(|taken| taken.users);
    if !taken {
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "no token found"));
    }
    let peer = Peer::from_request_parts(request, api).await?;
    let turn = api.parts().authenticator.slowdown().turn(peer.ip(), id_of(&key)).await?;
    let user = guessed(turn, api.parts().control.user_by_key(&key).await)?;
    let attempt = Attempt { username: user.username.clone(), ip: peer.ip(), protocol: Protocol::Http };
    api.parts().authenticator.may_go_on(&user, &attempt)?;
    Ok(user)
}

/// The part of a key that is no secret.
fn id_of(key: &str) -> &str {
    key.split('.').next().unwrap_or_default()
}

/// The answer to calls that take a token of somebody who logged in.
pub fn not_for_this() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "API key authentication is not allowed")
}

/// Counts a key that is not valid as a guess.
fn guessed<T>(turn: Attempting, checked: Result<T, KeyRefused>) -> Result<T> {
    match &checked {
        Ok(_) => turn.passed(),
        Err(KeyRefused::Malformed | KeyRefused::Invalid) => turn.failed(),
        Err(KeyRefused::WrongScope | KeyRefused::Store(_)) => {}
    }
    checked.map_err(refused)
}

fn refused(refused: KeyRefused) -> ApiError {
    match refused {
        KeyRefused::Malformed => ApiError::bad_request(refused.to_string()),
        KeyRefused::Invalid => ApiError::new(StatusCode::UNAUTHORIZED, refused.to_string()),
        KeyRefused::WrongScope => ApiError::new(StatusCode::FORBIDDEN, refused.to_string()),
        KeyRefused::Store(error) => control::Error::from(error).into(),
    }
}
