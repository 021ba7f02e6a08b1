//! Sums over a count that is not seen: N-mixtures, returns from an unknown number of questionnaires.
//!
//! ```stan
//! for (n in max(y[i]):K) lp[n - max(y[i]) + 1] = poisson_lpmf(n | lambda) + binomial_lpmf(y[i] | n, p);
//! target += log_sum_exp(lp);
//! ```
//!
//! Proof: let w(n) be the exponentials of the terms that are no densities of y, for n from L to K. What is added to `target` is `log sum_n
//! w(n) f(y | n) = log W + log sum_n (w(n) / W) f(y | n)`, with W the sum of w: the first term belongs to the prior, the second is the log
//! density of y drawn given n, with n drawn by the weights w / W. A binomial count is never above its number of trials, so terms with n below
//! max(y) vanish, and a sum that starts there is the sum over all n. Where no parameter enters w, log W is a constant and drops out;
//! otherwise it tilts the prior (a Poisson distribution that is cut at K does not add up to one), which is then sampled by NUTS.

use super::Findings;
use super::components::*;
use crate::affine::difference;
use crate::build::typed;
use crate::place::Place;
use crate::step::{Draw, Factor, Step, Uses};
use crate::substitute::{self, Rename, reference};
use crate::support::strip;
use crate::unparse::{Names, Unparse};
use ppl_grammar::span::Span;
use ppl_program::typed::*;

pub fn apply(program: &mut Program, steps: &mut Vec<Step>, findings: &mut Findings) {
    super::each_factor(program, steps, findings, "latent_count", rewrite);
}

fn rewrite(program: &mut Program, steps: &[Step], at: usize) -> Option<Vec<Step>> {
    let Step::Factor(factor) = &steps[at] else { return None };
    let span = factor.span();
    let term = factor.term.as_ref().filter(|_| !factor.negative)?;
    let (list, indices) = element(summed_list(term)?)?;
    if !indices.is_empty() || program.variable(list).origin != Origin::Local {
        return None;
    }
    let is_part = |s: &Step| matches!(s, Step::Plain(inner) if assigned(inner, list) > 0);
    let parts: Vec<usize> = (0..at).filter(|&k| is_part(&steps[k])).collect();
    let [part] = parts.as_slice() else { return None };
    let Step::Plain(statement) = &steps[*part] else { return None };
    if assigned(statement, list) != assignments(program, list) {
        return None;
    }
    let others = steps.iter().enumerate().filter(|(k, _)| k != part && *k != at).map(|(_, s)| s);
    if Uses::of_all(others).reads.contains(&list) {
        return None;
    }
    let sum_over = Sum::of(program, list, statement)?;
    // Everything by the count.
    let written = written_count(program, &sum_over);
    // Components by their numbers are no counts.
    if written.kind == ExprKind::Variable(sum_over.variable)
        && sum_over.lower.kind == ExprKind::Int(1)
        && !binomial(&sum_over)
    {
        return None;
    }
    let count = substitute::fresh(program, "n", Type::Int, Level::Data);
    let by =
        By { names: Names::new(program), of: sum_over.variable, count: written.clone(), by: reference(program, count) };
    let mut value = sum_over.value.clone();
    by.replace(program, &mut value)?;
    let (weights, draws) = apart(program, &value)?;
    if draws.is_empty() {
        return None;
    }
    let range = range(program, steps, &sum_over, (&written, count), &draws)?;
    let mut drawn: Vec<Step> = draws.into_iter().map(Step::Draw).collect();
    let tilts = weights.iter().any(|w| w.level == Level::Parameter);
    let mut out = Vec::new();
    let mut inserted = inserted(program, (count, &range), weights, tilts, factor, span);
    let chosen = inserted.1;
    let mut rename = Rename::default();
    rename.values.insert(count, chosen);
    if !substitute::steps(&mut drawn, &mut rename) || weighs_outcomes(&inserted.0, &drawn) {
        return None;
    }
    inserted.0.extend(drawn);
    if reads_own_outcomes(program, &inserted.0) {
        return None;
    }
    for (k, step) in steps.iter().enumerate() {
        let is_declaration =
            matches!(step, Step::Plain(Statement { kind: StatementKind::Declare(d), .. }) if d.variable == list);
        if k == at {
            out.append(&mut inserted.0);
        } else if k != *part && !is_declaration {
            out.push(step.clone());
        }
    }
    Some(out)
}

