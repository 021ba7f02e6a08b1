//! Censoring: a number is seen in one branch, where it has a density, and in others it is only known to lie in a set, whose probability
//! under the same distribution is added.
//!
//! ```stan
//! if (cens[i]) target += weibull_lccdf(t[i] | k, s); else t[i] ~ weibull(k, s);
//! ```
//!
//! Proof: let T ~ f, and let disjoint sets S_1, ..., S_m be known. What is seen is k where T lies in S_k, and T itself otherwise. Its
//! density with respect to the sum of counting measure on the sets and Lebesgue measure outside them is P(T in S_k), or f(T): the terms
//! of the branches. So T is drawn from f, and the branch is the set that it lies in. That sets are disjoint, and that the program
//! takes what is written down for what was drawn, is checked as the simulator runs.
//!
//! Which sets are known: those whose ends are other data, always; those whose end is the number itself (the time of censoring), only
//! where the number is given as censored. Given those times, a number that is given as seen is never censored, and the other is
//! censored at its time again or seen before it.

use super::Findings;
use super::components::element;
use crate::place::Place;
use crate::step::{Case, Censored, Draw, Factor, Set, Step, Uses};
use crate::support::{constant, strip};
use ppl_program::typed::*;

pub fn apply(program: &Program, steps: &mut [Step], findings: &mut Findings) {
    for step in steps.iter_mut() {
        if let Some(censored) = censored(program, step) {
            findings.rewrite("censored_as_seen");
            *step = Step::Censored(censored);
            continue;
        }
        match step {
            Step::Loop { body, .. } => apply(program, body, findings),
            Step::Branch { then, otherwise, .. } => {
                apply(program, then, findings);
                apply(program, otherwise, findings);
            }
            _ => {}
        }
    }
}

/// A step that is a chain of branches, each with one density or probability of the same distribution.
pub fn censored(program: &Program, step: &Step) -> Option<Censored> {
    let span = step.span();
    let mut branches: Vec<(Option<&Expr>, &Step)> = Vec::new();
    let mut rest = step;
    let mut open = false;
    while let Step::Branch { condition, then, otherwise, .. } = rest {
        let [then] = then.as_slice() else { return None };
        branches.push((Some(condition), then));
        rest = match otherwise.as_slice() {
            [one] => one,
            // Numbers that no branch is about have no density.
            [] => {
                open = true;
                break;
            }
            _ => return None,
        };
    }
    if !open {
        branches.push((None, rest));
    }
    let seen: Vec<&Draw> =
        branches.iter().filter_map(|(_, s)| if let Step::Draw(d) = s { Some(d) } else { None }).collect();
    let [draw] = seen.as_slice() else { return None };
    let is_data = |p: &Place| program.variable(p.variable).origin == Origin::Data;
    let single = draw.place.indices().all(|i| matches!(i, Index::Single(_))) && draw.outcome.ty.is_real_scalar();
    if branches.len() < 2 || !is_data(&draw.place) || !single || draw.truncation.is_some() {
        return None;
    }
    let conditions: Vec<&Expr> = branches.iter().filter_map(|(c, _)| *c).collect();
    let status = status(program, &conditions, draw)?;
    let mut cases = Vec::new();
    for (k, (condition, inner)) in branches.iter().enumerate() {
        let set = match inner {
            Step::Draw(_) => None,
            Step::Factor(Factor { term: Some(term), negative: false, .. }) => Some(set(program, term, draw)?),
            _ => return None,
        };
        let code = match &status {
            Some((_, of)) => code(&conditions, of, k)?,
            None => 0,
        };
        cases.push(Case { condition: condition.cloned(), set, code });
    }
    if open && status.is_none() {
        return None;
    }
    let censored = Censored { draw: (*draw).clone(), status: status.map(|(place, _)| place), cases, span };
    // Its own values are those of this number, not of others.
    let indices = indices_of(&draw.place);
    let others = |e: &Expr| {
        let mut count = 0i32;
        e.for_each(&mut |e| {
            count += i32::from(e.kind == ExprKind::Variable(draw.place.variable));
            let own = element(e)
                .is_some_and(|(v, at)| v == draw.place.variable && at.iter().map(strip).eq(indices.iter().cloned()));
            count -= i32::from(own && !indices.is_empty());
        });
        count != 0 && !indices.is_empty()
    };
    let mixed = censored.expressions().any(others);
    (!mixed).then_some(censored)
}

