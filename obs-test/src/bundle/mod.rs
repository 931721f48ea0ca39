//! Checks that dashboards and rules read what a service exposes. Needs the feature `bundle`.
//!
//! A query of a metric that nobody exposes returns nothing, so an alert on it never fires, and nothing
//! says so. A crate that ships a [`Bundle`] checks it in one line:
//!
//! ```
//! use obs_core::{Asset, AssetKind, Bundle};
//!
//! obs_core::catalogue! {
//!     /// What the shop sells.
//!     pub static SHOP;
//!     /// Orders placed.
//!     ORDERS: Counter = "shop_orders_total" (payment_method);
//! }
//!
//! const RULES: &str = "
//! groups:
//!   - name: shop
//!     rules:
//!       - record: job:shop_orders:rate5m
//!         expr: sum by (job) (rate(shop_order_total[5m]))
//! ";
//! const BUNDLE: Bundle =
//!     Bundle::new("shop", SHOP).assets(&[Asset::new(AssetKind::Rules, "shop.rules.yml", RULES)]);
//!
//! let findings = obs_test::check_bundle(&BUNDLE);
//! assert_eq!(
//!     findings.to_string(),
//!     "shop.rules.yml:6: [metric] job:shop_orders:rate5m: nothing exposes or records \
//!      shop_order_total: use shop_orders_total",
//! );
//! ```
//!
//! A test says `obs_test::check_bundle(&BUNDLE).assert_none()`. [`Check`] takes more: metrics of other
//! bundles, files and saved pages of `/metrics`.
//!
//! # What is checked
//!
//! | [`Lint`] | Each of these holds |
//! | --- | --- |
//! | `file` | Files are JSON or YAML, and dashboards of the classic model |
//! | `parse` | Each query of a dashboard, rule or runbook is PromQL, of good types; Grafana's variables stand for something |
//! | `metric` | It reads what a bundle declares, a rule records or Prometheus makes (`up`, `ALERTS`) |
//! | `label` | Labels in matchers, `by`, `on`, `ignoring`, `group_left`, legends and annotations of alerts are on these series: declared, `job` and `instance`, or made on the way by `label_replace` and the like |
//! | `rate` | `rate`, `irate` and `increase` are of counters, which are read through nothing else; `count`, `changes`, `absent`, `0 * x` and `x unless x offset 15m` are free |
//! | `bucket` | `le` is a bucket's bound, written as exposed; so is what a quantile is compared with, and not the last |
//! | `quantile` | `histogram_quantile` gets `le`, and a quantile from 0 to 1 |
//! | `matching` | Without `on`, both sides of an operator have the same labels |
//! | `alert` | An alert compares, has `for`, a severity, `summary`, `description` and `runbook_url` |
//! | `rule-test` | Tests show an alert to fire and to be quiet; of a bundle, also with zero traffic and missing series |
//! | `panel` | A panel has a title, a description and a unit |
//!
//! # What is not
//!
//! Nothing is evaluated: that a rule test passes is for `promtool test rules` to say. Whether a label
//! ever has the value that a query asks for is not known, nor is a label that a relabelling adds: see
//! [`Check::target_label`]. Dashboards of schema v2 and library panels are not read.

mod board;
mod cases;
mod finding;
mod flow;
mod known;
mod labels;
mod lines;
mod page;
mod query;
mod rate;
mod report;
mod rules;
mod template;

use obs_core::metrics::Desc;
use obs_core::{Asset, AssetKind, Bundle};

pub use finding::{Finding, Findings, Lint};
pub use template::DashboardQuery;

use board::{Board, Found};
use known::Known;
use report::Report;
use rules::{Case, Rule};

/// What is wrong with the files of `bundle`, which may read its own metrics and those of
/// [`obs_core::BUNDLE`], that every service has.
///
/// See [the module](self) for what is checked, and [`Check`] where it may read more.
pub fn check_bundle(bundle: &Bundle) -> Findings {
    Check::new().beside(&obs_core::BUNDLE).bundle(bundle).run()
}

/// A check of dashboards, rules and their tests.
///
/// ```no_run
/// # const BUNDLE: obs_core::Bundle = obs_core::BUNDLE;
/// # const AXUM: obs_core::Bundle = obs_core::BUNDLE;
/// use obs_test::bundle::Check;
///
/// # // AXUM stands for obs_axum::BUNDLE.
/// Check::new()
///     .bundle(&BUNDLE)
///     .beside(&obs_core::BUNDLE)
///     .beside(&AXUM)
///     .target_label("cluster")
///     .run()
///     .assert_none();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Check {
    known: Known,
    files: Vec<File>,
    beside: Vec<File>,
    pages: Vec<(String, String)>,
    four_tests: bool,
}

