//! What a hook sends: questions or a verdict.

use super::HookFailed;
use crate::{Question, Questions};
use serde::Deserialize;

/// The longest round, in bytes, and the most questions of one.
pub const MAX: usize = 64 * 1024;
const MAX_QUESTIONS: usize = 32;

/// A round, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Ask { questions: Questions, check: Option<Check> },
    Granted,
    Refused,
}

/// An answer that the server checks for the hook: `check_password`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    Password,
    Code,
}

/// As it is sent. A field that is `null` is left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Round {
    instruction: Option<String>,
    questions: Option<Vec<String>>,
    echos: Option<Vec<bool>>,
    check_password: Option<i64>,
    auth_result: Option<i64>,
}

impl Reply {
    pub fn parse(text: &[u8]) -> Result<Self, HookFailed> {
        let round: Round =
            serde_json::from_slice(text).map_err(|error| HookFailed::Malformed(error.to_string()))?;
        match round.auth_result.unwrap_or_default() {
            0 => round.into_questions(),
            1 => Ok(Self::Granted),
            _ => Ok(Self::Refused),
        }
    }
}

impl Round {
    fn into_questions(self) -> Result<Reply, HookFailed> {
        let malformed = |text: &str| Err(HookFailed::Malformed(text.to_owned()));
        let (texts, echos) = (self.questions.unwrap_or_default(), self.echos.unwrap_or_default());
        if texts.is_empty() || texts.len() > MAX_QUESTIONS {
            return malformed("there are no questions, or too many");
        }
        if texts.len() != echos.len() {
            return malformed("there are not as many echos as questions");
        }
        let check = match self.check_password.unwrap_or_default() {
            0 => None,
            1 => Some(Check::Password),
            2 => Some(Check::Code),
            _ => return malformed("check_password is neither 0, 1 nor 2"),
        };
        if check.is_some() && texts.len() != 1 {
            return malformed("check_password goes with one question");
        }
        let prompts = texts.into_iter().zip(echos).map(|(text, echo)| Question { text, echo }).collect();
        let questions = Questions { instruction: self.instruction.unwrap_or_default(), prompts };
        Ok(Reply::Ask { questions, check })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Reply, HookFailed> {
        Reply::parse(text.as_bytes())
    }

    #[test]
    fn rounds() {
        let asked =
            parse(r#"{"questions":["A ","B"],"echos":[true,false],"instruction":"i","x":1}"#).unwrap();
        let Reply::Ask { questions, check: None } = asked else { panic!("{asked:?}") };
        assert_eq!((&*questions.instruction, questions.prompts.len()), ("i", 2));
        assert_eq!(questions.prompts[0], Question { text: "A ".into(), echo: true });
        let checked = |n| parse(&format!(r#"{{"questions":["P"],"echos":[false],"check_password":{n}}}"#));
        assert!(matches!(checked(1), Ok(Reply::Ask { check: Some(Check::Password), .. })));
        assert!(matches!(checked(2), Ok(Reply::Ask { check: Some(Check::Code), .. })));
        assert_eq!(parse(r#"{"auth_result":1,"questions":["?"]}"#).unwrap(), Reply::Granted);
        for refused in ["-1", "2"] {
            assert_eq!(parse(&format!(r#"{{"auth_result":{refused}}}"#)).unwrap(), Reply::Refused);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let many = format!(r#"{{"questions":{:?},"echos":{:?}}}"#, vec!["q"; 33], vec![true; 33]);
        for bad in [
            "",
            "OK",
            "{}",
            "[]",
            r#"{"auth_result":"1"}"#,
            r#"{"questions":null,"echos":null}"#,
            r#"{"questions":["a"],"echos":[]}"#,
            r#"{"questions":["a"],"echos":[true],"check_password":3}"#,
            r#"{"questions":["a","b"],"echos":[true,true],"check_password":1}"#,
            &many,
        ] {
            assert!(matches!(parse(bad), Err(HookFailed::Malformed(_))), "{bad}");
        }
    }
}
