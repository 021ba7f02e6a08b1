//! Calls that pass functions, in machine code: the functions are compiled, the numerical cores of the runtime call them.
//!
//! Where derivatives are asked for, a solver finds them together with the values and leaves them for the reverse sweep: the pullback
//! is a product with what was saved.

mod algebra;
mod integral;
mod ode;
mod passed;

pub use algebra::Algebra;
pub use integral::Integral;
pub use ode::Ode;
pub use passed::{Needs, Passed};

use crate::ir::Status;
use passed::Running;
use ppl_runtime::functions::FunctionError;
use std::sync::Arc;

/// Why a solver gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped(pub Status);

impl From<FunctionError> for Stopped {
    fn from(error: FunctionError) -> Stopped {
        Stopped(if error.is_recoverable() { Status::Reject } else { Status::Error })
    }
}

/// Numbers of an argument: the data's, or an input of the call.
#[derive(Clone, Debug)]
pub enum Source {
    Known(Vec<f64>),
    Input {
        /// Which one.
        index: usize,
        /// Whether derivatives are asked for.
        active: bool,
    },
}

impl Source {
    fn numbers<'a>(&'a self, inputs: &[&'a [f64]]) -> &'a [f64] {
        match self {
            Source::Known(numbers) => numbers,
            Source::Input { index, .. } => inputs[*index],
        }
    }

    /// The input that derivatives are asked for.
    pub fn active(&self) -> Option<usize> {
        match self {
            Source::Input { index, active: true } => Some(*index),
            _ => None,
        }
    }
}

/// A passed function with its further arguments. Its variables are the solver's unknowns and then the active numbers among the
/// further arguments; it is given the solver's other numbers and then the further ones.
#[derive(Debug)]
pub struct Further {
    pub function: Arc<Passed>,
    /// The further arguments are the inputs of the call from this one on,
    pub first: usize,
    /// and these of them are active.
    pub active: Vec<bool>,
}

impl Further {
    /// Number of active parameters, beside the solver's unknowns.
    fn parameters(&self, unknowns: usize) -> usize {
        self.function.variables() - unknowns
    }

    /// The active inputs.
    fn active(&self) -> impl Iterator<Item = usize> + '_ {
        (self.first..).zip(&self.active).filter(|(_, active)| **active).map(|(i, _)| i)
    }

    /// Begins to call the function with these further arguments.
    fn start<'a>(&'a self, fuel: &'a mut i64, inputs: &[&[f64]], unknowns: usize, given: usize) -> Running<'a> {
        let mut running = self.function.start(fuel);
        let mut at = [unknowns, given];
        for (numbers, active) in inputs[self.first..].iter().zip(&self.active) {
            let (to, at) = match active {
                true => (running.variables(), &mut at[0]),
                false => (running.given(), &mut at[1]),
            };
            to[*at..*at + numbers.len()].copy_from_slice(numbers);
            *at += numbers.len();
        }
        running
    }
}

/// The products of an adjoint with each column of a matrix.
fn products<'a>(adjoint: &'a [f64], matrix: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    matrix.chunks_exact(adjoint.len()).map(|column| dot(adjoint, column))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds the next products to the adjoints of inputs, in this order.
fn add(
    order: impl Iterator<Item = usize>,
    lengths: &[usize],
    products: &mut impl Iterator<Item = f64>,
    adjoint_in: &mut [&mut [f64]],
) {
    for input in order {
        if adjoint_in[input].is_empty() {
            // Constant after all.
            products.by_ref().take(lengths[input]).for_each(drop);
        }
        adjoint_in[input].iter_mut().zip(products.by_ref()).for_each(|(a, product)| *a += product);
    }
}
