//! Draws of a program without parameters, again and again: the program is prepared once.
//!
//! Numbers are computed by the functions of the library and the random numbers are those of their places, so a draw has the bits of
//! [`Interpreter::draw_once`]. What has no prepared form, and every draw that fails, is run by the interpreter: it is the referee, and it
//! says what went wrong.

mod code;
mod compile;
mod evaluate;

use crate::error::{Kind, Result, RunError};
use crate::index::{self, Step as Access};
use crate::layout::{Bound, Layout};
use crate::machine::Limits;
use crate::shape::{Shape, same_sizes};
use crate::{Interpreter, block, layout, print};
use code::{Declared, Limit, Number, Sizes, Step, Words};
use compile::Compiler;
use evaluate::{Run, Stop, promote};
use ppl_grammar::span::Span;
use ppl_program::typed::{Program, VarId};
use ppl_runtime::density::Stream;
use ppl_runtime::random::Sequence;
use ppl_runtime::value::Value;
use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;

/// A program without parameters that is drawn from many times.
pub struct Simulator {
    interpreter: Interpreter,
    prepared: Option<Prepared>,
}

struct Prepared {
    data: Vec<Declared>,
    steps: Vec<Step>,
    /// Variables of the block that have a constraint.
    constrained: Vec<Declared>,
    /// Values that loops keep.
    kept: usize,
}

/// The values of one draw.
struct State<'p> {
    program: &'p Program,
    limits: Limits,
    slots: Vec<Option<Value<f64>>>,
    kept: Vec<OnceCell<Value<f64>>>,
    sequence: RefCell<Sequence>,
    fuel: Cell<u64>,
}

enum Flow {
    Next,
    Break,
    Continue,
}

impl Simulator {
    pub fn new(program: Arc<Program>) -> Simulator {
        let prepared = prepare(&program);
        Simulator { interpreter: Interpreter::new(program), prepared }
    }

    pub fn program(&self) -> &Arc<Program> {
        self.interpreter.program()
    }

    /// Whether the program has a prepared form.
    pub fn is_prepared(&self) -> bool {
        self.prepared.is_some()
    }

    /// The generated quantities of a draw, given the values of the data by name.
    ///
    /// # Errors
    /// As [`Interpreter::draw_once`].
    pub fn draw(
        &self,
        data: &mut dyn FnMut(&str) -> Option<Value<f64>>,
        stream: Stream,
    ) -> Result<Vec<(VarId, Value<f64>)>> {
        match self.prepared.as_ref().map(|prepared| self.run(prepared, data, stream)) {
            Some(Ok(drawn)) => Ok(drawn),
            Some(Err(Stop::Said(error))) => Err(error),
            Some(Err(Stop::Unsaid)) | None => self.interpreter.draw_once(data, stream),
        }
    }

    fn run(
        &self,
        prepared: &Prepared,
        data: &mut dyn FnMut(&str) -> Option<Value<f64>>,
        stream: Stream,
    ) -> Run<Vec<(VarId, Value<f64>)>> {
        let program = self.program();
        let limits = self.interpreter.limits;
        let mut state = State {
            program,
            limits,
            slots: vec![None; program.variables.len()],
            kept: (0..prepared.kept).map(|_| OnceCell::new()).collect(),
            sequence: RefCell::new(Sequence::new(stream)),
            fuel: Cell::new(limits.fuel),
        };
        for declared in &prepared.data {
            let value = data(&program.variables[declared.slot].name).ok_or(Stop::Unsaid)?;
            if !state.shape(&declared.sizes)?.admits(&value) {
                return Err(Stop::Unsaid);
            }
            state.check(declared, &value)?;
            state.slots[declared.slot] = Some(value);
        }
        for step in &prepared.steps {
            state.step(step)?;
        }
        for declared in &prepared.constrained {
            state.check(declared, state.get(declared.slot)?)?;
        }
        block(&program.generated_quantities)
            .map(|declaration| {
                let value = state.slots[compile::slot(declaration.variable)].take().ok_or(Stop::Unsaid)?;
                Ok((declaration.variable, value))
            })
            .collect()
    }
}

