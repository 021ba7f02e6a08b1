//! Families of scalar outcomes: what each declares, and what is done for all of them.

use super::arguments::Column;
use super::{Argument, Check, DomainError, Keep};
use crate::catalogue::{Declaration, Kind};
use crate::kernels::{self, Parameter};
use crate::num::Num;
use crate::random::{Sequence, Variate};
use crate::value::Value;
use rand::Rng;

/// Which side of the outcome a distribution function measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// `P(Y <= y)`
    Lower,
    /// `P(Y > y)`
    Upper,
}

/// A family of real or integer outcomes with `N` arguments (at most 3). Integer outcomes and arguments are passed as numbers
/// that carry no derivative.
pub trait Scalar<const N: usize> {
    const DECLARATION: Declaration;
    /// Domain of the outcome: outside it the density is an error, not zero.
    const OUTCOME: Check;
    /// Domain of the outcome of the distribution functions.
    const CDF_OUTCOME: Check = match Self::DECLARATION.kind {
        Kind::Continuous => Self::OUTCOME,
        Kind::Discrete => Check::Nothing,
    };
    const ARGUMENTS: [Argument; N];

    /// What the arguments must satisfy together; the message without the family's name.
    fn check_together(_y: Option<f64>, _p: [f64; N]) -> Result<(), String> {
        Ok(())
    }

    /// Log density (or mass) of one element whose arguments passed the checks; -inf outside the support.
    fn log_density<T: Num>(y: T, p: [T; N], keep: Keep) -> T;

    /// Log of the probability below or above `y`. Only called where the declaration has distribution functions.
    fn log_cdf<T: Num>(_y: T, _p: [T; N], _tail: Tail) -> T {
        T::from(f64::NAN)
    }

    /// A draw given arguments that passed the checks. Only called where the declaration has a generator.
    fn rng<R: Rng + ?Sized>(_p: [f64; N], _rng: &mut R) -> f64 {
        f64::NAN
    }

    /// A draw from the words of a variate; for families of a single normal number.
    fn draw(p: [f64; N], variate: &mut Variate) -> f64 {
        Self::rng(p, variate)
    }

    /// The quantile at `probability`, where it has a closed form.
    fn quantile(_probability: f64, _p: [f64; N]) -> Option<f64> {
        None
    }
}

/// Checks one outcome (none for a generator) and its arguments.
///
/// # Errors
/// [`DomainError`] naming the argument.
pub fn check_scalar<F: Scalar<N>, const N: usize>(y: Option<f64>, p: [f64; N]) -> Result<(), DomainError> {
    let family = F::DECLARATION.name;
    if let Some(y) = y {
        F::OUTCOME.test(family, "outcome", 0, y)?;
    }
    for (argument, x) in F::ARGUMENTS.iter().zip(p) {
        argument.check.test(family, argument.name, 0, x)?;
    }
    F::check_together(y, p).map_err(|message| DomainError::new(format!("{family}: {message}")))
}

/// The columns of outcome and arguments, and the number of elements (`None`: all are scalars).
struct Columns<'a, T: Num, const N: usize> {
    outcome: Column<'a, T>,
    arguments: [Column<'a, T>; N],
    len: Option<usize>,
}

fn columns<'a, F: Scalar<N>, T: Num, const N: usize>(
    args: &'a [Value<T>],
    outcome_check: Check,
) -> Result<Columns<'a, T, N>, DomainError> {
    let family = F::DECLARATION.name;
    let [outcome, rest @ ..] = args else {
        return Err(DomainError::fatal(format!("{family}: the outcome is missing")));
    };
    if rest.len() != N {
        return Err(DomainError::fatal(format!("{family}: {} arguments given, but it has {N}", rest.len())));
    }
    let outcome = Column::of(family, "outcome", outcome)?;
    let arguments = argument_columns::<F, T, N>(rest)?;
    let mut len = Length::default();
    len.meet(family, "outcome", &outcome)?;
    for (column, argument) in arguments.iter().zip(F::ARGUMENTS) {
        len.meet(family, argument.name, column)?;
    }
    outcome.check(family, "outcome", outcome_check)?;
    for (column, argument) in arguments.iter().zip(F::ARGUMENTS) {
        column.check(family, argument.name, argument.check)?;
    }
    Ok(Columns { outcome, arguments, len: len.len() })
}

fn argument_columns<'a, F: Scalar<N>, T: Num, const N: usize>(
    args: &'a [Value<T>],
) -> Result<[Column<'a, T>; N], DomainError> {
    let mut columns = Vec::with_capacity(N);
    for (value, argument) in args.iter().zip(F::ARGUMENTS) {
        columns.push(Column::of(F::DECLARATION.name, argument.name, value)?);
    }
    columns.try_into().map_err(|_| DomainError::fatal(format!("{}: {N} arguments expected", F::DECLARATION.name)))
}

/// The common length of the containers met so far, and which argument had it first.
#[derive(Default)]
struct Length {
    found: Option<(usize, &'static str)>,
}

impl Length {
    fn meet<T: Num>(&mut self, family: &str, name: &'static str, column: &Column<'_, T>) -> Result<(), DomainError> {
        let Some(len) = column.len() else { return Ok(()) };
        match self.found {
            Some((other, first)) if other != len => {
                Err(DomainError::fatal(format!("{family}: {name} has {len} elements, but {first} has {other}")))
            }
            Some(_) => Ok(()),
            None => {
                self.found = Some((len, name));
                Ok(())
            }
        }
    }

