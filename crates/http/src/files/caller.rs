//! [`Files`]: the session of one request.

use super::failure::failed;
use crate::{
    api::Api,
    caller::UserCaller,
    error::{ApiError, Result},
    hangup::Hangup,
    peer::Peer,
    permission::Right,
};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use session::{Connection, Session};
use std::{
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};
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
        let account = api.parts().authenticator.account_for_files(&caller.user().username, peer.ip()).await?;
        let connection = Connection {
            id: format!("HTTP_{}", connection_id()).into(),
            protocol: Protocol::Http,
            client_version: user_agent(request),
            remote: peer.remote,
            local: peer.local,
            started: SystemTime::now(),
        };
        let session = Session::new(account, Arc::new(connection), api.parts().services.clone());
        session.begin().await.map_err(failed)?;
        if let Some(hangup) = request.extensions.get::<Hangup>() {
            hangup.with(&session);
        }
        Ok(Self { session, right: PhantomData })
    }
}

fn user_agent(request: &Parts) -> String {
    let value = request.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// Unique in this process, and unlikely to come again in the next.
fn connection_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64);
    format!("{at:x}{number:x}")
}
