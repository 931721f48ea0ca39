use std::time::Duration;

use serde_json::{Value, json};

/// A scripted answer to a REST request.
///
/// ```
/// use std::time::Duration;
/// use obs_test::discord::Answer;
///
/// Answer::rate_limited(Duration::from_millis(300)); // 429 of the route
/// Answer::rate_limited(Duration::from_millis(300)).global();
/// Answer::error(403);
/// Answer::usual().delay(Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
pub struct Answer {
    pub(super) status: Option<u16>,
    pub(super) body: Body,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) delay: Duration,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    /// What the fake answers without a script.
    Usual,
    Json(Value),
    Text(String),
}

impl Answer {
    fn new(status: Option<u16>, body: Body) -> Self {
        Self { status, body, headers: Vec::new(), delay: Duration::ZERO }
    }

    /// What is answered without a script, to be [delayed](Self::delay) or given other
    /// [headers](Self::header).
    #[must_use]
    pub fn usual() -> Self {
        Self::new(None, Body::Usual)
    }

    /// JSON with a status.
    #[must_use]
    pub fn json(status: u16, body: Value) -> Self {
        Self::new(Some(status), Body::Json(body))
    }

    /// Text with a status: what a proxy between the bot and Discord answers.
    #[must_use]
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::new(Some(status), Body::Text(body.into()))
    }

    /// An error in Discord's form, with the `code` that libraries tell it by.
    #[must_use]
    pub fn error(status: u16) -> Self {
        let (code, message) = match status {
            400 => (50_035, "Invalid Form Body"),
            401 => (0, "401: Unauthorized"),
            403 => (50_013, "Missing Permissions"),
            404 => (0, "404: Not Found"),
            405 => (0, "405: Method Not Allowed"),
            500.. => (0, "Internal Server Error"),
            _ => (0, "error"),
        };
        Self::json(status, json!({ "message": message, "code": code }))
    }

    /// 429 of the route, scope `user`: this bot has sent too much there.
    ///
    /// `Retry-After` has fractions of a second as the body has, where Discord rounds up to whole ones, so
    /// that a test need not wait for a second.
    #[must_use]
    pub fn rate_limited(after: Duration) -> Self {
        let after = after.as_secs_f64();
        let body = json!({
            "message": "You are being rate limited.", "retry_after": after, "global": false,
            "code": 0,
        });
        Self::json(429, body)
            .header("retry-after", after.to_string())
            .header("x-ratelimit-scope", "user")
            .bucket(5, 0, Duration::from_secs_f64(after))
    }

    /// Makes a 429 one of scope `shared`: others have sent too much to the resource. It does not count
    /// towards the limit of invalid requests.
    #[must_use]
    pub fn shared(self) -> Self {
        self.header("x-ratelimit-scope", "shared")
    }

    /// Makes a 429 one of the bot's global limit.
    #[must_use]
    pub fn global(mut self) -> Self {
        if let Body::Json(body) = &mut self.body {
            body["global"] = json!(true);
        }
        // A global 429 says nothing of the route's bucket.
        self.headers.retain(|(name, _)| !name.starts_with("x-ratelimit-"));
        self.header("x-ratelimit-scope", "global").header("x-ratelimit-global", "true")
    }

    /// Says how much of the route's bucket is left: with `remaining` 0 a bot is to wait before it sends
    /// more.
    #[must_use]
    pub fn bucket(self, limit: u32, remaining: u32, reset_after: Duration) -> Self {
        self.header("x-ratelimit-limit", limit.to_string())
            .header("x-ratelimit-remaining", remaining.to_string())
            .header("x-ratelimit-reset-after", reset_after.as_secs_f64().to_string())
    }

    /// Sets a header; its name is in small letters.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Answers later. What is asked is recorded at once.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(super) fn status_or(&self, usual: u16) -> u16 {
        self.status.unwrap_or(usual)
    }

    /// Whether the answer is about the bot's global limit, not the route's bucket.
    pub(super) fn is_global(&self) -> bool {
        self.headers.iter().any(|(name, _)| *name == "x-ratelimit-global")
    }
}
