//! From the typed program to [`code`](super::code); `None` where something has no such reading.

use super::code::{
    Argument, Call, Code, Container, Declared, Distribution, Draw, Int, Limit, Number, Part, Place, Real, Sizes, Step,
    Words,
};
use crate::error::Kind as Error;
use ppl_grammar::span::Span;
use ppl_program::typed::{
    Access, Callee, Constraint, Declaration, Expr, ExprKind, Form, Index, LValue, Message, SizedType, Statement,
    StatementKind, Type, VarId,
};
use ppl_runtime::catalogue::Kind;
use ppl_runtime::families;
use ppl_runtime::functions::{self, Operator};
use ppl_runtime::kernels;
use std::collections::HashSet;

#[derive(Default)]
pub(super) struct Compiler {
    /// Loops around, with what each writes and the values that it keeps.
    loops: Vec<(HashSet<VarId>, Vec<usize>)>,
    /// Values that are kept.
    pub kept: usize,
}

impl Compiler {
    pub fn declared(&mut self, declaration: &Declaration) -> Option<Declared> {
        let sizes = self.sizes(&declaration.ty)?;
        let limit = self.limit(&declaration.ty)?;
        Some(Declared { slot: slot(declaration.variable), sizes, limit })
    }

    fn sizes(&mut self, ty: &SizedType) -> Option<Sizes> {
        Some(match ty {
            SizedType::Int(_) => Sizes::Int,
            SizedType::Real(_) => Sizes::Real,
            SizedType::Vector(n, _) => Sizes::Vector(self.int(n)?),
            SizedType::RowVector(n, _) => Sizes::RowVector(self.int(n)?),
            SizedType::Matrix(r, c, _) => Sizes::Matrix(self.int(r)?, self.int(c)?),
            SizedType::Array(element, dims) => {
                let dims = dims.iter().map(|n| self.int(n)).collect::<Option<_>>()?;
                Sizes::Array(Box::new(self.sizes(element)?), dims)
            }
            _ => return None,
        })
    }

    fn limit(&mut self, ty: &SizedType) -> Option<Limit> {
        let constraint = match ty {
            SizedType::Int(c)
            | SizedType::Real(c)
            | SizedType::Vector(_, c)
            | SizedType::RowVector(_, c)
            | SizedType::Matrix(_, _, c) => c,
            SizedType::Array(element, _) => return self.limit(element),
            _ => return None,
        };
        Some(match constraint {
            Constraint::None | Constraint::Offset(_) | Constraint::Multiplier(_) | Constraint::OffsetMultiplier(..) => {
                Limit::None
            }
            Constraint::Lower(a) => Limit::Bounds(Some(self.code(a)?), None),
            Constraint::Upper(b) => Limit::Bounds(None, Some(self.code(b)?)),
            Constraint::LowerUpper(a, b) => Limit::Bounds(Some(self.code(a)?), Some(self.code(b)?)),
            structure => Limit::Structure(structure.clone()),
        })
    }

    pub fn steps(&mut self, statements: &[Statement]) -> Option<Vec<Step>> {
        statements.iter().map(|statement| self.step(statement)).collect()
    }

    fn step(&mut self, statement: &Statement) -> Option<Step> {
        Some(match &statement.kind {
            StatementKind::Declare(declaration) => {
                let shape = self.sizes(&declaration.ty)?;
                let initial = declaration.initial.as_ref();
                let ty = declaration.ty.unsized_type();
                let initial = match initial {
                    Some(e) => Some(self.code_as(e, &ty)?),
                    None => None,
                };
                Step::Declare { slot: slot(declaration.variable), shape, initial }
            }
            StatementKind::Assign { target, value } => self.assignment(target, value)?,
            StatementKind::If { condition, then, otherwise } => {
                let otherwise = match otherwise {
                    Some(otherwise) => Some(Box::new(self.step(otherwise)?)),
                    None => None,
                };
                Step::If(self.number(condition)?, Box::new(self.step(then)?), otherwise)
            }
            StatementKind::While { condition, body } => {
                self.enter(body, None);
                let (condition, body) = (self.number(condition), self.step(body));
                let kept = self.leave();
                Step::While(condition?, Box::new(body?), kept)
            }
            StatementKind::For { variable, lower, upper, body } => {
                let (lower, upper) = (self.int(lower)?, self.int(upper)?);
                self.enter(body, Some(*variable));
                let body = self.step(body);
                let kept = self.leave();
                Step::For { slot: slot(*variable), lower, upper, body: Box::new(body?), kept }
            }
            StatementKind::Block(statements) => Step::Block(self.steps(statements)?),
            StatementKind::Break => Step::Break,
            StatementKind::Continue => Step::Continue,
            StatementKind::Reject(messages) => self.stop(Error::Reject, messages, statement.span)?,
            StatementKind::FatalError(messages) => self.stop(Error::Fatal, messages, statement.span)?,
            StatementKind::Skip => Step::Nothing,
            _ => return None,
        })
    }

