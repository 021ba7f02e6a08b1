//! Which signature fits a call, at which cost.
//!
//! An argument may be promoted: integers to reals (cost 1), reals to complex numbers (1), integers to complex numbers
//! (2), also inside arrays and tuples. The signature with the lowest total cost is taken; where several share it the call
//! is ambiguous.

use super::levels::Dependence;
use super::{Checker, Value};
use crate::typed::{ArgumentType, Expr, ExprKind, FunctionId, FunctionKind, FunctionType, Type};
use ppl_runtime::catalogue::{self, Signature};
use std::fmt::Write;

/// Something that can be called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Candidate {
    Library(&'static Signature),
    /// Index into `Checker::functions`.
    User(usize),
}

/// The outcome of looking for a signature.
pub(super) enum Match {
    Unique {
        candidate: Candidate,
        arguments: Vec<Type>,
        result: Option<Type>,
    },
    Ambiguous(Vec<String>),
    /// The signatures nearest to the call, and why each does not fit.
    None(Vec<(String, Mismatch)>),
    /// Nothing has that name.
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mismatch {
    Count {
        expected: usize,
        found: usize,
    },
    /// Argument (from 0) and what is wrong with it.
    Argument(usize, Problem),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Problem {
    /// Must be data.
    DataOnly,
    Type {
        expected: Type,
        found: Type,
    },
    /// A function that is passed on does not fit.
    Function(String),
}

/// What is given for an argument.
pub(super) struct Given<'a> {
    pub(super) ty: &'a Type,
    pub(super) dependence: &'a Dependence,
    /// Of a function that is passed on.
    pub(super) kind: Option<FunctionKind>,
}

/// How far conversions may go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Conversion {
    Promote,
    /// Types must be equal, data may stand for parameters.
    Exact,
}

/// The cost of using a value of type `found` where `expected` is wanted.
pub(super) fn conversion_cost(expected: &Type, found: &Type, conversion: Conversion) -> Option<u32> {
    if expected == found {
        return Some(0);
    }
    match (expected, found) {
        (Type::Array(a, n), Type::Array(b, m)) if n == m => conversion_cost(a, b, conversion),
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            a.iter().zip(b).map(|(a, b)| conversion_cost(a, b, conversion)).sum()
        }
        _ if conversion == Conversion::Exact => None,
        (Type::Real, Type::Int) => Some(1),
        (Type::Complex, Type::Int) => Some(2),
        (Type::Complex, Type::Real)
        | (Type::ComplexVector, Type::Vector)
        | (Type::ComplexRowVector, Type::RowVector)
        | (Type::ComplexMatrix, Type::Matrix) => Some(1),
        _ => None,
    }
}

/// The least type that values of both types can be promoted to.
pub(super) fn common_type(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Array(x, n), Type::Array(y, m)) if n == m => Some(common_type(x, y)?.array(*n)),
        (Type::Tuple(x), Type::Tuple(y)) if x.len() == y.len() => {
            x.iter().zip(y).map(|(x, y)| common_type(x, y)).collect::<Option<_>>().map(Type::Tuple)
        }
        _ if conversion_cost(a, b, Conversion::Promote).is_some() => Some(a.clone()),
        _ if conversion_cost(b, a, Conversion::Promote).is_some() => Some(b.clone()),
        _ => None,
    }
}

/// The expression as a value of type `ty`, to which its type can be promoted.
pub(super) fn promote(expr: Expr, ty: &Type) -> Expr {
    if expr.ty == *ty || expr.ty.is_function() {
        return expr;
    }
    Expr { ty: ty.clone(), level: expr.level, span: expr.span, kind: ExprKind::Promote(Box::new(expr)) }
}

/// Promotes each argument to the type that the signature wants.
pub(super) fn promote_all(arguments: Vec<Value>, types: &[Type]) -> Vec<Expr> {
    arguments.into_iter().zip(types).map(|(argument, ty)| promote(argument.expr, ty)).collect()
}

/// Whether arguments fit, and the total cost.
pub(super) fn arguments_cost(
    expected: &[ArgumentType],
    given: &[Given],
    conversion: Conversion,
) -> Result<u32, Mismatch> {
    if expected.len() != given.len() {
        return Err(Mismatch::Count { expected: expected.len(), found: given.len() });
    }
    let mut total = 0;
    for (i, (expected, given)) in expected.iter().zip(given).enumerate() {
        total += argument_cost(expected, given, conversion).map_err(|problem| Mismatch::Argument(i, problem))?;
    }
    Ok(total)
}

