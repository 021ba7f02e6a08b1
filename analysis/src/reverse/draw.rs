//! One `~` as `_rng` calls: which generator, in which shape, and under which restriction.

use super::Text;
use super::inversion::{interval, within};
use crate::build;
use crate::pointwise::{element, element_type, is_list};
use crate::step::Draw;
use ppl_grammar::ast;
use ppl_program::typed::*;
use ppl_runtime::catalogue;

/// How a draw is kept within the bounds of its variable, or of `T[,]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Restriction {
    None,
    /// The density is symmetric about the bound: reflect. (If X is symmetric about m, then m + |X - m| is X given X > m.)
    Fold {
        lower: bool,
    },
    /// By inversion where the family has a form for it, or drawn until it lies within: the definition of the truncated distribution.
    Within {
        lower: Option<Expr>,
        upper: Option<Expr>,
    },
    /// Independent draws from one distribution in ascending order: each order of exchangeable draws is as likely as any other.
    Sorted,
    /// Sorted, and positive.
    SortedWithin {
        lower: f64,
    },
}

/// An argument of a generator.
#[derive(Clone)]
struct Argument {
    whole: ast::Expr,
    ty: Type,
    elements: Elements,
}

/// How one element of an argument is written.
#[derive(Clone)]
enum Elements {
    /// Of what it was written as.
    Of(Expr),
    Indexed,
    /// `alpha + (x[i] * beta)'`: intercepts, covariates, coefficients. The whole, one vector of log odds a row, has no expression in Stan.
    LogOdds(Box<[Argument; 3]>),
    /// `alpha + x[i] * beta`: covariates, coefficients, and the intercept, one number or one a row, if there is one.
    Linear(Box<[Argument; 2]>, Option<Box<Argument>>),
}

impl Argument {
    fn of(text: &Text, e: &Expr) -> Argument {
        Argument { whole: text.unparse().expr(e), ty: strip_promotion(e).ty.clone(), elements: Elements::Of(e.clone()) }
    }

    fn made(whole: ast::Expr, ty: Type) -> Argument {
        Argument { whole, ty, elements: Elements::Indexed }
    }

    fn at(&self, text: &Text, i: &ast::Expr) -> ast::Expr {
        match &self.elements {
            Elements::Of(e) => element(&text.unparse(), e, i),
            Elements::Indexed => build::at(self.whole.clone(), i.clone()),
            Elements::LogOdds(parts) => {
                let [alpha, x, beta] = parts.as_ref();
                log_odds(&alpha.whole, x.at(text, i), &beta.whole)
            }
            Elements::Linear(parts, intercept) => {
                let [x, beta] = parts.as_ref();
                let product = build::binary(ast::BinaryOp::Times, x.at(text, i), beta.whole.clone());
                match intercept {
                    None => product,
                    Some(alpha) => {
                        let alpha = if is_list(&alpha.ty) { alpha.at(text, i) } else { alpha.whole.clone() };
                        build::binary(ast::BinaryOp::Plus, alpha, product)
                    }
                }
            }
        }
    }
}

/// Log odds of categories, one number each: `alpha + (x * beta)'` for a row `x`.
fn log_odds(alpha: &ast::Expr, x: ast::Expr, beta: &ast::Expr) -> ast::Expr {
    let linear = build::binary(ast::BinaryOp::Times, x, beta.clone());
    build::binary(ast::BinaryOp::Plus, alpha.clone(), build::transpose(linear))
}

fn strip_promotion(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Promote(inner) if !is_list(&e.ty) => strip_promotion(inner),
        _ => e,
    }
}

/// The generator of a density: a family with an `_rng`, its arguments, and the type of one draw.
struct Generator {
    name: String,
    arguments: Vec<Argument>,
    /// Whether it takes lists of arguments and gives a list of draws.
    broadcasts: bool,
    /// For a generator that does not broadcast: whether argument i of a list of draws is a list itself.
    per_draw: Vec<bool>,
    /// The type of one draw.
    event: Type,
}

