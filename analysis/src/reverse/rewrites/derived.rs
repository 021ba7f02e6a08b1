//! What transformed data compute from an outcome that is drawn, computed from the draws instead:
//!
//! ```stan
//! transformed data { for (t in 2:T) before[t] = before[t - 1] + y[t - 1]; }
//! model { for (t in 1:T) y[t] ~ bernoulli(p ^ before[t]); }
//! ```
//!
//! Proof: transformed data are functions of the data, and the density is a function of data and parameters; the model block may compute
//! them itself. Then an order in which everything is drawn before it is used draws the joint density, where the given values of y would
//! draw each y[t] given a history that is not its own.

use super::components::assigned;
use crate::collect;
use crate::reverse::derived_data;
use crate::step::{Step, Uses};
use crate::substitute::{self, Rename};
use ppl_program::typed::*;
use std::collections::BTreeSet;

/// The program with such computations in the model block; `None` where there are none that it reads.
pub fn apply(program: &Program) -> Option<Program> {
    let mut observed: BTreeSet<VarId> = BTreeSet::new();
    for step in collect::steps(program, &program.model) {
        observed.extend(step.places().into_iter().map(|p| p.variable));
    }
    let mut derived: BTreeSet<VarId> = BTreeSet::new();
    for &v in observed.iter().filter(|v| program.variable(**v).origin == Origin::Data) {
        derived.extend(derived_data(program, v));
    }
    derived.retain(|v| !observed.contains(v) && program.variable(*v).origin == Origin::TransformedData);
    let model: Vec<Step> = program.model.iter().map(|s| Step::Plain(s.clone())).collect();
    if Uses::of_all(&model).reads.is_disjoint(&derived) {
        return None;
    }
    // A statement that computes one of them computes what else it computes.
    loop {
        let computing = program.transformed_data.iter().filter(|s| derived.iter().any(|v| assigned(s, *v) > 0));
        let beside: BTreeSet<VarId> = computing.flat_map(|s| Uses::of(&Step::Plain(s.clone())).assigns).collect();
        let before = derived.len();
        derived.extend(beside.into_iter().filter(|v| program.variable(*v).origin == Origin::TransformedData));
        if derived.len() == before {
            break;
        }
    }
    let computes = |s: &&Statement| derived.iter().any(|v| assigned(s, *v) > 0) || declares(s, &derived);
    let mut copies: Vec<Statement> = program.transformed_data.iter().filter(computes).cloned().collect();
    // Whatever they assign is assigned by them alone.
    let steps: Vec<Step> = copies.iter().map(|s| Step::Plain(s.clone())).collect();
    let uses = Uses::of_all(&steps);
    let total = |list: &[Statement], v: VarId| list.iter().map(|s| assigned(s, v)).sum::<usize>();
    let own = |v: &VarId| uses.declares.contains(v) && total(&copies, *v) == total(&program.transformed_data, *v);
    if !uses.assigns.iter().all(own) {
        return None;
    }
    let mut out = program.clone();
    let renamed = substitute::fresh_declarations(&mut out, &mut copies);
    for (old, new) in &renamed.variables {
        if program.variable(*old).origin == Origin::LoopVariable {
            out.variables[new.0 as usize].origin = Origin::LoopVariable;
        }
    }
    let mut rename = Rename { variables: renamed.variables, ..Rename::default() };
    out.model.iter_mut().for_each(|s| substitute::statement(s, &mut rename));
    for s in &mut copies {
        if let StatementKind::Declare(d) = &mut s.kind {
            d.ty = crate::reverse::unconstrained(&d.ty);
        }
    }
    let model = std::mem::take(&mut out.model);
    out.model = copies.into_iter().chain(model).collect();
    Some(out)
}

fn declares(s: &Statement, variables: &BTreeSet<VarId>) -> bool {
    matches!(&s.kind, StatementKind::Declare(d) if variables.contains(&d.variable))
}
