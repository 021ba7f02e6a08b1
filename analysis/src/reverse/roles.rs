//! What each density is: of a parameter, of observed data, or of neither; and whether the parameters can be drawn in order.

use super::coverage::{Coverage, Loops, Region, coverage};
use super::draw::{Restriction, statements};
use super::text::constraint;
use super::{Findings, Note, Options, Text, flat, order};
use crate::place::Place;
use crate::step::{Draw, Step, Uses};
use crate::support;
use ppl_grammar::ast;
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::{BTreeMap, BTreeSet};

/// The steps of a program.
pub struct Model {
    pub transformed: Vec<Step>,
    pub model: Vec<Step>,
    /// Variables that depend on parameters, through whatever is computed.
    pub active: BTreeSet<VarId>,
}

impl Model {
    pub fn new(program: &Program, transformed: Vec<Step>, model: Vec<Step>) -> Model {
        let active = (0..program.variables.len() as u32)
            .map(VarId)
            .filter(|v| program.variable(*v).level == Level::Parameter)
            .collect();
        Model { transformed, model, active }
    }
}

/// How the values of a parameter come about.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// By its densities, under this restriction.
    Drawn(Restriction),
    /// It has none, and is uniform on a compact set.
    Flat,
    /// It has none; a prior was asked for on the command line, as statements of the model and as draws.
    Added,
}

/// What is to be written.
pub struct Plan {
    /// The parameters of the program as it was written.
    pub parameters: Vec<VarId>,
    pub transformed: Vec<Step>,
    pub model: Vec<Step>,
    /// Whether the parameters are to be sampled by NUTS.
    pub by_mcmc: bool,
    pub sources: BTreeMap<VarId, Source>,
    /// Observed variables, and whether they are drawn as a whole.
    pub observed: BTreeMap<VarId, bool>,
    pub observed_regions: Vec<String>,
    /// Priors that the program lacks: `~` statements for the model block, statements that draw, and new bounds.
    pub added: Vec<flat::Added>,
}

/// A draw with what is around it.
struct Found<'s> {
    step: &'s Step,
    draw: &'s Draw,
    loops: Loops<'s>,
    /// Conditions of the branches around it, and whether a `while` is among the loops.
    conditions: Vec<&'s Expr>,
    in_while: bool,
}

/// An outcome that is drawn otherwise than from one density, with what is around it.
struct Otherwise<'s> {
    place: &'s Place,
    loops: Loops<'s>,
    conditional: bool,
    /// What of the given values it keeps.
    keeps: Option<&'static str>,
    /// Whether it is what is seen of something drawn elsewhere: then the simulator sees to it that nothing is taken twice.
    taken: bool,
    span: Span,
}

