//! The state of one run and the statements.

use crate::error::{At, Kind, Result, RunError};
use crate::expr::Operand;
use crate::index::{self, Step};
use crate::print;
use crate::shape::{Shape, needs_promotion, promoted, same_sizes, sizes};
use ppl_grammar::span::Span;
use ppl_program::typed::{
    Access, Declaration, Expr, Index, LValue, Level, Message, Program, SizedType, Statement, StatementKind, VarId,
};
use ppl_runtime::density::Stream;
use ppl_runtime::num::Num;
use ppl_runtime::random::Sequence;
use ppl_runtime::value::Value;
use std::rc::Rc;
use std::sync::Arc;

/// Bounds on what a run may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Statements, loop iterations, calls, and numbers made by library functions, together.
    pub fuel: u64,
    /// Numbers alive in variables at one time.
    pub elements: usize,
    /// User functions inside one another.
    pub calls: usize,
    /// Bytes of the thread's stack below the entry of the run. A thread needs about half as much again.
    pub stack: usize,
    /// Bytes printed by one run; what is beyond is dropped.
    pub output: usize,
}

impl Limits {
    /// What binding data may use.
    pub const DEFAULT: Limits =
        Limits { fuel: 1 << 32, elements: 1 << 26, calls: 10_000, stack: 1 << 20, output: 1 << 16 };
}

impl Default for Limits {
    fn default() -> Self {
        Limits::DEFAULT
    }
}

/// Where control goes after a statement.
pub(crate) enum Flow<T> {
    Next,
    Break,
    Continue,
    Return(Option<Value<T>>),
}

/// Levels inside a user function, which depend on those of the arguments of this call.
#[derive(Clone, Default)]
pub(crate) struct Frame {
    pub arguments: Vec<(VarId, Level)>,
    /// Of local variables: the highest of the arguments'.
    pub locals: Option<Level>,
}

/// The values of data and transformed data.
pub(crate) type DataValues = [Option<Arc<Value<f64>>>];

pub(crate) type Printer<'a> = &'a (dyn Fn(&str) + Send + Sync);

pub(crate) struct Machine<'a, T> {
    pub program: &'a Program,
    /// Arguments and local variables of each function.
    pub owned: &'a [Vec<VarId>],
    pub data: &'a DataValues,
    pub slots: Vec<Option<Rc<Value<T>>>>,
    pub target: T,
    /// Whether densities in their unnormalised form drop constants.
    pub propto: bool,
    /// Whether `jacobian +=` counts.
    pub jacobian: bool,
    pub frame: Option<Frame>,
    pub rng: Option<Sequence>,
    pub limits: Limits,
    pub fuel: u64,
    pub live: usize,
    pub calls: usize,
    /// Where the target first became NaN.
    pub nan: Option<Span>,
    pub printer: Option<Printer<'a>>,
    printed: usize,
    pub stack_base: usize,
}

impl<'a, T: Num> Machine<'a, T> {
    pub fn new(
        program: &'a Program,
        owned: &'a [Vec<VarId>],
        data: &'a DataValues,
        limits: Limits,
        printer: Option<Printer<'a>>,
    ) -> Self {
        let marker = 0u8;
        Machine {
            program,
            owned,
            data,
            slots: vec![None; program.variables.len()],
            target: T::from(0.0),
            propto: false,
            jacobian: false,
            frame: None,
            rng: None,
            limits,
            fuel: limits.fuel,
            live: 0,
            calls: 0,
            nan: None,
            printer,
            printed: 0,
            stack_base: std::ptr::from_ref(&marker).addr(),
        }
    }

    pub fn seed(&mut self, stream: Stream) {
        self.rng = Some(Sequence::new(stream));
    }

