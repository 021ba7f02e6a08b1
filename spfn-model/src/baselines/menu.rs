//! The best of a menu of programs by the Bayesian information criterion (Schwarz 1978).
//!
//! The menu is the most probable structures of the table's schema, with the commonest grade of each role. Each is fitted by the mode of its
//! posterior on the unconstrained scale, in machine code. Then `BIC = -2 log p(y | mode) + k ln n`: all constants of the likelihood count; `k` is the number of
//! unconstrained parameters, effects of levels and of rows among them; `n` is the number of rows. Weights are `exp(-BIC / 2)` times the prior.

use super::mode::maximise;
use super::structure::{structure_of, structures};
use super::{Baseline, BaselineError, Posterior, language};
use crate::data;
use ppl_analysis::likelihood::pointwise;
use ppl_compiler::Compiled;
use ppl_corpus::grammar::PartKind;
use ppl_corpus::pair::table::Table;
use ppl_corpus::text::raw_program;
use ppl_corpus::{Derivation, Grammar, Node, Part};
use ppl_interpreter::Interpreter;
use ppl_runtime::data::RawData;
use ppl_runtime::density::Stream;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Clone, Debug, PartialEq)]
pub struct MenuOptions {
    /// Structures, at most.
    pub programs: usize,
    /// Evaluations of a density, at most.
    pub evaluations: usize,
    /// The prior's share of every probability, so that structures outside of the menu have one.
    pub prior_weight: f64,
}

impl Default for MenuOptions {
    fn default() -> Self {
        MenuOptions { programs: 50, evaluations: 300, prior_weight: 0.05 }
    }
}

/// The search.
pub struct BicMenu {
    pub grammar: Arc<Grammar>,
    pub options: MenuOptions,
}

/// A structure with its fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    pub structure: Derivation,
    /// Of the structure.
    pub log_prior: f64,
    pub log_likelihood: f64,
    /// Unconstrained parameters.
    pub parameters: usize,
    pub rows: usize,
    /// Whether the search for the mode ended by itself.
    pub converged: bool,
    pub time: Duration,
}

/// A structure that is left out of the menu.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfitted {
    pub structure: Derivation,
    pub reason: String,
}

impl Fit {
    pub fn bic(&self) -> f64 {
        -2.0 * self.log_likelihood + self.parameters as f64 * (self.rows as f64).ln()
    }
}

/// Why a structure has no fit: it is left out of the menu.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum NoFit {
    #[error("the program is not valid: {0}")]
    Program(String),
    #[error("the table does not fit the program: {0}")]
    Data(String),
    #[error("the program has no likelihood of units: {0}")]
    Likelihood(String),
    #[error("the density has no value where the search begins")]
    Start,
    #[error("the likelihood cannot be computed at the mode: {0}")]
    Mode(String),
}

impl BicMenu {
    /// The fits of the menu, and why the other structures have none.
    ///
    /// # Errors
    /// The grammar has no program for the table.
    pub fn fits(&self, table: &Table) -> Result<(Vec<Fit>, Vec<Unfitted>), BaselineError> {
        let language = language(&self.grammar, table)?;
        let (data, rows) = data::of_table(table);
        let (mut fits, mut failed) = (Vec::new(), Vec::new());
        for (structure, log_prior) in structures(&language).take(self.options.programs) {
            let start = Instant::now();
            match self.fit(table, &data, &structure) {
                Ok((log_likelihood, parameters, converged)) => {
                    let time = start.elapsed();
                    fits.push(Fit { structure, log_prior, log_likelihood, parameters, rows, converged, time });
                }
                Err(error) => failed.push(Unfitted { structure, reason: error.to_string() }),
            }
        }
        Ok((fits, failed))
    }

