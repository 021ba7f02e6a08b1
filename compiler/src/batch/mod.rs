//! Many draws at once: a function of one draw becomes a function of a block of them, lane = draw.
//!
//! What does not differ between draws (data, loop indexes, known numbers) stays as it is. What does is laid out in columns, one number a draw:
//! a value gets a column, an array of `n` numbers `n` columns. Operations on columns are kernels, draws above all;
//! operations without one run in a loop over the lanes. Loops and branches must be the same in all draws, unless nothing
//! random happens inside.

mod columns;
mod lanes;
mod varying;

use crate::differentiate::{definitions, uses};
use crate::ir::*;
use std::collections::HashMap;
use varying::{Varying, draws, each, regions};

/// Numbers of draws in a block, largest first.
const LANES: [usize; 5] = [128, 64, 32, 16, 8];
/// Bytes of columns that a block may fill before it gets shorter, and at all.
const COMFORTABLE: usize = 1 << 20;
const LARGEST: usize = 1 << 26;

/// The function for a block of draws, and how many they are: no more than it takes for `expected` draws. `None` where what is drawn decides
/// what is drawn next.
///
/// After the numbers of the draws the output has a column of marks: not 0 where a draw stopped, whose numbers are then unspecified.
pub fn batch(f: &Function, expected: u64) -> Option<(Function, usize)> {
    let varying = Varying::of(f);
    if !possible(&f.body, &varying) {
        return None;
    }
    let numbers: usize = f.buffers.iter().zip(&varying.buffer).filter(|(_, v)| **v).map(|(b, _)| b.len).sum();
    let bytes = |lanes: usize| numbers.saturating_mul(8 * lanes);
    let shortest = LANES[LANES.len() - 1];
    let suits = |lanes: usize| bytes(lanes) <= COMFORTABLE && (lanes as u64) < expected.saturating_mul(2);
    let lanes = LANES.into_iter().find(|&lanes| suits(lanes)).unwrap_or(shortest);
    if bytes(lanes) > LARGEST {
        return None;
    }
    let mut out = Function { body: Region::default(), ..f.clone() };
    for (buffer, varying) in out.buffers.iter_mut().zip(&varying.buffer) {
        if *varying {
            buffer.len *= lanes;
            if matches!(buffer.home, Home::Frame(_)) {
                buffer.home = Home::Static;
            }
        }
    }
    let output = f.buffers.iter().position(|b| b.home == Home::Output)?;
    let failed = View::vector(BufferId(output as u32), At::constant(out.buffers[output].len as i64), lanes);
    out.buffers[output].len += lanes;
    let mut batcher = Batcher {
        lanes,
        failed,
        columns: vec![None; f.values.len()],
        cells: vec![None; f.cells.len()],
        free: [Vec::new(), Vec::new()],
        owned: HashMap::new(),
        ops: vec![Vec::new()],
        varying,
        f: out,
    };
    let mut body = batcher.region(&f.body);
    let value = batcher.f.value(Ty::F64);
    body.ops.splice(0..0, [Op::Real(value, 0.0), Op::Fill { to: batcher.failed.clone(), value }]);
    batcher.f.body = body;
    Some((batcher.f, lanes))
}

fn possible(region: &Region, varying: &Varying) -> bool {
    region.ops.iter().all(|op| match op {
        Op::Accumulate { .. } | Op::Sum { .. } | Op::Raw(_) | Op::Save { .. } | Op::Restore { .. } | Op::Reverse => {
            false
        }
        op if varying.diverges(op) && draws(op) => false,
        op => regions(op).iter().all(|region| possible(region, varying)),
    })
}

struct Batcher {
    f: Function,
    varying: Varying,
    lanes: usize,
    /// The marks of draws that stopped.
    failed: View,
    /// Where the numbers of varying values lie: views of `lanes` elements.
    columns: Vec<Option<View>>,
    /// Columns of varying cells.
    cells: Vec<Option<BufferId>>,
    /// Columns to use again, reals and integers.
    free: [Vec<BufferId>; 2],
    /// Columns of values that are no alias.
    owned: HashMap<V, BufferId>,
    ops: Vec<Vec<Op>>,
}

