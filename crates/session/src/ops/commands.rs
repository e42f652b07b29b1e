//! What is told of commands run over SSH.

use crate::{Session, lines::Command};
use events::{Action, Event, Status};
use std::time::Instant;
use types::VirtualPath;

/// A command as a client asked for it.
#[derive(Clone, Debug)]
pub struct SshCommand {
    /// Its name alone.
    pub name: &'static str,
    /// The whole line.
    pub line: String,
    /// What it is about, and where to.
    pub path: VirtualPath,
    pub target: Option<VirtualPath>,
}

impl Session {
    /// Logs a command that ran, and tells the observers, who want to know of failed ones too.
    pub async fn ran(&self, command: &SshCommand, started: Instant, succeeded: bool) {
        let Ok(at) = self.locate(&command.path) else { return };
        let target = command.target.as_ref().and_then(|target| self.locate(target).ok());
        if succeeded {
            self.log(Command::Ssh(&command.line), started, &at, target.as_ref());
        }
        let event = || Event {
            target: target.as_ref().map(|target| target.location()),
            ssh_command: Some(command.name.to_owned()),
            elapsed: started.elapsed(),
            status: if succeeded { Status::Done } else { Status::Failed },
            ..self.event(Action::SshCommand, &at)
        };
        self.0.services.events.after(Action::SshCommand, event).await;
    }
}
