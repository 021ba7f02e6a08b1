//! A program's draws as machine code: parameters, transformed parameters and generated quantities, with their random numbers.

use crate::batch::batch;
use crate::codegen::Effort;
use crate::compiled::{Calls, CompileError, Stop, known};
use crate::differentiate::primal;
use crate::executable::{Buffers, Constants, Executable, Workspace};
use crate::ir::{Function, Status};
use crate::lower::{Lowered, lower_outputs};
use crate::optimise::hoist;
use ppl_interpreter::{Environment, Interpreter, Quantity};
use ppl_runtime::density::Stream;
use ppl_runtime::random::{Along, Sequence};
use std::ops::Range;
use std::sync::OnceLock;

/// The quantities of a draw, and machine code for them, which is made when it is first needed. Immutable and shared between threads.
pub struct Generator {
    function: Function,
    data: Constants,
    dim: usize,
    width: usize,
    /// About how many draws will be made.
    expected: u64,
    single: OnceLock<Option<Executable>>,
    /// `None` where what is drawn decides what is drawn next.
    block: OnceLock<Option<Block>>,
}

/// Machine code for a block of draws.
struct Block {
    code: Executable,
    lanes: usize,
}

/// Draws of fewer numbers than this in all do not pay for better code.
const MANY: u64 = 1 << 20;

/// What blocks of draws are made on; one a thread.
pub struct BatchWorkspace {
    single: Workspace,
    block: Workspace,
    theta: Vec<f64>,
    output: Vec<f64>,
    row: Vec<f64>,
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
        Ok(Generator {
            function,
            data: Constants { reals: reals.into(), ints: ints.into() },
            dim,
            width: outputs,
            expected: u64::MAX,
            single: OnceLock::new(),
            block: OnceLock::new(),
        })
    }

    /// For about so many draws: code for a few is made quickly, for short blocks. What they are does not depend on it.
    pub fn expecting(mut self, draws: u64) -> Generator {
        self.expected = draws;
        self
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
        Workspace::default()
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
        let Some(code) = self.single() else {
            return Err(Stop { status: Status::Error, span: None });
        };
        let buffers = Buffers { theta, output: out, ..Buffers::default() };
        code.run(workspace, buffers, Some(Sequence::new(stream))).map(|_| ())
    }

    /// Whether batches are made in blocks; else (where what is drawn decides what is drawn next) one by one.
    pub fn in_blocks(&self) -> bool {
        self.block().is_some()
    }

    fn effort(&self) -> Effort {
        if self.expected.saturating_mul(self.width as u64) < MANY { Effort::Quick } else { Effort::Full }
    }

    fn single(&self) -> Option<&Executable> {
        let compile = || Executable::new(&primal(&self.function), &self.data, self.effort()).ok();
        self.single.get_or_init(compile).as_ref()
    }

    fn block(&self) -> Option<&Block> {
        let compile = || {
            let (function, lanes) = batch(&self.function, self.expected)?;
            let code = Executable::new(&primal(&function), &self.data, self.effort()).ok()?;
            Some(Block { code, lanes })
        };
        self.block.get_or_init(compile).as_ref()
    }

    pub fn batch_workspace(&self) -> BatchWorkspace {
        let lanes = self.block().map_or(1, |b| b.lanes);
        BatchWorkspace {
            single: Workspace::default(),
            block: Workspace::default(),
            theta: vec![0.0; self.dim * lanes],
            // With the marks of the draws that stopped.
            output: vec![0.0; (self.width + 1) * lanes],
            row: vec![0.0; self.width],
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
        let lanes = self.block().map_or(1, |b| b.lanes);
        if workspace.output.len() != (self.width + 1) * lanes || workspace.theta.len() != self.dim * lanes {
            *workspace = self.batch_workspace();
        }
        let mut batch = Batch { thetas, seed, chain, first: draws.start, count, out, failed: Vec::new() };
        let mut done = 0;
        while done < count {
            done += match self.block() {
                Some(block) => self.some(block, workspace, done, &mut batch),
                None => {
                    self.one(workspace, done, &mut batch);
                    1
                }
            };
        }
        Ok(batch.failed)
    }

    /// The draws of a batch from the `i`-th on that lie in one block; gives their number.
    fn some(&self, block: &Block, workspace: &mut BatchWorkspace, i: usize, batch: &mut Batch<'_>) -> usize {
        // Blocks lie at multiples of their length, so that it does not matter where the batch begins.
        let lanes = block.lanes;
        let draw = batch.first + i as u64;
        let skipped = (draw % lanes as u64) as usize;
        let used = (lanes - skipped).min(batch.count - i);
        if self.dim > 0 {
            for lane in 0..lanes {
                // Lanes that are not asked for get the point of one that is.
                let j = i + lane.saturating_sub(skipped).min(used - 1);
                for (k, x) in batch.thetas[j * self.dim..(j + 1) * self.dim].iter().enumerate() {
                    workspace.theta[k * lanes + lane] = *x;
                }
            }
        }
        let stream = Stream { seed: batch.seed, chain: batch.chain, draw: draw - skipped as u64 };
        let sequence = Sequence { along: Along::Draws, ..Sequence::new(stream) };
        let buffers = Buffers { theta: &workspace.theta, output: &mut workspace.output, ..Buffers::default() };
        if block.code.run(&mut workspace.block, buffers, Some(sequence)).is_err() {
            // Something stops that the draws have in common.
            (i..i + used).for_each(|j| self.one(workspace, j, batch));
            return used;
        }
        let (columns, marks) = workspace.output.split_at(self.width * lanes);
        for (k, column) in columns.chunks_exact(lanes).enumerate() {
            let start = k * batch.count + i;
            batch.out[start..start + used].copy_from_slice(&column[skipped..skipped + used]);
        }
        let stopped: Vec<usize> = (0..used).filter(|j| marks[skipped + j] != 0.0).collect();
        stopped.into_iter().for_each(|j| self.one(workspace, i + j, batch));
        used
    }

    /// The `i`-th draw of a batch, by itself.
    fn one(&self, workspace: &mut BatchWorkspace, i: usize, batch: &mut Batch<'_>) {
        let draw = batch.first + i as u64;
        let theta = &batch.thetas[i * self.dim..(i + 1) * self.dim];
        let stream = Stream { seed: batch.seed, chain: batch.chain, draw };
        if let Err(stop) = self.generate(&mut workspace.single, theta, stream, &mut workspace.row) {
            workspace.row.fill(f64::NAN);
            batch.failed.push(Failed { draw, stop });
        }
        for (k, x) in workspace.row.iter().enumerate() {
            batch.out[k * batch.count + i] = *x;
        }
    }
}

/// A batch that is being made.
struct Batch<'a> {
    thetas: &'a [f64],
    seed: u64,
    chain: u64,
    first: u64,
    count: usize,
    out: &'a mut [f64],
    failed: Vec<Failed>,
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
