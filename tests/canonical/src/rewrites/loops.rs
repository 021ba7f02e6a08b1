//! Statements about vectors as loops over their elements, and back.

use crate::dice::Dice;
use crate::places::{replace, rewrite_statements};
use crate::syntax::{at, bare, binary, call, expr, for_loop, index, int, plus, text, tilde, var};
use crate::types::{Scope, Ty, fresh, scope};
use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Index, Program, Statement, StatementKind};

/// Statements about vectors become loops.
pub fn unroll(program: &mut Program, dice: &mut Dice) -> bool {
    let scope = scope(program);
    let (base, mut count) = (fresh(program, "n"), 0);
    rewrite_statements(program, dice, &mut |s, dice| {
        count += 1;
        loop_of(&scope, s, &format!("{base}_{count}"), dice)
    })
}

fn loop_of(scope: &Scope, s: &Statement, counter: &str, dice: &mut Dice) -> Option<Vec<Statement>> {
    match &s.kind {
        StatementKind::Tilde { arg, distribution, arguments, truncation: None }
            if !scope.is_own_density(&distribution.name) =>
        {
            let ty = scope.ty(arg)?;
            let size = ty.size()?.clone();
            // from 1, or from where the outcomes start
            let skipped = match &bare(arg).kind {
                ExprKind::Index { indices, .. } => match indices.as_slice() {
                    [Index::Between(first, _)] if dice.chance(0.7) => int_of(first)? - 1,
                    _ => 0,
                },
                _ => 0,
            };
            let place = plus(var(counter), -skipped);
            let outcome = element(scope, arg, &place, dice)?;
            let arguments = arguments.iter().map(|a| element(scope, a, &place, dice)).collect::<Option<_>>()?;
            let body = vec![tilde(outcome, &distribution.name, arguments)];
            Some(vec![for_loop(counter, int(1 + skipped), plus(size, skipped), body)])
        }
        StatementKind::Declare { ty, variables, annotations } => {
            let [(name, Some(value))] = variables.as_slice() else { return None };
            let Ty::Vector(size) = scope.ty(value)? else { return None };
            let cell = element(scope, value, &var(counter), dice)?;
            let target = at(var(&name.name), var(counter));
            let variables = vec![(name.clone(), None)];
            let declared = StatementKind::Declare { annotations: annotations.clone(), ty: ty.clone(), variables };
            Some(vec![
                Statement { kind: declared, span: s.span },
                for_loop(counter, int(1), size, vec![crate::syntax::assign(target, cell)]),
            ])
        }
        _ => None,
    }
}

