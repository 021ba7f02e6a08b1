//! Values of the functions: figures by hand or from the definitions, as `call` and `value`.

use super::{eval, flatten, literal};
use crate::functions::{self, Operator};
use crate::value::Value;

/// Same type and shape, entries within 1e-12 scaled.
fn assert_same(call: &str, got: &Value<f64>, expected: &Value<f64>, tolerance: f64) {
    let shape = |v: &Value<f64>| format!("{:?}", v.map(&mut |_| 0.0));
    let kind = |v: &Value<f64>| {
        // Integers are part of the value, not of the shape.
        let mut text = shape(v);
        while let Some(at) = text.find("Int(") {
            let end = text[at..].find(')').unwrap() + at;
            text.replace_range(at..=end, "Integer");
        }
        text
    };
    assert_eq!(kind(got), kind(expected), "{call} = {got:?}, not {expected:?}");
    for (x, y) in flatten(got).into_iter().zip(flatten(expected)) {
        let close = x == y || (x.is_nan() && y.is_nan()) || (x - y).abs() <= tolerance * y.abs().max(1.0);
        assert!(close, "{call} = {got:?}, not {expected:?}");
    }
}

fn check(table: &[(&str, &str)]) {
    for (call, expected) in table {
        let got = eval(call).unwrap_or_else(|e| panic!("{call}: {e}"));
        assert_same(call, &got, &literal::value(expected), 1e-12);
    }
}

#[test]
fn arithmetic() {
    check(&[
        ("add(2, 3)", "5"),
        ("add(2, 3.5)", "5.5"),
        ("add([1, 2]', [3, 4]')", "[4, 6]'"),
        ("subtract(1, [[1, 2], [3, 4]])", "[[0, -1], [-2, -3]]"),
        ("add(C(1, 2), [1, 2])", "[C(2, 2), C(3, 2)]"),
        ("multiply(3, 4)", "12"),
        ("multiply([1, 2], [3, 4]')", "11.0"),
        ("multiply([1, 2]', [3, 4])", "[[3, 4], [6, 8]]"),
        ("multiply([[1, 2], [3, 4]], [5, 6]')", "[17, 39]'"),
        ("multiply([1, 2], [[1, 2], [3, 4]])", "[7, 10]"),
        ("multiply([[1, 2], [3, 4], [5, 6]], [[1, 0, 2], [0, 1, 3]])", "[[1, 2, 8], [3, 4, 18], [5, 6, 28]]"),
        ("multiply(C(1, 1), C(0, 1))", "C(-1, 1)"),
        ("multiply([[C(0, 1), C(1, 0)], [C(0, 0), C(1, 0)]], [C(1, 0), C(0, 2)]')", "[C(0, 3), C(0, 2)]'"),
        ("divide(7, 2)", "3"),
        ("divide(-7, 2)", "-3"),
        ("divide(7, 2.0)", "3.5"),
        ("divide([2, 4], 2)", "[1, 2]"),
        ("divide([4, 2], [[2, 0], [0, 4]])", "[2, 0.5]"),
        ("int_divide(-7, 2)", "-3"),
        ("modulus(-7, 2)", "-1"),
        ("modulus(7, -2)", "1"),
        ("modulus(-2147483648, -1)", "0"),
        ("elt_multiply([1, 2]', [3, 4]')", "[3, 8]'"),
        ("elt_divide([3, 8], [1, 2])", "[3, 4]"),
        ("elt_divide(6, [1, 2])", "[6, 3]"),
        ("divide(C(1, 2), C(3, 4))", "C(0.44, 0.08)"),
        ("minus({1, -2})", "{-1, 2}"),
        ("minus({[1, 2]'})", "{[-1, -2]'}"),
        ("logical_lt(1, 2.0)", "1"),
        ("logical_eq(nan, nan)", "0"),
        ("logical_neq(nan, 1.0)", "1"),
        ("logical_gte(2, 2)", "1"),
        ("logical_eq(C(1, 0), 1.0)", "1"),
        ("logical_negation(0)", "1"),
        ("logical_and(2, 0)", "0"),
        ("logical_or(2, 0)", "1"),
        ("pow(2, 3)", "8.0"),
        ("pow([1, 2, 3], 2)", "[1, 4, 9]"),
        ("pow({2, 3}, 2)", "{4.0, 9.0}"),
        ("pow(2.0, [1, 2]')", "[2, 4]'"),
        ("pow(-2.0, 3.0)", "-8.0"),
        ("pow(C(0, 1), C(2, 0))", "C(-1, 0)"),
    ]);
}

