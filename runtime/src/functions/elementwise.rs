//! Functions of one number, applied entry by entry through containers and nested arrays.

use super::complex;
use super::error::{FunctionError, Result};
use super::scalar::{Scalar, is_complex, no_overload};
use crate::math;
use crate::num::Num;
use crate::value::{Complex, Matrix, Value};

/// `f` of every number inside, integers taken as reals; `None` where a complex number or a tuple is inside.
pub(super) fn map_real<T: Num>(value: &Value<T>, f: &impl Fn(T) -> T) -> Option<Value<T>> {
    Some(match value {
        Value::Int(i) => Value::Real(f(T::from(*i as f64))),
        Value::Real(x) => Value::Real(f(*x)),
        Value::Vector(v) => Value::Vector(v.iter().map(|&x| f(x)).collect()),
        Value::RowVector(v) => Value::RowVector(v.iter().map(|&x| f(x)).collect()),
        Value::Matrix(m) => {
            Value::Matrix(Matrix { rows: m.rows, cols: m.cols, data: m.data.iter().map(|&x| f(x)).collect() })
        }
        Value::Array(items) => Value::Array(items.iter().map(|v| map_real(v, f)).collect::<Option<_>>()?),
        _ => return None,
    })
}

/// `f` of every complex number inside (reals count as complex); `None` for a tuple.
pub(super) fn map_complex<T: Num>(value: &Value<T>, f: &impl Fn(Complex<T>) -> Complex<T>) -> Option<Value<T>> {
    let matrix =
        |m: &Matrix<Complex<T>>| Matrix { rows: m.rows, cols: m.cols, data: m.data.iter().map(|&z| f(z)).collect() };
    Some(match value {
        Value::Complex(z) => Value::Complex(f(*z)),
        Value::ComplexVector(v) => Value::ComplexVector(v.iter().map(|&z| f(z)).collect()),
        Value::ComplexRowVector(v) => Value::ComplexRowVector(v.iter().map(|&z| f(z)).collect()),
        Value::ComplexMatrix(m) => Value::ComplexMatrix(matrix(m)),
        Value::Real(x) => Value::Complex(f(Complex { re: *x, im: T::from(0.0) })),
        Value::Int(i) => Value::Complex(f(Complex { re: T::from(*i as f64), im: T::from(0.0) })),
        Value::Array(items) => Value::Array(items.iter().map(|v| map_complex(v, f)).collect::<Option<_>>()?),
        Value::Vector(_) | Value::RowVector(_) | Value::Matrix(_) => {
            let view = <Complex<T> as Scalar>::view(value)?;
            Scalar::pack(view.shape, view.data.iter().map(|&z| f(z)).collect())
        }
        Value::Tuple(_) => return None,
    })
}

/// The first number inside that `bad` holds of.
fn find<T: Num>(value: &Value<T>, bad: &impl Fn(f64) -> bool) -> Option<f64> {
    match value {
        Value::Int(i) => Some(*i as f64).filter(|&x| bad(x)),
        Value::Real(x) => Some(x.value()).filter(|&x| bad(x)),
        Value::Vector(v) | Value::RowVector(v) => v.iter().map(|x| x.value()).find(|&x| bad(x)),
        Value::Matrix(m) => m.data.iter().map(|x| x.value()).find(|&x| bad(x)),
        Value::Array(items) => items.iter().find_map(|v| find(v, bad)),
        _ => None,
    }
}

/// Fails where a number inside the argument is outside the domain.
fn check<T: Num>(name: &str, args: &[&Value<T>], bad: impl Fn(f64) -> bool, domain: &str) -> Result<()> {
    match args.iter().find_map(|v| find(v, &bad)) {
        Some(x) => Err(FunctionError::domain(name, format!("argument is {x}, but must be {domain}"))),
        None => Ok(()),
    }
}

/// `name => f;` and, after `|`, the domain outside of which it is an error; after `,` the function of a complex number.
macro_rules! unary {
    (@complex $value:expr, ) => { None };
    (@complex $value:expr, $g:path) => { if is_complex($value) { map_complex($value, &$g) } else { None } };
    ($($name:ident => $f:expr $(, $g:path)? $(; |$x:ident| $bad:expr, $domain:literal)? ;)*) => {
        super::functions! {
            $($name => $name,)*
            abs => abs,
            fabs => abs,
            int_step => int_step,
            is_nan => is_nan,
            is_inf => is_inf,
            to_int => to_int,
        }
        $(#[allow(non_snake_case)]
        fn $name<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
            let [value] = args else { return Err(no_overload(name, args)) };
            $(check(name, args, |$x: f64| $bad, $domain)?;)?
            if let Value::Real(x) = value {
                let f: fn(T) -> T = $f;
                return Ok(Value::Real(f(*x)));
            }
            let f: fn(T) -> T = $f;
            map_real(value, &f)
                .or_else(|| unary!(@complex value, $($g)?))
                .ok_or_else(|| no_overload(name, args))
        })*
    };
}

