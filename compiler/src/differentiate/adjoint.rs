//! Adjoints: of values, of cells, of buffers.

use super::Differentiator;
use crate::ir::*;

/// Cells of the program share the map of adjoint cells with values; their keys lie above all values.
pub(super) const CELL_KEY: u32 = 1 << 31;

pub(super) fn cell_key(cell: Cell) -> V {
    V(CELL_KEY + cell.0)
}

impl Differentiator {
    /// Adjoints of everything that is assigned to exist from the start: in a loop, the reverse of an assignment is
    /// written before that of the read that follows it.
    pub(super) fn assigned_adjoints(&mut self, f: &Function) {
        for cell in 0..f.cells.len() {
            if self.analysis.active_cell[cell] {
                self.cell_adjoint(Cell(cell as u32));
            }
        }
        for buffer in 0..f.buffers.len() {
            if self.analysis.active_buffer[buffer] && f.buffers[buffer].home == Home::Static {
                self.adjoint_buffer(BufferId(buffer as u32));
            }
        }
        let theta = f.buffers.iter().position(|b| b.home == Home::Theta);
        if let Some(theta) = theta {
            self.adjoint_buffer(BufferId(theta as u32));
        }
    }

    pub(super) fn emit(&mut self, op: Op) {
        if let Some(region) = self.emitted.last_mut() {
            region.push(op);
        }
    }

    pub(super) fn active(&self, v: V) -> bool {
        self.analysis.active_value[v.0 as usize]
    }

    /// `adjoint(v) += g`
    pub(super) fn add_adjoint(&mut self, v: V, g: V) {
        if !self.active(v) {
            return;
        }
        if self.analysis.escapes[v.0 as usize] {
            let cell = match self.adjoint_cells.get(&v) {
                Some(cell) => *cell,
                None => {
                    let cell = self.out.cell(Ty::F64);
                    self.adjoint_cells.insert(v, cell);
                    cell
                }
            };
            let old = self.out.value(Ty::F64);
            self.emit(Op::Get(old, cell));
            let sum = self.add(old, g);
            self.emit(Op::Set(cell, sum));
        } else {
            let sum = match self.adjoint_values.get(&v) {
                Some(&old) => self.add(old, g),
                None => g,
            };
            self.adjoint_values.insert(v, sum);
        }
    }

    /// The complete adjoint of `v`, at its definition; `None` where nothing contributed.
    pub(super) fn take_adjoint(&mut self, v: V) -> Option<V> {
        if let Some(g) = self.adjoint_values.remove(&v) {
            return Some(g);
        }
        let cell = *self.adjoint_cells.get(&v)?;
        let g = self.out.value(Ty::F64);
        self.emit(Op::Get(g, cell));
        Some(g)
    }

    pub(super) fn cell_adjoint(&mut self, cell: Cell) -> Cell {
        if let Some(&adjoint) = self.adjoint_cells.get(&cell_key(cell)) {
            return adjoint;
        }
        let adjoint = self.out.cell(Ty::F64);
        self.adjoint_cells.insert(cell_key(cell), adjoint);
        adjoint
    }

    pub(super) fn adjoint_buffer(&mut self, primal: BufferId) -> BufferId {
        if let Some(&adjoint) = self.adjoint_buffers.get(&primal) {
            return adjoint;
        }
        let Buffer { len, home, .. } = *self.out.buf(primal);
        let home = if home == Home::Theta { self.gradient } else { Home::Static };
        let adjoint = self.fresh_buffer(Elem::F64, len, home);
        self.adjoint_buffers.insert(primal, adjoint);
        adjoint
    }

    pub(super) fn adjoint_view(&mut self, view: &View) -> View {
        let buffer = self.adjoint_buffer(view.buffer);
        self.primal_view(view).in_buffer(buffer)
    }
}
