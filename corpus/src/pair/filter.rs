//! Which tables are kept: a rule that sees the table and never the program.
//!
//! A program is as likely among kept tables as the posterior given the table says, whatever the rule, as long as the rule sees no more than
//! the table and no table is drawn again for the same program.

use super::table::Table;
use super::units::{Units, quantile};
use crate::schema::Outcome;

/// Why a table is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rejection {
    /// The program stopped, or an outcome is no number.
    NotFinite,
    /// The largest outcomes are out of all proportion.
    Spread,
    /// Too little varies.
    Degenerate,
    /// The table would be in another unit, or have another origin.
    Units,
}

impl Rejection {
    pub const ALL: [Rejection; 4] = [Rejection::NotFinite, Rejection::Spread, Rejection::Degenerate, Rejection::Units];

    pub fn word(self) -> &'static str {
        match self {
            Rejection::NotFinite => "not finite",
            Rejection::Spread => "spread",
            Rejection::Degenerate => "degenerate",
            Rejection::Units => "units",
        }
    }
}

/// No outcome is further from the median than so many interquartile ranges.
const FARTHEST: f64 = 1e4;
/// No count is larger.
const LARGEST: f64 = 1e6;
/// There are so many outcomes at least.
const FEWEST: usize = 3;

/// Whether a table is kept.
///
/// # Errors
/// Why not.
pub fn accept(table: &Table) -> Result<(), Rejection> {
    let mut y = table.outcome.present();
    if y.iter().any(|y| !y.is_finite()) {
        return Err(Rejection::NotFinite);
    }
    if y.len() < FEWEST {
        return Err(Rejection::Degenerate);
    }
    y.sort_unstable_by(f64::total_cmp);
    let (least, most, median) = (y[0], y[y.len() - 1], quantile(&y, 0.5));
    if least == most {
        return Err(Rejection::Degenerate);
    }
    match table.schema.outcome {
        Outcome::Real | Outcome::Positive => {
            let width = quantile(&y, 0.75) - quantile(&y, 0.25);
            if width > 0.0 && (most - median).max(median - least) > FARTHEST * width {
                return Err(Rejection::Spread);
            }
            if table.schema.outcome == Outcome::Positive && least <= 0.0 {
                return Err(Rejection::NotFinite);
            }
            match Units::of_outcome(table.schema.outcome, &table.outcome).is_none() {
                true => Ok(()),
                false => Err(Rejection::Units),
            }
        }
        Outcome::Bounded if least <= 0.0 || most >= 1.0 => Err(Rejection::NotFinite),
        Outcome::Count if most > LARGEST => Err(Rejection::Spread),
        _ => Ok(()),
    }
}
