//! The categorical distribution by log odds: `beta[n] - log_sum_exp(beta)`.

use super::arguments::{check_all, count, integers, numbers};
use super::random;
use super::simplex::check_category;
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct CategoricalLogit;

const NAME: &str = "categorical_logit";

impl Joint for CategoricalLogit {
    const DECLARATION: Declaration = Declaration {
        name: "categorical_logit",
        kind: Kind::Discrete,
        signature: "ints | vector",
        rng: "vector => int",
        cdf: Cumulative::None,
        summary: "A category, by log odds.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 2)?;
        let (outcomes, _) = integers(NAME, "outcome", &args[0])?;
        let beta = numbers(NAME, "log odds", &args[1])?;
        check_all(NAME, "log odds", Check::Finite, &beta)?;
        let mut lp = T::from(0.0);
        for &y in &outcomes {
            check_category(NAME, y, beta.len())?;
            lp += beta[y as usize - 1];
        }
        if keep.nothing() || outcomes.is_empty() {
            return Ok(T::from(0.0));
        }
        Ok(lp - T::from(outcomes.len() as f64) * math::log_sum_exp_of(&beta))
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 1)?;
        let beta = numbers(NAME, "log odds", &args[0])?;
        check_all(NAME, "log odds", Check::Finite, &beta)?;
        Ok(Value::Int(random::index(&random::softmax(&beta), rng) as i32 + 1))
    }
}
