//! Hidden Markov models by `hmm_marginal(log_omega, Gamma, rho)`, where `log_omega[k, t] = f_lpdf(y[t] | k)`.
//!
//! Proof: by its definition `hmm_marginal` is the log of the sum over all paths z of `rho[z[1]] prod Gamma[z[t - 1], z[t]] prod exp
//! log_omega[z[t], t]`. The function accepts only a rho and rows of Gamma that add up to one, so that is the density of y summed over
//! the states of a Markov chain; the states are drawn forwards, and then each y[t] from its density in state z[t]. A term of
//! `log_omega` that is no density of data would weigh the paths, and is refused.

use super::Findings;
use super::components::*;
use crate::build::typed;
use crate::step::{Step, Uses};
use crate::substitute::{self, Rename, reference};
use crate::support::{constant, strip};
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::{BTreeMap, BTreeSet};

pub fn apply(program: &mut Program, steps: &mut Vec<Step>, findings: &mut Findings) {
    super::each_factor(program, steps, findings, "states_forwards", rewrite);
}

fn rewrite(program: &mut Program, steps: &[Step], at: usize) -> Option<Vec<Step>> {
    let Step::Factor(factor) = &steps[at] else { return None };
    let span = factor.span();
    let term = factor.term.as_ref().filter(|_| !factor.negative)?;
    let ExprKind::Call { callee: Callee::Library(name), arguments } = &term.kind else { return None };
    let ("hmm_marginal", [omega, gamma, rho]) = (name.as_str(), arguments.as_slice()) else { return None };
    let ExprKind::Variable(omega) = omega.kind else { return None };
    if program.variable(omega).origin != Origin::Local {
        return None;
    }
    let SizedType::Matrix(states, times, _) = declaration_in(&program.model, omega)?.ty else { return None };
    let is_part = |s: &Step| matches!(s, Step::Plain(inner) if assigned(inner, omega) > 0);
    let parts: Vec<usize> = (0..at).filter(|&k| is_part(&steps[k])).collect();
    let statements: Vec<&Statement> =
        parts.iter().filter_map(|&k| if let Step::Plain(s) = &steps[k] { Some(s) } else { None }).collect();
    if statements.iter().map(|s| assigned(s, omega)).sum::<usize>() != assignments(program, omega) {
        return None;
    }
    let others = steps.iter().enumerate().filter(|(k, _)| *k != at && !parts.contains(k)).map(|(_, s)| s);
    if Uses::of_all(others).reads.contains(&omega) {
        return None;
    }
    let list = SizedType::Array(Box::new(SizedType::Int(Constraint::None)), vec![times.clone()]);
    let (z, declare_z) = declare(program, "state", list, Level::Parameter, span);
    let mut emission = Emission { program, omega, z, states: &states, by_number: BTreeMap::new(), set: 0, zero: false };
    let mut drawn = Vec::new();
    for s in statements {
        let mut copy = s.clone();
        substitute::fresh_declarations(emission.program, std::slice::from_mut(&mut copy));
        drawn.extend(emission.steps(&copy, &mut Vec::new())?);
    }
    if !emission.is_complete() || !drawn.iter().any(|s| !s.places().is_empty()) {
        return None;
    }
    if weighed_by_outcomes(program, steps, &drawn, [gamma, rho]) {
        return None;
    }
    let mut inserted = vec![declare_z, chain(program, z, &times, gamma, rho, span)];
    inserted.extend(drawn);
    if reads_own_outcomes(program, &inserted) {
        return None;
    }
    let mut out = Vec::new();
    for (k, step) in steps.iter().enumerate() {
        if k == at {
            out.append(&mut inserted);
        } else if !parts.contains(&k) {
            out.push(step.clone());
        }
    }
    Some(out)
}

/// Whether the chain is computed from what is seen of it.
fn weighed_by_outcomes(program: &Program, steps: &[Step], drawn: &[Step], chain: [&Expr; 2]) -> bool {
    let mut tainted: BTreeSet<VarId> = BTreeSet::new();
    for place in drawn.iter().flat_map(Step::places) {
        tainted.extend(crate::reverse::derived_data(program, place.variable));
    }
    crate::reverse::flow(steps, &mut tainted, &|_, _| false);
    let mut uses = Uses::default();
    chain.into_iter().for_each(|e| uses.reads_of(e));
    uses.reads.iter().any(|v| tainted.contains(v))
}

