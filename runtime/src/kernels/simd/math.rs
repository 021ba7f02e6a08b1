//! Elementary functions of lanes, branch-free. Errors are below 1 ulp for `exp` and `ln` with FMA. The functions of the logistic family give 0
//! where the result is subnormal.

use super::Lanes;

/// ln 2 with 21 trailing zero bits, so that multiples up to 2^20 are exact, and the rest.
#[allow(clippy::excessive_precision)]
const LN2_HI: f64 = 6.93147180369123816490e-01;
#[allow(clippy::excessive_precision)]
const LN2_LO: f64 = 1.90821492927058770002e-10;

/// (exp(r) - 1 - r) / r^2 on |r| <= ln(2)/2: Chebyshev interpolation, error 1.6e-17.
#[allow(clippy::excessive_precision)]
const EXP: [f64; 10] = [
    0.5,
    0.16666666666666669,
    0.04166666666662399,
    0.008333333333330051,
    0.0013888888917281794,
    0.00019841269863105968,
    2.480152119021773e-05,
    2.7557268378684192e-06,
    2.7620138719733994e-07,
    2.5100424157005067e-08,
];

/// (ln(1+f) - 2s)/s of s^2, s = f/(2+f): the minimax polynomial of FreeBSD's `e_log.c`.
#[allow(clippy::excessive_precision)]
const LOG: [f64; 7] = [
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
];

/// A polynomial of degree 9 as a tree: shorter latency than Horner's rule.
#[inline(always)]
fn estrin10<V: Lanes>(x: V, c: &[f64; 10]) -> V {
    let x2 = x * x;
    let x4 = x2 * x2;
    let p01 = x.fma(V::splat(c[1]), V::splat(c[0]));
    let p23 = x.fma(V::splat(c[3]), V::splat(c[2]));
    let p45 = x.fma(V::splat(c[5]), V::splat(c[4]));
    let p67 = x.fma(V::splat(c[7]), V::splat(c[6]));
    let p89 = x.fma(V::splat(c[9]), V::splat(c[8]));
    let low = p23.fma(x2, p01);
    let high = p67.fma(x2, p45);
    p89.fma(x4, high).fma(x4, low)
}

/// x = n ln 2 + r; returns (n, exp(r) - 1).
#[inline(always)]
fn reduce_exp<V: Lanes>(x: V) -> (V, V) {
    let n = (x * V::splat(std::f64::consts::LOG2_E)).round();
    let r = n.fma(V::splat(-LN2_LO), n.fma(V::splat(-LN2_HI), x));
    (n, (r * r).fma(estrin10(r, &EXP), r))
}

#[inline(always)]
pub fn exp<V: Lanes>(x: V) -> V {
    // Where the result is 0 it is not computed: making a number that underflows is slow. min returns its second argument for NaN.
    let gone = x.lt(V::splat(-745.2));
    let (n, p) = reduce_exp(V::select(gone, V::splat(0.0), V::splat(720.0).min(x)));
    V::select(gone, V::splat(0.0), (V::splat(1.0) + p).scale(n))
}

#[inline(always)]
pub fn expm1<V: Lanes>(x: V) -> V {
    let clamped = V::splat(-700.0).max(V::splat(720.0).min(x));
    let (n, p) = reduce_exp(clamped);
    let one = V::splat(1.0);
    // Past 2^60 the -1 is lost anyway.
    let power = one.scale(V::splat(60.0).min(n));
    let small = power.fma(p, power - one);
    let y = V::select(V::splat(60.0).lt(n), (one + p).scale(n), small);
    // expm1(x) = x for tiny x, and keeps the sign of zero.
    V::select(x.abs().lt(V::splat(1e-300)), x, y)
}

