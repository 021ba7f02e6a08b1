//! From the typed program back to syntax: what a pass prints, and what is checked again before it runs.
//!
//! Names are unique afterwards (a variable that shadows another gets a number), promotions are implicit again, and
//! compound assignments stay written out.

use ppl_grammar::ast;
use ppl_grammar::ast::BinaryOp;
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::HashSet;

/// The names of the variables in the printed program.
#[derive(Clone, Debug)]
pub struct Names {
    of: Vec<String>,
    taken: HashSet<String>,
}

impl Names {
    pub fn new(program: &Program) -> Names {
        let mut of: Vec<String> = program.variables.iter().map(|v| v.name.clone()).collect();
        let functions: HashSet<String> = program.functions.iter().map(|f| f.name.clone()).collect();
        let mut global = vec![true; of.len()];
        for function in &program.functions {
            let mut own = function.arguments.clone();
            function.body.iter().for_each(|s| declared(s, &mut own));
            let mut taken = functions.clone();
            for variable in own {
                let slot = variable.0 as usize;
                global[slot] = false;
                of[slot] = fresh(&of[slot], &mut taken);
            }
        }
        let mut taken = functions;
        let is_loop = |slot: usize| program.variables[slot].origin == Origin::LoopVariable;
        for slot in (0..of.len()).filter(|&slot| global[slot] && !is_loop(slot)) {
            of[slot] = fresh(&of[slot], &mut taken);
        }
        let mut names = Names { of, taken };
        let blocks = [&program.transformed_data, &program.transformed_parameters, &program.model];
        for statement in blocks.into_iter().chain([&program.generated_quantities]).flatten() {
            names.loops(statement, &mut Vec::new());
        }
        names
    }

    /// Loop variables share names, but not with a loop around them or any other variable.
    fn loops(&mut self, statement: &Statement, around: &mut Vec<String>) {
        match &statement.kind {
            StatementKind::For { variable, body, .. } | StatementKind::ForEach { variable, body, .. } => {
                let wish = self.of(*variable).to_string();
                let mut name = wish.clone();
                let mut number = 2;
                while self.taken.contains(&name) || around.contains(&name) {
                    name = format!("{wish}_{number}");
                    number += 1;
                }
                self.rename(*variable, name.clone());
                around.push(name);
                self.loops(body, around);
                around.pop();
            }
            StatementKind::While { body, .. } => self.loops(body, around),
            StatementKind::If { then, otherwise, .. } => {
                self.loops(then, around);
                otherwise.iter().for_each(|s| self.loops(s, around));
            }
            StatementKind::Block(body) | StatementKind::Profile { body, .. } => {
                body.iter().for_each(|s| self.loops(s, around));
            }
            _ => {}
        }
    }

    pub fn of(&self, variable: VarId) -> &str {
        &self.of[variable.0 as usize]
    }

    pub fn rename(&mut self, variable: VarId, name: String) {
        self.of[variable.0 as usize] = name;
    }

    /// A name like `wish` that nothing has yet.
    pub fn fresh(&mut self, wish: &str) -> String {
        fresh(wish, &mut self.taken)
    }
}

fn fresh(wish: &str, taken: &mut HashSet<String>) -> String {
    let mut name = wish.to_string();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{wish}_{number}");
        number += 1;
    }
    name
}

/// The variables that a statement declares, in order.
pub fn declared(statement: &Statement, out: &mut Vec<VarId>) {
    statement.for_each(&mut |s| match &s.kind {
        StatementKind::Declare(declaration) => out.push(declaration.variable),
        StatementKind::For { variable, .. } | StatementKind::ForEach { variable, .. } => out.push(*variable),
        _ => {}
    });
}

/// Prints parts of one program.
#[derive(Clone, Copy)]
pub struct Unparse<'a> {
    pub program: &'a Program,
    pub names: &'a Names,
}

