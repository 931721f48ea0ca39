//! The `traceparent` header: parsed without trust, written without an allocation.

use std::fmt;

use super::id::{SpanId, TraceId, read_hex, write_hex};

/// What a `traceparent` header says: which request this is, and which span asked for it.
///
/// ```
/// use obs_core::trace::TraceContext;
///
/// let caller = TraceContext::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")?;
/// assert!(caller.sampled);
///
/// // What this service sends on: the same trace, a span of its own.
/// let ours = caller.child();
/// assert_eq!(ours.trace_id, caller.trace_id);
/// assert!(ours.to_string().starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
/// # Ok::<_, obs_core::trace::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// Shared by all spans of the request.
    pub trace_id: TraceId,
    /// The span that is current; on the wire, the parent of what the receiver does.
    pub span_id: SpanId,
    /// Whether the caller records the trace.
    pub sampled: bool,
}

/// Length of a version 00 header: `00-` trace id `-` span id `-` flags.
const LEN: usize = 2 + 1 + 32 + 1 + 16 + 1 + 2;

impl TraceContext {
    /// A context with a new trace id: a request that came without one. It is sampled.
    #[must_use]
    pub fn new_root() -> Self {
        Self { trace_id: TraceId::random(), span_id: SpanId::random(), sampled: true }
    }

    /// The same trace with a new span id.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { span_id: SpanId::random(), ..*self }
    }

    /// Reads the value of a `traceparent` header.
    ///
    /// Follows W3C Trace Context level 1: a later version may carry more behind a `-`, which is
    /// ignored, and flags other than `sampled` are dropped.
    ///
    /// # Errors
    ///
    /// If `header` is no `traceparent`; the caller then starts a trace of its own, as the
    /// specification asks.
    pub fn parse(header: impl AsRef<[u8]>) -> Result<Self, ParseError> {
        Self::parse_bytes(header.as_ref())
    }

    fn parse_bytes(header: &[u8]) -> Result<Self, ParseError> {
        let Some((fields, rest)) = header.split_at_checked(LEN) else {
            return Err(ParseError::Length);
        };
        let version = read_hex(&fields[..2]).ok_or(ParseError::Version)?;
        match (version, rest) {
            (0xff, _) => return Err(ParseError::Version),
            (_, []) => {}
            (0, _) => return Err(ParseError::Length),
            (_, [b'-', ..]) => {}
            (_, _) => return Err(ParseError::Separator),
        }
        if [2, 35, 52].into_iter().any(|at| fields[at] != b'-') {
            return Err(ParseError::Separator);
        }
        let trace_id = read_hex(&fields[3..35]).and_then(TraceId::new);
        let span_id = read_hex(&fields[36..52]).and_then(|id| SpanId::new(u64::try_from(id).ok()?));
        let flags = read_hex(&fields[53..]).ok_or(ParseError::Flags)?;
        Ok(Self {
            trace_id: trace_id.ok_or(ParseError::TraceId)?,
            span_id: span_id.ok_or(ParseError::SpanId)?,
            sampled: flags & 1 == 1,
        })
    }

    /// The value of a version 00 `traceparent` header, all of it visible ASCII.
    #[must_use]
    pub fn to_header(&self) -> [u8; LEN] {
        let mut header = *b"00-00000000000000000000000000000000-0000000000000000-00";
        write_hex(&self.trace_id.get().to_be_bytes(), &mut header[3..35]);
        write_hex(&self.span_id.get().to_be_bytes(), &mut header[36..52]);
        header[54] = b'0' + u8::from(self.sampled);
        header
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.to_header()).unwrap_or_default())
    }
}

