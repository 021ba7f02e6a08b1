//! Laws as mixtures over new latent variables, and ordered parameters as sorted ones.

use super::{Latent, first_of, fresh, is_valid, items, latents, number, replaced, statements};
use crate::dice::Dice;
use crate::syntax::bare;
use ppl_grammar::ast::{ExprKind, Program, SizedTypeKind, StatementKind};
use ppl_grammar::format::expression;

/// Student's t is a scale mixture of normal laws: `u ~ student_t(nu, m, s)` becomes `u ~ normal(m, s sqrt(w))`, `w ~ inv_gamma(nu / 2, nu / 2)`,
/// with one `w` for each element. So is the double exponential law, with `w ~ exponential(1 / 2)`.
pub fn scale_mixture(program: &Program, dice: &mut Dice) -> Option<Program> {
    let wanted = |u: &Latent| matches!(u.family.as_str(), "student_t" | "double_exponential") && !u.positive;
    first_of(latents(program).into_iter().filter(wanted).collect(), dice, |u, _| {
        let prior =
            |[m, s]: [&String; 2], w: &str, dot: &str| format!("{} ~ normal({m}, ({s}) {dot} sqrt({w}));", u.name);
        let a = &u.arguments;
        let (arguments, law) = match a.as_slice() {
            [nu, m, s] => ([m, s], format!("inv_gamma(0.5 * ({nu}), 0.5 * ({nu}))")),
            [m, s] => ([m, s], "exponential(0.5)".to_string()),
            _ => return None,
        };
        let w = fresh(program, &format!("{}_weight", u.name));
        let ty = match &u.size {
            Some(size) => format!("vector<lower=0>[{size}]"),
            None => "real<lower=0>".to_string(),
        };
        ["*", ".*"].iter().find_map(|dot| {
            let texts = format!("{w} ~ {law}; {}", prior(arguments, &w, dot));
            beside(program, &u.name, &format!("{ty} {w};"), &texts)
        })
    })
}

/// Adds parameters, and puts statements in the place of the one density of `name`.
fn beside(program: &Program, name: &str, parameters: &str, texts: &str) -> Option<Program> {
    let mut changed = Program { generated_quantities: None, ..program.clone() };
    let declared = crate::syntax::parse(&format!("parameters {{ {parameters} }}")).parameters?.items;
    crate::syntax::items(&mut changed.parameters).extend(declared);
    let model = &mut changed.model.as_mut()?.items;
    let own: Vec<usize> = (0..model.len()).filter(|&at| super::is_of(&model[at], name)).collect();
    let [at] = own[..] else { return None };
    model.splice(at..=at, statements(texts));
    is_valid(&changed).then_some(changed)
}

/// Counts that are mixtures, each row with a latent variable: the negative binomial is a Poisson law whose mean has a gamma law, the
/// beta-binomial a binomial law whose probability has a beta law.
pub fn of_counts(program: &Program, _: &mut Dice) -> Option<Program> {
    items(&program.model).iter().find_map(|statement| {
        let StatementKind::Tilde { arg, distribution, arguments, truncation: None } = &statement.kind else {
            return None;
        };
        let ExprKind::Variable(y) = &bare(arg).kind else { return None };
        let size = items(&program.data).iter().find_map(|s| match &s.kind {
            StatementKind::Declare { ty, variables, .. } if variables.iter().any(|(own, _)| own.name == *y) => {
                match &ty.kind {
                    SizedTypeKind::Array(_, sizes) if sizes.len() == 1 => Some(expression(&sizes[0])),
                    _ => None,
                }
            }
            _ => None,
        })?;
        let a: Vec<String> = arguments.iter().map(expression).collect();
        let w = fresh(program, "w");
        let (bounds, texts) = match (distribution.name.as_str(), a.as_slice()) {
            ("neg_binomial_2_log", [eta, phi]) => {
                ("lower=0", format!("{w} ~ gamma({phi}, {phi}); {y} ~ poisson_log({eta} + log({w}));"))
            }
            ("beta_binomial", [n, a, b]) => {
                ("lower=0, upper=1", format!("{w} ~ beta({a}, {b}); {y} ~ binomial({n}, {w});"))
            }
            _ => return None,
        };
        beside(program, y, &format!("vector<{bounds}>[{size}] {w};"), &texts)
    })
}

/// Ordered parameters with one prior for all are independent ones that are sorted: the factor is the number of orders.
pub fn sorted(program: &Program, dice: &mut Dice) -> Option<Program> {
    let ordered = items(&program.parameters).iter().filter_map(|s| match &s.kind {
        StatementKind::Declare { ty, variables, .. } => match (&ty.kind, variables.as_slice()) {
            (SizedTypeKind::Ordered(n), [(name, None)]) => Some((name.name.clone(), expression(n))),
            _ => None,
        },
        _ => None,
    });
    first_of(ordered.collect(), dice, |(name, size), dice| {
        let prior = items(&program.model).iter().find_map(|s| match &s.kind {
            StatementKind::Tilde { arg, distribution, arguments, truncation: None }
                if matches!(&bare(arg).kind, ExprKind::Variable(own) if own == name) =>
            {
                let texts: Vec<String> = arguments.iter().map(expression).collect();
                texts.iter().all(|text| number(text).is_some()).then(|| format!("{}({})", distribution.name, texts.join(", ")))
            }
            _ => None,
        })?;
        let z = fresh(program, &format!("{name}_raw"));
        let ty = format!("vector[{size}]");
        let own = Latent {
            name: name.clone(),
            ty: ty.clone(),
            size: Some(size.clone()),
            positive: false,
            family: String::new(),
            arguments: Vec::new(),
        };
        replaced(program, &own, &format!("{ty} {z};"), &format!("{z} ~ {prior};"), &format!("sort_asc({z})"), dice)
    })
}