#[derive(Clone, Debug)]
struct File {
    /// `None` where its text is to say.
    kind: Option<AssetKind>,
    name: String,
    text: String,
}

/// The files of a check, read.
#[derive(Debug, Default)]
struct Read {
    boards: Vec<(String, Board)>,
    rules: Vec<(String, Vec<Rule>)>,
    tests: Vec<(String, String, Vec<Case>)>,
    runbooks: Vec<(String, String)>,
}

impl Check {
    /// A check of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let mut check = Self::default();
        // The scrape adds these to every series.
        check.known.target_labels.extend(["job", "instance"].map(str::to_owned));
        check
    }

    /// Checks the files of `bundle`, which may read its metrics. Asks for the [four
    /// tests](Self::four_tests) of each alert.
    #[must_use]
    pub fn bundle(self, bundle: &Bundle) -> Self {
        let check = self.metrics(bundle.metrics()).four_tests();
        bundle
            .files()
            .iter()
            .fold(check, |check, Asset { kind, name, text }| check.file(*kind, *name, *text))
    }

    /// What is checked may read the metrics of `bundle` and what its rules record. Its own files are
    /// not checked.
    #[must_use]
    pub fn beside(mut self, bundle: &Bundle) -> Self {
        bundle.metrics().iter().for_each(|desc| self.known.declare(desc));
        let rules = bundle.files().iter().filter(|file| file.kind == AssetKind::Rules);
        self.beside.extend(rules.map(|Asset { kind, name, text }| File {
            kind: Some(*kind),
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        }));
        self
    }

    /// What is checked may read these metrics, and, with the other calls of this kind, no others.
    ///
    /// Without a call of this, of [`bundle`](Self::bundle) or of [`page`](Self::page) nobody knows what
    /// is exposed: metrics may have any name, and counters are known by theirs.
    #[must_use]
    pub fn metrics(mut self, metrics: &[&'static Desc]) -> Self {
        metrics.iter().for_each(|desc| self.known.declare(desc));
        self.known.complete = true;
        self
    }

    /// What is checked may read what stands on this page of `/metrics`, in the text format or
    /// OpenMetrics, and nothing that is not declared elsewhere.
    ///
    /// The page is to be of a service that did everything once: before its first sample a series is not
    /// there, and its labels are not known.
    #[must_use]
    pub fn page(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.pages.push((name.into(), text.into()));
        self.known.complete = true;
        self
    }

    /// Checks a file of this kind. Kinds without queries are passed over.
    #[must_use]
    pub fn file(
        mut self,
        kind: AssetKind,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        self.files.push(File { kind: Some(kind), name: name.into(), text: text.into() });
        self
    }

    /// Checks a JSON or YAML file, if it holds a dashboard, rules or tests of rules.
    #[must_use]
    pub fn any_file(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.files.push(File { kind: None, name: name.into(), text: text.into() });
        self
    }

    /// All series have this label, because the scrape adds it. `job` and `instance` are known.
    #[must_use]
    pub fn target_label(mut self, label: impl Into<String>) -> Self {
        self.known.target_labels.insert(label.into());
        self
    }

    /// This counter may be read without `rate` or `increase`.
    #[must_use]
    pub fn raw_counter(mut self, name: impl Into<String>) -> Self {
        self.known.raw_counters.insert(name.into());
        self
    }

    /// Asks for four tests of each alert, whose names end in what they show: `: fires`, `: quiet`,
    /// `: zero traffic` and `: missing series`. Without it two are enough, whatever they are called.
    #[must_use]
    pub fn four_tests(mut self) -> Self {
        self.four_tests = true;
        self
    }

    /// What is wrong.
    pub fn run(&self) -> Findings {
        let (mut findings, mut queries) = (Vec::new(), 0);
        let mut known = self.known.clone();
        let mut paged = Known::default();
        for (name, text) in &self.pages {
            let mut report = Report::new(name, &mut findings, &mut queries);
            match page::read(text, &mut paged) {
                Ok(0) => report.say(Lint::File, None, "", "holds no metrics".to_owned()),
                Ok(_) => {}
                Err(bad) => report.say(Lint::File, Some(bad.line), "", bad.message),
            }
        }
        known.add_page(paged);
        let mut own = Read::default();
        for file in &self.files {
            own.take(file, &mut Report::new(&file.name, &mut findings, &mut queries));
        }
        let mut beside = Read::default();
        for file in &self.beside {
            // Whoever ships them checks them.
            beside.take(file, &mut Report::new(&file.name, &mut Vec::new(), &mut 0));
        }
        let all: Vec<&Rule> =
            beside.rules.iter().chain(&own.rules).flat_map(|(_, rules)| rules).collect();
        rules::learn(&all, &mut known);
        for (name, rules) in &own.rules {
            let mut report = Report::new(name, &mut findings, &mut queries);
            rules.iter().for_each(|rule| rule.check(&known, &mut report));
            cases::missing(rules, &own.tests, self.four_tests, &mut report);
        }
        for (name, text, cases) in &own.tests {
            let mut report = Report::new(name, &mut findings, &mut queries);
            cases::of_nothing(cases, text, &all, &mut report);
        }
        for (name, board) in &own.boards {
            board.check(&known, &mut Report::new(name, &mut findings, &mut queries));
        }
        for (name, text) in &own.runbooks {
            runbook(text, &known, &mut Report::new(name, &mut findings, &mut queries));
        }
        Findings::new(findings, queries)
    }
}

