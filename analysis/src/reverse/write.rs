//! The plan as a Stan program.

mod unused;

use super::draw::{self, Restriction};
use super::roles::{Plan, Source, restrict, restriction_of_truncation, written};
use super::text::unconstrained;
use super::{Findings, Note, Simulator, Text, derived_data, flat, order};
use crate::build;
use crate::place::Place;
use crate::step::{Choose, Draw, Made, Mixture, Step, Uses};
use crate::unparse::ident;
use ppl_grammar::ast;
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::BTreeSet;
use unused::declared_names;
pub use unused::drop_unused_data;

/// The simulator of a plan; `None`, with the reason noted, where it turns out that there is none.
pub fn simulator(text: &mut Text, plan: &Plan, findings: &mut Findings) -> Option<Simulator> {
    let program = text.program();
    let parameters = plan.parameters.iter().map(|v| text.given().names.of(*v).to_string()).collect();
    let mut observed = Vec::new();
    let mut declarations = Vec::new();
    for (&variable, &whole) in &plan.observed {
        let original = text.given().names.of(variable).to_string();
        let keep =
            !whole || used_by_data(program, variable) || used_by_prior(plan, variable) || keeps_total(plan, variable);
        if keep {
            text.rename(variable, &format!("{original}_sim"));
        }
        let declaration = text.declaration(variable)?;
        // The data's constraints are checks of what is read, not part of the density.
        let ty = text.given().sized(&unconstrained(&declaration.ty));
        let initial = (!whole).then(|| build::variable(&original));
        declarations.push(build::declare_as(ty, text.name(variable), initial));
        observed.push((original, text.name(variable).to_string()));
    }
    let ast = match plan.by_mcmc {
        true => by_mcmc(text, plan, declarations, findings)?,
        false => forwards(text, plan, declarations, findings)?,
    };
    let mut simulator = Simulator { program: ast, by_mcmc: plan.by_mcmc, observed, parameters };
    drop_unused_data(&mut simulator.program);
    Some(simulator)
}

/// What a simulator would take as given, where there is none yet.
pub fn given(text: &Text, plan: &Plan) -> Vec<String> {
    let program = text.program();
    let whole = |v: &VarId| plan.observed.get(v) == Some(&true) && !used_by_data(program, *v) && !keeps_total(plan, *v);
    let names = program.data.iter().map(|d| d.variable).filter(|v| !whole(v));
    names.map(|v| text.given().names.of(v).to_string()).collect()
}

/// Names of the data block.
pub fn data_names(program: &ast::Program) -> Vec<String> {
    program.data.iter().flat_map(|block| &block.items).flat_map(declared_names).collect()
}

/// Whether the data or transformed data block reads a variable.
fn used_by_data(program: &Program, variable: VarId) -> bool {
    let mut found = false;
    let mut visit = |e: &Expr| found |= e.kind == ExprKind::Variable(variable);
    program.data.iter().chain(&program.parameters).for_each(|d| d.for_each_expr(&mut visit));
    program.transformed_data.iter().for_each(|s| s.for_each_expr(&mut visit));
    // A statement that computes something else too must stay.
    found
        || program.transformed_data.iter().any(|s| {
            let uses = Uses::of(&Step::Plain(s.clone()));
            uses.assigns.contains(&variable) && uses.assigns.len() > 1
        })
}

/// Whether some draw of a variable has the total of the given one.
fn keeps_total(plan: &Plan, variable: VarId) -> bool {
    let mut found = false;
    for step in plan.transformed.iter().chain(&plan.model) {
        step.for_each(&mut |s| {
            found |= s.draws().iter().any(|d| d.place.variable == variable && draw::keeps_total(d));
        });
    }
    found
}

