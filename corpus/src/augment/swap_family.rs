//! A family becomes its neighbour: another one with the same support and the same centre.
//!
//! | first | second | the same |
//! |---|---|---|
//! | normal, Student's t, Cauchy, logistic, double exponential | one another | location (median), scale parameter |
//! | lognormal | log-logistic | median; spread of the logarithm as a scale parameter |
//! | gamma | lognormal, inverse gamma | mean and variance |
//! | inverse gamma | lognormal | mean and variance of the logarithm |
//! | exponential | gamma, Weibull | mean |
//! | Weibull | log-logistic | median and shape |
//! | Poisson | negative binomial | mean; the Poisson is the limit of a large `phi`, a new parameter |
//! | negative binomial | Poisson | mean |
//! | Bernoulli on the logit scale | probit, with log odds divided by 1.702 (Haley 1952) | median; probabilities to 0.01 |
//! | binomial | beta-binomial | mean; `phi` as above |
//! | multivariate normal | multivariate Student's t | location, scale matrix |
//!
//! The same change of a derivation is another rule for the same outcome with the same parts, where its families are neighbours.

use super::draft::{Draft, verdict};
use super::sites::{Site, sites};
use super::{Augmentation, Augmented, Relation, first_of};
use crate::derivation::{Derivation, Node};
use crate::grammar::{Grammar, Rule};
use crate::schema::Schema;
use ppl_analysis::verdict::Verdict;
use ppl_grammar::ast::{ExprKind, Index, Statement, StatementKind};
use ppl_program::typed::Program;
use rand::Rng;

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "swap_family",
    about: "a family becomes another one with the same support and centre",
    relation: Relation::OtherFamily,
    apply,
    derivation: Some(derivation),
};

/// A family and its arguments in terms of those of a neighbour, `A`, `B`, `C` in their order. These may be whole numbers, whose quotient is one.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour {
    pub of: &'static str,
    pub family: &'static str,
    pub arguments: &'static [&'static str],
    /// Whether the arguments include `phi`, a new parameter above 0.
    pub overdispersed: bool,
}

const fn to(of: &'static str, family: &'static str, arguments: &'static [&'static str]) -> Neighbour {
    Neighbour { of, family, arguments, overdispersed: false }
}

const fn more(of: &'static str, family: &'static str, arguments: &'static [&'static str]) -> Neighbour {
    Neighbour { of, family, arguments, overdispersed: true }
}

pub const NEIGHBOURS: [Neighbour; 37] = [
    to("normal", "student_t", &["4", "A", "B"]),
    to("normal", "logistic", &["A", "B"]),
    to("normal", "double_exponential", &["A", "B"]),
    to("std_normal", "student_t", &["4", "0", "1"]),
    to("std_normal", "logistic", &["0", "1"]),
    to("student_t", "normal", &["B", "C"]),
    to("student_t", "cauchy", &["B", "C"]),
    to("student_t", "logistic", &["B", "C"]),
    to("student_t", "double_exponential", &["B", "C"]),
    to("cauchy", "student_t", &["4", "A", "B"]),
    to("cauchy", "normal", &["A", "B"]),
    to("logistic", "normal", &["A", "B"]),
    to("logistic", "student_t", &["4", "A", "B"]),
    to("logistic", "double_exponential", &["A", "B"]),
    to("double_exponential", "normal", &["A", "B"]),
    to("double_exponential", "student_t", &["4", "A", "B"]),
    to("double_exponential", "logistic", &["A", "B"]),
    to("lognormal", "loglogistic", &["exp(A)", "1.0 / (B)"]),
    to("gamma", "lognormal", &["log(A) - log(B) - 0.5 * log1p(1.0 / (A))", "sqrt(log1p(1.0 / (A)))"]),
    to("gamma", "inv_gamma", &["(A) + 2", "((A) + 1.0) * (A) / (B)"]),
    to("inv_gamma", "lognormal", &["log(B) - digamma(A)", "sqrt(trigamma(A))"]),
    to("exponential", "gamma", &["2", "2 * (A)"]),
    to("exponential", "weibull", &["2", "1.1283791670955126 / (A)"]),
    to("weibull", "loglogistic", &["(B) * log(2) ^ (1.0 / (A))", "A"]),
    more("poisson", "neg_binomial_2", &["A", "phi"]),
    more("poisson_log", "neg_binomial_2_log", &["A", "phi"]),
    to("neg_binomial_2", "poisson", &["A"]),
    to("neg_binomial_2_log", "poisson_log", &["A"]),
    to("bernoulli_logit", "bernoulli", &["Phi((A) / 1.702)"]),
    more("binomial", "beta_binomial", &["A", "phi * (B)", "phi * (1 - (B))"]),
    more("binomial_logit", "beta_binomial", &["A", "phi * inv_logit(B)", "phi * inv_logit(-(B))"]),
    to("multi_normal", "multi_student_t", &["7", "A", "B"]),
    to("multi_normal_cholesky", "multi_student_t_cholesky", &["7", "A", "B"]),
    to("multi_student_t", "multi_normal", &["B", "C"]),
    to("multi_student_t_cholesky", "multi_normal_cholesky", &["B", "C"]),
    to("beta_binomial", "binomial", &["A", "1.0 * (B) / ((B) + (C))"]),
    to("loglogistic", "lognormal", &["log(A)", "1.0 / (B)"]),
];

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let first = verdict(program);
    first_of(swaps(program), rng, |(site, neighbour)| with(program, site, neighbour, first))
}

