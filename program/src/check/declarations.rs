//! Declarations: sizes, constraints, initial values.

use super::overloads::{Conversion, conversion_cost, promote};
use super::scope::{Block, Declared};
use super::{Checker, Reported, Result_, Value};
use crate::typed::{Constraint, Declaration, Expr, ExprKind, Origin, SizedType, Statement, StatementKind, Type, VarId};
use ppl_grammar::ast::{self, SizedTypeKind as Kind};
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::span::Span;

/// The type that a declaration spells, without sizes.
fn unsized_type(ty: &ast::SizedType) -> Type {
    match &ty.kind {
        Kind::Int => Type::Int,
        Kind::Real => Type::Real,
        Kind::Complex => Type::Complex,
        Kind::Vector(_)
        | Kind::Simplex(_)
        | Kind::UnitVector(_)
        | Kind::SumToZeroVector(_)
        | Kind::Ordered(_)
        | Kind::PositiveOrdered(_) => Type::Vector,
        Kind::RowVector(_) => Type::RowVector,
        Kind::Matrix(..)
        | Kind::SumToZeroMatrix(..)
        | Kind::CorrMatrix(_)
        | Kind::CovMatrix(_)
        | Kind::CholeskyFactorCorr(_)
        | Kind::CholeskyFactorCov(..)
        | Kind::RowStochasticMatrix(..)
        | Kind::ColumnStochasticMatrix(..) => Type::Matrix,
        Kind::ComplexVector(_) => Type::ComplexVector,
        Kind::ComplexRowVector(_) => Type::ComplexRowVector,
        Kind::ComplexMatrix(..) => Type::ComplexMatrix,
        Kind::Array(element, sizes) => unsized_type(element).array(sizes.len()),
        Kind::Tuple(items) => Type::Tuple(items.iter().map(unsized_type).collect()),
    }
}

/// The constraint that is part of the name of the type.
fn structure(ty: &ast::SizedType) -> Option<Constraint> {
    Some(match &ty.kind {
        Kind::Simplex(_) => Constraint::Simplex,
        Kind::UnitVector(_) => Constraint::UnitVector,
        Kind::SumToZeroVector(_) | Kind::SumToZeroMatrix(..) => Constraint::SumToZero,
        Kind::Ordered(_) => Constraint::Ordered,
        Kind::PositiveOrdered(_) => Constraint::PositiveOrdered,
        Kind::CorrMatrix(_) => Constraint::CorrMatrix,
        Kind::CovMatrix(_) => Constraint::CovMatrix,
        Kind::CholeskyFactorCorr(_) => Constraint::CholeskyFactorCorr,
        Kind::CholeskyFactorCov(..) => Constraint::CholeskyFactorCov,
        Kind::RowStochasticMatrix(..) => Constraint::RowStochastic,
        Kind::ColumnStochasticMatrix(..) => Constraint::ColumnStochastic,
        _ => return None,
    })
}

/// Where a declaration stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At the top of a block other than `model`: constraints are possible.
    Global,
    Local,
}

impl Checker {
    /// The `data` and `parameters` blocks: declarations without values.
    pub(super) fn declarations_block(&mut self, block: &ast::Block<ast::Statement>) -> Vec<Declaration> {
        let mut all = Vec::new();
        for statement in &block.items {
            match &statement.kind {
                ast::StatementKind::Declare { ty, variables, .. } => {
                    if let Some((name, Some(_))) = variables.iter().find(|(_, initial)| initial.is_some()) {
                        let message = format!(
                            "variables of the {} block get no value here: `{}` is read from outside",
                            self.context.block.name(),
                            name.name
                        );
                        self.error(Diagnostic::error("E0411", name.span, message));
                    }
                    for statement in self.declare(ty, variables, Place::Global, statement.span) {
                        if let StatementKind::Declare(declaration) = statement.kind {
                            all.push(declaration);
                        }
                    }
                }
                ast::StatementKind::Skip | ast::StatementKind::Error => {}
                _ => {
                    let block = self.context.block.name();
                    let message = format!("the {block} block holds declarations only");
                    let diagnostic = Diagnostic::error("E0411", statement.span, message)
                        .with_hint(format!("move the statement to the transformed {block} block"));
                    self.error(diagnostic);
                }
            }
        }
        all
    }

