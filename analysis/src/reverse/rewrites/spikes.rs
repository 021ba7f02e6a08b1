//! A number that is some value with a probability of its own, and has a density otherwise: hurdles and inflation.
//!
//! ```stan
//! if (y[n] == 0) target += log(p); else target += log1m(p) + lognormal_lpdf(y[n] | mu, sigma);
//! if (k[n] == 0) target += log_mix(p, 0, poisson_lpmf(0 | lambda)); else target += log1m(p) + poisson_lpmf(k[n] | lambda);
//! ```
//!
//! Proof: where the exponentials of the terms beside the density add up to one over the branches, they are the probabilities of
//! the values and of "otherwise", and the branches are the density of y with respect to Lebesgue measure and a point mass at each value.
//! So which it is, is drawn by these weights, and y is the value or a draw from the density, which is none of the values with
//! probability one. The simulator checks that the weights add up to one, unless no parameter enters them.
//!
//! Of integers, the distribution may have a probability for the value too: then the branch of the value adds it, with the weight of the
//! other branch. In `log_mix(p, 0, ...)` that weight is log1m(p), which is the weight of the other branch because log(p) and it must
//! add up to one; in `log_sum_exp(v, w + ...)`, w must be the same terms. A value that is not mixed so must be one that the truncation of the
//! distribution excludes.

use super::Findings;
use super::components::{choose, declare, element, negated, sum};
use crate::build::typed;
use crate::collect::terms;
use crate::place::Place;
use crate::step::{Draw, Factor, Step, Taken};
use crate::substitute::reference;
use crate::support::{bounds, constant, strip};
use ppl_grammar::span::Span;
use ppl_program::typed::*;

pub fn apply(program: &mut Program, steps: &mut Vec<Step>, findings: &mut Findings) {
    let mut out = Vec::new();
    for step in std::mem::take(steps) {
        if let Some(rewritten) = rewrite(program, &step) {
            findings.rewrite("value_or_density");
            out.extend(rewritten);
            continue;
        }
        out.push(match step {
            Step::Loop { header, mut body } => {
                apply(program, &mut body, findings);
                Step::Loop { header, body }
            }
            Step::Branch { condition, mut then, mut otherwise, span } => {
                apply(program, &mut then, findings);
                apply(program, &mut otherwise, findings);
                Step::Branch { condition, then, otherwise, span }
            }
            other => other,
        });
    }
    *steps = out;
}

/// A branch: the value that y has in it, if it has one, and its terms.
struct Leaf {
    value: Option<Expr>,
    weights: Vec<Expr>,
    /// The probability of the value under the distribution of the other branch.
    mixed: Option<Mixed>,
    draws: Vec<Draw>,
}

struct Mixed {
    /// Terms of the weight of the distribution; those of the other branch where `None`.
    weights: Option<Vec<Expr>>,
    density: Expr,
}

fn rewrite(program: &mut Program, step: &Step) -> Option<Vec<Step>> {
    let span = step.span();
    let place = outcome(program, step)?;
    let mut leaves = Vec::new();
    chain(program, std::slice::from_ref(step), None, &place, &mut leaves)?;
    let (spikes, dense): (Vec<Leaf>, Vec<Leaf>) = leaves.into_iter().partition(|l| l.draws.is_empty());
    let [Leaf { value: None, weights, draws, mixed: None }] = dense.as_slice() else { return None };
    let [draw] = draws.as_slice() else { return None };
    let values: Vec<Expr> = spikes.iter().map(|l| l.value.clone()).collect::<Option<_>>()?;
    let apart = spikes.iter().all(|spike| match &spike.mixed {
        Some(mixed) => mixed.is_of(draw, weights, &place, spike, spikes.len()),
        None => place.ty == Type::Real || excluded(draw, spike),
    });
    if !apart {
        return None;
    }
    if spikes.is_empty()
        || spikes.iter().any(|l| l.weights.is_empty())
        || (1..values.len()).any(|k| values[..k].contains(&values[k]))
    {
        return None;
    }
    let by_parameters = spikes.iter().flat_map(|l| &l.weights).chain(weights).any(|w| w.level == Level::Parameter);
    let all: Vec<Vec<Expr>> = spikes.into_iter().map(|l| l.weights).chain([weights.clone()]).collect();
    let size = typed::int(i32::try_from(all.len()).ok()?);
    let vector = SizedType::Vector(size, Constraint::None);
    let (w, declare_w) = declare(program, "log_weights", vector, Level::Parameter, span);
    let (which, declare_which) = declare(program, "value", SizedType::Int(Constraint::None), Level::Parameter, span);
    let mut out = vec![declare_w];
    for (k, weights) in all.into_iter().enumerate() {
        let at = typed::int(i32::try_from(k).ok()? + 1);
        let target = LValue { variable: w, path: vec![Access::Index(vec![Index::Single(at)])], ty: Type::Real, span };
        out.push(Step::Plain(Statement { kind: StatementKind::Assign { target, value: sum(weights) }, span }));
    }
    out.extend([declare_which, choose(program, which, None, w, by_parameters, span), Step::Draw(draw.clone())]);
    // The value instead of the draw.
    let mut drawn = draw.outcome.clone();
    drawn.level = Level::Parameter;
    for (k, value) in values.into_iter().enumerate().rev() {
        let chosen = typed::binary(Operator::Equals, reference(program, which), typed::int(i32::try_from(k).ok()? + 1));
        let condition = Box::new(Expr { ty: Type::Int, ..chosen });
        let kind = ExprKind::Ternary { condition, then: Box::new(value), otherwise: Box::new(drawn.clone()) };
        drawn = Expr { kind, ..drawn };
    }
    out.push(Step::Taken(Taken { place, value: drawn, span }));
    Some(out)
}

