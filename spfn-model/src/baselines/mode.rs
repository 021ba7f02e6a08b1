//! The mode of a density, by the limited-memory BFGS method (Liu and Nocedal 1989).

/// Pairs of steps and changes of the gradient that are kept.
const MEMORY: usize = 8;

/// Where a search ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    pub theta: Vec<f64>,
    pub value: f64,
    /// Evaluations of the function.
    pub evaluations: usize,
    /// The gradient, or what a step gains, has become negligible.
    pub converged: bool,
}

/// Climbs from `theta`. `f` gives a value and writes its gradient, or `None` where there is none. `None` if it has none at the start.
pub fn maximise(
    theta: Vec<f64>,
    evaluations: usize,
    mut f: impl FnMut(&[f64], &mut [f64]) -> Option<f64>,
) -> Option<Mode> {
    let size = theta.len();
    let mut gradient = vec![0.0; size];
    let value = f(&theta, &mut gradient).filter(|value| value.is_finite())?;
    let mut mode = Mode { theta, value, evaluations: 1, converged: false };
    let mut memory: Vec<(Vec<f64>, Vec<f64>, f64)> = Vec::new();
    let (mut next, mut next_gradient) = (vec![0.0; size], vec![0.0; size]);
    while mode.evaluations < evaluations {
        if norm(&gradient) <= 1e-6 * (1.0 + mode.value.abs()) {
            mode.converged = true;
            break;
        }
        let mut direction = direction(&memory, &gradient);
        let mut slope = dot(&direction, &gradient);
        if slope.is_nan() || slope <= 0.0 {
            memory.clear();
            direction.clone_from(&gradient);
            slope = dot(&direction, &gradient);
        }
        let mut step = if memory.is_empty() { (1.0 / norm(&gradient)).min(1.0) } else { 1.0 };
        // halve until the value rises by its share of what the slope promises
        let reached = loop {
            next.iter_mut().zip(&mode.theta).zip(&direction).for_each(|((next, x), d)| *next = x + step * d);
            mode.evaluations += 1;
            let value = f(&next, &mut next_gradient).filter(|_| next_gradient.iter().all(|g| g.is_finite()));
            match value {
                Some(value) if value >= mode.value + 1e-4 * step * slope => break Some(value),
                _ if step < 1e-12 || mode.evaluations >= evaluations => break None,
                _ => step *= 0.5,
            }
        };
        let Some(value) = reached else {
            // no way up is left in this direction; once more along the gradient itself, if it was not that
            match memory.is_empty() {
                true => break,
                false => {
                    memory.clear();
                    continue;
                }
            }
        };
        let moved: Vec<f64> = next.iter().zip(&mode.theta).map(|(a, b)| a - b).collect();
        let fallen: Vec<f64> = gradient.iter().zip(&next_gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&moved, &fallen);
        if curvature > 1e-12 * norm(&moved) * norm(&fallen) {
            if memory.len() == MEMORY {
                memory.remove(0);
            }
            memory.push((moved, fallen, 1.0 / curvature));
        }
        let gain = value - mode.value;
        mode.theta.copy_from_slice(&next);
        mode.value = value;
        gradient.copy_from_slice(&next_gradient);
        if gain <= 1e-9 * (1.0 + value.abs()) {
            mode.converged = true;
            break;
        }
    }
    Some(mode)
}

/// The inverse Hessian's approximation times the gradient, by the two loops of Nocedal (1980).
fn direction(memory: &[(Vec<f64>, Vec<f64>, f64)], gradient: &[f64]) -> Vec<f64> {
    let mut own = gradient.to_vec();
    let mut shares = Vec::with_capacity(memory.len());
    for (moved, fallen, inverse) in memory.iter().rev() {
        let share = inverse * dot(moved, &own);
        own.iter_mut().zip(fallen).for_each(|(own, fallen)| *own -= share * fallen);
        shares.push(share);
    }
    if let Some((_, fallen, inverse)) = memory.last() {
        let scale = 1.0 / (inverse * dot(fallen, fallen));
        own.iter_mut().for_each(|own| *own *= scale);
    }
    for ((moved, fallen, inverse), share) in memory.iter().zip(shares.iter().rev()) {
        let back = inverse * dot(fallen, &own);
        own.iter_mut().zip(moved).for_each(|(own, moved)| *own += (share - back) * moved);
    }
    own
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quadratic_of_very_different_scales() {
        let scales = [1.0, 100.0, 0.01, 25.0];
        let f = |x: &[f64], g: &mut [f64]| {
            let mut value = 0.0;
            for ((x, g), scale) in x.iter().zip(g).zip(scales) {
                *g = -scale * (x - 3.0);
                value -= 0.5 * scale * (x - 3.0) * (x - 3.0);
            }
            Some(value)
        };
        let mode = maximise(vec![0.0; 4], 500, f).unwrap_or_else(|| panic!("a value at the start"));
        assert!(mode.converged && mode.theta.iter().all(|x| (x - 3.0).abs() < 1e-2), "{mode:?}");
    }

    #[test]
    fn a_curved_valley_with_a_wall() {
        // Rosenbrock's function, which has no values beyond 1.5
        let f = |x: &[f64], g: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g[0] = 2.0 * a + 400.0 * x[0] * b;
            g[1] = -200.0 * b;
            (x[0] < 1.5).then_some(-a * a - 100.0 * b * b)
        };
        let mode = maximise(vec![-1.2, 1.0], 1000, f).unwrap_or_else(|| panic!("a value at the start"));
        assert!((mode.theta[0] - 1.0).abs() < 1e-3 && (mode.theta[1] - 1.0).abs() < 1e-3, "{mode:?}");
        assert_eq!(maximise(vec![2.0, 1.0], 1000, f), None);
        assert!(maximise(vec![-1.2, 1.0], 5, f).is_some_and(|mode| !mode.converged && mode.evaluations <= 5));
    }
}
