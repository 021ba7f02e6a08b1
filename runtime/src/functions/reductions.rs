//! One number of a container: sums, products, extremes, moments, norms, quantiles; softmax and cumulative sums.

use super::error::{FunctionError, Result};
use super::scalar::{
    Scalar, Shape, arity, by_scalar, int_array, is_complex, no_overload, real, same_size, sequence, view,
};
use crate::math::log_sum_exp_of;
use crate::num::Num;
use crate::value::{Complex, Value};

super::functions! {
    sum => sum,
    prod => prod,
    min => extreme,
    max => extreme,
    mean => mean,
    variance => variance,
    sd => sd,
    norm1 => norm1,
    norm2 => norm2,
    quantile => quantile,
    cumulative_sum => cumulative_sum,
    softmax => softmax,
    log_softmax => log_softmax,
    dot_product => dot_product,
    dot_self => dot_self,
    distance => distance,
    squared_distance => squared_distance,
}

/// The entries of an array of integers (which may be empty).
fn as_ints<T>(value: &Value<T>) -> Option<Vec<i32>> {
    match value {
        Value::Array(items) => items.iter().map(|v| if let Value::Int(i) = v { Some(*i) } else { None }).collect(),
        _ => None,
    }
}

fn overflow(name: &str) -> FunctionError {
    FunctionError::overflow(name, "integer overflow")
}

fn sum<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let view = view::<S>(name, args, 0)?;
        Ok(S::pack(Shape::Scalar, vec![S::sum(view.data.iter().copied())]))
    }
    arity(name, args, 1..=1)?;
    if let Some(items) = as_ints(args[0]) {
        let total: i64 = items.iter().map(|&i| i as i64).sum();
        return i32::try_from(total).map(Value::Int).map_err(|_| overflow(name));
    }
    by_scalar!(go, name, args)
}

fn prod<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let view = view::<S>(name, args, 0)?;
        let product = view.data.iter().copied().reduce(|a, b| a * b).unwrap_or(S::constant(1.0));
        Ok(S::pack(Shape::Scalar, vec![product]))
    }
    arity(name, args, 1..=1)?;
    if let Some(items) = as_ints(args[0]) {
        let product = items.iter().try_fold(1_i32, |p, &i| p.checked_mul(i));
        return product.map(Value::Int).ok_or_else(|| overflow(name));
    }
    by_scalar!(go, name, args)
}

/// `min` and `max`: of two integers, or of a container. Of none, the infinity that any number improves on.
fn extreme<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let max = name == "max";
    if let [Value::Int(a), Value::Int(b)] = args {
        return Ok(Value::Int(if max { *a.max(b) } else { *a.min(b) }));
    }
    if let [_, _] = args {
        let (x, y) = (real(name, args, 0)?, real(name, args, 1)?);
        return Ok(Value::Real(if (x.value() < y.value()) == max { y } else { x }));
    }
    arity(name, args, 1..=1)?;
    if let Some(items) = as_ints(args[0]).filter(|items| !items.is_empty()) {
        let best = if max { items.iter().max() } else { items.iter().min() };
        return best.map(|&i| Value::Int(i)).ok_or_else(|| no_overload(name, args));
    }
    let view = view::<T>(name, args, 0)?;
    let start = T::from(if max { f64::NEG_INFINITY } else { f64::INFINITY });
    let mut best = view.data.first().copied().unwrap_or(start);
    for &x in view.data.iter().skip(1) {
        if (max && x > best) || (!max && x < best) {
            best = x;
        }
    }
    Ok(Value::Real(best))
}

/// The entries, of which there must be at least one.
fn entries<'a, T: Num>(name: &str, args: &[&'a Value<T>]) -> Result<std::borrow::Cow<'a, [T]>> {
    arity(name, args, 1..=1)?;
    let view = view::<T>(name, args, 0)?;
    if view.len() == 0 {
        return Err(FunctionError::size(name, "the argument has size 0, but must have a non-zero size"));
    }
    Ok(view.data)
}

fn mean_value<T: Num>(xs: &[T]) -> f64 {
    xs.iter().map(|x| x.value()).sum::<f64>() / xs.len() as f64
}