    /// Log likelihood at the mode, number of parameters, and whether the search ended by itself.
    fn fit(&self, table: &Table, data: &RawData, structure: &Derivation) -> Result<(f64, usize, bool), NoFit> {
        let graded = with_commonest_grades(&self.grammar, structure);
        let checked = check(&raw_program(&self.grammar, &table.schema, &graded))?;
        let likelihood = pointwise(&checked, &|_| (0, 0)).map_err(|reasons| {
            NoFit::Likelihood(reasons.first().map(|reason| reason.text.clone()).unwrap_or_default())
        })?;
        let interpreter = Interpreter::new(Arc::new(checked));
        let environment = interpreter.bind(data).map_err(|error| NoFit::Data(error.to_string()))?;
        let start = vec![0.0; environment.dim()];
        let evaluations = self.options.evaluations;
        let mode = match Compiled::new(&interpreter, &environment) {
            Ok(code) => {
                let mut workspace = code.workspace();
                maximise(start, evaluations, |x, g| code.log_density_gradient(&mut workspace, x, g).ok())
            }
            // what has no machine code is interpreted
            Err(_) => maximise(start, evaluations, |x, g| {
                let (value, own) = interpreter.gradient(&environment, x, ppl_interpreter::Options::SAMPLER).ok()?;
                g.copy_from_slice(&own);
                Some(value)
            }),
        };
        let mode = mode.ok_or(NoFit::Start)?;
        let interpreter = Interpreter::new(Arc::new(check(&likelihood.program)?));
        let environment = interpreter.bind(data).map_err(|error| NoFit::Data(error.to_string()))?;
        let at_mode = interpreter.write_array(&environment, &mode.theta, Stream { seed: 0, chain: 0, draw: 0 });
        let at_mode = at_mode.map_err(|error| NoFit::Mode(error.to_string()))?;
        let is_unit = |name: &str| {
            let variable = name.split('.').next().unwrap_or(name);
            likelihood.groups.iter().any(|group| group.values == variable)
        };
        let units = environment.names().iter().zip(&at_mode).filter(|(name, _)| is_unit(name));
        let log_likelihood: f64 = units.map(|(_, value)| value).sum();
        match log_likelihood.is_finite() {
            true => Ok((log_likelihood, mode.theta.len(), mode.converged)),
            false => Err(NoFit::Mode(format!("it is {log_likelihood}"))),
        }
    }
}

impl Baseline for BicMenu {
    fn name(&self) -> &'static str {
        "BIC menu"
    }

    fn posterior(&self, table: &Table) -> Result<Posterior, BaselineError> {
        let (fits, _) = self.fits(table)?;
        let language = language(&self.grammar, table)?;
        let score = |fit: &Fit| fit.log_prior - 0.5 * fit.bic();
        let best = fits.iter().map(score).fold(f64::NEG_INFINITY, f64::max);
        let weighted = fits.iter().map(|fit| (structure_of(&fit.structure), (score(fit) - best).exp())).collect();
        Ok(Posterior::mixed(weighted, self.options.prior_weight, &language))
    }
}

fn check(program: &ppl_grammar::ast::Program) -> Result<ppl_program::typed::Program, NoFit> {
    let checked = ppl_program::check(program).map_err(|diagnostics| {
        let first = diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        NoFit::Program(first.map(|diagnostic| diagnostic.message.clone()).unwrap_or_default())
    })?;
    Ok(checked.program)
}

/// A structure with the commonest scale of each role.
pub fn with_commonest_grades(grammar: &Grammar, structure: &Derivation) -> Derivation {
    let mut graded = structure.clone();
    commonest_grades(grammar, &mut graded.root);
    graded
}

fn commonest_grades(grammar: &Grammar, node: &mut Node) {
    for (part, (_, kind)) in node.parts.iter_mut().zip(&grammar.rules[node.rule].parts) {
        match (part, kind) {
            (Part::Grade(own), PartKind::Role(role)) => {
                let grades = grammar.roles[*role].grades.iter().enumerate();
                *own = grades.max_by(|a, b| a.1.1.total_cmp(&b.1.1)).map_or(0, |(place, _)| place);
            }
            (Part::Node(inner), _) => commonest_grades(grammar, inner),
            (Part::Set(nodes), _) => nodes.iter_mut().for_each(|inner| commonest_grades(grammar, inner)),
            _ => {}
        }
    }
}
