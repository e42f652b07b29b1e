//! One line: as JSON for programs, as text for people.

use std::fmt::Write as _;

use tracing::Level;

use crate::Console;

/// Longest text of one field, in bytes; what a client sends must not fill the disk at one line per packet.
const MAX_TEXT: usize = 32 * 1024;

/// What is logged once.
#[derive(Debug)]
pub struct Line<'a> {
    pub level: Level,
    pub time: String,
    pub sender: &'a str,
    pub fields: &'a [(&'static str, Value)],
    pub message: &'a str,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Digits, `true`, `false`: what JSON writes without quotes.
    Bare(String),
    Text(String),
}

impl Line<'_> {
    /// One JSON object and a line end: `level`, `time`, `sender`, the fields, and the message if there is one.
    pub fn json(&self) -> String {
        let mut out = String::with_capacity(256);
        out.push_str("{\"level\":\"");
        out.push_str(name(self.level));
        out.push_str("\",\"time\":\"");
        out.push_str(&self.time);
        out.push('"');
        field(&mut out, "sender", self.sender);
        for (key, value) in self.fields {
            match value {
                Value::Bare(value) => {
                    // Writing to a string cannot fail.
                    let _ = write!(out, ",\"{key}\":{value}");
                }
                Value::Text(text) => field(&mut out, key, text),
            }
        }
        if !self.message.is_empty() {
            field(&mut out, "message", self.message);
        }
        out.push_str("}\n");
        out
    }

    /// `15:04:05 INFO message key=value`.
    pub fn human(&self, console: Console) -> String {
        let (start, end) = match (console, self.level) {
            (Console::Colour, Level::ERROR) => ("\x1b[31m", "\x1b[0m"),
            (Console::Colour, Level::WARN) => ("\x1b[33m", "\x1b[0m"),
            (Console::Colour, _) => ("\x1b[32m", "\x1b[0m"),
            _ => ("", ""),
        };
        let time = self.time.split(['T', '.']).nth(1).unwrap_or_default();
        let mut out = format!("{time} {start}{:5}{end} ", name(self.level).to_uppercase());
        printable(&mut out, self.message);
        for (key, value) in self.fields {
            let _ = write!(out, " {key}=");
            match value {
                Value::Bare(value) => out.push_str(value),
                Value::Text(text) => printable(&mut out, text),
            }
        }
        out.push('\n');
        out
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        _ => "debug",
    }
}

fn field(out: &mut String, key: &str, text: &str) {
    let _ = write!(out, ",\"{key}\":\"");
    for c in bounded(text).chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // C1 controls too, which JSON would let pass: whoever reads a log may sit at a terminal.
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Like `text`, without what a terminal would act on.
fn printable(out: &mut String, text: &str) {
    for c in bounded(text).chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
}

fn bounded(text: &str) -> &str {
    let end = (0..=text.len().min(MAX_TEXT)).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}
