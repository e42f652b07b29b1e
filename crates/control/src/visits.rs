//! Shares, as those see them who come by their link.

use crate::{Control, Result, Share, User, now};

/// The option of `filters.web_client` that takes away the right to share, and ends what was shared.
const CLOSED_BY: &str = "shares-disabled";

impl Control {
    /// The share of this id and its owner, as its groups make it.
    ///
    /// `None` for what is not there for anybody, which nobody can tell apart: no such share, an expired one, one
    /// that was used as often as it may be, and one whose owner may not share. SFTPGo goes on serving what a
    /// disabled owner shared; here that ends with the account.
    pub async fn visited_share(&self, id: &str) -> Result<Option<(Share, User)>, store::Error> {
        let Some(share) = self.store.find::<Share>(id).await?.filter(is_open) else { return Ok(None) };
        let owner = self.login_user(&share.username).await?.filter(may_share);
        Ok(owner.map(|owner| (share, owner)))
    }

    /// Counts `times` uses of a share: all of them or, when fewer are left, none. Answers whether they were.
    pub async fn use_share(&self, id: &str, times: u32) -> Result<bool> {
        Ok(self.store.use_share(id, times.into(), now()).await?)
    }

    /// Takes back `times` uses that came to nothing.
    pub async fn give_back_share(&self, id: &str, times: u32) -> Result<()> {
        Ok(self.store.give_back_share(id, times.into()).await?)
    }

    /// Ends what goes on through shares of `user` once it may not share any more.
    pub(crate) async fn end_shares_unless_allowed(&self, username: &str) -> Result<()> {
        let owner = self.login_user(username).await?;
        if !owner.as_ref().is_some_and(may_share) {
            self.registry.close_shares_of(username);
        }
        Ok(())
    }
}

fn is_open(share: &Share) -> bool {
    let expired = share.expires_at > 0 && share.expires_at <= now();
    let used_up = share.max_tokens > 0 && share.used_tokens >= share.max_tokens;
    !expired && !used_up
}

/// Where, when and how the owner itself may log in does not matter: visitors come from elsewhere.
fn may_share(owner: &User) -> bool {
    let filters = &owner.filters.base;
    let has = |list: &[String], name: &str| list.iter().any(|entry| entry == name);
    let expired = owner.expiration_date > 0 && owner.expiration_date < now();
    owner.is_active()
        && !expired
        && !has(&filters.denied_protocols, "HTTP")
        && !has(&filters.web_client, CLOSED_BY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_ends_by_time_and_by_use() {
        let share = |expires_at, max_tokens, used_tokens| Share {
            expires_at,
            max_tokens,
            used_tokens,
            ..Share::default()
        };
        assert!(is_open(&share(0, 0, 7)) && is_open(&share(now() + 60_000, 3, 2)));
        assert!(!is_open(&share(now() - 1, 0, 0)));
        assert!(!is_open(&share(0, 3, 3)) && !is_open(&share(0, 3, 4)));
    }

    #[test]
    fn a_share_ends_with_its_owner() {
        let owner = |change: fn(&mut User)| {
            let mut owner = User { status: 1, ..User::default() };
            change(&mut owner);
            may_share(&owner)
        };
        assert!(owner(|_| {}) && owner(|u| u.filters.base.denied_protocols = vec!["FTP".into()]));
        assert!(!owner(|u| u.status = 0) && !owner(|u| u.expiration_date = 1));
        assert!(!owner(|u| u.filters.base.denied_protocols = vec!["HTTP".into()]));
        assert!(!owner(|u| u.filters.base.web_client = vec!["shares-disabled".into()]));
    }
}
