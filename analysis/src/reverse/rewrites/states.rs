//! Hidden Markov models by the forward recursion:
//!
//! ```stan
//! for (k in 1:K) gamma[1, k] = log(rho[k]) + f_lpdf(y[1] | k);
//! for (t in 2:N) for (k in 1:K) {
//!   for (j in 1:K) acc[j] = gamma[t - 1, j] + log(Gamma[j, k]) + f_lpdf(y[t] | k);
//!   gamma[t, k] = log_sum_exp(acc);
//! }
//! target += log_sum_exp(gamma[N]);
//! ```
//!
//! Proof: by induction over t, `exp gamma[t, k]` is the sum over all paths z[1:t] that end in k of `rho[z[1]] prod Gamma[z[s-1], z[s]]
//! prod f(y[s] | z[s])`. If rho and each row of Gamma add up to one, that is the joint density of y[1:t] and z[t] = k, and what is
//! added to `target` is the log density of y. So states are drawn forwards, then each y[t] from its density in state z[t]. The
//! simulator checks rho and every row it draws from; where no parameter enters the weights of the first state, their sum is a
//! constant, which drops out. The terms with the new state may stand inside or outside of the inner sum; those of the old state
//! must not hold a density of data.

use super::Findings;
use super::components::*;
use crate::build::typed;
use crate::step::{Draw, Step, Uses};
use crate::substitute::{self, Rename, reference};
use crate::support::strip;
use ppl_grammar::span::Span;
use ppl_program::typed::*;

pub fn apply(program: &mut Program, steps: &mut Vec<Step>, findings: &mut Findings) {
    for step in steps.iter_mut() {
        if let Step::Loop { body, .. } = step {
            apply(program, body, findings);
        }
    }
    for at in 0..steps.len() {
        // Most steps are none: no copy of the program for those.
        if !matches!(steps[at], Step::Factor(_)) {
            continue;
        }
        let mut next = program.clone();
        if let Some(rewritten) = rewrite(&mut next, steps, at) {
            findings.rewrite("states_forwards");
            (*program, *steps) = (next, rewritten);
            return apply(program, steps, findings);
        }
    }
}

/// One loop, taken apart.
pub struct For {
    pub variable: VarId,
    pub lower: Expr,
    pub upper: Expr,
    pub body: Vec<Statement>,
}

pub fn for_loop(s: &Statement) -> Option<For> {
    let StatementKind::For { variable, lower, upper, body } = &s.kind else { return None };
    Some(For { variable: *variable, lower: lower.clone(), upper: upper.clone(), body: flattened(body) })
}

/// What a state weighs and emits: log weights by the old state and the new, and draws in the new.
pub struct Recursion {
    /// In the first turn: the new state's variable, weights, draws.
    pub first: (VarId, Vec<Expr>, Vec<Draw>),
    pub states: Expr,
    /// Later: loop over time, new state, old state.
    pub time: For,
    pub new: VarId,
    pub old: VarId,
    pub weights: Vec<Expr>,
    pub draws: Vec<Draw>,
}

fn rewrite(program: &mut Program, steps: &[Step], at: usize) -> Option<Vec<Step>> {
    let Step::Factor(factor) = &steps[at] else { return None };
    let span = factor.span();
    let term = factor.term.as_ref().filter(|_| !factor.negative)?;
    let (gamma, indices) = element(summed_list(term)?)?;
    if program.variable(gamma).origin != Origin::Local {
        return None;
    }
    let (parts, recursion) = match indices.as_slice() {
        [] => super::states_in_place::recursion(program, steps, at, gamma)?,
        [last] => {
            let (parts, recursion) = with_all_times(program, steps, at, gamma, last)?;
            (parts.into_iter().map(|k| (k, Vec::new())).collect(), recursion)
        }
        _ => return None,
    };
    let is_replaced = |k: usize| parts.iter().any(|(part, _)| *part == k);
    let others = steps.iter().enumerate().filter(|(k, _)| *k != at && !is_replaced(*k)).map(|(_, s)| s);
    if Uses::of_all(others).reads.contains(&gamma) {
        return None;
    }
    let mut inserted = forwards(program, recursion, span)?;
    let (drawing, weighing): (Vec<Step>, Vec<Step>) =
        inserted.iter().flat_map(unrolled).partition(|s| matches!(s, Step::Draw(_)));
    if weighs_outcomes(&weighing, &drawing) || reads_own_outcomes(program, &inserted) {
        return None;
    }
    let mut out = Vec::new();
    for (k, step) in steps.iter().enumerate() {
        if k == at {
            out.append(&mut inserted);
        } else if let Some((_, rest)) = parts.iter().find(|(part, _)| *part == k) {
            out.extend(rest.iter().cloned());
        } else {
            out.push(step.clone());
        }
    }
    Some(out)
}

