//! Words: those of the language, those that people take for them, and which are near each other.

use crate::lexer::Token;

/// The words that declarations start with.
pub const TYPES: [&str; 24] = [
    "int",
    "real",
    "complex",
    "vector",
    "row_vector",
    "matrix",
    "complex_vector",
    "complex_row_vector",
    "complex_matrix",
    "array",
    "tuple",
    "ordered",
    "positive_ordered",
    "simplex",
    "unit_vector",
    "sum_to_zero_vector",
    "sum_to_zero_matrix",
    "cholesky_factor_corr",
    "cholesky_factor_cov",
    "corr_matrix",
    "cov_matrix",
    "column_stochastic_matrix",
    "row_stochastic_matrix",
    "void",
];

pub const BLOCKS: [&str; 7] =
    ["functions", "data", "transformed data", "parameters", "transformed parameters", "model", "generated quantities"];

const CONTROL: [&str; 13] = [
    "for", "while", "if", "else", "return", "break", "continue", "print", "reject", "target", "jacobian", "profile",
    "in",
];

/// What other languages call a type.
fn foreign_type(word: &str) -> Option<&'static str> {
    Some(match word {
        "float" | "double" | "number" | "numeric" | "Real" | "scalar" => "real",
        "integer" | "long" | "short" | "bool" | "boolean" | "unsigned" | "Int" => "int",
        "Vector" | "vec" | "col_vector" | "column_vector" => "vector",
        "rowvector" | "rowvec" | "row" => "row_vector",
        "Matrix" | "mat" => "matrix",
        "list" | "Array" => "array",
        "cov" => "cov_matrix",
        "corr" => "corr_matrix",
        _ => return None,
    })
}

/// The type that `word` was probably meant to be.
pub fn like_type(word: &str) -> Option<&'static str> {
    foreign_type(word).or_else(|| nearest(word, TYPES))
}

/// The block that `word` was probably meant to be.
pub fn like_block(word: &str) -> Option<&'static str> {
    match word {
        "transformed" => Some("transformed data` or `transformed parameters"),
        "generated" => Some("generated quantities"),
        "parameter" | "params" | "param" => Some("parameters"),
        "function" => Some("functions"),
        "transformed_data" | "transformedData" => Some("transformed data"),
        "transformed_parameters" | "transformedParameters" => Some("transformed parameters"),
        "generated_quantities" | "generatedQuantities" => Some("generated quantities"),
        _ => nearest(word, BLOCKS),
    }
}

/// The word of the language, other than a type, that `word` was probably meant to be.
pub fn like_control(word: &str) -> Option<&'static str> {
    match word {
        "elif" | "elsif" | "elseif" => Some("else if"),
        "foreach" => Some("for"),
        "stop" | "error" => Some("reject"),
        "cat" | "message" | "printf" => Some("print"),
        _ => nearest(word, CONTROL),
    }
}

/// The candidate that differs least from `word`, where it differs little.
pub fn nearest(word: &str, candidates: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    let allowed = match word.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        5..=7 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(distance, _)| distance > 0 && distance <= allowed)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, taken out, changed, or swapped with their neighbour (the optimal string alignment
/// distance), without regard to case.
pub fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

/// Whether a name might stand where the token stands, had the word no meaning of its own.
pub fn is_word(token: Token) -> bool {
    use Token::*;
    is_type(token)
        || matches!(
            token,
            Functions
                | Data
                | TransformedData
                | Parameters
                | TransformedParameters
                | Model
                | GeneratedQuantities
                | Return
                | If
                | Else
                | While
                | Profile
                | For
                | In
                | Break
                | Continue
                | Lower
                | Upper
                | Offset
                | Multiplier
                | Print
                | Reject
                | FatalError
                | Target
                | Jacobian
        )
}

/// Whether the token is the name of a type.
pub fn is_type(token: Token) -> bool {
    use Token::*;
    matches!(token, Void | Array | Tuple | Int | Real | Complex) || sizes(token).is_some()
}

/// The sizes of a type that has some, as one would write them.
pub fn sizes(token: Token) -> Option<&'static str> {
    use Token::*;
    Some(match token {
        Vector | RowVector | ComplexVector | ComplexRowVector => "[N]",
        Ordered | PositiveOrdered | Simplex | UnitVector | SumToZeroVector => "[N]",
        CholeskyFactorCorr | CorrMatrix | CovMatrix => "[K]",
        Matrix | ComplexMatrix | SumToZeroMatrix | ColumnStochasticMatrix | RowStochasticMatrix => "[N, M]",
        CholeskyFactorCov => "[N, M]",
        _ => return None,
    })
}