/// Whether factors of the prior read an observed variable as given.
fn used_by_prior(plan: &Plan, variable: VarId) -> bool {
    let mut found = false;
    for step in plan.transformed.iter().chain(&plan.model) {
        step.for_each(&mut |s| {
            let prior = match s {
                Step::Factor(_) => true,
                _ => s.draws().iter().any(|d| !plan.observed.contains_key(&d.place.variable)),
            };
            found |= plan.by_mcmc && prior && Uses::of(s).reads.contains(&variable);
        });
    }
    found
}

/// Everything is drawn, in `generated quantities`.
fn forwards(
    text: &mut Text,
    plan: &Plan,
    observed: Vec<ast::Statement>,
    findings: &mut Findings,
) -> Option<ast::Program> {
    let program = text.program();
    let mut items: Vec<ast::Statement> = program.parameters.iter().map(|d| bare(text, d)).collect();
    let mut steps = Vec::new();
    for declaration in &program.parameters {
        if plan.sources.get(&declaration.variable) == Some(&Source::Flat) {
            let statements = flat::draw(text, declaration)?;
            steps.push(Step::Made(Made {
                variable: declaration.variable,
                reads: bounds_read(declaration),
                statements,
            }));
        }
    }
    for added in &plan.added {
        let declaration = program.parameters.iter().find(|d| d.variable == added.variable)?;
        let reads = bounds_read(declaration);
        steps.push(Step::Made(Made { variable: added.variable, reads, statements: added.draws.clone() }));
    }
    // Transformed parameters are declared first, so that they are quantities of the simulator.
    let stale = stale(program, plan);
    for step in &plan.transformed {
        match step {
            Step::Plain(Statement { kind: StatementKind::Declare(d), .. }) if stale.contains(&d.variable) => {}
            step if Uses::of(step).assigns.iter().any(|v| stale.contains(v)) => {}
            Step::Plain(Statement { kind: StatementKind::Declare(declaration), span }) => {
                items.push(bare(text, declaration));
                if let Some(value) = &declaration.initial {
                    let ty = declaration.ty.unsized_type();
                    let target = LValue { variable: declaration.variable, path: Vec::new(), ty, span: *span };
                    let kind = StatementKind::Assign { target, value: value.clone() };
                    steps.push(Step::Plain(Statement { kind, span: *span }));
                }
            }
            other => steps.push(other.clone()),
        }
    }
    items.extend(observed);
    steps.extend(plan.model.iter().cloned());
    let steps = match order::sort(text, steps) {
        Ok(steps) => steps,
        Err(note) => {
            findings.unsupported.push(note);
            return None;
        }
    };
    let outputs = plan.transformed.iter().flat_map(|s| Uses::of(s).declares).filter(|v| !stale.contains(v));
    let outputs = BTreeSet::from_iter(outputs);
    let steps = live(steps, outputs);
    items.extend(in_braces(text, plan, &steps, findings)?);
    Some(ast::Program {
        functions: with_generators(text),
        data: block(data(text, plan)),
        transformed_data: block(transformed_data(text, plan)),
        generated_quantities: block(items),
        ..ast::Program::default()
    })
}

/// Transformed parameters in which what is drawn and what was computed from the given values of it meet: they say nothing of the
/// draws, and are left out where no draw needs them.
fn stale(program: &Program, plan: &Plan) -> BTreeSet<VarId> {
    let observed: BTreeSet<VarId> = plan.observed.keys().copied().collect();
    let mut derived: BTreeSet<VarId> = observed.iter().flat_map(|v| derived_data(program, *v)).collect();
    derived.retain(|v| !observed.contains(v));
    let both = computed_from(&plan.transformed, observed)
        .intersection(&computed_from(&plan.transformed, derived))
        .copied()
        .collect();
    let reads = |s: &Step| Uses::of(s).reads;
    let others = plan.transformed.iter().filter(|s| Uses::of(s).assigns.is_disjoint(&both)).chain(&plan.model);
    let needed: BTreeSet<VarId> = others.flat_map(reads).collect();
    match both.is_disjoint(&needed) {
        true => both,
        false => BTreeSet::new(),
    }
}

