//! Who makes a request, proved by its token.

use crate::{
    api::{Api, Parts},
    error::{ApiError, Result},
    peer::Peer,
    token::{Audience, Claims},
};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request},
};
use control::{Actor, Admin, Control};

/// An admin with a good token, who may do nothing yet: [`may`](Self::may) and its like hand out the objects
/// against a permission.
pub struct Caller {
    api: Api,
    admin: Admin,
    claims: Claims,
}

/// A user with a good token.
pub struct UserCaller {
    pub claims: Claims,
}

impl Caller {
    /// For calls that take `permission`.
    pub fn may(&self, permission: &str) -> Result<&Control> {
        self.unrestricted()?;
        if self.admin.may(permission) {
            return Ok(&self.parts().control);
        }
        Err(ApiError::plain(StatusCode::FORBIDDEN))
    }

    /// For calls that only an admin with all permissions may make.
    pub fn may_everything(&self) -> Result<&Control> {
        self.may("*")
    }

    /// For calls every admin may make.
    pub fn is_admin(&self) -> Result<&Parts> {
        self.unrestricted()?;
        Ok(self.parts())
    }

    /// For calls about itself: open also to an admin who first has to change the password or to set up a
    /// second factor.
    pub fn is_itself(&self) -> &Control {
        &self.parts().control
    }

    pub fn parts(&self) -> &Parts {
        self.api.parts()
    }

    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    pub fn actor(&self) -> Actor<'_> {
        Actor::Admin(&self.admin.username)
    }

    /// Ends the token of this request.
    pub fn revoke(&self) {
        self.parts().tokens.revoke(&self.claims);
    }

    fn unrestricted(&self) -> Result<()> {
        let filters = &self.admin.filters;
        if filters.require_password_change {
            return Err(ApiError::new(StatusCode::FORBIDDEN, "please change your password to continue"));
        }
        if filters.require_two_factor && !filters.totp_config.enabled {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "please set up two-factor authentication to continue",
            ));
        }
        Ok(())
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut request::Parts, api: &Api) -> Result<Self> {
        let claims = claims(request, api, Audience::Admin).await?;
        // Looked up for each request: what an admin may do, and that there still is one, is true now and not
        // when the token was made.
        let found = api.parts().control.admin(&claims.username).await;
        let admin = match found {
            Ok(admin) => admin,
            Err(control::Error::NotFound(..)) => return Err(ApiError::bad_token(ENDED)),
            Err(error) => return Err(error.into()),
        };
        let changed = api.parts().tokens.ends_with_changes() && admin.updated_at.to_string() != claims.sub;
        if !admin.is_active() || changed {
            return Err(ApiError::bad_token(ENDED));
        }
        Ok(Self { api: api.clone(), admin, claims })
    }
}

impl FromRequestParts<Api> for UserCaller {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut request::Parts, api: &Api) -> Result<Self> {
        Ok(Self { claims: claims(request, api, Audience::User).await? })
    }
}

const ENDED: &str = "Your token is no longer valid";

async fn claims(request: &mut request::Parts, api: &Api, audience: Audience) -> Result<Claims> {
    let peer = Peer::from_request_parts(request, api).await?;
    let token = bearer(request).ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "no token found"))?;
    api.parts().tokens.verify(token, audience, peer.ip())
}

/// The token of `Authorization: Bearer …`; nowhere else is one looked for.
fn bearer(request: &request::Parts) -> Option<&str> {
    let value = request.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
