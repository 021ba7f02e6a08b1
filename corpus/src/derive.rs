//! From a program back to its derivation.
//!
//! A derivation is proposed from the terms that the canonical text shows ([`marks`]) and accepted only if its own text is that text, so
//! what is found is right ([`search`]). Two questions can be asked: [`derive`] wants the very text; [`derive_structure`] compares
//! [skeletons](skeleton), in which priors that depend on no parameter are left out, and so are bounds.

mod colours;
mod marks;
mod search;
mod skeleton;
pub(crate) mod table;

use crate::derivation::Derivation;
use crate::grammar::Grammar;
use crate::schema::Schema;
use ppl_canonical::{Canonical, Level, Options, canonicalise};
use ppl_grammar::ast;
use ppl_program::typed;
use search::{Memory, Search, Target};
use table::Table;

/// Why a program has no derivation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outside {
    #[error("{0}")]
    Canonical(String),
    /// Its data are no table: one outcome, columns of the same length, groups.
    #[error("its data are no table that the grammar knows: {0}")]
    Table(String),
    /// No rule of the start symbol has outcomes of these distributions.
    #[error("no rule has outcomes by {0}")]
    Families(String),
    /// What no term explains, without the names of parameters.
    #[error("no term is {0}")]
    Terms(String),
    /// Every term is there, but the text of no derivation is this one.
    #[error("no derivation of the grammar has this text")]
    Text,
}

impl Outside {
    /// How near the search came.
    fn rank(&self) -> usize {
        match self {
            Outside::Canonical(_) => 0,
            Outside::Table(_) => 1,
            Outside::Families(_) => 2,
            Outside::Terms(_) => 3,
            Outside::Text => 4,
        }
    }
}

/// Finds derivations of many programs, faster with each: what terms look like is kept.
pub struct Deriver<'g> {
    grammar: &'g Grammar,
    memory: Memory,
}

impl<'g> Deriver<'g> {
    pub fn new(grammar: &'g Grammar) -> Deriver<'g> {
        Deriver { grammar, memory: Memory::default() }
    }

    /// The table that a program describes, and its derivation.
    ///
    /// # Errors
    /// The program is outside the grammar, as far as this search sees.
    pub fn derive(&self, source: &typed::Program) -> Result<(Schema, Derivation), Outside> {
        let own = canonical(source, true)?;
        // the names of data say which column is which, where they are those of a table
        if table::is_named(&own.program) {
            let table = table::read(&own.program)?;
            return self.search(&table, Target::Exact(own.text));
        }
        let table = table::read(&canonical(source, false)?.program)?;
        let text = canonical(&checked(&table.program)?, true)?.text;
        self.search(&table, Target::Exact(text))
    }

    /// A derivation whose skeleton is that of the program: the same outcome and terms, with priors of the grammar. Columns that the program
    /// computes from data are columns; three columns stand for a matrix of predictors.
    ///
    /// # Errors
    /// As [`Deriver::derive`].
    pub fn structure(&self, source: &typed::Program) -> Result<(Schema, Derivation), Outside> {
        let own = canonical(source, false)?.program;
        let mut reason = None;
        // squares and products of columns are terms first, and columns where that is no way
        for coarse in [false, true] {
            let found = skeleton::of_human(&own, coarse).and_then(|program| {
                let table = table::read(&program)?;
                let text = canonical(&checked(&table.program)?, true)?.text;
                self.search(&table, Target::Skeleton(text))
            });
            match found {
                Ok(found) => return Ok(found),
                Err(why) if reason.as_ref().is_none_or(|old: &Outside| why.rank() > old.rank()) => reason = Some(why),
                Err(_) => {}
            }
        }
        Err(reason.unwrap_or(Outside::Text))
    }

    /// Asks for each kind of outcome that the declaration of the outcome admits.
    fn search(&self, table: &Table, target: Target) -> Result<(Schema, Derivation), Outside> {
        let mut reason = Outside::Families("such a table".into());
        for schema in &table.schemas {
            let Some(language) = crate::choices::Language::new(self.grammar, schema) else { continue };
            match Search::new(self.grammar, schema, &language, &target, &self.memory)?.start() {
                Ok(derivation) => return Ok((schema.clone(), derivation)),
                Err(why) if why.rank() >= reason.rank() => reason = why,
                Err(_) => {}
            }
        }
        Err(reason)
    }
}

/// As [`Deriver::derive`], of one program.
///
/// # Errors
/// As there.
pub fn derive(grammar: &Grammar, source: &typed::Program) -> Result<(Schema, Derivation), Outside> {
    Deriver::new(grammar).derive(source)
}

/// As [`Deriver::structure`], of one program.
///
/// # Errors
/// As there.
pub fn derive_structure(grammar: &Grammar, source: &typed::Program) -> Result<(Schema, Derivation), Outside> {
    Deriver::new(grammar).structure(source)
}

/// Whether a program is a regression: one outcome in a table, whose distribution takes a predictor that is linear in coefficients and in
/// effects of groups and rows, however they depend on each other.
pub fn is_regression(source: &typed::Program) -> bool {
    let Ok(own) = canonical(source, false) else { return false };
    [false, true].into_iter().any(|coarse| {
        let table = skeleton::of_human(&own.program, coarse).and_then(|program| table::read(&program));
        let text = table.and_then(|table| Ok(canonical(&checked(&table.program)?, true)?.program));
        text.is_ok_and(|program| marks::Marks::of(&program).is_linear())
    })
}

fn canonical(source: &typed::Program, data_names: bool) -> Result<Canonical, Outside> {
    canonicalise(source, Options { level: Level::Law, data_names }).map_err(|e| Outside::Canonical(e.to_string()))
}

fn checked(program: &ast::Program) -> Result<typed::Program, Outside> {
    let first = |found: Vec<ppl_grammar::diagnostic::Diagnostic>| {
        let error = found.into_iter().find(|d| d.is_error());
        Outside::Table(error.map(|d| d.message).unwrap_or_default())
    };
    ppl_program::check(program).map(|checked| checked.program).map_err(first)
}

/// The name and type of a declaration.
fn declared(statement: &ast::Statement) -> Option<(&str, &ast::SizedType)> {
    match &statement.kind {
        ast::StatementKind::Declare { ty, variables, .. } => Some((&variables.first()?.0.name, ty)),
        _ => None,
    }
}

fn items(block: &Option<ast::Block<ast::Statement>>) -> &[ast::Statement] {
    block.as_ref().map(|block| block.items.as_slice()).unwrap_or_default()
}