impl Unparse<'_> {
    /// The whole program.
    pub fn program(&self) -> ast::Program {
        let p = self.program;
        ast::Program {
            functions: block(self.functions()),
            data: block(p.data.iter().map(|d| self.declaration(d)).collect()),
            transformed_data: block(self.statements(&p.transformed_data)),
            parameters: block(p.parameters.iter().map(|d| self.declaration(d)).collect()),
            transformed_parameters: block(self.statements(&p.transformed_parameters)),
            model: block(self.statements(&p.model)),
            generated_quantities: block(self.statements(&p.generated_quantities)),
        }
    }

    /// The functions, with forward declarations where one is called before its definition.
    pub fn functions(&self) -> Vec<ast::Function> {
        let functions = &self.program.functions;
        let mut forward: Vec<usize> = Vec::new();
        for (at, function) in functions.iter().enumerate() {
            let mut note = |callee: usize| {
                if callee >= at && !forward.contains(&callee) {
                    forward.push(callee);
                }
            };
            for statement in &function.body {
                statement.for_each_callee(&mut |callee| {
                    if let Callee::User { function, .. } = callee {
                        note(function.0 as usize);
                    }
                });
                statement.for_each_expr(&mut |e| {
                    if let ExprKind::Function(function) = &e.kind {
                        note(function.0 as usize);
                    }
                });
            }
        }
        forward.sort_unstable();
        let declarations = forward.iter().map(|&at| self.function(&functions[at], false));
        declarations.chain(functions.iter().map(|f| self.function(f, true))).collect()
    }

    fn function(&self, f: &Function, with_body: bool) -> ast::Function {
        let arguments = f.arguments.iter().zip(&f.data_only).map(|(&variable, &data_only)| ast::Argument {
            data_only,
            ty: unsized_type(&self.program.variable(variable).ty),
            name: ident(self.names.of(variable)),
        });
        ast::Function {
            annotations: Vec::new(),
            return_type: f.result.as_ref().map(unsized_type),
            name: ident(&f.name),
            arguments: arguments.collect(),
            body: with_body.then(|| statement(ast::StatementKind::Block(self.statements(&f.body)), f.span)),
            span: f.span,
        }
    }

    pub fn statements(&self, statements: &[Statement]) -> Vec<ast::Statement> {
        statements.iter().map(|s| self.statement(s)).collect()
    }

    pub fn statement(&self, s: &Statement) -> ast::Statement {
        use ast::StatementKind as A;
        let boxed = |s: &Statement| Box::new(self.statement(s));
        let kind = match &s.kind {
            StatementKind::Declare(declaration) => return self.declaration(declaration),
            StatementKind::Assign { target, value } => {
                A::Assign { target: self.lvalue(target), op: None, value: self.expr(value) }
            }
            StatementKind::AssignTuple { targets, value } => {
                let targets = targets.iter().map(|t| self.lvalue(t)).collect();
                let target = ast::LValue { kind: ast::LValueKind::Tuple(targets), span: s.span };
                A::Assign { target, op: None, value: self.expr(value) }
            }
            StatementKind::Call { function, arguments } => {
                A::Call { name: ident(&self.callee(function)), arguments: self.exprs(arguments) }
            }
            StatementKind::TargetPlus(e) => A::TargetPlus(self.expr(e)),
            StatementKind::JacobianPlus(e) => A::JacobianPlus(self.expr(e)),
            StatementKind::Tilde { density, outcome, arguments, truncation } => A::Tilde {
                arg: self.expr(outcome),
                distribution: ident(&self.distribution(density)),
                arguments: self.exprs(arguments),
                truncation: truncation.as_ref().map(|t| ast::Truncation {
                    lower: t.lower.as_ref().map(|e| self.expr(e)),
                    upper: t.upper.as_ref().map(|e| self.expr(e)),
                    span: t.span,
                }),
            },
            StatementKind::Break => A::Break,
            StatementKind::Continue => A::Continue,
            StatementKind::Return(value) => A::Return(value.as_ref().map(|e| self.expr(e))),
            StatementKind::Print(messages) => A::Print(self.messages(messages)),
            StatementKind::Reject(messages) => A::Reject(self.messages(messages)),
            StatementKind::FatalError(messages) => A::FatalError(self.messages(messages)),
            StatementKind::If { condition, then, otherwise } => A::If {
                condition: self.expr(condition),
                then: boxed(then),
                otherwise: otherwise.as_ref().map(|s| boxed(s)),
            },
            StatementKind::While { condition, body } => A::While { condition: self.expr(condition), body: boxed(body) },
            StatementKind::For { variable, lower, upper, body } => A::For {
                variable: ident(self.names.of(*variable)),
                lower: self.expr(lower),
                upper: self.expr(upper),
                body: boxed(body),
            },
            StatementKind::ForEach { variable, range, body } => {
                A::ForEach { variable: ident(self.names.of(*variable)), range: self.expr(range), body: boxed(body) }
            }
            StatementKind::Block(body) => A::Block(self.statements(body)),
            StatementKind::Profile { name, body } => A::Profile { name: name.clone(), body: self.statements(body) },
            StatementKind::Skip => A::Skip,
        };
        statement(kind, s.span)
    }

    fn messages(&self, messages: &[Message]) -> Vec<ast::Expr> {
        let message = |m: &Message| match m {
            Message::Text(text) => expr(ast::ExprKind::String(text.clone())),
            Message::Value(e) => self.expr(e),
        };
        messages.iter().map(message).collect()
    }

    pub fn declaration(&self, d: &Declaration) -> ast::Statement {
        let variable = (ident(self.names.of(d.variable)), d.initial.as_ref().map(|e| self.expr(e)));
        let kind =
            ast::StatementKind::Declare { annotations: Vec::new(), ty: self.sized(&d.ty), variables: vec![variable] };
        statement(kind, d.span)
    }

    pub fn sized(&self, ty: &SizedType) -> ast::SizedType {
        use ast::SizedTypeKind as K;
        let (kind, constraint) = match ty {
            SizedType::Int(c) => (K::Int, c),
            SizedType::Real(c) => (K::Real, c),
            SizedType::Complex(c) => (K::Complex, c),
            SizedType::Vector(n, c) => {
                let n = self.expr(n);
                let kind = match c {
                    Constraint::Simplex => K::Simplex(n),
                    Constraint::UnitVector => K::UnitVector(n),
                    Constraint::SumToZero => K::SumToZeroVector(n),
                    Constraint::Ordered => K::Ordered(n),
                    Constraint::PositiveOrdered => K::PositiveOrdered(n),
                    _ => K::Vector(n),
                };
                (kind, c)
            }
            SizedType::RowVector(n, c) => (K::RowVector(self.expr(n)), c),
            SizedType::Matrix(rows, columns, c) => {
                let (m, n) = (self.expr(rows), self.expr(columns));
                let kind = match c {
                    Constraint::SumToZero => K::SumToZeroMatrix(m, n),
                    Constraint::CorrMatrix => K::CorrMatrix(m),
                    Constraint::CovMatrix => K::CovMatrix(m),
                    Constraint::CholeskyFactorCorr => K::CholeskyFactorCorr(m),
                    Constraint::CholeskyFactorCov if rows == columns => K::CholeskyFactorCov(m, None),
                    Constraint::CholeskyFactorCov => K::CholeskyFactorCov(m, Some(Box::new(n))),
                    Constraint::RowStochastic => K::RowStochasticMatrix(m, n),
                    Constraint::ColumnStochastic => K::ColumnStochasticMatrix(m, n),
                    _ => K::Matrix(m, n),
                };
                (kind, c)
            }
            SizedType::ComplexVector(n, c) => (K::ComplexVector(self.expr(n)), c),
            SizedType::ComplexRowVector(n, c) => (K::ComplexRowVector(self.expr(n)), c),
            SizedType::ComplexMatrix(m, n, c) => (K::ComplexMatrix(self.expr(m), self.expr(n)), c),
            SizedType::Array(element, sizes) => {
                (K::Array(Box::new(self.sized(element)), self.exprs(sizes)), &Constraint::None)
            }
            SizedType::Tuple(items) => {
                (K::Tuple(items.iter().map(|item| self.sized(item)).collect()), &Constraint::None)
            }
        };
        let some = |e: &Expr| Some(Box::new(self.expr(e)));
        let mut transform = ast::Transform::default();
        match constraint {
            Constraint::Lower(a) => transform.lower = some(a),
            Constraint::Upper(b) => transform.upper = some(b),
            Constraint::LowerUpper(a, b) => (transform.lower, transform.upper) = (some(a), some(b)),
            Constraint::Offset(a) => transform.offset = some(a),
            Constraint::Multiplier(b) => transform.multiplier = some(b),
            Constraint::OffsetMultiplier(a, b) => (transform.offset, transform.multiplier) = (some(a), some(b)),
            _ => {}
        }
        ast::SizedType { kind, transform, span: Span::default() }
    }

    pub fn lvalue(&self, target: &LValue) -> ast::LValue {
        let span = target.span;
        let root = ast::LValue { kind: ast::LValueKind::Variable(ident(self.names.of(target.variable))), span };
        target.path.iter().fold(root, |base, access| {
            let kind = match access {
                Access::Index(indices) => ast::LValueKind::Index(Box::new(base), self.indices(indices)),
                Access::Project(slot) => ast::LValueKind::Project(Box::new(base), *slot),
            };
            ast::LValue { kind, span }
        })
    }

    pub fn indices(&self, indices: &[Index]) -> Vec<ast::Index> {
        let index = |index: &Index| match index {
            Index::All => ast::Index::All(Span::default()),
            Index::Single(e) | Index::Multi(e) => ast::Index::Single(self.expr(e)),
            Index::From(e) => ast::Index::From(self.expr(e)),
            Index::To(e) => ast::Index::To(self.expr(e)),
            Index::Between(a, b) => ast::Index::Between(self.expr(a), self.expr(b)),
        };
        indices.iter().map(index).collect()
    }

    pub fn exprs(&self, items: &[Expr]) -> Vec<ast::Expr> {
        items.iter().map(|e| self.expr(e)).collect()
    }

    pub fn expr(&self, e: &Expr) -> ast::Expr {
        use ast::ExprKind as A;
        let boxed = |e: &Expr| Box::new(self.expr(e));
        let kind = match &e.kind {
            ExprKind::Int(i) if *i < 0 => {
                let digits = i64::from(*i).unsigned_abs().to_string();
                A::Unary { op: ast::UnaryOp::Minus, operand: Box::new(expr(A::Int(digits))) }
            }
            ExprKind::Int(i) => A::Int(i.to_string()),
            ExprKind::Real(x) => A::Real(real_literal(*x)),
            ExprKind::Imaginary(x) => A::Imaginary(real_literal(*x)),
            ExprKind::Variable(variable) => A::Variable(self.names.of(*variable).to_string()),
            ExprKind::Target => A::Target,
            ExprKind::Call { callee: Callee::Operator(op), arguments } => self.operator(*op, arguments),
            ExprKind::Call { callee, arguments } => {
                let name = ident(&self.callee(callee));
                match (is_conditional(callee), arguments.split_first()) {
                    (true, Some((outcome, rest))) => {
                        A::Conditional { name, outcome: boxed(outcome), arguments: self.exprs(rest) }
                    }
                    _ => A::Call { name, arguments: self.exprs(arguments) },
                }
            }
            ExprKind::And(a, b) => A::Binary { op: BinaryOp::And, left: boxed(a), right: boxed(b) },
            ExprKind::Or(a, b) => A::Binary { op: BinaryOp::Or, left: boxed(a), right: boxed(b) },
            ExprKind::Ternary { condition, then, otherwise } => {
                A::Ternary { condition: boxed(condition), then: boxed(then), otherwise: boxed(otherwise) }
            }
            ExprKind::Index { base, indices } => A::Index { base: boxed(base), indices: self.indices(indices) },
            ExprKind::Project { base, index } => A::Project { base: boxed(base), index: *index },
            ExprKind::Array(items) => A::Array(self.exprs(items)),
            ExprKind::RowVector(items) | ExprKind::MatrixRows(items) => A::RowVector(self.exprs(items)),
            ExprKind::Tuple(items) => A::Tuple(self.exprs(items)),
            ExprKind::Promote(operand) => return self.expr(operand),
            ExprKind::Function(function) => A::Variable(self.program.function(*function).name.clone()),
        };
        ast::Expr { kind, span: e.span }
    }

    fn operator(&self, op: Operator, arguments: &[Expr]) -> ast::ExprKind {
        use ast::ExprKind as A;
        let mut operands = arguments.iter().map(|e| Box::new(self.expr(e)));
        let (Some(first), second) = (operands.next(), operands.next()) else { return A::Error };
        let unary = |op| A::Unary { op, operand: first.clone() };
        match op {
            Operator::Not => return unary(ast::UnaryOp::Not),
            Operator::Negate => return unary(ast::UnaryOp::Minus),
            Operator::Plus1 => return unary(ast::UnaryOp::Plus),
            Operator::Transpose => return A::Transpose(first),
            _ => {}
        }
        match (binary_operator(op), second) {
            (Some(op), Some(second)) => A::Binary { op, left: first, right: second },
            _ => A::Error,
        }
    }

    /// The name that a call of `callee` is written with.
    pub fn callee(&self, callee: &Callee) -> String {
        match callee {
            Callee::Operator(op) => op.function_name().to_string(),
            Callee::Library(name) => name.clone(),
            Callee::Distribution { family, form } => format!("{family}{}", suffix(family, *form)),
            Callee::User { function, form } => {
                let name = &self.program.function(*function).name;
                match form {
                    Form::LogUnnormalised => unnormalised(name),
                    _ => name.clone(),
                }
            }
        }
    }

    /// The name right of `~`.
    pub fn distribution(&self, callee: &Callee) -> String {
        match callee {
            Callee::Distribution { family, .. } => family.clone(),
            Callee::User { function, .. } => {
                let name = &self.program.function(*function).name;
                name.strip_suffix("_lpdf").or(name.strip_suffix("_lpmf")).unwrap_or(name).to_string()
            }
            other => self.callee(other),
        }
    }
}

