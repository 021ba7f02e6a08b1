//! Draws of many variates at once.
//!
//! The variate of a lane is the one that [`Sequence::variate`] gives at its place, and the algorithms are those that the generators of the families
//! use: a draw has the same bits whether it is made alone or beside others.

mod transform;

use super::simd::{Lanes, WordLanes, level};
use super::{Level, OK, REJECT, blocks_once, kernel_table, multiversion};
use crate::families::{self, Check};
use crate::random::{Along, MULTIPLIERS, PARTNER, PARTNER_BIT, SHARED, Sequence, WEYL};
use std::sync::OnceLock;

/// An argument of a generator.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub values: *const f64,
    /// 1, or 0 for one number that is broadcast.
    pub stride: usize,
}

/// `(sequence, n, parameters, out) -> status`: draws `n` numbers (integers too are written as `f64`) and moves the sequence on.
/// Where an argument is outside its domain the draw is NaN and the status [`REJECT`].
pub type DrawKernel = unsafe extern "C" fn(*mut Sequence, usize, *const Parameter, *mut f64) -> u32;

/// The generator of a scalar family: every family whose declaration has one.
pub fn draw(family: &str) -> Option<DrawKernel> {
    draw_at(family, level()).or_else(|| {
        let family = families::scalar_family(family)?;
        (!family.declaration.rng.is_empty()).then_some(family.draw)
    })
}

kernel_table! {
    /// Draws of standard distributions from words, one at a time.
    Transforms {
        fn open_unit(word: u64) -> f64 = one_open_unit;
        fn normal(radius: u64, angle: u64) -> f64 = one_normal;
        /// One of two from the same words: the second where `second` is not 0.
        fn normal_of_pair(radius: u64, angle: u64, second: u64) -> f64 = one_normal_of_pair;
        fn exponential(word: u64) -> f64 = one_exponential;
        fn cauchy(word: u64) -> f64 = one_cauchy;
        fn logistic(word: u64) -> f64 = one_logistic;
        fn double_exponential(word: u64) -> f64 = one_double_exponential;
        /// One attempt; NaN where it was not accepted.
        fn gamma_attempt(shape: f64, words: *const [u64; 4]) -> f64 = one_gamma_attempt;
    }
}

/// The transforms of this processor.
pub fn transforms() -> &'static Transforms {
    static TABLE: OnceLock<Transforms> = OnceLock::new();
    TABLE.get_or_init(|| Transforms::at(level()))
}

#[inline(always)]
fn lane<V: Lanes>(x: V) -> f64 {
    let mut out = 0.0;
    // Lane 0 is what `put` writes for one lane.
    unsafe { x.put(&mut out, 1) };
    out
}

#[inline(always)]
unsafe fn one_open_unit<V: WordLanes>(word: u64) -> f64 {
    lane(transform::open_unit::<V>(V::words(word)))
}
#[inline(always)]
unsafe fn one_normal<V: WordLanes>(radius: u64, angle: u64) -> f64 {
    lane(transform::normal::<V>(V::words(radius), V::words(angle)))
}
#[inline(always)]
unsafe fn one_normal_of_pair<V: WordLanes>(radius: u64, angle: u64, second: u64) -> f64 {
    let second = V::splat(0.0).lt(V::unsigned(V::words(second)));
    lane(transform::normal_of_pair::<V>(V::words(radius), V::words(angle), second))
}
#[inline(always)]
unsafe fn one_exponential<V: WordLanes>(word: u64) -> f64 {
    lane(transform::exponential::<V>(V::words(word)))
}
#[inline(always)]
unsafe fn one_cauchy<V: WordLanes>(word: u64) -> f64 {
    lane(transform::cauchy::<V>(V::words(word)))
}
#[inline(always)]
unsafe fn one_logistic<V: WordLanes>(word: u64) -> f64 {
    lane(transform::logistic::<V>(V::words(word)))
}
#[inline(always)]
unsafe fn one_double_exponential<V: WordLanes>(word: u64) -> f64 {
    lane(transform::double_exponential::<V>(V::words(word)))
}
#[inline(always)]
unsafe fn one_gamma_attempt<V: WordLanes>(shape: f64, words: *const [u64; 4]) -> f64 {
    let [a, b, c, d] = unsafe { *words };
    let (x, accepted) = transform::gamma_attempt(V::splat(shape), [V::words(a), V::words(b), V::words(c), V::words(d)]);
    lane(V::select(accepted, x, V::splat(f64::NAN)))
}

