//! Bernoulli outcomes with log odds `alpha + x beta`.

use super::Scalar;
use super::arguments::count;
use super::bernoulli_logit::BernoulliLogit;
use super::glm::{self, Regression};
use super::random;
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct BernoulliLogitGlm;

const NAME: &str = "bernoulli_logit_glm";

impl Joint for BernoulliLogitGlm {
    const DECLARATION: Declaration = Declaration {
        name: "bernoulli_logit_glm",
        kind: Kind::Discrete,
        signature: "ints | matrix, real or vector, vector; array[] int | row_vector, real or vector, vector",
        rng: "matrix or row_vector, vector, vector => array[] int",
        cdf: Cumulative::None,
        summary: "Successes, with log odds linear in covariates: covariates, intercept, coefficients.",
        citation: "McCullagh & Nelder, Generalized Linear Models, 2nd ed., 1989",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 4)?;
        let regression = Regression {
            outcome: &args[0],
            outcome_check: Check::Unit,
            covariates: &args[1],
            intercept: &args[2],
            coefficients: &args[3],
            extra: None,
        };
        glm::log_density(NAME, regression, keep, glm::no_joint_check, |y, eta, _| {
            BernoulliLogit::log_density(y, [eta], Keep::ALL)
        })
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 3)?;
        let eta = glm::predictors(NAME, args)?;
        let draws = eta.into_iter().map(|e| Value::Int(random::bernoulli(math::inv_logit(e), rng) as i32));
        Ok(Value::Array(draws.collect()))
    }
}
