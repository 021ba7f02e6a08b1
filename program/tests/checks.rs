//! What the checker says of small programs: codes, places, hints, and the typed program.

use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use ppl_program::typed::{Callee, ExprKind, Form, Level, Operator, Program, StatementKind, Type};
use ppl_program::{Checked, check};

fn run(text: &str) -> Result<Checked, Vec<Diagnostic>> {
    let source = SourceMap::from_text("test.stan", text);
    let parsed = parse(&source);
    assert!(parsed.is_ok(), "syntax: {:?}", parsed.diagnostics);
    check(&parsed.program)
}

fn accepted(text: &str) -> Checked {
    run(text).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// Codes and the text that each error points at.
fn errors(text: &str) -> Vec<(&'static str, String)> {
    let diagnostics = run(text).expect_err("should be refused");
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    errors.map(|d| (d.code, text[d.span.range()].to_string())).collect()
}

fn hints(text: &str) -> Vec<String> {
    run(text).expect_err("should be refused").into_iter().filter_map(|d| d.hint).collect()
}

fn warnings(text: &str) -> Vec<&'static str> {
    accepted(text).warnings.iter().map(|warning| warning.code).collect()
}

fn model(body: &str) -> String {
    format!(
        "data {{ int N; vector[N] y; array[N] int k; }} parameters {{ real mu; real<lower=0> sigma; }} model {{ {body} }}"
    )
}

fn level(program: &Program, name: &str) -> Level {
    program.variables.iter().find(|variable| variable.name == name).expect(name).level
}

#[test]
fn several_errors_in_one_run() {
    let found = errors(&model("y ~ normal(mu, sgima); real z = nope + 1; k ~ poisson(z); int j = 1.5; z += j;"));
    let codes: Vec<&str> = found.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["E0201", "E0201", "E0301"]);
    assert_eq!(found[0].1, "sgima");
    assert_eq!(found[1].1, "nope");
}

#[test]
fn suggestions() {
    assert!(hints(&model("y ~ normal(mu, sgima);"))[0].contains("`sigma`"));
    assert!(hints(&model("y ~ norml(mu, sigma);"))[0].contains("`normal`"));
    assert!(hints(&model("target += lgama(mu);"))[0].contains("`lgamma`"));
    assert!(hints(&model("target += normal(mu, 0, 1);"))[0].contains("`normal_lpdf`"));
    assert!(hints(&model("target += poisson_lpdf(k | sigma);"))[0].contains("`poisson_lpmf`"));
    assert!(hints(&model("target += y * y;"))[0].contains(".*"));
}

#[test]
fn one_mistake_is_told_once() {
    assert_eq!(errors("functions { real f(int n); int f(int n) { return 1; } }").len(), 1);
    assert_eq!(errors("functions { real f(int n) { break; } }").len(), 1);
    assert_eq!(errors("parameters { real a_lupdf; } model { target += a_lupdf; }").len(), 1);
    assert_eq!(errors("data { vector[n] y; } model { target += sum(y); }").len(), 1);
    assert_eq!(errors(&model("real a = unknown(mu) + 1; target += a;")).len(), 1);
}

#[test]
fn deep_programs() {
    let nested = |before: &str, inner: &str, after: &str| {
        let depth = 450;
        model(&format!("{}{inner}{}", before.repeat(depth), after.repeat(depth)))
    };
    accepted(&nested("{ ", "real a;", "}"));
    accepted(&nested("if (N > 1) ", ";", ""));
    accepted(&model(&format!("real a = {}1{};", "(".repeat(450), ")".repeat(450))));
    accepted(&model(&format!("real a = 1{};", " + mu".repeat(450))));
    accepted(&model(&format!("real a = {}mu;", "-".repeat(450))));
    // Integers that depend on each other backwards.
    let chain: String = (1..400).map(|i| format!("n{i} = n{}; ", i + 1)).collect();
    let declared: String = (1..=400).map(|i| format!("int n{i} = 0; ")).collect();
    let program = accepted(&model(&format!("{declared} while (1) {{ {chain} n400 = mu > 0; break; }}"))).program;
    assert_eq!(level(&program, "n1"), Level::Parameter);
}

#[test]
fn names_of_the_past() {
    assert!(hints(&model("target += multiply_log(mu, 2);"))[0].contains("lmultiply"));
    assert!(hints(&model("target += normal_log(mu, 0, 1);"))[0].contains("normal_lpdf"));
    assert!(hints(&model("target += normal_cdf_log(mu, 0, 1);"))[0].contains("normal_lcdf"));
}

