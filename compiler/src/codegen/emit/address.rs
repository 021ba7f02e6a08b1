//! Where buffers, elements and saved scalars are.

use super::Emitter;
use crate::ir::*;
use cranelift_codegen::ir::{InstBuilder, Value};

impl Emitter<'_, '_> {
    /// Base and constant offset of a buffer.
    fn buffer(&mut self, buffer: BufferId) -> (Value, i64) {
        let offset = self.layout.offsets[buffer.0 as usize] as i64;
        let base = match self.f.buf(buffer).home {
            Home::Theta => self.base.theta,
            Home::Given => self.base.given,
            Home::Gradient => self.base.gradient,
            Home::Output => self.base.output,
            Home::Reals(_) => self.base.reals,
            Home::Ints(_) => self.base.ints,
            Home::Static | Home::Frame(ROOT) => self.base.statics,
            Home::Frame(id) => self.frame(id),
        };
        (base, offset)
    }

    fn frame(&mut self, id: LoopId) -> Value {
        match self.frames[id.0 as usize] {
            Some(frame) => frame,
            None => self.base.statics,
        }
    }

    pub(super) fn slot(&mut self, frame: LoopId, slot: u32) -> (Value, i32) {
        let offset = 8 * slot as i32;
        if frame == ROOT {
            (self.base.statics, offset + self.layout.root_slots as i32)
        } else {
            (self.frame(frame), offset)
        }
    }

    /// Address and offset of one element.
    pub(super) fn element(&mut self, buffer: BufferId, at: &At) -> (Value, i32) {
        let bytes = self.f.buf(buffer).elem.bytes() as i64;
        let (mut base, offset) = self.buffer(buffer);
        for &(v, factor) in &at.terms {
            let v = self.get(v);
            let step = factor * bytes;
            let scaled = if step > 0 && (step as u64).is_power_of_two() {
                self.b.ins().ishl_imm_u(v, step.trailing_zeros() as i64)
            } else {
                self.b.ins().imul_imm_s(v, step)
            };
            base = self.b.ins().iadd(base, scaled);
        }
        let offset = offset + at.constant * bytes;
        match i32::try_from(offset) {
            Ok(small) => (base, small),
            Err(_) => (self.b.ins().iadd_imm_s(base, offset), 0),
        }
    }

    pub(super) fn pointer(&mut self, view: &View) -> Value {
        let (base, offset) = self.element(view.buffer, &view.at);
        if offset == 0 { base } else { self.b.ins().iadd_imm_s(base, offset as i64) }
    }
}
