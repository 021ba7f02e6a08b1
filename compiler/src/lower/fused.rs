//! Functions of a few numbers that compute value and partials together, with the calling convention of densities.

use super::{Lowerer, Result, Val};
use crate::ir::*;
use crate::kernel::{Operand, Sizes};
use ppl_runtime::families::Keep;
use ppl_runtime::kernels::{self, Operand as Argument};

impl Lowerer<'_> {
    /// `log_sum_exp(a, b)` or `log_mix(theta, a, b)`; `None` for other functions.
    pub(super) fn fused(&mut self, name: &str, vals: &[Val]) -> Result<Option<V>> {
        let kernel: kernels::DensityKernel = match (name, vals.len()) {
            ("log_sum_exp", 2) => log_sum_exp,
            ("log_mix", 3) => log_mix,
            _ => return Ok(None),
        };
        let mut operands = Vec::new();
        for val in vals {
            operands.push(Operand::Scalar(self.real_value(val)?));
        }
        let strides = vec![0; operands.len()];
        let keep = Keep { all: true, active: u32::MAX };
        Ok(Some(self.density_call(name, kernel as *const u8, Sizes::Count(1), operands, strides, keep)))
    }
}

/// Adds a partial where one is asked for.
unsafe fn add(argument: &Argument, partial: f64) {
    if !argument.adjoint.is_null() {
        unsafe { *argument.adjoint += partial };
    }
}

unsafe extern "C" fn log_sum_exp(_: usize, operands: *const Argument, _: u32, seed: f64, value: *mut f64) -> u32 {
    let (x, y) = unsafe { (&*operands, &*operands.add(1)) };
    let (a, b) = unsafe { (*x.values, *y.values) };
    let (high, low) = if a >= b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY || high == f64::INFINITY {
        // One term decides; where both are the same infinity they share.
        let share = if a == b { 0.5 } else { 1.0 };
        unsafe {
            *value = high;
            add(x, if a >= b { seed * share } else { 0.0 });
            add(y, if b >= a { seed * share } else { 0.0 });
        }
        return kernels::OK;
    }
    let e = (low - high).exp();
    let major = seed / (1.0 + e);
    unsafe {
        *value = high + e.ln_1p();
        add(x, if a >= b { major } else { major * e });
        add(y, if a >= b { major * e } else { major });
    }
    kernels::OK
}

/// `log(theta exp(a) + (1 - theta) exp(b))`
unsafe extern "C" fn log_mix(_: usize, operands: *const Argument, _: u32, seed: f64, value: *mut f64) -> u32 {
    let (p, x, y) = unsafe { (&*operands, &*operands.add(1), &*operands.add(2)) };
    let (theta, a, b) = unsafe { (*p.values, *x.values, *y.values) };
    if !(0.0..=1.0).contains(&theta) {
        return kernels::REJECT;
    }
    let high = a.max(b);
    if high == f64::NEG_INFINITY {
        unsafe { *value = high };
        return kernels::OK;
    }
    let (ea, eb) = ((a - high).exp(), (b - high).exp());
    let total = theta * ea + (1.0 - theta) * eb;
    let scale = seed / total;
    unsafe {
        *value = high + total.ln();
        add(p, scale * (ea - eb));
        add(x, scale * theta * ea);
        add(y, scale * (1.0 - theta) * eb);
    }
    kernels::OK
}
