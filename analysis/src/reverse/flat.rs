//! Parameters without a density: uniform where their set is compact, otherwise in need of a range or a prior.

use super::text::constraint;
use super::{Options, Text};
use crate::build;
use crate::support;
use ppl_grammar::ast;
use ppl_grammar::format;
use ppl_grammar::span::Span;
use ppl_program::typed::*;

/// A prior that the program lacks.
#[derive(Clone, Debug, PartialEq)]
pub struct Added {
    pub variable: VarId,
    /// For the model block.
    pub model: Vec<ast::Statement>,
    /// For a simulator that draws everything.
    pub draws: Vec<ast::Statement>,
    /// Bounds that the parameter gets.
    pub bounds: Option<(f64, f64)>,
    /// As the user is told.
    pub description: String,
}

/// Whether a flat density on the declared set is proper.
pub fn is_compact(declaration: &Declaration) -> bool {
    match constraint(&declaration.ty) {
        Constraint::LowerUpper(..) => support::bounds(constraint(&declaration.ty)).is_some_and(|b| b.is_bounded()),
        Constraint::Simplex
        | Constraint::UnitVector
        | Constraint::CorrMatrix
        | Constraint::CholeskyFactorCorr
        | Constraint::RowStochastic
        | Constraint::ColumnStochastic => true,
        _ => false,
    }
}

/// Where bounds depend on parameters, their place: a flat density between them is not normalised.
pub fn bounds_by_parameters(declaration: &Declaration) -> Option<Span> {
    let bounds = support::bounds(constraint(&declaration.ty))?;
    (bounds.is_bounded() && bounds.ends().any(|e| e.level == Level::Parameter)).then_some(declaration.span)
}

/// Statements that draw a flat parameter on a compact set; `None` where that is not known how.
pub fn draw(text: &mut Text, declaration: &Declaration) -> Option<Vec<ast::Statement>> {
    let whole = text.name(declaration.variable).to_string();
    match constraint(&declaration.ty) {
        Constraint::LowerUpper(a, b) => {
            let (a, b) = ((**a).clone(), (**b).clone());
            Some(for_each_number(text, declaration, &|text, at| {
                let bound = |e: &Expr| bound_at(text, e, at);
                build::call("uniform_rng", vec![bound(&a), bound(&b)])
            }))
        }
        Constraint::Simplex => {
            let size = last_size(text, declaration)?;
            let ones = build::call("rep_vector", vec![build::int(1), size]);
            Some(for_each_array(text, declaration, &whole, &|_, target| {
                vec![build::assign(target, build::call("dirichlet_rng", vec![ones.clone()]))]
            }))
        }
        Constraint::CorrMatrix => {
            let size = last_size(text, declaration)?;
            Some(for_each_array(text, declaration, &whole, &|_, target| {
                vec![build::assign(target, build::call("lkj_corr_rng", vec![size.clone(), build::int(1)]))]
            }))
        }
        Constraint::UnitVector => {
            let size = last_size(text, declaration)?;
            Some(for_each_array(text, declaration, &whole, &|text, target| {
                // The direction of independent normal coordinates is uniform on the sphere.
                let z = text.fresh("z");
                let draws = normals(size.clone());
                let norm = build::call("sqrt", vec![build::call("dot_self", vec![build::variable(&z)])]);
                let value = build::binary(ast::BinaryOp::Divide, build::variable(&z), norm);
                vec![build::block(vec![
                    build::declare(ast::SizedTypeKind::Vector(size.clone()), &z, Some(draws)),
                    build::assign(target, value),
                ])]
            }))
        }
        Constraint::CholeskyFactorCorr => {
            let size = last_size(text, declaration)?;
            Some(for_each_array(text, declaration, &whole, &|text, target| ball_rows(text, &target, &size)))
        }
        Constraint::RowStochastic => {
            let size = last_size(text, declaration)?;
            let rows = text.declared_rows(declaration.variable)?;
            Some(for_each_array(text, declaration, &whole, &|text, target| {
                let i = text.fresh("i");
                let ones = build::call("rep_vector", vec![build::int(1), size.clone()]);
                let row = build::transpose(build::call("dirichlet_rng", vec![ones]));
                let at = build::lvalue_at(target, vec![ast::Index::Single(build::variable(&i))]);
                vec![build::for_loop(&i, build::int(1), rows.clone(), vec![build::assign(at, row)])]
            }))
        }
        Constraint::ColumnStochastic => {
            let columns = last_size(text, declaration)?;
            let rows = text.declared_rows(declaration.variable)?;
            Some(for_each_array(text, declaration, &whole, &|text, target| {
                let j = text.fresh("j");
                let ones = build::call("rep_vector", vec![build::int(1), rows.clone()]);
                let at = vec![ast::Index::All(Span::default()), ast::Index::Single(build::variable(&j))];
                let column = build::assign(build::lvalue_at(target, at), build::call("dirichlet_rng", vec![ones]));
                vec![build::for_loop(&j, build::int(1), columns.clone(), vec![column])]
            }))
        }
        _ => None,
    }
}

