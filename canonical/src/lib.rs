//! The canonical form of Stan programs: one spelling for each model.
//!
//! ```text
//! typed::Program --- read ---> Form (terms, factors) --- rules ---> Form --- write ---> ast::Program, text
//! ```
//!
//! Reading runs the program on [terms](term), which are equal where arithmetic says so; [rules] are identities of densities, one
//! a file; writing puts everything in an order that only meaning decides, and turns loops into vectors.

pub mod form;
mod functions;
pub mod order;
pub mod read;
pub mod rules;
pub mod term;
pub mod write;

use ppl_grammar::ast;
use ppl_grammar::format::{Parentheses, print_program};
use ppl_program::check;
use ppl_program::typed::{Program, SizedType, StatementKind};
pub use rules::Level;
pub use write::Renaming;
use write::Written;

/// Version of the canonical form: texts of different versions are not to be compared.
pub const VERSION: u32 = 1;

/// How to make the canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    pub level: Level,
    /// Data keep their names, as the columns of a table do, and are told apart by them.
    pub data_names: bool,
}

/// A canonical program.
#[derive(Clone, Debug)]
pub struct Canonical {
    pub program: ast::Program,
    /// The same, checked.
    pub typed: Program,
    pub text: String,
    /// Data and parameters whose name changed.
    pub renamings: Vec<Renaming>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the form has no place for.
    #[error("{0} has no canonical form")]
    Unsupported(String),
    /// The canonical text is not a program: a fault of this crate.
    #[error("the canonical form of this program is no valid program ({message}); please report it\n{text}")]
    Invalid { message: String, text: String },
}

/// The canonical form of a program.
///
/// # Errors
/// [`Error::Unsupported`] for tuples among data and parameters.
pub fn canonicalise(program: &Program, options: Options) -> Result<Canonical, Error> {
    for declaration in program.data.iter().chain(&program.parameters) {
        if matches!(element(&declaration.ty), SizedType::Tuple(_)) {
            return Err(Error::Unsupported("a tuple among data or parameters".into()));
        }
    }
    if program.transformed_data.iter().any(|s| matches!(s.kind, StatementKind::JacobianPlus(_))) {
        return Err(Error::Unsupported("`jacobian +=` in transformed data".into()));
    }
    let mut pass = once(program, options)?;
    // statements that stayed may have a reading now that they stand apart
    for _ in 0..PASSES {
        if pass.whole {
            break;
        }
        let mut again = once(&pass.canonical.typed, options)?;
        again.canonical.renamings = compose(&pass.canonical.renamings, again.canonical.renamings);
        let same = again.canonical.text == pass.canonical.text;
        pass = again;
        if same {
            break;
        }
    }
    Ok(pass.canonical)
}

/// How often a program with statements that stay is read again.
const PASSES: usize = 5;

struct Pass {
    canonical: Canonical,
    /// No statement stayed, and nothing was decided by the order of the text.
    whole: bool,
}

fn once(program: &Program, options: Options) -> Result<Pass, Error> {
    let mut last = Error::Unsupported("this program".into());
    // one-dimensional containers of real numbers become vectors, unless a function wants them as they were
    for plain in [true, false] {
        let Some(mut form) = read::read(program, plain) else { continue };
        rules::apply(&mut form, options.level);
        let whole = form.code.is_empty() && !form.terms.arbitrary;
        let written = write::write(&mut form, options.data_names);
        let text = print_program(&written.program, Parentheses::Minimal);
        match check(&written.program) {
            Ok(checked) => {
                let Written { program, renamings } = written;
                return Ok(Pass { canonical: Canonical { program, typed: checked.program, text, renamings }, whole });
            }
            Err(diagnostics) => {
                let message = diagnostics.iter().find(|d| d.is_error()).map(|d| d.message.clone()).unwrap_or_default();
                last = Error::Invalid { message, text };
            }
        }
    }
    Err(last)
}

/// Names of the first program in the last one.
fn compose(first: &[Renaming], second: Vec<Renaming>) -> Vec<Renaming> {
    let mut all = Vec::new();
    let mut rest = second;
    for renaming in first {
        let to = match rest.iter().position(|r| r.from == renaming.to) {
            Some(place) => rest.remove(place).to,
            None => renaming.to.clone(),
        };
        all.push(Renaming { from: renaming.from.clone(), to });
    }
    all.extend(rest);
    all.retain(|r| r.from != r.to);
    all
}

fn element(ty: &SizedType) -> &SizedType {
    match ty {
        SizedType::Array(inner, _) => element(inner),
        other => other,
    }
}
