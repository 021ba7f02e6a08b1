//! The data again, given the parameters: the posterior predictive distribution as a program.
//!
//! The parameters stay parameters, to be read from draws of a fit, and the observations are drawn in `generated quantities` in the order that
//! the [reversal](super) finds. The density of the parameters has no part in it: where it is improper, or no product of
//! densities, the observations can be drawn all the same. That is right because each observation's density is normalised given the
//! parameters and the observations drawn before it.

use super::write::{self, block, drop_unused_data, in_braces, live};
use super::{Findings, Note, Options, Text, order, rewrites, roles, unconstrained};
use crate::build;
use crate::collect;
use crate::step::{Draw, Step, Uses};
use crate::verdict::Reason;
use ppl_grammar::ast;
use ppl_grammar::span::Span;
use ppl_program::typed::*;

/// A program whose generated quantities are a replication of the observed data. It has the parameters of the program it was made from
/// and no model.
#[derive(Clone, Debug)]
pub struct Replicating {
    pub program: ast::Program,
    /// Observed variables, in the order of their declarations: name in the program, name of the replication.
    pub observed: Vec<(String, String)>,
}

/// Writes the program. `locate` gives line and column of a span.
///
/// # Errors
/// Why the observations cannot be drawn, or that there are none.
pub fn replicating(program: &Program, locate: &dyn Fn(Span) -> (usize, usize)) -> Result<Replicating, Vec<Reason>> {
    let mut findings = Findings::default();
    let mut program = rewrites::of_program(program, &mut findings);
    let mut transformed = collect::steps(&program, &program.transformed_parameters);
    let mut steps = collect::steps(&program, &program.model);
    rewrites::of_steps(&mut program, &mut transformed, &mut steps, &mut findings);
    let mut text = Text::new(&program);
    let model = roles::Model::new(&program, transformed, steps);
    let plan = roles::plan(&mut text, model, &Options::default(), &mut findings);
    for span in plan.model.iter().flat_map(|s| joint_mixtures(&program, s)) {
        let text = "a mixture whose components give densities to parameters and to observations together";
        findings.unsupported.push(Note::new(span, text));
    }
    if plan.observed.is_empty() && findings.unsupported.is_empty() {
        findings.unsupported.push(Note::new(Span::default(), "the program gives no data a density"));
    }
    let written = match findings.unsupported.is_empty() {
        true => write(&mut text, &plan, &mut findings),
        false => None,
    };
    written.ok_or_else(|| {
        let reason = |note: &Note| {
            let (line, column) = locate(note.span);
            Reason { line, column, text: note.text.clone() }
        };
        findings.unsupported.iter().map(reason).collect()
    })
}

fn write(text: &mut Text, plan: &roles::Plan, findings: &mut Findings) -> Option<Replicating> {
    let mut observed = Vec::new();
    let mut items = Vec::new();
    for (&variable, &whole) in &plan.observed {
        let original = text.given().names.of(variable).to_string();
        let Some(declaration) = text.declaration(variable) else {
            findings.unsupported.push(Note::new(Span::default(), format!("`{original}` is declared in no block")));
            return None;
        };
        text.rename(variable, &format!("{original}_rep"));
        // The data's constraints are checks of what is read, not part of the density.
        let ty = text.given().sized(&unconstrained(&declaration.ty));
        // What is not drawn stays as it is given.
        let initial = (!whole).then(|| build::variable(&original));
        items.push(build::declare_as(ty, text.name(variable), initial));
        observed.push((original, text.name(variable).to_string()));
    }
    let (transformed, later) = write::transformed_parameters(plan);
    let forward = write::observations(text, plan, later, findings)?;
    let used = Uses::of_all(&forward).reads;
    let transformed = transformed.into_iter().filter_map(|s| order::without(s, &|_| true)).collect();
    let transformed = write::statements_of(text, &live(transformed, used));
    items.extend(in_braces(text, plan, &forward, findings)?);
    let parameters = text.program().parameters.iter().map(|d| text.given().declaration(d)).collect();
    let mut program = ast::Program {
        functions: write::with_generators(text),
        data: block(write::data(text, plan)),
        transformed_data: block(write::transformed_data(text, plan)),
        parameters: block(parameters),
        transformed_parameters: block(transformed),
        generated_quantities: block(items),
        ..ast::Program::default()
    };
    drop_unused_data(&mut program);
    Some(Replicating { program, observed })
}

/// The places of mixtures in which a component gives densities to parameters and to observations.
fn joint_mixtures(program: &Program, step: &Step) -> Vec<Span> {
    let mut out = Vec::new();
    step.for_each(&mut |s| {
        if let Step::Mixture(mixture) = s {
            let draws = || mixture.components.iter().flat_map(|c| &c.draws);
            let of_parameter = |d: &Draw| program.variable(d.place.variable).origin == Origin::Parameter;
            out.extend((draws().any(of_parameter) && !draws().all(of_parameter)).then_some(mixture.span));
        }
    });
    out
}
