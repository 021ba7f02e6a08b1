//! A chain that is reversible with respect to the joint density: Metropolis steps in one coordinate, or two of which one gives what the other
//! takes, chosen at random each time. Scales and the choice of coordinates come from draws that are not tested.

use super::density::{Joint, State};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use std::sync::Arc;

/// How many steps move data, where both can move.
const DATA: f64 = 0.4;

/// Where a coordinate lies and how wide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub centre: f64,
    pub width: f64,
}

/// Numbers of the data that move.
pub struct Element {
    /// Where it is in a draw of the simulator.
    pub at: usize,
    pub name: String,
    /// The variable it belongs to.
    pub variable: usize,
    is_int: bool,
    /// Elements whose sum with it is given, this one included; empty if none is.
    group: Vec<usize>,
    pub scale: Scale,
    /// Where it stays.
    within: (f64, f64),
}

pub struct Chain {
    parameters: Vec<Scale>,
    elements: Vec<Element>,
}

impl Chain {
    /// A chain that moves what varies among the states of a pilot, data by the names of `within` only in a range: the test is then about the
    /// distribution given that. A code for what is missing is a value that the program gives a density of its own; what is missing is given.
    pub fn new(joint: &Joint, pilot: &[State], within: &[(String, f64, f64)]) -> Chain {
        // Of real numbers that take some value with a probability of its own (censored ones), the density does not say which values
        // are possible beside which: then only parameters move.
        let has_atoms =
            joint.observed().any(|c| !c.is_int && (c.first..c.first + c.count()).any(|k| repeats(pilot, k)));
        let parameters = (0..joint.dim()).map(|j| scale(pilot.iter().map(|s| s.theta[j]).collect())).collect();
        let mut elements: Vec<Element> = Vec::new();
        for (variable, column) in joint.observed().enumerate() {
            let varies = |at: &usize| pilot.iter().any(|s| s.row[*at] != pilot[0].row[*at]);
            let range = column.first..column.first + column.count();
            // Rows: the elements that share their first index, which runs fastest.
            let rows = column.dims.first().copied().filter(|_| column.dims.len() > 1).unwrap_or(1);
            let row_of = |at: usize| -> Vec<usize> {
                range.clone().filter(|k| (k - column.first) % rows == (at - column.first) % rows).collect()
            };
            let whole: Vec<usize> = range.clone().collect();
            for at in range.clone().filter(|at| varies(at) && !has_atoms) {
                let group = [row_of(at), whole.clone()].into_iter().find(|g| given_sum(pilot, g));
                let scale = scale(pilot.iter().map(|s| s.row[at]).collect());
                let name = format!("{}[{}]", column.name, at - column.first + 1);
                let group = group.unwrap_or_default().into_iter().filter(varies).collect();
                let range = within.iter().find(|(name, ..)| *name == column.name);
                let within = range.map_or((f64::NEG_INFINITY, f64::INFINITY), |(_, a, b)| (*a, *b));
                elements.push(Element { at, name, variable, is_int: column.is_int, group, scale, within });
            }
        }
        Chain { parameters, elements }
    }

    /// Scales of the unconstrained parameters.
    pub fn parameters(&self) -> &[Scale] {
        &self.parameters
    }

    /// The data that move.
    pub fn moving(&self) -> &[Element] {
        &self.elements
    }

    /// Whether all that moves is where it stays.
    pub fn holds(&self, state: &State) -> bool {
        self.elements.iter().all(|e| (e.within.0..=e.within.1).contains(&state.row[e.at]))
    }

    /// One step; says whether the state changed.
    pub fn step(&self, joint: &Joint, state: &mut State, rng: &mut impl Rng) -> bool {
        let data = match (self.parameters.is_empty(), self.elements.is_empty()) {
            (true, true) => return false,
            (true, false) => true,
            (false, true) => false,
            (false, false) => rng.random::<f64>() < DATA,
        };
        let log_uniform = rng.random::<f64>().ln();
        let mut next = state.clone();
        if data {
            let element = &self.elements[rng.random_range(0..self.elements.len())];
            let step = jump(element.scale.width, element.is_int, rng);
            next.row[element.at] += step;
            if !element.group.is_empty() {
                next.row[element.group[rng.random_range(0..element.group.len())]] -= step;
            }
            if joint.beyond(&next.row).is_some() || !self.holds(&next) {
                return false;
            }
            let Ok(environment) = joint.environment(&next.row) else { return false };
            next.environment = Arc::new(environment);
        } else {
            let j = rng.random_range(0..self.parameters.len());
            next.theta[j] += jump(self.parameters[j].width, false, rng);
        }
        let Ok(log_density) = joint.log_density(&next.environment, &next.theta) else { return false };
        if log_uniform >= log_density - state.log_density {
            return false;
        }
        next.log_density = log_density;
        *state = next;
        true
    }
}

/// A symmetric step, of a size between a hundredth of the scale and twice the scale, mostly near the upper end.
fn jump(width: f64, is_int: bool, rng: &mut impl Rng) -> f64 {
    let size = 2.0 * width * 10f64.powf(-2.0 * rng.random::<f64>().powi(2));
    let step = size * rng.sample::<f64, _>(StandardNormal);
    match is_int {
        true => step.signum() * step.abs().ceil().max(1.0),
        false => step,
    }
}

/// Whether a number that varies has the same value in two states.
fn repeats(pilot: &[State], at: usize) -> bool {
    let mut values: Vec<f64> = pilot.iter().map(|s| s.row[at]).collect();
    values.sort_by(f64::total_cmp);
    values.first() != values.last() && values.windows(2).any(|w| w[0] == w[1])
}

/// Whether elements have the same sum in all states, though they vary.
fn given_sum(pilot: &[State], group: &[usize]) -> bool {
    let sum = |s: &State| group.iter().map(|&k| s.row[k]).sum::<f64>();
    let size = |s: &State| group.iter().map(|&k| s.row[k].abs()).sum::<f64>();
    pilot.iter().all(|s| (sum(s) - sum(&pilot[0])).abs() <= 1e-9 * size(s))
}

/// Median and interquartile range (as of a normal distribution), or the standard deviation where that is zero.
fn scale(mut values: Vec<f64>) -> Scale {
    let n = values.len();
    if n == 0 {
        return Scale { centre: 0.0, width: 1.0 };
    }
    values.sort_by(f64::total_cmp);
    let centre = values[n / 2];
    let quartiles = (values[3 * n / 4] - values[n / 4]) / 1.349;
    let mean = values.iter().sum::<f64>() / n as f64;
    let deviation = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    let width = [quartiles, deviation, 1.0].into_iter().find(|w| *w > 0.0 && w.is_finite()).unwrap_or(1.0);
    Scale { centre, width }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_robust() {
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        values.push(1e300);
        let s = scale(values);
        assert!((s.centre - 50.0).abs() < 1.0 && (s.width - 37.0).abs() < 2.0, "{s:?}");
        // A rare event.
        assert!(scale([vec![0.0; 99], vec![1.0]].concat()).width > 0.09);
        assert_eq!(scale(Vec::new()).width, 1.0);
    }
}
