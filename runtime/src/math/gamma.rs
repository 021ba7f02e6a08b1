//! The gamma function and its relatives.

use std::f64::consts::PI;

unary_functions! {
    tgamma(x) => y = libm::tgamma(x), y * digamma_f64(x);
    /// `log |Gamma(x)|`
    lgamma(x) => y = lgamma_f64(x), digamma_f64(x);
    digamma(x) => y = digamma_f64(x), trigamma_f64(x);
    trigamma(x) => y = trigamma_f64(x), tetragamma_f64(x);
}

binary_functions! {
    /// `Gamma(a) Gamma(b) / Gamma(a + b)`
    beta(a, b) => y = lbeta_f64(a, b).exp(), -y * digamma_difference(a, b), -y * digamma_difference(b, a);
    /// `log(Gamma(a) Gamma(b) / Gamma(a + b))`, without cancellation for large arguments.
    lbeta(a, b) => y = lbeta_f64(a, b), -digamma_difference(a, b), -digamma_difference(b, a);
    /// Log of the binomial coefficient `a` over `b`, for real arguments too.
    lchoose(a, b) => y = lchoose_f64(a, b), lchoose_d_left(a, b), lchoose_d_right(a, b);
    /// Log of the binomial coefficient `a` over `b`, for real arguments too.
    binomial_coefficient_log(a, b) => y = lchoose_f64(a, b), lchoose_d_left(a, b), lchoose_d_right(a, b);
    /// The binomial coefficient of integers.
    choose(a, b) => y = choose_f64(a, b), 0.0, 0.0;
    /// Log of the multivariate gamma function of dimension `a` (an integer).
    lmgamma(a, b) => y = lmgamma_f64(a, b), 0.0, (0..a as i64).map(|j| digamma_f64(b - 0.5 * j as f64)).sum();
    /// `log(Gamma(a + 1) / Gamma(a - b + 1))`
    log_falling_factorial(a, b) => y = log_rising(a - b + 1.0, b),
        digamma_difference(a - b + 1.0, b), digamma_f64(a - b + 1.0);
    /// `log(Gamma(a + b) / Gamma(a))`
    log_rising_factorial(a, b) => y = log_rising(a, b), digamma_difference(a, b), digamma_f64(a + b);
    /// `a (a - 1) ... (a - b + 1)` for an integer `b`.
    falling_factorial(a, b) => y = product(a, -1.0, b).0, product(a, -1.0, b).1, 0.0;
    /// `a (a + 1) ... (a + b - 1)` for an integer `b`.
    rising_factorial(a, b) => y = product(a, 1.0, b).0, product(a, 1.0, b).1, 0.0;
}

pub(crate) fn lgamma_f64(x: f64) -> f64 {
    if x == f64::NEG_INFINITY {
        return f64::INFINITY;
    }
    libm::lgamma(x)
}

/// `tan(pi x)` with the argument reduced exactly.
fn tan_pi(x: f64) -> f64 {
    (PI * (x - x.round())).tan()
}

pub(crate) fn digamma_f64(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        return digamma_f64(1.0 - x) - PI / tan_pi(x);
    }
    // Taylor series at the zero, split in two so that the digits near it are kept.
    const ROOT: f64 = 1.461_632_144_968_362_3;
    const ROOT_LOW: f64 = 9.549_995_429_965_697e-17;
    const TAYLOR: [f64; 30] = [
        0.9676722454476212,
        -0.4427631689835921,
        0.258499760955651,
        -0.16394270544240652,
        0.10782405069126237,
        -0.07219956125645471,
        0.04880428816414311,
        -0.03316112647484736,
        0.022597648232218104,
        -0.01542476590494896,
        0.010538791616612175,
        -0.007204534386356869,
        0.004926781395729853,
        -0.003369801655439328,
        0.002305126326734928,
        -0.0015769367714301972,
        0.0010788252019162967,
        -0.0007380709389960052,
        0.000504953265834602,
        -0.0003454680251063077,
        0.00023635601564027053,
        -0.00016170622091974803,
        0.0001106337276874741,
        -7.569179582195066e-05,
        5.178575795222081e-05,
        -3.5430070947659604e-05,
        2.424006611860132e-05,
        -1.6584242271854135e-05,
        1.134638458466385e-05,
        -7.762817668462094e-06,
    ];
    if (x - ROOT).abs() < 0.4 {
        let h = (x - ROOT) - ROOT_LOW;
        return h * TAYLOR.iter().rev().fold(0.0, |acc, c| acc * h + c);
    }
    let (mut x, mut shift) = (x, 0.0);
    while x < 12.0 {
        shift += 1.0 / x;
        x += 1.0;
    }
    x.ln() - digamma_correction(x) - shift
}