fn int_of(e: &Expr) -> Option<i64> {
    match &bare(e).kind {
        ExprKind::Int(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// The element of an expression at a place.
fn element(scope: &Scope, e: &Expr, place: &Expr, dice: &mut Dice) -> Option<Expr> {
    let ty = scope.ty(e)?;
    if ty.is_scalar() {
        return Some(e.clone());
    }
    match &e.kind {
        ExprKind::Paren(inner) => element(scope, inner, place, dice),
        ExprKind::Variable(_) => Some(at(e.clone(), place.clone())),
        ExprKind::Index { base, indices } => match indices.as_slice() {
            [Index::Single(list)] => Some(at((**base).clone(), element(scope, list, place, dice)?)),
            [Index::Between(first, _)] => Some(at((**base).clone(), plus(place.clone(), int_of(first)? - 1))),
            [Index::All(_), Index::Single(column)] => {
                Some(index((**base).clone(), vec![Index::Single(place.clone()), Index::Single(column.clone())]))
            }
            _ => None,
        },
        ExprKind::Transpose(inner) => element(scope, inner, place, dice),
        ExprKind::Unary { operand, .. } => Some(crate::syntax::minus(element(scope, operand, place, dice)?)),
        ExprKind::Binary { op, left, right } => {
            if let (BinaryOp::Times, Some(Ty::Matrix(..))) = (op, scope.ty(left)) {
                let row = row(left, place)?;
                return Some(match dice.chance(0.5) {
                    true => binary(BinaryOp::Times, row, (**right).clone()),
                    false => call("dot_product", vec![row, (**right).clone()]),
                });
            }
            let op = match op {
                BinaryOp::EltTimes => BinaryOp::Times,
                BinaryOp::EltDivide => BinaryOp::Divide,
                BinaryOp::EltPow => BinaryOp::Pow,
                op => *op,
            };
            Some(binary(op, element(scope, left, place, dice)?, element(scope, right, place, dice)?))
        }
        ExprKind::Call { name, arguments } => match (name.name.as_str(), arguments.as_slice()) {
            ("rep_vector", [x, _]) => Some(x.clone()),
            ("to_vector", [x]) => element(scope, x, place, dice),
            ("exp" | "log" | "square" | "inv" | "sqrt" | "inv_logit" | "log1p" | "log1m", [x]) => {
                Some(call(&name.name, vec![element(scope, x, place, dice)?]))
            }
            // of what a function returns
            _ => Some(at(e.clone(), place.clone())),
        },
        _ => None,
    }
}

/// A row of a matrix, or of its rows from some place on.
fn row(matrix: &Expr, place: &Expr) -> Option<Expr> {
    match &bare(matrix).kind {
        ExprKind::Variable(_) => Some(at(matrix.clone(), place.clone())),
        ExprKind::Index { base, indices } => match indices.as_slice() {
            [Index::Between(first, _)] => Some(at((**base).clone(), plus(place.clone(), int_of(first)? - 1))),
            _ => None,
        },
        _ => None,
    }
}

/// Loops over one density become statements about vectors.
pub fn vectorise(program: &mut Program, dice: &mut Dice) -> bool {
    let scope = scope(program);
    rewrite_statements(program, dice, &mut |s, _| {
        let StatementKind::For { variable, lower, upper, body } = &s.kind else { return None };
        let range = Range { scope: &scope, name: &variable.name, first: int_of(lower)?, last: upper };
        let StatementKind::Block(body) = &body.kind else { return None };
        let [only] = body.as_slice() else { return None };
        match &only.kind {
            StatementKind::Tilde { arg, distribution, arguments, truncation: None }
                if !scope.is_own_density(&distribution.name) =>
            {
                let arguments = arguments.iter().map(|a| range.lift(a)).collect::<Option<_>>()?;
                Some(vec![tilde(range.lift(arg)?, &distribution.name, arguments)])
            }
            _ => None,
        }
    })
}

struct Range<'a> {
    scope: &'a Scope,
    name: &'a str,
    first: i64,
    last: &'a Expr,
}

impl Range<'_> {
    /// The values of an expression over the range, as one expression.
    fn lift(&self, e: &Expr) -> Option<Expr> {
        if !crate::syntax::mentions(e, self.name) {
            return Some(e.clone());
        }
        match &e.kind {
            ExprKind::Paren(inner) => self.lift(inner),
            ExprKind::Index { base, indices } => {
                let [Index::Single(place)] = indices.as_slice() else { return None };
                if crate::syntax::mentions(base, self.name) {
                    return None;
                }
                match self.scope.ty(base)? {
                    Ty::Matrix(..) => None,
                    ty => {
                        let picked = match self.places(place, ty.size()?)? {
                            Index::All(_) => (**base).clone(),
                            places => index((**base).clone(), vec![places]),
                        };
                        Some(if matches!(ty, Ty::Reals(_) | Ty::Row(_)) {
                            call("to_vector", vec![picked])
                        } else {
                            picked
                        })
                    }
                }
            }
            ExprKind::Unary { operand, .. } => Some(crate::syntax::minus(self.lift(operand)?)),
            ExprKind::Binary { op, left, right } => {
                if let Some((matrix, vector)) = self.product(left, right) {
                    return Some(binary(BinaryOp::Times, matrix, vector));
                }
                let (a, b) = (crate::syntax::mentions(left, self.name), crate::syntax::mentions(right, self.name));
                let op = match op {
                    BinaryOp::Times if a && b => BinaryOp::EltTimes,
                    BinaryOp::Divide if b => BinaryOp::EltDivide,
                    BinaryOp::Pow => BinaryOp::EltPow,
                    op => *op,
                };
                Some(binary(op, self.lift(left)?, self.lift(right)?))
            }
            ExprKind::Call { name, arguments } => match (name.name.as_str(), arguments.as_slice()) {
                ("exp" | "log" | "square" | "inv" | "sqrt" | "inv_logit" | "log1p" | "log1m", [x]) => {
                    Some(call(&name.name, vec![self.lift(x)?]))
                }
                ("dot_product", [row, b]) => {
                    let (matrix, vector) = self.product(row, b)?;
                    Some(binary(BinaryOp::Times, matrix, vector))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn product(&self, row: &Expr, vector: &Expr) -> Option<(Expr, Expr)> {
        let ExprKind::Index { base, indices } = &bare(row).kind else { return None };
        let (Ty::Matrix(rows, _), [Index::Single(place)]) = (self.scope.ty(base)?, indices.as_slice()) else {
            return None;
        };
        let matrix = match self.places(place, &rows)? {
            Index::All(_) => (**base).clone(),
            places => index((**base).clone(), vec![places]),
        };
        Some((matrix, vector.clone()))
    }

    /// The places that an index takes, in a container of a size.
    fn places(&self, place: &Expr, size: &Expr) -> Option<Index> {
        let here = |k: i64| plus(var(self.name), k);
        for k in -2..=2 {
            if text(place) == text(&here(k)) {
                let (first, last) = (self.first + k, plus(self.last.clone(), k));
                return Some(match first == 1 && text(&last) == text(size) {
                    true => Index::All(Default::default()),
                    false => Index::Between(int(first), last),
                });
            }
        }
        Some(Index::Single(self.lift(place)?))
    }
}

/// Two loops over the same range become one.
pub fn fuse(program: &mut Program, dice: &mut Dice) -> bool {
    for _ in 0..3 {
        unroll(program, dice);
    }
    let Some(block) = program.model.as_mut() else { return false };
    let loops: Vec<usize> =
        (0..block.items.len()).filter(|&k| matches!(block.items[k].kind, StatementKind::For { .. })).collect();
    for pair in loops.windows(2) {
        let (first, second) = (block.items[pair[0]].clone(), block.items[pair[1]].clone());
        let densities = |s: &Statement| {
            body_of(s).iter().all(|s| matches!(s.kind, StatementKind::Tilde { .. } | StatementKind::TargetPlus(_)))
        };
        let (
            StatementKind::For { variable: a, lower: la, upper: ua, .. },
            StatementKind::For { variable: b, lower: lb, upper: ub, .. },
        ) = (&first.kind, &second.kind)
        else {
            continue;
        };
        if text(la) != text(lb) || text(ua) != text(ub) || !densities(&first) || !densities(&second) {
            continue;
        }
        let mut body = body_of(&first);
        for mut s in body_of(&second) {
            let mut rename = |e: &mut Expr| {
                replace(e, &mut |e| {
                    matches!(&e.kind, ExprKind::Variable(name) if *name == b.name)
                        .then(|| expr(ExprKind::Variable(a.name.clone())))
                });
            };
            crate::places::values(&mut s, &mut rename);
            body.push(s);
        }
        if dice.chance(0.5) {
            body.reverse();
        }
        // where the second stood: what it reads is known there
        block.items[pair[1]] = for_loop(&a.name, la.clone(), ua.clone(), body);
        block.items.remove(pair[0]);
        return true;
    }
    false
}

fn body_of(s: &Statement) -> Vec<Statement> {
    match &s.kind {
        StatementKind::For { body, .. } => match &body.kind {
            StatementKind::Block(body) => body.clone(),
            _ => vec![(**body).clone()],
        },
        _ => Vec::new(),
    }
}
