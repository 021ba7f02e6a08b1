//! Missing data: a list assembled from what is seen and from parameters, which is given a density as a whole.
//!
//! ```stan
//! y[seen] = y_seen;  y[missing] = y_missing;  y ~ normal(mu, sigma);
//! ```
//!
//! Proof: if every element of y is a copy of one element of y_seen or y_missing, and none of those is copied twice, then the map from the
//! parts to y is a permutation of coordinates, which changes no volume: the joint density of the parts is the density of y. So y is
//! drawn, as a parameter would be, and the parts are read off it by the same assignments, the other way round. That each element is
//! copied once is counted as the simulator runs. A copy of all of a list may come first, and elements of it be replaced.

use super::Findings;
use super::components::{assigned, flattened, mentions};
use crate::build::typed;
use crate::collect::density_of;
use crate::place::Place;
use crate::reverse::text::{constraint, sizes_of, unconstrained};
use crate::step::{Draw, Factor, Step, Taken, Uses};
use crate::substitute::{self, fresh, reference};
use crate::support;
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::{BTreeMap, BTreeSet};

pub fn apply(program: &mut Program, transformed: &mut Vec<Step>, model: &mut Vec<Step>, findings: &mut Findings) {
    let computed = |v: &VarId| matches!(program.variable(*v).origin, Origin::TransformedParameter | Origin::Local);
    let mut wanted: BTreeSet<VarId> = BTreeSet::new();
    for step in model.iter() {
        step.for_each(&mut |s| wanted.extend(outcome_of(s).map(|p| p.variable)));
    }
    for variable in wanted.into_iter().filter(computed).collect::<Vec<_>>() {
        let mut next = program.clone();
        if let Some((t, m)) = rewrite(&mut next, transformed, model, variable) {
            findings.rewrite("assembled_from_its_parts");
            (*program, *transformed, *model) = (next, t, m);
        }
    }
}

/// The outcome of a density that is no draw yet.
fn outcome_of(step: &Step) -> Option<Place> {
    let Step::Factor(Factor { term: Some(term), negative: false, .. }) = step else { return None };
    let ExprKind::Call { callee: Callee::Distribution { form, .. } | Callee::User { form, .. }, arguments } =
        &term.kind
    else {
        return None;
    };
    let density = matches!(form, Form::Log | Form::LogUnnormalised);
    arguments.first().filter(|_| density).and_then(Place::of).filter(|p| p.seen_through.is_empty())
}

fn rewrite(
    program: &mut Program,
    transformed: &[Step],
    model: &[Step],
    variable: VarId,
) -> Option<(Vec<Step>, Vec<Step>)> {
    let all: Vec<&Step> = transformed.iter().chain(model).collect();
    let is_part = |s: &Step| matches!(s, Step::Plain(inner) if assigned(inner, variable) > 0);
    let is_declaration = |s: &Step| matches!(s, Step::Plain(Statement { kind: StatementKind::Declare(d), .. }) if d.variable == variable);
    // Assignments in loops that hold densities too are not looked into.
    let inside = |s: &&&Step| !matches!(s, Step::Plain(_)) && Uses::of(s).assigns.contains(&variable);
    if all.iter().any(|s| inside(&s)) {
        return None;
    }
    let declaration = all.iter().find_map(|s| match s {
        Step::Plain(Statement { kind: StatementKind::Declare(d), .. }) if d.variable == variable => Some(d.clone()),
        _ => None,
    })?;
    let mut parts: Vec<Statement> = Vec::new();
    for s in all.iter().filter(|s| is_part(s)) {
        let Step::Plain(s) = s else { return None };
        parts.push(match &s.kind {
            StatementKind::Declare(Declaration { initial: Some(value), .. }) => {
                let target = LValue { variable, path: Vec::new(), ty: value.ty.clone(), span: s.span };
                Statement { kind: StatementKind::Assign { target, value: value.clone() }, span: s.span }
            }
            _ => s.clone(),
        });
    }
    // Statements beside the assignments, as counters are.
    let locals = counters(program, &all, &parts, variable)?;
    let mut assembly = Assembly::new(program, variable, &declaration.ty)?;
    let (defaults, parts) = split_default(parts);
    let defaults: Vec<Copy> = defaults.iter().map(|s| assembly.copy(s)).collect::<Option<_>>()?;
    parts.iter().try_for_each(|s| assembly.learn(s))?;
    assembly.sources.extend(defaults.iter().map(|c| c.from));
    let sources = assembly.sources.clone();
    let is_parameter = |v: &VarId| assembly.program.variable(*v).origin == Origin::Parameter;
    let (parameters, data): (Vec<VarId>, Vec<VarId>) = sources.iter().partition(|v| is_parameter(v));
    if parameters.is_empty() || data.is_empty() || !fits(assembly.program, &parameters, &all, variable) {
        return None;
    }
    if conditions_read(&parts, &data) {
        return None;
    }
    let counts: Vec<Step> = assembly.counted(&locals, &parts, &defaults);
    let read_back = assembly.read_back(&locals, &parts);
    let taken = assembly.taken(&locals, &parts, &defaults)?;
    let program = &mut *assembly.program;
    let mut before = Vec::new();
    for &v in &parameters {
        let at = program.parameters.iter().position(|d| d.variable == v)?;
        let removed = program.parameters.remove(at);
        program.variables[v.0 as usize].origin = Origin::TransformedParameter;
        let ty = unconstrained(&removed.ty);
        let kind = StatementKind::Declare(Declaration { ty, initial: None, ..removed });
        before.push(Step::Plain(Statement { kind, span: removed.span }));
    }
    program.variables[variable.0 as usize].origin = Origin::Parameter;
    program.parameters.push(Declaration { ty: unconstrained(&declaration.ty), initial: None, ..declaration });
    let kept = |s: &&Step| !is_part(s) && !is_declaration(s);
    let mut transformed: Vec<Step> = before.into_iter().chain(transformed.iter().filter(kept).cloned()).collect();
    transformed.push(read_back);
    let mut model: Vec<Step> = model.iter().filter(kept).cloned().collect();
    model.iter_mut().for_each(|s| draw(program, s, variable));
    model.extend(counts);
    model.extend(taken);
    Some((transformed, model))
}

