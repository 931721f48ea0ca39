//! What the log says of a command that did not go well.

use std::error::Error;
use std::fmt::{self, Write as _};

/// As many causes as are told: errors that cause each other in a circle have no end.
const MAX_CAUSES: usize = 16;

/// Why a command did not go well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What the error says.
    pub(crate) message: Option<String>,
    /// The error and its causes, a line each; `None` without causes.
    pub(crate) chain: Option<String>,
    /// Whether the bot has a part in what is otherwise a user's mistake.
    pub(crate) ours: bool,
}

impl Failure {
    /// An error and its causes.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut failure = Self::saying(error);
        let Some(cause) = error.source() else { return failure };
        let mut chain = failure.message.clone().unwrap_or_default();
        let causes = std::iter::successors(Some(cause), |error| (*error).source());
        for cause in causes.take(MAX_CAUSES) {
            chain.push_str("\ncaused by: ");
            chain.push_str(&masked(&cause.to_string()));
        }
        failure.chain = Some(chain);
        failure
    }

    /// An error of which no more is known than what it says.
    pub(crate) fn saying(text: impl fmt::Display) -> Self {
        let mut message = String::new();
        // A type that fails to describe itself has said what it has said.
        let _ = write!(message, "{text:#}");
        Self { message: Some(masked(&message)), ..Self::default() }
    }

    #[cfg(feature = "poise")]
    pub(crate) fn ours(self) -> Self {
        Self { ours: true, ..self }
    }
}

/// `text` with the ids and tokens of Discord's addresses taken out: reqwest names the address it failed
/// on, and that of an interaction's answer holds its token.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| c.is_whitespace() || "()<>\"'`,".contains(c)) {
        if ["/api/", "/interactions/", "/webhooks/"].iter().any(|part| word.contains(part)) {
            mask_path(word, &mut out);
        } else {
            out.push_str(word);
        }
    }
    out
}

fn mask_path(address: &str, out: &mut String) {
    let end =
        address.trim_end_matches(|c: char| c.is_whitespace() || "()<>\"'`,".contains(c)).len();
    let (path, tail) = address.split_at(end);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    // How many segments since `webhooks` or `interactions`: the second is the token.
    let mut since = None;
    for (i, segment) in path.split('/').enumerate() {
        if i > 0 {
            out.push('/');
        }
        let id = segment.len() > 4 && segment.bytes().all(|b| b.is_ascii_digit());
        out.push_str(match since {
            Some(2) => "{token}",
            _ if id => "{id}",
            _ => segment,
        });
        since = if matches!(segment, "webhooks" | "interactions") {
            Some(1)
        } else {
            since.filter(|&n| n < 2).map(|n| n + 1)
        };
    }
    out.push_str(tail);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Step(&'static str, Option<Box<Self>>);

    impl fmt::Display for Step {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Step {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|step| step as _)
        }
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        let error =
            Step("no reply", Some(Box::new(Step("no route", Some(Box::new(Step("dns", None)))))));
        let failure = Failure::of(&error);
        assert_eq!(failure.message.as_deref(), Some("no reply"));
        assert_eq!(failure.chain.as_deref(), Some("no reply\ncaused by: no route\ncaused by: dns"));
        assert_eq!(Failure::of(&Step("alone", None)).chain, None);
    }

    #[test]
    fn causes_in_a_circle_come_to_an_end() {
        #[derive(Debug)]
        struct Circle;
        impl fmt::Display for Circle {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("again")
            }
        }
        impl Error for Circle {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }
        let chain = Failure::of(&Circle).chain.unwrap();
        assert_eq!(chain.lines().count(), 1 + MAX_CAUSES);
    }

    #[test]
    fn addresses_lose_their_ids_and_tokens_and_other_text_stays() {
        // (said, told)
        let table = [
            (
                "error sending request for url (https://discord.com/api/v10/interactions/1159482731847061504/aW50ZXJhY3Rpb24/callback)",
                "error sending request for url (https://discord.com/api/v10/interactions/{id}/{token}/callback)",
            ),
            (
                "https://discord.com/api/v10/webhooks/1159482731847061504/aBc-D_e/messages/@original?wait=true failed",
                "https://discord.com/api/v10/webhooks/{id}/{token}/messages/@original failed",
            ),
            (
                "<https://discord.com/api/v10/channels/620000000000000008/messages>",
                "<https://discord.com/api/v10/channels/{id}/messages>",
            ),
            ("/interactions/1159482731847061504/123456789", "/interactions/{id}/{token}"),
            ("no order 42, ask \"sales/eu\"", "no order 42, ask \"sales/eu\""),
            ("", ""),
        ];
        for (said, told) in table {
            assert_eq!(masked(said), told);
        }
    }
}
