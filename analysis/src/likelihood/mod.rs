//! The pointwise log-likelihood of a program: `target` taken apart into the log density of each observed unit and the rest.
//!
//! # How
//! 1. [`collect`] reads the model block as steps; densities of data, and factors in which densities of data end,
//!    belong to the likelihood, all others to the prior.
//! 2. [`split`] divides a density of many values into one for each: an element of an observed variable is a unit; of a
//!    multivariate family, the whole outcome.
//! 3. What is no density of a part of a variable (a forward recursion, a user's function) is one unit each time its statement
//!    is executed; [`count`] counts the executions in `transformed data`.
//! 4. The result is a Stan program with the same data, parameters and transformed parameters, whose `generated quantities`
//!    execute the model block and write down the parts. It is to be checked like any other program.
//!
//! All constants are kept, so that the log-likelihoods and the log prior add up to the normalised `target`. A second program has the
//! parts in its model block, each unit with a weight that is read as data: 0 leaves a unit out, 1 everywhere is the normalised joint
//! density.

mod count;
pub(crate) mod split;

use crate::build;
use crate::collect;
use crate::feedback;
use crate::place::Place;
use crate::reverse::rewrites::components::element;
use crate::reverse::roles::{assembled, contains_density_of_data, data_without_density, holds_tail_of_data};
use crate::reverse::{Findings, rewrites};
use crate::step::{Draw, Factor, Step, Uses};
use crate::substitute::{self, Change};
use crate::support::strip;
use crate::unparse::{Names, Unparse, ident};
use crate::verdict::Reason;
use ppl_grammar::ast;
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use split::Split;
use std::collections::{BTreeMap, BTreeSet};

/// A program that computes the pointwise log-likelihood.
#[derive(Clone, Debug)]
pub struct Pointwise {
    pub program: ast::Program,
    /// The model with a weight for each unit; its other data are those of the model.
    pub weighted: ast::Program,
    /// The quantity with everything in `target` that belongs to no unit.
    pub log_prior: String,
    /// The parts of it that are densities of parameters.
    pub priors: Vec<Prior>,
    pub groups: Vec<Group>,
    /// Worth knowing: what does not split, and what was taken for prior or likelihood without being sure.
    pub remarks: Vec<Reason>,
}

/// The densities of one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prior {
    pub parameter: String,
    /// The quantity that holds their sum.
    pub quantity: String,
    /// Whether no other parameter enters them: the top level of a hierarchy.
    pub top: bool,
}

/// Units that one quantity of the program holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Log-likelihoods: a number, or an array of them.
    pub values: String,
    /// How many densities each unit has had: an element with none was not observed.
    pub counts: String,
    /// In the weighted program: the weights, of the shape of `values`.
    pub weights: String,
    /// In the weighted program: the sizes of `weights`, if it is an array.
    pub sizes: Option<String>,
    pub units: Units,
}

/// What the units of a group are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Units {
    /// Elements of this variable, by their leading indexes.
    Elements(String),
    /// Executions of the statement in this line, in order.
    Executions { line: usize },
}

/// Writes the program. `locate` gives line and column of a span.
///
/// # Errors
/// What cannot be taken apart: `target()`, functions that change `target` inside, no likelihood at all.
pub fn pointwise(program: &Program, locate: &dyn Fn(Span) -> (usize, usize)) -> Result<Pointwise, Vec<Reason>> {
    let program = &rewrites::of_program(program, &mut Findings::default());
    let mut model = collect::steps(program, &program.model);
    let transformed = collect::steps(program, &program.transformed_parameters);
    substitute::steps(&mut model, &mut Normalised);
    rewrites::normalisers::apply(program, &mut model, &mut Findings::default());
    let all: Vec<Step> = transformed.iter().chain(&model).cloned().collect();
    let reason = |span: Span, text: String| {
        let (line, column) = locate(span);
        Reason { line, column, text }
    };
    let refused: Vec<Reason> = refusals(program, &model).into_iter().map(|(span, text)| reason(span, text)).collect();
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut writer = Writer::new(program, Likelihood::of(program, &all));
    model.iter().for_each(|s| writer.note_owned(s));
    model.iter().for_each(|s| writer.plan(&model, s));
    model.iter().for_each(|s| writer.note_constants(s));
    if writer.elements.is_empty() && writer.executions.is_empty() {
        return Err(vec![reason(Span::default(), "the program gives no data a density".to_string())]);
    }
    writer.name_units();
    let written = writer.values(&model);
    let weighted = writer.weighted(&model);
    let groups = writer.groups(locate);
    for (variable, span) in feedback::of_steps(program, &all) {
        let text = format!(
            "the density of `{}` is given other values of it: leaving one out does not take it from what predicts the others, but leaving the future out does",
            program.variable(variable).name
        );
        writer.remarks.push((span, text));
    }
    let priors = writer.priors.into_values().collect();
    let remarks = writer.remarks.into_iter().map(|(span, text)| reason(span, text)).collect();
    Ok(Pointwise { program: written, weighted, log_prior: writer.log_prior, priors, groups, remarks })
}

