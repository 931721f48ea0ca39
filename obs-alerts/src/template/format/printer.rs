//! Writes one value.

use super::{float, integer};
use crate::template::budget::Budget;
use crate::template::quote::{ascii, code_point, quoted, quoted_char};
use crate::template::time::{MONTHS, WEEKDAYS, duration_text};
use crate::template::value::{Pointer, SampleValue, Value};

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`: with the names of fields.
    pub(super) named: bool,
    /// `%#v`: as Go source.
    pub(super) source: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

pub(super) struct Printer<'b> {
    pub(super) out: String,
    pub(super) flags: Flags,
    budget: &'b Budget,
    /// Inside of a complaint values are shown without their methods.
    plain: bool,
}

/// The address of every pointer: none is the same twice in Go, and nobody reads them.
const ADDRESS: &str = "0xc000000000";

impl<'b> Printer<'b> {
    pub(super) fn new(budget: &'b Budget) -> Self {
        Self { out: String::new(), flags: Flags::default(), budget, plain: false }
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), String> {
        self.budget.text(self.out.len() + text.len(), text.len())?;
        self.out.push_str(text);
        Ok(())
    }

    fn pad(&mut self, text: &str) -> Result<(), String> {
        let missing = self.flags.width.unwrap_or(0).saturating_sub(text.chars().count());
        if self.flags.minus {
            self.write(text)?;
            self.write(&" ".repeat(missing))
        } else {
            self.write(&if self.flags.zero { "0" } else { " " }.repeat(missing))?;
            self.write(text)
        }
    }

    /// As an action writes it: what a pointer points to, and a name for nothing.
    pub(super) fn printable(&mut self, value: &Value) -> Result<(), String> {
        match value {
            Value::Nil => self.write("<no value>"),
            Value::Sample(Some(sample)) => self.sample(sample, 'v'),
            value => self.arg(value, 'v'),
        }
    }

    pub(super) fn arg(&mut self, value: &Value, verb: char) -> Result<(), String> {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.pad("<nil>"),
            (Value::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => self.text(value.type_name(), 's'),
            (Value::Sample(Some(sample)), 'v' | 's' | 'd' | 'x' | 'X' | 'q' | 't') => {
                self.write("&")?;
                self.sample(sample, verb)
            }
            (Value::Sample(_) | Value::Histogram(_) | Value::Time(_, Pointer::Pointer), 'p') => {
                self.write(ADDRESS)
            }
            (_, 'p' | 'w') => self.bad_verb(value, verb),
            _ => self.value(value, verb),
        }
    }