impl Mixed {
    /// Whether it is the probability of the spike's value in the distribution of `draw`, with the weight of the other branch.
    fn is_of(&self, draw: &Draw, weights: &[Expr], place: &Place, spike: &Leaf, spikes: usize) -> bool {
        let stripped = |all: &[Expr]| all.iter().map(strip).collect::<Vec<_>>();
        let same_weight = match &self.weights {
            Some(own) => stripped(own) == stripped(weights),
            None => spikes == 1,
        };
        let ExprKind::Call { callee, arguments } = &self.density.kind else { return false };
        let Some((outcome, arguments)) = arguments.split_first() else { return false };
        let value = spike.value.as_ref().and_then(constant);
        let of_value = constant(outcome).is_some() && constant(outcome) == value || is_element(outcome, place);
        let same_family = match (callee, &draw.density) {
            (Callee::Distribution { family: own, form: Form::Log }, Callee::Distribution { family, .. }) => {
                own == family
            }
            _ => false,
        };
        same_weight
            && same_family
            && of_value
            && draw.truncation.is_none()
            && stripped(arguments) == stripped(&draw.arguments)
    }
}

/// Whether the truncation of a distribution of integers leaves the value of a spike out.
fn excluded(draw: &Draw, spike: &Leaf) -> bool {
    let Some(value) = spike.value.as_ref().and_then(constant) else { return false };
    let end = |e: &Option<Expr>| e.as_ref().and_then(constant);
    draw.truncation.as_ref().is_some_and(|t| {
        end(&t.lower).is_some_and(|lower| lower > value) || end(&t.upper).is_some_and(|upper| upper < value)
    })
}

/// The number that a branch draws: one element of data, as it stands.
fn outcome(program: &Program, step: &Step) -> Option<Place> {
    let Step::Branch { .. } = step else { return None };
    let mut places: Vec<Place> = Vec::new();
    step.for_each(&mut |s| places.extend(s.draws().into_iter().map(|d| d.place.clone())));
    let [place] = places.as_slice() else { return None };
    let single = place.indices().all(|i| matches!(i, Index::Single(_)));
    let fits = matches!(place.ty, Type::Real | Type::Int) && place.seen_through.is_empty() && single;
    (fits && program.variable(place.variable).origin == Origin::Data).then(|| place.clone())
}

