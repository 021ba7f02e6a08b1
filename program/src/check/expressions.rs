//! Expressions other than calls, and indexing.

use super::levels::Dependence;
use super::overloads::{Given, common_type, list_types, promote, promote_all, quick_cost};
use super::scope::Block;
use super::{Checker, Reported, Result_, Value};
use crate::typed::{Callee, Expr, ExprKind, FunctionType, Index, Operator, Type};
use ppl_grammar::ast::{self, BinaryOp, UnaryOp};
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::span::Span;
use ppl_runtime::catalogue;

impl Value {
    pub(super) fn new(kind: ExprKind, ty: Type, dependence: Dependence, span: Span) -> Value {
        Value { expr: Expr { kind, ty, level: dependence.level(), span }, dependence }
    }

    pub(super) fn ty(&self) -> &Type {
        &self.expr.ty
    }

    pub(super) fn span(&self) -> Span {
        self.expr.span
    }
}

/// The library functions that define an operator; the first that fits is it.
fn operator_functions(op: BinaryOp) -> &'static [&'static str] {
    match op {
        BinaryOp::Plus => &["add"],
        BinaryOp::Minus => &["subtract"],
        BinaryOp::Times => &["multiply"],
        BinaryOp::Divide => &["mdivide_right", "divide"],
        BinaryOp::IntDivide => &[],
        BinaryOp::Modulo => &["modulus"],
        BinaryOp::LeftDivide => &["mdivide_left"],
        BinaryOp::EltTimes => &["elt_multiply"],
        BinaryOp::EltDivide => &["elt_divide"],
        BinaryOp::Pow | BinaryOp::EltPow => &["pow"],
        BinaryOp::Or => &["logical_or"],
        BinaryOp::And => &["logical_and"],
        BinaryOp::Equals => &["logical_eq"],
        BinaryOp::NotEquals => &["logical_neq"],
        BinaryOp::Less => &["logical_lt"],
        BinaryOp::LessEquals => &["logical_lte"],
        BinaryOp::Greater => &["logical_gt"],
        BinaryOp::GreaterEquals => &["logical_gte"],
    }
}

/// The typed operator; `None` for the ones that need not look at both operands.
pub(super) fn typed_operator(op: BinaryOp) -> Option<Operator> {
    Some(match op {
        BinaryOp::Plus => Operator::Plus,
        BinaryOp::Minus => Operator::Minus,
        BinaryOp::Times => Operator::Times,
        BinaryOp::Divide => Operator::Divide,
        BinaryOp::IntDivide => Operator::IntDivide,
        BinaryOp::Modulo => Operator::Modulo,
        BinaryOp::LeftDivide => Operator::LeftDivide,
        BinaryOp::EltTimes => Operator::EltTimes,
        BinaryOp::EltDivide => Operator::EltDivide,
        BinaryOp::Pow => Operator::Pow,
        BinaryOp::EltPow => Operator::EltPow,
        BinaryOp::Equals => Operator::Equals,
        BinaryOp::NotEquals => Operator::NotEquals,
        BinaryOp::Less => Operator::Less,
        BinaryOp::LessEquals => Operator::LessEquals,
        BinaryOp::Greater => Operator::Greater,
        BinaryOp::GreaterEquals => Operator::GreaterEquals,
        BinaryOp::Or | BinaryOp::And => return None,
    })
}

pub(super) fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Plus => "+",
        BinaryOp::Minus => "-",
        BinaryOp::Times => "*",
        BinaryOp::Divide => "/",
        BinaryOp::IntDivide => "%/%",
        BinaryOp::Modulo => "%",
        BinaryOp::LeftDivide => "\\",
        BinaryOp::EltTimes => ".*",
        BinaryOp::EltDivide => "./",
        BinaryOp::Pow => "^",
        BinaryOp::EltPow => ".^",
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Equals => "==",
        BinaryOp::NotEquals => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEquals => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEquals => ">=",
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Equals
            | BinaryOp::NotEquals
            | BinaryOp::Less
            | BinaryOp::LessEquals
            | BinaryOp::Greater
            | BinaryOp::GreaterEquals
    )
}