    /// `type a, b = e;`: one statement a variable.
    pub(super) fn declare(
        &mut self,
        ty: &ast::SizedType,
        variables: &[(ast::Ident, Option<ast::Expr>)],
        place: Place,
        span: Span,
    ) -> Vec<Statement> {
        let unsized_ty = unsized_type(ty);
        self.context.in_size = place == Place::Global;
        let sizes = self.sizes(ty);
        self.context.in_size = false;
        // Sizes come before bounds, as in the text of an array; the two are told apart because only sizes must be data.
        let sized = sizes.and_then(|sizes| self.sized_type(ty, &unsized_ty, &mut sizes.into_iter(), place));
        let mut statements = Vec::new();
        for (name, initial) in variables {
            let variable = self.add_variable(name, &unsized_ty, place);
            let (Ok(variable), initial) = (variable, initial.as_ref()) else { continue };
            let initial = match initial {
                None => Ok(None),
                Some(value) => self.initial_value(name, &unsized_ty, value, span).map(Some),
            };
            if let (Ok(ty), Ok(initial)) = (&sized, initial) {
                let declaration = Declaration { variable, ty: ty.clone(), initial, span: name.span };
                statements.push(Statement { kind: StatementKind::Declare(declaration), span });
            }
        }
        if place == Place::Global {
            self.check_global_type(ty, &unsized_ty, sized.as_ref().ok(), span);
        }
        statements
    }

    fn add_variable(&mut self, name: &ast::Ident, ty: &Type, place: Place) -> Result_<VarId> {
        let fine = self.check_name(name).and_then(|()| self.check_fresh(name));
        let block = self.context.block;
        let origin = match (place, block) {
            (Place::Local, _) | (_, Block::Functions | Block::Model) => Origin::Local,
            (_, Block::Data) => Origin::Data,
            (_, Block::TransformedData) => Origin::TransformedData,
            (_, Block::Parameters) => Origin::Parameter,
            (_, Block::TransformedParameters) => Origin::TransformedParameter,
            (_, Block::GeneratedQuantities) => Origin::GeneratedQuantity,
        };
        let level = match block {
            Block::Data | Block::TransformedData => crate::typed::Level::Data,
            _ => crate::typed::Level::Parameter,
        };
        let id = self.new_variable(name, ty.clone(), level, origin);
        let global = place == Place::Global;
        let ty = ty.clone();
        // Also where the name is refused, so that its uses are not.
        self.scope.insert(&name.name, Declared { id, ty, block, global, read_only: false, span: name.span });
        fine.map(|()| id)
    }

    fn initial_value(&mut self, name: &ast::Ident, ty: &Type, value: &ast::Expr, span: Span) -> Result_<Expr> {
        let first = self.diagnostics.len();
        let value = self.expression(value)?;
        let id = self.scope.get(&name.name).map(|declared| declared.id);
        let mut itself = false;
        value.expr.for_each(&mut |e| itself |= matches!(e.kind, ExprKind::Variable(other) if Some(other) == id));
        if itself {
            let message = format!("`{}` is used in its own initial value, before it has one", name.name);
            self.diagnostics.insert(first, Diagnostic::warning("W0202", span, message));
        }
        if conversion_cost(ty, value.ty(), Conversion::Promote).is_none() || value.ty().is_function() {
            let message = format!("`{}` is {ty}, and cannot be given {}", name.name, value.ty());
            return Err(self.error(assignment_hint(Diagnostic::error("E0301", span, message), ty, value.ty())));
        }
        Ok(promote(value.expr, ty))
    }

    /// What only variables at the top of a block must obey.
    fn check_global_type(&mut self, ty: &ast::SizedType, unsized_ty: &Type, sized: Option<&SizedType>, span: Span) {
        if let Some(SizedType::Int(constraint)) = sized {
            let bounds: &[&Expr] = match constraint {
                Constraint::Lower(a) | Constraint::Upper(a) => &[a],
                Constraint::LowerUpper(a, b) => &[a, b],
                _ => &[],
            };
            if bounds.iter().any(|bound| bound.ty == Type::Real) {
                let message = "the bounds of an int must be ints";
                self.error(Diagnostic::error("E0313", span, message));
                return;
            }
        }
        if unsized_ty.is_complex() && has_transform(ty) {
            let message = "complex numbers cannot be constrained";
            self.error(Diagnostic::error("E0313", span, message));
            return;
        }
        let parameters = match self.context.block {
            Block::Parameters => "parameters",
            Block::TransformedParameters => "transformed parameters",
            _ => return,
        };
        if unsized_ty.contains_int() {
            let message = format!("{parameters} cannot be integers");
            let hint = if parameters == "parameters" {
                "a discrete unknown must be summed out of the density"
            } else {
                "declare it in transformed data, or as a local variable between braces"
            };
            self.error(Diagnostic::error("E0405", span, message).with_hint(hint));
        }
    }

