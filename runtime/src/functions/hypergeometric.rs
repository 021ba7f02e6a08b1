//! Generalised hypergeometric functions by their power series.

use super::error::{FunctionError, Result};
use super::scalar::{arity, real, same_size, sequence};
use crate::math;
use crate::num::Num;
use crate::value::Value;

super::functions! {
    hypergeometric_2F1 => two_one,
    hypergeometric_3F2 => three_two,
    hypergeometric_pFq => general,
}

/// Terms after which the series is given up (it converges slowly near the unit circle).
const MAX_TERMS: usize = 100_000;

/// `sum_k prod_i (a_i)_k / prod_j (b_j)_k z^k / k!`, summed with its derivatives.
fn series<T: Num>(name: &str, a: &[T], b: &[T], z: T) -> Result<T> {
    let diverges = || FunctionError::domain(name, format!("the series does not converge at z = {}", z.value()));
    let is_end = |x: &T| x.value() <= 0.0 && x.value() == x.value().round();
    // A numerator parameter that is 0 or a negative integer ends the series.
    let ends = a.iter().any(is_end);
    if b.iter().any(is_end) {
        return Err(FunctionError::domain(name, "a parameter of the denominator is 0 or a negative integer"));
    }
    let order = a.len() as i64 - b.len() as i64 - 1;
    if !ends && (order > 0 || (order == 0 && z.value().abs() >= 1.0)) {
        return Err(diverges());
    }
    let inputs: Vec<T> = a.iter().chain(b).chain([&z]).copied().collect();
    let fixed = inputs.iter().all(|x| x.is_constant());
    let (mut sum, mut term) = (1.0, 1.0);
    // The partials of the current term and of the sum.
    let mut of_term = vec![0.0; inputs.len()];
    let mut of_sum = vec![0.0; inputs.len()];
    for k in 0..MAX_TERMS {
        let kf = k as f64;
        // term' = term * prod (a + k) / prod (b + k) * z / (k + 1), by the product rule one factor at a time.
        let mut multiply = |i: usize, factor: f64, slope: f64| {
            if !fixed {
                of_term.iter_mut().for_each(|d| *d *= factor);
                of_term[i] += term * slope;
            }
            term *= factor;
        };
        for (i, x) in a.iter().enumerate() {
            multiply(i, x.value() + kf, 1.0);
        }
        for (j, x) in b.iter().enumerate() {
            let r = 1.0 / (x.value() + kf);
            multiply(a.len() + j, r, -r * r);
        }
        multiply(inputs.len() - 1, z.value() / (kf + 1.0), 1.0 / (kf + 1.0));
        sum += term;
        of_sum.iter_mut().zip(&of_term).for_each(|(s, d)| *s += d);
        if !sum.is_finite() || of_sum.iter().any(|d| !d.is_finite()) {
            return Err(diverges());
        }
        let settled = |change: f64, total: f64| change.abs() <= 1e-17 * total.abs() || (change == 0.0);
        let all = settled(term, sum) && of_term.iter().zip(&of_sum).all(|(&d, &s)| settled(d, s));
        if all && beyond_all_ends(a, kf) {
            return Ok(T::compose(sum, &inputs.into_iter().zip(of_sum).collect::<Vec<_>>()));
        }
    }
    Err(diverges())
}

/// Whether no factor `a + k` vanishes from here on.
fn beyond_all_ends<T: Num>(a: &[T], k: f64) -> bool {
    a.iter().all(|x| x.value() + k > 0.0)
}

/// Gauss's function of `(a1, a2, b1, z)`. Below `z = -1/2` by Pfaff's transformation, at 1 by Gauss's formula.
fn two_one<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 4..=4)?;
    let (a, b) = (real(name, args, 0)?, real(name, args, 1)?);
    let (c, z) = (real(name, args, 2)?, real(name, args, 3)?);
    let one = T::from(1.0);
    let rest = c.value() - a.value() - b.value();
    if z.value() == 1.0 && rest > 0.0 && c.value() > 0.0 && z.is_constant() {
        let value = math::lgamma(c) + math::lgamma(c - a - b) - math::lgamma(c - a) - math::lgamma(c - b);
        if c.value() > a.value() && c.value() > b.value() {
            return Ok(Value::Real(value.exp()));
        }
    }
    if z.value() < -0.5 {
        let factor = (-a * (one - z).ln()).exp();
        return Ok(Value::Real(factor * series(name, &[a, c - b], &[c], z / (z - one))?));
    }
    Ok(Value::Real(series(name, &[a, b], &[c], z)?))
}

fn three_two<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 3..=3)?;
    same_size(name, sequence::<T>(name, args, 0)?.len(), 3)?;
    same_size(name, sequence::<T>(name, args, 1)?.len(), 2)?;
    general(name, args)
}

fn general<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 3..=3)?;
    let (a, b) = (sequence::<T>(name, args, 0)?, sequence::<T>(name, args, 1)?);
    Ok(Value::Real(series(name, &a.data, &b.data, real(name, args, 2)?)?))
}
