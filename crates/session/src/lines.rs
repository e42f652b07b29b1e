//! Transfer and command log lines, under the senders and field names SFTPGo gives them.
//!
//! The `tracing` target is the sender, and a target has to be known at compile time: hence one small macro,
//! so that each sender is written once.

use crate::{Connection, registry::Direction};
use std::time::Instant;
use storage::Time;

/// One finished transfer.
pub struct TransferLine<'a> {
    pub direction: Direction,
    pub started: Instant,
    /// Bytes moved.
    pub size: u64,
    pub username: &'a str,
    pub file_path: &'a str,
    pub connection: &'a Connection,
    pub error: Option<&'a str>,
}

/// One finished command; `sender`s as in SFTPGo. Fields that do not belong to the command say so by their
/// neutral value (empty, -1), as readers of these lines expect.
pub struct CommandLine<'a> {
    pub username: &'a str,
    pub connection: &'a Connection,
    pub started: Instant,
    pub file_path: &'a str,
    pub target_path: &'a str,
    /// What a client asked to be run; empty for everything else.
    pub ssh_command: &'a str,
}

#[derive(Clone, Copy, Debug)]
pub enum Command {
    Copy,
    Rename,
    Rmdir,
    Mkdir,
    Symlink,
    Remove,
    Chmod { mode: u32 },
    Chown { uid: u32, gid: u32 },
    Chtimes { accessed: Time, modified: Time },
    Truncate { size: u64 },
    Ssh,
}

impl TransferLine<'_> {
    pub fn log(&self) {
        match self.direction {
            Direction::Upload => self.emit_upload(),
            Direction::Download => self.emit_download(),
        }
    }

    fn emit_upload(&self) {
        let elapsed_ms = self.started.elapsed().as_millis() as u64;
        tracing::info!(
            target: "Upload",
            local_addr = %self.connection.local,
            remote_addr = %self.connection.remote,
            elapsed_ms,
            size_bytes = self.size,
            username = self.username,
            file_path = self.file_path,
            connection_id = &*self.connection.id,
            protocol = self.connection.protocol.as_str(),
            error = self.error,
        );
    }

    fn emit_download(&self) {
        let elapsed_ms = self.started.elapsed().as_millis() as u64;
        tracing::info!(
            target: "Download",
            local_addr = %self.connection.local,
            remote_addr = %self.connection.remote,
            elapsed_ms,
            size_bytes = self.size,
            username = self.username,
            file_path = self.file_path,
            connection_id = &*self.connection.id,
            protocol = self.connection.protocol.as_str(),
            error = self.error,
        );
    }
}

macro_rules! emit {
    ($sender:literal, $line:expr, $mode:expr, $owner:expr, $times:expr, $size:expr) => {{
        let (line, (uid, gid), (accessed, modified)): (&CommandLine<'_>, (i64, i64), (&str, &str)) =
            ($line, $owner, $times);
        tracing::info!(
            target: $sender,
            local_addr = %line.connection.local,
            remote_addr = %line.connection.remote,
            username = line.username,
            file_path = line.file_path,
            target_path = line.target_path,
            filemode = $mode,
            uid,
            gid,
            access_time = accessed,
            modification_time = modified,
            size = $size,
            elapsed = line.started.elapsed().as_millis() as u64,
            ssh_command = line.ssh_command,
            connection_id = &*line.connection.id,
            protocol = line.connection.protocol.as_str(),
        );
    }};
}

impl CommandLine<'_> {
    pub fn log(&self, command: Command) {
        let (owner, times) = ((-1, -1), ("", ""));
        match command {
            Command::Copy => emit!("Copy", self, "", owner, times, -1_i64),
            Command::Ssh => emit!("SSHCommand", self, "", owner, times, -1_i64),
            Command::Rename => emit!("Rename", self, "", owner, times, -1_i64),
            Command::Rmdir => emit!("Rmdir", self, "", owner, times, -1_i64),
            Command::Mkdir => emit!("Mkdir", self, "", owner, times, -1_i64),
            Command::Symlink => emit!("Symlink", self, "", owner, times, -1_i64),
            Command::Remove => emit!("Remove", self, "", owner, times, -1_i64),
            Command::Chmod { mode } => {
                let mode = mode_text(mode);
                emit!("Chmod", self, mode.as_str(), owner, times, -1_i64);
            }
            Command::Chown { uid, gid } => {
                emit!("Chown", self, "", (uid.into(), gid.into()), times, -1_i64);
            }
            Command::Chtimes { accessed, modified } => {
                let (accessed, modified) = (time_text(accessed), time_text(modified));
                emit!("Chtimes", self, "", owner, (accessed.as_str(), modified.as_str()), -1_i64);
            }
            Command::Truncate { size } => {
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                emit!("Truncate", self, "", owner, times, size);
            }
        }
    }
}

/// `-rw-r-----`: permission bits as Go and `ls` write them, always as of a file.
fn mode_text(mode: u32) -> String {
    let bit = |at: u32, letter: char| if mode & (1 << at) != 0 { letter } else { '-' };
    let letters = (0..9).rev().map(|at| bit(at, ['x', 'w', 'r'][at as usize % 3]));
    std::iter::once('-').chain(letters).collect()
}

/// `YYYY-MM-DDTHH:MM:SS`, UTC.
fn time_text(time: Time) -> String {
    let (days, second) = (time.secs.div_euclid(86_400), time.secs.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Days since 1970 to year, month, day in the Gregorian calendar, counted in eras of 400 years that begin
/// with March, so that the leap day is the last of a year.
fn civil(days: i64) -> (i64, i64, i64) {
    const DAYS_PER_ERA: i64 = 146_097;
    let days = days + 719_468; // from 0000-03-01
    let (era, day_of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_read_as_in_ls() {
        assert_eq!(mode_text(0o600), "-rw-------");
        assert_eq!(mode_text(0o754), "-rwxr-xr--");
    }

    #[test]
    fn times_read_as_dates() {
        let at = |secs| time_text(Time { secs, nanos: 0 });
        assert_eq!(at(0), "1970-01-01T00:00:00");
        assert_eq!(at(951_827_696), "2000-02-29T12:34:56");
        assert_eq!(at(-1), "1969-12-31T23:59:59");
        assert_eq!(at(4_107_542_399), "2100-02-28T23:59:59");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00");
    }
}
