//! One constant of a density is another: a location, scale, rate or shape that is written as a positive number.
//!
//! The support stays, so the densities have the same parameters and outcomes. Bounds, probabilities, sizes and numbers of trials are
//! left alone. The same change of a derivation is another grade of one of its roles.

use super::draft::{Draft, verdict};
use super::sites::{Site, sites};
use super::{Augmentation, Augmented, Relation, first_of};
use crate::derivation::{Derivation, Node, Part};
use crate::grammar::{Grammar, PartKind};
use crate::schema::Schema;
use ppl_analysis::build;
use ppl_grammar::ast;
use ppl_program::typed::{Expr, ExprKind, Program, Type};
use rand::{Rng, RngExt};

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "perturb_constants",
    about: "one constant of a density becomes another, by a factor of at most 2",
    relation: Relation::OtherConstant,
    apply,
    derivation: Some(derivation),
};

/// A positive constant among the arguments of a density.
#[derive(Clone, Debug)]
pub struct Constant {
    site: usize,
    argument: usize,
    pub value: f64,
}

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let first = verdict(program);
    let factor = 2.0_f64.powf(rng.random_range(0.3..1.0) * if rng.random() { 1.0 } else { -1.0 });
    first_of(constants(program), rng, |constant| {
        let value = two_digits(constant.value * factor, constant.value);
        let what = format!("a constant {} is {value}", constant.value);
        with(program, constant, value)?.finish(first, what)
    })
}

/// The constants of a program that may be others.
pub fn constants(program: &Program) -> Vec<Constant> {
    let mut out = Vec::new();
    for site in sites(program) {
        for (argument, e) in site.arguments.iter().enumerate() {
            if may_be_scaled(&site, argument)
                && let Some(value) = constant(e).filter(|value| *value > 0.0 && value.is_finite())
            {
                out.push(Constant { site: site.number, argument, value });
            }
        }
    }
    out
}

/// The program with another value of a constant.
pub fn with<'p>(program: &'p Program, constant: &Constant, value: f64) -> Option<Draft<'p>> {
    let mut draft = Draft::new(program);
    let statement = draft.statement(constant.site)?;
    let argument = match &mut statement.kind {
        ast::StatementKind::Tilde { arguments, .. } => arguments.get_mut(constant.argument)?,
        ast::StatementKind::TargetPlus(ast::Expr { kind: ast::ExprKind::Conditional { arguments, .. }, .. }) => {
            arguments.get_mut(constant.argument)?
        }
        _ => return None,
    };
    *literal(argument)? = build::real(value);
    Some(draft)
}

/// Whether a positive number in this place may be any other.
fn may_be_scaled(site: &Site, argument: usize) -> bool {
    let bounded = matches!(
        (site.family.as_str(), argument),
        ("uniform" | "discrete_range" | "hypergeometric" | "bernoulli" | "bernoulli_logit" | "wiener", _)
            | (
                "categorical" | "multinomial" | "wishart" | "inv_wishart" | "wishart_cholesky" | "inv_wishart_cholesky",
                _
            )
            | ("binomial" | "binomial_logit" | "beta_binomial" | "beta_proportion" | "pareto" | "pareto_type_2", 0)
            | ("binomial", 1)
            | ("skew_double_exponential", 2)
    );
    !bounded && !site.truncated
}

/// The value of a constant, or of a list of equal ones.
fn constant(e: &Expr) -> Option<f64> {
    match &e.kind {
        ExprKind::Real(x) => Some(*x),
        ExprKind::Promote(inner) => match &inner.kind {
            ExprKind::Int(i) => Some(f64::from(*i)),
            _ => constant(inner),
        },
        ExprKind::Call { callee: ppl_program::typed::Callee::Library(name), arguments }
            if name == "rep_vector" && e.ty == Type::Vector =>
        {
            constant(&arguments[0])
        }
        _ => None,
    }
}

/// The number in an argument that has one.
fn literal(e: &mut ast::Expr) -> Option<&mut ast::Expr> {
    if matches!(e.kind, ast::ExprKind::Int(_) | ast::ExprKind::Real(_)) {
        return Some(e);
    }
    match &mut e.kind {
        ast::ExprKind::Call { arguments, .. } => literal(arguments.first_mut()?),
        ast::ExprKind::Paren(inner) => literal(inner),
        _ => None,
    }
}

/// Rounded to two digits, between half and twice `old`, and not `old` itself.
fn two_digits(x: f64, old: f64) -> f64 {
    let unit = 10.0_f64.powf(x.abs().log10().floor() - 1.0);
    // by a text, so that 0.30000000000000004 is 0.3
    let rounded: f64 = format!("{:.12e}", (x / unit).round() * unit).parse().unwrap_or(x);
    match rounded != old && rounded >= 0.5 * old && rounded <= 2.0 * old {
        true => rounded,
        false => x,
    }
}

/// Another grade of a role, which is at most twice and at least half of the first.
fn derivation(
    grammar: &Grammar,
    schema: &Schema,
    derivation: &Derivation,
    rng: &mut dyn Rng,
) -> Option<(Schema, Derivation)> {
    let mut changes = Vec::new();
    for place in 0.. {
        let mut trial = derivation.clone();
        let Some((grade, role)) = nth_grade(&mut trial.root, grammar, &mut { place }) else { break };
        let grades = &grammar.roles[role].grades;
        let old = grades[*grade].0;
        let near = |new: f64| new != old && new >= 0.5 * old && new <= 2.0 * old;
        changes.extend((0..grades.len()).filter(|&k| near(grades[k].0)).map(|k| (place, k)));
    }
    first_of(changes, rng, |(place, grade)| {
        let mut changed = derivation.clone();
        *nth_grade(&mut changed.root, grammar, &mut { *place })?.0 = *grade;
        Some((schema.clone(), changed))
    })
}

fn nth_grade<'n>(node: &'n mut Node, grammar: &Grammar, place: &mut usize) -> Option<(&'n mut usize, usize)> {
    let kinds = &grammar.rules[node.rule].parts;
    for (part, (_, kind)) in node.parts.iter_mut().zip(kinds) {
        let found = match (part, kind) {
            (Part::Grade(grade), PartKind::Role(role)) if *place == 0 => Some((grade, *role)),
            (Part::Grade(_), _) => {
                *place -= 1;
                None
            }
            (Part::Node(inner), _) => nth_grade(inner, grammar, place),
            (Part::Set(nodes), _) => nodes.iter_mut().find_map(|inner| nth_grade(inner, grammar, place)),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