/// `for (t in 1:T) z[t] = categorical_rng(t == 1 ? rho : Gamma[z[t - 1]]')`
fn chain(program: &mut Program, z: VarId, times: &Expr, gamma: &Expr, rho: &Expr, span: Span) -> Step {
    let time = substitute::fresh(program, "t", Type::Int, Level::Data);
    let t = || reference(program, time);
    let before = at(program, z, typed::binary(Operator::Minus, t(), typed::int(1)), Type::Int);
    let row = Expr {
        kind: ExprKind::Index { base: Box::new(gamma.clone()), indices: vec![Index::Single(before)] },
        ty: Type::RowVector,
        ..gamma.clone()
    };
    let callee = Callee::Operator(Operator::Transpose);
    let row = Expr { kind: ExprKind::Call { callee, arguments: vec![row.clone()] }, ty: Type::Vector, ..row };
    let first = Expr { ty: Type::Int, ..typed::binary(Operator::Equals, t(), typed::int(1)) };
    let kind = ExprKind::Ternary { condition: Box::new(first), then: Box::new(rho.clone()), otherwise: Box::new(row) };
    let weights = Expr { kind, level: Level::Parameter, ..rho.clone() };
    let callee = Callee::Distribution { family: "categorical".to_string(), form: Form::Rng };
    let value = Expr { kind: ExprKind::Call { callee, arguments: vec![weights.clone()] }, ty: Type::Int, ..weights };
    let path = vec![Access::Index(vec![Index::Single(t())])];
    let target = LValue { variable: z, path, ty: Type::Int, span };
    let body = Box::new(Statement { kind: StatementKind::Assign { target, value }, span });
    plain(StatementKind::For { variable: time, lower: typed::int(1), upper: times.clone(), body }, span)
}

/// What is seen of the states: statements that fill `log_omega`, for the state that was drawn.
struct Emission<'p> {
    program: &'p mut Program,
    omega: VarId,
    z: VarId,
    states: &'p Expr,
    /// What is drawn in states that are written out by number.
    by_number: BTreeMap<i32, Vec<String>>,
    /// Assignments in a loop over states.
    set: usize,
    /// Whether it starts at zero, so that terms may be added.
    zero: bool,
}

