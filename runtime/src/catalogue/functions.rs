//! Every function that is no distribution, with its signatures, in the notation of [the catalogue](super).
//!
//! One line a function, or a line for several functions with the same signatures. `@name` stands for the text of that
//! rule in [`RULES`]. Names and signatures are those of Stan's function reference.

/// Signatures that many functions share.
pub(super) const RULES: &[(&str, &str)] = &[
    // One argument of any shape, element by element.
    ("elementwise", "array{n} T => array{n} reals(T) for T in real_kinds"),
    ("elementwise_complex", "array{n} T => array{n} reals(T) for T in real_kinds; complex => complex"),
    // Two arguments of the same shape, or a container and a scalar, element by element.
    (
        "binary",
        "scalars, scalars => real; array{n} V, array{n} V => array{n} reals(V) for V in containers_or_ints; \
         array{n} V, scalars => array{n} reals(V) for V in containers_or_ints; \
         scalars, array{n} V => array{n} reals(V) for V in containers_or_ints",
    ),
    (
        "binary_real",
        "real, real => real; array{n} V, array{n} V => array{n} V for V in containers; \
         array{n} V, real => array{n} V for V in containers; real, array{n} V => array{n} V for V in containers",
    ),
    // An order, which is an integer or a container of them, and a real argument.
    (
        "int_real",
        "int, array{n} V => array{n} V for V in containers; \
         array{n+1} int, array{n} V => array{n} V for V in array[] real or vector or row_vector; \
         array{n+2} int, array{n} matrix => array{n} matrix; array{n} int, real => array{n} real",
    ),
    (
        "real_int",
        "array{n} V, int => array{n} V for V in containers; \
         array{n} V, array{n+1} int => array{n} V for V in array[] real or vector or row_vector; \
         array{n} matrix, array{n+2} int => array{n} matrix; real, array{n} int => array{n} real",
    ),
    (
        "int_int",
        "array{n} int, int => array{n} int; int, array{n} int => array{n} int for n in 1..7; \
         array{n} int, array{n} int => array{n} int for n in 1..7",
    ),
    // Sums, differences, elementwise products and ratios; a scalar meets every element.
    (
        "arithmetic",
        "T, T => T for T in any; real, V => V for V in vector or row_vector or matrix also complex; \
         V, real => V for V in vector or row_vector or matrix also complex",
    ),
    ("comparison", "scalars, scalars => int"),
    // A value to transform and a bound (or location, scale): of its shape, or a scalar.
    (
        "one_bound",
        "real, real => real; array{n} V, real => array{n} V for V in containers; array{n} V, array{n} V => array{n} V for V in containers",
    ),
    (
        "two_bounds",
        "real, real, real => real; array{n} V, real, real => array{n} V for V in containers; \
         array{n} V, real, array{n} V => array{n} V for V in containers; \
         array{n} V, array{n} V, real => array{n} V for V in containers; \
         array{n} V, array{n} V, array{n} V => array{n} V for V in containers",
    ),
    (
        "stationary_kernel",
        "array[] real, real, real => matrix; array[] real, array[] real, real, real => matrix; \
      array[] vector, real, real or array[] real => matrix; array[] vector, array[] vector, real, real or array[] real => matrix",
    ),
    ("algebraic_system", "function(vector, vector, data array[] real, data array[] int -> vector)"),
    ("integrand", "function(real, real, array[] real, data array[] real, data array[] int -> real)"),
    ("old_ode", "function(real, array[] real, array[] real, data array[] real, data array[] int -> array[] real)"),
];

