//! Normal outcomes with mean `alpha + x beta` and standard deviation `sigma`.

use super::Scalar;
use super::arguments::count;
use super::glm::{self, Regression};
use super::normal::Normal;
use super::{Check, DomainError, Joint, Keep, bit::B};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Num;
use crate::value::Value;

pub struct NormalIdGlm;

const NAME: &str = "normal_id_glm";

impl Joint for NormalIdGlm {
    const DECLARATION: Declaration = Declaration {
        name: "normal_id_glm",
        kind: Kind::Continuous,
        signature: "real | matrix, real or vector, vector, real or vector; vector | matrix or row_vector, real or vector, vector, real or vector",
        rng: "",
        cdf: Cumulative::None,
        summary: "Real numbers, with mean linear in covariates: covariates, intercept, coefficients, standard deviation.",
        citation: "McCullagh & Nelder, Generalized Linear Models, 2nd ed., 1989",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 5)?;
        let regression = Regression {
            outcome: &args[0],
            outcome_check: Check::Finite,
            covariates: &args[1],
            intercept: &args[2],
            coefficients: &args[3],
            extra: Some((&args[4], "scale", Check::PositiveFinite)),
        };
        // The scale is argument 4 here and argument 2 of the normal.
        let scale = if keep.active & (1 << 4) != 0 { B } else { 0 };
        let element = Keep { all: keep.all, active: scale };
        glm::log_density(NAME, regression, keep, glm::no_joint_check, |y, eta, sigma| {
            Normal::log_density(y, [eta, sigma], element)
        })
    }
}
