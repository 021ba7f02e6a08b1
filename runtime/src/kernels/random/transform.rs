//! From random words to draws of the standard distributions. A fixed number of words makes a draw (or an attempt at one), so lanes never
//! wait for each other's.

use crate::kernels::simd::{Lanes, WordLanes, math};

const TWO_M53: f64 = 1.0 / 9007199254740992.0;
const TWO_M64: f64 = TWO_M53 / 2048.0;

/// sin(pi x)/x of x^2 on |x| <= 1/2: Chebyshev interpolation, error 7e-19.
#[allow(clippy::excessive_precision)]
const SIN_PI: [f64; 9] = [
    std::f64::consts::PI,
    -5.167712780049969,
    2.5501640398773007,
    -0.5992645293189447,
    0.0821458865731029,
    -0.007370430505916944,
    0.0004662998161898394,
    -2.1903497074626018e-05,
    7.697826768224191e-07,
];

/// sin(pi x) for |x| <= 1/2.
#[inline(always)]
fn sin_pi<V: Lanes>(x: V) -> V {
    x * (x * x).horner(&SIN_PI)
}

/// Uniform on `[0, 1)`, a multiple of 2^-53.
#[inline(always)]
pub fn unit<V: WordLanes>(w: V::Words) -> V {
    V::unsigned(V::shift_right::<11>(w)) * V::splat(TWO_M53)
}

/// Uniform on `(0, 1)`; near 0 in steps of 2^-64, so that a tail beyond nine standard deviations has its weight.
#[inline(always)]
pub fn open_unit<V: WordLanes>(w: V::Words) -> V {
    let u = (V::unsigned(w) + V::splat(0.5)) * V::splat(TWO_M64);
    V::splat(1.0 - TWO_M53).min(u)
}

/// Uniform on `(0, 1/2]`, and a number with a random sign.
#[inline(always)]
fn half_unit<V: WordLanes>(w: V::Words) -> (V, V) {
    let u = (V::unsigned(V::shift_right::<1>(w)) + V::splat(0.5)) * V::splat(TWO_M64);
    (u, V::from_bits(V::shift_left::<63>(w)))
}

/// With mean 1; never 0.
#[inline(always)]
pub fn exponential<V: WordLanes>(w: V::Words) -> V {
    -math::ln_normal(open_unit::<V>(w))
}

/// The distance of two independent normal numbers from the origin.
#[inline(always)]
fn distance<V: WordLanes>(w: V::Words) -> V {
    (V::splat(2.0) * exponential::<V>(w)).sqrt()
}

/// Box & Muller (1958), one of the two: the sine of an angle uniform on (-pi/2, pi/2) has the distribution of the sine of any angle.
#[inline(always)]
pub fn normal<V: WordLanes>(radius: V::Words, angle: V::Words) -> V {
    distance::<V>(radius) * sin_pi(V::signed(angle) * V::splat(TWO_M64))
}

/// For both of the two: an angle uniform on (-pi/2, pi/2) in units of pi, and a number with the sign of the cosine, the word's first bit.
#[inline(always)]
fn any_angle<V: WordLanes>(w: V::Words) -> (V, V) {
    (V::signed(V::shift_left::<1>(w)) * V::splat(TWO_M64), V::from_bits(w))
}

/// Box & Muller, both.
#[inline(always)]
pub fn normal_pair<V: WordLanes>(radius: V::Words, angle: V::Words) -> [V; 2] {
    let r = distance::<V>(radius);
    let (x, sign) = any_angle::<V>(angle);
    [r * sin_pi(x), (r * sin_pi(V::splat(0.5) - x.abs())).copysign(sign)]
}

/// The same bits as one of [`normal_pair`].
#[inline(always)]
pub fn normal_of_pair<V: WordLanes>(radius: V::Words, angle: V::Words, second: V::Mask) -> V {
    let (x, sign) = any_angle::<V>(angle);
    let z = distance::<V>(radius) * sin_pi(V::select(second, V::splat(0.5) - x.abs(), x));
    V::select(second, z.copysign(sign), z)
}

/// The cotangent of an angle uniform on (0, pi/2], with a random sign.
#[inline(always)]
pub fn cauchy<V: WordLanes>(w: V::Words) -> V {
    let (u, sign) = half_unit::<V>(w);
    (sin_pi(V::splat(0.5) - u) / sin_pi(u)).copysign(sign)
}

/// The log odds of a uniform number.
#[inline(always)]
pub fn logistic<V: WordLanes>(w: V::Words) -> V {
    let (u, sign) = half_unit::<V>(w);
    math::ln_normal((V::splat(1.0) - u) / u).copysign(sign)
}

/// An exponential number with a random sign.
#[inline(always)]
pub fn double_exponential<V: WordLanes>(w: V::Words) -> V {
    let (u, sign) = half_unit::<V>(w);
    math::ln_normal(u + u).copysign(sign)
}

/// One attempt at a gamma number of that shape and scale 1, and whether it was accepted: Marsaglia & Tsang, "A simple method for generating
/// gamma variables" (2000), with G(a) = G(a + 1) U^(1/a) for shapes below 1.
#[inline(always)]
pub fn gamma_attempt<V: WordLanes>(shape: V, w: [V::Words; 4]) -> (V, V::Mask) {
    let one = V::splat(1.0);
    let small = shape.lt(one);
    let d = V::select(small, shape + one, shape) - V::splat(1.0 / 3.0);
    let x = normal::<V>(w[0], w[1]);
    let t = one + x / (V::splat(9.0) * d).sqrt();
    let v = t * t * t;
    let u = open_unit::<V>(w[2]);
    let positive = V::splat(0.0).lt(t);
    let log_v = math::ln(V::select(positive, v, one));
    let bound = V::splat(0.5) * x * x + d * (one - v + log_v);
    let accepted = V::and(positive, math::ln_normal(u).lt(bound));
    let boost = math::exp(math::ln_normal(open_unit::<V>(w[3])) / shape);
    (d * V::select(small, v * boost, v), accepted)
}