/// The prior as a model, the observations in `generated quantities`.
fn by_mcmc(
    text: &mut Text,
    plan: &Plan,
    observed: Vec<ast::Statement>,
    findings: &mut Findings,
) -> Option<ast::Program> {
    let is_observed = |p: &Place| plan.observed.contains_key(&p.variable);
    let unchecked = |s: Step| without_checks(s, &plan.observed.keys().copied().collect());
    let prior: Vec<Step> =
        plan.model.iter().cloned().filter_map(|s| without_draws(s, &is_observed)).filter_map(unchecked).collect();
    let mut model = statements_of(text, &live(prior, BTreeSet::new()));
    model.extend(plan.added.iter().flat_map(|added| added.model.clone()));
    let (transformed, later) = transformed_parameters(plan);
    let transformed: Vec<Step> = transformed.into_iter().filter_map(|s| without_draws(s, &is_observed)).collect();
    let transformed = statements_of(text, &transformed);
    let forward = observations(text, plan, later, findings)?;
    let mut items = observed;
    items.extend(in_braces(text, plan, &forward, findings)?);
    let parameters = text.program().parameters.iter().map(|d| {
        let mut printed = text.given().declaration(d);
        let bounds = plan.added.iter().find(|a| a.variable == d.variable).and_then(|a| a.bounds);
        if let (Some((lower, upper)), ast::StatementKind::Declare { ty, .. }) = (bounds, &mut printed.kind) {
            let innermost = match &mut ty.kind {
                ast::SizedTypeKind::Array(element, _) => element,
                _ => ty,
            };
            innermost.transform = ast::Transform {
                lower: Some(Box::new(build::real(lower))),
                upper: Some(Box::new(build::real(upper))),
                ..ast::Transform::default()
            };
        }
        printed
    });
    Some(ast::Program {
        functions: with_generators(text),
        data: block(data(text, plan)),
        transformed_data: block(transformed_data(text, plan)),
        parameters: block(parameters.collect()),
        transformed_parameters: block(transformed),
        model: block(model),
        generated_quantities: block(items),
    })
}

/// Transformed parameters that are computed from parameters only, and those that are computed from observations: they belong where
/// these are drawn, as locals.
pub fn transformed_parameters(plan: &Plan) -> (Vec<Step>, Vec<Step>) {
    let after: BTreeSet<VarId> = computed_from(&plan.transformed, plan.observed.keys().copied().collect());
    let is_after = |s: &Step| {
        let uses = Uses::of(s);
        uses.assigns.union(&uses.declares).any(|v| after.contains(v))
    };
    let (later, before): (Vec<Step>, Vec<Step>) = plan.transformed.iter().cloned().partition(is_after);
    (before, later.into_iter().map(as_local).collect())
}

/// The steps that draw the observations given the parameters, in order. `later` are the computations that wait for them.
pub fn observations(text: &mut Text, plan: &Plan, later: Vec<Step>, findings: &mut Findings) -> Option<Vec<Step>> {
    let is_prior = |p: &Place| !plan.observed.contains_key(&p.variable);
    let steps = later.into_iter().chain(plan.model.iter().cloned()).filter_map(|s| order::without(s, &is_prior));
    match order::sort(text, steps.collect()) {
        Ok(steps) => Some(live(steps, BTreeSet::new())),
        Err(note) => {
            findings.unsupported.push(note);
            None
        }
    }
}

/// A declaration as a local one: without a constraint.
fn as_local(step: Step) -> Step {
    match step {
        Step::Plain(Statement { kind: StatementKind::Declare(declaration), span }) => {
            let declaration = Declaration { ty: unconstrained(&declaration.ty), ..declaration };
            Step::Plain(Statement { kind: StatementKind::Declare(declaration), span })
        }
        other => other,
    }
}

