//! What a simulator is prepared to: scalar expressions as trees that are run without allocating, everything else as calls of the
//! library that are looked up once.

use crate::error::Kind;
use ppl_grammar::span::Span;
use ppl_program::typed::{Constraint, Type};
use ppl_runtime::families::ScalarFamily;
use ppl_runtime::functions::{Function, Operator};
use ppl_runtime::kernels::DrawKernel;

/// An expression of any type.
pub(super) enum Code {
    Int(Int),
    Real(Real),
    Container(Container),
}

/// A number: what conditions and comparisons take.
pub(super) enum Number {
    Int(Int),
    Real(Real),
}

pub(super) enum Int {
    Constant(i32),
    Variable(usize),
    /// Of a one-dimensional array, counted from 1.
    Element(usize, Box<Int>),
    /// `+`, `-`, `*`
    Arithmetic(Operator, Box<Int>, Box<Int>),
    Compare(Operator, Box<Number>, Box<Number>),
    And(Box<Number>, Box<Number>),
    Or(Box<Number>, Box<Number>),
    Choice(Box<Number>, Box<Int>, Box<Int>),
    Part(Box<Part>),
    Call(Box<Call>),
    Draw(Box<Draw>),
    Kept(usize, Box<Int>),
}

pub(super) enum Real {
    Constant(f64),
    Variable(usize),
    /// Of a vector, a row vector or a one-dimensional array, counted from 1.
    Element(usize, Box<Int>),
    Promoted(Box<Int>),
    /// `+`, `-`, `*`, `/`
    Arithmetic(Operator, Box<Real>, Box<Real>),
    Negated(Box<Real>),
    Choice(Box<Number>, Box<Real>, Box<Real>),
    /// Of a scalar family, with all constants; the outcome is the first argument.
    Density(&'static ScalarFamily, Vec<Real>),
    /// `_lcdf`, `_lccdf`, `_cdf` and densities of other families.
    Distribution(Box<Distribution>),
    Part(Box<Part>),
    Call(Box<Call>),
    Draw(Box<Draw>),
    Kept(usize, Box<Real>),
}

pub(super) enum Container {
    Variable(usize),
    Operator(Operator, Box<Code>, Box<Code>),
    RowVector(Vec<Real>),
    Part(Box<Part>),
    Call(Box<Call>),
    /// With the result as a vector, where the program converts it at once.
    Draw(Box<Draw>, bool),
    Promoted(Box<Container>, Type),
    Kept(usize, Box<Container>),
}

/// A part of a container.
pub(super) struct Part {
    pub base: Container,
    pub places: Vec<Place>,
}

pub(super) enum Place {
    All,
    Single(Int),
    Multi(Container),
    From(Int),
    To(Int),
    Between(Int, Int),
}

pub(super) struct Call {
    pub function: Function,
    /// Makes as many numbers as its integer arguments multiply to.
    pub repeats: bool,
    pub arguments: Vec<Code>,
}

pub(super) struct Distribution {
    pub family: String,
    pub form: ppl_program::typed::Form,
    pub arguments: Vec<Code>,
}

pub(super) struct Draw {
    pub family: String,
    /// Of a scalar family: for one number, and for many.
    pub kernels: Option<(DrawKernel, DrawKernel)>,
    pub is_discrete: bool,
    pub arguments: Vec<Argument>,
}

/// An argument of a generator.
pub(super) enum Argument {
    Code(Code),
    /// `rep_array(x, n)` or `rep_vector(x, n)`, which need not be made.
    Repeated(Real, Int),
}

pub(super) enum Step {
    Declare {
        slot: usize,
        shape: Sizes,
        initial: Option<Code>,
    },
    Assign {
        slot: usize,
        value: Code,
        ty: Type,
    },
    /// One number of a vector or a one-dimensional array.
    AssignElement {
        slot: usize,
        place: Int,
        value: Number,
    },
    AssignPart {
        slot: usize,
        places: Vec<Place>,
        value: Code,
        ty: Type,
    },
    If(Number, Box<Step>, Option<Box<Step>>),
    /// The numbers are those of what is kept while the loop runs.
    While(Number, Box<Step>, Vec<usize>),
    For {
        slot: usize,
        lower: Int,
        upper: Int,
        body: Box<Step>,
        kept: Vec<usize>,
    },
    Block(Vec<Step>),
    Break,
    Continue,
    /// `reject`, `fatal_error`: what the error says, and where it stands.
    Stop {
        kind: Kind,
        message: Vec<Words>,
        span: Span,
    },
    Nothing,
}

/// A piece of a message.
pub(super) enum Words {
    Text(String),
    Value(Code),
}

/// The shape of a declaration.
pub(super) enum Sizes {
    Int,
    Real,
    Vector(Int),
    RowVector(Int),
    Matrix(Int, Int),
    Array(Box<Sizes>, Vec<Int>),
}

/// A constraint with code for its bounds.
pub(super) enum Limit {
    None,
    Bounds(Option<Code>, Option<Code>),
    Structure(Constraint),
}

pub(super) struct Declared {
    pub slot: usize,
    pub sizes: Sizes,
    pub limit: Limit,
}