    fn len(&self) -> Option<usize> {
        self.found.map(|(len, _)| len)
    }
}

fn element<T: Num, const N: usize>(columns: &Columns<'_, T, N>, i: usize) -> (T, [T; N]) {
    (columns.outcome.at(i), std::array::from_fn(|k| columns.arguments[k].at(i)))
}

/// Sum of the log density over the elements.
pub(super) fn log_density<F: Scalar<N>, T: Num, const N: usize>(
    args: &[Value<T>],
    keep: Keep,
) -> Result<T, DomainError> {
    let columns = columns::<F, T, N>(args, F::OUTCOME)?;
    let mut total = T::from(0.0);
    for i in 0..columns.len.unwrap_or(1) {
        let (y, p) = element(&columns, i);
        F::check_together(Some(y.value()), p.map(T::value))
            .map_err(|message| DomainError::new(format!("{}: {message}", F::DECLARATION.name)))?;
        if !keep.nothing() {
            total += F::log_density(y, p, keep);
        }
    }
    Ok(total)
}

/// Sum of the log probabilities below or above the elements.
pub(super) fn log_cdf<F: Scalar<N>, T: Num, const N: usize>(args: &[Value<T>], tail: Tail) -> Result<T, DomainError> {
    let columns = columns::<F, T, N>(args, F::CDF_OUTCOME)?;
    let mut total = T::from(0.0);
    for i in 0..columns.len.unwrap_or(1) {
        let (y, p) = element(&columns, i);
        F::check_together(None, p.map(T::value))
            .map_err(|message| DomainError::new(format!("{}: {message}", F::DECLARATION.name)))?;
        total += F::log_cdf(y, p, tail);
    }
    Ok(total)
}

/// One draw, or an array of draws where an argument is a container.
pub(super) fn rng<F: Scalar<N>, const N: usize>(
    args: &[Value<f64>],
    sequence: &mut Sequence,
) -> Result<Value<f64>, DomainError> {
    let family = F::DECLARATION.name;
    if args.len() != N {
        return Err(DomainError::fatal(format!("{family}: {} arguments given, but it has {N}", args.len())));
    }
    let arguments = argument_columns::<F, f64, N>(args)?;
    let mut len = Length::default();
    for (column, argument) in arguments.iter().zip(F::ARGUMENTS) {
        len.meet(family, argument.name, column)?;
        column.check(family, argument.name, argument.check)?;
    }
    let mut draw = |i: usize| -> Result<Value<f64>, DomainError> {
        let p: [f64; N] = std::array::from_fn(|k| arguments[k].at(i));
        F::check_together(None, p).map_err(|message| DomainError::new(format!("{family}: {message}")))?;
        let x = F::draw(p, &mut sequence.variate());
        match F::DECLARATION.kind {
            Kind::Continuous => Ok(Value::Real(x)),
            Kind::Discrete if x >= i32::MIN as f64 && x <= i32::MAX as f64 => Ok(Value::Int(x as i32)),
            Kind::Discrete => {
                Err(DomainError::new(format!("{family}: the random draw {x} does not fit an integer of 32 bits")))
            }
        }
    };
    match len.len() {
        None => draw(0),
        Some(len) => Ok(Value::Array((0..len).map(draw).collect::<Result<_, _>>()?)),
    }
}

/// The generator as a kernel: see [`crate::kernels::DrawKernel`].
///
/// # Safety
/// `parameters` has `N` entries with `n` numbers each (one where the stride is 0), `out` has room for `n`.
pub(super) unsafe extern "C" fn draws<F: Scalar<N>, const N: usize>(
    sequence: *mut Sequence,
    n: usize,
    parameters: *const Parameter,
    out: *mut f64,
) -> u32 {
    let drawn = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unsafe {
        let sequence = &mut *sequence;
        let mut status = kernels::OK;
        for i in 0..n {
            let p: [f64; N] = std::array::from_fn(|k| {
                let parameter = &*parameters.add(k);
                *parameter.values.add(i * parameter.stride)
            });
            let admitted = F::ARGUMENTS.iter().zip(p).all(|(argument, x)| argument.check.admits(x))
                && F::check_together(None, p).is_ok();
            let mut x = if admitted { F::draw(p, &mut sequence.element(i).variate()) } else { f64::NAN };
            let fits = F::DECLARATION.kind == Kind::Continuous || (x >= i32::MIN as f64 && x <= i32::MAX as f64);
            if !(admitted && fits) {
                x = f64::NAN;
                status = kernels::REJECT;
            }
            *out.add(i) = x;
        }
        sequence.advance(n);
        status
    }));
    drawn.unwrap_or(kernels::REJECT)
}

/// The log of probability 1 or 0, beyond the ends of the support.
pub(super) fn log_zero_or_one<T: Num>(one: bool) -> T {
    T::from(if one { 0.0 } else { f64::NEG_INFINITY })
}