/// Names (separated by spaces) and their signatures.
pub(super) const FUNCTIONS: &[(&str, &str)] = &[
    // Constants
    ("e machine_precision negative_infinity not_a_number pi positive_infinity sqrt2", "() => real"),
    // Elementwise functions of one argument
    (
        "Phi Phi_approx cbrt ceil digamma erf erfc exp2 expm1 floor inv inv_Phi inv_cloglog inv_erfc inv_logit inv_sqrt \
         inv_square lambert_w0 lambert_wm1 lgamma log1m log1m_exp log1m_inv_logit log1p log1p_exp log_inv_logit logit \
         round square std_normal_log_qf std_normal_qf tgamma trigamma trunc",
        "@elementwise",
    ),
    ("acos acosh asin asinh atan atanh cos cosh exp log sin sinh sqrt tan tanh", "@elementwise_complex"),
    ("log10", "() => real; @elementwise_complex"),
    ("log2", "() => real; @elementwise"),
    ("abs", "array{n} T => array{n} T for T in real_kinds; array{n} T => array{n} parts(T) for T in complex_kinds"),
    ("minus", "array{n} T => array{n} T for T in any"),
    ("plus", "T => T for T in real_kinds or complex"),
    ("logical_negation", "int => int"),
    ("step", "real => real"),
    ("int_step", "scalars => int"),
    ("is_inf is_nan", "real => int"),
    ("to_int", "data array{n} T => array{n} int for T in int or real"),
    // Functions of two scalars, elementwise
    (
        "atan2 beta fdim fmax fmin fmod hypot lbeta lchoose lmultiply log_diff_exp log_falling_factorial \
         log_inv_logit_diff log_modified_bessel_first_kind log_rising_factorial",
        "@binary",
    ),
    ("gamma_p gamma_q owens_t", "@binary_real"),
    (
        "bessel_first_kind bessel_second_kind binary_log_loss lmgamma modified_bessel_first_kind \
         modified_bessel_second_kind",
        "@int_real",
    ),
    ("ldexp", "@real_int"),
    ("choose", "@int_int"),
    ("falling_factorial rising_factorial", "@int_int; @real_int"),
    (
        "pow",
        "@binary; complex, complex => complex; array{n} V, array{n} V => array{n} V for V in complex_containers; \
         array{n} V, complex => array{n} V for V in complex_containers; \
         complex, array{n} V => array{n} V for V in complex_containers",
    ),
    // Functions of three and more scalars
    (
        "fma",
        "real, real, real => real; real, real, V => V for V in vector or row_vector or matrix; \
         real, V, real or V => V for V in vector or row_vector or matrix; \
         V, real or V, real or V => V for V in vector or row_vector or matrix",
    ),
    ("log_mix", "real, real, real => real; reals1, reals1 or array[] vector or array[] row_vector => real"),
    ("inc_beta inv_inc_beta", "real, real, real => real"),
    ("hypergeometric_1F0", "real, real => real"),
    ("hypergeometric_2F1", "real, real, real, real => real"),
    (
        "hypergeometric_3F2 hypergeometric_pFq",
        "vector or row_vector or array[] real, vector or row_vector or array[] real, real => real",
    ),
    ("student_t_qf", "reals, reals, reals, reals => broadcast vector"),
    (
        "wiener_lcdf_unnorm wiener_lccdf_unnorm",
        "T, T, T, T, T => real for T in real or vector; T, T, T, T, T, data real => real for T in real or vector; \
         T, T, T, T, T, T, T, T => real for T in real or vector; \
         T, T, T, T, T, T, T, T, data real => real for T in real or vector",
    ),
    // Operators (also as functions)
    ("add subtract elt_multiply elt_divide", "@arithmetic"),
    (
        "multiply",
        "int, int => int; T, T => T for T in real or matrix also complex; real, V => V for V in vector or row_vector or matrix also complex; \
         V, real => V for V in vector or row_vector or matrix also complex; vector, row_vector => matrix also complex; \
         row_vector, vector => real also complex; row_vector, matrix => row_vector also complex; matrix, vector => vector also complex",
    ),
    (
        "divide",
        "int, int => int; real, real => real also complex; real, V => V for V in vector or row_vector or matrix also complex; \
         V, real => V for V in vector or row_vector or matrix also complex",
    ),
    ("modulus logical_and logical_or", "int, int => int"),
    ("logical_eq logical_neq", "@comparison; complex, real or complex => int"),
    ("logical_gt logical_gte logical_lt logical_lte", "@comparison"),
    (
        "transpose",
        "vector => row_vector also complex; row_vector => vector also complex; matrix => matrix also complex",
    ),
    // Complex numbers
    ("arg norm", "complex => real"),
    ("proj", "complex => complex"),
    ("conj", "array{n} T => array{n} T for T in complex_kinds"),
    ("get_real get_imag", "array{n} T => array{n} parts(T) for T in complex_kinds"),
    ("polar", "real, real => complex"),
    (
        "to_complex",
        "() => complex; real => complex; real, real => complex; \
         array{n} V, array{n} V => array{n} complex(V) for V in containers; \
         array{n} V, real => array{n} complex(V) for V in containers; \
         real, array{n} V => array{n} complex(V) for V in containers",
    ),
    ("fft inv_fft", "complex_vector => complex_vector"),
    ("fft2 inv_fft2", "complex_matrix => complex_matrix"),
    // Sizes
    ("size", "array{n} T => int for T in any"),
    (
        "dims",
        "int or real or complex or vector or row_vector or matrix => array[] int; \
         array{n} T => array[] int for T in any, n in 1..8",
    ),
    ("num_elements", "vector or row_vector or matrix => int also complex; array{n} T => int for T in any, n in 1..9"),
    ("rows cols", "vector or row_vector or matrix => int also complex"),
    // Reductions
    ("sum prod", "array[] int => int; array[] real or vector or row_vector or matrix => real also complex"),
    ("min max", "int, int => int; array[] int => int; array[] real or vector or row_vector or matrix => real"),
    ("mean sd variance", "array[] real or vector or row_vector or matrix => real"),
    ("norm1 norm2", "array[] real or vector or row_vector => real"),
    ("log_sum_exp", "@binary; array[] real or vector or row_vector or matrix => real"),
    (
        "quantile",
        "data vector or row_vector or array[] real, data real => real; \
      data vector or row_vector or array[] real, data array[] real => array[] real",
    ),
    ("rank", "reals1 or array[] int, int => int"),
    // Containers made from numbers
    ("rep_vector", "real, int => vector also complex"),
    ("rep_row_vector", "real, int => row_vector also complex"),
    ("rep_matrix", "real, int, int => matrix also complex; vector or row_vector, int => matrix also complex"),
    (
        "rep_array",
        "array{n} T, int => array{n+1} T for T in any, n in 0..2; array{n} T, int, int => array{n+2} T for T in any, n in 0..2; \
         array{n} T, int, int, int => array{n+3} T for T in any, n in 0..2",
    ),
    ("ones_vector zeros_vector uniform_simplex", "int => vector"),
    ("ones_row_vector zeros_row_vector", "int => row_vector"),
    ("ones_array zeros_array", "int => array[] real"),
    ("ones_int_array zeros_int_array", "int => array[] int"),
    ("one_hot_vector", "int, int => vector"),
    ("one_hot_row_vector", "int, int => row_vector"),
    ("one_hot_array", "int, int => array[] real"),
    ("one_hot_int_array", "int, int => array[] int"),
    ("linspaced_vector", "data int, data real, data real => vector"),
    ("linspaced_row_vector", "data int, data real, data real => row_vector"),
    ("linspaced_array", "data int, data real, data real => array[] real"),
    ("linspaced_int_array", "data int, data int, data int => array[] int"),
    ("identity_matrix", "int => matrix"),
    ("diag_matrix", "vector => matrix also complex"),
    // Parts, rearrangements, conversions
    (
        "append_row",
        "real, vector => vector also complex; vector, real or vector => vector also complex; \
         row_vector or matrix, row_vector or matrix => matrix also complex",
    ),
    (
        "append_col",
        "real, row_vector => row_vector also complex; row_vector, real or row_vector => row_vector also complex; \
         vector or matrix, vector or matrix => matrix also complex",
    ),
    ("append_array", "array{n} T, array{n} T => array{n} T for T in any, n in 1..7"),
    (
        "head tail",
        "V, int => V for V in vector or row_vector also complex; array{n} T, int => array{n} T for T in any, n in 1..3",
    ),
    (
        "segment",
        "V, int, int => V for V in vector or row_vector also complex; array{n} T, int, int => array{n} T for T in any, n in 1..3",
    ),
    ("reverse", "V => V for V in vector or row_vector also complex; array{n} T => array{n} T for T in any, n in 1..7"),
    ("sort_asc sort_desc", "T => T for T in reals1 or array[] int"),
    ("sort_indices_asc sort_indices_desc", "reals1 or array[] int => array[] int"),
    ("cumulative_sum", "array[] int => array[] int; V => V for V in array[] real or vector or row_vector also complex"),
    ("row", "matrix, int => row_vector also complex"),
    ("col", "matrix, int => vector also complex"),
    ("sub_row", "matrix, int, int, int => row_vector also complex"),
    ("sub_col", "matrix, int, int, int => vector also complex"),
    ("block", "matrix, int, int, int, int => matrix also complex"),
    ("diagonal", "matrix => vector also complex"),
    ("to_vector", "array[] int => vector; array[] real or vector or row_vector or matrix => vector also complex"),
    (
        "to_row_vector",
        "array[] int => row_vector; array[] real or vector or row_vector or matrix => row_vector also complex",
    ),
    (
        "to_matrix",
        "vector or row_vector or matrix or array[] row_vector or array[,] real => matrix also complex; array[,] int => matrix; \
         array[] int, int, int => matrix; vector or row_vector or matrix or array[] real, int, int => matrix also complex; \
         array[] int, int, int, int => matrix; vector or row_vector or matrix or array[] real, int, int, int => matrix also complex",
    ),
    (
        "to_array_1d",
        "vector or row_vector or matrix => array[] real also complex; \
         array{n} T => array[] T for T in int or real, n in 1..9",
    ),
    ("to_array_2d", "matrix => array[,] real also complex"),
    // Products
    (
        "dot_product",
        "vector or row_vector, vector or row_vector => real also complex; array[] real, array[] real => real also complex",
    ),
    ("dot_self", "vector or row_vector => real also complex"),
    ("columns_dot_product", "T, T => row_vector for T in vector or row_vector or matrix also complex"),
    ("rows_dot_product", "T, T => vector for T in vector or row_vector or matrix also complex"),
    ("columns_dot_self", "vector or row_vector or matrix => row_vector also complex"),
    ("rows_dot_self", "vector or row_vector or matrix => vector also complex"),
    ("squared_distance", "real, real => real; vector or row_vector, vector or row_vector => real"),
    ("distance", "vector or row_vector, vector or row_vector => real"),
    ("diag_pre_multiply", "vector or row_vector, matrix => matrix also complex"),
    ("diag_post_multiply", "matrix, vector or row_vector => matrix also complex"),
    ("add_diag", "matrix, real or vector or row_vector => matrix also complex"),
    ("crossprod tcrossprod multiply_lower_tri_self_transpose", "matrix => matrix"),
    ("quad_form quad_form_sym", "matrix, vector => real; matrix, matrix => matrix"),
    ("quad_form_diag", "matrix, vector or row_vector => matrix"),
    ("trace", "matrix => real also complex"),
    ("trace_dot", "matrix, matrix => real"),
    ("trace_quad_form", "matrix, vector or matrix => real"),
    ("trace_gen_quad_form", "matrix, matrix, matrix => real"),
    ("matrix_exp_multiply", "matrix, matrix => matrix"),
    ("scale_matrix_exp_multiply", "real, matrix, matrix => matrix"),
    ("matrix_power", "matrix, int => matrix"),
    // Linear systems and decompositions
    ("mdivide_left mdivide_left_spd mdivide_left_tri_low", "matrix, V => V for V in vector or matrix"),
    ("mdivide_right", "V, matrix => V for V in row_vector or matrix also complex"),
    ("mdivide_right_spd mdivide_right_tri_low", "V, matrix => V for V in row_vector or matrix"),
    ("determinant log_determinant log_determinant_spd", "matrix => real"),
    ("chol2inv cholesky_decompose generalized_inverse inverse inverse_spd matrix_exp", "matrix => matrix"),
    ("symmetrize_from_lower_tri", "matrix => matrix also complex"),
    ("qr_Q qr_R qr_thin_Q qr_thin_R", "matrix => matrix"),
    ("qr qr_thin", "matrix => tuple(matrix, matrix)"),
    ("svd_U svd_V", "matrix => matrix also complex"),
    ("svd", "M => tuple(M, vector, M) for M in matrix or complex_matrix"),
    ("singular_values", "matrix or complex_matrix => vector"),
    ("eigenvalues_sym", "matrix => vector also complex"),
    ("eigenvectors_sym", "matrix => matrix also complex"),
    ("eigendecompose_sym", "matrix => tuple(matrix, vector) also complex"),
    ("eigenvalues", "matrix or complex_matrix => complex_vector"),
    ("eigenvectors complex_schur_decompose_t complex_schur_decompose_u", "matrix or complex_matrix => complex_matrix"),
    ("eigendecompose", "matrix or complex_matrix => tuple(complex_matrix, complex_vector)"),
    ("complex_schur_decompose", "matrix or complex_matrix => tuple(complex_matrix, complex_matrix)"),
    ("softmax log_softmax", "T => T for T in vectors"),
    // Sparse matrices
    ("csr_extract", "matrix => tuple(vector, array[] int, array[] int)"),
    ("csr_extract_u csr_extract_v", "matrix => array[] int"),
    ("csr_extract_w", "matrix => vector"),
    ("csr_matrix_times_vector", "int, int, vector, array[] int, array[] int, vector => vector"),
    ("csr_to_dense_matrix", "int, int, vector, array[] int, array[] int => matrix"),
    // Covariance functions
    ("gp_exp_quad_cov gp_exponential_cov gp_matern32_cov gp_matern52_cov", "@stationary_kernel"),
    (
        "gp_dot_prod_cov",
        "T, real => matrix for T in array[] real or array[] vector; T, T, real => matrix for T in array[] real or array[] vector",
    ),
    (
        "gp_periodic_cov",
        "T, real, real, real => matrix for T in array[] real or array[] vector; \
         T, T, real, real, real => matrix for T in array[] real or array[] vector",
    ),
    // Hidden Markov models
    ("hmm_marginal", "matrix, matrix, vector => real"),
    ("hmm_hidden_state_prob", "data matrix, data matrix, data vector => matrix"),
    // Constraint transforms: from the unconstrained space, with and without the Jacobian, and back
    (
        "lower_bound_constrain lower_bound_jacobian lower_bound_unconstrain \
         upper_bound_constrain upper_bound_jacobian upper_bound_unconstrain",
        "@one_bound",
    ),
    (
        "lower_upper_bound_constrain lower_upper_bound_jacobian lower_upper_bound_unconstrain \
         offset_multiplier_constrain offset_multiplier_jacobian offset_multiplier_unconstrain",
        "@two_bounds",
    ),
    (
        "ordered_constrain ordered_jacobian ordered_unconstrain positive_ordered_constrain positive_ordered_jacobian \
         positive_ordered_unconstrain simplex_constrain simplex_jacobian simplex_unconstrain unit_vector_constrain \
         unit_vector_jacobian unit_vector_unconstrain",
        "array{n} vector => array{n} vector",
    ),
    (
        "sum_to_zero_constrain sum_to_zero_jacobian sum_to_zero_unconstrain",
        "array{n} T => array{n} T for T in vector or matrix",
    ),
    (
        "stochastic_column_constrain stochastic_column_jacobian stochastic_column_unconstrain stochastic_row_constrain \
         stochastic_row_jacobian stochastic_row_unconstrain",
        "array{n} matrix => array{n} matrix",
    ),
    (
        "corr_matrix_constrain corr_matrix_jacobian cov_matrix_constrain cov_matrix_jacobian \
         cholesky_factor_corr_constrain cholesky_factor_corr_jacobian",
        "array{n} vector, int => array{n} matrix",
    ),
    ("cholesky_factor_cov_constrain cholesky_factor_cov_jacobian", "array{n} vector, int, int => array{n} matrix"),
    (
        "corr_matrix_unconstrain cov_matrix_unconstrain cholesky_factor_corr_unconstrain cholesky_factor_cov_unconstrain",
        "array{n} matrix => array{n} vector",
    ),
    // Solvers with a fixed interface
    (
        "algebra_solver algebra_solver_newton",
        "@algebraic_system, vector, vector, data array[] real, data array[] int => vector; \
         @algebraic_system, vector, vector, data array[] real, data array[] int, data real, data real, data real => vector",
    ),
    (
        "integrate_1d",
        "@integrand, real, real, array[] real, data array[] real, data array[] int => real; \
         @integrand, real, real, array[] real, data array[] real, data array[] int, data real => real",
    ),
    (
        "integrate_ode",
        "@old_ode, array[] real, real, array[] real, array[] real, data array[] real, data array[] int => array[,] real",
    ),
    (
        "integrate_ode_adams integrate_ode_bdf integrate_ode_rk45",
        "@old_ode, array[] real, real, array[] real, array[] real, data array[] real, data array[] int => array[,] real; \
         @old_ode, array[] real, real, array[] real, array[] real, data array[] real, data array[] int, data real, data real, \
         data real => array[,] real",
    ),
    ("map_rect", "@algebraic_system, vector, array[] vector, data array[,] real, data array[,] int => vector"),
    ("generate_laplace_options", "int or vector => tuple(vector, real, int, int, int, int)"),
];

