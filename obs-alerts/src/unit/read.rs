//! From a text to a file of rule tests, or to what is wrong with it.

use jiff::Timestamp;

use super::file::{AlertTest, ExpectedAlert, ExpectedSample, ExprTest, Input, Test, TestFile};
use super::scalar;
use crate::rule::read::problem::Problems;
use crate::rule::read::raw::{Pair, Read, Reader, Text};
use crate::rule::{FileError, Place};
use crate::yaml::{Entry, Node, Ref, Tree, Walk};

const FILE: &[&str] =
    &["rule_files", "evaluation_interval", "group_eval_order", "tests", "fuzzy_compare"];
const TEST: &[&str] = &[
    "interval",
    "input_series",
    "alert_rule_test",
    "promql_expr_test",
    "external_labels",
    "external_url",
    "name",
    "start_timestamp",
];
const INPUT: &[&str] = &["series", "values"];
const ALERT_TEST: &[&str] = &["eval_time", "alertname", "exp_alerts"];
const ALERT: &[&str] = &["exp_labels", "exp_annotations"];
const EXPR_TEST: &[&str] = &["expr", "eval_time", "exp_samples"];
const SAMPLE: &[&str] = &["labels", "value", "histogram"];

/// One minute: `evaluation_interval` where it is not named.
const INTERVAL: i64 = 60_000;

impl TestFile {
    /// The tests that `text` has. Errors and places name it `file`.
    ///
    /// # Errors
    ///
    /// Everything that promtool would refuse, each with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut problems = Problems::new(file, text);
        let tree = match Tree::parse(text) {
            Ok(tree) => tree,
            Err(error) => {
                problems.at(error.at..error.at, format!("yaml: {}", error.message), None);
                return Err(problems.into_error());
            }
        };
        let reader = Reader::new(Walk::new(&tree), &mut problems, false);
        let read = TestReader { reader }.whole();
        if problems.is_empty() { Ok(read) } else { Err(problems.into_error()) }
    }
}

struct TestReader<'p, 't> {
    reader: Reader<'p, 't>,
}

