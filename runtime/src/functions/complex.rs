//! Complex numbers: parts, construction, and the elementary functions on their principal branches.

use super::error::Result;
use super::scalar::{Scalar, no_overload};
use crate::num::Num;
use crate::value::{Complex, Matrix, Value};

super::functions! {
    to_complex => to_complex,
    get_real => get_real,
    get_imag => get_imag,
    conj => conj_all,
    arg => arg_of,
    norm => norm_of,
    proj => proj_of,
    polar => polar,
}

fn real<T: Num>(x: f64) -> Complex<T> {
    Complex::constant(x)
}

fn scale<T: Num>(z: Complex<T>, x: T) -> Complex<T> {
    Complex { re: z.re * x, im: z.im * x }
}

/// `i z`
fn times_i<T: Num>(z: Complex<T>) -> Complex<T> {
    Complex { re: -z.im, im: z.re }
}

/// `-i z`
fn over_i<T: Num>(z: Complex<T>) -> Complex<T> {
    Complex { re: z.im, im: -z.re }
}

/// The real `sqrt(x^2 + y^2)`; its derivative at 0 counts as 0.
pub(super) fn hypot<T: Num>(x: T, y: T) -> T {
    let (a, b) = (x.value(), y.value());
    let r = a.hypot(b);
    let part = move |c: f64| if r == 0.0 { 0.0 } else { c / r };
    x.apply2(y, r, || part(a), || part(b))
}

pub(super) fn atan2<T: Num>(y: T, x: T) -> T {
    let (a, b) = (y.value(), x.value());
    let r2 = a * a + b * b;
    y.apply2(x, a.atan2(b), || b / r2, || -a / r2)
}

pub(super) fn abs<T: Num>(z: Complex<T>) -> T {
    hypot(z.re, z.im)
}

pub(super) fn arg<T: Num>(z: Complex<T>) -> T {
    atan2(z.im, z.re)
}

pub(super) fn conj<T: Num>(z: Complex<T>) -> Complex<T> {
    Complex { re: z.re, im: -z.im }
}

pub(super) fn exp<T: Num>(z: Complex<T>) -> Complex<T> {
    let r = z.re.exp();
    Complex { re: r * z.im.cos(), im: r * z.im.sin() }
}

pub(super) fn ln<T: Num>(z: Complex<T>) -> Complex<T> {
    Complex { re: abs(z).ln(), im: arg(z) }
}

pub(super) fn log10<T: Num>(z: Complex<T>) -> Complex<T> {
    scale(ln(z), T::from(std::f64::consts::LOG10_E))
}

/// The root with real part >= 0; real and imaginary parts are found without cancellation.
pub(super) fn sqrt<T: Num>(z: Complex<T>) -> Complex<T> {
    let (a, b) = (z.re.value(), z.im.value());
    if a == 0.0 && b == 0.0 {
        return Complex { re: T::from(0.0), im: z.im };
    }
    let r = abs(z);
    let half = T::from(0.5);
    if a >= 0.0 {
        let re = ((r + z.re) * half).sqrt();
        Complex { re, im: z.im / (re + re) }
    } else {
        let im = ((r - z.re) * half).sqrt();
        let im = if b.is_sign_negative() { -im } else { im };
        Complex { re: z.im / (im + im), im }
    }
}

/// `z^w = exp(w log z)`, and 0 for a base of 0 with an exponent of positive real part.
pub(super) fn pow<T: Num>(z: Complex<T>, w: Complex<T>) -> Complex<T> {
    let zero = |u: Complex<T>| u.re.value() == 0.0 && u.im.value() == 0.0;
    if zero(w) && w.re.is_constant() && w.im.is_constant() {
        return real(1.0);
    }
    if zero(z) && w.re.value() > 0.0 {
        return real(0.0);
    }
    exp(w * ln(z))
}

fn real_sinh<T: Num>(x: T) -> T {
    x.apply(x.value().sinh(), || x.value().cosh())
}

fn real_cosh<T: Num>(x: T) -> T {
    x.apply(x.value().cosh(), || x.value().sinh())
}

pub(super) fn sinh<T: Num>(z: Complex<T>) -> Complex<T> {
    Complex { re: real_sinh(z.re) * z.im.cos(), im: real_cosh(z.re) * z.im.sin() }
}

pub(super) fn cosh<T: Num>(z: Complex<T>) -> Complex<T> {
    Complex { re: real_cosh(z.re) * z.im.cos(), im: real_sinh(z.re) * z.im.sin() }
}

/// `tanh(x + iy) = (tanh x (1 + tan^2 y) + i tan y (1 - tanh^2 x)) / (1 + tanh^2 x tan^2 y)`, which does not overflow.
pub(super) fn tanh<T: Num>(z: Complex<T>) -> Complex<T> {
    let t = z.re.tanh();
    let y = z.im.value().tan();
    let u = z.im.apply(y, || 1.0 + y * y);
    let one = T::from(1.0);
    let d = one + t * t * u * u;
    Complex { re: t * (one + u * u) / d, im: u * (one - t * t) / d }
}

pub(super) fn sin<T: Num>(z: Complex<T>) -> Complex<T> {
    over_i(sinh(times_i(z)))
}

pub(super) fn cos<T: Num>(z: Complex<T>) -> Complex<T> {
    cosh(times_i(z))
}