/// Functions that take a function and whatever further arguments that function wants, in this notation: what the function
/// takes first and returns, the arguments that always follow it, and the result; both `...` are the same arguments.
pub(super) const VARIADIC: &[(&str, &str)] = &[
    (
        "ode_rk45 ode_bdf ode_adams ode_ckrk",
        "function(real, vector, ... -> vector), vector, real, array[] real, ... => array[] vector",
    ),
    (
        "ode_rk45_tol ode_bdf_tol ode_adams_tol ode_ckrk_tol",
        "function(real, vector, ... -> vector), vector, real, array[] real, data real, data real, data int, ... => array[] vector",
    ),
    (
        "ode_adjoint_tol_ctl",
        "function(real, vector, ... -> vector), vector, real, array[] real, data real, data vector, data real, data vector, \
         data real, data real, data int, data int, data int, data int, data int, ... => array[] vector",
    ),
    (
        "dae",
        "function(real, vector, vector, ... -> vector), vector, vector, data real, data array[] real, ... => array[] vector",
    ),
    (
        "dae_tol",
        "function(real, vector, vector, ... -> vector), vector, vector, data real, data array[] real, data real, data real, \
         data int, ... => array[] vector",
    ),
    ("solve_newton solve_powell", "function(vector, ... -> vector), vector, ... => vector"),
    (
        "solve_newton_tol solve_powell_tol",
        "function(vector, ... -> vector), vector, data real, data real, data int, ... => vector",
    ),
    (
        "integrate_1d_gauss_kronrod integrate_1d_double_exponential",
        "function(real, real, ... -> real), real, real, ... => real",
    ),
    (
        "integrate_1d_gauss_kronrod_tol integrate_1d_double_exponential_tol",
        "function(real, real, ... -> real), real, real, data real, data real, data int, ... => real",
    ),
];
