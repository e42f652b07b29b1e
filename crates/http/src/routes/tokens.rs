//! Logging in and out of the API.

use crate::{
    api::Api,
    caller::{self, Caller, UserToken},
    error::{ApiError, ApiResponse, Result},
    peer::Peer,
    permission::Itself,
    token::{Audience, Subject, Token},
};
use auth::{Attempt, FailureLine, LoginLine};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use types::{LoginMethod, Protocol, Secret};

/// A token for an admin, against its name and password.
#[utoipa::path(
    get,
    path = "/token",
    tag = "token",
    operation_id = "get_token",
    params(("X-SFTPGO-OTP" = Option<String>, Header, description = "The code of the second factor")),
    security(("BasicAuth" = [])),
    responses(
        (status = 200, body = Token),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn admin(State(api): State<Api>, peer: Peer, headers: HeaderMap) -> Result<Json<Token>> {
    let (attempt, password) = credentials(&headers, peer)?;
    let checked =
        api.parts().authenticator.admin_password(&attempt, &password, one_time_code(&headers).as_ref()).await;
    let admin = checked.inspect_err(|refused| failure(&attempt, refused).log())?;
    login(&attempt, &headers, peer).log();
    let subject = Subject {
        audience: Audience::Admin,
        updated_at: admin.updated_at,
        two_factor_required: admin.filters.require_two_factor && !admin.filters.totp_config.enabled,
        must_change_password: admin.filters.require_password_change,
        password: caller::mark_of_admin(&admin),
        username: admin.username,
        permissions: admin.permissions,
        role: admin.role,
    };
    Ok(Json(api.parts().tokens.issue(subject, peer.ip())?))
}

/// A token for a user, against its name and password.
#[utoipa::path(
    get,
    path = "/user/token",
    tag = "token",
    operation_id = "get_user_token",
    params(("X-SFTPGO-OTP" = Option<String>, Header, description = "The code of the second factor")),
    security(("BasicAuth" = [])),
    responses(
        (status = 200, body = Token),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn user(State(api): State<Api>, peer: Peer, headers: HeaderMap) -> Result<Json<Token>> {
    let (attempt, password) = credentials(&headers, peer)?;
    let authenticator = &api.parts().authenticator;
    let checked = authenticator.user_password(&attempt, &password, one_time_code(&headers).as_ref()).await;
    let user = checked.inspect_err(|refused| authenticator.not_logged_in(&failure(&attempt, refused)))?;
    authenticator.logged_in(&login(&attempt, &headers, peer));
    let subject = Subject {
        audience: Audience::User,
        updated_at: user.updated_at,
        two_factor_required: caller::must_set_up_second_factor(&user),
        must_change_password: caller::must_change_password(&user),
        password: caller::mark_of_user(&user),
        username: user.username,
        permissions: user.filters.base.web_client,
        role: user.role,
    };
    Ok(Json(api.parts().tokens.issue(subject, peer.ip())?))
}

/// Ends the admin's token.
#[utoipa::path(
    get,
    path = "/logout",
    tag = "token",
    operation_id = "logout",
    security(("BearerAuth" = [])),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Your token has been invalidated"})),
        (status = 401, body = ApiResponse),
    )
)]
pub async fn admin_logout(caller: Caller<Itself>) -> Result<Json<ApiResponse>> {
    caller.revoke().await?;
    Ok(ApiResponse::message("Your token has been invalidated"))
}

/// Ends the user's token.
#[utoipa::path(
    get,
    path = "/user/logout",
    tag = "token",
    operation_id = "client_logout",
    security(("BearerAuth" = [])),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Your token has been invalidated"})),
        (status = 401, body = ApiResponse),
    )
)]
pub async fn user_logout(State(api): State<Api>, UserToken(claims): UserToken) -> Result<Json<ApiResponse>> {
    caller::revoke(&api, &claims).await?;
    Ok(ApiResponse::message("Your token has been invalidated"))
}

fn one_time_code(headers: &HeaderMap) -> Option<Secret<String>> {
    let code = headers.get("x-sftpgo-otp")?.to_str().ok().filter(|code| !code.is_empty())?;
    Some(Secret::new(code.to_owned()))
}

/// Name and password of basic authentication (RFC 7617).
fn credentials(headers: &HeaderMap, peer: Peer) -> Result<(Attempt, Secret<String>)> {
    let (username, password) = basic(headers).ok_or_else(|| ApiError::unauthorized(None))?;
    Ok((Attempt { username, ip: peer.ip(), protocol: Protocol::Http }, password))
}

/// As [`credentials`], before anything is made of them.
pub fn basic(headers: &HeaderMap) -> Option<(String, Secret<String>)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (username, password) = decoded.split_once(':')?;
    Some((username.to_owned(), Secret::new(password.to_owned())))
}

fn login<'a>(attempt: &'a Attempt, headers: &'a HeaderMap, peer: Peer) -> LoginLine<'a> {
    let client = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    LoginLine {
        ip: attempt.ip,
        username: &attempt.username,
        method: LoginMethod::Password,
        protocol: attempt.protocol.family(),
        connection_id: None,
        client: client.unwrap_or_default(),
        encrypted: peer.encrypted,
        info: None,
    }
}

fn failure<'a>(attempt: &'a Attempt, refused: &'a auth::Refused) -> FailureLine<'a> {
    FailureLine {
        ip: attempt.ip,
        username: &attempt.username,
        method: LoginMethod::Password,
        protocol: attempt.protocol.family(),
        error: refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn reads_basic_credentials() {
        let read = |value: &str| {
            let value = HeaderValue::from_str(value).unwrap();
            let (name, password) = basic(&HeaderMap::from_iter([(header::AUTHORIZATION, value)]))?;
            Some((name, password.into_inner()))
        };
        assert_eq!(read("Basic YTpiOmM="), Some(("a".into(), "b:c".into())));
        assert_eq!(read("basic YTo="), Some(("a".into(), String::new())));
        for bad in ["Basic", "Basic !!!", "Bearer YTpi", "Basic YWI=", "Basic /zo="] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
