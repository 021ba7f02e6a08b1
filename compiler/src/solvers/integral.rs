//! One-dimensional integrals.

use super::passed::Running;
use super::{Further, Source, Stopped};
use crate::ir::Status;
use crate::opaque::Opaque;
use ppl_runtime::functions::solvers::{Curve, integral};

/// A call of `integrate_1d` with a compiled integrand, whose variables are the active further numbers; it is given the position, the
/// distance to the nearer bound, and the other numbers. What is saved are the partials, then the integrand at active bounds.
#[derive(Debug)]
pub struct Integral {
    /// Lower and upper.
    pub bounds: [Source; 2],
    pub tolerance: f64,
    pub integrand: Further,
    /// Lengths of all inputs.
    pub inputs: Vec<usize>,
}

impl Integral {
    fn bound(&self, side: usize, inputs: &[&[f64]]) -> f64 {
        self.bounds[side].numbers(inputs)[0]
    }

    fn solve(&self, fuel: &mut i64, inputs: &[&[f64]], saved: &mut [f64]) -> Result<f64, Stopped> {
        let [lower, upper] = [0, 1].map(|side| self.bound(side, inputs));
        let partials = self.integrand.parameters(0);
        let mut curve = Integrand { function: self.integrand.start(fuel, inputs, 0, 2) };
        let total = integral(&mut curve, lower, upper, partials, self.tolerance)?;
        let (of_parameters, at_bounds) = saved.split_at_mut(partials);
        of_parameters.copy_from_slice(&total[1..]);
        let active = [lower, upper].into_iter().zip(&self.bounds).filter(|(_, source)| source.active().is_some());
        for (place, (bound, _)) in at_bounds.iter_mut().zip(active) {
            *place = 0.0;
            if bound.is_finite() {
                curve.place(bound, 0.0);
                curve.function.value(std::slice::from_mut(place))?;
            }
        }
        Ok(total[0])
    }
}

impl Opaque for Integral {
    fn value(&self, fuel: &mut i64, inputs: &[&[f64]], outputs: &mut [&mut [f64]], saved: &mut [f64]) -> Status {
        let [[value]] = outputs else { return Status::Error };
        match self.solve(fuel, inputs, saved) {
            Ok(integral) => {
                *value = integral;
                Status::Ok
            }
            Err(stopped) => stopped.0,
        }
    }

    fn pullback(&self, _: &[&[f64]], saved: &[f64], adjoint_out: &[&[f64]], adjoint_in: &mut [&mut [f64]]) -> Status {
        let [[adjoint]] = adjoint_out else { return Status::Error };
        let (of_parameters, at_bounds) = saved.split_at(self.integrand.parameters(0));
        let mut products = of_parameters.iter().map(|partial| adjoint * partial);
        super::add(self.integrand.active(), &self.inputs, &mut products, adjoint_in);
        let mut at_bounds = at_bounds.iter();
        for (source, sign) in self.bounds.iter().zip([-1.0, 1.0]) {
            let Some(input) = source.active() else { continue };
            let product = at_bounds.next().map(|value| sign * adjoint * value);
            adjoint_in[input].iter_mut().zip(product).for_each(|(a, product)| *a += product);
        }
        Status::Ok
    }

    fn sizes(&self) -> (&[usize], &[usize]) {
        (&self.inputs, &[1])
    }

    fn saved(&self) -> usize {
        self.integrand.parameters(0) + self.bounds.iter().filter(|source| source.active().is_some()).count()
    }
}

/// The integrand as the numerical core wants it.
struct Integrand<'a> {
    function: Running<'a>,
}

impl Integrand<'_> {
    fn place(&mut self, x: f64, xc: f64) {
        self.function.given()[..2].copy_from_slice(&[x, xc]);
    }
}

impl Curve for Integrand<'_> {
    type Error = Stopped;

    fn point(&mut self, x: f64, xc: f64, out: &mut [f64]) -> Result<(), Stopped> {
        self.place(x, xc);
        let (value, partials) = out.split_at_mut(1);
        if partials.is_empty() { self.function.value(value) } else { self.function.jacobian(value, partials) }
    }
}
