//! What the regression families share: the linear predictor, broadcasting, and the derivatives through them.

use super::arguments::{check_all, matrix, number, numbers, same_size};
use super::{Check, DomainError, Keep};
use crate::num::{Dual, Num};
use crate::value::{Matrix, Value};
use std::borrow::Cow;

/// Covariates as rows; a row vector stands for as many equal rows as there are outcomes.
pub(super) struct Covariates<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
    /// The number of rows the outcomes see.
    pub len: usize,
}

impl<'a, T: Num> Covariates<'a, T> {
    /// `len` is the number of outcomes, for a row vector.
    pub(super) fn of(family: &str, value: &'a Value<T>, len: Option<usize>) -> Result<Self, DomainError> {
        match value {
            Value::RowVector(x) => Ok(Covariates { data: x, rows: 1, cols: x.len(), len: len.unwrap_or(1) }),
            _ => {
                let Matrix { rows, cols, data } = matrix(family, "covariates", value)?;
                Ok(Covariates { data, rows: *rows, cols: *cols, len: *rows })
            }
        }
    }

    fn row(&self, i: usize) -> usize {
        if self.rows == 1 { 0 } else { i }
    }

    pub(super) fn at(&self, i: usize, j: usize) -> T {
        self.data[j * self.rows + self.row(i)]
    }

    pub(super) fn cols(&self) -> usize {
        self.cols
    }

    /// `x_i beta` for every outcome.
    pub(super) fn times(&self, beta: &[f64]) -> Vec<f64> {
        let mut eta = vec![0.0; self.rows];
        if self.rows > 0 {
            for (column, b) in self.data.chunks_exact(self.rows).zip(beta) {
                for (e, x) in eta.iter_mut().zip(column) {
                    *e += x.value() * b;
                }
            }
        }
        (0..self.len).map(|i| eta[self.row(i)]).collect()
    }

    pub(super) fn is_constant(&self) -> bool {
        self.data.iter().all(|x| x.is_constant())
    }
}

/// A scalar or one number an outcome.
pub(super) struct Broadcast<'a, T: Clone>(Cow<'a, [T]>, bool);

impl<'a, T: Num> Broadcast<'a, T> {
    pub(super) fn of(family: &str, name: &str, value: &'a Value<T>, n: usize) -> Result<Self, DomainError> {
        match value {
            Value::Int(_) | Value::Real(_) => Ok(Broadcast(Cow::Owned(vec![number(family, name, value)?]), true)),
            _ => {
                let x = numbers(family, name, value)?;
                same_size(family, name, x.len(), "the covariates", n)?;
                Ok(Broadcast(x, false))
            }
        }
    }

    pub(super) fn at(&self, i: usize) -> T {
        self.0[if self.1 { 0 } else { i }]
    }

    pub(super) fn check(&self, family: &str, name: &str, check: Check) -> Result<(), DomainError> {
        if self.1 { check.test(family, name, 0, self.0[0].value()) } else { check_all(family, name, check, &self.0) }
    }

    /// Adds the partials of the sum over `d.len()` outcomes.
    fn push(&self, inputs: &mut Vec<(T, f64)>, d: &[f64]) {
        if self.1 {
            if !self.0[0].is_constant() {
                inputs.push((self.0[0], d.iter().sum()));
            }
        } else {
            super::linear::push_partials(inputs, &self.0, d.iter().copied());
        }
    }
}

/// The arguments of a regression with one predictor an outcome.
pub(super) struct Regression<'a, T> {
    pub outcome: &'a Value<T>,
    pub outcome_check: Check,
    pub covariates: &'a Value<T>,
    pub intercept: &'a Value<T>,
    pub coefficients: &'a Value<T>,
    /// A further argument (scale, precision, population size): value, name and domain.
    pub extra: Option<(&'a Value<T>, &'static str, Check)>,
}

