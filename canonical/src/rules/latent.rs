//! Latent variables with a prior of their own, element by element: what the rules about them look for.

use crate::form::{Bounds, FactorKind, Form};
use crate::term::{Fun, Id, Kind, Terms, Var};

/// A parameter whose elements (or which itself) have one density of a family with location and scale.
pub struct Latent {
    pub var: Var,
    /// Place of the density among the factors.
    pub factor: usize,
    /// Whether the density is over a range: its terms then live inside one loop.
    pub vector: bool,
    /// Places of location and scale among the arguments.
    pub location: usize,
    pub scale: usize,
}

impl Latent {
    /// Location and scale.
    pub fn arguments(&self, form: &Form) -> (Id, Id) {
        match &form.factors[self.factor].kind {
            FactorKind::Density { arguments, .. } => (arguments[self.location], arguments[self.scale]),
            FactorKind::Add(term) | FactorKind::Jacobian(term) => (*term, *term),
        }
    }

    pub fn set(&self, form: &mut Form, location: Id, scale: Id) {
        if let FactorKind::Density { arguments, .. } = &mut form.factors[self.factor].kind {
            arguments[self.location] = location;
            arguments[self.scale] = scale;
        }
    }
}

/// Places of location and scale of the families that are closed under shift and scaling.
fn location_scale(family: &str) -> Option<(usize, usize)> {
    match family {
        "normal" | "logistic" | "double_exponential" | "gumbel" => Some((0, 1)),
        "student_t" => Some((1, 2)),
        _ => None,
    }
}

/// The latent variables of a form: unconstrained, with one untruncated density, and not read by statements that stay.
pub fn latents(form: &Form) -> Vec<Latent> {
    let terms = &form.terms;
    let mut found = Vec::new();
    for declared in form.parameters.iter().filter(|d| d.constraint == Bounds::None) {
        let var = declared.var;
        let outcomes: Vec<usize> = (0..form.factors.len())
            .filter(|&place| matches!(&form.factors[place].kind, FactorKind::Density { outcome, .. } if terms.mentions(*outcome, |v| v == var)))
            .collect();
        let [factor] = outcomes[..] else { continue };
        let mut in_code = false;
        form.code.iter().for_each(|code| {
            code.for_each(&mut |term| in_code |= terms.mentions(term, |v| v == var), &mut |_| {});
        });
        let elsewhere =
            form.parameters.iter().flat_map(|d| d.constraint.terms()).any(|t| terms.mentions(t, |v| v == var));
        let own = &form.factors[factor];
        let FactorKind::Density { density: Fun::Density { family, .. }, outcome, arguments, truncation: None } =
            &own.kind
        else {
            continue;
        };
        let Some((location, scale)) = location_scale(family) else { continue };
        if in_code || elsewhere || !own.guards.is_empty() || arguments.iter().any(|&a| terms.mentions(a, |v| v == var))
        {
            continue;
        }
        let vector = match (terms.kind(*outcome), own.over.as_slice()) {
            (Kind::Var(_), []) => false,
            (Kind::Index(base, indices), [count]) => {
                let whole = matches!(terms.kind(*base), Kind::Var(_)) && indices.len() == 1;
                let sizes = &terms.variables[var.0 as usize].sizes;
                if !whole || *terms.kind(indices[0]) != Kind::Bound(0) || sizes.as_slice() != [*count] {
                    continue;
                }
                true
            }
            _ => continue,
        };
        found.push(Latent { var, factor, vector, location, scale });
    }
    found
}

/// Rewrites all terms but those of one factor.
pub fn rewrite_others(form: &mut Form, except: usize, by: &mut dyn FnMut(&mut Terms, Id) -> Id) {
    for place in 0..form.factors.len() {
        if place != except {
            let factor = form.factors[place].clone();
            let Form { terms, factors, .. } = form;
            factors[place] = factor.map(|term| by(terms, term));
        }
    }
}
