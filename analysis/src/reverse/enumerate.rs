//! An outcome of integers drawn by its probabilities, as statements.

use super::Text;
use super::write::{log_density, with_body};
use crate::build;
use crate::place::Place;
use crate::pointwise::simplified;
use crate::step::{Step, Uses};
use ppl_grammar::ast;
use ppl_grammar::span::Span;
use ppl_program::typed::*;

/// Draws an outcome of integers by its probabilities.
///
/// # Errors
/// Why that cannot be done.
pub fn enumerated(
    text: &mut Text,
    place: &Place,
    steps: &[Step],
    given: Option<VarId>,
    range: Option<&(Expr, Expr)>,
) -> Result<ast::Statement, String> {
    if let Some((lower, upper)) = range {
        let bounds = (text.unparse().expr(lower), text.unparse().expr(upper));
        return among_all(text, place, steps, bounds, Among { impossible: true, ..Among::default() });
    }
    let declaration = text.declaration(place.variable).ok_or("an undeclared outcome")?;
    let bounds = crate::support::bounds(super::constraint(&declaration.ty)).unwrap_or_default();
    // counted from 0 where nothing is said: that the probabilities from there on add up to one is checked
    let lower = bounds.lower.map_or_else(|| build::int(0), |e| text.given().expr(&e));
    let upper = bounds.upper.map(|e| text.given().expr(&e));
    match (&place.ty, upper) {
        (Type::Int, Some(upper)) => among_all(text, place, steps, (lower, upper), Among::default()),
        (Type::Int, None) => by_inversion(text, place, steps, lower),
        (Type::Array(element, 1), Some(upper)) if **element == Type::Int => {
            let range = columns(text, place).ok_or("integers in a part that is no range")?;
            among_all(text, place, steps, (lower, upper), Among { columns: Some(range), given, ..Among::default() })
        }
        (Type::Array(..), None) => {
            Err("several integers without an upper bound, drawn by their probabilities".to_string())
        }
        _ => Err("several integers whose densities cannot be told apart".to_string()),
    }
}

/// The first and last element of a row `y[i]`, or of its part `y[i, a:b]`.
fn columns(text: &Text, place: &Place) -> Option<(ast::Expr, ast::Expr)> {
    let indices: Vec<&Index> = place.indices().collect();
    match indices.last()? {
        Index::Between(a, b) => Some((text.given().expr(a), text.given().expr(b))),
        Index::Single(_) => {
            let size = text.sizes(place.variable).get(indices.len()).map(|e| text.given().expr(e))?;
            Some((build::int(1), size))
        }
        _ => None,
    }
}

fn var(name: &str) -> ast::Expr {
    build::variable(name)
}

fn binary(op: ast::BinaryOp, a: ast::Expr, b: ast::Expr) -> ast::Expr {
    build::binary(op, a, b)
}

fn int_of(name: &str, value: ast::Expr) -> ast::Statement {
    build::declare(ast::SizedTypeKind::Int, name, Some(value))
}

fn real_of(name: &str, value: ast::Expr) -> ast::Statement {
    build::declare(ast::SizedTypeKind::Real, name, Some(value))
}

fn uniform() -> ast::Expr {
    build::call("uniform_rng", vec![build::int(0), build::int(1)])
}

fn leave() -> ast::Statement {
    build::statement(ast::StatementKind::Break)
}

/// As many values as are gone through for one outcome.
const MOST_VALUES: f64 = 4e6;

/// What else [`among_all`] is told.
#[derive(Default)]
struct Among {
    /// The first and last column of several integers.
    columns: Option<(ast::Expr, ast::Expr)>,
    /// What the steps call the given values.
    given: Option<VarId>,
    /// Whether a value for which the terms are no number is impossible; otherwise it is refused.
    impossible: bool,
}

