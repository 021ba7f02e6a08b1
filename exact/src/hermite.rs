//! Gauss-Hermite rules.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Nodes and log weights for integrals of `f(z)` over the line, f near `exp(-z^2 / 2)`: the sum of `exp(log weight) f(node)`.
pub type Rule = Arc<Vec<(f64, f64)>>;

/// The rule of so many nodes.
pub fn rule(order: usize) -> Rule {
    static RULES: Mutex<Option<HashMap<usize, Rule>>> = Mutex::new(None);
    let mut rules = RULES.lock().unwrap_or_else(PoisonError::into_inner);
    let rules = rules.get_or_insert_default();
    Arc::clone(rules.entry(order).or_insert_with(|| Arc::new(compute(order))))
}

/// By bisection on the orthonormal Hermite polynomials (of the weight `exp(-z^2 / 2)`).
fn compute(order: usize) -> Vec<(f64, f64)> {
    let mut nodes: Vec<(f64, f64)> = Vec::with_capacity(order);
    // h_k = He_k / sqrt(k!): h_{k+1} = (z h_k - sqrt(k) h_{k-1}) / sqrt(k + 1), and h_k' = sqrt(k) h_{k-1}
    let last_two = |z: f64| {
        let (mut before, mut now) = (0.0, 1.0);
        for k in 0..order {
            let k = k as f64;
            (before, now) = (now, (z * now - k.sqrt() * before) / (k + 1.0).sqrt());
        }
        (before, now)
    };
    // each cell of a fine grid, which has no node in the middle, holds one root at most
    let end = 2.0 * (order as f64 + 1.0).sqrt();
    let cells = 200 * order + 1;
    let at = |i: usize| -end + 2.0 * end * i as f64 / cells as f64;
    for i in 0..cells {
        let (mut low, mut high) = (at(i), at(i + 1));
        let sign = last_two(low).1;
        if sign * last_two(high).1 > 0.0 {
            continue;
        }
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            match last_two(middle).1 * sign > 0.0 {
                true => low = middle,
                false => high = middle,
            }
        }
        let z = 0.5 * (low + high);
        // the derivative; a weight is the inverse of its square (Christoffel and Darboux)
        let slope = (order as f64).sqrt() * last_two(z).0;
        nodes.push((z, 0.5 * z * z + crate::model::HALF_LN_2PI - 2.0 * slope.abs().ln()));
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_normal_distribution() {
        for order in [1, 2, 5, 9, 11, 15, 25, 40] {
            let rule = rule(order);
            assert_eq!(rule.len(), order, "{order}");
            let mut moment = 1.0;
            for k in 0..order.min(12) {
                // E z^(2k) = 1 3 5 ... (2k - 1)
                let density = |z: f64| -0.5 * z * z - crate::model::HALF_LN_2PI;
                let sum: f64 = rule.iter().map(|(z, w)| (w + density(*z)).exp() * z.powi(2 * k as i32)).sum();
                assert!((sum / moment - 1.0).abs() < 1e-9, "{order} {k}: {sum} {moment}");
                moment *= (2 * k + 1) as f64;
            }
        }
    }
}