/// The steps that weigh the counts and draw one; and the count that is drawn.
fn inserted(
    program: &mut Program,
    (count, range): (VarId, &Range),
    weights: Vec<Expr>,
    tilts: bool,
    factor: &Factor,
    span: Span,
) -> (Vec<Step>, Expr) {
    let from_one = |n: Expr| match range.lower.kind {
        ExprKind::Int(1) => n,
        ExprKind::Int(0) => typed::binary(Operator::Plus, n, typed::int(1)),
        _ => {
            let before = typed::binary(Operator::Minus, n, range.lower.clone());
            typed::binary(Operator::Plus, before, typed::int(1))
        }
    };
    let size = from_one(range.upper.clone());
    let (w, declare_w) =
        declare(program, "log_weights", SizedType::Vector(size, Constraint::None), Level::Parameter, span);
    let path = vec![Access::Index(vec![Index::Single(from_one(reference(program, count)))])];
    let target = LValue { variable: w, path, ty: Type::Real, span };
    let body = Box::new(Statement { kind: StatementKind::Assign { target, value: sum(weights) }, span });
    let (lower, upper) = (range.lower.clone(), range.upper.clone());
    let weigh = plain(StatementKind::For { variable: count, lower, upper, body }, span);
    let mut steps = vec![declare_w, weigh];
    if tilts {
        let total = typed::call("log_sum_exp", vec![reference(program, w)], Type::Real);
        let statement = Statement { kind: StatementKind::TargetPlus(total.clone()), span: factor.span() };
        steps.push(Step::Factor(Factor { term: Some(total), statement, negative: false }));
    }
    let (component, declare_component) =
        declare(program, "component", SizedType::Int(Constraint::None), Level::Parameter, span);
    steps.extend([declare_component, choose(program, component, None, w, false, span)]);
    let component = reference(program, component);
    let chosen = match range.lower.kind {
        ExprKind::Int(1) => component,
        ExprKind::Int(0) => typed::binary(Operator::Minus, component, typed::int(1)),
        _ => {
            let before = typed::binary(Operator::Minus, component, typed::int(1));
            typed::binary(Operator::Plus, before, range.lower.clone())
        }
    };
    (steps, chosen)
}

/// `for (variable in lower:upper) list[...] = value`; `from`: below it, the program has terms of probability zero.
struct Sum {
    variable: VarId,
    lower: Expr,
    upper: Expr,
    from: Option<Expr>,
    value: Expr,
}

impl Sum {
    fn of(program: &Program, list: VarId, statement: &Statement) -> Option<Sum> {
        let StatementKind::For { variable, lower, upper, body } = &statement.kind else { return None };
        let body = flattened(body);
        let [only] = body.as_slice() else { return None };
        let one = |s: &Statement| -> Option<(Expr, Expr)> {
            let items = flattened(s);
            let [Statement { kind: StatementKind::Assign { target, value }, .. }] = items.as_slice() else {
                return None;
            };
            let indices = target_indices(target).filter(|_| target.variable == list)?;
            let [index] = indices.as_slice() else { return None };
            Some((index.clone(), value.clone()))
        };
        let (index, value, from) = match &only.kind {
            StatementKind::If { condition, then, otherwise: Some(otherwise) } => {
                let ExprKind::Call { callee: Callee::Operator(Operator::Less), arguments } = &condition.kind else {
                    return None;
                };
                let [n, from] = arguments.as_slice() else { return None };
                let ((a, nothing), (b, value)) = (one(then)?, one(otherwise)?);
                let impossible = crate::collect::terms(&nothing).iter().any(|(e, negative)| {
                    let infinite = crate::support::constant(e);
                    infinite == Some(if *negative { f64::INFINITY } else { f64::NEG_INFINITY })
                });
                let is_n = n.kind == ExprKind::Variable(*variable);
                if !is_n || !impossible || strip(&a) != strip(&b) {
                    return None;
                }
                (b, value, Some(from.clone()))
            }
            _ => {
                let (index, value) = one(only)?;
                (index, value, None)
            }
        };
        // Each turn fills an element of its own, from the first on.
        let names = Names::new(program);
        let unparse = Unparse { program, names: &names };
        let mut first = index;
        let mut begin = Rename::default();
        begin.values.insert(*variable, lower.clone());
        let unit = {
            let mut next = first.clone();
            let mut step = Rename::default();
            let one_more = typed::binary(Operator::Plus, reference(program, *variable), typed::int(1));
            step.values.insert(*variable, one_more);
            substitute::expr(&mut next, &mut |e| substitute::Change::expr(&mut step, e));
            difference(&unparse.expr(&next), &unparse.expr(&first)) == Some(1)
        };
        substitute::expr(&mut first, &mut |e| substitute::Change::expr(&mut begin, e));
        let starts = difference(&unparse.expr(&first), &crate::build::int(1)) == Some(0);
        let (lower, upper) = (lower.clone(), upper.clone());
        (unit && starts).then_some(Sum { variable: *variable, lower, upper, from, value })
    }
}

