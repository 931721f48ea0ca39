//! The settings of the log.

use super::resolve::Reader;
use super::{Builder, Setting, setting as table};
use crate::log::{self, LogConfig};

impl Reader {
    pub(super) fn log(&mut self, builder: &Builder) -> LogConfig {
        if let Some(filter) = &builder.log_filter {
            let call = format_args!("log_filter({filter:?})");
            self.require(log::is_filter(filter), call, log::A_FILTER);
        }
        let is_filter = |text: &str| {
            if log::is_filter(text) { Ok(text.to_owned()) } else { Err(log::A_FILTER) }
        };
        let setting = match self.env.get(table::OBS_LOG) {
            None if self.env.get(table::RUST_LOG).is_some() => {
                Setting { default: table::OBS_LOG.default, ..table::RUST_LOG }
            }
            _ => table::OBS_LOG,
        };
        LogConfig {
            filter: self.read(setting, builder.log_filter.clone(), is_filter),
            format: self.read(table::OBS_LOG_FORMAT, builder.log_format, log::parse_format),
            options: log::Options::default(),
        }
    }
}