/// Draws integers between bounds by going through all their values.
///
/// Proof: inversion of the distribution function. `steps` are all terms of `target` that the integers enter, so for each value
/// they sum to its log probability given everything else, if the probabilities add up to one; the simulator adds them all up,
/// and refuses otherwise. What the steps compute is computed once more for the value that was drawn.
fn among_all(
    text: &mut Text,
    place: &Place,
    steps: &[Step],
    (lower, upper): (ast::Expr, ast::Expr),
    Among { columns, given, impossible }: Among,
) -> Result<ast::Statement, String> {
    use ast::BinaryOp as Op;
    let [u, total, term, p, chosen, j] = ["u", "total", "lp", "p", "chosen", "j"].map(|wish| text.fresh(wish));
    let name = text.name(place.variable).to_string();
    // The element at column j; the integer itself where there is one.
    let mut row = place.clone();
    if columns.is_some() && row.indices().last().is_some_and(|i| matches!(i, Index::Between(..))) {
        row.path.iter_mut().last().and_then(Vec::pop);
    }
    let (target, value) = match &columns {
        None => (place.lvalue(&text.unparse(), &name), place.expr(&text.unparse(), &name)),
        Some(_) => (
            build::lvalue_at(row.lvalue(&text.unparse(), &name), vec![ast::Index::Single(var(&j))]),
            build::at(row.expr(&text.unparse(), &name), var(&j)),
        ),
    };
    let each = |body: Vec<ast::Statement>| match &columns {
        None => body,
        Some((a, b)) => vec![build::for_loop(&j, a.clone(), b.clone(), body)],
    };
    let slot = |a: &ast::Expr| simplified(binary(Op::Plus, binary(Op::Minus, var(&j), a.clone()), build::int(1)));
    let (remember, recall) = match &columns {
        None => (build::assign(build::lvalue(&chosen), value.clone()), var(&chosen)),
        Some((a, _)) => (
            build::assign(build::lvalue_at(build::lvalue(&chosen), vec![ast::Index::Single(slot(a))]), value.clone()),
            build::at(var(&chosen), slot(a)),
        ),
    };
    let mut out = vec![real_of(&u, uniform()), real_of(&total, build::int(0))];
    match &columns {
        None => out.push(int_of(&chosen, lower.clone())),
        Some((a, b)) => {
            let count = simplified(binary(Op::Plus, binary(Op::Minus, b.clone(), a.clone()), build::int(1)));
            let element = ast::SizedType {
                kind: ast::SizedTypeKind::Int,
                transform: ast::Transform::default(),
                span: Span::default(),
            };
            out.push(build::declare(
                ast::SizedTypeKind::Array(Box::new(element), vec![count.clone()]),
                &chosen,
                Some(build::call("rep_array", vec![lower.clone(), count.clone()])),
            ));
            let values = binary(Op::Plus, binary(Op::Minus, upper.clone(), lower.clone()), build::int(1));
            let too_many = binary(Op::Greater, build::call("pow", vec![values, count]), build::real(MOST_VALUES));
            let message = format!("{name} has too many values to add up their probabilities");
            out.push(build::if_else(too_many, vec![build::reject(&message)], Vec::new()));
        }
    }
    if let (Some(given), Some(last)) = (given, text.sizes(place.variable).last()) {
        let element = ast::SizedType {
            kind: ast::SizedTypeKind::Int,
            transform: ast::Transform::default(),
            span: Span::default(),
        };
        let size = text.given().expr(last);
        let value = row.expr(&text.given(), text.given().names.of(place.variable));
        let kind = ast::SizedTypeKind::Array(Box::new(element), vec![size]);
        out.push(build::declare(kind, text.name(given), Some(value)));
    }
    out.extend(each(vec![build::assign(target.clone(), lower.clone())]));
    let mut body = vec![real_of(&term, build::int(0))];
    body.extend(summed(text, steps, &term)?);
    body.push(real_of(&p, build::call("exp", vec![var(&term)])));
    let possible = binary(Op::Greater, var(&p), build::int(0));
    let here = binary(Op::LessEquals, var(&total), var(&u));
    body.push(build::if_else(binary(Op::And, possible, here), each(vec![remember]), Vec::new()));
    // `fmax` passes over what is no number.
    let mass = if impossible { build::call("fmax", vec![var(&p), build::int(0)]) } else { var(&p) };
    body.push(build::add_to(build::lvalue(&total), mass));
    let one_more = build::add_to(target.clone(), build::int(1));
    match &columns {
        None => {
            body.push(build::if_else(binary(Op::GreaterEquals, value, upper), vec![leave()], Vec::new()));
            body.push(one_more);
        }
        Some((a, b)) => {
            // The next value: count up, from the first column on.
            let carry = vec![
                build::if_else(binary(Op::Less, value, upper), vec![one_more, leave()], Vec::new()),
                build::assign(target.clone(), lower),
                build::add_to(build::lvalue(&j), build::int(1)),
            ];
            body.push(int_of(&j, a.clone()));
            body.push(build::while_loop(binary(Op::LessEquals, var(&j), b.clone()), carry));
            body.push(build::if_else(binary(Op::Greater, var(&j), b.clone()), vec![leave()], Vec::new()));
        }
    }
    out.push(build::while_loop(build::int(1), body));
    let off = build::call("abs", vec![binary(Op::Minus, var(&total), build::int(1))]);
    // Negated, so that a sum that is no number is refused too.
    let good = binary(Op::LessEquals, off, build::real(1e-8));
    let wrong = build::expr(ast::ExprKind::Unary { op: ast::UnaryOp::Not, operand: Box::new(paren(good)) });
    let message = format!("the probabilities of {name} do not add up to one");
    out.push(build::if_else(wrong, vec![build::reject(&message)], Vec::new()));
    out.extend(each(vec![build::assign(target, recall)]));
    let uses = Uses::of_all(steps);
    if uses.assigns.iter().any(|v| !uses.declares.contains(v)) {
        let mut again = vec![real_of(&term, build::int(0))];
        again.extend(summed(text, steps, &term)?);
        out.push(build::block(again));
    }
    Ok(build::block(out))
}

fn paren(e: ast::Expr) -> ast::Expr {
    build::expr(ast::ExprKind::Paren(Box::new(e)))
}

