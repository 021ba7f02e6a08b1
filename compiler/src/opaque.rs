//! Functions without kernels, called from machine code: library code over [`Num`](ppl_runtime::num::Num), whose derivative is recorded
//! on a tape when the reverse sweep asks for it, and solvers, which find the derivatives with the values.

use crate::ir::Status;
use ppl_runtime::random::Sequence;
use std::fmt::Debug;
use std::sync::Arc;

/// A function of arrays to arrays. Inputs and outputs are dense, in the canonical order of their types.
pub trait Opaque: Debug + Send + Sync {
    /// Writes the outputs, and to `saved` what [`pullback`](Opaque::pullback) will want. May take from `fuel`, the iterations that are left.
    fn value(&self, fuel: &mut i64, inputs: &[&[f64]], outputs: &mut [&mut [f64]], saved: &mut [f64]) -> Status;

    /// Adds `sum_j d out_j / d in_i * adjoint_out_j` to each `adjoint_in_i` (empty where an input is constant).
    fn pullback(
        &self,
        inputs: &[&[f64]],
        saved: &[f64],
        adjoint_out: &[&[f64]],
        adjoint_in: &mut [&mut [f64]],
    ) -> Status;

    /// As [`value`](Opaque::value), for functions that take a variate of a random stream.
    fn draw(&self, _sequence: &mut Sequence, _inputs: &[&[f64]], _outputs: &mut [&mut [f64]]) -> Status {
        Status::Error
    }

    /// Numbers of elements of the inputs and of the outputs.
    fn sizes(&self) -> (&[usize], &[usize]);

    /// Number of elements that are saved.
    fn saved(&self) -> usize {
        0
    }
}

/// A function that draws, for each lane of a block of draws: inputs that vary and all outputs have a column a number. The last output
/// marks the draws that stopped.
#[derive(Debug)]
pub struct Lanes {
    function: Arc<dyn Opaque>,
    lanes: usize,
    varies: Vec<bool>,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
}

impl Lanes {
    /// `varies` says which inputs differ between lanes.
    pub fn new(function: Arc<dyn Opaque>, lanes: usize, varies: Vec<bool>) -> Lanes {
        let (inputs, outputs) = function.sizes();
        let inputs = inputs.iter().zip(&varies).map(|(&n, &v)| if v { n * lanes } else { n }).collect();
        let outputs = outputs.iter().chain(&[1]).map(|n| n * lanes).collect();
        Lanes { function, lanes, varies, inputs, outputs }
    }
}

impl Opaque for Lanes {
    fn value(&self, _: &mut i64, _: &[&[f64]], _: &mut [&mut [f64]], _: &mut [f64]) -> Status {
        Status::Error
    }

    fn draw(&self, sequence: &mut Sequence, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> Status {
        let column = |x: &[f64], lane: usize| x.iter().skip(lane).step_by(self.lanes).copied().collect::<Vec<f64>>();
        let Some((failed, outputs)) = outputs.split_last_mut() else { return Status::Error };
        let mut results: Vec<Vec<f64>> = outputs.iter().map(|x| vec![0.0; x.len() / self.lanes]).collect();
        for lane in 0..self.lanes {
            if failed[lane] != 0.0 {
                continue;
            }
            let own: Vec<Vec<f64>> =
                inputs.iter().zip(&self.varies).map(|(x, v)| if *v { column(x, lane) } else { x.to_vec() }).collect();
            let own: Vec<&[f64]> = own.iter().map(Vec::as_slice).collect();
            let mut places: Vec<&mut [f64]> = results.iter_mut().map(Vec::as_mut_slice).collect();
            let status = self.function.draw(&mut sequence.element(lane), &own, &mut places);
            if status != Status::Ok {
                failed[lane] = 1.0;
                continue;
            }
            for (output, result) in outputs.iter_mut().zip(&results) {
                for (place, x) in output.iter_mut().skip(lane).step_by(self.lanes).zip(result) {
                    *place = *x;
                }
            }
        }
        sequence.advance(self.lanes);
        Status::Ok
    }

    fn pullback(&self, _: &[&[f64]], _: &[f64], _: &[&[f64]], _: &mut [&mut [f64]]) -> Status {
        Status::Error
    }

    fn sizes(&self) -> (&[usize], &[usize]) {
        (&self.inputs, &self.outputs)
    }
}

/// Entry from machine code: `function` is a pointer to a fat pointer kept alive by the code's owner.
///
/// # Safety
/// The tables hold as many valid pointers as `sizes` says, each to as many elements as it says; so does `saved`, and `fuel` is valid.
pub unsafe extern "C" fn call_value(
    function: *const &dyn Opaque,
    fuel: *mut i64,
    inputs: *const *const f64,
    outputs: *const *mut f64,
    saved: *mut f64,
) -> u32 {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unsafe {
        let function = *function;
        let (n_in, n_out) = function.sizes();
        let inputs = slices(inputs, n_in);
        let mut outputs = slices_mut(outputs, n_out);
        let saved = slice_mut(saved, function.saved());
        function.value(&mut *fuel, &inputs, &mut outputs, saved)
    }))
    .unwrap_or(Status::Error) as u32
}

/// Entry from machine code for functions that draw.
///
/// # Safety
/// As for [`call_value`]; `sequence` is valid.
pub unsafe extern "C" fn call_draw(
    function: *const &dyn Opaque,
    sequence: *mut Sequence,
    inputs: *const *const f64,
    outputs: *const *mut f64,
) -> u32 {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unsafe {
        let function = *function;
        let (n_in, n_out) = function.sizes();
        let inputs = slices(inputs, n_in);
        let mut outputs = slices_mut(outputs, n_out);
        function.draw(&mut *sequence, &inputs, &mut outputs)
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
    saved: *const f64,
    adjoint_out: *const *const f64,
    adjoint_in: *const *mut f64,
) -> u32 {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unsafe {
        let function = *function;
        let (n_in, n_out) = function.sizes();
        let inputs = slices(inputs, n_in);
        let adjoint_out = slices(adjoint_out, n_out);
        let mut adjoint_in = slices_mut(adjoint_in, n_in);
        let saved = slice(saved, function.saved());
        function.pullback(&inputs, saved, &adjoint_out, &mut adjoint_in)
    }))
    .unwrap_or(Status::Error) as u32
}

unsafe fn slice<'a>(pointer: *const f64, len: usize) -> &'a [f64] {
    if pointer.is_null() || len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(pointer, len) } }
}

unsafe fn slice_mut<'a>(pointer: *mut f64, len: usize) -> &'a mut [f64] {
    if pointer.is_null() || len == 0 { &mut [] } else { unsafe { std::slice::from_raw_parts_mut(pointer, len) } }
}

unsafe fn slices<'a>(table: *const *const f64, sizes: &[usize]) -> Vec<&'a [f64]> {
    sizes.iter().enumerate().map(|(i, &len)| unsafe { slice(*table.add(i), len) }).collect()
}

unsafe fn slices_mut<'a>(table: *const *mut f64, sizes: &[usize]) -> Vec<&'a mut [f64]> {
    sizes.iter().enumerate().map(|(i, &len)| unsafe { slice_mut(*table.add(i), len) }).collect()
}