/// Decides everything that [`super::write`] needs.
pub fn plan(text: &mut Text, model: Model, options: &Options, findings: &mut Findings) -> Plan {
    let program = text.program();
    let all: Vec<Step> = model.transformed.iter().chain(&model.model).cloned().collect();
    let mut found = Vec::new();
    let mut enumerated = Vec::new();
    let (mut loops, mut conditions) = (Vec::new(), Vec::new());
    all.iter().for_each(|step| gather(step, &mut loops, &mut conditions, &mut found, &mut enumerated));

    let is_parameter = |v: VarId| program.variable(v).origin == Origin::Parameter;
    let mut observed: BTreeMap<VarId, Vec<&Found>> = BTreeMap::new();
    let mut drawn: BTreeMap<VarId, Vec<&Found>> = BTreeMap::new();
    for f in &found {
        let variable = f.draw.place.variable;
        if is_parameter(variable) { &mut drawn } else { &mut observed }.entry(variable).or_default().push(f);
    }
    let mut observed_variables: BTreeSet<VarId> = observed.keys().copied().collect();

    let mut conditions_of_given = Vec::new();
    let mut observed_regions = Vec::new();
    let mut observed_whole = BTreeMap::new();
    for (variable, founds) in &observed {
        let whole = observed_coverage(text, *variable, founds, findings, &mut observed_regions);
        observed_whole.insert(*variable, whole);
    }
    for e in &enumerated {
        let variable = e.place.variable;
        let again = !observed_variables.insert(variable);
        if e.taken && observed.contains_key(&variable) {
            // It changes what is drawn before.
            continue;
        }
        if again && e.taken {
            let _ = coverage_otherwise(text, e, findings, &mut observed_regions);
            observed_whole.insert(variable, false);
            continue;
        }
        if again {
            let name = text.given().names.of(variable);
            findings.unsupported.push(Note::new(e.span, format!("`{name}` has two densities")));
            continue;
        }
        let whole = coverage_otherwise(text, e, findings, &mut observed_regions);
        observed_whole.insert(variable, whole);
    }
    for (_, of) in &findings.given {
        let name = text.given().names.of(*of);
        let condition = format!("what is missing of `{name}` is given");
        if let Some(whole) = observed_whole.get_mut(of) {
            *whole = false;
            conditions_of_given.push(condition);
        }
    }
    conditions_of_given.into_iter().for_each(|c| findings.condition(c));
    unread_factors(program, &all, &model, &observed_variables, findings);
    branches_on_outcomes(program, &found, &observed_variables, findings);

    let mut sources = BTreeMap::new();
    let mut added = Vec::new();
    for declaration in &program.parameters {
        let variable = declaration.variable;
        match drawn.get(&variable) {
            Some(founds) => {
                if let Some(source) = directed(text, declaration, founds, options, findings, &mut added) {
                    sources.insert(variable, source);
                }
            }
            None => without_density(text, declaration, &all, options, findings, &mut sources, &mut added),
        }
    }
    order::check(text, &all, findings);
    taken_as_given(program, &all, &observed_variables, findings);
    Plan {
        parameters: Vec::new(),
        by_mcmc: !findings.undirected.is_empty(),
        transformed: model.transformed,
        model: model.model,
        sources,
        observed: observed_whole,
        observed_regions,
        added,
    }
}

fn gather<'s>(
    step: &'s Step,
    loops: &mut Loops<'s>,
    conditions: &mut Vec<&'s Expr>,
    out: &mut Vec<Found<'s>>,
    enumerated: &mut Vec<Otherwise<'s>>,
) {
    match step {
        Step::Loop { header, body } => {
            loops.push(header);
            body.iter().for_each(|s| gather(s, loops, conditions, out, enumerated));
            loops.pop();
        }
        Step::Branch { condition, then, otherwise, .. } => {
            conditions.push(condition);
            then.iter().chain(otherwise).for_each(|s| gather(s, loops, conditions, out, enumerated));
            conditions.pop();
        }
        Step::Enumerate { place, held, span, .. } => enumerated.push(Otherwise {
            place,
            loops: loops.clone(),
            conditional: !conditions.is_empty(),
            keeps: held.then_some("is drawn given what is computed from it and used elsewhere"),
            taken: false,
            span: *span,
        }),
        Step::Taken(taken) => enumerated.push(Otherwise {
            place: &taken.place,
            loops: loops.clone(),
            conditional: !conditions.is_empty(),
            keeps: None,
            taken: true,
            span: taken.span,
        }),
        Step::Censored(censored) => {
            let own = censored.keeps_given();
            for place in censored.places() {
                enumerated.push(Otherwise {
                    place,
                    loops: loops.clone(),
                    conditional: !conditions.is_empty(),
                    keeps: own.then_some("is given where it is censored: what is not, never is"),
                    taken: false,
                    span: censored.span,
                });
            }
        }
        Step::Plain(_) | Step::Factor(_) | Step::Made(_) | Step::Choose(_) => {}
        Step::Draw(_) | Step::Mixture(_) => {
            let in_while = loops.iter().any(|l| matches!(l.kind, StatementKind::While { .. }));
            for draw in step.draws() {
                out.push(Found { step, draw, loops: loops.clone(), conditions: conditions.clone(), in_while });
            }
        }
    }
}

