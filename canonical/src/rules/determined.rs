//! Terms that data determine belong to the law of the data where outcomes enter them.
//!
//! Proof: the law of outcomes given the other data is proportional to the integral of the density over the parameters. A term that no
//! parameter enters comes out of the integral: if no outcome enters it either, it is a constant of the law; otherwise it is a part of it. Outcomes are the
//! data that have a density, and those of terms that parameters enter, since such a term may be a density written out.

use crate::form::{FactorKind, Form};
use crate::term::Var;
use std::collections::HashSet;

/// Takes those terms into the factors.
pub fn apply(form: &mut Form) {
    if form.determined.is_empty() {
        return;
    }
    let mut outcomes: HashSet<Var> = HashSet::new();
    for factor in &form.factors {
        match &factor.kind {
            FactorKind::Density { outcome, .. } => collect(form, *outcome, &mut outcomes),
            FactorKind::Add(term) => collect(form, *term, &mut outcomes),
            FactorKind::Jacobian(_) => {}
        }
    }
    let (theirs, _): (Vec<_>, Vec<_>) = std::mem::take(&mut form.determined).into_iter().partition(|factor| {
        let terms = factor.guards.iter().copied().chain(factor.kind.terms());
        terms.into_iter().any(|term| form.terms.mentions(term, |var| outcomes.contains(&var)))
    });
    form.factors.extend(theirs);
}

fn collect(form: &Form, term: crate::term::Id, out: &mut HashSet<Var>) {
    form.terms.visit(term, &mut |inner| {
        if let crate::term::Kind::Var(var) = *form.terms.kind(inner)
            && form.data.iter().any(|declared| declared.var == var)
        {
            out.insert(var);
        }
    });
}
