//! Whole-vector work for machine code: SIMD kernels, called through `extern "C"` function pointers.
//!
//! Conventions, unless a kernel says otherwise:
//! - Arrays of `f64` are contiguous, matrices column-major, integers `i32`; no alignment beyond the element's is needed.
//! - A `stride` is 1 (an array of `n`) or 0 (one number that is broadcast; its adjoint is one cell, which gets the sum).
//! - A backward kernel (vector-Jacobian product) *adds* to the adjoints it is given. A null adjoint: that input needs none.
//! - Outputs may not overlap inputs or each other, except where an elementwise kernel works in place (`y == x`).
//! - A `u32` status is [`OK`], [`REJECT`] (an argument left its domain; outputs are unspecified) or [`OUT_OF_RANGE`].
//! - No kernel panics or unwinds.
//!
//! Kernels are chosen for the processor once ([`table`]); the pointers may be put into machine code and stay valid for ever.
//! Reductions use one fixed order on every instruction set, but the order differs between instruction sets.

mod density;
mod elementwise;
mod joint;
mod linalg;
mod random;
mod reduce;
mod scratch;
mod simd;
#[cfg(test)]
mod tests;

pub use density::{DensityKernel, KEEP_CONSTANTS, Operand, density, density_form};
pub use elementwise::{BinaryKernel, Elementwise, UnaryKernel, binary, unary};
pub use joint::{JointKernel, joint};
pub use linalg::Linalg;
pub use random::{DrawKernel, Parameter, Transforms, draw, transforms};
pub use reduce::Reduce;
pub use simd::{Level, level};

use std::sync::OnceLock;

/// Status: the result is valid.
pub const OK: u32 = 0;
/// Status: an argument is outside its domain (Stan would reject the draw).
pub const REJECT: u32 = 1;
/// Status: an index is out of range.
pub const OUT_OF_RANGE: u32 = 2;

/// Every kernel that has a name of its own; those that are looked up by the name of a function or a distribution are found with
/// [`unary`], [`binary`], [`density`](density()), [`density_form`] and [`joint`](joint()).
#[derive(Clone, Debug)]
pub struct Kernels {
    pub elementwise: Elementwise,
    pub reduce: Reduce,
    pub linalg: Linalg,
}

impl Kernels {
    fn at(level: Level) -> Self {
        Kernels { elementwise: Elementwise::at(level), reduce: Reduce::at(level), linalg: Linalg::at(level) }
    }
}

/// The kernels for this processor.
pub fn table() -> &'static Kernels {
    static TABLE: OnceLock<Kernels> = OnceLock::new();
    TABLE.get_or_init(|| Kernels::at(level()))
}

/// Runs a block over `0..n` in whole vectors and one last part: `i` is the offset, `c` the number of lanes in use.
///
/// A macro and not a function with a closure: see [`simd`].
macro_rules! blocks {
    ($V:ty, $n:expr, |$i:ident, $c:ident| $body:block) => {{
        let n_: usize = $n;
        let mut $i: usize = 0;
        while $i + <$V>::N <= n_ {
            let $c = <$V>::N;
            $body
            $i += <$V>::N;
        }
        if $i < n_ {
            let $c = n_ - $i;
            $body
        }
    }};
}

/// As [`blocks!`], but the body is compiled once and `c` is a variable: for bodies that are long.
macro_rules! blocks_once {
    ($V:ty, $n:expr, |$i:ident, $c:ident| $body:block) => {{
        let n_: usize = $n;
        let mut $i: usize = 0;
        while $i < n_ {
            let $c = if n_ - $i < <$V>::N { n_ - $i } else { <$V>::N };
            $body
            $i += <$V>::N;
        }
    }};
}

/// Compiles generic bodies once an instruction set: `name(args) -> ret = body::<V, types>`. Gives a function from [`Level`] to the function
/// pointer.
macro_rules! multiversion {
    ($level:expr, fn($($arg:ident: $ty:ty),*) $(-> $ret:ty)?, $body:ident $(, $op:ty)*) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
        unsafe extern "C" fn avx512($($arg: $ty),*) $(-> $ret)? {
            unsafe { $body::<$crate::kernels::simd::Avx512 $(, $op)*>($($arg),*) }
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe extern "C" fn avx2($($arg: $ty),*) $(-> $ret)? {
            unsafe { $body::<$crate::kernels::simd::Avx2 $(, $op)*>($($arg),*) }
        }
        unsafe extern "C" fn portable($($arg: $ty),*) $(-> $ret)? {
            unsafe { $body::<$crate::kernels::simd::Portable $(, $op)*>($($arg),*) }
        }
        let kernel: unsafe extern "C" fn($($ty),*) $(-> $ret)? = match $level {
            #[cfg(target_arch = "x86_64")]
            $crate::kernels::Level::Avx512 => avx512,
            #[cfg(target_arch = "x86_64")]
            $crate::kernels::Level::Avx2 => avx2,
            _ => portable,
        };
        kernel
    }};
}

/// Declares a table of kernels: a struct with one function pointer a kernel, filled for an instruction set by `at`.
/// `name(args) -> ret = body;` with `body` generic over [`Lanes`](simd::Lanes).
macro_rules! kernel_table {
    ($(#[$doc:meta])* $table:ident { $($(#[$meta:meta])* fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? = $body:ident;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $table {
            $($(#[$meta])* pub $name: unsafe extern "C" fn($($arg: $ty),*) $(-> $ret)?,)*
        }
        impl $table {
            pub(super) fn at(level: $crate::kernels::Level) -> Self {
                $table { $($name: $crate::kernels::multiversion!(level, fn($($arg: $ty),*) $(-> $ret)?, $body),)* }
            }
        }
    };
}
use {blocks, blocks_once, kernel_table, multiversion};
