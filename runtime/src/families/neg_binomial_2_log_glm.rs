//! Negative binomial outcomes with log mean `alpha + x beta` and precision `phi`.

use super::arguments::count;
use super::glm::{self, Regression};
use super::neg_binomial_2::log_coefficient;
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::Value;

pub struct NegBinomial2LogGlm;

const NAME: &str = "neg_binomial_2_log_glm";

impl Joint for NegBinomial2LogGlm {
    const DECLARATION: Declaration = Declaration {
        name: "neg_binomial_2_log_glm",
        kind: Kind::Discrete,
        signature: "ints | matrix, real or vector, vector, real; array[] int | row_vector, real or vector, vector, real",
        rng: "",
        cdf: Cumulative::None,
        summary: "Counts, with log mean linear in covariates: covariates, intercept, coefficients, precision.",
        citation: "McCullagh & Nelder, Generalized Linear Models, 2nd ed., 1989",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 5)?;
        let regression = Regression {
            outcome: &args[0],
            outcome_check: Check::NonNegative,
            covariates: &args[1],
            intercept: &args[2],
            coefficients: &args[3],
            extra: Some((&args[4], "precision", Check::PositiveFinite)),
        };
        let predictor_kept = keep.term(0b1110);
        let precision_kept = keep.term(1 << 4);
        glm::log_density(NAME, regression, keep, glm::no_joint_check, |y, eta, phi| {
            let log_phi = phi.ln();
            let excess = math::log1p_exp(eta - log_phi);
            // -(y + phi) log(exp(eta) + phi) + phi log(phi), the latter only with the precision.
            let mut lp = -phi * excess - y * (log_phi + excess);
            if !precision_kept {
                lp -= phi * log_phi;
            } else if keep.all {
                lp += log_coefficient(y, phi);
            } else {
                lp += math::log_rising_factorial(phi, y);
            }
            if predictor_kept {
                lp += y * eta;
            }
            lp
        })
    }
}
