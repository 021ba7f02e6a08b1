//! User-defined functions: headers, bodies, and whether every path returns.

use super::calls::{function_kind, is_conditional, is_unnormalised};
use super::higher_order::is_special;
use super::scope::{Block, Declared};
use super::statements::Flow;
use super::{Checker, FunctionContext, Result_};
use crate::typed::{self, ArgumentType, FunctionId, FunctionKind, Level, Origin, Type};
use ppl_grammar::ast;
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::span::Span;
use ppl_runtime::catalogue;
use std::collections::HashMap;

/// A user-defined function as calls see it.
#[derive(Clone, Debug)]
pub(super) struct UserFunction {
    pub(super) name: String,
    pub(super) kind: FunctionKind,
    pub(super) arguments: Vec<ArgumentType>,
    /// `None` for `void`.
    pub(super) result: Option<Type>,
    /// `None` where it is declared only.
    pub(super) definition: Option<FunctionId>,
    /// Something was said about another header of it, so that nothing is said of a missing definition.
    pub(super) complained: bool,
    pub(super) span: Span,
}

/// The type that a header spells.
pub(super) fn unsized_type(ty: &ast::UnsizedType) -> Type {
    use ast::UnsizedTypeKind as Kind;
    match &ty.kind {
        Kind::Int => Type::Int,
        Kind::Real => Type::Real,
        Kind::Complex => Type::Complex,
        Kind::Vector => Type::Vector,
        Kind::RowVector => Type::RowVector,
        Kind::Matrix => Type::Matrix,
        Kind::ComplexVector => Type::ComplexVector,
        Kind::ComplexRowVector => Type::ComplexRowVector,
        Kind::ComplexMatrix => Type::ComplexMatrix,
        Kind::Array(element, dims) => unsized_type(element).array(*dims),
        Kind::Tuple(items) => Type::Tuple(items.iter().map(unsized_type).collect()),
    }
}

fn argument_types(function: &ast::Function) -> Vec<ArgumentType> {
    let arguments = function.arguments.iter();
    arguments.map(|argument| ArgumentType { data_only: argument.data_only, ty: unsized_type(&argument.ty) }).collect()
}

fn is_declaration(function: &ast::Function) -> bool {
    function.body.is_none()
}

impl Checker {
    pub(super) fn functions_block(&mut self, block: &ast::Block<ast::Function>) {
        let mut definitions = Vec::new();
        for function in &block.items {
            let id = self.header(function).ok().flatten();
            definitions.push(id);
        }
        for (function, id) in block.items.iter().zip(definitions) {
            self.function(function, id);
        }
        let undefined: Vec<_> =
            self.functions.iter().filter(|f| f.definition.is_none() && !f.complained).cloned().collect();
        for function in undefined {
            let message = format!("`{}` is declared and never defined", function.name);
            let diagnostic = Diagnostic::error("E0503", function.span, message)
                .with_hint("add a definition with the same arguments and a body");
            self.error(diagnostic);
        }
    }

    /// Enters a function under its name. Gives the id of the definition, if it is one.
    fn header(&mut self, function: &ast::Function) -> Result_<Option<FunctionId>> {
        let name = &function.name.name;
        let arguments = argument_types(function);
        let result = function.return_type.as_ref().map(unsized_type);
        let own = self.functions_by_name.get(name).cloned().unwrap_or_default();
        let declared = own.iter().copied().find(|&i| {
            let other = &self.functions[i];
            other.definition.is_none() && other.arguments == arguments && other.result == result
        });
        if declared.is_none() {
            self.check_new_signature(function, &own, &arguments, &result)?;
        }
        if is_special(name) {
            let message = format!("`{name}` belongs to the library and cannot be defined again");
            return Err(self.error(Diagnostic::error("E0511", function.name.span, message)));
        }
        if is_unnormalised(name) {
            let message = format!("`{name}` cannot be defined: it follows from the normalised density");
            let diagnostic = Diagnostic::error("E0511", function.name.span, message)
                .with_hint(format!("define `{}`", super::calls::normalised(name)));
            return Err(self.error(diagnostic));
        }
        if is_declaration(function) {
            if let Some(other) = declared {
                self.functions[other].complained = true;
                let other = self.functions[other].span;
                let message = format!("`{name}` is declared already");
                let diagnostic =
                    Diagnostic::error("E0502", function.name.span, message).with_label(other, "declared here");
                return Err(self.error(diagnostic));
            }
            self.add_function(function, arguments, result, None);
            return Ok(None);
        }
        let id = FunctionId(self.typed.functions.len() as u32);
        self.typed.functions.push(typed::Function {
            name: name.clone(),
            kind: function_kind(name),
            arguments: Vec::new(),
            data_only: arguments.iter().map(|argument| argument.data_only).collect(),
            result: result.clone(),
            body: Vec::new(),
            span: function.span,
        });
        match declared {
            Some(declared) => {
                let other = self.functions[declared].span;
                self.functions[declared].definition = Some(id);
                self.functions[declared].span = function.name.span;
                let message = "functions need no declaration before their definition";
                let warning = Diagnostic::warning("W0505", other, message)
                    .with_hint("all functions can be called from everywhere: delete this line");
                self.warn(warning);
            }
            None => self.add_function(function, arguments, result, Some(id)),
        }
        Ok(Some(id))
    }

