//! One-dimensional integrals by double exponential quadrature (Takahasi and Mori 1974), with their derivatives.

use crate::functions::error::FunctionError;
use crate::num::{Num, Tape, Var};
use std::f64::consts::FRAC_PI_2;

/// The integrand and its partials over plain numbers.
pub trait Curve {
    type Error: From<FunctionError>;

    /// Writes `f(x, xc, theta)` and its partials with respect to the active numbers of theta to `out`; `xc` is the distance to the
    /// nearer bound, of full precision: `a - x` near the lower bound, `b - x` near the upper, NaN where a bound is infinite.
    ///
    /// # Errors
    /// Whatever the function fails with.
    fn point(&mut self, x: f64, xc: f64, out: &mut [f64]) -> Result<(), Self::Error>;
}

/// An integrand over any number; `theta` are all real numbers among its further arguments.
pub trait Integrand {
    type Error: From<FunctionError>;

    /// `f(x, xc, theta)`, with `xc` as in [`Curve::point`].
    ///
    /// # Errors
    /// Whatever the function fails with.
    fn call<T: Num>(&mut self, x: T, xc: T, theta: &[T]) -> Result<T, Self::Error>;
}

const NAME: &str = "integrate_1d";
/// Halvings of the step after which the error estimate stands.
const LEVELS: usize = 14;

/// An [`Integrand`] at the values of its parameters, with partials from a tape.
struct Recorded<'a, F> {
    integrand: &'a mut F,
    theta: Vec<f64>,
    active: Vec<usize>,
    tape: Tape,
}

impl<F: Integrand> Curve for Recorded<'_, F> {
    type Error = F::Error;

    fn point(&mut self, x: f64, xc: f64, out: &mut [f64]) -> Result<(), F::Error> {
        if self.active.is_empty() {
            out[0] = self.integrand.call(x, xc, &self.theta)?;
            return Ok(());
        }
        self.tape.clear();
        let tape = &self.tape;
        let mut theta: Vec<Var> = self.theta.iter().map(|&v| Var::from(v)).collect();
        self.active.iter().for_each(|&k| theta[k] = tape.input(self.theta[k]));
        let y = self.integrand.call(x.into(), xc.into(), &theta)?;
        out[0] = y.value();
        let adjoints = tape.reverse(&[(y, 1.0)]);
        for (o, &k) in out[1..].iter_mut().zip(&self.active) {
            *o = adjoints.of(theta[k]);
        }
        Ok(())
    }
}

/// The interval of an integral, as a map from the whole line.
#[derive(Clone, Copy)]
enum Map {
    Finite(f64, f64),
    /// From a to infinity.
    Up(f64),
    /// From minus infinity to b.
    Down(f64),
    Line,
}

impl Map {
    /// `((x, xc), weight)` at `t`; `None` where the weight has vanished or x left the numbers.
    fn node(self, t: f64) -> Option<((f64, f64), f64)> {
        let (u, du) = (FRAC_PI_2 * t.sinh(), FRAC_PI_2 * t.cosh());
        let node = match self {
            Map::Finite(a, b) => {
                let half = 0.5 * (b - a);
                let cosh = u.cosh();
                // 1 - tanh |u|, of full precision.
                let rest = half * (-u.abs()).exp() / cosh;
                let weight = half * du / (cosh * cosh);
                let x = if t < 0.0 { (a + rest, -rest) } else { (b - rest, rest) };
                if rest == 0.0 {
                    return None;
                }
                (x, weight)
            }
            Map::Up(a) => ((a + u.exp(), f64::NAN), du * u.exp()),
            Map::Down(b) => ((b - u.exp(), f64::NAN), du * u.exp()),
            Map::Line => ((u.sinh(), f64::NAN), du * u.cosh()),
        };
        let ((x, _), weight) = node;
        (weight.is_finite() && weight > 0.0 && x.is_finite()).then_some(node)
    }
}

