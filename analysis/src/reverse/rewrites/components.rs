//! Log probabilities of components taken apart: what weighs a component, and what is drawn from it.

use crate::build::typed;
use crate::collect::{density_of, terms};
use crate::step::{Choose, Draw, Step, Uses};
use crate::substitute::{fresh, reference};
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::BTreeSet;

/// The terms of a log probability that are no densities of data, and the densities. `None` where a density of data is not
/// a term of its own, or lacks constants (they may differ between components), or where a density of a parameter is among them.
pub fn apart(program: &Program, value: &Expr) -> Option<(Vec<Expr>, Vec<Draw>)> {
    let (mut weights, mut draws) = (Vec::new(), Vec::new());
    for (term, negative) in terms(value) {
        match density_of(program, &term, term.span).filter(|d| !negative && is_data(program, d)) {
            Some(draw) if form(&draw) == Form::Log => draws.push(draw),
            Some(_) => return None,
            None => {
                let mut hidden = false;
                term.for_each(&mut |e| {
                    // That of a parameter makes the mixture one of priors too.
                    hidden |= density_of(program, e, e.span).is_some();
                });
                if hidden {
                    return None;
                }
                weights.push(if negative { negated(term) } else { term });
            }
        }
    }
    Some((weights, draws))
}

fn is_data(program: &Program, draw: &Draw) -> bool {
    matches!(program.variable(draw.place.variable).origin, Origin::Data | Origin::TransformedData)
}

fn form(draw: &Draw) -> Form {
    match &draw.density {
        Callee::Distribution { form, .. } | Callee::User { form, .. } => *form,
        _ => Form::Plain,
    }
}

/// `-e`
pub fn negated(e: Expr) -> Expr {
    Expr { kind: ExprKind::Call { callee: Callee::Operator(Operator::Negate), arguments: vec![e.clone()] }, ..e }
}

/// The size of a list: as declared, where it is a variable.
pub fn size_of_list(program: &Program, list: &Expr) -> Expr {
    let declared = match list.kind {
        ExprKind::Variable(v) => {
            declared(program, v).and_then(|ty| crate::reverse::sizes_of(ty).first().cloned().cloned())
        }
        _ => None,
    };
    declared.unwrap_or_else(|| typed::call("size", vec![list.clone()], Type::Int))
}

/// `a + b + ...`, 0 for nothing.
pub fn sum(items: Vec<Expr>) -> Expr {
    let zero = Expr { kind: ExprKind::Real(0.0), ty: Type::Real, level: Level::Data, span: Span::default() };
    let plus = |a: Expr, b: Expr| Expr { ty: Type::Real, ..typed::binary(Operator::Plus, a, b) };
    items.into_iter().reduce(plus).unwrap_or(zero)
}

/// A variable with indices, nested or not: `x[i, j]`, `x[i][j]`.
pub fn element(e: &Expr) -> Option<(VarId, Vec<Expr>)> {
    match &e.kind {
        ExprKind::Variable(v) => Some((*v, Vec::new())),
        ExprKind::Promote(inner) => element(inner),
        ExprKind::Index { base, indices } => {
            let (v, mut out) = element(base)?;
            for index in indices {
                match index {
                    Index::Single(e) => out.push(e.clone()),
                    _ => return None,
                }
            }
            Some((v, out))
        }
        _ => None,
    }
}

/// The indices of an assignment's left side.
pub fn target_indices(target: &LValue) -> Option<Vec<Expr>> {
    let mut out = Vec::new();
    for access in &target.path {
        let Access::Index(indices) = access else { return None };
        for index in indices {
            match index {
                Index::Single(e) => out.push(e.clone()),
                _ => return None,
            }
        }
    }
    Some(out)
}

/// The argument of `log_sum_exp`, if it is a list.
pub fn summed_list(e: &Expr) -> Option<&Expr> {
    match &e.kind {
        ExprKind::Call { callee: Callee::Library(name), arguments } if name == "log_sum_exp" => {
            match arguments.as_slice() {
                [one] => Some(one),
                _ => None,
            }
        }
        _ => None,
    }
}

pub fn mentions(e: &Expr, variable: VarId) -> bool {
    let mut found = false;
    e.for_each(&mut |e| found |= e.kind == ExprKind::Variable(variable));
    found
}

pub fn plain(kind: StatementKind, span: Span) -> Step {
    Step::Plain(Statement { kind, span })
}