#[test]
fn operators() {
    let value = literal::value;
    let table = [
        (Operator::Plus, "1", "2", "3"),
        (Operator::Times, "[1, 2]", "[3, 4]'", "11.0"),
        (Operator::Divide, "7", "2", "3"),
        (Operator::IntDivide, "7", "2", "3"),
        (Operator::Modulo, "7", "2", "1"),
        (Operator::Pow, "2", "3", "8.0"),
        (Operator::EltPow, "[2, 3]'", "2", "[4, 9]'"),
        (Operator::LeftDivide, "[[2, 0], [0, 4]]", "[2, 2]'", "[1, 0.5]'"),
        (Operator::EltTimes, "[2, 3]", "[4, 5]", "[8, 15]"),
        (Operator::Less, "2", "3", "1"),
        (Operator::GreaterEquals, "2", "3", "0"),
        (Operator::NotEquals, "2", "3", "1"),
    ];
    for (op, a, b, expected) in table {
        let got = functions::operator(op, &[value(a), value(b)]).unwrap();
        assert_same(&format!("{a} {op:?} {b}"), &got, &value(expected), 1e-14);
    }
    for (op, a, expected) in [
        (Operator::Negate, "[1, -2]", "[-1, 2]"),
        (Operator::Plus1, "3", "3"),
        (Operator::Not, "0", "1"),
        (Operator::Transpose, "[1, 2]", "[1, 2]'"),
    ] {
        let argument = value(a);
        // Borrowed arguments work as well as owned ones.
        let got = functions::operator(op, &[&argument]).unwrap();
        assert_same(&format!("{op:?} {a}"), &got, &value(expected), 1e-14);
    }
}

#[test]
fn elementwise() {
    check(&[
        ("exp({[0, 1]', [2, 3]'})", "{[1, 2.718281828459045]', [7.38905609893065, 20.085536923187668]'}"),
        ("sqrt({{4, 9}})", "{{2.0, 3.0}}"),
        ("abs(-3)", "3"),
        ("abs({-3, 2})", "{3, 2}"),
        ("abs(C(3, -4))", "5.0"),
        ("abs([C(3, 4), C(0, 1)]')", "[5, 1]'"),
        ("square(3)", "9.0"),
        ("inv_logit(0)", "0.5"),
        ("logit(0.5)", "0.0"),
        ("log1m(0.5)", "-0.6931471805599453"),
        ("Phi(0)", "0.5"),
        ("lgamma(5)", "3.1780538303479458"),
        ("tgamma(5.0)", "24.0"),
        ("step(-0.5)", "0.0"),
        ("step(0.0)", "1.0"),
        ("int_step(0.0)", "0"),
        ("int_step(3)", "1"),
        ("is_nan(nan)", "1"),
        ("is_inf(-inf)", "1"),
        ("to_int(-2.7)", "-2"),
        ("to_int({2.7, 3.0})", "{2, 3}"),
        ("round(-2.5)", "-3.0"),
        ("trunc(2.7)", "2.0"),
        ("fmax(1, {2.0, 0.0})", "{2.0, 1.0}"),
        ("fmin([1, 2], [2, 1])", "[1, 1]"),
        ("fdim(3.0, 1)", "2.0"),
        ("fmod(-7.5, 2)", "-1.5"),
        ("hypot(3, 4)", "5.0"),
        ("ldexp([1, 2]', {3, 4})", "[8, 32]'"),
        ("choose(5, 2)", "10"),
        ("choose(30, 15)", "155117520"),
        ("choose(3, 5)", "0"),
        ("choose({5, 6}, 2)", "{10, 15}"),
        ("falling_factorial(5, 2)", "20"),
        ("rising_factorial(3, 2)", "12"),
        ("rising_factorial(2.5, 2)", "8.75"),
        ("falling_factorial([2.5, 3.5], 2)", "[3.75, 8.75]"),
        ("fma(2, 3, 4.0)", "10.0"),
        ("fma(2.0, [1, 2]', [1, 1]')", "[3, 5]'"),
        ("lmultiply(0.0, 0.0)", "0.0"),
        ("log_sum_exp([0, 0]')", "0.6931471805599453"),
        ("log_sum_exp({0.0, 0.0})", "0.6931471805599453"),
        ("log_sum_exp(0.0, 0)", "0.6931471805599453"),
        ("log_sum_exp([1000, 1000])", "1000.6931471805599"),
        ("log_diff_exp(1.0, 0.0)", "0.5413248546129181"),
        ("log_mix(0.25, 1.0, 2.0)", "1.8279889392428696"),
        ("log_mix([0.25, 0.75]', [1, 2]')", "1.8279889392428696"),
        ("log_mix({0.25, 0.75}, {[1, 2]', [1, 2]'})", "3.6559778784857393"),
        ("binary_log_loss(1, 0.5)", "0.6931471805599453"),
        ("inc_beta(2.0, 3.0, 0.5)", "0.6875"),
        ("hypergeometric_2F1(1.0, 1.0, 2.0, 0.5)", "1.3862943611198906"),
        ("hypergeometric_2F1(2.5, 3.0, 3.0, -4.0)", "0.01788854381999832"),
        ("hypergeometric_2F1(-2.0, 3.0, 1.5, 3.0)", "17.8"),
        ("hypergeometric_3F2([1, 1, 1]', [2, 2]', 0.5)", "1.164481052930025"),
        ("hypergeometric_pFq([1.5]', {1.5}, 2.0)", "7.38905609893065"),
        ("sqrt(C(-4, 0))", "C(0, 2)"),
        ("exp(C(0, 3.141592653589793))", "C(-1, 0)"),
        ("log(C(-1, 0))", "C(0, 3.141592653589793)"),
        ("sin({C(0, 1)})", "{C(0, 1.1752011936438014)}"),
        ("acosh(C(0.5, 0))", "C(0, 1.0471975511965979)"),
        ("atanh(C(0.5, 0.5))", "C(0.40235947810852507, 0.5535743588970452)"),
        ("asin(C(1, 1))", "C(0.6662394324925153, 1.0612750619050357)"),
        ("tanh(C(1, 1))", "C(1.0839233273386946, 0.27175258531951174)"),
    ]);
}