impl Checker {
    pub(super) fn expression(&mut self, e: &ast::Expr) -> Result_<Value> {
        let span = e.span;
        match &e.kind {
            ast::ExprKind::Int(digits) => self.int_literal(digits, span),
            ast::ExprKind::Real(digits) => {
                let value = self.number(digits, span)?;
                Ok(Value::new(ExprKind::Real(value), Type::Real, Dependence::Data, span))
            }
            ast::ExprKind::Imaginary(digits) => {
                let value = self.number(digits.trim_end_matches('i'), span)?;
                Ok(Value::new(ExprKind::Imaginary(value), Type::Complex, Dependence::Data, span))
            }
            ast::ExprKind::String(_) => {
                let message = "text can only be an argument of `print`, `reject` and `fatal_error`";
                Err(self.error(Diagnostic::error("E0315", span, message)))
            }
            ast::ExprKind::Variable(name) => self.variable(&ast::Ident { name: name.clone(), span }),
            ast::ExprKind::Target => self.target(span),
            ast::ExprKind::Call { name, arguments } => self.call(name, None, arguments, span),
            ast::ExprKind::Conditional { name, outcome, arguments } => self.call(name, Some(outcome), arguments, span),
            ast::ExprKind::Unary { op, operand } => self.unary(*op, operand, span),
            ast::ExprKind::Transpose(operand) => {
                let operand = self.expression(operand)?;
                self.operator_call("transpose", "'", Operator::Transpose, operand, span)
            }
            ast::ExprKind::Binary { op, left, right } => self.binary(*op, left, right, span),
            ast::ExprKind::Ternary { condition, then, otherwise } => self.ternary(condition, then, otherwise, span),
            ast::ExprKind::Index { base, indices } => self.indexed(base, indices, span),
            ast::ExprKind::Project { base, index } => self.project(base, *index, span),
            ast::ExprKind::Array(items) => self.array_literal(items, span),
            ast::ExprKind::RowVector(items) => self.row_vector_literal(items, span),
            ast::ExprKind::Tuple(items) => {
                let items = self.expressions(items)?;
                let dependence = Dependence::Items(items.iter().map(|item| item.dependence.clone()).collect());
                let ty = Type::Tuple(items.iter().map(|item| item.ty().clone()).collect());
                let items = items.into_iter().map(|item| item.expr).collect();
                Ok(Value::new(ExprKind::Tuple(items), ty, dependence, span))
            }
            ast::ExprKind::Paren(inner) => {
                let mut value = self.expression(inner)?;
                value.expr.span = span;
                Ok(value)
            }
            ast::ExprKind::Error => Err(Reported),
        }
    }

    /// Checks all, so that each one's errors are noted.
    pub(super) fn expressions(&mut self, items: &[ast::Expr]) -> Result_<Vec<Value>> {
        let values: Vec<_> = items.iter().map(|item| self.expression(item)).collect();
        values.into_iter().collect()
    }

    fn int_literal(&mut self, digits: &str, span: Span) -> Result_<Value> {
        match digits.replace('_', "").parse::<i32>() {
            Ok(value) => Ok(Value::new(ExprKind::Int(value), Type::Int, Dependence::Data, span)),
            Err(_) => {
                let diagnostic = Diagnostic::error("E0311", span, "this integer is larger than 2147483647")
                    .with_hint("write it as a real number: add `.0`");
                Err(self.error(diagnostic))
            }
        }
    }

    fn number(&mut self, digits: &str, span: Span) -> Result_<f64> {
        digits.replace('_', "").parse().map_err(|_| {
            self.error(Diagnostic::error("E0311", span, format!("`{digits}` is no number")));
            Reported
        })
    }