    fn stop(&mut self, kind: Error, messages: &[Message], span: Span) -> Option<Step> {
        let words = messages.iter().map(|message| match message {
            Message::Text(text) => Some(Words::Text(text.clone())),
            Message::Value(e) => self.code(e).map(Words::Value),
        });
        Some(Step::Stop { kind, message: words.collect::<Option<_>>()?, span })
    }

    fn assignment(&mut self, target: &LValue, value: &Expr) -> Option<Step> {
        let slot = slot(target.variable);
        let indices = match target.path.as_slice() {
            [] => return Some(Step::Assign { slot, value: self.code_as(value, &target.ty)?, ty: target.ty.clone() }),
            [Access::Index(indices)] => indices,
            _ => return None,
        };
        if let [Index::Single(place)] = indices.as_slice()
            && matches!(target.ty, Type::Int | Type::Real)
        {
            let value = match self.code_as(value, &target.ty)? {
                Code::Int(value) => Number::Int(value),
                Code::Real(value) => Number::Real(value),
                Code::Container(_) => return None,
            };
            return Some(Step::AssignElement { slot, place: self.int(place)?, value });
        }
        let places = self.places(indices)?;
        Some(Step::AssignPart { slot, places, value: self.code_as(value, &target.ty)?, ty: target.ty.clone() })
    }

    fn enter(&mut self, body: &Statement, variable: Option<VarId>) {
        let mut written: HashSet<VarId> = variable.into_iter().collect();
        written_by(body, &mut written);
        self.loops.push((written, Vec::new()));
    }

    fn leave(&mut self) -> Vec<usize> {
        self.loops.pop().map(|(_, kept)| kept).unwrap_or_default()
    }

    /// Code for a value of that type.
    fn code_as(&mut self, e: &Expr, ty: &Type) -> Option<Code> {
        Some(match (self.code(e)?, ty) {
            (Code::Int(code), Type::Real) => Code::Real(Real::Promoted(Box::new(code))),
            (code, _) => code,
        })
    }

    fn code(&mut self, e: &Expr) -> Option<Code> {
        Some(match e.ty {
            Type::Int => Code::Int(self.int(e)?),
            Type::Real => Code::Real(self.real(e)?),
            Type::Vector | Type::RowVector | Type::Matrix | Type::Array(..) => Code::Container(self.container(e)?),
            _ => return None,
        })
    }

    fn codes(&mut self, items: &[Expr]) -> Option<Vec<Code>> {
        items.iter().map(|e| self.code(e)).collect()
    }

    fn number(&mut self, e: &Expr) -> Option<Number> {
        match self.code(e)? {
            Code::Int(code) => Some(Number::Int(code)),
            Code::Real(code) => Some(Number::Real(code)),
            Code::Container(_) => None,
        }
    }

    fn boxed_number(&mut self, e: &Expr) -> Option<Box<Number>> {
        self.number(e).map(Box::new)
    }

    /// The number of a value that is kept, if the loops around write nothing that it reads. It is kept by the outermost of them.
    fn keep(&mut self, e: &Expr) -> Option<usize> {
        if self.loops.is_empty() || !is_work(e) {
            return None;
        }
        let mut read = HashSet::new();
        if !reads(e, &mut read) {
            return None;
        }
        let free = |written: &HashSet<VarId>| read.is_disjoint(written);
        let place = self.loops.iter().position(|(written, _)| free(written))?;
        // what an outer loop does not write, an inner one does not
        self.loops[place].1.push(self.kept);
        self.kept += 1;
        Some(self.kept - 1)
    }

    fn int(&mut self, e: &Expr) -> Option<Int> {
        if let Some(place) = self.keep(e) {
            let loops = std::mem::take(&mut self.loops);
            let code = self.int_here(e);
            self.loops = loops;
            return Some(Int::Kept(place, Box::new(code?)));
        }
        self.int_here(e)
    }