impl Emission<'_> {
    /// `loops`: variables of the loops over states around the statement, which are left out.
    fn steps(&mut self, s: &Statement, loops: &mut Vec<VarId>) -> Option<Vec<Step>> {
        if assigned(s, self.omega) == 0 {
            return match &s.kind {
                StatementKind::Declare(d) if d.variable == self.omega => Some(Vec::new()),
                _ => Some(vec![Step::Plain(s.clone())]),
            };
        }
        match &s.kind {
            StatementKind::Declare(Declaration { initial: Some(value), .. }) => {
                self.zero = match &value.kind {
                    ExprKind::Call { callee: Callee::Library(name), arguments } if name == "rep_matrix" => {
                        arguments.first().and_then(constant) == Some(0.0)
                    }
                    _ => false,
                };
                self.zero.then(Vec::new)
            }
            StatementKind::Block(items) => {
                let items: Vec<Statement> = items.iter().flat_map(flattened).collect();
                self.body(&items, loops)
            }
            StatementKind::For { variable, lower, upper, body } if self.is_state(body, *variable) => {
                if strip(lower) != typed::int(1) || strip(upper) != strip(self.states) {
                    return None;
                }
                loops.push(*variable);
                let steps = self.body(&flattened(body), loops);
                loops.pop();
                steps
            }
            StatementKind::For { body, .. } => {
                let mut header = s.clone();
                if let StatementKind::For { body, .. } = &mut header.kind {
                    **body = Statement { kind: StatementKind::Skip, span: body.span };
                }
                Some(vec![Step::Loop { header, body: self.body(&flattened(body), loops)? }])
            }
            StatementKind::If { condition, then, otherwise } => {
                let (before, numbers) = (self.set, self.by_number.clone());
                let then = self.body(&flattened(then), loops)?;
                let after = (self.set, self.by_number.clone());
                (self.set, self.by_number) = (before, numbers);
                let otherwise = match otherwise {
                    Some(s) => self.body(&flattened(s), loops)?,
                    None => Vec::new(),
                };
                // Either side sets the same elements, or the second none.
                self.set = self.set.max(after.0);
                for (number, places) in after.1 {
                    self.by_number.entry(number).or_insert(places);
                }
                Some(vec![Step::Branch { condition: condition.clone(), then, otherwise, span: s.span }])
            }
            _ => self.body(std::slice::from_ref(s), loops),
        }
    }

    /// Statements in the scope of one time: the state is that of the time that is assigned.
    fn body(&mut self, items: &[Statement], loops: &mut Vec<VarId>) -> Option<Vec<Step>> {
        let mut out = Vec::new();
        let mut time: Option<Expr> = None;
        for s in items {
            match &s.kind {
                StatementKind::Assign { target, value } if target.variable == self.omega => {
                    let indices = target_indices(target)?;
                    let [k, t] = indices.as_slice() else { return None };
                    if time.as_ref().is_some_and(|before| strip(before) != strip(t)) {
                        return None;
                    }
                    time = Some(t.clone());
                    out.extend(self.emitted(k, t, value, loops, s.span)?);
                }
                _ => out.extend(self.steps(s, loops)?),
            }
        }
        let Some(t) = time else {
            // A state that is in no scope of a time has no value yet.
            let mentions = |s: &Step, v: VarId| Uses::of(s).reads.contains(&v);
            let plain = out.iter().filter(|s| matches!(s, Step::Plain(_)));
            return (!plain.into_iter().any(|s| loops.iter().any(|v| mentions(s, *v)))).then_some(out);
        };
        let mut chosen = Rename::default();
        for &v in loops.iter() {
            chosen.values.insert(v, at(self.program, self.z, t.clone(), Type::Int));
        }
        substitute::steps(&mut out, &mut chosen).then_some(out)
    }

    /// `log_omega[k, t] = value`
    fn emitted(&mut self, k: &Expr, t: &Expr, value: &Expr, loops: &[VarId], span: Span) -> Option<Vec<Step>> {
        let (weights, draws) = apart(self.program, value)?;
        let is_self = |e: &Expr| {
            element(e).is_some_and(|(v, own)| v == self.omega && own.iter().map(strip).eq([strip(k), strip(t)]))
        };
        let (own, rest): (Vec<Expr>, Vec<Expr>) = weights.into_iter().partition(is_self);
        if rest.iter().any(|w| constant(w) != Some(0.0)) || own.len() > 1 {
            return None;
        }
        let adds = !own.is_empty();
        let places: Vec<String> =
            draws.iter().map(|d| format!("{:?}", (d.place.variable, indices(&d.place)))).collect();
        let draws: Vec<Step> = draws.into_iter().map(Step::Draw).collect();
        match &k.kind {
            ExprKind::Variable(v) if loops.contains(v) => {
                self.set += usize::from(!adds);
                (self.set <= 1).then_some(draws)
            }
            ExprKind::Int(number) => {
                match (adds, self.by_number.get_mut(number)) {
                    (false, None) => drop(self.by_number.insert(*number, places)),
                    (true, None) if self.zero => drop(self.by_number.insert(*number, places)),
                    (true, Some(before)) => before.extend(places),
                    _ => return None,
                }
                if draws.is_empty() {
                    return Some(draws);
                }
                let state = at(self.program, self.z, t.clone(), Type::Int);
                let condition = typed::binary(Operator::Equals, state, typed::int(*number));
                let condition = Expr { ty: Type::Int, ..condition };
                Some(vec![Step::Branch { condition, then: draws, otherwise: Vec::new(), span }])
            }
            _ => None,
        }
    }

    /// Whether a loop runs over states: its variable is the first index wherever the matrix is assigned.
    fn is_state(&self, body: &Statement, variable: VarId) -> bool {
        let mut all = true;
        body.for_each(&mut |s| {
            if let StatementKind::Assign { target, .. } = &s.kind
                && target.variable == self.omega
            {
                let indices = target_indices(target).unwrap_or_default();
                all &= indices.first().is_some_and(|k| k.kind == ExprKind::Variable(variable));
            }
        });
        all
    }

    /// Whether every state sees the same things, once.
    fn is_complete(&self) -> bool {
        if self.by_number.is_empty() {
            return self.set == 1 || self.zero;
        }
        let Some(first) = self.by_number.values().next() else { return false };
        let all = matches!(self.states.kind, ExprKind::Int(n) if self.by_number.keys().copied().eq(1..=n));
        self.set == 0 && all && self.by_number.values().all(|v| v == first)
    }
}

fn indices(place: &crate::place::Place) -> Vec<Option<Expr>> {
    place.indices().map(|i| if let Index::Single(e) = i { Some(strip(e)) } else { None }).collect()
}
