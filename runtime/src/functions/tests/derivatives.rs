//! Derivatives of every function of the registry: forward mode against finite differences, reverse mode against forward mode,
//! at random arguments.

use super::flatten;
use crate::functions::{self, Operator};
use crate::num::{Dual, Num, Tape, Var};
use crate::value::{Complex, Matrix, Value};

/// Arguments by name and kind, to be filled with numbers: see [`argument`]. Functions without derivatives are in [`DISCRETE`].
const TABLE: &[(&str, &[&str])] = &[
    ("Phi", &["r", "v3", "a2:v2"]),
    ("Phi_approx", &["r"]),
    ("abs", &["r", "c", "cm22"]),
    ("acos", &["n", "c"]),
    ("acosh", &["g", "c"]),
    ("add", &["r r", "r v3", "m23 m23", "c cv2", "cm22 r"]),
    ("add_diag", &["m33 r", "m23 v2", "cm22 cv2"]),
    ("append_array", &["a2:r a3:r", "a2:v2 a1:v2"]),
    ("append_col", &["m23 m21", "v2 v2", "r rv2", "cm22 cv2"]),
    ("append_row", &["m23 m13", "rv2 rv2", "r v2", "v2 r"]),
    ("arg", &["c"]),
    ("asin", &["n", "c"]),
    ("asinh", &["r", "c"]),
    ("atan", &["r", "c"]),
    ("atan2", &["r r", "v2 r"]),
    ("atanh", &["n", "c"]),
    ("bessel_first_kind", &["=2 p"]),
    ("bessel_second_kind", &["=2 p"]),
    ("beta", &["p p", "p v2p"]),
    ("binary_log_loss", &["=1 u", "=0 u"]),
    ("binomial_coefficient_log", &["g u"]),
    ("block", &["m33 =2 =1 =2 =2"]),
    ("cbrt", &["p"]),
    ("chol2inv", &["low3"]),
    ("cholesky_decompose", &["spd4"]),
    ("col", &["m23 =2", "cm22 =1"]),
    ("columns_dot_product", &["m23 m23", "cm22 cm22"]),
    ("columns_dot_self", &["m23"]),
    ("complex_schur_decompose", &[]),
    ("complex_schur_decompose_t", &[]),
    ("complex_schur_decompose_u", &[]),
    ("conj", &["c", "cv2"]),
    ("cos", &["r", "c"]),
    ("cosh", &["r", "c"]),
    ("cov_exp_quad", &["a3:r p p"]),
    ("crossprod", &["m23"]),
    ("csr_extract", &["m23"]),
    ("csr_extract_w", &["m23"]),
    ("csr_matrix_times_vector", &["=2 =3 v3 ={1,3,2} ={1,3,4} v3"]),
    ("csr_to_dense_matrix", &["=2 =3 v3 ={1,3,2} ={1,3,4}"]),
    ("cumulative_sum", &["v4", "a3:r", "cv2"]),
    ("determinant", &["dd3"]),
    ("diag_matrix", &["v2", "cv2"]),
    ("diag_post_multiply", &["m23 v3", "cm22 crv2"]),
    ("diag_pre_multiply", &["v2 m23", "cv2 cm22"]),
    ("diagonal", &["m33"]),
    ("digamma", &["p"]),
    ("distance", &["v3 rv3"]),
    ("divide", &["r p", "v3 p", "rv3 dd3", "c c", "cv2 c", "m23 dd3"]),
    ("dot_product", &["v3 v3", "a2:r a2:r", "cv2 cv2"]),
    ("dot_self", &["v3", "cv2"]),
    ("eigendecompose", &[]),
    ("eigendecompose_sym", &["sym3"]),
    ("eigenvalues", &["dd3", "cm22"]),
    ("eigenvalues_sym", &["sym4", "herm2"]),
    ("eigenvectors", &[]),
    ("eigenvectors_sym", &["sym3"]),
    ("elt_divide", &["v3 v3p", "r v3p"]),
    ("elt_multiply", &["v3 v3", "cm22 cm22"]),
    ("erf", &["r"]),
    ("erfc", &["r"]),
    ("exp", &["r", "c", "a2:rv2"]),
    ("exp2", &["r"]),
    ("expm1", &["r"]),
    ("fabs", &["r"]),
    ("falling_factorial", &["r =3"]),
    ("fdim", &["r r"]),
    ("fft", &["cv6", "cv5"]),
    ("fft2", &["cm22"]),
    ("fma", &["r r r", "v2 r v2"]),
    ("fmax", &["r r"]),
    ("fmin", &["r r"]),
    ("fmod", &["p u"]),
    ("gamma_p", &["p p"]),
    ("gamma_q", &["p p"]),
    ("generalized_inverse", &["m23", "m32", "dd3"]),
    ("get_imag", &["c", "cv2"]),
    ("get_real", &["c", "cm22"]),
    ("gp_dot_prod_cov", &["a3:v2 p", "a2:r a3:r p"]),
    ("gp_exp_quad_cov", &["a3:r p p", "a2:r a3:r p p", "a3:v2 p a2:p", "a2:v2 a2:v2 p p", "a2:v2 a2:v2 p a2:p"]),
    ("gp_exponential_cov", &["a3:r p p", "a3:v2 p a2:p", "a2:v2 a2:v2 p p"]),
    ("gp_matern32_cov", &["a3:r p p", "a3:v2 p a2:p", "a2:v2 a2:v2 p p"]),
    ("gp_matern52_cov", &["a3:r p p", "a3:v2 p a2:p", "a2:v2 a2:v2 p p"]),
    ("gp_periodic_cov", &["a3:r p p p", "a2:v2 a2:v2 p p p"]),
    ("head", &["v3 =2", "a3:r =2"]),
    ("hmm_hidden_state_prob", &["m24 stoch2 s2"]),
    ("hmm_marginal", &["m24 stoch2 s2"]),
    ("hypergeometric_1F0", &["r u"]),
    ("hypergeometric_2F1", &["p p g u", "p u g n"]),
    ("hypergeometric_3F2", &["v3p v2p u"]),
    ("hypergeometric_pFq", &["v2p v3p r", "v2p v1p u"]),
    ("hypot", &["r r"]),
    ("inc_beta", &["p p u"]),
    ("inv", &["p"]),
    ("inv_Phi", &["u"]),
    ("inv_cloglog", &["r"]),
    ("inv_erfc", &["u"]),
    ("inv_fft", &["cv6"]),
    ("inv_fft2", &["cm22"]),
    ("inv_inc_beta", &["p p u"]),
    ("inv_logit", &["r", "m22"]),
    ("inv_sqrt", &["p"]),
    ("inv_square", &["p"]),
    ("inverse", &["dd3"]),
    ("inverse_spd", &["spd3"]),
    ("lambert_w0", &["p"]),
    ("lambert_wm1", &["w"]),
    ("lbeta", &["p p"]),
    ("lchoose", &["g u"]),
    ("ldexp", &["r =3"]),
    ("lgamma", &["p"]),
    ("linspaced_array", &["=4 n g"]),
    ("linspaced_row_vector", &["=4 n g"]),
    ("linspaced_vector", &["=4 n g"]),
    ("lmgamma", &["=2 g"]),
    ("lmultiply", &["r p", "v2 v2p"]),
    ("log", &["p", "c"]),
    ("log10", &["p", "c"]),
    ("log1m", &["u"]),
    ("log1m_exp", &["w"]),
    ("log1m_inv_logit", &["r"]),
    ("log1p", &["u"]),
    ("log1p_exp", &["r"]),
    ("log2", &["p"]),
    ("log_determinant", &["dd3"]),
    ("log_determinant_spd", &["spd3"]),
    ("log_diff_exp", &["g u"]),
    ("log_falling_factorial", &["g u"]),
    ("log_inv_logit", &["r"]),
    ("log_inv_logit_diff", &["g u"]),
    ("log_mix", &["u r r", "s3 v3", "s2 a3:v2", "s3 a3:r"]),
    ("log_modified_bessel_first_kind", &["p p"]),
    ("log_rising_factorial", &["p p"]),
    ("log_softmax", &["v3", "a2:v2"]),
    ("log_sum_exp", &["v3", "r r", "m22", "v2 v2"]),
    ("logit", &["u"]),
    ("matrix_exp", &["m33", "dd3"]),
    ("matrix_exp_multiply", &["m33 m32"]),
    ("matrix_power", &["m33 =5", "m33 =0"]),
    ("max", &["v3", "a3:r"]),
    ("mdivide_left", &["dd3 v3", "dd3 m32"]),
    ("mdivide_left_spd", &["spd3 v3", "spd3 m32"]),
    ("mdivide_left_tri_low", &["low3 v3", "low3 m32"]),
    ("mdivide_right", &["rv3 dd3", "m23 dd3", "cm22 cm22"]),
    ("mdivide_right_spd", &["rv3 spd3", "m23 spd3"]),
    ("mdivide_right_tri_low", &["rv3 low3", "m23 low3"]),
    ("mean", &["v3", "a3:r"]),
    ("min", &["v3", "m22"]),
    ("minus", &["r", "v3", "a2:m22", "cv2", "v2 v2"]),
    ("modified_bessel_first_kind", &["=2 p"]),
    ("modified_bessel_second_kind", &["=2 p"]),
    (
        "multiply",
        &["r r", "r v3", "m23 v3", "rv2 m23", "m23 m32", "v2 rv3", "rv3 v3", "c cm22", "cm22 cv2", "cm22 m22"],
    ),
    ("multiply_log", &["r p"]),
    ("multiply_lower_tri_self_transpose", &["m33", "m23", "m32"]),
    ("norm", &["c"]),
    ("norm1", &["v3"]),
    ("norm2", &["v3", "a3:r"]),
    ("owens_t", &["r r"]),
    ("plus", &["v3"]),
    ("polar", &["p r"]),
    ("pow", &["p r", "r =3", "v3p r", "v3p v3", "a2:p a2:r", "c c", "cv2 c", "r =2", "p =0.5"]),
    ("prod", &["v3", "cv2"]),
    ("proj", &["c"]),
    ("qr", &["dd3", "m32", "m23"]),
    ("qr_Q", &["dd3"]),
    ("qr_R", &["m32"]),
    ("qr_thin", &["m32", "m23"]),
    ("qr_thin_Q", &["m32"]),
    ("qr_thin_R", &["m32"]),
    ("quad_form", &["m33 v3", "m33 m32"]),
    ("quad_form_diag", &["m33 v3"]),
    ("quad_form_sym", &["spd3 v3", "spd3 m32"]),
    ("quantile", &["v4 =0.4", "a3:r ={0.1,0.7}"]),
    ("rep_array", &["v2 =2", "r =2 =2"]),
    ("rep_matrix", &["r =2 =2", "v2 =2", "rv2 =2"]),
    ("rep_row_vector", &["r =2"]),
    ("rep_vector", &["r =2", "c =2"]),
    ("reverse", &["v3", "a2:v2"]),
    ("rising_factorial", &["r =3", "v2 =2"]),
    ("row", &["m23 =2"]),
    ("rows_dot_product", &["m23 m23"]),
    ("rows_dot_self", &["m23", "cm22"]),
    ("scale_matrix_exp_multiply", &["r m33 m32"]),
    ("sd", &["v3", "m22"]),
    ("segment", &["v4 =2 =2"]),
    ("sin", &["r", "c"]),
    ("singular_values", &["m23", "m32", "dd3", "cm22"]),
    ("sinh", &["r", "c"]),
    ("softmax", &["v3", "a2:rv2"]),
    ("sort_asc", &["v4", "a3:r"]),
    ("sort_desc", &["v4"]),
    ("sqrt", &["p", "c"]),
    ("square", &["r"]),
    ("squared_distance", &["v3 v3", "r r"]),
    ("std_normal_log_qf", &["w"]),
    ("std_normal_qf", &["u"]),
    ("sub_col", &["m33 =1 =2 =2"]),
    ("sub_row", &["m33 =1 =2 =2"]),
    ("subtract", &["r r", "r v3", "m23 m23"]),
    ("sum", &["v3", "m22", "a3:r", "cv2"]),
    ("svd", &["dd3", "m23", "m32"]),
    ("svd_U", &["m32", "m23"]),
    ("svd_V", &["m32", "m23"]),
    ("symmetrize_from_lower_tri", &["m33", "cm22"]),
    ("tail", &["v3 =2"]),
    ("tan", &["n", "c"]),
    ("tanh", &["r", "c"]),
    ("tcrossprod", &["m23"]),
    ("tgamma", &["p"]),
    ("to_array_1d", &["m23", "a2:v2"]),
    ("to_array_2d", &["m23"]),
    ("to_complex", &["r", "r r", "r v2", "m22 m22"]),
    ("to_matrix", &["v4 =2 =2", "m23 =3 =2 =0", "a2:rv3", "v2"]),
    ("to_row_vector", &["v3", "m22"]),
    ("to_vector", &["rv3", "m22", "a3:r", "crv2"]),
    ("trace", &["m33", "cm22"]),
    ("trace_dot", &["m23 m23"]),
    ("trace_gen_quad_form", &["m22 m33 m32"]),
    ("trace_quad_form", &["m33 m32", "m33 v3"]),
    ("transpose", &["m23", "v2", "cm22"]),
    ("trigamma", &["p"]),
    ("cholesky_factor_corr_constrain", &["v3 =3"]),
    ("cholesky_factor_corr_unconstrain", &["=[[1,0],[0.6,0.8]]"]),
    ("cholesky_factor_cov_constrain", &["v5 =3 =2"]),
    ("cholesky_factor_cov_unconstrain", &["low2"]),
    ("corr_matrix_constrain", &["v3 =3"]),
    ("corr_matrix_unconstrain", &["=[[1,0.5],[0.5,1]]"]),
    ("cov_matrix_constrain", &["v3 =2"]),
    ("cov_matrix_unconstrain", &["spd3"]),
    ("lower_bound_constrain", &["r r", "v3 v3", "a2:v2 r"]),
    ("lower_bound_unconstrain", &["g u", "v3p =-2"]),
    ("lower_upper_bound_constrain", &["r n g", "v2 v2 =4"]),
    ("lower_upper_bound_unconstrain", &["u w g"]),
    ("offset_multiplier_constrain", &["v2 r p"]),
    ("offset_multiplier_unconstrain", &["v2 r p"]),
    ("ordered_constrain", &["v3", "a2:v3"]),
    ("ordered_unconstrain", &["=[1,2,3]'"]),
    ("positive_ordered_constrain", &["v3"]),
    ("positive_ordered_unconstrain", &["=[1,2,3]'"]),
    ("simplex_constrain", &["v3"]),
    ("simplex_unconstrain", &["s3", "a2:s3"]),
    ("stochastic_column_constrain", &["m23"]),
    ("stochastic_column_unconstrain", &["=[[0.5,0.1],[0.5,0.9]]"]),
    ("stochastic_row_constrain", &["m23"]),
    ("stochastic_row_unconstrain", &["stoch3"]),
    ("sum_to_zero_constrain", &["v3", "m22"]),
    ("sum_to_zero_unconstrain", &["=[1,-3,2]'"]),
    ("unit_vector_constrain", &["v3"]),
    ("unit_vector_unconstrain", &["=[0.6,0.8]'"]),
    ("upper_bound_constrain", &["r r"]),
    ("upper_bound_unconstrain", &["u g"]),
    ("variance", &["v3"]),
];

