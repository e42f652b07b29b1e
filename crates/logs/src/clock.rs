//! Times as the log writes them: local or UTC, to the millisecond, without a zone.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// `sftpgo-2006-01-02T15-04-05.000.log`: colons are not for file names.
const IN_FILE_NAME: &str = "%Y-%m-%dT%H-%M-%S%.3f";

/// A clock on one zone's wall.
#[derive(Clone, Debug)]
pub struct Clock(TimeZone);

impl Clock {
    pub fn new(utc: bool) -> Self {
        Self(if utc { TimeZone::UTC } else { TimeZone::system() })
    }

    pub fn now(&self) -> DateTime {
        self.0.to_datetime(Timestamp::now())
    }

    /// `2006-01-02T15:04:05.000`.
    pub fn stamp(&self) -> String {
        self.now().strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string()
    }
}

pub fn to_file_name(time: DateTime) -> String {
    time.strftime(IN_FILE_NAME).to_string()
}

pub fn from_file_name(text: &str) -> Option<DateTime> {
    DateTime::strptime(IN_FILE_NAME, text).ok()
}