#[test]
fn reductions() {
    check(&[
        ("sum({1, 2, 3})", "6"),
        ("sum([1.5, 2])", "3.5"),
        ("sum([C(1, 2), C(3, 4)])", "C(4, 6)"),
        ("sum([[1, 2], [3, 4]])", "10.0"),
        ("prod({2, 3, 4})", "24"),
        ("prod([2, 3]')", "6.0"),
        ("max({3, 1, 2})", "3"),
        ("min([3, 1, 2])", "1.0"),
        ("max(3, 4)", "4"),
        ("mean({1.0, 2.0, 4.0})", "2.3333333333333335"),
        ("variance([1, 2, 4]')", "2.3333333333333335"),
        ("sd([1, 2, 4])", "1.5275252316519468"),
        ("sd([5])", "0.0"),
        ("norm1([1, -2]')", "3.0"),
        ("norm2({3.0, 4.0})", "5.0"),
        ("quantile([1, 2, 3, 4]', 0.4)", "2.2"),
        ("quantile({4.0, 1.0, 3.0}, {0.0, 0.5, 1.0})", "{1.0, 3.0, 4.0}"),
        ("cumulative_sum({1, 2, 3})", "{1, 3, 6}"),
        ("cumulative_sum([1, 2, 3]')", "[1, 3, 6]'"),
        ("softmax([0, 0]')", "[0.5, 0.5]'"),
        ("softmax({[1000, 1000]})", "{[0.5, 0.5]}"),
        ("log_softmax([0, 0])", "[-0.6931471805599453, -0.6931471805599453]"),
        ("dot_product([1, 2]', [3, 4])", "11.0"),
        ("dot_product({1.0, 2.0}, {3.0, 4.0})", "11.0"),
        ("dot_product([C(0, 1)], [C(0, 1)])", "C(1, 0)"),
        ("dot_self([1, 2])", "5.0"),
        ("distance([0, 3]', [4, 0])", "5.0"),
        ("squared_distance([0, 3]', [4, 0]')", "25.0"),
        ("squared_distance(1.0, 3.0)", "4.0"),
    ]);
}

#[test]
fn order() {
    check(&[
        ("sort_asc([3, 1, 2]')", "[1, 2, 3]'"),
        ("sort_desc({3, 1, 2})", "{3, 2, 1}"),
        ("sort_indices_asc([3, 1, 2])", "{2, 3, 1}"),
        ("sort_indices_desc({3.0, 1.0, 2.0})", "{1, 3, 2}"),
        ("rank([3, 1, 2]', 1)", "2"),
        ("reverse({1, 2, 3})", "{3, 2, 1}"),
    ]);
}

