//! What goes wrong, where, and that nothing runs forever.

mod common;

use common::{bound, failure, failure_with, program};
use ppl_interpreter::{BindError, Kind, Limits, Options};
use ppl_runtime::data::{Datum, RawData};

#[test]
fn indices_out_of_range() {
    let (message, at) = failure("vector[3] v; real x = v[4];");
    assert_eq!(message, "`v`: index 4 is out of range; dimension 1 has size 3");
    assert_eq!(at, "v[4]");
    let (message, _) = failure("matrix[2,3] m; real x = m[1, 0];");
    assert_eq!(message, "`m`: index 0 is out of range; dimension 2 has size 3");
    let (message, _) = failure("array[2] vector[3] a; a[2, 4] = 1;");
    assert_eq!(message, "`a`: index 4 is out of range; dimension 2 has size 3");
    let (message, _) = failure("array[2] vector[3] a; real x = a[2][4];");
    assert_eq!(message, "`a`: index 4 is out of range; dimension 2 has size 3");
    let (message, _) = failure("vector[3] v; vector[2] x = v[3:4];");
    assert_eq!(message, "`v`: index 4 is out of range; dimension 1 has size 3");
    let (message, _) = failure("vector[3] v; v[{1, 7}] = [1, 2]';");
    assert_eq!(message, "`v`: index 7 is out of range; dimension 1 has size 3");
}

#[test]
fn sizes_that_differ() {
    let (message, at) = failure("vector[3] v = [1, 2]';");
    assert_eq!(message, "sizes differ in assignment: `v` has [3], the right side [2]");
    assert_eq!(at, "v");
    let (message, _) = failure("vector[3] v; v = [1, 2]';");
    assert_eq!(message, "sizes differ in assignment: `v` has [3], the right side [2]");
    let (message, _) = failure("vector[3] v; v[2:3] = [1]';");
    assert_eq!(message, "`v`: sizes differ in assignment: the left side has 2 elements, the right side 1");
    let (message, _) = failure("matrix[2,2] m; m[1] = [1,2,3];");
    assert_eq!(message, "`m`: sizes differ in assignment: the left side has 2 columns, the right side 3");
    let (message, _) = failure("{ int n = -1; vector[n] v; }");
    assert_eq!(message, "a size of `v` is -1; expected at least 0");
    let (message, _) = failure("array[2] vector[2] a = {[1,2]', [1]'};");
    assert!(message.starts_with("sizes differ in assignment: `a` has [2,2]"), "{message}");
    let (message, _) = failure("matrix[2,2] m = [[1,2],[3]];");
    assert_eq!(message, "the rows of this matrix have different sizes: 2 and 1");
}

#[test]
fn rejections_carry_their_text() {
    let (message, at) = failure("real a = 2.5; reject(\"a is \", a, \"!\");");
    assert_eq!(message, "a is 2.5!");
    assert_eq!(at, "reject(\"a is \", a, \"!\");");
    let (message, _) = failure_with("void f(int n) { if (n == 0) fatal_error(\"stop\"); f(n - 1); }", "f(1);");
    assert_eq!(message, "stop (in function f) (in function f)");
    let (interpreter, environment) = bound("parameters { real t; } model { if (t > 0) reject(t); }", &RawData::new());
    let error = interpreter.value(&environment, &[1.0], Options::SAMPLER).unwrap_err();
    assert_eq!(error.kind, Kind::Reject);
    assert_eq!(interpreter.value(&environment, &[-1.0], Options::SAMPLER), Ok(0.0));
}

#[test]
fn integer_overflow_is_an_error() {
    let (message, _) = failure("int n = 2147483647; int x = n + 1;");
    assert!(message.contains("overflow"), "{message}");
    let (message, _) = failure("int n = 0; int x = 1 %/% n;");
    assert_eq!(message, "int_divide: denominator is 0");
}

#[test]
fn nan_is_traced_to_its_statement() {
    let text = "parameters { real t; } model { t ~ normal(0, 1); target += log(t); }";
    let (interpreter, environment) = bound(text, &RawData::new());
    let error = interpreter.value(&environment, &[-1.0], Options::SAMPLER).unwrap_err();
    assert_eq!(error.kind, Kind::Reject);
    assert_eq!(&text[error.span.unwrap().range()], "target += log(t);");
}

