//! Special functions, each declared once with its derivative.
//!
//! Every function is generic over [`Num`] (`lgamma(x)`); the elementwise ones also stand in a registry of plain function
//! pointers ([`unary`], [`binary`]), which the compiler and the kernels use. Accuracy is 1e-15 to 1e-14 relative (absolute near
//! zeros of the function) unless a function says otherwise; the tests compare with figures of mpmath.
//!
//! Outside its domain a function returns NaN; it never panics.

use crate::num::Num;

/// A function of one number, with its derivative.
#[derive(Clone, Copy, Debug)]
pub struct Unary {
    /// Stan's name.
    pub name: &'static str,
    pub value: fn(f64) -> f64,
    /// `f'(x)` from `x` and `y = f(x)`.
    pub derivative: fn(x: f64, y: f64) -> f64,
}

/// A function of two numbers, with its partial derivatives. Integer arguments are passed as their `f64` value; the partial with
/// respect to one is 0.
#[derive(Clone, Copy, Debug)]
pub struct Binary {
    /// Stan's name.
    pub name: &'static str,
    pub value: fn(f64, f64) -> f64,
    /// Partial derivative with respect to the first argument, from `a`, `b` and `y = f(a, b)`.
    pub d_left: fn(a: f64, b: f64, y: f64) -> f64,
    /// Partial derivative with respect to the second argument.
    pub d_right: fn(a: f64, b: f64, y: f64) -> f64,
}

/// Declares functions of one number: `name(x) => y = value, derivative;`.
macro_rules! unary_functions {
    ($($(#[$doc:meta])* $name:ident($x:ident) => $y:ident = $value:expr, $derivative:expr;)*) => {
        $(
            $(#[$doc])*
            #[allow(non_snake_case, unused_variables)]
            #[inline]
            pub fn $name<T: $crate::num::Num>(x: T) -> T {
                let $x: f64 = x.value();
                let $y: f64 = $value;
                x.apply($y, || $derivative)
            }
        )*
        /// The functions of this module as function pointers.
        #[allow(unused_variables)]
        pub(super) static UNARY: &[$crate::math::Unary] = &[$(
            $crate::math::Unary {
                name: stringify!($name),
                value: |$x: f64| $value,
                derivative: |$x: f64, $y: f64| $derivative,
            }
        ),*];
    };
}

/// Declares functions of two numbers: `name(a, b) => y = value, d_left, d_right;`.
macro_rules! binary_functions {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident) => $y:ident = $value:expr, $d_left:expr, $d_right:expr;)*) => {
        $(
            $(#[$doc])*
            #[allow(non_snake_case, unused_variables)]
            #[inline]
            pub fn $name<T: $crate::num::Num>(a: T, b: T) -> T {
                let ($a, $b): (f64, f64) = (a.value(), b.value());
                let $y: f64 = $value;
                a.apply2(b, $y, || $d_left, || $d_right)
            }
        )*
        /// The functions of this module as function pointers.
        #[allow(unused_variables)]
        pub(super) static BINARY: &[$crate::math::Binary] = &[$(
            $crate::math::Binary {
                name: stringify!($name),
                value: |$a: f64, $b: f64| $value,
                d_left: |$a: f64, $b: f64, $y: f64| $d_left,
                d_right: |$a: f64, $b: f64, $y: f64| $d_right,
            }
        ),*];
    };
}

pub mod bessel;
pub mod elementary;
pub mod gamma;
pub mod incomplete_beta;
pub mod incomplete_gamma;
pub mod lambert;
pub mod logistic;
pub mod normal;

pub use bessel::{
    bessel_first_kind, bessel_second_kind, log_modified_bessel_first_kind, modified_bessel_first_kind,
    modified_bessel_second_kind,
};
pub use elementary::*;
pub use gamma::{
    beta, binomial_coefficient_log, choose, digamma, falling_factorial, lbeta, lchoose, lgamma, lmgamma,
    log_falling_factorial, log_rising_factorial, rising_factorial, tgamma, trigamma,
};
pub use incomplete_beta::{inc_beta, inv_inc_beta, log_inc_beta, log_inc_beta_complement};
pub use incomplete_gamma::{gamma_p, gamma_q, log_gamma_p, log_gamma_q};
pub use lambert::{lambert_w0, lambert_wm1};
pub use logistic::{
    binary_log_loss, inv_cloglog, inv_logit, log_diff_exp, log_inv_logit, log_inv_logit_diff, log_mix, log_sum_exp,
    log_sum_exp_of, log1m_exp, log1m_inv_logit, log1p_exp, logit,
};
pub use normal::{
    Phi, Phi_approx, erf, erfc, inv_Phi, inv_erfc, owens_t, std_normal_lccdf, std_normal_lcdf, std_normal_log_qf,
    std_normal_qf,
};

/// log(2 pi) / 2
pub const HALF_LN_2PI: f64 = 0.918_938_533_204_672_7;
/// log(pi)
pub const LN_PI: f64 = 1.144_729_885_849_400_2;
/// log(pi) / 2
pub const HALF_LN_PI: f64 = 0.572_364_942_924_700_1;

/// All functions of one number.
pub fn unary_table() -> impl Iterator<Item = &'static Unary> {
    [elementary::UNARY, logistic::UNARY, gamma::UNARY, normal::UNARY, lambert::UNARY].into_iter().flatten()
}

/// All functions of two numbers.
pub fn binary_table() -> impl Iterator<Item = &'static Binary> {
    [elementary::BINARY, logistic::BINARY, gamma::BINARY, normal::BINARY, incomplete_gamma::BINARY, bessel::BINARY]
        .into_iter()
        .flatten()
}

/// The function of one number that has Stan's name `name`.
pub fn unary(name: &str) -> Option<&'static Unary> {
    unary_table().find(|f| f.name == name)
}

/// The function of two numbers that has Stan's name `name`.
pub fn binary(name: &str) -> Option<&'static Binary> {
    binary_table().find(|f| f.name == name)
}

/// `sum_i x_i`, in order.
pub fn sum<T: Num>(x: impl IntoIterator<Item = T>) -> T {
    x.into_iter().fold(T::from(0.0), |a, b| a + b)
}

#[cfg(test)]
mod tests;