unary! {
    exp => math::exp, complex::exp;
    exp2 => math::exp2;
    expm1 => math::expm1;
    log => math::log, complex::ln;
    log1p => math::log1p; |x| x < -1.0, "at least -1";
    log1m => math::log1m; |x| x > 1.0, "at most 1";
    log2 => math::log2;
    log10 => math::log10, complex::log10;
    sqrt => math::sqrt, complex::sqrt;
    cbrt => math::cbrt;
    square => math::square;
    inv => math::inv;
    inv_sqrt => math::inv_sqrt;
    inv_square => math::inv_square;
    sin => math::sin, complex::sin;
    cos => math::cos, complex::cos;
    tan => math::tan, complex::tan;
    asin => math::asin, complex::asin;
    acos => math::acos, complex::acos;
    atan => math::atan, complex::atan;
    sinh => math::sinh, complex::sinh;
    cosh => math::cosh, complex::cosh;
    tanh => math::tanh, complex::tanh;
    asinh => math::asinh, complex::asinh;
    acosh => math::acosh, complex::acosh; |x| x < 1.0, "at least 1";
    atanh => math::atanh, complex::atanh; |x| x.abs() > 1.0, "between -1 and 1";
    floor => math::floor;
    ceil => math::ceil;
    round => math::round;
    trunc => math::trunc;
    step => math::step;
    inv_logit => math::inv_logit;
    logit => math::logit;
    log_inv_logit => math::log_inv_logit;
    log1m_inv_logit => math::log1m_inv_logit;
    log1p_exp => math::log1p_exp;
    log1m_exp => math::log1m_exp;
    inv_cloglog => math::inv_cloglog;
    lgamma => math::lgamma;
    tgamma => math::tgamma; |x| x == 0.0 || (x < 0.0 && x == x.floor()), "no pole of the gamma function";
    digamma => math::digamma;
    trigamma => math::trigamma;
    erf => math::erf;
    erfc => math::erfc;
    inv_erfc => math::inv_erfc; |x| !(0.0..=2.0).contains(&x), "in [0, 2]";
    Phi => math::Phi; |x| x.is_nan(), "a number";
    Phi_approx => math::Phi_approx;
    inv_Phi => math::inv_Phi; |x| !(0.0..=1.0).contains(&x), "in [0, 1]";
    std_normal_qf => math::std_normal_qf; |x| !(0.0..=1.0).contains(&x), "in [0, 1]";
    std_normal_log_qf => math::std_normal_log_qf; |x| x.is_nan() || x > 0.0, "at most 0";
    lambert_w0 => math::lambert_w0; |x| x < -BRANCH_POINT, "at least -1/e";
    lambert_wm1 => math::lambert_wm1; |x| !(-BRANCH_POINT..=0.0).contains(&x), "in [-1/e, 0]";
}

/// 1/e
const BRANCH_POINT: f64 = 0.367_879_441_171_442_33;

/// `abs`: an integer of an integer, the modulus of a complex number.
fn abs<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<T: Num>(name: &str, value: &Value<T>) -> Result<Value<T>> {
        let modulus = |v: &[Complex<T>]| v.iter().map(|&z| complex::abs(z)).collect();
        Ok(match value {
            Value::Int(i) => {
                Value::Int(i.checked_abs().ok_or_else(|| FunctionError::overflow(name, "integer overflow"))?)
            }
            Value::Complex(z) => Value::Real(complex::abs(*z)),
            Value::ComplexVector(v) => Value::Vector(modulus(v)),
            Value::ComplexRowVector(v) => Value::RowVector(modulus(v)),
            Value::ComplexMatrix(m) => Value::Matrix(Matrix { rows: m.rows, cols: m.cols, data: modulus(&m.data) }),
            Value::Array(items) => Value::Array(items.iter().map(|v| go(name, v)).collect::<Result<_>>()?),
            real => map_real(real, &|x: T| x.abs()).ok_or_else(|| no_overload(name, &[real]))?,
        })
    }
    match args {
        [value] => go(name, value),
        _ => Err(no_overload(name, args)),
    }
}

/// Integers of the numbers inside nested arrays.
fn map_int<T: Num>(name: &str, args: &[&Value<T>], f: &impl Fn(f64) -> Result<i32>) -> Result<Value<T>> {
    fn go<T: Num>(name: &str, value: &Value<T>, f: &impl Fn(f64) -> Result<i32>) -> Result<Value<T>> {
        Ok(match value {
            Value::Int(i) => Value::Int(f(*i as f64)?),
            Value::Real(x) => Value::Int(f(x.value())?),
            Value::Array(items) => Value::Array(items.iter().map(|v| go(name, v, f)).collect::<Result<_>>()?),
            _ => return Err(no_overload(name, &[value])),
        })
    }
    match args {
        [value] => go(name, value, f),
        _ => Err(no_overload(name, args)),
    }
}

fn int_step<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    map_int(name, args, &|x| Ok((x > 0.0) as i32))
}

fn is_nan<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    map_int(name, args, &|x| Ok(x.is_nan() as i32))
}

fn is_inf<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    map_int(name, args, &|x| Ok(x.is_infinite() as i32))
}

/// Truncates toward zero.
fn to_int<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    map_int(name, args, &|x| {
        let y = x.trunc();
        if y >= i32::MIN as f64 && y <= i32::MAX as f64 {
            Ok(y as i32)
        } else {
            Err(FunctionError::domain(name, format!("{x} does not fit an int")))
        }
    })
}