/// The statements that draw.
///
/// # Errors
/// Why there is no generator.
pub fn statements(text: &mut Text, draw: &Draw, restriction: &Restriction) -> Result<Vec<ast::Statement>, String> {
    if matches!(&draw.density, Callee::Distribution { family, .. } if family == "gaussian_dlm_obs") {
        return super::state_space::statements(text, draw);
    }
    let generator = generator(text, draw)?;
    let outcome = &draw.outcome.ty;
    let single = match (&generator.event, outcome) {
        (event, outcome) if event == outcome => true,
        // The generators of vectors serve row vectors too.
        (Type::Vector, Type::RowVector) => true,
        (Type::Int, Type::Real) => return Err("an integer distribution of a real number".to_string()),
        (Type::Real, Type::Int) => return Err("a continuous distribution of an integer".to_string()),
        _ => false,
    };
    if single {
        return one(text, draw, &generator, restriction);
    }
    let many = element_type(outcome);
    if !is_list(outcome) {
        return Err(format!("no generator gives a {outcome}"));
    }
    let whole_at_once = generator.broadcasts && many == generator.event && folds_as_a_list(draw, restriction);
    match restriction {
        Restriction::None | Restriction::Fold { .. } | Restriction::Sorted if whole_at_once => {
            let value = list_of_draws(text, draw, &generator)?;
            let value = match restriction {
                Restriction::Fold { lower } => folded(text, draw, value, *lower),
                Restriction::Sorted => build::call("sort_asc", vec![value]),
                _ => value,
            };
            Ok(vec![assign(text, draw, value)])
        }
        Restriction::SortedWithin { lower } if whole_at_once => {
            let bound = real(*lower);
            let within = Restriction::Within { lower: Some(bound), upper: None };
            let mut out = each(text, draw, &generator, &within)?;
            let part = draw.place.expr(&text.unparse(), text.name(draw.place.variable));
            let sorted = build::call("sort_asc", vec![part]);
            let target = draw.place.lvalue(&text.unparse(), text.name(draw.place.variable));
            out.push(build::assign(target, sorted));
            Ok(out)
        }
        _ => each(text, draw, &generator, restriction),
    }
}

/// Arrays have no arithmetic: about a centre other than zero they are reflected element by element.
fn folds_as_a_list(draw: &Draw, restriction: &Restriction) -> bool {
    !matches!((restriction, &draw.outcome.ty), (Restriction::Fold { .. }, Type::Array(..)))
}

/// Whether the generator takes something of the given outcome: a multinomial draw has the given total.
pub fn keeps_total(draw: &Draw) -> bool {
    matches!(&draw.density, Callee::Distribution { family, .. } if TOTALS.contains(&family.as_str()))
}

const TOTALS: [&str; 3] = ["multinomial", "multinomial_logit", "dirichlet_multinomial"];

fn real(x: f64) -> Expr {
    Expr { kind: ExprKind::Real(x), ty: Type::Real, level: Level::Data, span: ppl_grammar::span::Span::default() }
}

fn assign(text: &Text, draw: &Draw, value: ast::Expr) -> ast::Statement {
    let name = text.name(draw.place.variable);
    let value = draw.place.undo(value, &text.unparse(), name);
    build::assign(draw.place.lvalue(&text.unparse(), name), value)
}