/// Functions whose value has no derivative: constants, integers, steps.
const DISCRETE: &[&str] = &[
    "ceil",
    "choose",
    "cols",
    "csr_extract_u",
    "csr_extract_v",
    "dims",
    "e",
    "floor",
    "identity_matrix",
    "int_divide",
    "int_step",
    "is_inf",
    "is_nan",
    "linspaced_int_array",
    "logical_and",
    "logical_eq",
    "logical_gt",
    "logical_gte",
    "logical_lt",
    "logical_lte",
    "logical_negation",
    "logical_neq",
    "logical_or",
    "machine_precision",
    "modulus",
    "negative_infinity",
    "not_a_number",
    "num_elements",
    "one_hot_array",
    "one_hot_int_array",
    "one_hot_row_vector",
    "one_hot_vector",
    "ones_array",
    "ones_int_array",
    "ones_row_vector",
    "ones_vector",
    "pi",
    "positive_infinity",
    "rank",
    "round",
    "rows",
    "size",
    "sort_indices_asc",
    "sort_indices_desc",
    "sqrt2",
    "step",
    "to_int",
    "trunc",
    "uniform_simplex",
    "zeros_array",
    "zeros_int_array",
    "zeros_row_vector",
    "zeros_vector",
];

/// Takes independent numbers one after the other.
struct Source<'a, T> {
    inputs: &'a [T],
    used: usize,
}

