//! What a service says about redaction.

/// What the log hides.
///
/// On by default, in two ways. Both write `[redacted]` in place of the secret, and
/// `obs_log_redactions_total{kind}` counts them.
///
/// **By name** (`kind="key"`): the whole value of a field whose name says that it is a secret. A
/// name is read as words, which end at `_`, `-`, `.`, a space, a digit or a capital: `api_key`,
/// `apiKey`, `API-KEY` and `apikey` are one name. Hidden are names with one of these in them:
/// `password` (`passwd`, `pwd`, `passphrase`, `passcode`), `secret`, `credential`, `authorization`,
/// `cookie`, `api_key`, `access_key`, `private_key` and other keys that sign or encrypt,
/// `session_id`, `credit_card`, `card_number`, `cvv`, `cvc`, `ssn`, `otp`, `dsn`,
/// `connection_string`, `webhook_url`, `routing_key`; and names that end in `token`, `jwt`, `auth`
/// or `csrf`, such as `access_token`. So `author`, `secretary`, `tokens_used`, `token_id` and
/// `max_tokens` are shown, and so is a name whose last word describes or measures, as in
/// `token_count`, `password_length`, `cookie_name`, `secret_version` and `token_expires_at`.
///
/// **By look** (`kind="value"`): within any text, messages and errors too, what looks like a
/// secret: `Bearer` and `Basic` credentials of 16 characters or more, JSON web tokens, tokens of
/// Discord (bots, interactions, webhook addresses), GitHub, GitLab, Slack, AWS, Stripe, Google,
/// OpenAI, Anthropic, npm and others that mark theirs, PEM private keys, the password in
/// `scheme://user:password@host`, signatures in query strings, card numbers (by issuer, length and
/// check digit), and the value in `name=value`, `name: value` and `"name":"value"` where the name
/// is hidden by the rule above, as in the `Debug` output of a struct.
///
/// It is a net, not a wall: a password that stands in a sentence looks like any other word. Wrap
/// what must not be shown in a [`Secret`](crate::Secret).
///
/// ```
/// use obs_core::log::Redaction;
///
/// let redaction = Redaction::new().key("iban").key("http.request.headers.*").allow("page_token");
/// let obs = obs_core::builder("shop").log_redaction(redaction).env(&[]).build()?;
/// # Ok::<_, obs_core::InitError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "give it to `log_redaction`"]
pub struct Redaction {
    pub(crate) keys: Vec<String>,
    pub(crate) allowed: Vec<String>,
    /// What [`Self::without_keys`] and the like say; else the environment decides.
    pub(crate) mode: Option<Mode>,
}

/// Which of the two ways are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) keys: bool,
    pub(crate) values: bool,
}

impl Default for Mode {
    fn default() -> Self {
        Self { keys: true, values: true }
    }
}

impl Redaction {
    /// Everything on, with the names and looks above.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hides names that have these words next to each other, in any spelling: `user.ssn` hides
    /// `user.ssn`, `userSsn` and `new_user_ssn`, and also `user_ssn_count`.
    ///
    /// With a `*`, which stands for any words or none, it is the whole name that is compared:
    /// `*.pin` hides `card.pin` and `pin`, `http.request.headers.*` hides every header. The name
    /// of a value inside a structure is its path. Adds to the names of `OBS_LOG_REDACT_KEYS`.
    pub fn key(mut self, name: impl Into<String>) -> Self {
        self.keys.push(name.into());
        self
    }

    /// Shows names that end in these words, whatever else hides them. A `*` means what it does for
    /// [`key`](Self::key). Does not show what is hidden by its look.
    pub fn allow(mut self, name: impl Into<String>) -> Self {
        self.allowed.push(name.into());
        self
    }

    /// Hides nothing for its name. Wins over `OBS_LOG_REDACT`.
    pub fn without_keys(mut self) -> Self {
        self.mode = Some(Mode { keys: false, ..self.mode.unwrap_or_default() });
        self
    }

    /// Hides nothing for its look. Wins over `OBS_LOG_REDACT`.
    pub fn without_values(mut self) -> Self {
        self.mode = Some(Mode { values: false, ..self.mode.unwrap_or_default() });
        self
    }
}

/// What was expected of a name.
pub(crate) const A_NAME: &str = "a name with a letter or digit in it, or `*`";

/// Whether this names anything.
pub(crate) fn is_name(text: &str) -> bool {
    text.contains('*') || text.chars().any(char::is_alphanumeric)
}

pub(crate) fn parse_mode(text: &str) -> Result<Mode, &'static str> {
    match text {
        "on" => Ok(Mode::default()),
        "keys" => Ok(Mode { keys: true, values: false }),
        "off" => Ok(Mode { keys: false, values: false }),
        _ => Err("`on`, `keys` or `off`"),
    }
}

pub(crate) fn parse_names(text: &str) -> Result<Vec<String>, &'static str> {
    let names: Vec<String> =
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.iter().all(|name| is_name(name)) {
        Ok(names)
    } else {
        Err("names such as `iban,user.pin,http.request.headers.*`")
    }
}
