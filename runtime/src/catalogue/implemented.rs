//! Which entries of the catalogue have an implementation.

use super::Declaration;
use crate::{families, functions};

/// The families that declare themselves in a file of their own.
pub(super) fn families() -> &'static [&'static Declaration] {
    families::declarations()
}

/// Whether the family of that name (without suffix) can be evaluated in the forms that it declares.
pub fn is_family_implemented(name: &str) -> bool {
    families().iter().any(|family| family.name == name)
}

/// Whether the function of that name, which is no density, can be evaluated.
pub fn is_function_implemented(name: &str) -> bool {
    functions::is_implemented(name)
}
