//! What the parser does with what it has read: builds the tree, and notes what the grammar takes but the language does
//! not. Nothing here fails; the parser goes on with a best guess.

use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::old;
use crate::span::Span;

/// Collects what is wrong with constructs that the grammar could read.
#[derive(Debug, Default)]
pub struct Builder {
    pub diagnostics: Vec<Diagnostic>,
    /// The last block read and where.
    last: Option<(BlockName, Span)>,
}

/// The blocks, in the order in which they must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlockName {
    Functions,
    Data,
    TransformedData,
    Parameters,
    TransformedParameters,
    Model,
    GeneratedQuantities,
}

impl BlockName {
    pub fn words(self) -> &'static str {
        match self {
            BlockName::Functions => "functions",
            BlockName::Data => "data",
            BlockName::TransformedData => "transformed data",
            BlockName::Parameters => "parameters",
            BlockName::TransformedParameters => "transformed parameters",
            BlockName::Model => "model",
            BlockName::GeneratedQuantities => "generated quantities",
        }
    }

    /// The block of statements in `program`; functions are kept elsewhere, so they share a place with the model.
    pub fn of(self, program: &mut Program) -> &mut Option<Block<Statement>> {
        match self {
            BlockName::Data => &mut program.data,
            BlockName::TransformedData => &mut program.transformed_data,
            BlockName::Parameters => &mut program.parameters,
            BlockName::TransformedParameters => &mut program.transformed_parameters,
            BlockName::Functions | BlockName::Model => &mut program.model,
            BlockName::GeneratedQuantities => &mut program.generated_quantities,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundName {
    Lower,
    Upper,
    Offset,
    Multiplier,
}

impl BoundName {
    fn word(self) -> &'static str {
        match self {
            BoundName::Lower => "lower",
            BoundName::Upper => "upper",
            BoundName::Offset => "offset",
            BoundName::Multiplier => "multiplier",
        }
    }

    fn is_range(self) -> bool {
        matches!(self, BoundName::Lower | BoundName::Upper)
    }
}

/// `lower = e` between `<` and `>`.
#[derive(Debug)]
pub struct Bound {
    pub name: BoundName,
    pub value: Expr,
    pub span: Span,
}

/// One variable of a declaration.
#[derive(Debug)]
pub struct Declarator {
    pub name: Ident,
    /// `x[N]`, the old way to declare an array.
    pub old_sizes: Option<(Vec<Expr>, Span)>,
    pub value: Option<Expr>,
}

/// A loop without its body.
#[derive(Debug)]
pub enum LoopHead {
    While(Expr),
    For(Ident, Expr, Expr),
    ForEach(Ident, Expr),
}

impl LoopHead {
    pub fn with(self, body: Statement, span: Span) -> Statement {
        let body = Box::new(body);
        let kind = match self {
            LoopHead::While(condition) => StatementKind::While { condition, body },
            LoopHead::For(variable, lower, upper) => StatementKind::For { variable, lower, upper, body },
            LoopHead::ForEach(variable, range) => StatementKind::ForEach { variable, range, body },
        };
        Statement { kind, span }
    }
}

pub fn prepend<T>(first: T, rest: Vec<T>) -> Vec<T> {
    let mut items = Vec::with_capacity(rest.len() + 1);
    items.push(first);
    items.extend(rest);
    items
}

pub fn unquote(text: &str) -> String {
    text.trim_matches('"').to_string()
}

pub fn set_once<T>(place: &mut Option<T>, value: T) {
    place.get_or_insert(value);
}

pub fn binary(left: Expr, op: BinaryOp, right: Expr, span: Span) -> Expr {
    Expr { kind: ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }, span }
}

pub fn ternary(condition: Expr, then: Expr, otherwise: Expr, span: Span) -> Expr {
    let kind =
        ExprKind::Ternary { condition: Box::new(condition), then: Box::new(then), otherwise: Box::new(otherwise) };
    Expr { kind, span }
}

pub fn if_else(condition: Expr, then: Statement, otherwise: Option<Statement>, span: Span) -> Statement {
    let kind = StatementKind::If { condition, then: Box::new(then), otherwise: otherwise.map(Box::new) };
    Statement { kind, span }
}