/// Densities of the assembled list as draws.
fn draw(program: &Program, step: &mut Step, variable: VarId) {
    match step {
        Step::Loop { body, .. } => body.iter_mut().for_each(|s| draw(program, s, variable)),
        Step::Branch { then, otherwise, .. } => {
            then.iter_mut().chain(otherwise).for_each(|s| draw(program, s, variable));
        }
        Step::Factor(factor) => {
            let of = |e: &Expr| density_of(program, e, e.span).filter(|d| d.place.variable == variable);
            if let Some(found) = factor.term.as_ref().filter(|_| !factor.negative).and_then(of) {
                *step = Step::Draw(Draw { span: factor.span(), ..found });
            }
        }
        _ => {}
    }
}

/// The first part alone, if it copies all of a list that the others change.
fn split_default(mut parts: Vec<Statement>) -> (Vec<Statement>, Vec<Statement>) {
    let whole = |s: &Statement| matches!(&s.kind, StatementKind::Assign { target, .. } if target.path.is_empty());
    match parts.first().is_some_and(whole) && parts.len() > 1 {
        true => (vec![parts.remove(0)], parts),
        false => (Vec::new(), parts),
    }
}

/// Declarations of integers that the parts count with; `None` where something else outside of them is assigned.
fn counters(program: &Program, all: &[&Step], parts: &[Statement], variable: VarId) -> Option<Vec<Statement>> {
    let steps: Vec<Step> = parts.iter().map(|s| Step::Plain(s.clone())).collect();
    let uses = Uses::of_all(&steps);
    let mut out = Vec::new();
    for &v in uses.assigns.iter().filter(|v| **v != variable && !uses.declares.contains(v)) {
        let mut found = None;
        for s in all {
            match s {
                Step::Plain(Statement { kind: StatementKind::Declare(d), span }) if d.variable == v => {
                    found = Some(Statement { kind: StatementKind::Declare(d.clone()), span: *span });
                }
                Step::Plain(inner) if parts.iter().any(|p| p == inner) => {}
                s if Uses::of(s).assigns.contains(&v) || Uses::of(s).reads.contains(&v) => return None,
                _ => {}
            }
        }
        let is_counter = program.variable(v).origin == Origin::Local && program.variable(v).ty == Type::Int;
        out.push(found.filter(|_| is_counter)?);
    }
    Some(out)
}

