//! From the tree back to text.

use crate::ast::*;

pub fn expression(_e: &Expr) -> String {
    String::new()
}
pub fn expressions(es: &[Expr]) -> String {
    es.iter().map(expression).collect::<Vec<_>>().join(", ")
}
pub fn sized_type(_t: &SizedType) -> String {
    String::new()
}
