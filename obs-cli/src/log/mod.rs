//! `obs log`: what the services wrote.

mod verify;

use clap::Subcommand;

pub(crate) use verify::VerifyError;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check that an audit log is what was written, and name the first record that is not.
    ///
    /// FILE… are all files of one log, oldest first, which is the order of their names: as the shell
    /// expands audit/*.jsonl. Ends with status 1 at the first record that is missing, changed, out of
    /// order, duplicated or torn, with its file and line. An end that was cut off shows only with
    /// --head or --anchors. A log that is being written may end in half a record: ask again.
    Verify(verify::Verify),
}

/// Runs one `obs log` command.
///
/// # Errors
///
/// What is wrong with the log, or what could not be read.
pub(crate) fn run(command: &Command) -> Result<(), VerifyError> {
    match command {
        Command::Verify(options) => verify::run(options),
    }
}