impl<T: Num> Source<'_, T> {
    fn next(&mut self) -> T {
        self.used += 1;
        self.inputs[self.used - 1]
    }

    fn many(&mut self, n: usize, f: impl Fn(T) -> T) -> Vec<T> {
        (0..n).map(|_| f(self.next())).collect()
    }

    fn matrix(&mut self, rows: usize, cols: usize) -> Matrix<T> {
        Matrix { rows, cols, data: self.many(rows * cols, |x| x) }
    }

    fn complex(&mut self, n: usize) -> Vec<Complex<T>> {
        (0..n).map(|_| Complex { re: self.next(), im: self.next() }).collect()
    }
}

fn constant<T: Num>(text: &str) -> Value<T> {
    super::literal::value(text).map(&mut T::from)
}

/// The argument a code stands for, of inputs in (-1, 1): `r` real, `n` in (-0.9, 0.9), `p` positive, `u` in (0, 1), `g` in (2, 4),
/// `w` in (-0.3, -0.05), `c` complex; `v3`, `rv3`, `m23`, `cv3`, `cm22` containers, `v3p` positive; `spd3`, `sym3`, `herm3`, `low3`
/// (lower triangular), `dd3` (dominant diagonal), `s3` simplex, `stoch3` rows of simplexes; `a2:x` array of two x; `=text` a constant.
fn argument<T: Num>(code: &str, source: &mut Source<T>) -> Value<T> {
    let t = |x: f64| T::from(x);
    let size = |prefix: &str| code[prefix.len()..].trim_end_matches('p').parse::<usize>().unwrap();
    let dims = |prefix: &str| {
        let digits: Vec<usize> = code[prefix.len()..].bytes().map(|b| (b - b'0') as usize).collect();
        (digits[0], digits[1])
    };
    let positive = |x: T| t(1.2) + x;
    let simplex = |source: &mut Source<T>, n: usize| {
        let weights = source.many(n, |x| x.exp());
        let total = weights.iter().fold(T::from(0.0), |a, &b| a + b);
        weights.into_iter().map(|w| w / total).collect::<Vec<T>>()
    };
    if let Some(text) = code.strip_prefix('=') {
        return constant(text);
    }
    if let Some(rest) = code.strip_prefix('a') {
        let (n, inner) = rest.split_once(':').unwrap();
        return Value::Array((0..n.parse::<usize>().unwrap()).map(|_| argument(inner, source)).collect());
    }
    match code {
        "r" => Value::Real(source.next() * t(1.7)),
        "n" => Value::Real(source.next() * t(0.9)),
        "p" => Value::Real(positive(source.next())),
        "u" => Value::Real(t(0.5) + source.next() * t(0.45)),
        "g" => Value::Real(t(3.0) + source.next()),
        "w" => Value::Real(t(-0.175) + source.next() * t(0.125)),
        "c" => Value::Complex(source.complex(1)[0]),
        _ if code.starts_with("stoch") => {
            let n = size("stoch");
            let rows: Vec<Vec<T>> = (0..n).map(|_| simplex(source, n)).collect();
            Value::Matrix(Matrix::from_fn(n, n, |i, j| rows[i][j]))
        }
        _ if code.starts_with("spd") => {
            let n = size("spd");
            let m = source.matrix(n, n);
            let dot = |i: usize, j: usize| (0..n).fold(t(0.0), |s, k| s + m.at(i, k) * m.at(j, k));
            Value::Matrix(Matrix::from_fn(n, n, |i, j| dot(i.min(j), i.max(j)) + t(if i == j { 1.0 } else { 0.0 })))
        }
        _ if code.starts_with("sym") => {
            let n = size("sym");
            let m = source.matrix(n, n);
            // Apart eigenvalues, so that the vectors are well determined.
            Value::Matrix(Matrix::from_fn(n, n, |i, j| {
                m.at(i.min(j), i.max(j)) + t(if i == j { 3.0 * i as f64 } else { 0.0 })
            }))
        }
        _ if code.starts_with("herm") => {
            let n = size("herm");
            let z = Matrix { rows: n, cols: n, data: source.complex(n * n) };
            Value::ComplexMatrix(Matrix::from_fn(n, n, |i, j| {
                let x = z.at(i.max(j), i.min(j));
                let im = if i == j { t(0.0) } else { x.im };
                let re = if i == j { x.re + t(3.0 * i as f64) } else { x.re };
                Complex { re, im: if i < j { -im } else { im } }
            }))
        }
        _ if code.starts_with("low") => {
            let n = size("low");
            let m = source.matrix(n, n);
            Value::Matrix(Matrix::from_fn(n, n, |i, j| match i.cmp(&j) {
                std::cmp::Ordering::Greater => m.at(i, j),
                std::cmp::Ordering::Equal => m.at(i, j) + t(2.0),
                std::cmp::Ordering::Less => t(0.0),
            }))
        }
        _ if code.starts_with("dd") => {
            let n = size("dd");
            let m = source.matrix(n, n);
            Value::Matrix(Matrix::from_fn(n, n, |i, j| m.at(i, j) + t(if i == j { 2.0 + 2.5 * i as f64 } else { 0.0 })))
        }
        _ if code.starts_with("crv") => Value::ComplexRowVector(source.complex(size("crv"))),
        _ if code.starts_with("cv") => Value::ComplexVector(source.complex(size("cv"))),
        _ if code.starts_with("cm") => {
            let (rows, cols) = dims("cm");
            let mut data = source.complex(rows * cols);
            for i in 0..rows.min(cols) {
                data[i * rows + i].re += t(2.0 + 2.0 * i as f64);
            }
            Value::ComplexMatrix(Matrix { rows, cols, data })
        }
        _ if code.starts_with("rv") => Value::RowVector(source.many(size("rv"), |x| x * t(1.5))),
        _ if code.starts_with('s') => Value::Vector(simplex(source, size("s"))),
        _ if code.starts_with('v') && code.ends_with('p') => Value::Vector(source.many(size("v"), positive)),
        _ if code.starts_with('v') => Value::Vector(source.many(size("v"), |x| x * t(1.5))),
        _ if code.starts_with('m') => {
            let (rows, cols) = dims("m");
            Value::Matrix(source.matrix(rows, cols))
        }
        _ => panic!("unknown argument {code:?}"),
    }
}