/// Whether calls of this are written with a bar.
fn is_conditional(callee: &Callee) -> bool {
    match callee {
        Callee::Distribution { form, .. } => *form != Form::Rng,
        Callee::User { form, .. } => !matches!(form, Form::Plain | Form::Rng),
        _ => false,
    }
}

/// How an operator of two operands is written; `None` for those of one.
pub fn binary_operator(op: Operator) -> Option<BinaryOp> {
    Some(match op {
        Operator::Not | Operator::Negate | Operator::Plus1 | Operator::Transpose => return None,
        Operator::Plus => BinaryOp::Plus,
        Operator::Minus => BinaryOp::Minus,
        Operator::Times => BinaryOp::Times,
        Operator::Divide => BinaryOp::Divide,
        Operator::IntDivide => BinaryOp::IntDivide,
        Operator::Modulo => BinaryOp::Modulo,
        Operator::LeftDivide => BinaryOp::LeftDivide,
        Operator::EltTimes => BinaryOp::EltTimes,
        Operator::EltDivide => BinaryOp::EltDivide,
        Operator::Pow => BinaryOp::Pow,
        Operator::EltPow => BinaryOp::EltPow,
        Operator::Equals => BinaryOp::Equals,
        Operator::NotEquals => BinaryOp::NotEquals,
        Operator::Less => BinaryOp::Less,
        Operator::LessEquals => BinaryOp::LessEquals,
        Operator::Greater => BinaryOp::Greater,
        Operator::GreaterEquals => BinaryOp::GreaterEquals,
    })
}

