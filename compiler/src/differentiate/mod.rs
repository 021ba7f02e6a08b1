//! Reverse mode by source transformation: a function that computes `target` becomes one that also writes its gradient.
//!
//! The result is the forward sweep followed by the reverse sweep, in one body. The general rule is a vector-Jacobian
//! product; the seed of `target` is 1. What the reverse sweep reads of the forward sweep is found in one of five ways:
//! values of the outermost level are simply still there; constants, loads of immutable data and index arithmetic are
//! repeated; a loop's index is the reverse loop's index; any other value of a loop body is saved in the frame of its
//! iteration ([`Op::Save`], [`Op::Restore`]); arrays are either temporaries in frames, which nothing overwrites, or are copied to
//! one when an assigned array that a kernel's derivative reads is overwritten later.

mod adjoint;
mod analysis;
mod calls;
mod forward;
mod jacobian;
mod plain;
mod primal;
mod reverse;
mod scalar;

pub use analysis::{Analysis, definitions, uses};
pub use jacobian::jacobian;
pub use plain::primal;
pub use scalar::{call1, call2};

use crate::ir::*;
use crate::kernel::{DensityCall, KernelCall, OpaqueCall, Operand};
use std::collections::HashMap;

/// The function with its reverse sweep appended; the gradient with respect to the buffer at [`Home::Theta`] goes to
/// [`Home::Gradient`].
pub fn differentiate(f: &Function) -> Function {
    let mut d = Differentiator::new(f, Home::Gradient);
    let mut nodes = d.forward(&f.body, ROOT, None);
    d.assigned_adjoints(f);
    let reverse = d.reverse(&mut nodes, 0, ROOT);
    let mut ops = d.finish(nodes);
    ops.push(Op::Reverse);
    ops.extend(reverse);
    d.out.slots = d.slot_counts;
    d.out.body = Region { ops };
    d.out
}

/// The forward sweep as a tree that both sweeps are made from.
enum Node {
    Op(Op),
    Kernel(KernelCall),
    /// With where the partial of each operand goes.
    Density(DensityCall, Vec<Option<Operand>>),
    /// With the inputs before any were copied: where the adjoints go.
    Opaque(OpaqueCall, Vec<Operand>),
    For {
        id: LoopId,
        region: u32,
        index: V,
        lower: V,
        upper: V,
        body: Vec<Node>,
        keep: bool,
    },
    While {
        id: LoopId,
        region: u32,
        go: Cell,
        body: Vec<Node>,
        count: Cell,
        trips: V,
        keep: bool,
        site: Site,
    },
    If {
        condition: V,
        then: (u32, Vec<Node>),
        otherwise: (u32, Vec<Node>),
    },
}

struct Differentiator {
    analysis: Analysis,
    out: Function,
    /// Where the adjoint of the parameters lies.
    gradient: Home,
    /// Frame slots of the values that the reverse sweep restores.
    slots: HashMap<V, (LoopId, u32)>,
    slot_counts: Vec<u32>,
    /// Adjoints of values used in inner regions, with the region that zeroes them.
    adjoint_cells: HashMap<V, Cell>,
    /// Adjoints of the others so far.
    adjoint_values: HashMap<V, V>,
    adjoint_buffers: HashMap<BufferId, BufferId>,
    /// Primal values available in the reverse sweep, innermost region last.
    scopes: Vec<HashMap<V, V>>,
    /// Reverse regions being written, innermost last.
    emitted: Vec<Vec<Op>>,
    /// Values of the reverse sweep that are known constants.
    constants: HashMap<V, f64>,
    /// Of the forward sweep: operations passed, the current region, the number of the next one.
    position: u32,
    region: u32,
    next_region: u32,
}

impl Differentiator {
    fn new(f: &Function, gradient: Home) -> Differentiator {
        Differentiator {
            analysis: Analysis::of(f),
            out: Function { body: Region::default(), ..f.clone() },
            gradient,
            slots: HashMap::new(),
            slot_counts: vec![0; f.loops as usize],
            adjoint_cells: HashMap::new(),
            adjoint_values: HashMap::new(),
            adjoint_buffers: HashMap::new(),
            scopes: Vec::new(),
            emitted: Vec::new(),
            constants: HashMap::new(),
            position: 0,
            region: 0,
            next_region: 0,
        }
    }
}
