//! The skew normal distribution: `log(2) - log(omega) + log phi(z) + log Phi(alpha z)` with `z = (y - xi) / omega`.
//! Its distribution function is `Phi(z) - 2 T(z, alpha)` with Owen's T.

use super::random;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, B, Y},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::math::normal::integrate;
use crate::num::Num;
use rand::Rng;
use std::f64::consts::{LN_2, PI};

pub struct SkewNormal;

impl Scalar<3> for SkewNormal {
    const DECLARATION: Declaration = Declaration {
        name: "skew_normal",
        kind: Kind::Continuous,
        signature: "reals | reals, reals, reals",
        rng: "numbers, numbers, numbers",
        cdf: Cumulative::All,
        summary: "A skewed normal variable: location, scale, shape.",
        citation: "Azzalini, Scandinavian Journal of Statistics 12, 1985",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 3] = [
        argument("location", Check::Finite),
        argument("scale", Check::PositiveFinite),
        argument("shape", Check::Finite),
    ];

    #[inline]
    fn log_density<T: Num>(y: T, [xi, omega, alpha]: [T; 3], keep: Keep) -> T {
        let z = (y - xi) / omega;
        // Stan counts log(2) to the last term.
        let mut lp = math::std_normal_lcdf(alpha * z) + T::from(LN_2);
        if keep.term(Y | A | B) {
            lp -= T::from(0.5) * z * z;
        }
        if keep.term(B) {
            lp -= omega.ln();
        }
        if keep.all {
            lp -= T::from(math::HALF_LN_2PI);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [xi, omega, alpha]: [T; 3], tail: Tail) -> T {
        let z = (y - xi) / omega;
        // The upper tail is the lower tail of the mirror image.
        if tail == Tail::Lower { lower(z, alpha) } else { lower(-z, -alpha) }
    }

    fn rng<R: Rng + ?Sized>([xi, omega, alpha]: [f64; 3], rng: &mut R) -> f64 {
        let delta = alpha / alpha.hypot(1.0);
        let (u, v) = (random::std_normal(rng), random::std_normal(rng));
        xi + omega * (delta * u.abs() + v / alpha.hypot(1.0))
    }
}

/// `log(Phi(z) - 2 T(z, alpha))`
fn lower<T: Num>(z: T, alpha: T) -> T {
    let (zv, av) = (z.value(), alpha.value());
    let whole = math::Phi(zv);
    let difference = whole - 2.0 * math::owens_t(zv, av);
    let value = if difference > 1e-2 * whole || zv >= 0.0 {
        difference.max(0.0).ln()
    } else {
        // The difference loses its digits: integrate the density below z, which falls faster than
        // exp(-(1 + alpha^2) |z| s).
        let at_z = SkewNormal::log_density(zv, [0.0, 1.0, av], Keep::ALL);
        let curvature = 1.0 + av * av;
        let length = (40.0 / (curvature * zv.abs())).min(9.0 / curvature.sqrt());
        let density = |s: f64| (SkewNormal::log_density(zv - s, [0.0, 1.0, av], Keep::ALL) - at_z).exp();
        at_z + integrate(0.0, length, 4, density).ln()
    };
    z.apply2(
        alpha,
        value,
        || (SkewNormal::log_density(zv, [0.0, 1.0, av], Keep::ALL) - value).exp(),
        || -(-0.5 * zv * zv * (1.0 + av * av) - value).exp() / (PI * (1.0 + av * av)),
    )
}
