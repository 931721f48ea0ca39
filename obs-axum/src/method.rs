//! Request methods as a bounded set.

use http::Method;

/// A method of the OpenTelemetry semantic conventions, or any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known(u8);

const NAMES: [&str; Known::COUNT] = [
    "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY",
    "_OTHER",
];

impl Known {
    /// How many values there are.
    pub(crate) const COUNT: usize = 11;

    pub(crate) fn of(method: &Method) -> Self {
        Self(match *method {
            Method::GET => 0,
            Method::POST => 1,
            Method::PUT => 2,
            Method::DELETE => 3,
            Method::HEAD => 4,
            Method::OPTIONS => 5,
            Method::PATCH => 6,
            Method::CONNECT => 7,
            Method::TRACE => 8,
            ref other if other.as_str() == "QUERY" => 9,
            _ => 10,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES[self.index()]
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    pub(crate) fn is_head(self) -> bool {
        self.0 == 4
    }

    pub(crate) fn is_connect(self) -> bool {
        self.0 == 7
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, NAMES};
    use http::Method;

    #[test]
    fn every_known_method_keeps_its_name_and_the_rest_share_one() {
        for name in &NAMES[..Known::COUNT - 1] {
            let method: Method = name.parse().unwrap();
            assert_eq!(Known::of(&method).name(), *name);
        }
        for name in ["get", "PROPFIND", "_OTHER", "GETT"] {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            assert_eq!(Known::of(&method).name(), "_OTHER", "{name}");
        }
    }
}
