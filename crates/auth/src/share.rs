//! Visitors of shares: strangers who come by a link, some with a password.

use crate::{Authenticator, FailureLine, Refused, is_address_allowed};
use session::Account;
use std::{net::IpAddr, sync::Arc};
use store::Share;
use types::{LoginMethod, Protocol, Secret};

/// A visitor who was let in.
#[derive(Clone, Debug)]
pub struct Visit {
    pub share: Share,
    /// The owner's, narrowed to what the share is for.
    pub account: Arc<Account>,
}

/// Why a visitor was not let in.
#[derive(Debug, thiserror::Error)]
pub enum TurnedAway {
    /// Not there, not any more, or its owner may not share.
    #[error("share does not exist")]
    NoShare,
    #[error("the share cannot be used from {0}")]
    Address(IpAddr),
    #[error("the share has a password")]
    PasswordMissing,
    #[error("wrong share password")]
    WrongPassword,
    #[error(transparent)]
    Failed(#[from] Refused),
}

impl Authenticator {
    /// Lets a visitor from `ip` in to the share `id`. Uses nothing up.
    pub async fn visit(
        &self,
        id: &str,
        ip: IpAddr,
        password: Option<&Secret<String>>,
    ) -> Result<Visit, TurnedAway> {
        let found = self.control().visited_share(id).await.map_err(Refused::from)?;
        let (share, owner) = found.ok_or(TurnedAway::NoShare)?;
        if !is_address_allowed(&share.allow_from, &[], ip) {
            return Err(TurnedAway::Address(ip));
        }
        if !share.password.expose().is_empty() {
            self.check_share_password(&share, ip, password).await?;
        }
        let account = self.0.backends.share_account(&owner, &share, ip)?;
        Ok(Visit { share, account })
    }

    async fn check_share_password(
        &self,
        share: &Share,
        ip: IpAddr,
        password: Option<&Secret<String>>,
    ) -> Result<(), TurnedAway> {
        let password = password.ok_or(TurnedAway::PasswordMissing)?;
        let turn = self.slowdown().turn(ip, &share.id).await?;
        if self.verify(Some(&share.password), password).await.fits {
            turn.passed();
            return Ok(());
        }
        turn.failed();
        FailureLine {
            ip,
            username: &share.username,
            method: LoginMethod::Password,
            protocol: Protocol::HttpShare.family(),
            error: &TurnedAway::WrongPassword,
        }
        .log();
        Err(TurnedAway::WrongPassword)
    }
}
