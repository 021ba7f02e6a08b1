//! The program of a table for the table as it is written down: its units stand in `transformed data`.
//!
//! ```stan
//! transformed data {
//!   vector[N] y_std = (y - 20) / 10;
//!   vector[N] x1_std = (x1 - 3.25) / 1.5;
//! }
//! ```

use super::table::{Table, Values};
use super::units::Units;
use crate::derive::table::Rename;
use crate::schema::{ColumnKind, Outcome, Schema};
use ppl_canonical::write::syntax::{binary, expr, ident, number, statement, variable};
use ppl_grammar::ast::{
    BinaryOp, Block, Expr, ExprKind, Program, SizedType, SizedTypeKind, Statement, StatementKind, Transform,
};
use ppl_grammar::walk::walk_statement;
use std::collections::HashMap;

/// The units of a table: of the outcome, and of each column.
#[derive(Clone, Debug, PartialEq)]
pub struct TableUnits {
    pub outcome: Units,
    /// As in the schema.
    pub columns: Vec<Units>,
}

impl TableUnits {
    /// Those of a raw table.
    pub fn of(raw: &Table) -> TableUnits {
        let kinds = raw.schema.columns.iter().map(|column| column.kind);
        TableUnits {
            outcome: Units::of_outcome(raw.schema.outcome, &raw.outcome),
            columns: kinds.zip(&raw.columns).map(|(kind, values)| Units::of_column(kind, values)).collect(),
        }
    }

    /// Units that a simulated table could have had.
    pub fn random<R: rand::Rng + ?Sized>(schema: &Schema, rng: &mut R) -> TableUnits {
        TableUnits {
            outcome: Units::random(schema.outcome, rng),
            columns: schema.columns.iter().map(|column| Units::random_column(column.kind, rng)).collect(),
        }
    }

    /// A table in units, as it would have been written down.
    pub fn to_raw(&self, table: &Table) -> Table {
        self.each(table, Units::to_raw)
    }

    /// A raw table in these units.
    pub fn of_raw(&self, table: &Table) -> Table {
        self.each(table, Units::of_raw)
    }

    fn each(&self, table: &Table, f: fn(Units, f64) -> f64) -> Table {
        let mut table = table.clone();
        let cells = self.columns.iter().zip(&mut table.columns).chain([(&self.outcome, &mut table.outcome)]);
        for (units, values) in cells {
            if let Values::Real(x) = values
                && !units.is_none()
            {
                x.iter_mut().for_each(|x| *x = f(*units, *x));
            }
        }
        table
    }
}

/// The program that takes the raw table. Its log density is that of the program in units; the density of raw outcomes is smaller by
/// [`Units::log_jacobian`].
pub fn on_raw_table(program: &Program, schema: &Schema, units: &TableUnits) -> Program {
    let mut program = program.clone();
    let declared: Vec<String> =
        program.data.iter().flat_map(|block| &block.items).flat_map(crate::grammar::declared).collect();
    let columns = schema.columns.iter().map(|column| (column.name.as_str(), column.kind)).zip(&units.columns);
    let mut computed = Vec::new();
    let mut names = HashMap::new();
    for (name, kind, units) in columns
        .map(|((name, kind), units)| (name, Some(kind), *units))
        .chain([("y", None, units.outcome)])
        .filter(|(name, _, units)| !units.is_none() && declared.iter().any(|own| own == name))
    {
        debug_assert!(kind.is_none_or(|kind| matches!(kind, ColumnKind::Real | ColumnKind::Time)));
        let mut standard = format!("{name}_std");
        while declared.contains(&standard) {
            standard += "_";
        }
        let positive = kind.is_none() && schema.outcome == Outcome::Positive;
        computed.push(declaration(&standard, positive, in_units(name, units)));
        names.insert(name.to_string(), standard);
    }
    if computed.is_empty() {
        return program;
    }
    let mut rename = Rename { names: &names };
    let blocks = [
        &mut program.transformed_data,
        &mut program.parameters,
        &mut program.transformed_parameters,
        &mut program.model,
        &mut program.generated_quantities,
    ];
    for block in blocks.into_iter().flatten() {
        block.items.iter_mut().for_each(|statement| walk_statement(&mut rename, statement));
    }
    match &mut program.transformed_data {
        Some(block) => {
            computed.append(&mut block.items);
            block.items = computed;
        }
        none => *none = Some(Block { items: computed, span: Default::default() }),
    }
    program
}

/// `(name - origin) / unit`
fn in_units(name: &str, units: Units) -> Expr {
    let raw = variable(name);
    let moved = match units.origin == 0.0 {
        true => raw,
        false if units.origin < 0.0 => binary(BinaryOp::Plus, raw, number(-units.origin)),
        false => binary(BinaryOp::Minus, raw, number(units.origin)),
    };
    match units.unit == 1.0 {
        true => moved,
        false => {
            let whole = match moved.kind {
                ExprKind::Variable(_) => moved,
                _ => expr(ExprKind::Paren(Box::new(moved))),
            };
            binary(BinaryOp::Divide, whole, number(units.unit))
        }
    }
}

/// `vector[N] name = value;`
fn declaration(name: &str, positive: bool, value: Expr) -> Statement {
    let transform = Transform { lower: positive.then(|| Box::new(number(0.0))), ..Transform::default() };
    let ty = SizedType { kind: SizedTypeKind::Vector(variable("N")), transform, span: Default::default() };
    statement(StatementKind::Declare { annotations: Vec::new(), ty, variables: vec![(ident(name), Some(value))] })
}
