//! The `longname` of a NAME reply: what `ls -l` prints, with numeric ids.

use crate::Attributes;
use std::fmt::Write;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Half a Gregorian year in seconds: what `ls` takes for "recent".
const RECENT: i64 = 15_778_476;

/// One line as `ls -ln` writes it. `now` (seconds since 1970) decides between clock time and year; times
/// are shown in UTC.
pub fn long_name(name: &[u8], attributes: &Attributes, links: u64, now: i64) -> Vec<u8> {
    let mode = attributes.permissions.unwrap_or(0);
    let (uid, gid) = attributes.owner.unwrap_or((0, 0));
    let modified = i64::from(attributes.times.map_or(0, |(_, modified)| modified));
    let size = attributes.size.unwrap_or(0);
    let mut line = String::with_capacity(64 + name.len());
    push_mode(&mut line, mode);
    // Writing to a String cannot fail.
    let _ = write!(line, " {links:4} {uid:<8} {gid:<8} {size:8} ");
    push_time(&mut line, modified, now);
    line.push(' ');
    let mut line = line.into_bytes();
    line.extend_from_slice(name);
    line
}

fn push_mode(line: &mut String, mode: u32) {
    line.push(match mode & 0o170000 {
        0o040000 => 'd',
        0o120000 => 'l',
        0o060000 => 'b',
        0o020000 => 'c',
        0o010000 => 'p',
        0o140000 => 's',
        _ => '-',
    });
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        line.push(if bits & 4 != 0 { 'r' } else { '-' });
        line.push(if bits & 2 != 0 { 'w' } else { '-' });
        line.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
}

fn push_time(line: &mut String, time: i64, now: i64) {
    let (year, month, day) = civil(time.div_euclid(86_400));
    let month = MONTHS[month as usize - 1];
    let _ = if time <= now && now - time < RECENT {
        let minutes = time.rem_euclid(86_400) / 60;
        write!(line, "{month} {day:2} {:02}:{:02}", minutes / 60, minutes % 60)
    } else {
        write!(line, "{month} {day:2}  {year:4}")
    };
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. The year is taken to
/// begin in March, which puts the leap day at its end.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(mode: u32, time: u32, now: i64) -> String {
        let attributes = Attributes {
            size: Some(1234),
            owner: Some((1000, 0)),
            permissions: Some(mode),
            times: Some((0, time)),
        };
        String::from_utf8(long_name(b"x y", &attributes, 1, now)).unwrap()
    }

    #[test]
    fn looks_like_ls() {
        let leap_day = 1_709_210_096; // 2024-02-29 12:34:56
        assert_eq!(
            line(0o100644, leap_day, i64::from(leap_day) + 60),
            "-rw-r--r--    1 1000     0            1234 Feb 29 12:34 x y"
        );
        assert!(line(0o041777, leap_day, 1_800_000_000).starts_with("drwxrwxrwt"));
        assert!(line(0o120777, leap_day, 1_800_000_000).contains("Feb 29  2024"));
        assert!(line(0o104644, 0, 0).starts_with("-rwSr--r--"));
        assert!(line(0o100644, u32::MAX, 0).contains("Feb  7  2106"));
    }
}