    fn value(&mut self, value: &Value, verb: char) -> Result<(), String> {
        let texts = !self.plain && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q');
        match value {
            Value::Nil | Value::NoInterface if self.flags.source => self.write("interface {}(nil)"),
            Value::Nil | Value::NoInterface | Value::Sample(None) => self.write("<nil>"),
            Value::Interface(inner) => self.value(inner, verb),
            Value::Bool(truth) if matches!(verb, 't' | 'v') => self.pad(&truth.to_string()),
            Value::Int(number) | Value::Int64(number) => {
                self.integer(value, i128::from(*number), verb)
            }
            Value::Byte(number) if verb == 'v' && self.flags.source => {
                self.write(&format!("0x{number:x}"))
            }
            Value::Byte(number) => self.integer(value, i128::from(*number), verb),
            Value::Float(number) => self.float(value, *number, verb),
            Value::Complex(re, im) => self.complex(value, *re, *im, verb),
            Value::String(text) | Value::Html(text) => {
                if matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
                    self.text(text, verb)
                } else {
                    self.bad_verb(value, verb)
                }
            }
            Value::Labels(labels) => {
                let pairs = labels.iter().map(|(name, value)| (name, Value::string(value)));
                self.map(value, pairs, verb)
            }
            Value::Map(map) => {
                let pairs = map.entries.iter().map(|(name, value)| (name.as_str(), value.clone()));
                self.map(value, pairs, verb)
            }
            Value::Samples(samples) if !matches!(verb, 'v' | 'd' | 'b' | 'o' | 'x' | 'X') => {
                self.write("[")?;
                for index in 0..samples.len() {
                    let Some(sample) = samples.get(index) else { break };
                    self.write(if index > 0 { " " } else { "" })?;
                    self.write(&format!("%!{verb}(*template.sample=&"))?;
                    self.sample(&sample, 'v')?;
                    self.write(")")?;
                }
                self.write("]")
            }
            Value::Samples(samples) => {
                let addresses = vec![ADDRESS; samples.len()].join(" ");
                self.write(&format!("[{addresses}]"))
            }
            Value::Sample(Some(_)) => self.write(ADDRESS),
            Value::Histogram(histogram) if texts => {
                let text = crate::template::histogram::text(histogram);
                self.text(&text, verb)
            }
            Value::Root(root) => {
                let (labels, external) = (root.labels.clone(), root.external_labels.clone());
                let url = Value::String(std::rc::Rc::clone(&root.external_url));
                self.fields(
                    value,
                    &[
                        ("Labels", Value::Labels(labels)),
                        ("ExternalLabels", Value::Labels(external)),
                        ("ExternalURL", url),
                        ("Value", root.value.clone()),
                    ],
                    verb,
                )
            }
            Value::Time(time, _) if texts => self.text(&time.to_string(), verb),
            Value::Bool(_) | Value::Histogram(_) | Value::Time(..) => self.bad_verb(value, verb),
            Value::Duration(nanos, _) if texts => self.text(&duration_text(*nanos), verb),
            Value::Duration(nanos, _) => self.integer(value, i128::from(*nanos), verb),
            Value::Month(month) if texts => {
                self.text(MONTHS.get(usize::from(*month)).unwrap_or(&""), verb)
            }
            Value::Month(month) => self.integer(value, i128::from(*month) + 1, verb),
            Value::Weekday(day) if texts => {
                self.text(WEEKDAYS.get(usize::from(*day)).unwrap_or(&""), verb)
            }
            Value::Weekday(day) => self.integer(value, i128::from(*day), verb),
        }
    }

    /// What `fmt` writes for a verb that does not fit the value.
    fn bad_verb(&mut self, value: &Value, verb: char) -> Result<(), String> {
        if matches!(value, Value::Nil) {
            return self.write(&format!("%!{verb}(<nil>)"));
        }
        self.write(&format!("%!{verb}({}=", value.type_name()))?;
        let outer = std::mem::replace(&mut self.plain, true);
        let written = match value {
            // Of these only the methods make a text.
            Value::Time(time, _) => self.write(&time.to_string()),
            Value::Histogram(_) => self.write(ADDRESS),
            value => self.value(value, 'v'),
        };
        self.plain = outer;
        written?;
        self.write(")")
    }

    fn text(&mut self, text: &str, verb: char) -> Result<(), String> {
        let limit = self.flags.precision.unwrap_or(usize::MAX);
        if matches!(verb, 'x' | 'X') {
            return self.hexadecimal(text, limit, verb);
        }
        let text: String = text.chars().take(limit).collect();
        if verb != 'q' && !(verb == 'v' && self.flags.source) {
            return self.pad(&text);
        }
        if self.flags.sharp && !text.contains(|c: char| c == '`' || (c < ' ' && c != '\t')) {
            return self.pad(&format!("`{text}`"));
        }
        let literal = quoted(&text);
        self.pad(&if self.flags.plus { ascii(&literal) } else { literal })
    }

    fn hexadecimal(&mut self, text: &str, limit: usize, verb: char) -> Result<(), String> {
        let prefix = match verb {
            _ if !self.flags.sharp => "",
            'x' => "0x",
            _ => "0X",
        };
        let mut digits = String::new();
        for (number, byte) in text.bytes().take(limit).enumerate() {
            if number > 0 && self.flags.space {
                digits.push(' ');
            }
            if number == 0 || self.flags.space {
                digits.push_str(prefix);
            }
            let byte = format!("{byte:02x}");
            digits.push_str(&if verb == 'X' { byte.to_ascii_uppercase() } else { byte });
        }
        self.pad(&digits)
    }

    fn integer(&mut self, value: &Value, number: i128, verb: char) -> Result<(), String> {
        let character = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
        match verb {
            'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' => {
                let text = integer::format(number, verb, &self.flags);
                // Zeros that fill the width are among the digits.
                let zero = std::mem::replace(&mut self.flags.zero, false);
                self.pad(&text)?;
                self.flags.zero = zero;
                Ok(())
            }
            'c' => self.pad(&character.to_string()),
            'q' => {
                let literal = quoted_char(character);
                self.pad(&if self.flags.plus { ascii(&literal) } else { literal })
            }
            'U' if self.flags.sharp && number >= 0 => self.pad(&code_point(character)),
            'U' => {
                // Of a negative number the bits are shown.
                let code = number & i128::from(u64::MAX);
                self.pad(&format!("U+{code:04X}"))
            }
            _ => self.bad_verb(value, verb),
        }
    }

    fn float(&mut self, value: &Value, number: f64, verb: char) -> Result<(), String> {
        let precision = self.flags.precision;
        let text = match verb {
            'v' => float::format(number, 'g', precision),
            'b' | 'g' | 'G' | 'x' | 'X' => float::format(number, verb, precision),
            'f' | 'F' | 'e' | 'E' => float::format(number, verb, Some(precision.unwrap_or(6))),
            _ => return self.bad_verb(value, verb),
        };
        let text = if self.flags.sharp { float::pointed(&text, verb, precision) } else { text };
        let (sign, digits) = match text.strip_prefix(['+', '-']) {
            Some(digits) => (&text[..1], digits),
            None => ("+", text.as_str()),
        };
        let sign = match sign {
            "+" if self.flags.plus => "+",
            "+" if self.flags.space => " ",
            // Infinity has its sign always.
            "+" if !number.is_infinite() => "",
            sign => sign,
        };
        if !number.is_finite() {
            let zero = std::mem::replace(&mut self.flags.zero, false);
            self.pad(&format!("{sign}{digits}"))?;
            self.flags.zero = zero;
            return Ok(());
        }
        let width = self.flags.width.unwrap_or(0);
        if self.flags.zero && !self.flags.minus && width > sign.len() + digits.len() {
            let zeros = "0".repeat(width - sign.len() - digits.len());
            return self.write(&format!("{sign}{zeros}{digits}"));
        }
        self.pad(&format!("{sign}{digits}"))
    }

    fn complex(&mut self, value: &Value, re: f64, im: f64, verb: char) -> Result<(), String> {
        if !"vbgGxXfFeE".contains(verb) {
            return self.bad_verb(value, verb);
        }
        self.write("(")?;
        self.float(value, re, verb)?;
        let plus = std::mem::replace(&mut self.flags.plus, true);
        self.float(value, im, verb)?;
        self.flags.plus = plus;
        self.write("i)")
    }

    fn map<'m>(
        &mut self,
        value: &Value,
        pairs: impl Iterator<Item = (&'m str, Value)>,
        verb: char,
    ) -> Result<(), String> {
        let (open, separator, close) =
            if self.flags.source { ("{", ", ", "}") } else { ("map[", " ", "]") };
        if self.flags.source {
            self.write(value.type_name())?;
        }
        self.write(open)?;
        for (number, (name, value)) in pairs.enumerate() {
            if number > 0 {
                self.write(separator)?;
            }
            self.value(&Value::string(name), verb)?;
            self.write(":")?;
            self.value(&value, verb)?;
        }
        self.write(close)
    }

    fn sample(&mut self, sample: &SampleValue, verb: char) -> Result<(), String> {
        let labels = Value::Labels(sample.labels.clone());
        let fields = [("Labels", labels), ("Value", sample.value.clone())];
        self.fields(&Value::Sample(None), &fields, verb)
    }

    fn fields<const N: usize>(
        &mut self,
        value: &Value,
        fields: &[(&str, Value); N],
        verb: char,
    ) -> Result<(), String> {
        if self.flags.source {
            self.write(value.type_name().trim_start_matches('*'))?;
        }
        self.write("{")?;
        for (number, (name, value)) in fields.iter().enumerate() {
            if number > 0 {
                self.write(if self.flags.source { ", " } else { " " })?;
            }
            if self.flags.named || self.flags.source {
                self.write(&format!("{name}:"))?;
            }
            self.value(value, verb)?;
        }
        self.write("}")
    }
}
