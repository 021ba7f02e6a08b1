//! The syntax tree: what was written, nothing resolved. Every node has the span it was written at.
//!
//! The parser makes it, the formatter prints it back, the checker (`ppl-program`) turns it into a typed program.

use crate::span::Span;

/// A name and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    pub name: String,
    pub span: Span,
}

/// A whole program: blocks in Stan's fixed order, each optional.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    pub functions: Option<Block<Function>>,
    pub data: Option<Block<Statement>>,
    pub transformed_data: Option<Block<Statement>>,
    pub parameters: Option<Block<Statement>>,
    pub transformed_parameters: Option<Block<Statement>>,
    pub model: Option<Block<Statement>>,
    pub generated_quantities: Option<Block<Statement>>,
}

/// `{ ... }` after a block's name; `span` covers name and braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Block<T> {
    pub items: Vec<T>,
    pub span: Span,
}

/// A function definition, or a forward declaration where `body` is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub annotations: Vec<Ident>,
    /// `None` for `void`.
    pub return_type: Option<UnsizedType>,
    pub name: Ident,
    pub arguments: Vec<Argument>,
    pub body: Option<Statement>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Declared `data`: must not depend on parameters.
    pub data_only: bool,
    pub ty: UnsizedType,
    pub name: Ident,
}

/// A type as function signatures spell it: `array[,] vector`, `tuple(real, int)`.
#[derive(Clone, Debug, PartialEq)]
pub struct UnsizedType {
    pub kind: UnsizedTypeKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum UnsizedTypeKind {
    Int,
    Real,
    Complex,
    Vector,
    RowVector,
    Matrix,
    ComplexVector,
    ComplexRowVector,
    ComplexMatrix,
    /// Element type (never itself an array) and number of dimensions (at least 1).
    Array(Box<UnsizedType>, usize),
    Tuple(Vec<UnsizedType>),
}

/// A type as declarations spell it, with sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct SizedType {
    pub kind: SizedTypeKind,
    pub transform: Transform,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SizedTypeKind {
    Int,
    Real,
    Complex,
    Vector(Expr),
    RowVector(Expr),
    Matrix(Expr, Expr),
    ComplexVector(Expr),
    ComplexRowVector(Expr),
    ComplexMatrix(Expr, Expr),
    Simplex(Expr),
    UnitVector(Expr),
    SumToZeroVector(Expr),
    SumToZeroMatrix(Expr, Expr),
    Ordered(Expr),
    PositiveOrdered(Expr),
    CorrMatrix(Expr),
    CovMatrix(Expr),
    CholeskyFactorCorr(Expr),
    /// Rows, and columns where they were given.
    CholeskyFactorCov(Expr, Option<Box<Expr>>),
    RowStochasticMatrix(Expr, Expr),
    ColumnStochasticMatrix(Expr, Expr),
    /// Element type (never itself an array) and the sizes of the dimensions.
    Array(Box<SizedType>, Vec<Expr>),
    Tuple(Vec<SizedType>),
}

/// `<lower=, upper=>` or `<offset=, multiplier=>`; all `None` where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transform {
    pub lower: Option<Box<Expr>>,
    pub upper: Option<Box<Expr>>,
    pub offset: Option<Box<Expr>>,
    pub multiplier: Option<Box<Expr>>,
    pub span: Span,
}

