//! A mixture whose components belong to groups: rows of log probabilities, one a group, to which the members of a group add.
//!
//! ```stan
//! for (g in 1:G) for (k in 1:K) lp[g, k] = log(theta[k]);
//! for (n in 1:N) for (k in 1:K) lp[group[n], k] += normal_lpdf(y[n] | mu[k], sigma);
//! for (g in 1:G) target += log_sum_exp(lp[g]);
//! ```
//!
//! Proof: the density of group g is `sum_k w_gk prod_(n in g) f_k(y[n])`, which with `sum_k w_gk = 1` is that of its members' outcomes under one
//! component k ~ w_g and y[n] ~ f_k, independently. So a component is drawn for each group, and every member from that of its group. Every row is
//! summed up once, so no member is lost; that the weights add up to one is checked as the simulator runs.

use super::Findings;
use super::components::*;
use crate::step::{Step, Uses};
use crate::substitute::{self, Change, Rename, reference};
use crate::support::strip;
use ppl_program::typed::*;

pub fn apply(program: &mut Program, steps: &mut Vec<Step>, findings: &mut Findings) {
    for at in 0..steps.len() {
        // Most steps are none: no copy of the program for those.
        if !matches!(&steps[at], Step::Loop { body, .. } if matches!(body.as_slice(), [Step::Factor(_)])) {
            continue;
        }
        let mut next = program.clone();
        if let Some(rewritten) = rewrite(&mut next, steps, at) {
            findings.rewrite("components_of_groups");
            (*program, *steps) = (next, rewritten);
            return apply(program, steps, findings);
        }
    }
}

/// The rows of log probabilities.
struct Rows {
    list: VarId,
    groups: Expr,
    components: Expr,
    /// The component of each group.
    component: VarId,
}

fn rewrite(program: &mut Program, steps: &[Step], at: usize) -> Option<Vec<Step>> {
    let (list, upper) = summed_rows(&steps[at])?;
    if program.variable(list).origin != Origin::Local {
        return None;
    }
    let declaration = declaration_in(&program.model, list).filter(|d| d.initial.is_none())?;
    let (groups, components) = match declaration.ty {
        SizedType::Matrix(m, n, _) => (m, n),
        SizedType::Array(element, sizes) => match (*element, sizes.as_slice()) {
            (SizedType::Vector(n, _) | SizedType::RowVector(n, _), [m]) => (m.clone(), n),
            (SizedType::Real(_), [m, n]) => (m.clone(), n.clone()),
            _ => return None,
        },
        _ => return None,
    };
    let parts: Vec<usize> = (0..at).filter(|&k| matches!(&steps[k], Step::Plain(s) if assigned(s, list) > 0)).collect();
    let statement = |k: &usize| if let Step::Plain(s) = &steps[*k] { Some(s.clone()) } else { None };
    let parts_of: Vec<Statement> = parts.iter().filter_map(statement).collect();
    let total: usize = parts_of.iter().map(|s| assigned(s, list)).sum();
    let others = steps.iter().enumerate().filter(|(k, _)| *k != at && !parts.contains(k)).map(|(_, s)| s);
    if strip(&upper) != strip(&groups) || total != assignments(program, list) {
        return None;
    }
    if Uses::of_all(others).reads.contains(&list) {
        return None;
    }
    let (first, later) = parts_of.split_first()?;
    let span = steps[at].span();
    let sizes = vec![groups.clone()];
    let ty = SizedType::Array(Box::new(SizedType::Int(Constraint::None)), sizes);
    let (component, declare_component) = declare(program, "component", ty, Level::Parameter, span);
    let rows = Rows { list, groups, components, component };
    let weighing = rows.weighing(program, first)?;
    let mut drawing = Vec::new();
    for part in later {
        drawing.extend(rows.drawing(program, part)?);
    }
    let drawn = drawing.iter().any(|s| !s.places().is_empty());
    if !drawn || weighs_outcomes(std::slice::from_ref(&weighing), &drawing) {
        return None;
    }
    let mut inserted = vec![declare_component, weighing];
    inserted.extend(drawing);
    if reads_own_outcomes(program, &inserted) {
        return None;
    }
    Some(super::in_place_of_list(steps, at, &parts, list, inserted))
}

/// `for (g in 1:G) target += log_sum_exp(list[g])`: the list, and G.
fn summed_rows(step: &Step) -> Option<(VarId, Expr)> {
    let Step::Loop { header, body } = step else { return None };
    let StatementKind::For { variable, lower, upper, .. } = &header.kind else { return None };
    let [Step::Factor(factor)] = body.as_slice() else { return None };
    let term = factor.term.as_ref().filter(|_| !factor.negative && lower.kind == ExprKind::Int(1))?;
    let (list, indices) = element(summed_list(term)?)?;
    let own = matches!(indices.as_slice(), [g] if g.kind == ExprKind::Variable(*variable));
    own.then(|| (list, upper.clone()))
}