/// Densities in their normalised form.
struct Normalised;

impl Change for Normalised {
    fn expr(&mut self, e: &mut Expr) {
        if let ExprKind::Call { callee: Callee::Distribution { form, .. } | Callee::User { form, .. }, .. } =
            &mut e.kind
            && *form == Form::LogUnnormalised
        {
            *form = Form::Log;
        }
    }
}

/// What no program without `target` can compute.
fn refusals(program: &Program, model: &[Step]) -> Vec<(Span, String)> {
    let mut out = Vec::new();
    for step in model {
        step.for_each(&mut |s| {
            if let Step::Factor(Factor { term: None, statement, .. }) = s {
                out.push((statement.span, "a function that changes `target` inside cannot be taken apart".to_string()));
            }
        });
    }
    for statement in &program.model {
        statement.for_each_expr(&mut |e| match &e.kind {
            ExprKind::Target => out.push((e.span, "`target()` cannot be taken apart".to_string())),
            ExprKind::Call { callee: Callee::User { function, .. }, .. }
                if program.function(*function).kind == FunctionKind::Lp =>
            {
                out.push((e.span, "a function that changes `target` inside cannot be taken apart".to_string()));
            }
            _ => {}
        });
    }
    out.dedup();
    out
}

/// What belongs to the likelihood.
struct Likelihood<'a> {
    program: &'a Program,
    /// Variables that have densities, and what is computed from them or from densities of data.
    reached: BTreeSet<VarId>,
    /// Data that have densities of their own.
    observed: BTreeSet<VarId>,
}

impl<'a> Likelihood<'a> {
    fn of(program: &'a Program, all: &[Step]) -> Self {
        let mut observed = BTreeSet::new();
        for step in all {
            step.for_each(&mut |s| observed.extend(s.draws().into_iter().map(|d| d.place.variable)));
        }
        observed.retain(|v| program.variable(*v).origin != Origin::Parameter);
        let mut reached = assembled(program, all, &observed);
        let has_factor = |s: &Step| {
            let mut found = false;
            s.for_each(&mut |s| {
                found |= matches!(s, Step::Factor(f) if f.term.as_ref().is_some_and(|e| contains_density_of_data(program, e)));
            });
            found
        };
        if observed.is_empty() && !all.iter().any(has_factor) {
            reached.extend(data_without_density(program, all));
        }
        Likelihood { program, reached, observed }
    }

    fn has_draw(&self, draw: &Draw) -> bool {
        self.program.variable(draw.place.variable).origin != Origin::Parameter
    }

    fn has_factor(&self, factor: &Factor) -> bool {
        let Some(term) = &factor.term else { return false };
        let mut uses = Uses::default();
        uses.reads_of(term);
        let reads = |level| uses.reads.iter().any(|v| self.program.variable(*v).level == level);
        let own = || {
            contains_density_of_data(self.program, term) || !factor.negative && holds_tail_of_data(self.program, term)
        };
        // A term without parameters is a constant.
        reads(Level::Parameter) && (own() || uses.reads.iter().any(|v| self.reached.contains(v)))
    }
}

