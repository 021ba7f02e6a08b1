//! Statements that stay statements: recursions in time, `while`, and whatever else has no reading as terms.
//!
//! Variables that they write are kept as variables, and what was known of them before becomes their first value.

use super::densities::Density;
use super::statements::assigned;
use super::{Reader, Stop, Update, Value};
use crate::form::{Code, Factor, FactorKind, Slot};
use crate::term::{Fun, Id, Var, Variable};
use ppl_program::typed::{Access, Callee, Expr, Index, LValue, Level, Statement, StatementKind, Type, VarId};

impl Reader<'_> {
    /// Keeps a statement of the outermost level.
    pub(super) fn keep(&mut self, statement: &Statement) {
        self.keeping = true;
        for variable in assigned(statement) {
            if self.environment.contains_key(&variable) {
                let code = self.keep_variable(variable);
                self.code.extend(code);
            }
        }
        let code = self.code_of(statement);
        self.code.extend(code);
        self.keeping = false;
    }

    /// Makes a variable of what was a value.
    fn keep_variable(&mut self, variable: VarId) -> Vec<Code> {
        let Some(value) = self.environment.get(&variable).cloned() else { return Vec::new() };
        let (first, updates): (Option<Id>, Vec<Update>) = match value {
            Value::Kept(_) => return Vec::new(),
            Value::Term(term, _) => (Some(term), Vec::new()),
            Value::Partial { base, updates } => (base.map(|(term, _)| term), updates),
        };
        let var = self.kept(variable);
        let assign = |update: Update| {
            let path = update.indices.into_iter().map(Slot::At).collect();
            Code::Assign(var, path, update.value)
        };
        std::iter::once(Code::Declare(var, first)).chain(updates.into_iter().map(assign)).collect()
    }

    /// Declares a variable that statements write.
    fn kept(&mut self, variable: VarId) -> Var {
        let own = self.program.variable(variable);
        let (ty, sizes) = match self.shapes.get(&variable) {
            Some(shape) => (shape.ty.clone(), shape.sizes.clone()),
            None => (own.ty.clone(), Vec::new()),
        };
        let parametric = own.level == Level::Parameter;
        let var = self.terms.declare(Variable { name: own.name.clone(), ty, sizes, parametric });
        self.environment.insert(variable, Value::Kept(var));
        var
    }

    /// A term; while keeping, every variable that is in scope has one.
    fn term(&mut self, e: &Expr) -> Id {
        self.expression(e).unwrap_or_else(|Stop| {
            // a variable that is read before it is assigned, or whose elements are only partly known
            let mut missing = Vec::new();
            e.for_each(&mut |inner| {
                if let ppl_program::typed::ExprKind::Variable(variable) = inner.kind {
                    missing.push(variable);
                }
            });
            for variable in missing {
                if matches!(self.environment.get(&variable), Some(Value::Partial { .. }) | None) {
                    let code = self.keep_variable(variable);
                    self.code.extend(code);
                }
            }
            self.expression(e).unwrap_or_else(|Stop| {
                self.failed = true;
                self.terms.int(0)
            })
        })
    }

    fn terms_of(&mut self, items: &[Expr]) -> Vec<Id> {
        items.iter().map(|item| self.term(item)).collect()
    }

    fn block(&mut self, statement: &Statement) -> Vec<Code> {
        self.code_of(statement)
    }

    fn slots(&mut self, target: &LValue) -> Vec<Slot> {
        let mut slots = Vec::new();
        for access in &target.path {
            match access {
                Access::Project(place) => slots.push(Slot::Project(*place)),
                Access::Index(indices) => {
                    for index in indices {
                        slots.push(match index {
                            Index::All => Slot::All,
                            Index::Single(e) | Index::Multi(e) => Slot::At(self.term(e)),
                            Index::From(e) => Slot::From(self.term(e)),
                            Index::To(e) => Slot::To(self.term(e)),
                            Index::Between(a, b) => Slot::Between(self.term(a), self.term(b)),
                        });
                    }
                }
            }
        }
        slots
    }

    fn target(&mut self, target: &LValue) -> (Var, Vec<Slot>) {
        let var = match self.environment.get(&target.variable) {
            Some(Value::Kept(var)) => *var,
            _ => self.kept(target.variable),
        };
        (var, self.slots(target))
    }

    fn code_of(&mut self, statement: &Statement) -> Vec<Code> {
        let one = |code: Code| vec![code];
        match &statement.kind {
            StatementKind::Declare(declaration) => {
                if self.shape(declaration).is_err() {
                    self.failed = true;
                }
                let value = declaration.initial.as_ref().map(|e| self.term(e));
                let var = self.kept(declaration.variable);
                one(Code::Declare(var, value))
            }
            StatementKind::Assign { target, value } => {
                let value = self.term(value);
                let (var, path) = self.target(target);
                one(Code::Assign(var, path, value))
            }
            StatementKind::AssignTuple { targets, value } => {
                let value = self.term(value);
                let targets = targets.iter().map(|target| self.target(target)).collect();
                one(Code::Unpack(targets, value))
            }
            StatementKind::Call { function, arguments } => {
                let arguments = self.terms_of(arguments);
                let fun = match function {
                    Callee::User { function, form } => Fun::User { function: *function, form: *form },
                    Callee::Library(name) => Fun::Library(name.as_str().into()),
                    Callee::Operator(op) => Fun::Operator(*op),
                    Callee::Distribution { family, form } => {
                        Fun::Density { family: family.as_str().into(), form: *form }
                    }
                };
                one(Code::Call(fun, arguments))
            }
            StatementKind::TargetPlus(e) => {
                let term = self.term(e);
                one(Code::Factor(Factor::new(FactorKind::Add(term))))
            }
            StatementKind::JacobianPlus(e) => {
                let term = self.term(e);
                one(Code::Factor(Factor::new(FactorKind::Jacobian(term))))
            }
            StatementKind::Tilde { density, outcome, arguments, truncation } => {
                let outcome = self.term(outcome);
                let arguments = self.terms_of(arguments);
                let truncation = truncation.as_ref().map(|t| {
                    let lower = t.lower.as_ref().map(|e| self.term(e));
                    (lower, t.upper.as_ref().map(|e| self.term(e)))
                });
                let fun = self.density_function(density);
                let Ok(fun) = fun else { return Vec::new() };
                // the factors of one statement, in place of the list they would go to
                let (first, guards) = (self.factors.len(), std::mem::take(&mut self.guards));
                self.density(Density { fun, outcome, arguments, truncation });
                self.guards = guards;
                self.factors.split_off(first).into_iter().map(Code::Factor).collect()
            }
            StatementKind::If { condition, then, otherwise } => {
                let condition = self.term(condition);
                let then = self.block(then);
                let otherwise = otherwise.as_ref().map(|s| self.block(s)).unwrap_or_default();
                one(Code::If(condition, then, otherwise))
            }
            StatementKind::While { condition, body } => {
                let condition = self.term(condition);
                one(Code::While(condition, self.block(body)))
            }
            StatementKind::For { variable, lower, upper, body } => {
                let (lower, upper) = (self.term(lower), self.term(upper));
                let var = self.loop_variable(*variable, Type::Int, Vec::new());
                one(Code::For(var, lower, upper, self.block(body)))
            }
            StatementKind::ForEach { variable, range, body } => {
                let range = self.term(range);
                let ty = self.program.variable(*variable).ty.clone();
                let sizes = self.terms.sizes(range).into_iter().skip(1).collect();
                let var = self.loop_variable(*variable, ty, sizes);
                one(Code::ForEach(var, range, self.block(body)))
            }
            StatementKind::Block(body) | StatementKind::Profile { body, .. } => {
                body.iter().flat_map(|inner| self.code_of(inner)).collect()
            }
            StatementKind::Break => one(Code::Break),
            StatementKind::Continue => one(Code::Continue),
            StatementKind::Return(value) => one(Code::Return(value.as_ref().map(|e| self.term(e)))),
            StatementKind::Reject(_) | StatementKind::FatalError(_) => one(Code::Reject),
            StatementKind::Print(_) | StatementKind::Skip => Vec::new(),
        }
    }

    fn loop_variable(&mut self, variable: VarId, ty: Type, sizes: Vec<Id>) -> Var {
        let own = self.program.variable(variable);
        let parametric = own.level == Level::Parameter;
        let var = self.terms.declare(Variable { name: own.name.clone(), ty, sizes, parametric });
        self.environment.insert(variable, Value::Kept(var));
        var
    }
}
