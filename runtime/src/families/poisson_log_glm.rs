//! Poisson outcomes with log rate `alpha + x beta`.

use super::Scalar;
use super::arguments::count;
use super::glm::{self, Regression};
use super::poisson_log::PoissonLog;
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Num;
use crate::value::Value;

pub struct PoissonLogGlm;

const NAME: &str = "poisson_log_glm";

impl Joint for PoissonLogGlm {
    const DECLARATION: Declaration = Declaration {
        name: "poisson_log_glm",
        kind: Kind::Discrete,
        signature: "ints | matrix, real or vector, vector; array[] int | row_vector, real or vector, vector",
        rng: "",
        cdf: Cumulative::None,
        summary: "Counts, with log rate linear in covariates: covariates, intercept, coefficients.",
        citation: "McCullagh & Nelder, Generalized Linear Models, 2nd ed., 1989",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 4)?;
        let regression = Regression {
            outcome: &args[0],
            outcome_check: Check::NonNegative,
            covariates: &args[1],
            intercept: &args[2],
            coefficients: &args[3],
            extra: None,
        };
        glm::log_density(NAME, regression, keep, glm::no_joint_check, |y, eta, _| {
            PoissonLog::log_density(y, [eta], keep)
        })
    }
}
