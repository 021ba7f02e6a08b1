//! Calls of kernels, with what the reverse sweep needs to know about them.
//!
//! A [`Call`] names its inputs and outputs; a [`Rule`] says which function pointer computes the outputs, which one
//! propagates adjoints, and how the arguments of both are made from inputs, outputs and their adjoints. From the arguments of the
//! backward function follows which primal values must survive until the reverse sweep.

use crate::ir::{Site, V, View};
use crate::opaque::Opaque;
use std::sync::Arc;

/// A function pointer with the C calling convention. The signature is that of the arguments it is called with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address(pub *const u8);

// Function pointers are plain constants.
unsafe impl Send for Address {}
unsafe impl Sync for Address {}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "fn")
    }
}

/// A scalar or an array, in or out.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Scalar(V),
    View(View),
}

impl Operand {
    pub fn view(&self) -> Option<&View> {
        match self {
            Operand::View(view) => Some(view),
            Operand::Scalar(_) => None,
        }
    }
}

#[derive(Clone, Debug)]
pub enum Call {
    Kernel(KernelCall),
    Density(DensityCall),
    Opaque(OpaqueCall),
    Draw(DrawCall),
}

/// A call by rule. Views are dense.
#[derive(Clone, Debug)]
pub struct KernelCall {
    pub rule: Rule,
    pub inputs: Vec<Operand>,
    pub outputs: Vec<Operand>,
    /// Sizes and other constants that [`Slot::Word`] refers to.
    pub words: Vec<i64>,
    pub site: Site,
    /// For each input, where its adjoint goes (differs from `inputs` where the primal was copied to keep it).
    pub adjoint_of: Vec<Operand>,
}

/// How to call a kernel and its derivative.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub name: &'static str,
    pub forward: Address,
    pub forward_slots: &'static [Slot],
    pub result: ResultKind,
    /// `None`: the outputs do not depend on the inputs in a differentiable way.
    pub backward: Option<Address>,
    pub backward_slots: &'static [Slot],
}

/// What the forward function returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    None,
    /// Not 0: exit.
    Status,
    /// Output 0, a scalar.
    Output,
}

/// One argument of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A constant of the call.
    Word(usize),
    /// Pointer to an input (a scalar is spilled to the stack).
    In(usize),
    /// 0 for a scalar, 1 for an array.
    Stride(usize),
    /// A scalar input by value.
    InValue(usize),
    /// Pointer to an output.
    Out(usize),
    /// A scalar output by value (backward only).
    OutValue(usize),
    /// Pointer to the adjoint of an output.
    AdjointOut(usize),
    /// The adjoint of a scalar output by value.
    AdjointOutValue(usize),
    /// Pointer to the adjoint of an input, null where it is constant.
    AdjointIn(usize),
}

/// A density summed over its outcomes. The kernel computes its partials in the forward pass.
#[derive(Clone, Debug)]
pub struct DensityCall {
    pub family: String,
    pub kernel: Address,
    pub sizes: Sizes,
    /// Outcome first.
    pub operands: Vec<Operand>,
    /// For each operand, 0 where one value serves all outcomes.
    pub strides: Vec<usize>,
    /// Stan's propto rule: bit 31 keeps all constants, bit i says that operand i is parameter-dependent.
    pub terms: u32,
    pub out: V,
    pub site: Site,
}

/// What a density kernel is told of sizes.
#[derive(Clone, Debug, PartialEq)]
pub enum Sizes {
    /// Number of outcomes.
    Count(usize),
    /// The table that kernels of vectors, matrices and regressions take.
    Table(Vec<usize>),
}

/// A call of a function that has no kernel: library code over numbers that differentiate themselves, or a solver.
#[derive(Clone, Debug)]
pub struct OpaqueCall {
    pub function: Arc<dyn Opaque>,
    pub inputs: Vec<Operand>,
    pub outputs: Vec<Operand>,
    /// What the call leaves for its derivative: a dense temporary that nothing else touches.
    pub saved: Option<View>,
    /// Takes a variate of the random stream.
    pub random: bool,
    pub site: Site,
}

/// Draws from a family of scalar outcomes.
#[derive(Clone, Debug)]
pub struct DrawCall {
    pub family: String,
    /// A [`DrawKernel`](ppl_runtime::kernels::DrawKernel).
    pub kernel: Address,
    /// Number of draws.
    pub n: usize,
    /// Real scalars, or dense views of `n` reals.
    pub operands: Vec<Operand>,
    /// A real scalar, or a dense view of `n` reals.
    pub out: Operand,
    pub site: Site,
}

impl Call {
    pub fn inputs(&self) -> &[Operand] {
        match self {
            Call::Kernel(c) => &c.inputs,
            Call::Density(c) => &c.operands,
            Call::Opaque(c) => &c.inputs,
            Call::Draw(c) => &c.operands,
        }
    }

    pub fn outputs(&self) -> Vec<Operand> {
        match self {
            Call::Kernel(c) => c.outputs.clone(),
            Call::Density(c) => vec![Operand::Scalar(c.out)],
            Call::Opaque(c) => c.outputs.clone(),
            Call::Draw(c) => vec![c.out.clone()],
        }
    }
}
