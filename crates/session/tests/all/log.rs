//! A subscriber that keeps every line of this test binary.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, Once},
};
use tracing::{
    Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// A line: the sender under "sender", every field as text.
pub type Line = BTreeMap<&'static str, String>;

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

/// Installed before anything is logged and for the whole binary: a subscriber of one thread races with the
/// first use of a log line on another.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Keep).unwrap());
}

pub fn lines(wanted: impl Fn(&Line) -> bool) -> Vec<Line> {
    LINES.lock().unwrap().iter().filter(|line| wanted(line)).cloned().collect()
}

struct Keep;

struct Fields<'a>(&'a mut Line);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Keep {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Line::from([("sender", event.metadata().target().to_owned())]);
        event.record(&mut Fields(&mut fields));
        LINES.lock().unwrap().push(fields);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
