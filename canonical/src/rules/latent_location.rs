//! A latent variable around a parameter is that parameter plus a deviation around zero.
//!
//! Let `z[i] ~ F(m[i], s)` for a family with location `m` and scale `s`, where `m` depends on parameters. Then `u[i] = z[i] - m[i]` has the
//! density `F(0, s)` given everything else, and the change of variables has Jacobian 1. So the joint density of the other parameters and
//! the data, `z` integrated out, is the same with `m[i] + u[i]` in place of `z[i]`.

use super::latent::{Latent, latents, rewrite_others};
use crate::form::Form;
use crate::term::{Id, Kind, Terms};
use std::collections::HashMap;

pub fn apply(form: &mut Form) {
    // each step takes one parametric location away; what a location mentions may be a latent variable itself
    for _ in 0..form.parameters.len() {
        let all = latents(form);
        let Some(latent) = all.iter().find(|l| form.terms.is_parametric(l.arguments(form).0)) else { break };
        shift(form, latent);
    }
}

fn shift(form: &mut Form, latent: &Latent) {
    let (location, scale) = latent.arguments(form);
    let var = latent.var;
    let whole = form.terms.var(var);
    rewrite_others(form, latent.factor, &mut |terms, id| {
        if !terms.mentions(id, |v| v == var) {
            return id;
        }
        match latent.vector {
            false => terms.replace_terms(id, &mut |terms, inner, depth| {
                (inner == whole).then(|| {
                    let location = terms.shift(location, depth);
                    terms.sum(vec![location, whole])
                })
            }),
            true => elements(terms, id, whole, location, &mut HashMap::new()),
        }
    });
    let zero = form.terms.int(0);
    latent.set(form, zero, scale);
}

/// `z[t]` becomes `m[t] + z[t]`, and a whole `z` the vector of these.
fn elements(terms: &mut Terms, id: Id, whole: Id, location: Id, memo: &mut HashMap<Id, Id>) -> Id {
    if let Some(&done) = memo.get(&id) {
        return done;
    }
    let result = match terms.kind(id).clone() {
        Kind::Index(base, indices) if base == whole && indices.len() == 1 => {
            let place = elements(terms, indices[0], whole, location, memo);
            let element = terms.at(whole, &[place]);
            let location = terms.instantiate(location, place);
            terms.sum(vec![location, element])
        }
        Kind::Var(_) if id == whole => {
            let (count, at) = (terms.count(whole), terms.bound(0));
            let element = terms.at(whole, &[at]);
            let cell = terms.sum(vec![location, element]);
            let container = crate::term::Container::of(terms.ty(whole)).unwrap_or(crate::term::Container::Vector);
            terms.build(container, count, cell)
        }
        _ => terms.rebuild(id, 0, &mut |terms, child, _| elements(terms, child, whole, location, memo)),
    };
    memo.insert(id, result);
    result
}