#[test]
fn construction() {
    check(&[
        ("rep_array(1, 2, 3)", "{{1, 1, 1}, {1, 1, 1}}"),
        ("rep_array([1, 2]', 2)", "{[1, 2]', [1, 2]'}"),
        ("rep_vector(2.5, 2)", "[2.5, 2.5]'"),
        ("rep_row_vector(C(1, 2), 2)", "[C(1, 2), C(1, 2)]"),
        ("rep_matrix(1.0, 1, 2)", "[[1, 1]]"),
        ("rep_matrix([1, 2]', 2)", "[[1, 1], [2, 2]]"),
        ("rep_matrix([1, 2], 2)", "[[1, 2], [1, 2]]"),
        ("zeros_vector(2)", "[0, 0]'"),
        ("ones_int_array(2)", "{1, 1}"),
        ("ones_array(2)", "{1.0, 1.0}"),
        ("one_hot_row_vector(3, 2)", "[0, 1, 0]"),
        ("one_hot_int_array(3, 2)", "{0, 1, 0}"),
        ("linspaced_vector(3, 1, 2)", "[1, 1.5, 2]'"),
        ("linspaced_array(1, 1, 2)", "{2.0}"),
        ("linspaced_int_array(4, 2, 8)", "{2, 4, 6, 8}"),
        ("linspaced_int_array(4, 1, 2)", "{1, 1, 2, 2}"),
        ("linspaced_int_array(3, 1, 6)", "{1, 3, 5}"),
        ("identity_matrix(2)", "[[1, 0], [0, 1]]"),
        ("uniform_simplex(4)", "[0.25, 0.25, 0.25, 0.25]'"),
        ("pi()", "3.141592653589793"),
        ("machine_precision()", "2.220446049250313e-16"),
        ("negative_infinity()", "-inf"),
        ("polar(2.0, 0.0)", "C(2, 0)"),
        ("to_complex()", "C(0, 0)"),
        ("to_complex(2.0)", "C(2, 0)"),
        ("to_complex(1.0, [2, 3]')", "[C(1, 2), C(1, 3)]'"),
        ("to_complex({1.0, 2.0}, 3.0)", "{C(1, 3), C(2, 3)}"),
        ("conj({C(1, 2)})", "{C(1, -2)}"),
        ("get_imag([C(1, 2), C(3, 4)]')", "[2, 4]'"),
        ("arg(C(0, 2))", "1.5707963267948966"),
        ("norm(C(3, 4))", "25.0"),
        ("proj(C(inf, -1))", "C(inf, -0.0)"),
    ]);
}

