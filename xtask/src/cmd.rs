//! Running other programs.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::error::{Error, Result};

/// The cargo that runs this program, in `dir`.
pub(crate) fn cargo(dir: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(dir);
    // `cargo run` sets these for xtask. Build scripts that watch them would run again each
    // time cargo is called with them after it was called without.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    if std::env::var_os("CARGO_TERM_COLOR").is_none() && !io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "never");
    }
    command
}

/// Prints the command, runs it on this terminal and expects success.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::new(format!("`{}` failed ({status})", line(command))))
    }
}

/// What a successful command prints.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = output(command)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(format!(
        "`{}` failed ({})\n{}",
        line(command),
        output.status,
        stderr.trim_end()
    )))
}

/// What a command prints to its standard error, whether or not it succeeds.
pub(crate) fn stderr(command: &mut Command) -> Result<String> {
    output(command).map(|output| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Whether the command can be started and succeeds; it prints nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    output(command).is_ok_and(|output| output.status.success())
}

/// Prints the command as a shell would take it.
pub(crate) fn announce(command: &Command) {
    println!("$ {}", line(command));
    // What the command prints must come after.
    let _ = io::stdout().flush();
}

pub(crate) fn not_started(command: &Command, error: &io::Error) -> Error {
    let program = command.get_program().to_string_lossy();
    Error::new(match error.kind() {
        io::ErrorKind::NotFound => format!("`{program}` is not installed"),
        _ => format!("`{program}` cannot be started: {error}"),
    })
}

fn output(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))
}

fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line = program.file_name().unwrap_or(OsStr::new("")).to_string_lossy().into_owned();
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        let error = capture(&mut Command::new("no-such-program-here")).unwrap_err();
        assert_eq!(error.to_string(), "`no-such-program-here` is not installed");
        assert!(!succeeds(&mut Command::new("no-such-program-here")));
    }

    #[test]
    fn a_failing_program_is_quoted_with_what_it_said() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let error = capture(cargo(root).arg("--no-such-option")).unwrap_err().to_string();
        assert!(error.starts_with("`cargo --no-such-option` failed (exit status: 1)"), "{error}");
        assert!(error.contains("unexpected argument"), "{error}");
    }
}
