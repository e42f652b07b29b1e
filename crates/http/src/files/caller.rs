//! [`Files`]: the session of one request.

use super::failure::failed;
use crate::{
    api::Api,
    caller::UserCaller,
    error::{ApiError, Result},
    hangup::Hangup,
    log,
    peer::Peer,
    permission::Right,
};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use session::{Account, Connection, Session};
use std::{marker::PhantomData, sync::Arc, time::SystemTime};
use types::{Protocol, VirtualPath};

/// A user with a good token, or a key that stands for it, and its files; `R` is [`Reads`] or [`Changes`].
pub struct Files<R> {
    session: Session,
    right: PhantomData<R>,
}

/// To look at files.
pub struct Reads;
/// To change them: closed by `write-disabled`, over HTTP only.
pub struct Changes;

impl Right for Reads {
    const CLOSED_BY: &'static str = "";
    const ORDINARY: bool = true;
}
impl Right for Changes {
    const CLOSED_BY: &'static str = "write-disabled";
    const ORDINARY: bool = true;
}

impl<R> Files<R> {
    pub const fn session(&self) -> &Session {
        &self.session
    }

    pub fn into_session(self) -> Session {
        self.session
    }

    /// What `raw` means to the user.
    pub fn resolve(&self, raw: &[u8]) -> Result<VirtualPath> {
        self.session.resolve(raw).map_err(failed)
    }
}

impl<R: Right> FromRequestParts<Api> for Files<R> {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut Parts, api: &Api) -> Result<Self> {
        let peer = Peer::from_request_parts(request, api).await?;
        let caller = UserCaller::<R>::from_request_parts(request, api).await?;
        let account = api.parts().authenticator.account_of(caller.user(), peer.ip())?;
        let session = begin(request, api, account, Protocol::Http).await?;
        Ok(Self { session, right: PhantomData })
    }
}

/// Begins the session of a request.
pub async fn begin(
    request: &mut Parts,
    api: &Api,
    account: Arc<Account>,
    protocol: Protocol,
) -> Result<Session> {
    let peer = Peer::from_request_parts(request, api).await?;
    let (at, number) = log::unique();
    let connection = Connection {
        id: format!("{protocol}_{at:x}{number:x}").into(),
        protocol,
        client_version: log::text(&request.headers, header::USER_AGENT).to_owned(),
        remote: peer.remote,
        local: peer.local,
        started: SystemTime::now(),
    };
    let session = Session::new(account, Arc::new(connection), api.parts().services.clone());
    session.begin().await.map_err(failed)?;
    if let Some(hangup) = request.extensions.get::<Hangup>() {
        hangup.with(&session);
    }
    Ok(session)
}
