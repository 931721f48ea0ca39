//! Events that no filter silences: a change of the filter is known in the log whatever it is.

use tracing::field::Value;
use tracing::{Event, Level, Metadata};
use tracing_core::callsite::DefaultCallsite;
use tracing_core::{Kind, metadata};

/// The target of what the log says about itself.
pub(crate) const TARGET: &str = "obs_core::log";

static INFO_SITE: DefaultCallsite = DefaultCallsite::new(&INFO);
static INFO: Metadata<'static> = metadata! {
    name: "log filter",
    target: TARGET,
    level: Level::INFO,
    fields: &["message", "from", "to", "until"],
    callsite: &INFO_SITE,
    kind: Kind::EVENT,
};

static WARN_SITE: DefaultCallsite = DefaultCallsite::new(&WARN);
static WARN: Metadata<'static> = metadata! {
    name: "log filter",
    target: TARGET,
    level: Level::WARN,
    fields: &["message", "from", "to", "until"],
    callsite: &WARN_SITE,
    kind: Kind::EVENT,
};

/// A filter took the place of another.
pub(super) struct Change<'a> {
    pub(super) message: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) until: Option<&'a str>,
}

impl Change<'_> {
    /// At level `WARN` if the log is `dark` from here on, else at `INFO`.
    pub(super) fn tell(&self, dark: bool) {
        let values: [(&str, Option<&dyn Value>); 4] = [
            ("message", Some(&self.message)),
            ("from", Some(&self.from)),
            ("to", Some(&self.to)),
            ("until", self.until.as_ref().map(|until| until as &dyn Value)),
        ];
        let (site, metadata) = if dark { (&WARN_SITE, &WARN) } else { (&INFO_SITE, &INFO) };
        dispatch(site, metadata, values);
    }
}

/// A warning about the filter.
pub(super) fn warn(message: &str) {
    let values: [(&str, Option<&dyn Value>); 4] =
        [("message", Some(&message)), ("from", None), ("to", None), ("until", None)];
    dispatch(&WARN_SITE, &WARN, values);
}

/// Goes by the macros, which ask the filter; a dispatched event is asked nothing more.
fn dispatch(
    site: &'static DefaultCallsite,
    metadata: &'static Metadata<'static>,
    values: [(&str, Option<&dyn Value>); 4],
) {
    // Layers expect to have seen the callsite.
    let _ = site.interest();
    let fields = metadata.fields();
    let values = values.map(|(name, value)| fields.field(name).map(|field| (field, value)));
    let [Some(message), Some(from), Some(to), Some(until)] = values else { return };
    let values = [(&message.0, message.1), (&from.0, from.1), (&to.0, to.1), (&until.0, until.1)];
    Event::dispatch(metadata, &fields.value_set(&values));
}
