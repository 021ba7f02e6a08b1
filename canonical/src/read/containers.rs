//! Which containers may become vectors.

use super::is_elementwise;
use ppl_program::typed::{Callee, Expr, ExprKind, Program, Type, VarId};
use std::collections::HashSet;

/// Functions to which arrays, row vectors and vectors are the same.
const INDIFFERENT: [&str; 16] = [
    "sum",
    "mean",
    "sd",
    "variance",
    "min",
    "max",
    "prod",
    "dot_product",
    "dot_self",
    "log_sum_exp",
    "size",
    "num_elements",
    "to_vector",
    "to_array_1d",
    "to_row_vector",
    "distance",
];

/// Variables that are handed over, whole, to functions (or kept in arrays and tuples) where the kind of container counts.
pub fn handed_over(program: &Program) -> HashSet<VarId> {
    let mut found = HashSet::new();
    let blocks = [&program.transformed_data, &program.transformed_parameters, &program.model];
    for statement in blocks.into_iter().flatten() {
        statement.for_each_expr(&mut |e: &Expr| {
            let items = match &e.kind {
                ExprKind::Call { callee: Callee::Library(name), arguments }
                    if !is_elementwise(name, arguments.len()) && !INDIFFERENT.contains(&name.as_str()) =>
                {
                    arguments
                }
                ExprKind::Call { callee: Callee::User { .. }, arguments } => arguments,
                ExprKind::Array(items) | ExprKind::MatrixRows(items) | ExprKind::Tuple(items) => items,
                _ => return,
            };
            for item in items {
                if let Some(variable) = whole(item) {
                    found.insert(variable);
                }
            }
        });
    }
    found
}

fn whole(e: &Expr) -> Option<VarId> {
    match &e.kind {
        ExprKind::Variable(variable) if matches!(e.ty, Type::RowVector | Type::Array(..)) => Some(*variable),
        ExprKind::Promote(inner) => whole(inner),
        _ => None,
    }
}
