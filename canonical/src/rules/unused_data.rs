//! Data that no factor, size or bound mentions are no part of the model.

use crate::form::Form;
use crate::term::{Id, Kind, Var};
use std::collections::HashSet;

/// Removes data that nothing mentions.
pub fn apply(form: &mut Form) {
    let mut used: HashSet<Var> = HashSet::new();
    let mut stack: Vec<Id> = Vec::new();
    for factor in &form.factors {
        stack.extend(factor.terms());
    }
    for item in &form.code {
        item.for_each(&mut |term| stack.push(term), &mut |var| {
            used.insert(var);
        });
    }
    for declared in &form.parameters {
        used.insert(declared.var);
        stack.extend(&form.terms.variables[declared.var.0 as usize].sizes);
        stack.extend(declared.constraint.terms());
    }
    let mut pending: Vec<Var> = used.iter().copied().collect();
    loop {
        for id in std::mem::take(&mut stack) {
            form.terms.visit(id, &mut |inner| {
                if let Kind::Var(var) = *form.terms.kind(inner)
                    && used.insert(var)
                {
                    pending.push(var);
                }
            });
        }
        let Some(var) = pending.pop() else { break };
        stack.extend(&form.terms.variables[var.0 as usize].sizes);
        if let Some(declared) = form.data.iter().find(|d| d.var == var) {
            stack.extend(declared.constraint.terms());
        }
    }
    form.data.retain(|d| used.contains(&d.var));
}