/// A single draw.
fn one(
    text: &Text,
    draw: &Draw,
    generator: &Generator,
    restriction: &Restriction,
) -> Result<Vec<ast::Statement>, String> {
    let wide = |(a, per_draw): (&Argument, &bool)| is_list(&a.ty) && (generator.broadcasts || *per_draw);
    if generator.event.is_real_scalar() && generator.arguments.iter().zip(&generator.per_draw).any(wide) {
        return Err("a list of densities for one number".to_string());
    }
    let arguments: Vec<ast::Expr> = generator.arguments.iter().map(|a| a.whole.clone()).collect();
    let mut value = build::call(&generator.name, arguments.clone());
    if draw.outcome.ty == Type::RowVector && generator.event == Type::Vector {
        value = build::transpose(value);
    }
    let part = draw.place.expr(&text.unparse(), text.name(draw.place.variable));
    Ok(match restriction {
        Restriction::None | Restriction::Sorted => vec![assign(text, draw, value)],
        Restriction::Fold { lower } => vec![assign(text, draw, folded(text, draw, value, *lower))],
        Restriction::Within { lower, upper } => {
            let bound = |e: &Option<Expr>| e.as_ref().map(|e| text.unparse().expr(e));
            let (lower, upper) = (bound(lower), bound(upper));
            match within(&generator.name, &arguments, lower.as_ref(), upper.as_ref()) {
                Some(value) => {
                    let refused = interval(lower.as_ref(), upper.as_ref());
                    refused.into_iter().chain([assign(text, draw, value)]).collect()
                }
                None => until_within(part, assign(text, draw, value), lower, upper),
            }
        }
        Restriction::SortedWithin { lower } => {
            until_within(part, assign(text, draw, value), Some(build::real(*lower)), None)
        }
    })
}

/// A list of draws, one after the other.
fn each(
    text: &mut Text,
    draw: &Draw,
    generator: &Generator,
    restriction: &Restriction,
) -> Result<Vec<ast::Statement>, String> {
    if !draw.place.seen_through.is_empty() {
        return Err("a restricted or joint draw of a reshaped variable".to_string());
    }
    let i = text.fresh("i");
    let at = build::variable(&i);
    let name = text.name(draw.place.variable).to_string();
    let target = match element_place(text, draw, &at) {
        Some(target) => target,
        None => build::lvalue_at(draw.place.lvalue(&text.unparse(), &name), vec![ast::Index::Single(at.clone())]),
    };
    let part = build::at(draw.place.expr(&text.unparse(), &name), at.clone());
    let listed = |(a, per_draw): (&Argument, &bool)| match is_list(&a.ty) && (generator.broadcasts || *per_draw) {
        true => a.at(text, &at),
        false => a.whole.clone(),
    };
    let arguments: Vec<ast::Expr> = generator.arguments.iter().zip(&generator.per_draw).map(listed).collect();
    let mut value = build::call(&generator.name, arguments.clone());
    if generator.event == Type::Vector && element_type(&draw.outcome.ty) == Type::RowVector {
        value = build::transpose(value);
    }
    let bound = |e: &Option<Expr>| e.as_ref().map(|e| element(&text.unparse(), e, &at));
    let body = match restriction {
        Restriction::None | Restriction::Sorted => vec![build::assign(target, value)],
        Restriction::Fold { lower } => vec![build::assign(target, folded(text, draw, value, *lower))],
        Restriction::Within { lower, upper } => {
            let (lower, upper) = (bound(lower), bound(upper));
            match within(&generator.name, &arguments, lower.as_ref(), upper.as_ref()) {
                Some(value) => {
                    let refused = interval(lower.as_ref(), upper.as_ref());
                    refused.into_iter().chain([build::assign(target, value)]).collect()
                }
                None => until_within(part, build::assign(target, value), lower, upper),
            }
        }
        Restriction::SortedWithin { lower } => {
            until_within(part, build::assign(target, value), Some(build::real(*lower)), None)
        }
    };
    let size = size_of(text, draw);
    Ok(vec![build::for_loop(&i, build::int(1), size, body)])
}

/// `y[2:T]` at element `i` as `y[i + 1]`.
fn element_place(text: &Text, draw: &Draw, i: &ast::Expr) -> Option<ast::LValue> {
    let at = element(&text.unparse(), &draw.outcome, i);
    lvalue_of(&at)
}

/// An indexed variable as the left side of an assignment.
pub fn lvalue_of(e: &ast::Expr) -> Option<ast::LValue> {
    let kind = match &e.kind {
        ast::ExprKind::Variable(name) => return Some(build::lvalue(name)),
        ast::ExprKind::Index { base, indices } => ast::LValueKind::Index(Box::new(lvalue_of(base)?), indices.clone()),
        ast::ExprKind::Paren(inner) => return lvalue_of(inner),
        _ => return None,
    };
    Some(ast::LValue { kind, span: e.span })
}