/// The single indices of a place.
fn indices_of(place: &Place) -> Vec<Expr> {
    place.indices().filter_map(|i| if let Index::Single(e) = i { Some(strip(e)) } else { None }).collect()
}

/// The integer in the conditions that says how the number is seen, as a place and as an expression; `Some(None)` where the number
/// itself does.
fn status(program: &Program, conditions: &[&Expr], draw: &Draw) -> Option<Option<(Place, Expr)>> {
    let mut uses = Uses::default();
    conditions.iter().for_each(|c| uses.reads_of(c));
    if uses.reads.contains(&draw.place.variable) {
        return Some(None);
    }
    // One element of integers, with the indexes of the number, or the same if both are numbers.
    let indices = indices_of(&draw.place);
    let mut found: Vec<Expr> = Vec::new();
    for condition in conditions {
        condition.for_each(&mut |e| {
            let Some((v, own)) = element(e) else { return };
            let fits = e.ty == Type::Int && program.variable(v).origin == Origin::Data;
            if fits && own.iter().map(strip).eq(indices.iter().cloned()) && !found.contains(&strip(e)) {
                found.push(strip(e));
            }
        });
    }
    let [status] = found.as_slice() else { return None };
    Some(Some((Place::of(status)?, status.clone())))
}

/// A value of the status by which the conditions lead to branch `k`.
fn code(conditions: &[&Expr], status: &Expr, k: usize) -> Option<i32> {
    let mut candidates = vec![0, 1, -1, 2];
    for condition in conditions {
        condition.for_each(&mut |e| {
            if let ExprKind::Int(i) = e.kind {
                candidates.push(i);
            }
        });
    }
    let leads = |c: i32| -> Option<bool> {
        for (j, condition) in conditions.iter().enumerate() {
            if value(condition, status, c)? != 0 {
                return Some(j == k);
            }
        }
        Some(k == conditions.len())
    };
    for c in candidates {
        if leads(c)? {
            return Some(c);
        }
    }
    None
}

/// The value of a condition for a value of the status, if it depends on nothing else.
fn value(e: &Expr, status: &Expr, c: i32) -> Option<i64> {
    if strip(e) == *status {
        return Some(i64::from(c));
    }
    let of = |e: &Expr| value(e, status, c);
    let truth = |b: bool| Some(i64::from(b));
    match &e.kind {
        ExprKind::Int(i) => Some(i64::from(*i)),
        ExprKind::Promote(inner) => of(inner),
        ExprKind::And(a, b) => truth(of(a)? != 0 && of(b)? != 0),
        ExprKind::Or(a, b) => truth(of(a)? != 0 || of(b)? != 0),
        ExprKind::Call { callee: Callee::Operator(op), arguments } => match (op, arguments.as_slice()) {
            (Operator::Not, [a]) => truth(of(a)? == 0),
            (Operator::Negate, [a]) => Some(-of(a)?),
            (Operator::Equals, [a, b]) => truth(of(a)? == of(b)?),
            (Operator::NotEquals, [a, b]) => truth(of(a)? != of(b)?),
            (Operator::Less, [a, b]) => truth(of(a)? < of(b)?),
            (Operator::LessEquals, [a, b]) => truth(of(a)? <= of(b)?),
            (Operator::Greater, [a, b]) => truth(of(a)? > of(b)?),
            (Operator::GreaterEquals, [a, b]) => truth(of(a)? >= of(b)?),
            _ => None,
        },
        _ => None,
    }
}

/// A probability of the distribution of `draw`, whichever way it is written.
enum Tail {
    Above(Expr),
    Below(Expr),
}