/// `log(x) - digamma(x)` for `x >= 10`: 1/(2x) + sum B_2n / (2n x^2n).
fn digamma_correction(x: f64) -> f64 {
    const C: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 120.0,
        1.0 / 252.0,
        -1.0 / 240.0,
        1.0 / 132.0,
        -691.0 / 32760.0,
        1.0 / 12.0,
        -3617.0 / 8160.0,
    ];
    let z = 1.0 / (x * x);
    0.5 / x + z * C.iter().rev().fold(0.0, |acc, c| acc * z + c)
}

/// `digamma(a + b) - digamma(a)`, without cancellation where `b` is small against `a`.
pub(crate) fn digamma_difference(a: f64, b: f64) -> f64 {
    if a >= 10.0 && b >= 0.0 {
        (b / a).ln_1p() + (digamma_correction(a) - digamma_correction(a + b))
    } else if (1.0..40.0).contains(&b) && b == b.floor() && a > 0.0 {
        (0..b as i64).map(|k| 1.0 / (a + k as f64)).sum()
    } else if a > 0.0 && b >= 0.0 {
        // Shift a up to where the series holds: the sum of 1/(a+k) - 1/(a+b+k).
        let (mut a, mut total) = (a, 0.0);
        while a < 10.0 {
            total += b / (a * (a + b));
            a += 1.0;
        }
        total + (b / a).ln_1p() + (digamma_correction(a) - digamma_correction(a + b))
    } else {
        digamma_f64(a + b) - digamma_f64(a)
    }
}

pub(crate) fn trigamma_f64(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return f64::INFINITY;
        }
        let s = (PI * (x - x.round())).sin();
        return -trigamma_f64(1.0 - x) + PI * PI / (s * s);
    }
    const C: [f64; 9] = [
        1.0 / 6.0,
        -1.0 / 30.0,
        1.0 / 42.0,
        -1.0 / 30.0,
        5.0 / 66.0,
        -691.0 / 2730.0,
        7.0 / 6.0,
        -3617.0 / 510.0,
        43867.0 / 798.0,
    ];
    let (mut x, mut shift) = (x, 0.0);
    while x < 12.0 {
        shift += 1.0 / (x * x);
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    shift + (1.0 + 0.5 / x + z * C.iter().rev().fold(0.0, |acc, c| acc * z + c)) / x
}

/// The derivative of trigamma.
fn tetragamma_f64(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        let r = PI * (x - x.round());
        let s = r.sin();
        return tetragamma_f64(1.0 - x) - 2.0 * PI * PI * PI * r.cos() / (s * s * s);
    }
    // (2n + 1) B_2n
    const C: [f64; 9] =
        [0.5, -1.0 / 6.0, 1.0 / 6.0, -0.3, 5.0 / 6.0, -691.0 / 210.0, 17.5, -3617.0 / 30.0, 43867.0 / 42.0];
    let (mut x, mut shift) = (x, 0.0);
    while x < 14.0 {
        shift += 2.0 / (x * x * x);
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    -shift - z * (1.0 + 1.0 / x + z * C.iter().rev().fold(0.0, |acc, c| acc * z + c))
}

/// `lgamma(x)` minus Stirling's `(x - 1/2) log(x) - x + log(2 pi) / 2`, for `x >= 10`.
pub(crate) fn stirling_correction(x: f64) -> f64 {
    const C: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360360.0,
        1.0 / 156.0,
        -3617.0 / 122400.0,
    ];
    let z = 1.0 / (x * x);
    C.iter().rev().fold(0.0, |acc, c| acc * z + c) / x
}

