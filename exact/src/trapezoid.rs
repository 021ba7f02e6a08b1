//! Integrals over the line of smooth functions that fall off on both sides: the trapezoidal rule, which converges exponentially for them
//! (Trefethen and Weideman 2014), with steps halved until two of them agree.

/// What lies so far below the largest value (log scale) does not count.
const NEGLIGIBLE: f64 = 25.0;
/// Two steps agree when the logs of their sums differ by less; the error of the shorter one is then a few times the
/// square.
const AGREE: f64 = 3e-3;
const HALVINGS: usize = 6;
/// The range is extended by so many steps on each side at most.
const EXTENSIONS: usize = 400;

/// An integral on the log scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Integral {
    pub log: f64,
    /// Estimate of the error of `log`.
    pub error: f64,
}

/// log of the integral of exp(f), with steps of `step` at first, over `range` and as far beyond as there is something.
///
/// Where `f` has several peaks, `range` must hold them, and `step` be at most about the width of the narrowest.
pub fn integrate(range: (f64, f64), step: f64, mut f: impl FnMut(f64) -> f64) -> Integral {
    let mut step = step;
    let count = ((range.1 - range.0) / step).ceil().max(1.0) as usize;
    let mut nodes: Vec<(f64, f64)> = (0..=count).map(|i| range.0 + step * i as f64).map(|x| (x, f(x))).collect();
    let mut most = nodes.iter().map(|node| node.1).fold(f64::NEG_INFINITY, f64::max);
    for direction in [1.0, -1.0] {
        for _ in 0..EXTENSIONS {
            let (x, value) = if direction > 0.0 { nodes[nodes.len() - 1] } else { nodes[0] };
            if value < most - NEGLIGIBLE || value == f64::NEG_INFINITY {
                break;
            }
            let x = x + direction * step;
            let node = (x, f(x));
            most = most.max(node.1);
            nodes.insert(if direction > 0.0 { nodes.len() } else { 0 }, node);
        }
    }
    let mut log = log_sum(&nodes, most) + step.ln();
    let mut difference = f64::INFINITY;
    for _ in 0..HALVINGS {
        step *= 0.5;
        let mut finer = Vec::with_capacity(2 * nodes.len());
        for (place, node) in nodes.iter().enumerate() {
            finer.push(*node);
            let Some(next) = nodes.get(place + 1) else { continue };
            // nothing lies between two places where there is nothing
            let adjacent = next.0 - node.0 < 3.0 * step;
            if adjacent && node.1.max(next.1) > most - NEGLIGIBLE {
                let x = 0.5 * (node.0 + next.0);
                finer.push((x, f(x)));
            }
        }
        nodes = finer;
        most = nodes.iter().map(|node| node.1).fold(most, f64::max);
        let next = log_sum(&nodes, most) + step.ln();
        difference = (next - log).abs();
        log = next;
        if difference < AGREE {
            break;
        }
    }
    Integral { log, error: difference.min(5.0 * difference * difference) + 1e-10 }
}

fn log_sum(nodes: &[(f64, f64)], most: f64) -> f64 {
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + nodes.iter().map(|node| (node.1 - most).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppl_runtime::math::lgamma;

    #[test]
    fn known_integrals() {
        let normal = integrate((-3.0, 3.0), 1.0, |x| -0.5 * x * x);
        assert!((normal.log - 0.918_938_533_204_672_7).abs() < 1e-9, "{normal:?}");
        // a gamma variable on the log scale: one tail is exponential only
        for shape in [1.0, 2.0, 40.0] {
            let gamma = integrate((-1.0, 1.0), 0.4, |u| shape * u - u.exp());
            let off = (gamma.log - lgamma(shape)).abs();
            assert!(off <= gamma.error && off < 2e-5, "{shape}: {off} {gamma:?}");
        }
        let narrow = integrate((-2.0, 2.0), 0.5, |x| -0.5 * (x * 20.0).powi(2));
        assert!((narrow.log - 0.918_938_533_204_672_7 + 20f64.ln()).abs() < 1e-8, "{narrow:?}");
        let nothing = integrate((0.0, 1.0), 0.5, |_| f64::NEG_INFINITY);
        assert_eq!(nothing.log, f64::NEG_INFINITY);
    }
}
