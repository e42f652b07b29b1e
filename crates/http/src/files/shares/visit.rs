//! [`Visit`]: a share, and the session of one request to it.

use crate::{
    api::Api,
    error::{ApiError, Result},
    files::{caller, failure::failed, uses::Uses},
    peer::Peer,
    routes::tokens::basic,
};
use auth::TurnedAway;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use control::Share;
use percent_encoding::percent_decode_str;
use session::Session;
use std::{borrow::Cow, marker::PhantomData};
use types::{Protocol, VirtualPath};

/// A visitor who was let in; `P` is [`ToRead`] or [`ToWrite`].
pub struct Visit<P> {
    share: Share,
    session: Session,
    uses: Uses,
    purpose: PhantomData<P>,
}

pub struct ToRead;
pub struct ToWrite;

/// What a visitor comes for.
pub trait Purpose: Send + Sync + 'static {
    /// The one scope that is not for it.
    const CLOSED_BY: i32;
}

impl Purpose for ToRead {
    const CLOSED_BY: i32 = 2;
}
impl Purpose for ToWrite {
    const CLOSED_BY: i32 = 1;
}

impl<P> Visit<P> {
    pub const fn session(&self) -> &Session {
        &self.session
    }

    pub fn into_session(self) -> Session {
        self.session
    }

    pub const fn share(&self) -> &Share {
        &self.share
    }

    pub const fn uses(&self) -> &Uses {
        &self.uses
    }

    /// All that is shared.
    pub fn paths(&self) -> Result<Vec<VirtualPath>> {
        let path = |path: &String| VirtualPath::parse(&VirtualPath::root(), path.as_bytes());
        let paths: Result<Vec<_>, _> = self.share.paths.iter().map(path).collect();
        paths.map_err(|error| failed(error.into()))
    }

    /// What `raw` names below the one path that is shared; `None` when it leads out of it.
    pub fn resolve(&self, raw: &[u8]) -> Result<Option<VirtualPath>> {
        let Ok([base]) = <[VirtualPath; 1]>::try_from(self.paths()?) else {
            return Err(ApiError::bad_request("more than one path is shared"));
        };
        below(&base, raw)
    }
}

impl<P: Purpose> FromRequestParts<Api> for Visit<P> {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut Parts, api: &Api) -> Result<Self> {
        let peer = Peer::from_request_parts(request, api).await?;
        let id = share_id(request.uri.path());
        let password = basic(&request.headers).map(|(_, password)| password);
        let visit = api.parts().authenticator.visit(&id, peer.ip(), password.as_ref()).await?;
        let auth::Visit { share, account } = visit;
        if share.scope == P::CLOSED_BY {
            return Err(ApiError::new(StatusCode::FORBIDDEN, "invalid share scope"));
        }
        let session = caller::begin(request, api, account, Protocol::HttpShare).await?;
        Ok(Self { uses: Uses::new(api, &share.id), share, session, purpose: PhantomData })
    }
}

impl From<TurnedAway> for ApiError {
    fn from(away: TurnedAway) -> Self {
        match away {
            TurnedAway::NoShare => Self::new(StatusCode::NOT_FOUND, away.to_string()),
            TurnedAway::Address(_) => Self::new(StatusCode::FORBIDDEN, away.to_string()),
            TurnedAway::PasswordMissing => Self::unauthorized(None),
            TurnedAway::WrongPassword => Self::unauthorized(Some("invalid credentials")),
            TurnedAway::Failed(refused) => refused.into(),
        }
    }
}

/// The raw segments behind `shares`: the id, and the name of a file where there is one. Not the captures of the
/// router, which are text: names are bytes.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').skip_while(|segment| *segment != "shares").skip(1)
}

fn share_id(path: &str) -> Cow<'_, str> {
    percent_decode_str(segments(path).next().unwrap_or_default()).decode_utf8_lossy()
}

/// The name of the file that a request to this path uploads.
pub fn file_name(path: &str) -> Vec<u8> {
    percent_decode_str(segments(path).nth(1).unwrap_or_default()).collect()
}

/// Unlike the paths of a user, which end at the root, one that goes up too far is no path at all.
fn below(base: &VirtualPath, raw: &[u8]) -> Result<Option<VirtualPath>> {
    let mut depth = 0_usize;
    for part in raw.split(|byte| matches!(byte, b'/' | b'\\')) {
        match (part, depth) {
            (b"" | b".", _) => {}
            (b"..", 0) => return Ok(None),
            (b"..", _) => depth -= 1,
            _ => depth += 1,
        }
    }
    let relative =
        raw.iter().position(|byte| !matches!(byte, b'/' | b'\\')).map_or(&b""[..], |at| &raw[at..]);
    let path = VirtualPath::parse(base, relative).map_err(|error| failed(error.into()))?;
    Ok(Some(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_what_is_shared() {
        let base = VirtualPath::parse(&VirtualPath::root(), b"/a/b").unwrap();
        for (raw, expected) in [
            (&b""[..], Some(&b"/a/b"[..])),
            (b"/", Some(b"/a/b")),
            (b"x", Some(b"/a/b/x")),
            (b"//x\\y/../z/", Some(b"/a/b/x/z")),
            (b"x/..", Some(b"/a/b")),
            (b"\xff", Some(b"/a/b/\xff")),
            (b"..", None),
            (b"/../b/x", None),
            (b"x/../../b/x", None),
            (b"..\\x", None),
        ] {
            let path = below(&base, raw).unwrap();
            assert_eq!(path.as_ref().map(VirtualPath::as_bytes), expected, "{raw:?}");
        }
        assert!(below(&base, b"a\0").is_err());
    }

    #[test]
    fn ids_and_names_come_from_the_path_as_it_was_sent() {
        for path in ["/api/v2/shares/a%62/x%2Fy%FF", "/shares/ab/x%2Fy%FF"] {
            assert_eq!((&*share_id(path), &*file_name(path)), ("ab", &b"x/y\xff"[..]));
        }
        assert!(file_name("/shares/ab").is_empty() && share_id("/").is_empty());
    }
}