/// The variables that steps compute from these, directly or not.
fn computed_from(steps: &[Step], from: BTreeSet<VarId>) -> BTreeSet<VarId> {
    let mut reached = from;
    let mut computed = BTreeSet::new();
    loop {
        let before = computed.len();
        for step in steps {
            let uses = Uses::of(step);
            if uses.reads.iter().any(|v| reached.contains(v)) {
                computed.extend(uses.assigns.iter().copied());
                reached.extend(uses.assigns);
            }
        }
        if computed.len() == before {
            return computed;
        }
    }
}

/// The declarations of data that are not drawn.
pub fn data(text: &Text, plan: &Plan) -> Vec<ast::Statement> {
    // An observed variable that is still given has a copy under another name.
    let drawn = |v: VarId| plan.observed.contains_key(&v) && text.name(v) == text.given().names.of(v);
    let kept = text.program().data.iter().filter(|d| !drawn(d.variable));
    kept.map(|d| text.given().declaration(d)).collect()
}

/// The statements of transformed data, without the variables that are drawn.
pub fn transformed_data(text: &Text, plan: &Plan) -> Vec<ast::Statement> {
    let drawn = |v: VarId| plan.observed.contains_key(&v) && text.name(v) == text.given().names.of(v);
    let kept = text.program().transformed_data.iter().filter(|s| {
        let uses = Uses::of(&Step::Plain((*s).clone()));
        let writes: BTreeSet<&VarId> = uses.assigns.union(&uses.declares).collect();
        writes.is_empty() || !writes.iter().all(|v| drawn(**v))
    });
    kept.map(|s| text.given().statement(s)).collect()
}

pub fn with_generators(text: &Text) -> Option<ast::Block<ast::Function>> {
    block(text.given().functions())
}

/// A declaration without a value.
fn bare(text: &Text, declaration: &Declaration) -> ast::Statement {
    build::declare_as(text.unparse().sized(&declaration.ty), text.name(declaration.variable), None)
}

/// What the sizes and bounds of a declaration read.
fn bounds_read(declaration: &Declaration) -> BTreeSet<VarId> {
    let mut uses = Uses::default();
    declaration.ty.for_each_expr(&mut |e| uses.reads_of(e));
    uses.reads
}

/// Steps in a block of their own, if they declare something.
pub fn in_braces(text: &mut Text, plan: &Plan, steps: &[Step], findings: &mut Findings) -> Option<Vec<ast::Statement>> {
    let mut statements = counters(text, plan);
    statements.extend(drawn(text, steps, findings)?);
    let declares = statements.iter().any(|s| matches!(s.kind, ast::StatementKind::Declare { .. }));
    Some(if declares { vec![build::block(statements)] } else { statements })
}

/// Only what draws, and what it needs, and what gives `outputs` their values.
pub fn live(steps: Vec<Step>, outputs: BTreeSet<VarId>) -> Vec<Step> {
    let mut needed = outputs;
    loop {
        let before = needed.len();
        steps.iter().for_each(|s| needs(s, &mut needed));
        if needed.len() == before {
            break;
        }
    }
    steps.into_iter().filter_map(|s| keep(s, &needed)).collect()
}

fn is_live(step: &Step, needed: &BTreeSet<VarId>) -> bool {
    match step {
        Step::Plain(statement) => {
            let uses = Uses::of(step);
            let mut stops = false;
            statement.for_each(&mut |s| {
                stops |= matches!(s.kind, StatementKind::Reject(_) | StatementKind::FatalError(_));
            });
            stops || uses.assigns.union(&uses.declares).any(|v| needed.contains(v))
        }
        Step::Choose(choose) => needed.contains(&choose.target.variable),
        Step::Loop { body, .. } => body.iter().any(|s| is_live(s, needed)),
        Step::Branch { then, otherwise, .. } => then.iter().chain(otherwise).any(|s| is_live(s, needed)),
        _ => true,
    }
}

