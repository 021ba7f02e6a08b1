//! The ordered logistic distribution: the probability of category n is
//! `inv_logit(eta - c[n - 1]) - inv_logit(eta - c[n])` with `c[0] = -inf` and `c[K] = inf`.

use super::arguments::{check_all, count, integers, number, numbers, same_size, vectors};
use super::random;
use super::simplex::check_category;
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::Value;
use rand::Rng;
use std::borrow::Cow;

pub struct OrderedLogistic;

const NAME: &str = "ordered_logistic";

impl Joint for OrderedLogistic {
    const DECLARATION: Declaration = Declaration {
        name: "ordered_logistic",
        kind: Kind::Discrete,
        signature: "int | real, vector; array[] int | vector, vector or array[] vector",
        rng: "real, vector => int",
        cdf: Cumulative::None,
        summary: "An ordered category, by predictor and cut points, with a logistic link.",
        citation: "Gelman & Hill, Data Analysis Using Regression and Multilevel/Hierarchical Models, 2007, sec. 6.5",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        ordered_sum(NAME, args, keep, |y, eta, cuts| {
            let last = cuts.len() + 1;
            if last == 1 {
                T::from(0.0)
            } else if y == 1 {
                math::log1m_inv_logit(eta - cuts[0])
            } else if y == last {
                math::log_inv_logit(eta - cuts[y - 2])
            } else {
                math::log_inv_logit_diff(eta - cuts[y - 2], eta - cuts[y - 1])
            }
        })
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        ordered_draw(NAME, args, rng, math::inv_logit)
    }
}

/// # Errors
/// The cut points are not finite at the ends or do not increase.
pub(super) fn check_cuts<T: Num>(family: &str, cuts: &[T]) -> Result<(), DomainError> {
    for (i, pair) in cuts.windows(2).enumerate() {
        if pair[1].value() <= pair[0].value() || pair.iter().any(|c| c.value().is_nan()) {
            return Err(DomainError::new(format!(
                "{family}: cut points must increase, but cut points[{}] is {} and cut points[{}] is {}",
                i + 1,
                pair[0].value(),
                i + 2,
                pair[1].value()
            )));
        }
    }
    for i in [0, cuts.len().wrapping_sub(1)] {
        if let Some(c) = cuts.get(i) {
            Check::Finite.test(family, "cut points", i + 1, c.value())?;
        }
    }
    Ok(())
}

/// The sum over outcomes of a density of category (from 1), predictor and cut points, with the checks and the broadcasting of
/// the ordered families.
pub(super) fn ordered_sum<T: Num>(
    family: &'static str,
    args: &[Value<T>],
    keep: Keep,
    density: impl Fn(usize, T, &[T]) -> T,
) -> Result<T, DomainError> {
    count(family, args, 3)?;
    let (outcomes, single) = integers(family, "outcome", &args[0])?;
    let predictors: Cow<'_, [T]> = match &args[1] {
        Value::Int(_) | Value::Real(_) => Cow::Owned(vec![number(family, "location", &args[1])?]),
        many => numbers(family, "location", many)?,
    };
    let (cuts, many_cuts) = vectors(family, "cut points", &args[2])?;
    let broadcast = matches!(args[1], Value::Int(_) | Value::Real(_));
    let n = if broadcast { outcomes.len() } else { predictors.len() };
    if !single {
        same_size(family, "outcome", outcomes.len(), "location", n)?;
    }
    if many_cuts && cuts.len() > 1 {
        same_size(family, "location", n, "cut points", cuts.len())?;
    }
    check_all(family, "location", Check::Finite, &predictors)?;
    for c in &cuts {
        check_cuts(family, c)?;
    }
    let mut lp = T::from(0.0);
    if cuts.is_empty() {
        return Ok(lp);
    }
    for i in 0..n {
        let y = outcomes[if single { 0 } else { i }];
        let c = cuts[if cuts.len() == 1 { 0 } else { i }];
        check_category(family, y, c.len() + 1)?;
        if !keep.nothing() {
            lp += density(y as usize, predictors[if broadcast { 0 } else { i }], c);
        }
    }
    Ok(lp)
}

/// A category given predictor and cut points, by the distribution function of the link.
pub(super) fn ordered_draw<R: Rng + ?Sized>(
    family: &str,
    args: &[Value<f64>],
    rng: &mut R,
    link: impl Fn(f64) -> f64,
) -> Result<Value<f64>, DomainError> {
    count(family, args, 2)?;
    let eta = number(family, "location", &args[0])?;
    Check::Finite.test(family, "location", 0, eta)?;
    let cuts = numbers(family, "cut points", &args[1])?;
    check_cuts(family, &cuts)?;
    let u = random::unit(rng);
    // P(category > n) = link(eta - c[n])
    let category = cuts.iter().take_while(|c| link(eta - **c) > u).count();
    Ok(Value::Int(category as i32 + 1))
}
