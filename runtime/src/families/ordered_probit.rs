//! The ordered probit distribution: the probability of category n is
//! `Phi(eta - c[n - 1]) - Phi(eta - c[n])` with `c[0] = -inf` and `c[K] = inf`.

use super::ordered_logistic::{ordered_draw, ordered_sum};
use super::{DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct OrderedProbit;

const NAME: &str = "ordered_probit";

impl Joint for OrderedProbit {
    const DECLARATION: Declaration = Declaration {
        name: "ordered_probit",
        kind: Kind::Discrete,
        signature: "int | real, vector; array[] int | real or vector, vector or array[] vector",
        rng: "real, vector => int",
        cdf: Cumulative::None,
        summary: "An ordered category, by predictor and cut points, with a normal link.",
        citation: "Gelman & Hill, Data Analysis Using Regression and Multilevel/Hierarchical Models, 2007, sec. 6.5",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        ordered_sum(NAME, args, keep, |y, eta, cuts| {
            let last = cuts.len() + 1;
            if last == 1 {
                T::from(0.0)
            } else if y == 1 {
                math::std_normal_lcdf(cuts[0] - eta)
            } else if y == last {
                math::std_normal_lcdf(eta - cuts[y - 2])
            } else {
                let (a, b) = (eta - cuts[y - 2], eta - cuts[y - 1]);
                // On the side of the mean where the logs are exact.
                if b.value() > 0.0 {
                    math::log_diff_exp(math::std_normal_lcdf(-b), math::std_normal_lcdf(-a))
                } else {
                    math::log_diff_exp(math::std_normal_lcdf(a), math::std_normal_lcdf(b))
                }
            }
        })
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        ordered_draw(NAME, args, rng, math::Phi)
    }
}