fn needs(step: &Step, needed: &mut BTreeSet<VarId>) {
    if !is_live(step, needed) {
        return;
    }
    match step {
        Step::Loop { header, body } => {
            needed.extend(Uses::of(&Step::Plain(header.clone())).reads);
            body.iter().for_each(|s| needs(s, needed));
        }
        Step::Branch { condition, then, otherwise, .. } => {
            let mut uses = Uses::default();
            uses.reads_of(condition);
            needed.extend(uses.reads);
            then.iter().chain(otherwise).for_each(|s| needs(s, needed));
        }
        _ => {
            let uses = Uses::of(step);
            needed.extend(uses.reads);
            // What is assigned element by element keeps its declaration.
            needed.extend(uses.assigns);
        }
    }
}

fn keep(step: Step, needed: &BTreeSet<VarId>) -> Option<Step> {
    if !is_live(&step, needed) {
        return None;
    }
    Some(match step {
        Step::Loop { header, body } => {
            Step::Loop { header, body: body.into_iter().filter_map(|s| keep(s, needed)).collect() }
        }
        Step::Branch { condition, then, otherwise, span } => Step::Branch {
            condition,
            then: then.into_iter().filter_map(|s| keep(s, needed)).collect(),
            otherwise: otherwise.into_iter().filter_map(|s| keep(s, needed)).collect(),
            span,
        },
        other => other,
    })
}

/// A step without some of its draws; its factors stay.
fn without_draws(step: Step, drop: &dyn Fn(&Place) -> bool) -> Option<Step> {
    match step {
        Step::Factor(_) => Some(step),
        Step::Loop { header, body } => {
            let body: Vec<Step> = body.into_iter().filter_map(|s| without_draws(s, drop)).collect();
            (!body.is_empty()).then_some(Step::Loop { header, body })
        }
        Step::Branch { condition, then, otherwise, span } => {
            let then: Vec<Step> = then.into_iter().filter_map(|s| without_draws(s, drop)).collect();
            let otherwise: Vec<Step> = otherwise.into_iter().filter_map(|s| without_draws(s, drop)).collect();
            let empty = then.is_empty() && otherwise.is_empty();
            (!empty).then_some(Step::Branch { condition, then, otherwise, span })
        }
        other => order::without(other, drop),
    }
}

/// A step without checks of what is observed: in the prior it is not there yet.
fn without_checks(step: Step, observed: &BTreeSet<VarId>) -> Option<Step> {
    let each = |steps: Vec<Step>| steps.into_iter().filter_map(|s| without_checks(s, observed)).collect::<Vec<Step>>();
    match step {
        Step::Plain(_) => {
            let uses = Uses::of(&step);
            let check = uses.assigns.is_empty() && uses.declares.is_empty();
            (!check || uses.reads.is_disjoint(observed)).then_some(step)
        }
        Step::Loop { header, body } => {
            let body = each(body);
            (!body.is_empty()).then_some(Step::Loop { header, body })
        }
        Step::Branch { condition, then, otherwise, span } => {
            let (then, otherwise) = (each(then), each(otherwise));
            let empty = then.is_empty() && otherwise.is_empty();
            (!empty).then_some(Step::Branch { condition, then, otherwise, span })
        }
        other => Some(other),
    }
}

/// Steps as the statements of a model: densities stay densities.
pub fn statements_of(text: &mut Text, steps: &[Step]) -> Vec<ast::Statement> {
    steps.iter().map(|step| statement_of(text, step)).collect()
}

