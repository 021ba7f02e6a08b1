//! What a program declares.

use ppl_program::typed::{Constraint, Declaration, Program, SizedType, Statement, StatementKind};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// The declared variables of a program's blocks, in order. Serialises to an object per block, keyed by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Info {
    #[serde(serialize_with = "by_name")]
    pub inputs: Vec<Variable>,
    #[serde(serialize_with = "by_name")]
    pub parameters: Vec<Variable>,
    #[serde(rename = "transformed parameters", serialize_with = "by_name")]
    pub transformed_parameters: Vec<Variable>,
    #[serde(rename = "generated quantities", serialize_with = "by_name")]
    pub generated_quantities: Vec<Variable>,
}

/// One declared variable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variable {
    #[serde(skip)]
    pub name: String,
    /// The scalar type at the bottom: `int`, `real`, `complex`, or a tuple's spelling.
    #[serde(rename = "type")]
    pub scalar: String,
    /// Indices down to a scalar: a vector has one, an array of matrices three.
    pub dimensions: usize,
    /// The type without sizes, in Stan's spelling (`array[] vector`).
    pub declared: String,
    /// Stan's name of the constraint (`lower`, `simplex`), if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint: Option<&'static str>,
}

fn by_name<S: Serializer>(variables: &[Variable], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(variables.len()))?;
    for variable in variables {
        map.serialize_entry(&variable.name, variable)?;
    }
    map.end()
}

impl Info {
    pub(crate) fn of(program: &Program) -> Info {
        let declared = |statements: &[Statement]| -> Vec<Variable> {
            let declarations = statements.iter().filter_map(|s| match &s.kind {
                StatementKind::Declare(declaration) => Some(declaration),
                _ => None,
            });
            declarations.map(|d| variable(program, d)).collect()
        };
        Info {
            inputs: program.data.iter().map(|d| variable(program, d)).collect(),
            parameters: program.parameters.iter().map(|d| variable(program, d)).collect(),
            transformed_parameters: declared(&program.transformed_parameters),
            generated_quantities: declared(&program.generated_quantities),
        }
    }
}

fn variable(program: &Program, declaration: &Declaration) -> Variable {
    let declared = program.variable(declaration.variable);
    let (scalar, dimensions) = scalar(&declaration.ty, &declared.ty.unwrap_array().0.to_string());
    Variable {
        name: declared.name.clone(),
        scalar,
        dimensions,
        declared: declared.ty.to_string(),
        constraint: constraint(&declaration.ty),
    }
}

fn scalar(ty: &SizedType, spelling: &str) -> (String, usize) {
    match ty {
        SizedType::Int(_) => ("int".into(), 0),
        SizedType::Real(_) => ("real".into(), 0),
        SizedType::Complex(_) => ("complex".into(), 0),
        SizedType::Vector(..) | SizedType::RowVector(..) => ("real".into(), 1),
        SizedType::Matrix(..) => ("real".into(), 2),
        SizedType::ComplexVector(..) | SizedType::ComplexRowVector(..) => ("complex".into(), 1),
        SizedType::ComplexMatrix(..) => ("complex".into(), 2),
        SizedType::Tuple(_) => (spelling.into(), 0),
        SizedType::Array(element, sizes) => {
            let (name, inner) = scalar(element, spelling);
            (name, inner + sizes.len())
        }
    }
}

fn constraint(ty: &SizedType) -> Option<&'static str> {
    let constraint = match ty {
        SizedType::Int(c)
        | SizedType::Real(c)
        | SizedType::Complex(c)
        | SizedType::Vector(_, c)
        | SizedType::RowVector(_, c)
        | SizedType::Matrix(_, _, c)
        | SizedType::ComplexVector(_, c)
        | SizedType::ComplexRowVector(_, c)
        | SizedType::ComplexMatrix(_, _, c) => c,
        SizedType::Array(element, _) => return self::constraint(element),
        SizedType::Tuple(_) => return None,
    };
    Some(match constraint {
        Constraint::None => return None,
        Constraint::Lower(_) => "lower",
        Constraint::Upper(_) => "upper",
        Constraint::LowerUpper(..) => "lower, upper",
        Constraint::Offset(_) => "offset",
        Constraint::Multiplier(_) => "multiplier",
        Constraint::OffsetMultiplier(..) => "offset, multiplier",
        Constraint::Simplex => "simplex",
        Constraint::UnitVector => "unit_vector",
        Constraint::SumToZero => "sum_to_zero",
        Constraint::Ordered => "ordered",
        Constraint::PositiveOrdered => "positive_ordered",
        Constraint::CorrMatrix => "corr_matrix",
        Constraint::CovMatrix => "cov_matrix",
        Constraint::CholeskyFactorCorr => "cholesky_factor_corr",
        Constraint::CholeskyFactorCov => "cholesky_factor_cov",
        Constraint::RowStochastic => "row_stochastic_matrix",
        Constraint::ColumnStochastic => "column_stochastic_matrix",
    })
}
