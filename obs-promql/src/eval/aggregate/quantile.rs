//! `quantile`.

use super::Input;
use super::columns::{Columns, blocks};
use super::param::Param;
use crate::eval::Grid;
use crate::float::General;
use crate::notes::Notes;

pub(super) fn quantile(input: &Input, output: &mut Grid, param: &Param, notes: &mut Notes) {
    let mut warn = |value: f64| {
        let value = General(value);
        let message = format!("quantile value should be between 0 and 1, got {value}");
        notes.warn(param.span, message);
    };
    if param.any_nan {
        warn(f64::NAN);
    }
    if param.max > 1.0 {
        warn(param.max);
    }
    if param.min < 0.0 {
        warn(param.min);
    }
    input.ignore_histograms("quantile", input.span, notes);
    let mut values = Vec::new();
    let mut columns = Columns::default();
    for (group, members) in input.members().iter().enumerate() {
        for steps in blocks(output.steps) {
            for (step, entries) in columns.read(&input.grid, members, steps) {
                values.clear();
                values.extend(entries.iter().map(|(value, _)| *value));
                if !values.is_empty() {
                    let quantile = of_sorted(param.values[step], sorted(&mut values));
                    output.set_float(group, step, quantile);
                }
            }
        }
    }
}

/// From the least to the greatest, what is not a number before all others.
fn sorted(values: &mut [f64]) -> &[f64] {
    values.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan())));
    values
}

/// The quantile of sorted values, of which there is one at least: between two of them in proportion.
fn of_sorted(quantile: f64, values: &[f64]) -> f64 {
    if quantile.is_nan() {
        return f64::NAN;
    }
    if quantile < 0.0 {
        return f64::NEG_INFINITY;
    }
    if quantile > 1.0 {
        return f64::INFINITY;
    }
    let last = values.len() - 1;
    #[expect(clippy::cast_precision_loss, reason = "a number of series")]
    let rank = quantile * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to last")]
    let lower = (rank.floor() as usize).min(last);
    let upper = (lower + 1).min(last);
    let weight = rank - rank.floor();
    values[lower] * (1.0 - weight) + values[upper] * weight
}