fn statement_of(text: &mut Text, step: &Step) -> ast::Statement {
    match step {
        Step::Plain(statement) => text.given().statement(statement),
        Step::Draw(draw) => density(text, draw),
        Step::Mixture(mixture) => build::statement(ast::StatementKind::TargetPlus(text.given().expr(&mixture.term))),
        Step::Factor(factor) => match &factor.term {
            None => text.given().statement(&factor.statement),
            Some(term) => {
                let printed = text.given().expr(term);
                let signed = match factor.negative {
                    true => build::expr(ast::ExprKind::Unary { op: ast::UnaryOp::Minus, operand: Box::new(printed) }),
                    false => printed,
                };
                let kind = match factor.statement.kind {
                    StatementKind::JacobianPlus(_) => ast::StatementKind::JacobianPlus(signed),
                    _ => ast::StatementKind::TargetPlus(signed),
                };
                build::statement(kind)
            }
        },
        Step::Loop { header, body } => {
            let body = statements_of(text, body);
            with_body(text.given().statement(header), body)
        }
        Step::Branch { condition, then, otherwise, .. } => {
            let (then, otherwise) = (statements_of(text, then), statements_of(text, otherwise));
            build::if_else(text.given().expr(condition), then, otherwise)
        }
        Step::Enumerate { steps, .. } => build::block(statements_of(text, steps)),
        Step::Made(made) => build::block(made.statements.clone()),
        // What it chooses between is not in the model; only observations are censored or taken.
        Step::Choose(_) | Step::Censored(_) | Step::Taken(_) => build::block(Vec::new()),
    }
}

/// `y ~ f(a) T[,]`, or `target += f_lpdf(y | a)`.
fn density(text: &Text, draw: &Draw) -> ast::Statement {
    let unparse = text.given();
    let unnormalised = match &draw.density {
        Callee::Distribution { form, .. } | Callee::User { form, .. } => *form == Form::LogUnnormalised,
        _ => false,
    };
    if unnormalised || draw.truncation.is_some() {
        let truncation = draw.truncation.as_ref().map(|t| ast::Truncation {
            lower: t.lower.as_ref().map(|e| unparse.expr(e)),
            upper: t.upper.as_ref().map(|e| unparse.expr(e)),
            span: t.span,
        });
        return build::statement(ast::StatementKind::Tilde {
            arg: unparse.expr(&draw.outcome),
            distribution: ident(&unparse.distribution(&draw.density)),
            arguments: unparse.exprs(&draw.arguments),
            truncation,
        });
    }
    build::statement(ast::StatementKind::TargetPlus(log_density(text, draw)))
}

/// `f_lpdf(y | a)`, normalised.
pub fn log_density(text: &Text, draw: &Draw) -> ast::Expr {
    let unparse = text.unparse();
    let callee = match &draw.density {
        Callee::Distribution { family, .. } => Callee::Distribution { family: family.clone(), form: Form::Log },
        Callee::User { function, .. } => Callee::User { function: *function, form: Form::Log },
        other => other.clone(),
    };
    build::expr(ast::ExprKind::Conditional {
        name: ident(&unparse.callee(&callee)),
        outcome: Box::new(unparse.expr(&draw.outcome)),
        arguments: unparse.exprs(&draw.arguments),
    })
}

pub fn with_body(mut header: ast::Statement, statements: Vec<ast::Statement>) -> ast::Statement {
    if let ast::StatementKind::For { body, .. }
    | ast::StatementKind::ForEach { body, .. }
    | ast::StatementKind::While { body, .. } = &mut header.kind
    {
        **body = build::block(statements);
    }
    header
}

