//! A program's draws as machine code: parameters, transformed parameters and generated quantities, with their random numbers.

use crate::batch::batch;
use crate::compiled::{Calls, CompileError, Stop, known};
use crate::differentiate::primal;
use crate::executable::{Buffers, Executable, Workspace};
use crate::ir::{Function, Status};
use crate::lower::{Lowered, lower_outputs};
use crate::optimise::hoist;
use ppl_interpreter::{Environment, Interpreter, Quantity};
use ppl_runtime::density::Stream;
use ppl_runtime::random::{Along, Sequence};
use std::ops::Range;
use std::sync::OnceLock;

/// Machine code for the quantities of a draw. Immutable and shared between threads.
pub struct Generator {
    code: Executable,
    /// For blocks of draws, made when it is first asked for.
    block: OnceLock<Option<Block>>,
    /// What that is made from.
    function: Function,
    dim: usize,
    width: usize,
}

/// Machine code for a block of draws.
struct Block {
    code: Executable,
    lanes: usize,
}

/// What blocks of draws are made on; one a thread.
pub struct BatchWorkspace {
    single: Workspace,
    block: Option<Workspace>,
    theta: Vec<f64>,
    output: Vec<f64>,
}

/// A draw of a batch that stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failed {
    pub draw: u64,
    pub stop: Stop,
}

impl Generator {
    /// Compiles the quantities of the environment that `selected` admits. Their numbers are those that
    /// [`Interpreter::write_array`] gives, from the same random numbers.
    ///
    /// # Errors
    /// [`CompileError`]: the program uses something that has no lowering; the interpreter runs it.
    pub fn new(
        interpreter: &Interpreter,
        environment: &Environment,
        selected: impl Fn(&Quantity) -> bool,
    ) -> Result<Generator, CompileError> {
        let Lowered { mut function, reals, ints, dim, outputs } =
            lowered(interpreter, environment, selected).map_err(CompileError::Unsupported)?;
        hoist(&mut function);
        let code = Executable::new(&primal(&function), reals, ints)?;
        Ok(Generator { code, block: OnceLock::new(), function, dim, width: outputs })
    }

    /// A readable listing of the intermediate representation.
    ///
    /// # Errors
    /// As [`new`](Generator::new).
    pub fn listing(interpreter: &Interpreter, environment: &Environment) -> Result<String, CompileError> {
        let mut function = lowered(interpreter, environment, |_| true).map_err(CompileError::Unsupported)?.function;
        hoist(&mut function);
        Ok(function.to_string())
    }

    /// Number of unconstrained parameters.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of numbers in a draw.
    pub fn width(&self) -> usize {
        self.width
    }

    pub fn workspace(&self) -> Workspace {
        self.code.workspace()
    }

    /// The numbers of one draw, in the order of the quantities and within each in Stan's: a function of `(theta, stream)`.
    ///
    /// # Errors
    /// [`Stop`]: a value left its declared constraint, or a statement failed. `out` is then unspecified.
    pub fn generate(
        &self,
        workspace: &mut Workspace,
        theta: &[f64],
        stream: Stream,
        out: &mut [f64],
    ) -> Result<(), Stop> {
        if theta.len() != self.dim || out.len() != self.width {
            return Err(Stop { status: Status::Error, span: None });
        }
        let buffers = Buffers { theta, output: out, ..Buffers::default() };
        self.code.run(workspace, buffers, Some(Sequence::new(stream))).map(|_| ())
    }

    /// Whether batches are made in blocks; else (where what is drawn decides what is drawn next) one by one.
    pub fn in_blocks(&self) -> bool {
        self.block().is_some()
    }

    fn block(&self) -> Option<&Block> {
        let compile = || {
            let (function, lanes) = batch(&self.function)?;
            let code = self.code.beside(&primal(&function)).ok()?;
            Some(Block { code, lanes })
        };
        self.block.get_or_init(compile).as_ref()
    }