/// The densities of a program that may be of another family, and which.
pub fn swaps(program: &Program) -> Vec<(Site, Neighbour)> {
    let sites: Vec<Site> = sites(program).into_iter().filter(|s| !s.truncated).collect();
    let each = |site: Site| {
        NEIGHBOURS.into_iter().filter(|n| n.of == site.family).map(|n| (site.clone(), n)).collect::<Vec<_>>()
    };
    sites.into_iter().flat_map(each).collect()
}

/// The program with another family; as a statement about lists where that is one, else about each row.
pub fn with(program: &Program, site: &Site, neighbour: &Neighbour, first: Verdict) -> Option<Augmented> {
    let what =
        format!("`{}` is {}, no longer {}", program.variable(site.variable()).name, neighbour.family, neighbour.of);
    [whole, by_rows].iter().find_map(|way| way(program, site, neighbour)?.finish(first, what.clone()))
}

fn whole<'p>(program: &'p Program, site: &Site, neighbour: &Neighbour) -> Option<Draft<'p>> {
    let mut draft = Draft::new(program);
    let arguments: Vec<String> = site.arguments.iter().map(|a| draft.text(a)).collect();
    let phi = dispersion(&mut draft, neighbour)?;
    let outcome = draft.text(&site.outcome);
    let text = format!("{outcome} ~ {}({});", neighbour.family, filled(neighbour, &arguments, &phi));
    draft.replace(site.number, &text)?;
    described(&mut draft, neighbour, &phi).map(|()| draft)
}

fn by_rows<'p>(program: &'p Program, site: &Site, neighbour: &Neighbour) -> Option<Draft<'p>> {
    let mut draft = Draft::new(program);
    let rows = draft.rows(site)?;
    let phi = dispersion(&mut draft, neighbour)?;
    let body = format!("{} ~ {}({});", rows.outcome, neighbour.family, filled(neighbour, &rows.arguments, &phi));
    draft.replace(site.number, &rows.each(&body))?;
    described(&mut draft, neighbour, &phi).map(|()| draft)
}

/// A name for the new parameter, declared where there is one.
fn dispersion(draft: &mut Draft, neighbour: &Neighbour) -> Option<String> {
    if !neighbour.overdispersed {
        return Some(String::new());
    }
    let phi = draft.names.fresh("phi");
    draft.parameter(&format!("real<lower=0> {phi};"))?;
    Some(phi)
}

/// Its prior. It comes last, so that places of statements stay.
fn described(draft: &mut Draft, neighbour: &Neighbour, phi: &str) -> Option<()> {
    match neighbour.overdispersed {
        true => draft.model(&format!("{phi} ~ gamma(2, 0.5);")),
        false => Some(()),
    }
}

/// The arguments with those of the first family in their places.
fn filled(neighbour: &Neighbour, arguments: &[String], phi: &str) -> String {
    let one = |template: &&str| -> String {
        let mut out = String::new();
        let mut rest = *template;
        while let Some(c) = rest.chars().next() {
            let argument = match c {
                'A'..='C' => arguments.get(c as usize - 'A' as usize),
                _ => None,
            };
            let is_phi = rest.starts_with("phi");
            match argument {
                Some(text) => out.push_str(text),
                None if is_phi => out.push_str(phi),
                None => out.push(c),
            }
            rest = &rest[if is_phi { 3 } else { c.len_utf8() }..];
        }
        out
    };
    neighbour.arguments.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The same with another rule for the outcome.
fn derivation(
    grammar: &Grammar,
    schema: &Schema,
    derivation: &Derivation,
    rng: &mut dyn Rng,
) -> Option<(Schema, Derivation)> {
    let old = &grammar.rules[derivation.root.rule];
    let family = outcome_family(old)?;
    let kinds = |rule: &Rule| -> Vec<_> { rule.parts.iter().map(|(_, kind)| *kind).collect() };
    let columns = |rule: &Rule| -> Vec<_> { rule.columns.iter().map(|(_, kinds)| kinds.clone()).collect() };
    let others = grammar.nonterminals[old.nonterminal].rules.iter().copied().filter(|&rule| {
        let new = &grammar.rules[rule];
        let fits = new.outcomes.is_empty() || new.outcomes.contains(&schema.outcome);
        fits && kinds(new) == kinds(old)
            && columns(new) == columns(old)
            && new.needs.iter().all(|kind| schema.has(*kind))
            && outcome_family(new).is_some_and(|other| NEIGHBOURS.iter().any(|n| n.of == family && n.family == other))
    });
    first_of(others.collect(), rng, |&rule| {
        let root = Node { rule, ..derivation.root.clone() };
        Some((schema.clone(), Derivation { root }))
    })
}

/// The family of the outcome, where the rule says it in one statement about all rows.
fn outcome_family(rule: &Rule) -> Option<String> {
    let of_outcome = |statement: &Statement| match &statement.kind {
        StatementKind::Tilde { arg, distribution, .. } => {
            let whole = match &arg.kind {
                ExprKind::Variable(name) => name == "y",
                ExprKind::Index { indices, .. } => !indices.iter().any(|i| !matches!(i, Index::All(_))),
                _ => false,
            };
            whole.then(|| distribution.name.clone())
        }
        _ => None,
    };
    let mut families = rule.body.model.iter().filter_map(of_outcome);
    families.next().filter(|_| families.next().is_none())
}