#[test]
fn shapes() {
    check(&[
        ("size(3.5)", "1"),
        ("size([[1, 2], [3, 4]])", "4"),
        ("size({[1, 2]', [3, 4]'})", "2"),
        ("num_elements({[1, 2]', [3, 4]'})", "4"),
        ("dims({[[1, 2, 3], [3, 4, 5]]})", "{1, 2, 3}"),
        ("dims(3)", "{}"),
        ("rows([1, 2]')", "2"),
        ("cols([1, 2]')", "1"),
        ("to_vector([[1, 2], [3, 4]])", "[1, 3, 2, 4]'"),
        ("to_row_vector({1, 2})", "[1, 2]"),
        ("to_matrix([1, 2, 3, 4]', 2, 2)", "[[1, 3], [2, 4]]"),
        ("to_matrix({1, 2, 3, 4}, 2, 2, 0)", "[[1, 2], [3, 4]]"),
        ("to_matrix({{1, 2}, {3, 4}})", "[[1, 2], [3, 4]]"),
        ("to_matrix({[1, 2], [3, 4]})", "[[1, 2], [3, 4]]"),
        ("to_matrix([1, 2])", "[[1, 2]]"),
        ("to_matrix([[1, 2], [3, 4]], 1, 4)", "[[1, 3, 2, 4]]"),
        ("to_array_1d({{1, 2}, {3, 4}})", "{1, 2, 3, 4}"),
        ("to_array_1d([[1, 2], [3, 4]])", "{1.0, 3.0, 2.0, 4.0}"),
        ("to_array_2d([[1, 2], [3, 4]])", "{{1.0, 2.0}, {3.0, 4.0}}"),
        ("append_row(1.0, [2, 3]')", "[1, 2, 3]'"),
        ("append_row([1, 2], [[3, 4]])", "[[1, 2], [3, 4]]"),
        ("append_col([1, 2]', [[3], [4]])", "[[1, 3], [2, 4]]"),
        ("append_col([1, 2], 3)", "[1, 2, 3]"),
        ("append_col([1, 2]', [3, 4]')", "[[1, 3], [2, 4]]"),
        ("append_array({1, 2}, {3})", "{1, 2, 3}"),
        ("transpose([[1, 2], [3, 4]])", "[[1, 3], [2, 4]]"),
        ("head([1, 2, 3]', 2)", "[1, 2]'"),
        ("tail({1, 2, 3}, 2)", "{2, 3}"),
        ("segment([1, 2, 3, 4], 2, 2)", "[2, 3]"),
        ("segment({1, 2}, 3, 0)", "{}"),
        ("block([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 2, 1, 2, 2)", "[[4, 5], [7, 8]]"),
        ("row([[1, 2], [3, 4]], 2)", "[3, 4]"),
        ("col([[1, 2], [3, 4]], 2)", "[2, 4]'"),
        ("sub_row([[1, 2, 3], [4, 5, 6]], 2, 2, 2)", "[5, 6]"),
        ("sub_col([[1, 2, 3], [4, 5, 6]], 1, 3, 2)", "[3, 6]'"),
        ("diagonal([[1, 2], [3, 4]])", "[1, 4]'"),
        ("diag_matrix([1, 2]')", "[[1, 0], [0, 2]]"),
        ("add_diag([[1, 2], [3, 4]], [10, 20])", "[[11, 2], [3, 24]]"),
        ("add_diag([[1, 2], [3, 4]], 10.0)", "[[11, 2], [3, 14]]"),
        ("symmetrize_from_lower_tri([[1, 2], [3, 4]])", "[[1, 3], [3, 4]]"),
    ]);
}

