//! A function that is passed to a solver: its value, and its Jacobian.

use super::Stopped;
use crate::codegen::{CodegenError, Effort};
use crate::differentiate::{jacobian, primal};
use crate::executable::{Buffers, Constants, Executable, Workspace};
use crate::ir::Status;
use crate::lower::Lowered;
use crate::optimise::hoist;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// What a solver asks of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    Value,
    /// Seldom the value alone.
    Jacobian,
    Both,
}

/// Code of a function of some numbers it is differentiated by (the *variables*), and of others that are *given*. Shared between
/// threads; a call takes what it scribbles on from a pool.
pub struct Passed {
    value: Option<Executable>,
    jacobian: Option<Executable>,
    variables: usize,
    given: usize,
    outputs: usize,
    pool: Mutex<Vec<Scratch>>,
}

impl fmt::Debug for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code of {} variables and {} given", self.variables, self.given)
    }
}

/// What the calls of one run scribble on, and their arguments.
#[derive(Default)]
struct Scratch {
    value: Option<Workspace>,
    jacobian: Option<Workspace>,
    variables: Vec<f64>,
    given: Vec<f64>,
    matrix: Vec<f64>,
}

impl Passed {
    /// Compiles a lowered function; `given` is how many numbers it is given.
    ///
    /// # Errors
    /// [`CodegenError`]
    pub fn compile(lowered: Lowered, given: usize, needs: Needs) -> Result<Passed, CodegenError> {
        let Lowered { mut function, reals, ints, dim, outputs } = lowered;
        hoist(&mut function);
        let value = (needs != Needs::Jacobian).then(|| primal(&function));
        let with_jacobian = (needs != Needs::Value).then(|| jacobian(&function));
        let data = Constants { reals: reals.into(), ints: ints.into() };
        let executable = |f| Executable::new(f, &data, Effort::Full);
        Ok(Passed {
            value: value.as_ref().map(executable).transpose()?,
            jacobian: with_jacobian.as_ref().map(executable).transpose()?,
            variables: dim,
            given,
            outputs,
            pool: Mutex::default(),
        })
    }

    /// Number of variables.
    pub fn variables(&self) -> usize {
        self.variables
    }

    /// A run of the function: calls that share the iterations they may take.
    pub fn start<'a>(&'a self, fuel: &'a mut i64) -> Running<'a> {
        let pooled = self.pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let scratch = pooled.unwrap_or_else(|| Scratch {
            value: self.value.as_ref().map(Executable::workspace),
            jacobian: self.jacobian.as_ref().map(Executable::workspace),
            variables: vec![0.0; self.variables],
            given: vec![0.0; self.given],
            matrix: vec![0.0; self.outputs * self.variables],
        });
        Running { function: self, scratch, fuel }
    }
}

/// Calls of a function from one solver.
pub struct Running<'a> {
    function: &'a Passed,
    scratch: Scratch,
    fuel: &'a mut i64,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let scratch = std::mem::take(&mut self.scratch);
        self.function.pool.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }
}

impl Running<'_> {
    pub fn variables(&mut self) -> &mut [f64] {
        &mut self.scratch.variables
    }

    pub fn given(&mut self) -> &mut [f64] {
        &mut self.scratch.given
    }

    /// The value at the current variables and given numbers.
    ///
    /// # Errors
    /// What the function stopped with.
    pub fn value(&mut self, out: &mut [f64]) -> Result<(), Stopped> {
        if out.len() != self.function.outputs {
            return Err(Stopped(Status::Error));
        }
        let Scratch { value, variables, given, matrix, .. } = &mut self.scratch;
        match (&self.function.value, value) {
            (Some(code), Some(workspace)) => {
                let buffers = Buffers { theta: variables, given, output: out, ..Buffers::default() };
                run(code, workspace, buffers, self.fuel)
            }
            _ => {
                let mut matrix = std::mem::take(matrix);
                let result = self.jacobian(out, &mut matrix);
                self.scratch.matrix = matrix;
                result
            }
        }
    }

    /// The value, and its Jacobian with respect to the variables, column by column.
    ///
    /// # Errors
    /// What the function stopped with.
    pub fn jacobian(&mut self, out: &mut [f64], matrix: &mut [f64]) -> Result<(), Stopped> {
        let Scratch { jacobian, variables, given, .. } = &mut self.scratch;
        let (Some(code), Some(workspace)) = (&self.function.jacobian, jacobian) else {
            return Err(Stopped(Status::Error));
        };
        // The lengths that the code writes.
        if out.len() != self.function.outputs || matrix.len() != self.function.outputs * self.function.variables {
            return Err(Stopped(Status::Error));
        }
        let buffers = Buffers { theta: variables, given, gradient: matrix, output: out };
        run(code, workspace, buffers, self.fuel)
    }
}

fn run(code: &Executable, workspace: &mut Workspace, buffers: Buffers<'_>, fuel: &mut i64) -> Result<(), Stopped> {
    // A call costs something too, so that a solver cannot go on for ever.
    *fuel -= 1;
    if *fuel < 0 {
        return Err(Stopped(Status::Limit));
    }
    code.run_within(fuel, workspace, buffers, None).map(|_| ()).map_err(|stop| Stopped(stop.status))
}