/// Observed data that the given values stand in for: what was computed from them in transformed data, and what priors that are
/// sampled read of them. An outcome that is drawn from what its own given values say has another density than the program's.
fn taken_as_given(program: &Program, steps: &[Step], observed: &BTreeSet<VarId>, findings: &mut Findings) {
    let by_mcmc = !findings.undirected.is_empty();
    for &variable in observed {
        let mut derived = derived_data(program, variable);
        derived.retain(|v| !observed.contains(v));
        // Integers are mostly sizes and positions: what is modelled, not what it is modelled by.
        let is_integer = |v: &VarId| program.variable(*v).ty.is_integral();
        let (mut sizes, mut derived): (BTreeSet<VarId>, BTreeSet<VarId>) = derived.into_iter().partition(is_integer);
        flow(steps, &mut derived, &|_, _| false);
        flow(steps, &mut sizes, &|_, _| false);
        let (mut by_prior, mut by_size, mut by_itself) = (false, false, None);
        for step in steps {
            step.for_each(&mut |s| {
                let places = s.draws().into_iter().map(|d| d.place.variable).collect::<Vec<VarId>>();
                let reads = Uses::of(s).reads;
                let parameter = places.iter().any(|v| program.variable(*v).origin == Origin::Parameter);
                let through = !reads.is_disjoint(&derived);
                by_prior |= parameter && (through || by_mcmc && reads.contains(&variable));
                by_size |= !places.is_empty() && !reads.is_disjoint(&sizes);
                if through && places.contains(&variable) {
                    by_itself = Some(s.span());
                }
            });
        }
        let name = &program.variable(variable).name;
        if let Some(span) = by_itself {
            let text = format!("`{name}` is drawn from what transformed data compute from its given values");
            findings.unsupported.push(Note::new(span, text));
            continue;
        }
        if by_prior {
            findings.condition(format!("`{name}` is taken as given where priors read it"));
        }
        if by_size {
            findings.condition(format!("`{name}` is taken as given where integers are computed from it"));
        }
    }
}

/// The region of an outcome that is drawn otherwise; says whether all of the variable is drawn.
fn coverage_otherwise(text: &Text, e: &Otherwise, findings: &mut Findings, regions_out: &mut Vec<String>) -> bool {
    let name = text.given().names.of(e.place.variable);
    let region = Region::of(text, e.place, &e.loops);
    regions_out.push(format!("{name}{}", region.describe()));
    if let Some(keeps) = e.keeps {
        findings.condition(format!("`{name}` {keeps}"));
        return false;
    }
    if e.conditional || !region.is_whole() {
        findings.condition(format!("each element of `{name}` has one density or is given"));
        return false;
    }
    true
}

/// Regions of one observed variable; says whether all of it is drawn.
fn observed_coverage(
    text: &mut Text,
    variable: VarId,
    founds: &[&Found],
    findings: &mut Findings,
    regions_out: &mut Vec<String>,
) -> bool {
    let name = text.given().names.of(variable).to_string();
    let span = founds[0].draw.span;
    // Components of one mixture draw the same thing: one of them does.
    let mut regions: Vec<Region> = Vec::new();
    let mut seen: Vec<(*const Step, Region)> = Vec::new();
    let mut in_branches: Vec<Region> = Vec::new();
    for f in founds {
        let region = Region::of(text, &f.draw.place, &f.loops);
        let key = std::ptr::from_ref(f.step);
        if seen.iter().any(|(k, r)| *k == key && *r == region && matches!(f.step, Step::Mixture(_))) {
            continue;
        }
        seen.push((key, region.clone()));
        if f.conditions.is_empty() {
            regions.push(region)
        } else {
            in_branches.push(region)
        }
        // On a copy, so that names that are tried are not taken.
        if let Err(why) = statements(&mut text.clone(), f.draw, &restriction_of_truncation(f.draw)) {
            findings.unsupported.push(Note::new(f.draw.span, format!("`{name}` cannot be drawn: {why}")));
        }
    }
    let mut described: Vec<String> =
        regions.iter().chain(&in_branches).map(|r| format!("{name}{}", r.describe())).collect();
    described.dedup();
    regions_out.extend(described);
    // Branches share their elements out; that they do not overlap is checked as the simulator runs.
    if !in_branches.is_empty() {
        count_draws(text, variable, founds);
        findings.condition(format!("the branches around the densities of `{name}` give each element one density"));
        return false;
    }
    match coverage(text, variable, &regions) {
        Coverage::Whole => true,
        Coverage::Part { missing } => {
            for (a, b) in missing {
                let part = Region { ranges: vec![super::coverage::Range::Span(a, b)] };
                findings.condition(format!("`{name}{}` is given", part.describe()));
            }
            false
        }
        Coverage::Twice => {
            findings.unsupported.push(Note::new(span, format!("`{name}` has two densities")));
            false
        }
        Coverage::Unknown => {
            count_draws(text, variable, founds);
            findings.condition(format!("each element of `{name}` has one density or is given"));
            false
        }
    }
}

