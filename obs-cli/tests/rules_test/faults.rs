//! Changes to sound files, and whether the tests still pass.

/// Which file is changed.
#[derive(Clone, Copy)]
pub(crate) enum In {
    Rules,
    Tests,
}

/// A change.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) place: In,
    /// The first of these is replaced.
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    /// Whether the tests pass all the same.
    pub(crate) passes: bool,
    /// What is told where they do not.
    pub(crate) told: &'static str,
}

impl Fault {
    pub(crate) fn status(&self) -> i32 {
        i32::from(!self.passes)
    }
}

const fn fails(
    place: In,
    name: &'static str,
    from: &'static str,
    to: &'static str,
    told: &'static str,
) -> Fault {
    Fault { name, place, from, to, passes: false, told }
}

const fn passes(place: In, name: &'static str, from: &'static str, to: &'static str) -> Fault {
    Fault { name, place, from, to, passes: true, told: "" }
}

const SEVERITY: &str = "severity: critical\n              team: web";
const NOT_YET: &str = "- eval_time: 5m\n        alertname: ErrorsHigh";

pub(crate) const FAULTS: &[Fault] = &[
    fails(
        In::Tests,
        "wrong value of a label",
        "severity: critical",
        "severity: warning",
        "shop.test.yml:20:9: test \"half fail\": alert ErrorsHigh at 6m: 1 expected, 1 fires\n  \
         differs     {alertname=\"ErrorsHigh\", job=\"shop\", severity=\"critical\", team=\"web\"}\n    \
         label severity: want \"warning\", got \"critical\"\n",
    ),
    fails(
        In::Tests,
        "missing label",
        SEVERITY,
        "team: web",
        "label severity: want none, got \"critical\"",
    ),
    fails(
        In::Tests,
        "label too many",
        SEVERITY,
        "severity: critical\n              team: web\n              zone: a",
        "label zone: want \"a\", got none",
    ),
    fails(
        In::Tests,
        "empty label",
        SEVERITY,
        "severity: critical\n              team: web\n              zone: \"\"",
        "label zone: want \"\", got none",
    ),
    fails(
        In::Tests,
        "wrong annotation",
        "summary: shop fails",
        "summary: shop",
        "annotation summary",
    ),
    fails(
        In::Tests,
        "wrong value in an annotation",
        "value: \"0.5\"",
        "value: \"0.6\"",
        "got \"0.5\"",
    ),
    fails(
        In::Tests,
        "missing annotation",
        "              summary: shop fails\n",
        "",
        "annotation summary: want none, got \"shop fails\"",
    ),
    fails(
        In::Tests,
        "missing empty annotation",
        "              empty: \"\"\n",
        "",
        "annotation empty: want none, got \"\"",
    ),
    fails(
        In::Tests,
        "time before the alert fires",
        "- eval_time: 6m\n        alertname: ErrorsHigh",
        "- eval_time: 4m\n        alertname: ErrorsHigh",
        "pending     {alertname=\"ErrorsHigh\", job=\"shop\", severity=\"critical\", team=\"web\"}: its `for` is 5m",
    ),
    fails(
        In::Tests,
        "alert that is not expected",
        NOT_YET,
        "- eval_time: 7m\n        alertname: ErrorsHigh",
        "unexpected  {alertname=\"ErrorsHigh\"",
    ),
    fails(
        In::Tests,
        "alert that does not fire",
        "alertname: Down\n        exp_alerts: []",
        "alertname: Down\n        exp_alerts: [{exp_labels: {job: shop}}]",
        "alert Down at 6m: 1 expected, 0 fire\n  missing     {alertname=\"Down\", job=\"shop\"}",
    ),
    fails(
        In::Tests,
        "alert expected twice",
        "        exp_alerts:\n          - exp_labels: {job: bank, team: web}",
        "        exp_alerts:\n          - exp_labels: {job: bank, team: web}\n          - exp_labels: {job: bank, team: web}",
        "2 expected, 1 fires",
    ),
    fails(
        In::Tests,
        "misspelt alert",
        "- eval_time: 22m\n        alertname: Absent",
        "- eval_time: 22m\n        alertname: Absnet",
        "no rule makes an alert of the name Absnet",
    ),
    fails(
        In::Tests,
        "alert without a name",
        "        alertname: Absent\n",
        "",
        "misses required attribute alertname",
    ),
    fails(
        In::Tests,
        "one evaluation too early for keep_firing_for",
        "- eval_time: 9m\n        alertname: Down",
        "- eval_time: 8m\n        alertname: Down",
        "alert Down at 8m: 0 expected, 1 fires",
    ),
    fails(
        In::Tests,
        "too late for keep_firing_for",
        "- eval_time: 8m\n        alertname: Down\n",
        "- eval_time: 9m\n        alertname: Down\n",
        "resolved    {alertname=\"Down\"",
    ),
    fails(
        In::Tests,
        "wrong value of an expression",
        "source=\"recorded\"}\n            value: 1",
        "source=\"recorded\"}\n            value: 2",
        "want  job:requests:rate5m{job=\"shop\", source=\"recorded\"} 2\n  \
         got   job:requests:rate5m{job=\"shop\", source=\"recorded\"} 1\n",
    ),
    fails(
        In::Tests,
        "nearly the value of an expression",
        "source=\"recorded\"}\n            value: 1",
        "source=\"recorded\"}\n            value: 1.0000001",
        "1.0000001",
    ),
    fails(
        In::Tests,
        "wrong label of an expression",
        "source=\"recorded\"",
        "source=\"read\"",
        "got   job:requests:rate5m{job=\"shop\", source=\"recorded\"} 1",
    ),
    fails(
        In::Tests,
        "sample that is missing",
        "          - labels: up{job=\"bank\", instance=\"b\"}\n            value: 1\n",
        "",
        "got   up{instance=\"b\", job=\"bank\"} 1",
    ),
    fails(
        In::Tests,
        "sample that does not come",
        "exp_samples: []",
        "exp_samples: [{labels: latency, value: 1}]",
        "1 sample expected, 0 came",
    ),
    fails(In::Tests, "NaN, which is not itself", "value: 90", "value: .nan", "NaN"),
    fails(In::Tests, "number in quotes", "value: 90", "value: \"90\"", "a number without quotes"),
    fails(
        In::Tests,
        "other histogram",
        "not_reset buckets:[1 2 1]",
        "not_reset buckets:[1 3 1]",
        "buckets:[0=1 1=3 2=1]",
    ),
    fails(
        In::Tests,
        "other hint",
        "counter_reset_hint:not_reset ",
        "",
        "counter_reset_hint:not_reset",
    ),
    fails(In::Tests, "float for a histogram", "histogram: \"{{", "value: 5 #", "latency 5"),
    fails(In::Tests, "query that does not parse", "expr: time()", "expr: time(", "parse error"),
    fails(
        In::Tests,
        "query that cannot be evaluated",
        "expr: time()",
        "expr: vector(1) + on () (vector(1) or label_replace(vector(2), \"a\", \"b\", \"\", \"\"))",
        "found duplicate series",
    ),
    fails(In::Tests, "query of a range", "expr: time()", "expr: up[5m]", "not a vector or scalar"),
    fails(In::Tests, "labels that do not parse", "labels: \"{}\"", "labels: \"{\"", "labels"),
    fails(
        In::Tests,
        "values that do not parse",
        "values: 0+30x20",
        "values: 0+30x",
        "shop.test.yml:11:9:",
    ),
    fails(
        In::Tests,
        "series that does not parse",
        "up{job=\"shop\"",
        "up{job=shop",
        "the series cannot be read",
    ),
    fails(
        In::Tests,
        "series after a line that is blank",
        "values: 0+30x20",
        "values: |\n          0+30x20\n",
        "1 expected, 0 fire",
    ),
    fails(
        In::Tests,
        "unknown field",
        "evaluation_interval",
        "eval_interval",
        "field eval_interval not found",
    ),
    fails(
        In::Tests,
        "field twice",
        "    interval: 1m\n",
        "    interval: 1m\n    interval: 1m\n",
        "already",
    ),
    fails(
        In::Tests,
        "wrong duration",
        "eval_time: 90s",
        "eval_time: 1.5m",
        "not a valid duration string",
    ),
    fails(
        In::Tests,
        "group ordered twice",
        "  - alerts\n",
        "  - alerts\n  - alerts\n",
        "group name repeated in evaluation order: alerts",
    ),
    fails(
        In::Tests,
        "rules that are not found",
        "- shop.rules.yml",
        "- shops.rules.yml",
        "no file match pattern",
    ),
    fails(
        In::Tests,
        "groups in the wrong order",
        "  - recording\n  - alerts",
        "  - alerts\n  - recording",
        "ErrorsHigh at 6m",
    ),
    fails(
        In::Tests,
        "other interval of the series",
        "interval: 1m\n    input",
        "interval: 5m\n    input",
        "want",
    ),
    fails(
        In::Tests,
        "series that a rule records too",
        "series: errors_total{job=\"shop\", instance=\"a\"}",
        "series: job:errors:rate5m{job=\"shop\"}",
        "want",
    ),
    fails(In::Tests, "not a list", "exp_samples: []", "exp_samples: none", "must be a list"),
    fails(In::Rules, "longer for", "for: 5m", "for: 6m", "its `for` is 6m"),
    fails(In::Rules, "other threshold", "> 0.05", "> 0.5", "missing"),
    fails(In::Rules, "no keep_firing_for", "        keep_firing_for: 3m\n", "", "missing"),
    fails(
        In::Rules,
        "longer keep_firing_for",
        "keep_firing_for: 3m",
        "keep_firing_for: 4m",
        "unexpected",
    ),
    fails(In::Rules, "misspelt field", "for: 5m", "fro: 5m", "shop.rules.yml:18:9"),
    fails(
        In::Rules,
        "expression that does not parse",
        "up == 0",
        "up = 0",
        "could not parse expression",
    ),
    fails(
        In::Rules,
        "rule that fails",
        "expr: absent(up{job=\"bank\"})",
        "expr: up * on () up",
        "rule \"Absent\" fails at 0s",
    ),
    fails(In::Rules, "alerts that are the same", "expr: up == 0", "expr: up", "unexpected"),
    fails(
        In::Rules,
        "alerts made the same",
        "severity: page\n",
        "severity: page\n          instance: one\n          job: one\n",
        "label instance",
    ),
    fails(
        In::Rules,
        "limit",
        "  - name: alerts\n",
        "  - name: alerts\n    limit: 1\n    query_offset: 1m\n",
        "missing",
    ),
    fails(
        In::Rules,
        "offset",
        "  - name: alerts\n",
        "  - name: alerts\n    query_offset: 1m\n",
        "missing",
    ),
    fails(
        In::Rules,
        "other template",
        "{{ $labels.instance }} is down",
        "{{ $labels.job }} is down",
        "got \"shop is down\"",
    ),
    passes(
        In::Tests,
        "name of a group that is not there",
        "  - alerts\n",
        "  - alerts\n  - others\n",
    ),
    passes(
        In::Tests,
        "time between evaluations",
        "eval_time: 6m\n        alertname: ErrorsHigh",
        "eval_time: 6m59s\n        alertname: ErrorsHigh",
    ),
    passes(
        In::Tests,
        "quiet alert that is misspelt",
        NOT_YET,
        "- eval_time: 7m\n        alertname: ErrorHigh",
    ),
    passes(
        In::Tests,
        "what is equal, compared fuzzily",
        "tests:\n",
        "fuzzy_compare: true\ntests:\n",
    ),
    passes(
        In::Tests,
        "name of the alert among its labels",
        SEVERITY,
        "severity: critical\n              team: web\n              alertname: other",
    ),
    passes(In::Tests, "number in another form", "value: 90", "value: 9_0.0"),
    passes(
        In::Rules,
        "annotation of an alert that is not looked at",
        "expr: absent(up{job=\"bank\"})",
        "expr: absent(up{job=\"bank\"}) == 1",
    ),
    passes(
        In::Rules,
        "limit that is not reached",
        "  - name: alerts\n",
        "  - name: alerts\n    limit: 2\n",
    ),
];