    fn int_here(&mut self, e: &Expr) -> Option<Int> {
        if e.ty != Type::Int {
            return None;
        }
        Some(match &e.kind {
            ExprKind::Int(i) => Int::Constant(*i),
            ExprKind::Variable(id) => Int::Variable(slot(*id)),
            ExprKind::And(a, b) => Int::And(self.boxed_number(a)?, self.boxed_number(b)?),
            ExprKind::Or(a, b) => Int::Or(self.boxed_number(a)?, self.boxed_number(b)?),
            ExprKind::Ternary { condition, then, otherwise } => {
                Int::Choice(self.boxed_number(condition)?, Box::new(self.int(then)?), Box::new(self.int(otherwise)?))
            }
            ExprKind::Index { base, indices } => match self.element(base, indices) {
                Some((slot, place)) => Int::Element(slot, place),
                None => Int::Part(self.part(base, indices)?),
            },
            ExprKind::Call { callee: Callee::Operator(op), arguments } => {
                use Operator as O;
                match (op, arguments.as_slice()) {
                    (O::Plus | O::Minus | O::Times, [a, b]) => {
                        Int::Arithmetic(*op, Box::new(self.int(a)?), Box::new(self.int(b)?))
                    }
                    (O::Equals | O::NotEquals | O::Less | O::LessEquals | O::Greater | O::GreaterEquals, [a, b]) => {
                        Int::Compare(*op, self.boxed_number(a)?, self.boxed_number(b)?)
                    }
                    _ => Int::Call(self.call(op.function_name(), arguments)?),
                }
            }
            ExprKind::Call { callee: Callee::Library(name), arguments } => Int::Call(self.call(name, arguments)?),
            ExprKind::Call { callee: Callee::Distribution { family, form: Form::Rng }, arguments } => {
                Int::Draw(self.draw(family, arguments)?)
            }
            _ => return None,
        })
    }

    fn real(&mut self, e: &Expr) -> Option<Real> {
        if let Some(place) = self.keep(e) {
            let loops = std::mem::take(&mut self.loops);
            let code = self.real_here(e);
            self.loops = loops;
            return Some(Real::Kept(place, Box::new(code?)));
        }
        self.real_here(e)
    }

    /// A number as a real one.
    fn as_real(&mut self, e: &Expr) -> Option<Real> {
        match self.code(e)? {
            Code::Int(Int::Constant(i)) => Some(Real::Constant(f64::from(i))),
            Code::Int(code) => Some(Real::Promoted(Box::new(code))),
            Code::Real(code) => Some(code),
            Code::Container(_) => None,
        }
    }

    fn real_here(&mut self, e: &Expr) -> Option<Real> {
        if e.ty != Type::Real {
            return None;
        }
        Some(match &e.kind {
            ExprKind::Real(x) => Real::Constant(*x),
            ExprKind::Variable(id) => Real::Variable(slot(*id)),
            ExprKind::Promote(inner) => self.as_real(inner)?,
            ExprKind::Ternary { condition, then, otherwise } => Real::Choice(
                self.boxed_number(condition)?,
                Box::new(self.as_real(then)?),
                Box::new(self.as_real(otherwise)?),
            ),
            ExprKind::Index { base, indices } => match self.element(base, indices) {
                Some((slot, place)) => Real::Element(slot, place),
                None => Real::Part(self.part(base, indices)?),
            },
            ExprKind::Call { callee: Callee::Operator(op), arguments } => {
                use Operator as O;
                let scalar = |e: &Expr| matches!(e.ty, Type::Int | Type::Real);
                match (op, arguments.as_slice()) {
                    (O::Plus | O::Minus | O::Times | O::Divide, [a, b]) if scalar(a) && scalar(b) => {
                        Real::Arithmetic(*op, Box::new(self.as_real(a)?), Box::new(self.as_real(b)?))
                    }
                    (O::Negate, [a]) if a.ty == Type::Real => Real::Negated(Box::new(self.real(a)?)),
                    _ => Real::Call(self.call(op.function_name(), arguments)?),
                }
            }
            ExprKind::Call { callee: Callee::Library(name), arguments } => Real::Call(self.call(name, arguments)?),
            ExprKind::Call { callee: Callee::Distribution { family, form }, arguments } => match form {
                Form::Rng => Real::Draw(self.draw(family, arguments)?),
                Form::LogUnnormalised => return None,
                form => {
                    let scalar = arguments.iter().all(|a| matches!(a.ty, Type::Int | Type::Real));
                    match families::scalar_family(family).filter(|_| scalar && matches!(form, Form::Log | Form::Plain))
                    {
                        Some(family) if family.n_arguments + 1 == arguments.len() => {
                            let arguments = arguments.iter().map(|a| self.as_real(a)).collect::<Option<_>>()?;
                            Real::Density(family, arguments)
                        }
                        _ => {
                            let arguments = self.codes(arguments)?;
                            Real::Distribution(Box::new(Distribution {
                                family: family.clone(),
                                form: *form,
                                arguments,
                            }))
                        }
                    }
                }
            },
            _ => return None,
        })
    }

