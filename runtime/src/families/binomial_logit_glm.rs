//! Binomial outcomes with log odds `alpha + x beta`.

use super::Scalar;
use super::arguments::count;
use super::binomial_logit::BinomialLogit;
use super::glm::{self, Regression};
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Dual;
use crate::num::Num;
use crate::value::Value;

pub struct BinomialLogitGlm;

const NAME: &str = "binomial_logit_glm";

impl Joint for BinomialLogitGlm {
    const DECLARATION: Declaration = Declaration {
        name: "binomial_logit_glm",
        kind: Kind::Discrete,
        signature: "ints | ints, matrix, real, vector; int | int, matrix, vector, vector; array[] int | array[] int, matrix, vector, vector; array[] int | array[] int, row_vector, real or vector, vector",
        rng: "",
        cdf: Cumulative::None,
        summary: "Successes among trials, with log odds linear in covariates: trials, covariates, intercept, coefficients.",
        citation: "McCullagh & Nelder, Generalized Linear Models, 2nd ed., 1989",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 5)?;
        let regression = Regression {
            outcome: &args[0],
            outcome_check: Check::NonNegative,
            covariates: &args[2],
            intercept: &args[3],
            coefficients: &args[4],
            extra: Some((&args[1], "population size", Check::NonNegative)),
        };
        let check = |y, trials| BinomialLogit::check_together(Some(y), [trials, 0.0]);
        glm::log_density(NAME, regression, keep, check, |y, eta, trials| {
            // Integers: without derivatives.
            let (y, trials) = (Dual::constant(y.value), Dual::constant(trials.value));
            BinomialLogit::log_density(y, [trials, eta], keep)
        })
    }
}
