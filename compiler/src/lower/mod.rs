//! From the typed program and bound data to the intermediate representation.
//!
//! Lowering is a partial evaluation: what the data determine (sizes, loop bounds, branches, whole data-only
//! expressions) is computed here; the rest becomes operations. Sizes are constants, so a loop whose body has sizes that
//! depend on its index is unrolled. User-defined functions are inlined. Real arrays stay in a data block, so the code
//! does not depend on their values.

mod binding;
mod call;
mod density;
mod elementwise;
mod expression;
mod fused;
mod generate;
mod generic;
mod index;
mod library;
mod matrix;
mod parameter;
mod passed;
mod passing;
mod rules;
mod scalar_density;
mod solver;
mod statement;
mod user;
mod value;

pub use value::Val;

use crate::ir::*;
use crate::solvers::Passed;
use binding::{Assignments, Binding};
use ppl_grammar::span::Span;
use ppl_program::typed::{Level, Program, VarId};
use ppl_runtime::value::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Why a program has no machine code. It is then run by the interpreter, which also reports what is wrong with it
/// where something is.
#[derive(Clone, Debug)]
pub struct Unsupported {
    pub what: String,
    pub span: Span,
    /// A size would be known if the loop around it were unrolled.
    unroll: bool,
}

pub(crate) type Result<T> = std::result::Result<T, Unsupported>;

/// Code and data of one binding.
#[derive(Debug)]
pub struct Lowered {
    pub function: Function,
    pub reals: Vec<f64>,
    pub ints: Vec<i32>,
    /// Number of unconstrained parameters.
    pub dim: usize,
    /// Number of outputs.
    pub outputs: usize,
}

/// Evaluates calls of user-defined functions whose arguments the data determine.
pub trait Evaluate {
    /// `None` where the call fails or has side effects; it is then lowered like any other.
    fn call(&self, function: ppl_program::typed::FunctionId, arguments: &[Value<f64>]) -> Option<Value<f64>>;

    /// The interpreter of the program, with its data, for what cannot be lowered.
    fn interpreter(&self) -> (ppl_interpreter::Interpreter, Arc<ppl_interpreter::Environment>);
}

/// Lowers parameters, transformed parameters and model. `data` has the values of data and transformed data.
///
/// # Errors
/// [`Unsupported`] names the construct that has no lowering.
pub fn lower(program: &Program, data: &HashMap<VarId, Arc<Value<f64>>>, evaluate: &dyn Evaluate) -> Result<Lowered> {
    let mut lowerer = Lowerer::new(program, data, evaluate);
    lowerer.parameters()?;
    lowerer.block(&program.model)?;
    Ok(lowerer.finish(0))
}

/// Lowers parameters, transformed parameters and generated quantities; the values of `variables` are the output.
///
/// # Errors
/// As [`lower`].
pub fn lower_outputs(
    program: &Program,
    data: &HashMap<VarId, Arc<Value<f64>>>,
    evaluate: &dyn Evaluate,
    variables: &[VarId],
) -> Result<Lowered> {
    let mut lowerer = Lowerer::new(program, data, evaluate);
    lowerer.generating = true;
    lowerer.unnormalised = false;
    lowerer.parameters()?;
    lowerer.block(&program.generated_quantities)?;
    lowerer.check_transformed(&program.generated_quantities)?;
    let outputs = lowerer.write_outputs(variables)?;
    Ok(lowerer.finish(outputs))
}

/// The state of a lowering.
pub(crate) struct Lowerer<'a> {
    program: &'a Program,
    evaluate: &'a dyn Evaluate,
    assignments: Assignments,
    f: Function,
    /// Regions being written, innermost last.
    regions: Vec<Vec<Op>>,
    /// Loops around the current position, innermost last.
    loops: Vec<LoopId>,
    bindings: HashMap<VarId, Binding>,
    reals: Vec<f64>,
    ints: Vec<i32>,
    /// Data already in a block, by the address of the (shared, immutable) value.
    interned: HashMap<*const Value<f64>, (Arc<Value<f64>>, BufferId)>,
    theta: BufferId,
    /// Unconstrained coordinates taken so far.
    free: usize,
    /// What `break`, `continue` and `return` do here, innermost last.
    exits: Vec<statement::Exit>,
    /// Functions being inlined, to find recursion.
    inlining: Vec<ppl_program::typed::FunctionId>,
    /// Which arguments of the functions being inlined depend on parameters, and whether their local variables count as doing so
    /// (they do where an argument does).
    levels: HashMap<VarId, Level>,
    /// Code of functions that were passed to solvers.
    passed: Vec<(passed::Signature, Arc<Passed>)>,
    /// Statements written by unrolling, against a budget.
    unrolled: usize,
    /// Whether `_lupdf` calls drop constants here.
    unnormalised: bool,
    /// Whether outputs are lowered, not a density.
    generating: bool,
    /// Of the statement being lowered.
    span: Span,
}

