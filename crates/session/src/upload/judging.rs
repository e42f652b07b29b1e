//! What observers have to say about an upload that is complete, and what they are told of a user's first.

use super::Upload;
use crate::{Direction, Error, Result, Session, place::Place};
use events::{Action, Event};
use storage::Writer;

impl Upload {
    /// Asks the observers that judge uploads, who find the file under its own name, or where it is not published
    /// yet under the temporary one they are told. Dropped meanwhile, the upload is aborted as always.
    pub(super) async fn judge(&mut self) -> Result<()> {
        let session = self.session.clone();
        if !session.0.services.events.judges() {
            return Ok(());
        }
        self.judged = true;
        let judged = self.ask(&session).await;
        judged.map_err(|error| self.fail(error))
    }

    async fn ask(&mut self, session: &Session) -> Result<()> {
        let place = session.locate(&self.path)?;
        let (size, name) = match &mut self.opened.as_mut().ok_or(Error::Aborted)?.writer {
            Writer::Random(file) => (file.stat().await?.size, file.reveal().await?),
            Writer::Stream(_) => (self.transfer.moved(), None),
        };
        let event = || {
            let mut event = self.event(Action::Upload, &place, size);
            if let Some(name) = name {
                let dir = event.at.stored_as.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
                event.at.stored_as.splice(dir.., name);
            }
            event
        };
        if session.0.services.events.judge(event).await { Ok(()) } else { Err(Error::Rejected) }
    }

    pub(super) async fn note_first(&self, size: u64) {
        if let Ok(place) = self.session.account().mounts().locate(&self.path) {
            let event = || self.event(Action::FirstUpload, &place, size);
            self.session.note_first(Direction::Upload, event).await;
        }
    }

    fn event(&self, action: Action, place: &Place, size: u64) -> Event {
        let elapsed = self.transfer.started.elapsed();
        Event { size, elapsed, judged: self.judged, ..self.session.event(action, place) }
    }
}
