//! Elementwise functions of one and two arguments, and simple updates of arrays.

use super::simd::{Lanes, level, math};
use super::{Level, blocks, blocks_once, kernel_table, multiversion};
use crate::math::{Binary, Unary};
use std::sync::OnceLock;

/// An elementwise function of one argument.
#[derive(Clone, Copy, Debug)]
pub struct UnaryKernel {
    /// `(n, x, y)`: `y[i] = f(x[i])`; `y` may be `x`.
    pub forward: unsafe extern "C" fn(usize, *const f64, *mut f64),
    /// `(n, x, y, dy, dx)`: `dx[i] += dy[i] f'(x[i])`, where `y` is what `forward` gave.
    pub backward: unsafe extern "C" fn(usize, *const f64, *const f64, *const f64, *mut f64),
}

/// An elementwise function of two arguments that broadcasts.
#[derive(Clone, Copy, Debug)]
pub struct BinaryKernel {
    /// `(n, a, a_stride, b, b_stride, y)`: `y[i] = f(a[i a_stride], b[i b_stride])`.
    pub forward: unsafe extern "C" fn(usize, *const f64, usize, *const f64, usize, *mut f64),
    /// `(n, a, a_stride, b, b_stride, y, dy, da, db)`: adds the vector-Jacobian product to `da` and `db`, either of which may be
    /// null.
    pub backward:
        unsafe extern "C" fn(usize, *const f64, usize, *const f64, usize, *const f64, *const f64, *mut f64, *mut f64),
}

/// The kernel of Stan's function `name` of one real argument. Every function of [`crate::math::unary`] has one.
pub fn unary(name: &str) -> Option<UnaryKernel> {
    unary_at(name, level())
}

/// The kernel of Stan's function (or operator: `add`, `subtract`, `elt_multiply`, `elt_divide`, `pow`) `name` of two real arguments. Every
/// function of [`crate::math::binary`] has one.
pub fn binary(name: &str) -> Option<BinaryKernel> {
    binary_at(name, level())
}

kernel_table! {
    /// Updates of whole arrays.
    Elementwise {
        /// `y += x`
        fn add_assign(n: usize, x: *const f64, y: *mut f64) = add_assign;
        /// `y -= x`
        fn sub_assign(n: usize, x: *const f64, y: *mut f64) = sub_assign;
        /// `y += alpha x`
        fn scale_add(n: usize, alpha: f64, x: *const f64, y: *mut f64) = scale_add;
        /// `y = alpha x`
        fn scale(n: usize, alpha: f64, x: *const f64, y: *mut f64) = scale;
        /// `y += alpha` in every cell: the backward of a sum.
        fn add_scalar(n: usize, alpha: f64, y: *mut f64) = add_scalar;
        /// `y += a b` cell by cell.
        fn mul_add(n: usize, a: *const f64, b: *const f64, y: *mut f64) = mul_add;
        /// `y = alpha` in every cell.
        fn fill(n: usize, alpha: f64, y: *mut f64) = fill;
        /// `y = x`
        fn copy(n: usize, x: *const f64, y: *mut f64) = copy;
        /// `y = x` for integers that become real.
        fn from_i32(n: usize, x: *const i32, y: *mut f64) = from_i32;
    }
}

#[inline(always)]
unsafe fn add_assign<V: Lanes>(n: usize, x: *const f64, y: *mut f64) {
    unsafe { blocks!(V, n, |i, c| { V::get(x.add(i), c, 0.0).accumulate(y.add(i), c) }) }
}

#[inline(always)]
unsafe fn sub_assign<V: Lanes>(n: usize, x: *const f64, y: *mut f64) {
    unsafe { blocks!(V, n, |i, c| { (-V::get(x.add(i), c, 0.0)).accumulate(y.add(i), c) }) }
}

#[inline(always)]
unsafe fn scale_add<V: Lanes>(n: usize, alpha: f64, x: *const f64, y: *mut f64) {
    let alpha = V::splat(alpha);
    unsafe { blocks!(V, n, |i, c| { alpha.fma(V::get(x.add(i), c, 0.0), V::get(y.add(i), c, 0.0)).put(y.add(i), c) }) }
}

