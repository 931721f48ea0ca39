//! What happened: the part of a record that the application says.

use std::net::IpAddr;
use std::time::SystemTime;

use serde::Serialize;
use serde_json::Value;

/// Something that somebody did, to be recorded.
///
/// The words are those of the Elastic Common Schema. Only the action is required; everything that is
/// said is written whole, whatever the settings of the log.
///
/// ```
/// use obs_core::audit::{Category, Event, Outcome};
///
/// let event = Event::new("order-refunded")
///     .outcome(Outcome::Success)
///     .category(Category::Web)
///     .actor("u-17")
///     .target("order", "o-4711")
///     .field("amount", 12.5)
///     .field("reason", "arrived broken");
/// # let _ = event;
/// ```
#[derive(Clone, Debug)]
#[must_use = "an event is recorded by `AuditLog::record`"]
pub struct Event {
    pub(crate) action: String,
    pub(crate) outcome: Outcome,
    pub(crate) category: Option<Category>,
    pub(crate) message: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) actor: Option<String>,
    pub(crate) target_user: Option<String>,
    pub(crate) client_ip: Option<IpAddr>,
    pub(crate) at: Option<SystemTime>,
    pub(crate) fields: Vec<(String, Value)>,
}

impl Event {
    /// An event with this `event.action`, a name such as `order-refunded` that never holds data.
    pub fn new(action: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            outcome: Outcome::Unknown,
            category: None,
            message: None,
            reason: None,
            actor: None,
            target_user: None,
            client_ip: None,
            at: None,
            fields: Vec::new(),
        }
    }

    /// How it ended, `event.outcome`; [`Outcome::Unknown`] if nothing is said.
    pub const fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// What kind of event it is, `event.category`.
    pub const fn category(mut self, category: Category) -> Self {
        self.category = Some(category);
        self
    }

    /// A sentence for people, `message`; the action if nothing is said.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Why it ended as it did, `event.reason`.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Who did it, `user.id`.
    pub fn actor(mut self, id: impl Into<String>) -> Self {
        self.actor = Some(id.into());
        self
    }

    /// To what it was done, as `labels.target_type` and `labels.target_id`.
    ///
    /// The schema has no field for a target of any type; for a user there is
    /// [`target_user`](Self::target_user).
    pub fn target(self, kind: impl Into<String>, id: impl Into<String>) -> Self {
        let (kind, id) = (kind.into(), id.into());
        self.field("target_type", kind).field("target_id", id)
    }

    /// To which user it was done, `user.target.id`.
    pub fn target_user(mut self, id: impl Into<String>) -> Self {
        self.target_user = Some(id.into());
        self
    }

    /// Where the request came from, `client.ip`.
    pub const fn client_ip(mut self, ip: IpAddr) -> Self {
        self.client_ip = Some(ip);
        self
    }

    /// When it happened, `@timestamp`; the moment of recording if nothing is said.
    pub const fn at(mut self, time: SystemTime) -> Self {
        self.at = Some(time);
        self
    }

    /// A field of one's own: a number becomes `numeric_labels.<name>`, anything else
    /// `labels.<name>`, a string.
    ///
    /// Dots in the name become `_`; a name that is taken gets a number after it. A structure is
    /// written as JSON text. What has no value in JSON, such as NaN or `None`, is the text `null`, and
    /// what cannot be serialised is the reason why.
    pub fn field(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value)
            .unwrap_or_else(|error| Value::String(format!("not serialisable: {error}")));
        self.fields.push((name.into(), value));
        self
    }
}

/// How an action ended, `event.outcome`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused, or went wrong.
    Failure,
    /// Not known, or not a question.
    #[default]
    Unknown,
}

impl Outcome {
    /// The schema's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Unknown => "unknown",
        }
    }
}

macro_rules! categories {
    ($($(#[$doc:meta])* $Name:ident = $text:literal,)*) => {
        /// What kind of event it is: the values that the Elastic Common Schema allows in
        /// `event.category` and that a service has a use for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Category {
            $($(#[$doc])* $Name,)*
        }

        impl Category {
            /// The schema's word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Name => $text,)*
                }
            }
        }
    };
}

categories! {
    /// A call of a programming interface.
    Api = "api",
    /// Logging in and out, passwords, second factors.
    Authentication = "authentication",
    /// A setting was changed.
    Configuration = "configuration",
    /// Data was read or changed.
    Database = "database",
    /// A message was sent or received.
    Email = "email",
    /// A file was read or changed.
    File = "file",
    /// Users, groups and what they may do.
    Iam = "iam",
    /// A package was installed or removed.
    Package = "package",
    /// A process was started or ended.
    Process = "process",
    /// A session was opened or closed.
    Session = "session",
    /// A request of the web.
    Web = "web",
}
