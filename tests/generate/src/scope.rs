//! What a program under construction has in scope: variables with their types, and how large their values can get.

/// One of the two sizes that a program has. `K < N` always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dim {
    N,
    K,
}

impl Dim {
    pub fn other(self) -> Dim {
        match self {
            Dim::N => Dim::K,
            Dim::K => Dim::N,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    /// With the values it can take.
    Int {
        lo: i64,
        hi: i64,
    },
    Real,
    Vector(Dim),
    Row(Dim),
    Matrix(Dim, Dim),
    RealArray(Dim),
    RealArray2(Dim, Dim),
    IntArray {
        size: Dim,
        lo: i64,
        hi: i64,
    },
    VectorArray(Dim, Dim),
}

impl Ty {
    pub fn is_int(self) -> bool {
        matches!(self, Ty::Int { .. } | Ty::IntArray { .. })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub name: String,
    pub ty: Ty,
    /// Bound on the absolute value of its elements for parameters within two units of the origin. A guide that keeps
    /// `exp` and powers finite, not a proof.
    pub mag: f64,
    /// Lower bound of its elements; positive for what may be a scale or an argument of `log`.
    pub low: f64,
    /// May depend on parameters.
    pub active: bool,
    /// May be assigned to.
    pub writable: bool,
}

/// An expression: its text binds as tightly as a variable does.
#[derive(Clone, Debug)]
pub(crate) struct Ex {
    pub text: String,
    pub mag: f64,
    pub active: bool,
}

impl Ex {
    pub fn new(text: impl Into<String>, mag: f64, active: bool) -> Ex {
        Ex { text: text.into(), mag, active }
    }
}

/// A user-defined function that expressions may call.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub name: String,
    pub arguments: Vec<Ty>,
    pub result: Ty,
    /// Bound on the absolute value of the result's elements.
    pub mag: f64,
    pub recursive: bool,
}
