//! Scalar arithmetic and its checks.

use super::Emitter;
use crate::differentiate::{call1, call2};
use crate::ir::*;
use crate::scalar::{Binary, Unary};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value};

impl Emitter<'_, '_> {
    pub(super) fn unary(&mut self, function: Unary, x: Value) -> Value {
        match function {
            Unary::Negate => self.b.ins().fneg(x),
            Unary::Abs => self.b.ins().fabs(x),
            Unary::Sqrt => self.b.ins().sqrt(x),
            Unary::Square => self.b.ins().fmul(x, x),
            Unary::Inv => {
                let one = self.b.ins().f64const(1.0);
                self.b.ins().fdiv(one, x)
            }
            Unary::Exp => self.call_real(exp as *const u8, &[x]),
            Unary::Log => self.call_real(ln as *const u8, &[x]),
            Unary::Log1p => self.call_real(ln_1p as *const u8, &[x]),
            Unary::Expm1 => self.call_real(exp_m1 as *const u8, &[x]),
            Unary::InvLogit => self.call_real(inv_logit as *const u8, &[x]),
            Unary::Log1pExp => self.call_real(log1p_exp as *const u8, &[x]),
            Unary::Tanh => self.call_real(tanh as *const u8, &[x]),
            Unary::Library(f) => {
                let pointer = self.b.ins().iconst(I64, f.value as usize as i64);
                self.call_real(call1 as *const u8, &[pointer, x])
            }
        }
    }

    pub(super) fn binary(&mut self, function: Binary, x: Value, y: Value) -> Value {
        match function {
            Binary::Add => self.b.ins().fadd(x, y),
            Binary::Sub => self.b.ins().fsub(x, y),
            Binary::Mul => self.b.ins().fmul(x, y),
            Binary::Div => self.b.ins().fdiv(x, y),
            Binary::DivOrZero => {
                let zero = self.b.ins().f64const(0.0);
                let none = self.b.ins().fcmp(FloatCC::Equal, y, zero);
                let quotient = self.b.ins().fdiv(x, y);
                self.b.ins().select(none, zero, quotient)
            }
            Binary::Pow => self.call_real(pow as *const u8, &[x, y]),
            Binary::Library(f) => {
                let pointer = self.b.ins().iconst(I64, f.value as usize as i64);
                self.call_real(call2 as *const u8, &[pointer, x, y])
            }
        }
    }

    pub(super) fn int_binary(&mut self, out: V, op: IntOp, left: V, right: V, site: Site) {
        let (x, y) = (self.get(left), self.get(right));
        let value = match op {
            IntOp::Add => self.b.ins().iadd(x, y),
            IntOp::Sub => self.b.ins().isub(x, y),
            IntOp::Mul => self.b.ins().imul(x, y),
            IntOp::Div | IntOp::Mod => {
                let zero = self.b.ins().icmp_imm_s(IntCC::Equal, y, 0);
                self.exit_if(zero, Status::Error, site);
                if op == IntOp::Div { self.b.ins().sdiv(x, y) } else { self.b.ins().srem(x, y) }
            }
            IntOp::Min => self.b.ins().smin(x, y),
            IntOp::Max => self.b.ins().smax(x, y),
        };
        if !matches!(op, IntOp::Min | IntOp::Max | IntOp::Mod) {
            self.check_int(value, site);
        }
        self.define(out, value);
    }

    /// Exits with an error where the value is no 32-bit integer.
    pub(super) fn check_int(&mut self, value: Value, site: Site) {
        let low = self.b.ins().ireduce(I32, value);
        let again = self.b.ins().sextend(I64, low);
        let overflow = self.b.ins().icmp(IntCC::NotEqual, again, value);
        self.exit_if(overflow, Status::Error, site);
    }

    pub(super) fn exit_if(&mut self, condition: Value, status: Status, site: Site) {
        let next = self.b.create_block();
        let status = self.b.ins().iconst(I32, status as i64);
        let site = self.b.ins().iconst(I32, site.0 as i64);
        let arguments = [BlockArg::from(status), BlockArg::from(site)];
        self.b.ins().brif(condition, self.exit, &arguments, next, &[]);
        self.b.switch_to_block(next);
    }
}

pub(super) fn float_cc(op: Compare) -> FloatCC {
    match op {
        Compare::Eq => FloatCC::Equal,
        Compare::Ne => FloatCC::NotEqual,
        Compare::Lt => FloatCC::LessThan,
        Compare::Le => FloatCC::LessThanOrEqual,
        Compare::Gt => FloatCC::GreaterThan,
        Compare::Ge => FloatCC::GreaterThanOrEqual,
    }
}

pub(super) fn int_cc(op: Compare) -> IntCC {
    match op {
        Compare::Eq => IntCC::Equal,
        Compare::Ne => IntCC::NotEqual,
        Compare::Lt => IntCC::SignedLessThan,
        Compare::Le => IntCC::SignedLessThanOrEqual,
        Compare::Gt => IntCC::SignedGreaterThan,
        Compare::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

extern "C" fn exp(x: f64) -> f64 {
    x.exp()
}

extern "C" fn ln(x: f64) -> f64 {
    x.ln()
}

extern "C" fn ln_1p(x: f64) -> f64 {
    x.ln_1p()
}

extern "C" fn exp_m1(x: f64) -> f64 {
    x.exp_m1()
}

extern "C" fn tanh(x: f64) -> f64 {
    x.tanh()
}

extern "C" fn pow(x: f64, y: f64) -> f64 {
    x.powf(y)
}

extern "C" fn inv_logit(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

extern "C" fn log1p_exp(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}
