//! Ordered logistic outcomes with predictor `x beta`.

use super::arguments::{check_all, count, integers, numbers, same_size};
use super::glm::{Covariates, push_linear};
use super::linear;
use super::ordered_logistic::check_cuts;
use super::simplex::check_category;
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Dual;
use crate::num::Num;
use crate::value::Value;

pub struct OrderedLogisticGlm;

const NAME: &str = "ordered_logistic_glm";

impl Joint for OrderedLogisticGlm {
    const DECLARATION: Declaration = Declaration {
        name: "ordered_logistic_glm",
        kind: Kind::Discrete,
        signature: "ints | matrix or row_vector, vector, vector",
        rng: "",
        cdf: Cumulative::None,
        summary: "Ordered categories, with predictor linear in covariates: covariates, coefficients, cut points.",
        citation: "McCullagh & Nelder, Generalized Linear Models, 2nd ed., 1989",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 4)?;
        let (outcomes, single) = integers(NAME, "outcome", &args[0])?;
        let x = Covariates::of(NAME, &args[1], Some(outcomes.len()))?;
        let beta = numbers(NAME, "coefficients", &args[2])?;
        let cuts = numbers(NAME, "cut points", &args[3])?;
        if !single {
            same_size(NAME, "outcome", outcomes.len(), "the rows of the covariates", x.len)?;
        }
        same_size(NAME, "coefficients", beta.len(), "the columns of the covariates", x.cols())?;
        check_all(NAME, "coefficients", Check::Finite, &beta)?;
        check_cuts(NAME, &cuts)?;
        for &y in &outcomes {
            check_category(NAME, y, cuts.len() + 1)?;
        }
        if keep.nothing() {
            return Ok(T::from(0.0));
        }
        let beta_values: Vec<f64> = beta.iter().map(|b| b.value()).collect();
        let eta = x.times(&beta_values);
        check_all(NAME, "linear predictor", Check::Finite, &eta)?;
        let mut value = 0.0;
        let (mut d_eta, mut d_cuts) = (vec![0.0; x.len], vec![0.0; cuts.len()]);
        for (i, e) in eta.iter().enumerate() {
            let y = outcomes[if single { 0 } else { i }] as usize;
            // Direction 0 is the predictor, 1 and 2 the cut points below and above the category.
            let predictor = Dual::<3>::input(*e, 0);
            let below = (y > 1).then(|| predictor - Dual::input(cuts[y - 2].value(), 1));
            let above = (y <= cuts.len()).then(|| predictor - Dual::input(cuts[y - 1].value(), 2));
            let lp = match (below, above) {
                (None, None) => Dual::constant(0.0),
                (None, Some(b)) => math::log1m_inv_logit(b),
                (Some(a), None) => math::log_inv_logit(a),
                (Some(a), Some(b)) => math::log_inv_logit_diff(a, b),
            };
            value += lp.value;
            d_eta[i] = lp.d[0];
            if y > 1 {
                d_cuts[y - 2] += lp.d[1];
            }
            if y <= cuts.len() {
                d_cuts[y - 1] += lp.d[2];
            }
        }
        let mut inputs = Vec::new();
        push_linear(&mut inputs, &x, &beta, &beta_values, &d_eta);
        linear::push_partials(&mut inputs, &cuts, d_cuts);
        Ok(T::compose(value, &inputs))
    }
}
