//! Error functions and the standard normal distribution.

use super::HALF_LN_2PI;
use std::f64::consts::{FRAC_1_PI, FRAC_1_SQRT_2, PI, SQRT_2};

const TWO_OVER_SQRT_PI: f64 = std::f64::consts::FRAC_2_SQRT_PI;
const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;

unary_functions! {
    erf(x) => y = libm::erf(x), TWO_OVER_SQRT_PI * (-x * x).exp();
    erfc(x) => y = libm::erfc(x), -TWO_OVER_SQRT_PI * (-x * x).exp();
    /// The `y` with `erfc(y) = x`.
    inv_erfc(x) => y = -inv_phi_f64(0.5 * x) * FRAC_1_SQRT_2, -(y * y).exp() / TWO_OVER_SQRT_PI;
    /// The distribution function of the standard normal.
    Phi(x) => y = phi_f64(x), density(x);
    /// `inv_logit(0.07056 x^3 + 1.5976 x)` (Bowling et al. 2009), as Stan defines it.
    Phi_approx(x) => y = super::logistic::inv_logit_f64(phi_approx_argument(x)),
        y * super::logistic::inv_logit_f64(-phi_approx_argument(x)) * (3.0 * 0.07056 * x * x + 1.5976);
    /// The quantile function of the standard normal.
    inv_Phi(x) => y = inv_phi_f64(x), 1.0 / density(y);
    /// The quantile function of the standard normal.
    std_normal_qf(x) => y = inv_phi_f64(x), 1.0 / density(y);
    /// The quantile of the standard normal at the probability `exp(x)`.
    std_normal_log_qf(x) => y = log_qf_f64(x), (x + 0.5 * y * y + HALF_LN_2PI).exp();
    /// Log of the distribution function of the standard normal.
    std_normal_lcdf(x) => y = lcdf_f64(x), lcdf_derivative(x);
    /// Log of one minus the distribution function of the standard normal.
    std_normal_lccdf(x) => y = lcdf_f64(-x), -lcdf_derivative(-x);
}

/// `log(Phi(x)) + x^2 / 2`, for `x <= -1`.
pub fn std_normal_log_mills<T: crate::num::Num>(x: T) -> T {
    let v = x.value();
    x.apply((0.5 * erfcx_from_scaled(-v)).ln(), || lcdf_derivative(v) + v)
}

binary_functions! {
    /// Owen's T: `1/(2 pi) int_0^b exp(-a^2 (1 + x^2) / 2) / (1 + x^2) dx`.
    owens_t(a, b) => y = owens_t_f64(a, b),
        -0.5 * density(a) * libm::erf(a * b * FRAC_1_SQRT_2),
        (-0.5 * a * a * (1.0 + b * b)).exp() / (2.0 * PI * (1.0 + b * b));
}

fn phi_approx_argument(x: f64) -> f64 {
    (0.07056 * x * x + 1.5976) * x
}

/// `exp(x^2)` to full precision: the square is split so that its rounding is not blown up.
fn exp_square(x: f64, factor: f64) -> f64 {
    let square = x * x;
    let low = x.mul_add(x, -square);
    (factor * square).exp() * (1.0 + factor * low)
}

fn density(x: f64) -> f64 {
    exp_square(x, -0.5) * (0.5 * SQRT_2_OVER_PI)
}

/// `exp(z^2) erfc(z)` for `z >= 0`, from `x = sqrt(2) z`.
fn erfcx_from_scaled(x: f64) -> f64 {
    let z = x * FRAC_1_SQRT_2;
    if z < 8.0 {
        // erfc at the rounded z, times exp of the rounded z's square.
        exp_square(z, 1.0) * libm::erfc(z)
    } else {
        // Abramowitz & Stegun 7.1.23.
        let w = 1.0 / (x * x);
        let (mut term, mut total) = (1.0, 1.0);
        for k in 1..40 {
            term *= -((2 * k - 1) as f64) * w;
            total += term;
            if term.abs() < 1e-17 {
                break;
            }
        }
        0.5 * TWO_OVER_SQRT_PI * total / z
    }
}

fn phi_f64(x: f64) -> f64 {
    if x < -1.0 {
        if x < -40.0 { 0.0 } else { 0.5 * exp_square(x, -0.5) * erfcx_from_scaled(-x) }
    } else {
        0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
    }
}

fn lcdf_f64(x: f64) -> f64 {
    if x < -1.0 {
        -0.5 * x * x + (0.5 * erfcx_from_scaled(-x)).ln()
    } else if x > 1.0 {
        (-phi_f64(-x)).ln_1p()
    } else {
        phi_f64(x).ln()
    }
}

fn lcdf_derivative(x: f64) -> f64 {
    if x < -1.0 { SQRT_2_OVER_PI / erfcx_from_scaled(-x) } else { density(x) / phi_f64(x) }
}