/// The set whose log probability under the distribution of `draw` is `term`.
pub fn set(program: &Program, term: &Expr, draw: &Draw) -> Option<Set> {
    let one = |tail: Tail| match tail {
        Tail::Above(lower) => Set { lower: Some(lower), upper: None },
        Tail::Below(upper) => Set { lower: None, upper: Some(upper) },
    };
    let between = |a: &Expr, b: &Expr, log: bool| match (tail(program, a, draw, log)?, tail(program, b, draw, log)?) {
        (Tail::Below(upper), Tail::Below(lower)) | (Tail::Above(lower), Tail::Above(upper)) => {
            Some(Set { lower: Some(lower), upper: Some(upper) })
        }
        _ => None,
    };
    let other = |tail: Tail| match tail {
        Tail::Above(x) => Tail::Below(x),
        Tail::Below(x) => Tail::Above(x),
    };
    match &term.kind {
        ExprKind::Promote(inner) => set(program, inner, draw),
        ExprKind::Call { callee: Callee::Library(name), arguments } => match (name.as_str(), arguments.as_slice()) {
            ("log_diff_exp", [a, b]) => between(a, b, true),
            ("log1m_exp", [a]) => tail(program, a, draw, true).map(other).map(one),
            ("log1m", [a]) => tail(program, a, draw, false).map(other).map(one),
            ("log", [a]) => match &a.kind {
                ExprKind::Call { callee: Callee::Operator(Operator::Minus), arguments } => {
                    match constant(&arguments[0]) == Some(1.0) {
                        true => tail(program, &arguments[1], draw, false).map(other).map(one),
                        false => between(&arguments[0], &arguments[1], false),
                    }
                }
                _ => tail(program, a, draw, false).map(one),
            },
            _ => None,
        },
        _ => tail(program, term, draw, true).map(one),
    }
}

/// `f_lccdf(x | a)` and its like, of the distribution of `draw`.
fn tail(program: &Program, e: &Expr, draw: &Draw, log: bool) -> Option<Tail> {
    let ExprKind::Call { callee, arguments } = &e.kind else { return None };
    let (x, rest) = arguments.split_first()?;
    let (Callee::Distribution { form, .. } | Callee::User { form, .. }) = callee else { return None };
    // A user's function says by its name what it is.
    let form = match callee {
        Callee::User { function, .. } => {
            let name = &program.function(*function).name;
            let suffix = name.rsplit('_').next()?;
            match suffix {
                "lccdf" => Form::Lccdf,
                "lcdf" => Form::Lcdf,
                "cdf" => Form::Cdf,
                _ => return None,
            }
        }
        _ => *form,
    };
    if !x.ty.is_real_scalar() || !same_distribution(program, draw, callee, rest) {
        return None;
    }
    match (form, log) {
        (Form::Lccdf, true) => Some(Tail::Above(x.clone())),
        (Form::Lcdf, true) | (Form::Cdf, false) => Some(Tail::Below(x.clone())),
        _ => None,
    }
}

/// Whether a probability is of the distribution from which `draw` draws: by name and arguments, or as counts by their log rate.
fn same_distribution(program: &Program, draw: &Draw, callee: &Callee, arguments: &[Expr]) -> bool {
    let same = |a: &[Expr], b: &[Expr]| a.iter().map(strip).eq(b.iter().map(strip));
    match (&draw.density, callee) {
        (Callee::Distribution { family: a, .. }, Callee::Distribution { family: b, .. }) if a == b => {
            same(&draw.arguments, arguments)
        }
        (Callee::Distribution { family: a, .. }, Callee::Distribution { family: b, .. }) => {
            let by_log = matches!(
                (a.as_str(), b.as_str()),
                ("poisson_log", "poisson") | ("neg_binomial_2_log", "neg_binomial_2")
            );
            let Some((first, rest)) = arguments.split_first() else { return false };
            let ExprKind::Call { callee: Callee::Library(name), arguments: eta } = &first.kind else { return false };
            let [predictor, others @ ..] = draw.arguments.as_slice() else { return false };
            by_log && name == "exp" && same(std::slice::from_ref(predictor), eta) && same(others, rest)
        }
        (Callee::User { function: a, .. }, Callee::User { function: b, .. }) => {
            let stem = |f: FunctionId| program.function(f).name.rsplit_once('_').map(|(stem, _)| stem.to_string());
            stem(*a) == stem(*b) && same(&draw.arguments, arguments)
        }
        _ => false,
    }
}