fn mean<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let xs = entries(name, args)?;
    let value = mean_value(&xs);
    if xs.iter().all(|x| x.is_constant()) {
        return Ok(Value::Real(T::from(value)));
    }
    let w = 1.0 / xs.len() as f64;
    Ok(Value::Real(T::compose(value, &xs.iter().map(|&x| (x, w)).collect::<Vec<_>>())))
}

/// The sample variance (divisor n - 1); of one number 0. The partials are those of the variance times `factor`.
fn moments<T: Num>(xs: &[T], value: impl Fn(f64) -> f64, factor: impl Fn(f64) -> f64) -> T {
    let n = xs.len();
    if n == 1 {
        return T::from(0.0);
    }
    let mean = mean_value(xs);
    let squares: f64 = xs.iter().map(|x| (x.value() - mean).powi(2)).sum();
    let variance = squares / (n - 1) as f64;
    if xs.iter().all(|x| x.is_constant()) {
        return T::from(value(variance));
    }
    let f = 2.0 * factor(variance) / (n - 1) as f64;
    let inputs: Vec<(T, f64)> = xs.iter().map(|&x| (x, f * (x.value() - mean))).collect();
    T::compose(value(variance), &inputs)
}

fn variance<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    Ok(Value::Real(moments(&entries(name, args)?, |v| v, |_| 1.0)))
}

fn sd<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let xs = entries(name, args)?;
    let n = xs.len() as f64;
    if xs.len() > 1 && xs.iter().any(|x| !x.is_constant()) && xs.iter().all(|x| x.value() == xs[0].value()) {
        // The derivative of the root at 0 is taken as 1/sqrt(n) for every entry, as Stan does.
        let inputs: Vec<(T, f64)> = xs.iter().map(|&x| (x, 1.0 / n.sqrt())).collect();
        return Ok(Value::Real(T::compose(0.0, &inputs)));
    }
    Ok(Value::Real(moments(&xs, f64::sqrt, |v| 0.5 / v.sqrt())))
}

fn norm1<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let xs = sequence::<T>(name, args, 0)?;
    let terms: Vec<T> = xs.data.iter().map(|x| x.abs()).collect();
    Ok(Value::Real(T::sum(terms.iter().copied())))
}

/// The Euclidean length; its derivative at 0 counts as 0.
fn length<T: Num>(xs: &[T]) -> T {
    let value = xs.iter().map(|x| x.value() * x.value()).sum::<f64>().sqrt();
    if xs.iter().all(|x| x.is_constant()) {
        return T::from(value);
    }
    let part = |x: T| if value == 0.0 { 0.0 } else { x.value() / value };
    T::compose(value, &xs.iter().map(|&x| (x, part(x))).collect::<Vec<_>>())
}

fn norm2<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    Ok(Value::Real(length(&sequence::<T>(name, args, 0)?.data)))
}

/// R's quantile of type 7.
fn quantile<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    let mut xs = sequence::<T>(name, args, 0)?.data.into_owned();
    if xs.is_empty() {
        return Err(FunctionError::size(name, "the samples have size 0, but must have a non-zero size"));
    }
    if xs.iter().any(|x| x.value().is_nan()) {
        return Err(FunctionError::domain(name, "a sample is nan"));
    }
    xs.sort_by(|a, b| a.value().total_cmp(&b.value()));
    let at = |p: T| -> Result<T> {
        let p = p.value();
        if !(0.0..=1.0).contains(&p) {
            return Err(FunctionError::domain(name, format!("probability must be in [0, 1], got {p}")));
        }
        let h = (xs.len() - 1) as f64 * p;
        let low = h.floor() as usize;
        let high = (low + 1).min(xs.len() - 1);
        let w = h - low as f64;
        // Not (1 - w) a + w b in T: an infinite neighbour of weight 0 must not make it NaN.
        let value = if w == 0.0 { xs[low].value() } else { (1.0 - w) * xs[low].value() + w * xs[high].value() };
        Ok(T::compose(value, &[(xs[low], 1.0 - w), (xs[high], w)]))
    };
    match args[1] {
        Value::Array(ps) => {
            let ps = ps.iter().map(|p| real(name, &[p], 0)).collect::<Result<Vec<T>>>()?;
            Ok(Value::Array(ps.into_iter().map(|p| at(p).map(Value::Real)).collect::<Result<_>>()?))
        }
        _ => Ok(Value::Real(at(real(name, args, 1)?)?)),
    }
}

