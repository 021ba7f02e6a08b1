//! The typed program: names resolved, types and levels known, promotions explicit. What every later reading starts from.

use ppl_grammar::span::Span;
pub use ppl_runtime::catalogue::{ArgumentType, FunctionType, Type};

/// Whether a value can depend on parameters. This is the truth about integers too (`int k = x > 0;`), although the rules
/// of the language, and what a density drops in the form [`Form::LogUnnormalised`], take every integer for data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Known once the data are bound (in a function body: depends on `data` arguments only).
    Data,
    /// May depend on parameters.
    Parameter,
}

/// Index into [`Program::variables`]. Every declaration has its own, so shadowing and equal names in
/// different functions cannot be confused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

/// Index into [`Program::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// Where a variable was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    Data,
    TransformedData,
    Parameter,
    TransformedParameter,
    GeneratedQuantity,
    /// Inside the model block or nested braces of any block.
    Local,
    LoopVariable,
    /// Of a user-defined function.
    Argument,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    pub name: String,
    pub ty: Type,
    pub level: Level,
    pub origin: Origin,
    pub span: Span,
}

/// The whole program. `transformed_*` and `generated_quantities` hold declarations and statements in order
/// ([`Statement::Declare`]); only `data` and `parameters` are pure declarations.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Program {
    pub variables: Vec<Variable>,
    pub functions: Vec<Function>,
    pub data: Vec<Declaration>,
    pub transformed_data: Vec<Statement>,
    pub parameters: Vec<Declaration>,
    pub transformed_parameters: Vec<Statement>,
    pub model: Vec<Statement>,
    pub generated_quantities: Vec<Statement>,
}

impl Program {
    pub fn variable(&self, id: VarId) -> &Variable {
        &self.variables[id.0 as usize]
    }

    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }
}

/// What a user-defined function's name says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FunctionKind {
    Plain,
    /// `_lpdf`
    Lpdf,
    /// `_lpmf`
    Lpmf,
    /// `_lcdf`, `_lccdf`, `_cdf`: no access to `target`, callable with `|`.
    Cdf,
    Rng,
    /// `_lp`: may change `target`.
    Lp,
    /// `_jacobian`: may change `jacobian`.
    Jacobian,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub name: String,
    pub kind: FunctionKind,
    /// Types and `data` marks are in [`Program::variables`].
    pub arguments: Vec<VarId>,
    pub data_only: Vec<bool>,
    /// `None` for `void`.
    pub result: Option<Type>,
    pub body: Vec<Statement>,
    pub span: Span,
}

/// A declared variable with its sizes and constraint. Sizes are expressions of type int.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    pub variable: VarId,
    pub ty: SizedType,
    pub initial: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SizedType {
    Int(Constraint),
    Real(Constraint),
    Complex(Constraint),
    Vector(Expr, Constraint),
    RowVector(Expr, Constraint),
    Matrix(Expr, Expr, Constraint),
    ComplexVector(Expr, Constraint),
    ComplexRowVector(Expr, Constraint),
    ComplexMatrix(Expr, Expr, Constraint),
    /// Element (never itself an array) and one size a dimension.
    Array(Box<SizedType>, Vec<Expr>),
    Tuple(Vec<SizedType>),
}

/// A constraint, which for a parameter also names the transform from the unconstrained space. The size of a
/// structured vector or matrix (`simplex[K]`) is the size of its [`SizedType`].
#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    None,
    /// Bounds are scalars or of the declared shape.
    Lower(Box<Expr>),
    Upper(Box<Expr>),
    LowerUpper(Box<Expr>, Box<Expr>),
    Offset(Box<Expr>),
    Multiplier(Box<Expr>),
    OffsetMultiplier(Box<Expr>, Box<Expr>),
    Simplex,
    UnitVector,
    /// Of vectors and of matrices.
    SumToZero,
    Ordered,
    PositiveOrdered,
    CorrMatrix,
    CovMatrix,
    CholeskyFactorCorr,
    CholeskyFactorCov,
    RowStochastic,
    ColumnStochastic,
}

