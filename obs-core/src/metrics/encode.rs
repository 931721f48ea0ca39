//! The two text formats, written in chunks.
//!
//! Prometheus text 0.0.4 and OpenMetrics 1.0 differ in their headers, in exemplars, creation times
//! and the end mark; the sample lines are the same.

use std::io::{self, Write};
use std::sync::{Arc, PoisonError};

use super::cell::{CounterCell, GaugeCell};
use super::desc::{Kind, counter_base};
use super::exemplar::Exemplar;
use super::families::AnyFamily;
use super::family::Family;
use super::format::Format;
use super::histogram::HistogramCell;
use super::number::{write_millis, write_u64, write_value};
use super::registry::Registry;
use super::series::{Cell, Series};

/// Text gathered before it goes to the sink.
const CHUNK: usize = 64 * 1024;

/// Writes everything in `registry` but the families in `skip`, and no end mark. The first error of
/// `sink` ends it.
pub(super) fn encode(
    registry: &Registry,
    format: Format,
    skip: &dyn Fn(&str) -> bool,
    sink: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = Writer {
        out: String::with_capacity(CHUNK + 8 * 1024),
        format,
        created: registry.config().created,
        sink,
        buckets: Vec::new(),
        exemplars: Vec::new(),
    };
    for family in registry.families() {
        if skip(family.name()) {
            continue;
        }
        match &family {
            AnyFamily::Counter(family) => writer.family(family, Writer::counter)?,
            AnyFamily::Gauge(family) => writer.family(family, Writer::gauge)?,
            AnyFamily::Histogram(family) => writer.family(family, Writer::histogram)?,
        }
    }
    writer.flush()
}

/// The end mark of a complete OpenMetrics exposition.
pub(super) const END: &[u8] = b"# EOF\n";

struct Writer<'a> {
    out: String,
    format: Format,
    created: bool,
    sink: &'a mut dyn Write,
    buckets: Vec<u64>,
    exemplars: Vec<(usize, Exemplar)>,
}

impl Writer<'_> {
    fn flush(&mut self) -> io::Result<()> {
        self.sink.write_all(self.out.as_bytes())?;
        self.out.clear();
        Ok(())
    }

    fn open_metrics(&self) -> bool {
        self.format == Format::OpenMetrics
    }

    fn family<C: Cell>(
        &mut self,
        family: &Family<C>,
        write: impl Fn(&mut Self, &Family<C>, &Series<C>),
    ) -> io::Result<()> {
        let series = family.snapshot();
        let overflow = family.overflow_series();
        if series.is_empty() && overflow.is_none() {
            return Ok(());
        }
        self.header(family);
        for series in series.iter().chain(overflow) {
            write(self, family, series);
            if self.out.len() >= CHUNK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn header<C>(&mut self, family: &Family<C>) {
        // OpenMetrics names a counter's family without `_total`. A counter that lacks it cannot be
        // shown as one there without another name for its samples; Prometheus' own encoder calls
        // it `unknown` too (prometheus/common, expfmt/openmetrics_create.go).
        let (name, kind) = match (self.format, family.kind) {
            (Format::OpenMetrics, Kind::Counter) => match counter_base(&family.name) {
                Some(base) => (base, "counter"),
                None => (&*family.name, "unknown"),
            },
            _ => (&*family.name, family.kind.as_str()),
        };
        let help = family.help.read().unwrap_or_else(PoisonError::into_inner);
        if !help.is_empty() {
            self.line(&["# HELP ", name, " "]);
            for c in help.chars() {
                match c {
                    '\\' => self.out.push_str("\\\\"),
                    '\n' => self.out.push_str("\\n"),
                    '"' if self.format == Format::OpenMetrics => self.out.push_str("\\\""),
                    c => self.out.push(c),
                }
            }
            self.out.push('\n');
        }
        self.line(&["# TYPE ", name, " ", kind, "\n"]);
        let unit = *family.unit.read().unwrap_or_else(PoisonError::into_inner);
        if self.open_metrics() && !unit.is_empty() {
            self.line(&["# UNIT ", name, " ", unit, "\n"]);
        }
    }

    fn line(&mut self, parts: &[&str]) {
        for part in parts {
            self.out.push_str(part);
        }
    }

    /// Appends `name suffix{labels} `.
    fn sample(&mut self, name: &str, suffix: &str, labels: &str) {
        if labels.is_empty() {
            self.line(&[name, suffix, " "]);
        } else {
            self.line(&[name, suffix, "{", labels, "} "]);
        }
    }

    fn counter(&mut self, family: &Family<CounterCell>, series: &Series<CounterCell>) {
        self.sample(&family.name, "", &series.labels);
        write_u64(&mut self.out, series.cell.get());
        self.out.push('\n');
        if let Some(base) = counter_base(&family.name) {
            self.created(base, series);
        }
    }

    /// Also a counter whose total is read from elsewhere and may be a fraction.
    fn gauge(&mut self, family: &Family<GaugeCell>, series: &Series<GaugeCell>) {
        self.sample(&family.name, "", &series.labels);
        write_value(&mut self.out, series.cell.get());
        self.out.push('\n');
        if let (Kind::Counter, Some(base)) = (family.kind, counter_base(&family.name)) {
            self.created(base, series);
        }
    }

    fn histogram(&mut self, family: &Family<HistogramCell>, series: &Series<HistogramCell>) {
        let name = &*family.name;
        let sum = series.cell.read(&mut self.buckets);
        self.exemplars.clear();
        if self.open_metrics() {
            series.cell.exemplars.read(&mut self.exemplars);
        }
        let bounds = Arc::clone(series.cell.bounds());
        let comma = if series.labels.is_empty() { "" } else { "," };
        let mut count = 0_u64;
        for (i, le) in bounds.le().iter().enumerate() {
            count = count.saturating_add(self.buckets[i]);
            self.line(&[name, "_bucket{", &series.labels, comma, le, "} "]);
            write_u64(&mut self.out, count);
            self.exemplar(i);
            self.out.push('\n');
        }
        self.sample(name, "_sum", &series.labels);
        write_value(&mut self.out, sum);
        self.out.push('\n');
        // The count is that of the buckets, so the two never disagree.
        self.sample(name, "_count", &series.labels);
        write_u64(&mut self.out, count);
        self.out.push('\n');
        self.created(name, series);
    }

    fn exemplar(&mut self, bucket: usize) {
        let Some(at) = self.exemplars.iter().position(|(of, _)| *of == bucket) else { return };
        let (_, exemplar) = self.exemplars.swap_remove(at);
        let context = exemplar.context;
        self.out.push_str(" # {trace_id=\"");
        self.out.extend(context.trace_id.to_hex().map(char::from));
        self.out.push_str("\",span_id=\"");
        self.out.extend(context.span_id.to_hex().map(char::from));
        self.out.push_str("\"} ");
        write_value(&mut self.out, exemplar.value);
        self.out.push(' ');
        write_millis(&mut self.out, exemplar.at_millis);
    }

    fn created<C>(&mut self, base: &str, series: &Series<C>) {
        if self.open_metrics() && self.created {
            self.sample(base, "_created", &series.labels);
            write_millis(&mut self.out, series.created);
            self.out.push('\n');
        }
    }
}