#[inline(always)]
unsafe fn scale<V: Lanes>(n: usize, alpha: f64, x: *const f64, y: *mut f64) {
    let alpha = V::splat(alpha);
    unsafe { blocks!(V, n, |i, c| { (alpha * V::get(x.add(i), c, 0.0)).put(y.add(i), c) }) }
}

#[inline(always)]
unsafe fn add_scalar<V: Lanes>(n: usize, alpha: f64, y: *mut f64) {
    let alpha = V::splat(alpha);
    unsafe { blocks!(V, n, |i, c| { alpha.accumulate(y.add(i), c) }) }
}

#[inline(always)]
unsafe fn mul_add<V: Lanes>(n: usize, a: *const f64, b: *const f64, y: *mut f64) {
    unsafe {
        blocks!(V, n, |i, c| {
            let (a, b) = (V::get(a.add(i), c, 0.0), V::get(b.add(i), c, 0.0));
            a.fma(b, V::get(y.add(i), c, 0.0)).put(y.add(i), c)
        })
    }
}

#[inline(always)]
unsafe fn fill<V: Lanes>(n: usize, alpha: f64, y: *mut f64) {
    let alpha = V::splat(alpha);
    unsafe { blocks!(V, n, |i, c| { alpha.put(y.add(i), c) }) }
}

#[inline(always)]
unsafe fn copy<V: Lanes>(n: usize, x: *const f64, y: *mut f64) {
    unsafe { blocks!(V, n, |i, c| { V::get(x.add(i), c, 0.0).put(y.add(i), c) }) }
}

#[inline(always)]
unsafe fn from_i32<V: Lanes>(n: usize, x: *const i32, y: *mut f64) {
    unsafe { blocks!(V, n, |i, c| { V::get_i32(x.add(i), c, 0).put(y.add(i), c) }) }
}

/// A function of lanes with its derivative from `x` and `y = f(x)`.
trait UnaryLanes {
    fn value<V: Lanes>(x: V) -> V;
    fn derivative<V: Lanes>(x: V, y: V) -> V;
}

#[inline(always)]
unsafe fn unary_forward<V: Lanes, F: UnaryLanes>(n: usize, x: *const f64, y: *mut f64) {
    unsafe { blocks_once!(V, n, |i, c| { F::value(V::get(x.add(i), c, 0.5)).put(y.add(i), c) }) }
}

#[inline(always)]
unsafe fn unary_backward<V: Lanes, F: UnaryLanes>(
    n: usize,
    x: *const f64,
    y: *const f64,
    dy: *const f64,
    dx: *mut f64,
) {
    unsafe {
        blocks_once!(V, n, |i, c| {
            let d = F::derivative(V::get(x.add(i), c, 0.5), V::get(y.add(i), c, 0.5));
            let seed = V::get(dy.add(i), c, 0.0);
            // What has no adjoint gets none, even where the derivative is infinite.
            let zero = V::splat(0.0);
            V::select(seed.eq(zero), zero, d * seed).accumulate(dx.add(i), c)
        })
    }
}

/// Declares the functions of one argument that have vector code, and the lookup by name.
macro_rules! unary_lanes {
    ($($name:ident($V:ident, $x:ident, $y:ident) = $value:expr, $derivative:expr;)*) => {
        $(
            #[allow(non_camel_case_types)]
            struct $name;
            #[allow(unused_variables)]
            impl UnaryLanes for $name {
                #[inline(always)]
                fn value<$V: Lanes>($x: $V) -> $V { $value }
                #[inline(always)]
                fn derivative<$V: Lanes>($x: $V, $y: $V) -> $V { $derivative }
            }
        )*
        fn unary_vector(name: &str, level: Level) -> Option<UnaryKernel> {
            match name {
                $(stringify!($name) => Some(UnaryKernel {
                    forward: multiversion!(level, fn(n: usize, x: *const f64, y: *mut f64), unary_forward, $name),
                    backward: multiversion!(
                        level,
                        fn(n: usize, x: *const f64, y: *const f64, dy: *const f64, dx: *mut f64),
                        unary_backward,
                        $name
                    ),
                }),)*
                _ => None,
            }
        }
    };
}

