//! Assignments: what may stand on the left, compound operators, tuples.

use super::declarations::assignment_hint;
use super::expressions::{assignment_operator_result, part_type, singles, symbol, typed_operator};
use super::levels::Dependence;
use super::overloads::{Conversion, conversion_cost, promote, promote_all};
use super::{Checker, Result_, Value};
use crate::typed::{
    Access, Callee, Expr, ExprKind, Form, FunctionKind, Index, LValue, Level, StatementKind, Type, VarId,
};
use ppl_grammar::ast::{self, BinaryOp, LValueKind};
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::span::Span;
use ppl_runtime::catalogue;
use std::collections::HashSet;

/// A checked left-hand side: one place, or several in the shape of a tuple.
enum Target {
    One(LValue, Dependence),
    Tuple(Vec<Target>),
}

impl Target {
    fn ty(&self) -> Type {
        match self {
            Target::One(lvalue, _) => lvalue.ty.clone(),
            Target::Tuple(items) => Type::Tuple(items.iter().map(Target::ty).collect()),
        }
    }

    fn flatten(self, out: &mut Vec<LValue>) {
        match self {
            Target::One(lvalue, _) => out.push(lvalue),
            Target::Tuple(items) => items.into_iter().for_each(|item| item.flatten(out)),
        }
    }

    fn for_each<'a>(&'a self, visit: &mut dyn FnMut(&'a LValue)) {
        match self {
            Target::One(lvalue, _) => visit(lvalue),
            Target::Tuple(items) => items.iter().for_each(|item| item.for_each(visit)),
        }
    }
}

impl Checker {
    pub(super) fn assign(&mut self, target: &ast::LValue, value: &ast::Expr, span: Span) -> Result_<StatementKind> {
        let lhs = self.target_of_assignment(target).and_then(|lhs| {
            self.check_distinct(&lhs, target.span)?;
            Ok(lhs)
        });
        let rhs = self.expression(value);
        let (lhs, rhs) = (lhs?, rhs?);
        if is_same_place(target, value) {
            self.warn(Diagnostic::warning("W0201", span, "this assigns a variable to itself"));
        }
        let ty = lhs.ty();
        if rhs.ty().is_function() || conversion_cost(&ty, rhs.ty(), Conversion::Promote).is_none() {
            let message = format!("cannot assign {} to {ty}", rhs.ty());
            let diagnostic = Diagnostic::error("E0301", rhs.span(), message);
            return Err(self.error(assignment_hint(diagnostic, &ty, rhs.ty())));
        }
        let value = promote(rhs.expr, &ty);
        Ok(match lhs {
            Target::One(target, _) => StatementKind::Assign { target, value },
            Target::Tuple(..) => self.unpack(lhs, value, span)?,
        })
    }

    /// `(a, (b, c)) = e` is `(a, b, c) = (e.1, e.2.1, e.2.2)`.
    fn unpack(&mut self, target: Target, value: Expr, span: Span) -> Result_<StatementKind> {
        let mut targets = Vec::new();
        let nested = matches!(&target, Target::Tuple(items) if items.iter().any(|i| matches!(i, Target::Tuple(..))));
        if !nested {
            target.flatten(&mut targets);
            return Ok(StatementKind::AssignTuple { targets, value });
        }
        let mut repeatable = true;
        value.for_each(&mut |e| {
            if let ExprKind::Call { callee, .. } = &e.kind {
                repeatable &= match callee {
                    Callee::Distribution { form, .. } => *form != Form::Rng,
                    Callee::User { function, .. } => !matches!(
                        self.function_kind(*function),
                        FunctionKind::Rng | FunctionKind::Lp | FunctionKind::Jacobian
                    ),
                    _ => true,
                };
            }
        });
        if !repeatable {
            let message = "a nested pattern cannot yet take a value that is random or changes the density";
            let diagnostic = Diagnostic::error("E0309", span, message)
                .with_hint("assign the value to a variable first, then unpack that");
            return Err(self.error(diagnostic));
        }
        let mut parts = Vec::new();
        leaves(&target, value, &mut parts);
        target.flatten(&mut targets);
        let ty = Type::Tuple(parts.iter().map(|part| part.ty.clone()).collect());
        let level = parts.iter().map(|part| part.level).max().unwrap_or(Level::Data);
        let value = Expr { kind: ExprKind::Tuple(parts), ty, level, span };
        Ok(StatementKind::AssignTuple { targets, value })
    }

