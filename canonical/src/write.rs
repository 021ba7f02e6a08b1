//! From a form to a program: vectors where the elements allow it, loops where they do not.

mod branches;
mod code;
mod factors;
mod functions;
mod lift;
mod names;
mod program;
mod scalars;
pub mod syntax;

use crate::form::Form;
use crate::order::Order;
use crate::term::Var;
use ppl_grammar::ast;
use std::collections::{HashMap, HashSet};

/// What a written variable was called in the program that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renaming {
    pub from: String,
    pub to: String,
}

/// A program, and the names its data and parameters had.
pub struct Written {
    pub program: ast::Program,
    pub renamings: Vec<Renaming>,
}

/// Writes a form. With `names`, data keep their names.
pub fn write(form: &mut Form, names: bool) -> Written {
    let order = Order::new(form, names);
    let writer = Writer {
        order,
        names: HashMap::new(),
        taken: HashSet::new(),
        keep_data: names,
        counts: HashMap::new(),
        loops: Vec::new(),
        before: Vec::new(),
        functions: HashMap::new(),
        form,
    };
    writer.program()
}

struct Writer<'a> {
    form: &'a mut Form,
    order: Order,
    names: HashMap<Var, String>,
    taken: HashSet<String>,
    keep_data: bool,
    /// How many variables share a base name.
    counts: HashMap<&'static str, usize>,
    /// Names of the loops around, outermost first.
    loops: Vec<String>,
    /// Statements that the statement at hand needs before it.
    before: Vec<ast::Statement>,
    /// Names of user functions.
    functions: HashMap<usize, String>,
}