fn arguments<T: Num>(codes: &str, inputs: &[T]) -> (Vec<Value<T>>, usize) {
    let mut source = Source { inputs, used: 0 };
    let args = codes.split(' ').map(|code| argument(code, &mut source)).collect();
    (args, source.used)
}

fn outputs<T: Num>(name: &str, codes: &str, inputs: &[T]) -> Vec<T> {
    let (args, _) = arguments(codes, inputs);
    flatten(&functions::call(name, &args).unwrap_or_else(|e| panic!("{name}({codes}): {e}")))
}

/// Uniform numbers in (-1, 1).
pub fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// Forward against central differences (extrapolated), reverse against forward, along random directions.
fn check(name: &str, codes: &str, seed: u64) {
    let mut next = random(seed);
    let x: Vec<f64> = (0..64).map(|_| next()).collect();
    let n = arguments(codes, &x).1;
    let x = &x[..n];
    let direction: Vec<f64> = (0..n).map(|_| next()).collect();
    let value = outputs(name, codes, x);

    let moved = |h: f64| outputs(name, codes, &x.iter().zip(&direction).map(|(a, d)| a + h * d).collect::<Vec<_>>());
    let difference =
        |h: f64| -> Vec<f64> { moved(h).iter().zip(moved(-h)).map(|(a, b)| (a - b) / (2.0 * h)).collect() };
    let (coarse, fine) = (difference(2e-3), difference(1e-3));
    let duals: Vec<Dual<1>> = x.iter().zip(&direction).map(|(&value, &d)| Dual { value, d: [d] }).collect();
    let forward = outputs(name, codes, &duals);
    for (k, y) in forward.iter().enumerate() {
        let gap = (y.value - value[k]).abs();
        assert!(
            gap <= 1e-12 * value[k].abs().max(1.0),
            "{name}({codes})[{k}]: value {} over duals, {}",
            y.value,
            value[k]
        );
        let expected = (4.0 * fine[k] - coarse[k]) / 3.0;
        let tolerance = 2e-6 * expected.abs().max(y.d[0].abs()).max(1.0);
        assert!((y.d[0] - expected).abs() <= tolerance, "{name}({codes})[{k}] at {x:?}: {} not {expected}", y.d[0]);
    }

    let tape = Tape::new();
    let vars: Vec<Var> = x.iter().map(|&v| tape.input(v)).collect();
    let recorded = outputs(name, codes, &vars);
    let seeds: Vec<(Var, f64)> = recorded.iter().map(|&y| (y, next())).collect();
    let adjoints = tape.reverse(&seeds);
    let reverse: f64 = vars.iter().zip(&direction).map(|(&v, d)| adjoints.of(v) * d).sum();
    let expected: f64 = seeds.iter().zip(&forward).map(|((_, w), y)| w * y.d[0]).sum();
    let scale: f64 = seeds.iter().zip(&forward).map(|((_, w), y)| (w * y.d[0]).abs()).sum();
    assert!(
        (reverse - expected).abs() <= 1e-10 * scale.max(1.0),
        "{name}({codes}): reverse {reverse}, forward {expected}"
    );
}

