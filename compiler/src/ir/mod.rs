//! The intermediate representation: structured regions, scalars in single-assignment form, arrays as buffers.
//!
//! A [`Function`] computes `target` (and, after [`differentiate`](crate::differentiate), its gradient) for one set
//! of bound shapes. There are three kinds of storage:
//!
//! - **values** ([`V`]): scalars, defined once, `f64` or 64-bit integers (range-checked to Stan's 32 bits);
//! - **cells** ([`Cell`]): mutable scalars, the program's assigned scalar variables and scalar adjoints;
//! - **buffers** ([`BufferId`]): memory. Data, the parameter vector, the program's assigned arrays (static), and
//!   temporaries, which live in the *frame* of the loop iteration that made them, so that the reverse sweep
//!   still finds them.
//!
//! Array operands are [`View`]s: a buffer, a start, and sizes with strides known at bind time.

mod display;
mod view;

pub use view::{At, View};

use crate::kernel::Call;
use ppl_grammar::span::Span;

/// A scalar value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct V(pub u32);

/// A mutable scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub u32);

/// A loop, and the frame of one of its iterations. [`ROOT`] is the function itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LoopId(pub u32);

pub const ROOT: LoopId = LoopId(0);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    F64,
    I64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Elem {
    F64,
    /// Integers are 32-bit in memory.
    I32,
}