    /// All sizes, in the order of the text.
    fn sizes(&mut self, ty: &ast::SizedType) -> Result_<Vec<Expr>> {
        let mut sizes = Vec::new();
        let mut bad = false;
        self.collect_sizes(ty, &mut sizes, &mut bad);
        if bad { Err(Reported) } else { Ok(sizes) }
    }

    fn collect_sizes(&mut self, ty: &ast::SizedType, sizes: &mut Vec<Expr>, bad: &mut bool) {
        let (written, what): (Vec<&ast::Expr>, &str) = match &ty.kind {
            Kind::Int | Kind::Real | Kind::Complex => (vec![], ""),
            Kind::Vector(n)
            | Kind::RowVector(n)
            | Kind::ComplexVector(n)
            | Kind::ComplexRowVector(n)
            | Kind::Simplex(n)
            | Kind::UnitVector(n)
            | Kind::SumToZeroVector(n)
            | Kind::Ordered(n)
            | Kind::PositiveOrdered(n) => (vec![n], "the size of a vector"),
            Kind::CorrMatrix(n) | Kind::CovMatrix(n) | Kind::CholeskyFactorCorr(n) => (vec![n], "the size of a matrix"),
            Kind::Matrix(r, c)
            | Kind::ComplexMatrix(r, c)
            | Kind::SumToZeroMatrix(r, c)
            | Kind::RowStochasticMatrix(r, c)
            | Kind::ColumnStochasticMatrix(r, c) => (vec![r, c], "the size of a matrix"),
            Kind::CholeskyFactorCov(r, c) => (std::iter::once(r).chain(c.as_deref()).collect(), "the size of a matrix"),
            Kind::Array(element, dims) => {
                // The innermost dimensions are looked at first.
                let mut own = Vec::new();
                self.collect_sizes(element, &mut own, bad);
                for size in dims {
                    match self.int_expression(size, "the size of an array") {
                        Ok(value) => sizes.push(value.expr),
                        Err(Reported) => *bad = true,
                    }
                }
                sizes.extend(own);
                return;
            }
            Kind::Tuple(items) => {
                items.iter().for_each(|item| self.collect_sizes(item, sizes, bad));
                return;
            }
        };
        for size in written {
            match self.int_expression(size, what) {
                Ok(value) => sizes.push(value.expr),
                Err(Reported) => *bad = true,
            }
        }
    }

    /// The type with checked sizes and its constraint. `whole` is the type of the variable, or of the item of a tuple.
    fn sized_type(
        &mut self,
        ty: &ast::SizedType,
        whole: &Type,
        sizes: &mut std::vec::IntoIter<Expr>,
        place: Place,
    ) -> Result_<SizedType> {
        let mut next = || sizes.next().ok_or(Reported);
        Ok(match &ty.kind {
            Kind::Array(element, dims) => {
                let own = (0..dims.len()).map(|_| next()).collect::<Result_<Vec<_>>>()?;
                SizedType::Array(Box::new(self.sized_type(element, whole, sizes, place)?), own)
            }
            Kind::Tuple(items) => {
                let mut all = Vec::new();
                for item in items {
                    all.push(self.sized_type(item, &unsized_type(item), sizes, place)?);
                }
                SizedType::Tuple(all)
            }
            Kind::Int => SizedType::Int(self.constraint(ty, whole, place)?),
            Kind::Real => SizedType::Real(self.constraint(ty, whole, place)?),
            Kind::Complex => SizedType::Complex(self.constraint(ty, whole, place)?),
            Kind::Vector(_)
            | Kind::Simplex(_)
            | Kind::UnitVector(_)
            | Kind::SumToZeroVector(_)
            | Kind::Ordered(_)
            | Kind::PositiveOrdered(_) => SizedType::Vector(next()?, self.constraint(ty, whole, place)?),
            Kind::RowVector(_) => SizedType::RowVector(next()?, self.constraint(ty, whole, place)?),
            Kind::ComplexVector(_) => SizedType::ComplexVector(next()?, self.constraint(ty, whole, place)?),
            Kind::ComplexRowVector(_) => SizedType::ComplexRowVector(next()?, self.constraint(ty, whole, place)?),
            Kind::CorrMatrix(_)
            | Kind::CovMatrix(_)
            | Kind::CholeskyFactorCorr(_)
            | Kind::CholeskyFactorCov(_, None) => {
                let size = next()?;
                SizedType::Matrix(size.clone(), size, self.constraint(ty, whole, place)?)
            }
            Kind::Matrix(..)
            | Kind::CholeskyFactorCov(_, Some(_))
            | Kind::SumToZeroMatrix(..)
            | Kind::RowStochasticMatrix(..)
            | Kind::ColumnStochasticMatrix(..) => {
                let (rows, columns) = (next()?, next()?);
                SizedType::Matrix(rows, columns, self.constraint(ty, whole, place)?)
            }
            Kind::ComplexMatrix(..) => {
                let (rows, columns) = (next()?, next()?);
                SizedType::ComplexMatrix(rows, columns, self.constraint(ty, whole, place)?)
            }
        })
    }