pub(super) fn tan<T: Num>(z: Complex<T>) -> Complex<T> {
    over_i(tanh(times_i(z)))
}

/// `asinh z = log(z + sqrt(z^2 + 1))`, taken of the half plane without cancellation.
pub(super) fn asinh<T: Num>(z: Complex<T>) -> Complex<T> {
    if z.re.value() < 0.0 {
        return -asinh(-z);
    }
    ln(z + sqrt(z * z + real(1.0)))
}

/// `acosh z = log(z + sqrt(z + 1) sqrt(z - 1))` (Kahan 1987).
pub(super) fn acosh<T: Num>(z: Complex<T>) -> Complex<T> {
    ln(z + sqrt(z + real(1.0)) * sqrt(z - real(1.0)))
}

/// `atanh z = (log(1 + z) - log(1 - z)) / 2`
pub(super) fn atanh<T: Num>(z: Complex<T>) -> Complex<T> {
    scale(ln(real::<T>(1.0) + z) - ln(real::<T>(1.0) - z), T::from(0.5))
}

pub(super) fn asin<T: Num>(z: Complex<T>) -> Complex<T> {
    over_i(asinh(times_i(z)))
}

pub(super) fn acos<T: Num>(z: Complex<T>) -> Complex<T> {
    real::<T>(std::f64::consts::FRAC_PI_2) - asin(z)
}

pub(super) fn atan<T: Num>(z: Complex<T>) -> Complex<T> {
    over_i(atanh(times_i(z)))
}

/// A real of every complex number inside.
fn parts<T: Num>(name: &str, value: &Value<T>, f: &impl Fn(Complex<T>) -> T) -> Result<Value<T>> {
    let all = |v: &[Complex<T>]| v.iter().map(|&z| f(z)).collect();
    Ok(match value {
        Value::Int(i) => Value::Real(f(real(*i as f64))),
        Value::Real(x) => Value::Real(f(Complex::from_real(*x))),
        Value::Complex(z) => Value::Real(f(*z)),
        Value::ComplexVector(v) => Value::Vector(all(v)),
        Value::ComplexRowVector(v) => Value::RowVector(all(v)),
        Value::ComplexMatrix(m) => Value::Matrix(Matrix { rows: m.rows, cols: m.cols, data: all(&m.data) }),
        Value::Array(items) => Value::Array(items.iter().map(|v| parts(name, v, f)).collect::<Result<_>>()?),
        _ => return Err(no_overload(name, &[value])),
    })
}

fn one<'a, T>(name: &str, args: &[&'a Value<T>]) -> Result<&'a Value<T>> {
    match args {
        [value] => Ok(value),
        _ => Err(no_overload(name, args)),
    }
}

fn get_real<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    parts(name, one(name, args)?, &|z| z.re)
}

fn get_imag<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    parts(name, one(name, args)?, &|z| z.im)
}

fn arg_of<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    parts(name, one(name, args)?, &arg)
}

/// The squared modulus (C++'s `norm`).
fn norm_of<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    parts(name, one(name, args)?, &|z| z.re.square() + z.im.square())
}

fn conj_all<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    super::elementwise::map_complex(one(name, args)?, &conj).ok_or_else(|| no_overload(name, args))
}

/// The projection onto the Riemann sphere: every infinity becomes the one on the real axis.
fn proj_of<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let f = |z: Complex<T>| {
        if z.re.value().is_infinite() || z.im.value().is_infinite() {
            Complex { re: T::from(f64::INFINITY), im: T::from(0.0_f64.copysign(z.im.value())) }
        } else {
            z
        }
    };
    super::elementwise::map_complex(one(name, args)?, &f).ok_or_else(|| no_overload(name, args))
}

/// `polar(r, theta) = r exp(i theta)`
fn polar<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let (r, theta) = (super::scalar::real(name, args, 0)?, super::scalar::real(name, args, 1)?);
    Ok(Value::Complex(Complex { re: r * theta.cos(), im: r * theta.sin() }))
}

/// `to_complex()`, `to_complex(re)`, `to_complex(re, im)`; the last through containers.
fn to_complex<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    match args {
        [] => Ok(Value::Complex(real(0.0))),
        [value] => super::elementwise::map_complex(value, &|z| z)
            .filter(|v| matches!(v, Value::Complex(_) | Value::Array(_)))
            .ok_or_else(|| no_overload(name, args)),
        [a, b] => pair(name, a, b),
        _ => Err(no_overload(name, args)),
    }
}

fn pair<T: Num>(name: &str, a: &Value<T>, b: &Value<T>) -> Result<Value<T>> {
    match (a, b) {
        (Value::Array(x), Value::Array(y)) => {
            super::scalar::same_size(name, x.len(), y.len())?;
            Ok(Value::Array(x.iter().zip(y).map(|(a, b)| pair(name, a, b)).collect::<Result<_>>()?))
        }
        (Value::Array(x), b) => Ok(Value::Array(x.iter().map(|a| pair(name, a, b)).collect::<Result<_>>()?)),
        (a, Value::Array(y)) => Ok(Value::Array(y.iter().map(|b| pair(name, a, b)).collect::<Result<_>>()?)),
        _ => {
            // Zipping complex views keeps the broadcasting rules and their messages in one place.
            super::arithmetic::zip::<Complex<T>>(name, &[a, b], |x, y| Complex { re: x.re, im: y.re })
        }
    }
}