pub(crate) fn inv_phi_f64(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    if (0.25..=0.75).contains(&p) {
        // p - 1/2 is exact here.
        return SQRT_2 * statrs::function::erf::erf_inv(2.0 * (p - 0.5));
    }
    -SQRT_2 * statrs::function::erf::erfc_inv(2.0 * p)
}

fn log_qf_f64(log_p: f64) -> f64 {
    if log_p.is_nan() || log_p > 0.0 {
        return f64::NAN;
    }
    if log_p == 0.0 {
        return f64::INFINITY;
    }
    if log_p == f64::NEG_INFINITY {
        return log_p;
    }
    if log_p > -1e-3 {
        // The upper tail: 1 - p keeps its digits.
        return -inv_phi_f64(-log_p.exp_m1());
    }
    let mut x = if log_p > -500.0 {
        inv_phi_f64(log_p.exp())
    } else {
        -(-2.0 * (log_p + 0.5 * (-4.0 * PI * log_p).ln())).sqrt()
    };
    // Newton on the log scale, where the function is nearly a parabola.
    for _ in 0..20 {
        let step = (lcdf_f64(x) - log_p) / lcdf_derivative(x);
        x -= step;
        if step.abs() < 1e-15 * x.abs() {
            break;
        }
    }
    x
}

/// Gauss-Legendre quadrature on a range where the integrand is smooth, after reducing `|a|` to at most 1
/// (Owen 1956, eq. 2.3).
fn owens_t_f64(h: f64, a: f64) -> f64 {
    let (h, sign, a) = (h.abs(), a.signum(), a.abs());
    if h.is_nan() || a.is_nan() {
        return f64::NAN;
    }
    if a == 0.0 || h == f64::INFINITY {
        return 0.0;
    }
    if a == f64::INFINITY {
        return sign * 0.5 * phi_f64(-h);
    }
    if h == 0.0 {
        return sign * 0.5 * FRAC_1_PI * a.atan();
    }
    let t = if a <= 1.0 {
        owens_t_quadrature(h, a)
    } else {
        let ah = a * h;
        // T(h, a) = [Q(h) + Q(ah)] / 2 - Q(h) Q(ah) - T(ah, 1/a) with Q the upper tail.
        let (q, qa) = (phi_f64(-h), phi_f64(-ah));
        if h < 0.5 {
            // With the lower parts, so that small h keeps its digits.
            let (p, pa) = (0.5 * libm::erf(h * FRAC_1_SQRT_2), 0.5 * libm::erf(ah * FRAC_1_SQRT_2));
            0.25 - p * pa - owens_t_quadrature(ah, 1.0 / a)
        } else {
            0.5 * (q + qa) - q * qa - owens_t_quadrature(ah, 1.0 / a)
        }
    };
    sign * t
}

fn owens_t_quadrature(h: f64, a: f64) -> f64 {
    // Beyond x = 9 / h the integrand is below 1e-17 of its value at 0.
    let b = a.min(9.0 / h);
    let total = integrate(0.0, b, 1, |x| (-0.5 * h * h * x * x).exp() / (1.0 + x * x));
    total * exp_square(h, -0.5) * 0.5 * FRAC_1_PI
}

/// The 32 nodes and weights of the Gauss-Legendre rule on [-1, 1].
pub(crate) fn gauss_legendre() -> impl Iterator<Item = (f64, f64)> {
    GAUSS_LEGENDRE_32.iter().flat_map(|(node, weight)| [(-node, *weight), (*node, *weight)])
}

/// `int_a^b f` by the 32-point Gauss-Legendre rule on `panels` equal panels.
pub(crate) fn integrate(a: f64, b: f64, panels: usize, f: impl Fn(f64) -> f64) -> f64 {
    let half = 0.5 * (b - a) / panels as f64;
    let mut total = 0.0;
    for panel in 0..panels {
        let centre = a + (2 * panel + 1) as f64 * half;
        for (node, weight) in GAUSS_LEGENDRE_32 {
            total += weight * (f(centre - half * node) + f(centre + half * node));
        }
    }
    total * half
}

/// Positive nodes and weights of the 32-point rule on [-1, 1].
const GAUSS_LEGENDRE_32: [(f64, f64); 16] = [
    (0.04830766568773832, 0.0965400885147278),
    (0.1444719615827965, 0.09563872007927486),
    (0.23928736225213706, 0.09384439908080457),
    (0.33186860228212767, 0.09117387869576389),
    (0.42135127613063533, 0.08765209300440381),
    (0.5068999089322294, 0.08331192422694675),
    (0.5877157572407623, 0.07819389578707031),
    (0.6630442669302152, 0.0723457941088485),
    (0.7321821187402897, 0.06582222277636185),
    (0.7944837959679424, 0.058684093478535544),
    (0.84936761373257, 0.050998059262376175),
    (0.8963211557660521, 0.04283589802222668),
    (0.9349060759377397, 0.03427386291302143),
    (0.9647622555875064, 0.02539206530926206),
    (0.9856115115452684, 0.01627439473090567),
    (0.9972638618494816, 0.007018610009470096),
];