    fn add_function(
        &mut self,
        function: &ast::Function,
        arguments: Vec<ArgumentType>,
        result: Option<Type>,
        definition: Option<FunctionId>,
    ) {
        let name = function.name.name.clone();
        let kind = function_kind(&name);
        self.functions_by_name.entry(name.clone()).or_default().push(self.functions.len());
        self.functions.push(UserFunction {
            name,
            kind,
            arguments,
            result,
            definition,
            complained: false,
            span: function.name.span,
        });
    }

    /// Refuses a function that differs from another in nothing that a call could show.
    fn check_new_signature(
        &mut self,
        function: &ast::Function,
        own: &[usize],
        arguments: &[ArgumentType],
        result: &Option<Type>,
    ) -> Result_<()> {
        let name = &function.name.name;
        let same = |other: &[ArgumentType]| {
            other.len() == arguments.len() && other.iter().zip(arguments).all(|(a, b)| a.ty == b.ty)
        };
        if let Some(&other) = own.iter().rev().find(|&&i| same(&self.functions[i].arguments)) {
            self.functions[other].complained = true;
            let other = &self.functions[other];
            let (span, message) = (
                other.span,
                if other.result == *result {
                    format!("`{name}` is defined already with these types of arguments")
                } else {
                    format!("`{name}` is defined already with these types of arguments and another result")
                },
            );
            let diagnostic = Diagnostic::error("E0502", function.name.span, message).with_label(span, "defined here");
            return Err(self.error(diagnostic));
        }
        if catalogue::signatures(name).into_iter().flatten().any(|signature| same(&signature.arguments)) {
            let message = format!("the library has a function `{name}` with these types of arguments");
            let diagnostic = Diagnostic::error("E0502", function.name.span, message).with_hint("choose another name");
            return Err(self.error(diagnostic));
        }
        Ok(())
    }

    /// Checks a header by itself, and the body.
    fn function(&mut self, function: &ast::Function, id: Option<FunctionId>) {
        let arguments_fine = self.check_header(function).is_ok();
        self.scope.open();
        let mut ids = Vec::new();
        for argument in &function.arguments {
            let ty = unsized_type(&argument.ty);
            let level = if argument.data_only { Level::Data } else { Level::Parameter };
            let variable = self.new_variable(&argument.name, ty.clone(), level, Origin::Argument);
            let declared = Declared {
                id: variable,
                ty,
                block: if argument.data_only { Block::Data } else { Block::Parameters },
                global: false,
                read_only: true,
                span: argument.name.span,
            };
            self.scope.insert(&argument.name.name, declared);
            ids.push(variable);
        }
        if let Some(body) = &function.body {
            let context = FunctionContext {
                kind: function_kind(&function.name.name),
                result: function.return_type.as_ref().map(unsized_type),
            };
            let returns = context.result.is_some();
            self.context.function = Some(context);
            let (body, flow) = self.function_body(body);
            self.context.function = None;
            if returns && flow != Flow::Complete && arguments_fine {
                let message = format!("`{}` can end without returning a value", function.name.name);
                let at = function.return_type.as_ref().map_or(function.name.span, |ty| ty.span.to(function.name.span));
                let diagnostic =
                    Diagnostic::error("E0501", at, message).with_hint("end every path with `return` (or `reject`)");
                self.error(diagnostic);
            }
            if let Some(definition) = id.and_then(|id| self.typed.functions.get_mut(id.0 as usize)) {
                definition.arguments = ids;
                definition.body = body;
            }
        }
        self.scope.close();
    }

    fn function_body(&mut self, body: &ast::Statement) -> (Vec<typed::Statement>, Flow) {
        match &body.kind {
            ast::StatementKind::Block(statements) => self.statement_list(statements),
            _ => {
                let (statement, flow) = self.statement(body);
                (statement, flow)
            }
        }
    }

    fn check_header(&mut self, function: &ast::Function) -> Result_<()> {
        for argument in &function.arguments {
            self.check_name(&argument.name)?;
        }
        self.check_name(&function.name)?;
        let name = &function.name.name;
        if is_conditional(name) && function.return_type.as_ref().map(unsized_type) != Some(Type::Real) {
            let at = function.return_type.as_ref().map_or(function.name.span, |ty| ty.span);
            let message = format!("`{name}` must return real, as every density and distribution function does");
            return Err(self.error(Diagnostic::error("E0505", at, message)));
        }
        let outcome = function.arguments.first().map(|argument| unsized_type(&argument.ty));
        let (wanted, fits) = match function_kind(name) {
            FunctionKind::Lpdf => {
                ("real (or a container of reals)", outcome.as_ref().is_some_and(|ty| !ty.is_integral()))
            }
            FunctionKind::Lpmf => ("int (or an array of ints)", outcome.as_ref().is_some_and(Type::is_integral)),
            _ => ("", true),
        };
        if !fits {
            let found = outcome.map_or("there is none".to_string(), |ty| format!("this is {ty}"));
            let message = format!("the first argument of `{name}`, the outcome, must be {wanted}; {found}");
            let at = function.arguments.first().map_or(function.name.span, |argument| argument.name.span);
            return Err(self.error(Diagnostic::error("E0504", at, message)));
        }
        for argument in &function.arguments {
            self.check_fresh(&argument.name)?;
        }
        let mut seen = HashMap::new();
        for argument in &function.arguments {
            if let Some(first) = seen.insert(argument.name.name.as_str(), argument.name.span) {
                let message = format!("two arguments are called `{}`", argument.name.name);
                let diagnostic =
                    Diagnostic::error("E0205", argument.name.span, message).with_label(first, "the first one");
                return Err(self.error(diagnostic));
            }
        }
        Ok(())
    }
}
