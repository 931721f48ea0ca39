//! The settings of the log.

use super::resolve::Reader;
use super::{Builder, Setting, setting as table};
use crate::log::{self, LogConfig, Redaction};

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
            redaction: self.redaction(builder),
        }
    }

    fn redaction(&mut self, builder: &Builder) -> Redaction {
        let mut redaction = builder.log_redaction.clone().unwrap_or_default();
        for (method, names) in [("key", &redaction.keys), ("allow", &redaction.allowed)] {
            for name in names {
                self.require(log::is_name(name), format_args!("{method}({name:?})"), log::A_NAME);
            }
        }
        redaction.mode = Some(self.read(table::OBS_LOG_REDACT, redaction.mode, log::parse_mode));
        redaction.keys.extend(self.read(table::OBS_LOG_REDACT_KEYS, None, log::parse_names));
        redaction
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::log::{Redaction, Redactor};

    #[test]
    fn code_says_what_is_redacted_and_else_the_environment() {
        let env = [("OBS_LOG_REDACT", "off"), ("OBS_LOG_REDACT_KEYS", "iban, *.pin,")];
        // (code, whether the name `password` hides, `card.pin`, and whether a card number is hidden)
        for (code, env, password, pin, card) in [
            (Redaction::new(), &env[..0], true, false, true),
            (Redaction::new(), &env[..1], false, false, false),
            (Redaction::new(), &env[1..], true, true, true),
            (Redaction::new().key("a"), &env[1..], true, true, true),
            (Redaction::new().without_values(), &env[..], true, true, false),
        ] {
            let builder = crate::builder("shop").log_redaction(code.clone()).env(env);
            let redactor = Redactor::new(&Config::resolve(builder).unwrap().log.redaction);
            assert_eq!(redactor.hides("password"), password, "{code:?} {env:?}");
            assert_eq!(redactor.hides("card.pin"), pin, "{code:?} {env:?}");
            assert_eq!(redactor.hides_number(4_111_111_111_111_111), card, "{code:?} {env:?}");
        }
    }
}
