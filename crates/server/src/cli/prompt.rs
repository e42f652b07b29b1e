//! Questions at the terminal.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, Write},
};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::admin::line;

/// Somebody who answers.
pub trait Ask {
    fn ask(&self, question: &str) -> io::Result<String>;
    /// The answer does not appear on the screen.
    fn ask_hidden(&self, question: &str) -> io::Result<String>;
}

/// Whoever sits at the terminal of this process.
pub struct Terminal;

impl Ask for Terminal {
    fn ask(&self, question: &str) -> io::Result<String> {
        let mut terminal = open()?;
        terminal.write_all(question.as_bytes())?;
        line(&mut BufReader::new(terminal))
    }

    fn ask_hidden(&self, question: &str) -> io::Result<String> {
        let mut terminal = open()?;
        terminal.write_all(question.as_bytes())?;
        let silence = Silence::new(&terminal)?;
        let answer = line(&mut BufReader::new(&terminal));
        drop(silence);
        (&terminal).write_all(b"\n")?;
        answer
    }
}

/// The terminal itself: standard output may lead elsewhere.
fn open() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/tty")
}

/// Echo is off until this is dropped.
struct Silence<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Silence<'a> {
    fn new(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        // Nothing is left to try; `stty sane` helps whoever is left with a silent terminal.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}
