use flate2::{Compress, Compression, FlushCompress, Status};

/// How the frames of one connection are packed.
#[derive(Debug)]
pub(super) enum Packing {
    /// Text frames.
    Plain,
    /// A zlib stream of its own in each frame: `compress` in the identify.
    Payload,
    /// One zlib stream over all frames, flushed after each: `compress=zlib-stream` in the URL.
    Stream(Box<Compress>),
}

impl Packing {
    pub(super) fn stream() -> Self {
        Self::Stream(Box::new(Compress::new(Compression::default(), true)))
    }

    /// The bytes of a binary frame, or `None` where the text goes as it is.
    pub(super) fn pack(&mut self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Plain => None,
            Self::Payload => {
                let mut stream = Compress::new(Compression::default(), true);
                Some(deflate(&mut stream, text.as_bytes(), FlushCompress::Finish))
            }
            // Clients know the end of a message by the four bytes that a sync flush ends with.
            Self::Stream(stream) => Some(deflate(stream, text.as_bytes(), FlushCompress::Sync)),
        }
    }
}

fn deflate(stream: &mut Compress, input: &[u8], flush: FlushCompress) -> Vec<u8> {
    let start = stream.total_in();
    let mut out = Vec::with_capacity(input.len() / 2 + 64);
    loop {
        let taken = usize::try_from(stream.total_in() - start).unwrap_or(usize::MAX);
        let rest = input.get(taken..).unwrap_or_default();
        let status = stream.compress_vec(rest, &mut out, flush);
        // Room that is left means that all was written.
        if matches!(status, Ok(Status::StreamEnd)) || out.len() < out.capacity() {
            return out;
        }
        out.reserve(out.capacity());
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};

    use super::*;

    fn inflate(stream: &mut Decompress, bytes: &[u8]) -> String {
        let mut out = Vec::with_capacity(1 << 20);
        stream.decompress_vec(bytes, &mut out, FlushDecompress::Sync).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Texts that compress well, badly and not at all, shorter and longer than the buffer.
    fn texts() -> Vec<String> {
        let mixed = |n: u64| (0..n).map(|i| format!("{:x}", i.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        vec!["{}".into(), "a".repeat(100_000), mixed(20_000).collect(), mixed(10).collect()]
    }

    #[test]
    fn a_stream_goes_over_all_frames_and_each_ends_in_a_flush() {
        let (mut packing, mut stream) = (Packing::stream(), Decompress::new(true));
        for text in texts() {
            let bytes = packing.pack(&text).unwrap();
            assert!(bytes.ends_with(&[0, 0, 0xff, 0xff]), "{} bytes", text.len());
            assert_eq!(inflate(&mut stream, &bytes), text);
        }
    }

    #[test]
    fn a_payload_is_a_stream_of_its_own() {
        for text in texts() {
            let bytes = Packing::Payload.pack(&text).unwrap();
            assert_eq!(inflate(&mut Decompress::new(true), &bytes), text);
        }
    }
}