/// Why a header is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Shorter than its version allows, or a version 00 header that is longer.
    #[error("a traceparent of version 00 has 55 bytes, a later one no less")]
    Length,
    /// Not two hex digits, or the forbidden `ff`.
    #[error("the version is two lower-case hex digits other than ff")]
    Version,
    /// No `-` where one belongs.
    #[error("the fields of a traceparent are separated by `-`")]
    Separator,
    /// Not hex digits, or all zero.
    #[error("the trace id is 32 lower-case hex digits, not all zero")]
    TraceId,
    /// Not hex digits, or all zero.
    #[error("the span id is 16 lower-case hex digits, not all zero")]
    SpanId,
    /// Not hex digits.
    #[error("the flags are two lower-case hex digits")]
    Flags,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    #[test]
    fn the_specification_s_cases() {
        let zero_trace = "0".repeat(32);
        let upper = TRACE.to_uppercase();
        // (header, sampled or the reason against it)
        let cases: &[(String, Result<bool, ParseError>)] = &[
            (format!("00-{TRACE}-{SPAN}-01"), Ok(true)),
            (format!("00-{TRACE}-{SPAN}-00"), Ok(false)),
            // Unknown flags are ignored.
            (format!("00-{TRACE}-{SPAN}-fe"), Ok(false)),
            (format!("00-{TRACE}-{SPAN}-03"), Ok(true)),
            (format!("00-{TRACE}-{SPAN}-01-more"), Err(ParseError::Length)),
            (format!("00-{TRACE}-{SPAN}-01 "), Err(ParseError::Length)),
            (format!("cc-{TRACE}-{SPAN}-01"), Ok(true)),
            (format!("cc-{TRACE}-{SPAN}-01-what.the-future-brings"), Ok(true)),
            (format!("cc-{TRACE}-{SPAN}-01-"), Ok(true)),
            (format!("cc-{TRACE}-{SPAN}-01.more"), Err(ParseError::Separator)),
            (format!("ff-{TRACE}-{SPAN}-01"), Err(ParseError::Version)),
            (format!("FE-{TRACE}-{SPAN}-01"), Err(ParseError::Version)),
            (format!("0x-{TRACE}-{SPAN}-01"), Err(ParseError::Version)),
            (format!("00-{upper}-{SPAN}-01"), Err(ParseError::TraceId)),
            (format!("00-{zero_trace}-{SPAN}-01"), Err(ParseError::TraceId)),
            (format!("00-{TRACE}-0000000000000000-01"), Err(ParseError::SpanId)),
            (format!("00-{TRACE}-b7ad6b716920333g-01"), Err(ParseError::SpanId)),
            (format!("00-{TRACE}-{SPAN}-0G"), Err(ParseError::Flags)),
            (format!("00_{TRACE}-{SPAN}-01"), Err(ParseError::Separator)),
            (format!("00-{TRACE}-{SPAN}-1"), Err(ParseError::Length)),
            (String::new(), Err(ParseError::Length)),
        ];
        for (header, want) in cases {
            let got = TraceContext::parse(header).map(|context| context.sampled);
            assert_eq!(got, *want, "{header}");
        }
    }

    #[test]
    fn a_child_keeps_the_trace_and_changes_the_span() {
        let root = TraceContext { sampled: false, ..TraceContext::new_root() };
        let child = root.child();
        assert_eq!((child.trace_id, child.sampled), (root.trace_id, false));
        assert_ne!(child.span_id, root.span_id);
    }

    fn context() -> impl Strategy<Value = TraceContext> {
        (1..=u128::MAX, 1..=u64::MAX, any::<bool>()).prop_map(|(trace, span, sampled)| {
            TraceContext {
                trace_id: TraceId::new(trace).unwrap(),
                span_id: SpanId::new(span).unwrap(),
                sampled,
            }
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(context in context()) {
            prop_assert_eq!(TraceContext::parse(context.to_header()), Ok(context));
            prop_assert_eq!(TraceContext::parse(context.to_string()), Ok(context));
        }

        #[test]
        fn bytes_that_are_read_are_written_back(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(context) = TraceContext::parse(&bytes) {
                prop_assert_eq!(&context.to_header()[3..52], &bytes[3..52]);
            }
        }

        #[test]
        fn no_byte_outside_the_grammar_passes(context in context(), at in 0..55_usize, byte: u8) {
            let mut header = context.to_header();
            header[at] = byte;
            let allowed = match at {
                2 | 35 | 52 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            };
            // A single digit may still make the version `f0`, never `ff`; an id may become zero.
            let zero = header[3..35].iter().all(|b| *b == b'0')
                || header[36..52].iter().all(|b| *b == b'0');
            prop_assert_eq!(TraceContext::parse(header).is_ok(), allowed && !zero);
        }

        #[test]
        fn a_shortened_or_lengthened_header_is_refused(context in context(), len in 0..80_usize) {
            prop_assume!(len != LEN);
            let mut header = context.to_header().to_vec();
            header.resize(len, b'-');
            prop_assert_eq!(TraceContext::parse(header), Err(ParseError::Length));
        }
    }
}
