//! [`Letter`]: what is sent.

use crate::Failed;
use lettre::{
    Message,
    message::{Mailbox, SinglePart, header::ContentType},
};

/// A letter to one or more people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Addresses, with or without a name.
    pub to: Vec<String>,
    pub subject: String,
    pub body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Text(String),
    Html(String),
}

/// What the header `User-Agent` says.
const AGENT: &str = "Longshore";

impl Letter {
    /// The letter as it travels, with date and id.
    pub(crate) fn message(&self, from: &Mailbox) -> Result<Message, Failed> {
        let mut builder = Message::builder()
            .from(from.clone())
            .subject(&*self.subject)
            .date_now()
            .message_id(None)
            .user_agent(AGENT.to_owned());
        for to in &self.to {
            builder = builder.to(mailbox(to)?);
        }
        let (kind, text) = match &self.body {
            Body::Text(text) => (ContentType::TEXT_PLAIN, text),
            Body::Html(text) => (ContentType::TEXT_HTML, text),
        };
        Ok(builder.singlepart(SinglePart::builder().header(kind).body(text.clone()))?)
    }
}

/// `a@example.com` or `Name <a@example.com>`.
pub fn mailbox(text: &str) -> Result<Mailbox, Failed> {
    text.parse().map_err(|_| Failed::Address(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(subject: &str) -> String {
        let letter = Letter {
            to: vec!["b@example.com".into(), "Çelik <c@example.com>".into()],
            subject: subject.into(),
            body: Body::Html("<p>ü</p>".into()),
        };
        let message = letter.message(&mailbox("Server <a@example.com>").unwrap()).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn has_what_servers_expect() {
        let text = formatted("Hello");
        for header in
            ["Date: ", "Message-ID: ", "MIME-Version: 1.0", "Subject: Hello", "From: Server <a@example.com>"]
        {
            assert!(text.contains(header), "{header}: {text}");
        }
        assert!(text.is_ascii() && text.contains("Content-Type: text/html; charset=utf-8"), "{text}");
    }

    #[test]
    fn a_subject_makes_no_header() {
        let text = formatted("Hello\r\nBcc: x@example.com\r\n\r\nbody");
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
    }

    #[test]
    fn addresses_are_checked() {
        for bad in ["", "nobody", "a@b\r\nRCPT TO:<x@y>", "<>", "a b@c"] {
            assert!(matches!(mailbox(bad), Err(Failed::Address(_))), "{bad:?}");
        }
    }
}
