//! The first file that a user uploads, and the first it downloads.

use crate::{Direction, Session};
use events::{Action, Event};

impl Session {
    /// After a transfer that went well, of which `event` tells: notes it where it may be the user's first, and
    /// tells the observers where it was. Only where one of them wants to know is it worth waiting for.
    pub(crate) async fn note_first(&self, direction: Direction, event: impl FnOnce() -> Event) {
        let account = self.account();
        if !account.may_be_first(direction) {
            return;
        }
        let action = match direction {
            Direction::Upload => Action::FirstUpload,
            Direction::Download => Action::FirstDownload,
        };
        let services = self.0.services.clone();
        let (user, event) = (account.name().clone(), Event { action, ..event() });
        let work = {
            let services = services.clone();
            async move {
                if services.firsts.note(user, direction).await {
                    services.events.after(action, || event).await;
                }
            }
        };
        if services.events.wants(action) { work.await } else { services.background.spawn(work) }
    }
}