/// How an operation is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Once for all lanes.
    Uniform,
    /// By kernels on columns.
    Columns,
    /// Lane by lane.
    Lanes,
    /// Not at all: densities are not asked for.
    Nothing,
}

impl Batcher {
    fn emit(&mut self, op: Op) {
        if let Some(ops) = self.ops.last_mut() {
            ops.push(op);
        }
    }

    fn region(&mut self, source: &Region) -> Region {
        self.ops.push(Vec::new());
        let last = last_uses(source);
        let mut pending: Vec<usize> = Vec::new();
        let mut skip = None;
        for (i, op) in source.ops.iter().enumerate() {
            if skip == Some(i) {
                continue;
            }
            match self.class(op) {
                Class::Nothing => continue,
                Class::Lanes => {
                    pending.push(i);
                    continue;
                }
                // Nothing that waits can change them.
                Class::Uniform if is_constant(op) => {
                    self.emit(op.clone());
                    continue;
                }
                Class::Uniform => {
                    self.flush(source, &mut pending, &last);
                    self.uniform(op);
                }
                Class::Columns => {
                    self.flush(source, &mut pending, &last);
                    if self.by_columns(source, i, &last) {
                        skip = Some(i + 1);
                    }
                }
            }
            self.release(&last, i);
        }
        self.flush(source, &mut pending, &last);
        self.release(&last, usize::MAX);
        Region { ops: self.ops.pop().unwrap_or_default() }
    }

    fn class(&self, op: &Op) -> Class {
        let differs = |v: V| self.varying.value[v.0 as usize];
        let uniform_unless = |varying: bool, class: Class| if varying { class } else { Class::Uniform };
        match op {
            Op::AddTarget(_) | Op::AddJacobian(_) => Class::Nothing,
            Op::Unary(v, function, _) => {
                let class = if columns::unary(*function).is_some() { Class::Columns } else { Class::Lanes };
                uniform_unless(differs(*v), class)
            }
            Op::Binary(v, function, ..) => {
                let class = if columns::binary(*function).is_some() { Class::Columns } else { Class::Lanes };
                uniform_unless(differs(*v), class)
            }
            Op::Load { out, at, .. } => {
                uniform_unless(differs(*out), if self.varying.at(at) { Class::Lanes } else { Class::Columns })
            }
            Op::Get(v, _) => uniform_unless(differs(*v), Class::Columns),
            Op::Set(cell, _) => uniform_unless(self.varying.cell[cell.0 as usize], Class::Columns),
            Op::Store { buffer, at, .. } => {
                let class = if self.varying.at(at) { Class::Lanes } else { Class::Columns };
                uniform_unless(self.varying.buffer[buffer.0 as usize], class)
            }
            Op::Fill { to, .. } => {
                let class = if self.varying.at(&to.at) { Class::Lanes } else { Class::Columns };
                uniform_unless(self.varying.buffer[to.buffer.0 as usize], class)
            }
            Op::Copy { to, from } => {
                let moves = self.varying.at(&to.at) || self.varying.at(&from.at);
                let class = if moves { Class::Lanes } else { Class::Columns };
                uniform_unless(self.varying.buffer[to.buffer.0 as usize], class)
            }
            Op::Call(call) => {
                let written = |x: &crate::kernel::Operand| self.varying.operand(x);
                let varies = call.inputs().iter().any(written) || call.outputs().iter().any(written);
                let class = if columns::has_columns(call, &self.varying) { Class::Columns } else { Class::Lanes };
                uniform_unless(varies, class)
            }
            Op::For(_) | Op::While(_) | Op::If(_) => uniform_unless(self.varying.diverges(op), Class::Lanes),
            op => {
                let varies = self.varying.uses(op) || definitions(op).into_iter().any(differs);
                uniform_unless(varies, Class::Lanes)
            }
        }
    }

    /// Control that is the same in all lanes, and what does not differ.
    fn uniform(&mut self, op: &Op) {
        let op = match op {
            Op::For(l) => {
                let body = self.region(&l.body);
                Op::For(Box::new(For { body, ..(**l).clone() }))
            }
            Op::While(l) => {
                let body = self.region(&l.body);
                Op::While(Box::new(While { body, ..(**l).clone() }))
            }
            Op::If(i) => {
                let then = self.region(&i.then);
                let otherwise = self.region(&i.otherwise);
                Op::If(Box::new(If { condition: i.condition, then, otherwise }))
            }
            op => op.clone(),
        };
        self.emit(op);
    }

