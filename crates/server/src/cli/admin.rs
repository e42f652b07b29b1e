//! `longshore admin create`: whose account, and with which password.

use std::io::{self, BufRead, IsTerminal, Read};

use config::Environment;
use types::Secret;

use super::{ConfigArgs, Fault, flags, prompt};

/// Longest line taken as a name or a password, in bytes.
const MAX_LINE: u64 = 4096;

/// The admin to create, as far as the command line tells.
#[derive(Debug)]
pub struct CreateAdminArgs {
    pub config: ConfigArgs,
    username: Option<String>,
    password_stdin: bool,
}

/// A name and a password.
#[derive(Debug, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub password: Secret<String>,
}

impl CreateAdminArgs {
    pub(super) fn new(flags: flags::CreateAdmin, environment: &Environment) -> Result<Self, Fault> {
        Ok(Self {
            config: ConfigArgs::new(flags.config, environment)?,
            username: flags.username,
            password_stdin: flags.password_stdin,
        })
    }

    /// Gathers what is missing from `environment` (that of the loaded configuration, with `env.d`), standard
    /// input and the terminal.
    pub fn credentials(&self, environment: &Environment) -> io::Result<Credentials> {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            return self.gather(environment, &mut stdin.lock(), Some(&prompt::Terminal));
        }
        self.gather(environment, &mut stdin.lock(), None)
    }

    fn gather(
        &self,
        environment: &Environment,
        stdin: &mut impl BufRead,
        terminal: Option<&dyn prompt::Ask>,
    ) -> io::Result<Credentials> {
        let username = match (&self.username, environment.ours("DEFAULT_ADMIN_USERNAME"), terminal) {
            (Some(name), ..) => name.clone(),
            (None, Some(name), _) if !name.is_empty() => name.to_owned(),
            (_, _, Some(terminal)) => terminal.ask("Username of the admin: ")?,
            _ => {
                return Err(io::Error::other(
                    "no username: give --username or LONGSHORE_DEFAULT_ADMIN_USERNAME",
                ));
            }
        };
        let given = environment.ours("DEFAULT_ADMIN_PASSWORD").filter(|password| !password.is_empty());
        let password = match (self.password_stdin, given, terminal) {
            (false, Some(password), _) => password.to_owned(),
            (false, None, Some(terminal)) => twice(terminal)?,
            _ => line(stdin)?,
        };
        if password.is_empty() {
            return Err(io::Error::other("the password is empty"));
        }
        Ok(Credentials { username, password: Secret::new(password) })
    }
}

fn twice(terminal: &dyn prompt::Ask) -> io::Result<String> {
    let first = terminal.ask_hidden("Password: ")?;
    if first != terminal.ask_hidden("Once more: ")? {
        return Err(io::Error::other("the passwords differ"));
    }
    Ok(first)
}

/// The first line, without its end.
pub(super) fn line(input: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    input.take(MAX_LINE).read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::cli::{Command, parse_from};

    /// A terminal at which the answers are known.
    struct Script(RefCell<Vec<&'static str>>);

    impl prompt::Ask for Script {
        fn ask(&self, _: &str) -> io::Result<String> {
            Ok(self.0.borrow_mut().remove(0).to_owned())
        }

        fn ask_hidden(&self, question: &str) -> io::Result<String> {
            self.ask(question)
        }
    }

    fn gather(
        args: &[&str],
        variables: &[(&str, &str)],
        stdin: &str,
        answers: Option<&[&'static str]>,
    ) -> Result<(String, String), String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::new(variables);
        let args = ["longshore", "admin", "create"].iter().chain(args);
        let Ok(Command::CreateAdmin(create)) = parse_from(args, &environment) else {
            panic!("not admin create")
        };
        let script = answers.map(|answers| Script(RefCell::new(answers.to_vec())));
        let terminal = script.as_ref().map(|script| script as &dyn prompt::Ask);
        let credentials = create.gather(&environment, &mut stdin.as_bytes(), terminal);
        credentials.map(|c| (c.username, c.password.into_inner())).map_err(|e| e.to_string())
    }

    #[test]
    fn credentials_come_from_where_they_are() {
        let name = ("SFTPGO_DEFAULT_ADMIN_USERNAME", "env-name");
        let password = ("LONGSHORE_DEFAULT_ADMIN_PASSWORD", "env-pw");
        let ok = |name: &str, password: &str| Ok((name.to_owned(), password.to_owned()));
        assert_eq!(gather(&[], &[name, password], "", None), ok("env-name", "env-pw"));
        assert_eq!(gather(&["--username", "u"], &[name, password], "", None), ok("u", "env-pw"));
        assert_eq!(gather(&["--username", "u"], &[], "std pw\r\nmore", None), ok("u", "std pw"));
        assert_eq!(
            gather(&["--password-stdin"], &[name, password], "std pw\n", None),
            ok("env-name", "std pw")
        );
        assert_eq!(gather(&[], &[], "", Some(&["u", "p", "p"])), ok("u", "p"));
        assert_eq!(gather(&["--username=u"], &[], "", Some(&["p", "q"])), Err("the passwords differ".into()));
        assert_eq!(gather(&["--username=u"], &[], "\n", None), Err("the password is empty".into()));
        assert!(gather(&[], &[password], "", None).unwrap_err().starts_with("no username"));
    }
}