    /// Takes fuel.
    pub fn charge(&mut self, amount: u64) -> Result<()> {
        match self.fuel.checked_sub(amount) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => Err(RunError::limit(format!("the limit of {} steps was reached", self.limits.fuel))),
        }
    }

    /// Counts numbers that become alive.
    pub fn allocate(&mut self, elements: usize) -> Result<()> {
        self.live = self.live.saturating_add(elements);
        if self.live > self.limits.elements {
            return Err(RunError::limit(format!(
                "the limit of {} numbers in memory was reached",
                self.limits.elements
            )));
        }
        self.charge(elements as u64)
    }

    /// Errors before the thread's stack ends.
    pub fn check_stack(&self) -> Result<()> {
        let marker = 0u8;
        let here = std::ptr::from_ref(&marker).addr();
        if self.stack_base.abs_diff(here) > self.limits.stack {
            return Err(RunError::limit(format!("recursion is too deep ({} calls inside one another)", self.calls)));
        }
        Ok(())
    }

    pub fn name(&self, variable: VarId) -> &'a str {
        &self.program.variable(variable).name
    }

    /// The value of a variable; data are converted when they are first read.
    pub fn load(&mut self, variable: VarId) -> Result<Rc<Value<T>>> {
        let slot = variable.0 as usize;
        if let Some(Some(value)) = self.slots.get(slot) {
            return Ok(value.clone());
        }
        match self.data.get(slot) {
            Some(Some(value)) => {
                let value = Rc::new(value.map(&mut |x| T::from(x)));
                self.slots[slot] = Some(value.clone());
                Ok(value)
            }
            _ => Err(RunError::fatal(format!("`{}` has no value here", self.name(variable)))),
        }
    }

    pub fn store(&mut self, variable: VarId, value: Value<T>) {
        self.slots[variable.0 as usize] = Some(Rc::new(value));
    }

    /// Runs statements in order.
    pub fn run(&mut self, statements: &'a [Statement]) -> Result<Flow<T>> {
        for statement in statements {
            match self.statement(statement)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &'a Statement) -> Result<Flow<T>> {
        self.charge(1).at(statement.span)?;
        self.execute(statement).map_err(|e| e.at(statement.span))
    }

    fn execute(&mut self, statement: &'a Statement) -> Result<Flow<T>> {
        match &statement.kind {
            StatementKind::Declare(declaration) => self.declare(declaration)?,
            StatementKind::Assign { target, value } => {
                let value = self.eval(value)?;
                self.assign(target, value)?;
            }
            StatementKind::AssignTuple { targets, value } => {
                let value = self.eval(value)?.into_value();
                let Value::Tuple(items) = value else {
                    return Err(RunError::fatal("the right side of a tuple assignment is no tuple"));
                };
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, Operand::Own(item))?;
                }
            }
            StatementKind::Call { function, arguments } => {
                self.call_statement(function, arguments, statement.span)?;
            }
            StatementKind::TargetPlus(e) => {
                let value = self.eval(e)?;
                self.add_to_target(&value, statement.span)?;
            }
            StatementKind::JacobianPlus(e) => {
                let value = self.eval(e)?;
                if self.jacobian {
                    self.add_to_target(&value, statement.span)?;
                }
            }
            StatementKind::Tilde { density, outcome, arguments, truncation } => {
                let value = self.tilde(density, outcome, arguments, truncation.as_ref(), statement.span)?;
                self.add_to_target(&Operand::Own(Value::Real(value)), statement.span)?;
            }
            StatementKind::Break => return Ok(Flow::Break),
            StatementKind::Continue => return Ok(Flow::Continue),
            StatementKind::Return(None) => return Ok(Flow::Return(None)),
            StatementKind::Return(Some(e)) => {
                let value = self.eval(e)?.into_value();
                return Ok(Flow::Return(Some(value)));
            }
            StatementKind::Print(messages) => {
                let text = self.message(messages)?;
                self.print(&text);
            }
            StatementKind::Reject(messages) => return Err(RunError::reject(self.message(messages)?)),
            StatementKind::FatalError(messages) => return Err(RunError::fatal(self.message(messages)?)),
            StatementKind::If { condition, then, otherwise } => {
                if self.condition(condition)? {
                    return self.statement(then);
                } else if let Some(otherwise) = otherwise {
                    return self.statement(otherwise);
                }
            }
            StatementKind::While { condition, body } => {
                while self.condition(condition)? {
                    match self.statement(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        flow @ Flow::Return(_) => return Ok(flow),
                    }
                }
            }
            StatementKind::For { variable, lower, upper, body } => {
                let (lower, upper) = (self.int(lower)?, self.int(upper)?);
                for i in lower..=upper {
                    self.store(*variable, Value::Int(i));
                    match self.statement(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        flow @ Flow::Return(_) => return Ok(flow),
                    }
                }
            }
            StatementKind::ForEach { variable, range, body } => return self.for_each(*variable, range, body),
            StatementKind::Block(statements) | StatementKind::Profile { body: statements, .. } => {
                let live = self.live;
                let flow = self.run(statements);
                self.live = live;
                return flow;
            }
            StatementKind::Skip => {}
        }
        Ok(Flow::Next)
    }

    fn for_each(&mut self, variable: VarId, range: &'a Expr, body: &'a Statement) -> Result<Flow<T>> {
        let range = self.eval(range)?;
        let count = match range.get() {
            Value::Array(items) => items.len(),
            Value::Vector(v) | Value::RowVector(v) => v.len(),
            Value::Matrix(m) => m.data.len(),
            Value::ComplexVector(v) | Value::ComplexRowVector(v) => v.len(),
            Value::ComplexMatrix(m) => m.data.len(),
            _ => return Err(RunError::fatal("this value has no elements to go through")),
        };
        for i in 0..count {
            let element = match range.get() {
                Value::Array(items) => items[i].clone(),
                Value::Vector(v) | Value::RowVector(v) => Value::Real(v[i]),
                Value::Matrix(m) => Value::Real(m.data[i]),
                Value::ComplexVector(v) | Value::ComplexRowVector(v) => Value::Complex(v[i]),
                Value::ComplexMatrix(m) => Value::Complex(m.data[i]),
                other => other.clone(),
            };
            self.store(variable, element);
            match self.statement(body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                flow @ Flow::Return(_) => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    /// Sizes of a declared type.
    pub fn shape(&mut self, ty: &'a SizedType, name: &str) -> Result<Shape> {
        Ok(match ty {
            SizedType::Int(_) => Shape::Int,
            SizedType::Real(_) => Shape::Real,
            SizedType::Complex(_) => Shape::Complex,
            SizedType::Vector(n, _) => Shape::Vector(self.size(n, name)?),
            SizedType::RowVector(n, _) => Shape::RowVector(self.size(n, name)?),
            SizedType::Matrix(r, c, _) => Shape::Matrix(self.size(r, name)?, self.size(c, name)?),
            SizedType::ComplexVector(n, _) => Shape::ComplexVector(self.size(n, name)?),
            SizedType::ComplexRowVector(n, _) => Shape::ComplexRowVector(self.size(n, name)?),
            SizedType::ComplexMatrix(r, c, _) => Shape::ComplexMatrix(self.size(r, name)?, self.size(c, name)?),
            SizedType::Array(element, dims) => {
                let dims = dims.iter().map(|d| self.size(d, name)).collect::<Result<_>>()?;
                Shape::Array(Box::new(self.shape(element, name)?), dims)
            }
            SizedType::Tuple(items) => {
                Shape::Tuple(items.iter().map(|item| self.shape(item, name)).collect::<Result<_>>()?)
            }
        })
    }

    fn size(&mut self, e: &'a Expr, name: &str) -> Result<usize> {
        let n = self.int(e)?;
        usize::try_from(n)
            .map_err(|_| RunError::fatal(format!("a size of `{name}` is {n}; expected at least 0")).at(e.span))
    }

    pub fn declare(&mut self, declaration: &'a Declaration) -> Result<()> {
        let name = self.name(declaration.variable);
        let shape = self.shape(&declaration.ty, name).at(declaration.span)?;
        self.allocate(shape.count()).map_err(|e| e.within(name)).at(declaration.span)?;
        let mut value = shape.uninitialised();
        if let Some(initial) = &declaration.initial {
            let initial = self.eval(initial)?;
            let initial = initial.promoted(&self.program.variable(declaration.variable).ty);
            if !same_sizes(&value, initial.get()) {
                return Err(RunError::fatal(format!(
                    "sizes differ in assignment: `{name}` has {}, the right side {}",
                    sizes(&value),
                    sizes(initial.get())
                ))
                .at(declaration.span));
            }
            value = initial.into_value();
        }
        self.store(declaration.variable, value);
        Ok(())
    }

    pub fn assign(&mut self, target: &'a LValue, value: Operand<T>) -> Result<()> {
        let name = self.name(target.variable);
        let path = self.path(&target.path)?;
        let value = value.promoted(&target.ty);
        let slot = target.variable.0 as usize;
        let Some(Some(old)) = self.slots.get_mut(slot) else {
            return Err(RunError::fatal(format!("`{name}` has no value here")).at(target.span));
        };
        if path.is_empty() {
            if !same_sizes(old, value.get()) {
                return Err(RunError::fatal(format!(
                    "sizes differ in assignment: `{name}` has {}, the right side {}",
                    sizes(&**old),
                    sizes(value.get())
                ))
                .at(target.span));
            }
            *old = value.into_shared();
            return Ok(());
        }
        index::write(Rc::make_mut(old), &path, value.into_value())
            .map_err(|e| e.within(&format!("`{name}`")).at(target.span))
    }

    pub fn path(&mut self, path: &'a [Access]) -> Result<Vec<Step>> {
        path.iter()
            .map(|access| match access {
                Access::Project(k) => Ok(Step::Project(*k)),
                Access::Index(indices) => self.indices(indices),
            })
            .collect()
    }

    pub fn indices(&mut self, indices: &'a [Index]) -> Result<Step> {
        use crate::index::Idx;
        let evaluated = indices.iter().map(|index| {
            Ok(match index {
                Index::All => Idx::All,
                Index::Single(e) => Idx::Single(self.int(e)?),
                Index::Multi(e) => Idx::Multi(self.ints(e)?),
                Index::From(e) => Idx::From(self.int(e)?),
                Index::To(e) => Idx::To(self.int(e)?),
                Index::Between(a, b) => Idx::Between(self.int(a)?, self.int(b)?),
            })
        });
        Ok(Step::Index(evaluated.collect::<Result<_>>()?))
    }

    /// Adds a number, or all numbers of a container.
    fn add_to_target(&mut self, value: &Operand<T>, span: Span) -> Result<()> {
        let mut numbers = Vec::new();
        let total = match value.get() {
            Value::Real(x) => *x,
            other => {
                crate::shape::push_numbers(other, &mut numbers);
                numbers.into_iter().fold(T::from(0.0), |a, b| a + b)
            }
        };
        self.target += total;
        if self.target.value().is_nan() && self.nan.is_none() {
            self.nan = Some(span);
        }
        Ok(())
    }

    pub fn condition(&mut self, e: &'a Expr) -> Result<bool> {
        match self.eval(e)?.get() {
            Value::Int(i) => Ok(*i != 0),
            Value::Real(x) => Ok(x.value() != 0.0),
            _ => Err(RunError::fatal("a condition must be a number").at(e.span)),
        }
    }

    pub fn int(&mut self, e: &'a Expr) -> Result<i32> {
        match self.eval(e)?.get() {
            Value::Int(i) => Ok(*i),
            _ => Err(RunError::fatal("expected an integer").at(e.span)),
        }
    }

    pub fn ints(&mut self, e: &'a Expr) -> Result<Vec<i32>> {
        let value = self.eval(e)?;
        let Value::Array(items) = value.get() else { return Err(RunError::fatal("expected integers").at(e.span)) };
        items
            .iter()
            .map(|item| match item {
                Value::Int(i) => Ok(*i),
                _ => Err(RunError::fatal("expected integers").at(e.span)),
            })
            .collect()
    }

    fn message(&mut self, messages: &'a [Message]) -> Result<String> {
        let mut text = String::new();
        for message in messages {
            match message {
                Message::Text(s) => text.push_str(s),
                Message::Value(e) => {
                    let value = self.eval(e)?;
                    print::value(value.get(), &mut text);
                }
            }
        }
        Ok(text)
    }

    fn print(&mut self, text: &str) {
        let Some(printer) = self.printer else { return };
        if self.printed >= self.limits.output {
            return;
        }
        self.printed += text.len() + 1;
        if self.printed >= self.limits.output {
            printer("(what is printed further by this run is left out)");
        } else {
            printer(text);
        }
    }

    /// The value of an operator of the typed program.
    pub fn apply(&self, op: ppl_program::typed::Operator, arguments: &[Operand<T>]) -> Result<Value<T>> {
        Ok(ppl_runtime::functions::operator(op, arguments)?)
    }

    /// A reject raised by a library function, a limit, ... with the name of what was run.
    pub fn unsupported(&self, what: &str) -> Box<RunError> {
        RunError::new(Kind::Fatal, format!("{what} is not implemented"))
    }
}

impl<T: Num> Operand<T> {
    /// As `ty`; shared values that are of the type already stay shared.
    pub fn promoted(self, ty: &ppl_program::typed::Type) -> Operand<T> {
        if needs_promotion(self.get(), ty) { Operand::Own(promoted(self.into_value(), ty)) } else { self }
    }
}