/// The leaves of a chain of branches. `value` is what the conditions before say that y is.
fn chain(program: &Program, steps: &[Step], value: Option<Expr>, place: &Place, out: &mut Vec<Leaf>) -> Option<()> {
    if let [Step::Branch { condition, then, otherwise, .. }] = steps
        && let Some((equal, here)) = compared(program, condition, place)
    {
        let (is, is_not) = if equal { (then, otherwise) } else { (otherwise, then) };
        if value.is_some() {
            return None;
        }
        chain(program, is, Some(here), place, out)?;
        return chain(program, is_not, None, place, out);
    }
    let mut leaf = Leaf { value, weights: Vec::new(), mixed: None, draws: Vec::new() };
    for step in steps {
        match step {
            Step::Draw(draw) if draw.truncation.is_none() || place.ty == Type::Int => leaf.draws.push(draw.clone()),
            Step::Factor(Factor { term: Some(term), negative: false, .. })
                if leaf.value.is_some()
                    && leaf.weights.is_empty()
                    && place.ty == Type::Int
                    && mixture(term).is_some() =>
            {
                let (weights, mixed) = mixture(term)?;
                leaf.weights.extend(weights);
                leaf.mixed = Some(mixed);
            }
            // what is added beside a mixture weighs both of its parts
            Step::Factor(_) if leaf.mixed.is_some() => return None,
            Step::Factor(Factor { term: Some(term), negative, .. }) => {
                let mut own = false;
                term.for_each(&mut |e| own |= e.kind == ExprKind::Variable(place.variable));
                if own {
                    return None;
                }
                let term = with_constants(term);
                leaf.weights.push(if *negative { negated(term) } else { term });
            }
            _ => return None,
        }
    }
    out.push(leaf);
    Some(())
}

/// A density as a weight counts with its constants: that is what must add up to one.
fn with_constants(term: &Expr) -> Expr {
    let mut term = term.clone();
    if let ExprKind::Call { callee: Callee::Distribution { form, .. }, .. } = &mut term.kind
        && *form == Form::LogUnnormalised
    {
        *form = Form::Log;
    }
    term
}

/// `log_mix(p, 0, density)` and `log_sum_exp(v, w + density)`: the weight of the value, and of the density.
fn mixture(term: &Expr) -> Option<(Vec<Expr>, Mixed)> {
    let ExprKind::Call { callee: Callee::Library(name), arguments } = &term.kind else { return None };
    match (name.as_str(), arguments.as_slice()) {
        ("log_mix", [p, zero, density]) if constant(zero) == Some(0.0) => {
            let weight = typed::call("log", vec![p.clone()], Type::Real);
            Some((vec![weight], Mixed { weights: None, density: strip(density) }))
        }
        ("log_sum_exp", [a, b]) => {
            let is_density = |e: &Expr| {
                let family = |callee: &Callee| matches!(callee, Callee::Distribution { form: Form::Log, .. });
                matches!(&e.kind, ExprKind::Call { callee, .. } if family(callee))
            };
            let (value, rest) = (terms(a), terms(b));
            if value.iter().chain(&rest).any(|(_, negative)| *negative) {
                return None;
            }
            // the last density of the sum is that of the outcome: weights may be densities too
            let at = rest.iter().rposition(|(e, _)| is_density(e))?;
            let mut weights: Vec<Expr> = rest.into_iter().map(|(e, _)| e).collect();
            let density = weights.remove(at);
            let value = value.into_iter().map(|(e, _)| e).collect();
            Some((value, Mixed { weights: Some(weights), density }))
        }
        _ => None,
    }
}

/// Whether an expression is the element of data that is drawn.
fn is_element(e: &Expr, place: &Place) -> bool {
    let indices: Vec<Expr> =
        place.indices().filter_map(|i| if let Index::Single(e) = i { Some(strip(e)) } else { None }).collect();
    element(e).is_some_and(|(v, own)| v == place.variable && own.iter().map(strip).eq(indices.iter().cloned()))
}

/// `y == value`: whether the condition says so or the contrary, and the value.
fn compared(program: &Program, condition: &Expr, place: &Place) -> Option<(bool, Expr)> {
    let ExprKind::Call { callee: Callee::Operator(op), arguments } = &condition.kind else { return None };
    let [a, b] = arguments.as_slice() else { return None };
    let (value, op) = match (is_element(a, place), is_element(b, place)) {
        (true, false) => (b, *op),
        (false, true) => {
            let flipped = match op {
                Operator::Less => Operator::Greater,
                Operator::Greater => Operator::Less,
                other => *other,
            };
            (a, flipped)
        }
        _ => return None,
    };
    let number = constant(value)?;
    let value = Expr { span: Span::default(), ..strip(value) };
    // At a bound of the data, what is not beyond it is it.
    let bounds = bounds(crate::reverse::constraint(super::components::declared(program, place.variable)?))?;
    let end = |e: &Option<Expr>| e.as_ref().and_then(constant) == Some(number);
    match op {
        Operator::Equals => Some((true, value)),
        Operator::NotEquals => Some((false, value)),
        Operator::Greater if end(&bounds.lower) => Some((false, value)),
        Operator::Less if end(&bounds.upper) => Some((false, value)),
        _ => None,
    }
}