/// The one scalar element of such variables in an expression, if there is no other.
fn the_element(e: &Expr, of: &dyn Fn(VarId) -> bool) -> Option<Place> {
    let mut places: Vec<Expr> = Vec::new();
    e.for_each(&mut |e| {
        let own = element(e).is_some_and(|(v, _)| of(v));
        if own && (e.ty.is_real_scalar() || e.ty == Type::Int) && !places.contains(&strip(e)) {
            places.push(strip(e));
        }
    });
    match places.as_slice() {
        [place] => Place::of(place),
        _ => None,
    }
}

/// What the quantities of a group are called.
#[derive(Default)]
struct Called {
    values: String,
    counts: String,
    weights: String,
    sizes: String,
}

impl Called {
    fn fresh(names: &mut Names, of: &str) -> Called {
        let mut fresh = |what: &str| names.fresh(&format!("{what}_{of}"));
        Called { values: fresh("log_lik"), counts: fresh("densities"), weights: fresh("weight"), sizes: fresh("sizes") }
    }
}

/// The units that are elements of a variable.
struct Elements {
    called: Called,
    /// Leading indexes of the variable that tell units apart.
    depth: usize,
}

/// The units that are executions of a statement.
struct Executions {
    called: Called,
    /// How many there are, computed in transformed data, and how many there have been; `None` where the number is not known before.
    counted: Option<(String, String)>,
    span: Span,
}

struct Writer<'a> {
    program: &'a Program,
    names: Names,
    likelihood: Likelihood<'a>,
    /// The loop variable over the elements of a list.
    element: String,
    log_prior: String,
    priors: BTreeMap<VarId, Prior>,
    elements: BTreeMap<VarId, Elements>,
    /// By the number of the step that adds the term, as steps are visited.
    executions: BTreeMap<usize, Executions>,
    visited: usize,
    /// Terms that belong to an observed number without being a density of it (it is censored, decides on them, or is alone in them), by identity, with
    /// the unit that the number is.
    owned: BTreeMap<*const Step, (VarId, Vec<ast::Index>)>,
    /// Whether what is written is the weighted program.
    weighted: bool,
    remarks: Vec<(Span, String)>,
}

/// Arrays of units have at most as many dimensions as `rep_array` makes.
const DEPTH: usize = 3;

impl<'a> Writer<'a> {
    fn new(program: &'a Program, likelihood: Likelihood<'a>) -> Self {
        let mut names = Names::new(program);
        Writer {
            element: names.fresh("element"),
            log_prior: names.fresh("log_prior"),
            program,
            names,
            likelihood,
            priors: BTreeMap::new(),
            elements: BTreeMap::new(),
            executions: BTreeMap::new(),
            visited: 0,
            owned: BTreeMap::new(),
            weighted: false,
            remarks: Vec::new(),
        }
    }