pub(crate) fn lbeta_f64(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() || a < 0.0 || b < 0.0 {
        return f64::NAN;
    }
    let (x, y) = if a < b { (a, b) } else { (b, a) };
    if x == 0.0 {
        return f64::INFINITY;
    }
    if y == f64::INFINITY {
        return f64::NEG_INFINITY;
    }
    // Didonato & Morris (1992), algorithm 708: the difference of two Stirling corrections.
    if y < 10.0 {
        return lgamma_f64(x) + lgamma_f64(y) - lgamma_f64(x + y);
    }
    let total = x + y;
    let x_over_total = x / total;
    if x < 10.0 {
        let correction = stirling_correction(y) - stirling_correction(total);
        return correction + (y - 0.5) * (-x_over_total).ln_1p() + x * (1.0 - total.ln()) + lgamma_f64(x);
    }
    let correction = stirling_correction(x) + stirling_correction(y) - stirling_correction(total);
    correction + (x - 0.5) * x_over_total.ln() + y * (-x_over_total).ln_1p() + super::HALF_LN_2PI - 0.5 * y.ln()
}

/// `log(Gamma(x + n) / Gamma(x))`
pub(crate) fn log_rising(x: f64, n: f64) -> f64 {
    if n == 0.0 {
        return 0.0;
    }
    let total = x + n;
    if x >= 10.0 && total >= 10.0 {
        (stirling_correction(total) - stirling_correction(x)) + n * (total.ln() - 1.0) + (x - 0.5) * (n / x).ln_1p()
    } else if n == n.floor() && n > 0.0 && n <= 8.0 && x > 0.0 {
        // One log of the product keeps the digits that a difference of two lgammas loses.
        (0..n as i64).map(|k| x + k as f64).product::<f64>().ln()
    } else {
        lgamma_f64(total) - lgamma_f64(x)
    }
}

fn lchoose_f64(n: f64, k: f64) -> f64 {
    if n.is_nan() || k.is_nan() || n < -1.0 {
        return f64::NAN;
    }
    let (n1, rest1) = (n + 1.0, n - k + 1.0);
    if k > 0.5 * n && k >= 0.0 && n - k < k && n - k > -1.0 {
        return lchoose_f64(n, n - k);
    }
    if k == 0.0 {
        return 0.0;
    }
    if k <= -1.0 || rest1 <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if n1 == 0.0 {
        return f64::NEG_INFINITY;
    }
    if k == 1.0 {
        return n.ln();
    }
    -lbeta_f64(rest1, k + 1.0) - n1.ln()
}

fn lchoose_d_left(n: f64, k: f64) -> f64 {
    digamma_difference(n - k + 1.0, k)
}

fn lchoose_d_right(n: f64, k: f64) -> f64 {
    digamma_f64(n - k + 1.0) - digamma_f64(k + 1.0)
}

fn choose_f64(n: f64, k: f64) -> f64 {
    if k < 0.0 || k > n || n < 0.0 {
        return 0.0;
    }
    let k = k.min(n - k);
    let mut y = 1.0;
    for i in 1..=k as i64 {
        y = y * (n - k + i as f64) / i as f64;
        if y > 1e16 {
            return lchoose_f64(n, k).exp().round();
        }
    }
    y.round()
}

fn lmgamma_f64(k: f64, x: f64) -> f64 {
    0.25 * k * (k - 1.0) * super::LN_PI + (0..k as i64).map(|j| lgamma_f64(x - 0.5 * j as f64)).sum::<f64>()
}

/// `x (x + step) ... ` of `n` factors, and its derivative in `x`.
fn product(x: f64, step: f64, n: f64) -> (f64, f64) {
    let (mut y, mut dy) = (1.0, 0.0);
    if n < 0.0 || n.is_nan() {
        return (f64::NAN, f64::NAN);
    }
    for k in 0..n as i64 {
        let factor = x + step * k as f64;
        dy = dy * factor + y;
        y *= factor;
        if (y == 0.0 && dy == 0.0) || !(y.is_finite() || dy.is_finite()) {
            break;
        }
    }
    (y, dy)
}
