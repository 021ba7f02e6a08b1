//! Statements other than assignments and `~`, and how control leaves them.

use super::declarations::Place;
use super::overloads::{Conversion, conversion_cost, promote};
use super::scope::{Block, Declared};
use super::{Checker, Reported, Result_};
use crate::typed::{ExprKind, Level, Message, Origin, Statement, StatementKind, Type, VarId};
use ppl_grammar::ast::{self, StatementKind as Kind};
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::span::Span;

/// Whether control can reach the end of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// It cannot: every path returns or rejects.
    Complete,
    Incomplete,
    /// A `break` may leave the loop around it.
    Leaves,
}

impl Flow {
    /// Of two statements in sequence.
    fn then(self, next: Flow) -> Flow {
        match (self, next) {
            (Flow::Leaves, _) | (_, Flow::Leaves) => Flow::Leaves,
            (_, Flow::Complete) => Flow::Complete,
            _ => Flow::Incomplete,
        }
    }

    /// Of the two branches of an `if`.
    fn or(self, other: Flow) -> Flow {
        match (self, other) {
            (Flow::Leaves, _) | (_, Flow::Leaves) => Flow::Leaves,
            (Flow::Complete, Flow::Complete) => Flow::Complete,
            _ => Flow::Incomplete,
        }
    }

    /// Of a loop with a body of this flow.
    fn of_loop(self) -> Flow {
        if self == Flow::Complete { Flow::Complete } else { Flow::Incomplete }
    }
}

impl Checker {
    /// A block whose declarations are known to later blocks (but for `model`).
    pub(super) fn statements_block(&mut self, block: &ast::Block<ast::Statement>) -> Vec<Statement> {
        let place = if self.context.block == Block::Model { Place::Local } else { Place::Global };
        let mut all = Vec::new();
        for statement in &block.items {
            match &statement.kind {
                Kind::Declare { ty, variables, .. } => all.extend(self.declare(ty, variables, place, statement.span)),
                _ => all.extend(self.statement(statement).0),
            }
        }
        self.warn_unreachable(&block.items);
        all
    }

    /// Statements between braces, in a scope of their own.
    pub(super) fn statement_list(&mut self, statements: &[ast::Statement]) -> (Vec<Statement>, Flow) {
        self.scope.open();
        let mut all = Vec::new();
        let mut flow = Flow::Incomplete;
        let reached = self.warn_unreachable(statements);
        for (i, statement) in statements.iter().enumerate() {
            let (checked, this) = self.statement(statement);
            all.extend(checked);
            if i < reached {
                flow = flow.then(this);
            }
        }
        self.scope.close();
        (all, flow)
    }

    /// Warns of statements after one that control does not pass. Gives the number of statements before these.
    fn warn_unreachable(&mut self, statements: &[ast::Statement]) -> usize {
        let escapes = |statement: &ast::Statement| {
            matches!(
                statement.kind,
                Kind::Break | Kind::Continue | Kind::Reject(_) | Kind::FatalError(_) | Kind::Return(_)
            )
        };
        match statements.iter().position(escapes) {
            Some(at) if at + 1 < statements.len() => {
                let warning = Diagnostic::warning("W0203", statements[at + 1].span, "this statement is never reached")
                    .with_label(statements[at].span, "control leaves here");
                self.warn(warning);
                at + 1
            }
            _ => statements.len(),
        }
    }

