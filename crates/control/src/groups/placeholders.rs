//! `%username%` and `%role%` in the settings of groups.

use crate::{Error, Result, User};

/// What stands for the placeholders of one user.
#[derive(Clone, Copy, Debug)]
pub struct Placeholders<'a> {
    username: &'a str,
    role: &'a str,
}

const USERNAME: &str = "%username%";
const ROLE: &str = "%role%";

impl<'a> Placeholders<'a> {
    pub fn of(user: &'a User) -> Self {
        Self { username: &user.username, role: &user.role }
    }

    /// `text` with each placeholder replaced once: what a name holds is not looked at again.
    ///
    /// A value that would be more, or less, than one part of a path is refused: a user called `..` must not
    /// end up in the directory above, nor one without a role in what all roles share.
    pub fn expand(&self, field: &str, text: &str) -> Result<String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            let (before, after) = rest.split_at(at);
            out.push_str(before);
            rest = if let Some(after) = after.strip_prefix(USERNAME) {
                out.push_str(part(field, USERNAME, self.username)?);
                after
            } else if let Some(after) = after.strip_prefix(ROLE) {
                out.push_str(part(field, ROLE, self.role)?);
                after
            } else {
                out.push('%');
                &after[1..]
            };
        }
        out.push_str(rest);
        Ok(out)
    }

    /// As [`expand`](Self::expand), in place.
    pub fn fill(&self, field: &str, text: &mut String) -> Result<()> {
        if text.contains('%') {
            *text = self.expand(field, text)?;
        }
        Ok(())
    }
}

fn part<'v>(field: &str, placeholder: &str, value: &'v str) -> Result<&'v str> {
    if value.is_empty() || value == "." || value == ".." || value.contains(['/', '\\', '\0']) {
        return Err(Error::Invalid(format!("{field}: {value:?} cannot stand for {placeholder}")));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(username: &str, role: &str, text: &str) -> Option<String> {
        Placeholders { username, role }.expand("home_dir", text).ok()
    }

    #[test]
    fn names_stand_for_placeholders() {
        assert_eq!(expand("bob", "r1", "/srv/%role%/%username%/50%").as_deref(), Some("/srv/r1/bob/50%"));
        assert_eq!(expand("bob", "", "/srv/%username%").as_deref(), Some("/srv/bob"));
        // What a name holds is a name, not a placeholder.
        assert_eq!(expand("%role%", "r1", "%username%").as_deref(), Some("%role%"));
        assert_eq!(expand("a%", "", "%%username%%").as_deref(), Some("%a%%"));
    }

    #[test]
    fn no_name_leads_elsewhere() {
        for bad in ["..", ".", "", "a/b", "a\\b", "a\0"] {
            assert_eq!(expand(bad, "r", "/srv/%username%"), None, "{bad:?}");
            assert_eq!(expand("u", bad, "/srv/%role%"), None, "{bad:?}");
        }
    }
}
