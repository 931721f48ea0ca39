//! The settings of the log.

use super::resolve::Reader;
use super::{Builder, parse, setting as table, shorten};
use crate::log::{
    self, Colours, LevelHandle, LogConfig, Options, QueueConfig, RateLimit, Redaction, Sampling,
};

impl Reader {
    pub(super) fn log(&mut self, builder: &Builder) -> LogConfig {
        if let Some(limit) = &builder.log_rate_limit {
            let problem = limit.problem();
            self.require(problem.is_none(), "log_rate_limit", problem.unwrap_or_default());
        }
        if let Some(sampling) = &builder.log_sampling {
            let problem = sampling.problem();
            self.require(problem.is_none(), "log_sampling", problem.unwrap_or_default());
        }
        let (limit, sampling) = (builder.log_rate_limit.clone(), builder.log_sampling.clone());
        LogConfig {
            rate_limit: self.read(table::OBS_LOG_RATE_LIMIT, limit, RateLimit::parse),
            sampling: self.read(table::OBS_LOG_SAMPLE, sampling, Sampling::parse),
            fold: self.read(table::OBS_LOG_FOLD, builder.log_fold.then_some(true), parse::switch),
            level: self.level(builder),
            format: self.read(table::OBS_LOG_FORMAT, builder.log_format, log::parse_format),
            options: self.log_options(builder),
            redaction: self.redaction(builder),
            colours: Colours::of_env(
                self.env.get(table::NO_COLOR),
                self.env.get(table::CLICOLOR_FORCE),
                self.env.get(table::TERM),
            ),
            queue: self.log_queue(builder),
            stdout: self.log_stdout(builder),
            file: self.log_file(builder),
            outputs: Vec::new(),
        }
    }

    fn log_options(&mut self, builder: &Builder) -> Options {
        const LIMITS: std::ops::RangeInclusive<u64> = 1 << 10..=1 << 20;
        const EXPECTED: &str = "a size from `1KiB` to `1MiB`";
        if let Some(bytes) = builder.log_line_limit {
            let good = u64::try_from(bytes).is_ok_and(|bytes| LIMITS.contains(&bytes));
            self.require(good, format_args!("log_line_limit({bytes})"), EXPECTED);
        }
        let origin = builder.without_log_origin.then_some(false);
        let backtrace = builder.log_backtrace.then_some(true);
        Options {
            line_limit: self.read(table::OBS_LOG_LINE_LIMIT, builder.log_line_limit, |text| {
                let bytes = parse::bytes(text).ok().filter(|bytes| LIMITS.contains(bytes));
                bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(EXPECTED)
            }),
            origin: self.read(table::OBS_LOG_ORIGIN, origin, parse::switch),
            backtrace: self.read(table::OBS_LOG_BACKTRACE, backtrace, parse::switch),
        }
    }

    fn log_stdout(&mut self, builder: &Builder) -> bool {
        let without = builder.without_log_stdout.then_some(false);
        let stdout = self.read(table::OBS_LOG_STDOUT, without, parse::switch);
        let file = builder.log_file.is_some() || self.env.get(table::OBS_LOG_FILE).is_some();
        self.require(
            stdout || file || !builder.log_outputs.is_empty() || builder.without_logs,
            "OBS_LOG_STDOUT=false or without_log_stdout()",
            "a log file or output for the lines, as in OBS_LOG_FILE=shop.log",
        );
        stdout
    }

