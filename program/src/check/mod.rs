//! The type checker.
//!
//! One [`Checker`] walks the blocks in order. What is found wrong is noted and checking goes on; [`Reported`] says that a
//! part has no type because of something already noted, so that one mistake is told once.
//!
//! | file | subject |
//! |---|---|
//! | `scope` | names of variables, blocks, suggestions for misspelt names |
//! | `declarations` | declared types, sizes, constraints |
//! | `functions` | user-defined functions: signatures, bodies, return paths |
//! | `statements` | statements other than assignments and `~` |
//! | `assignments` | left-hand sides, compound and tuple assignment |
//! | `distributions` | `~`, truncation |
//! | `expressions` | expressions other than calls; indexing |
//! | `calls` | calls, and where a function of which suffix may be called |
//! | `higher_order` | solvers, `reduce_sum`, Laplace approximations |
//! | `overloads` | which signature fits, at which cost |
//! | `levels` | what can depend on parameters |

mod assignments;
mod calls;
mod declarations;
mod distributions;
mod expressions;
mod functions;
mod higher_order;
mod levels;
mod overloads;
mod scope;
mod statements;

use crate::typed::{self, FunctionId, Level, Origin, Type, VarId, Variable};
use functions::UserFunction;
use levels::Dependence;
use ppl_grammar::ast;
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::span::Span;
use scope::{Block, Scope};
use std::cell::Cell;
use std::collections::HashMap;

/// A program that is right, and what is odd about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    pub program: typed::Program,
    pub warnings: Vec<Diagnostic>,
}

/// Checks a program.
///
/// # Errors
/// Everything found wrong, in the order of checking, which is that of the text but for the headers of functions;
/// warnings stand among the errors.
pub fn check(program: &ast::Program) -> Result<Checked, Vec<Diagnostic>> {
    with_room(|| check_here(program))
}

/// Runs `work` on a stack that has room for a walk over the deepest tree that the parser makes, in any build; for what checks many
/// programs, [`check`] inside it needs no stack of its own for each.
///
/// The walks are recursive. The parser bounds the depth of the tree, but not to what the stack of any thread of a caller would hold.
pub fn with_room<T: Send>(work: impl Fn() -> T + Sync) -> T {
    thread_local! {
        static ROOM: Cell<bool> = const { Cell::new(false) };
    }
    if ROOM.get() {
        return work();
    }
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("check".to_string()).stack_size(STACK_BYTES);
        let there = || {
            ROOM.set(true);
            work()
        };
        match builder.spawn_scoped(scope, there) {
            Ok(worker) => worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => work(),
        }
    })
}

/// Only what is used of it is ever allocated.
const STACK_BYTES: usize = 64 << 20;

fn check_here(program: &ast::Program) -> Result<Checked, Vec<Diagnostic>> {
    let mut checker = Checker::default();
    checker.program(program);
    if checker.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(checker.diagnostics);
    }
    let mut program = checker.typed;
    program.variables = checker.variables;
    levels::settle(&mut program);
    Ok(Checked { program, warnings: checker.diagnostics })
}

/// A part that has no type because of an error that has been noted.
#[derive(Clone, Copy, Debug)]
struct Reported;

type Result_<T> = Result<T, Reported>;

/// An expression and whether its parts can depend on parameters, as the rules for `data` arguments see it.
#[derive(Clone, Debug)]
struct Value {
    expr: typed::Expr,
    dependence: Dependence,
}

/// Where checking is.
#[derive(Clone, Debug, Default)]
struct Context {
    block: Block,
    /// The function whose body this is.
    function: Option<FunctionContext>,
    loop_depth: usize,
    /// Within the sizes of a declaration at the top of a block.
    in_size: bool,
}

#[derive(Clone, Debug)]
struct FunctionContext {
    kind: typed::FunctionKind,
    result: Option<Type>,
}

#[derive(Default)]
struct Checker {
    typed: typed::Program,
    variables: Vec<Variable>,
    diagnostics: Vec<Diagnostic>,
    scope: Scope,
    /// All user-defined functions, in the order of their headers.
    functions: Vec<UserFunction>,
    /// Indices into `functions`, newest last.
    functions_by_name: HashMap<String, Vec<usize>>,
    /// User functions that a Laplace approximation differentiates more than once, and where.
    differentiated_twice: Vec<(FunctionId, Span)>,
    context: Context,
}

impl Checker {
    fn program(&mut self, program: &ast::Program) {
        if let Some(block) = &program.functions {
            self.enter(Block::Functions);
            self.functions_block(block);
        }
        if let Some(block) = &program.data {
            self.enter(Block::Data);
            self.typed.data = self.declarations_block(block);
        }
        if let Some(block) = &program.transformed_data {
            self.enter(Block::TransformedData);
            self.typed.transformed_data = self.statements_block(block);
        }
        if let Some(block) = &program.parameters {
            self.enter(Block::Parameters);
            self.typed.parameters = self.declarations_block(block);
        }
        if let Some(block) = &program.transformed_parameters {
            self.enter(Block::TransformedParameters);
            self.typed.transformed_parameters = self.statements_block(block);
        }
        if let Some(block) = &program.model {
            self.enter(Block::Model);
            self.scope.open();
            self.typed.model = self.statements_block(block);
            self.scope.close();
        }
        if let Some(block) = &program.generated_quantities {
            self.enter(Block::GeneratedQuantities);
            self.typed.generated_quantities = self.statements_block(block);
        }
        self.second_derivatives();
    }

    fn enter(&mut self, block: Block) {
        self.context = Context { block, ..Context::default() };
    }

    /// Notes an error.
    fn error(&mut self, diagnostic: Diagnostic) -> Reported {
        self.diagnostics.push(diagnostic);
        Reported
    }

    fn warn(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn new_variable(&mut self, name: &ast::Ident, ty: Type, level: Level, origin: Origin) -> VarId {
        let id = VarId(self.variables.len() as u32);
        self.variables.push(Variable { name: name.name.clone(), ty, level, origin, span: name.span });
        id
    }
}