unary_lanes! {
    exp(V, x, y) = math::exp(x), y;
    log(V, x, y) = math::ln(x), V::splat(1.0) / x;
    log1p(V, x, y) = math::ln_1p(x), V::splat(1.0) / (V::splat(1.0) + x);
    log1m(V, x, y) = math::ln_1p(-x), V::splat(-1.0) / (V::splat(1.0) - x);
    expm1(V, x, y) = math::expm1(x), y + V::splat(1.0);
    // As in Stan, no derivative at 0: a factor that underflowed must not make the gradient NaN.
    sqrt(V, x, y) = x.sqrt(), V::select(y.eq(V::splat(0.0)), V::splat(0.0), V::splat(0.5) / y);
    square(V, x, y) = x * x, x + x;
    inv(V, x, y) = V::splat(1.0) / x, -(y * y);
    inv_square(V, x, y) = V::splat(1.0) / (x * x), V::splat(-2.0) * y / x;
    inv_sqrt(V, x, y) = V::splat(1.0) / x.sqrt(), V::splat(-0.5) * y / x;
    minus(V, x, y) = -x, V::splat(-1.0);
    abs(V, x, y) = x.abs(), V::select(x.eq(V::splat(0.0)), V::splat(0.0), V::splat(1.0).copysign(x));
    inv_logit(V, x, y) = math::inv_logit(x), y * (V::splat(1.0) - y);
    logit(V, x, y) = math::ln(x / (V::splat(1.0) - x)), V::splat(1.0) / (x * (V::splat(1.0) - x));
    log1p_exp(V, x, y) = math::log1p_exp(x), math::inv_logit(x);
    log_inv_logit(V, x, y) = math::log_inv_logit(x), math::inv_logit(-x);
    log1m_inv_logit(V, x, y) = math::log_inv_logit(-x), -math::inv_logit(x);
    tanh(V, x, y) = math::tanh(x), math::sech_squared(x);
}

/// Registry functions without vector code: a scalar loop each, told apart by their place in the registry.
const SLOTS: usize = 256;

fn unary_registry() -> &'static [&'static Unary] {
    static TABLE: OnceLock<Vec<&'static Unary>> = OnceLock::new();
    TABLE.get_or_init(|| crate::math::unary_table().take(SLOTS).collect())
}

fn binary_registry() -> &'static [&'static Binary] {
    static TABLE: OnceLock<Vec<&'static Binary>> = OnceLock::new();
    TABLE.get_or_init(|| crate::math::binary_table().take(SLOTS).collect())
}

unsafe extern "C" fn scalar_forward<const SLOT: usize>(n: usize, x: *const f64, y: *mut f64) {
    let Some(f) = unary_registry().get(SLOT) else { return };
    for i in 0..n {
        unsafe { *y.add(i) = (f.value)(*x.add(i)) }
    }
}

unsafe extern "C" fn scalar_backward<const SLOT: usize>(
    n: usize,
    x: *const f64,
    y: *const f64,
    dy: *const f64,
    dx: *mut f64,
) {
    let Some(f) = unary_registry().get(SLOT) else { return };
    for i in 0..n {
        unsafe {
            let seed = *dy.add(i);
            if seed != 0.0 {
                *dx.add(i) += seed * (f.derivative)(*x.add(i), *y.add(i));
            }
        }
    }
}

unsafe extern "C" fn scalar_forward2<const SLOT: usize>(
    n: usize,
    a: *const f64,
    sa: usize,
    b: *const f64,
    sb: usize,
    y: *mut f64,
) {
    let Some(f) = binary_registry().get(SLOT) else { return };
    for i in 0..n {
        unsafe { *y.add(i) = (f.value)(*a.add(i * sa), *b.add(i * sb)) }
    }
}