impl Builder {
    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let at = self.diagnostics.len();
        self.diagnostics.push(Diagnostic::error(code, span, message));
        &mut self.diagnostics[at]
    }

    // Blocks

    /// Blocks have a fixed order and come once each.
    pub fn block(&mut self, name: BlockName, span: Span) {
        let words = name.words();
        let head = Span { end: span.start + words.len() as u32, ..span };
        match self.last {
            Some((last, before)) if last == name => {
                let diagnostic = self.error("E0111", head, format!("a second `{words}` block"));
                diagnostic.labels.push((before, "the first one".into()));
                diagnostic.hint = Some("put everything into one block".into());
            }
            Some((last, before)) if last > name => {
                let diagnostic = self.error(
                    "E0111",
                    head,
                    format!("the `{words}` block must stand before the `{}` block", last.words()),
                );
                diagnostic.labels.push((before, format!("the `{}` block", last.words())));
                diagnostic.hint = Some(
                    "the order is: functions, data, transformed data, parameters, transformed parameters, model, \
                     generated quantities"
                        .into(),
                );
            }
            _ => self.last = Some((name, head)),
        }
    }

    /// What may stand in which block, as far as it shows without types.
    pub fn check_block(&mut self, name: BlockName, items: &[Statement]) {
        match name {
            BlockName::Data | BlockName::Parameters => {
                for item in items {
                    self.check_declaration(name, item);
                }
            }
            BlockName::Model | BlockName::Functions => self.check_local(items),
            _ => {
                for item in items {
                    if !matches!(item.kind, StatementKind::Declare { .. }) {
                        self.check_local(std::slice::from_ref(item));
                    }
                }
            }
        }
    }

    fn check_declaration(&mut self, block: BlockName, statement: &Statement) {
        let words = block.words();
        match &statement.kind {
            StatementKind::Declare { variables, .. } => {
                for (variable, value) in variables {
                    if let Some(value) = value {
                        let hint = format!("move the declaration to the `transformed {words}` block");
                        let message = format!("`{}` cannot be given a value in the `{words}` block", variable.name);
                        self.error("E0113", value.span, message).hint = Some(hint);
                    }
                }
            }
            StatementKind::Skip | StatementKind::Error => {}
            _ => {
                let hint = match block {
                    BlockName::Data => "compute in the `transformed data` block",
                    _ => "compute in the `transformed parameters` or the `model` block",
                };
                let message = format!("only declarations may stand in the `{words}` block");
                self.error("E0112", statement.span, message).hint = Some(hint.into());
            }
        }
    }

    /// Local variables have no constraints.
    pub fn check_local(&mut self, statements: &[Statement]) {
        for statement in statements {
            match &statement.kind {
                StatementKind::Declare { ty, .. } => self.check_local_type(ty),
                StatementKind::Block(items) | StatementKind::Profile { body: items, .. } => self.check_local(items),
                StatementKind::If { then, otherwise, .. } => {
                    self.check_local(std::slice::from_ref(then));
                    if let Some(otherwise) = otherwise {
                        self.check_local(std::slice::from_ref(otherwise));
                    }
                }
                StatementKind::While { body, .. }
                | StatementKind::For { body, .. }
                | StatementKind::ForEach { body, .. } => self.check_local(std::slice::from_ref(body)),
                _ => {}
            }
        }
    }

    fn check_local_type(&mut self, ty: &SizedType) {
        if !ty.transform.is_identity() {
            self.error("E0114", ty.transform.span, "a local variable cannot have a constraint").hint = Some(
                "leave out `<...>`; constraints are for the data, parameters and generated quantities blocks".into(),
            );
        }
        let plain = match &ty.kind {
            SizedTypeKind::Array(element, _) => return self.check_local_type(element),
            SizedTypeKind::Tuple(slots) => return slots.iter().for_each(|slot| self.check_local_type(slot)),
            SizedTypeKind::Simplex(_)
            | SizedTypeKind::UnitVector(_)
            | SizedTypeKind::SumToZeroVector(_)
            | SizedTypeKind::Ordered(_)
            | SizedTypeKind::PositiveOrdered(_) => "vector",
            SizedTypeKind::SumToZeroMatrix(..)
            | SizedTypeKind::CorrMatrix(_)
            | SizedTypeKind::CovMatrix(_)
            | SizedTypeKind::CholeskyFactorCorr(_)
            | SizedTypeKind::CholeskyFactorCov(..)
            | SizedTypeKind::RowStochasticMatrix(..)
            | SizedTypeKind::ColumnStochasticMatrix(..) => "matrix",
            _ => return,
        };
        self.error("E0114", ty.span, "a local variable cannot have a constrained type").hint =
            Some(format!("declare it as `{plain}`"));
    }

    // Types

    /// `real[,]`, the old spelling of `array[,] real`, or a type with sizes where none may stand.
    pub fn unsized_brackets(
        &mut self,
        element: UnsizedType,
        indices: Vec<Index>,
        whole: Span,
        brackets: Span,
    ) -> UnsizedType {
        let name = unsized_name(&element.kind);
        if indices.iter().all(|index| matches!(index, Index::All(_))) {
            let commas = ",".repeat(indices.len() - 1);
            self.error("E0121", whole, "old array syntax").hint = Some(format!("write `array[{commas}] {name}`"));
            return UnsizedType { kind: UnsizedTypeKind::Array(Box::new(element), indices.len()), span: whole };
        }
        self.error("E0122", brackets, "types of functions and their arguments have no sizes").hint =
            Some(format!("write `{name}`, or `array[] {name}` for an array"));
        UnsizedType { span: whole, ..element }
    }

    pub fn int_transform(&mut self, transform: &Transform) {
        if transform.offset.is_some() || transform.multiplier.is_some() {
            self.error("E0123", transform.span, "an integer can only have the bounds `lower` and `upper`");
        }
    }

    pub fn transform(&mut self, first: Bound, second: Option<Bound>, span: Span) -> Transform {
        let mut transform = Transform { span, ..Transform::default() };
        let first_name = first.name;
        *bound_of(&mut transform, first_name) = Some(Box::new(first.value));
        let Some(second) = second else {
            return transform;
        };
        if second.name == first_name {
            self.error("E0123", second.span, format!("a second `{}`", second.name.word()));
        } else if second.name.is_range() != first_name.is_range() {
            let message = format!("`{}` cannot be combined with `{}`", second.name.word(), first_name.word());
            self.error("E0123", second.span, message).hint =
                Some("a constraint is `<lower=, upper=>` or `<offset=, multiplier=>`".into());
        } else {
            *bound_of(&mut transform, second.name) = Some(Box::new(second.value));
        }
        transform
    }

    // Statements

    pub fn declare(
        &mut self,
        annotations: Vec<Ident>,
        mut ty: SizedType,
        declarators: Vec<Declarator>,
    ) -> StatementKind {
        let mut variables = Vec::with_capacity(declarators.len());
        let mut array = None;
        // `int x[N], y[N]` can be written as one declaration still, `int x[N], y` cannot.
        let texts: Vec<Option<String>> = declarators
            .iter()
            .map(|declarator| declarator.old_sizes.as_ref().map(|(sizes, _)| crate::format::expressions(sizes)))
            .collect();
        let code = if texts.windows(2).all(|pair| pair[0] == pair[1]) { "E0120" } else { "E0126" };
        let type_text = if texts.iter().any(Option::is_some) { crate::format::sized_type(&ty) } else { String::new() };
        for (Declarator { name, old_sizes, value }, sizes_text) in declarators.into_iter().zip(texts) {
            if let Some((sizes, span)) = old_sizes {
                let sizes_text = sizes_text.unwrap_or_default();
                self.error(code, span, "old array syntax").hint =
                    Some(format!("write `array[{sizes_text}] {type_text} {};`", name.name));
                array.get_or_insert(sizes);
            }
            variables.push((name, value));
        }
        if let Some(mut sizes) = array {
            let span = ty.span;
            if let SizedTypeKind::Array(element, inner) = ty.kind {
                sizes.extend(inner);
                ty = *element;
            }
            let kind = SizedTypeKind::Array(Box::new(ty), sizes);
            ty = SizedType { kind, transform: Transform::default(), span };
        }
        StatementKind::Declare { annotations, ty, variables }
    }

    pub fn assign(&mut self, target: Expr, op: Option<BinaryOp>, value: Expr) -> StatementKind {
        let span = target.span;
        match lvalue(target) {
            Ok(target) => StatementKind::Assign { target, op, value },
            Err(bad) => {
                let message = if bad == span {
                    "this expression cannot be assigned to"
                } else {
                    "a part of this expression cannot be assigned to"
                };
                let diagnostic = self.error("E0131", span, message);
                if bad != span {
                    diagnostic.labels.push((bad, "no variable, element or part of a tuple".into()));
                }
                diagnostic.hint = Some(
                    "left of `=` stands a variable, an element `x[i]`, a part `x.1` of a tuple, or a \
                                        tuple of these"
                        .into(),
                );
                StatementKind::Error
            }
        }
    }

    /// `e;`, which is a statement only where `e` is a call. `end` is the place of the `;`.
    pub fn expression_statement(&mut self, e: Expr, end: crate::lexer::Loc) -> StatementKind {
        let Expr { kind, span } = e;
        let semicolon = Span { file: end.file, start: end.offset, end: end.offset + 1 };
        match kind {
            ExprKind::Call { name, arguments } => return StatementKind::Call { name, arguments },
            ExprKind::Binary { op: BinaryOp::Less, left, right } => {
                if let Some(value) = old::arrow(&left, &right) {
                    let hint = format!(
                        "write `{} = {};`",
                        crate::format::expression(&left),
                        crate::format::expression(&value)
                    );
                    self.error("E0124", span, "`<-` is no longer an assignment").hint = Some(hint);
                    return self.assign(*left, None, value);
                }
                self.error("E0130", semicolon, "an expression is not a statement").labels.push((span, String::new()));
            }
            ExprKind::Binary { op: BinaryOp::Equals, left, right } => {
                let target = crate::format::expression(&left);
                let value = crate::format::expression(&right);
                self.error("E0130", semicolon, "a comparison is not a statement").hint =
                    Some(format!("to assign, write `{target} = {value};`"));
            }
            ExprKind::Conditional { .. } => {
                let diagnostic = self.error("E0130", semicolon, "the value of this call is not used");
                diagnostic.labels.push((span, "a log density".into()));
                diagnostic.hint = Some("add it to the log density: `target += ...;`".into());
            }
            _ => {
                let diagnostic = self.error("E0130", semicolon, "an expression is not a statement");
                diagnostic.labels.push((span, "this expression".into()));
                diagnostic.hint = Some("assign it, `x = ...;`, or add it to the log density, `target += ...;`".into());
            }
        }
        StatementKind::Error
    }

    // Expressions

    /// `base.1`; `text` is the `.1`.
    pub fn project(&mut self, base: Expr, text: &str, span: Span) -> ExprKind {
        match text[1..].replace('_', "").parse() {
            Ok(index) => ExprKind::Project { base: Box::new(base), index },
            Err(_) => {
                self.error("E0132", span, format!("`{text}` is no part of a tuple")).hint =
                    Some("parts of a tuple are `.1`, `.2`, and so on".into());
                ExprKind::Error
            }
        }
    }
}