/// Lets the simulator count how often each number is drawn; not where slices of slices are.
fn count_draws(text: &mut Text, variable: VarId, founds: &[&Found]) {
    let depth = text.sizes(variable).len();
    let plain = |f: &&Found| {
        let before = f.draw.place.path.split_last().map_or(&[][..], |(_, before)| before);
        before.iter().flatten().all(|i| matches!(i, Index::Single(_)))
    };
    if depth > 0 && founds.iter().all(plain) {
        text.count_draws(variable, depth);
    }
}

pub fn restriction_of_truncation(draw: &Draw) -> Restriction {
    match &draw.truncation {
        Some(t) => Restriction::Within { lower: t.lower.clone(), upper: t.upper.clone() },
        None => Restriction::None,
    }
}

/// Factors that are no density of anything: of the parameters, of constants, or of data in a form that is not understood.
fn unread_factors(
    program: &Program,
    steps: &[Step],
    model: &Model,
    observed: &BTreeSet<VarId>,
    findings: &mut Findings,
) {
    let assembled = assembled(program, steps, observed);
    for step in steps {
        step.for_each(&mut |s| {
            let Step::Factor(factor) = s else { return };
            let uses = Uses::of(s);
            let reads_parameters = factor.term.is_none() || uses.reads.iter().any(|v| model.active.contains(v));
            let has_density = factor.term.as_ref().is_some_and(|e| contains_density_of_data(program, e));
            let reads_observed =
                has_density || uses.reads.iter().any(|v| observed.contains(v) || assembled.contains(v));
            if reads_observed && reads_parameters {
                let text = "a term of `target` in which observed data and parameters meet, and which is no density that can be drawn from";
                findings.unsupported.push(Note::new(factor.span(), text));
            } else if reads_observed {
                let text = "a term of `target` that weighs the observed data";
                findings.unsupported.push(Note::new(factor.span(), text));
            } else if reads_parameters {
                let data: Vec<&str> = uses
                    .reads
                    .iter()
                    .filter(|v| program.variable(**v).origin == Origin::Data && !program.variable(**v).ty.is_integral())
                    .map(|v| program.variable(*v).name.as_str())
                    .collect();
                let given = data.iter().map(|d| format!("`{d}`")).collect::<Vec<_>>().join(", ");
                let text = if !factor.negative && factor.term.as_ref().is_some_and(|e| holds_tail_of_data(program, e)) {
                    format!("the probability of what is only known to lie beyond {given}, which stays given: parameters are drawn given it")
                } else if data.is_empty() {
                    "a term of `target` that is no density of a variable".to_string()
                } else {
                    format!("a term of `target` that is no density of a variable; it takes {given} as given")
                };
                findings.undirected.push(Note::new(factor.span(), text));
            }
        });
    }
    if observed.is_empty() {
        let tainted = data_without_density(program, steps);
        let mut unread = None;
        for step in steps {
            step.for_each(&mut |s| {
                if let Step::Factor(f) = s
                    && unread.is_none()
                    && Uses::of(s).reads.iter().any(|v| tainted.contains(v))
                {
                    unread = Some(f.span());
                }
            });
        }
        if let Some(span) = unread {
            let text = "nothing in the program is recognised as observed, and data enter `target` here";
            findings.unsupported.push(Note::new(span, text));
        }
    }
}