    fn variable(&mut self, name: &ast::Ident) -> Result_<Value> {
        if self.scope.get(&name.name).is_none() {
            self.check_name(name)?;
        }
        if let Some(declared) = self.scope.get(&name.name) {
            let (id, block, declared_at) = (declared.id, declared.block, declared.span);
            let ty = declared.ty.clone();
            let from_data =
                !matches!(block, Block::Parameters | Block::TransformedParameters | Block::GeneratedQuantities);
            if self.context.in_size && !from_data {
                let message = format!(
                    "`{}` cannot be used here: sizes may depend on data only, and it is declared in the {} block",
                    name.name,
                    block.name()
                );
                let diagnostic =
                    Diagnostic::error("E0404", name.span, message).with_label(declared_at, "declared here");
                return Err(self.error(diagnostic));
            }
            let dependence = self.dependence(block, &ty);
            return Ok(Value::new(ExprKind::Variable(id), ty, dependence, name.span));
        }
        let plain = super::calls::normalised(&name.name);
        if let Some(&newest) = self.functions_by_name.get(plain.as_ref()).and_then(|all| all.last()) {
            self.check_unnormalised(name)?;
            return Ok(self.function_value(newest, name.span));
        }
        if catalogue::is_function(&plain) || catalogue::variadic(&plain).is_some() {
            let message = format!("`{}` is a function of the library, not a variable", name.name);
            let diagnostic = Diagnostic::error("E0204", name.span, message)
                .with_hint(format!("call it: `{}(...)`; only user-defined functions can be passed on", name.name));
            return Err(self.error(diagnostic));
        }
        Err(self.unknown_name("E0201", &name.name, name.span, "variable"))
    }

    /// A user function as a value, to be passed on.
    pub(super) fn function_value(&self, index: usize, span: Span) -> Value {
        let function = &self.functions[index];
        let ty = FunctionType { arguments: function.arguments.clone(), result: function.result.clone() };
        // A declaration without definition is an error of its own.
        let id = function.definition.unwrap_or(crate::typed::FunctionId(0));
        let dependence =
            if self.context.block == Block::GeneratedQuantities { Dependence::Data } else { Dependence::Parameters };
        Value::new(ExprKind::Function(id), Type::Function(Box::new(ty)), dependence, span)
    }

    fn target(&mut self, span: Span) -> Result_<Value> {
        let block = self.context.block;
        let allowed = self.in_lp_function() || matches!(block, Block::Model | Block::TransformedParameters);
        if !allowed {
            let message = format!("`target()` cannot be read {}", self.place());
            let diagnostic = Diagnostic::error("E0401", span, message)
                .with_hint("it exists in the model block and in functions whose names end in `_lp`");
            return Err(self.error(diagnostic));
        }
        let dependence = self.dependence(block, &Type::Real);
        Ok(Value::new(ExprKind::Target, Type::Real, dependence, span))
    }

    fn unary(&mut self, op: UnaryOp, operand: &ast::Expr, span: Span) -> Result_<Value> {
        let operand = self.expression(operand)?;
        let (name, symbol, operator) = match op {
            UnaryOp::Not => ("logical_negation", "!", Operator::Not),
            UnaryOp::Minus => ("minus", "-", Operator::Negate),
            UnaryOp::Plus => ("plus", "+", Operator::Plus1),
        };
        self.operator_call(name, symbol, operator, operand, span)
    }

    fn operator_call(&mut self, name: &str, symbol: &str, op: Operator, operand: Value, span: Span) -> Result_<Value> {
        let found = resolve_library(name, std::slice::from_ref(&operand));
        let Some((arguments, result)) = found else {
            let message = format!("`{symbol}` does not apply to {}", operand.ty());
            return Err(self.error(Diagnostic::error("E0302", span, message)));
        };
        let dependence = operand.dependence.clone();
        let arguments = promote_all(vec![operand], &arguments);
        Ok(Value::new(ExprKind::Call { callee: Callee::Operator(op), arguments }, result, dependence, span))
    }