impl SizedType {
    /// Visits sizes and bounds.
    pub fn for_each_expr_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        let constraint = match self {
            SizedType::Int(c) | SizedType::Real(c) | SizedType::Complex(c) => c,
            SizedType::Vector(size, c)
            | SizedType::RowVector(size, c)
            | SizedType::ComplexVector(size, c)
            | SizedType::ComplexRowVector(size, c) => {
                visit(size);
                c
            }
            SizedType::Matrix(rows, columns, c) | SizedType::ComplexMatrix(rows, columns, c) => {
                visit(rows);
                visit(columns);
                c
            }
            SizedType::Array(element, sizes) => {
                sizes.iter_mut().for_each(&mut *visit);
                return element.for_each_expr_mut(visit);
            }
            SizedType::Tuple(items) => return items.iter_mut().for_each(|item| item.for_each_expr_mut(visit)),
        };
        match constraint {
            Constraint::Lower(a) | Constraint::Upper(a) | Constraint::Offset(a) | Constraint::Multiplier(a) => visit(a),
            Constraint::LowerUpper(a, b) | Constraint::OffsetMultiplier(a, b) => {
                visit(a);
                visit(b);
            }
            _ => {}
        }
    }

    /// The type without sizes.
    pub fn unsized_type(&self) -> Type {
        match self {
            SizedType::Int(_) => Type::Int,
            SizedType::Real(_) => Type::Real,
            SizedType::Complex(_) => Type::Complex,
            SizedType::Vector(..) => Type::Vector,
            SizedType::RowVector(..) => Type::RowVector,
            SizedType::Matrix(..) => Type::Matrix,
            SizedType::ComplexVector(..) => Type::ComplexVector,
            SizedType::ComplexRowVector(..) => Type::ComplexRowVector,
            SizedType::ComplexMatrix(..) => Type::ComplexMatrix,
            SizedType::Array(element, sizes) => element.unsized_type().array(sizes.len()),
            SizedType::Tuple(items) => Type::Tuple(items.iter().map(SizedType::unsized_type).collect()),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub kind: StatementKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    Declare(Declaration),
    /// The value has the type of the target (promotions are explicit). Compound assignments are written out.
    Assign {
        target: LValue,
        value: Expr,
    },
    /// `(a, b.1, c[2]) = e;`
    AssignTuple {
        targets: Vec<LValue>,
        value: Expr,
    },
    /// A call of a `void` function.
    Call {
        function: Callee,
        arguments: Vec<Expr>,
    },
    TargetPlus(Expr),
    JacobianPlus(Expr),
    /// `arg ~ dist(args)`: adds the unnormalised log density. `density` is an `_lupdf`/`_lupmf`.
    Tilde {
        density: Callee,
        outcome: Expr,
        arguments: Vec<Expr>,
        truncation: Option<Truncation>,
    },
    Break,
    Continue,
    Return(Option<Expr>),
    Print(Vec<Message>),
    Reject(Vec<Message>),
    FatalError(Vec<Message>),
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
        variable: VarId,
        lower: Expr,
        upper: Expr,
        body: Box<Statement>,
    },
    ForEach {
        variable: VarId,
        range: Expr,
        body: Box<Statement>,
    },
    Block(Vec<Statement>),
    Profile {
        name: String,
        body: Vec<Statement>,
    },
    Skip,
}

/// An argument of `print`, `reject`, `fatal_error`.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    Text(String),
    Value(Expr),
}

/// `T[lower, upper]` and the functions that normalise.
#[derive(Clone, Debug, PartialEq)]
pub struct Truncation {
    pub lower: Option<Expr>,
    pub upper: Option<Expr>,
    /// `_lcdf` and `_lccdf` of the distribution (whichever exist).
    pub lcdf: Option<Callee>,
    pub lccdf: Option<Callee>,
    pub span: Span,
}

/// A variable, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct LValue {
    pub variable: VarId,
    /// Applied from left to right: `x[1].2[3:4]`.
    pub path: Vec<Access>,
    /// Type of the part.
    pub ty: Type,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Access {
    Index(Vec<Index>),
    /// Counted from 1.
    Project(usize),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Index {
    All,
    /// An `int`: drops the dimension.
    Single(Expr),
    /// An `array[] int`: keeps the dimension.
    Multi(Expr),
    From(Expr),
    To(Expr),
    Between(Expr, Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub ty: Type,
    pub level: Level,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Int(i32),
    Real(f64),
    /// `2.5i`
    Imaginary(f64),
    Variable(VarId),
    /// `target()`
    Target,
    /// All operators are calls of [`Callee::Operator`], except the short-circuit ones.
    Call {
        callee: Callee,
        arguments: Vec<Expr>,
    },
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Ternary {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Index {
        base: Box<Expr>,
        indices: Vec<Index>,
    },
    /// Counted from 1.
    Project {
        base: Box<Expr>,
        index: usize,
    },
    Array(Vec<Expr>),
    /// `[a, b]` of reals (or complex): a row vector.
    RowVector(Vec<Expr>),
    /// `[r1, r2]` of row vectors: a matrix.
    MatrixRows(Vec<Expr>),
    Tuple(Vec<Expr>),
    /// The operand as `self.ty`: int to real, real to complex, and the same inside containers.
    Promote(Box<Expr>),
    /// A user function as an argument of a solver; its type is [`Type::Function`].
    Function(FunctionId),
}

/// What a call calls.
#[derive(Clone, Debug, PartialEq)]
pub enum Callee {
    Operator(Operator),
    /// A library function that is no density: by name. The argument types choose the overload.
    Library(String),
    /// A library distribution in one of its forms. The outcome is the first argument (but not of `Rng`).
    Distribution {
        family: String,
        form: Form,
    },
    User {
        function: FunctionId,
        form: Form,
    },
}

/// Which function of a distribution, or how a user-defined one is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A user function that is no distribution.
    Plain,
    /// `_lpdf`, `_lpmf`: all constants kept.
    Log,
    /// `_lupdf`, `_lupmf` and `~`: terms that no parameter-level argument enters are dropped. A user-defined
    /// density called in this form evaluates the `_lupdf` calls inside it as unnormalised.
    LogUnnormalised,
    Lcdf,
    Lccdf,
    Cdf,
    Rng,
}

/// Operators, after the types of the operands are known: `*` of two matrices is `Times` too. They are the library's.
pub use ppl_runtime::functions::Operator;
