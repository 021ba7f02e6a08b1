//! The von Mises distribution: `kappa cos(y - mu) - log(2 pi I_0(kappa))`.
//! Its distribution function is the integral over `[-pi, y]`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{Argument, Check, Keep, Scalar, Tail, bit::B, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::math::normal::integrate;
use crate::num::Num;
use rand::Rng;
use std::f64::consts::PI;

pub struct VonMises;

impl Scalar<2> for VonMises {
    const DECLARATION: Declaration = Declaration {
        name: "von_mises",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "An angle, by location and concentration.",
        citation: "Mardia & Jupp, Directional Statistics, 2000, sec. 3.5",
    };
    const OUTCOME: Check = Check::Finite;
    const ARGUMENTS: [Argument; 2] =
        [argument("location", Check::Finite), argument("concentration", Check::NonNegativeFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, kappa]: [T; 2], keep: Keep) -> T {
        let mut lp = kappa * (y - mu).cos();
        if keep.term(B) {
            lp -= math::log_modified_bessel_first_kind(T::from(0.0), kappa);
        }
        if keep.all {
            lp -= T::from(2.0 * math::HALF_LN_2PI);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [mu, kappa]: [T; 2], tail: Tail) -> T {
        let (yv, m, k) = (y.value(), mu.value(), kappa.value());
        if yv <= -PI {
            return log_zero_or_one(tail == Tail::Upper);
        }
        if yv >= PI {
            return log_zero_or_one(tail == Tail::Lower);
        }
        let (from, to) = if tail == Tail::Lower { (-PI, yv) } else { (yv, PI) };
        let (mass, cosine) = masses(from, to, m, k);
        // Integrals of exp(kappa (cos - 1)); the normaliser on the same scale.
        let log_i0 = math::log_modified_bessel_first_kind(0.0, k);
        let log_scale = k - log_i0 - 2.0 * math::HALF_LN_2PI;
        let value = mass.ln() + log_scale;
        let density = |t: f64| (k * (t - m).cos() - k + log_scale - value).exp();
        let sign = if tail == Tail::Lower { 1.0 } else { -1.0 };
        let mean_cosine = (math::log_modified_bessel_first_kind(1.0, k) - log_i0).exp();
        T::compose(
            value,
            &[
                (y, sign * density(yv)),
                (mu, -sign * (density(yv) - density(-PI))),
                (kappa, cosine / mass - mean_cosine),
            ],
        )
    }

    fn rng<R: Rng + ?Sized>([mu, kappa]: [f64; 2], rng: &mut R) -> f64 {
        let angle = mu + centred_draw(kappa, rng);
        angle - 2.0 * PI * ((angle + PI) / (2.0 * PI)).floor()
    }
}

/// `int exp(kappa (cos(t - mu) - 1)) dt` over `[from, to]` inside one turn, and the same with `cos(t - mu)` as a factor.
fn masses(from: f64, to: f64, mu: f64, kappa: f64) -> (f64, f64) {
    let centre = mu - 2.0 * PI * ((mu + PI) / (2.0 * PI)).floor();
    let (mut mass, mut cosine) = (0.0, 0.0);
    for image in [centre - 2.0 * PI, centre, centre + 2.0 * PI] {
        // Left and right of this image of the mode, where the density is monotone.
        for (a, b) in [(image - PI, image), (image, image + PI)] {
            let (a, b) = (a.max(from), b.min(to));
            if a >= b {
                continue;
            }
            // Only where the density is within exp(-45) of its largest value on the piece.
            let nearest = if a >= image { a - image } else { image - b };
            let bound = nearest.cos() - 45.0 / kappa;
            let reach = if bound > -1.0 { bound.acos() } else { PI };
            let (a, b) = (a.max(image - reach), b.min(image + reach));
            let weight = |t: f64| {
                let s = (0.5 * (t - image)).sin();
                (-2.0 * kappa * s * s).exp()
            };
            mass += integrate(a, b, 4, weight);
            cosine += integrate(a, b, 4, |t| weight(t) * (t - image).cos());
        }
    }
    (mass, cosine)
}

/// Best & Fisher, Applied Statistics 28, 1979.
fn centred_draw<R: Rng + ?Sized>(kappa: f64, rng: &mut R) -> f64 {
    if kappa < 1e-8 {
        return PI * (2.0 * random::unit(rng) - 1.0);
    }
    let r = 1.0 + (1.0 + 4.0 * kappa * kappa).sqrt();
    let rho = (r - (2.0 * r).sqrt()) / (2.0 * kappa);
    let s = (1.0 + rho * rho) / (2.0 * rho);
    loop {
        let z = (PI * random::unit(rng)).cos();
        let w = (1.0 + s * z) / (s + z);
        let y = kappa * (s - w);
        let v = random::open_unit(rng);
        if y * (2.0 - y) > v || (y / v).ln() + 1.0 >= y {
            let angle = w.clamp(-1.0, 1.0).acos();
            return if random::unit(rng) < 0.5 { -angle } else { angle };
        }
    }
}