/// Data that are no sizes, and what is computed from them.
pub fn data_without_density(program: &Program, steps: &[Step]) -> BTreeSet<VarId> {
    let data = program.data.iter().map(|d| d.variable).filter(|v| program.variable(*v).ty != Type::Int);
    let mut tainted: BTreeSet<VarId> = data.collect();
    let transformed: Vec<Step> = program.transformed_data.iter().map(|s| Step::Plain(s.clone())).collect();
    flow(&transformed, &mut tainted, &|_, _| false);
    // Numbers computed from data are mostly sizes and positions.
    tainted.retain(|v| program.variable(*v).ty != Type::Int);
    flow(steps, &mut tainted, &|_, _| false);
    tainted
}

/// A density in a branch that its own outcome decides is no density of that outcome.
fn branches_on_outcomes(program: &Program, found: &[Found], observed: &BTreeSet<VarId>, findings: &mut Findings) {
    for f in found {
        let variable = f.draw.place.variable;
        if !observed.contains(&variable) {
            continue;
        }
        let derived = derived_data(program, variable);
        for condition in &f.conditions {
            let mut uses = Uses::default();
            uses.reads_of(condition);
            if uses.reads.iter().any(|v| *v == variable || derived.contains(v)) {
                let name = &program.variable(variable).name;
                let text = format!("whether `{name}` has this density depends on `{name}` itself");
                findings.unsupported.push(Note::new(f.draw.span, text));
                return;
            }
        }
    }
}

/// Transformed data that are computed from a variable.
pub fn derived_data(program: &Program, variable: VarId) -> BTreeSet<VarId> {
    let mut reached = BTreeSet::from([variable]);
    loop {
        let before = reached.len();
        program.transformed_data.iter().for_each(|s| add_computed(s, false, &mut reached));
        if reached.len() == before {
            return reached;
        }
    }
}

/// Adds the variables that a statement computes from what is reached; `decided` says whether it decides that the statement runs at all.
fn add_computed(s: &Statement, decided: bool, reached: &mut BTreeSet<VarId>) {
    let reads = |e: &Expr, reached: &BTreeSet<VarId>| {
        let mut uses = Uses::default();
        uses.reads_of(e);
        !uses.reads.is_disjoint(reached)
    };
    match &s.kind {
        StatementKind::Block(items) => items.iter().for_each(|s| add_computed(s, decided, reached)),
        StatementKind::Profile { body, .. } => body.iter().for_each(|s| add_computed(s, decided, reached)),
        StatementKind::If { condition, then, otherwise } => {
            let decided = decided || reads(condition, reached);
            add_computed(then, decided, reached);
            otherwise.iter().for_each(|s| add_computed(s, decided, reached));
        }
        StatementKind::For { lower, upper, body, .. } if !leaves(body) => {
            let decided = decided || reads(lower, reached) || reads(upper, reached);
            add_computed(body, decided, reached);
        }
        _ => {
            let uses = Uses::of(&Step::Plain(s.clone()));
            if decided || !uses.reads.is_disjoint(reached) {
                reached.extend(uses.assigns);
            }
        }
    }
}

/// Whether a loop may end early: what decides that is not looked into.
fn leaves(body: &Statement) -> bool {
    let mut found = false;
    body.for_each(&mut |s| found |= matches!(s.kind, StatementKind::Break | StatementKind::Continue));
    found
}

/// Variables that are computed from densities of data or from observed data: terms of a likelihood on their way to `target`.
pub fn assembled(program: &Program, steps: &[Step], observed: &BTreeSet<VarId>) -> BTreeSet<VarId> {
    let mut reached = observed.clone();
    for &variable in observed {
        reached.extend(derived_data(program, variable));
    }
    flow(steps, &mut reached, &|program_value, _| contains_density_of_data(program, program_value));
    reached
}

