//! Reverse mode by recording: a [`Tape`] of nodes, and [`Var`]s that write to it.
//!
//! The machine code does not use this; it differentiates for the interpreter and for the functions that have no
//! rule of their own in the compiler.

use super::Num;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

const CONSTANT: u32 = u32::MAX;

/// Edges on a tape at most: 2 GiB.
const CAPACITY: usize = 1 << 27;

/// One recorded operation: the inputs and partials it owns in the edge list end at `edges_end`.
#[derive(Default)]
struct Nodes {
    edges_end: Vec<u32>,
    edges: Vec<(u32, f64)>,
}

/// The record of one evaluation. Not shared between threads; one an evaluation, reusable after [`Tape::clear`].
#[derive(Default)]
pub struct Tape {
    nodes: RefCell<Nodes>,
}

impl Tape {
    pub fn new() -> Self {
        Tape::default()
    }

    /// Forgets all nodes and keeps the memory. `Var`s of before must not be used again (their ids are stale).
    pub fn clear(&mut self) {
        let nodes = self.nodes.get_mut();
        nodes.edges_end.clear();
        nodes.edges.clear();
    }

    pub fn len(&self) -> usize {
        self.nodes.borrow().edges_end.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether operations were left out because the tape had no more room (2 GiB): adjoints are then wrong.
    pub fn is_full(&self) -> bool {
        let nodes = self.nodes.borrow();
        nodes.edges.len() >= CAPACITY || nodes.edges_end.len() >= CAPACITY
    }

    /// A new independent variable; a constant where [`is_full`](Tape::is_full).
    pub fn input(&self, value: f64) -> Var<'_> {
        Var { value, id: self.push(&[]), tape: Some(self) }
    }

    fn push(&self, edges: &[(u32, f64)]) -> u32 {
        if self.is_full() {
            return CONSTANT;
        }
        let mut nodes = self.nodes.borrow_mut();
        nodes.edges.extend(edges.iter().filter(|e| e.0 != CONSTANT));
        let end = nodes.edges.len() as u32;
        nodes.edges_end.push(end);
        nodes.edges_end.len() as u32 - 1
    }

    /// Adjoints of all nodes for the given seeds `(output, d target / d output)`; read them with [`Adjoints::of`].
    pub fn reverse(&self, seeds: &[(Var<'_>, f64)]) -> Adjoints {
        let nodes = self.nodes.borrow();
        let mut adjoints = vec![0.0; nodes.edges_end.len()];
        for (var, seed) in seeds {
            if var.id != CONSTANT {
                adjoints[var.id as usize] += seed;
            }
        }
        for id in (0..nodes.edges_end.len()).rev() {
            let adjoint = adjoints[id];
            if adjoint == 0.0 {
                continue;
            }
            let start = if id == 0 { 0 } else { nodes.edges_end[id - 1] } as usize;
            for &(input, partial) in &nodes.edges[start..nodes.edges_end[id] as usize] {
                adjoints[input as usize] += adjoint * partial;
            }
        }
        Adjoints(adjoints)
    }
}

/// The result of [`Tape::reverse`].
pub struct Adjoints(Vec<f64>);

impl Adjoints {
    /// d target / d `var`; 0 for a constant.
    pub fn of(&self, var: Var<'_>) -> f64 {
        if var.id == CONSTANT { 0.0 } else { self.0[var.id as usize] }
    }
}

/// A number that remembers how it was computed.
#[derive(Clone, Copy)]
pub struct Var<'t> {
    value: f64,
    id: u32,
    tape: Option<&'t Tape>,
}

impl std::fmt::Debug for Var<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.value)
    }
}

impl<'t> Var<'t> {
    #[inline]
    fn unary(self, value: f64, d: impl FnOnce() -> f64) -> Self {
        match self.tape {
            None => Var { value, id: CONSTANT, tape: None },
            Some(tape) => Var { value, id: tape.push(&[(self.id, d())]), tape: Some(tape) },
        }
    }

    #[inline]
    fn binary(self, o: Self, value: f64, d_self: impl FnOnce() -> f64, d_other: impl FnOnce() -> f64) -> Self {
        match (self.tape, o.tape) {
            (None, None) => Var { value, id: CONSTANT, tape: None },
            (Some(tape), None) => Var { value, id: tape.push(&[(self.id, d_self())]), tape: Some(tape) },
            (None, Some(tape)) => Var { value, id: tape.push(&[(o.id, d_other())]), tape: Some(tape) },
            (Some(tape), Some(_)) => {
                Var { value, id: tape.push(&[(self.id, d_self()), (o.id, d_other())]), tape: Some(tape) }
            }
        }
    }
}

impl From<f64> for Var<'_> {
    fn from(value: f64) -> Self {
        Var { value, id: CONSTANT, tape: None }
    }
}

impl PartialEq for Var<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialOrd for Var<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl Add for Var<'_> {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        self.binary(o, self.value + o.value, || 1.0, || 1.0)
    }
}
impl Sub for Var<'_> {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        self.binary(o, self.value - o.value, || 1.0, || -1.0)
    }
}
impl Mul for Var<'_> {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        self.binary(o, self.value * o.value, || o.value, || self.value)
    }
}
impl Div for Var<'_> {
    type Output = Self;
    fn div(self, o: Self) -> Self {
        let y = self.value / o.value;
        self.binary(o, y, || 1.0 / o.value, || -y / o.value)
    }
}
impl Neg for Var<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self.unary(-self.value, || -1.0)
    }
}
impl AddAssign for Var<'_> {
    fn add_assign(&mut self, o: Self) {
        *self = *self + o;
    }
}
impl SubAssign for Var<'_> {
    fn sub_assign(&mut self, o: Self) {
        *self = *self - o;
    }
}
impl MulAssign for Var<'_> {
    fn mul_assign(&mut self, o: Self) {
        *self = *self * o;
    }
}
impl DivAssign for Var<'_> {
    fn div_assign(&mut self, o: Self) {
        *self = *self / o;
    }
}

impl Num for Var<'_> {
    fn value(self) -> f64 {
        self.value
    }
    fn is_constant(self) -> bool {
        self.id == CONSTANT
    }
    fn apply(self, value: f64, derivative: impl FnOnce() -> f64) -> Self {
        self.unary(value, derivative)
    }
    fn apply2(self, other: Self, value: f64, d_self: impl FnOnce() -> f64, d_other: impl FnOnce() -> f64) -> Self {
        self.binary(other, value, d_self, d_other)
    }
    fn compose(value: f64, inputs: &[(Self, f64)]) -> Self {
        match inputs.iter().find_map(|(x, _)| x.tape) {
            None => Var::from(value),
            Some(tape) => {
                let edges: Vec<(u32, f64)> = inputs.iter().map(|(x, d)| (x.id, *d)).collect();
                Var { value, id: tape.push(&edges), tape: Some(tape) }
            }
        }
    }
}
