//! Student's t distribution:
//! `log Gamma((nu + 1)/2) - log Gamma(nu/2) - log(nu pi)/2 - log(sigma) - (nu + 1)/2 log(1 + ((y - mu)/sigma)^2 / nu)`.

use super::random;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, C},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::math::incomplete_beta::lower_upper;
use crate::num::Dual;
use crate::num::Num;
use rand::Rng;

pub struct StudentT;

impl Scalar<3> for StudentT {
    const DECLARATION: Declaration = Declaration {
        name: "student_t",
        kind: Kind::Continuous,
        signature: "reals | reals, reals, reals",
        rng: "numbers, numbers, numbers",
        cdf: Cumulative::All,
        summary: "A real number with heavy tails: degrees of freedom, location, scale.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 28",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 3] = [
        argument("degrees of freedom", Check::PositiveFinite),
        argument("location", Check::Finite),
        argument("scale", Check::PositiveFinite),
    ];

    #[inline]
    fn log_density<T: Num>(y: T, [nu, mu, sigma]: [T; 3], keep: Keep) -> T {
        let z = (y - mu) / sigma;
        let half = T::from(0.5);
        let half_nu = half * nu;
        let mut lp = -(half_nu + half) * (z * z / nu).ln_1p();
        if keep.term(A) {
            lp += math::log_rising_factorial(half_nu, half) - half * nu.ln();
        }
        if keep.term(C) {
            lp -= sigma.ln();
        }
        if keep.all {
            lp -= T::from(math::HALF_LN_PI);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [nu, mu, sigma]: [T; 3], tail: Tail) -> T {
        let z = (y - mu) / sigma;
        let z = if tail == Tail::Lower { z } else { -z };
        if z.value() <= 0.0 { log_tail(-z, nu) } else { math::log1m_exp(log_tail(z, nu)) }
    }

    fn rng<R: Rng + ?Sized>([nu, mu, sigma]: [f64; 3], rng: &mut R) -> f64 {
        mu + sigma * random::std_normal(rng) / (random::chi_square(nu, rng) / nu).sqrt()
    }
}

/// `log P(T > t)` for `t >= 0`: half of `I_{nu / (nu + t^2)}(nu / 2, 1 / 2)`.
fn log_tail<T: Num>(t: T, nu: T) -> T {
    let (tv, n) = (t.value(), nu.value());
    // In this form t^2 does not overflow.
    let (x, rest) = if tv > 1.0 {
        let r = n / tv / tv;
        (r / (1.0 + r), 1.0 / (1.0 + r))
    } else {
        (n / (n + tv * tv), tv * tv / (n + tv * tv))
    };
    let half = Dual::<1>::constant(0.5);
    let (lower, _) = if nu.is_constant() {
        lower_upper(Dual::<1>::constant(0.5 * n), half, x, rest)
    } else {
        lower_upper(Dual::<1> { value: 0.5 * n, d: [0.5] }, half, x, rest)
    };
    let value = lower.value - std::f64::consts::LN_2;
    if t.is_constant() && nu.is_constant() {
        return T::from(value);
    }
    let log_density = StudentT::log_density(tv, [n, 0.0, 1.0], Keep::ALL);
    let hazard = (log_density - value).exp();
    // x depends on nu too: (d tail / dx)(dx / dnu) = density * t / (2 nu).
    T::compose(value, &[(t, -hazard), (nu, lower.d[0] + 0.5 * hazard * tv / n)])
}