#[test]
fn every_function() {
    let mut failures = Vec::new();
    for name in functions::names() {
        let row = TABLE.iter().find(|(n, _)| *n == name);
        assert!(row.is_some() != DISCRETE.contains(&name), "{name} must be in one of the tables");
        for codes in row.map_or(&[][..], |r| r.1) {
            for seed in 1..=4 {
                let outcome = std::panic::catch_unwind(|| check(name, codes, seed * 7919 + name.len() as u64));
                if let Err(cause) = outcome {
                    failures
                        .push(cause.downcast_ref::<String>().cloned().unwrap_or_else(|| format!("{name}({codes})")));
                    break;
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// What is determined up to a phase only is checked by its equations: the factors multiply to the argument and stay
/// orthonormal (or of length 1) to first order, in forward mode.
#[test]
fn decompositions_up_to_phase() {
    type D = Dual<1>;
    let times = |a: &Value<D>, b: &Value<D>| functions::operator(Operator::Times, &[a, b]).unwrap();
    let call = |name: &str, a: &Value<D>| functions::call(name, std::slice::from_ref(a)).unwrap();
    let adjoint = |a: &Value<D>| call("conj", &call("transpose", a));
    let same = |what: &str, a: &Value<D>, b: &Value<D>| {
        for (x, y) in flatten(a).into_iter().zip(flatten(b)) {
            assert!((x.value - y.value).abs() < 1e-11, "{what}: value {} not {}", x.value, y.value);
            assert!((x.d[0] - y.d[0]).abs() < 1e-9, "{what}: derivative {} not {}", x.d[0], y.d[0]);
        }
    };
    let parts = |name: &str, a: &Value<D>| match call(name, a) {
        Value::Tuple(parts) => parts,
        other => panic!("{other:?}"),
    };
    for (seed, code) in [(1, "dd3"), (2, "m33"), (3, "cm22"), (4, "cm33"), (5, "m44")] {
        let mut next = random(seed);
        let inputs: Vec<D> = (0..64).map(|_| Dual { value: next(), d: [next()] }).collect();
        let a = arguments(code, &inputs).0.remove(0);
        let complex = call("conj", &call("conj", &a));

        let p = parts("eigendecompose", &a);
        same("eigen", &times(&p[0], &call("diag_matrix", &p[1])), &times(&complex, &p[0]));
        let lengths = call("columns_dot_self", &p[0]);
        for length in flatten(&lengths).chunks(2) {
            assert!((length[0].value - 1.0).abs() < 1e-12 && length[0].d[0].abs() < 1e-10, "{lengths:?}");
        }

        let p = parts("complex_schur_decompose", &a);
        let product = times(&times(&p[0], &p[1]), &adjoint(&p[0]));
        same("schur", &product, &complex);
        let identity = times(&p[0], &adjoint(&p[0]));
        for (k, x) in flatten(&identity).into_iter().enumerate() {
            assert!(x.d[0].abs() < 1e-10, "unitary factor, entry {k}: {}", x.d[0]);
        }

        let p = parts("svd", &a);
        let s = call("conj", &call("diag_matrix", &p[1]));
        same("svd", &times(&times(&p[0], &s), &adjoint(&p[2])), &complex);
    }
    for (seed, code) in [(6, "herm2"), (7, "herm3")] {
        let mut next = random(seed);
        let inputs: Vec<D> = (0..64).map(|_| Dual { value: next(), d: [next()] }).collect();
        let a = arguments(code, &inputs).0.remove(0);
        let p = parts("eigendecompose_sym", &a);
        same("hermitian", &times(&p[0], &call("diag_matrix", &p[1])), &times(&a, &p[0]));
        let identity = times(&p[0], &adjoint(&p[0]));
        assert!(flatten(&identity).iter().all(|x| x.d[0].abs() < 1e-10));
    }
}
