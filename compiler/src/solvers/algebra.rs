//! Algebraic equations.

use super::passed::Running;
use super::{Further, Source, Stopped};
use crate::ir::Status;
use crate::opaque::Opaque;
use ppl_runtime::functions::solvers::{AlgebraControl, AlgebraMethod, AlgebraSystem, root};

/// A call of a solver with a compiled system, whose variables are the unknowns and the active further numbers. Its output is the
/// root; what is saved are the root's derivatives with respect to the further numbers.
#[derive(Debug)]
pub struct Algebra {
    pub method: AlgebraMethod,
    pub control: AlgebraControl,
    pub guess: Source,
    pub system: Further,
    /// Lengths of all inputs.
    pub inputs: Vec<usize>,
    /// Number of unknowns.
    pub outputs: [usize; 1],
}

impl Algebra {
    fn solve(&self, fuel: &mut i64, inputs: &[&[f64]], solution: &mut [f64], saved: &mut [f64]) -> Result<(), Stopped> {
        let [n] = self.outputs;
        let mut system = System { function: self.system.start(fuel, inputs, n, 0) };
        let guess = self.guess.numbers(inputs);
        let (x, derivatives) = root(self.method, &mut system, guess, self.system.parameters(n), &self.control)?;
        solution.copy_from_slice(&x);
        saved.copy_from_slice(&derivatives);
        Ok(())
    }
}

impl Opaque for Algebra {
    fn value(&self, fuel: &mut i64, inputs: &[&[f64]], outputs: &mut [&mut [f64]], saved: &mut [f64]) -> Status {
        match outputs {
            [solution] => self.solve(fuel, inputs, solution, saved).map_or_else(|stopped| stopped.0, |()| Status::Ok),
            _ => Status::Error,
        }
    }

    fn pullback(&self, _: &[&[f64]], saved: &[f64], adjoint_out: &[&[f64]], adjoint_in: &mut [&mut [f64]]) -> Status {
        let [adjoint] = adjoint_out else { return Status::Error };
        let mut products = super::products(adjoint, saved);
        super::add(self.system.active(), &self.inputs, &mut products, adjoint_in);
        Status::Ok
    }

    fn sizes(&self) -> (&[usize], &[usize]) {
        (&self.inputs, &self.outputs)
    }

    fn saved(&self) -> usize {
        let [n] = self.outputs;
        n * self.system.parameters(n)
    }
}

/// The system as the numerical core wants it.
struct System<'a> {
    function: Running<'a>,
}

impl AlgebraSystem for System<'_> {
    type Error = Stopped;

    fn value(&mut self, x: &[f64], f: &mut [f64]) -> Result<(), Stopped> {
        self.function.variables()[..x.len()].copy_from_slice(x);
        self.function.value(f)
    }

    fn jacobian(&mut self, x: &[f64], f: &mut [f64], jacobian: &mut [f64]) -> Result<(), Stopped> {
        self.function.variables()[..x.len()].copy_from_slice(x);
        self.function.jacobian(f, jacobian)
    }
}
