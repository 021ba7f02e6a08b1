//! A list whose density reads other parts of itself, as a loop over its elements: `y[2:N] ~ normal(a * y[1:N - 1], s)`.
//!
//! Proof: the density of a list of independent numbers is the product of those of its elements, each with its element of the
//! arguments. In the loop each number is drawn after the earlier ones, which the others then read.

use crate::affine::difference;
use crate::build::typed;
use crate::collect::density_of;
use crate::pointwise::{element_type, is_list, typed_element};
use crate::step::{Draw, Step, Uses};
use crate::substitute::{fresh, reference};
use crate::unparse::{Names, Unparse};
use ppl_program::typed::*;

pub fn apply(program: &mut Program, steps: &mut [Step]) {
    for step in steps.iter_mut() {
        match step {
            Step::Loop { body, .. } => apply(program, body),
            Step::Branch { then, otherwise, .. } => {
                apply(program, then);
                apply(program, otherwise);
            }
            Step::Draw(draw) if reads_itself(draw) => {
                if let Some(one_by_one) = one_by_one(program, draw) {
                    *step = one_by_one;
                }
            }
            _ => {}
        }
    }
}

fn reads_itself(draw: &Draw) -> bool {
    let mut uses = Uses::default();
    draw.arguments.iter().chain(draw.place.shifts()).for_each(|e| uses.reads_of(e));
    is_list(&draw.outcome.ty) && uses.reads.contains(&draw.place.variable)
}

/// Where a list that starts at `start` stands when one that starts at `first` stands at `turn`.
pub fn turn_at(unparse: &Unparse, turn: &Expr, first: &Expr, start: &Expr) -> Expr {
    match difference(&unparse.expr(start), &unparse.expr(first)).and_then(|d| i32::try_from(d).ok()) {
        Some(0) => turn.clone(),
        Some(d) if d > 0 => typed::binary(Operator::Plus, turn.clone(), typed::int(d)),
        Some(d) => typed::binary(Operator::Minus, turn.clone(), typed::int(-d)),
        None => {
            let passed = typed::binary(Operator::Minus, turn.clone(), first.clone());
            typed::binary(Operator::Plus, start.clone(), passed)
        }
    }
}

fn one_by_one(program: &mut Program, draw: &Draw) -> Option<Step> {
    let Callee::Distribution { family, .. } = &draw.density else { return None };
    let declaration = ppl_runtime::catalogue::family(family)?;
    let univariate = declaration.rng.contains("numbers") || declaration.rng.contains("ints") || family == "std_normal";
    let of_vectors = matches!(draw.outcome.ty, Type::Array(..)) && family.starts_with("multi_");
    if !(univariate || of_vectors) || draw.truncation.is_some() {
        return None;
    }
    let declared = super::components::declared(program, draw.place.variable)?;
    let (first, last) = draw.place.range(&crate::reverse::sizes_of(declared))?;
    let variable = fresh(program, "n", Type::Int, Level::Data);
    let names = Names::new(program);
    let turn = reference(program, variable);
    let at = |start: &Expr| turn_at(&Unparse { program, names: &names }, &turn, &first, start);
    let listed = |e: &Expr| match of_vectors && !matches!(e.ty, Type::Array(..)) {
        true => e.clone(),
        false => typed_element(e, &at),
    };
    let outcome = listed(&draw.outcome);
    let arguments = std::iter::once(outcome).chain(draw.arguments.iter().map(listed)).collect();
    let kind = ExprKind::Call { callee: draw.density.clone(), arguments };
    let density = Expr { kind, ty: Type::Real, level: Level::Parameter, span: draw.span };
    let one = density_of(program, &density, draw.span)?;
    debug_assert!(one.outcome.ty == element_type(&draw.outcome.ty));
    let skip = Box::new(Statement { kind: StatementKind::Skip, span: draw.span });
    let header = StatementKind::For { variable, lower: first, upper: last, body: skip };
    Some(Step::Loop { header: Statement { kind: header, span: draw.span }, body: vec![Step::Draw(one)] })
}