/// `e` as something to assign to, or the span of what stands in the way.
fn lvalue(e: Expr) -> Result<LValue, Span> {
    match e.kind {
        ExprKind::Tuple(parts) => {
            let kind = LValueKind::Tuple(parts.into_iter().map(lvalue).collect::<Result<_, _>>()?);
            Ok(LValue { kind, span: e.span })
        }
        _ => place(e),
    }
}

fn place(e: Expr) -> Result<LValue, Span> {
    let span = e.span;
    let kind = match e.kind {
        ExprKind::Variable(name) => LValueKind::Variable(Ident { name, span }),
        ExprKind::Index { base, indices } => LValueKind::Index(Box::new(place(*base)?), indices),
        ExprKind::Project { base, index } => LValueKind::Project(Box::new(place(*base)?), index),
        _ => return Err(span),
    };
    Ok(LValue { kind, span })
}

fn bound_of(transform: &mut Transform, name: BoundName) -> &mut Option<Box<Expr>> {
    match name {
        BoundName::Lower => &mut transform.lower,
        BoundName::Upper => &mut transform.upper,
        BoundName::Offset => &mut transform.offset,
        BoundName::Multiplier => &mut transform.multiplier,
    }
}

fn unsized_name(kind: &UnsizedTypeKind) -> &'static str {
    match kind {
        UnsizedTypeKind::Int => "int",
        UnsizedTypeKind::Real => "real",
        UnsizedTypeKind::Complex => "complex",
        UnsizedTypeKind::Vector => "vector",
        UnsizedTypeKind::RowVector => "row_vector",
        UnsizedTypeKind::Matrix => "matrix",
        UnsizedTypeKind::ComplexVector => "complex_vector",
        UnsizedTypeKind::ComplexRowVector => "complex_row_vector",
        UnsizedTypeKind::ComplexMatrix => "complex_matrix",
        UnsizedTypeKind::Array(..) => "array",
        UnsizedTypeKind::Tuple(_) => "tuple",
    }
}

/// Makes a type from its size, or from its rows and columns.
pub type Make1 = fn(Expr) -> SizedTypeKind;
pub type Make2 = fn(Expr, Expr) -> SizedTypeKind;
