//! [`Hook`]: one configured hook, and a call of it.

use crate::{
    client::{InvalidClient, Retries, client, headers},
    program::{Program, text},
};
use reqwest::{Client, StatusCode, header::CONTENT_TYPE, header::HeaderMap};
use std::{ffi::OsString, fmt, io, path::PathBuf, process::ExitStatus, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::Semaphore};
use tokio_util::task::TaskTracker;

/// Hooks that somebody waits for and that run at once.
const ASKED: usize = 64;
/// Hooks that nobody waits for and that run at once.
const TOLD: usize = 32;
/// Of those, how many may wait for their turn; beyond that they are dropped, since a hook that is too slow for
/// what happens would fill the memory.
const WAITING: usize = 4096;

/// How hooks are run. Cheap to clone.
#[derive(Clone)]
pub struct Hooks(Arc<Shared>);

struct Shared {
    client: Client,
    http: config::HttpClient,
    command: config::Command,
    main: Handle,
    asked: Semaphore,
    told: Semaphore,
    tasks: TaskTracker,
}

/// What a hook is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    FileActions,
    ProviderActions,
    Startup,
    PostConnect,
    PostDisconnect,
    CheckPassword,
    PreLogin,
    PostLogin,
    ExternalAuth,
}

/// A hook that is configured. Cheap to clone.
#[derive(Clone)]
pub struct Hook {
    shared: Hooks,
    purpose: Purpose,
    kind: Arc<Kind>,
}

enum Kind {
    Program(Program),
    Url { url: String, headers: HeaderMap, retries: Retries },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    #[default]
    Get,
    Post,
}

/// What a hook is told, in both forms.
#[derive(Debug, Default)]
pub struct Call {
    /// For a program.
    pub variables: Vec<(&'static str, OsString)>,
    /// For a URL, with what follows.
    pub method: Method,
    pub query: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Option<Vec<u8>>,
    /// How many bytes of an answer are of interest.
    pub max_answer: usize,
}

/// What a hook that did its work has said.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// A program ended well.
    Program(Vec<u8>),
    Http {
        status: u16,
        body: Vec<u8>,
    },
}

/// Why a configured hook cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidHook {
    #[error("{} is neither a URL nor an absolute path", .0.display())]
    Relative(PathBuf),
    #[error("{} cannot be run: {source}", path.display())]
    Missing { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Http(#[from] InvalidClient),
}

/// Why a hook did not do its work, or refused.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("it took longer than {} seconds", .0.as_secs())]
    Late(Duration),
    #[error("{status}{}", if complaint.is_empty() { String::new() } else { format!(": {complaint}") })]
    Exit { status: ExitStatus, complaint: String },
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("it sent more than {0} bytes")]
    TooLong(usize),
    #[error("the server is stopping")]
    Stopped,
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Http(#[from] reqwest::Error),
}

impl Hooks {
    /// `main` is where hooks run.
    pub fn new(config: &config::Config, main: Handle) -> Result<Self, InvalidClient> {
        Ok(Self(Arc::new(Shared {
            client: client(config)?,
            http: config.http.clone(),
            command: config.command.clone(),
            main,
            asked: Semaphore::new(ASKED),
            told: Semaphore::new(TOLD),
            tasks: TaskTracker::new(),
        })))
    }

    /// The hook that `target` names: an absolute path or a URL; `None` where it is empty.
    pub fn hook(&self, purpose: Purpose, target: &str) -> Result<Option<Hook>, InvalidHook> {
        let kind = match target {
            "" => return Ok(None),
            url if url.starts_with("http://") || url.starts_with("https://") => Kind::Url {
                url: url.to_owned(),
                headers: headers(url, &self.0.http.headers),
                retries: if purpose.is_tried_again() { Retries::new(&self.0.http) } else { Retries::NONE },
            },
            path => Kind::Program(Program::new(path, purpose.name(), &self.0.command)?),
        };
        Ok(Some(Hook { shared: self.clone(), purpose, kind: Arc::new(kind) }))
    }

    /// Waits until no hook is running any more.
    pub async fn idle(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}

impl Hook {
    /// Calls the hook and waits for it. Callable from any thread; the hook runs to its end even where nobody
    /// waits any longer.
    pub async fn ask(&self, call: Call) -> Result<Answer, Failed> {
        let hook = self.clone();
        let work = async move {
            let _turn = hook.shared.0.asked.acquire().await;
            hook.run(call).await
        };
        let Shared { tasks, main, .. } = &*self.shared.0;
        tasks.spawn_on(work, main).await.unwrap_or(Err(Failed::Stopped))
    }

