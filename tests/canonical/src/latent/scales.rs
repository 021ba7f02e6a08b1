//! Positive parameters in other units, and their logarithms.

use super::{Latent, first_of, fresh, latents, replaced};
use crate::dice::Dice;
use ppl_grammar::ast::Program;

fn positive(program: &Program) -> Vec<Latent> {
    latents(program).into_iter().filter(|latent| latent.positive).collect()
}

fn bounded(latent: &Latent) -> String {
    match &latent.size {
        Some(size) => format!("vector<lower=0>[{size}]"),
        None => "real<lower=0>".to_string(),
    }
}

/// A scale or a rate becomes 1: `t ~ gamma(a, b)` becomes `t = z / b`, `z ~ gamma(a, 1)`.
pub fn rescaled(program: &Program, dice: &mut Dice) -> Option<Program> {
    first_of(positive(program), dice, |t, dice| {
        let a = &t.arguments;
        let one = |place: usize| t.with(&[(place, "1".into())]);
        // the prior of z, and t as a function of it
        let (prior, value) = match t.family.as_str() {
            "gamma" => (one(1), format!("@ / ({})", a[1])),
            "exponential" => (one(0), format!("@ / ({})", a[0])),
            "inv_gamma" | "weibull" => (one(1), format!("({}) * @", a[1])),
            "lognormal" => (t.with(&[(0, "0".into())]), format!("exp({}) * @", a[0])),
            // half of a symmetric law
            "normal" | "cauchy" if a[0] == "0" => (one(1), format!("({}) * @", a[1])),
            _ => return None,
        };
        let z = fresh(program, &format!("{}_raw", t.name));
        let parameters = format!("{} {z};", bounded(t));
        replaced(program, t, &parameters, &format!("{z} ~ {prior};"), &value.replace('@', &z), dice)
    })
}

/// `t ~ lognormal(m, s)` becomes `t = exp(z)`, `z ~ normal(m, s)`.
pub fn logarithm(program: &Program, dice: &mut Dice) -> Option<Program> {
    first_of(positive(program), dice, |t, dice| {
        if t.family != "lognormal" {
            return None;
        }
        let z = fresh(program, &format!("log_{}", t.name));
        let prior = format!("{z} ~ normal({});", t.arguments.join(", "));
        replaced(program, t, &format!("{} {z};", t.ty), &prior, &format!("exp({z})"), dice)
    })
}