/// What the name of a family's function ends with.
pub fn suffix(family: &str, form: Form) -> &'static str {
    let discrete = ppl_runtime::catalogue::family(family)
        .is_some_and(|declaration| declaration.kind == ppl_runtime::catalogue::Kind::Discrete);
    match (form, discrete) {
        (Form::Plain, _) => "",
        (Form::Log, false) => "_lpdf",
        (Form::Log, true) => "_lpmf",
        (Form::LogUnnormalised, false) => "_lupdf",
        (Form::LogUnnormalised, true) => "_lupmf",
        (Form::Lcdf, _) => "_lcdf",
        (Form::Lccdf, _) => "_lccdf",
        (Form::Cdf, _) => "_cdf",
        (Form::Rng, _) => "_rng",
    }
}

/// The name of a user's density in the form without constants.
pub fn unnormalised(name: &str) -> String {
    match (name.strip_suffix("_lpdf"), name.strip_suffix("_lpmf")) {
        (Some(stem), _) => format!("{stem}_lupdf"),
        (_, Some(stem)) => format!("{stem}_lupmf"),
        _ => name.to_string(),
    }
}

/// A literal that reads back as the same number.
pub fn real_literal(x: f64) -> String {
    let text = format!("{x:?}");
    match text.contains(['.', 'e']) {
        true => text,
        false => format!("{text}.0"),
    }
}

