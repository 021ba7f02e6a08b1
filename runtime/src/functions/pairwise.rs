//! Functions of two or three numbers, applied entry by entry: a scalar meets every entry of a container, a container
//! meets one of its shape, arrays nest.

use super::arithmetic;
use super::complex;
use super::error::{FunctionError, Result};
use super::scalar::{Scalar, is_complex, no_overload, real, same_size, sequence};
use crate::math;
use crate::num::Num;
use crate::value::{Complex, Value};

/// `f` entry by entry, integers taken as reals.
pub(super) fn map2<T: Num>(name: &str, a: &Value<T>, b: &Value<T>, f: &impl Fn(T, T) -> Result<T>) -> Result<Value<T>> {
    let both = |x: &[T], y: &[T]| -> Result<Vec<T>> {
        same_size(name, x.len(), y.len())?;
        x.iter().zip(y).map(|(&x, &y)| f(x, y)).collect()
    };
    match (a, b) {
        (Value::Real(x), Value::Real(y)) => Ok(Value::Real(f(*x, *y)?)),
        (Value::Int(i), b) => {
            let x = T::from(*i as f64);
            map1(name, b, &|y| f(x, y))
        }
        (Value::Real(x), b) => map1(name, b, &|y| f(*x, y)),
        (a, Value::Int(j)) => {
            let y = T::from(*j as f64);
            map1(name, a, &|x| f(x, y))
        }
        (a, Value::Real(y)) => map1(name, a, &|x| f(x, *y)),
        (Value::Vector(x), Value::Vector(y)) => Ok(Value::Vector(both(x, y)?)),
        (Value::RowVector(x), Value::RowVector(y)) => Ok(Value::RowVector(both(x, y)?)),
        (Value::Matrix(x), Value::Matrix(y)) => {
            same_size(name, x.rows, y.rows)?;
            same_size(name, x.cols, y.cols)?;
            Ok(T::pack(super::scalar::Shape::Matrix(x.rows, x.cols), both(&x.data, &y.data)?))
        }
        // An array of integers stands beside a container too: `ldexp(vector, array[] int)`.
        (a @ (Value::Vector(_) | Value::RowVector(_)), Value::Array(_)) => {
            let (x, y) = (sequence::<T>(name, &[a], 0)?, sequence::<T>(name, &[b], 0)?);
            Ok(T::pack(x.shape, both(&x.data, &y.data)?))
        }
        (Value::Array(_), b @ (Value::Vector(_) | Value::RowVector(_))) => {
            let (x, y) = (sequence::<T>(name, &[a], 0)?, sequence::<T>(name, &[b], 0)?);
            Ok(T::pack(y.shape, both(&x.data, &y.data)?))
        }
        (Value::Matrix(m), Value::Array(_)) | (Value::Array(_), Value::Matrix(m)) => {
            let left = matches!(a, Value::Matrix(_));
            let rows = super::scalar::array(name, &[if left { b } else { a }], 0)?;
            same_size(name, m.rows, rows.len())?;
            let mut data = m.data.clone();
            for (i, row) in rows.iter().enumerate() {
                let row = sequence::<T>(name, &[row], 0)?;
                same_size(name, m.cols, row.len())?;
                for j in 0..m.cols {
                    let (x, y) = (m.at(i, j), row.data[j]);
                    data[j * m.rows + i] = if left { f(x, y)? } else { f(y, x)? };
                }
            }
            Ok(T::pack(super::scalar::Shape::Matrix(m.rows, m.cols), data))
        }
        (Value::Array(x), Value::Array(y)) => {
            same_size(name, x.len(), y.len())?;
            Ok(Value::Array(x.iter().zip(y).map(|(a, b)| map2(name, a, b, f)).collect::<Result<_>>()?))
        }
        _ => Err(no_overload(name, &[a, b])),
    }
}

