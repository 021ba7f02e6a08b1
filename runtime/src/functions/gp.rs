//! Covariance matrices of Gaussian processes.

use super::error::{FunctionError, Result};
use super::scalar::{arity, array, no_overload, real, same_size, sequence};
use crate::num::Num;
use crate::value::{Matrix, Value};

super::functions! {
    gp_exp_quad_cov => stationary,
    gp_exponential_cov => stationary,
    gp_matern32_cov => stationary,
    gp_matern52_cov => stationary,
    gp_periodic_cov => periodic,
    gp_dot_prod_cov => dot_prod,
    cov_exp_quad => stationary,
}

/// The points of an array of reals (dimension 1) or of vectors.
fn points<T: Num>(name: &str, args: &[&Value<T>], i: usize) -> Result<Vec<Vec<T>>> {
    let points: Vec<Vec<T>> = array(name, args, i)?
        .iter()
        .map(|v| match v {
            Value::Real(x) => Ok(vec![*x]),
            Value::Int(n) => Ok(vec![T::from(*n as f64)]),
            Value::Vector(v) | Value::RowVector(v) => Ok(v.clone()),
            _ => Err(no_overload(name, args)),
        })
        .collect::<Result<_>>()?;
    if let Some(first) = points.first() {
        for point in &points {
            same_size(name, first.len(), point.len())?;
        }
    }
    for (k, point) in points.iter().enumerate() {
        if let Some(x) = point.iter().find(|x| x.value().is_nan()) {
            return Err(FunctionError::domain(name, format!("point {} is {x:?}, but must not be nan", k + 1)));
        }
    }
    Ok(points)
}

/// The points of rows and columns, and how many arguments they took.
#[allow(clippy::type_complexity)]
fn two_sets<T: Num>(
    name: &str,
    args: &[&Value<T>],
    scalars: usize,
) -> Result<(Vec<Vec<T>>, Option<Vec<Vec<T>>>, usize)> {
    arity(name, args, 1 + scalars..=2 + scalars)?;
    let x = points(name, args, 0)?;
    if args.len() == 1 + scalars {
        return Ok((x, None, 1));
    }
    let y = points(name, args, 1)?;
    if let (Some(a), Some(b)) = (x.first(), y.first()) {
        same_size(name, a.len(), b.len())?;
    }
    Ok((x, Some(y), 2))
}

/// Fills a covariance matrix; one of a set with itself is symmetric.
fn fill<T: Num>(x: &[Vec<T>], y: Option<&[Vec<T>]>, mut k: impl FnMut(&[T], &[T], bool) -> T) -> Value<T> {
    match y {
        Some(y) => Value::Matrix(Matrix::from_fn(x.len(), y.len(), |i, j| k(&x[i], &y[j], false))),
        None => {
            let n = x.len();
            let mut m = Matrix::filled(n, n, T::from(0.0));
            for j in 0..n {
                for i in j..n {
                    let c = k(&x[i], &x[j], i == j);
                    m.set(i, j, c);
                    m.set(j, i, c);
                }
            }
            Value::Matrix(m)
        }
    }
}

fn positive<T: Num>(name: &str, what: &str, x: T) -> Result<T> {
    let v = x.value();
    if v > 0.0 && v.is_finite() {
        Ok(x)
    } else {
        Err(FunctionError::domain(name, format!("{what} must be positive and finite, got {v}")))
    }
}