    fn unparse(&self) -> Unparse<'_> {
        Unparse { program: self.program, names: &self.names }
    }

    /// Notes terms of one observed number without parameters, as the Jacobian of an outcome that is transformed: a density of the number has them.
    fn note_constants(&mut self, step: &Step) {
        match step {
            Step::Loop { body, .. } => body.iter().for_each(|s| self.note_constants(s)),
            Step::Branch { then, otherwise, .. } => {
                then.iter().chain(otherwise).for_each(|s| self.note_constants(s));
            }
            Step::Factor(Factor { term: Some(term), .. }) if self.split(step).is_none() => {
                let mut uses = Uses::default();
                uses.reads_of(term);
                if uses.reads.iter().any(|v| self.program.variable(*v).level == Level::Parameter) {
                    return;
                }
                let Some(place) = the_element(term, &|v| self.elements.contains_key(&v)) else { return };
                let unit = split::part_indices(&self.unparse(), &place);
                if self.elements.get(&place.variable).is_some_and(|own| own.depth == unit.len()) {
                    self.owned.insert(std::ptr::from_ref(step), (place.variable, unit));
                }
            }
            _ => {}
        }
    }

    /// The one observed number that a condition looks at.
    fn decided(&self, condition: &Expr) -> Option<Place> {
        the_element(condition, &|v| self.likelihood.observed.contains(&v))
    }

    /// Notes the terms of numbers that are censored, and of numbers that decide which terms there are (zeros of an inflated count): they belong to the
    /// number, however it is seen.
    fn note_owned(&mut self, step: &Step) {
        match step {
            Step::Loop { body, .. } => body.iter().for_each(|s| self.note_owned(s)),
            Step::Branch { condition, then, otherwise, .. } => {
                if let Some(censored) = rewrites::censored::censored(self.program, step) {
                    let unit = split::part_indices(&self.unparse(), &censored.draw.place);
                    step.for_each(&mut |s| {
                        if let Step::Factor(_) = s {
                            self.owned.insert(std::ptr::from_ref(s), (censored.draw.place.variable, unit.clone()));
                        }
                    });
                }
                if let Some(place) = self.decided(condition) {
                    let unit = split::part_indices(&self.unparse(), &place);
                    for inner in then.iter().chain(otherwise) {
                        inner.for_each(&mut |s| {
                            let plain = |f: &Factor| {
                                f.term.as_ref().is_some_and(|e| !contains_density_of_data(self.program, e))
                            };
                            if matches!(s, Step::Factor(factor) if plain(factor)) {
                                self.owned.entry(std::ptr::from_ref(s)).or_insert((place.variable, unit.clone()));
                            }
                        });
                    }
                }
                then.iter().chain(otherwise).for_each(|s| self.note_owned(s));
            }
            _ => {}
        }
    }

    /// How a step's density is divided, `None` where it belongs to the prior. The number tells terms of one statement apart.
    fn split(&self, step: &Step) -> Option<Split> {
        if let Some((variable, indices)) = self.owned.get(&std::ptr::from_ref(step)) {
            return Some(Split::One { variable: *variable, indices: indices.clone() });
        }
        match step {
            Step::Draw(draw) if self.likelihood.has_draw(draw) => {
                Some(split::draw(&self.unparse(), draw, &self.element))
            }
            Step::Mixture(mixture) => {
                let draws: Vec<&Draw> = mixture.components.iter().flat_map(|c| &c.draws).collect();
                let data = draws.iter().any(|d| self.likelihood.has_draw(d));
                data.then(|| split::joint(&self.unparse(), &draws))
            }
            Step::Factor(factor) if self.likelihood.has_factor(factor) => {
                Some(split::factor(&self.unparse(), factor, &self.element).unwrap_or(Split::Execution))
            }
            _ => None,
        }
    }

    /// Decides what the units are.
    fn plan(&mut self, model: &[Step], step: &Step) {
        match step {
            Step::Loop { body, .. } => return body.iter().for_each(|s| self.plan(model, s)),
            Step::Branch { then, otherwise, .. } => {
                return then.iter().chain(otherwise).for_each(|s| self.plan(model, s));
            }
            _ => {}
        }
        self.visited += 1;
        match self.split(step) {
            None => self.plan_prior(step),
            Some(Split::Execution) => {
                let counted = count::executions(&self.unparse(), model, step, "").is_some();
                if !counted {
                    let text = "a term of the likelihood that does not split into units: it is one unit";
                    self.remarks.push((step.span(), text.to_string()));
                }
                let counted = counted.then(Default::default);
                let executions = Executions { called: Called::default(), counted, span: step.span() };
                self.executions.insert(self.visited, executions);
            }
            Some(Split::One { variable, indices } | Split::Each { variable, indices, .. }) => {
                let depth = indices.len().min(DEPTH);
                let name = self.names.of(variable).to_string();
                let entry = self.elements.entry(variable).or_insert(Elements { called: Called::default(), depth });
                entry.depth = entry.depth.min(depth);
                if depth == 0 && !self.program.variable(variable).ty.is_real_scalar() {
                    let text = format!("the density of `{name}` does not split: all of it is one unit");
                    if !self.remarks.iter().any(|(_, t)| *t == text) {
                        self.remarks.push((step.span(), text));
                    }
                }
            }
        }
    }

    fn plan_prior(&mut self, step: &Step) {
        let Step::Draw(draw) = step else { return };
        let variable = draw.place.variable;
        let bounds = draw.truncation.iter().flat_map(|t| t.lower.iter().chain(&t.upper));
        let top = draw.arguments.iter().chain(bounds).all(|e| e.level == Level::Data);
        let parameter = self.program.variable(variable).name.clone();
        match self.priors.get_mut(&variable) {
            Some(prior) => prior.top &= top,
            None => {
                let quantity = self.names.fresh(&format!("log_prior_{parameter}"));
                self.priors.insert(variable, Prior { parameter, quantity, top });
            }
        }
    }

    /// Where the value of a term of the prior is added.
    fn prior_of(&self, step: &Step) -> &str {
        let of = |draw: &Draw| self.priors.get(&draw.place.variable);
        match step {
            Step::Draw(draw) => of(draw).map_or(&self.log_prior, |prior| &prior.quantity),
            _ => &self.log_prior,
        }
    }

    fn name_units(&mut self) {
        for (variable, elements) in &mut self.elements {
            let name = self.names.of(*variable).to_string();
            elements.called = Called::fresh(&mut self.names, &name);
        }
        for (number, executions) in self.executions.values_mut().enumerate() {
            let number = number + 1;
            executions.called = Called::fresh(&mut self.names, &number.to_string());
            if let Some((size, at)) = &mut executions.counted {
                *size = self.names.fresh(&format!("executions_{number}"));
                *at = self.names.fresh(&format!("execution_{number}"));
            }
        }
    }

    /// The model block, which writes down what it would add to `target`.
    fn statements(&mut self, steps: &[Step], out: &mut Vec<ast::Statement>) {
        for step in steps {
            match step {
                Step::Plain(statement) => {
                    self.visited += 1;
                    if !matches!(statement.kind, StatementKind::Print(_)) {
                        out.push(self.unparse().statement(statement));
                    }
                }
                Step::Loop { header, body } => {
                    let mut inner = Vec::new();
                    self.statements(body, &mut inner);
                    out.push(crate::reverse::with_body(self.unparse().statement(header), inner));
                }
                Step::Branch { condition, then, otherwise, .. } => {
                    let (mut yes, mut no) = (Vec::new(), Vec::new());
                    self.statements(then, &mut yes);
                    self.statements(otherwise, &mut no);
                    out.push(build::if_else(self.unparse().expr(condition), yes, no));
                }
                _ => {
                    self.visited += 1;
                    self.density(step, out);
                }
            }
        }
    }

    fn density(&self, step: &Step, out: &mut Vec<ast::Statement>) {
        let unparse = self.unparse();
        let whole = || split::whole(&unparse, step);
        match self.split(step) {
            None => {
                let rest = |term| match self.weighted {
                    true => build::statement(ast::StatementKind::TargetPlus(term)),
                    false => build::add_to(build::lvalue(self.prior_of(step)), term),
                };
                match self.each_truncated(step) {
                    Some((size, term)) => {
                        out.push(build::for_loop(&self.element, build::int(1), size, vec![rest(term)]));
                    }
                    None => out.extend(whole().map(rest)),
                }
            }
            Some(Split::Execution) => {
                let Some(executions) = self.executions.get(&self.visited) else { return };
                let at = executions.counted.as_ref().map(|(_, at)| at);
                out.extend(at.map(|at| build::add_to(build::lvalue(at), build::int(1))));
                let indices: Vec<ast::Index> =
                    at.map(|at| ast::Index::Single(build::variable(at))).into_iter().collect();
                out.extend(whole().into_iter().flat_map(|term| self.unit(&executions.called, &indices, term)));
            }
            Some(Split::One { variable, indices }) => {
                out.extend(whole().into_iter().flat_map(|term| self.add(variable, &indices, term)));
            }
            Some(Split::Each { variable, indices, size, term }) => {
                out.push(build::for_loop(&self.element, build::int(1), size, self.add(variable, &indices, term)));
            }
        }
    }

    /// A truncated density of a list, value by value: each has its normaliser.
    fn each_truncated(&self, step: &Step) -> Option<(ast::Expr, ast::Expr)> {
        let Step::Draw(draw) = step else { return None };
        draw.truncation.as_ref()?;
        match split::draw(&self.unparse(), draw, &self.element) {
            Split::Each { size, term, .. } => Some((size, term)),
            _ => None,
        }
    }

    fn add(&self, variable: VarId, indices: &[ast::Index], term: ast::Expr) -> Vec<ast::Statement> {
        let Some(elements) = self.elements.get(&variable) else { return Vec::new() };
        self.unit(&elements.called, &indices[..elements.depth], term)
    }

    /// Adds a term to a unit, or to `target` with the weight of the unit.
    fn unit(&self, called: &Called, indices: &[ast::Index], term: ast::Expr) -> Vec<ast::Statement> {
        if self.weighted {
            let weight = match indices {
                [] => build::variable(&called.weights),
                _ => build::index(build::variable(&called.weights), indices.to_vec()),
            };
            let term = build::expr(ast::ExprKind::Paren(Box::new(term)));
            let product = build::binary(ast::BinaryOp::Times, weight, term);
            return vec![build::statement(ast::StatementKind::TargetPlus(product))];
        }
        let add = |name: &str, what| build::add_to(place(name, indices), what);
        vec![add(&called.values, term), add(&called.counts, build::int(1))]
    }

    /// The program with the parts in generated quantities.
    fn values(&mut self, model: &[Step]) -> ast::Program {
        let body = self.body(model, false);
        let unparse = self.unparse();
        let mut program = unparse.program();
        let priors: Vec<&String> = self.priors.values().map(|prior| &prior.quantity).collect();
        let sum = |name: &String| build::declare(ast::SizedTypeKind::Real, name, Some(build::real(0.0)));
        let mut items: Vec<ast::Statement> = std::iter::once(&self.log_prior).chain(priors.clone()).map(sum).collect();
        for (&variable, elements) in &self.elements {
            let sizes = sizes(self.program, variable);
            let sizes: Vec<ast::Expr> = sizes[..elements.depth].iter().map(|e| unparse.expr(e)).collect();
            declare_units(&elements.called, &sizes, &mut items);
        }
        let mut counting = Vec::new();
        for (number, executions) in &self.executions {
            let mut sizes = Vec::new();
            if let Some((size, _)) = &executions.counted {
                let step = nth_density(model, *number);
                let statements = step.and_then(|s| count::executions(&unparse, model, s, size));
                counting.push(build::declare(ast::SizedTypeKind::Int, size, Some(build::int(0))));
                counting.push(build::block(statements.unwrap_or_default()));
                sizes.push(build::variable(size));
            }
            declare_units(&executions.called, &sizes, &mut items);
        }
        items.push(build::block(body));
        items.extend(priors.into_iter().map(|p| build::add_to(build::lvalue(&self.log_prior), build::variable(p))));
        append(&mut program.transformed_data, counting);
        program.model = None;
        program.generated_quantities = None;
        append(&mut program.generated_quantities, items);
        program
    }

    /// The program with the parts in the model block, weighted.
    fn weighted(&mut self, model: &[Step]) -> ast::Program {
        let body = self.body(model, true);
        let mut program = self.unparse().program();
        let mut data = Vec::new();
        let elements = self.elements.values().map(|e| (&e.called, e.depth));
        let executions = self.executions.values().map(|e| (&e.called, usize::from(e.counted.is_some())));
        for (called, depth) in elements.chain(executions) {
            let mut kind = ast::SizedTypeKind::Real;
            if depth > 0 {
                let at = |i| build::at(build::variable(&called.sizes), build::int(i));
                let depth = i64::try_from(depth).unwrap_or(i64::MAX);
                data.push(build::declare(array(ast::SizedTypeKind::Int, vec![build::int(depth)]), &called.sizes, None));
                kind = array(kind, (1..=depth).map(at).collect());
            }
            data.push(build::declare(kind, &called.weights, None));
        }
        append(&mut program.data, data);
        program.model = None;
        append(&mut program.model, body);
        program.generated_quantities = None;
        program
    }

    fn body(&mut self, model: &[Step], weighted: bool) -> Vec<ast::Statement> {
        (self.visited, self.weighted) = (0, weighted);
        let counters = self.executions.values().filter_map(|e| e.counted.as_ref());
        let mut out: Vec<ast::Statement> =
            counters.map(|(_, at)| build::declare(ast::SizedTypeKind::Int, at, Some(build::int(0)))).collect();
        self.statements(model, &mut out);
        out
    }

    fn groups(&self, locate: &dyn Fn(Span) -> (usize, usize)) -> Vec<Group> {
        let group = |called: &Called, is_array: bool, units| Group {
            values: called.values.clone(),
            counts: called.counts.clone(),
            weights: called.weights.clone(),
            sizes: is_array.then(|| called.sizes.clone()),
            units,
        };
        let elements = self.elements.iter().map(|(&variable, e)| {
            group(&e.called, e.depth > 0, Units::Elements(self.program.variable(variable).name.clone()))
        });
        let line = |e: &Executions| Units::Executions { line: locate(e.span).0 };
        let executions = self.executions.values().map(|e| group(&e.called, e.counted.is_some(), line(e)));
        elements.chain(executions).collect()
    }
}

