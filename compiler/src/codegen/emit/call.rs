//! Calls of function pointers.

use super::Emitter;
use crate::codegen::{Context, ObjectCell};
use crate::ir::*;
use crate::opaque::Opaque;
use cranelift_codegen::ir::types::{F64, I32, I64};
use cranelift_codegen::ir::{
    AbiParam, BlockArg, InstBuilder, MemFlagsData, Signature, StackSlotData, StackSlotKind, Type, Value,
};
use std::mem::offset_of;
use std::sync::Arc;

impl Emitter<'_, '_> {
    pub(super) fn raw(&mut self, raw: &Raw) {
        let mut outs: Vec<(V, Value)> = Vec::new();
        let takes_fuel = raw.arguments.iter().any(|a| matches!(a, Argument::Fuel));
        if takes_fuel {
            self.store_fuel();
        }
        let arguments: Vec<Value> = raw.arguments.iter().map(|a| self.argument(a, &mut outs)).collect();
        let result = match raw.result {
            RawResult::None => None,
            RawResult::Real(_) => Some(F64),
            RawResult::Int(_) => Some(I64),
            RawResult::Status(_) => Some(I32),
        };
        let value = self.call(raw.function.0, &arguments, result);
        if takes_fuel {
            let (context, offset) = (self.base.context, offset_of!(Context, fuel) as i32);
            let left = self.b.ins().load(I64, MemFlagsData::trusted(), context, offset);
            self.b.def_var(self.fuel, left);
        }
        match (raw.result, value) {
            (RawResult::Real(v) | RawResult::Int(v), Some(value)) => self.define(v, value),
            (RawResult::Status(site), Some(status)) => {
                let next = self.b.create_block();
                let site = self.b.ins().iconst(I32, site.0 as i64);
                let arguments = [BlockArg::from(status), BlockArg::from(site)];
                self.b.ins().brif(status, self.exit, &arguments, next, &[]);
                self.b.switch_to_block(next);
            }
            _ => {}
        }
        for (v, address) in outs {
            let value = self.b.ins().load(F64, MemFlagsData::trusted(), address, 0);
            self.define(v, value);
        }
    }

    fn argument(&mut self, argument: &Argument, outs: &mut Vec<(V, Value)>) -> Value {
        match argument {
            Argument::Word(x) => self.b.ins().iconst(I64, *x),
            Argument::Word32(x) => self.b.ins().iconst(I32, *x as i64),
            Argument::Seed(x) => self.b.ins().f64const(*x),
            Argument::Value(v) => self.get(*v),
            Argument::Pointer(view) => self.pointer(view),
            Argument::Null => self.b.ins().iconst(I64, 0),
            Argument::Sequence => self.base.sequence,
            Argument::Fuel => {
                let context = self.base.context;
                self.b.ins().iadd_imm_s(context, offset_of!(Context, fuel) as i64)
            }
            Argument::Opaque(object) => self.object(object),
            Argument::Spilled(v) => {
                let value = self.get(*v);
                let address = self.stack(8);
                // Integer operands are read as `int`: the low half on a little-endian machine.
                self.b.ins().store(MemFlagsData::trusted(), value, address, 0);
                address
            }
            Argument::Out(v) => {
                let address = self.stack(8);
                let zero = self.b.ins().iconst(I64, 0);
                self.b.ins().store(MemFlagsData::trusted(), zero, address, 0);
                outs.push((*v, address));
                address
            }
            Argument::Operands(operands) => {
                let table = self.stack(24 * operands.len() as u32);
                for (i, operand) in operands.iter().enumerate() {
                    let values = self.argument(&operand.values, outs);
                    let stride = self.b.ins().iconst(I64, operand.stride as i64);
                    let adjoint = self.argument(&operand.adjoint, outs);
                    for (k, part) in [values, stride, adjoint].into_iter().enumerate() {
                        self.b.ins().store(MemFlagsData::trusted(), part, table, (24 * i + 8 * k) as i32);
                    }
                }
                table
            }
            Argument::Table(words) => {
                let table: Box<[usize]> = words.clone().into();
                let address = table.as_ptr() as i64;
                self.objects.tables.push(table);
                self.b.ins().iconst(I64, address)
            }
            Argument::Pointers(pointers) => {
                let table = self.stack(8 * pointers.len().max(1) as u32);
                for (i, pointer) in pointers.iter().enumerate() {
                    let value = self.argument(pointer, outs);
                    self.b.ins().store(MemFlagsData::trusted(), value, table, 8 * i as i32);
                }
                table
            }
        }
    }

    pub(super) fn store_fuel(&mut self) {
        let left = self.b.use_var(self.fuel);
        let (context, offset) = (self.base.context, offset_of!(Context, fuel) as i32);
        self.b.ins().store(MemFlagsData::trusted(), left, context, offset);
    }

    fn stack(&mut self, bytes: u32) -> Value {
        let slot = self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 3));
        self.b.ins().stack_addr(I64, slot, 0)
    }

    fn object(&mut self, object: &Arc<dyn Opaque>) -> Value {
        let cell = Box::new(ObjectCell { _pointer: Arc::as_ptr(object), _owner: object.clone() });
        let address = &cell._pointer as *const *const dyn Opaque as i64;
        self.objects.opaque.push(cell);
        self.b.ins().iconst(I64, address)
    }

    pub(super) fn call_real(&mut self, function: *const u8, arguments: &[Value]) -> Value {
        match self.call(function, arguments, Some(F64)) {
            Some(value) => value,
            None => self.b.ins().f64const(f64::NAN),
        }
    }

    pub(super) fn call(&mut self, function: *const u8, arguments: &[Value], result: Option<Type>) -> Option<Value> {
        let types: Vec<Type> = arguments.iter().map(|v| self.b.func.dfg.value_type(*v)).collect();
        let signature = match self.signatures.get(&(types.clone(), result)) {
            Some(&signature) => signature,
            None => {
                let mut signature = Signature::new(self.config.default_call_conv);
                signature.params.extend(types.iter().map(|ty| AbiParam::new(*ty)));
                signature.returns.extend(result.map(AbiParam::new));
                let reference = self.b.import_signature(signature);
                self.signatures.insert((types, result), reference);
                reference
            }
        };
        let address = self.b.ins().iconst(I64, function as i64);
        let call = self.b.ins().call_indirect(signature, address, arguments);
        self.b.inst_results(call).first().copied()
    }
}