impl Transform {
    pub fn is_identity(&self) -> bool {
        self.lower.is_none() && self.upper.is_none() && self.offset.is_none() && self.multiplier.is_none()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub kind: StatementKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `int<lower=0> N = 3, M;` One entry per variable.
    Declare {
        annotations: Vec<Ident>,
        ty: SizedType,
        variables: Vec<(Ident, Option<Expr>)>,
    },
    /// `lhs op rhs;`, where `op` is `None` for `=` and the operator for a compound assignment.
    Assign {
        target: LValue,
        op: Option<BinaryOp>,
        value: Expr,
    },
    /// `f(...);`
    Call {
        name: Ident,
        arguments: Vec<Expr>,
    },
    /// `target += e;`
    TargetPlus(Expr),
    /// `jacobian += e;`
    JacobianPlus(Expr),
    /// `arg ~ dist(args) T[lower, upper];`
    Tilde {
        arg: Expr,
        distribution: Ident,
        arguments: Vec<Expr>,
        truncation: Option<Truncation>,
    },
    Break,
    Continue,
    Return(Option<Expr>),
    Print(Vec<Expr>),
    Reject(Vec<Expr>),
    FatalError(Vec<Expr>),
    If {
        condition: Expr,
        then: Box<Statement>,
        otherwise: Option<Box<Statement>>,
    },
    While {
        condition: Expr,
        body: Box<Statement>,
    },
    For {
        variable: Ident,
        lower: Expr,
        upper: Expr,
        body: Box<Statement>,
    },
    /// `for (x in xs)`
    ForEach {
        variable: Ident,
        range: Expr,
        body: Box<Statement>,
    },
    Block(Vec<Statement>),
    Profile {
        name: String,
        body: Vec<Statement>,
    },
    /// `;`
    Skip,
    /// Text the parser skipped after an error; never reaches the checker.
    Error,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Truncation {
    pub lower: Option<Expr>,
    pub upper: Option<Expr>,
    pub span: Span,
}

/// What may stand left of `=`.
#[derive(Clone, Debug, PartialEq)]
pub struct LValue {
    pub kind: LValueKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum LValueKind {
    Variable(Ident),
    Index(Box<LValue>, Vec<Index>),
    /// `x.1`, counted from 1.
    Project(Box<LValue>, usize),
    /// `(a, b) = e;`
    Tuple(Vec<LValue>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Index {
    /// `[:]` or an empty slot.
    All(Span),
    /// `[i]`: one element, or several where `i` is an array of integers.
    Single(Expr),
    /// `[a:]`
    From(Expr),
    /// `[:b]`
    To(Expr),
    /// `[a:b]`
    Between(Expr, Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// The digits as written (they may not fit; underscores are kept).
    Int(String),
    /// As written.
    Real(String),
    /// The number before `i`, as written.
    Imaginary(String),
    /// Only as an argument of `print`, `reject`, `fatal_error`.
    String(String),
    Variable(String),
    /// `target()`; `get_lp()` is an ordinary call.
    Target,
    Call {
        name: Ident,
        arguments: Vec<Expr>,
    },
    /// `foo_lpdf(y | mu, sigma)`
    Conditional {
        name: Ident,
        outcome: Box<Expr>,
        arguments: Vec<Expr>,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `e'`
    Transpose(Box<Expr>),
    /// `c ? a : b`
    Ternary {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Index {
        base: Box<Expr>,
        indices: Vec<Index>,
    },
    /// `x.1`, counted from 1.
    Project {
        base: Box<Expr>,
        index: usize,
    },
    /// `{a, b}`
    Array(Vec<Expr>),
    /// `[a, b]`: a row vector, or a matrix where the items are row vectors.
    RowVector(Vec<Expr>),
    Tuple(Vec<Expr>),
    /// `(e)`; kept so that the formatter can tell needed from unneeded ones.
    Paren(Box<Expr>),
    /// Text the parser skipped after an error; never reaches the checker.
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Minus,
    /// `+`
    Plus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Plus,
    Minus,
    Times,
    /// `/`
    Divide,
    /// `%/%`
    IntDivide,
    /// `%`
    Modulo,
    /// `\`
    LeftDivide,
    /// `.*`
    EltTimes,
    /// `./`
    EltDivide,
    /// `^`
    Pow,
    /// `.^`
    EltPow,
    Or,
    And,
    Equals,
    NotEquals,
    Less,
    LessEquals,
    Greater,
    GreaterEquals,
}