fn cumulative_sum<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let xs = sequence::<S>(name, args, 0)?;
        let mut data = Vec::with_capacity(xs.len());
        for &x in xs.data.iter() {
            data.push(match data.last() {
                Some(&total) => total + x,
                None => x,
            });
        }
        Ok(S::pack(xs.shape, data))
    }
    arity(name, args, 1..=1)?;
    if let Some(items) = as_ints(args[0]) {
        let mut total = 0_i32;
        let mut sums = Vec::with_capacity(items.len());
        for i in items {
            total = total.checked_add(i).ok_or_else(|| overflow(name))?;
            sums.push(total);
        }
        return Ok(int_array(sums));
    }
    by_scalar!(go, name, args)
}

/// Applies `f` to a vector or row vector, or to those in arrays.
fn each_vector<T: Num>(name: &str, args: &[&Value<T>], f: &impl Fn(&[T]) -> Vec<T>) -> Result<Value<T>> {
    match args {
        [Value::Vector(v)] => Ok(Value::Vector(f(v))),
        [Value::RowVector(v)] => Ok(Value::RowVector(f(v))),
        [Value::Array(items)] => {
            Ok(Value::Array(items.iter().map(|v| each_vector(name, &[v], f)).collect::<Result<_>>()?))
        }
        _ => Err(no_overload(name, args)),
    }
}

fn softmax<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    each_vector(name, args, &|xs: &[T]| {
        let max = xs.iter().map(|x| x.value()).fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = xs.iter().map(|x| (x.value() - max).exp()).collect();
        let total: f64 = weights.iter().sum();
        if xs.iter().all(|x| x.is_constant()) {
            return weights.iter().map(|w| T::from(w / total)).collect();
        }
        // y_i = exp(x_i - log_sum_exp(x)): two short records an entry instead of n partials.
        let normalizer = log_sum_exp_of(xs);
        xs.iter()
            .zip(&weights)
            .map(|(&x, w)| {
                let y = w / total;
                x.apply2(normalizer, y, || y, || -y)
            })
            .collect()
    })
}

fn log_softmax<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    each_vector(name, args, &|xs: &[T]| {
        let normalizer = log_sum_exp_of(xs);
        xs.iter().map(|&x| x - normalizer).collect()
    })
}

/// Of complex vectors `sum conj(a_i) b_i`.
fn dot_product<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    if is_complex(args[0]) || is_complex(args[1]) {
        let (a, b) = (sequence::<Complex<T>>(name, args, 0)?, sequence::<Complex<T>>(name, args, 1)?);
        same_size(name, a.len(), b.len())?;
        let conjugates = a.data.iter().map(|&z| super::complex::conj(z));
        return Ok(Value::Complex(Scalar::dot(conjugates.zip(b.data.iter().copied()))));
    }
    if let (Some(a), Some(b)) = (as_ints(args[0]), as_ints(args[1])) {
        same_size(name, a.len(), b.len())?;
        let total: f64 = a.iter().zip(&b).map(|(&x, &y)| x as f64 * y as f64).sum();
        return Ok(Value::Real(T::from(total)));
    }
    let (a, b) = (sequence::<T>(name, args, 0)?, sequence::<T>(name, args, 1)?);
    same_size(name, a.len(), b.len())?;
    Ok(Value::Real(T::dot(a.data.iter().copied().zip(b.data.iter().copied()))))
}

/// Of a complex vector the sum of squared moduli, as a complex number.
fn dot_self<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    if is_complex(args[0]) {
        return dot_product(name, &[args[0], args[0]]);
    }
    let a = sequence::<T>(name, args, 0)?;
    let terms = a.data.iter().map(|&x| (x, x));
    Ok(Value::Real(T::dot(terms)))
}

fn differences<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Vec<T>> {
    arity(name, args, 2..=2)?;
    let (a, b) = (view::<T>(name, args, 0)?, view::<T>(name, args, 1)?);
    same_size(name, a.len(), b.len())?;
    Ok(a.data.iter().zip(b.data.iter()).map(|(&x, &y)| x - y).collect())
}

fn distance<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    Ok(Value::Real(length(&differences(name, args)?)))
}

fn squared_distance<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let d = differences(name, args)?;
    Ok(Value::Real(T::dot(d.iter().map(|&x| (x, x)))))
}
