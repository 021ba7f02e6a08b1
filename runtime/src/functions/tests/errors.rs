//! What functions refuse, and how they say it.

use super::eval;
use crate::functions::ErrorKind::{self, *};

#[test]
fn kinds_and_messages() {
    let table: &[(&str, ErrorKind, &str)] = &[
        ("add([1, 2, 3]', [1, 2, 3, 4]')", Size, "add: sizes 3 and 4 differ"),
        ("add([[1, 2]], [[1], [2]])", Size, "add: sizes (1, 2) and (2, 1) differ"),
        ("add([1, 2]', [1, 2])", Unsupported, "add: no such function for arguments (vector, row_vector)"),
        ("add(2147483647, 1)", Overflow, "add: integer overflow for 2147483647 and 1"),
        ("multiply(65536, 65536)", Overflow, "multiply: integer overflow for 65536 and 65536"),
        ("divide(1, 0)", Domain, "divide: denominator is 0"),
        ("divide(-2147483648, -1)", Overflow, "divide: integer overflow for -2147483648 and -1"),
        ("modulus(1, 0)", Domain, "modulus: divisor is 0"),
        (
            "multiply([[1, 2]], [1, 2, 3]')",
            Size,
            "multiply: columns of the first argument (2) and rows of the second (3) differ",
        ),
        ("cholesky_decompose([[1, 2], [2, 1]])", Domain, "cholesky_decompose: the matrix is not positive definite"),
        (
            "cholesky_decompose([[1, 2], [0, 1]])",
            Domain,
            "cholesky_decompose: the matrix is not symmetric: [2,1] = 0.0, but [1,2] = 2.0",
        ),
        ("inverse([[1, 2]])", Size, "inverse: expected a square matrix, got 1 x 2"),
        ("log1m(1.5)", Domain, "log1m: argument is 1.5, but must be at most 1"),
        ("log_mix(1.5, 0.0, 0.0)", Domain, "log_mix: mixing proportion must be in [0, 1], got 1.5"),
        ("head([1, 2]', 3)", Index, "head: 3 elements are asked for, the argument has 2"),
        ("segment([1, 2]', 2, 2)", Index, "segment: positions 2 to 3 are not in 1..2"),
        ("row([[1, 2]], 2)", Index, "row: positions 2 to 2 are not in 1..1"),
        ("rep_vector(1.0, -1)", Domain, "rep_vector: size must not be negative, got -1"),
        ("to_matrix([1, 2, 3]', 2, 2)", Size, "to_matrix: 2 x 2 entries are asked for, the argument has 3"),
        ("sort_asc([1, nan]')", Domain, "sort_asc: element 2 is nan"),
        ("choose(-1, 2)", Domain, "choose: arguments must not be negative, got -1 and 2"),
        ("choose(100, 50)", Overflow, "choose: choose(100, 50) does not fit an int"),
        (
            "gp_exp_quad_cov({1.0, 2.0}, -1.0, 1.0)",
            Domain,
            "gp_exp_quad_cov: magnitude must be positive and finite, got -1",
        ),
        ("mean([]')", Size, "mean: the argument has size 0, but must have a non-zero size"),
        ("to_int(3e10)", Domain, "to_int: 30000000000 does not fit an int"),
        ("no_such_function(1)", Unsupported, "no_such_function: no such function is implemented"),
        ("exp((1, 2))", Unsupported, "exp: no such function for arguments (tuple(int, int))"),
    ];
    for (call, kind, message) in table {
        let error = eval(call).expect_err(call);
        assert_eq!((error.kind, error.message.as_str()), (*kind, *message), "{call}");
        assert_eq!(error.is_recoverable(), *kind == Domain);
    }
}

/// No function panics, whatever it is called with.
#[test]
fn no_panics() {
    let values = [
        "1",
        "-1",
        "0",
        "2.5",
        "nan",
        "inf",
        "[]'",
        "[1, 2]'",
        "[nan, 1]",
        "[[1, 2], [2, 5]]",
        "[[1, 2, 3]]",
        "{}",
        "{1, 2}",
        "{1.5, 2.5}",
        "{[1, 2]', [3]'}",
        "{{1}, {2}}",
        "C(1, 2)",
        "[C(1, 2), C(0, 0)]'",
        "[[C(1, 0), C(0, 0)], [C(0, 0), C(1, 0)]]",
        "(1, 2.0)",
        "[[inf, 0], [0, nan]]",
        "[[0, 0], [0, 0]]",
    ]
    .map(super::literal::value);
    let mut calls = 0;
    for name in crate::functions::names() {
        let _ = crate::functions::call::<f64>(name, &[]);
        for a in &values {
            let _ = crate::functions::call(name, std::slice::from_ref(a));
            for b in &values {
                let _ = crate::functions::call(name, &[a.clone(), b.clone()]);
                for c in [&values[0], &values[3], &values[7], &values[9], &values[12]] {
                    let _ = crate::functions::call(name, &[a.clone(), b.clone(), c.clone()]);
                    let _ = crate::functions::call(name, &[a.clone(), b.clone(), c.clone(), values[3].clone()]);
                    calls += 2;
                }
            }
        }
    }
    assert!(calls > 100_000);
}
