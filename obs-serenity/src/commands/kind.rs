//! What was invoked, and by whom it may be answered.

use serenity::model::application::{CommandType, Interaction};

/// How a command was invoked: the `kind` of its metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A slash command.
    Slash,
    /// A command of a user's context menu.
    User,
    /// A command of a message's context menu.
    Message,
    /// A command in the text of a message.
    Prefix,
    /// Suggestions for an option of a slash command.
    Autocomplete,
    /// A button or select menu.
    Component,
    /// A form that was sent.
    Modal,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Slash,
        Self::User,
        Self::Message,
        Self::Prefix,
        Self::Autocomplete,
        Self::Component,
        Self::Modal,
    ];

    /// What an interaction invokes. `None` for a ping, which no gateway sends.
    #[must_use]
    pub const fn of(interaction: &Interaction) -> Option<Self> {
        Some(match interaction {
            Interaction::Command(command) => match command.data.kind {
                CommandType::User => Self::User,
                CommandType::Message => Self::Message,
                _ => Self::Slash,
            },
            Interaction::Autocomplete(_) => Self::Autocomplete,
            Interaction::Component(_) => Self::Component,
            Interaction::Modal(_) => Self::Modal,
            _ => return None,
        })
    }

    /// The label value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slash => "slash",
            Self::User => "user",
            Self::Message => "message",
            Self::Prefix => "prefix",
            Self::Autocomplete => "autocomplete",
            Self::Component => "component",
            Self::Modal => "modal",
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// Which part of the bot an event went to.
///
/// serenity hands each event to the event handlers and to the framework, each in a task of its own. An
/// interaction is counted by the one that answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An `EventHandler`.
    Handler,
    /// A `Framework`.
    Framework,
}

/// The parts of a bot that are observed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) handler: bool,
    pub(crate) framework: bool,
    /// Whether the framework tells of its commands, as an instrumented poise does.
    pub(crate) hooked: bool,
}

impl Parts {
    /// The part that answers invocations of this kind.
    ///
    /// Buttons and forms are a handler's, where there is one: frameworks leave them alone. Commands
    /// are a framework's that tells of them: `StandardFramework` knows no interactions, so that those
    /// beside it are the handler's.
    pub(crate) const fn answering(self, kind: Kind) -> Source {
        let by_framework = match kind {
            Kind::Component | Kind::Modal => !self.handler,
            _ => self.hooked || !self.handler,
        };
        if self.framework && by_framework { Source::Framework } else { Source::Handler }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_the_place_among_all() {
        for (i, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind.index(), i, "{kind:?}");
        }
    }

    #[test]
    fn one_part_answers() {
        use Source::{Framework, Handler};
        // (handler, framework, hooked, who answers a command, a button)
        let table = [
            (true, false, false, Handler, Handler),
            (false, true, false, Framework, Framework),
            (false, true, true, Framework, Framework),
            (true, true, false, Handler, Handler),
            (true, true, true, Framework, Handler),
            // Another bot of this process has poise.
            (true, false, true, Handler, Handler),
        ];
        for (handler, framework, hooked, command, button) in table {
            let parts = Parts { handler, framework, hooked };
            assert_eq!(parts.answering(Kind::Slash), command, "{parts:?}");
            assert_eq!(parts.answering(Kind::Autocomplete), command, "{parts:?}");
            assert_eq!(parts.answering(Kind::Component), button, "{parts:?}");
        }
    }
}