#[allow(clippy::too_many_arguments)]
unsafe extern "C" fn scalar_backward2<const SLOT: usize>(
    n: usize,
    a: *const f64,
    sa: usize,
    b: *const f64,
    sb: usize,
    y: *const f64,
    dy: *const f64,
    da: *mut f64,
    db: *mut f64,
) {
    let Some(f) = binary_registry().get(SLOT) else { return };
    for i in 0..n {
        unsafe {
            let (u, v, w, seed) = (*a.add(i * sa), *b.add(i * sb), *y.add(i), *dy.add(i));
            if seed == 0.0 {
                continue;
            }
            if !da.is_null() {
                *da.add(i * sa) += seed * (f.d_left)(u, v, w);
            }
            if !db.is_null() {
                *db.add(i * sb) += seed * (f.d_right)(u, v, w);
            }
        }
    }
}

/// `[f::<0>, ..., f::<255>]`
macro_rules! slots {
    ($make:ident) => { slots!(@rows $make, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) };
    (@rows $make:ident, $($row:literal)*) => { [$(slots!(@row $make, $row)),*] };
    (@row $make:ident, $row:literal) => {
        [
            $make!({ $row * 16 }), $make!({ $row * 16 + 1 }), $make!({ $row * 16 + 2 }), $make!({ $row * 16 + 3 }),
            $make!({ $row * 16 + 4 }), $make!({ $row * 16 + 5 }), $make!({ $row * 16 + 6 }), $make!({ $row * 16 + 7 }),
            $make!({ $row * 16 + 8 }), $make!({ $row * 16 + 9 }), $make!({ $row * 16 + 10 }), $make!({ $row * 16 + 11 }),
            $make!({ $row * 16 + 12 }), $make!({ $row * 16 + 13 }), $make!({ $row * 16 + 14 }), $make!({ $row * 16 + 15 }),
        ]
    };
}
macro_rules! unary_slot {
    ($slot:expr) => {
        UnaryKernel { forward: scalar_forward::<{ $slot }>, backward: scalar_backward::<{ $slot }> }
    };
}
macro_rules! binary_slot {
    ($slot:expr) => {
        BinaryKernel { forward: scalar_forward2::<{ $slot }>, backward: scalar_backward2::<{ $slot }> }
    };
}
static UNARY_SLOTS: [[UnaryKernel; 16]; 16] = slots!(unary_slot);
static BINARY_SLOTS: [[BinaryKernel; 16]; 16] = slots!(binary_slot);

pub(super) fn unary_at(name: &str, level: Level) -> Option<UnaryKernel> {
    let name = match name {
        "fabs" => "abs",
        "log1p_exp" | "log1pexp" => "log1p_exp",
        other => other,
    };
    unary_vector(name, level).or_else(|| {
        let slot = unary_registry().iter().position(|f| f.name == name)?;
        Some(UNARY_SLOTS[slot / 16][slot % 16])
    })
}

pub(super) fn binary_at(name: &str, level: Level) -> Option<BinaryKernel> {
    binary_vector(name, level).or_else(|| {
        let slot = binary_registry().iter().position(|f| f.name == name)?;
        Some(BINARY_SLOTS[slot / 16][slot % 16])
    })
}

/// A function of two lanes with its partial derivatives.
trait BinaryLanes {
    fn value<V: Lanes>(a: V, b: V) -> V;
    fn d_left<V: Lanes>(a: V, b: V, y: V) -> V;
    fn d_right<V: Lanes>(a: V, b: V, y: V) -> V;
}

