//! What no density depends on.

use crate::dice::Dice;
use crate::syntax::{binary, call, declare, for_loop, int, items, real, statement, tilde, var};
use crate::types::{Scope, Ty, fresh, scope};
use ppl_grammar::ast::{BinaryOp, Program, SizedTypeKind, StatementKind};

/// Adds data, computations or generated quantities that nothing uses.
pub fn add(program: &mut Program, dice: &mut Dice) -> bool {
    for _ in 0..1 + dice.below(3) {
        one(program, dice);
    }
    true
}

/// A parameter that is a number or vector, or of data the number of rows.
fn some(scope: &Scope, dice: &mut Dice) -> String {
    let plain = |name: &&String| matches!(scope.variables.get(*name), Some(Ty::Real | Ty::Vector(_)));
    let names: Vec<&String> = scope.parameters.iter().filter(plain).collect();
    names[dice.below(names.len())].clone()
}

fn one(program: &mut Program, dice: &mut Dice) {
    let scope = scope(program);
    let name = fresh(program, dice.pick(&["dead", "unused", "spare"]));
    let used = some(&scope, dice);
    let value = match scope.variables[&used] {
        Ty::Real => binary(BinaryOp::Times, var(&used), var(&used)),
        _ => call("sum", vec![var(&used)]),
    };
    match dice.below(10) {
        0 => items(&mut program.transformed_data).push(declare(SizedTypeKind::Real, &name, Some(real("2.5")))),
        1 => items(&mut program.transformed_parameters).push(declare(SizedTypeKind::Real, &name, Some(value))),
        2 => items(&mut program.model).insert(0, declare(SizedTypeKind::Real, &name, Some(value))),
        3 => items(&mut program.generated_quantities).push(declare(SizedTypeKind::Real, &name, Some(value))),
        4 => items(&mut program.model).push(statement(StatementKind::Print(vec![var(&used)]))),
        5 => items(&mut program.model).push(statement(StatementKind::TargetPlus(real("0.25")))),
        6 => items(&mut program.model).push(statement(StatementKind::Skip)),
        7 => {
            // a loop that fills what nothing reads
            let vector = SizedTypeKind::Vector(int(3));
            let counter = fresh(program, "dead_index");
            let target = crate::syntax::at(var(&name), var(&counter));
            let fill = crate::syntax::assign(target, var(&counter));
            let model = items(&mut program.model);
            model.push(declare(vector, &name, None));
            model.push(for_loop(&counter, int(1), int(3), vec![fill]));
        }
        8 => items(&mut program.data).push(declare(SizedTypeKind::Real, &name, None)),
        // numbers only: a constant
        _ => items(&mut program.model).push(tilde(real("0.5"), "normal", vec![int(0), int(1)])),
    }
}
