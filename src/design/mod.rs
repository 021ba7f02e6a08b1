//! Sizes and covariates for a program that nobody gives any: what `ppl simulate` uses without data.
//!
//! Each within its declared bounds:
//! - an integer that sizes something or bounds an index is 20, or 5 where it is the upper bound of integers (a number of groups), or
//!   3 where it is the number of columns of a matrix; what bounds it from below raises it, what it indexes limits it;
//! - any other integer is its lower bound, or 1;
//! - lists of integers that have both bounds, or index something, run through their values in turn (balanced groups), each list in an
//!   order of its own (crossed groups, the edges of a graph); others are Poisson(3) above their lower bound;
//! - reals are standard normal; above a lower bound they are that bound plus an exponential, below an upper bound likewise, between
//!   bounds uniform; ordered, positive ordered and simplex vectors are sorted or normalised; covariances are the identity.
//!
//! Where no data set can be drawn with these values, others are tried: numbers without upper bounds between 1/2 and 1, lists of them
//! between 1 and 2 in ascending order (times, distances); and then all sizes 5, and counts without bounds 1.

mod indexes;
mod values;

use crate::model::Model;
use ppl_runtime::data::RawData;
use ppl_runtime::density::Stream;
use values::Designer;

/// How values are chosen where declarations leave it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Numbers without upper bounds between 1/2 and 1, lists of them between 1 and 2 in ascending order.
    positive: bool,
    /// All sizes are equal, and counts 1: what fits nothing else fits itself.
    equal: bool,
}

const PLANS: [Plan; 4] = [
    Plan { positive: false, equal: false },
    Plan { positive: true, equal: false },
    Plan { positive: false, equal: true },
    Plan { positive: true, equal: true },
];

/// Draws that decide whether a design is any use.
const TRIES: u64 = 4;

/// Values for what `given` leaves out of the data of a program, and what the sizes are, in words.
///
/// # Errors
/// A message: a bound or size that cannot be evaluated, or a type that this has no values for.
pub fn design(model: &Model, given: &RawData, seed: u64) -> Result<(RawData, String), String> {
    let first = of(model, given, seed, PLANS[0])?;
    if draws(model, &first.0, seed) {
        return Ok(first);
    }
    for plan in &PLANS[1..] {
        if let Ok((data, mut words)) = of(model, given, seed, *plan)
            && draws(model, &data, seed)
        {
            if plan.positive {
                words.push_str(if words.is_empty() { "" } else { "; " });
                words.push_str("numbers between 1/2 and 2");
            }
            return Ok((data, words));
        }
    }
    // What is wrong is said of the usual design.
    Ok(first)
}

/// The design of one plan.
fn of(model: &Model, given: &RawData, seed: u64, plan: Plan) -> Result<(RawData, String), String> {
    Designer::new(model.interpreter.program(), plan)?.design(given, seed)
}

/// Whether the program can be bound to the data, and gives a finite draw.
fn draws(model: &Model, data: &RawData, seed: u64) -> bool {
    let Ok(bound) = model.bind(data) else { return false };
    (0..TRIES).any(|draw| {
        // Any point will do: what does not fit the data fails at every one.
        let theta: Vec<f64> = (0..bound.dim()).map(|k| ((k as f64 + 1.0) * (draw as f64 + 1.0)).sin()).collect();
        let stream = Stream { seed, chain: 0, draw };
        bound.expand(&theta, stream).is_ok_and(|numbers| numbers.iter().all(|x| x.is_finite()))
    })
}