/// `sigma^2 f(r^2)` with `r` the distance in units of the length scale: one number, or one a dimension.
fn stationary<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let (x, y, at) = two_sets(name, args, 2)?;
    let sigma = positive(name, "magnitude", real(name, args, at)?)?;
    let scales: Vec<T> = match args[at + 1] {
        Value::Array(_) => {
            let scales = sequence::<T>(name, args, at + 1)?.data.into_owned();
            if let Some(point) = x.first() {
                same_size(name, point.len(), scales.len())?;
            }
            scales
        }
        _ => vec![real(name, args, at + 1)?],
    };
    for &scale in &scales {
        positive(name, "length scale", scale)?;
    }
    let variance = sigma.square();
    let inverse: Vec<T> = scales.iter().map(|s| s.recip()).collect();
    // Correlation and its derivative with respect to the squared scaled distance.
    let correlation: fn(f64) -> (f64, f64) = match name {
        "gp_exponential_cov" => |q| {
            let r = q.sqrt();
            let c = (-r).exp();
            (c, if r == 0.0 { 0.0 } else { -0.5 * c / r })
        },
        "gp_matern32_cov" => |q| {
            let a = (3.0 * q).sqrt();
            let c = (-a).exp();
            ((1.0 + a) * c, -1.5 * c)
        },
        "gp_matern52_cov" => |q| {
            let a = (5.0 * q).sqrt();
            let c = (-a).exp();
            ((1.0 + a + a * a / 3.0) * c, -5.0 / 6.0 * (1.0 + a) * c)
        },
        _ => |q| {
            let c = (-0.5 * q).exp();
            (c, -0.5 * c)
        },
    };
    let mut inputs = Vec::new();
    Ok(fill(&x, y.as_deref(), |a, b, same| {
        if same {
            return variance;
        }
        // One record an entry: partials with respect to the points, the scales and the variance.
        let scale = |d: usize| inverse[if inverse.len() == 1 { 0 } else { d }];
        let mut q = 0.0;
        for (d, (&u, &v)) in a.iter().zip(b).enumerate() {
            let z = (u.value() - v.value()) * scale(d).value();
            q += z * z;
        }
        let (c, dc) = correlation(q);
        let s2 = variance.value();
        inputs.clear();
        inputs.push((variance, c));
        for (d, (&u, &v)) in a.iter().zip(b).enumerate() {
            let (gap, w) = (u.value() - v.value(), scale(d));
            let partial = 2.0 * s2 * dc * gap * w.value();
            if !u.is_constant() {
                inputs.push((u, partial * w.value()));
            }
            if !v.is_constant() {
                inputs.push((v, -partial * w.value()));
            }
            if !w.is_constant() {
                inputs.push((w, partial * gap));
            }
        }
        T::compose(s2 * c, &inputs)
    }))
}

/// `sigma^2 exp(-2 sin^2(pi |x - y| / p) / l^2)`, arguments `(sigma, l, p)`.
fn periodic<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let (x, y, at) = two_sets(name, args, 3)?;
    let sigma = positive(name, "magnitude", real(name, args, at)?)?;
    let scale = positive(name, "length scale", real(name, args, at + 1)?)?;
    let period = positive(name, "period", real(name, args, at + 2)?)?;
    let variance = sigma.square();
    let factor = T::from(-2.0) / scale.square();
    let frequency = T::from(std::f64::consts::PI) / period;
    Ok(fill(&x, y.as_deref(), |a, b, same| {
        if same {
            return variance;
        }
        let gaps: Vec<T> = a.iter().zip(b).map(|(&u, &v)| u - v).collect();
        let q: T = super::scalar::Scalar::dot(gaps.iter().map(|&g| (g, g)));
        // The distance at coinciding points has no derivative; the sine is 0 there and its square flat.
        let r = if q.value() == 0.0 { T::from(0.0) } else { q.sqrt() };
        variance * (factor * (frequency * r).sin().square()).exp()
    }))
}

/// `sigma^2 + x' y`
fn dot_prod<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let (x, y, at) = two_sets(name, args, 1)?;
    let sigma = real(name, args, at)?;
    if sigma.value() < 0.0 || !sigma.value().is_finite() {
        let message = format!("magnitude must not be negative and must be finite, got {}", sigma.value());
        return Err(FunctionError::domain(name, message));
    }
    let variance = sigma.square();
    Ok(fill(&x, y.as_deref(), |a, b, _| {
        variance + super::scalar::Scalar::dot(a.iter().copied().zip(b.iter().copied()))
    }))
}
