//! Data blocks as tables.

use super::{Outside, declared, items};
use crate::schema::{Column, ColumnKind, Outcome, Schema};
use crate::text::levels;
use ppl_grammar::ast::{Expr, ExprKind, Index, Program, SizedType, SizedTypeKind, Statement, StatementKind};
use ppl_grammar::format;
use ppl_grammar::walk::{VisitMut, walk_program};
use std::collections::{BTreeMap, HashMap};

/// A program whose data are a table, with the names of the table.
pub(crate) struct Table {
    pub(crate) program: Program,
    /// One for each kind of outcome that the declaration admits.
    pub(crate) schemas: Vec<Schema>,
    /// Names of the data, and what the table calls them.
    pub(crate) names: HashMap<String, String>,
}

/// Whether the data have a variable.
pub(crate) fn declares(program: &Program, name: &str) -> bool {
    items(&program.data).iter().any(|statement| is_declaration_of(statement, name))
}

pub(crate) fn is_declaration_of(statement: &Statement, name: &str) -> bool {
    declared(statement).is_some_and(|(own, _)| own == name)
}

/// Whether all data have the names of a table: `N`, `K`, `y`, `x1`, ..., `J_g1`, ..., `t`, `n`.
pub(super) fn is_named(program: &Program) -> bool {
    items(&program.data).iter().filter_map(declared).all(|(name, ty)| {
        let sized = name == "N" || name == "K" || name.starts_with("J_");
        match sized {
            true => ty.kind == SizedTypeKind::Int,
            false => name == "y" || kind_of_name(name, ty).is_some(),
        }
    })
}

fn kind_of_name(name: &str, ty: &SizedType) -> Option<ColumnKind> {
    let kind = ColumnKind::ALL.into_iter().find(|kind| {
        let number = name.strip_prefix(kind.prefix());
        number.is_some_and(|n| match kind {
            ColumnKind::Time | ColumnKind::Trials => n.is_empty(),
            _ => !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()),
        })
    })?;
    let vector = matches!(ty.kind, SizedTypeKind::Vector(_));
    let wants = matches!(kind, ColumnKind::Real | ColumnKind::Binary | ColumnKind::Time);
    (vector == wants).then_some(kind)
}

/// Reads the data of a canonical program as a table.
///
/// # Errors
/// There is no single outcome, or something is no column.
pub(crate) fn read(program: &Program) -> Result<Table, Outside> {
    let mut program = program.clone();
    let named = is_named(&program);
    let data = items(&program.data);
    let other = |text: String| Err(Outside::Table(text));
    let outcome = data.iter().filter_map(declared).find(|(name, _)| *name == "y");
    let Some((outcome, rows, categories)) = outcome.and_then(|(_, ty)| outcomes_of(ty)) else {
        return other("there is no single outcome".into());
    };
    let mut names: HashMap<String, String> = HashMap::from([(rows.clone(), "N".to_string())]);
    let mut columns = Vec::new();
    let mut counts: BTreeMap<ColumnKind, usize> = BTreeMap::new();
    let mut ints: Vec<String> = Vec::new();
    for statement in data {
        let Some((name, ty)) = declared(statement).filter(|(name, _)| *name != "y") else { continue };
        let mut groups = None;
        let kind = match &ty.kind {
            SizedTypeKind::Int => {
                ints.push(name.to_string());
                continue;
            }
            SizedTypeKind::Vector(n) if format::expression(n) == rows => ColumnKind::Real,
            SizedTypeKind::Array(element, sizes)
                if element.kind == SizedTypeKind::Int && sizes.iter().map(format::expression).eq([rows.clone()]) =>
            {
                groups = element.transform.upper.as_deref().map(format::expression);
                groups = groups.or_else(|| levels_by_use(&program, name));
                if groups.is_some() { ColumnKind::Group } else { ColumnKind::Trials }
            }
            _ => return other(format!("a column is {}", kind_words(ty))),
        };
        let kind = if named { kind_of_name(name, ty).unwrap_or(kind) } else { kind };
        let number = counts.entry(kind).or_default();
        *number += 1;
        let column = match kind {
            _ if named => name.to_string(),
            ColumnKind::Time | ColumnKind::Trials => kind.prefix().to_string(),
            _ => format!("{}{number}", kind.prefix()),
        };
        if kind == ColumnKind::Trials && *number > 1 {
            return other("there are several columns of whole numbers".into());
        }
        if let Some(groups) = groups
            && names.insert(groups, levels(&column)).is_some()
        {
            return other("two columns have the same groups".into());
        }
        names.insert(name.to_string(), column.clone());
        columns.push(Column { name: column, kind });
    }
    if !columns.iter().any(|column| column.kind == ColumnKind::Time) {
        columns.push(Column { name: "t".into(), kind: ColumnKind::Time });
    }
    ints.retain(|name| !names.contains_key(name));
    let has_categories = categories.is_some() || !ints.is_empty();
    match (categories, ints.as_slice()) {
        (Some(k), _) => drop(names.insert(k, "K".into())),
        (None, [k]) => drop(names.insert(k.clone(), "K".into())),
        _ => {}
    }
    columns.sort_by_key(|column| column.kind);
    let trials = columns.iter().any(|column| column.kind == ColumnKind::Trials);
    walk_program(&mut Rename { names: &names }, &mut program);
    let fits = |outcome: &Outcome| match outcome {
        Outcome::Successes => trials,
        Outcome::Ordinal | Outcome::Categorical => has_categories,
        _ => true,
    };
    let schemas = outcome.into_iter().filter(fits).map(|outcome| Schema { outcome, columns: columns.clone() });
    Ok(Table { schemas: schemas.collect(), program, names })
}