    // ---- columns -------------------------------------------------------------------------------------------------

    /// Gives a value a column of its own.
    fn own_column(&mut self, v: V) -> View {
        let ty = self.f.ty(v);
        let buffer = self.fresh_column(ty);
        self.owned.insert(v, buffer);
        let view = View::vector(buffer, At::default(), self.lanes);
        self.columns[v.0 as usize] = Some(view.clone());
        view
    }

    fn fresh_column(&mut self, ty: Ty) -> BufferId {
        match self.free[(ty == Ty::I64) as usize].pop() {
            Some(buffer) => buffer,
            None => self.f.buffer(elem(ty), self.lanes, Home::Static),
        }
    }

    /// The columns of values that are used no more, to be used again.
    fn release(&mut self, last: &HashMap<V, usize>, now: usize) {
        let mut done: Vec<V> = self.owned.keys().filter(|v| last.get(v).is_some_and(|&i| i <= now)).copied().collect();
        done.sort();
        for v in done {
            if let Some(buffer) = self.owned.remove(&v) {
                self.free[(self.f.ty(v) == Ty::I64) as usize].push(buffer);
            }
        }
    }

    /// The column of a varying value; one of its own where an earlier pass made a mistake.
    fn column(&mut self, v: V) -> View {
        match &self.columns[v.0 as usize] {
            Some(view) => view.clone(),
            None => self.own_column(v),
        }
    }

    fn cell_column(&mut self, cell: Cell) -> View {
        let buffer = match self.cells[cell.0 as usize] {
            Some(buffer) => buffer,
            None => {
                let elem = elem(self.f.cells[cell.0 as usize]);
                let buffer = self.f.buffer(elem, self.lanes, Home::Static);
                self.cells[cell.0 as usize] = Some(buffer);
                buffer
            }
        };
        View::vector(buffer, At::default(), self.lanes)
    }

    /// The position of a varying buffer's element: of its first lane.
    fn scaled(&self, at: &At) -> At {
        let lanes = self.lanes as i64;
        At { constant: at.constant * lanes, terms: at.terms.iter().map(|&(v, factor)| (v, factor * lanes)).collect() }
    }

    /// The column of one element of a varying buffer.
    fn element(&self, buffer: BufferId, at: &At) -> View {
        View::vector(buffer, self.scaled(at), self.lanes)
    }

    /// A view with the lanes as its last dimension: all columns of a varying buffer's part, or its numbers repeated.
    fn extended(&self, view: &View) -> View {
        let mut out = view.clone();
        out.dims.push(self.lanes);
        if self.varying.buffer[view.buffer.0 as usize] {
            out.at = self.scaled(&view.at);
            out.strides.iter_mut().for_each(|s| *s *= self.lanes);
            out.strides.push(1);
        } else {
            out.strides.push(0);
        }
        out
    }
}

fn elem(ty: Ty) -> Elem {
    match ty {
        Ty::F64 => Elem::F64,
        Ty::I64 => Elem::I32,
    }
}

/// For each value used in a region or inside it, the last operation of the region that does.
fn last_uses(region: &Region) -> HashMap<V, usize> {
    let mut last = HashMap::new();
    for (i, op) in region.ops.iter().enumerate() {
        for v in definitions(op) {
            last.entry(v).or_insert(i);
        }
        each(op, &mut |op| {
            for v in uses(op) {
                last.insert(v, i);
            }
        });
    }
    // Values of an outer region stay as long as that needs them.
    let defined: std::collections::HashSet<V> = region.ops.iter().flat_map(definitions).collect();
    last.retain(|v, _| defined.contains(v));
    last
}

/// Operations that read nothing but values.
fn is_constant(op: &Op) -> bool {
    matches!(op, Op::Real(..) | Op::Int(..) | Op::Unary(..) | Op::Binary(..) | Op::IntToReal(..) | Op::Compare { .. })
}