    pub fn batch_workspace(&self) -> BatchWorkspace {
        let block = self.block();
        let lanes = block.map_or(1, |b| b.lanes);
        BatchWorkspace {
            single: self.workspace(),
            block: block.map(|b| b.code.workspace()),
            theta: vec![0.0; self.dim * lanes],
            output: vec![0.0; self.width * lanes],
        }
    }

    /// The numbers of the draws `draws` of a chain, number by number: number `k` of the `i`-th of them is `out[k * draws.len() + i]`.
    /// `thetas` has their points, one after the other. Draws that stop are listed, and their numbers are NaN.
    ///
    /// A draw is the same in any batch, up to the rounding of library functions also the same as by
    /// [`generate`](Generator::generate).
    ///
    /// # Errors
    /// [`Stop`]: the lengths of `thetas` or `out` do not fit.
    pub fn generate_batch(
        &self,
        workspace: &mut BatchWorkspace,
        thetas: &[f64],
        seed: u64,
        chain: u64,
        draws: Range<u64>,
        out: &mut [f64],
    ) -> Result<Vec<Failed>, Stop> {
        let count = draws.end.saturating_sub(draws.start) as usize;
        if thetas.len() != self.dim * count || out.len() != self.width * count {
            return Err(Stop { status: Status::Error, span: None });
        }
        let mut failed = Vec::new();
        let point = |i: usize| &thetas[i * self.dim..(i + 1) * self.dim];
        let mut i = 0;
        while i < count {
            let draw = draws.start + i as u64;
            if let (Some(block), Some(scratch)) = (self.block(), &mut workspace.block) {
                // Blocks lie at multiples of their length, so that it does not matter where the batch begins.
                let lanes = block.lanes;
                let skipped = (draw % lanes as u64) as usize;
                let used = (lanes - skipped).min(count - i);
                for lane in 0..lanes {
                    let nearest = point(i + lane.saturating_sub(skipped).min(used - 1));
                    for (k, x) in nearest.iter().enumerate() {
                        workspace.theta[k * lanes + lane] = *x;
                    }
                }
                let mut sequence = Sequence::new(Stream { seed, chain, draw: draw - skipped as u64 });
                sequence.along = Along::Draws;
                let output = &mut workspace.output[..];
                let buffers = Buffers { theta: &workspace.theta, output, ..Buffers::default() };
                if block.code.run(scratch, buffers, Some(sequence)).is_ok() {
                    for (k, column) in workspace.output.chunks_exact(lanes).enumerate() {
                        let start = k * count + i;
                        out[start..start + used].copy_from_slice(&column[skipped..skipped + used]);
                    }
                    i += used;
                    continue;
                }
                // One of the draws stops: all by themselves.
                for j in i..i + used {
                    self.one(
                        workspace,
                        point(j),
                        Stream { seed, chain, draw: draws.start + j as u64 },
                        (j, count),
                        out,
                        &mut failed,
                    );
                }
                i += used;
            } else {
                self.one(workspace, point(i), Stream { seed, chain, draw }, (i, count), out, &mut failed);
                i += 1;
            }
        }
        Ok(failed)
    }

    /// One draw of a batch, by itself; `place` is its number in the batch and the batch's length.
    fn one(
        &self,
        workspace: &mut BatchWorkspace,
        theta: &[f64],
        stream: Stream,
        place: (usize, usize),
        out: &mut [f64],
        failed: &mut Vec<Failed>,
    ) {
        let row = &mut workspace.output[..self.width];
        if let Err(stop) = self.generate(&mut workspace.single, theta, stream, row) {
            row.fill(f64::NAN);
            failed.push(Failed { draw: stream.draw, stop });
        }
        for (k, x) in row.iter().enumerate() {
            out[k * place.1 + place.0] = *x;
        }
    }
}

fn lowered(
    interpreter: &Interpreter,
    environment: &Environment,
    selected: impl Fn(&Quantity) -> bool,
) -> Result<Lowered, crate::lower::Unsupported> {
    let calls = Calls { interpreter, environment };
    let variables: Vec<_> = environment.quantities().iter().filter(|q| selected(q)).map(|q| q.variable).collect();
    lower_outputs(interpreter.program(), &known(environment), &calls, &variables)
}