/// The recursion that fills `gamma` up to the last time, and the steps that are its parts.
fn with_all_times(
    program: &Program,
    steps: &[Step],
    at: usize,
    gamma: VarId,
    last: &Expr,
) -> Option<(Vec<usize>, Recursion)> {
    let is_part = |s: &Step| matches!(s, Step::Plain(inner) if assigned(inner, gamma) > 0);
    let parts: Vec<usize> = (0..at).filter(|&k| is_part(&steps[k])).collect();
    let [first, later] = parts.as_slice() else { return None };
    let statement = |k: usize| if let Step::Plain(s) = &steps[k] { Some(s) } else { None };
    let count = assigned(statement(*first)?, gamma) + assigned(statement(*later)?, gamma);
    if count != 2 || assignments(program, gamma) != 2 {
        return None;
    }
    let recursion = recursion(program, gamma, statement(*first)?, statement(*later)?)?;
    (strip(&recursion.time.upper) == strip(last)).then_some((parts, recursion))
}

fn recursion(program: &Program, gamma: VarId, first: &Statement, later: &Statement) -> Option<Recursion> {
    let is = |e: &Expr, v: VarId| e.kind == ExprKind::Variable(v);
    let one = typed::int(1);
    // gamma[1, k] = ...
    let start = for_loop(first)?;
    let [Statement { kind: StatementKind::Assign { target, value }, .. }] = start.body.as_slice() else { return None };
    let indices = target_indices(target)?;
    let [t, k] = indices.as_slice() else { return None };
    if target.variable != gamma || !is(k, start.variable) || strip(t) != one || strip(&start.lower) != one {
        return None;
    }
    let (weights, draws) = apart(program, value)?;
    let first = (start.variable, weights, draws);
    // for (t in 2:N) for (k in 1:K) { ... gamma[t, k] = log_sum_exp(...) + ...; }
    let time = for_loop(later)?;
    if strip(&time.lower) != typed::int(2) {
        return None;
    }
    let [states] = time.body.as_slice() else { return None };
    let states = for_loop(states)?;
    let same = |f: &For| strip(&f.lower) == one && strip(&f.upper) == strip(&start.upper);
    if !same(&states) {
        return None;
    }
    let (Statement { kind: StatementKind::Assign { target, value }, .. }, before) = states.body.split_last()? else {
        return None;
    };
    let indices = target_indices(target)?;
    let [t, k] = indices.as_slice() else { return None };
    if target.variable != gamma || !is(t, time.variable) || !is(k, states.variable) {
        return None;
    }
    let (outside, mut draws) = apart(program, value)?;
    let (sums, mut weights): (Vec<Expr>, Vec<Expr>) = outside.into_iter().partition(|e| summed_list(e).is_some());
    let [summed] = sums.as_slice() else { return None };
    let (list, rest) = element(summed_list(summed)?)?;
    // Declarations of the list of terms, then its loop.
    let (inner, declarations) = before.split_last()?;
    let declares =
        |s: &Statement| matches!(&s.kind, StatementKind::Declare(d) if d.variable == list && d.initial.is_none());
    if !rest.is_empty() || !declarations.iter().all(declares) || assignments(program, list) != 1 {
        return None;
    }
    let paths = for_loop(inner).filter(same)?;
    let [Statement { kind: StatementKind::Assign { target, value }, .. }] = paths.body.as_slice() else { return None };
    let indices = target_indices(target)?;
    if target.variable != list || !matches!(indices.as_slice(), [j] if is(j, paths.variable)) {
        return None;
    }
    let (inside, emitted) = apart(program, value)?;
    let came = |e: &Expr| {
        let Some((v, indices)) = element(e) else { return false };
        let before = |t: &Expr| {
            let minus = typed::binary(Operator::Minus, reference(program, time.variable), typed::int(1));
            strip(t).kind == strip(&minus).kind
                || matches!(&strip(t).kind, ExprKind::Call { callee: Callee::Operator(Operator::Minus), arguments }
                if is(&arguments[0], time.variable) && arguments[1].kind == ExprKind::Int(1))
        };
        v == gamma && matches!(indices.as_slice(), [t, j] if before(t) && is(j, paths.variable))
    };
    let (from, inside): (Vec<Expr>, Vec<Expr>) = inside.into_iter().partition(came);
    if from.len() != 1 || inside.iter().chain(&weights).any(|e| mentions(e, gamma)) {
        return None;
    }
    let depends = |d: &Draw, v: VarId| {
        let outcome = d.place.indices().any(|i| {
            let mut found = false;
            i.for_each(&mut |e| found |= e.kind == ExprKind::Variable(v));
            found
        });
        outcome || d.arguments.iter().any(|a| mentions(a, v))
    };
    if emitted.iter().any(|d| depends(d, paths.variable)) {
        return None;
    }
    weights.extend(inside);
    draws.extend(emitted);
    // Weights that do not tell the new states apart are no transition.
    if draws.is_empty() || !weights.iter().any(|w| mentions(w, states.variable)) {
        return None;
    }
    let (new, old) = (states.variable, paths.variable);
    Some(Recursion { first, states: start.upper, time, new, old, weights, draws })
}