#[inline(always)]
unsafe fn binary_forward<V: Lanes, F: BinaryLanes>(
    n: usize,
    a: *const f64,
    sa: usize,
    b: *const f64,
    sb: usize,
    y: *mut f64,
) {
    // One loop a pattern of strides.
    unsafe {
        if n == 0 {
            return;
        }
        match (sa, sb) {
            (0, 0) => {
                let v = F::value(V::splat(*a), V::splat(*b));
                blocks!(V, n, |i, c| { v.put(y.add(i), c) })
            }
            (0, _) => {
                let a = V::splat(*a);
                blocks!(V, n, |i, c| { F::value(a, V::get(b.add(i), c, 0.5)).put(y.add(i), c) })
            }
            (_, 0) => {
                let b = V::splat(*b);
                blocks!(V, n, |i, c| { F::value(V::get(a.add(i), c, 0.5), b).put(y.add(i), c) })
            }
            _ => {
                blocks!(V, n, |i, c| { F::value(V::get(a.add(i), c, 0.5), V::get(b.add(i), c, 0.5)).put(y.add(i), c) })
            }
        }
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn binary_backward<V: Lanes, F: BinaryLanes>(
    n: usize,
    a: *const f64,
    sa: usize,
    b: *const f64,
    sb: usize,
    y: *const f64,
    dy: *const f64,
    da: *mut f64,
    db: *mut f64,
) {
    unsafe {
        if n == 0 {
            return;
        }
        let zero = V::splat(0.0);
        let (a0, b0) = (V::splat(*a), V::splat(*b));
        if !da.is_null() {
            let mut total = zero;
            blocks!(V, n, |i, c| {
                let u = if sa == 0 { a0 } else { V::get(a.add(i), c, 0.5) };
                let v = if sb == 0 { b0 } else { V::get(b.add(i), c, 0.5) };
                let seed = V::get(dy.add(i), c, 0.0);
                let d = F::d_left(u, v, V::get(y.add(i), c, 0.5)) * seed;
                let d = V::select(seed.eq(zero), zero, d);
                if sa == 0 {
                    total = total + d;
                } else {
                    d.accumulate(da.add(i), c);
                }
            });
            if sa == 0 {
                *da += total.sum();
            }
        }
        if !db.is_null() {
            let mut total = zero;
            blocks!(V, n, |i, c| {
                let u = if sa == 0 { a0 } else { V::get(a.add(i), c, 0.5) };
                let v = if sb == 0 { b0 } else { V::get(b.add(i), c, 0.5) };
                let seed = V::get(dy.add(i), c, 0.0);
                let d = F::d_right(u, v, V::get(y.add(i), c, 0.5)) * seed;
                let d = V::select(seed.eq(zero), zero, d);
                if sb == 0 {
                    total = total + d;
                } else {
                    d.accumulate(db.add(i), c);
                }
            });
            if sb == 0 {
                *db += total.sum();
            }
        }
    }
}

macro_rules! binary_lanes {
    ($($name:ident($V:ident, $a:ident, $b:ident, $y:ident) = $value:expr, $left:expr, $right:expr;)*) => {
        $(
            #[allow(non_camel_case_types)]
            struct $name;
            #[allow(unused_variables)]
            impl BinaryLanes for $name {
                #[inline(always)]
                fn value<$V: Lanes>($a: $V, $b: $V) -> $V { $value }
                #[inline(always)]
                fn d_left<$V: Lanes>($a: $V, $b: $V, $y: $V) -> $V { $left }
                #[inline(always)]
                fn d_right<$V: Lanes>($a: $V, $b: $V, $y: $V) -> $V { $right }
            }
        )*
        fn binary_vector(name: &str, level: Level) -> Option<BinaryKernel> {
            match name {
                $(stringify!($name) => Some(BinaryKernel {
                    forward: multiversion!(
                        level,
                        fn(n: usize, a: *const f64, sa: usize, b: *const f64, sb: usize, y: *mut f64),
                        binary_forward,
                        $name
                    ),
                    backward: multiversion!(
                        level,
                        fn(n: usize, a: *const f64, sa: usize, b: *const f64, sb: usize, y: *const f64, dy: *const f64, da: *mut f64, db: *mut f64),
                        binary_backward,
                        $name
                    ),
                }),)*
                _ => None,
            }
        }
    };
}

binary_lanes! {
    add(V, a, b, y) = a + b, V::splat(1.0), V::splat(1.0);
    subtract(V, a, b, y) = a - b, V::splat(1.0), V::splat(-1.0);
    elt_multiply(V, a, b, y) = a * b, b, a;
    elt_divide(V, a, b, y) = a / b, V::splat(1.0) / b, -(y / b);
}