/// `x = rng; while (x < lower || x > upper) x = rng;`
fn until_within(
    part: ast::Expr,
    draw: ast::Statement,
    lower: Option<ast::Expr>,
    upper: Option<ast::Expr>,
) -> Vec<ast::Statement> {
    let below = lower.map(|bound| build::binary(ast::BinaryOp::Less, part.clone(), bound));
    let above = upper.map(|bound| build::binary(ast::BinaryOp::Greater, part, bound));
    let outside = match (below, above) {
        (Some(a), Some(b)) => build::binary(ast::BinaryOp::Or, a, b),
        (Some(a), None) | (None, Some(a)) => a,
        (None, None) => return vec![draw],
    };
    vec![draw.clone(), build::while_loop(outside, vec![draw])]
}

fn folded(text: &Text, draw: &Draw, value: ast::Expr, lower: bool) -> ast::Expr {
    let family = match &draw.density {
        Callee::Distribution { family, .. } => family.as_str(),
        _ => "",
    };
    let center = crate::support::symmetric_about(family, &draw.arguments).unwrap_or_else(|| build::typed::int(0));
    let about_zero = crate::support::constant(&center) == Some(0.0);
    let center = text.unparse().expr(&center);
    let distance = match about_zero {
        true => build::call("abs", vec![value]),
        false => build::call("abs", vec![build::binary(ast::BinaryOp::Minus, value, center.clone())]),
    };
    match (about_zero, lower) {
        (true, true) => distance,
        (true, false) => build::expr(ast::ExprKind::Unary { op: ast::UnaryOp::Minus, operand: Box::new(distance) }),
        (false, true) => build::binary(ast::BinaryOp::Plus, center, distance),
        (false, false) => build::binary(ast::BinaryOp::Minus, center, distance),
    }
}

/// `fam_rng(...)` with as many draws as the outcome has elements, in the type of the outcome.
fn list_of_draws(text: &Text, draw: &Draw, generator: &Generator) -> Result<ast::Expr, String> {
    let mut arguments: Vec<ast::Expr> = generator.arguments.iter().map(|a| a.whole.clone()).collect();
    let mut name = generator.name.clone();
    if !generator.arguments.iter().any(|a| is_list(&a.ty)) {
        let size = size_of(text, draw);
        match generator.arguments.first() {
            Some(first) => {
                let function = if first.ty == Type::Int { "rep_array" } else { "rep_vector" };
                arguments[0] = build::call(function, vec![arguments[0].clone(), size]);
            }
            None => {
                // `std_normal_rng` takes no arguments to repeat.
                name = "normal_rng".to_string();
                arguments = vec![build::call("rep_vector", vec![build::int(0), size]), build::int(1)];
            }
        }
    }
    let draws = build::call(&name, arguments);
    Ok(match &draw.outcome.ty {
        Type::Vector => build::call("to_vector", vec![draws]),
        Type::RowVector => build::call("to_row_vector", vec![draws]),
        Type::Array(element, 1) if element.is_real_scalar() => draws,
        other => return Err(format!("a density of a {other}")),
    })
}

/// The number of elements of the outcome.
fn size_of(text: &Text, draw: &Draw) -> ast::Expr {
    if draw.place.path.is_empty()
        && draw.place.seen_through.is_empty()
        && let Some(size) = text.declared_size(draw.place.variable)
    {
        return size;
    }
    build::call("size", vec![text.unparse().expr(&draw.outcome)])
}

fn generator(text: &mut Text, draw: &Draw) -> Result<Generator, String> {
    match &draw.density {
        Callee::Distribution { family, .. } => library(text, family, draw),
        Callee::User { function, .. } => user(text, *function, draw),
        _ => Err("not a distribution".to_string()),
    }
}

