//! The form of a program: what it declares, and its log density as a list of factors over index ranges.

use crate::term::{Fun, Id, Terms, Var};
use ppl_program::typed::{Constraint, Program};
use std::rc::Rc;

/// A program as a density.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub terms: Terms,
    pub data: Vec<Declared>,
    pub parameters: Vec<Declared>,
    /// Computations that stay statements, in order.
    pub code: Vec<Code>,
    pub factors: Vec<Factor>,
    /// Terms that data determine: constants of the log density, but part of the distribution of the data where outcomes enter them.
    pub determined: Vec<Factor>,
    /// The program that was read, for the user functions that are not inlined.
    pub source: Option<Rc<Program>>,
}

/// A variable of the data or parameters block.
#[derive(Clone, Debug)]
pub struct Declared {
    pub var: Var,
    pub constraint: Bounds,
}

/// A constraint whose bounds are terms.
#[derive(Clone, Debug, PartialEq)]
pub enum Bounds {
    None,
    Lower(Id),
    Upper(Id),
    Both(Id, Id),
    /// Simplex, ordered and the like: no terms in it.
    Structure(Constraint),
}

impl Bounds {
    pub fn terms(&self) -> Vec<Id> {
        match self {
            Bounds::Lower(a) | Bounds::Upper(a) => vec![*a],
            Bounds::Both(a, b) => vec![*a, *b],
            _ => Vec::new(),
        }
    }

    pub fn map(&self, mut f: impl FnMut(Id) -> Id) -> Bounds {
        match self {
            Bounds::Lower(a) => Bounds::Lower(f(*a)),
            Bounds::Upper(a) => Bounds::Upper(f(*a)),
            Bounds::Both(a, b) => Bounds::Both(f(*a), f(*b)),
            other => other.clone(),
        }
    }
}

/// A term of the log density, for every value of the loop variables where the conditions hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Sizes of the loops, outermost first. A size may depend on the variables of the loops around it.
    pub over: Vec<Id>,
    /// Conditions, of which each must hold.
    pub guards: Vec<Id>,
    pub kind: FactorKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FactorKind {
    /// `outcome ~ density(arguments) T[lower, upper]`
    Density { density: Fun, outcome: Id, arguments: Vec<Id>, truncation: Option<(Option<Id>, Option<Id>)> },
    /// `target += term`
    Add(Id),
    /// `jacobian += term`
    Jacobian(Id),
}

impl FactorKind {
    pub fn terms(&self) -> Vec<Id> {
        match self {
            FactorKind::Density { outcome, arguments, truncation, .. } => {
                let mut all = vec![*outcome];
                all.extend(arguments);
                if let Some((lower, upper)) = truncation {
                    all.extend(lower.iter().chain(upper));
                }
                all
            }
            FactorKind::Add(term) | FactorKind::Jacobian(term) => vec![*term],
        }
    }

    pub fn map(&self, mut f: impl FnMut(Id) -> Id) -> FactorKind {
        match self {
            FactorKind::Density { density, outcome, arguments, truncation } => FactorKind::Density {
                density: density.clone(),
                outcome: f(*outcome),
                arguments: arguments.iter().map(|&a| f(a)).collect(),
                truncation: truncation.map(|(lower, upper)| (lower.map(&mut f), upper.map(&mut f))),
            },
            FactorKind::Add(term) => FactorKind::Add(f(*term)),
            FactorKind::Jacobian(term) => FactorKind::Jacobian(f(*term)),
        }
    }
}

impl Factor {
    pub fn new(kind: FactorKind) -> Factor {
        Factor { over: Vec::new(), guards: Vec::new(), kind }
    }

    /// Sizes, conditions and what is in the factor.
    pub fn terms(&self) -> Vec<Id> {
        self.over.iter().chain(&self.guards).copied().chain(self.kind.terms()).collect()
    }

    pub fn map(&self, mut f: impl FnMut(Id) -> Id) -> Factor {
        Factor {
            over: self.over.iter().map(|&t| f(t)).collect(),
            guards: self.guards.iter().map(|&t| f(t)).collect(),
            kind: self.kind.map(f),
        }
    }
}

/// A statement that stays one: computations whose order matters.
#[derive(Clone, Debug, PartialEq)]
pub enum Code {
    /// Sizes and the first value are of the variable.
    Declare(Var, Option<Id>),
    /// Variable, indices, value.
    Assign(Var, Vec<Slot>, Id),
    /// Tuples and other assignments: a call with targets.
    Unpack(Vec<(Var, Vec<Slot>)>, Id),
    Call(Fun, Vec<Id>),
    Factor(Factor),
    If(Id, Vec<Code>, Vec<Code>),
    While(Id, Vec<Code>),
    /// Variable, first and last value, body.
    For(Var, Id, Id, Vec<Code>),
    /// Variable, container, body.
    ForEach(Var, Id, Vec<Code>),
    Break,
    Continue,
    Return(Option<Id>),
    /// `reject` and `fatal_error`, without what they say.
    Reject,
}

