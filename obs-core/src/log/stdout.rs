//! Standard output, without the line buffer of the standard library: that would make one system call
//! of each line.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, Write};

use super::Output;

/// The process's standard output.
///
/// What the application prints there itself may come between two lines, and earlier than lines that
/// were logged before it.
#[derive(Debug)]
pub(crate) struct Stdout {
    #[cfg(unix)]
    file: File,
    #[cfg(not(unix))]
    file: io::Stdout,
}

impl Stdout {
    /// # Errors
    ///
    /// The process has no file descriptor left, or no standard output.
    #[cfg(unix)]
    pub(crate) fn open() -> io::Result<Self> {
        use std::os::fd::AsFd;
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(Self { file })
    }

    #[cfg(not(unix))]
    pub(crate) fn open() -> io::Result<Self> {
        Ok(Self { file: io::stdout() })
    }
}

impl Output for Stdout {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.file.write(lines)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    fn place(&self) -> String {
        "stdout".to_owned()
    }
}