/// Whether the parameters among the parts have no constraint that cuts a density of the list.
fn fits(program: &Program, parameters: &[VarId], all: &[&Step], variable: VarId) -> bool {
    let mut supports = Vec::new();
    for step in all {
        step.for_each(&mut |s| {
            if let Some(place) = outcome_of(s)
                && place.variable == variable
                && let Step::Factor(Factor { term: Some(term), .. }) = s
                && let ExprKind::Call { callee: Callee::Distribution { family, .. }, arguments } = &term.kind
            {
                supports.push(support::support(family, &arguments[1..]));
            }
        });
    }
    parameters.iter().all(|v| {
        let declared = program.parameters.iter().find(|d| d.variable == *v);
        let bounds = declared.and_then(|d| support::bounds(constraint(&d.ty)));
        bounds.is_some_and(|b| b.is_unbounded() || !supports.is_empty() && supports.iter().all(|s| b.contains(s)))
    })
}

/// Whether what is copied depends on the values that are copied.
fn conditions_read(parts: &[Statement], data: &[VarId]) -> bool {
    let mut found = false;
    for part in parts {
        part.for_each(&mut |s| {
            let mut look = |e: &Expr| found |= data.iter().any(|v| mentions(e, *v));
            match &s.kind {
                StatementKind::If { condition, .. } | StatementKind::While { condition, .. } => look(condition),
                StatementKind::For { lower, upper, .. } => [lower, upper].into_iter().for_each(look),
                _ => {}
            }
        });
    }
    found
}

/// One assignment, as copies of numbers: loops, the element that is assigned, and the one that is copied.
struct Copy {
    loops: Vec<(VarId, Expr)>,
    to: Vec<Expr>,
    from: VarId,
    indices: Vec<Expr>,
    span: Span,
}

struct Assembly<'p> {
    program: &'p mut Program,
    variable: VarId,
    sizes: Vec<Expr>,
    sources: BTreeSet<VarId>,
    /// How often elements have been copied: of the list, and of each source.
    counts: BTreeMap<VarId, VarId>,
}

