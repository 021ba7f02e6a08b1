//! A number that is seen only outside of some sets, as statements: it is drawn, and then written down as it is seen.

use super::Text;
use super::draw::{Restriction, statements};
use crate::build;
use crate::step::{Case, Censored};
use crate::unparse::Unparse;
use ppl_grammar::ast;
use ppl_grammar::ast::BinaryOp as Op;
use ppl_program::typed::VarId;

/// Draws the number, finds the set that it lies in, and gives number and status the values by which the program says so.
///
/// # Errors
/// Why the number cannot be drawn.
pub fn seen(text: &mut Text, censored: &Censored) -> Result<ast::Statement, String> {
    let (case, given) = (text.fresh("seen_as"), text.fresh("given_as"));
    let drawn: Vec<VarId> = censored.places().map(|p| p.variable).collect();
    // Of sets that are known only where a number is given as in them, one is known.
    let sets = censored.cases.iter().filter(|c| c.set.is_some()).count();
    let apart = censored.cases.iter().filter(|c| c.set.is_some()).all(|c| censored.is_own(c));
    let names = text.names_given(&drawn);
    let seen = 1 + censored.cases.iter().position(|c| c.set.is_none()).unwrap_or(0);
    let mut out = Vec::new();
    out.extend(statements(text, &censored.draw, &Restriction::None)?);
    out.push(int(&case, seen));
    let program = Unparse { program: text.program(), names: &names };
    for (k, one) in censored.cases.iter().enumerate() {
        let Some(set) = &one.set else { continue };
        let value = || text.unparse().expr(&censored.draw.outcome);
        let above = set.lower.iter().map(|e| build::binary(Op::Greater, value(), program.expr(e)));
        let below = set.upper.iter().map(|e| build::binary(Op::LessEquals, value(), program.expr(e)));
        let known = censored.is_own(one).then(|| is(&given, k + 1));
        let Some(within) = known.into_iter().chain(above).chain(below).reduce(|a, b| build::binary(Op::And, a, b))
        else {
            return Err("a censored number without a bound".to_string());
        };
        let mut body = vec![build::assign(build::lvalue(&case), build::int(k as i64 + 1))];
        if sets > 1 && !apart {
            let twice = build::reject("a number lies in two of the sets in which it is censored");
            let before = build::binary(Op::NotEquals, build::variable(&case), build::int(seen as i64));
            body.insert(0, build::if_else(before, vec![twice], Vec::new()));
        }
        out.push(build::if_else(within, body, Vec::new()));
    }
    for (k, one) in censored.cases.iter().enumerate() {
        let body = written(text, censored, one, (censored.keeps_given().then_some(given.as_str()), k + 1));
        if !body.is_empty() {
            out.push(build::if_else(is(&case, k + 1), body, Vec::new()));
        }
    }
    if censored.status.is_none() {
        out.extend(checked(text, censored, &case));
    }
    if !censored.keeps_given() {
        return Ok(build::block(out));
    }
    let program = Unparse { program: text.program(), names: &names };
    let mut all = vec![int(&given, 0), selected(&program, censored, &given)];
    match censored.is_open() {
        false => all.extend(out),
        // What no branch is about stays as it is given.
        true => {
            let some = build::binary(Op::Greater, build::variable(&given), build::int(0));
            all.push(build::if_else(some, out, Vec::new()));
        }
    }
    Ok(build::block(all))
}

fn int(name: &str, value: usize) -> ast::Statement {
    build::declare(ast::SizedTypeKind::Int, name, Some(build::int(value as i64)))
}

fn is(name: &str, value: usize) -> ast::Expr {
    build::binary(Op::Equals, build::variable(name), build::int(value as i64))
}

/// `name` = the number of the branch that the conditions lead to.
fn selected(unparse: &Unparse, censored: &Censored, name: &str) -> ast::Statement {
    let mut chain: Vec<ast::Statement> = Vec::new();
    for (k, case) in censored.cases.iter().enumerate().rev() {
        let this = vec![build::assign(build::lvalue(name), build::int(k as i64 + 1))];
        chain = match &case.condition {
            None => this,
            Some(condition) => vec![build::if_else(unparse.expr(condition), this, chain)],
        };
    }
    chain.pop().unwrap_or_else(|| build::block(Vec::new()))
}

/// The number and the status as the program has them in this branch. A set with ends in the number itself leaves it as it is given;
/// in others the number does not matter, and is set to an end where there is one.
fn written(text: &Text, censored: &Censored, case: &Case, (given, k): (Option<&str>, usize)) -> Vec<ast::Statement> {
    let place = &censored.draw.place;
    let name = text.name(place.variable);
    let mut out = Vec::new();
    let ends: Vec<_> = case.set.iter().flat_map(|s| s.ends()).collect();
    if censored.is_own(case) {
        let value = place.expr(&text.given(), text.given().names.of(place.variable));
        out.push(build::assign(place.lvalue(&text.unparse(), name), value));
    } else if let [end] = ends[..] {
        let value = place.undo(text.unparse().expr(end), &text.unparse(), name);
        let set = build::assign(place.lvalue(&text.unparse(), name), value);
        let condition = match (&censored.status, &case.condition) {
            (Some(_), _) => None,
            (None, condition) => Some(condition),
        };
        match condition {
            None => out.push(set),
            // Where the number itself tells, the end may not: then the number stays.
            Some(_) => out.extend(if_still(text, censored, k, set)),
        }
    }
    if let Some(status) = &censored.status {
        let name = text.name(status.variable);
        let code = build::assign(status.lvalue(&text.unparse(), name), build::int(i64::from(case.code)));
        out.push(match given {
            // Another value may say the same.
            Some(given) => build::if_else(
                build::binary(Op::NotEquals, build::variable(given), build::int(k as i64)),
                vec![code],
                Vec::new(),
            ),
            None => code,
        });
    }
    out
}

/// Sets the number to an end of its set, and back where the program would not take that for censored.
fn if_still(text: &Text, censored: &Censored, k: usize, set: ast::Statement) -> Vec<ast::Statement> {
    let place = &censored.draw.place;
    let name = text.name(place.variable);
    let kind = match place.ty {
        ppl_program::typed::Type::Int => ast::SizedTypeKind::Int,
        _ => ast::SizedTypeKind::Real,
    };
    let mut text = text.clone();
    let (kept, told) = (text.fresh("drawn"), text.fresh("told_as"));
    let back = build::assign(place.lvalue(&text.unparse(), name), build::variable(&kept));
    let other = build::binary(Op::NotEquals, build::variable(&told), build::int(k as i64));
    vec![
        build::declare(kind, &kept, Some(place.expr(&text.unparse(), name))),
        set,
        int(&told, 0),
        selected(&text.unparse(), censored, &told),
        build::if_else(other, vec![back], Vec::new()),
    ]
}

/// That the program takes the number for what it was drawn as.
fn checked(text: &mut Text, censored: &Censored, case: &str) -> Vec<ast::Statement> {
    let told = text.fresh("told_as");
    let other = build::binary(Op::NotEquals, build::variable(&told), build::variable(case));
    let message = "a number is drawn where the program takes it for censored";
    vec![
        int(&told, 0),
        selected(&text.unparse(), censored, &told),
        build::if_else(other, vec![build::reject(message)], Vec::new()),
    ]
}