#[test]
fn names() {
    assert_eq!(errors("data { real x; real x; }"), [("E0202", "x".to_string())]);
    assert_eq!(errors("data { real x__; }")[0].0, "E0203");
    assert_eq!(errors(&model("for (mu in 1:N) {}"))[0].0, "E0202");
    assert_eq!(errors(&model("real q = mu(1);"))[0].0, "E0204");
    assert_eq!(errors(&model("{ real a; } a = 1;"))[0].0, "E0201");
    // A variable may hide a function of the library.
    accepted("parameters { real beta; } model { beta ~ normal(0, 1); target += beta(1, 2) * beta; }");
}

#[test]
fn types() {
    assert_eq!(errors(&model("int i = mu;"))[0].0, "E0301");
    assert_eq!(errors(&model("vector[N] v = y';"))[0].0, "E0301");
    assert_eq!(errors(&model("target += y[1.5];"))[0], ("E0305", "1.5".to_string()));
    assert_eq!(errors(&model("target += y[1, 2];"))[0].0, "E0305");
    assert_eq!(errors(&model("if (mu) {}"))[0], ("E0306", "mu".to_string()));
    assert_eq!(errors(&model("target += mu > 0 ? y : k;"))[0].0, "E0312");
    assert_eq!(errors(&model("target += sum({y, k});"))[0], ("E0308", "k".to_string()));
    assert_eq!(errors(&model("int big = 2147483648;"))[0].0, "E0311");
    assert_eq!(errors("data { int<lower=0.5> n; }")[0].0, "E0313");
    assert_eq!(errors(&model("tuple(int, real) t = (1, 2.0); target += t.3;"))[0].0, "E0309");
}

#[test]
fn blocks_and_levels() {
    assert_eq!(errors("parameters { int n; } model {}")[0].0, "E0405");
    assert_eq!(errors("parameters { real a; array[3] int n; } model {}")[0].0, "E0405");
    assert_eq!(errors("parameters { real a; } transformed parameters { vector[to_int(a)] b; }")[0].0, "E0404");
    assert_eq!(errors("transformed data { target += 1; }")[0].0, "E0401");
    assert_eq!(errors(&model("jacobian += 1;"))[0].0, "E0402");
    assert_eq!(errors(&model("mu = 1;"))[0], ("E0406", "mu".to_string()));
    assert_eq!(errors(&model("for (i in 1:N) { i = 2; }"))[0].0, "E0406");
    assert_eq!(errors(&model("real r = normal_rng(0, 1);"))[0].0, "E0403");
    assert_eq!(errors(&model("break;"))[0].0, "E0407");
    assert_eq!(errors("generated quantities { real x = normal_lupdf(1 | 0, 1); }")[0].0, "E0410");
    assert_eq!(errors(&model("target += quantile(y * mu, 0.5);"))[0].0, "E0303");
    accepted(&model("target += quantile(y, 0.5);"));
}

#[test]
fn functions() {
    let f = |body: &str| format!("functions {{ {body} }}");
    assert_eq!(errors(&f("real f(real x) { if (x > 0) return 1; }"))[0].0, "E0501");
    accepted(&f("real f(real x) { if (x > 0) return 1; else reject(\"no\"); }"));
    accepted(&f("real f(real x) { while (1) { if (x > 0) return 1; } }"));
    assert_eq!(errors(&f("real f(real x) { return 1; } real f(real y) { return 2; }"))[0].0, "E0502");
    accepted(&f("real f(real x) { return 1; } real f(int x) { return 2; }"));
    assert_eq!(errors(&f("real f(real x);"))[0].0, "E0503");
    assert_eq!(errors(&f("real f_lpdf(int x) { return 1; }"))[0].0, "E0504");
    assert_eq!(errors(&f("int f_lpmf(int x) { return 1; }"))[0].0, "E0505");
    assert_eq!(errors(&f("void f(real x) { return 1; }"))[0].0, "E0310");
    assert_eq!(errors(&f("real normal_lpdf(real x, real m, real s) { return 1; }"))[0].0, "E0502");
    assert_eq!(errors(&f("real f(real x, real x) { return 1; }"))[0].0, "E0205");
    assert_eq!(errors(&f("real f(real x) { return 1; } void g() { f(1); }"))[0].0, "E0510");
    assert_eq!(errors(&f("void f(real x) { } real g() { return f(1); }"))[0].0, "E0509");
    // Two promotions of equal cost.
    let two = "real f(int a, real b) { return 1; } real f(real a, int b) { return 1; } real g() { return f(1, 1); }";
    assert_eq!(errors(&f(two))[0].0, "E0304");
    // Recursion, and use before definition.
    accepted(&f(
        "int even(int n) { return n == 0 ? 1 : odd(n - 1); } int odd(int n) { return n == 0 ? 0 : even(n - 1); }",
    ));
}