impl<'p> Assembly<'p> {
    fn new(program: &'p mut Program, variable: VarId, ty: &SizedType) -> Option<Assembly<'p>> {
        let sizes: Vec<Expr> = sizes_of(ty).into_iter().cloned().collect();
        let real = matches!(
            program.variable(variable).ty.unwrap_array().0,
            Type::Real | Type::Vector | Type::RowVector | Type::Matrix
        );
        (real && !sizes.is_empty()).then_some(Assembly {
            program,
            variable,
            sizes,
            sources: BTreeSet::new(),
            counts: BTreeMap::new(),
        })
    }

    /// Notes what an assignment copies from; `None` where one is no copy.
    fn learn(&mut self, s: &Statement) -> Option<()> {
        match &s.kind {
            StatementKind::Assign { target, .. } if target.variable == self.variable => {
                let copy = self.copy(s)?;
                self.sources.insert(copy.from);
                Some(())
            }
            StatementKind::Assign { .. } | StatementKind::Declare(_) | StatementKind::Skip => Some(()),
            StatementKind::Block(items) => items.iter().try_for_each(|s| self.learn(s)),
            StatementKind::For { body, .. } => self.learn(body),
            StatementKind::If { then, otherwise, .. } => {
                self.learn(then)?;
                otherwise.as_deref().map_or(Some(()), |s| self.learn(s))
            }
            _ => None,
        }
    }

    fn copy(&mut self, s: &Statement) -> Option<Copy> {
        let StatementKind::Assign { target, value } = &s.kind else { return None };
        let mut path = Vec::new();
        for access in &target.path {
            let Access::Index(indices) = access else { return None };
            path.push(indices.clone());
        }
        let from = Place::of(bare(value)).filter(|p| p.seen_through.is_empty())?;
        let origin = self.program.variable(from.variable).origin;
        let real = !self.program.variable(from.variable).ty.is_integral();
        if !real || !matches!(origin, Origin::Data | Origin::Parameter) {
            return None;
        }
        let sizes: Vec<Expr> =
            sizes_of(super::components::declared(self.program, from.variable)?).into_iter().cloned().collect();
        let (mut loops, mut counts) = (Vec::new(), Vec::new());
        let to = numbers(self.program, &path, &self.sizes.clone(), &mut |program, size| {
            let k = fresh(program, "k", Type::Int, Level::Data);
            loops.push((k, size));
            reference(program, k)
        })?;
        let mut next = loops.iter().map(|(k, _)| *k);
        let indices = numbers(self.program, &from.path, &sizes, &mut |program, size| {
            counts.push(size);
            next.next().map_or_else(|| typed::int(0), |k| reference(program, k))
        })?;
        if counts.len() != loops.len() {
            return None;
        }
        // Both sides have the same sizes; those of the source tell whether all of it is copied.
        loops.iter_mut().zip(counts).for_each(|((_, size), count)| *size = count);
        Some(Copy { loops, to, from: from.variable, indices, span: s.span })
    }

    fn count_of(&self, v: VarId) -> Option<VarId> {
        self.counts.get(&v).copied()
    }

    /// `x[indices]`
    fn element(&self, v: VarId, indices: &[Expr], ty: Type) -> Expr {
        let base = reference(self.program, v);
        let (level, span) = (base.level, base.span);
        let indices = indices.iter().cloned().map(Index::Single).collect();
        Expr { kind: ExprKind::Index { base: Box::new(base), indices }, ty, level, span }
    }

    fn assign(&self, v: VarId, indices: &[Expr], value: Expr) -> Statement {
        let path = match indices {
            [] => Vec::new(),
            _ => vec![Access::Index(indices.iter().cloned().map(Index::Single).collect())],
        };
        let target = LValue { variable: v, path, ty: value.ty.clone(), span: value.span };
        let span = value.span;
        Statement { kind: StatementKind::Assign { target, value }, span }
    }

    /// `count[indices] = count[indices] + 1`
    fn one_more(&self, v: VarId, indices: &[Expr]) -> Option<Statement> {
        let count = self.count_of(v)?;
        let plus = match indices {
            [] => typed::binary(Operator::Plus, reference(self.program, count), typed::int(1)),
            _ => typed::binary(Operator::Plus, self.element(count, indices, Type::Int), typed::int(1)),
        };
        Some(self.assign(count, indices, plus))
    }

    /// The parts with `with` for each copy; other assignments stay.
    fn walk(&mut self, s: &Statement, with: &mut dyn FnMut(&mut Self, &Copy) -> Vec<Step>) -> Vec<Step> {
        match &s.kind {
            StatementKind::Assign { target, .. } if target.variable == self.variable => match self.copy(s) {
                Some(copy) => nested(&copy.loops.clone(), with(self, &copy), s.span),
                None => Vec::new(),
            },
            StatementKind::Block(_) => flattened(s).iter().flat_map(|s| self.walk(s, with)).collect(),
            StatementKind::For { body, .. } => {
                let mut header = s.clone();
                if let StatementKind::For { body, .. } = &mut header.kind {
                    **body = Statement { kind: StatementKind::Skip, span: body.span };
                }
                vec![Step::Loop { header, body: self.walk(body, with) }]
            }
            StatementKind::If { condition, then, otherwise } => vec![Step::Branch {
                condition: condition.clone(),
                then: self.walk(then, with),
                otherwise: otherwise.as_deref().map_or_else(Vec::new, |s| self.walk(s, with)),
                span: s.span,
            }],
            StatementKind::Skip => Vec::new(),
            _ => vec![Step::Plain(s.clone())],
        }
    }

    /// Copies of statements that can stand beside the others.
    fn again(&mut self, locals: &[Statement], parts: &[Statement]) -> (Vec<Statement>, Vec<Statement>) {
        let mut all: Vec<Statement> = locals.iter().chain(parts).cloned().collect();
        substitute::fresh_declarations(self.program, &mut all);
        let parts = all.split_off(locals.len());
        (all, parts)
    }

    /// Statements that read the parameters off the list: one block.
    fn read_back(&mut self, locals: &[Statement], parts: &[Statement]) -> Step {
        let (locals, parts) = self.again(locals, parts);
        let mut steps: Vec<Step> = locals.into_iter().map(Step::Plain).collect();
        for part in &parts {
            steps.extend(self.walk(part, &mut |own, copy| {
                let is_parameter = own.program.variable(copy.from).origin == Origin::Parameter;
                let value = own.element(own.variable, &copy.to, Type::Real);
                let read = Step::Plain(own.assign(copy.from, &copy.indices, value));
                if is_parameter { vec![read] } else { Vec::new() }
            }));
        }
        let items = steps.into_iter().map(statement).collect();
        Step::Plain(Statement { kind: StatementKind::Block(items), span: Span::default() })
    }

    /// Steps that take what is seen from the list. Of a list that was copied as a whole, only what was not replaced.
    fn taken(&mut self, locals: &[Statement], parts: &[Statement], defaults: &[Copy]) -> Option<Vec<Step>> {
        let (locals, parts) = self.again(locals, parts);
        let mut steps: Vec<Step> = locals.into_iter().map(Step::Plain).collect();
        for part in &parts {
            steps.extend(self.walk(part, &mut |own, copy| own.take(copy).into_iter().collect()));
        }
        for copy in defaults {
            let replaced = self.element(self.count_of(self.variable)?, &copy.to, Type::Int);
            let kept = Expr { ty: Type::Int, ..typed::binary(Operator::Equals, replaced, typed::int(0)) };
            let then: Vec<Step> = self.take(copy).into_iter().collect();
            let branch = Step::Branch { condition: kept, then, otherwise: Vec::new(), span: copy.span };
            steps.extend(nested(&copy.loops, vec![branch], copy.span));
        }
        // Declarations that only parameters need go with them.
        Some(steps)
    }

    fn take(&self, copy: &Copy) -> Option<Step> {
        if self.program.variable(copy.from).origin != Origin::Data {
            return None;
        }
        let place = match copy.indices.as_slice() {
            [] => Place::of(&reference(self.program, copy.from))?,
            indices => Place::of(&self.element(copy.from, indices, Type::Real))?,
        };
        let value = self.element(self.variable, &copy.to, Type::Real);
        Some(Step::Taken(Taken { place, value, span: copy.span }))
    }

    /// Steps that count the copies and refuse where an element has none, or more than one.
    fn counted(&mut self, locals: &[Statement], parts: &[Statement], defaults: &[Copy]) -> Vec<Step> {
        let (locals, parts) = self.again(locals, parts);
        let mut steps = Vec::new();
        let mut all: Vec<(VarId, Vec<Expr>)> = vec![(self.variable, self.sizes.clone())];
        for &v in &self.sources {
            let sizes = super::components::declared(self.program, v)
                .map_or_else(Vec::new, |ty| sizes_of(ty).into_iter().cloned().collect());
            all.push((v, sizes));
        }
        for (v, sizes) in &all {
            let name = format!("{}_copies", self.program.variable(*v).name);
            let count = fresh(
                self.program,
                &name,
                if sizes.is_empty() { Type::Int } else { Type::Int.array(sizes.len()) },
                Level::Data,
            );
            self.counts.insert(*v, count);
            let (ty, initial) = match sizes.as_slice() {
                [] => (SizedType::Int(Constraint::None), typed::int(0)),
                _ => {
                    let arguments = std::iter::once(typed::int(0)).chain(sizes.iter().cloned()).collect();
                    let zeros = typed::call("rep_array", arguments, Type::Int.array(sizes.len()));
                    (SizedType::Array(Box::new(SizedType::Int(Constraint::None)), sizes.clone()), zeros)
                }
            };
            let declaration = Declaration { variable: count, ty, initial: Some(initial), span: Span::default() };
            steps.push(Step::Plain(Statement { kind: StatementKind::Declare(declaration), span: Span::default() }));
        }
        steps.extend(locals.into_iter().map(Step::Plain));
        let once = |own: &Self, copy: &Copy| -> Vec<Step> {
            let counts = [own.one_more(own.variable, &copy.to), own.one_more(copy.from, &copy.indices)];
            counts.into_iter().flatten().map(Step::Plain).collect()
        };
        for part in &parts {
            steps.extend(self.walk(part, &mut |own, copy| once(own, copy)));
        }
        // What a whole list brings and nothing replaces.
        let mut filled = Vec::new();
        for copy in defaults {
            let Some(count) = self.count_of(self.variable) else { continue };
            let kept = Expr {
                ty: Type::Int,
                ..typed::binary(Operator::Equals, self.element(count, &copy.to, Type::Int), typed::int(0))
            };
            let from = self.one_more(copy.from, &copy.indices).into_iter().map(Step::Plain).collect();
            let branch = Step::Branch { condition: kept, then: from, otherwise: Vec::new(), span: copy.span };
            filled.extend(nested(&copy.loops, vec![branch], copy.span));
        }
        steps.extend(filled);
        for (v, sizes) in all {
            let is_list = v == self.variable;
            let exactly = is_list && defaults.is_empty() || self.program.variable(v).origin == Origin::Parameter;
            let Some(count) = self.count_of(v) else { continue };
            let loops: Vec<(VarId, Expr)> =
                sizes.iter().map(|size| (fresh(self.program, "k", Type::Int, Level::Data), size.clone())).collect();
            let indices: Vec<Expr> = loops.iter().map(|(k, _)| reference(self.program, *k)).collect();
            let one = match indices.as_slice() {
                [] => reference(self.program, count),
                indices => self.element(count, indices, Type::Int),
            };
            let op = if exactly { Operator::NotEquals } else { Operator::Greater };
            let condition = Expr { ty: Type::Int, ..typed::binary(op, one, typed::int(1)) };
            let name = &self.program.variable(v).name;
            let text = if is_list {
                format!("an element of {name} is not assembled from one element of its parts")
            } else {
                format!("an element of {name} is not copied once")
            };
            let refuse = Statement { kind: StatementKind::Reject(vec![Message::Text(text)]), span: Span::default() };
            let check = Statement {
                kind: StatementKind::If { condition, then: Box::new(refuse), otherwise: None },
                span: Span::default(),
            };
            steps.extend(nested(&loops, vec![Step::Plain(check)], Span::default()));
        }
        steps.into_iter().map(|s| Step::Plain(statement(s))).collect()
    }
}

/// A step without densities as a statement.
fn statement(step: Step) -> Statement {
    let block = |items: Vec<Step>| {
        let items = items.into_iter().map(statement).collect();
        Box::new(Statement { kind: StatementKind::Block(items), span: Span::default() })
    };
    match step {
        Step::Plain(s) => s,
        Step::Loop { mut header, body } => {
            if let StatementKind::For { body: inner, .. } = &mut header.kind {
                *inner = block(body);
            }
            header
        }
        Step::Branch { condition, then, otherwise, span } => {
            let otherwise = (!otherwise.is_empty()).then(|| block(otherwise));
            Statement { kind: StatementKind::If { condition, then: block(then), otherwise }, span }
        }
        _ => Statement { kind: StatementKind::Skip, span: Span::default() },
    }
}

/// Steps in loops from 1 to these sizes.
fn nested(loops: &[(VarId, Expr)], body: Vec<Step>, span: Span) -> Vec<Step> {
    loops.iter().rev().fold(body, |body, (k, size)| {
        if body.is_empty() {
            return body;
        }
        let skip = Box::new(Statement { kind: StatementKind::Skip, span });
        let kind = StatementKind::For { variable: *k, lower: typed::int(1), upper: size.clone(), body: skip };
        vec![Step::Loop { header: Statement { kind, span }, body }]
    })
}

/// A value without what only changes its kind of list.
fn bare(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Promote(inner) => bare(inner),
        ExprKind::Call { callee: Callee::Library(name), arguments }
            if matches!(name.as_str(), "to_vector" | "to_row_vector" | "to_array_1d")
                && one_dimensional(&arguments[0].ty) =>
        {
            bare(&arguments[0])
        }
        _ => e,
    }
}

