//! A program on a terminal, as a person would use it.
//!
//! Some clients ask for passwords only there, and show prompts and progress only there.

use anyhow::{Context, Result, bail};
use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use std::{
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    process::{Child, Command, ExitStatus},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// A program whose terminal is in the test's hands; killed when dropped.
#[derive(Debug)]
pub struct Pty {
    child: Child,
    terminal: File,
    screen: Arc<Mutex<Vec<u8>>>,
    /// How much of the screen has been matched by [`Pty::expect`].
    seen: usize,
}

impl Pty {
    /// Starts `program` with `args` on a new terminal of 120 columns.
    pub fn start(program: &str, args: &[impl AsRef<std::ffi::OsStr>]) -> Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let slave = open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        tcsetwinsize(&slave, Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 })?;

        // setsid (util-linux) makes the terminal the controlling one, without unsafe code between fork and
        // exec here.
        let child = Command::new("setsid")
            .args(["--ctty", "--wait", program])
            .args(args)
            .stdin(dup(&slave)?)
            .stdout(dup(&slave)?)
            .stderr(dup(&slave)?)
            .spawn()
            .with_context(|| format!("starting {program} on a terminal"))?;
        drop(slave);

        let terminal = File::from(master);
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, shown) = (terminal.try_clone()?, Arc::clone(&screen));
        // Ends with EIO when the last program on the terminal has ended.
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                shown.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..n]);
            }
        });
        Ok(Self { child, terminal, screen, seen: 0 })
    }

    /// Types a line.
    pub fn line(&mut self, text: &str) -> Result<()> {
        self.terminal.write_all(text.as_bytes())?;
        self.terminal.write_all(b"\n")?;
        Ok(())
    }

    /// Waits until `text` shows after what was matched before, and returns what stood before it.
    pub fn expect(&mut self, text: &str, limit: Duration) -> Result<String> {
        let end = Instant::now() + limit;
        loop {
            let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let fresh = &screen[self.seen..];
            if let Some(at) = fresh.windows(text.len()).position(|window| window == text.as_bytes()) {
                self.seen += at + text.len();
                return Ok(String::from_utf8_lossy(&fresh[..at]).into_owned());
            }
            if Instant::now() >= end {
                bail!("no {text:?} on the terminal within {limit:?}:\n{}", String::from_utf8_lossy(fresh));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the program's end.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        bail!("the program on the terminal still runs after {limit:?}");
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // The end of setsid hangs up the terminal, which ends what runs on it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn dup(fd: &OwnedFd) -> Result<OwnedFd> {
    Ok(fd.try_clone()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(10);

    #[test]
    fn a_program_finds_a_terminal_and_an_answer() {
        let script = "test -t 0 || exit 9; read -p 'name? ' name </dev/tty; echo \"hello $name\"; exit 4";
        let mut pty = Pty::start("bash", &["-c", script]).unwrap();
        pty.expect("name? ", SHORT).unwrap();
        pty.line("ada").unwrap();
        pty.expect("hello ada", SHORT).unwrap();
        assert_eq!(pty.wait(SHORT).unwrap().code(), Some(4));
    }
}