/// Steps as statements that draw. `None`, with the reason noted, where a step cannot.
fn drawn(text: &mut Text, steps: &[Step], findings: &mut Findings) -> Option<Vec<ast::Statement>> {
    let mut out = Vec::new();
    for step in steps {
        match step {
            Step::Plain(statement) => out.push(text.unparse().statement(statement)),
            Step::Draw(draw) => {
                let restriction = restriction(text.program(), draw);
                out.extend(written(text, draw, &restriction));
                out.extend(counted(text, &draw.place));
            }
            Step::Mixture(mixture) => {
                out.push(mixture_draw(text, mixture));
                if let Some(draw) = mixture.components.iter().flat_map(|c| &c.draws).next() {
                    out.extend(counted(text, &draw.place));
                }
            }
            Step::Made(made) => out.extend(made.statements.clone()),
            Step::Choose(choose) => out.extend(chosen(text, choose)),
            Step::Taken(taken) => {
                let target = taken.place.lvalue(&text.unparse(), text.name(taken.place.variable));
                out.push(build::assign(target, text.unparse().expr(&taken.value)));
            }
            Step::Censored(censored) => match super::censored::seen(text, censored) {
                Ok(statement) => {
                    out.push(statement);
                    out.extend(counted(text, &censored.draw.place));
                }
                Err(why) => {
                    findings.unsupported.push(Note::new(censored.span, why));
                    return None;
                }
            },
            Step::Loop { header, body } => {
                let header = text.unparse().statement(header);
                out.push(with_body(header, drawn(text, body, findings)?));
            }
            Step::Branch { condition, then, otherwise, .. } => {
                let condition = text.unparse().expr(condition);
                out.push(build::if_else(condition, drawn(text, then, findings)?, drawn(text, otherwise, findings)?));
            }
            Step::Enumerate { place, steps, given, range, span, .. } => {
                match super::enumerate::enumerated(text, place, steps, *given, range.as_ref()) {
                    Ok(statement) => {
                        out.push(statement);
                        out.extend(counted(text, place));
                    }
                    Err(why) => {
                        findings.unsupported.push(Note::new(*span, why));
                        return None;
                    }
                }
            }
            Step::Factor(_) => {}
        }
    }
    Some(out)
}

/// Counts the draws of the numbers of a place, and refuses a second one: its densities would be two.
fn counted(text: &mut Text, place: &Place) -> Vec<ast::Statement> {
    let Some((counts, depth)) = text.counted(place.variable).map(|(name, depth)| (name.to_string(), depth)) else {
        return Vec::new();
    };
    let sizes: Vec<ast::Expr> = text.sizes(place.variable).into_iter().map(|e| text.given().expr(e)).collect();
    let all = Index::All;
    let indices: Vec<Index> = place.indices().chain(std::iter::repeat(&all)).take(depth).cloned().collect();
    let (mut loops, mut printed) = (Vec::new(), Vec::new());
    for (index, size) in indices.iter().zip(sizes) {
        let print = |e: &Expr| text.unparse().expr(e);
        let (range, list) = match index {
            Index::Single(e) => {
                printed.push(ast::Index::Single(print(e)));
                continue;
            }
            Index::All => ((build::int(1), size), None),
            Index::To(b) => ((build::int(1), print(b)), None),
            Index::From(a) => ((print(a), size), None),
            Index::Between(a, b) => ((print(a), print(b)), None),
            Index::Multi(list) => ((build::int(1), build::call("size", vec![print(list)])), Some(print(list))),
        };
        let k = text.fresh("k");
        let at = build::variable(&k);
        printed.push(ast::Index::Single(list.map_or(at.clone(), |list| build::at(list, at))));
        loops.push((k, range));
    }
    let message = format!("an element of {} has two densities", text.given().names.of(place.variable));
    let count = build::index(build::variable(&counts), printed.clone());
    let twice = build::binary(ast::BinaryOp::Greater, count, build::int(1));
    let body = vec![
        build::add_to(build::lvalue_at(build::lvalue(&counts), printed), build::int(1)),
        build::if_else(twice, vec![build::reject(&message)], Vec::new()),
    ];
    loops.into_iter().rev().fold(body, |body, (k, (first, last))| vec![build::for_loop(&k, first, last, body)])
}

/// The counts of draws, at zero.
fn counters(text: &Text, plan: &Plan) -> Vec<ast::Statement> {
    let declaration = |variable: &VarId| {
        let (name, depth) = text.counted(*variable)?;
        let sizes: Vec<ast::Expr> =
            text.sizes(*variable).into_iter().take(depth).map(|e| text.given().expr(e)).collect();
        let zeros = build::call("rep_array", std::iter::once(build::int(0)).chain(sizes.clone()).collect());
        let element = ast::SizedType {
            kind: ast::SizedTypeKind::Int,
            transform: ast::Transform::default(),
            span: Span::default(),
        };
        (sizes.len() == depth)
            .then(|| build::declare(ast::SizedTypeKind::Array(Box::new(element), sizes), name, Some(zeros)))
    };
    plan.observed.keys().filter_map(declaration).collect()
}

