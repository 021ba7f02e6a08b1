//! Bessel functions.

use super::incomplete_gamma::settled;
use crate::num::{Dual, Num};

binary_functions! {
    /// J of integer order `a`.
    bessel_first_kind(a, b) => y = libm::jn(a as i32, b), 0.0,
        0.5 * (libm::jn(a as i32 - 1, b) - libm::jn(a as i32 + 1, b));
    /// Y of integer order `a`.
    bessel_second_kind(a, b) => y = libm::yn(a as i32, b), 0.0,
        0.5 * (libm::yn(a as i32 - 1, b) - libm::yn(a as i32 + 1, b));
    /// I of integer order `a`.
    modified_bessel_first_kind(a, b) => y = i_integer(a, b), 0.0,
        0.5 * (i_integer(a - 1.0, b) + i_integer(a + 1.0, b));
    /// K of integer order `a`, for `b > 0`.
    modified_bessel_second_kind(a, b) => y = k_integer(a, b), 0.0,
        -0.5 * (k_integer(a - 1.0, b) + k_integer(a + 1.0, b));
    /// Log of I of real order `a >= 0`, for `b >= 0`.
    log_modified_bessel_first_kind(a, b) => y = log_i_f64(a, b),
        log_i(Dual::<1>::input(a, 0), b).d[0],
        (log_i_f64(a + 1.0, b) - y).exp() + if a == 0.0 { 0.0 } else { a / b };
}

fn i_integer(n: f64, x: f64) -> f64 {
    let n = n.abs();
    let sign = if x < 0.0 && n % 2.0 == 1.0 { -1.0 } else { 1.0 };
    sign * log_i_f64(n, x.abs()).exp()
}

fn log_i_f64(order: f64, x: f64) -> f64 {
    log_i(Dual::<0>::constant(order), x).value
}

/// `log I_order(x)`, with the derivatives that the order carries.
pub(crate) fn log_i<const K: usize>(order: Dual<K>, x: f64) -> Dual<K> {
    let c = Dual::<K>::constant;
    let v = order.value;
    if x.is_nan() || v.is_nan() || x < 0.0 || v < 0.0 {
        return c(f64::NAN);
    }
    if x == 0.0 {
        return c(if v == 0.0 { 0.0 } else { f64::NEG_INFINITY });
    }
    if x == f64::INFINITY {
        return c(f64::INFINITY);
    }
    let (mut term, mut total) = (c(1.0), c(1.0));
    if x > 40.0 && x > 0.6 * v * v {
        // Hankel's expansion: Abramowitz & Stegun 9.7.1.
        let mu = c(4.0) * order * order;
        for k in 1..200 {
            let odd = (2 * k - 1) as f64;
            let next = -term * (mu - c(odd * odd)) / c(8.0 * x * k as f64);
            if next.value.abs() > term.value.abs() && k as f64 > v {
                break;
            }
            term = next;
            total += term;
            if settled(term, total) {
                break;
            }
        }
        return c(x - super::HALF_LN_2PI - 0.5 * x.ln()) + total.ln();
    }
    // Power series, all terms positive; rescaled before it overflows.
    let quarter = 0.25 * x * x;
    let (mut offset, mut k) = (0.0, 0.0);
    loop {
        k += 1.0;
        term = term * c(quarter) / (c(k) * (order + c(k)));
        total += term;
        if total.value > 1e280 {
            total *= c(1e-280);
            term *= c(1e-280);
            offset += 280.0 * std::f64::consts::LN_10;
        }
        if settled(term, total) || k > 1e7 {
            break;
        }
    }
    order * c((0.5 * x).ln()) - super::lgamma(order + c(1.0)) + total.ln() + c(offset)
}

/// K of integer order: Temme's series for `x <= 2`, Steed's continued fraction above, upward recurrence in the order
/// (Press et al., Numerical Recipes, 6.7).
fn k_integer(n: f64, x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::INFINITY;
    }
    const EULER: f64 = 0.577_215_664_901_532_9;
    let (mut k0, mut k1);
    if x <= 2.0 {
        let z = 0.25 * x * x;
        let log = (0.5 * x).ln() + EULER;
        // Abramowitz & Stegun 9.6.13: K0 = sum (H_k - log) z^k / k!^2.
        let (mut term, mut harmonic) = (1.0, 0.0);
        k0 = -log;
        for k in 1..60 {
            let kf = k as f64;
            harmonic += 1.0 / kf;
            term *= z / (kf * kf);
            k0 += term * (harmonic - log);
            if term < 1e-20 {
                break;
            }
        }
        // 9.6.11: K1 = 1/x + (x/2) sum_k z^(k-1) / (k! (k-1)!) (log - H_{k-1} - 1/(2k))
        k1 = 1.0 / x + 0.5 * x * k1_tail(z, log);
    } else {
        let mut b = 2.0 * (1.0 + x);
        let mut d = 1.0 / b;
        let (mut h, mut delta) = (d, d);
        let (mut q1, mut q2) = (0.0, 1.0);
        let a1 = 0.25;
        let (mut c, mut q) = (a1, a1);
        let mut a = -a1;
        let mut s = 1.0 + q * delta;
        for i in 2..10_000 {
            a -= 2.0 * (i - 1) as f64;
            c = -a * c / i as f64;
            let next = (q1 - b * q2) / a;
            q1 = q2;
            q2 = next;
            q += c * next;
            b += 2.0;
            d = 1.0 / (b + a * d);
            delta *= b * d - 1.0;
            h += delta;
            let ds = q * delta;
            s += ds;
            if (ds / s).abs() < 1e-17 {
                break;
            }
        }
        h *= a1;
        k0 = (std::f64::consts::PI / (2.0 * x)).sqrt() * (-x).exp() / s;
        k1 = k0 * (x + 0.5 - h) / x;
    }
    let order = n.abs();
    let mut m = 0.0;
    while m < order {
        let next = k0 + 2.0 * (m + 1.0) / x * k1;
        k0 = k1;
        k1 = next;
        m += 1.0;
        if k0 == f64::INFINITY {
            break;
        }
    }
    k0
}

/// `sum_{k>=1} z^(k-1) / (k! (k-1)!) (log - H_{k-1} - 1/(2k))`
fn k1_tail(z: f64, log: f64) -> f64 {
    let (mut term, mut harmonic, mut total) = (1.0, 0.0, 0.0);
    for k in 1..60 {
        let kf = k as f64;
        total += term * (log - harmonic - 0.5 / kf);
        harmonic += 1.0 / kf;
        term *= z / (kf * (kf + 1.0));
        if term < 1e-20 {
            break;
        }
    }
    total
}