fn append(block: &mut Option<ast::Block<ast::Statement>>, items: Vec<ast::Statement>) {
    if !items.is_empty() {
        block.get_or_insert_with(|| ast::Block { items: Vec::new(), span: Span::default() }).items.extend(items);
    }
}

fn array(element: ast::SizedTypeKind, sizes: Vec<ast::Expr>) -> ast::SizedTypeKind {
    let element = ast::SizedType { kind: element, transform: ast::Transform::default(), span: Span::default() };
    ast::SizedTypeKind::Array(Box::new(element), sizes)
}

/// `name[i, j]`
fn place(name: &str, indices: &[ast::Index]) -> ast::LValue {
    match indices {
        [] => build::lvalue(name),
        _ => build::lvalue_at(build::lvalue(name), indices.to_vec()),
    }
}

fn declare_units(called: &Called, sizes: &[ast::Expr], out: &mut Vec<ast::Statement>) {
    let values = (&called.values, ast::SizedTypeKind::Real, build::real(0.0));
    let counts = (&called.counts, ast::SizedTypeKind::Int, build::int(0));
    for (name, kind, zero) in [values, counts] {
        if sizes.is_empty() {
            out.push(build::declare(kind, name, Some(zero)));
            continue;
        }
        let initial = build::call("rep_array", std::iter::once(zero).chain(sizes.iter().cloned()).collect());
        out.push(build::declare(array(kind, sizes.to_vec()), name, Some(initial)));
    }
}