fn one_dimensional(ty: &Type) -> bool {
    matches!(ty, Type::Vector | Type::RowVector) || matches!(ty, Type::Array(e, 1) if e.is_real_scalar())
}

/// The indices of one number in a part of a variable: `next` gives a loop variable for each dimension that the part keeps.
fn numbers(
    program: &mut Program,
    path: &[Vec<Index>],
    sizes: &[Expr],
    next: &mut dyn FnMut(&mut Program, Expr) -> Expr,
) -> Option<Vec<Expr>> {
    // A slice of a slice is rare.
    if path.len() > 1 && path[..path.len() - 1].iter().flatten().any(|i| !matches!(i, Index::Single(_))) {
        return None;
    }
    let given: Vec<&Index> = path.iter().flatten().collect();
    if given.len() > sizes.len() {
        return None;
    }
    let minus = |a: &Expr, b: &Expr| typed::binary(Operator::Minus, a.clone(), b.clone());
    let plus = |a: Expr, b: Expr| typed::binary(Operator::Plus, a, b);
    let mut out = Vec::new();
    for (dimension, size) in sizes.iter().enumerate() {
        out.push(match given.get(dimension) {
            Some(Index::Single(e)) => e.clone(),
            None | Some(Index::All) => next(program, size.clone()),
            Some(Index::To(last)) => next(program, last.clone()),
            Some(Index::From(first)) => {
                let k = next(program, plus(minus(size, first), typed::int(1)));
                plus(first.clone(), minus(&k, &typed::int(1)))
            }
            Some(Index::Between(first, last)) => {
                let k = next(program, plus(minus(last, first), typed::int(1)));
                plus(first.clone(), minus(&k, &typed::int(1)))
            }
            Some(Index::Multi(list)) => {
                let k = next(program, typed::call("size", vec![list.clone()], Type::Int));
                let kind = ExprKind::Index { base: Box::new(list.clone()), indices: vec![Index::Single(k)] };
                Expr { kind, ty: Type::Int, ..list.clone() }
            }
        });
    }
    Some(out)
}
