//! Copies, fills, sums and accumulations of views of any rank and stride, called from machine code where the view is not dense.

/// Sizes and strides (in elements) of two views of the same sizes.
pub struct Shape {
    pub dims: Vec<usize>,
    pub to: Vec<usize>,
    pub from: Vec<usize>,
}

impl Shape {
    /// Calls `f` with the element offsets of each pair, last dimension fastest.
    fn each(&self, mut f: impl FnMut(usize, usize)) {
        fn walk(shape: &Shape, axis: usize, to: usize, from: usize, f: &mut impl FnMut(usize, usize)) {
            if axis == shape.dims.len() {
                return f(to, from);
            }
            for i in 0..shape.dims[axis] {
                walk(shape, axis + 1, to + i * shape.to[axis], from + i * shape.from[axis], f);
            }
        }
        walk(self, 0, 0, 0, &mut f);
    }
}

/// # Safety
/// All functions here: the pointers are valid for the offsets of the shape.
pub unsafe extern "C" fn copy_f64(shape: *const Shape, to: *mut f64, from: *const f64) {
    unsafe { (*shape).each(|t, s| *to.add(t) = *from.add(s)) }
}

pub unsafe extern "C" fn copy_i32(shape: *const Shape, to: *mut i32, from: *const i32) {
    unsafe { (*shape).each(|t, s| *to.add(t) = *from.add(s)) }
}

pub unsafe extern "C" fn fill_f64(shape: *const Shape, to: *mut f64, value: f64) {
    unsafe { (*shape).each(|t, _| *to.add(t) = value) }
}

pub unsafe extern "C" fn fill_i32(shape: *const Shape, to: *mut i32, value: i64) {
    unsafe { (*shape).each(|t, _| *to.add(t) = value as i32) }
}

pub unsafe extern "C" fn accumulate(shape: *const Shape, to: *mut f64, from: *const f64, scale: f64) {
    unsafe { (*shape).each(|t, s| *to.add(t) += scale * *from.add(s)) }
}

pub unsafe extern "C" fn sum(shape: *const Shape, from: *const f64) -> f64 {
    let mut total = 0.0;
    unsafe { (*shape).each(|t, _| total += *from.add(t)) }
    total
}

pub unsafe extern "C" fn dense_copy(n: usize, to: *mut u8, from: *const u8) {
    unsafe { std::ptr::copy(from, to, n) }
}

pub unsafe extern "C" fn dense_fill(n: usize, to: *mut f64, value: f64) {
    unsafe { std::slice::from_raw_parts_mut(to, n).fill(value) }
}

pub unsafe extern "C" fn dense_sum(n: usize, from: *const f64) -> f64 {
    unsafe { std::slice::from_raw_parts(from, n) }.iter().sum()
}
