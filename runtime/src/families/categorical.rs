//! The categorical distribution: `log(theta[n])`.

use super::arguments::{count, integers, numbers};
use super::random;
use super::simplex::{check_category, check_simplex};
use super::{DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct Categorical;

const NAME: &str = "categorical";

impl Joint for Categorical {
    const DECLARATION: Declaration = Declaration {
        name: "categorical",
        kind: Kind::Discrete,
        signature: "ints | vector",
        rng: "vector => int",
        cdf: Cumulative::None,
        summary: "A category, by the probabilities.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 2)?;
        let (outcomes, _) = integers(NAME, "outcome", &args[0])?;
        let theta = numbers(NAME, "probabilities", &args[1])?;
        check_simplex(NAME, "probabilities", &theta)?;
        let mut lp = T::from(0.0);
        for y in outcomes {
            check_category(NAME, y, theta.len())?;
            if !keep.nothing() {
                lp += theta[y as usize - 1].ln();
            }
        }
        Ok(lp)
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 1)?;
        let theta = numbers(NAME, "probabilities", &args[0])?;
        check_simplex(NAME, "probabilities", &theta)?;
        Ok(Value::Int(random::index(&theta, rng) as i32 + 1))
    }
}
