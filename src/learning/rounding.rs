//! Measured outcomes are rounded; simulated ones are not. What a network sees of a rounded outcome has a random last digit, as it had before.

use ppl_corpus::Outcome;
use ppl_corpus::pair::table::{Table, Values};
use ppl_corpus::pair::units::quantile;
use rand::{Rng, RngExt};

/// Decimals that are looked at.
const MOST_DECIMALS: i32 = 6;
/// What is rounded to more than this share of the interquartile range is coarse: it stays as it is, and may be out of distribution.
const COARSE: f64 = 0.25;

/// The step of which the outcomes are whole multiples, where they have ties and are continuous but for that; `None` where nothing is rounded, or
/// coarsely.
pub fn step(table: &Table) -> Option<f64> {
    let (Outcome::Real | Outcome::Positive | Outcome::Bounded, Values::Real(_)) =
        (table.schema.outcome, &table.outcome)
    else {
        return None;
    };
    let mut y = table.outcome.present();
    y.sort_unstable_by(f64::total_cmp);
    if y.windows(2).all(|w| w[0] < w[1]) {
        return None;
    }
    let range = quantile(&y, 0.75) - quantile(&y, 0.25);
    let whole = |scale: f64| -> Option<Vec<i64>> {
        let one = |y: &f64| {
            let x = y * scale;
            ((x - x.round()).abs() <= 1e-9 * x.abs().max(1.0) && x.abs() < 1e15).then_some(x.round() as i64)
        };
        y.iter().map(one).collect()
    };
    let (scale, y) = (0..=MOST_DECIMALS).map(|d| 10.0_f64.powi(d)).find_map(|scale| Some((scale, whole(scale)?)))?;
    let divisor = y.iter().copied().fold(0, gcd);
    let step = divisor as f64 / scale;
    (step > 0.0 && step <= COARSE * range).then_some(step)
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

/// The table with outcomes anywhere within half a step of what is written down.
pub fn unrounded<R: Rng + ?Sized>(table: &Table, step: f64, rng: &mut R) -> Table {
    let mut table = table.clone();
    // not beyond what outcomes can be
    let room = match table.schema.outcome {
        Outcome::Bounded => 2.0 * (1.0 - table.outcome.present().into_iter().fold(0.0, f64::max)),
        _ => f64::INFINITY,
    };
    let step = step.min(0.99 * room);
    if let Values::Real(y) = &mut table.outcome {
        y.iter_mut().for_each(|y| *y += step * (rng.random::<f64>() - 0.5));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppl_corpus::Schema;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn table(y: &[f64]) -> Table {
        Table {
            schema: Schema::new(Outcome::Real, 0, 0, false),
            outcome: Values::Real(y.to_vec()),
            columns: Vec::new(),
            levels: Vec::new(),
            categories: 0,
        }
    }

    #[test]
    fn steps_are_found() {
        let close = |y: &[f64], expected: f64| {
            let step = step(&table(y)).unwrap_or(f64::NAN);
            assert!((step - expected).abs() < 1e-12, "{step} of {y:?}");
        };
        close(&[1.5, 1.6, 2.4, 2.4, 3.1], 0.1);
        close(&[3750.0, 3800.0, 3325.0, 3750.0, 4200.0, f64::NAN, 4600.0, 2900.0], 25.0);
        // no ties; no step; a coarse one
        assert_eq!(step(&table(&[1.5, 1.6, 2.4])), None);
        assert_eq!(step(&table(&[0.123456789123, 0.5, 0.5, 2.0])), None);
        assert_eq!(step(&table(&[1.0, 2.0, 2.0, 3.0])), None);
    }

    #[test]
    fn unrounded_outcomes_stay_what_outcomes_can_be() {
        let mut own = table(&[0.01, 0.35, 0.35, 0.72, 0.99]);
        own.schema.outcome = Outcome::Bounded;
        let step = step(&own).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for _ in 0..200 {
            assert!(unrounded(&own, step, &mut rng).outcome.present().iter().all(|y| *y > 0.0 && *y < 1.0));
        }
        own.schema.outcome = Outcome::Positive;
        own.outcome = Values::Real(vec![0.5, 10.5, 20.5, 20.5, 90.5]);
        assert!((super::step(&own).unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn unrounded_outcomes_round_round_to_what_was_there() {
        let own = table(&[1.5, 1.6, 2.4, 2.4, 3.1]);
        let seen = unrounded(&own, 0.1, &mut ChaCha8Rng::seed_from_u64(1));
        let pairs = own.outcome.present().into_iter().zip(seen.outcome.present());
        assert!(pairs.into_iter().all(|(y, x)| (y - x).abs() <= 0.05));
        assert_eq!(step(&seen), None);
    }
}