/// `f` of every number inside.
fn map1<T: Num>(name: &str, a: &Value<T>, f: &impl Fn(T) -> Result<T>) -> Result<Value<T>> {
    if let Value::Array(items) = a {
        return Ok(Value::Array(items.iter().map(|v| map1(name, v, f)).collect::<Result<_>>()?));
    }
    let view = T::view(a).ok_or_else(|| no_overload(name, &[a]))?;
    Ok(T::pack(view.shape, view.data.iter().map(|&x| f(x)).collect::<Result<_>>()?))
}

/// `name => f;`: real functions of two numbers; `int 0` marks the argument that must be an integer.
macro_rules! binary {
    ($($name:ident => $f:expr $(, int $at:literal)?;)*) => {
        super::functions! {
            $($name => $name,)*
            pow => pow,
            log_sum_exp => log_sum_exp,
            fma => fma,
            log_mix => log_mix,
            choose => choose,
            falling_factorial => factorial_power,
            rising_factorial => factorial_power,
            inc_beta => inc_beta,
            inv_inc_beta => inc_beta,
        }
        $(#[allow(non_snake_case)]
        fn $name<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
            let [a, b] = args else { return Err(no_overload(name, args)) };
            $(if !is_int(args[$at]) {
                return Err(no_overload(name, args));
            })?
            let f: fn(T, T) -> T = $f;
            map2(name, a, b, &|x, y| Ok(f(x, y)))
        })*
    };
}

binary! {
    atan2 => math::atan2;
    hypot => complex::hypot;
    fmax => math::fmax;
    fmin => math::fmin;
    fdim => math::fdim;
    fmod => math::fmod;
    lmultiply => math::lmultiply;
    multiply_log => math::multiply_log;
    ldexp => math::ldexp, int 1;
    log_diff_exp => math::log_diff_exp;
    log_inv_logit_diff => math::log_inv_logit_diff;
    binary_log_loss => math::binary_log_loss, int 0;
    beta => math::beta;
    lbeta => math::lbeta;
    lchoose => math::lchoose;
    binomial_coefficient_log => math::binomial_coefficient_log;
    lmgamma => math::lmgamma, int 0;
    log_falling_factorial => math::log_falling_factorial;
    log_rising_factorial => math::log_rising_factorial;
    gamma_p => math::gamma_p;
    gamma_q => math::gamma_q;
    bessel_first_kind => math::bessel_first_kind, int 0;
    bessel_second_kind => math::bessel_second_kind, int 0;
    modified_bessel_first_kind => math::modified_bessel_first_kind, int 0;
    modified_bessel_second_kind => math::modified_bessel_second_kind, int 0;
    log_modified_bessel_first_kind => math::log_modified_bessel_first_kind;
    owens_t => math::owens_t;
    hypergeometric_1F0 => math::hypergeometric_1F0;
}

/// `a ^ b`
fn pow<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn complex_pow<T: Num>(name: &str, a: &Value<T>, b: &Value<T>) -> Result<Value<T>> {
        match (a, b) {
            (Value::Array(x), Value::Array(y)) => {
                same_size(name, x.len(), y.len())?;
                Ok(Value::Array(x.iter().zip(y).map(|(a, b)| complex_pow(name, a, b)).collect::<Result<_>>()?))
            }
            (Value::Array(x), b) => Ok(Value::Array(x.iter().map(|a| complex_pow(name, a, b)).collect::<Result<_>>()?)),
            (a, Value::Array(y)) => Ok(Value::Array(y.iter().map(|b| complex_pow(name, a, b)).collect::<Result<_>>()?)),
            _ => arithmetic::zip::<Complex<T>>(name, &[a, b], complex::pow),
        }
    }
    match args {
        [a, b] if is_complex(a) || is_complex(b) => complex_pow(name, a, b),
        [a, b] => map2(name, a, b, &|x, y| Ok(real_pow(x, y))),
        _ => Err(no_overload(name, args)),
    }
}