impl Read {
    fn take(&mut self, file: &File, report: &mut Report<'_>) {
        let (name, text) = (file.name.clone(), file.text.as_str());
        match file.kind {
            Some(AssetKind::Dashboard) => self.take_json(name, text, true, report),
            Some(AssetKind::Rules | AssetKind::RuleTests) => {
                self.take_yaml(name, text, file.kind, report);
            }
            Some(AssetKind::Runbook) => self.runbooks.push((name, text.to_owned())),
            Some(_) => {}
            None if name.ends_with(".json") => self.take_json(name, text, false, report),
            None => self.take_yaml(name, text, None, report),
        }
    }

    fn take_json(&mut self, name: String, text: &str, wanted: bool, report: &mut Report<'_>) {
        match board::read(text) {
            Ok(Found::Board(board)) => self.boards.push((name, board)),
            Ok(Found::Unread(why)) => report.say(Lint::File, None, "", why.to_owned()),
            Ok(Found::Other) if wanted => {
                report.say(Lint::File, None, "", "a dashboard has panels".to_owned());
            }
            Ok(Found::Other) => {}
            Err(error) => {
                report.say(Lint::File, Some(error.line()), "", format!("no JSON: {error}"));
            }
        }
    }

    fn take_yaml(
        &mut self,
        name: String,
        text: &str,
        kind: Option<AssetKind>,
        report: &mut Report<'_>,
    ) {
        let documents = match rules::documents(text) {
            Ok(documents) => documents,
            Err(error) => {
                let line = error.location().map(|place| place.line());
                report.say(Lint::File, line, "", format!("no YAML: {error}"));
                return;
            }
        };
        let holds_rules = documents.iter().any(rules::are_rules);
        let holds_tests = documents.iter().any(rules::are_tests);
        match kind {
            Some(AssetKind::Rules) if !holds_rules => {
                report.say(Lint::File, None, "", "a rule file has groups of rules".to_owned());
            }
            Some(AssetKind::RuleTests) if !holds_tests => {
                let message = "a file of rule tests has tests with alert_rule_test".to_owned();
                report.say(Lint::File, None, "", message);
            }
            _ if holds_tests => {
                self.tests.push((name, text.to_owned(), rules::read_tests(&documents)));
            }
            _ if holds_rules => {
                let rules = rules::read(&documents, text, report);
                self.rules.push((name, rules));
            }
            _ => {}
        }
    }
}

/// Checks the queries of a page in Markdown: its blocks of `promql`.
fn runbook(text: &str, known: &Known, report: &mut Report<'_>) {
    const START: &str = "```promql\n";
    for (at, _) in text.match_indices(START) {
        let from = at + START.len();
        let block = text[from..].split("```").next().unwrap_or_default();
        let line = Some(text[..from].matches('\n').count() + 1);
        match obs_promql::parse(block) {
            Ok(query) => report.query(&query, line, "", known),
            Err(error) => report.unparsed(line, "", &error),
        }
    }
}