/// The integral of the integrand and of its partials.
fn quadrature<C: Curve>(f: &mut C, map: Map, partials: usize, tolerance: f64) -> Result<Vec<f64>, C::Error> {
    const RANGE: f64 = 6.5;
    let k = 1 + partials;
    let (mut value, mut absolute) = (vec![0.0; k], vec![0.0; k]);
    let (mut sum, mut sum_abs) = (vec![0.0; k], vec![0.0; k]);
    let mut point = vec![0.0; k];
    let mut worst = f64::INFINITY;
    for level in 0..LEVELS {
        let h = 0.5_f64.powi(level as i32);
        // Level 0 takes all multiples of h, each later one the odd multiples.
        for side in [1.0, -1.0] {
            let mut negligible = 0;
            let mut i = if level == 0 { if side > 0.0 { 0 } else { 1 } } else { 1 };
            let stride = if level == 0 { 1 } else { 2 };
            while i as f64 * h <= RANGE {
                let Some((x, weight)) = map.node(side * i as f64 * h) else { break };
                i += stride;
                f.point(x.0, x.1, &mut point)?;
                if point.iter().any(|y| !y.is_finite()) {
                    let at_bound = matches!(map, Map::Finite(a, b) if x.0 == a || x.0 == b);
                    if at_bound {
                        break;
                    }
                    let message = format!("the integrand or a derivative of it is not finite at {}", x.0);
                    return Err(FunctionError::domain(NAME, message).into());
                }
                let mut small = true;
                for c in 0..k {
                    let term = weight * point[c];
                    sum[c] += term;
                    sum_abs[c] += term.abs();
                    small &= term.abs() <= f64::EPSILON * 1e-3 * sum_abs[c];
                }
                negligible = if small { negligible + 1 } else { 0 };
                // A run of terms that change nothing: the tail is done (but not before the middle was seen).
                if negligible >= 3 && level > 0 && i as f64 * h > 3.0 {
                    break;
                }
            }
        }
        let previous = std::mem::replace(&mut value, sum.iter().map(|s| s * h).collect());
        absolute = sum_abs.iter().map(|s| s * h).collect();
        worst = (0..k)
            .map(|c| if absolute[c] == 0.0 { 0.0 } else { (value[c] - previous[c]).abs() / absolute[c] })
            .fold(0.0, f64::max);
        if level >= 4 && worst <= 0.1 * tolerance {
            return Ok(value);
        }
    }
    if worst <= tolerance {
        return Ok(value);
    }
    let message = format!("the error estimate of the integral exceeds the tolerance: {worst} of {:?}", absolute[0]);
    Err(FunctionError::domain(NAME, message).into())
}

/// `int_a^b f(x, xc, theta) dx` and its partials with respect to the active numbers of theta; bounds may be infinite. An interval with 0
/// inside is split there, as in Stan.
///
/// # Errors
/// The integrand's, or a domain error where `a > b`, an integrand is not finite, or the tolerance (relative to the integral of the
/// modulus) is not reached.
pub fn integral<C: Curve>(
    f: &mut C,
    lower: f64,
    upper: f64,
    partials: usize,
    relative_tolerance: f64,
) -> Result<Vec<f64>, C::Error> {
    if lower.is_nan() || upper.is_nan() || lower > upper {
        let message = format!("the lower bound {lower} must not be above the upper bound {upper}");
        return Err(FunctionError::domain(NAME, message).into());
    }
    if relative_tolerance.is_nan() || relative_tolerance < 0.0 {
        return Err(FunctionError::domain(NAME, "the relative tolerance must not be negative").into());
    }
    let mut total = vec![0.0; 1 + partials];
    if lower < upper {
        let pieces = match (lower.is_finite(), upper.is_finite()) {
            (true, true) if lower < 0.0 && upper > 0.0 => vec![Map::Finite(lower, 0.0), Map::Finite(0.0, upper)],
            (true, true) => vec![Map::Finite(lower, upper)],
            (true, false) => vec![Map::Up(lower)],
            (false, true) => vec![Map::Down(upper)],
            (false, false) => vec![Map::Line],
        };
        for map in pieces {
            let part = quadrature(f, map, partials, relative_tolerance)?;
            total.iter_mut().zip(part).for_each(|(t, x)| *t += x);
        }
    }
    Ok(total)
}

/// `int_a^b f(x, xc, theta) dx`, with its derivatives with respect to theta and the bounds.
///
/// # Errors
/// As [`integral`].
pub fn integrate_1d<T: Num, F: Integrand>(
    f: &mut F,
    a: T,
    b: T,
    theta: &[T],
    relative_tolerance: f64,
) -> Result<T, F::Error> {
    let p: Vec<f64> = theta.iter().map(|x| x.value()).collect();
    let active: Vec<usize> = (0..theta.len()).filter(|&k| !theta[k].is_constant()).collect();
    let mut inputs: Vec<(T, f64)> = active.iter().map(|&k| (theta[k], 0.0)).collect();
    let mut curve = Recorded { integrand: f, theta: p.clone(), active, tape: Tape::new() };
    let total = integral(&mut curve, a.value(), b.value(), inputs.len(), relative_tolerance)?;
    inputs.iter_mut().zip(&total[1..]).for_each(|(input, d)| input.1 = *d);
    for (bound, sign) in [(a, -1.0), (b, 1.0)] {
        if !bound.is_constant() && bound.value().is_finite() {
            inputs.push((bound, sign * f.call(bound.value(), 0.0, &p)?));
        }
    }
    Ok(T::compose(total[0], &inputs))
}