/// Adds to `reached` what is computed from it, or from values of which `more` is true.
pub fn flow(steps: &[Step], reached: &mut BTreeSet<VarId>, more: &dyn Fn(&Expr, &BTreeSet<VarId>) -> bool) {
    loop {
        let before = reached.len();
        for step in steps {
            step.for_each(&mut |s| {
                let Step::Plain(statement) = s else { return };
                statement.for_each(&mut |inner| {
                    let (StatementKind::Assign { value, .. }
                    | StatementKind::Declare(Declaration { initial: Some(value), .. })) = &inner.kind
                    else {
                        return;
                    };
                    let mut uses = Uses::default();
                    uses.reads_of(value);
                    if more(value, reached) || uses.reads.iter().any(|v| reached.contains(v)) {
                        reached.extend(Uses::of(&Step::Plain(inner.clone())).assigns);
                    }
                });
            });
        }
        if reached.len() == before {
            return;
        }
    }
}

pub fn contains_density_of_data(program: &Program, e: &Expr) -> bool {
    let mut found = false;
    e.for_each(&mut |e| {
        found |= crate::collect::density_of(program, e, e.span)
            .is_some_and(|draw| program.variable(draw.place.variable).origin != Origin::Parameter);
    });
    found
}

/// Whether a probability that data lie beyond a value is among the terms: rows that are censored.
pub fn holds_tail_of_data(program: &Program, e: &Expr) -> bool {
    let mut found = false;
    e.for_each(&mut |e| {
        if let ExprKind::Call { callee: Callee::Distribution { form, .. }, arguments } = &e.kind
            && matches!(form, Form::Lcdf | Form::Lccdf | Form::Cdf)
            && let Some(outcome) = arguments.first()
        {
            let mut uses = Uses::default();
            uses.reads_of(outcome);
            let is_data = |v: &VarId| matches!(program.variable(*v).origin, Origin::Data | Origin::TransformedData);
            found |= uses.reads.iter().any(is_data);
        }
    });
    found
}

/// How a parameter with densities is drawn; `None` (with the reason noted) where it cannot be.
fn directed(
    text: &mut Text,
    declaration: &Declaration,
    founds: &[&Found],
    options: &Options,
    findings: &mut Findings,
    added: &mut Vec<flat::Added>,
) -> Option<Source> {
    let variable = declaration.variable;
    let name = text.given().names.of(variable).to_string();
    let mut restriction: Option<Restriction> = None;
    for f in founds {
        let note = |text: String| Note::new(f.draw.span, text);
        if f.in_while || f.conditions.iter().any(|c| c.level == Level::Parameter) {
            findings.undirected.push(note(format!("whether `{name}` has this density depends on parameters")));
            return None;
        }
        if !f.conditions.is_empty() {
            findings.condition(format!("`{name}` has one density in each branch"));
        }
        if !f.draw.place.keeps_measure() {
            findings.undirected.push(note(format!("a density of a function of `{name}`")));
            return None;
        }
        let one = match restrict(f.draw, declaration) {
            Ok((one, rewrite)) => {
                if let Some(rewrite) = rewrite {
                    findings.rewrite(rewrite);
                }
                one
            }
            Err(why) => {
                findings.undirected.push(note(format!("`{name}`: {why}")));
                return None;
            }
        };
        if let Err(why) = statements(&mut text.clone(), f.draw, &one) {
            findings.undirected.push(note(format!("`{name}` cannot be drawn: {why}")));
            return None;
        }
        restriction = Some(one);
    }
    let unconditional = founds.iter().all(|f| f.conditions.is_empty());
    let mut seen: Vec<*const Step> = Vec::new();
    let mut regions = Vec::new();
    for f in founds {
        let key = std::ptr::from_ref(f.step);
        if !seen.contains(&key) {
            seen.push(key);
            regions.push(Region::of(text, &f.draw.place, &f.loops));
        }
    }
    match coverage(text, variable, &regions) {
        Coverage::Whole => {}
        _ if !unconditional => {}
        Coverage::Twice => {
            findings.undirected.push(Note::new(founds[0].draw.span, format!("`{name}` has two densities")));
            return None;
        }
        Coverage::Part { missing } => {
            if flat::is_compact(declaration) {
                let note = format!("part of `{name}` has no density");
                findings.undirected.push(Note::new(declaration.span, note));
                return None;
            }
            match flat::add(text, declaration, Some(&missing), options) {
                Some(prior) => added.push(prior),
                None => {
                    let part: Vec<String> = missing
                        .iter()
                        .map(|(a, b)| {
                            let range = super::coverage::Range::Span(a.clone(), b.clone());
                            format!("`{name}{}`", Region { ranges: vec![range] }.describe())
                        })
                        .collect();
                    let note = format!("{} has no density and no bounds on both sides", part.join(", "));
                    findings.improper.push((variable, Note::new(declaration.span, note)));
                }
            }
        }
        Coverage::Unknown => {
            let note = format!("which elements of `{name}` have a density is known only with the data");
            findings.undirected.push(Note::new(founds[0].draw.span, note));
            return None;
        }
    }
    restriction.map(Source::Drawn)
}