    /// One number of a variable: a vector or a one-dimensional array of numbers.
    fn element(&mut self, base: &Expr, indices: &[Index]) -> Option<(usize, Box<Int>)> {
        let (ExprKind::Variable(id), [Index::Single(place)]) = (&base.kind, indices) else { return None };
        let flat = match &base.ty {
            Type::Vector | Type::RowVector => true,
            Type::Array(element, 1) => matches!(**element, Type::Int | Type::Real),
            _ => false,
        };
        if !flat {
            return None;
        }
        Some((slot(*id), Box::new(self.int(place)?)))
    }

    fn part(&mut self, base: &Expr, indices: &[Index]) -> Option<Box<Part>> {
        Some(Box::new(Part { base: self.container(base)?, places: self.places(indices)? }))
    }

    fn places(&mut self, indices: &[Index]) -> Option<Vec<Place>> {
        let place = |index: &Index| {
            Some(match index {
                Index::All => Place::All,
                Index::Single(e) => Place::Single(self.int(e)?),
                Index::Multi(e) => Place::Multi(self.container(e)?),
                Index::From(e) => Place::From(self.int(e)?),
                Index::To(e) => Place::To(self.int(e)?),
                Index::Between(a, b) => Place::Between(self.int(a)?, self.int(b)?),
            })
        };
        indices.iter().map(place).collect()
    }

    fn container(&mut self, e: &Expr) -> Option<Container> {
        if let Some(place) = self.keep(e) {
            let loops = std::mem::take(&mut self.loops);
            let code = self.container_here(e);
            self.loops = loops;
            return Some(Container::Kept(place, Box::new(code?)));
        }
        self.container_here(e)
    }

    fn container_here(&mut self, e: &Expr) -> Option<Container> {
        Some(match &e.kind {
            ExprKind::Variable(id) => Container::Variable(slot(*id)),
            ExprKind::RowVector(items) if e.ty == Type::RowVector => {
                Container::RowVector(items.iter().map(|item| self.as_real(item)).collect::<Option<_>>()?)
            }
            ExprKind::Index { base, indices } => Container::Part(self.part(base, indices)?),
            ExprKind::Promote(inner) => Container::Promoted(Box::new(self.container(inner)?), e.ty.clone()),
            ExprKind::Call { callee: Callee::Operator(op), arguments } => {
                use Operator as O;
                match (op, arguments.as_slice()) {
                    (O::Plus | O::Minus | O::Times | O::Divide | O::EltTimes | O::EltDivide, [a, b]) => {
                        Container::Operator(*op, Box::new(self.code(a)?), Box::new(self.code(b)?))
                    }
                    _ => Container::Call(self.call(op.function_name(), arguments)?),
                }
            }
            ExprKind::Call { callee: Callee::Library(name), arguments } => {
                if name == "to_vector"
                    && let [Expr { kind: ExprKind::Call { callee, arguments }, ty, .. }] = arguments.as_slice()
                    && let Callee::Distribution { family, form: Form::Rng } = callee
                    && *ty == Type::Real.array(1)
                {
                    return Some(Container::Draw(self.draw(family, arguments)?, true));
                }
                Container::Call(self.call(name, arguments)?)
            }
            ExprKind::Call { callee: Callee::Distribution { family, form: Form::Rng }, arguments } => {
                Container::Draw(self.draw(family, arguments)?, false)
            }
            _ => return None,
        })
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) -> Option<Box<Call>> {
        let function = functions::lookup(name)?;
        let repeats = name.starts_with("rep_");
        // what may make far more numbers than it is given is left to the interpreter, which counts before
        let large = ["identity_matrix", "diag_matrix", "add_diag", "tcrossprod", "crossprod", "kronecker"];
        let large = large.contains(&name) || name.starts_with("gp_") || name.ends_with("_cov");
        let sized = ["linspaced_", "one_hot_", "ones_", "zeros_"].iter().any(|start| name.starts_with(start));
        let small = |e: &Expr| matches!(e.kind, ExprKind::Int(0..=4096));
        let sized = sized && arguments.first().is_some_and(|first| first.ty == Type::Int && !small(first));
        if large || sized || name == "uniform_simplex" || name == "get_lp" || name.ends_with("_jacobian") {
            return None;
        }
        Some(Box::new(Call { function, repeats, arguments: self.codes(arguments)? }))
    }