/// A user's `foo_lpdf(y | ...)` with the user's own `foo_rng(...)`.
fn user(text: &Text, function: FunctionId, draw: &Draw) -> Result<Generator, String> {
    let program = text.program();
    let name = &program.function(function).name;
    let stem = name.strip_suffix("_lpdf").or(name.strip_suffix("_lpmf")).unwrap_or(name);
    let wanted = format!("{stem}_rng");
    let types: Vec<&Type> = draw.arguments.iter().map(|a| &a.ty).collect();
    let fits = |f: &&Function| {
        let formal: Vec<&Type> = f.arguments.iter().map(|v| &program.variable(*v).ty).collect();
        f.name == wanted && f.result.as_ref() == Some(&draw.outcome.ty) && formal == types
    };
    if !program.functions.iter().any(|f| fits(&f)) {
        return Err(format!("`{name}` has no matching `{wanted}`"));
    }
    let arguments: Vec<Argument> = draw.arguments.iter().map(|a| Argument::of(text, a)).collect();
    let per_draw = vec![false; arguments.len()];
    Ok(Generator { name: wanted, arguments, broadcasts: false, per_draw, event: draw.outcome.ty.clone() })
}

fn library(text: &mut Text, family: &str, draw: &Draw) -> Result<Generator, String> {
    let arguments: Vec<Argument> = draw.arguments.iter().map(|a| Argument::of(text, a)).collect();
    let (family, arguments) = with_generator(family, arguments);
    let declaration =
        catalogue::family(&family).filter(|d| !d.rng.is_empty()).ok_or(format!("`{family}` has no generator"))?;
    let event = event_type(declaration);
    // The density takes either kind of vector, the generator one.
    let upright = |a: Argument| match (family.as_str(), &a.ty) {
        ("dirichlet", Type::RowVector) => Argument::made(build::transpose(a.whole), Type::Vector),
        _ => a,
    };
    let arguments = arguments.into_iter().map(upright).collect();
    let broadcasts = declaration.rng.contains("numbers") || declaration.rng.contains("ints") || family == "std_normal";
    let arguments = complete(text, &family, arguments, draw)?;
    let per_draw = arguments
        .iter()
        .enumerate()
        .map(|(i, a)| match (family.as_str(), i, &a.ty) {
            // Ordered regressions: a vector of linear predictors, one a draw.
            ("ordered_logistic" | "ordered_probit", 0, ty) => is_list(ty),
            (_, _, Type::Array(..)) => true,
            _ => broadcasts && is_list(&a.ty),
        })
        .collect();
    Ok(Generator { name: format!("{family}_rng"), arguments, broadcasts, per_draw, event })
}

