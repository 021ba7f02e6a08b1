//! The model block reversed: from a density of (theta, y) to a program that draws (theta, y).
//!
//! # How
//! 1. [`collect`](crate::collect) reads transformed parameters and model as [`Step`]s.
//! 2. [`rewrites`] bring what is no plain `~` into that form, each by an identity.
//! 3. [`roles`] decides what each density is: of a parameter, of observed data, or neither.
//! 4. [`order`] sorts the steps so that everything is drawn before it is used.
//! 5. [`write`] prints the simulator, a Stan program that draws in `generated quantities`. It is checked like any
//!    other program before it is believed.
//!
//! If each parameter's density is a normalised density given what is drawn before it, the product of the steps is the
//! joint density, and drawing them in order is exact (ancestral sampling). Otherwise the simulator keeps the parameters
//! and the factors of the prior in a model block, for NUTS, and draws only the observations forwards. That is right because
//! what is left out integrates to one: each observation's density is normalised given the parameters.

mod censored;
mod coverage;
mod draw;
mod enumerate;
mod flat;
mod fuse;
mod inversion;
mod order;
mod replicate;
pub mod rewrites;
pub(crate) mod roles;
mod state_space;
pub(crate) mod text;
mod write;

pub use replicate::{Replicating, replicating};
use roles::{derived_data, flow};
pub use text::Text;
pub use text::{constraint, sizes_of, unconstrained};
pub(crate) use write::with_body;

use crate::collect;
use crate::step::Step;
use crate::verdict::{Reason, Report, Verdict};
use ppl_grammar::ast;
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::BTreeMap;

/// What to do about parameters that have no proper density.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Uniform on this range, by name.
    pub ranges: BTreeMap<String, (f64, f64)>,
    /// Give the others a weakly informative prior.
    pub default_priors: bool,
}

/// A reversed program.
#[derive(Clone, Debug)]
pub struct Reversal {
    pub report: Report,
    /// The simulator; `None` where the verdict says that there is none.
    pub simulator: Option<Simulator>,
}

/// A program whose generated quantities are a draw of everything.
#[derive(Clone, Debug)]
pub struct Simulator {
    pub program: ast::Program,
    /// Whether it has parameters, to be sampled by NUTS.
    pub by_mcmc: bool,
    /// Observed variables: name in the program, name in the simulator.
    pub observed: Vec<(String, String)>,
    /// Parameters of the program.
    pub parameters: Vec<String>,
}

/// A remark with the place it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub span: Span,
    pub text: String,
}

impl Note {
    pub fn new(span: Span, text: impl Into<String>) -> Note {
        Note { span, text: text.into() }
    }
}

/// What the analysis has found so far.
#[derive(Default)]
pub struct Findings {
    pub rewrites: Vec<String>,
    pub conditions: Vec<String>,
    /// Why the parameters cannot be drawn one after the other.
    pub undirected: Vec<Note>,
    /// Why the observations cannot be drawn.
    pub unsupported: Vec<Note>,
    /// Variables for the given values of observed ones.
    pub given: Vec<(VarId, VarId)>,
    /// Worth knowing.
    pub remarks: Vec<Note>,
    pub improper: Vec<(VarId, Note)>,
}

impl Findings {
    pub fn rewrite(&mut self, name: &str) {
        debug_assert!(rewrites::NAMES.contains(&name), "`{name}` is not among the names of rewrites");
        if !self.rewrites.iter().any(|r| r == name) {
            self.rewrites.push(name.to_string());
        }
    }

    /// The variable for the given values of an observed one, which is noted in `given`.
    pub fn given(program: &mut Program, observed: VarId, given: &mut Vec<(VarId, VarId)>) -> VarId {
        if let Some((known, _)) = given.iter().find(|(_, of)| *of == observed) {
            return *known;
        }
        let Variable { name, ty, .. } = program.variable(observed).clone();
        let known = crate::substitute::fresh(program, &name, ty, Level::Data);
        program.variables[known.0 as usize].origin = Origin::Data;
        given.push((known, observed));
        known
    }

    pub fn condition(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.conditions.contains(&text) {
            self.conditions.push(text);
        }
    }
}

