//! Which filter is in force, and until when.

use std::time::{Instant, SystemTime};

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::log::clock::{LEN, Stamp};

/// The filters of a process. Pure: the time is an argument, and nothing is applied here.
#[derive(Debug)]
pub(super) struct Levels {
    default: String,
    /// What holds where no time is limited.
    base: String,
    temporary: Option<Temporary>,
}

#[derive(Debug)]
struct Temporary {
    filter: String,
    until: Until,
}

/// One moment on two clocks: the one that only goes forward decides, the other is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Until {
    pub(super) at: Instant,
    pub(super) shown: SystemTime,
}

impl Levels {
    pub(super) fn new(default: String) -> Self {
        Self { base: default.clone(), default, temporary: None }
    }

    pub(super) fn current(&self) -> &str {
        self.temporary.as_ref().map_or(&self.base, |temporary| &temporary.filter)
    }

    pub(super) fn default_filter(&self) -> &str {
        &self.default
    }

    pub(super) fn until(&self) -> Option<Until> {
        self.temporary.as_ref().map(|temporary| temporary.until)
    }

    /// From now on; a time limit is over with it.
    pub(super) fn set(&mut self, filter: String) {
        self.base = filter;
        self.temporary = None;
    }

    /// In place of another time-limited filter, if there is one: never what it goes back to.
    pub(super) fn set_until(&mut self, filter: String, until: Until) {
        self.temporary = Some(Temporary { filter, until });
    }

    /// Ends the time limit if it is over; the filter that it ends, and the one that is back.
    pub(super) fn expire(&mut self, now: Instant) -> Option<(String, &str)> {
        let over = self.temporary.take_if(|temporary| temporary.until.at <= now)?;
        Some((over.filter, &self.base))
    }
}

/// What decides about events at a moment, from
/// [`LevelHandle::state`](super::LevelHandle::state).
///
/// Serialised, it is `{"filter":"debug","until":"2026-11-23T14:05:07Z","default":"info"}`, with
/// `null` for no time limit, and `"warnings":["…"]` where there are some.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LevelState {
    /// The filter in force.
    pub filter: String,
    /// When it ends, if its time is limited.
    pub until: Option<SystemTime>,
    /// The filter of the settings.
    pub default: String,
    /// What may not have been meant by the filter, a sentence each.
    pub warnings: Vec<String>,
}

impl Serialize for LevelState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = if self.warnings.is_empty() { 3 } else { 4 };
        let mut state = serializer.serialize_struct("LevelState", fields)?;
        state.serialize_field("filter", &self.filter)?;
        state.serialize_field("until", &self.until.map(rfc3339))?;
        state.serialize_field("default", &self.default)?;
        if !self.warnings.is_empty() {
            state.serialize_field("warnings", &self.warnings)?;
        }
        state.end()
    }
}

/// `2026-11-23T14:05:07Z`, rounded down.
pub(super) fn rfc3339(time: SystemTime) -> String {
    let mut text = Vec::with_capacity(LEN);
    Stamp::default().write(&mut text, time);
    text.truncate("2026-11-23T14:05:07".len());
    text.push(b'Z');
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    enum Step {
        Set(&'static str),
        SetFor(&'static str, u64),
        Tick,
    }

    /// A timeline: at a second, what happens, and which filter holds after it.
    fn run(steps: &[(u64, Step, &str)]) {
        #[expect(clippy::disallowed_methods, reason = "an origin for the virtual clock")]
        let origin = Instant::now();
        let at = |seconds| origin + Duration::from_secs(seconds);
        let mut levels = Levels::new("info".to_owned());
        for (second, step, want) in steps {
            let until = |length: &u64| Until {
                at: at(second + length),
                shown: SystemTime::UNIX_EPOCH + Duration::from_secs(second + length),
            };
            let back = levels.expire(at(*second)).is_some();
            match step {
                Step::Set(filter) => levels.set((*filter).to_owned()),
                Step::SetFor(filter, length) => {
                    levels.set_until((*filter).to_owned(), until(length));
                }
                Step::Tick => {}
            }
            assert_eq!(levels.current(), *want, "at {second}s, went back: {back}");
        }
    }

    #[test]
    fn a_time_limit_ends_where_it_began() {
        run(&[
            (0, Step::Tick, "info"),
            (10, Step::SetFor("debug", 60), "debug"),
            (69, Step::Tick, "debug"),
            (70, Step::Tick, "info"),
        ]);
    }

    #[test]
    fn a_second_time_limit_takes_the_place_of_the_first_and_goes_back_further() {
        run(&[
            (0, Step::Set("warn"), "warn"),
            (0, Step::SetFor("debug", 60), "debug"),
            (30, Step::SetFor("trace", 10), "trace"),
            (40, Step::Tick, "warn"),
            (60, Step::Tick, "warn"),
        ]);
        // A longer one outlasts the first.
        run(&[
            (0, Step::SetFor("debug", 60), "debug"),
            (30, Step::SetFor("trace", 60), "trace"),
            (60, Step::Tick, "trace"),
            (90, Step::Tick, "info"),
        ]);
    }

    #[test]
    fn a_lasting_change_ends_a_time_limit() {
        run(&[
            (0, Step::SetFor("debug", 60), "debug"),
            (30, Step::Set("warn"), "warn"),
            (60, Step::Tick, "warn"),
        ]);
    }

    #[test]
    fn a_state_serialises_with_its_time_limit() {
        let mut state = LevelState {
            filter: "debug".to_owned(),
            until: Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_399_507_999)),
            default: "info".to_owned(),
            warnings: Vec::new(),
        };
        assert_eq!(
            serde_json::to_string(&state).unwrap(),
            r#"{"filter":"debug","until":"2026-11-23T02:05:07Z","default":"info"}"#
        );
        (state.until, state.warnings) = (None, vec!["odd".to_owned()]);
        assert_eq!(
            serde_json::to_string(&state).unwrap(),
            r#"{"filter":"debug","until":null,"default":"info","warnings":["odd"]}"#
        );
    }
}