/// The step that is visited as the `number`-th that is neither loop nor branch.
fn nth_density(steps: &[Step], number: usize) -> Option<&Step> {
    let mut at = 0;
    let mut found = None;
    for step in steps {
        step.for_each(&mut |s| {
            if !matches!(s, Step::Loop { .. } | Step::Branch { .. }) {
                at += 1;
                if at == number {
                    found = Some(s);
                }
            }
        });
    }
    found
}

/// The declared sizes of a data variable, outermost first.
fn sizes(program: &Program, variable: VarId) -> Vec<&Expr> {
    let text_of = |d: &'_ Declaration| d.variable == variable;
    let mut found = program.data.iter().find(|d| text_of(d));
    for statement in &program.transformed_data {
        if let StatementKind::Declare(declaration) = &statement.kind
            && text_of(declaration)
        {
            found = Some(declaration);
        }
    }
    found.map_or_else(Vec::new, |d| crate::reverse::sizes_of(&d.ty))
}

/// A call of the normalised log density `callee`.
fn conditional(unparse: &Unparse, callee: &Callee, outcome: ast::Expr, arguments: Vec<ast::Expr>) -> ast::Expr {
    let callee = match callee {
        Callee::Distribution { family, form: Form::LogUnnormalised } => {
            Callee::Distribution { family: family.clone(), form: Form::Log }
        }
        Callee::User { function, form: Form::LogUnnormalised } => Callee::User { function: *function, form: Form::Log },
        other => other.clone(),
    };
    build::expr(ast::ExprKind::Conditional {
        name: ident(&unparse.callee(&callee)),
        outcome: Box::new(outcome),
        arguments,
    })
}