/// Where the words of a batch of variates come from.
#[derive(Clone, Copy)]
struct Source<V: WordLanes> {
    key: [u32; 2],
    draw: V::Words,
    position: V::Words,
    /// The normal number from the shared block, where it is made already.
    normal: Option<V>,
}

impl<V: WordLanes> Source<V> {
    /// Of the variates from the `i`-th on.
    #[inline(always)]
    fn at(s: &Sequence, i: usize) -> Self {
        let (draw, position) = match s.along {
            Along::Variates => (V::words(s.draw), V::count_from(s.position.wrapping_add(i as u64))),
            Along::Draws => (V::count_from(s.draw.wrapping_add(i as u64)), V::words(s.position)),
        };
        Source { key: s.key, draw, position, normal: None }
    }

    /// The two words of a block: Philox4x32-10 on lanes whose high halves do not matter. See [`crate::random`].
    #[inline(always)]
    fn block(self, number: u64) -> [V::Words; 2] {
        let mut a = self.draw;
        let mut b = V::shift_right::<32>(self.draw);
        let mut c = self.position;
        let mut d = V::xor(V::shift_left::<24>(V::shift_right::<32>(self.position)), V::words(number));
        let [mut k, mut l] = self.key;
        let mut round = 0;
        while round < 10 {
            let p = V::mul_low(a, V::words(MULTIPLIERS[0] as u64));
            let q = V::mul_low(c, V::words(MULTIPLIERS[1] as u64));
            a = V::xor3(V::shift_right::<32>(q), b, V::words(k as u64));
            b = q;
            c = V::xor3(V::shift_right::<32>(p), d, V::words(l as u64));
            d = p;
            k = k.wrapping_add(WEYL[0]);
            l = l.wrapping_add(WEYL[1]);
            round += 1;
        }
        [V::join(a, b), V::join(c, d)]
    }

    /// A standard normal number from the block shared with the partner.
    #[inline(always)]
    fn normal(self) -> V {
        if let Some(z) = self.normal {
            return z;
        }
        let second = V::shift_right::<63>(V::shift_left::<{ 63 - PARTNER_BIT }>(self.draw));
        let first = Source { draw: V::xor(self.draw, V::shift_left::<PARTNER_BIT>(second)), ..self };
        let [radius, angle] = first.block(SHARED);
        transform::normal_of_pair(radius, angle, V::splat(0.0).lt(V::unsigned(second)))
    }

    /// Sources with normal numbers: this one, of draws that are the first of two, and the partners'.
    #[inline(always)]
    fn normal_pair(self) -> [Self; 2] {
        let [radius, angle] = self.block(SHARED);
        let [first, second] = transform::normal_pair(radius, angle);
        let partner = V::xor(self.draw, V::words(PARTNER));
        [Source { normal: Some(first), ..self }, Source { draw: partner, normal: Some(second), ..self }]
    }
}

/// A gamma number: attempts from block `first` on, two blocks each.
#[inline(always)]
fn gamma<V: WordLanes>(source: Source<V>, first: u64, shape: V) -> V {
    let (zero, one) = (V::splat(0.0), V::splat(1.0));
    let mut result = V::splat(f64::NAN);
    let mut pending = one;
    let mut number = first;
    // The chance of an attempt is above 0.95.
    while number < first + 400 && !V::all(pending.eq(zero)) {
        let [a, b] = source.block(number);
        let [c, d] = source.block(number + 1);
        let (x, accepted) = transform::gamma_attempt(shape, [a, b, c, d]);
        let now = V::and(accepted, one.eq(pending));
        result = V::select(now, x, result);
        pending = V::select(now, zero, pending);
        number += 2;
    }
    result
}

/// A scalar family with `N` arguments on lanes.
trait Draw<const N: usize> {
    const CHECKS: [Check; N];
    /// Whether it uses [`Source::normal`].
    const NORMAL: bool = false;

    /// What the arguments must satisfy together.
    #[inline(always)]
    fn together<V: Lanes>(_p: &[V; N]) -> V::Mask {
        V::splat(0.0).eq(V::splat(0.0))
    }

    fn draw<V: WordLanes>(source: Source<V>, p: [V; N]) -> V;
}

/// Arguments that pass every check, for lanes whose own do not.
const HARMLESS: [f64; 3] = [0.25, 0.75, 0.5];