/// A flat Cholesky factor of a correlation matrix: the free part of row i is uniform in the unit ball of i - 1 dimensions.
fn ball_rows(text: &mut Text, target: &ast::LValue, size: &ast::Expr) -> Vec<ast::Statement> {
    let (i, z) = (text.fresh("i"), text.fresh("z"));
    let (row, point) = (build::variable(&i), build::variable(&z));
    let free = build::binary(ast::BinaryOp::Minus, row.clone(), build::int(1));
    let at = |indices: Vec<ast::Index>| build::lvalue_at(target.clone(), indices);
    let radius = build::binary(
        ast::BinaryOp::Pow,
        build::call("uniform_rng", vec![build::int(0), build::int(1)]),
        build::binary(ast::BinaryOp::Divide, build::real(1.0), free.clone()),
    );
    let norm = build::call("sqrt", vec![build::call("dot_self", vec![point.clone()])]);
    let scaled = build::binary(ast::BinaryOp::Times, point.clone(), build::binary(ast::BinaryOp::Divide, radius, norm));
    let diagonal = build::call(
        "sqrt",
        vec![build::binary(ast::BinaryOp::Minus, build::int(1), build::call("dot_self", vec![point.clone()]))],
    );
    let body = vec![
        build::declare(ast::SizedTypeKind::Vector(free.clone()), &z, Some(normals(free.clone()))),
        build::assign(build::lvalue(&z), scaled),
        build::assign(at(vec![ast::Index::Single(row.clone()), ast::Index::To(free)]), build::transpose(point)),
        build::assign(at(vec![ast::Index::Single(row.clone()), ast::Index::Single(row)]), diagonal),
    ];
    let zeros = build::call("rep_matrix", vec![build::int(0), size.clone(), size.clone()]);
    let one = vec![ast::Index::Single(build::int(1)), ast::Index::Single(build::int(1))];
    vec![
        build::assign(target.clone(), zeros),
        build::assign(at(one), build::int(1)),
        build::for_loop(&i, build::int(2), size.clone(), body),
    ]
}

fn normals(size: ast::Expr) -> ast::Expr {
    let zeros = build::call("rep_vector", vec![build::int(0), size]);
    build::call("to_vector", vec![build::call("normal_rng", vec![zeros, build::int(1)])])
}

/// The prior that was asked for: uniform on a range, or a weakly informative one.
pub fn add(
    text: &mut Text,
    declaration: &Declaration,
    missing: Option<&[(ast::Expr, ast::Expr)]>,
    options: &Options,
) -> Option<Added> {
    let name = text.given().names.of(declaration.variable).to_string();
    match options.ranges.get(&name) {
        Some(&(lower, upper)) => uniform(text, declaration, lower, upper, missing),
        None if options.default_priors => weak(text, declaration, missing),
        None => None,
    }
}

fn uniform(
    text: &mut Text,
    declaration: &Declaration,
    lower: f64,
    upper: f64,
    missing: Option<&[(ast::Expr, ast::Expr)]>,
) -> Option<Added> {
    let bounds = support::bounds(constraint(&declaration.ty))?;
    if missing.is_some() || bounds.ends().any(|e| support::constant(e).is_none()) {
        return None;
    }
    let end = |e: &Option<Expr>| e.as_ref().and_then(support::constant);
    let lower = end(&bounds.lower).map_or(lower, |a| lower.max(a));
    let upper = end(&bounds.upper).map_or(upper, |b| upper.min(b));
    let name = text.name(declaration.variable).to_string();
    let draws = for_each_number(text, declaration, &|_, _| {
        build::call("uniform_rng", vec![build::real(lower), build::real(upper)])
    });
    Some(Added {
        variable: declaration.variable,
        model: Vec::new(),
        draws,
        bounds: Some((lower, upper)),
        description: format!("{name} ~ uniform({lower}, {upper})"),
    })
}

/// Scale of the priors that `--default-priors` adds, as rstanarm has it for standardised predictors.
const SCALE: f64 = 2.5;