impl Elem {
    pub fn bytes(self) -> usize {
        match self {
            Elem::F64 => 8,
            Elem::I32 => 4,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    pub elem: Elem,
    pub len: usize,
    pub home: Home,
}

/// Where a buffer lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Home {
    /// The unconstrained point (input).
    Theta,
    /// Numbers that nothing is differentiated by (input).
    Given,
    /// The gradient, or the Jacobian (output).
    Gradient,
    /// The numbers that a draw, or the value of a function, consists of (output).
    Output,
    /// In the block of real data, at this element.
    Reals(usize),
    /// In the block of integer data, at this element.
    Ints(usize),
    /// In the static part of the workspace, at this byte once laid out.
    Static,
    /// In the frame of an iteration of a loop.
    Frame(LoopId),
}

/// A statement of the program that an operation belongs to, for error messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site(pub u32);

#[derive(Clone, Debug, Default)]
pub struct Region {
    pub ops: Vec<Op>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntOp {
    Add,
    Sub,
    Mul,
    /// Truncating; division by zero exits with an error.
    Div,
    Mod,
    Min,
    Max,
}

#[derive(Clone, Debug)]
pub enum Op {
    Real(V, f64),
    Int(V, i64),
    /// A scalar function of one argument.
    Unary(V, crate::scalar::Unary, V),
    /// A scalar function of two arguments.
    Binary(V, crate::scalar::Binary, V, V),
    IntBinary {
        out: V,
        op: IntOp,
        left: V,
        right: V,
        site: Site,
    },
    /// 1 or 0; `ty` is that of the operands.
    Compare {
        out: V,
        op: Compare,
        ty: Ty,
        left: V,
        right: V,
    },
    IntToReal(V, V),
    /// Truncates; out of the range of `int` exits with an error.
    RealToInt(V, V, Site),
    Load {
        out: V,
        buffer: BufferId,
        at: At,
    },
    Store {
        buffer: BufferId,
        at: At,
        value: V,
    },
    Get(V, Cell),
    Set(Cell, V),
    /// Exits with an index error unless `1 <= index <= limit`.
    CheckIndex {
        index: V,
        limit: i64,
        site: Site,
    },
    /// Exits with `status` where `condition` is not 0.
    Exit {
        condition: V,
        status: Status,
        site: Site,
    },
    /// `target += value`
    AddTarget(V),
    /// `value` divided into the target twice: once as density, once as Jacobian (dropped where none is asked for).
    AddJacobian(V),
    For(Box<For>),
    While(Box<While>),
    If(Box<If>),
    /// Element-wise copy; both views have the same sizes.
    Copy {
        to: View,
        from: View,
    },
    /// All elements of the view become `value`.
    Fill {
        to: View,
        value: V,
    },
    /// `to += scale * from` (1 where `scale` is `None`).
    Accumulate {
        to: View,
        from: View,
        scale: Option<V>,
    },
    /// Sum of the elements (reverse sweep only).
    Sum {
        out: V,
        from: View,
    },
    /// A kernel with a derivative rule.
    Call(Box<Call>),
    /// A plain call: what calls and their derivatives become.
    Raw(Box<Raw>),
    /// Writes a value into the frame of the running iteration of a loop.
    Save {
        frame: LoopId,
        slot: u32,
        value: V,
    },
    /// Reads it back in the reverse sweep.
    Restore {
        out: V,
        frame: LoopId,
        slot: u32,
    },
    /// Start of the reverse sweep: from here on, frames are popped.
    Reverse,
}

/// `for (index in lower:upper)`, ascending; descending (with popped frames) where `reverse`.
#[derive(Clone, Debug)]
pub struct For {
    pub id: LoopId,
    pub index: V,
    pub lower: V,
    pub upper: V,
    pub body: Region,
    pub frame: FrameUse,
    /// A loop over lanes: an iteration that would exit ends, and sets its element here to 1.
    pub failed: Option<View>,
}

/// Repeats the body while the cell `go` is not 0. The reverse sweep undoes `count` iterations.
#[derive(Clone, Debug)]
pub struct While {
    pub id: LoopId,
    pub go: Cell,
    pub body: Region,
    /// Counts the iterations; read by the reverse sweep.
    pub count: Cell,
    pub frame: FrameUse,
    pub site: Site,
}

#[derive(Clone, Debug)]
pub struct If {
    pub condition: V,
    pub then: Region,
    pub otherwise: Region,
}

/// What happens to the frame of an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUse {
    /// Dropped at the end of the iteration.
    Drop,
    /// Kept for the reverse sweep.
    Keep,
    /// This loop *is* the reverse sweep of the loop with the same id.
    Pop,
}

/// A call of a function pointer.
#[derive(Clone, Debug)]
pub struct Raw {
    pub function: crate::kernel::Address,
    pub arguments: Vec<Argument>,
    pub result: RawResult,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawResult {
    None,
    Real(V),
    Int(V),
    /// A status: not 0 exits at the site.
    Status(Site),
}

/// An argument of a [`Raw`] call.
#[derive(Clone, Debug)]
pub enum Argument {
    /// A constant of the machine's word size.
    Word(i64),
    /// A 32-bit constant.
    Word32(u32),
    Value(V),
    /// A constant `f64`.
    Seed(f64),
    /// The running random stream.
    Sequence,
    /// Address of the iterations left, which the call may take from.
    Fuel,
    /// Address of a function object that the code keeps alive.
    Opaque(std::sync::Arc<dyn crate::opaque::Opaque>),
    /// Address of the first element.
    Pointer(View),
    Null,
    /// Address of a cell on the stack that holds the value.
    Spilled(V),
    /// Address of a cell on the stack, zero before the call; the value is defined as what it holds afterwards.
    Out(V),
    /// Address of a table of [`Operand`](ppl_runtime::kernels::density::Operand)s on the stack.
    Operands(Vec<DensityOperand>),
    /// Address of a constant table of words.
    Table(Vec<usize>),
    /// Address of a table of pointers on the stack.
    Pointers(Vec<Argument>),
}

/// One operand of a density kernel: where its values are and where its partials go.
#[derive(Clone, Debug)]
pub struct DensityOperand {
    pub values: Argument,
    pub stride: usize,
    pub adjoint: Argument,
}

/// Why machine code stopped early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Status {
    Ok = 0,
    /// The density is zero here or an argument left its domain.
    Reject = 1,
    /// The program is wrong for these data.
    Error = 2,
    /// Fuel ran out (or, to callers, memory).
    Limit = 3,
    /// The frame stack is full: the evaluation is repeated with a larger one, up to a limit.
    Tape = 4,
}

/// Code for one binding of a program.
#[derive(Clone, Debug, Default)]
pub struct Function {
    pub values: Vec<Ty>,
    pub cells: Vec<Ty>,
    pub buffers: Vec<Buffer>,
    pub sites: Vec<Span>,
    /// Number of loops, [`ROOT`] included.
    pub loops: u32,
    /// Words that scalars occupy in the frame of each loop; filled by `differentiate`.
    pub slots: Vec<u32>,
    pub body: Region,
}

impl Function {
    pub fn new() -> Self {
        Function { loops: 1, ..Function::default() }
    }

    pub fn value(&mut self, ty: Ty) -> V {
        self.values.push(ty);
        V(self.values.len() as u32 - 1)
    }

    pub fn cell(&mut self, ty: Ty) -> Cell {
        self.cells.push(ty);
        Cell(self.cells.len() as u32 - 1)
    }

    pub fn buffer(&mut self, elem: Elem, len: usize, home: Home) -> BufferId {
        self.buffers.push(Buffer { elem, len, home });
        BufferId(self.buffers.len() as u32 - 1)
    }

    pub fn new_loop(&mut self) -> LoopId {
        self.loops += 1;
        LoopId(self.loops - 1)
    }

    pub fn site(&mut self, span: Span) -> Site {
        if self.sites.last() != Some(&span) {
            self.sites.push(span);
        }
        Site(self.sites.len() as u32 - 1)
    }

    pub fn ty(&self, v: V) -> Ty {
        self.values[v.0 as usize]
    }

    pub fn buf(&self, b: BufferId) -> &Buffer {
        &self.buffers[b.0 as usize]
    }
}
