//! Schedules: the fields of cron, each a list of `*`, numbers, names and ranges, with steps.

use crate::{Error, Result};
use store::model::Schedule;

const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What a field can hold: numbers, and names of them from the least on.
struct Values {
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

pub fn check(schedule: &Schedule) -> Result<()> {
    for (name, field, values) in [
        ("hour", &schedule.hour, Values { min: 0, max: 23, names: &[] }),
        ("day_of_week", &schedule.day_of_week, Values { min: 0, max: 6, names: DAYS }),
        ("day_of_month", &schedule.day_of_month, Values { min: 1, max: 31, names: &[] }),
        ("month", &schedule.month, Values { min: 1, max: 12, names: MONTHS }),
    ] {
        if !field.trim().split(',').all(|part| values.hold(part)) {
            return Err(Error::Invalid(format!("conditions.schedules: invalid {name} {field:?}")));
        }
    }
    Ok(())
}

impl Values {
    fn hold(&self, part: &str) -> bool {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let sound = match range.split_once('-') {
            Some((first, last)) => {
                matches!((self.number(first), self.number(last)), (Some(first), Some(last)) if first <= last)
            }
            None => matches!(range, "*" | "?") || self.number(range).is_some(),
        };
        sound && step.is_none_or(|step| digits(step).is_some_and(|step| step > 0))
    }

    fn number(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().zip(self.min..).find(|(name, _)| name.eq_ignore_ascii_case(text));
        let value = named.map_or_else(|| digits(text), |(_, value)| Some(value))?;
        (self.min..=self.max).contains(&value).then_some(value)
    }
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(text: &str) -> bool {
        let any = || "*".to_owned();
        check(&Schedule { hour: text.into(), day_of_week: any(), day_of_month: any(), month: any() }).is_ok()
    }

    #[test]
    fn fields_are_crons() {
        for good in ["*", "?", "0", "23", "1,15", "2-5", "*/4", "0-12/3", "5/3", " 1 ", "*/50"] {
            assert!(hour(good), "{good}");
        }
        for bad in ["", "24", "99", "a", "5-2", "*/0", "1,", "-1", "+1", "1/", "1, 2", "mon"] {
            assert!(!hour(bad), "{bad}");
        }
    }

    #[test]
    fn days_and_months_have_names() {
        let named = |day_of_week: &str, month: &str| {
            let any = || "*".to_owned();
            let schedule = Schedule {
                hour: any(),
                day_of_week: day_of_week.into(),
                day_of_month: any(),
                month: month.into(),
            };
            check(&schedule).is_ok()
        };
        assert!(named("MON-FRI", "jan,FEB") && named("sun", "*") && named("mon/2", "1-mar"));
        for bad in ["sunday", "7", "fri-mon", "jan"] {
            assert!(!named(bad, "*"), "{bad}");
        }
        assert!(!named("*", "mon"));
    }
}