/// How a draw is kept within the constraint of its parameter, and by which identity.
pub fn restrict(draw: &Draw, declaration: &Declaration) -> Result<(Restriction, Option<&'static str>), String> {
    let family = match &draw.density {
        Callee::Distribution { family, .. } => family.as_str(),
        _ => "",
    };
    let constant = draw.arguments.iter().all(|a| a.level == Level::Data);
    let same_law = draw.arguments.iter().all(|a| a.ty.is_real_scalar());
    let element = constraint(&declaration.ty);
    if let Some(bounds) = support::bounds(element) {
        let supported = support::support(family, &draw.arguments);
        if let Some(t) = &draw.truncation {
            let truncated = support::Interval { lower: t.lower.clone(), upper: t.upper.clone() };
            if !bounds.contains(&truncated) && !bounds.contains(&supported) {
                return Err("its truncation is wider than its bounds".to_string());
            }
            return Ok((Restriction::Within { lower: truncated.lower, upper: truncated.upper }, None));
        }
        if bounds.is_unbounded() || bounds.contains(&supported) {
            return Ok((Restriction::None, None));
        }
        let center = support::symmetric_about(family, &draw.arguments);
        let about = |bound: &Expr| center.as_ref().is_some_and(|c| support::same(c, bound));
        match (&bounds.lower, &bounds.upper) {
            (Some(lower), None) if about(lower) => return Ok((Restriction::Fold { lower: true }, Some("half_prior"))),
            (None, Some(upper)) if about(upper) => return Ok((Restriction::Fold { lower: false }, Some("half_prior"))),
            _ => {}
        }
        let fixed = bounds.ends().all(|e| e.level == Level::Data);
        if !constant || !fixed || family.is_empty() {
            return Err("bounds cut its density, whose mass within them depends on parameters".to_string());
        }
        // Only the ends that cut.
        let cuts = |end: &Option<Expr>, upper: bool| {
            let one = match upper {
                true => support::Interval { lower: None, upper: end.clone() },
                false => support::Interval { lower: end.clone(), upper: None },
            };
            end.clone().filter(|_| !one.contains(&supported))
        };
        let (lower, upper) = (cuts(&bounds.lower, false), cuts(&bounds.upper, true));
        return Ok((Restriction::Within { lower, upper }, Some("truncated_prior")));
    }
    if draw.truncation.is_some() {
        return Err("a truncated density of a constrained vector".to_string());
    }
    match (element, family) {
        (Constraint::Simplex, "dirichlet")
        | (Constraint::CorrMatrix, "lkj_corr")
        | (Constraint::CholeskyFactorCorr, "lkj_corr_cholesky")
        | (Constraint::CovMatrix, "wishart" | "inv_wishart")
        | (Constraint::CholeskyFactorCov, "wishart_cholesky" | "inv_wishart_cholesky") => Ok((Restriction::None, None)),
        (Constraint::Ordered, _) if same_law && draw.place.is_whole() && constant => {
            Ok((Restriction::Sorted, Some("ordered_by_sorting")))
        }
        (Constraint::Ordered, "normal" | "cauchy" | "logistic" | "double_exponential" | "student_t" | "gumbel")
            if same_law && draw.place.is_whole() =>
        {
            // The mass of one order is 1/K! whatever the arguments are.
            Ok((Restriction::Sorted, Some("ordered_by_sorting")))
        }
        (Constraint::PositiveOrdered, _) if same_law && draw.place.is_whole() => {
            let supported = support::support(family, &draw.arguments);
            let positive = supported.lower.as_ref().and_then(support::constant) == Some(0.0);
            match (positive, constant) {
                (true, _) => Ok((Restriction::Sorted, Some("ordered_by_sorting"))),
                (false, true) => Ok((Restriction::SortedWithin { lower: 0.0 }, Some("ordered_by_sorting"))),
                (false, false) => Err("positive order cuts its density".to_string()),
            }
        }
        _ => Err("its constraint and its density do not fit together".to_string()),
    }
}

