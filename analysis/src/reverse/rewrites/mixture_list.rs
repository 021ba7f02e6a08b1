//! A mixture whose components are summed up in a list: `lps[k] = log(theta[k]) + normal_lpdf(y | mu[k], sigma)`, in one loop or
//! several, then `target += log_sum_exp(lps)`.
//!
//! Proof: `sum_k w_k f_k(y)` with `sum_k w_k = 1` is the marginal density of y under k ~ w, y ~ f_k. `lps[k]` is `log w_k + log f_k(y)`, where
//! `log f_k` is all its terms that are densities of data. The same statements without those terms compute the weights, which
//! are checked to add up to one as the simulator runs; then the statements run for the chosen component alone, its densities as
//! draws. Where no parameter enters the weights their sum is a constant, which drops out of the joint density.

use super::Findings;
use super::components::*;
use crate::step::{Step, Uses};
use crate::substitute::{self, Change, Rename, reference};
use ppl_program::typed::*;
use std::collections::BTreeMap;

pub fn apply(program: &mut Program, steps: &mut Vec<Step>, findings: &mut Findings) {
    for step in steps.iter_mut() {
        match step {
            Step::Loop { body, .. } => apply(program, body, findings),
            Step::Branch { then, otherwise, .. } => {
                apply(program, then, findings);
                apply(program, otherwise, findings);
            }
            _ => {}
        }
    }
    for at in 0..steps.len() {
        // Most steps are none: no copy of the program for those.
        if !matches!(steps[at], Step::Factor(_)) {
            continue;
        }
        let mut next = program.clone();
        let mut given = findings.given.clone();
        if let Some(rewritten) = rewrite(&mut next, steps, at, &mut given) {
            findings.rewrite("mixture_by_component");
            findings.given = given;
            (*program, *steps) = (next, rewritten);
            return apply(program, steps, findings);
        }
    }
}

/// The list of log probabilities that is being taken apart.
struct List {
    variable: VarId,
    weights: VarId,
    component: VarId,
}

fn rewrite(program: &mut Program, steps: &[Step], at: usize, given: &mut Vec<(VarId, VarId)>) -> Option<Vec<Step>> {
    let Step::Factor(factor) = &steps[at] else { return None };
    let span = factor.span();
    let term = factor.term.as_ref().filter(|_| !factor.negative)?;
    let (variable, indices) = element(summed_list(term)?)?;
    if !indices.is_empty() || program.variable(variable).origin != Origin::Local {
        return None;
    }
    let is_part = |s: &Step| matches!(s, Step::Plain(inner) if assigned(inner, variable) > 0);
    let parts: Vec<usize> = (0..at).filter(|&k| is_part(&steps[k])).collect();
    let count = |k: &usize| if let Step::Plain(s) = &steps[*k] { assigned(s, variable) } else { 0 };
    if parts.iter().map(count).sum::<usize>() != assignments(program, variable) {
        return None;
    }
    let others = steps.iter().enumerate().filter(|(k, _)| *k != at && !parts.contains(k)).map(|(_, s)| s);
    if Uses::of_all(others).reads.contains(&variable) {
        return None;
    }
    let size = match declaration_in(&program.model, variable)?.ty {
        SizedType::Vector(n, _) => n,
        SizedType::Array(element, sizes) if matches!(*element, SizedType::Real(_)) && sizes.len() == 1 => {
            sizes[0].clone()
        }
        _ => return None,
    };
    let vector = SizedType::Vector(size.clone(), Constraint::None);
    let (weights, declare_weights) = declare(program, "log_weights", vector, Level::Parameter, span);
    let (component, declare_component) =
        declare(program, "component", SizedType::Int(Constraint::None), Level::Parameter, span);
    let list = List { variable, weights, component };
    let (mut computed, mut drawn) = (vec![declare_weights], Vec::new());
    let mut by_parameters = false;
    for &k in &parts {
        let Step::Plain(statement) = &steps[k] else { return None };
        let mut weighing = list.weighing(program, statement, &mut by_parameters)?;
        substitute::fresh_declarations(program, std::slice::from_mut(&mut weighing));
        computed.push(Step::Plain(weighing));
        drawn.extend(list.drawing(program, statement)?);
    }
    if !drawn.iter().any(|s| !s.places().is_empty()) || !literals_agree(&drawn, &size) {
        return None;
    }
    if weighs_outcomes(&computed, &drawn) {
        return None;
    }
    // Elements that have no density in any component, by what is given of them.
    super::codes::apply_given(program, &mut drawn, given, &mut Vec::new());
    let mut inserted = computed;
    inserted.push(declare_component);
    inserted.push(choose(program, component, None, weights, by_parameters, span));
    inserted.extend(drawn);
    if reads_own_outcomes(program, &inserted) {
        return None;
    }
    Some(super::in_place_of_list(steps, at, &parts, variable, inserted))
}