/// A new variable and its declaration.
pub fn declare(program: &mut Program, wish: &str, ty: SizedType, level: Level, span: Span) -> (VarId, Step) {
    let variable = fresh(program, wish, ty.unsized_type(), level);
    let declaration = Declaration { variable, ty, initial: None, span };
    (variable, plain(StatementKind::Declare(declaration), span))
}

/// Draws `variable[index]`, or the variable itself, by log weights.
pub fn choose(
    program: &Program,
    variable: VarId,
    index: Option<Expr>,
    log_weights: VarId,
    checked: bool,
    span: Span,
) -> Step {
    let path = index.into_iter().map(|i| Access::Index(vec![Index::Single(i)])).collect();
    let target = LValue { variable, path, ty: Type::Int, span };
    debug_assert!(program.variable(log_weights).ty == Type::Vector);
    Step::Choose(Choose { target, log_weights, checked, span })
}

/// `variable[index]` of type `ty`.
pub fn at(program: &Program, variable: VarId, index: Expr, ty: Type) -> Expr {
    let base = Box::new(reference(program, variable));
    let span = index.span;
    Expr { kind: ExprKind::Index { base, indices: vec![Index::Single(index)] }, ty, level: Level::Parameter, span }
}

/// Whether steps read something computed from the data that they draw: then the densities do not add up as they seem to.
pub fn reads_own_outcomes(program: &Program, steps: &[Step]) -> bool {
    let reads = Uses::of_all(steps).reads;
    let drawn = steps.iter().flat_map(Step::places).map(|p| p.variable).collect::<BTreeSet<VarId>>();
    drawn.iter().any(|&v| {
        let derived = crate::reverse::derived_data(program, v);
        // Elements drawn earlier may be read by the densities of later ones, but not by weights.
        derived.iter().any(|d| *d != v && !drawn.contains(d) && reads.contains(d))
    })
}

/// Whether steps that weigh read the data that other steps draw.
pub fn weighs_outcomes(weighing: &[Step], drawing: &[Step]) -> bool {
    let reads = Uses::of_all(weighing).reads;
    drawing.iter().flat_map(Step::places).any(|p| reads.contains(&p.variable))
}

/// The statements of a body, without braces around them.
pub fn flattened(s: &Statement) -> Vec<Statement> {
    match &s.kind {
        StatementKind::Block(items) => items.iter().flat_map(flattened).collect(),
        StatementKind::Skip => Vec::new(),
        _ => vec![s.clone()],
    }
}

/// How many statements of transformed parameters and model assign a variable.
pub fn assignments(program: &Program, variable: VarId) -> usize {
    let blocks = program.transformed_parameters.iter().chain(&program.model);
    blocks.map(|s| assigned(s, variable)).sum()
}

/// How many statements in this one assign a variable.
pub fn assigned(statement: &Statement, variable: VarId) -> usize {
    let mut count = 0;
    statement.for_each(&mut |s| match &s.kind {
        StatementKind::Assign { target, .. } if target.variable == variable => count += 1,
        StatementKind::AssignTuple { targets, .. } if targets.iter().any(|t| t.variable == variable) => count += 1,
        StatementKind::Declare(d) if d.variable == variable && d.initial.is_some() => count += 1,
        _ => {}
    });
    count
}

/// How a variable is declared.
pub fn declared(program: &Program, variable: VarId) -> Option<&SizedType> {
    let plain = program.data.iter().chain(&program.parameters).find(|d| d.variable == variable).map(|d| &d.ty);
    plain.or_else(|| {
        let statements = program.transformed_data.iter().chain(&program.transformed_parameters).chain(&program.model);
        statements.filter_map(|s| declaration_of(s, variable)).next()
    })
}

fn declaration_of(s: &Statement, variable: VarId) -> Option<&SizedType> {
    match &s.kind {
        StatementKind::Declare(d) if d.variable == variable => Some(&d.ty),
        StatementKind::Block(items) => items.iter().find_map(|s| declaration_of(s, variable)),
        _ => None,
    }
}

/// The declaration of a variable of the model block, wherever it stands.
pub fn declaration_in(statements: &[Statement], variable: VarId) -> Option<Declaration> {
    let mut found = None;
    for statement in statements {
        statement.for_each(&mut |s| {
            if let StatementKind::Declare(d) = &s.kind
                && d.variable == variable
            {
                found = Some(d.clone());
            }
        });
    }
    found
}
