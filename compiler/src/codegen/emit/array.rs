//! Copies, fills and sums: short ones inline, the others by calls.

use super::Emitter;
use crate::codegen::strided::{self, Shape};
use crate::ir::*;
use cranelift_codegen::ir::types::{F64, I32, I64};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value};

/// Dense runs up to this length are copied, filled and added inline.
const INLINE: usize = 8;

impl Emitter<'_, '_> {
    pub(super) fn copy(&mut self, to: &View, from: &View) {
        let n = to.len();
        if n == 0 {
            return;
        }
        let elem = self.f.buf(to.buffer).elem;
        if let Some(step) = common_run(to, from) {
            if n <= INLINE {
                for i in 0..n as i64 {
                    let (source, offset) = self.element(from.buffer, &from.at.offset(i * step.1));
                    let ty = if elem == Elem::F64 { F64 } else { I32 };
                    let value = self.b.ins().load(ty, MemFlagsData::trusted(), source, offset);
                    let (target, offset) = self.element(to.buffer, &to.at.offset(i * step.0));
                    self.b.ins().store(MemFlagsData::trusted(), value, target, offset);
                }
                return;
            }
            if step == (1, 1) {
                let bytes = self.b.ins().iconst(I64, (n * elem.bytes()) as i64);
                let (target, source) = (self.pointer(to), self.pointer(from));
                self.call(strided::dense_copy as *const u8, &[bytes, target, source], None);
                return;
            }
        }
        let shape = self.shape(to, from);
        let (target, source) = (self.pointer(to), self.pointer(from));
        let function = if elem == Elem::F64 { strided::copy_f64 as *const u8 } else { strided::copy_i32 as *const u8 };
        self.call(function, &[shape, target, source], None);
    }

    pub(super) fn fill(&mut self, to: &View, value: V) {
        let n = to.len();
        if n == 0 {
            return;
        }
        let elem = self.f.buf(to.buffer).elem;
        let value = self.get(value);
        if let Some(step) = common_run(to, to) {
            if n <= INLINE {
                for i in 0..n as i64 {
                    let (target, offset) = self.element(to.buffer, &to.at.offset(i * step.0));
                    match elem {
                        Elem::F64 => self.b.ins().store(MemFlagsData::trusted(), value, target, offset),
                        Elem::I32 => self.b.ins().istore32(MemFlagsData::trusted(), value, target, offset),
                    };
                }
                return;
            }
            if step.0 == 1 && elem == Elem::F64 {
                let count = self.b.ins().iconst(I64, n as i64);
                let target = self.pointer(to);
                self.call(strided::dense_fill as *const u8, &[count, target, value], None);
                return;
            }
        }
        let shape = self.shape(to, to);
        let target = self.pointer(to);
        let function = if elem == Elem::F64 { strided::fill_f64 as *const u8 } else { strided::fill_i32 as *const u8 };
        self.call(function, &[shape, target, value], None);
    }

    pub(super) fn accumulate(&mut self, to: &View, from: &View, scale: Option<V>) {
        let n = to.len();
        if n == 0 {
            return;
        }
        let scale_value = match scale {
            Some(v) => self.get(v),
            None => self.b.ins().f64const(1.0),
        };
        if let Some(step) = common_run(to, from) {
            if n <= INLINE {
                for i in 0..n as i64 {
                    let (source, offset) = self.element(from.buffer, &from.at.offset(i * step.1));
                    let mut value = self.b.ins().load(F64, MemFlagsData::trusted(), source, offset);
                    if scale.is_some() {
                        value = self.b.ins().fmul(value, scale_value);
                    }
                    let (target, offset) = self.element(to.buffer, &to.at.offset(i * step.0));
                    let old = self.b.ins().load(F64, MemFlagsData::trusted(), target, offset);
                    let sum = self.b.ins().fadd(old, value);
                    self.b.ins().store(MemFlagsData::trusted(), sum, target, offset);
                }
                return;
            }
            if step == (1, 1) {
                let count = self.b.ins().iconst(I64, n as i64);
                let (target, source) = (self.pointer(to), self.pointer(from));
                let table = &ppl_runtime::kernels::table().elementwise;
                if scale.is_some() {
                    self.call(table.scale_add as *const u8, &[count, scale_value, source, target], None);
                } else {
                    self.call(table.add_assign as *const u8, &[count, source, target], None);
                }
                return;
            }
        }
        let shape = self.shape(to, from);
        let (target, source) = (self.pointer(to), self.pointer(from));
        self.call(strided::accumulate as *const u8, &[shape, target, source, scale_value], None);
    }

    pub(super) fn sum(&mut self, out: V, from: &View) {
        let source = self.pointer(from);
        let value = if common_run(from, from).is_some_and(|step| step.0 == 1) {
            let count = self.b.ins().iconst(I64, from.len() as i64);
            self.call_real(strided::dense_sum as *const u8, &[count, source])
        } else {
            let shape = self.shape(from, from);
            self.call_real(strided::sum as *const u8, &[shape, source])
        };
        self.define(out, value);
    }

    fn shape(&mut self, to: &View, from: &View) -> Value {
        let shape = Box::new(Shape { dims: to.dims.clone(), to: to.strides.clone(), from: from.strides.clone() });
        let address = &*shape as *const Shape as i64;
        self.objects.shapes.push(shape);
        self.b.ins().iconst(I64, address)
    }
}

/// Steps of both views where each is one run of equally spaced elements.
fn common_run(to: &View, from: &View) -> Option<(i64, i64)> {
    let axes: Vec<usize> = (0..to.dims.len()).filter(|&a| to.dims[a] != 1).collect();
    match axes[..] {
        [] => Some((1, 1)),
        [axis] => Some((to.strides[axis] as i64, from.strides[axis] as i64)),
        _ => {
            let same = axes.iter().all(|&a| to.strides[a] == from.strides[a]);
            let mut by_stride: Vec<(usize, usize)> = axes.iter().map(|&a| (to.strides[a], to.dims[a])).collect();
            by_stride.sort();
            let mut expected = 1;
            let packed = by_stride.iter().all(|&(stride, dim)| {
                let fits = stride == expected;
                expected = stride * dim;
                fits
            });
            (same && packed).then_some((1, 1))
        }
    }
}