#[test]
fn constraints_are_checked_at_the_end_of_blocks() {
    let text = "parameters { real t; } transformed parameters { vector<lower=0>[2] s = [1, t]'; } model {}";
    let (interpreter, environment) = bound(text, &RawData::new());
    let error = interpreter.value(&environment, &[-1.0], Options::SAMPLER).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Reject, "s[2]: expected at least 0, found -1"));
    let (message, _) = failure("array[2] simplex[2] x = {[0.5,0.5]', [0.5,0.6]'};");
    assert_eq!(message, "x[2]: expected a simplex: the sum is 1.1, not 1");
    let (message, _) = failure("int<upper=3> n = 4;");
    assert_eq!(message, "n: expected at most 3, found 4");
}

#[test]
fn nothing_runs_forever() {
    let limits = Limits { fuel: 100_000, elements: 1000, calls: 50, ..Limits::default() };
    let run = |text: &str| {
        let interpreter = program(text).with_limits(limits);
        let environment = interpreter.bind(&RawData::new()).unwrap();
        interpreter.write_array(&environment, &[], common::STREAM).unwrap_err()
    };
    for (text, message) in [
        ("generated quantities { while (1) {} }", "the limit of 100000 steps was reached"),
        ("generated quantities { for (i in 1:2000000000) ; }", "the limit of 100000 steps was reached"),
        (
            "functions { int f(int n) { return f(n + 1); } } generated quantities { int x = f(1); }",
            "recursion is too deep",
        ),
        ("generated quantities { vector[2000] v; }", "v: the limit of 1000 numbers in memory was reached"),
        ("generated quantities { real x = sum(rep_matrix(1, 100000, 100000)); }", "rep_matrix: the result could hold"),
    ] {
        let error = run(text);
        assert_eq!(error.kind, Kind::Limit, "{text}: {error}");
        assert!(error.message.starts_with(message), "{text}: {error}");
    }
    // Variables of a block that has ended do not count.
    let text = "generated quantities { for (i in 1:20) { vector[500] v = rep_vector(i, 500); } }";
    let interpreter = program(text).with_limits(limits);
    let environment = interpreter.bind(&RawData::new()).unwrap();
    assert!(interpreter.write_array(&environment, &[], common::STREAM).is_ok());
}

#[test]
fn deep_recursion_does_not_end_the_process() {
    let text =
        "functions { int f(int n) { return n == 0 ? 0 : 1 + f(n - 1); } } generated quantities { int x = f(1000000); }";
    let interpreter = program(text);
    let environment = interpreter.bind(&RawData::new()).unwrap();
    let error = interpreter.write_array(&environment, &[], common::STREAM).unwrap_err();
    assert_eq!(error.kind, Kind::Limit);
    assert!(error.calls.len() <= 16);
    let text = text.replace("1000000", "100");
    let interpreter = program(&text);
    let environment = interpreter.bind(&RawData::new()).unwrap();
    assert_eq!(interpreter.write_array(&environment, &[], common::STREAM), Ok(vec![100.0]));
}

/// Everything that is wrong with the data, one line each.
fn problems(text: &str, raw: &RawData) -> String {
    match program(text).bind(raw) {
        Err(error @ BindError::Data(_)) => error.to_string(),
        Err(BindError::Run(error)) => panic!("{error}"),
        Ok(_) => panic!("bound"),
    }
}

fn json(text: &str) -> RawData {
    RawData::from_json(text).unwrap()
}

