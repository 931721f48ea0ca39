//! The settings of the log.

use super::resolve::Reader;
use super::{Builder, setting as table, shorten};
use crate::log::{self, LevelHandle, LogConfig};

impl Reader {
    pub(super) fn log(&mut self, builder: &Builder) -> LogConfig {
        LogConfig {
            level: self.level(builder),
            format: self.read(table::OBS_LOG_FORMAT, builder.log_format, log::parse_format),
        }
    }

    fn level(&mut self, builder: &Builder) -> LevelHandle {
        let of_env = |setting| self.env.get(setting).map(|text| (setting.name, text.to_owned()));
        let (place, filter) = match &builder.log_filter {
            Some(filter) => (format!("log_filter({:?})", shorten(filter)), filter.clone()),
            None => match of_env(table::OBS_LOG).or_else(|| of_env(table::RUST_LOG)) {
                Some((name, filter)) => (format!("{name}={}", shorten(&filter)), filter),
                None => (table::OBS_LOG.name.to_owned(), table::OBS_LOG.default.to_owned()),
            },
        };
        LevelHandle::new(&filter).unwrap_or_else(|error| {
            let expected = "a `tracing` filter such as `info,sqlx=warn`";
            self.require(false, place, format_args!("{expected}; {error}"));
            LevelHandle::off()
        })
    }
}
