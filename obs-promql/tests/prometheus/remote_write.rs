//! Samples as remote write has them: a protocol buffer, in snappy's block format.

use obs_promql::{Labels, Series};

/// Requests that carry all samples of `series`, in the order of time: a head takes no samples that are
/// much older than its newest.
pub(crate) fn requests(series: &[Series]) -> Vec<Vec<u8>> {
    let mut samples: Vec<(i64, usize, f64)> = Vec::new();
    for (number, one) in series.iter().enumerate() {
        let selected = one.selected();
        let values = selected.samples.times.iter().zip(selected.samples.values.iter());
        samples.extend(values.map(|(time, value)| (*time, number, *value)));
    }
    samples.sort_by_key(|(time, number, _)| (*time, *number));
    samples.chunks(5_000).map(|chunk| request(series, chunk)).collect()
}

fn request(series: &[Series], samples: &[(i64, usize, f64)]) -> Vec<u8> {
    let mut by_series = std::collections::BTreeMap::<usize, Vec<(i64, f64)>>::new();
    for (time, number, value) in samples {
        by_series.entry(*number).or_default().push((*time, *value));
    }
    let mut body = Vec::new();
    for (number, samples) in by_series {
        let mut message = Vec::new();
        write_labels(&mut message, series[number].labels());
        for (time, value) in samples {
            let mut sample = vec![0x09];
            sample.extend_from_slice(&value.to_bits().to_le_bytes());
            sample.push(0x10);
            varint(&mut sample, time.cast_unsigned());
            field(&mut message, 2, &sample);
        }
        field(&mut body, 1, &message);
    }
    snappy(&body)
}

fn write_labels(message: &mut Vec<u8>, labels: &Labels) {
    for (name, value) in labels {
        let mut label = Vec::new();
        field(&mut label, 1, name.as_bytes());
        field(&mut label, 2, value.as_bytes());
        field(message, 1, &label);
    }
}

fn field(to: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    to.push(number << 3 | 2);
    varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Literals alone: nothing is gained by compressing for the same machine.
fn snappy(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 1000 + 16);
    varint(&mut out, bytes.len() as u64);
    for chunk in bytes.chunks(60_000) {
        let length = (chunk.len() - 1) as u16;
        out.push(61 << 2);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(chunk);
    }
    out
}