/// One index left of `=`.
#[derive(Clone, Debug, PartialEq)]
pub enum Slot {
    All,
    /// One element, or those that an array names.
    At(Id),
    From(Id),
    To(Id),
    Between(Id, Id),
    /// Counted from 1.
    Project(usize),
}

impl Slot {
    pub fn terms(&self) -> Vec<Id> {
        match self {
            Slot::All | Slot::Project(_) => Vec::new(),
            Slot::At(a) | Slot::From(a) | Slot::To(a) => vec![*a],
            Slot::Between(a, b) => vec![*a, *b],
        }
    }
}

impl Code {
    /// Visits the terms, the variables that are written or declared (`true`), and the statements inside.
    pub fn for_each(&self, term: &mut dyn FnMut(Id), written: &mut dyn FnMut(Var)) {
        let slots = |slots: &[Slot], term: &mut dyn FnMut(Id)| {
            slots.iter().for_each(|slot| slot.terms().into_iter().for_each(&mut *term));
        };
        match self {
            Code::Declare(var, value) => {
                written(*var);
                value.iter().copied().for_each(term);
            }
            Code::Assign(var, path, value) => {
                written(*var);
                slots(path, term);
                term(*value);
            }
            Code::Unpack(targets, value) => {
                for (var, path) in targets {
                    written(*var);
                    slots(path, term);
                }
                term(*value);
            }
            Code::Call(_, items) => items.iter().copied().for_each(term),
            Code::Factor(factor) => factor.terms().into_iter().for_each(term),
            Code::If(condition, then, otherwise) => {
                term(*condition);
                then.iter().chain(otherwise).for_each(|code| code.for_each(term, written));
            }
            Code::While(condition, body) => {
                term(*condition);
                body.iter().for_each(|code| code.for_each(term, written));
            }
            Code::For(var, lower, upper, body) => {
                written(*var);
                term(*lower);
                term(*upper);
                body.iter().for_each(|code| code.for_each(term, written));
            }
            Code::ForEach(var, range, body) => {
                written(*var);
                term(*range);
                body.iter().for_each(|code| code.for_each(term, written));
            }
            Code::Return(value) => value.iter().copied().for_each(term),
            Code::Break | Code::Continue | Code::Reject => {}
        }
    }

    /// The same statement with other terms.
    pub fn map(&self, f: &mut dyn FnMut(Id) -> Id) -> Code {
        fn slots(path: &[Slot], f: &mut dyn FnMut(Id) -> Id) -> Vec<Slot> {
            let slot = |slot: &Slot, f: &mut dyn FnMut(Id) -> Id| match slot {
                Slot::At(a) => Slot::At(f(*a)),
                Slot::From(a) => Slot::From(f(*a)),
                Slot::To(a) => Slot::To(f(*a)),
                Slot::Between(a, b) => Slot::Between(f(*a), f(*b)),
                other => other.clone(),
            };
            path.iter().map(|s| slot(s, f)).collect()
        }
        let block =
            |body: &[Code], f: &mut dyn FnMut(Id) -> Id| body.iter().map(|code| code.map(f)).collect::<Vec<_>>();
        match self {
            Code::Declare(var, value) => Code::Declare(*var, value.map(f)),
            Code::Assign(var, path, value) => Code::Assign(*var, slots(path, f), f(*value)),
            Code::Unpack(targets, value) => {
                Code::Unpack(targets.iter().map(|(var, path)| (*var, slots(path, f))).collect(), f(*value))
            }
            Code::Call(fun, items) => Code::Call(fun.clone(), items.iter().map(|&item| f(item)).collect()),
            Code::Factor(factor) => Code::Factor(factor.map(f)),
            Code::If(condition, then, otherwise) => Code::If(f(*condition), block(then, f), block(otherwise, f)),
            Code::While(condition, body) => Code::While(f(*condition), block(body, f)),
            Code::For(var, lower, upper, body) => Code::For(*var, f(*lower), f(*upper), block(body, f)),
            Code::ForEach(var, range, body) => Code::ForEach(*var, f(*range), block(body, f)),
            Code::Return(value) => Code::Return(value.map(f)),
            Code::Break => Code::Break,
            Code::Continue => Code::Continue,
            Code::Reject => Code::Reject,
        }
    }
}