/// As [`arguments_cost`] for ordinary arguments, without saying why they do not fit: most signatures do not.
pub(super) fn quick_cost(expected: &[ArgumentType], given: &[Given]) -> Option<u32> {
    if expected.len() != given.len() {
        return None;
    }
    let mut total = 0;
    for (expected, given) in expected.iter().zip(given) {
        if expected.ty.is_function() {
            total += argument_cost(expected, given, Conversion::Promote).ok()?;
        } else {
            total += conversion_cost(&expected.ty, given.ty, Conversion::Promote)?;
            if expected.data_only && given.dependence.on_parameters() {
                return None;
            }
        }
    }
    Some(total)
}

fn argument_cost(expected: &ArgumentType, given: &Given, conversion: Conversion) -> Result<u32, Problem> {
    let cost = match (&expected.ty, given.ty) {
        (Type::Function(expected), Type::Function(found)) => {
            function_fits(expected, found, given.kind, false).map_err(Problem::Function)?;
            0
        }
        (expected, found) => conversion_cost(expected, found, conversion)
            .ok_or_else(|| Problem::Type { expected: expected.clone(), found: found.clone() })?,
    };
    let wanted = if expected.data_only { Dependence::Data } else { Dependence::Parameters };
    if given.dependence.allowed_for(&wanted) { Ok(cost) } else { Err(Problem::DataOnly) }
}

/// Whether a user function can be passed for one of type `expected`.
fn function_fits(
    expected: &FunctionType,
    found: &FunctionType,
    kind: Option<FunctionKind>,
    densities: bool,
) -> Result<(), String> {
    plain_function(kind, densities)?;
    if expected.result != found.result {
        return Err(format!("it returns {}, not {}", result_name(&found.result), result_name(&expected.result)));
    }
    passes(&expected.arguments, &found.arguments)
}

/// Whether a function of that kind may be passed on.
pub(super) fn plain_function(kind: Option<FunctionKind>, densities: bool) -> Result<(), String> {
    match kind {
        None | Some(FunctionKind::Plain | FunctionKind::Cdf) => Ok(()),
        Some(FunctionKind::Lpdf | FunctionKind::Lpmf) if densities => Ok(()),
        Some(FunctionKind::Lpdf | FunctionKind::Lpmf) => Err("it is a density, not a plain function".to_string()),
        Some(FunctionKind::Rng) => Err("it is a random number generator, not a plain function".to_string()),
        Some(FunctionKind::Lp) => Err("it is an `_lp` function, not a plain one".to_string()),
        Some(FunctionKind::Jacobian) => Err("it is a `_jacobian` function, not a plain one".to_string()),
    }
}

/// Whether a function with these arguments can be called with the ones it will be given.
pub(super) fn passes(given: &[ArgumentType], taken: &[ArgumentType]) -> Result<(), String> {
    if given.len() != taken.len() {
        return Err(format!("it takes {} arguments, not {}", taken.len(), given.len()));
    }
    for (i, (given, taken)) in given.iter().zip(taken).enumerate() {
        if conversion_cost(&taken.ty, &given.ty, Conversion::Exact).is_none() {
            return Err(format!("its {} argument is {}, not {}", ordinal(i), taken.ty, given.ty));
        }
        if taken.data_only && !given.data_only {
            return Err(format!("its {} argument is declared `data`, but will depend on parameters", ordinal(i)));
        }
    }
    Ok(())
}

pub(super) fn result_name(result: &Option<Type>) -> String {
    result.as_ref().map_or_else(|| "nothing".to_string(), Type::to_string)
}

pub(super) fn ordinal(index: usize) -> String {
    let names = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];
    names.get(index).map_or_else(|| format!("{}th", index + 1), |name| name.to_string())
}

impl Mismatch {
    pub(super) fn explain(&self) -> String {
        match self {
            Mismatch::Count { expected: 1, found } => format!("takes 1 argument, {found} given"),
            Mismatch::Count { expected, found } => format!("takes {expected} arguments, {found} given"),
            Mismatch::Argument(i, Problem::DataOnly) => format!(
                "the {} argument must be data: it may not depend on parameters, local variables, \
                 or arguments not declared `data`",
                ordinal(*i)
            ),
            Mismatch::Argument(i, Problem::Type { expected, found }) => {
                format!("the {} argument must be {expected}, not {found}", ordinal(*i))
            }
            Mismatch::Argument(i, Problem::Function(why)) => {
                format!("the function given as {} argument does not fit: {why}", ordinal(*i))
            }
        }
    }