impl<'t> TestReader<'_, 't> {
    fn whole(mut self) -> TestFile {
        let mut file = TestFile {
            rule_files: Vec::new(),
            evaluation_interval: INTERVAL,
            group_eval_order: Vec::new(),
            fuzzy_compare: false,
            tests: Vec::new(),
        };
        if let Err(excess) = self.file(&mut file) {
            self.reader.excess(excess);
        }
        for test in &mut file.tests {
            if test.interval == 0 {
                test.interval = file.evaluation_interval;
            }
        }
        file
    }

    fn file(&mut self, file: &mut TestFile) -> Read<()> {
        let Some(root) = self.reader.root() else { return Ok(()) };
        for (key, Entry { value, .. }) in self.reader.fields(root, "the file", FILE)? {
            match key.text {
                "rule_files" => {
                    for item in self.reader.items(value, "rule_files")? {
                        file.rule_files.push(self.string(item, "rule_files")?);
                    }
                }
                "evaluation_interval" => match self.millis(key, value)? {
                    0 => {}
                    millis => file.evaluation_interval = millis,
                },
                "group_eval_order" => self.order(value, &mut file.group_eval_order)?,
                "fuzzy_compare" => file.fuzzy_compare = self.flag(key, value)?,
                _ => {
                    for item in self.reader.items(value, "tests")? {
                        let number = file.tests.len();
                        file.tests.push(self.test(item, number)?);
                    }
                }
            }
        }
        Ok(())
    }

    fn order(&mut self, at: Ref, order: &mut Vec<String>) -> Read<()> {
        for item in self.reader.items(at, "group_eval_order")? {
            let name = self.string(item, "group_eval_order")?;
            if order.contains(&name) {
                let message = format!("group name repeated in evaluation order: {name}");
                self.problem(item, message, "name each group once")?;
            }
            order.push(name);
        }
        Ok(())
    }

    fn test(&mut self, at: Ref, number: usize) -> Read<Test> {
        let mut test = Test {
            name: String::new(),
            title: format!("unnamed#{number}"),
            interval: 0,
            input: Vec::new(),
            alerts: Vec::new(),
            exprs: Vec::new(),
            external_labels: Vec::new(),
            external_url: String::new(),
            start: 0,
            place: self.place(at)?,
        };
        for (key, Entry { value, .. }) in self.reader.fields(at, "a test", TEST)? {
            match key.text {
                "interval" => test.interval = self.millis(key, value)?,
                "input_series" => test.input = self.list(value, key, Self::input)?,
                "alert_rule_test" => test.alerts = self.list(value, key, Self::alert_test)?,
                "promql_expr_test" => test.exprs = self.list(value, key, Self::expr_test)?,
                "external_labels" => test.external_labels = self.pairs(key, value)?,
                "external_url" => test.external_url = self.string(value, key.text)?,
                "start_timestamp" => test.start = self.start(key, value)?,
                _ => {
                    test.name = self.string(value, key.text)?;
                    if !test.name.is_empty() {
                        test.title.clone_from(&test.name);
                    }
                }
            }
        }
        Ok(test)
    }

    fn input(&mut self, at: Ref) -> Read<Input> {
        let place = self.place(at)?;
        let mut input = Input { series: String::new(), values: String::new(), place };
        for (key, Entry { value, .. }) in self.reader.fields(at, "a series", INPUT)? {
            match key.text {
                "series" => input.series = self.string(value, key.text)?,
                _ => input.values = self.string(value, key.text)?,
            }
        }
        Ok(input)
    }

    fn alert_test(&mut self, at: Ref) -> Read<AlertTest> {
        let mut case = AlertTest {
            eval_time: 0,
            alertname: String::new(),
            expected: Vec::new(),
            place: self.place(at)?,
        };
        for (key, Entry { value, .. }) in self.reader.fields(at, "a test of alerts", ALERT_TEST)? {
            match key.text {
                "eval_time" => case.eval_time = self.millis(key, value)?,
                "alertname" => case.alertname = self.string(value, key.text)?,
                _ => case.expected = self.list(value, key, Self::alert)?,
            }
        }
        if case.alertname.is_empty() {
            let message = "an item under alert_rule_test misses required attribute alertname";
            self.problem(at, message.to_owned(), "write `alertname: …`")?;
        }
        Ok(case)
    }

    fn alert(&mut self, at: Ref) -> Read<ExpectedAlert> {
        let place = self.place(at)?;
        let mut alert = ExpectedAlert { labels: Vec::new(), annotations: Vec::new(), place };
        for (key, Entry { value, .. }) in self.reader.fields(at, "an alert", ALERT)? {
            match key.text {
                "exp_labels" => alert.labels = self.pairs(key, value)?,
                _ => alert.annotations = self.pairs(key, value)?,
            }
        }
        Ok(alert)
    }

    fn expr_test(&mut self, at: Ref) -> Read<ExprTest> {
        let place = self.place(at)?;
        let mut case = ExprTest { expr: String::new(), eval_time: 0, expected: Vec::new(), place };
        let fields = self.reader.fields(at, "a test of an expression", EXPR_TEST)?;
        for (key, Entry { value, .. }) in fields {
            match key.text {
                "expr" => case.expr = self.string(value, key.text)?,
                "eval_time" => case.eval_time = self.millis(key, value)?,
                _ => case.expected = self.list(value, key, Self::sample)?,
            }
        }
        Ok(case)
    }

    fn sample(&mut self, at: Ref) -> Read<ExpectedSample> {
        let mut sample = ExpectedSample {
            labels: String::new(),
            value: 0.0,
            histogram: String::new(),
            place: self.place(at)?,
        };
        for (key, Entry { value, .. }) in self.reader.fields(at, "a sample", SAMPLE)? {
            match key.text {
                "labels" => sample.labels = self.string(value, key.text)?,
                "histogram" => sample.histogram = self.string(value, key.text)?,
                _ => {
                    let node = self.reader.visit(value)?;
                    match scalar::float(&node.kind) {
                        Some(number) => sample.value = number,
                        None => {
                            self.expected(node, key, "a number without quotes, `.inf` or `.nan`");
                        }
                    }
                }
            }
        }
        Ok(sample)
    }

    /// The items of the list at `at`, each read by `item`.
    fn list<T>(
        &mut self,
        at: Ref,
        key: Text<'t>,
        item: impl Fn(&mut Self, Ref) -> Read<T>,
    ) -> Read<Vec<T>> {
        let items = self.reader.items(at, key.text)?;
        items.into_iter().map(|at| item(self, at)).collect()
    }

    /// Names and values, sorted by name.
    fn pairs(&mut self, key: Text<'t>, at: Ref) -> Read<Vec<(String, String)>> {
        let owned = |(name, value): Pair<'_>| (name.text.to_owned(), value.text.to_owned());
        Ok(self.reader.pairs(at, key.text)?.into_iter().map(owned).collect())
    }

    /// The text at `at`; of what is null an empty one.
    fn string(&mut self, at: Ref, name: &str) -> Read<String> {
        Ok(self.reader.text(at, name)?.map_or_else(String::new, |text| text.text.to_owned()))
    }

    fn millis(&mut self, key: Text<'t>, at: Ref) -> Read<i64> {
        Ok(self.reader.span(key, at)?.map_or(0, |span| span.millis))
    }

    fn flag(&mut self, key: Text<'t>, at: Ref) -> Read<bool> {
        let node = self.reader.visit(at)?;
        let flag = scalar::flag(&node.kind);
        if flag.is_none() {
            self.expected(node, key, "`true` or `false`");
        }
        Ok(flag.unwrap_or_default())
    }

    /// A time as a number of seconds or as a date, in milliseconds.
    fn start(&mut self, key: Text<'t>, at: Ref) -> Read<i64> {
        let Some(text) = self.reader.text(at, key.text)? else { return Ok(0) };
        if let Ok(seconds) = text.text.parse::<f64>() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "whoever tests that far is served"
            )]
            return Ok((seconds * 1000.0) as i64);
        }
        match text.text.parse::<Timestamp>() {
            Ok(time) => Ok(time.as_millisecond()),
            Err(_) => {
                self.expected(text.node, key, "a date such as `2024-01-01T00:00:00Z`, or seconds");
                Ok(0)
            }
        }
    }

    fn expected(&mut self, node: &Node, key: Text<'t>, expected: &str) {
        self.reader.expected(node, &format!("`{}`", key.text), expected);
    }

    fn problem(&mut self, at: Ref, message: String, help: &str) -> Read<()> {
        let node = self.reader.visit(at)?;
        self.reader.problem(node, message, help);
        Ok(())
    }

    fn place(&mut self, at: Ref) -> Read<Place> {
        let node = self.reader.visit(at)?;
        Ok(self.reader.place(node))
    }
}
