//! From derivations to models: rules are recognised by their bodies, constants are read from them.
//!
//! The bodies that are understood stand in `supported.grammar`, as rules. A rule of a grammar is one of them if their texts agree in all but
//! the constants; everything else is an error that shows the body.

mod constants;
mod pattern;

use crate::error::ExactError;
use crate::model::{Effect, Family, Feature, Link, Model, Prior, Role, Term};
use constants::Constants;
use pattern::Captures;
use ppl_corpus::grammar::{Grammar, PartKind};
use ppl_corpus::{Derivation, Node, Part};

/// The rules of a grammar, each as a supported body with its constants.
#[derive(Clone, Debug)]
pub struct Reader {
    grammar: Grammar,
    /// Name of the supported body, and what is in its places.
    rules: Vec<Option<(&'static str, Captures)>>,
}

impl Reader {
    pub fn new(grammar: &Grammar) -> Reader {
        let rules = grammar.rules.iter().map(|rule| pattern::recognise(&rule.body)).collect();
        Reader { grammar: grammar.clone(), rules }
    }

    pub fn grammar(&self) -> &Grammar {
        &self.grammar
    }

    /// The model of a derivation, for tables of so many rows.
    ///
    /// # Errors
    /// A rule whose body is not supported, a combination of rules that is not, a constant that is none.
    pub fn model(&self, derivation: &Derivation, rows: usize) -> Result<Model, ExactError> {
        let root = &derivation.root;
        let at = self.place(root, rows)?;
        let (family, dispersion) = self.family(&at)?;
        let mut model = Model {
            family,
            dispersion,
            correlation: None,
            terms: Vec::new(),
            effect: None,
            trials: root.columns.first().copied(),
            parameters: Vec::new(),
        };
        if matches!(family, Family::Autoregression { .. } | Family::AutoregressiveErrors) {
            model.correlation = Some(Prior::Uniform { low: at.number("low")?, high: at.number("high")? });
            model.parameters.push(Role::Correlation);
        }
        if dispersion.is_some() {
            model.parameters.push(Role::Dispersion);
        }
        self.parts(root, rows, &mut model)?;
        let general = !family.is_gaussian() || family == Family::AutoregressiveErrors;
        match model.effect {
            Some(Effect::ChangePoint { .. } | Effect::LocalLevel { .. }) if general => {
                Err(ExactError::Combination(format!(
                    "change points and local levels go with normal and lognormal outcomes only, not with {family:?}"
                )))
            }
            Some(Effect::VaryingIntercept { .. }) if family == Family::AutoregressiveErrors => {
                Err(ExactError::Combination(
                    "autoregressive errors and varying intercepts are not supported together".into(),
                ))
            }
            _ => Ok(model),
        }
    }

    fn place<'n>(&'n self, node: &'n Node, rows: usize) -> Result<Place<'n>, ExactError> {
        let rule = self.grammar.rules.get(node.rule);
        let rule = rule.ok_or_else(|| ExactError::Combination(format!("the grammar has no rule {}", node.rule)))?;
        let Some((body, captures)) = &self.rules[node.rule] else {
            return Err(ExactError::Unsupported { rule: rule.name.clone(), body: pattern::text(&rule.body) });
        };
        let mut scales = Vec::new();
        for ((name, kind), part) in rule.parts.iter().zip(&node.parts) {
            if let (PartKind::Role(role), Part::Grade(grade)) = (kind, part)
                && let Some((value, _)) = self.grammar.roles[*role].grades.get(*grade)
            {
                scales.push((ppl_grammar::models::hole(name), *value));
            }
        }
        Ok(Place { rule: &rule.name, body, captures, constants: Constants { rows, scales } })
    }