#[test]
fn data_of_the_wrong_type_or_shape() {
    let one = |declaration: &str, text: &str| problems(&format!("data {{ {declaration} }}"), &json(text));
    assert_eq!(one("int n;", r#"{"n": 2.5}"#), "n: expected an integer, found 2.5");
    assert_eq!(
        one("int n;", r#"{"n": 3000000000}"#),
        "n: 3000000000 does not fit into an integer (-2147483648 to 2147483647)"
    );
    assert_eq!(one("array[3,2] int y;", r#"{"y": [[1,2],[3,4],[5,2.5]]}"#), "y[3,2]: expected an integer, found 2.5");
    assert_eq!(one("vector[3] y;", r#"{"y": [1,2]}"#), "y: expected a vector of sizes [3], found sizes [2]");
    assert_eq!(one("vector[3] y;", r#"{"y": 1}"#), "y: expected a vector of sizes [3], found 1");
    assert_eq!(
        one("matrix[2,2] y;", r#"{"y": [[1,2],[3]]}"#),
        "y[2]: expected a row vector of sizes [2], found sizes [1]"
    );
    assert_eq!(one("real y;", r#"{"y": [1]}"#), "y: expected a number, found a list of 1");
    assert_eq!(one("real y;", r#"{"y": "abc"}"#), "y: expected numbers, found the text \"abc\" (line 1, column 7)");
    assert_eq!(
        one("tuple(int, array[2] real) t;", r#"{"t": {"1": 1, "2": [1, true]}}"#),
        "t.2[2]: expected numbers, found `true` (line 1, column 25)"
    );
    assert_eq!(
        one("tuple(int, real) t;", r#"{"t": [1, 2]}"#),
        "t: expected a tuple, as an object with the keys \"1\" to \"2\"; found a list of 2"
    );
}

#[test]
fn data_outside_their_constraints() {
    let one = |declaration: &str, text: &str| problems(&format!("data {{ {declaration} }}"), &json(text));
    assert_eq!(one("int<lower=0> n;", r#"{"n": -1}"#), "n: expected at least 0, found -1");
    assert_eq!(
        one("array[2] vector<lower=0, upper=1>[2] y;", r#"{"y": [[0,1],[0.5,2]]}"#),
        "y[2,2]: expected at most 1, found 2"
    );
    assert_eq!(one("matrix<lower=0>[2,2] y;", r#"{"y": [[0,1],[-3,2]]}"#), "y[2,1]: expected at least 0, found -3");
    assert_eq!(one("simplex[2] p;", r#"{"p": [0.5,0.6]}"#), "p: expected a simplex: the sum is 1.1, not 1");
    assert_eq!(
        one("array[2] ordered[2] p;", r#"{"p": [[1,2],[2,1]]}"#),
        "p[2]: expected increasing values: element 1 is 2, element 2 is 1"
    );
    assert_eq!(one("cov_matrix[2] s;", r#"{"s": [[1,2],[2,1]]}"#), "s: not positive definite");
    assert_eq!(one("corr_matrix[2] s;", r#"{"s": [[1,0],[0,2]]}"#), "s: expected a diagonal of ones: entry [2,2] is 2");
    assert_eq!(
        one("cholesky_factor_cov[2] s;", r#"{"s": [[1,1],[1,2]]}"#),
        "s: expected zeros above the diagonal: entry [1,2] is 1"
    );
}

#[test]
fn all_missing_data_are_listed() {
    let text = "data { int N; int M; vector[N] y; vector[M] z; array[0] real nothing; }";
    assert_eq!(
        problems(text, &json(r#"{"M": 2}"#)),
        "N: missing; the program declares it as int\ny: missing; the program declares it as vector\nz: missing; the program declares it as vector"
    );
    let environment = program(text).bind(&json(r#"{"N": 1, "M": 0, "y": [1], "z": [], "w": 1, "v": 2}"#)).unwrap();
    assert_eq!(environment.extra(), ["w", "v"]);
}

#[test]
fn data_from_a_table() {
    let text = "data { int N; int K; array[N] int y; vector[N] x; }";
    let mut raw = RawData::from_csv("y,x\n1,0.5\n2,1\n").unwrap();
    assert_eq!(problems(text, &raw), "K: missing; the program declares it as int");
    raw.set_text("K=7").unwrap();
    assert!(program(text).bind(&raw).is_ok());
    raw.set("N", Datum::Int(3));
    assert!(problems(text, &raw).starts_with("y: expected an array of sizes [3], found sizes [2]"));
    let raw = RawData::from_csv("y,x\n1,0.5\n2.5,\n").unwrap();
    assert_eq!(
        problems("data { int N; array[N] int y; vector[N] x; }", &raw),
        "y[1]: expected an integer, found 1.0\nx: expected numbers, found an empty cell (row 2, column 2)"
    );
}

#[test]
fn transformed_data_run_once_and_are_checked() {
    let text = "data { int n; } transformed data { int<lower=0> m = n - 3; }";
    let error = program(text).bind(&json(r#"{"n": 1}"#)).err().unwrap();
    assert_eq!(error.to_string(), "m: expected at least 0, found -2");
}
