//! Functions without kernels, called from machine code: library code over [`Num`](ppl_runtime::num::Num), whose derivative is recorded
//! on a tape when the reverse sweep asks for it.

use crate::ir::Status;
use std::fmt::Debug;

/// A function of arrays to arrays. Inputs and outputs are dense, in the canonical order of their types.
pub trait Opaque: Debug + Send + Sync {
    /// Writes the outputs.
    fn value(&self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> Status;

    /// Adds `sum_j d out_j / d in_i * adjoint_out_j` to each `adjoint_in_i` (empty where an input is constant).
    fn pullback(&self, inputs: &[&[f64]], adjoint_out: &[&[f64]], adjoint_in: &mut [&mut [f64]]) -> Status;

    /// Numbers of elements of the inputs and of the outputs.
    fn sizes(&self) -> (&[usize], &[usize]);
}

/// Entry from machine code: `function` is a pointer to a fat pointer kept alive by the code's owner.
///
/// # Safety
/// The tables hold as many valid pointers as `sizes` says, each to as many elements as it says.
pub unsafe extern "C" fn call_value(
    function: *const &dyn Opaque,
    inputs: *const *const f64,
    outputs: *const *mut f64,
) -> u32 {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unsafe {
        let function = *function;
        let (n_in, n_out) = function.sizes();
        let inputs = slices(inputs, n_in);
        let mut outputs = slices_mut(outputs, n_out);
        function.value(&inputs, &mut outputs)
    }))
    .unwrap_or(Status::Error) as u32
}

/// Entry from machine code for the derivative; a null `adjoint_in[i]` marks a constant input.
///
/// # Safety
/// As for [`call_value`].
pub unsafe extern "C" fn call_pullback(
    function: *const &dyn Opaque,
    inputs: *const *const f64,
    adjoint_out: *const *const f64,
    adjoint_in: *const *mut f64,
) -> u32 {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unsafe {
        let function = *function;
        let (n_in, n_out) = function.sizes();
        let inputs = slices(inputs, n_in);
        let adjoint_out = slices(adjoint_out, n_out);
        let mut adjoint_in = slices_mut(adjoint_in, n_in);
        function.pullback(&inputs, &adjoint_out, &mut adjoint_in)
    }))
    .unwrap_or(Status::Error) as u32
}

unsafe fn slices<'a>(table: *const *const f64, sizes: &[usize]) -> Vec<&'a [f64]> {
    (0..sizes.len())
        .map(|i| unsafe {
            let p = *table.add(i);
            if p.is_null() || sizes[i] == 0 { &[][..] } else { std::slice::from_raw_parts(p, sizes[i]) }
        })
        .collect()
}

unsafe fn slices_mut<'a>(table: *const *mut f64, sizes: &[usize]) -> Vec<&'a mut [f64]> {
    (0..sizes.len())
        .map(|i| unsafe {
            let p = *table.add(i);
            if p.is_null() || sizes[i] == 0 { &mut [][..] } else { std::slice::from_raw_parts_mut(p, sizes[i]) }
        })
        .collect()
}
