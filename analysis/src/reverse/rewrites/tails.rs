//! Rows of one list that are censored and stay so: `t[seen] ~ f(a); target += f_lccdf(t[censored] | a);`
//!
//! Proof: what is added is a function of parameters and of elements of t that are not drawn, so it belongs to the prior, with those
//! elements as they are given; the elements that are seen are drawn from f after it. That no element is both is checked as the
//! simulator runs.

use super::Findings;
use super::components::declared;
use crate::build::typed;
use crate::place::Place;
use crate::reverse::sizes_of;
use crate::step::{Factor, Step};
use crate::substitute::{self, Change, Rename, fresh, reference};
use ppl_grammar::span::Span;
use ppl_program::typed::*;

pub fn apply(program: &mut Program, steps: &mut Vec<Step>, findings: &mut Findings) {
    for at in 0..steps.len() {
        let Some((place, censored)) = tail(program, &steps[at]) else { continue };
        let mut drawn = Vec::new();
        let mut all = true;
        for step in steps.iter() {
            let own = step.places().into_iter().filter(|p| p.variable == place.variable).count();
            match step {
                Step::Draw(draw) if own > 0 => match listed(&draw.place) {
                    Some(list) => drawn.push(list),
                    None => all = false,
                },
                _ => all &= own == 0,
            }
        }
        let size = declared(program, place.variable).and_then(|ty| sizes_of(ty).first().map(|e| (*e).clone()));
        let (true, false, Some(size)) = (all, drawn.is_empty(), size) else { continue };
        let given = Findings::given(program, place.variable, &mut findings.given);
        let mut rename = Rename::default();
        rename.variables.insert(place.variable, given);
        if let Step::Factor(Factor { term: Some(term), .. }) = &mut steps[at] {
            substitute::expr(term, &mut |e| rename.expr(e));
        }
        findings.rewrite("censored_as_given");
        steps.extend(apart(program, size, &drawn, censored));
    }
}

/// The place of an outcome that is only known to lie beyond its value, and the list of its elements.
fn tail(program: &Program, step: &Step) -> Option<(Place, Expr)> {
    let Step::Factor(Factor { term: Some(term), negative: false, .. }) = step else { return None };
    let ExprKind::Call { callee: Callee::Distribution { form: Form::Lccdf | Form::Lcdf, .. }, arguments } = &term.kind
    else {
        return None;
    };
    let place = Place::of(arguments.first()?).filter(|p| p.seen_through.is_empty())?;
    let is_data = program.variable(place.variable).origin == Origin::Data;
    let list = listed(&place).filter(|_| is_data)?;
    Some((place, list))
}

/// `list` of `x[list]`.
fn listed(place: &Place) -> Option<Expr> {
    match place.path.as_slice() {
        [indices] => match indices.as_slice() {
            [Index::Multi(list)] => Some(list.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Statements that refuse data in which an element is in the last list and in one of the others.
fn apart(program: &mut Program, size: Expr, drawn: &[Expr], censored: Expr) -> Vec<Step> {
    let marks = fresh(program, "is_seen", Type::Int.array(1), Level::Data);
    let span = Span::default();
    let zeros = typed::call("rep_array", vec![typed::int(0), size.clone()], Type::Int.array(1));
    let ty = SizedType::Array(Box::new(SizedType::Int(Constraint::None)), vec![size]);
    let declaration = Declaration { variable: marks, ty, initial: Some(zeros), span };
    let mut out = vec![Statement { kind: StatementKind::Declare(declaration), span }];
    let mut each = |program: &mut Program, list: &Expr, body: &dyn Fn(&Program, Expr) -> StatementKind| {
        let k = fresh(program, "k", Type::Int, Level::Data);
        let index = vec![Index::Single(reference(program, k))];
        let element = Expr {
            kind: ExprKind::Index { base: Box::new(list.clone()), indices: index },
            ty: Type::Int,
            ..list.clone()
        };
        let upper = typed::call("size", vec![list.clone()], Type::Int);
        let body = Box::new(Statement { kind: body(program, element), span });
        out.push(Statement { kind: StatementKind::For { variable: k, lower: typed::int(1), upper, body }, span });
    };
    for list in drawn {
        each(program, list, &|_, element| {
            let path = vec![Access::Index(vec![Index::Single(element)])];
            let target = LValue { variable: marks, path, ty: Type::Int, span };
            StatementKind::Assign { target, value: typed::int(1) }
        });
    }
    each(program, &censored, &|program, element| {
        let base = Box::new(reference(program, marks));
        let condition = Expr { kind: ExprKind::Index { base, indices: vec![Index::Single(element)] }, ..typed::int(0) };
        let text = vec![Message::Text("a number is both seen and censored".to_string())];
        let then = Box::new(Statement { kind: StatementKind::Reject(text), span });
        StatementKind::If { condition, then, otherwise: None }
    });
    out.into_iter().map(Step::Plain).collect()
}