    fn draw(&mut self, family: &str, arguments: &[Expr]) -> Option<Box<Draw>> {
        let scalar = families::scalar_family(family).filter(|f| f.n_arguments == arguments.len());
        let many = if EXACT.contains(&family) { kernels::draw(family) } else { scalar.map(|scalar| scalar.draw) };
        let kernels = scalar.zip(many).map(|(scalar, many)| (scalar.draw, many));
        let arguments = arguments.iter().map(|e| self.argument(e, kernels.is_some())).collect::<Option<_>>()?;
        Some(Box::new(Draw {
            family: family.to_string(),
            kernels,
            is_discrete: scalar.is_some_and(|f| f.declaration.kind == Kind::Discrete),
            arguments,
        }))
    }

    fn argument(&mut self, e: &Expr, of_kernel: bool) -> Option<Argument> {
        if let ExprKind::Call { callee: Callee::Library(name), arguments } = &e.kind
            && let ("rep_array" | "rep_vector", [x, n]) = (name.as_str(), arguments.as_slice())
            && of_kernel
            && matches!(x.ty, Type::Int | Type::Real)
        {
            return Some(Argument::Repeated(self.as_real(x)?, self.int(n)?));
        }
        self.code(e).map(Argument::Code)
    }
}

/// Families whose kernel for many draws has the bits of the library: it transforms random words, and adds and multiplies. Others use
/// functions, such as `exp`, that kernels compute in another way.
const EXACT: [&str; 10] = [
    "std_normal",
    "normal",
    "uniform",
    "exponential",
    "cauchy",
    "logistic",
    "double_exponential",
    "gamma",
    "student_t",
    "bernoulli",
];

pub(super) fn slot(variable: VarId) -> usize {
    variable.0 as usize
}

/// Whether it is worth keeping.
fn is_work(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Promote(inner) => is_work(inner),
        ExprKind::Call { .. } | ExprKind::RowVector(_) => true,
        ExprKind::Index { base, indices } => {
            is_work(base) || !indices.iter().all(|index| matches!(index, Index::Single(_)))
        }
        _ => false,
    }
}

/// Lists the variables that an expression reads; false where its value does not depend on them alone.
fn reads(e: &Expr, out: &mut HashSet<VarId>) -> bool {
    let mut all = |items: &[&Expr]| items.iter().all(|item| reads(item, out));
    match &e.kind {
        ExprKind::Int(_) | ExprKind::Real(_) => true,
        ExprKind::Variable(id) => {
            out.insert(*id);
            true
        }
        ExprKind::Call { callee, arguments } => {
            let pure = match callee {
                Callee::Operator(_) | Callee::Library(_) => true,
                Callee::Distribution { form, .. } => *form != Form::Rng,
                Callee::User { .. } => false,
            };
            pure && arguments.iter().all(|item| reads(item, out))
        }
        ExprKind::And(a, b) | ExprKind::Or(a, b) => all(&[a, b]),
        ExprKind::Ternary { condition, then, otherwise } => all(&[condition, then, otherwise]),
        ExprKind::Promote(inner) => all(&[inner]),
        ExprKind::RowVector(items) => items.iter().all(|item| reads(item, out)),
        ExprKind::Index { base, indices } => {
            reads(base, out)
                && indices.iter().all(|index| match index {
                    Index::All => true,
                    Index::Single(e) | Index::Multi(e) | Index::From(e) | Index::To(e) => reads(e, out),
                    Index::Between(a, b) => reads(a, out) && reads(b, out),
                })
        }
        _ => false,
    }
}

/// Variables that a statement declares or assigns.
fn written_by(statement: &Statement, out: &mut HashSet<VarId>) {
    match &statement.kind {
        StatementKind::Declare(declaration) => {
            out.insert(declaration.variable);
        }
        StatementKind::Assign { target, .. } => {
            out.insert(target.variable);
        }
        StatementKind::If { then, otherwise, .. } => {
            written_by(then, out);
            otherwise.iter().for_each(|statement| written_by(statement, out));
        }
        StatementKind::While { body, .. } => written_by(body, out),
        StatementKind::For { variable, body, .. } => {
            out.insert(*variable);
            written_by(body, out);
        }
        StatementKind::Block(statements) => statements.iter().for_each(|statement| written_by(statement, out)),
        // others have no code at all
        _ => {}
    }
}