    pub(super) fn compound_assign(
        &mut self,
        target: &ast::LValue,
        op: BinaryOp,
        value: &ast::Expr,
        span: Span,
    ) -> Result_<StatementKind> {
        let lhs = self.target_of_assignment(target).and_then(|lhs| {
            self.check_distinct(&lhs, target.span)?;
            Ok(lhs)
        });
        let rhs = self.expression(value);
        let (lhs, rhs) = (lhs?, rhs?);
        let ty = lhs.ty();
        let Target::One(place, dependence) = lhs else {
            let message = format!("`{}=` does not apply to tuples", symbol(op));
            return Err(self.error(Diagnostic::error("E0302", span, message)));
        };
        let whole = self.variables[place.variable.0 as usize].ty.clone();
        let before = Value { expr: read(&place, &whole, dependence.level()), dependence };
        let operands = [before, rhs];
        let found = assignment_operator_result(op, &operands);
        let scalar_elementwise = matches!(op, BinaryOp::EltTimes | BinaryOp::EltDivide) && ty.is_real_scalar();
        let fits = matches!(&found, Some((_, result)) if *result == ty && !scalar_elementwise);
        let (Some((types, _)), true, Some(operator)) = (found, fits, typed_operator(op)) else {
            let message = format!("`{}=` does not apply to {ty} and {}", symbol(op), operands[1].ty());
            return Err(self.error(Diagnostic::error("E0302", operands[1].span(), message)));
        };
        let level = operands[0].expr.level.max(operands[1].expr.level);
        let arguments = promote_all(operands.into(), &types);
        let kind = ExprKind::Call { callee: Callee::Operator(operator), arguments };
        Ok(StatementKind::Assign { target: place, value: Expr { kind, ty, level, span } })
    }

    fn target_of_assignment(&mut self, target: &ast::LValue) -> Result_<Target> {
        match &target.kind {
            LValueKind::Tuple(items) => {
                let items: Vec<_> = items.iter().map(|item| self.target_of_assignment(item)).collect();
                Ok(Target::Tuple(items.into_iter().collect::<Result_<_>>()?))
            }
            _ => {
                let (lvalue, dependence) = self.lvalue(target)?;
                Ok(Target::One(lvalue, dependence))
            }
        }
    }

    fn lvalue(&mut self, target: &ast::LValue) -> Result_<(LValue, Dependence)> {
        match &target.kind {
            LValueKind::Variable(name) => self.assignable(name),
            LValueKind::Project(base, index) => {
                let (mut base, dependence) = self.lvalue(base)?;
                base.ty = self.item_type(&base.ty, *index, target.span)?;
                base.path.push(Access::Project(*index));
                base.span = target.span;
                Ok((base, dependence.item(index.wrapping_sub(1))))
            }
            LValueKind::Index(base, indices) => {
                let (mut base, dependence) = self.lvalue(base)?;
                // `x[a:b][c]` would assign to a copy.
                let tail = base.path.iter().rev().map_while(|access| match access {
                    Access::Index(indices) => Some(indices),
                    Access::Project(_) => None,
                });
                let several = tail.flatten().any(|index| !matches!(index, Index::Single(_)));
                let (indices, from_indices) = self.indices(indices)?;
                base.ty = self.indexed_type(&base.ty, &indices, target.span)?;
                if several {
                    let message = "only the last brackets on the left of an assignment can choose several elements";
                    let diagnostic = Diagnostic::error("E0305", target.span, message)
                        .with_hint("put the indices into one pair of brackets: `x[a:b, c]`");
                    return Err(self.error(diagnostic));
                }
                let dependence = dependence.join(from_indices).fill(&base.ty);
                base.path.push(Access::Index(indices));
                base.span = target.span;
                Ok((base, dependence))
            }
            LValueKind::Tuple(_) => {
                let message = "a tuple pattern cannot be indexed";
                Err(self.error(Diagnostic::error("E0309", target.span, message)))
            }
        }
    }