#[test]
fn linear_algebra() {
    check(&[
        ("cholesky_decompose([[4, 2], [2, 5]])", "[[2, 0], [1, 2]]"),
        ("inverse([[1, 2], [3, 4]])", "[[-2, 1], [1.5, -0.5]]"),
        ("inverse_spd([[4, 2], [2, 5]])", "[[0.3125, -0.125], [-0.125, 0.25]]"),
        ("chol2inv([[2, 0], [1, 2]])", "[[0.3125, -0.125], [-0.125, 0.25]]"),
        ("determinant([[1, 2], [3, 4]])", "-2.0"),
        ("determinant([[0, 1], [1, 0]])", "-1.0"),
        ("log_determinant([[1, 2], [3, 4]])", "0.6931471805599453"),
        ("log_determinant_spd([[4, 2], [2, 5]])", "2.772588722239781"),
        ("mdivide_left([[1, 2], [3, 4]], [5, 6]')", "[-4, 4.5]'"),
        ("mdivide_right([5, 6], [[1, 2], [3, 4]])", "[-1, 2]"),
        ("mdivide_right([[5, 6]], [[1, 2], [3, 4]])", "[[-1, 2]]"),
        ("mdivide_left_spd([[4, 2], [2, 5]], [[8], [12]])", "[[1], [2]]"),
        ("mdivide_right_spd([8, 12], [[4, 2], [2, 5]])", "[1, 2]"),
        ("mdivide_left_tri_low([[2, 9], [1, 2]], [2, 5]')", "[1, 2]'"),
        ("mdivide_right_tri_low([4, 4], [[2, 9], [1, 2]])", "[1, 2]"),
        ("generalized_inverse([[1, 0], [0, 2], [0, 0]])", "[[1, 0, 0], [0, 0.5, 0]]"),
        ("crossprod([[1, 2], [3, 4]])", "[[10, 14], [14, 20]]"),
        ("tcrossprod([[1, 2], [3, 4]])", "[[5, 11], [11, 25]]"),
        ("multiply_lower_tri_self_transpose([[1, 9], [3, 4]])", "[[1, 3], [3, 25]]"),
        ("diag_pre_multiply([1, 2]', [[1, 2], [3, 4]])", "[[1, 2], [6, 8]]"),
        ("diag_post_multiply([[1, 2], [3, 4]], [1, 2])", "[[1, 4], [3, 8]]"),
        ("quad_form([[1, 2], [3, 4]], [1, 2]')", "27.0"),
        ("quad_form([[1, 2], [3, 4]], [[1, 0], [1, 1]])", "[[10, 6], [7, 4]]"),
        ("quad_form_sym([[1, 2], [2, 4]], [1, 2]')", "25.0"),
        ("quad_form_diag([[1, 2], [3, 4]], [1, 2]')", "[[1, 4], [6, 16]]"),
        ("trace([[1, 2], [3, 4]])", "5.0"),
        ("trace_dot([[1, 2], [3, 4]], [[5, 6], [7, 8]])", "70.0"),
        ("trace_quad_form([[1, 2], [3, 4]], [[1, 0], [1, 1]])", "14.0"),
        ("trace_gen_quad_form([[1, 2], [0, 1]], [[1, 2], [3, 4]], [[1, 0], [1, 1]])", "28.0"),
        ("columns_dot_product([[1, 2], [3, 4]], [[5, 6], [7, 8]])", "[26, 44]"),
        ("rows_dot_self([[1, 2], [3, 4]])", "[5, 25]'"),
        ("matrix_power([[1, 1], [1, 0]], 10)", "[[89, 55], [55, 34]]"),
        ("matrix_power([[1, 1], [1, 0]], 0)", "[[1, 0], [0, 1]]"),
        ("matrix_exp([[0, 1], [0, 0]])", "[[1, 1], [0, 1]]"),
        ("matrix_exp([[1, 0], [0, 20]])", "[[2.718281828459045, 0], [0, 485165195.4097903]]"),
        ("scale_matrix_exp_multiply(2.0, [[0, 1], [0, 0]], [[1], [3]])", "[[7], [3]]"),
        ("eigenvalues_sym([[2, 1], [1, 2]])", "[1, 3]'"),
        ("singular_values([[3, 0], [0, -4]])", "[4, 3]'"),
        ("qr_thin_R([[3, 1], [4, 2]])", "[[5, 2.2], [0, 0.4]]"),
        ("qr_thin_Q([[3, 1], [4, 2]])", "[[0.6, -0.8], [0.8, 0.6]]"),
        ("csr_extract([[1, 0], [2, 3]])", "([1, 2, 3]', {1, 1, 2}, {1, 2, 4})"),
        ("csr_matrix_times_vector(2, 2, [1, 2, 3]', {1, 1, 2}, {1, 2, 4}, [1, 10]')", "[1, 32]'"),
        ("csr_to_dense_matrix(2, 2, [1, 2, 3]', {1, 1, 2}, {1, 2, 4})", "[[1, 0], [2, 3]]"),
        ("fft([C(1, 0), C(2, 0), C(3, 0), C(4, 0)]')", "[C(10, 0), C(-2, 2), C(-2, 0), C(-2, -2)]'"),
        ("inv_fft([C(10, 0), C(-2, 2), C(-2, 0), C(-2, -2)]')", "[C(1, 0), C(2, 0), C(3, 0), C(4, 0)]'"),
        ("fft2([[C(1, 0), C(2, 0)], [C(3, 0), C(4, 0)]])", "[[C(10, 0), C(-2, 0)], [C(-4, 0), C(0, 0)]]"),
    ]);
}

/// The inverse of a transform takes its values back, and the log Jacobian is that of the transform.
#[test]
fn constraint_transforms() {
    for (base, x, sizes) in [
        ("lower_bound", "[0.5, -1]'", "1.5"),
        ("upper_bound", "{0.5, -1.0}", "{1.5, 2.0}"),
        ("lower_upper_bound", "[[0.5, -1]]", "0, 2.0"),
        ("offset_multiplier", "0.5", "1.0, 2.0"),
        ("simplex", "[0.5, -1]'", ""),
        ("ordered", "[0.5, -1, 2]'", ""),
        ("positive_ordered", "{[0.5, -1]', [0, 1]'}", ""),
        ("sum_to_zero", "[0.5, -1]'", ""),
        ("sum_to_zero", "[[0.5, -1, 2], [0.3, 0.2, 0.1]]", ""),
        ("corr_matrix", "[0.5, -1, 0.3]'", "3"),
        ("cov_matrix", "[0.5, -1, 0.3]'", "2"),
        ("cholesky_factor_corr", "[0.5, -1, 0.3]'", "3"),
        ("cholesky_factor_cov", "[0.5, -1, 0.3, 1, 2]'", "3, 2"),
        ("stochastic_column", "[[0.5, -1], [0.3, 0.1]]", ""),
        ("stochastic_row", "[[0.5, -1], [0.3, 0.1]]", ""),
    ] {
        let y = eval(&format!("{base}_constrain({x}, {sizes})")).unwrap();
        let (_, bounds) = literal::call(&format!("f({sizes})"));
        let elementwise = base.contains("bound") || base.contains("offset");
        let mut args = vec![y];
        args.extend(if elementwise { bounds } else { vec![] });
        let back = functions::call(&format!("{base}_unconstrain"), &args).unwrap();
        assert_same(base, &back, &literal::value(x), 1e-12);
    }
    let (name, args) = literal::call("lower_upper_bound_jacobian([0.5, -1]', 1, 3)");
    let args: Vec<&Value<f64>> = args.iter().collect();
    let (_, log_jacobian) = functions::constrain_with_jacobian(&name, &args).unwrap();
    let slope = |x: f64| 2.0 * (-x).exp() / (1.0 + (-x).exp()).powi(2);
    assert!((log_jacobian - (slope(0.5) * slope(-1.0)).ln()).abs() < 1e-14);
    assert!(eval("corr_matrix_constrain([1, 2]', 3)").is_err());
    assert!(eval("simplex_unconstrain([0.5, 0.6]')").unwrap_err().is_recoverable());
}

