//! How often a statement is executed, where that depends on data alone.

use crate::build;
use crate::reverse::with_body;
use crate::step::{Step, Uses};
use crate::unparse::Unparse;
use ppl_grammar::ast;
use ppl_program::typed::*;

/// Statements for `transformed data` that add 1 to `counter` each time `wanted` (a step of `model`, by identity) is executed: the control flow around it and
/// what that is computed from. `None` where parameters have a say.
pub fn executions(unparse: &Unparse, model: &[Step], wanted: &Step, counter: &str) -> Option<Vec<ast::Statement>> {
    let counting = Counting { unparse, wanted, counter };
    contains(model, wanted).then(|| counting.steps(model)).flatten()
}

struct Counting<'a> {
    unparse: &'a Unparse<'a>,
    wanted: &'a Step,
    counter: &'a str,
}

fn contains(steps: &[Step], wanted: &Step) -> bool {
    let mut found = false;
    steps.iter().for_each(|s| s.for_each(&mut |s| found |= std::ptr::eq(s, wanted)));
    found
}

impl Counting<'_> {
    fn is_data(&self, v: &VarId) -> bool {
        self.unparse.program.variable(*v).level == Level::Data
    }

    fn steps(&self, steps: &[Step]) -> Option<Vec<ast::Statement>> {
        let mut out = Vec::new();
        for step in steps {
            if std::ptr::eq(step, self.wanted) {
                out.push(build::add_to(build::lvalue(self.counter), build::int(1)));
                continue;
            }
            let has_wanted = contains(std::slice::from_ref(step), self.wanted);
            match step {
                Step::Plain(statement) => {
                    let uses = Uses::of(step);
                    let known = uses.reads.iter().chain(&uses.assigns).chain(&uses.declares).all(|v| self.is_data(v));
                    if known && !matches!(statement.kind, StatementKind::Print(_)) {
                        out.push(self.unparse.statement(statement));
                    } else if leaves(statement) {
                        return None;
                    }
                }
                Step::Loop { header, body } => {
                    let known = Uses::of(&Step::Plain(header.clone())).reads.iter().all(|v| self.is_data(v));
                    match known {
                        true => out.push(with_body(self.unparse.statement(header), self.steps(body)?)),
                        false if has_wanted => return None,
                        false => {}
                    }
                }
                Step::Branch { condition, then, otherwise, .. } => {
                    let mut uses = Uses::default();
                    uses.reads_of(condition);
                    match uses.reads.iter().all(|v| self.is_data(v)) {
                        true => {
                            let (then, otherwise) = (self.steps(then)?, self.steps(otherwise)?);
                            out.push(build::if_else(self.unparse.expr(condition), then, otherwise));
                        }
                        false if has_wanted => return None,
                        false => {}
                    }
                }
                _ => {}
            }
        }
        Some(out)
    }
}

/// Whether a statement ends loops or the block.
fn leaves(statement: &Statement) -> bool {
    let mut found = false;
    statement.for_each(&mut |s| {
        found |= matches!(s.kind, StatementKind::Break | StatementKind::Continue | StatementKind::Return(_));
    });
    found
}