/// Draws an index by its log weights, and checks them.
fn chosen(text: &Text, choose: &Choose) -> Vec<ast::Statement> {
    let weights = || build::variable(text.name(choose.log_weights));
    let mut out = Vec::new();
    if choose.checked {
        let total = build::call("abs", vec![build::call("log_sum_exp", vec![weights()])]);
        // Negated, so that a sum that is no number is refused too.
        let good = build::binary(ast::BinaryOp::LessEquals, total, build::real(1e-8));
        let good = Box::new(build::expr(ast::ExprKind::Paren(Box::new(good))));
        let wrong = build::expr(ast::ExprKind::Unary { op: ast::UnaryOp::Not, operand: good });
        out.push(build::if_else(
            wrong,
            vec![build::reject("the weights of a mixture do not add up to one")],
            Vec::new(),
        ));
    }
    let value = build::call("categorical_logit_rng", vec![weights()]);
    out.push(build::assign(text.unparse().lvalue(&choose.target), value));
    out
}

fn restriction(program: &Program, draw: &Draw) -> Restriction {
    let parameter = program.parameters.iter().find(|d| d.variable == draw.place.variable);
    match parameter.map(|declaration| restrict(draw, declaration)) {
        Some(Ok((restriction, _))) => restriction,
        _ => restriction_of_truncation(draw),
    }
}

/// Draws the component by the weights, then the outcome from it.
///
/// Proof: `sum_k w_k f_k(y)` with `sum_k w_k = 1` is the marginal density of y under k ~ w, y ~ f_k. That the weights
/// add up to one is checked as the simulator runs: if they do not, the mixture tilts the prior, and the draw would be wrong.
fn mixture_draw(text: &mut Text, mixture: &Mixture) -> ast::Statement {
    let (weights, chosen) = (text.fresh("log_weights"), text.fresh("component"));
    let unparse = text.unparse();
    let sum = |terms: &[Expr]| {
        let terms = terms.iter().map(|e| unparse.expr(e));
        terms.reduce(|a, b| build::binary(ast::BinaryOp::Plus, a, b)).unwrap_or_else(|| build::int(0))
    };
    let list: Vec<ast::Expr> = mixture.components.iter().map(|c| sum(&c.log_weight)).collect();
    let count = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let row = build::transpose(build::expr(ast::ExprKind::RowVector(list)));
    let w = || build::variable(&weights);
    let total = build::call("abs", vec![build::call("log_sum_exp", vec![w()])]);
    let wrong = build::binary(ast::BinaryOp::Greater, total, build::real(1e-8));
    let mut body = vec![
        build::declare(ast::SizedTypeKind::Vector(build::int(count)), &weights, Some(row)),
        build::if_else(wrong, vec![build::reject("the weights of a mixture do not add up to one")], Vec::new()),
        build::declare(ast::SizedTypeKind::Int, &chosen, Some(build::call("categorical_logit_rng", vec![w()]))),
    ];
    let mut chain: Vec<ast::Statement> = Vec::new();
    for (k, component) in mixture.components.iter().enumerate().rev() {
        let mut draws = Vec::new();
        for draw in &component.draws {
            let restriction = restriction(text.program(), draw);
            draws.extend(written(text, draw, &restriction));
        }
        chain = match k + 1 == mixture.components.len() {
            true => draws,
            false => {
                let is_this = build::binary(ast::BinaryOp::Equals, build::variable(&chosen), build::int(k as i64 + 1));
                vec![build::if_else(is_this, draws, chain)]
            }
        };
    }
    body.extend(chain);
    build::block(body)
}

pub fn block<T>(items: Vec<T>) -> Option<ast::Block<T>> {
    (!items.is_empty()).then(|| ast::Block { items, span: Span::default() })
}