    fn log_queue(&mut self, builder: &Builder) -> QueueConfig {
        let code = builder.log_queue;
        if let Some(bytes) = code.bytes {
            let call = format_args!("log_queue(Queue::new().bytes({bytes}))");
            self.require(log::is_queue_size(bytes), call, log::A_QUEUE_SIZE);
        }
        QueueConfig {
            bytes: self.read(table::OBS_LOG_QUEUE_BYTES, code.bytes, |text| {
                let bytes = parse::bytes(text).ok().and_then(|bytes| bytes.try_into().ok());
                bytes.filter(|bytes| log::is_queue_size(*bytes)).ok_or(log::A_QUEUE_SIZE)
            }),
            policy: self.read(table::OBS_LOG_POLICY, code.policy, |text| {
                log::parse_policy(text, |patience| parse::timeout(patience).ok())
            }),
            sync_level: self.read(
                table::OBS_LOG_SYNC_LEVEL,
                code.sync_level.map(Some),
                log::parse_sync_level,
            ),
            flush_timeout: self.read(
                table::OBS_LOG_FLUSH_TIMEOUT,
                code.flush_timeout,
                parse::duration,
            ),
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

    fn level(&mut self, builder: &Builder) -> LevelHandle {
        let of_env = |setting| self.env.get(setting).map(|text| (setting.name, text.to_owned()));
        let (place, filter) = match &builder.log_filter {
            Some(filter) => (format!("log_filter({:?})", shorten(filter)), filter.clone()),
            None => match of_env(table::OBS_LOG).or_else(|| of_env(table::RUST_LOG)) {
                Some((name, filter)) => (format!("{name}={}", shorten(&filter)), filter),
                None => match &builder.default_log_filter {
                    Some(filter) => {
                        (format!("default_log_filter({:?})", shorten(filter)), filter.clone())
                    }
                    None => (table::OBS_LOG.name.to_owned(), table::OBS_LOG.default.to_owned()),
                },
            },
        };
        LevelHandle::new(&filter).unwrap_or_else(|error| {
            let expected = "a `tracing` filter such as `info,sqlx=warn`";
            self.require(false, place, format_args!("{expected}; {error}"));
            LevelHandle::off()
        })
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;
    use crate::config::{Config, builder};
    use crate::log::Redactor;

    #[test]
    fn what_holds_lines_back_is_off_unless_asked_for() {
        let log = |builder: Builder| Config::resolve(builder).unwrap().log;
        let env = [
            ("OBS_LOG_RATE_LIMIT", "200/s:50"),
            ("OBS_LOG_SAMPLE", "hyper=10"),
            ("OBS_LOG_FOLD", "on"),
        ];
        let of_env =
            (RateLimit::per_second(200).burst(50), Sampling::new().target("hyper", 10), true);
        let sampling = Sampling::new().level(Level::DEBUG, 2);
        let in_code =
            builder("shop").log_rate_limit(RateLimit::off()).log_sampling(sampling.clone());
        for (builder, want) in [
            (builder("shop").env(&[]), (RateLimit::off(), Sampling::new(), false)),
            (builder("shop").env(&env), of_env),
            (in_code.env(&env), (RateLimit::off(), sampling, true)),
            (builder("shop").log_fold().env(&[]), (RateLimit::off(), Sampling::new(), true)),
        ] {
            let log = log(builder);
            assert_eq!((log.rate_limit, log.sampling, log.fold), want);
        }
    }

    #[test]
    fn a_default_filter_gives_way_to_code_and_environment() {
        let loud = || builder("bot").default_log_filter("info,serenity=warn");
        let env = [("OBS_LOG", "debug")];
        for (builder, want) in [
            (loud().env(&[]), "info,serenity=warn"),
            (loud().env(&env), "debug"),
            (loud().env(&[("RUST_LOG", "trace")]), "trace"),
            (loud().log_filter("error").env(&env), "error"),
            (builder("bot").env(&[]), "info"),
        ] {
            let level = Config::resolve(builder).unwrap().log.level;
            assert_eq!(level.state().filter, want);
        }
        let refused = Config::resolve(loud().default_log_filter("lo=ud").env(&[])).err().unwrap();
        assert!(refused.to_string().contains("default_log_filter(\"lo=ud\")"), "{refused}");
    }

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
            let builder = builder("shop").log_redaction(code.clone()).env(env);
            let redactor = Redactor::new(&Config::resolve(builder).unwrap().log.redaction);
            assert_eq!(redactor.hides("password"), password, "{code:?} {env:?}");
            assert_eq!(redactor.hides("card.pin"), pin, "{code:?} {env:?}");
            assert_eq!(redactor.hides_number(4_111_111_111_111_111), card, "{code:?} {env:?}");
        }
    }

    #[test]
    fn the_environment_says_whether_there_are_colours() {
        for (env, colours) in [
            (&[][..], Colours::Auto),
            (&[("NO_COLOR", "")], Colours::Auto),
            (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], Colours::Never),
            (&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], Colours::Always),
            (&[("TERM", "dumb")], Colours::Never),
        ] {
            let config = Config::resolve(builder("shop").env(env)).unwrap();
            assert_eq!(config.log.colours, colours, "{env:?}");
        }
    }
}