#[inline(always)]
fn admits<V: Lanes>(check: Check, x: V) -> V::Mask {
    let (zero, one, infinity) = (V::splat(0.0), V::splat(1.0), V::splat(f64::INFINITY));
    match check {
        Check::Nothing => zero.eq(zero),
        Check::NotNan => x.eq(x),
        Check::Finite => x.abs().lt(infinity),
        Check::Positive => zero.lt(x),
        Check::PositiveFinite => V::and(zero.lt(x), x.lt(infinity)),
        Check::NonNegative => zero.le(x),
        Check::NonNegativeFinite => V::and(zero.le(x), x.lt(infinity)),
        Check::Unit => V::and(zero.le(x), x.le(one)),
        Check::OpenUnit => V::and(zero.lt(x), x.lt(one)),
        Check::MinusOneToOne => x.abs().le(one),
        Check::AtLeastOne => one.le(x),
    }
}

/// Draws `c` numbers from the `i`-th on; false where an argument was refused.
#[inline(always)]
unsafe fn some<V: WordLanes, F: Draw<N>, const N: usize>(
    source: Source<V>,
    i: usize,
    c: usize,
    parameters: *const Parameter,
    out: *mut f64,
) -> bool {
    unsafe {
        let mut p = [V::splat(0.0); N];
        let mut good = V::splat(0.0).eq(V::splat(0.0));
        let mut k = 0;
        while k < N {
            let parameter = &*parameters.add(k);
            p[k] = if parameter.stride == 0 {
                V::splat(*parameter.values)
            } else {
                // Lanes that are not used get an argument that is.
                let values = parameter.values.add(i);
                V::get(values, c, *values)
            };
            good = V::and(good, admits(F::CHECKS[k], p[k]));
            k += 1;
        }
        good = V::and(good, F::together(&p));
        if V::all(good) {
            F::draw(source, p).put(out.add(i), c);
            return true;
        }
        let mut k = 0;
        while k < N {
            p[k] = V::select(good, p[k], V::splat(HARMLESS[k]));
            k += 1;
        }
        V::select(good, F::draw(source, p), V::splat(f64::NAN)).put(out.add(i), c);
        false
    }
}

#[inline(always)]
unsafe fn draws<V: WordLanes, F: Draw<N>, const N: usize>(
    sequence: *mut Sequence,
    n: usize,
    parameters: *const Parameter,
    out: *mut f64,
) -> u32 {
    unsafe {
        let s = &*sequence;
        let mut all_admitted = true;
        // Whole groups of partners: the first eight draws of sixteen and the others.
        let group = 2 * PARTNER as usize;
        let aligned = s.along == Along::Draws && s.draw.is_multiple_of(2 * PARTNER);
        let together = if F::NORMAL && aligned { n - n % group } else { 0 };
        let mut i = 0;
        while i < together {
            blocks_once!(V, PARTNER as usize, |j, c| {
                let [first, second] = Source::at(s, i + j).normal_pair();
                all_admitted &= some::<V, F, N>(first, i + j, c, parameters, out);
                all_admitted &= some::<V, F, N>(second, i + j + PARTNER as usize, c, parameters, out);
            });
            i += group;
        }
        blocks_once!(V, n - together, |j, c| {
            let i = together + j;
            all_admitted &= some::<V, F, N>(Source::at(s, i), i, c, parameters, out);
        });
        (*sequence).advance(n);
        if all_admitted { OK } else { REJECT }
    }
}

struct StdNormal;
struct Normal;
struct Lognormal;
struct Uniform;
struct Exponential;
struct Cauchy;
struct Logistic;
struct DoubleExponential;
struct Gamma;
struct StudentT;
struct Bernoulli;
struct BernoulliLogit;

