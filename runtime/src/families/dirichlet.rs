//! The Dirichlet distribution: `log Gamma(sum alpha) - sum log Gamma(alpha_k) + sum (alpha_k - 1) log(theta_k)`.

use super::arguments::pairs;
use super::arguments::{check_all, count, numbers, vectors};
use super::random;
use super::simplex::check_simplex;
use super::{
    Check, DomainError, Joint, Keep,
    bit::{A, Y},
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct Dirichlet;

const NAME: &str = "dirichlet";

impl Joint for Dirichlet {
    const DECLARATION: Declaration = Declaration {
        name: "dirichlet",
        kind: Kind::Continuous,
        signature: "vectors | vectors",
        rng: "vector => vector",
        cdf: Cumulative::None,
        summary: "A simplex, by concentrations.",
        citation: "Kotz, Balakrishnan & Johnson, Continuous Multivariate Distributions, 2nd ed., 2000, ch. 49",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 2)?;
        let (outcomes, _) = vectors(NAME, "outcome", &args[0])?;
        let (concentrations, _) = vectors(NAME, "concentrations", &args[1])?;
        let mut lp = T::from(0.0);
        for (theta, alpha) in
            pairs(NAME, ("outcome", &args[0], &outcomes), ("concentrations", &args[1], &concentrations))?
        {
            check_all(NAME, "concentrations", Check::Positive, alpha)?;
            check_simplex(NAME, "outcome", theta)?;
            if keep.term(A) {
                lp +=
                    math::lgamma(math::sum(alpha.iter().copied())) - math::sum(alpha.iter().map(|a| math::lgamma(*a)));
            }
            if keep.term(Y | A) {
                for (t, a) in theta.iter().zip(alpha) {
                    lp += math::multiply_log(*a - T::from(1.0), *t);
                }
            }
        }
        Ok(lp)
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 1)?;
        let alpha = numbers(NAME, "concentrations", &args[0])?;
        check_all(NAME, "concentrations", Check::PositiveFinite, &alpha)?;
        // On the log scale, so that small concentrations do not give 0 / 0.
        let logs: Vec<f64> = alpha.iter().map(|a| random::log_gamma(*a, rng)).collect();
        Ok(Value::Vector(random::softmax(&logs)))
    }
}