#[test]
fn passing_functions() {
    let program = |call: &str| {
        format!(
            "functions {{ vector rhs(real t, vector y, real a, data int n) {{ return -a * y; }} \
             real part(array[] real s, int a, int b, real m) {{ return sum(s) * m; }} }} \
             data {{ vector[2] y0; array[3] real ts; array[4] real xs; int n; }} parameters {{ real a; }} \
             model {{ {call} }}"
        )
    };
    accepted(&program("array[3] vector[2] y = ode_rk45(rhs, y0, 0, ts, a, n);"));
    accepted(&program("target += reduce_sum(part, xs, 1, a);"));
    assert_eq!(errors(&program("array[3] vector[2] y = ode_rk45(rhs, y0, 0, ts, a);"))[0].0, "E0514");
    assert_eq!(errors(&program("array[3] vector[2] y = ode_rk45(part, y0, 0, ts, a, n);"))[0].0, "E0514");
    assert_eq!(errors(&program("array[3] vector[2] y = ode_rk45(1, y0, 0, ts);"))[0].0, "E0514");
    assert_eq!(errors(&program("array[3] vector[2] y = ode_rk45(exp, y0, 0, ts);"))[0].0, "E0204");
    assert_eq!(errors(&program("target += reduce_sum(part, a, 1, a);"))[0].0, "E0514");
    assert_eq!(errors(&program("real ode_rk45 = 1; target += rhs;"))[0].0, "E0301");
}

#[test]
fn distribution_statements() {
    accepted(&model("y ~ normal(mu, sigma) T[0, ];"));
    assert_eq!(errors(&model("k ~ poisson_log(mu) T[0, ];"))[0].0, "E0412");
    assert_eq!(errors(&model("y ~ normal_lpdf(mu, sigma);"))[0].0, "E0512");
    assert_eq!(errors(&model("y ~ normal(mu);"))[0].0, "E0303");
    assert_eq!(errors(&model("target += normal_lpdf(y, mu, sigma);"))[0].0, "E0506");
    assert_eq!(errors(&model("target += fmin(mu | 1);"))[0].0, "E0507");
    assert!(warnings(&model("log(sigma) ~ normal(0, 1);")).contains(&"W0401"));
    assert!(!warnings(&model("mu - 1 ~ normal(0, 1);")).contains(&"W0401"));
}

#[test]
fn tuples() {
    let ok = model("tuple(real, array[2] int) t; (mu_, t.2) = (mu, {1, 2}); ");
    assert_eq!(errors(&ok)[0].0, "E0201");
    accepted(&model("real a; int b; int c; (a, (b, c)) = (mu, (1, 2)); (a, b) = (1, b);"));
    assert_eq!(errors(&model("real a; (a, a) = (1, 2);"))[0].0, "E0414");
    assert_eq!(errors(&model("array[2] int a; int i; (i, a[i]) = (1, 2);"))[0].0, "E0414");
    assert_eq!(errors(&model("real a; (a, a, a) = (1, 2);"))[0].0, "E0414");
    assert_eq!(errors(&model("real a; real b; (a, b) = (1, 2, 3);"))[0].0, "E0301");
}

#[test]
fn what_is_odd() {
    assert_eq!(warnings(&model("real a = 1 / N;")), ["W0301"]);
    assert_eq!(warnings(&model("real a = 1; a = a;")), ["W0201"]);
    assert_eq!(warnings(&model("real a = a + 1;")), ["W0202"]);
    assert_eq!(warnings(&model("for (i in 1:N) { break; real q; }")), ["W0203"]);
    assert_eq!(warnings(&model("real a = 1 < mu < 2;")), ["W0303"]);
    assert_eq!(warnings(&model("y ~ normal(mu, sigma);")), [] as [&str; 0]);
}

#[test]
fn promotions_are_explicit() {
    let program = accepted(&model("mu ~ normal(0, 1); real a = 1; vector[N] v = a + y;")).program;
    let StatementKind::Tilde { density, outcome, arguments, .. } = &program.model[0].kind else { panic!() };
    assert_eq!(*density, Callee::Distribution { family: "normal".into(), form: Form::LogUnnormalised });
    assert_eq!(outcome.level, Level::Parameter);
    for argument in arguments {
        assert_eq!(argument.ty, Type::Real);
        assert!(matches!(argument.kind, ExprKind::Promote(_)));
    }
    let StatementKind::Declare(declaration) = &program.model[1].kind else { panic!() };
    assert_eq!(declaration.initial.as_ref().map(|e| e.ty.clone()), Some(Type::Real));
}