/// `x^p`, exactly where the exponent is one of the usual constants.
fn real_pow<T: Num>(x: T, p: T) -> T {
    if p.is_constant() {
        let e = p.value();
        if e == 2.0 {
            return x.square();
        } else if e == 1.0 {
            return x;
        } else if e == 0.5 {
            return x.sqrt();
        } else if e == -1.0 {
            return x.recip();
        }
    }
    x.pow(p)
}

/// Of one container, of the logarithm of the sum of exponentials; of two numbers, entry by entry.
fn log_sum_exp<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    match args {
        [a] => {
            let view = T::view(a).ok_or_else(|| no_overload(name, args))?;
            Ok(Value::Real(math::log_sum_exp_of(&view.data)))
        }
        [a, b] => map2(name, a, b, &|x, y| Ok(math::log_sum_exp(x, y))),
        _ => Err(no_overload(name, args)),
    }
}

/// `x * y + z`, entry by entry.
fn fma<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let [x, y, z] = args else { return Err(no_overload(name, args)) };
    if let (Value::Real(x), Value::Real(y), Value::Real(z)) = (x, y, z) {
        let (a, b, c) = (x.value(), y.value(), z.value());
        return Ok(Value::Real(T::compose(a.mul_add(b, c), &[(*x, b), (*y, a), (*z, 1.0)])));
    }
    let product = arithmetic::elt_multiply(name, &[x, y])?;
    arithmetic::add(name, &[&product, z])
}

/// The binomial coefficient of integers.
fn choose<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let [a, b] = args else { return Err(no_overload(name, args)) };
    map2_int(name, a, b, &|n, k| choose_of(name, n, k))
}

/// Whether every number inside is an integer.
fn is_int<T>(value: &Value<T>) -> bool {
    match value {
        Value::Int(_) => true,
        Value::Array(items) => items.iter().all(is_int),
        _ => false,
    }
}

/// `x (x + 1) ... (x + n - 1)` or, falling, `x (x - 1) ... (x - n + 1)`: an integer of integers.
fn factorial_power<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let [a, b] = args else { return Err(no_overload(name, args)) };
    let rising = name == "rising_factorial";
    let negative = |n: f64| FunctionError::domain(name, format!("second argument must not be negative, got {n}"));
    if is_int(a) && is_int(b) {
        return map2_int(name, a, b, &|x, n| {
            if n < 0 {
                return Err(negative(n as f64));
            }
            let mut product = 1_i64;
            for i in 0..n as i64 {
                product *= if rising { x as i64 + i } else { x as i64 - i };
                if product == 0 {
                    break;
                }
                if i32::try_from(product).is_err() {
                    return Err(FunctionError::overflow(name, format!("the value at ({x}, {n}) does not fit an int")));
                }
            }
            Ok(product as i32)
        });
    }
    if !is_int(b) {
        return Err(no_overload(name, args));
    }
    map2(name, a, b, &|x, n| {
        if n.value() < 0.0 {
            return Err(negative(n.value()));
        }
        Ok(if rising { math::rising_factorial(x, n) } else { math::falling_factorial(x, n) })
    })
}

/// The regularised incomplete beta function of `(a, b, x)`, or its inverse.
fn inc_beta<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    super::scalar::arity(name, args, 3..=3)?;
    let (a, b, x) = (real(name, args, 0)?, real(name, args, 1)?, real(name, args, 2)?);
    if a.value() < 0.0 || b.value() < 0.0 || !(0.0..=1.0).contains(&x.value()) {
        let (a, b, x) = (a.value(), b.value(), x.value());
        let message = format!("needs arguments (positive, positive, in [0, 1]), got ({a}, {b}, {x})");
        return Err(FunctionError::domain(name, message));
    }
    Ok(Value::Real(if name == "inc_beta" { math::inc_beta(a, b, x) } else { math::inv_inc_beta(a, b, x) }))
}