    fn family(&self, at: &Place<'_>) -> Result<(Family, Option<Prior>), ExactError> {
        let family = match at.body {
            "normal" => Family::Normal,
            "lognormal" => Family::Lognormal,
            "student_t" => Family::StudentT { nu: at.number("nu")? },
            "autoregression" => Family::Autoregression { mean: at.number("mean")?, sd: at.number("sd")? },
            "autoregressive_errors" => Family::AutoregressiveErrors,
            "poisson" => Family::Poisson,
            "neg_binomial" => Family::NegBinomial,
            "zero_inflated_poisson" => Family::ZeroInflatedPoisson,
            "hurdle_poisson" => Family::HurdlePoisson,
            "bernoulli" => Family::Bernoulli(Link::Logit),
            "probit" => Family::Bernoulli(Link::Probit),
            "cloglog" => Family::Bernoulli(Link::Cloglog),
            "binomial" => Family::Binomial(Link::Logit),
            "binomial_probit" => Family::Binomial(Link::Probit),
            "beta_binomial" => Family::BetaBinomial,
            "gamma" => Family::Gamma,
            "weibull" => Family::Weibull,
            "exponential" => Family::Exponential,
            _ => return Err(ExactError::Combination(format!("rule `{}` is no distribution of an outcome", at.rule))),
        };
        let dispersion = match family {
            Family::ZeroInflatedPoisson | Family::HurdlePoisson => {
                Some(Prior::Beta { a: at.number("a")?, b: at.number("b")? })
            }
            Family::Poisson | Family::Bernoulli(_) | Family::Binomial(_) | Family::Exponential => None,
            _ => Some(at.gamma()?),
        };
        Ok((family, dispersion))
    }

    /// What the parts of a node add, in order.
    fn parts(&self, node: &Node, rows: usize, model: &mut Model) -> Result<(), ExactError> {
        for part in &node.parts {
            match part {
                Part::Node(inner) => self.term(inner, rows, model)?,
                Part::Set(nodes) => nodes.iter().try_for_each(|inner| self.term(inner, rows, model))?,
                Part::Grade(_) => {}
            }
        }
        Ok(())
    }

    fn term(&self, node: &Node, rows: usize, model: &mut Model) -> Result<(), ExactError> {
        let at = self.place(node, rows)?;
        let column = |place: usize| {
            node.columns
                .get(place)
                .copied()
                .ok_or_else(|| ExactError::Combination(format!("rule `{}` points at too few columns", at.rule)))
        };
        let linear = match at.body {
            "intercept" => Some(Feature::One),
            "slope" => Some(Feature::Column(column(0)?)),
            "quadratic" => Some(Feature::Square(column(0)?)),
            "interaction" => Some(Feature::Product(column(0)?, column(1)?)),
            _ => None,
        };
        let effect = match at.body {
            "varying_intercept" => Some(Effect::VaryingIntercept { group: column(0)?, tau: at.gamma()? }),
            "change_point" => {
                let location = Prior::Normal { mean: at.number("mean")?, sd: at.number("width")? };
                let (rate, sd) = (at.number("steepness")?, at.number("sd")?);
                Some(Effect::ChangePoint { column: column(0)?, rate, sd, location })
            }
            "local_level" => Some(Effect::LocalLevel { tau: at.gamma()?, first: at.number("first")? }),
            _ => None,
        };
        if let Some(feature) = linear {
            model.parameters.push(Role::Coefficient(model.terms.len()));
            model.terms.push(Term { feature, sd: at.number("sd")? });
        }
        if let Some(effect) = effect {
            if model.effect.replace(effect).is_some() {
                return Err(ExactError::Combination("it has more than one effect of groups or of time".to_string()));
            }
            model.parameters.push(Role::Effect);
            model.parameters.push(match effect {
                Effect::ChangePoint { .. } => Role::Location,
                _ => Role::EffectScale,
            });
        }
        if linear.is_none() && effect.is_none() && !matches!(at.body, "same" | "both") {
            return Err(ExactError::Combination(format!("rule `{}` is no part of a predictor", at.rule)));
        }
        self.parts(node, rows, model)
    }
}

/// A rule in a derivation.
struct Place<'n> {
    rule: &'n str,
    body: &'static str,
    captures: &'n Captures,
    constants: Constants,
}

impl Place<'_> {
    fn number(&self, name: &str) -> Result<f64, ExactError> {
        let tokens = self.captures.get(name).map_or(&[][..], Vec::as_slice);
        let text = tokens.join(" ");
        self.constants.evaluate(tokens).ok_or(ExactError::Constant { rule: self.rule.to_string(), text })
    }

    fn gamma(&self) -> Result<Prior, ExactError> {
        Ok(Prior::Gamma { shape: self.number("shape")?, rate: self.number("rate")? })
    }
}