/// A parameter that is given no density.
fn without_density(
    text: &mut Text,
    declaration: &Declaration,
    steps: &[Step],
    options: &Options,
    findings: &mut Findings,
    sources: &mut BTreeMap<VarId, Source>,
    added: &mut Vec<flat::Added>,
) {
    let variable = declaration.variable;
    let name = text.given().names.of(variable).to_string();
    if options.ranges.contains_key(&name)
        && let Some(prior) = flat::add(text, declaration, None, options)
    {
        sources.insert(variable, Source::Added);
        return added.push(prior);
    }
    if let Some(inconstant) = flat::bounds_by_parameters(declaration) {
        let note = format!("`{name}` is flat between bounds that depend on parameters");
        return findings.undirected.push(Note::new(inconstant, note));
    }
    if flat::is_compact(declaration) {
        if flat::draw(text, declaration).is_some() {
            findings.rewrite("flat_on_compact");
            sources.insert(variable, Source::Flat);
        } else {
            findings.undirected.push(Note::new(declaration.span, format!("`{name}` is flat on its constrained set")));
        }
        return;
    }
    if enters_factor(steps, text.program(), variable) {
        // Its density is part of a factor, or of a density of something computed from it.
        return;
    }
    match flat::add(text, declaration, None, options) {
        Some(prior) => {
            sources.insert(variable, Source::Added);
            added.push(prior);
        }
        None => {
            let note = format!("`{name}` has no density and no bounds on both sides");
            findings.improper.push((variable, Note::new(declaration.span, note)));
        }
    }
}

/// Whether a variable has a part in a factor that is no density of a variable.
fn enters_factor(steps: &[Step], program: &Program, variable: VarId) -> bool {
    let mut reached: BTreeSet<VarId> = BTreeSet::from([variable]);
    let mut entered = false;
    // Computed variables carry it on; a second pass sees what loops carry back.
    for _ in 0..2 {
        for step in steps {
            step.for_each(&mut |s| match s {
                Step::Plain(_) => {
                    let uses = Uses::of(s);
                    if uses.reads.iter().any(|v| reached.contains(v)) {
                        reached.extend(uses.assigns);
                    }
                }
                Step::Factor(_) => entered |= Uses::of(s).reads.iter().any(|v| reached.contains(v)),
                Step::Draw(draw) => {
                    // A density of a function of the variable, or of something computed from it.
                    let v = draw.place.variable;
                    entered |= v == variable && !draw.place.keeps_measure();
                    entered |= v != variable && reached.contains(&v) && program.variable(v).origin != Origin::Parameter;
                }
                _ => {}
            });
        }
    }
    entered
}

/// Statements of a draw that has been checked before.
pub fn written(text: &mut Text, draw: &Draw, restriction: &Restriction) -> Vec<ast::Statement> {
    statements(text, draw, restriction).unwrap_or_default()
}