#[test]
fn covariances() {
    let e = |x: f64| x.exp();
    let cases = [
        ("gp_exp_quad_cov({0.0, 1.0}, 2.0, 0.5)", 4.0, 4.0 * e(-2.0)),
        ("gp_exponential_cov({0.0, 1.0}, 2.0, 0.5)", 4.0, 4.0 * e(-2.0)),
        ("gp_matern32_cov({0.0, 1.0}, 2.0, 0.5)", 4.0, 4.0 * (1.0 + 2.0 * 3_f64.sqrt()) * e(-2.0 * 3_f64.sqrt())),
        (
            "gp_matern52_cov({0.0, 1.0}, 2.0, 0.5)",
            4.0,
            4.0 * (1.0 + 2.0 * 5_f64.sqrt() + 20.0 / 3.0) * e(-2.0 * 5_f64.sqrt()),
        ),
        ("gp_periodic_cov({0.0, 0.5}, 2.0, 0.5, 1.0)", 4.0, 4.0 * e(-8.0)),
        ("gp_dot_prod_cov({1.0, 3.0}, 2.0)", 5.0, 7.0),
        ("gp_exp_quad_cov({[0, 0]', [1, 2]'}, 2.0, {1.0, 2.0})", 4.0, 4.0 * e(-1.0)),
        ("gp_exp_quad_cov({0.0, 5.0}, {0.0, 1.0}, 2.0, 0.5)", 4.0, 4.0 * e(-2.0)),
    ];
    for (call, diagonal, off) in cases {
        let Value::Matrix(m) = eval(call).unwrap() else { panic!("{call}") };
        assert!((m.at(0, 0) - diagonal).abs() < 1e-14 * diagonal, "{call}: {m:?}");
        assert!((m.at(0, 1) - off).abs() < 1e-14, "{call}: {m:?}");
    }
}

/// The sum over all paths of hidden states is the marginal density; the share of those through a state is its probability.
#[test]
fn hidden_markov() {
    let omega = [[0.3, 0.8, 0.1], [0.6, 0.2, 0.5]];
    let gamma = [[0.7, 0.3], [0.2, 0.8]];
    let rho = [0.4, 0.6];
    let mut total = 0.0;
    let mut through = [[0.0; 3]; 2];
    for path in 0..8_usize {
        let state = |t: usize| path >> t & 1;
        let mut p = rho[state(0)] * omega[state(0)][0];
        for t in 1..3 {
            p *= gamma[state(t - 1)][state(t)] * omega[state(t)][t];
        }
        total += p;
        for t in 0..3 {
            through[state(t)][t] += p;
        }
    }
    let ln = |x: f64| format!("{:.17}", x.ln());
    let rows: Vec<String> = omega.iter().map(|r| format!("[{}]", r.map(ln).join(", "))).collect();
    let args = format!("([{}], [[0.7, 0.3], [0.2, 0.8]], [0.4, 0.6]')", rows.join(", "));
    let expected = Value::Real(f64::ln(total));
    assert_same("hmm_marginal", &eval(&format!("hmm_marginal{args}")).unwrap(), &expected, 1e-13);
    let Value::Matrix(m) = eval(&format!("hmm_hidden_state_prob{args}")).unwrap() else { panic!() };
    for (i, row) in through.iter().enumerate() {
        for (t, p) in row.iter().enumerate() {
            assert!((m.at(i, t) - p / total).abs() < 1e-13, "{m:?}");
        }
    }
    // Drawn paths visit the states as often.
    let (_, args) = literal::call(&format!("hmm_latent_rng{args}"));
    let args: Vec<&Value<f64>> = args.iter().collect();
    let mut seed = 7_u64;
    let mut uniform = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut visits = [0.0; 3];
    let draws = 20_000;
    for _ in 0..draws {
        let path = functions::hmm_latent_rng(&args, &mut uniform).unwrap();
        for (t, s) in flatten(&path).into_iter().enumerate() {
            visits[t] += s - 1.0;
        }
    }
    for t in 0..3 {
        let p: f64 = through[1][t] / total;
        let gap = (visits[t] / draws as f64 - p).abs();
        assert!(gap < 5.0 * (p * (1.0 - p) / draws as f64).sqrt(), "state 2 at time {}: off by {gap}", t + 1);
    }
}