/// ln(1+f) + k ln 2 for 1+f in [sqrt(1/2), sqrt(2)).
#[inline(always)]
fn log_reduced<V: Lanes>(f: V, k: V) -> V {
    let s = f / (V::splat(2.0) + f);
    let z = s * s;
    let w = z * z;
    let odd = w.fma(w.fma(V::splat(LOG[5]), V::splat(LOG[3])), V::splat(LOG[1]));
    let even = w.fma(w.fma(w.fma(V::splat(LOG[6]), V::splat(LOG[4])), V::splat(LOG[2])), V::splat(LOG[0]));
    let r = w.fma(odd, z * even);
    let half = V::splat(0.5) * f * f;
    let tail = s.fma(half + r, k * V::splat(LN2_LO));
    k.fma(V::splat(LN2_HI), f - (half - tail))
}

/// The natural logarithm: -inf at 0, NaN below.
#[inline(always)]
pub fn ln<V: Lanes>(x: V) -> V {
    let tiny = x.lt(V::splat(f64::MIN_POSITIVE));
    let normal = V::select(tiny, x * V::splat(18014398509481984.0), x);
    let (m, k) = normal.split();
    let k = V::select(tiny, k - V::splat(54.0), k);
    ln_special(x, log_reduced(m - V::splat(1.0), k))
}

/// The natural logarithm of a positive normal number.
#[inline(always)]
pub fn ln_normal<V: Lanes>(x: V) -> V {
    let (m, k) = x.split();
    log_reduced(m - V::splat(1.0), k)
}

/// `y = ln(x)` for positive finite x, mended elsewhere.
#[inline(always)]
fn ln_special<V: Lanes>(x: V, y: V) -> V {
    let zero = V::splat(0.0);
    let infinity = V::splat(f64::INFINITY);
    let inside = V::and(zero.lt(x), x.lt(infinity));
    let edge = V::select(x.eq(infinity), infinity, V::splat(f64::NAN));
    V::select(inside, y, V::select(x.eq(zero), V::splat(f64::NEG_INFINITY), edge))
}

/// ln(1+x) for finite x > -1.
#[inline(always)]
fn ln_1p_inside<V: Lanes>(x: V) -> V {
    let one = V::splat(1.0);
    let u = one + x;
    // What rounding lost in u, exactly (two-sum).
    let back = u - one;
    let lost = (one - (u - back)) + (x - back);
    let (m, k) = u.split();
    let f = (m - one) + lost.scale(-k);
    log_reduced(f, k)
}

#[inline(always)]
pub fn ln_1p<V: Lanes>(x: V) -> V {
    let y = ln_special(V::splat(1.0) + x, ln_1p_inside(x));
    V::select(x.eq(V::splat(0.0)), x, y)
}

/// ln(1 + t) for t = exp(-|x|) in [0, 1].
#[inline(always)]
fn ln_1p_unit<V: Lanes>(t: V) -> V {
    let one = V::splat(1.0);
    let upper = V::splat(0.4142135).lt(t);
    // (1+t)/2 - 1 = (t-1)/2 is exact.
    let f = V::select(upper, (t - one) * V::splat(0.5), t);
    let k = V::select(upper, one, V::splat(0.0));
    log_reduced(f, k)
}

/// exp(x) for x <= 0, without subnormal numbers (0 instead), which are slow to make.
#[inline(always)]
fn exp_decay<V: Lanes>(x: V) -> V {
    let gone = x.lt(V::splat(-708.0));
    let (n, p) = reduce_exp(V::select(gone, V::splat(0.0), x));
    V::select(gone, V::splat(0.0), (V::splat(1.0) + p).scale(n))
}

/// (inv_logit(x), log_inv_logit(x)): both from one exponential.
#[inline(always)]
pub fn logistic<V: Lanes>(x: V) -> (V, V) {
    let zero = V::splat(0.0);
    let one = V::splat(1.0);
    let t = exp_decay(-x.abs());
    let p = V::select(zero.le(x), one, t) / (one + t);
    // min keeps NaN.
    (p, zero.min(x) - ln_1p_unit(t))
}