    /// Checks one statement. A declaration of several variables becomes several statements, a wrong one none.
    pub(super) fn statement(&mut self, statement: &ast::Statement) -> (Vec<Statement>, Flow) {
        let span = statement.span;
        let mut flow = Flow::Incomplete;
        let kind = match &statement.kind {
            Kind::Declare { ty, variables, .. } => {
                return (self.declare(ty, variables, Place::Local, span), flow);
            }
            Kind::Assign { target, op: None, value } => self.assign(target, value, span),
            Kind::Assign { target, op: Some(op), value } => self.compound_assign(target, *op, value, span),
            Kind::Call { name, arguments } => self.call_statement(name, arguments, span),
            Kind::TargetPlus(e) => self.target_plus(e, span),
            Kind::JacobianPlus(e) => self.jacobian_plus(e, span),
            Kind::Tilde { arg, distribution, arguments, truncation } => {
                self.tilde(arg, distribution, arguments, truncation.as_ref(), span)
            }
            Kind::Break => {
                let checked = self.in_loop(span, "break").map(|()| StatementKind::Break);
                // One that leaves nothing has been noted; that it keeps the function from returning need not be said.
                flow = if checked.is_ok() { Flow::Leaves } else { Flow::Complete };
                checked
            }
            Kind::Continue => self.in_loop(span, "continue").map(|()| StatementKind::Continue),
            Kind::Return(value) => {
                flow = Flow::Complete;
                self.return_statement(value.as_ref(), span)
            }
            Kind::Print(messages) => self.messages(messages).map(StatementKind::Print),
            Kind::Reject(messages) => {
                flow = Flow::Complete;
                self.messages(messages).map(StatementKind::Reject)
            }
            Kind::FatalError(messages) => {
                flow = Flow::Complete;
                self.messages(messages).map(StatementKind::FatalError)
            }
            Kind::If { condition, then, otherwise } => {
                let condition = self.int_expression(condition, "the condition of `if`");
                let (then, first) = self.one_statement(then);
                let (otherwise, second) = match otherwise {
                    Some(otherwise) => {
                        let (otherwise, flow) = self.one_statement(otherwise);
                        (otherwise.map(Some), flow)
                    }
                    None => (Ok(None), Flow::Incomplete),
                };
                flow = first.or(second);
                match (condition, then, otherwise) {
                    (Ok(condition), Ok(then), Ok(otherwise)) => {
                        Ok(StatementKind::If { condition: condition.expr, then, otherwise })
                    }
                    _ => Err(Reported),
                }
            }
            Kind::While { condition, body } => {
                let condition = self.int_expression(condition, "the condition of `while`");
                let (body, inner) = self.loop_body(body);
                let forever = matches!(&condition, Ok(c) if matches!(c.expr.kind, ExprKind::Int(n) if n != 0));
                flow = match inner {
                    // The only way out of an endless loop without `break` is to return or reject.
                    Flow::Incomplete if forever => Flow::Complete,
                    inner => inner.of_loop(),
                };
                match (condition, body) {
                    (Ok(condition), Ok(body)) => Ok(StatementKind::While { condition: condition.expr, body }),
                    _ => Err(Reported),
                }
            }
            Kind::For { variable, lower, upper, body } => {
                let lower = self.int_expression(lower, "the lower bound of `for`");
                let upper = self.int_expression(upper, "the upper bound of `for`");
                let (body, inner) = self.body_with(variable, Type::Int, body);
                flow = inner.of_loop();
                match (lower, upper, body) {
                    (Ok(lower), Ok(upper), Ok((variable, body))) => {
                        Ok(StatementKind::For { variable, lower: lower.expr, upper: upper.expr, body })
                    }
                    _ => Err(Reported),
                }
            }
            Kind::ForEach { variable, range, body } => {
                let range = self.expression(range).and_then(|range| {
                    let element = match range.ty() {
                        Type::Vector | Type::RowVector | Type::Matrix => Some(Type::Real),
                        ty => ty.element(),
                    };
                    match element {
                        Some(element) => Ok((range, element)),
                        None => {
                            let message =
                                format!("`for` can run over arrays, vectors and matrices, not {}", range.ty());
                            Err(self.error(Diagnostic::error("E0314", range.span(), message)))
                        }
                    }
                });
                let Ok((range, element)) = range else { return (Vec::new(), flow) };
                let (body, inner) = self.body_with(variable, element, body);
                flow = inner.of_loop();
                body.map(|(variable, body)| StatementKind::ForEach { variable, range: range.expr, body })
            }
            Kind::Block(statements) => {
                let (statements, inner) = self.statement_list(statements);
                flow = inner;
                Ok(StatementKind::Block(statements))
            }
            Kind::Profile { name, body } => {
                let (body, inner) = self.statement_list(body);
                flow = inner;
                Ok(StatementKind::Profile { name: name.clone(), body })
            }
            Kind::Skip => Ok(StatementKind::Skip),
            Kind::Error => Err(Reported),
        };
        (kind.into_iter().map(|kind| Statement { kind, span }).collect(), flow)
    }

    /// A statement that is part of another, in a scope of its own.
    fn one_statement(&mut self, statement: &ast::Statement) -> (Result_<Box<Statement>>, Flow) {
        self.scope.open();
        let (mut statements, flow) = self.statement(statement);
        self.scope.close();
        let one = match statements.len() {
            0 => Err(Reported),
            1 => statements.pop().map(Box::new).ok_or(Reported),
            _ => Ok(Box::new(Statement { kind: StatementKind::Block(statements), span: statement.span })),
        };
        (one, flow)
    }

    fn loop_body(&mut self, body: &ast::Statement) -> (Result_<Box<Statement>>, Flow) {
        self.context.loop_depth += 1;
        let checked = self.one_statement(body);
        self.context.loop_depth -= 1;
        checked
    }