/// Draws an integer without an upper bound: the probabilities of its values, from its lower bound on, are added up until a
/// uniform number is passed.
///
/// Proof: as for [`among_all`]; that the probabilities add up to less than one is noticed when the uniform number is not
/// passed, that they add up to more when the sum goes above one.
fn by_inversion(text: &mut Text, place: &Place, steps: &[Step], lower: ast::Expr) -> Result<ast::Statement, String> {
    use ast::BinaryOp as Op;
    let [u, below, term] = ["u", "below", "lp"].map(|wish| text.fresh(wish));
    let name = text.name(place.variable).to_string();
    let target = place.lvalue(&text.unparse(), &name);
    let value = place.expr(&text.unparse(), &name);
    let message = format!("the probabilities of {name} do not add up to one");
    let mut body = vec![real_of(&term, build::int(0))];
    body.extend(summed(text, steps, &term)?);
    body.push(build::add_to(build::lvalue(&below), build::call("exp", vec![var(&term)])));
    // Rounding may leave the sum a hair below one; beyond, the next value may not even be allowed.
    let passed = binary(Op::Less, var(&u), var(&below));
    let all = binary(Op::Greater, var(&below), build::real(1.0 - 1e-10));
    body.push(build::if_else(binary(Op::Or, passed, all), vec![leave()], Vec::new()));
    let far = binary(Op::GreaterEquals, value, build::int(1_000_000));
    body.push(build::if_else(far, vec![build::reject(&message)], Vec::new()));
    body.push(build::add_to(target.clone(), build::int(1)));
    let good = binary(Op::LessEquals, var(&below), build::real(1.0 + 1e-8));
    let wrong = build::expr(ast::ExprKind::Unary { op: ast::UnaryOp::Not, operand: Box::new(paren(good)) });
    Ok(build::block(vec![
        real_of(&u, uniform()),
        real_of(&below, build::int(0)),
        build::assign(target, lower),
        build::while_loop(build::int(1), body),
        build::if_else(wrong, vec![build::reject(&message)], Vec::new()),
    ]))
}

/// The terms of steps, added to a variable.
fn summed(text: &mut Text, steps: &[Step], sum: &str) -> Result<Vec<ast::Statement>, String> {
    let mut out = Vec::new();
    for step in steps {
        match step {
            Step::Draw(draw) if draw.truncation.is_some() => {
                let unparse = text.unparse();
                let term = crate::likelihood::split::whole(&unparse, step).ok_or("a truncated density")?;
                out.push(build::add_to(build::lvalue(sum), term));
            }
            Step::Draw(draw) => out.push(build::add_to(build::lvalue(sum), log_density(text, draw))),
            Step::Mixture(mixture) => {
                out.push(build::add_to(build::lvalue(sum), text.unparse().expr(&normalised(&mixture.term))));
            }
            Step::Factor(factor) => {
                let term = factor.term.as_ref().ok_or("a call that changes `target`")?;
                let printed = text.unparse().expr(&normalised(term));
                let op = if factor.negative { ast::BinaryOp::Minus } else { ast::BinaryOp::Plus };
                out.push(build::statement(ast::StatementKind::Assign {
                    target: build::lvalue(sum),
                    op: Some(op),
                    value: printed,
                }));
            }
            Step::Plain(statement) => out.push(text.unparse().statement(statement)),
            Step::Loop { header, body } => {
                let header = text.unparse().statement(header);
                out.push(with_body(header, summed(text, body, sum)?));
            }
            Step::Branch { condition, then, otherwise, .. } => {
                let condition = text.unparse().expr(condition);
                out.push(build::if_else(condition, summed(text, then, sum)?, summed(text, otherwise, sum)?));
            }
            Step::Enumerate { .. } | Step::Censored(_) | Step::Taken(_) | Step::Made(_) | Step::Choose(_) => {
                return Err("two integers drawn by their probabilities".to_string());
            }
        }
    }
    Ok(out)
}

/// The expression with all constants of its densities.
fn normalised(e: &Expr) -> Expr {
    let mut e = e.clone();
    normalise(&mut e);
    e
}

fn normalise(e: &mut Expr) {
    match &mut e.kind {
        ExprKind::Call { callee, arguments } => {
            if let Callee::Distribution { form, .. } | Callee::User { form, .. } = callee
                && *form == Form::LogUnnormalised
            {
                *form = Form::Log;
            }
            arguments.iter_mut().for_each(normalise);
        }
        ExprKind::Array(items) | ExprKind::RowVector(items) | ExprKind::MatrixRows(items) | ExprKind::Tuple(items) => {
            items.iter_mut().for_each(normalise);
        }
        ExprKind::And(a, b) | ExprKind::Or(a, b) => {
            normalise(a);
            normalise(b);
        }
        ExprKind::Ternary { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().for_each(|e| normalise(e));
        }
        ExprKind::Index { base, .. } | ExprKind::Project { base, .. } | ExprKind::Promote(base) => normalise(base),
        _ => {}
    }
}