/// The prepared form of a program, if it has one.
fn prepare(program: &Program) -> Option<Prepared> {
    let whole = program.transformed_data.is_empty()
        && program.parameters.is_empty()
        && program.transformed_parameters.is_empty()
        && program.functions.is_empty();
    if !whole {
        return None;
    }
    let mut compiler = Compiler::default();
    let data = program.data.iter().map(|declaration| compiler.declared(declaration)).collect::<Option<_>>()?;
    let steps = compiler.steps(&program.generated_quantities)?;
    let constrained = block(&program.generated_quantities).filter(|d| layout::is_constrained(&d.ty));
    let constrained = constrained.map(|declaration| compiler.declared(declaration)).collect::<Option<_>>()?;
    Some(Prepared { data, steps, constrained, kept: compiler.kept })
}

impl State<'_> {
    fn get(&self, slot: usize) -> Run<&Value<f64>> {
        self.slots[slot].as_ref().ok_or(Stop::Unsaid)
    }

    fn charge(&self, amount: u64) -> Run<()> {
        self.fuel.set(self.fuel.get().checked_sub(amount).ok_or(Stop::Unsaid)?);
        Ok(())
    }

    /// Refuses more numbers than memory may hold.
    fn admit(&self, numbers: usize) -> Run<()> {
        if numbers > self.limits.elements { Err(Stop::Unsaid) } else { self.charge(numbers as u64) }
    }

    fn step(&mut self, step: &Step) -> Run<Flow> {
        self.charge(1)?;
        match step {
            Step::Declare { slot, shape, initial } => self.declare(*slot, shape, initial.as_ref())?,
            Step::Assign { slot, value, ty } => {
                let value = promote(self.value(value)?, ty).into_owned();
                let old = self.slots[*slot].as_mut().ok_or(Stop::Unsaid)?;
                if !same_sizes(old, &value) {
                    return Err(Stop::Unsaid);
                }
                *old = value;
            }
            Step::AssignElement { slot, place, value } => self.assign_element(*slot, self.int(place)?, value)?,
            Step::AssignPart { slot, places, value, ty } => {
                let value = promote(self.value(value)?, ty).into_owned();
                let path = [Access::Index(self.places(places)?)];
                let old = self.slots[*slot].as_mut().ok_or(Stop::Unsaid)?;
                index::write(old, &path, value).map_err(|_| Stop::Unsaid)?;
            }
            Step::If(condition, then, otherwise) => {
                if self.truth(condition)? {
                    return self.step(then);
                } else if let Some(otherwise) = otherwise {
                    return self.step(otherwise);
                }
            }
            Step::While(condition, body, kept) => {
                self.forget(kept);
                while self.truth(condition)? {
                    if let Flow::Break = self.step(body)? {
                        break;
                    }
                }
            }
            Step::For { slot, lower, upper, body, kept } => {
                let (lower, upper) = (self.int(lower)?, self.int(upper)?);
                self.forget(kept);
                for i in lower..=upper {
                    self.slots[*slot] = Some(Value::Int(i));
                    if let Flow::Break = self.step(body)? {
                        break;
                    }
                }
            }
            Step::Block(steps) => {
                for step in steps {
                    match self.step(step)? {
                        Flow::Next => {}
                        flow => return Ok(flow),
                    }
                }
            }
            Step::Break => return Ok(Flow::Break),
            Step::Continue => return Ok(Flow::Continue),
            Step::Stop { kind, message, span } => return Err(self.said(*kind, message, *span)),
            Step::Nothing => {}
        }
        Ok(Flow::Next)
    }

    /// The error of a statement that makes one.
    fn said(&self, kind: Kind, message: &[Words], span: Span) -> Stop {
        let mut text = String::new();
        for words in message {
            match words {
                Words::Text(words) => text.push_str(words),
                Words::Value(code) => match self.value(code) {
                    Ok(value) => print::value(&value, &mut text),
                    Err(stop) => return stop,
                },
            }
        }
        Stop::Said(RunError::new(kind, text).at(span))
    }

    fn forget(&mut self, kept: &[usize]) {
        kept.iter().for_each(|&place| drop(self.kept[place].take()));
    }

    fn declare(&mut self, slot: usize, sizes: &Sizes, initial: Option<&code::Code>) -> Run<()> {
        let value = match (initial, sizes) {
            (Some(initial), Sizes::Int | Sizes::Real) => self.value(initial)?.into_owned(),
            (Some(initial), _) => {
                let shape = self.shape(sizes)?;
                self.admit(shape.count())?;
                let ty = &self.program.variables[slot].ty;
                let value = promote(self.value(initial)?, ty);
                if !same_sizes(&shape.uninitialised::<f64>(), &*value) {
                    return Err(Stop::Unsaid);
                }
                value.into_owned()
            }
            (None, _) => {
                let shape = self.shape(sizes)?;
                self.admit(shape.count())?;
                shape.uninitialised()
            }
        };
        self.slots[slot] = Some(value);
        Ok(())
    }

    fn assign_element(&mut self, slot: usize, place: i32, value: &Number) -> Run<()> {
        let value = match value {
            Number::Int(code) => Value::Int(self.int(code)?),
            Number::Real(code) => Value::Real(self.real(code)?),
        };
        let place = usize::try_from(place).map_err(|_| Stop::Unsaid)?.wrapping_sub(1);
        match (self.slots[slot].as_mut().ok_or(Stop::Unsaid)?, value) {
            (Value::Vector(x) | Value::RowVector(x), Value::Real(value)) => {
                *x.get_mut(place).ok_or(Stop::Unsaid)? = value
            }
            (Value::Array(items), value) => {
                let item = items.get_mut(place).ok_or(Stop::Unsaid)?;
                match (&*item, &value) {
                    (Value::Int(_), Value::Int(_)) | (Value::Real(_), Value::Real(_)) => *item = value,
                    _ => return Err(Stop::Unsaid),
                }
            }
            _ => return Err(Stop::Unsaid),
        }
        Ok(())
    }

    fn size(&self, code: &code::Int) -> Run<usize> {
        usize::try_from(self.int(code)?).map_err(|_| Stop::Unsaid)
    }

    fn shape(&self, sizes: &Sizes) -> Run<Shape> {
        Ok(match sizes {
            Sizes::Int => Shape::Int,
            Sizes::Real => Shape::Real,
            Sizes::Vector(n) => Shape::Vector(self.size(n)?),
            Sizes::RowVector(n) => Shape::RowVector(self.size(n)?),
            Sizes::Matrix(r, c) => Shape::Matrix(self.size(r)?, self.size(c)?),
            Sizes::Array(element, dims) => {
                let dims = dims.iter().map(|n| self.size(n)).collect::<Run<_>>()?;
                Shape::Array(Box::new(self.shape(element)?), dims)
            }
        })
    }

    /// Whether a value keeps its constraint.
    fn check(&self, declared: &Declared, value: &Value<f64>) -> Run<()> {
        match &declared.limit {
            Limit::None => Ok(()),
            Limit::Bounds(lower, upper) => {
                let lower = lower.as_ref().map(|code| self.value(code)).transpose()?;
                let upper = upper.as_ref().map(|code| self.value(code)).transpose()?;
                let number = |bound: &Option<Cow<'_, Value<f64>>>, without: f64| match bound.as_deref() {
                    None => Ok(without),
                    Some(Value::Int(i)) => Ok(f64::from(*i)),
                    Some(Value::Real(x)) => Ok(*x),
                    Some(_) => Err(Stop::Unsaid),
                };
                let (lower, upper) = (number(&lower, f64::NEG_INFINITY)?, number(&upper, f64::INFINITY)?);
                if within(value, lower, upper) { Ok(()) } else { Err(Stop::Unsaid) }
            }
            Limit::Structure(constraint) => {
                let leaf = self.shape(&declared.sizes)?;
                if let Shape::Array(..) = leaf {
                    return Err(Stop::Unsaid);
                }
                let layout = Layout::Leaf(leaf, Bound::Structured(constraint.clone()));
                layout.check(value).map_err(|_| Stop::Unsaid)
            }
        }
    }
}

/// Whether all numbers are within bounds.
fn within(value: &Value<f64>, lower: f64, upper: f64) -> bool {
    let inside = |x: &f64| lower <= *x && *x <= upper;
    match value {
        Value::Int(i) => inside(&f64::from(*i)),
        Value::Real(x) => inside(x),
        Value::Vector(x) | Value::RowVector(x) => x.iter().all(inside),
        Value::Matrix(m) => m.data.iter().all(inside),
        Value::Array(items) => items.iter().all(|item| within(item, lower, upper)),
        _ => false,
    }
}
