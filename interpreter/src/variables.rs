//! Which variables belong to which function.

use ppl_program::typed::{Program, Statement, StatementKind, VarId};

/// For each function its arguments, local variables and loop variables.
pub(crate) fn of_functions(program: &Program) -> Vec<Vec<VarId>> {
    let of = |function: &ppl_program::typed::Function| {
        let mut out = function.arguments.clone();
        function.body.iter().for_each(|statement| declared(statement, &mut out));
        out
    };
    program.functions.iter().map(of).collect()
}

fn declared(statement: &Statement, out: &mut Vec<VarId>) {
    match &statement.kind {
        StatementKind::Declare(declaration) => out.push(declaration.variable),
        StatementKind::If { then, otherwise, .. } => {
            declared(then, out);
            if let Some(otherwise) = otherwise {
                declared(otherwise, out);
            }
        }
        StatementKind::While { body, .. } => declared(body, out),
        StatementKind::For { variable, body, .. } | StatementKind::ForEach { variable, body, .. } => {
            out.push(*variable);
            declared(body, out);
        }
        StatementKind::Block(statements) | StatementKind::Profile { body: statements, .. } => {
            statements.iter().for_each(|statement| declared(statement, out));
        }
        _ => {}
    }
}
