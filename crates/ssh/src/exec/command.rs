//! What may be run: names, who enables them, and what a command line asks for.

use crate::digest::Algorithm;
use types::Protocol;

/// What `sftpd.enabled_ssh_commands` names.
#[derive(Clone, Debug)]
pub(crate) struct Enabled(Vec<&'static str>);

/// A command line that may be run.
#[derive(Debug)]
pub(crate) struct Command {
    /// By the name it is configured by.
    pub(super) name: &'static str,
    /// As the client sent it.
    pub(super) line: String,
    pub(super) action: Action,
    pub(super) arguments: Vec<Vec<u8>>,
}

#[derive(Debug)]
pub(super) enum Action {
    Scp(scp_proto::Command),
    Hash(Algorithm),
    /// Succeeds and says nothing: there is no current directory to change.
    Cd,
    Pwd,
    Copy,
    Remove,
}

/// Every command there is.
const ALL: [&str; 10] = [
    "scp",
    "md5sum",
    "sha1sum",
    "sha256sum",
    "sha384sum",
    "sha512sum",
    "cd",
    "pwd",
    "sftpgo-copy",
    "sftpgo-remove",
];
/// Other names of commands, in the configuration as on the command line.
const ALIASES: [(&str, &str); 2] = [("longshore-copy", "sftpgo-copy"), ("longshore-remove", "sftpgo-remove")];

impl Enabled {
    /// From the configuration's names; `*` stands for all, names nobody knows are left out.
    pub(crate) fn new(names: &[String]) -> Self {
        let all = names.iter().any(|name| name == "*");
        let named = |known: &&str| names.iter().any(|name| canonical(name) == *known);
        Self(ALL.into_iter().filter(|known| all || named(known)).collect())
    }

    pub(crate) fn names(&self) -> &[&'static str] {
        &self.0
    }

    /// The command a client asks for, if it may be run.
    pub(crate) fn command(&self, line: &[u8]) -> Option<Command> {
        let mut arguments = scp_proto::split(line)?.into_iter();
        let wanted = String::from_utf8(arguments.next()?).ok()?;
        let name = self.0.iter().copied().find(|enabled| *enabled == canonical(&wanted))?;
        let arguments: Vec<_> = arguments.collect();
        let action = match name {
            "scp" => Action::Scp(scp_proto::Command::parse(&arguments).ok()?),
            "cd" => Action::Cd,
            "pwd" => Action::Pwd,
            "sftpgo-copy" => Action::Copy,
            "sftpgo-remove" => Action::Remove,
            hash => Action::Hash(Algorithm::by_name(hash.strip_suffix("sum")?.as_bytes())?),
        };
        Some(Command { name, line: String::from_utf8_lossy(line).into_owned(), action, arguments })
    }
}

impl Command {
    pub(crate) fn protocol(&self) -> Protocol {
        match self.action {
            Action::Scp(_) => Protocol::Scp,
            _ => Protocol::Ssh,
        }
    }
}

fn canonical(name: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enabled(names: &[&str]) -> Enabled {
        Enabled::new(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn only_what_is_enabled_runs() {
        let some = enabled(&["pwd", "md5sum", "rsync"]);
        assert_eq!(some.names(), ["md5sum", "pwd"]);
        assert!(matches!(some.command(b"pwd"), Some(Command { action: Action::Pwd, .. })));
        let hash = some.command(b"md5sum 'a b'").unwrap();
        assert!(matches!(hash.action, Action::Hash(Algorithm::Md5)) && hash.arguments == [b"a b"]);
        assert_eq!(hash.line, "md5sum 'a b'");
        for refused in ["cd", "rsync --server", "sh -c id", "", "pwd 'open", "/bin/pwd", "scp -t ."] {
            assert!(some.command(refused.as_bytes()).is_none(), "{refused}");
        }
        let all = enabled(&["*"]);
        assert_eq!(all.names(), ALL);
        for name in &ALL[1..] {
            assert_eq!(all.command(name.as_bytes()).unwrap().name, *name);
        }
        assert!(matches!(all.command(b"scp -t ."), Some(Command { action: Action::Scp(_), .. })));
        assert!(all.command(b"scp").is_none() && all.command(b"sha224sum").is_none());
    }

    #[test]
    fn either_name_enables_and_runs_a_command() {
        for names in [["sftpgo-copy"], ["longshore-copy"]] {
            let enabled = enabled(&names);
            assert_eq!(enabled.names(), ["sftpgo-copy"]);
            for line in ["sftpgo-copy a b", "longshore-copy a b"] {
                assert_eq!(enabled.command(line.as_bytes()).unwrap().name, "sftpgo-copy");
            }
            assert!(enabled.command(b"longshore-remove a").is_none());
        }
    }
}
