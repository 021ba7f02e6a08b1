//! Whether an outcome is predicted from itself.

use crate::collect;
use crate::reverse::{Findings, rewrites};
use crate::step::{Step, Uses};
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::{BTreeMap, BTreeSet};

/// The observed variables whose density is given other elements of them, directly or through what is computed from them: autoregressions
/// and filters. A replication of such a variable is a whole path, no element of it is a prediction from the data before it; and what is left out of it
/// still predicts the others.
pub fn fed_back(program: &Program) -> BTreeSet<String> {
    let program = &rewrites::of_program(program, &mut Findings::default());
    let blocks = [&program.transformed_parameters, &program.model];
    let steps: Vec<Step> = blocks.into_iter().flat_map(|block| collect::steps(program, block)).collect();
    of_steps(program, &steps).into_iter().map(|(v, _)| program.variable(v).name.clone()).collect()
}

/// The same of the steps of a program, each variable with the first of its densities.
pub fn of_steps(program: &Program, steps: &[Step]) -> Vec<(VarId, Span)> {
    let fed_back = |(v, (span, given)): (VarId, (Span, BTreeSet<VarId>))| {
        (!computed_from(steps, v).is_disjoint(&given)).then_some((v, span))
    };
    given_to_densities(program, steps).into_iter().filter_map(fed_back).collect()
}

/// For each observed variable, what its densities are given, and where the first of them is.
fn given_to_densities(program: &Program, steps: &[Step]) -> BTreeMap<VarId, (Span, BTreeSet<VarId>)> {
    let mut out: BTreeMap<VarId, (Span, BTreeSet<VarId>)> = BTreeMap::new();
    let is_data = |v: &VarId| matches!(program.variable(*v).origin, Origin::Data | Origin::TransformedData);
    let mut note = |span: Span, outcome: BTreeSet<VarId>, arguments: &[Expr]| {
        let given: BTreeSet<VarId> = arguments.iter().flat_map(read).collect();
        for v in outcome.into_iter().filter(is_data) {
            out.entry(v).or_insert((span, BTreeSet::new())).1.extend(&given);
        }
    };
    for step in steps {
        step.for_each(&mut |s| {
            s.draws().into_iter().for_each(|d| note(s.span(), BTreeSet::from([d.place.variable]), &d.arguments));
            let Step::Factor(factor) = s else { return };
            let Some(term) = &factor.term else { return };
            term.for_each(&mut |e| {
                if let ExprKind::Call { callee, arguments } = &e.kind
                    && is_density(callee)
                    && let Some((outcome, rest)) = arguments.split_first()
                {
                    note(s.span(), read(outcome), rest);
                }
            });
        });
    }
    out
}

/// A variable, and what is computed from its values.
fn computed_from(steps: &[Step], variable: VarId) -> BTreeSet<VarId> {
    let mut reached = BTreeSet::from([variable]);
    loop {
        let before = reached.len();
        for step in steps {
            step.for_each(&mut |s| {
                let Step::Plain(statement) = s else { return };
                let mut reads = Reads::default();
                statement.for_each_expr(&mut |e| reads.node(e));
                if !reads.values().is_disjoint(&reached) {
                    reached.extend(Uses::of(s).assigns);
                }
            });
        }
        if reached.len() == before {
            return reached;
        }
    }
}

/// The variables whose values an expression depends on.
fn read(e: &Expr) -> BTreeSet<VarId> {
    let mut reads = Reads::default();
    e.for_each(&mut |e| reads.node(e));
    reads.values()
}

/// Mentions of variables, less those that ask for a size only.
#[derive(Default)]
struct Reads(BTreeMap<VarId, isize>);

impl Reads {
    fn node(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Variable(v) => *self.0.entry(*v).or_default() += 1,
            ExprKind::Call { callee, arguments } if asks_size(callee) => {
                arguments.iter().for_each(|a| {
                    a.for_each(&mut |e| {
                        if let ExprKind::Variable(v) = e.kind {
                            *self.0.entry(v).or_default() -= 1;
                        }
                    });
                });
            }
            _ => {}
        }
    }

    fn values(self) -> BTreeSet<VarId> {
        self.0.into_iter().filter(|(_, mentions)| *mentions > 0).map(|(v, _)| v).collect()
    }
}

fn is_density(callee: &Callee) -> bool {
    match callee {
        Callee::Distribution { form, .. } | Callee::User { form, .. } => {
            matches!(form, Form::Log | Form::LogUnnormalised | Form::Lcdf | Form::Lccdf | Form::Cdf)
        }
        _ => false,
    }
}

fn asks_size(callee: &Callee) -> bool {
    matches!(callee, Callee::Library(name) if ["size", "num_elements", "rows", "cols", "dims"].contains(&name.as_str()))
}
