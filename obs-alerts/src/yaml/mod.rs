//! YAML with places: a tree in which every node knows where it stands, and a walk through it that
//! aliases cannot make long.

mod malformed;
mod place;
mod scalar;
mod tree;
mod walk;

pub(crate) use place::Position;
pub(crate) use scalar::{Scalar, whole};
pub(crate) use tree::{Kind, Node, Tree};
pub(crate) use walk::{Entry, Excess, Ref, Walk};