/// `f` of integers entry by entry.
pub(super) fn map2_int<T: Num>(
    name: &str,
    a: &Value<T>,
    b: &Value<T>,
    f: &impl Fn(i32, i32) -> Result<i32>,
) -> Result<Value<T>> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => Ok(Value::Int(f(*x, *y)?)),
        (Value::Array(x), Value::Array(y)) => {
            same_size(name, x.len(), y.len())?;
            Ok(Value::Array(x.iter().zip(y).map(|(a, b)| map2_int(name, a, b, f)).collect::<Result<_>>()?))
        }
        (Value::Array(x), b) => Ok(Value::Array(x.iter().map(|a| map2_int(name, a, b, f)).collect::<Result<_>>()?)),
        (a, Value::Array(y)) => Ok(Value::Array(y.iter().map(|b| map2_int(name, a, b, f)).collect::<Result<_>>()?)),
        _ => Err(no_overload(name, &[a, b])),
    }
}

/// The binomial coefficient of integers.
fn choose_of(name: &str, n: i32, k: i32) -> Result<i32> {
    if n < 0 || k < 0 {
        return Err(FunctionError::domain(name, format!("arguments must not be negative, got {n} and {k}")));
    }
    if k > n {
        return Ok(0);
    }
    let mut value: u64 = 1;
    for i in 0..k.min(n - k) as u64 {
        // Exact: the product of i + 1 consecutive integers is divisible by (i + 1)!.
        value = value * (n as u64 - i) / (i + 1);
        if value > i32::MAX as u64 {
            return Err(FunctionError::overflow(name, format!("choose({n}, {k}) does not fit an int")));
        }
    }
    Ok(value as i32)
}

/// `log(theta exp(a) + (1 - theta) exp(b))`, or of weights and components, or of an array of components (summed).
fn log_mix<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    match args {
        [_, _, _] => {
            let (theta, a, b) = (real(name, args, 0)?, real(name, args, 1)?, real(name, args, 2)?);
            let p = theta.value();
            if !(0.0..=1.0).contains(&p) {
                return Err(FunctionError::domain(name, format!("mixing proportion must be in [0, 1], got {p}")));
            }
            Ok(Value::Real(math::log_mix(theta, a, b)))
        }
        [_, components] => {
            let theta = sequence::<T>(name, args, 0)?;
            let nested = |v: &Value<T>| matches!(v, Value::Vector(_) | Value::RowVector(_));
            match components {
                Value::Array(items) if items.first().is_some_and(nested) => {
                    let mut terms = Vec::with_capacity(items.len());
                    for item in items {
                        terms.push(mixture(name, &theta.data, &sequence::<T>(name, &[item], 0)?.data)?);
                    }
                    Ok(Value::Real(T::sum(terms.iter().copied())))
                }
                _ => Ok(Value::Real(mixture(name, &theta.data, &sequence::<T>(name, args, 1)?.data)?)),
            }
        }
        _ => Err(no_overload(name, args)),
    }
}

fn mixture<T: Num>(name: &str, theta: &[T], components: &[T]) -> Result<T> {
    same_size(name, theta.len(), components.len())?;
    if let Some(p) = theta.iter().map(|p| p.value()).find(|p| !(0.0..=1.0).contains(p)) {
        return Err(FunctionError::domain(name, format!("mixing proportions must be in [0, 1], got {p}")));
    }
    let terms: Vec<f64> = theta.iter().zip(components).map(|(p, x)| p.value().ln() + x.value()).collect();
    let value = math::log_sum_exp_of(&terms);
    if theta.iter().chain(components).all(|x| x.is_constant()) {
        return Ok(T::from(value));
    }
    let mut inputs = Vec::with_capacity(2 * theta.len());
    for ((&p, &x), &term) in theta.iter().zip(components).zip(&terms) {
        inputs.push((p, (x.value() - value).exp()));
        inputs.push((x, if term == f64::NEG_INFINITY { 0.0 } else { (term - value).exp() }));
    }
    Ok(T::compose(value, &inputs))
}