/// Factorisations multiply back to their argument, with orthonormal factors.
#[test]
fn factorisations() {
    use crate::value::Matrix;
    let parts = |call: &str| match eval(call).unwrap() {
        Value::Tuple(parts) => parts,
        other => panic!("{call}: {other:?}"),
    };
    let times = |a: &Value<f64>, b: &Value<f64>| functions::operator(Operator::Times, &[a, b]).unwrap();
    let adjoint = |a: &Value<f64>| {
        functions::call("conj", &[functions::call("transpose", std::slice::from_ref(a)).unwrap()]).unwrap()
    };
    let diag = |a: &Value<f64>| functions::call("diag_matrix", std::slice::from_ref(a)).unwrap();
    let complex = |a: &Value<f64>| match a {
        Value::Matrix(m) => Value::ComplexMatrix(Matrix {
            rows: m.rows,
            cols: m.cols,
            data: m.data.iter().map(|&re| crate::value::Complex { re, im: 0.0 }).collect(),
        }),
        other => other.clone(),
    };
    for a in [
        "[[1, 2, 0.5], [-3, 4, 1], [2, 2, 7]]",
        "[[0, 1, 0], [0, 0, 1], [1, 0, 0]]",
        "[[0, 1, 0, 2], [-1, 0, 3, 0], [0, -3, 0, 1], [-2, 0, -1, 0]]",
        "[[2, 0], [0, 2]]",
        "[[C(1, 2), C(0, 1)], [C(3, 0), C(-1, -1)]]",
    ] {
        let value = complex(&literal::value(a));
        let p = parts(&format!("eigendecompose({a})"));
        assert_same(a, &times(&p[0], &diag(&p[1])), &times(&value, &p[0]), 1e-10);
        let p = parts(&format!("complex_schur_decompose({a})"));
        assert_same(a, &times(&times(&p[0], &p[1]), &adjoint(&p[0])), &value, 1e-12);
        let p = parts(&format!("svd({a})"));
        let product = times(&complex(&times(&p[0], &diag(&p[1]))), &adjoint(&complex(&p[2])));
        assert_same(a, &product, &value, 1e-12);
    }
    for a in [
        "[[4, 1, 0], [1, 3, -1], [0, -1, 2]]",
        "[[2, 0, 0], [0, 2, 0], [0, 0, 2]]",
        "[[C(2, 0), C(1, 1)], [C(1, -1), C(3, 0)]]",
    ] {
        let value = literal::value(a);
        let p = parts(&format!("eigendecompose_sym({a})"));
        assert_same(a, &times(&p[0], &diag(&p[1])), &times(&value, &p[0]), 1e-12);
    }
    for a in ["[[1, 2], [3, 4], [5, 7]]", "[[1, 2, 3], [3, 4, 1]]"] {
        for name in ["qr", "qr_thin"] {
            let p = parts(&format!("{name}({a})"));
            assert_same(a, &times(&p[0], &p[1]), &literal::value(a), 1e-13);
            let gram = functions::call("crossprod", &[p[0].clone()]).unwrap();
            let n = functions::call("cols", &[p[0].clone()]).unwrap();
            assert_same(a, &gram, &functions::call("identity_matrix", &[n]).unwrap(), 1e-13);
        }
        let p = parts(&format!("svd({a})"));
        let right = functions::call("transpose", &[p[2].clone()]).unwrap();
        assert_same(a, &times(&times(&p[0], &diag(&p[1])), &right), &literal::value(a), 1e-13);
    }
}