fn weak(text: &mut Text, declaration: &Declaration, missing: Option<&[(ast::Expr, ast::Expr)]>) -> Option<Added> {
    let name = text.name(declaration.variable).to_string();
    let kind = constraint(&declaration.ty).clone();
    if missing.is_some() && support::bounds(&kind).is_none() {
        return None;
    }
    let (family, arguments) = match &kind {
        Constraint::CovMatrix => {
            let size = last_size(text, declaration)?;
            let degrees = build::binary(ast::BinaryOp::Plus, size.clone(), build::int(2));
            ("inv_wishart", vec![degrees, build::call("identity_matrix", vec![size])])
        }
        Constraint::Lower(bound) => ("normal", vec![text.unparse().expr(bound), build::real(SCALE)]),
        Constraint::Upper(bound) => ("normal", vec![text.unparse().expr(bound), build::real(SCALE)]),
        _ => ("normal", vec![build::int(0), build::real(SCALE)]),
    };
    let (statement_of, draws) = match &kind {
        Constraint::CovMatrix => {
            let value = build::call("inv_wishart_rng", arguments.clone());
            let draws =
                for_each_array(text, declaration, &name, &|_, target| vec![build::assign(target, value.clone())]);
            (Depth::Arrays, draws)
        }
        Constraint::Ordered | Constraint::PositiveOrdered => {
            let size = last_size(text, declaration)?;
            let zeros = build::call("rep_vector", vec![build::int(0), size]);
            let list = build::call("to_vector", vec![build::call("normal_rng", vec![zeros, build::real(SCALE)])]);
            let list = if kind == Constraint::Ordered { list } else { build::call("abs", vec![list]) };
            let value = build::call("sort_asc", vec![list]);
            let draws =
                for_each_array(text, declaration, &name, &|_, target| vec![build::assign(target, value.clone())]);
            (Depth::Arrays, draws)
        }
        Constraint::SumToZero if matches!(element(&declaration.ty), SizedType::Vector(..)) => {
            // Normal coordinates less their mean have the density of the normal on the subspace.
            let size = last_size(text, declaration)?;
            let draws = for_each_array(text, declaration, &name, &|text, target| {
                let z = text.fresh("z");
                let zeros = build::call("rep_vector", vec![build::int(0), size.clone()]);
                let list = build::call("to_vector", vec![build::call("normal_rng", vec![zeros, build::real(SCALE)])]);
                let mean = build::call("mean", vec![build::variable(&z)]);
                let value = build::binary(ast::BinaryOp::Minus, build::variable(&z), mean);
                vec![build::block(vec![
                    build::declare(ast::SizedTypeKind::Vector(size.clone()), &z, Some(list)),
                    build::assign(target, value),
                ])]
            });
            (Depth::Arrays, draws)
        }
        Constraint::None
        | Constraint::Offset(_)
        | Constraint::Multiplier(_)
        | Constraint::OffsetMultiplier(..)
        | Constraint::Lower(_)
        | Constraint::Upper(_)
        | Constraint::LowerUpper(..) => {
            let draws = for_each_number(text, declaration, &|text, at| {
                let zero = || build::call("normal_rng", vec![build::int(0), build::real(SCALE)]);
                let distance = || build::call("abs", vec![zero()]);
                match &kind {
                    Constraint::Lower(a) => build::binary(ast::BinaryOp::Plus, bound_at(text, a, at), distance()),
                    Constraint::Upper(b) => build::binary(ast::BinaryOp::Minus, bound_at(text, b, at), distance()),
                    _ => zero(),
                }
            });
            (Depth::Numbers, draws)
        }
        _ => return None,
    };
    let tilde = |arg: ast::Expr| {
        build::statement(ast::StatementKind::Tilde {
            arg,
            distribution: crate::unparse::ident(family),
            arguments: arguments.clone(),
            truncation: None,
        })
    };
    let (model, draws) = match missing {
        None => (spread(text, declaration, statement_of, &tilde), draws),
        Some(parts) => {
            // The first dimension alone is partly missing: a list of numbers.
            let numbers = matches!(&declaration.ty, SizedType::Vector(..) | SizedType::RowVector(..))
                || matches!(&declaration.ty, SizedType::Array(e, sizes) if sizes.len() == 1 && matches!(**e, SizedType::Real(_)));
            if !numbers {
                return None;
            }
            let part = |(a, b): &(ast::Expr, ast::Expr)| ast::Index::Between(a.clone(), b.clone());
            let model = parts.iter().map(|p| tilde(build::index(build::variable(&name), vec![part(p)]))).collect();
            let mut draws = Vec::new();
            for (a, b) in parts {
                let i = text.fresh("i");
                let at = build::variable(&i);
                let zero = build::call("normal_rng", vec![build::int(0), build::real(SCALE)]);
                let distance = build::call("abs", vec![zero.clone()]);
                let value = match &kind {
                    Constraint::Lower(l) => {
                        build::binary(ast::BinaryOp::Plus, bound_at(text, l, std::slice::from_ref(&at)), distance)
                    }
                    Constraint::Upper(u) => {
                        build::binary(ast::BinaryOp::Minus, bound_at(text, u, std::slice::from_ref(&at)), distance)
                    }
                    _ => zero,
                };
                let target = build::lvalue_at(build::lvalue(&name), vec![ast::Index::Single(at)]);
                draws.push(build::for_loop(&i, a.clone(), b.clone(), vec![build::assign(target, value)]));
            }
            (model, draws)
        }
    };
    let arguments: Vec<String> = arguments.iter().map(format::expression).collect();
    Some(Added {
        variable: declaration.variable,
        model,
        draws,
        bounds: None,
        description: format!("{name} ~ {family}({})", arguments.join(", ")),
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Depth {
    /// A density takes the elements of the arrays.
    Arrays,
    /// A density takes lists of numbers.
    Numbers,
}

/// `~` statements for all of a variable: one, or a loop over arrays; matrices as vectors.
fn spread(
    text: &mut Text,
    declaration: &Declaration,
    depth: Depth,
    tilde: &dyn Fn(ast::Expr) -> ast::Statement,
) -> Vec<ast::Statement> {
    let name = text.name(declaration.variable).to_string();
    let is_numbers = |ty: &SizedType| matches!(ty, SizedType::Real(_));
    if let SizedType::Array(e, sizes) = &declaration.ty
        && sizes.len() == 1
        && is_numbers(e)
        && depth == Depth::Numbers
    {
        return vec![tilde(build::variable(&name))];
    }
    let as_vector = |e: ast::Expr, ty: &SizedType| match (depth, ty) {
        (Depth::Numbers, SizedType::Matrix(..)) => build::call("to_vector", vec![e]),
        _ => e,
    };
    let SizedType::Array(inner, sizes) = &declaration.ty else {
        return vec![tilde(as_vector(build::variable(&name), &declaration.ty))];
    };
    let loops: Vec<String> = sizes.iter().map(|_| text.fresh("i")).collect();
    let indices = loops.iter().map(|i| ast::Index::Single(build::variable(i))).collect();
    let mut body = vec![tilde(as_vector(build::index(build::variable(&name), indices), inner))];
    for (i, size) in loops.iter().zip(sizes).rev() {
        body = vec![build::for_loop(i, build::int(1), text.given().expr(size), body)];
    }
    body
}

fn element(ty: &SizedType) -> &SizedType {
    match ty {
        SizedType::Array(inner, _) => inner,
        ty => ty,
    }
}

fn last_size(text: &Text, declaration: &Declaration) -> Option<ast::Expr> {
    Some(text.given().expr(text.sizes(declaration.variable).last()?))
}

/// A bound, which may have the shape of the variable, at the indices of a number.
fn bound_at(text: &Text, bound: &Expr, at: &[ast::Expr]) -> ast::Expr {
    let printed = text.unparse().expr(bound);
    if bound.ty.is_real_scalar() || at.is_empty() {
        return printed;
    }
    build::index(printed, at.iter().map(|i| ast::Index::Single(i.clone())).collect())
}

/// `x[i, j] = value` in loops over everything.
fn for_each_number(
    text: &mut Text,
    declaration: &Declaration,
    value: &dyn Fn(&Text, &[ast::Expr]) -> ast::Expr,
) -> Vec<ast::Statement> {
    let sizes: Vec<ast::Expr> = text.sizes(declaration.variable).iter().map(|e| text.given().expr(e)).collect();
    let names: Vec<String> = sizes.iter().map(|_| text.fresh("i")).collect();
    let at: Vec<ast::Expr> = names.iter().map(|n| build::variable(n)).collect();
    let target = build::lvalue(text.name(declaration.variable));
    let target = match at.is_empty() {
        true => target,
        false => build::lvalue_at(target, at.iter().map(|i| ast::Index::Single(i.clone())).collect()),
    };
    let mut body = vec![build::assign(target, value(text, &at))];
    for (name, size) in names.iter().zip(sizes).rev() {
        body = vec![build::for_loop(name, build::int(1), size, body)];
    }
    body
}

/// Statements for each element of an array, or for the variable itself.
fn for_each_array(
    text: &mut Text,
    declaration: &Declaration,
    name: &str,
    statements: &dyn Fn(&mut Text, ast::LValue) -> Vec<ast::Statement>,
) -> Vec<ast::Statement> {
    let SizedType::Array(_, sizes) = &declaration.ty else { return statements(text, build::lvalue(name)) };
    let sizes: Vec<ast::Expr> = sizes.iter().map(|e| text.given().expr(e)).collect();
    let names: Vec<String> = sizes.iter().map(|_| text.fresh("i")).collect();
    let at = names.iter().map(|n| ast::Index::Single(build::variable(n))).collect();
    let mut body = statements(text, build::lvalue_at(build::lvalue(name), at));
    for (i, size) in names.iter().zip(sizes).rev() {
        body = vec![build::for_loop(i, build::int(1), size, body)];
    }
    body
}