#[test]
fn compound_assignments_are_written_out() {
    let program = accepted(&model("matrix[N, N] m; m[1, 2] += 1; vector[N] v; v .*= y;")).program;
    let StatementKind::Assign { target, value } = &program.model[1].kind else { panic!() };
    assert_eq!(target.ty, Type::Real);
    let ExprKind::Call { callee: Callee::Operator(Operator::Plus), arguments } = &value.kind else { panic!() };
    let ExprKind::Index { base, .. } = &arguments[0].kind else { panic!() };
    assert_eq!((base.ty.clone(), arguments[0].ty.clone()), (Type::Matrix, Type::Real));
    assert_eq!(value.ty, Type::Real);
    assert_eq!(errors(&model("int i = 1; i += mu;"))[0].0, "E0302");
    assert_eq!(errors(&model("real r = 1; r .*= 2;"))[0].0, "E0302");
}

#[test]
fn every_declaration_is_its_own_variable() {
    let text = "functions { real f(real x) { real a = x; return a; } real g(real x) { real a = 2 * x; return a; } } \
                model { { real b = 1; } { int b = 2; } for (i in 1:2) {} for (i in 1:2) {} }";
    let program = accepted(text).program;
    let count = |name: &str| program.variables.iter().filter(|variable| variable.name == name).count();
    assert_eq!((count("a"), count("x"), count("b"), count("i")), (2, 2, 2, 2));
}

#[test]
fn integers_that_come_from_parameters() {
    let text = model(
        "int data_only = 2; int compared = mu > 0; int under = 0; if (mu > 0) under = 1; int counted = 0; \
         while (1) { if (mu > 1) break; counted += 1; } int chained = under; for (i in 1:N) { data_only += i; }",
    );
    let program = accepted(&text).program;
    assert_eq!(level(&program, "data_only"), Level::Data);
    assert_eq!(level(&program, "i"), Level::Data);
    for name in ["compared", "under", "counted", "chained"] {
        assert_eq!(level(&program, name), Level::Parameter, "{name}");
    }
    let generated = accepted("generated quantities { int n = poisson_rng(3); int m = 2; }").program;
    assert_eq!((level(&generated, "n"), level(&generated, "m")), (Level::Parameter, Level::Data));
    let transformed = accepted("transformed data { int n = poisson_rng(3); }").program;
    assert_eq!(level(&transformed, "n"), Level::Data);
}

#[test]
fn constraints_and_sizes() {
    let text = "data { int K; } parameters { simplex[K] p; array[K] vector<lower=0, upper=1>[3] q; \
                cholesky_factor_cov[4, 2] L; real<offset=1, multiplier=2> z; row_stochastic_matrix[2, K] R; } model {}";
    let program = accepted(text).program;
    assert_eq!(program.parameters.len(), 5);
    let types: Vec<String> = program.parameters.iter().map(|p| p.ty.unsized_type().to_string()).collect();
    assert_eq!(types, ["vector", "array[] vector", "matrix", "real", "matrix"]);
    for declaration in &program.parameters {
        assert_eq!(declaration.ty.unsized_type(), program.variable(declaration.variable).ty);
    }
}

#[test]
fn user_functions_in_every_form() {
    let text = "functions { real foo_lpdf(real y, real m) { return normal_lupdf(y | m, 1); } \
                real foo_lcdf(real y, real m) { return normal_lcdf(y | m, 1); } \
                real foo_lccdf(real y, real m) { return normal_lccdf(y | m, 1); } \
                real foo_rng(real m) { return normal_rng(m, 1); } void more_lp(real x) { target += x; } } \
                parameters { real a; } \
                model { a ~ foo(1) T[0, 2]; target += foo_lupdf(a | 1); target += foo_lpdf(a | 1); more_lp(a); } \
                generated quantities { real b = foo_rng(a); }";
    let program = accepted(text).program;
    let StatementKind::Tilde { density, truncation, .. } = &program.model[0].kind else { panic!() };
    assert!(matches!(density, Callee::User { form: Form::LogUnnormalised, .. }));
    let truncation = truncation.as_ref().expect("truncation");
    assert!(matches!(truncation.lcdf, Some(Callee::User { form: Form::Lcdf, .. })));
    assert!(matches!(truncation.lccdf, Some(Callee::User { form: Form::Lccdf, .. })));
    assert_eq!(truncation.lower.as_ref().map(|e| e.ty.clone()), Some(Type::Real));
}
