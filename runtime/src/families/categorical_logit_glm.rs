//! Categorical outcomes with log odds `alpha + x beta` (one column of beta a category).

use super::arguments::{check_all, count, integers, matrix, numbers, same_size};
use super::glm::Covariates;
use super::linear;
use super::simplex::check_category;
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::{Matrix, Value};

pub struct CategoricalLogitGlm;

const NAME: &str = "categorical_logit_glm";

impl Joint for CategoricalLogitGlm {
    const DECLARATION: Declaration = Declaration {
        name: "categorical_logit_glm",
        kind: Kind::Discrete,
        signature: "ints | matrix or row_vector, vector, matrix",
        rng: "",
        cdf: Cumulative::None,
        summary: "Categories, with log odds linear in covariates: covariates, intercepts, coefficients.",
        citation: "McCullagh & Nelder, Generalized Linear Models, 2nd ed., 1989",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 4)?;
        let (outcomes, single) = integers(NAME, "outcome", &args[0])?;
        let x = Covariates::of(NAME, &args[1], Some(outcomes.len()))?;
        let alpha = numbers(NAME, "intercepts", &args[2])?;
        let beta = matrix(NAME, "coefficients", &args[3])?;
        let (n, k, m) = (x.len, alpha.len(), x.cols());
        if !single {
            same_size(NAME, "outcome", outcomes.len(), "the rows of the covariates", n)?;
        }
        same_size(NAME, "intercepts", k, "the columns of the coefficients", beta.cols)?;
        same_size(NAME, "the rows of the coefficients", beta.rows, "the columns of the covariates", m)?;
        check_all(NAME, "intercepts", Check::Finite, &alpha)?;
        check_all(NAME, "coefficients", Check::Finite, &beta.data)?;
        for &y in &outcomes {
            check_category(NAME, y, k)?;
        }
        if keep.nothing() || n == 0 {
            return Ok(T::from(0.0));
        }
        let columns: Vec<Vec<f64>> = (0..k)
            .map(|c| {
                let b: Vec<f64> = (0..m).map(|j| beta.at(j, c).value()).collect();
                x.times(&b).into_iter().map(|e| e + alpha[c].value()).collect()
            })
            .collect();
        let mut value = 0.0;
        // Partials of the log odds: outcomes by categories.
        let mut d = Matrix::filled(n, k, 0.0);
        for i in 0..n {
            let odds: Vec<f64> = columns.iter().map(|c| c[i]).collect();
            let y = outcomes[if single { 0 } else { i }] as usize - 1;
            let log_total = math::log_sum_exp_of(&odds);
            if !log_total.is_finite() {
                return Err(DomainError::new(format!("{NAME}: the linear predictor is not finite")));
            }
            value += odds[y] - log_total;
            for (c, o) in odds.iter().enumerate() {
                d.set(i, c, f64::from(u8::from(c == y)) - (o - log_total).exp());
            }
        }
        let mut inputs = Vec::new();
        linear::push_partials(&mut inputs, &alpha, (0..k).map(|c| (0..n).map(|i| d.at(i, c)).sum()));
        for c in 0..k {
            for j in 0..m {
                if !beta.at(j, c).is_constant() {
                    inputs.push((beta.at(j, c), (0..n).map(|i| x.at(i, j).value() * d.at(i, c)).sum()));
                }
            }
        }
        if !x.is_constant() {
            for i in 0..n {
                for j in 0..m {
                    inputs.push((x.at(i, j), (0..k).map(|c| beta.at(j, c).value() * d.at(i, c)).sum()));
                }
            }
        }
        Ok(T::compose(value, &inputs))
    }
}
