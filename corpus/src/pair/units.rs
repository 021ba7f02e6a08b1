//! Units: programs see numbers of ordinary size; tables have any.
//!
//! | outcome | unit | origin |
//! |---|---|---|
//! | real | 10^round(log10 MAD); the interquartile range, then the standard deviation, where the MAD is 0 | the multiple of 10 units nearest the median |
//! | positive | 10^round(log10 median) | 0 |
//! | others | 1 | 0 |
//!
//! MAD is the median absolute deviation from the median, without a factor. Real columns and time are standardised.

use super::table::Values;
use crate::schema::{ColumnKind, Outcome};
use rand::{Rng, RngExt};

/// `in units = (raw - origin) / unit`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Units {
    pub origin: f64,
    pub unit: f64,
}

impl Units {
    pub const NONE: Units = Units { origin: 0.0, unit: 1.0 };

    /// The units of an outcome, from the cells that are there.
    pub fn of_outcome(outcome: Outcome, values: &Values) -> Units {
        match outcome {
            Outcome::Real => {
                let sorted = sorted(values.present());
                let median = quantile(&sorted, 0.5);
                if !median.is_finite() {
                    return Units::NONE;
                }
                let unit = power_of_ten(spread(&sorted, median));
                Units { origin: 10.0 * unit * (median / (10.0 * unit)).round(), unit }
            }
            Outcome::Positive => {
                let sorted = sorted(values.present());
                Units { origin: 0.0, unit: power_of_ten(quantile(&sorted, 0.5)) }
            }
            _ => Units::NONE,
        }
    }

    /// Mean and standard deviation of a column of numbers, from the cells that are there.
    pub fn of_column(kind: ColumnKind, values: &Values) -> Units {
        if !matches!(kind, ColumnKind::Real | ColumnKind::Time) {
            return Units::NONE;
        }
        let x = values.present();
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let scale = (x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)).sqrt();
        match mean.is_finite() && scale.is_finite() && scale > 0.0 {
            true => Units { origin: mean, unit: scale },
            false => Units { origin: if mean.is_finite() { mean } else { 0.0 }, unit: 1.0 },
        }
    }

    /// Units that a table could have had: what the network sees does not depend on them.
    pub fn random<R: Rng + ?Sized>(outcome: Outcome, rng: &mut R) -> Units {
        let unit = 10.0_f64.powi(rng.random_range(-3..=4));
        match outcome {
            Outcome::Real => Units { origin: 10.0 * unit * f64::from(rng.random_range(-5..=20_i32)), unit },
            Outcome::Positive => Units { origin: 0.0, unit },
            _ => Units::NONE,
        }
    }

    /// Units that a predictor could have had.
    pub fn random_column<R: Rng + ?Sized>(kind: ColumnKind, rng: &mut R) -> Units {
        match kind {
            ColumnKind::Real => {
                let unit = 10.0_f64.powf(rng.random_range(-2.0..3.0));
                Units { origin: unit * rng.random_range(-5.0..20.0), unit }
            }
            ColumnKind::Time => Units { origin: f64::from(rng.random_range(0..2020_i32)), unit: 10.0 },
            _ => Units::NONE,
        }
    }

    pub fn of_raw(self, raw: f64) -> f64 {
        (raw - self.origin) / self.unit
    }

    pub fn to_raw(self, x: f64) -> f64 {
        self.origin + self.unit * x
    }

    pub fn is_none(self) -> bool {
        self == Units::NONE
    }

    /// What the log density of `rows` outcomes in units has more than that of the raw outcomes.
    pub fn log_jacobian(self, rows: usize) -> f64 {
        rows as f64 * self.unit.ln()
    }
}

/// The power of ten nearest to a size on the log scale; 1 for what has none.
fn power_of_ten(size: f64) -> f64 {
    match size.is_finite() && size > 0.0 {
        true => 10.0_f64.powi(size.log10().round() as i32),
        false => 1.0,
    }
}

/// The median absolute deviation; where that is 0, the interquartile range, then the standard deviation.
fn spread(sorted: &[f64], median: f64) -> f64 {
    let mut deviations: Vec<f64> = sorted.iter().map(|x| (x - median).abs()).collect();
    deviations.sort_unstable_by(f64::total_cmp);
    let mad = quantile(&deviations, 0.5);
    if mad > 0.0 {
        return mad;
    }
    let range = quantile(sorted, 0.75) - quantile(sorted, 0.25);
    if range > 0.0 {
        return range;
    }
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    (sorted.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)).sqrt()
}

fn sorted(mut x: Vec<f64>) -> Vec<f64> {
    x.sort_unstable_by(f64::total_cmp);
    x
}

/// The quantile of sorted numbers, by linear interpolation (type 7 of Hyndman and Fan 1996); NaN of none.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = p * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_outcomes() {
        let real = |x: &[f64]| Units::of_outcome(Outcome::Real, &Values::Real(x.to_vec()));
        assert_eq!(real(&[1010.0, 1020.0, 1030.0, 1060.0]), Units { origin: 1000.0, unit: 10.0 });
        // no deviation from the median: the range between quartiles, then the standard deviation
        assert_eq!(real(&[0.0, 0.0, 0.0, 0.0, 300.0, 400.0, 0.0, 600.0]).unit, 1000.0);
        assert_eq!(real(&[5.0; 4]), Units { origin: 10.0, unit: 1.0 });
        assert_eq!(real(&[f64::NAN, f64::NAN]), Units::NONE);
        let positive = Units::of_outcome(Outcome::Positive, &Values::Real(vec![40.0, 50.0, 900.0]));
        assert_eq!(positive, Units { origin: 0.0, unit: 100.0 });
        assert!(Units::of_outcome(Outcome::Count, &Values::Int(vec![3, 4000])).is_none());
    }
}