/// The counts that are summed over.
struct Range {
    lower: Expr,
    upper: Expr,
}

/// The number of trials of a binomial density.
fn trials<'e>(callee: &Callee, arguments: &'e [Expr]) -> Option<&'e Expr> {
    match callee {
        Callee::Distribution { family, .. } if matches!(family.as_str(), "binomial" | "binomial_logit") => {
            arguments.first().filter(|n| n.ty == Type::Int)
        }
        _ => None,
    }
}

/// Whether there is a binomial density of as many trials as the loop says.
fn binomial(s: &Sum) -> bool {
    let mut found = false;
    s.value.for_each(&mut |e| {
        if let ExprKind::Call { callee, arguments } = &e.kind
            && let Some((_, rest)) = arguments.split_first()
        {
            found |= trials(callee, rest).is_some_and(|n| mentions(n, s.variable));
        }
    });
    found
}

/// The count as the program writes it: the number of trials, or the variable of the loop.
fn written_count(program: &Program, s: &Sum) -> Expr {
    let mut found = None;
    s.value.for_each(&mut |e| {
        if let ExprKind::Call { callee, arguments } = &e.kind
            && let Some((_, rest)) = arguments.split_first()
            && let Some(n) = trials(callee, rest)
            && mentions(n, s.variable)
        {
            found = Some(n.clone());
        }
    });
    found.unwrap_or_else(|| reference(program, s.variable))
}

/// `count`: as it is written, and the variable that stands for it in the draws.
fn range(
    program: &Program,
    steps: &[Step],
    s: &Sum,
    (count, variable): (&Expr, VarId),
    draws: &[Draw],
) -> Option<Range> {
    let at = |value: &Expr| {
        let mut e = count.clone();
        let mut rename = Rename::default();
        rename.values.insert(s.variable, value.clone());
        substitute::expr(&mut e, &mut |e| substitute::Change::expr(&mut rename, e));
        e
    };
    let names = Names::new(program);
    let print = |e: &Expr| Unparse { program, names: &names }.expr(e);
    let same = |a: &Expr, b: &Expr| difference(&print(a), &print(b)) == Some(0);
    let outcomes = |e: &Expr| {
        let mut uses = Uses::default();
        uses.reads_of(e);
        draws.iter().any(|d| {
            let derived = crate::reverse::derived_data(program, d.place.variable);
            let mut local = derived.clone();
            crate::reverse::flow(steps, &mut local, &|_, _| false);
            uses.reads.iter().any(|v| derived.contains(v) || local.contains(v))
        })
    };
    // The upper end without what cancels.
    let upper = at(&s.upper);
    let upper = match (outcomes(&upper), &s.upper) {
        (false, _) => upper,
        (true, e) => terms_of(e).into_iter().find(|t| same(t, &upper))?,
    };
    if outcomes(&upper) {
        return None;
    }
    let start = at(&s.lower);
    let is_maximum = |e: &Expr| {
        draws.iter().all(|d| {
            let by_count = trials(&d.density, &d.arguments).is_some_and(|n| n.kind == ExprKind::Variable(variable));
            by_count && maximum(program, steps, e, &same).is_some_and(|p| same_place(&p, &d.place))
        })
    };
    let lower = match &s.from {
        Some(from) if !outcomes(&start) && is_maximum(from) => start,
        Some(_) => return None,
        None if !outcomes(&start) => start,
        None if is_maximum(&start) => typed::int(0),
        None => return None,
    };
    Some(Range { lower, upper })
}

