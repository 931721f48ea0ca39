//! The settings of the log file.

use super::resolve::Reader;
use super::{Builder, parse, setting as table};
use crate::log::{self, File, Rotation};

impl Reader {
    /// The file that code or environment name, with every option said.
    pub(super) fn log_file(&mut self, builder: &Builder) -> Option<File> {
        if let Some(file) = &builder.log_file {
            for (call, expected) in file.mistakes() {
                self.require(false, call, expected);
            }
        }
        let file = self.read(table::OBS_LOG_FILE, builder.log_file.clone().map(Some), |text| {
            if log::is_path(text.as_ref()) { Ok(Some(File::new(text))) } else { Err(log::A_PATH) }
        });
        // Read in any case, for their mistakes.
        let mut options = file.as_ref().map(File::options).unwrap_or_default();
        let o = &mut options;
        o.max_size = Some(self.read(table::OBS_LOG_FILE_MAX_SIZE, o.max_size, parse::bytes_or_off));
        o.every = Some(self.read(table::OBS_LOG_FILE_ROTATE, o.every, rotation));
        o.local_time = Some(self.read(table::OBS_LOG_FILE_TIME_ZONE, o.local_time, is_local));
        o.compress = Some(self.read(table::OBS_LOG_FILE_COMPRESS, o.compress, parse::switch));
        o.keep_files =
            Some(self.read(table::OBS_LOG_FILE_KEEP_FILES, o.keep_files, parse::limit_or_off));
        o.keep_for =
            Some(self.read(table::OBS_LOG_FILE_KEEP_FOR, o.keep_for, parse::timeout_or_off));
        o.keep_bytes =
            Some(self.read(table::OBS_LOG_FILE_KEEP_BYTES, o.keep_bytes, parse::bytes_or_off));
        o.mode = Some(self.read(table::OBS_LOG_FILE_MODE, o.mode, mode));
        file.map(|file| file.with(options))
    }
}

fn rotation(text: &str) -> parse::Parsed<Rotation> {
    match text {
        "daily" => Ok(Rotation::Daily),
        "hourly" => Ok(Rotation::Hourly),
        "never" => Ok(Rotation::Never),
        _ => Err("`daily`, `hourly` or `never`"),
    }
}

fn is_local(text: &str) -> parse::Parsed<bool> {
    match text {
        "utc" => Ok(false),
        "local" => Ok(true),
        _ => Err("`utc` or `local`"),
    }
}

fn mode(text: &str) -> parse::Parsed<u32> {
    // `from_str_radix` would take a sign.
    let octal = text.bytes().all(|b| b.is_ascii_digit());
    let mode = octal.then(|| u32::from_str_radix(text, 8).ok()).flatten();
    mode.filter(|mode| log::is_mode(*mode)).ok_or(log::A_MODE)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::builder;

    #[test]
    fn modes() {
        for (text, parsed) in [
            ("0600", Some(0o600)),
            ("640", Some(0o640)),
            ("0400", None),
            ("1600", None),
            ("0o600", None),
            ("+600", None),
            ("680", None),
            ("", None),
            ("77777777777777", None),
        ] {
            assert_eq!(mode(text).ok(), parsed, "{text}");
        }
    }

    fn resolved(builder: Builder) -> Option<File> {
        crate::config::Config::resolve(builder).unwrap().log.file
    }

    #[test]
    fn the_defaults_of_a_file_are_those_of_the_table() {
        let path = || "/shop.log".into();
        let file = resolved(builder("shop").env(&[("OBS_LOG_FILE", "shop.log")])).unwrap();
        assert_eq!(file.settings(path()), File::new("x").settings(path()));
        assert!(resolved(builder("shop").env(&[("OBS_LOG_FILE_MODE", "0640")])).is_none());
    }

    #[test]
    fn the_environment_says_what_code_leaves_open() {
        let env = [
            ("OBS_LOG_FILE", "elsewhere.log"),
            ("OBS_LOG_FILE_MAX_SIZE", "1MiB"),
            ("OBS_LOG_FILE_ROTATE", "hourly"),
            ("OBS_LOG_FILE_TIME_ZONE", "local"),
            ("OBS_LOG_FILE_COMPRESS", "false"),
            ("OBS_LOG_FILE_KEEP_FILES", "off"),
            ("OBS_LOG_FILE_KEEP_FOR", "30d"),
            ("OBS_LOG_FILE_KEEP_BYTES", "off"),
            ("OBS_LOG_FILE_MODE", "0640"),
        ];
        let of_env = |path| {
            let file = File::new(path).max_size(1 << 20).every(Rotation::Hourly).local_time();
            let file = file.without_compression().keep_files(usize::MAX).keep_bytes(u64::MAX);
            file.keep_for(Duration::from_secs(30 * 86400)).mode(0o640)
        };
        // (code, what it comes to)
        for (code, expected) in [
            (None, of_env("elsewhere.log")),
            (Some(File::new("shop.log")), of_env("shop.log")),
            (Some(File::new("shop.log").max_size(7)), of_env("shop.log").max_size(7)),
            (Some(File::new("shop.log").mode(0o600)), of_env("shop.log").mode(0o600)),
        ] {
            let row = format!("{code:?}");
            let base = builder("shop").env(&env);
            let file = resolved(match code {
                Some(code) => base.log_file(code),
                None => base,
            });
            // Paths and all options are in there.
            assert_eq!(format!("{:?}", file.unwrap()), format!("{expected:?}"), "{row}");
        }
    }
}