/// Sum over outcomes of `density(y, eta, extra)` with `eta = intercept + x coefficients`; direction 0 of the duals is the
/// outcome, 1 the predictor, 2 the further argument.
pub(super) fn log_density<T: Num>(
    family: &'static str,
    regression: Regression<'_, T>,
    keep: Keep,
    check_together: impl Fn(f64, f64) -> Result<(), String>,
    density: impl Fn(Dual<3>, Dual<3>, Dual<3>) -> Dual<3>,
) -> Result<T, DomainError> {
    let outcomes = match regression.outcome {
        Value::Int(_) | Value::Real(_) => None,
        many => Some(numbers(family, "outcome", many)?.len()),
    };
    let x = Covariates::of(family, regression.covariates, outcomes)?;
    let n = x.len;
    let y = Broadcast::of(family, "outcome", regression.outcome, n)?;
    let alpha = Broadcast::of(family, "intercept", regression.intercept, n)?;
    let beta = numbers(family, "coefficients", regression.coefficients)?;
    same_size(family, "coefficients", beta.len(), "the columns of the covariates", x.cols())?;
    let extra = regression.extra.map(|(value, name, _)| Broadcast::of(family, name, value, n)).transpose()?;
    y.check(family, "outcome", regression.outcome_check)?;
    if let (Some(e), Some((_, name, check))) = (&extra, &regression.extra) {
        e.check(family, name, *check)?;
    }
    let beta_values: Vec<f64> = beta.iter().map(|b| b.value()).collect();
    let eta = x.times(&beta_values);
    let mut value = 0.0;
    let (mut dy, mut deta, mut dextra) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let mut seen_infinite = false;
    for i in 0..n {
        let e = extra.as_ref().map_or(0.0, |e| e.at(i).value());
        check_together(y.at(i).value(), e).map_err(|message| DomainError::new(format!("{family}: {message}")))?;
        let predictor = eta[i] + alpha.at(i).value();
        seen_infinite |= !predictor.is_finite();
        let lp = density(Dual::input(y.at(i).value(), 0), Dual::input(predictor, 1), Dual::input(e, 2));
        value += lp.value;
        [dy[i], deta[i], dextra[i]] = lp.d;
    }
    if seen_infinite {
        alpha.check(family, "intercept", Check::Finite)?;
        check_all(family, "coefficients", Check::Finite, &beta)?;
        return Err(DomainError::new(format!("{family}: the linear predictor is not finite")));
    }
    if keep.nothing() {
        return Ok(T::from(0.0));
    }
    let mut inputs = Vec::new();
    y.push(&mut inputs, &dy);
    alpha.push(&mut inputs, &deta);
    if let Some(e) = &extra {
        e.push(&mut inputs, &dextra);
    }
    push_linear(&mut inputs, &x, &beta, &beta_values, &deta);
    Ok(T::compose(value, &inputs))
}

/// Adds the partials of coefficients and covariates, given those of the predictors.
pub(super) fn push_linear<T: Num>(
    inputs: &mut Vec<(T, f64)>,
    x: &Covariates<'_, T>,
    beta: &[T],
    beta_values: &[f64],
    deta: &[f64],
) {
    for (j, b) in beta.iter().enumerate() {
        if !b.is_constant() {
            inputs.push((*b, (0..x.len).map(|i| x.at(i, j).value() * deta[i]).sum()));
        }
    }
    if !x.is_constant() {
        for (i, d) in deta.iter().enumerate() {
            for (j, b) in beta_values.iter().enumerate() {
                inputs.push((x.at(i, j), d * b));
            }
        }
    }
}

/// The linear predictors, for a generator: covariates, intercepts and coefficients.
pub(super) fn predictors(family: &'static str, args: &[Value<f64>]) -> Result<Vec<f64>, DomainError> {
    let alpha = numbers(family, "intercept", &args[1])?;
    let x = Covariates::of(family, &args[0], Some(alpha.len()))?;
    let beta = numbers(family, "coefficients", &args[2])?;
    same_size(family, "coefficients", beta.len(), "the columns of the covariates", x.cols())?;
    same_size(family, "intercept", alpha.len(), "the covariates", x.len)?;
    check_all(family, "intercept", Check::Finite, &alpha)?;
    check_all(family, "coefficients", Check::Finite, &beta)?;
    Ok(x.times(&beta).iter().zip(alpha.iter()).map(|(e, a)| e + a).collect())
}

/// Any outcome and further argument go together.
pub(super) fn no_joint_check(_: f64, _: f64) -> Result<(), String> {
    Ok(())
}
