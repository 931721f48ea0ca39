//! Whose limit a response with status 429 speaks of, and what else a response shows of itself.

use std::fmt::{self, Write};

/// Most of a response's `Debug` that is read.
const EXCERPT: usize = 8 * 1024;

/// Whose rate limit was hit: `X-RateLimit-Scope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The bot's own limit on the route.
    User,
    /// The limit of a resource that others use as well. Not the bot's fault: Discord does not count
    /// it towards the ban.
    Shared,
    /// The bot's limit on all routes.
    Global,
    /// Nobody saw the response's headers.
    Unknown,
}

impl Scope {
    pub(super) const ALL: [Self; 4] = [Self::User, Self::Shared, Self::Global, Self::Unknown];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Shared => "shared",
            Self::Global => "global",
            Self::Unknown => "unknown",
        }
    }

    /// The scope that the headers in a response's `Debug` tell.
    fn of(headers: &str) -> Self {
        let scope = between(headers, "\"x-ratelimit-scope\": \"", "\"");
        match scope {
            Some("user") => Self::User,
            Some("shared") => Self::Shared,
            Some("global") => Self::Global,
            _ if headers.contains("\"x-ratelimit-global\": ") => Self::Global,
            _ => Self::Unknown,
        }
    }
}

/// What is read of a response that serenity's spans show. Its URL has tokens: it is dropped as soon
/// as the route is known.
pub(super) struct Shown {
    text: String,
}

impl Shown {
    /// Reads `Response { url: "…", status: 200, headers: {…} }`, as reqwest shows a response.
    pub(super) fn read(response: &dyn fmt::Debug) -> Self {
        let mut excerpt = Excerpt(String::new());
        // An excerpt that is full ends the formatting with an error.
        let _ = write!(excerpt, "{response:?}");
        Self { text: excerpt.0 }
    }

    pub(super) fn url(&self) -> Option<&str> {
        between(&self.text, "url: \"", "\"")
    }

    pub(super) fn status(&self) -> Option<u16> {
        between(self.after_url(), "status: ", ",")?.parse().ok()
    }

    pub(super) fn scope(&self) -> Scope {
        Scope::of(self.after_url())
    }

    /// What stands after the URL, of which the bot's user may have written a part.
    fn after_url(&self) -> &str {
        self.text.split_once("\", status: ").map_or("", |(url, _)| &self.text[url.len() + 3..])
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

struct Excerpt(String);

impl Write for Excerpt {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if self.0.len() + part.len() > EXCERPT {
            return Err(fmt::Error);
        }
        self.0.push_str(part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Text(String);

    impl fmt::Debug for Text {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    fn shown(headers: &str) -> Shown {
        let url = "https://discord.com/api/v10/channels/1/messages";
        let text = format!("Response {{ url: \"{url}\", status: 429, headers: {{{headers}}} }}");
        Shown::read(&Text(text))
    }

    #[test]
    fn headers_tell_the_scope() {
        // (headers, scope)
        let table = [
            (r#""x-ratelimit-scope": "user""#, Scope::User),
            (r#""x-ratelimit-scope": "shared", "retry-after": "1""#, Scope::Shared),
            (r#""x-ratelimit-scope": "global", "x-ratelimit-global": "true""#, Scope::Global),
            (r#""x-ratelimit-global": "true""#, Scope::Global),
            (r#""retry-after": "1""#, Scope::Unknown),
            (r#""x-ratelimit-scope": "galactic""#, Scope::Unknown),
            (r#""x-ratelimit-scope": Sensitive"#, Scope::Unknown),
            ("", Scope::Unknown),
        ];
        for (headers, want) in table {
            assert_eq!(shown(headers).scope(), want, "{headers}");
        }
    }

    #[test]
    fn a_url_is_no_header() {
        let url = r#"https://discord.com/%22x-ratelimit-scope%22: shared status: 200,"#;
        let text = format!(r#"Response {{ url: "{url}", status: 403, headers: {{}} }}"#);
        let shown = Shown::read(&Text(text));
        assert_eq!(shown.status(), Some(403));
        assert_eq!(shown.scope(), Scope::Unknown);
        assert_eq!(shown.url(), Some(url));
    }

    #[test]
    fn what_is_no_response_shows_nothing() {
        for text in ["", "Response", "Response { url: \"", "status: 200,"] {
            let shown = Shown::read(&Text(text.to_owned()));
            assert_eq!((shown.status(), shown.scope()), (None, Scope::Unknown), "{text}");
        }
        let long = Shown::read(&vec!["x".repeat(100); 1000]);
        assert!(long.text.len() <= EXCERPT);
    }
}
