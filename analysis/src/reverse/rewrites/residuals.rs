//! Residuals that are given a density: `err[t] = y[t] - nu[t]` element by element, then `err ~ normal(0, sigma)`.
//!
//! Proof: for independent elements, `err ~ f(a)` adds `f(err[t] | a)` for each t. Each err[t] is y[t] shifted by what does not depend on
//! y[t], so that term is the density of y[t] given what shifts it; the order in which those are drawn is found afterwards. An
//! element that is never assigned is no number, and the program has no density; one that is assigned twice would draw its
//! outcome twice, and is refused for it.

use super::Findings;
use super::components::{assigned, assignments, flattened, target_indices};
use crate::collect::density_of;
use crate::step::{Factor, Step};
use ppl_program::typed::*;

pub fn apply(program: &Program, steps: &mut Vec<Step>, findings: &mut Findings) {
    for at in 0..steps.len() {
        if let Some(rewritten) = rewrite(program, steps, at) {
            findings.rewrite("residuals_as_outcomes");
            *steps = rewritten;
            return apply(program, steps, findings);
        }
    }
}

fn rewrite(program: &Program, steps: &[Step], at: usize) -> Option<Vec<Step>> {
    let Step::Factor(Factor { term: Some(term), negative: false, .. }) = &steps[at] else { return None };
    let ExprKind::Call { callee: callee @ Callee::Distribution { form, .. }, arguments } = &term.kind else {
        return None;
    };
    let (outcome, rest) = arguments.split_first()?;
    let ExprKind::Variable(list) = outcome.kind else { return None };
    let one_dimensional = matches!(&outcome.ty, Type::Vector | Type::RowVector)
        || matches!(&outcome.ty, Type::Array(e, 1) if **e == Type::Real);
    let fits = matches!(form, Form::Log | Form::LogUnnormalised) && rest.iter().all(|a| a.ty.is_real_scalar());
    if !fits || !one_dimensional || program.variable(list).origin != Origin::Local {
        return None;
    }
    let mut count = 0;
    let mut out = Vec::new();
    for (k, step) in steps.iter().enumerate() {
        match step {
            _ if k == at => {}
            Step::Plain(s) if assigned(s, list) > 0 && k < at => {
                count += assigned(s, list);
                out.extend(with_draws(program, s, list, (callee, rest, term))?);
            }
            other => out.push(other.clone()),
        }
    }
    (count > 0 && count == assignments(program, list)).then_some(out)
}

/// A statement that assigns residuals, with a draw before each.
fn with_draws(program: &Program, s: &Statement, list: VarId, density: (&Callee, &[Expr], &Expr)) -> Option<Vec<Step>> {
    let (callee, rest, term) = density;
    match &s.kind {
        _ if assigned(s, list) == 0 => Some(vec![Step::Plain(s.clone())]),
        StatementKind::For { body, .. } => {
            let parts: Option<Vec<Vec<Step>>> =
                flattened(body).iter().map(|s| with_draws(program, s, list, density)).collect();
            let mut header = s.clone();
            if let StatementKind::For { body, .. } = &mut header.kind {
                **body = Statement { kind: StatementKind::Skip, span: body.span };
            }
            Some(vec![Step::Loop { header, body: parts?.into_iter().flatten().collect() }])
        }
        StatementKind::Assign { target, value } => {
            let [_] = target_indices(target)?.as_slice() else { return None };
            let arguments = std::iter::once(value.clone()).chain(rest.iter().cloned()).collect();
            let call = Expr { kind: ExprKind::Call { callee: callee.clone(), arguments }, ..term.clone() };
            let draw = density_of(program, &call, term.span).filter(|d| d.place.keeps_measure())?;
            Some(vec![Step::Draw(draw), Step::Plain(s.clone())])
        }
        _ => None,
    }
}