/// The parts of a sum of integers.
fn terms_of(e: &Expr) -> Vec<Expr> {
    match &e.kind {
        ExprKind::Call { callee: Callee::Operator(Operator::Plus | Operator::Minus), arguments } => {
            arguments.iter().flat_map(terms_of).collect()
        }
        _ => vec![e.clone()],
    }
}

fn same_place(a: &Place, b: &Place) -> bool {
    let indices = |p: &Place| -> Vec<Index> {
        let stripped = |i: &Index| match i {
            Index::Single(e) => Index::Single(strip(e)),
            other => other.clone(),
        };
        p.indices().map(stripped).collect()
    };
    a.variable == b.variable && indices(a) == indices(b)
}

/// The place whose largest value an expression is: `max(y[i])`, or a variable that was set to that.
fn maximum(program: &Program, steps: &[Step], e: &Expr, same: &dyn Fn(&Expr, &Expr) -> bool) -> Option<Place> {
    let called = |e: &Expr| match &e.kind {
        ExprKind::Call { callee: Callee::Library(name), arguments } if name == "max" && arguments.len() == 1 => {
            Place::of(&arguments[0]).filter(|p| p.seen_through.is_empty())
        }
        _ => None,
    };
    // An expression that is one thing, whatever is added and taken away.
    let parts = terms_of(e);
    let e = parts.iter().find(|part| same(part, e))?;
    if let Some(place) = called(e) {
        return Some(place);
    }
    let (variable, indices) = element(e)?;
    let locals = steps.iter().filter_map(|s| if let Step::Plain(s) = s { Some(s) } else { None });
    let mut found: Vec<(Vec<Expr>, Place)> = Vec::new();
    let mut count = 0;
    for s in program.transformed_data.iter().chain(locals) {
        count += assigned(s, variable);
        s.for_each(&mut |s| match &s.kind {
            StatementKind::Declare(Declaration { variable: v, initial: Some(value), .. }) if *v == variable => {
                found.extend(called(value).map(|p| (Vec::new(), p)));
            }
            StatementKind::Assign { target, value } if target.variable == variable => {
                if let Some(indices) = target_indices(target) {
                    found.extend(called(value).map(|p| (indices, p)));
                }
            }
            _ => {}
        });
    }
    let [(own, place)] = found.as_slice() else { return None };
    if count != 1 || own.len() != indices.len() {
        return None;
    }
    let mut here = Rename::default();
    for (from, to) in own.iter().zip(indices) {
        let ExprKind::Variable(v) = from.kind else { return None };
        here.values.insert(v, to);
    }
    let mut place = place.clone();
    place.path.iter_mut().flatten().for_each(|i| substitute::index(i, &mut |e| substitute::Change::expr(&mut here, e)));
    Some(place)
}

/// The count for what the program writes for it.
struct By {
    names: Names,
    of: VarId,
    count: Expr,
    by: Expr,
}

impl By {
    /// `None` where the loop variable has another part in the expression.
    fn replace(&self, program: &Program, e: &mut Expr) -> Option<()> {
        if !mentions(e, self.of) {
            return Some(());
        }
        if e.ty == Type::Int {
            let unparse = Unparse { program, names: &self.names };
            let by = difference(&unparse.expr(e), &unparse.expr(&self.count));
            if let Some(offset) = by.and_then(|d| i32::try_from(d).ok()) {
                *e = match offset {
                    0 => self.by.clone(),
                    d if d > 0 => typed::binary(Operator::Plus, self.by.clone(), typed::int(d)),
                    d => typed::binary(Operator::Minus, self.by.clone(), typed::int(-d)),
                };
                return Some(());
            }
        }
        let each = |items: &mut [Expr]| items.iter_mut().try_for_each(|item| self.replace(program, item));
        match &mut e.kind {
            ExprKind::Call { arguments: items, .. } | ExprKind::Array(items) | ExprKind::RowVector(items) => {
                each(items)
            }
            ExprKind::Promote(inner) => self.replace(program, inner),
            ExprKind::Index { base, indices } => {
                self.replace(program, base)?;
                indices.iter_mut().try_for_each(|i| match i {
                    Index::Single(e) => self.replace(program, e),
                    Index::All => Some(()),
                    _ => None,
                })
            }
            _ => None,
        }
    }
}