    /// Smaller is nearer to fitting.
    fn rank(&self, given: &[Given]) -> (usize, usize, usize) {
        match self {
            Mismatch::Argument(i, problem) => {
                let likeness = match problem {
                    Problem::DataOnly => 0,
                    Problem::Type { expected, found } => 1 + unlikeness(expected, found),
                    Problem::Function(_) => 5,
                };
                (0, given.len() - i, likeness)
            }
            Mismatch::Count { expected, found } => (1, expected.abs_diff(*found), 0),
        }
    }
}

fn unlikeness(a: &Type, b: &Type) -> usize {
    let dims = |ty: &Type| {
        let (element, dims) = ty.unwrap_array();
        dims + match element {
            Type::Matrix | Type::ComplexMatrix => 2,
            Type::Vector | Type::RowVector | Type::ComplexVector | Type::ComplexRowVector => 1,
            _ => 0,
        }
    };
    dims(a).abs_diff(dims(b)).min(3)
}

impl Checker {
    /// The signatures that a name (normalised) has: the user's and the library's.
    pub(super) fn candidates(&self, name: &str) -> Vec<Candidate> {
        let own = self.functions_by_name.get(name).into_iter().flatten().map(|&i| Candidate::User(i));
        own.chain(catalogue::signatures(name).into_iter().flatten().map(Candidate::Library)).collect()
    }

    /// Arguments and result of a candidate.
    pub(super) fn signature(&self, candidate: Candidate) -> (&[ArgumentType], Option<&Type>) {
        match candidate {
            Candidate::Library(signature) => (&signature.arguments, Some(&signature.result)),
            Candidate::User(i) => (&self.functions[i].arguments, self.functions[i].result.as_ref()),
        }
    }

    pub(super) fn given<'a>(&self, value: &'a Value) -> Given<'a> {
        let kind = match value.expr.kind {
            ExprKind::Function(id) => Some(self.function_kind(id)),
            _ => None,
        };
        Given { ty: &value.expr.ty, dependence: &value.dependence, kind }
    }

    pub(super) fn function_kind(&self, id: FunctionId) -> FunctionKind {
        self.functions.iter().find(|f| f.definition == Some(id)).map_or(FunctionKind::Plain, |f| f.kind)
    }

    /// Looks for the signature of `name` (normalised) that fits best.
    pub(super) fn resolve(&self, name: &str, arguments: &[Value]) -> Match {
        let given: Vec<Given> = arguments.iter().map(|argument| self.given(argument)).collect();
        let candidates = self.candidates(name);
        if candidates.is_empty() {
            return Match::Unknown;
        }
        let mut best: Vec<Candidate> = Vec::new();
        let mut lowest = u32::MAX;
        for &candidate in &candidates {
            match quick_cost(self.signature(candidate).0, &given) {
                Some(cost) if cost < lowest => {
                    lowest = cost;
                    best.clear();
                    best.push(candidate);
                }
                Some(cost) if cost == lowest => best.push(candidate),
                _ => {}
            }
        }
        match best.as_slice() {
            [] => {
                let mut mismatches: Vec<(Candidate, Mismatch)> = candidates
                    .into_iter()
                    .filter_map(|candidate| {
                        let mismatch =
                            arguments_cost(self.signature(candidate).0, &given, Conversion::Promote).err()?;
                        Some((candidate, mismatch))
                    })
                    .collect();
                mismatches.sort_by_key(|(_, mismatch)| mismatch.rank(&given));
                mismatches.truncate(4);
                let show = |(candidate, mismatch)| (self.show(candidate), mismatch);
                Match::None(mismatches.into_iter().map(show).collect())
            }
            [candidate] => {
                let (arguments, result) = self.signature(*candidate);
                Match::Unique {
                    candidate: *candidate,
                    arguments: arguments.iter().map(|argument| argument.ty.clone()).collect(),
                    result: result.cloned(),
                }
            }
            several => Match::Ambiguous(several.iter().map(|candidate| self.show(*candidate)).collect()),
        }
    }

    /// `(real, vector) => vector`
    pub(super) fn show(&self, candidate: Candidate) -> String {
        let (arguments, result) = self.signature(candidate);
        FunctionType { arguments: arguments.to_vec(), result: result.cloned() }.to_string()
    }
}

/// `real, array[] int`
pub(super) fn list_types(arguments: &[Value]) -> String {
    let mut text = String::new();
    for (i, argument) in arguments.iter().enumerate() {
        let comma = if i > 0 { ", " } else { "" };
        let _ = write!(text, "{comma}{}", argument.expr.ty);
    }
    text
}
