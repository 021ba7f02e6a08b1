//! Elementary functions: powers, logarithms, trigonometry, rounding.

use std::f64::consts::{LN_2, LN_10};

unary_functions! {
    abs(x) => y = x.abs(), if x < 0.0 { -1.0 } else if x > 0.0 { 1.0 } else { 0.0 };
    exp(x) => y = x.exp(), y;
    exp2(x) => y = x.exp2(), y * LN_2;
    expm1(x) => y = x.exp_m1(), x.exp();
    log(x) => y = x.ln(), 1.0 / x;
    log2(x) => y = x.log2(), 1.0 / (x * LN_2);
    log10(x) => y = x.log10(), 1.0 / (x * LN_10);
    log1p(x) => y = x.ln_1p(), 1.0 / (1.0 + x);
    /// `log(1 - x)`
    log1m(x) => y = (-x).ln_1p(), -1.0 / (1.0 - x);
    inv(x) => y = 1.0 / x, -y * y;
    inv_sqrt(x) => y = 1.0 / x.sqrt(), -0.5 * y / x;
    inv_square(x) => y = 1.0 / (x * x), -2.0 * y / x;
    /// At 0 Stan lets no derivative through.
    sqrt(x) => y = x.sqrt(), if y == 0.0 { 0.0 } else { 0.5 / y };
    square(x) => y = x * x, 2.0 * x;
    cbrt(x) => y = x.cbrt(), 1.0 / (3.0 * y * y);
    sin(x) => y = x.sin(), x.cos();
    cos(x) => y = x.cos(), -x.sin();
    tan(x) => y = x.tan(), 1.0 + y * y;
    asin(x) => y = x.asin(), 1.0 / ((1.0 - x) * (1.0 + x)).sqrt();
    acos(x) => y = x.acos(), -1.0 / ((1.0 - x) * (1.0 + x)).sqrt();
    atan(x) => y = x.atan(), 1.0 / (1.0 + x * x);
    sinh(x) => y = x.sinh(), x.cosh();
    cosh(x) => y = x.cosh(), x.sinh();
    tanh(x) => y = x.tanh(), { let c = 1.0 / x.cosh(); c * c };
    asinh(x) => y = libm::asinh(x), 1.0 / x.hypot(1.0);
    acosh(x) => y = libm::acosh(x), 1.0 / ((x - 1.0).sqrt() * (x + 1.0).sqrt());
    atanh(x) => y = libm::atanh(x), 1.0 / ((1.0 - x) * (1.0 + x));
    floor(x) => y = x.floor(), 0.0;
    ceil(x) => y = x.ceil(), 0.0;
    /// Halves away from zero.
    round(x) => y = x.round(), 0.0;
    trunc(x) => y = x.trunc(), 0.0;
    /// 1 for `x >= 0`, else 0 (NaN counts as 1, as in Stan).
    step(x) => y = if x < 0.0 { 0.0 } else { 1.0 }, 0.0;
}

binary_functions! {
    /// `a^b`; a zero base has derivative 0 with respect to the exponent.
    pow(a, b) => y = a.powf(b),
        if b == 0.0 { 0.0 } else { b * a.powf(b - 1.0) },
        if a == 0.0 { 0.0 } else { y * a.ln() };
    atan2(a, b) => y = a.atan2(b), b / (a * a + b * b), -a / (a * a + b * b);
    hypot(a, b) => y = a.hypot(b), a / y, b / y;
    /// `max(a - b, 0)`
    fdim(a, b) => y = if a > b { a - b } else if a.is_nan() || b.is_nan() { f64::NAN } else { 0.0 },
        if a > b { 1.0 } else { 0.0 },
        if a > b { -1.0 } else { 0.0 };
    /// The larger; the other one where one is NaN. At a tie the first argument has the derivative.
    fmax(a, b) => y = a.max(b),
        if a >= b || b.is_nan() { 1.0 } else { 0.0 },
        if a >= b || b.is_nan() { 0.0 } else { 1.0 };
    /// The smaller; the other one where one is NaN. At a tie the first argument has the derivative.
    fmin(a, b) => y = a.min(b),
        if a <= b || b.is_nan() { 1.0 } else { 0.0 },
        if a <= b || b.is_nan() { 0.0 } else { 1.0 };
    /// The remainder of `a / b` with the sign of `a`.
    fmod(a, b) => y = a % b, 1.0, -(a / b).trunc();
    /// `a * 2^b` for an integer `b`.
    ldexp(a, b) => y = libm::ldexp(a, b as i32), libm::ldexp(1.0, b as i32), 0.0;
    /// `a log(b)`, and 0 where both are 0.
    multiply_log(a, b) => y = times_log(a, b), b.ln(), if a == 0.0 && b == 0.0 { 0.0 } else { a / b };
    /// `a log(b)`, and 0 where both are 0.
    lmultiply(a, b) => y = times_log(a, b), b.ln(), if a == 0.0 && b == 0.0 { 0.0 } else { a / b };
    /// `(1 - b)^(-a)`
    hypergeometric_1F0(a, b) => y = (-a * (-b).ln_1p()).exp(), -y * (-b).ln_1p(), a * y / (1.0 - b);
}

fn times_log(a: f64, b: f64) -> f64 {
    if a == 0.0 && b == 0.0 { 0.0 } else { a * b.ln() }
}

/// `a log(1 + b)`, and 0 where `a` is 0 and `b` is -1.
pub fn multiply_log1p<T: crate::num::Num>(a: T, b: T) -> T {
    let (av, bv) = (a.value(), b.value());
    if av == 0.0 && bv == -1.0 { T::from(0.0) } else { a * b.ln_1p() }
}