/// The step, or those in its loop.
fn unrolled(step: &Step) -> Vec<Step> {
    match step {
        Step::Loop { body, .. } => body.clone(),
        other => vec![other.clone()],
    }
}

/// The states, and what is seen of them.
fn forwards(program: &mut Program, r: Recursion, span: Span) -> Option<Vec<Step>> {
    let list = SizedType::Array(Box::new(SizedType::Int(Constraint::None)), vec![r.time.upper.clone()]);
    let (z, declare_z) = declare(program, "state", list, Level::Parameter, span);
    let mut out = vec![declare_z];
    let one = typed::int(1);
    let by_parameters = r.first.1.iter().any(|w| w.level == Level::Parameter);
    let (state, weights, draws) = r.first;
    out.extend(choice(program, z, one.clone(), (state, &r.states, weights), by_parameters, span));
    out.extend(drawn(program, draws, state, z, one)?);
    let t = reference(program, r.time.variable);
    let previous = at(program, z, typed::binary(Operator::Minus, t.clone(), typed::int(1)), Type::Int);
    let mut from = Rename::default();
    from.values.insert(r.old, previous);
    let mut weights = r.weights;
    for w in &mut weights {
        substitute::expr(w, &mut |e| substitute::Change::expr(&mut from, e));
    }
    let mut body = choice(program, z, t.clone(), (r.new, &r.states, weights), true, span);
    body.extend(drawn(program, r.draws, r.new, z, t)?);
    let skip = Statement { kind: StatementKind::Skip, span };
    let kind = StatementKind::For {
        variable: r.time.variable,
        lower: r.time.lower,
        upper: r.time.upper,
        body: Box::new(skip),
    };
    out.push(Step::Loop { header: Statement { kind, span }, body });
    Some(out)
}

/// Computes the weights of `z[index]` and draws it.
fn choice(
    program: &mut Program,
    z: VarId,
    index: Expr,
    (state, states, weights): (VarId, &Expr, Vec<Expr>),
    checked: bool,
    span: Span,
) -> Vec<Step> {
    let vector = SizedType::Vector(states.clone(), Constraint::None);
    let (w, declare_w) = declare(program, "log_weights", vector, Level::Parameter, span);
    let path = vec![Access::Index(vec![Index::Single(reference(program, state))])];
    let target = LValue { variable: w, path, ty: Type::Real, span };
    let body = Box::new(Statement { kind: StatementKind::Assign { target, value: sum(weights) }, span });
    let kind = StatementKind::For { variable: state, lower: typed::int(1), upper: states.clone(), body };
    let mut weigh = Statement { kind, span };
    substitute::fresh_declarations(program, std::slice::from_mut(&mut weigh));
    vec![declare_w, Step::Plain(weigh), choose(program, z, Some(index), w, checked, span)]
}

/// The draws in state `z[index]`.
fn drawn(program: &Program, draws: Vec<Draw>, state: VarId, z: VarId, index: Expr) -> Option<Vec<Step>> {
    let mut steps: Vec<Step> = draws.into_iter().map(Step::Draw).collect();
    let mut chosen = Rename::default();
    chosen.values.insert(state, at(program, z, index, Type::Int));
    substitute::steps(&mut steps, &mut chosen).then_some(steps)
}
