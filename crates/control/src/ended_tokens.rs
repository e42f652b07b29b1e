//! Tokens that were ended before their time, for those that outlive a restart: told to the database, which servers
//! may share.

use crate::{Control, Result, now};
use store::{Kept, ShortLived};

impl Control {
    /// Ends the token `id`, which would have been good until `until`, in seconds since the epoch.
    pub async fn end_token(&self, id: &str, until: u64) -> Result<()> {
        let expires_at = i64::try_from(until).unwrap_or(i64::MAX).saturating_mul(1000);
        let kept = Kept { value: String::new(), expires_at };
        self.store.keep(ShortLived::EndedToken, id, now(), move |_| Some(kept.clone())).await?;
        Ok(())
    }

    /// Whether another server ended the token `id`. Where there is none nobody is asked: what was ended here is
    /// known.
    pub async fn was_ended_elsewhere(&self, id: &str) -> Result<bool> {
        if !self.settings.is_shared {
            return Ok(false);
        }
        Ok(self.store.recall(ShortLived::EndedToken, id, now()).await?.is_some())
    }

    /// Every token that was ended and would still be good: ids, and seconds since the epoch.
    pub async fn ended_tokens(&self) -> Result<Vec<(String, u64)>> {
        let ended = self.store.recall_all(ShortLived::EndedToken, now()).await?;
        Ok(ended.into_iter().map(|(id, at)| (id, u64::try_from(at / 1000).unwrap_or(0))).collect())
    }
}