fn unsized_type(ty: &Type) -> ast::UnsizedType {
    use ast::UnsizedTypeKind as K;
    let kind = match ty {
        Type::Int => K::Int,
        Type::Real | Type::Function(_) => K::Real,
        Type::Complex => K::Complex,
        Type::Vector => K::Vector,
        Type::RowVector => K::RowVector,
        Type::Matrix => K::Matrix,
        Type::ComplexVector => K::ComplexVector,
        Type::ComplexRowVector => K::ComplexRowVector,
        Type::ComplexMatrix => K::ComplexMatrix,
        Type::Array(element, dims) => K::Array(Box::new(unsized_type(element)), *dims),
        Type::Tuple(items) => K::Tuple(items.iter().map(unsized_type).collect()),
    };
    ast::UnsizedType { kind, span: Span::default() }
}

pub fn ident(name: &str) -> ast::Ident {
    ast::Ident { name: name.to_string(), span: Span::default() }
}

fn expr(kind: ast::ExprKind) -> ast::Expr {
    ast::Expr { kind, span: Span::default() }
}

fn statement(kind: ast::StatementKind, span: Span) -> ast::Statement {
    ast::Statement { kind, span }
}

fn block<T>(items: Vec<T>) -> Option<ast::Block<T>> {
    (!items.is_empty()).then(|| ast::Block { items, span: Span::default() })
}
