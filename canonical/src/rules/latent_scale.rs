//! A latent variable that is used only after multiplication by a positive scale is a latent variable with that scale.
//!
//! Let `z[i] ~ F(0, c)` for a family with location 0 and scale `c`, and let `s > 0` be a number or a parameter (or `s[i]` one for each `z[i]`). Then
//! `u[i] = s z[i]` has the density `F(0, c s)` given everything else, and with `u[i] / s` in place of `z[i]` the rest of the program depends on `z` through
//! `u` only: integrating `u` out gives what integrating `z` out gave. A parameter is taken where every other occurrence of `z[i]` stands in a product with it,
//! which undoes the non-centred parametrisation (Papaspiliopoulos, Roberts and Skoeld 2007); a number so that the least of those that occurrences stand in a
//! product with, whatever their signs, becomes 1.

use super::latent::{Latent, latents, rewrite_others};
use crate::form::{Bounds, Form};
use crate::term::{Id, Kind, Terms, Var, Variable};

pub fn apply(form: &mut Form) {
    // a number and a parameter each
    for _ in 0..2 * form.parameters.len() {
        let all = latents(form);
        if !all.iter().any(|latent| absorb(form, latent)) {
            break;
        }
    }
}

/// What a latent variable is multiplied by.
#[derive(Clone, Copy)]
enum Scale {
    Number(f64),
    /// A parameter that goes with every occurrence: one for all elements.
    Whole(Id),
    /// Elements of a vector, with the index of the latent variable's.
    Element(Id),
}

fn absorb(form: &mut Form, latent: &Latent) -> bool {
    let (location, own) = latent.arguments(form);
    if !form.terms.is(location, 0.0) {
        return false;
    }
    let parametric = form.terms.is_parametric(own);
    for scale in candidates(form, latent) {
        // one parameter is enough; numbers are multiplied
        if parametric && !matches!(scale, Scale::Number(_)) {
            continue;
        }
        let stand_in = {
            let old = form.terms.variables[latent.var.0 as usize].clone();
            form.terms.declare(Variable { name: old.name, ..old })
        };
        let mut trial = form.clone();
        let (old, new) = (trial.terms.var(latent.var), trial.terms.var(stand_in));
        rewrite_others(&mut trial, latent.factor, &mut |terms, id| replaced(terms, id, old, new, scale));
        let others = trial.factors.iter().enumerate().filter(|(place, _)| *place != latent.factor);
        let mut used = false;
        let clean = others.flat_map(|(_, f)| f.terms()).all(|t| {
            used |= trial.terms.mentions(t, |v| v == stand_in);
            !trial.terms.mentions(t, |v| v == latent.var)
        });
        if !clean || !used {
            continue;
        }
        let factor = trial.factors[latent.factor].clone();
        let terms = &mut trial.terms;
        let renamed = factor.map(|t| terms.replace_variables(t, &[(latent.var, new)].into_iter().collect()));
        trial.factors[latent.factor] = renamed;
        let scale = match scale {
            Scale::Number(number) => trial.terms.real(number),
            Scale::Whole(s) => s,
            Scale::Element(s) => {
                let at = trial.terms.bound(0);
                trial.terms.at(s, &[at])
            }
        };
        let scaled = trial.terms.product(vec![own, scale]);
        latent.set(&mut trial, location, scaled);
        for declared in &mut trial.parameters {
            if declared.var == latent.var {
                declared.var = stand_in;
            }
        }
        *form = trial;
        return true;
    }
    false
}

