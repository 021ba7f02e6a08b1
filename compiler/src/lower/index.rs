//! Indexing, on both sides of `=`. A part of an array is a view; only integer-array indexes copy.

use super::binding::Binding;
use super::value::is_matrix;
use super::{Lowerer, Result, Val};
use crate::ir::*;
use crate::kernel::Operand;
use ppl_program::typed::*;
use ppl_runtime::value::Value;

/// An index with its values.
enum At1 {
    All,
    One(Val),
    Many(View),
    /// From (counted from 1), length.
    Range(i64, usize),
}

impl Lowerer<'_> {
    pub(super) fn index_expression(&mut self, base: &Expr, indices: &[Index]) -> Result<Val> {
        let val = self.expression(base)?;
        // One element of known data by known indexes stays known.
        if let Val::Known(value) = &val {
            let known: Option<Vec<i32>> = indices
                .iter()
                .map(|index| match index {
                    Index::Single(e) => self.expression(e).ok().and_then(|v| v.known_int()),
                    _ => None,
                })
                .collect();
            if let Some(element) = known.and_then(|known| pick(value, &known)) {
                return Ok(Val::known(element));
            }
        }
        let view = self.view_of(&val, &base.ty)?;
        let part = self.part(view, indices, &base.ty)?;
        Ok(self.loaded(part))
    }

    /// The part of a view that the indexes name; integer-array indexes are gathered.
    fn part(&mut self, view: View, indices: &[Index], ty: &Type) -> Result<View> {
        let mut view = view;
        let mut axis = 0;
        let mut gathers = Vec::new();
        for index in indices {
            match self.index_values(index, axis, &view)? {
                At1::All => axis += 1,
                At1::One(val) => view = self.fix(view, axis, &val)?,
                At1::Range(first, len) => {
                    view = view.cut(axis, first, len);
                    axis += 1;
                }
                At1::Many(positions) => {
                    gathers.push((axis, positions));
                    axis += 1;
                }
            }
        }
        for (axis, positions) in gathers {
            // A matrix whose rows or columns were dropped is no matrix any more.
            let matrix = is_matrix(ty) && view.dims.len() >= 2 && axis + 2 >= view.dims.len();
            let matrix = matrix || (is_matrix(ty) && view.dims.len() == super::value::rank(ty));
            view = self.gather(&view, axis, &positions, matrix)?;
        }
        Ok(view)
    }

    fn index_values(&mut self, index: &Index, axis: usize, view: &View) -> Result<At1> {
        let Some(&size) = view.dims.get(axis) else { return self.unsupported("too many indexes") };
        Ok(match index {
            Index::All => At1::All,
            Index::Single(e) => At1::One(self.expression(e)?),
            Index::Multi(e) => {
                let val = self.expression(e)?;
                let positions = self.view_of(&val, &e.ty)?;
                At1::Many(self.dense(&positions, false))
            }
            Index::From(e) => {
                let first = self.bound(e)?;
                self.range(first, size as i64, size)?
            }
            Index::To(e) => {
                let last = self.bound(e)?;
                self.range(1, last, size)?
            }
            Index::Between(a, b) => {
                let (first, last) = (self.bound(a)?, self.bound(b)?);
                self.range(first, last, size)?
            }
        })
    }

    fn bound(&mut self, e: &Expr) -> Result<i64> {
        match self.expression(e)?.known_int() {
            Some(i) => Ok(i as i64),
            None => self.unknown_size("a range that depends on parameters or on a loop index"),
        }
    }

    /// Stan's ranges: empty where the end lies before the start, else inside the dimension.
    fn range(&mut self, first: i64, last: i64, size: usize) -> Result<At1> {
        if last < first {
            return Ok(At1::Range(1, 0));
        }
        if first < 1 || last > size as i64 {
            return self.unsupported(format!("the range {first}:{last} leaves a dimension of size {size}"));
        }
        Ok(At1::Range(first, (last - first + 1) as usize))
    }

    pub(super) fn fix(&mut self, view: View, axis: usize, val: &Val) -> Result<View> {
        let size = view.dims[axis];
        match val.known_int() {
            Some(i) if i >= 1 && i as usize <= size => Ok(view.fix_constant(axis, i as usize)),
            Some(i) => self.unsupported(format!("index {i} is outside a dimension of size {size}")),
            None => {
                let index = self.int_value(val)?;
                let site = self.site();
                self.emit(Op::CheckIndex { index, limit: size as i64, site });
                Ok(view.fix(axis, index))
            }
        }
    }

    /// Elements (or rows, matrices, ...) along an axis at integer positions.
    pub(super) fn gather(&mut self, from: &View, axis: usize, positions: &View, matrix: bool) -> Result<View> {
        let n = positions.len();
        let mut dims = from.dims.clone();
        dims[axis] = n;
        let elem = self.f.buf(from.buffer).elem;
        let out = self.temporary(elem, &dims, matrix && dims.len() >= 2);
        if dims.len() == 1 && elem == Elem::F64 && from.strides[0] == 1 {
            let site = self.site();
            let words = vec![n as i64, from.len() as i64];
            let inputs = vec![Operand::View(from.clone()), Operand::View(positions.clone())];
            self.kernel(super::rules::gather(), inputs, vec![Operand::View(out.clone())], words, site);
            return Ok(out);
        }
        let size = from.dims[axis] as i64;
        self.for_count(n, |l, i| {
            let Val::Int(index) = l.loaded(positions.fix(0, i)) else { return Ok(()) };
            let site = l.site();
            l.emit(Op::CheckIndex { index, limit: size, site });
            let (to, source) = (out.fix(axis, i), from.fix(axis, index));
            if to.dims.is_empty() {
                match l.loaded(source) {
                    Val::Real(value) | Val::Int(value) => l.emit(Op::Store { buffer: to.buffer, at: to.at, value }),
                    _ => {}
                }
            } else {
                l.emit(Op::Copy { to, from: source });
            }
            Ok(())
        })?;
        Ok(out)
    }

    /// `target = val;`
    pub(super) fn assign(&mut self, target: &LValue, val: Val, ty: &Type) -> Result<()> {
        if target.path.is_empty() {
            return self.assign_whole(target.variable, val, ty);
        }
        let Some(binding) = self.bindings.get(&target.variable).cloned() else {
            return self.unsupported("assignment before declaration");
        };
        let mut variable_ty = self.program.variable(target.variable).ty.clone();
        let mut binding = &binding;
        let mut path = &target.path[..];
        while let [Access::Project(i), rest @ ..] = path {
            let (Binding::Tuple(items), Type::Tuple(types)) = (binding, &variable_ty) else {
                return self.unsupported("assignment to a component");
            };
            binding = &items[i - 1];
            variable_ty = types[i - 1].clone();
            path = rest;
        }
        if path.is_empty() {
            // Integers inside tuples are not tracked; their cells hold the value.
            self.write_binding(binding.clone(), val, ty)?;
            return Ok(());
        }
        let Binding::Array(whole) = binding else {
            return self.unsupported("assignment to a part of this variable");
        };
        let mut view = whole.clone();
        for (k, access) in path.iter().enumerate() {
            let Access::Index(indices) = access else { return self.unsupported("arrays of tuples") };
            let last = k + 1 == path.len();
            view = self.assign_part(view, indices, last, &val, ty)?;
        }
        Ok(())
    }

    /// Goes down one bracket; at the last one, writes.
    fn assign_part(&mut self, view: View, indices: &[Index], last: bool, val: &Val, ty: &Type) -> Result<View> {
        let mut view = view;
        let mut axis = 0;
        let mut scattered = Vec::new();
        for index in indices {
            match self.index_values(index, axis, &view)? {
                At1::All => axis += 1,
                At1::One(val) => view = self.fix(view, axis, &val)?,
                At1::Range(first, len) => {
                    view = view.cut(axis, first, len);
                    axis += 1;
                }
                At1::Many(positions) => {
                    scattered.push((axis, positions));
                    axis += 1;
                }
            }
        }
        if !last {
            if !scattered.is_empty() {
                return self.unsupported("assignment through an integer-array index followed by another index");
            }
            return Ok(view);
        }
        if view.dims.is_empty() {
            let value = match self.f.buf(view.buffer).elem {
                Elem::F64 => self.real_value(val)?,
                Elem::I32 => self.int_value(val)?,
            };
            self.emit(Op::Store { buffer: view.buffer, at: view.at.clone(), value });
            return Ok(view);
        }
        let from = self.view_of(val, ty)?;
        if scattered.is_empty() {
            self.copy_into(&view, from)?;
            return Ok(view);
        }
        let from = if from.buffer == view.buffer { self.copy_of(&from, is_matrix(ty)) } else { from };
        self.scatter(&view, &from, &scattered)?;
        Ok(view)
    }

    /// `to[..., positions, ...] = from`, one axis after the other.
    fn scatter(&mut self, to: &View, from: &View, axes: &[(usize, View)]) -> Result<()> {
        let Some(((axis, positions), rest)) = axes.split_first() else {
            if to.dims != from.dims {
                return self.unsupported("the sizes of an assignment differ");
            }
            if to.dims.is_empty() {
                if let Val::Real(value) | Val::Int(value) = self.loaded(from.clone()) {
                    self.emit(Op::Store { buffer: to.buffer, at: to.at.clone(), value });
                }
            } else {
                self.emit(Op::Copy { to: to.clone(), from: from.clone() });
            }
            return Ok(());
        };
        if from.dims.get(*axis) != Some(&positions.len()) {
            return self.unsupported("the sizes of an assignment differ");
        }
        let size = to.dims[*axis] as i64;
        let rest: Vec<(usize, View)> = rest.iter().map(|(a, p)| (a - 1, p.clone())).collect();
        self.for_count(positions.len(), |l, i| {
            let Val::Int(index) = l.loaded(positions.fix(0, i)) else { return Ok(()) };
            let site = l.site();
            l.emit(Op::CheckIndex { index, limit: size, site });
            l.scatter(&to.fix(*axis, index), &from.fix(*axis, i), &rest)
        })
    }
}

/// One element (or row) of a known value by known indexes.
fn pick(value: &Value<f64>, indices: &[i32]) -> Option<Value<f64>> {
    let Some((&i, rest)) = indices.split_first() else { return Some(value.clone()) };
    let at = usize::try_from(i).ok()?.checked_sub(1)?;
    match value {
        Value::Array(items) => pick(items.get(at)?, rest),
        Value::Vector(v) | Value::RowVector(v) if rest.is_empty() => v.get(at).map(|x| Value::Real(*x)),
        Value::Matrix(m) => match rest {
            [] if at < m.rows => Some(Value::RowVector((0..m.cols).map(|j| m.at(at, j)).collect())),
            [j] => {
                let j = usize::try_from(*j).ok()?.checked_sub(1)?;
                (at < m.rows && j < m.cols).then(|| Value::Real(m.at(at, j)))
            }
            _ => None,
        },
        _ => None,
    }
}