impl Rows {
    /// The loop that gives each row its weights, with the draw of its component.
    fn weighing(&self, program: &mut Program, first: &Statement) -> Option<Step> {
        let StatementKind::For { variable, lower, upper, body } = &first.kind else { return None };
        if lower.kind != ExprKind::Int(1) || strip(upper) != strip(&self.groups) {
            return None;
        }
        let (mut plain_weights, mut by_parameters) = (true, false);
        body.for_each(&mut |s| {
            if let StatementKind::Assign { target, value } = &s.kind {
                let own = target.variable == self.list
                    && target_indices(target)
                        .is_some_and(|i| i.len() == 2 && i[0].kind == ExprKind::Variable(*variable))
                    && !mentions(value, self.list)
                    && apart(program, value).is_some_and(|(_, draws)| draws.is_empty());
                plain_weights &= own;
                by_parameters |= value.level == Level::Parameter;
            }
        });
        if !plain_weights {
            return None;
        }
        let span = first.span;
        let vector = SizedType::Vector(self.components.clone(), Constraint::None);
        let (weights, declare_weights) = declare(program, "log_weights", vector, Level::Parameter, span);
        let mut body = (**body).clone();
        substitute::fresh_declarations(program, std::slice::from_mut(&mut body));
        substitute::statement(&mut body, &mut RowOf { list: self.list, weights });
        let group = reference(program, *variable);
        let choice = choose(program, self.component, Some(group), weights, by_parameters, span);
        let mut header = first.clone();
        if let StatementKind::For { body, .. } = &mut header.kind {
            **body = Statement { kind: StatementKind::Skip, span };
        }
        Some(Step::Loop { header, body: vec![declare_weights, Step::Plain(body), choice] })
    }

    /// A statement that adds to rows, as draws from the component of each row's group.
    fn drawing(&self, program: &Program, s: &Statement) -> Option<Vec<Step>> {
        if assigned(s, self.list) == 0 {
            return Some(vec![Step::Plain(s.clone())]);
        }
        match &s.kind {
            StatementKind::Block(_) => {
                let parts: Option<Vec<Vec<Step>>> = flattened(s).iter().map(|s| self.drawing(program, s)).collect();
                parts.map(|p| p.into_iter().flatten().collect())
            }
            StatementKind::For { variable, lower, upper, body } => {
                let mut steps = self.drawing(program, body)?;
                let Some(group) = self.group(body, *variable) else {
                    let mut header = s.clone();
                    if let StatementKind::For { body, .. } = &mut header.kind {
                        **body = Statement { kind: StatementKind::Skip, span: body.span };
                    }
                    return Some(vec![Step::Loop { header, body: steps }]);
                };
                if lower.kind != ExprKind::Int(1) || strip(upper) != strip(&self.components) {
                    return None;
                }
                let mut chosen = Rename::default();
                chosen.values.insert(*variable, at(program, self.component, group, Type::Int));
                substitute::steps(&mut steps, &mut chosen).then_some(steps)
            }
            StatementKind::If { condition, then, otherwise } => {
                let then = self.drawing(program, then)?;
                let otherwise = otherwise.as_deref().map_or(Some(Vec::new()), |s| self.drawing(program, s))?;
                Some(vec![Step::Branch { condition: condition.clone(), then, otherwise, span: s.span }])
            }
            StatementKind::Assign { target, value } => {
                let indices = target_indices(target)?;
                let [_, Expr { kind: ExprKind::Variable(_), .. }] = indices.as_slice() else { return None };
                let (weights, draws) = apart(program, value)?;
                let [before] = weights.as_slice() else { return None };
                let (list, own) = element(before)?;
                let adds = list == self.list && own.iter().map(strip).eq(indices.iter().map(strip));
                (adds && !draws.is_empty()).then(|| draws.into_iter().map(Step::Draw).collect())
            }
            _ => None,
        }
    }

    /// The group to whose row a loop over the components adds; `None` if it is no such loop.
    fn group(&self, body: &Statement, variable: VarId) -> Option<Expr> {
        let mut found: Vec<Expr> = Vec::new();
        let mut all = true;
        body.for_each(&mut |s| {
            if let StatementKind::Assign { target, .. } = &s.kind
                && target.variable == self.list
            {
                match target_indices(target).as_deref() {
                    Some([g, k]) if k.kind == ExprKind::Variable(variable) => {
                        if !found.iter().any(|f| strip(f) == strip(g)) {
                            found.push(g.clone());
                        }
                    }
                    _ => all = false,
                }
            }
        });
        let inside = Uses::of(&Step::Plain(body.clone()));
        let known = |g: &Expr| {
            let mut uses = Uses::default();
            uses.reads_of(g);
            g.level == Level::Data
                && uses.reads.is_disjoint(&inside.declares)
                && uses.reads.is_disjoint(&inside.assigns)
        };
        match found.as_slice() {
            [g] if all && known(g) && !mentions(g, variable) => Some(g.clone()),
            _ => None,
        }
    }
}

/// `list[g, k]` as `weights[k]`.
struct RowOf {
    list: VarId,
    weights: VarId,
}

impl Change for RowOf {
    fn lvalue(&mut self, target: &mut LValue) {
        if target.variable != self.list {
            return;
        }
        if let Some(k) = target_indices(target).and_then(|mut indices| indices.pop()) {
            target.variable = self.weights;
            target.path = vec![Access::Index(vec![Index::Single(k)])];
        }
    }
}
