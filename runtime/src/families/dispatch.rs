//! From the name of a family to its functions.

use super::{DomainError, Joint, Keep, Scalar, Tail, with_families};
use crate::catalogue::Declaration;
use crate::kernels::DrawKernel;
use crate::num::{Dual, Num};
use crate::random::Sequence;
use crate::value::Value;

/// The forms in which a family is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `_lpdf`, `_lpmf` and the unnormalised ones.
    LogDensity,
    Cdf,
    Lcdf,
    Lccdf,
    Rng,
}

/// A scalar family as function pointers: `args[0]` is the outcome, `args[i]` argument i. For kernels.
#[derive(Clone, Copy)]
pub struct ScalarFamily {
    pub declaration: &'static Declaration,
    /// Arguments without the outcome.
    pub n_arguments: usize,
    /// Whether outcome and arguments are in their domains.
    pub check: fn(args: &[f64]) -> Result<(), DomainError>,
    pub log_density: fn(args: &[f64], keep: Keep) -> f64,
    /// The log density; its partial derivatives are written to `partials` (outcome first).
    pub log_density_partials: fn(args: &[f64], keep: Keep, partials: &mut [f64; 4]) -> f64,
    /// Draws, where the declaration has a generator.
    pub draw: DrawKernel,
    /// Log of the probability on one side of the outcome, with partials.
    pub log_cdf_partials: fn(args: &[f64], tail: Tail, partials: &mut [f64; 4]) -> f64,
}

fn split<const N: usize>(args: &[f64]) -> (f64, [f64; N]) {
    (args[0], std::array::from_fn(|i| args[i + 1]))
}

fn duals<const N: usize>(args: &[f64]) -> (Dual<4>, [Dual<4>; N]) {
    (Dual::input(args[0], 0), std::array::from_fn(|i| Dual::input(args[i + 1], i + 1)))
}

const fn scalar_entry<F: Scalar<N>, const N: usize>() -> ScalarFamily {
    ScalarFamily {
        declaration: &F::DECLARATION,
        n_arguments: N,
        check: |args| {
            let (y, p) = split::<N>(args);
            super::check_scalar::<F, N>(Some(y), p)
        },
        log_density: |args, keep| {
            let (y, p) = split::<N>(args);
            F::log_density(y, p, keep)
        },
        log_density_partials: |args, keep, partials| {
            let (y, p) = duals::<N>(args);
            let result = F::log_density(y, p, keep);
            *partials = result.d;
            result.value
        },
        draw: super::scalar::draws::<F, N>,
        log_cdf_partials: |args, tail, partials| {
            let (y, p) = duals::<N>(args);
            let result = F::log_cdf(y, p, tail);
            *partials = result.d;
            result.value
        },
    }
}

macro_rules! tables {
    (scalar { $($family:path, $n:literal;)* } joint { $($joint:path;)* }) => {
        static SCALAR: &[ScalarFamily] = &[$(scalar_entry::<$family, $n>()),*];
        static DECLARATIONS: &[&Declaration] = &[
            $(&<$family as Scalar<$n>>::DECLARATION,)*
            $(&<$joint as Joint>::DECLARATION,)*
        ];

        /// Log density of a family by name. The outcome is `args[0]`, the arguments follow; containers are broadcast against
        /// scalars and the elements summed. Outside the support it is -inf.
        ///
        /// # Errors
        /// [`DomainError`]: an argument outside its domain, sizes that do not fit, or a family that does not exist here.
        pub fn log_density<T: Num>(family: &str, args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
            $(if family == <$family as Scalar<$n>>::DECLARATION.name {
                return super::scalar::log_density::<$family, T, $n>(args, keep);
            })*
            $(if family == <$joint as Joint>::DECLARATION.name {
                return <$joint as Joint>::log_density(args, keep);
            })*
            Err(missing(family, "density"))
        }

        fn log_cdf<T: Num>(family: &str, args: &[Value<T>], tail: Tail) -> Result<T, DomainError> {
            $(if family == <$family as Scalar<$n>>::DECLARATION.name {
                return super::scalar::log_cdf::<$family, T, $n>(args, tail);
            })*
            Err(missing(family, "distribution function"))
        }

        /// A draw of a family by name: where an argument is a container, an array (or vectors) of draws. Each element of a scalar family takes
        /// a variate of the sequence, a call of another family takes one.
        ///
        /// # Errors
        /// As [`log_density`].
        pub fn rng(family: &str, args: &[Value<f64>], sequence: &mut Sequence) -> Result<Value<f64>, DomainError> {
            if !is_implemented(family, Form::Rng) {
                return Err(missing(family, "random number generator"));
            }
            $(if family == <$family as Scalar<$n>>::DECLARATION.name {
                return super::scalar::rng::<$family, $n>(args, sequence);
            })*
            $(if family == <$joint as Joint>::DECLARATION.name {
                return <$joint as Joint>::rng(args, &mut sequence.variate());
            })*
            Err(missing(family, "random number generator"))
        }

        /// The quantile of a scalar family, where it has a closed form.
        pub fn quantile(family: &str, probability: f64, args: &[f64]) -> Option<f64> {
            $(if family == <$family as Scalar<$n>>::DECLARATION.name {
                return <$family as Scalar<$n>>::quantile(probability, args.try_into().ok()?);
            })*
            None
        }
    };
}

with_families!(tables);

fn missing(family: &str, what: &str) -> DomainError {
    DomainError::fatal(format!("{family}: there is no {what} of that name"))
}

/// The declarations of all families that can be evaluated.
pub fn declarations() -> &'static [&'static Declaration] {
    DECLARATIONS
}

fn declaration(family: &str) -> Option<&'static Declaration> {
    DECLARATIONS.iter().find(|d| d.name == family).copied()
}

/// Whether a family can be evaluated in a form.
pub fn is_implemented(family: &str, form: Form) -> bool {
    declaration(family).is_some_and(|d| match form {
        Form::LogDensity => !d.signature.is_empty(),
        Form::Cdf => d.cdf.has_cdf(),
        Form::Lcdf => d.cdf.has_lcdf(),
        Form::Lccdf => d.cdf.has_lccdf(),
        Form::Rng => !d.rng.is_empty(),
    })
}

/// The scalar families as function pointers.
pub fn scalar_families() -> &'static [ScalarFamily] {
    SCALAR
}

/// The scalar family of that name as function pointers.
pub fn scalar_family(name: &str) -> Option<&'static ScalarFamily> {
    SCALAR.iter().find(|f| f.declaration.name == name)
}

/// Log of the probability at or below the outcome (the sum over elements).
///
/// # Errors
/// As [`log_density`].
pub fn lcdf<T: Num>(family: &str, args: &[Value<T>]) -> Result<T, DomainError> {
    log_cdf(family, args, Tail::Lower)
}

/// Log of the probability above the outcome (the sum over elements).
///
/// # Errors
/// As [`log_density`].
pub fn lccdf<T: Num>(family: &str, args: &[Value<T>]) -> Result<T, DomainError> {
    log_cdf(family, args, Tail::Upper)
}

/// Probability at or below the outcome (the product over elements).
///
/// # Errors
/// As [`log_density`].
pub fn cdf<T: Num>(family: &str, args: &[Value<T>]) -> Result<T, DomainError> {
    Ok(log_cdf(family, args, Tail::Lower)?.exp())
}
