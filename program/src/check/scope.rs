//! Names of variables and what they stand for; blocks; suggestions for misspelt names.

use super::levels::Dependence;
use super::{Checker, Reported, Result_};
use crate::typed::{Type, VarId};
use ppl_grammar::ast::Ident;
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::span::Span;
use ppl_runtime::catalogue;
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Block {
    #[default]
    Functions,
    Data,
    TransformedData,
    Parameters,
    TransformedParameters,
    Model,
    GeneratedQuantities,
}

impl Block {
    pub(super) fn name(self) -> &'static str {
        match self {
            Block::Functions => "functions",
            Block::Data => "data",
            Block::TransformedData => "transformed data",
            Block::Parameters => "parameters",
            Block::TransformedParameters => "transformed parameters",
            Block::Model => "model",
            Block::GeneratedQuantities => "generated quantities",
        }
    }
}

/// A variable in scope.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) id: VarId,
    pub(super) ty: Type,
    /// The block it belongs to; the arguments of a function count as data where they are declared `data`, else as parameters.
    pub(super) block: Block,
    /// Declared at the top of a block other than `model`.
    pub(super) global: bool,
    /// A loop variable or an argument.
    pub(super) read_only: bool,
    pub(super) span: Span,
}

#[derive(Default)]
pub(super) struct Scope {
    variables: HashMap<String, Declared>,
    /// Names declared in each open scope but the outermost.
    open: Vec<Vec<String>>,
}

impl Scope {
    pub(super) fn open(&mut self) {
        self.open.push(Vec::new());
    }

    pub(super) fn close(&mut self) {
        for name in self.open.pop().unwrap_or_default() {
            self.variables.remove(&name);
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Declared> {
        self.variables.get(name)
    }

    /// Adds a variable, unless the name is taken.
    pub(super) fn insert(&mut self, name: &str, declared: Declared) {
        if self.variables.contains_key(name) {
            return;
        }
        self.variables.insert(name.to_string(), declared);
        if let Some(names) = self.open.last_mut() {
            names.push(name.to_string());
        }
    }
}

/// After so many diagnostics nobody reads suggestions, which take time to find.
const MAX_SUGGESTIONS: usize = 200;

/// Words that mean something, or may one day, and are not names.
const RESERVED: &[&str] = &[
    "generated",
    "quantities",
    "transformed",
    "repeat",
    "until",
    "then",
    "true",
    "false",
    "typedef",
    "struct",
    "var",
    "export",
    "extern",
    "static",
    "auto",
];

impl Checker {
    /// Refuses names that are reserved.
    pub(super) fn check_name(&mut self, name: &Ident) -> Result_<()> {
        if name.name.ends_with("__") {
            let message = format!("`{}` is no name: names that end in `__` are reserved", name.name);
            return Err(self.error(Diagnostic::error("E0203", name.span, message)));
        }
        if RESERVED.contains(&name.name.as_str()) {
            let message = format!("`{}` is a reserved word", name.name);
            return Err(self.error(Diagnostic::error("E0203", name.span, message).with_hint("choose another name")));
        }
        Ok(())
    }

    /// Refuses the name of a new variable that another variable in scope has.
    pub(super) fn check_fresh(&mut self, name: &Ident) -> Result_<()> {
        if name.name.ends_with("_lupdf") || name.name.ends_with("_lupmf") {
            let message = format!("`{}` cannot name a variable: `_lupdf` and `_lupmf` belong to densities", name.name);
            return Err(self.error(Diagnostic::error("E0203", name.span, message)));
        }
        if let Some(other) = self.scope.get(&name.name) {
            let span = other.span;
            let message = format!("`{}` is declared already", name.name);
            let diagnostic = Diagnostic::error("E0202", name.span, message)
                .with_label(span, "declared here")
                .with_hint("variables cannot hide others: choose another name");
            return Err(self.error(diagnostic));
        }
        Ok(())
    }

    /// Notes that nothing has this name, and suggests what may have been meant.
    pub(super) fn unknown_name(&mut self, code: &'static str, name: &str, span: Span, what: &str) -> Reported {
        let mut diagnostic = Diagnostic::error(code, span, format!("no {what} is called `{name}`"));
        if self.diagnostics.len() < MAX_SUGGESTIONS
            && let Some(near) = self.nearest(name)
        {
            diagnostic = diagnostic.with_hint(format!("did you mean `{near}`?"));
        }
        self.error(diagnostic)
    }

    /// The name in scope or in the library that is most like `name`, if any is like it.
    pub(super) fn nearest(&self, name: &str) -> Option<String> {
        let own = self.scope.variables.keys().chain(self.functions_by_name.keys()).map(String::as_str);
        let library = catalogue::function_names().chain(catalogue::variadics().iter().map(|v| v.name));
        let suffixed = ["_lpdf", "_lpmf", "_rng"].map(|suffix| format!("{name}{suffix}"));
        if let Some(found) = suffixed.into_iter().find(|candidate| catalogue::is_function(candidate)) {
            return Some(found);
        }
        // One's own names win over the library's at the same distance.
        let near = |candidates: &mut dyn Iterator<Item = &str>| -> Option<(usize, String)> {
            let close = candidates.filter_map(|candidate| {
                let limit = (name.len().min(candidate.len()) / 3).clamp(1, 4);
                let distance = edit_distance(name, candidate, limit)?;
                (distance < name.len()).then(|| (distance, candidate.to_string()))
            });
            close.min()
        };
        match (near(&mut own.into_iter()), near(&mut library.into_iter())) {
            (Some(own), Some(library)) => Some(if library.0 < own.0 { library.1 } else { own.1 }),
            (own, library) => own.or(library).map(|(_, name)| name),
        }
    }

    /// Whether a variable of this block and type can depend on parameters, as the rules of the language see it here.
    pub(super) fn dependence(&self, block: Block, ty: &Type) -> Dependence {
        match ty.unwrap_array().0 {
            Type::Tuple(items) => Dependence::Items(items.iter().map(|item| self.dependence(block, item)).collect()),
            element => {
                let possible =
                    matches!(block, Block::Parameters | Block::TransformedParameters | Block::Model | Block::Functions);
                if possible && !element.is_integral() && self.context.block != Block::GeneratedQuantities {
                    Dependence::Parameters
                } else {
                    Dependence::Data
                }
            }
        }
    }
}

/// The number of insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`; `None` where it
/// exceeds `limit`.
fn edit_distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substitution = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substitution.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().all(|&distance| distance > limit) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    Some(above[b.len()]).filter(|&distance| distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::edit_distance;

    #[test]
    fn distances() {
        assert_eq!(edit_distance("normal_lpdf", "norml_lpdf", 3), Some(1));
        assert_eq!(edit_distance("theta", "thtea", 3), Some(1));
        assert_eq!(edit_distance("mu", "sigma", 2), None);
        assert_eq!(edit_distance("kitten", "sitting", 3), Some(3));
    }
}
