//! [`FileHook`]: `common.actions`, the hook of what happens to files.

use crate::{Hook, Hooks, InvalidHook, Purpose, payload};
use async_trait::async_trait;
use events::{Action, Event, Interest, Observer, Verdict};

/// Asks the hook before an operation and tells it afterwards.
#[derive(Debug)]
pub struct FileHook {
    hook: Hook,
    on: Interest,
    /// Those that the client waits for.
    awaited: Interest,
}

impl FileHook {
    /// `None` where there is no hook or nothing to call it for.
    pub fn new(hooks: &Hooks, settings: &config::FsActions) -> Result<Option<Self>, InvalidHook> {
        let on = interest(&settings.execute_on);
        let Some(hook) = hooks.hook(Purpose::FileActions, &settings.hook)? else { return Ok(None) };
        let awaited = on & interest(&settings.execute_sync);
        Ok((!on.is_empty()).then_some(Self { hook, on, awaited }))
    }

    async fn ask(&self, event: &Event) -> Verdict {
        match self.hook.allows(payload::call(event)).await {
            // A hook may have moved away what was to be deleted.
            Ok(()) if event.action == Action::PreDelete => Verdict::Handled,
            Ok(()) => Verdict::Proceed,
            Err(failed) => {
                tracing::info!(
                    target: "hooks",
                    hook = Purpose::FileActions.name(),
                    action = event.action.as_str(),
                    username = &*event.user,
                    virtual_path = %event.at.path,
                    error = %failed,
                    "denied by the hook"
                );
                Verdict::Deny
            }
        }
    }
}

#[async_trait]
impl Observer for FileHook {
    fn interest(&self) -> Interest {
        let judges = self.awaited.contains(Interest::UPLOAD);
        if judges { self.on | Interest::JUDGE_UPLOAD } else { self.on }
    }

    async fn before(&self, event: &Event) -> Verdict {
        self.ask(event).await
    }

    async fn judge(&self, event: &Event) -> Verdict {
        self.ask(event).await
    }

    async fn after(&self, event: &Event) {
        let awaited = self.awaited.contains(event.action.interest());
        // Of an upload that was complete the hook has heard when it judged it.
        if awaited && event.action == Action::Upload && event.judged {
            return;
        }
        let call = payload::call(event);
        if !awaited {
            return self.hook.tell(call);
        }
        if let Err(failed) = self.hook.allows(call).await {
            self.hook.failed(&failed);
        }
    }
}

/// The actions of these names; loading has refused any other.
fn interest(names: &[String]) -> Interest {
    names
        .iter()
        .filter_map(|name| Action::from_name(name))
        .fold(Interest::empty(), |all, one| all | one.interest())
}
