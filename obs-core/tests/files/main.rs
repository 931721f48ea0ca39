//! Log files through the trait of outputs: what is on the disk afterwards.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod crash;
mod failing;
mod foreign;
mod local;
mod place;
mod rotation;
mod support;
