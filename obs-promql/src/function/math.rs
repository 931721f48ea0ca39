//! Functions of one number.

use super::{Body, Function};
use crate::value::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "abs",
    args: &[Type::Vector],
    min_args: 1,
    max_args: Some(1),
    returns: Type::Vector,
    experimental: false,
    doc: "The absolute value of each element.",
    body: Body::Map(|value, _| value.abs()),
}];