    /// A variable that may be assigned to here.
    fn assignable(&mut self, name: &ast::Ident) -> Result_<(LValue, Dependence)> {
        self.check_name(name)?;
        let Some(declared) = self.scope.get(&name.name).cloned() else {
            if self.functions_by_name.contains_key(&name.name) || catalogue::is_function(&name.name) {
                let message = format!("`{}` is a function and cannot be assigned to", name.name);
                return Err(self.error(Diagnostic::error("E0406", name.span, message)));
            }
            return Err(self.unknown_name("E0201", &name.name, name.span, "variable"));
        };
        let refused = if declared.global && declared.block != self.context.block {
            let (block, here) = (declared.block.name(), self.place());
            Some(format!("`{}` is declared in the {block} block and cannot be assigned to {here}", name.name))
        } else if declared.read_only {
            let what = "loop variables and arguments of functions keep their values";
            Some(format!("`{}` cannot be assigned to: {what}", name.name))
        } else {
            None
        };
        if let Some(message) = refused {
            let diagnostic = Diagnostic::error("E0406", name.span, message)
                .with_label(declared.span, "declared here")
                .with_hint("assign to a new variable");
            return Err(self.error(diagnostic));
        }
        let dependence = self.dependence(declared.block, &declared.ty);
        let lvalue = LValue { variable: declared.id, path: Vec::new(), ty: declared.ty, span: name.span };
        Ok((lvalue, dependence))
    }

    /// Several places that are assigned to at once must be different ones, and must not choose each other's indices.
    fn check_distinct(&mut self, target: &Target, span: Span) -> Result_<()> {
        let mut places = Vec::new();
        target.for_each(&mut |lvalue| places.push(place(lvalue)));
        for (i, a) in places.iter().enumerate() {
            if places[..i].iter().any(|b| overlap(a, b)) {
                let name = self.variables[a.0.0 as usize].name.clone();
                let message = format!("`{name}` is assigned to more than once");
                let diagnostic =
                    Diagnostic::error("E0414", span, message).with_hint("unpack the tuple in several statements");
                return Err(self.error(diagnostic));
            }
        }
        let written: HashSet<VarId> = places.iter().map(|(variable, _)| *variable).collect();
        let mut read = None;
        target.for_each(&mut |lvalue| {
            for access in &lvalue.path {
                if let Access::Index(indices) = access {
                    for index in indices {
                        index.for_each(&mut |e| match e.kind {
                            ExprKind::Variable(id) if written.contains(&id) => read = Some(id),
                            _ => {}
                        });
                    }
                }
            }
        });
        if let Some(id) = read {
            let name = self.variables[id.0 as usize].name.clone();
            let message = format!("`{name}` is used in an index while it is assigned to");
            return Err(self.error(Diagnostic::error("E0414", span, message)));
        }
        Ok(())
    }
}

/// The variable and the items of tuples on the way to a place; indices are left out, since they may be equal.
fn place(lvalue: &LValue) -> (VarId, Vec<usize>) {
    let items = lvalue.path.iter().filter_map(|access| match access {
        Access::Project(item) => Some(*item),
        Access::Index(_) => None,
    });
    (lvalue.variable, items.collect())
}

fn overlap(a: &(VarId, Vec<usize>), b: &(VarId, Vec<usize>)) -> bool {
    a.0 == b.0 && a.1.iter().zip(&b.1).all(|(x, y)| x == y)
}

