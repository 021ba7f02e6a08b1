//! Latent variables of families with location and scale, shifted and scaled.

use super::{Latent, first_of, fresh, latents, number, replaced};
use crate::dice::Dice;
use crate::syntax::bare;
use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Program};

fn of_location_and_scale(program: &Program) -> Vec<Latent> {
    latents(program).into_iter().filter(|latent| latent.location_scale().is_some()).collect()
}

/// Location and scale as text.
fn location_scale(latent: &Latent) -> Option<(usize, usize, &str, &str)> {
    let (m, s) = latent.location_scale()?;
    Some((m, s, &latent.arguments[m], &latent.arguments[s]))
}

/// `z` in place of `u`, with the prior `prior`, where `u` is one of these functions of `z`; the first that is a program.
fn with(program: &Program, u: &Latent, prior: &str, values: &[&str], dice: &mut Dice) -> Option<Program> {
    let z = fresh(program, &format!("{}_raw", u.name));
    let (parameters, prior) = (format!("{} {z};", u.ty), format!("{z} ~ {prior};"));
    values.iter().find_map(|value| replaced(program, u, &parameters, &prior, &value.replace('@', &z), dice))
}

/// `u ~ F(m, s)` becomes `u = m + s z`, `z ~ F(0, 1)`: where `m` is 0 or depends on parameters, and `s` is a multiple of one parameter at most.
pub fn non_centred(program: &Program, dice: &mut Dice) -> Option<Program> {
    first_of(of_location_and_scale(program), dice, |u, dice| {
        let (m, s, location, scale) = location_scale(u)?;
        if number(scale) == Some(1.0) || !is_simple(program, scale) || number(location).is_some_and(|m| m != 0.0) {
            return None;
        }
        let prior = u.with(&[(m, "0".into()), (s, "1".into())]);
        let (times, each) = (format!("({scale}) * @"), format!("({scale}) .* @"));
        let shifted = [&times, &each].map(|product| format!("({location}) + {product}"));
        match number(location) == Some(0.0) {
            true => with(program, u, &prior, &[&times, &each], dice),
            false => with(program, u, &prior, &[&shifted[0], &shifted[1]], dice),
        }
    })
}

/// A number, a positive parameter, or a multiple of one: what the canonical form takes for a scale.
fn is_simple(program: &Program, scale: &str) -> bool {
    fn factors<'e>(e: &'e Expr, out: &mut Vec<&'e Expr>) -> bool {
        match &bare(e).kind {
            ExprKind::Binary { op: BinaryOp::Times | BinaryOp::EltTimes, left, right } => {
                factors(left, out) && factors(right, out)
            }
            ExprKind::Binary { op: BinaryOp::Divide, left, right } => {
                matches!(bare(right).kind, ExprKind::Int(_) | ExprKind::Real(_)) && factors(left, out)
            }
            ExprKind::Int(_) | ExprKind::Real(_) => true,
            ExprKind::Variable(_) => {
                out.push(bare(e));
                true
            }
            _ => false,
        }
    }
    let e = super::expression_of(scale);
    let mut variables = Vec::new();
    let plain = factors(&e, &mut variables);
    let positive: Vec<String> = latents(program).into_iter().filter(|l| l.positive).map(|l| l.name).collect();
    plain
        && variables.len() <= 1
        && variables.iter().all(|v| matches!(&v.kind, ExprKind::Variable(name) if positive.contains(name)))
}

/// `u ~ F(0, s)` becomes `u = z - a`, `z ~ F(a, s)`, where `a` is another parameter that does not depend on `u`.
pub fn centred_on_another(program: &Program, dice: &mut Dice) -> Option<Program> {
    let all = of_location_and_scale(program);
    let pairs = all.iter().flat_map(|u| all.iter().map(move |a| (u.clone(), a.clone())));
    let pairs: Vec<(Latent, Latent)> = pairs
        .filter(|(u, a)| u.name != a.name && a.size.is_none() && a.arguments.iter().all(|text| number(text).is_some()))
        .collect();
    first_of(pairs, dice, |(u, a), dice| {
        let (m, _, location, _) = location_scale(u)?;
        if number(location) != Some(0.0) {
            return None;
        }
        with(program, u, &u.with(&[(m, a.name.clone())]), &[&format!("@ - {}", a.name)], dice)
    })
}

/// `u ~ F(0, s)` becomes `u = c z`, `z ~ F(0, s / c)`.
pub fn scaled_by_number(program: &Program, dice: &mut Dice) -> Option<Program> {
    first_of(of_location_and_scale(program), dice, |u, dice| {
        let (_, s, location, scale) = location_scale(u)?;
        // a quotient of whole numbers is a whole number
        let c = dice.pick(&["2.0", "0.5", "4.0", "8.0"]);
        if number(location) != Some(0.0) {
            return None;
        }
        with(program, u, &u.with(&[(s, format!("({scale}) / {c}"))]), &[&format!("{c} * @")], dice)
    })
}

/// Two to four of the above, one after the other.
pub fn several(program: &Program, dice: &mut Dice) -> Option<Program> {
    let mut current = None;
    let mut made = 0;
    for _ in 0..2 + dice.below(3) {
        let change = [non_centred, centred_on_another, scaled_by_number][dice.below(3)];
        if let Some(next) = change(current.as_ref().unwrap_or(program), dice) {
            current = Some(next);
            made += 1;
        }
    }
    current.filter(|_| made > 1)
}

/// `u ~ F(0, s)` becomes `u = -z`, `z ~ F(0, s)`: these families are symmetric.
pub fn reflected(program: &Program, dice: &mut Dice) -> Option<Program> {
    first_of(of_location_and_scale(program), dice, |u, dice| {
        let (m, _, location, _) = location_scale(u)?;
        with(program, u, &u.with(&[(m, format!("-({location})"))]), &["-@"], dice)
    })
}

/// `u ~ F(0, s)` becomes `u = sqrt(s) z`, `z ~ F(0, sqrt(s))`.
pub fn half_scaled(program: &Program, dice: &mut Dice) -> Option<Program> {
    first_of(of_location_and_scale(program), dice, |u, dice| {
        let (_, s, location, scale) = location_scale(u)?;
        if number(location) != Some(0.0) || number(scale).is_some() {
            return None;
        }
        let prior = u.with(&[(s, format!("sqrt({scale})"))]);
        with(program, u, &prior, &[&format!("sqrt({scale}) * @"), &format!("sqrt({scale}) .* @")], dice)
    })
}

/// `u ~ F(0, s)` becomes `u = t z`, `z ~ F(0, s / t)`, where `t` is another positive parameter.
pub fn scaled_by_another(program: &Program, dice: &mut Dice) -> Option<Program> {
    let scales = latents(program).into_iter().filter(|t| t.positive && t.size.is_none());
    let scales: Vec<Latent> = scales.filter(|t| t.arguments.iter().all(|text| number(text).is_some())).collect();
    let pairs =
        of_location_and_scale(program).into_iter().flat_map(|u| scales.iter().map(move |t| (u.clone(), t.clone())));
    first_of(pairs.collect(), dice, |(u, t), dice| {
        let (_, s, location, scale) = location_scale(u)?;
        if number(location) != Some(0.0) || u.mentions(&t.name) {
            return None;
        }
        with(program, u, &u.with(&[(s, format!("({scale}) / {}", t.name))]), &[&format!("{} * @", t.name)], dice)
    })
}