fn kind_words(ty: &SizedType) -> &'static str {
    match &ty.kind {
        SizedTypeKind::Real => "a number",
        SizedTypeKind::Vector(_) => "a vector of another length",
        SizedTypeKind::Matrix(..) => "a matrix",
        SizedTypeKind::Array(_, sizes) if sizes.len() > 1 => "an array of arrays",
        SizedTypeKind::Array(..) => "an array of another length",
        _ => "something else",
    }
}

/// The kinds of outcomes that a declaration may be, its size, and the number of categories where it says it.
fn outcomes_of(ty: &SizedType) -> Option<(Vec<Outcome>, String, Option<String>)> {
    match &ty.kind {
        SizedTypeKind::Vector(n) => {
            let kinds = vec![Outcome::Real, Outcome::Positive, Outcome::Bounded, Outcome::Angle];
            Some((kinds, format::expression(n), None))
        }
        SizedTypeKind::Array(element, sizes) if element.kind == SizedTypeKind::Int && sizes.len() == 1 => {
            let upper = element.transform.upper.as_deref().map(format::expression);
            let categories = upper.filter(|upper| upper.chars().next().is_some_and(char::is_alphabetic));
            let kinds =
                [Outcome::Count, Outcome::Binary, Outcome::Successes, Outcome::Ordinal, Outcome::Categorical].to_vec();
            Some((kinds, format::expression(&sizes[0]), categories))
        }
        _ => None,
    }
}

/// The size of a parameter that a column picks elements of.
fn levels_by_use(program: &Program, column: &str) -> Option<String> {
    struct Uses<'a> {
        column: &'a str,
        bases: Vec<(String, usize)>,
    }
    impl VisitMut for Uses<'_> {
        fn expr(&mut self, e: &mut Expr) {
            let ExprKind::Index { base, indices } = &e.kind else { return };
            let ExprKind::Variable(name) = &base.kind else { return };
            for (place, index) in indices.iter().enumerate() {
                let Index::Single(inner) = index else { continue };
                let picks = match &inner.kind {
                    ExprKind::Variable(own) => own == self.column,
                    ExprKind::Index { base, .. } => {
                        matches!(&base.kind, ExprKind::Variable(own) if own == self.column)
                    }
                    _ => false,
                };
                if picks {
                    self.bases.push((name.clone(), place));
                }
            }
        }
    }
    let mut uses = Uses { column, bases: Vec::new() };
    walk_program(&mut uses, &mut program.clone());
    uses.bases.iter().find_map(|(base, place)| {
        let ty = items(&program.parameters).iter().filter_map(declared).find(|(name, _)| name == base)?.1;
        match (&ty.kind, place) {
            (SizedTypeKind::Vector(n), 0) | (SizedTypeKind::Matrix(n, _), 0) | (SizedTypeKind::Matrix(_, n), 1) => {
                Some(format::expression(n))
            }
            _ => None,
        }
    })
}

/// Other names for variables.
pub(crate) struct Rename<'a> {
    pub(crate) names: &'a HashMap<String, String>,
}

impl VisitMut for Rename<'_> {
    fn expr(&mut self, e: &mut Expr) {
        if let ExprKind::Variable(name) = &mut e.kind
            && let Some(to) = self.names.get(name)
        {
            *name = to.clone();
        }
    }

    fn statement(&mut self, statement: &mut Statement) {
        if let StatementKind::Declare { variables, .. } = &mut statement.kind {
            for (name, _) in variables {
                if let Some(to) = self.names.get(&name.name) {
                    name.name = to.clone();
                }
            }
        }
    }
}