    /// The body of a loop with its variable.
    fn body_with(
        &mut self,
        variable: &ast::Ident,
        ty: Type,
        body: &ast::Statement,
    ) -> (Result_<(VarId, Box<Statement>)>, Flow) {
        self.scope.open();
        let fresh = self.check_name(variable).and_then(|()| self.check_fresh(variable));
        let block = self.context.block;
        let level = self.dependence(block, &ty).level();
        let level = if block == Block::GeneratedQuantities { Level::Parameter } else { level };
        let id = self.new_variable(variable, ty.clone(), level, Origin::LoopVariable);
        if fresh.is_ok() {
            let declared = Declared { id, ty, block, global: false, read_only: true, span: variable.span };
            self.scope.insert(&variable.name, declared);
        }
        let (body, flow) = self.loop_body(body);
        self.scope.close();
        (fresh.and(body).map(|body| (id, body)), flow)
    }

    fn in_loop(&mut self, span: Span, what: &str) -> Result_<()> {
        if self.context.loop_depth > 0 {
            return Ok(());
        }
        Err(self.error(Diagnostic::error("E0407", span, format!("`{what}` stands in no loop"))))
    }

    fn return_statement(&mut self, value: Option<&ast::Expr>, span: Span) -> Result_<StatementKind> {
        let expected = self.context.function.as_ref().map(|function| function.result.clone());
        match (expected, value) {
            (Some(Some(ty)), Some(value)) => {
                let value = self.expression(value)?;
                if conversion_cost(&ty, value.ty(), Conversion::Promote).is_none() {
                    let message = format!("the function returns {ty}, and this is {}", value.ty());
                    return Err(self.error(Diagnostic::error("E0310", span, message)));
                }
                Ok(StatementKind::Return(Some(promote(value.expr, &ty))))
            }
            (Some(None), None) => Ok(StatementKind::Return(None)),
            (Some(Some(ty)), None) => {
                let message = format!("the function returns {ty}: `return` needs a value");
                Err(self.error(Diagnostic::error("E0310", span, message)))
            }
            (Some(None), Some(_)) => {
                let message = "the function is `void`: `return` takes no value";
                Err(self.error(Diagnostic::error("E0310", span, message)))
            }
            (None, _) => {
                let message = "`return` stands in no function";
                Err(self.error(Diagnostic::error("E0408", span, message)))
            }
        }
    }

    fn messages(&mut self, messages: &[ast::Expr]) -> Result_<Vec<Message>> {
        let mut all = Vec::new();
        for message in messages {
            if let ast::ExprKind::String(text) = &message.kind {
                all.push(Message::Text(text.clone()));
                continue;
            }
            let value = self.expression(message)?;
            if value.ty().is_function() {
                return Err(self.error(Diagnostic::error("E0315", value.span(), "functions cannot be printed")));
            }
            all.push(Message::Value(value.expr));
        }
        Ok(all)
    }

    fn target_plus(&mut self, e: &ast::Expr, span: Span) -> Result_<StatementKind> {
        let value = self.expression(e)?;
        self.check_target(span, "`target += ...`")?;
        self.check_increment(value.ty(), span)?;
        Ok(StatementKind::TargetPlus(value.expr))
    }

    fn jacobian_plus(&mut self, e: &ast::Expr, span: Span) -> Result_<StatementKind> {
        let value = self.expression(e)?;
        if !(self.in_jacobian_function() || self.context.block == Block::TransformedParameters) {
            let message = format!("`jacobian += ...` is not possible {}", self.place());
            let diagnostic = Diagnostic::error("E0402", span, message)
                .with_hint("it belongs in transformed parameters and in functions whose names end in `_jacobian`");
            return Err(self.error(diagnostic));
        }
        self.check_increment(value.ty(), span)?;
        Ok(StatementKind::JacobianPlus(value.expr))
    }

    fn check_increment(&mut self, ty: &Type, span: Span) -> Result_<()> {
        if !ty.is_function() {
            return Ok(());
        }
        let message = "only numbers and containers of numbers can be added here, not a function";
        Err(self.error(Diagnostic::error("E0301", span, message)))
    }

    /// Where the log density can be added to.
    pub(super) fn check_target(&mut self, span: Span, what: &str) -> Result_<()> {
        if self.in_lp_function() || self.context.block == Block::Model {
            return Ok(());
        }
        let message = format!("{what} is not possible {}", self.place());
        let diagnostic = Diagnostic::error("E0401", span, message)
            .with_hint("it belongs in the model block and in functions whose names end in `_lp`");
        Err(self.error(diagnostic))
    }
}