    fn binary(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Result_<Value> {
        let (l, r) = (self.expression(left), self.expression(right));
        let (l, r) = (l?, r?);
        self.odd_operands(op, left, &l, &r, span);
        self.apply(op, l, r, span)
    }

    /// Applies a binary operator.
    pub(super) fn apply(&mut self, op: BinaryOp, left: Value, right: Value, span: Span) -> Result_<Value> {
        let operands = [left, right];
        let Some((arguments, result)) = operator_result(op, &operands) else {
            let message = format!("`{}` does not apply to {} and {}", symbol(op), operands[0].ty(), operands[1].ty());
            let mut diagnostic = Diagnostic::error("E0302", span, message);
            if let Some(hint) = operator_hint(op, operands[0].ty(), operands[1].ty()) {
                diagnostic = diagnostic.with_hint(hint);
            }
            return Err(self.error(diagnostic));
        };
        let dependence = operands[0].dependence.clone().join(operands[1].dependence.clone());
        let mut arguments = promote_all(operands.into(), &arguments);
        let kind = match (op, typed_operator(op)) {
            (_, Some(operator)) => ExprKind::Call { callee: Callee::Operator(operator), arguments },
            (_, None) => {
                let (Some(right), Some(left)) = (arguments.pop(), arguments.pop()) else { return Err(Reported) };
                let (left, right) = (Box::new(left), Box::new(right));
                if op == BinaryOp::And { ExprKind::And(left, right) } else { ExprKind::Or(left, right) }
            }
        };
        Ok(Value::new(kind, result, dependence, span))
    }

    /// Warns where an operator may not do what was meant.
    fn odd_operands(&mut self, op: BinaryOp, left_ast: &ast::Expr, left: &Value, right: &Value, span: Span) {
        if op == BinaryOp::Divide && *left.ty() == Type::Int && *right.ty() == Type::Int {
            let warning = Diagnostic::warning("W0301", span, "the result of dividing integers is rounded towards zero")
                .with_hint("write one of them as a real number (`2.0`, `n * 1.0`), or `%/%` where rounding is meant");
            self.warn(warning);
        }
        let matrices = matches!(left.ty(), Type::Matrix) || *left.ty() == Type::Matrix.array(1);
        if op == BinaryOp::Pow && matrices && right.ty().is_real_scalar() {
            let warning = Diagnostic::warning("W0302", span, "`^` raises each element of the matrix to the power")
                .with_hint("write `.^` if that is meant, `matrix_power(x, n)` for products of the matrix with itself");
            self.warn(warning);
        }
        if let ast::ExprKind::Binary { op: inner, .. } = left_ast.kind
            && is_comparison(op)
            && is_comparison(inner)
        {
            let message =
                "comparisons do not chain: this compares the outcome of the first (0 or 1) with the last value";
            let warning = Diagnostic::warning("W0303", span, message)
                .with_hint("write `a < b && b < c`, or put parentheses around the first comparison if this is meant");
            self.warn(warning);
        }
    }

    fn ternary(&mut self, c: &ast::Expr, then: &ast::Expr, otherwise: &ast::Expr, span: Span) -> Result_<Value> {
        let (c, then, otherwise) = (self.expression(c), self.expression(then), self.expression(otherwise));
        let (c, then, otherwise) = (c?, then?, otherwise?);
        if *c.ty() != Type::Int {
            let message = format!("the condition before `?` must be an int, not {}", c.ty());
            return Err(self.error(Diagnostic::error("E0312", c.span(), message)));
        }
        let ty = common_type(then.ty(), otherwise.ty()).filter(|ty| !ty.is_function());
        let Some(ty) = ty else {
            let message = format!("the two sides of `:` must have one type, not {} and {}", then.ty(), otherwise.ty());
            return Err(self.error(Diagnostic::error("E0312", span, message)));
        };
        let dependence = c.dependence.join(then.dependence).join(otherwise.dependence).fill(&ty);
        let kind = ExprKind::Ternary {
            condition: Box::new(c.expr),
            then: Box::new(promote(then.expr, &ty)),
            otherwise: Box::new(promote(otherwise.expr, &ty)),
        };
        Ok(Value::new(kind, ty, dependence, span))
    }

    fn array_literal(&mut self, items: &[ast::Expr], span: Span) -> Result_<Value> {
        let items = self.expressions(items)?;
        let Some(first) = items.first() else {
            let diagnostic = Diagnostic::error("E0308", span, "an array literal needs at least one element")
                .with_hint("declare an array of size 0 instead");
            return Err(self.error(diagnostic));
        };
        if let Some(function) = items.iter().find(|item| item.ty().is_function()) {
            let message = "functions cannot be elements of arrays";
            return Err(self.error(Diagnostic::error("E0308", function.span(), message)));
        }
        let mut ty = first.ty().clone();
        for item in &items[1..] {
            match common_type(&ty, item.ty()) {
                Some(common) => ty = common,
                None => {
                    let message = format!("elements of an array must have one type: {ty} and {} differ", item.ty());
                    return Err(self.error(Diagnostic::error("E0308", item.span(), message)));
                }
            }
        }
        let dependence = items.iter().fold(Dependence::Data, |all, item| all.join(item.dependence.clone()));
        let items = items.into_iter().map(|item| promote(item.expr, &ty)).collect();
        Ok(Value::new(ExprKind::Array(items), ty.array(1), dependence, span))
    }

    fn row_vector_literal(&mut self, items: &[ast::Expr], span: Span) -> Result_<Value> {
        let items = self.expressions(items)?;
        let rows = matches!(items.first().map(Value::ty), Some(Type::RowVector | Type::ComplexRowVector));
        let (real, complex) =
            if rows { (Type::RowVector, Type::ComplexRowVector) } else { (Type::Real, Type::Complex) };
        let mut ty = real.clone();
        for item in &items {
            match common_type(&ty, item.ty()).filter(|ty| *ty == real || *ty == complex) {
                Some(common) => ty = common,
                None if rows => {
                    let message = format!("the rows of a matrix must be row vectors, not {}", item.ty());
                    return Err(self.error(Diagnostic::error("E0308", item.span(), message)));
                }
                None => {
                    let message = format!("elements of a row vector must be numbers, not {}", item.ty());
                    return Err(self.error(Diagnostic::error("E0308", item.span(), message)));
                }
            }
        }
        let dependence = items.iter().fold(Dependence::Data, |all, item| all.join(item.dependence.clone()));
        let items = items.into_iter().map(|item| promote(item.expr, &ty)).collect();
        let is_complex = ty == complex;
        let (kind, ty) = match (rows, is_complex) {
            (false, false) => (ExprKind::RowVector(items), Type::RowVector),
            (false, true) => (ExprKind::RowVector(items), Type::ComplexRowVector),
            (true, false) => (ExprKind::MatrixRows(items), Type::Matrix),
            (true, true) => (ExprKind::MatrixRows(items), Type::ComplexMatrix),
        };
        Ok(Value::new(kind, ty, dependence, span))
    }

    fn project(&mut self, base: &ast::Expr, index: usize, span: Span) -> Result_<Value> {
        let base = self.expression(base)?;
        let ty = self.item_type(base.ty(), index, span)?;
        let dependence = base.dependence.item(index.wrapping_sub(1));
        Ok(Value::new(ExprKind::Project { base: Box::new(base.expr), index }, ty, dependence, span))
    }

    /// The type of item `index` (from 1) of a tuple.
    pub(super) fn item_type(&mut self, tuple: &Type, index: usize, span: Span) -> Result_<Type> {
        let message = match tuple {
            Type::Tuple(items) => match index.checked_sub(1).and_then(|i| items.get(i)) {
                Some(ty) => return Ok(ty.clone()),
                None => format!("there is no item {index}: the tuple has {}", items.len()),
            },
            ty => format!("`.{index}` takes an item of a tuple, and this is {ty}"),
        };
        Err(self.error(Diagnostic::error("E0309", span, message)))
    }

    fn indexed(&mut self, base: &ast::Expr, indices: &[ast::Index], span: Span) -> Result_<Value> {
        let indices = self.indices(indices);
        let base = self.expression(base)?;
        let (indices, from_indices) = indices?;
        let ty = self.indexed_type(base.ty(), &indices, span)?;
        let dependence = base.dependence.join(from_indices).fill(&ty);
        Ok(Value::new(ExprKind::Index { base: Box::new(base.expr), indices }, ty, dependence, span))
    }

    /// Indices, and what they depend on together.
    pub(super) fn indices(&mut self, indices: &[ast::Index]) -> Result_<(Vec<Index>, Dependence)> {
        let mut dependence = Dependence::Data;
        let mut all = Vec::new();
        let mut bad = false;
        for index in indices {
            let mut bound = |checker: &mut Checker, e: &ast::Expr| -> Result_<Expr> {
                let value = checker.int_expression(e, "the bound of a range")?;
                dependence = std::mem::replace(&mut dependence, Dependence::Data).join(value.dependence);
                Ok(value.expr)
            };
            let checked = match index {
                ast::Index::All(_) => Ok(Index::All),
                ast::Index::From(e) => bound(self, e).map(Index::From),
                ast::Index::To(e) => bound(self, e).map(Index::To),
                ast::Index::Between(a, b) => {
                    let (a, b) = (bound(self, a), bound(self, b));
                    a.and_then(|a| Ok(Index::Between(a, b?)))
                }
                ast::Index::Single(e) => self.expression(e).and_then(|value| {
                    dependence = std::mem::replace(&mut dependence, Dependence::Data).join(value.dependence);
                    match value.expr.ty {
                        Type::Int => Ok(Index::Single(value.expr)),
                        Type::Array(ref element, 1) if **element == Type::Int => Ok(Index::Multi(value.expr)),
                        ref ty => {
                            let message = format!("an index must be an int, an array of ints or a range, not {ty}");
                            Err(self.error(Diagnostic::error("E0305", value.expr.span, message)))
                        }
                    }
                }),
            };
            match checked {
                Ok(index) => all.push(index),
                Err(Reported) => bad = true,
            }
        }
        if bad { Err(Reported) } else { Ok((all, dependence)) }
    }

    /// The type of the part that `indices` choose from a value of type `ty`.
    pub(super) fn indexed_type(&mut self, ty: &Type, indices: &[Index], span: Span) -> Result_<Type> {
        match part_type(ty, &singles(indices)) {
            Some(part) => Ok(part),
            None => {
                let count =
                    if indices.len() == 1 { "1 index".to_string() } else { format!("{} indices", indices.len()) };
                let mut message = format!("{ty} cannot take {count}");
                let limit = dimensions(ty);
                if limit > 0 {
                    message.push_str(&format!(": it has {limit} dimension{}", if limit == 1 { "" } else { "s" }));
                }
                Err(self.error(Diagnostic::error("E0305", span, message)))
            }
        }
    }

    /// An expression that must be an int; `what` begins the message otherwise.
    pub(super) fn int_expression(&mut self, e: &ast::Expr, what: &str) -> Result_<Value> {
        let value = self.expression(e)?;
        if *value.ty() == Type::Int {
            return Ok(value);
        }
        let message = format!("{what} must be an int, not {}", value.ty());
        Err(self.error(Diagnostic::error("E0306", value.span(), message)))
    }
}

/// How many indices a value of that type can take.
fn dimensions(ty: &Type) -> usize {
    let (element, dims) = ty.unwrap_array();
    dims + match element {
        Type::Matrix | Type::ComplexMatrix => 2,
        Type::Vector | Type::RowVector | Type::ComplexVector | Type::ComplexRowVector => 1,
        _ => 0,
    }
}

/// For each index whether it drops its dimension.
pub(super) fn singles(indices: &[Index]) -> Vec<bool> {
    indices.iter().map(|index| matches!(index, Index::Single(_))).collect()
}

/// `single[i]`: whether index `i` drops its dimension.
pub(super) fn part_type(ty: &Type, single: &[bool]) -> Option<Type> {
    let (vector, row_vector, scalar) = if ty.is_complex() {
        (Type::ComplexVector, Type::ComplexRowVector, Type::Complex)
    } else {
        (Type::Vector, Type::RowVector, Type::Real)
    };
    match (ty, single) {
        (_, []) => Some(ty.clone()),
        (Type::Array(..), [first, rest @ ..]) => {
            let part = part_type(&ty.element()?, rest)?;
            Some(if *first { part } else { part.array(1) })
        }
        (Type::Vector | Type::RowVector | Type::ComplexVector | Type::ComplexRowVector, [true])
        | (Type::Matrix | Type::ComplexMatrix, [true, true]) => Some(scalar),
        (Type::Vector | Type::RowVector | Type::ComplexVector | Type::ComplexRowVector, [false])
        | (Type::Matrix | Type::ComplexMatrix, [false] | [false, false]) => Some(ty.clone()),
        (Type::Matrix | Type::ComplexMatrix, [true] | [true, false]) => Some(row_vector),
        (Type::Matrix | Type::ComplexMatrix, [false, true]) => Some(vector),
        _ => None,
    }
}

/// Argument types and result of an operator on these operands.
pub(super) fn operator_result(op: BinaryOp, operands: &[Value]) -> Option<(Vec<Type>, Type)> {
    if op == BinaryOp::IntDivide {
        let ints = operands.iter().all(|operand| *operand.ty() == Type::Int);
        return ints.then(|| (vec![Type::Int, Type::Int], Type::Int));
    }
    operator_functions(op).iter().find_map(|name| resolve_library(name, operands))
}

/// As [`operator_result`] for the operator of a compound assignment, where `/` is never a matrix division.
pub(super) fn assignment_operator_result(op: BinaryOp, operands: &[Value]) -> Option<(Vec<Type>, Type)> {
    match op {
        BinaryOp::Divide => resolve_library("divide", operands),
        BinaryOp::Plus | BinaryOp::Minus | BinaryOp::Times | BinaryOp::EltTimes | BinaryOp::EltDivide => {
            operator_result(op, operands)
        }
        _ => None,
    }
}

/// The signature of a library function, whatever functions of that name the user may have defined.
fn resolve_library(name: &str, arguments: &[Value]) -> Option<(Vec<Type>, Type)> {
    let given: Vec<Given> = arguments
        .iter()
        .map(|argument| Given { ty: argument.ty(), dependence: &argument.dependence, kind: None })
        .collect();
    let mut best = None;
    let mut lowest = u32::MAX;
    for signature in catalogue::signatures(name)? {
        match quick_cost(&signature.arguments, &given) {
            Some(cost) if cost < lowest => (best, lowest) = (Some(signature), cost),
            // Two that fit equally well: neither is meant.
            Some(cost) if cost == lowest => best = None,
            _ => {}
        }
    }
    let signature = best?;
    Some((signature.arguments.iter().map(|argument| argument.ty.clone()).collect(), signature.result.clone()))
}

fn operator_hint(op: BinaryOp, left: &Type, right: &Type) -> Option<String> {
    let container = |ty: &Type| matches!(ty, Type::Vector | Type::RowVector | Type::Matrix);
    match op {
        BinaryOp::Times if left == right && container(left) => Some("for elementwise products write `.*`".into()),
        BinaryOp::Divide if left == right && container(left) => Some("for elementwise ratios write `./`".into()),
        BinaryOp::Plus | BinaryOp::Minus | BinaryOp::EltTimes | BinaryOp::EltDivide
            if container(left) && container(right) =>
        {
            Some("transpose one of them with `'`, or convert it with `to_vector` or `to_row_vector`".into())
        }
        BinaryOp::Modulo | BinaryOp::IntDivide => Some("both sides must be int; for reals there is `fmod`".into()),
        _ if matches!(left, Type::Array(..)) || matches!(right, Type::Array(..)) => {
            Some("operators do not apply to arrays: convert with `to_vector`, or declare vectors".into())
        }
        _ => None,
    }
}

/// What is said of a call whose arguments fit no signature.
pub(super) fn describe_arguments(arguments: &[Value]) -> String {
    if arguments.is_empty() { "no arguments".to_string() } else { format!("({})", list_types(arguments)) }
}
