//! From a `tracing` event to a [`Line`].

use std::{
    error::Error,
    fmt::{self, Debug, Write as _},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use crate::{
    Console,
    clock::Clock,
    line::{Line, Value},
    queue::Queue,
};

/// Targets of this project's own crates when a macro names none.
const OURS: &str = "longshore_";

/// Writes every event that passes the filter; the fields of the spans around it come first.
#[derive(Debug)]
pub struct JsonLayer {
    queue: Queue,
    clock: Clock,
    level: LevelFilter,
    console: Console,
}

impl JsonLayer {
    pub fn new(queue: Queue, clock: Clock, level: crate::Level, console: Console) -> Self {
        let level = match level {
            crate::Level::Debug => LevelFilter::DEBUG,
            crate::Level::Info => LevelFilter::INFO,
            crate::Level::Warn => LevelFilter::WARN,
            crate::Level::Error => LevelFilter::ERROR,
        };
        Self { queue, clock, level, console }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLayer {
    /// The level for ourselves; of libraries only warnings, for they log statements and headers in detail.
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let ours = !metadata.target().contains("::") || metadata.target().starts_with(OURS);
        let most = if ours { self.level } else { self.level.min(LevelFilter::WARN) };
        metadata.is_span() && ours || *metadata.level() <= most
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level.max(LevelFilter::INFO))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(outer) = span.extensions().get::<Fields>() {
                outer.list.iter().for_each(|(key, value)| fields.put(key, value.clone()));
            }
        }
        event.record(&mut fields);
        let metadata = event.metadata();
        let line = Line {
            level: *metadata.level(),
            time: self.clock.stamp(),
            sender: fields.sender.as_deref().unwrap_or_else(|| sender(metadata.target())),
            fields: &fields.list,
            message: &fields.message,
        };
        self.queue.push(line.json());
        let for_people = line.sender == "service" && line.level <= Level::INFO || line.level == Level::ERROR;
        if self.console != Console::Off && for_people {
            self.queue.push_console(line.human(self.console));
        }
    }
}

/// `longshore_ssh::driver` is `ssh`, `sqlx::query` is `sqlx`; a target without a path is a sender.
fn sender(target: &str) -> &str {
    let krate = target.split("::").next().unwrap_or(target);
    krate.strip_prefix(OURS).unwrap_or(krate)
}

/// The fields of a span or an event in the order in which they were first given.
#[derive(Debug, Default)]
struct Fields {
    list: Vec<(&'static str, Value)>,
    message: String,
    /// A field `sender` stands for the target, which has to be a constant.
    sender: Option<String>,
}

impl Fields {
    fn put(&mut self, key: &'static str, value: Value) {
        match self.list.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => self.list.push((key, value)),
        }
    }

    fn put_text(&mut self, field: &Field, text: String) {
        match field.name() {
            "message" => self.message = text,
            "sender" => self.sender = Some(text),
            key => self.put(key, Value::Text(text)),
        }
    }

    fn put_bare(&mut self, field: &Field, value: impl fmt::Display) {
        self.put(field.name(), Value::Bare(value.to_string()));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put_text(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put_text(field, value.to_owned());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put_bare(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put_bare(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put_bare(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put_bare(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put_bare(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.put_bare(field, value);
        } else {
            self.put_text(field, value.to_string());
        }
    }

    /// The error and what caused it, on one line.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Many errors already show their source.
            if !text.ends_with(&cause_text) {
                // Writing to a string cannot fail.
                let _ = write!(text, ": {cause_text}");
            }
            source = cause.source();
        }
        self.put_text(field, text);
    }
}
