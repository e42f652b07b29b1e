//! Transfer and command log lines, under the senders and field names SFTPGo gives them.
//!
//! The field `sender` stands for the target, which `tracing` wants known at compile time.

use crate::{Connection, place::Place, registry::Direction};
use std::time::Instant;
use storage::Time;

/// One finished transfer.
pub struct TransferLine<'a> {
    pub direction: Direction,
    pub started: Instant,
    /// Bytes moved.
    pub size: u64,
    pub username: &'a str,
    pub place: &'a Place,
    pub connection: &'a Connection,
    pub error: Option<&'a str>,
}

/// One finished command. Fields that do not belong to the command say so by their neutral value (empty, -1), as
/// readers of these lines expect.
pub struct CommandLine<'a> {
    pub username: &'a str,
    pub connection: &'a Connection,
    pub started: Instant,
    /// What it was done to.
    pub at: &'a Place,
    /// The other place of a command that has two.
    pub target: Option<&'a Place>,
}

#[derive(Clone, Copy, Debug)]
pub enum Command<'a> {
    Copy,
    Rename,
    Rmdir,
    Mkdir,
    Symlink,
    Remove,
    Chmod {
        mode: u32,
    },
    Chown {
        uid: u32,
        gid: u32,
    },
    Chtimes {
        accessed: Time,
        modified: Time,
    },
    Truncate {
        size: u64,
    },
    /// A command over SSH, as it was typed.
    Ssh(&'a str),
}

impl TransferLine<'_> {
    pub fn log(&self) {
        tracing::info!(
            target: "transfer",
            sender = match self.direction {
                Direction::Upload => "Upload",
                Direction::Download => "Download",
            },
            local_addr = %self.connection.local,
            remote_addr = %self.connection.remote,
            elapsed_ms = milliseconds(self.started),
            size_bytes = self.size,
            username = self.username,
            file_path = self.place.stored_as(),
            virtual_path = %self.place.path(),
            connection_id = &*self.connection.id,
            protocol = self.connection.protocol.as_str(),
            error = self.error,
        );
    }
}

impl CommandLine<'_> {
    pub fn log(&self, command: Command<'_>) {
        let (uid, gid) = command.owner();
        let (accessed, modified) = command.times();
        tracing::info!(
            target: "command",
            sender = command.sender(),
            local_addr = %self.connection.local,
            remote_addr = %self.connection.remote,
            username = self.username,
            file_path = self.at.stored_as(),
            target_path = self.target.map(Place::stored_as).unwrap_or_default(),
            virtual_path = %self.at.path(),
            virtual_target_path = self.target.map(|target| target.path().to_string()).unwrap_or_default(),
            filemode = command.mode(),
            uid,
            gid,
            access_time = accessed,
            modification_time = modified,
            size = command.size(),
            elapsed = milliseconds(self.started),
            ssh_command = if let Command::Ssh(line) = command { line } else { "" },
            connection_id = &*self.connection.id,
            protocol = self.connection.protocol.as_str(),
        );
    }
}

impl Command<'_> {
    fn sender(self) -> &'static str {
        match self {
            Self::Copy => "Copy",
            Self::Rename => "Rename",
            Self::Rmdir => "Rmdir",
            Self::Mkdir => "Mkdir",
            Self::Symlink => "Symlink",
            Self::Remove => "Remove",
            Self::Chmod { .. } => "Chmod",
            Self::Chown { .. } => "Chown",
            Self::Chtimes { .. } => "Chtimes",
            Self::Truncate { .. } => "Truncate",
            Self::Ssh(_) => "SSHCommand",
        }
    }

    fn mode(self) -> String {
        if let Self::Chmod { mode } = self { mode_text(mode) } else { String::new() }
    }

    fn owner(self) -> (i64, i64) {
        if let Self::Chown { uid, gid } = self { (uid.into(), gid.into()) } else { (-1, -1) }
    }

    fn times(self) -> (String, String) {
        match self {
            Self::Chtimes { accessed, modified } => (time_text(accessed), time_text(modified)),
            _ => (String::new(), String::new()),
        }
    }

    fn size(self) -> i64 {
        if let Self::Truncate { size } = self { i64::try_from(size).unwrap_or(i64::MAX) } else { -1 }
    }
}

fn milliseconds(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
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
