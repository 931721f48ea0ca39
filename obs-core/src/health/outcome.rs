//! What a check found.

use std::fmt;

use serde::Serialize;

/// How well something works; the greater, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It works.
    Up,
    /// It works, and somebody should look. Requests keep coming.
    Degraded,
    /// It does not work.
    Down,
}

impl Status {
    /// The value of `obs_health_check_up`.
    pub(super) const fn as_gauge(self) -> f64 {
        match self {
            Self::Up => 1.0,
            Self::Degraded => 0.5,
            Self::Down => 0.0,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
        })
    }
}

/// What a check found: a [`Status`], with a message where there is something to say.
///
/// A `Result` is one too: `Ok` is up, and an error is down with its text for a message. Messages
/// are shown to whoever may ask the health endpoints; they are cut at 200 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub(super) status: Status,
    pub(super) message: Option<String>,
}

impl Outcome {
    /// It works.
    #[must_use]
    pub const fn up() -> Self {
        Self { status: Status::Up, message: None }
    }

    /// It works, and somebody should look.
    #[must_use]
    pub fn degraded(message: impl fmt::Display) -> Self {
        Self { status: Status::Degraded, message: Some(bounded(&message)) }
    }

    /// It does not work.
    #[must_use]
    pub fn down(message: impl fmt::Display) -> Self {
        Self { status: Status::Down, message: Some(bounded(&message)) }
    }

    /// How well it works.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// What there is to say, at most 200 characters.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

impl<E: fmt::Display> From<Result<(), E>> for Outcome {
    fn from(result: Result<(), E>) -> Self {
        match result {
            Ok(()) => Self::up(),
            Err(error) => Self::down(error),
        }
    }
}

/// The text of `message`, cut at 200 characters and without ever holding more.
fn bounded(message: &dyn fmt::Display) -> String {
    const CHARACTERS: usize = 200;

    struct Bounded {
        text: String,
        left: usize,
    }
    impl fmt::Write for Bounded {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            for c in part.chars() {
                if self.left == 0 {
                    return Err(fmt::Error);
                }
                self.left -= 1;
                self.text.push(if c.is_control() { ' ' } else { c });
            }
            Ok(())
        }
    }

    let mut bounded = Bounded { text: String::new(), left: CHARACTERS };
    if fmt::write(&mut bounded, format_args!("{message}")).is_err() {
        bounded.text.pop();
        bounded.text.push('…');
    }
    bounded.text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_at_200_characters() {
        for (len, shown, last) in
            [(199, 199, 'é'), (200, 200, 'é'), (201, 200, '…'), (9999, 200, '…')]
        {
            let outcome = Outcome::down("é".repeat(len));
            let message = outcome.message().unwrap();
            assert_eq!(message.chars().count(), shown, "{len}");
            assert_eq!(message.chars().last(), Some(last), "{len}");
        }
    }

    #[test]
    fn a_result_is_up_or_down() {
        assert_eq!(Outcome::from(Ok::<(), &str>(())), Outcome::up());
        assert_eq!(Outcome::from(Err("refused\nby peer")), Outcome::down("refused by peer"));
    }

    #[test]
    fn the_worst_status_is_the_greatest() {
        assert_eq!([Status::Degraded, Status::Up, Status::Down].iter().max(), Some(&Status::Down));
    }
}
