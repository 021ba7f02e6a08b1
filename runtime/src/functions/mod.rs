//! Stan's library functions and operators over [`Value`], for any [`Num`].
//!
//! The interpreter runs programs on them; the compiler evaluates what depends on data only with them, and uses
//! them, recorded on a [`Tape`](crate::num::Tape), as the derivative rule of functions that have no kernel. Densities are
//! in [`families`](crate::families); functions that take functions (ODE solvers, quadrature) have their numerical
//! cores in [`solvers`] and are called by whoever can run user code.
//!
//! A function is declared in one place: the `functions!` table at the head of the file of its subject, which names the
//! implementation. Implementations take `(name, args)` and find their overload from the arguments.
//!
//! Arguments may be less promoted than the signature says: an `Int` is taken wherever a real is, a real wherever a
//! complex is. An empty array does not know its element type: where the result's type depends on it (`sum({})`), an
//! `Int` comes back.

mod arithmetic;
mod complex;
mod construct;
mod dense;
mod eigen;
mod elementwise;
mod error;
mod exponential;
mod fourier;
mod gp;
mod hmm;
mod hypergeometric;
mod linear;
mod operator;
mod order;
mod pairwise;
mod products;
mod qr;
mod reductions;
pub(crate) mod scalar;
mod schur;
mod shape;
pub mod solvers;
mod sparse;
mod svd;
mod transforms;

pub use error::{ErrorKind, FunctionError, Result};
pub use hmm::hmm_latent_rng;
pub use operator::{Operator, operator};
pub use transforms::constrain_with_jacobian;

use crate::num::Num;
use crate::value::Value;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Declares the functions of a file: `name => implementation`, one a line.
macro_rules! functions {
    ($($name:ident => $implementation:path),* $(,)?) => {
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) enum Id { $($name),* }

        pub(super) const TABLE: &[(&str, Id)] = &[$((stringify!($name), Id::$name)),*];

        impl Id {
            pub(super) fn call<T: $crate::num::Num>(
                self,
                args: &[&$crate::value::Value<T>],
            ) -> $crate::functions::Result<$crate::value::Value<T>> {
                match self { $(Id::$name => $implementation(stringify!($name), args)),* }
            }
        }
    };
}
use functions;

macro_rules! subjects {
    ($($subject:ident),* $(,)?) => {
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        enum Subject { $($subject($subject::Id)),* }

        fn table() -> HashMap<&'static str, Function> {
            let mut table = HashMap::new();
            $(for &(name, id) in $subject::TABLE {
                table.insert(name, Function { name, id: Subject::$subject(id) });
            })*
            table
        }

        impl Function {
            /// The function's value.
            ///
            /// # Errors
            /// [`FunctionError`]: outside the domain, sizes that do not fit, or no overload for these arguments.
            pub fn call_refs<T: Num>(self, args: &[&Value<T>]) -> Result<Value<T>> {
                match self.id { $(Subject::$subject(id) => id.call(args)),* }
            }
        }
    };
}

subjects!(
    arithmetic,
    complex,
    construct,
    eigen,
    elementwise,
    exponential,
    fourier,
    gp,
    hmm,
    hypergeometric,
    linear,
    order,
    pairwise,
    products,
    qr,
    reductions,
    schur,
    shape,
    sparse,
    svd,
    transforms,
);

/// A function that was looked up: cheap to copy and to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    name: &'static str,
    id: Subject,
}

impl Function {
    /// Stan's name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// [`call_refs`](Function::call_refs) for owned or borrowed arguments.
    ///
    /// # Errors
    /// See [`call_refs`](Function::call_refs).
    pub fn call<T: Num, A: Borrow<Value<T>>>(self, args: &[A]) -> Result<Value<T>> {
        match args {
            [] => self.call_refs(&[]),
            [a] => self.call_refs(&[a.borrow()]),
            [a, b] => self.call_refs(&[a.borrow(), b.borrow()]),
            [a, b, c] => self.call_refs(&[a.borrow(), b.borrow(), c.borrow()]),
            _ => self.call_refs(&args.iter().map(Borrow::borrow).collect::<Vec<_>>()),
        }
    }
}

fn registry() -> &'static HashMap<&'static str, Function> {
    static REGISTRY: OnceLock<HashMap<&'static str, Function>> = OnceLock::new();
    REGISTRY.get_or_init(table)
}

/// The function of this name, if it is implemented.
pub fn lookup(name: &str) -> Option<Function> {
    registry().get(name).copied()
}

/// Whether a function of this name can be evaluated: by [`call`], with its Jacobian by [`constrain_with_jacobian`], or, where
/// it takes functions, by whoever can run them on the cores in [`solvers`].
pub fn is_implemented(name: &str) -> bool {
    let constrain =
        || name.strip_suffix("_jacobian").is_some_and(|base| lookup(&format!("{base}_constrain")).is_some());
    lookup(name).is_some() || HIGHER_ORDER.contains(&name) || constrain()
}

/// Functions that take functions.
const HIGHER_ORDER: &[&str] = &[
    "algebra_solver",
    "algebra_solver_newton",
    "integrate_1d",
    "integrate_ode",
    "integrate_ode_adams",
    "integrate_ode_bdf",
    "integrate_ode_rk45",
    "map_rect",
    "ode_adams",
    "ode_adams_tol",
    "ode_adjoint_tol_ctl",
    "ode_bdf",
    "ode_bdf_tol",
    "ode_ckrk",
    "ode_ckrk_tol",
    "ode_rk45",
    "ode_rk45_tol",
    "reduce_sum",
    "reduce_sum_static",
    "solve_newton",
    "solve_newton_tol",
    "solve_powell",
    "solve_powell_tol",
];

/// The names of all functions, in alphabetical order.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = registry().keys().copied().collect();
    names.sort_unstable();
    names
}

/// The value of the function `name`.
///
/// # Errors
/// [`FunctionError`]: unknown name, outside the domain, sizes that do not fit, or no overload for these arguments.
pub fn call<T: Num>(name: &str, args: &[Value<T>]) -> Result<Value<T>> {
    match lookup(name) {
        Some(function) => function.call(args),
        None => Err(FunctionError::unsupported(name, "no such function is implemented")),
    }
}

#[cfg(test)]
mod tests;
