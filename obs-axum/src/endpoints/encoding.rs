//! Which content codings a client takes.

/// Whether an `Accept-Encoding` header allows gzip.
pub(super) fn accepts_gzip(header: &str) -> bool {
    let mut any = false;
    for coding in header.split(',') {
        let mut parts = coding.split(';');
        let name = parts.next().unwrap_or_default().trim();
        let refused = parts.any(|part| match part.trim().split_once('=') {
            Some((q, weight)) if q.trim().eq_ignore_ascii_case("q") => {
                // A weight that is no number is no refusal.
                weight.trim().parse().is_ok_and(|weight: f32| weight <= 0.0)
            }
            _ => false,
        });
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            return !refused;
        }
        any |= name == "*" && !refused;
    }
    any
}

#[cfg(test)]
mod tests {
    use super::accepts_gzip;

    #[test]
    fn gzip_needs_to_be_named_or_covered_by_a_star() {
        // (header, gzip)
        let cases = [
            ("gzip", true),
            ("deflate, GZIP;q=0.5, *;q=0", true),
            ("x-gzip", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip; Q=0.000", false),
            ("*, gzip;q=0", false),
            ("*;q=0", false),
            ("br", false),
            ("gzipped", false),
            ("", false),
            (";;;,,,=", false),
            ("gzip;q=nonsense", true),
        ];
        for (header, gzip) in cases {
            assert_eq!(accepts_gzip(header), gzip, "{header}");
        }
    }
}