/// The place as an expression; `ty` is the type of the variable.
fn read(lvalue: &LValue, ty: &Type, level: Level) -> Expr {
    let span = lvalue.span;
    let whole = Expr { kind: ExprKind::Variable(lvalue.variable), ty: ty.clone(), level, span };
    lvalue.path.iter().fold(whole, |base, access| {
        let (kind, ty) = match access {
            Access::Index(indices) => {
                let ty = part_type(&base.ty, &singles(indices)).unwrap_or_else(|| lvalue.ty.clone());
                (ExprKind::Index { base: Box::new(base), indices: indices.clone() }, ty)
            }
            Access::Project(index) => {
                let ty = match &base.ty {
                    Type::Tuple(items) => items.get(index.wrapping_sub(1)).cloned(),
                    _ => None,
                };
                let ty = ty.unwrap_or_else(|| lvalue.ty.clone());
                (ExprKind::Project { base: Box::new(base), index: *index }, ty)
            }
        };
        Expr { kind, ty, level, span }
    })
}

/// The parts of a value that the places of a pattern take.
fn leaves(target: &Target, value: Expr, out: &mut Vec<Expr>) {
    let Target::Tuple(targets) = target else {
        out.push(value);
        return;
    };
    match value.kind {
        ExprKind::Tuple(parts) => targets.iter().zip(parts).for_each(|(target, part)| leaves(target, part, out)),
        _ => {
            let Type::Tuple(types) = value.ty.clone() else { return };
            for (i, (target, ty)) in targets.iter().zip(types).enumerate() {
                let (level, span) = (value.level, value.span);
                let kind = ExprKind::Project { base: Box::new(value.clone()), index: i + 1 };
                leaves(target, Expr { kind, ty, level, span }, out);
            }
        }
    }
}

/// Whether an expression reads just the place that is assigned to.
fn is_same_place(target: &ast::LValue, value: &ast::Expr) -> bool {
    match (&target.kind, &value.kind) {
        (_, ast::ExprKind::Paren(inner)) => is_same_place(target, inner),
        (LValueKind::Variable(name), ast::ExprKind::Variable(other)) => name.name == *other,
        (LValueKind::Index(base, indices), ast::ExprKind::Index { base: other, indices: others }) => {
            is_same_place(base, other)
                && indices.len() == others.len()
                && indices.iter().zip(others).all(|(a, b)| same_index(a, b))
        }
        (LValueKind::Project(base, index), ast::ExprKind::Project { base: other, index: i }) => {
            index == i && is_same_place(base, other)
        }
        (LValueKind::Tuple(items), ast::ExprKind::Tuple(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(a, b)| is_same_place(a, b))
        }
        _ => false,
    }
}

fn same_index(a: &ast::Index, b: &ast::Index) -> bool {
    use ast::Index;
    match (a, b) {
        (Index::All(_), Index::All(_)) => true,
        (Index::Single(a), Index::Single(b)) | (Index::From(a), Index::From(b)) | (Index::To(a), Index::To(b)) => {
            same_text(a, b)
        }
        (Index::Between(a, b), Index::Between(c, d)) => same_text(a, c) && same_text(b, d),
        _ => false,
    }
}

/// Whether two expressions were written alike (of the kinds that indices mostly are).
fn same_text(a: &ast::Expr, b: &ast::Expr) -> bool {
    use ast::ExprKind as Kind;
    match (&a.kind, &b.kind) {
        (Kind::Int(a), Kind::Int(b)) => a == b,
        (Kind::Variable(a), Kind::Variable(b)) => a == b,
        (Kind::Paren(a), Kind::Paren(b)) => same_text(a, b),
        (Kind::Binary { op, left, right }, Kind::Binary { op: other, left: l, right: r }) => {
            op == other && same_text(left, l) && same_text(right, r)
        }
        (Kind::Index { base, indices }, Kind::Index { base: other, indices: others }) => {
            same_text(base, other)
                && indices.len() == others.len()
                && indices.iter().zip(others).all(|(a, b)| same_index(a, b))
        }
        _ => false,
    }
}