/// A family that has a generator, for one that has none: regressions by their linear predictor, binomial_logit by its
/// probability, a precision by its inverse.
fn with_generator(family: &str, arguments: Vec<Argument>) -> (String, Vec<Argument>) {
    let plus = |a: &Argument, b: ast::Expr| build::binary(ast::BinaryOp::Plus, a.whole.clone(), b);
    let times = |x: &Argument, b: &Argument| build::binary(ast::BinaryOp::Times, x.whole.clone(), b.whole.clone());
    let predictor = |x: &Argument, alpha: &Argument, beta: &Argument| {
        let whole = plus(alpha, times(x, beta));
        match (&x.ty, &alpha.ty) {
            (Type::Matrix, _) => {
                let elements = Elements::Linear(Box::new([x.clone(), beta.clone()]), Some(Box::new(alpha.clone())));
                Argument { whole, ty: Type::Vector, elements }
            }
            (_, Type::Vector) => Argument::made(whole, Type::Vector),
            _ => Argument::made(whole, Type::Real),
        }
    };
    let rest = |from: usize| arguments[from..].iter().cloned();
    let base = match (family, arguments.as_slice()) {
        ("normal_id_glm", [x, alpha, beta, ..]) => ("normal", vec![predictor(x, alpha, beta)], rest(3)),
        ("bernoulli_logit_glm", [x, alpha, beta]) => ("bernoulli_logit", vec![predictor(x, alpha, beta)], rest(3)),
        ("poisson_log_glm", [x, alpha, beta]) => ("poisson_log", vec![predictor(x, alpha, beta)], rest(3)),
        ("neg_binomial_2_log_glm", [x, alpha, beta, ..]) => {
            ("neg_binomial_2_log", vec![predictor(x, alpha, beta)], rest(3))
        }
        ("binomial_logit_glm", [n, x, alpha, beta]) => {
            let eta = predictor(x, alpha, beta);
            let p = Argument::made(build::call("inv_logit", vec![eta.whole]), eta.ty);
            ("binomial", vec![n.clone(), p], rest(4))
        }
        ("ordered_logistic_glm", [x, beta, c]) if x.ty == Type::Matrix => {
            let elements = Elements::Linear(Box::new([x.clone(), beta.clone()]), None);
            let predictor = Argument { whole: times(x, beta), ty: Type::Vector, elements };
            ("ordered_logistic", vec![predictor, c.clone()], rest(3))
        }
        // A row stands for as many equal rows as there are outcomes.
        ("ordered_logistic_glm", [x, beta, c]) => {
            ("ordered_logistic", vec![Argument::made(times(x, beta), Type::Real), c.clone()], rest(3))
        }
        ("categorical_logit_glm", [x, alpha, beta]) => {
            let whole = log_odds(&alpha.whole, x.whole.clone(), &beta.whole);
            let odds = match x.ty {
                Type::Matrix => Argument {
                    whole,
                    ty: Type::Vector.array(1),
                    elements: Elements::LogOdds(Box::new([alpha.clone(), x.clone(), beta.clone()])),
                },
                _ => Argument::made(whole, Type::Vector),
            };
            ("categorical_logit", vec![odds], rest(3))
        }
        ("binomial_logit", [n, alpha]) => {
            let p = Argument::made(build::call("inv_logit", vec![alpha.whole.clone()]), alpha.ty.clone());
            ("binomial", vec![n.clone(), p], rest(2))
        }
        ("multi_normal_prec", [mu, omega]) => {
            let sigma = Argument::made(build::call("inverse_spd", vec![omega.whole.clone()]), Type::Matrix);
            ("multi_normal", vec![mu.clone(), sigma], rest(2))
        }
        _ => return (family.to_string(), arguments),
    };
    let (name, mut first, rest) = base;
    first.extend(rest);
    (name.to_string(), first)
}

/// Arguments that the generator takes and the density does not: the total of a multinomial, the size of a matrix.
fn complete(text: &Text, family: &str, mut arguments: Vec<Argument>, draw: &Draw) -> Result<Vec<Argument>, String> {
    match family {
        "lkj_corr" | "lkj_corr_cholesky" => {
            let size = match text.declared_rows(draw.place.variable) {
                Some(rows) => rows,
                None => build::call("rows", vec![text.unparse().expr(&draw.outcome)]),
            };
            arguments.insert(0, Argument::made(size, Type::Int));
        }
        _ if TOTALS.contains(&family) => {
            if draw.outcome.ty != Type::Array(Box::new(Type::Int), 1) {
                return Err(format!("`{family}` of a {}", draw.outcome.ty));
            }
            let given = text.given().expr(&draw.outcome);
            arguments.push(Argument::made(build::call("sum", vec![given]), Type::Int));
        }
        _ => {}
    }
    Ok(arguments)
}

/// The type of one draw.
fn event_type(declaration: &catalogue::Declaration) -> Type {
    let result = declaration.rng.split("=>").nth(1).map(str::trim);
    match result {
        Some("vector" | "vectors") => Type::Vector,
        Some("matrix") => Type::Matrix,
        Some("int") => Type::Int,
        Some("real") => Type::Real,
        Some(text) if text.starts_with("array[] int") => Type::Array(Box::new(Type::Int), 1),
        _ if declaration.kind == catalogue::Kind::Discrete => Type::Int,
        _ => Type::Real,
    }
}
