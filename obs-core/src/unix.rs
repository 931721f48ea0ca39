//! What the standard library has no name for.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::OFlags;

/// Opens no symbolic link. `O_NONBLOCK` means nothing for a regular file, and keeps a pipe that took
/// the name from blocking for ever.
pub(crate) fn no_follow(options: &mut OpenOptions) {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    // Flags are small numbers everywhere.
    options.custom_flags(i32::try_from(flags.bits()).unwrap_or(0));
}