/// The number of all occurrences, then positive parameters that stand beside one.
fn candidates(form: &Form, latent: &Latent) -> Vec<Scale> {
    let terms = &form.terms;
    let positive = |var: Var| {
        form.parameters.iter().any(|d| d.var == var && matches!(d.constraint, Bounds::Lower(a) if terms.is(a, 0.0)))
    };
    let (mut least, mut found) = (f64::INFINITY, Vec::new());
    let others = form.factors.iter().enumerate().filter(|(place, _)| *place != latent.factor);
    for term in others.flat_map(|(_, f)| f.terms()) {
        least = least.min(least_number(terms, term, latent.var));
        terms.visit(term, &mut |inner| {
            let Kind::Product(items) = terms.kind(inner) else { return };
            let Some(place) = items.iter().find_map(|&item| occurrence(terms, item, latent.var)) else { return };
            for &item in &**items {
                match terms.kind(item) {
                    Kind::Var(var) if positive(*var) => found.push(Scale::Whole(item)),
                    Kind::Index(base, indices) if latent.vector && Some(&indices[..]) == place.as_deref() => {
                        if let Kind::Var(var) = terms.kind(*base)
                            && positive(*var)
                        {
                            found.push(Scale::Element(*base));
                        }
                    }
                    _ => {}
                }
            }
        });
    }
    let number = Some(Scale::Number(least)).filter(|_| least.is_finite() && least > 0.0 && least != 1.0);
    number.into_iter().chain(found).collect()
}

/// The least size of a number that an occurrence of a variable stands in a product with, 1 where it is alone; infinite where there is none.
fn least_number(terms: &Terms, id: Id, var: Var) -> f64 {
    let mut least = f64::INFINITY;
    let alone = |id: Id| occurrence(terms, id, var).is_some();
    if alone(id) {
        return 1.0;
    }
    terms.visit(id, &mut |inner| match terms.kind(inner) {
        Kind::Product(items) if items.iter().any(|&item| alone(item)) => {
            least = least.min(items.iter().filter_map(|&item| terms.number(item)).fold(1.0, |a, b| a * b.abs()));
        }
        // the variable itself is the base of its elements
        Kind::Index(..) if alone(inner) => {}
        _ => terms.children(inner, &mut |child| {
            if alone(child) {
                least = least.min(1.0);
            }
        }),
    });
    least
}

/// The indices of an element of a variable, or none where it is the variable itself.
fn occurrence(terms: &Terms, id: Id, var: Var) -> Option<Option<Box<[Id]>>> {
    match terms.kind(id) {
        Kind::Var(own) if *own == var => Some(None),
        Kind::Index(base, indices) if matches!(terms.kind(*base), Kind::Var(own) if *own == var) => {
            Some(Some(indices.clone()))
        }
        _ => None,
    }
}

/// The variable, or its products with the scale, become the new variable.
fn replaced(terms: &mut Terms, id: Id, old: Id, new: Id, scale: Scale) -> Id {
    let Kind::Var(var) = *terms.kind(old) else { return id };
    let element = |terms: &mut Terms, indices: &Option<Box<[Id]>>| match indices {
        Some(indices) => terms.at(new, indices),
        None => new,
    };
    terms.replace_terms(id, &mut |terms, inner, _| {
        if let (Scale::Number(number), Some(indices)) = (scale, occurrence(terms, inner, var)) {
            let items = vec![terms.real(1.0 / number), element(terms, &indices)];
            return Some(terms.product(items));
        }
        let Kind::Product(items) = terms.kind(inner).clone() else { return None };
        let place = items.iter().position(|&item| occurrence(terms, item, var).is_some())?;
        let indices = occurrence(terms, items[place], var)?;
        let (mate, left) = match (scale, &indices) {
            (Scale::Number(number), _) => {
                let mate = items.iter().position(|&item| terms.number(item).is_some());
                let own = mate.and_then(|at| terms.number(items[at])).unwrap_or(1.0);
                (mate, Some(terms.real(own / number)))
            }
            (Scale::Whole(s), _) => (Some(items.iter().position(|&item| item == s)?), None),
            (Scale::Element(s), Some(indices)) => {
                let partner = terms.at(s, indices);
                (Some(items.iter().position(|&item| item == partner)?), None)
            }
            (Scale::Element(_), None) => return None,
        };
        let mut rest: Vec<Id> = left.into_iter().collect();
        for (at, &item) in items.iter().enumerate() {
            if at != place && Some(at) != mate {
                rest.push(replaced(terms, item, old, new, scale));
            }
        }
        rest.push(element(terms, &indices));
        Some(terms.product(rest))
    })
}
