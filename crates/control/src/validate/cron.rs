//! Schedules: the fields of cron, each a list of `*`, numbers and ranges, with steps.

use crate::{Error, Result};
use store::model::Schedule;

pub fn check(schedule: &Schedule) -> Result<()> {
    for (name, field, min, max) in [
        ("hour", &schedule.hour, 0, 23),
        ("day_of_week", &schedule.day_of_week, 0, 6),
        ("day_of_month", &schedule.day_of_month, 1, 31),
        ("month", &schedule.month, 1, 12),
    ] {
        if !field.split(',').all(|part| is_part(part.trim(), min, max)) {
            return Err(Error::Invalid(format!("conditions.schedules: invalid {name} {field:?}")));
        }
    }
    Ok(())
}

fn is_part(part: &str, min: u32, max: u32) -> bool {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (part, None),
    };
    let number = |text: &str| text.parse::<u32>().ok().filter(|value| (min..=max).contains(value));
    let sound = match range.split_once('-') {
        Some((first, last)) => {
            matches!((number(first), number(last)), (Some(first), Some(last)) if first <= last)
        }
        None => range == "*" || number(range).is_some(),
    };
    sound && step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| (1..=max).contains(&step)))
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
        for good in ["*", "0", "23", "1,15", "2-5", "*/4", "0-12/3", "1, 2"] {
            assert!(hour(good), "{good}");
        }
        for bad in ["", "24", "99", "a", "5-2", "*/0", "1,", "-1", "1/", "*/99"] {
            assert!(!hour(bad), "{bad}");
        }
    }
}
