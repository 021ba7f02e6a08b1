//! Short names for making and printing syntax.

use ppl_grammar::ast::{
    BinaryOp, Block, Expr, ExprKind, Ident, Index, LValue, LValueKind, Program, SizedType, SizedTypeKind, Statement,
    StatementKind, UnaryOp,
};
use ppl_grammar::format::{Parentheses, expression, print_program};
use ppl_grammar::source::SourceMap;

/// The syntax of a program.
///
/// # Panics
/// The text is none: the programs of this crate are its own.
pub fn parse(text: &str) -> Program {
    let parsed = ppl_grammar::parse::parse(&SourceMap::from_text("program", text.to_string()));
    assert!(parsed.diagnostics.iter().all(|d| !d.is_error()), "no program: {:?}\n{text}", parsed.diagnostics);
    parsed.program
}

/// The text of a program.
pub fn print(program: &Program) -> String {
    print_program(program, Parentheses::Minimal)
}

/// The text of an expression: what two equal ones share, wherever they stand.
pub fn text(e: &Expr) -> String {
    expression(e)
}

pub fn ident(name: &str) -> Ident {
    Ident { name: name.to_string(), span: Default::default() }
}

pub fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Default::default() }
}

pub fn var(name: &str) -> Expr {
    expr(ExprKind::Variable(name.to_string()))
}

pub fn int(value: i64) -> Expr {
    match value < 0 {
        true => minus(int(-value)),
        false => expr(ExprKind::Int(value.to_string())),
    }
}

pub fn real(digits: &str) -> Expr {
    expr(ExprKind::Real(digits.to_string()))
}

pub fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    expr(ExprKind::Call { name: ident(name), arguments })
}

pub fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    expr(ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) })
}

pub fn minus(operand: Expr) -> Expr {
    expr(ExprKind::Unary { op: UnaryOp::Minus, operand: Box::new(operand) })
}

pub fn transpose(e: Expr) -> Expr {
    expr(ExprKind::Transpose(Box::new(e)))
}

pub fn index(base: Expr, indices: Vec<Index>) -> Expr {
    expr(ExprKind::Index { base: Box::new(base), indices })
}

pub fn at(base: Expr, place: Expr) -> Expr {
    index(base, vec![Index::Single(place)])
}

pub fn statement(kind: StatementKind) -> Statement {
    Statement { kind, span: Default::default() }
}

pub fn declare(kind: SizedTypeKind, name: &str, value: Option<Expr>) -> Statement {
    let ty = SizedType { kind, transform: Default::default(), span: Default::default() };
    statement(StatementKind::Declare { annotations: Vec::new(), ty, variables: vec![(ident(name), value)] })
}

pub fn assign(target: Expr, value: Expr) -> Statement {
    statement(StatementKind::Assign { target: lvalue(target), op: None, value })
}

fn lvalue(e: Expr) -> LValue {
    let kind = match e.kind {
        ExprKind::Index { base, indices } => LValueKind::Index(Box::new(lvalue(*base)), indices),
        ExprKind::Variable(name) => LValueKind::Variable(ident(&name)),
        _ => LValueKind::Variable(ident("")),
    };
    LValue { kind, span: Default::default() }
}

pub fn tilde(arg: Expr, family: &str, arguments: Vec<Expr>) -> Statement {
    statement(StatementKind::Tilde { arg, distribution: ident(family), arguments, truncation: None })
}

pub fn braces(body: Vec<Statement>) -> Statement {
    statement(StatementKind::Block(body))
}

pub fn for_loop(name: &str, lower: Expr, upper: Expr, body: Vec<Statement>) -> Statement {
    statement(StatementKind::For { variable: ident(name), lower, upper, body: Box::new(braces(body)) })
}

/// The statements of a block that may be absent.
pub fn items<T>(block: &mut Option<Block<T>>) -> &mut Vec<T> {
    &mut block.get_or_insert_with(|| Block { items: Vec::new(), span: Default::default() }).items
}

/// The expression without parentheses around it.
pub fn bare(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Paren(inner) => bare(inner),
        _ => e,
    }
}

/// Whether a variable is mentioned.
pub fn mentions(e: &Expr, name: &str) -> bool {
    let mut found = false;
    crate::places::visit(e, &mut |inner| found |= matches!(&inner.kind, ExprKind::Variable(own) if own == name));
    found
}

/// `e + k`, folded where `e` is such a sum.
pub fn plus(e: Expr, k: i64) -> Expr {
    let (e, k) = match &bare(&e).kind {
        ExprKind::Int(digits) => return int(digits.parse::<i64>().unwrap_or(0) + k),
        ExprKind::Binary { op: op @ (BinaryOp::Plus | BinaryOp::Minus), left, right } => match &right.kind {
            ExprKind::Int(digits) => {
                let own = digits.parse::<i64>().unwrap_or(0);
                ((**left).clone(), k + if *op == BinaryOp::Plus { own } else { -own })
            }
            _ => (e, k),
        },
        _ => (e, k),
    };
    match k {
        0 => e,
        k if k > 0 => binary(BinaryOp::Plus, e, int(k)),
        k => binary(BinaryOp::Minus, e, int(-k)),
    }
}