    fn constraint(&mut self, ty: &ast::SizedType, whole: &Type, place: Place) -> Result_<Constraint> {
        let transform = &ty.transform;
        if let Some(structure) = structure(ty) {
            if place == Place::Local {
                let hint = format!("declare it as {}", unsized_type(ty));
                return Err(self.local_constraint(ty.span, &hint));
            }
            return Ok(structure);
        }
        if transform.is_identity() {
            return Ok(Constraint::None);
        }
        if place == Place::Local {
            return Err(self.local_constraint(transform.span, "leave the constraint away"));
        }
        if matches!(ty.kind, Kind::Int) && (transform.offset.is_some() || transform.multiplier.is_some()) {
            let message = "an int can have bounds, but no offset and multiplier";
            return Err(self.error(Diagnostic::error("E0313", transform.span, message)));
        }
        let lower = self.bound(&transform.lower, whole, "the lower bound");
        let upper = self.bound(&transform.upper, whole, "the upper bound");
        let offset = self.bound(&transform.offset, whole, "the offset");
        let multiplier = self.bound(&transform.multiplier, whole, "the multiplier");
        match (lower?, upper?, offset?, multiplier?) {
            (Some(a), None, None, None) => Ok(Constraint::Lower(a)),
            (None, Some(a), None, None) => Ok(Constraint::Upper(a)),
            (Some(a), Some(b), None, None) => Ok(Constraint::LowerUpper(a, b)),
            (None, None, Some(a), None) => Ok(Constraint::Offset(a)),
            (None, None, None, Some(a)) => Ok(Constraint::Multiplier(a)),
            (None, None, Some(a), Some(b)) => Ok(Constraint::OffsetMultiplier(a, b)),
            _ => {
                let message = "a variable can have bounds, or offset and multiplier, but not both";
                Err(self.error(Diagnostic::error("E0313", transform.span, message)))
            }
        }
    }

    fn local_constraint(&mut self, span: Span, hint: &str) -> Reported {
        let message = "local variables cannot be constrained";
        self.error(Diagnostic::error("E0409", span, message).with_hint(hint))
    }

    /// A bound is a scalar, or has the type of the variable.
    fn bound(&mut self, bound: &Option<Box<ast::Expr>>, whole: &Type, what: &str) -> Result_<Option<Box<Expr>>> {
        let Some(bound) = bound else { return Ok(None) };
        let value: Value = self.expression(bound)?;
        if *value.ty() == *whole {
            return Ok(Some(Box::new(value.expr)));
        }
        if value.ty().is_real_scalar() {
            let scalar = if whole.is_integral() { value.ty().clone() } else { Type::Real };
            return Ok(Some(Box::new(promote(value.expr, &scalar))));
        }
        let message = format!("{what} must be a number or {whole}, not {}", value.ty());
        Err(self.error(Diagnostic::error("E0313", value.span(), message)))
    }
}

fn has_transform(ty: &ast::SizedType) -> bool {
    match &ty.kind {
        Kind::Array(element, _) => has_transform(element),
        _ => !ty.transform.is_identity(),
    }
}

/// A hint for a value that does not fit its variable.
pub(super) fn assignment_hint(diagnostic: Diagnostic, target: &Type, value: &Type) -> Diagnostic {
    let hint = match (target, value) {
        (Type::Int, Type::Real) => "a real is not rounded by itself: declare the variable real, or use `to_int`",
        (Type::Vector, Type::Array(..)) => "convert with `to_vector`",
        (Type::Vector, Type::RowVector) | (Type::RowVector, Type::Vector) => "transpose with `'`",
        (Type::RowVector, Type::Array(..)) => "convert with `to_row_vector`",
        (Type::Matrix, Type::Array(..)) => "convert with `to_matrix`",
        (Type::Array(..), Type::Vector | Type::RowVector) => "convert with `to_array_1d`",
        (Type::Vector, Type::Real | Type::Int) => "fill a vector with `rep_vector`",
        (Type::Matrix, Type::Real | Type::Int) => "fill a matrix with `rep_matrix`",
        _ => return diagnostic,
    };
    diagnostic.with_hint(hint)
}