impl Draw<0> for StdNormal {
    const CHECKS: [Check; 0] = [];
    const NORMAL: bool = true;
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, []: [V; 0]) -> V {
        source.normal()
    }
}
impl Draw<2> for Normal {
    const CHECKS: [Check; 2] = [Check::Finite, Check::Positive];
    const NORMAL: bool = true;
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [mu, sigma]: [V; 2]) -> V {
        mu + sigma * source.normal()
    }
}
impl Draw<2> for Lognormal {
    const CHECKS: [Check; 2] = [Check::Finite, Check::PositiveFinite];
    const NORMAL: bool = true;
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [mu, sigma]: [V; 2]) -> V {
        super::simd::math::exp(mu + sigma * source.normal())
    }
}
impl Draw<2> for Uniform {
    const CHECKS: [Check; 2] = [Check::Finite, Check::Finite];
    #[inline(always)]
    fn together<V: Lanes>([alpha, beta]: &[V; 2]) -> V::Mask {
        alpha.lt(*beta)
    }
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [alpha, beta]: [V; 2]) -> V {
        alpha + (beta - alpha) * transform::unit(source.block(0)[0])
    }
}
impl Draw<1> for Exponential {
    const CHECKS: [Check; 1] = [Check::PositiveFinite];
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [beta]: [V; 1]) -> V {
        transform::exponential::<V>(source.block(0)[0]) / beta
    }
}
impl Draw<2> for Cauchy {
    const CHECKS: [Check; 2] = [Check::Finite, Check::PositiveFinite];
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [mu, sigma]: [V; 2]) -> V {
        mu + sigma * transform::cauchy(source.block(0)[0])
    }
}
impl Draw<2> for Logistic {
    const CHECKS: [Check; 2] = [Check::Finite, Check::PositiveFinite];
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [mu, sigma]: [V; 2]) -> V {
        mu + sigma * transform::logistic(source.block(0)[0])
    }
}
impl Draw<2> for DoubleExponential {
    const CHECKS: [Check; 2] = [Check::Finite, Check::PositiveFinite];
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [mu, sigma]: [V; 2]) -> V {
        mu + sigma * transform::double_exponential(source.block(0)[0])
    }
}
impl Draw<2> for Gamma {
    const CHECKS: [Check; 2] = [Check::PositiveFinite, Check::PositiveFinite];
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [alpha, beta]: [V; 2]) -> V {
        gamma(source, 0, alpha) / beta
    }
}
impl Draw<3> for StudentT {
    const CHECKS: [Check; 3] = [Check::PositiveFinite, Check::Finite, Check::PositiveFinite];
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [nu, mu, sigma]: [V; 3]) -> V {
        let chi_square = V::splat(2.0) * gamma(source, 1, V::splat(0.5) * nu);
        let [radius, angle] = source.block(0);
        mu + sigma * transform::normal(radius, angle) / (chi_square / nu).sqrt()
    }
}

#[inline(always)]
fn success<V: WordLanes>(source: Source<V>, probability: V) -> V {
    let u = transform::unit::<V>(source.block(0)[0]);
    V::select(u.lt(probability), V::splat(1.0), V::splat(0.0))
}

impl Draw<1> for Bernoulli {
    const CHECKS: [Check; 1] = [Check::Unit];
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [theta]: [V; 1]) -> V {
        success(source, theta)
    }
}
impl Draw<1> for BernoulliLogit {
    const CHECKS: [Check; 1] = [Check::NotNan];
    #[inline(always)]
    fn draw<V: WordLanes>(source: Source<V>, [alpha]: [V; 1]) -> V {
        success(source, super::simd::math::inv_logit(alpha))
    }
}

pub(super) fn draw_at(family: &str, level: Level) -> Option<DrawKernel> {
    macro_rules! table {
        ($($name:literal: $family:ident<$n:literal>,)*) => {
            match family {
                $($name => {
                    #[inline(always)]
                    unsafe fn body<V: WordLanes>(
                        sequence: *mut Sequence,
                        n: usize,
                        parameters: *const Parameter,
                        out: *mut f64,
                    ) -> u32 {
                        unsafe { draws::<V, $family, $n>(sequence, n, parameters, out) }
                    }
                    Some(multiversion!(
                        level,
                        fn(sequence: *mut Sequence, n: usize, parameters: *const Parameter, out: *mut f64) -> u32,
                        body
                    ))
                })*
                _ => None,
            }
        };
    }
    table! {
        "std_normal": StdNormal<0>,
        "normal": Normal<2>,
        "lognormal": Lognormal<2>,
        "uniform": Uniform<2>,
        "exponential": Exponential<1>,
        "cauchy": Cauchy<2>,
        "logistic": Logistic<2>,
        "double_exponential": DoubleExponential<2>,
        "gamma": Gamma<2>,
        "student_t": StudentT<3>,
        "bernoulli": Bernoulli<1>,
        "bernoulli_logit": BernoulliLogit<1>,
    }
}