/// Components that are written out one by one must draw the same things, and be all there are.
fn literals_agree(drawn: &[Step], size: &Expr) -> bool {
    let mut by_component: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for step in drawn {
        if let Step::Branch { condition, then, .. } = step {
            let ExprKind::Call { arguments, .. } = &condition.kind else { return false };
            let ExprKind::Int(c) = arguments[1].kind else { return false };
            let outcomes = then.iter().flat_map(Step::places).map(|p| format!("{:?}", (p.variable, stripped(p))));
            by_component.entry(c).or_default().extend(outcomes);
        }
    }
    let Some(first) = by_component.values().next().cloned() else { return true };
    let all = matches!(size.kind, ExprKind::Int(n) if by_component.keys().copied().eq(1..=n));
    all && by_component.values().all(|v| *v == first)
}

fn stripped(place: &crate::place::Place) -> Vec<Option<Expr>> {
    let of = |i: &Index| if let Index::Single(e) = i { Some(crate::support::strip(e)) } else { None };
    place.indices().map(of).collect()
}

impl List {
    /// The statement without densities of data, for the weights.
    fn weighing(&self, program: &Program, statement: &Statement, by_parameters: &mut bool) -> Option<Statement> {
        let mut out = match &statement.kind {
            StatementKind::Declare(Declaration { variable, initial: Some(value), .. })
                if *variable == self.variable =>
            {
                let ty = Type::Vector;
                let target = LValue { variable: self.variable, path: Vec::new(), ty, span: statement.span };
                Statement { kind: StatementKind::Assign { target, value: value.clone() }, span: statement.span }
            }
            _ => statement.clone(),
        };
        struct Weigh<'w>(&'w List);
        impl Change for Weigh<'_> {
            fn expr(&mut self, e: &mut Expr) {
                if let ExprKind::Variable(v) = &mut e.kind
                    && *v == self.0.variable
                {
                    *v = self.0.weights;
                    e.ty = Type::Vector;
                }
            }
            fn lvalue(&mut self, target: &mut LValue) {
                if target.variable == self.0.variable {
                    target.variable = self.0.weights;
                }
            }
        }
        let mut good = true;
        strip_densities(program, &mut out, self.variable, by_parameters, &mut good);
        substitute::statement(&mut out, &mut Weigh(self));
        good.then_some(out)
    }

    /// The statement for the chosen component, its densities as draws.
    fn drawing(&self, program: &mut Program, statement: &Statement) -> Option<Vec<Step>> {
        let mut copy = statement.clone();
        substitute::fresh_declarations(program, std::slice::from_mut(&mut copy));
        let steps = self.drawing_of(program, &copy)?;
        // Nothing drawn: the statement only weighs.
        Some(if steps.iter().any(|s| !s.places().is_empty()) { steps } else { Vec::new() })
    }

    fn drawing_of(&self, program: &Program, statement: &Statement) -> Option<Vec<Step>> {
        let touches = assigned(statement, self.variable) > 0;
        match &statement.kind {
            StatementKind::Declare(d) if d.variable == self.variable => Some(Vec::new()),
            _ if !touches => Some(vec![Step::Plain(statement.clone())]),
            StatementKind::Block(items) => {
                let parts: Option<Vec<Vec<Step>>> = items.iter().map(|s| self.drawing_of(program, s)).collect();
                parts.map(|p| p.into_iter().flatten().collect())
            }
            StatementKind::For { variable, lower, body, .. } => {
                let mut steps = self.drawing_of(program, body)?;
                if !self.is_component(body, *variable) {
                    let skip = Statement { kind: StatementKind::Skip, span: body.span };
                    let mut header = statement.clone();
                    if let StatementKind::For { body, .. } = &mut header.kind {
                        **body = skip;
                    }
                    return Some(vec![Step::Loop { header, body: steps }]);
                }
                if lower.kind != ExprKind::Int(1) {
                    return None;
                }
                let mut chosen = Rename::default();
                chosen.values.insert(*variable, reference(program, self.component));
                substitute::steps(&mut steps, &mut chosen).then_some(steps)
            }
            StatementKind::If { condition, then, otherwise } => {
                let then = self.drawing_of(program, then)?;
                let otherwise = otherwise.as_deref().map_or(Some(Vec::new()), |s| self.drawing_of(program, s))?;
                Some(vec![Step::Branch { condition: condition.clone(), then, otherwise, span: statement.span }])
            }
            StatementKind::Assign { target, value } => {
                let indices = target_indices(target)?;
                let (_, draws) = apart(program, value)?;
                let draws: Vec<Step> = draws.into_iter().map(Step::Draw).collect();
                match indices.as_slice() {
                    _ if draws.is_empty() => Some(Vec::new()),
                    [Expr { kind: ExprKind::Variable(_), .. }] => Some(draws),
                    [c @ Expr { kind: ExprKind::Int(_), .. }] => {
                        let component = reference(program, self.component);
                        let arguments = vec![component, c.clone()];
                        let kind = ExprKind::Call { callee: Callee::Operator(Operator::Equals), arguments };
                        let span = statement.span;
                        let condition = Expr { kind, ty: Type::Int, level: Level::Parameter, span };
                        Some(vec![Step::Branch { condition, then: draws, otherwise: Vec::new(), span }])
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether the assignments of the list in a body are all to the element of this loop variable.
    fn is_component(&self, body: &Statement, variable: VarId) -> bool {
        let mut all = true;
        body.for_each(&mut |s| {
            if let StatementKind::Assign { target, .. } = &s.kind
                && target.variable == self.variable
            {
                let index = target_indices(target);
                all &= matches!(index.as_deref(), Some([Expr { kind: ExprKind::Variable(v), .. }]) if *v == variable);
            }
        });
        all
    }
}

/// Takes the densities of data out of what is assigned to a list.
fn strip_densities(program: &Program, s: &mut Statement, list: VarId, by_parameters: &mut bool, good: &mut bool) {
    match &mut s.kind {
        StatementKind::Assign { target, value } if target.variable == list => {
            if !value.ty.is_real_scalar() {
                // A whole list of weights; densities in it could not be told apart.
                *good &= apart(program, value).is_some_and(|(_, draws)| draws.is_empty());
                *by_parameters |= value.level == Level::Parameter;
                return;
            }
            match apart(program, value) {
                Some((weights, _)) => {
                    *by_parameters |= weights.iter().any(|w| w.level == Level::Parameter && !mentions(w, list));
                    *value = sum(weights);
                }
                None => *good = false,
            }
        }
        StatementKind::Block(items) => {
            items.iter_mut().for_each(|s| strip_densities(program, s, list, by_parameters, good));
        }
        StatementKind::For { body, .. } => strip_densities(program, body, list, by_parameters, good),
        StatementKind::If { then, otherwise, .. } => {
            strip_densities(program, then, list, by_parameters, good);
            otherwise.iter_mut().for_each(|s| strip_densities(program, s, list, by_parameters, good));
            // A condition on what adds no weight is none on the weights.
            if adds_nothing(then, list) && otherwise.as_deref().is_none_or(|s| adds_nothing(s, list)) {
                s.kind = StatementKind::Skip;
            }
        }
        _ => *good &= assigned(s, list) == 0,
    }
}

/// Whether a statement leaves a list as it is: `lps[k] = lps[k]`, and nothing else.
fn adds_nothing(s: &Statement, list: VarId) -> bool {
    match &s.kind {
        StatementKind::Skip => true,
        StatementKind::Block(items) => items.iter().all(|s| adds_nothing(s, list)),
        StatementKind::For { body, .. } => adds_nothing(body, list),
        StatementKind::Assign { target, value } => {
            let same = |indices: Vec<Expr>| {
                let own = target_indices(target).unwrap_or_default();
                indices.iter().map(crate::support::strip).eq(own.iter().map(crate::support::strip))
            };
            target.variable == list && element(value).is_some_and(|(v, indices)| v == list && same(indices))
        }
        _ => false,
    }
}