/// Reverses a program. `locate` gives line and column of a span, for the report.
pub fn reverse(program: &Program, options: &Options, locate: &dyn Fn(Span) -> (usize, usize)) -> Reversal {
    // What is computed from outcomes is computed from the draws, where that leaves everything to be drawn.
    let anew = rewrites::derived::apply(program).map(|anew| {
        let mut findings = Findings::default();
        findings.rewrite("computed_from_the_draws");
        reversal(&anew, options, findings, locate)
    });
    match anew {
        Some(anew) if matches!(anew.report.verdict, Verdict::Exact | Verdict::ExactAfterRewrites) => anew,
        _ => reversal(program, options, Findings::default(), locate),
    }
}

fn reversal(
    program: &Program,
    options: &Options,
    mut findings: Findings,
    locate: &dyn Fn(Span) -> (usize, usize),
) -> Reversal {
    let parameters = program.parameters.iter().map(|d| d.variable).collect();
    let mut program = rewrites::of_program(program, &mut findings);
    let mut transformed = collect::steps(&program, &program.transformed_parameters);
    let mut steps = collect::steps(&program, &program.model);
    if !transformed.iter().chain(&steps).any(has_density) && program.parameters.is_empty() {
        return finish(Verdict::NoDensity, &findings, Found::default(), None, locate);
    }
    rewrites::of_steps(&mut program, &mut transformed, &mut steps, &mut findings);
    let mut text = Text::new(&program);
    findings.given.iter().for_each(|(given, of)| text.call_given(*given, *of));
    let model = roles::Model::new(&program, transformed, steps);
    let plan = roles::Plan { parameters, ..roles::plan(&mut text, model, options, &mut findings) };
    if !findings.unsupported.is_empty() {
        let found = Found { observed: plan.observed_regions.clone(), ..Found::default() };
        return finish(Verdict::Unsupported, &findings, found, None, locate);
    }
    let improper: Vec<String> = findings.improper.iter().map(|(v, _)| text.given().names.of(*v).to_string()).collect();
    let written = if improper.is_empty() { write::simulator(&mut text, &plan, &mut findings) } else { None };
    let mut found = Found { observed: plan.observed_regions.clone(), given: Vec::new(), improper };
    if !found.improper.is_empty() {
        found.given = write::given(&text, &plan);
        return finish(Verdict::NeedsRange, &findings, found, None, locate);
    }
    let Some(simulator) = written else {
        return finish(Verdict::Unsupported, &findings, found, None, locate);
    };
    found.given = write::data_names(&simulator.program);
    let verdict = match (simulator.by_mcmc, findings.rewrites.is_empty()) {
        (true, _) => Verdict::PriorByMcmc,
        (false, true) => Verdict::Exact,
        (false, false) => Verdict::ExactAfterRewrites,
    };
    finish(verdict, &findings, found, Some(simulator), locate)
}

#[derive(Default)]
struct Found {
    observed: Vec<String>,
    given: Vec<String>,
    improper: Vec<String>,
}

fn has_density(step: &Step) -> bool {
    let mut found = false;
    step.for_each(&mut |s| {
        found |= !s.places().is_empty() || matches!(s, Step::Factor(_));
    });
    found
}

fn finish(
    verdict: Verdict,
    findings: &Findings,
    found: Found,
    simulator: Option<Simulator>,
    locate: &dyn Fn(Span) -> (usize, usize),
) -> Reversal {
    let notes: Vec<&Note> = match verdict {
        Verdict::Unsupported => findings.unsupported.iter().chain(&findings.remarks).collect(),
        Verdict::NeedsRange => findings
            .improper
            .iter()
            .map(|(_, note)| note)
            .chain(&findings.undirected)
            .chain(&findings.remarks)
            .collect(),
        Verdict::PriorByMcmc => findings.undirected.iter().chain(&findings.remarks).collect(),
        _ => findings.remarks.iter().collect(),
    };
    let reason = |note: &&Note| {
        let (line, column) = locate(note.span);
        Reason { line, column, text: note.text.clone() }
    };
    let report = Report {
        verdict,
        rewrites: findings.rewrites.clone(),
        observed: found.observed,
        given: found.given,
        conditions: findings.conditions.clone(),
        reasons: notes.iter().map(reason).collect(),
        improper: found.improper,
    };
    Reversal { report, simulator }
}
