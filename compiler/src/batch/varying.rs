//! What differs between draws.

use crate::differentiate::{definitions, uses};
use crate::ir::*;
use crate::kernel::{Call, Operand};

/// Values, cells and buffers that may differ between draws.
#[derive(Debug)]
pub struct Varying {
    pub value: Vec<bool>,
    pub cell: Vec<bool>,
    pub buffer: Vec<bool>,
}

impl Varying {
    pub fn of(f: &Function) -> Varying {
        let given = |b: &Buffer| matches!(b.home, Home::Theta | Home::Output);
        let mut varying = Varying {
            value: vec![false; f.values.len()],
            cell: vec![false; f.cells.len()],
            buffer: f.buffers.iter().map(given).collect(),
        };
        while varying.spread(&f.body, false) {}
        varying
    }

    pub fn at(&self, at: &At) -> bool {
        at.terms.iter().any(|(v, _)| self.value[v.0 as usize])
    }

    /// Whether an operand's contents differ, or where it lies.
    pub fn operand(&self, x: &Operand) -> bool {
        match x {
            Operand::Scalar(v) => self.value[v.0 as usize],
            Operand::View(view) => self.buffer[view.buffer.0 as usize] || self.at(&view.at),
        }
    }

    pub fn uses(&self, op: &Op) -> bool {
        uses(op).iter().any(|v| self.value[v.0 as usize])
    }

    /// Whether draws part ways here.
    pub fn diverges(&self, op: &Op) -> bool {
        match op {
            Op::If(i) => self.value[i.condition.0 as usize],
            Op::For(l) => self.value[l.lower.0 as usize] || self.value[l.upper.0 as usize],
            Op::While(l) => self.cell[l.go.0 as usize],
            _ => false,
        }
    }

    fn spread(&mut self, region: &Region, divergent: bool) -> bool {
        let mut changed = false;
        for op in &region.ops {
            let differs = divergent || self.reads_varying(op);
            if differs {
                for v in definitions(op) {
                    changed |= !std::mem::replace(&mut self.value[v.0 as usize], true);
                }
                for b in written(op) {
                    changed |= !std::mem::replace(&mut self.buffer[b.0 as usize], true);
                }
                if let Op::Set(cell, _) = op {
                    changed |= !std::mem::replace(&mut self.cell[cell.0 as usize], true);
                }
            }
            let inside = divergent || self.diverges(op);
            for region in regions(op) {
                changed |= self.spread(region, inside);
            }
        }
        changed
    }

    fn reads_varying(&self, op: &Op) -> bool {
        if self.uses(op) {
            return true;
        }
        match op {
            Op::Load { buffer, .. } => self.buffer[buffer.0 as usize],
            Op::Get(_, cell) => self.cell[cell.0 as usize],
            Op::Copy { from, .. } => self.buffer[from.buffer.0 as usize],
            Op::Call(call) => is_draw(call) || call.inputs().iter().any(|x| self.operand(x)),
            _ => false,
        }
    }
}

/// Whether a call takes random numbers.
pub fn is_draw(call: &Call) -> bool {
    match call {
        Call::Draw(_) => true,
        Call::Opaque(call) => call.random,
        Call::Kernel(_) | Call::Density(_) => false,
    }
}

/// Whether an operation, or one inside it, takes random numbers.
pub fn draws(op: &Op) -> bool {
    match op {
        Op::Call(call) => is_draw(call),
        op => regions(op).iter().any(|region| region.ops.iter().any(draws)),
    }
}

pub fn regions(op: &Op) -> Vec<&Region> {
    match op {
        Op::For(l) => vec![&l.body],
        Op::While(l) => vec![&l.body],
        Op::If(i) => vec![&i.then, &i.otherwise],
        _ => Vec::new(),
    }
}

/// Buffers that an operation itself writes.
pub fn written(op: &Op) -> Vec<BufferId> {
    match op {
        Op::Store { buffer, .. } => vec![*buffer],
        Op::Fill { to, .. } | Op::Copy { to, .. } => vec![to.buffer],
        Op::Call(call) => call.outputs().iter().filter_map(|o| o.view().map(|v| v.buffer)).collect(),
        _ => Vec::new(),
    }
}

/// Calls `f` with an operation and all inside it.
pub fn each(op: &Op, f: &mut impl FnMut(&Op)) {
    f(op);
    for region in regions(op) {
        for op in &region.ops {
            each(op, f);
        }
    }
}