    /// As [`ask`](Self::ask), where only `200` or a clean exit is a yes.
    pub async fn allows(&self, call: Call) -> Result<(), Failed> {
        match self.ask(call).await? {
            Answer::Program(_) | Answer::Http { status: 200, .. } => Ok(()),
            Answer::Http { status, .. } => Err(Failed::Status(status)),
        }
    }

    /// Calls the hook when it is its turn; a failure is logged.
    pub fn tell(&self, call: Call) {
        let Shared { tasks, main, .. } = &*self.shared.0;
        if tasks.len() >= WAITING {
            tracing::warn!(target: "hooks", hook = self.purpose.name(), "dropped: too many are waiting for this hook");
            return;
        }
        let hook = self.clone();
        tasks.spawn_on(
            async move {
                let _turn = hook.shared.0.told.acquire().await;
                match hook.run(call).await {
                    Ok(Answer::Http { status, .. }) if status >= 300 => hook.failed(&Failed::Status(status)),
                    Ok(_) => {}
                    Err(failed) => hook.failed(&failed),
                }
            },
            main,
        );
    }

    /// Notes a failure in the log.
    pub fn failed(&self, failed: &Failed) {
        tracing::warn!(target: "hooks", hook = self.purpose.name(), error = %failed, "a hook failed");
    }

    async fn run(&self, call: Call) -> Result<Answer, Failed> {
        match &*self.kind {
            Kind::Program(program) => {
                let written = program.run(&call.variables, call.max_answer).await?;
                let complaint = text(&written.complaint);
                if !complaint.is_empty() {
                    tracing::warn!(target: "hooks", hook = self.purpose.name(), "the program says: {complaint}");
                }
                Ok(Answer::Program(written.output))
            }
            Kind::Url { url, headers, retries } => {
                let client = &self.shared.0.client;
                let mut request = match call.method {
                    Method::Get => client.get(url),
                    Method::Post => client.post(url),
                };
                if !call.query.is_empty() {
                    request = request.query(&call.query);
                }
                request = request.headers(headers.clone());
                if let Some(body) = call.body {
                    request = request.header(CONTENT_TYPE, "application/json").body(body);
                }
                let response = retries.send(request).await?;
                answer(response, call.max_answer).await
            }
        }
    }
}

async fn answer(mut response: reqwest::Response, max: usize) -> Result<Answer, Failed> {
    let status = response.status();
    let mut body = Vec::new();
    // What comes with a refusal is of no interest.
    if max > 0 && status == StatusCode::OK {
        while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
            body.extend_from_slice(&chunk);
            if body.len() > max {
                return Err(Failed::TooLong(max));
            }
        }
    }
    Ok(Answer::Http { status: status.as_u16(), body })
}

impl Purpose {
    /// As `command.commands` calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FileActions => "fs_actions",
            Self::ProviderActions => "provider_actions",
            Self::Startup => "startup",
            Self::PostConnect => "post_connect",
            Self::PostDisconnect => "post_disconnect",
            Self::CheckPassword => "check_password",
            Self::PreLogin => "pre_login",
            Self::PostLogin => "post_login",
            Self::ExternalAuth => "external_auth",
        }
    }

    /// Its key in the configuration.
    pub const fn key(self) -> &'static str {
        match self {
            Self::FileActions => "common.actions.hook",
            Self::ProviderActions => "data_provider.actions.hook",
            Self::Startup => "common.startup_hook",
            Self::PostConnect => "common.post_connect_hook",
            Self::PostDisconnect => "common.post_disconnect_hook",
            Self::CheckPassword => "data_provider.check_password_hook",
            Self::PreLogin => "data_provider.pre_login_hook",
            Self::PostLogin => "data_provider.post_login_hook",
            Self::ExternalAuth => "data_provider.external_auth_hook",
        }
    }

    /// A login that waits for an answer would rather fail soon.
    const fn is_tried_again(self) -> bool {
        !matches!(self, Self::CheckPassword | Self::PreLogin | Self::ExternalAuth)
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}