/// (inv_logit(-x), log_inv_logit(x)): the derivative and the value of log_inv_logit.
#[inline(always)]
pub fn logistic_complement<V: Lanes>(x: V) -> (V, V) {
    let zero = V::splat(0.0);
    let one = V::splat(1.0);
    let t = exp_decay(-x.abs());
    let q = V::select(zero.le(x), t, one) / (one + t);
    (q, zero.min(x) - ln_1p_unit(t))
}

#[inline(always)]
pub fn inv_logit<V: Lanes>(x: V) -> V {
    let one = V::splat(1.0);
    let t = exp_decay(-x.abs());
    V::select(V::splat(0.0).le(x), one, t) / (one + t)
}

/// ln(1 + exp(x)).
#[inline(always)]
pub fn log1p_exp<V: Lanes>(x: V) -> V {
    V::splat(0.0).max(x) + ln_1p_unit(exp_decay(-x.abs()))
}

#[inline(always)]
pub fn log_inv_logit<V: Lanes>(x: V) -> V {
    V::splat(0.0).min(x) - ln_1p_unit(exp_decay(-x.abs()))
}

#[inline(always)]
pub fn tanh<V: Lanes>(x: V) -> V {
    let e = expm1(V::splat(-2.0) * x.abs());
    let y = -e / (e + V::splat(2.0));
    V::select(x.abs().lt(V::splat(1e-300)), x, y.copysign(x))
}

/// 1/cosh(x)^2, the derivative of tanh: exact where tanh is 1 to rounding.
#[inline(always)]
pub fn sech_squared<V: Lanes>(x: V) -> V {
    let e = exp_decay(V::splat(-2.0) * x.abs());
    let sum = V::splat(1.0) + e;
    V::splat(4.0) * e / (sum * sum)
}

/// B_2k / (2k (2k-1)): the asymptotic series of ln gamma.
const STIRLING: [f64; 9] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360360.0,
    1.0 / 156.0,
    -3617.0 / 122400.0,
    43867.0 / 244188.0,
];

/// B_2k / 2k: the asymptotic series of digamma.
const DIGAMMA: [f64; 10] = [
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32760.0,
    1.0 / 12.0,
    -3617.0 / 8160.0,
    43867.0 / 14364.0,
    -174611.0 / 6600.0,
];

/// (ln gamma(x), digamma(x)) for x > 0, by eight steps of the recurrence where x < 8 and the asymptotic series. Absolute error of ln gamma
/// about 4e-15 where x < 8, relative 3e-16 above.
#[inline(always)]
pub fn lgamma_digamma<V: Lanes>(x: V) -> (V, V) {
    let (zero, one) = (V::splat(0.0), V::splat(1.0));
    let low = x.lt(V::splat(8.0));
    // p = x (x+1) ... (x+7) and its derivative q
    let base = V::select(low, x, one);
    let mut p = base;
    let mut q = one;
    let mut k = 1;
    while k < 8 {
        let factor = base + V::splat(k as f64);
        q = q.fma(factor, p);
        p = p * factor;
        k += 1;
    }
    let z = V::select(low, x + V::splat(8.0), x);
    let log_z = ln(z);
    let inverse = one / z;
    let w = inverse * inverse;
    let half = V::splat(0.5);
    let series = w.horner(&STIRLING) * inverse;
    let stirling = (z - half).fma(log_z - one, series + V::splat(crate::math::HALF_LN_2PI - 0.5));
    let lgamma = stirling - V::select(low, ln(p), zero);
    let digamma = log_z - half * inverse - w * w.horner(&DIGAMMA);
    let digamma = digamma - V::select(low, q / p, zero);
    let infinity = V::splat(f64::INFINITY);
    let endless = x.eq(infinity);
    (V::select(endless, infinity, lgamma), V::select(endless, infinity, digamma))
}

#[inline(always)]
pub fn lgamma<V: Lanes>(x: V) -> V {
    lgamma_digamma(x).0
}