impl<'a> Lowerer<'a> {
    fn new(program: &'a Program, data: &HashMap<VarId, Arc<Value<f64>>>, evaluate: &'a dyn Evaluate) -> Self {
        let mut lowerer = Lowerer {
            program,
            evaluate,
            assignments: Assignments::of(program),
            f: Function::new(),
            regions: vec![Vec::new()],
            loops: vec![ROOT],
            bindings: data.iter().map(|(id, value)| (*id, Binding::Value(Val::Known(value.clone())))).collect(),
            reals: Vec::new(),
            ints: Vec::new(),
            interned: HashMap::new(),
            theta: BufferId(0),
            free: 0,
            exits: Vec::new(),
            inlining: Vec::new(),
            levels: HashMap::new(),
            passed: Vec::new(),
            unrolled: 0,
            unnormalised: true,
            generating: false,
            span: Span::default(),
        };
        lowerer.theta = lowerer.f.buffer(Elem::F64, 0, Home::Theta);
        lowerer
    }

    /// Parameters and transformed parameters.
    fn parameters(&mut self) -> Result<()> {
        for declaration in &self.program.parameters {
            self.parameter(declaration)?;
        }
        self.block(&self.program.transformed_parameters)?;
        self.check_transformed(&self.program.transformed_parameters)
    }

    fn finish(mut self, outputs: usize) -> Lowered {
        self.f.buffers[self.theta.0 as usize].len = self.free;
        self.f.body = Region { ops: self.regions.pop().unwrap_or_default() };
        Lowered { function: self.f, reals: self.reals, ints: self.ints, dim: self.free, outputs }
    }
}

impl Lowerer<'_> {
    fn emit(&mut self, op: Op) {
        if let Some(region) = self.regions.last_mut() {
            region.push(op);
        }
    }

    fn unsupported<T>(&self, what: impl Into<String>) -> Result<T> {
        Err(Unsupported { what: what.into(), span: self.span, unroll: false })
    }

    /// A size that only unrolling would make known.
    fn unknown_size<T>(&self, what: impl Into<String>) -> Result<T> {
        Err(Unsupported { what: what.into(), span: self.span, unroll: true })
    }

    fn site(&mut self) -> Site {
        self.f.site(self.span)
    }

    fn frame(&self) -> Home {
        Home::Frame(self.loops.last().copied().unwrap_or(ROOT))
    }

    /// Writes a region with its own operations.
    fn region(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<Region> {
        self.regions.push(Vec::new());
        let result = write(self);
        let ops = self.regions.pop().unwrap_or_default();
        result.map(|()| Region { ops })
    }

    /// Writes the body of a loop over a constant or computed range; `body` gets the index.
    fn for_range(&mut self, lower: V, upper: V, body: impl FnOnce(&mut Self, V) -> Result<()>) -> Result<()> {
        let id = self.f.new_loop();
        let index = self.f.value(Ty::I64);
        self.loops.push(id);
        let region = self.region(|l| body(l, index));
        self.loops.pop();
        let body = region?;
        self.emit(Op::For(Box::new(For { id, index, lower, upper, body, frame: FrameUse::Drop, failed: None })));
        Ok(())
    }

    /// `for_range` over `1..=n`.
    fn for_count(&mut self, n: usize, body: impl FnOnce(&mut Self, V) -> Result<()>) -> Result<()> {
        let (lower, upper) = (self.int(1), self.int(n as i64));
        self.for_range(lower, upper, body)
    }
}
