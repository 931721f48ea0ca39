//! logforth has no spans: each event brings all ten fields.

use std::fmt;
use std::sync::Arc;

use logforth::core::Logger as Backend;
use logforth::kv::{Key, Value};
use logforth::layout::JsonLayout;
use logforth::record::{Level, Record};
use logforth::{Append, Diagnostic, Error, Layout as _};

use super::{EVENTS_A_REQUEST, LOGFORTH, Logger, Take};

/// A layout's line, written at once.
struct To<W> {
    sink: W,
    layout: JsonLayout,
}

impl<W: Take> Append for To<W> {
    fn append(&self, record: &Record<'_>, diags: &[Box<dyn Diagnostic>]) -> Result<(), Error> {
        let mut line = self.layout.format(record, diags)?;
        line.push(b'\n');
        // A sink takes everything.
        let _ = self.sink.clone().write_all(&line);
        Ok(())
    }

    fn flush(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl<W> fmt::Debug for To<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("To").finish_non_exhaustive()
    }
}

fn event(to: &Backend, order: u64) {
    let fields = [
        (Key::new("customer"), Value::str("c-1234567")),
        (Key::new("order"), Value::u64(order)),
        (Key::new("total"), Value::f64(99.95)),
        (Key::new("paid"), Value::bool(true)),
        (Key::new("method"), Value::str("GET")),
        (Key::new("route"), Value::str("/orders/{id}")),
        (Key::new("attempt"), Value::u64(1)),
        (Key::new("table"), Value::str("orders")),
        (Key::new("rows"), Value::u64(17)),
        (Key::new("cached"), Value::bool(false)),
    ];
    let record = Record::builder()
        .level(Level::Info)
        .target_static(module_path!())
        .module_path_static(module_path!())
        .file_static(file!())
        .line(Some(line!()))
        .payload(format_args!("order placed"))
        .key_values(fields.as_slice())
        .build();
    to.log(&record);
}

pub(super) fn logger(sink: &impl Take) -> Logger {
    let to = To { sink: sink.clone(), layout: JsonLayout::default() };
    let backend = Arc::new(logforth::core::builder().dispatch(|d| d.append(to)).build());
    let other = backend.clone();
    Logger::new(
        LOGFORTH,
        move |n| (0..n).for_each(|order| event(&backend, order)),
        move |n| (0..n * EVENTS_A_REQUEST).for_each(|order| event(&other, order)),
    )
}
