//! User-defined functions that hold densities of their arguments, written out where they are called.
//!
//! Proof: `target += f(a)` runs the body of f with a for its arguments and adds what it returns; arguments cannot be assigned, and an
//! expression has the same value wherever it stands in the body, since the body assigns only its own variables. So the body may
//! stand in place of the call, its variables renamed, and `return e` as `target += e`; the body of a function that changes `target`
//! itself likewise. A density that is called by `~` drops constants only where its body does so itself.
//!
//! Only bodies that return at their end, on both sides of a branch there if need be. A density whose program has a generator
//! for it is left alone.

use super::Findings;
use crate::collect::terms;
use crate::place::Place;
use crate::substitute::{self, Rename};
use ppl_program::typed::*;

/// As deep as calls in bodies are followed.
const DEPTH: usize = 4;

pub fn apply(program: &Program, findings: &mut Findings) -> Program {
    let mut out = program.clone();
    let model = std::mem::take(&mut out.model);
    let mut inlined = false;
    out.model = model.into_iter().flat_map(|s| statement(&mut out, s, DEPTH, &mut inlined)).collect();
    if inlined {
        findings.rewrite("functions_written_out");
    }
    out
}

fn block(items: Vec<Statement>, like: &Statement) -> Statement {
    Statement { kind: StatementKind::Block(items), span: like.span }
}

fn boxed(program: &mut Program, s: Statement, depth: usize, inlined: &mut bool) -> Box<Statement> {
    let like = s.clone();
    let mut items = statement(program, s, depth, inlined);
    Box::new(match items.len() {
        1 => items.remove(0),
        _ => block(items, &like),
    })
}

fn statement(program: &mut Program, s: Statement, depth: usize, inlined: &mut bool) -> Vec<Statement> {
    let span = s.span;
    let kind = match s.kind {
        StatementKind::Block(items) => {
            StatementKind::Block(items.into_iter().flat_map(|s| statement(program, s, depth, inlined)).collect())
        }
        StatementKind::For { variable, lower, upper, body } => {
            StatementKind::For { variable, lower, upper, body: boxed(program, *body, depth, inlined) }
        }
        StatementKind::ForEach { variable, range, body } => {
            StatementKind::ForEach { variable, range, body: boxed(program, *body, depth, inlined) }
        }
        StatementKind::If { condition, then, otherwise } => {
            let then = boxed(program, *then, depth, inlined);
            let otherwise = otherwise.map(|s| boxed(program, *s, depth, inlined));
            StatementKind::If { condition, then, otherwise }
        }
        StatementKind::TargetPlus(ref e) if depth > 0 => {
            let mut out = Vec::new();
            let mut any = false;
            for (term, negative) in terms(e) {
                let body = if negative { None } else { called(program, &term) };
                match body {
                    Some(body) => {
                        any = true;
                        out.extend(body.into_iter().flat_map(|s| statement(program, s, depth - 1, inlined)));
                    }
                    None => {
                        let signed = match negative {
                            true => Expr {
                                kind: ExprKind::Call {
                                    callee: Callee::Operator(Operator::Negate),
                                    arguments: vec![term.clone()],
                                },
                                ..term
                            },
                            false => term,
                        };
                        out.push(Statement { kind: StatementKind::TargetPlus(signed), span });
                    }
                }
            }
            if any {
                *inlined = true;
                return out;
            }
            s.kind
        }
        StatementKind::Tilde { ref density, ref outcome, ref arguments, truncation: None } if depth > 0 => {
            let arguments = std::iter::once(outcome.clone()).chain(arguments.iter().cloned()).collect();
            let call = ExprKind::Call { callee: density.clone(), arguments };
            let call = Expr { kind: call, ty: Type::Real, level: Level::Parameter, span };
            if let Some(body) = called(program, &call) {
                *inlined = true;
                return body.into_iter().flat_map(|s| statement(program, s, depth - 1, inlined)).collect();
            }
            s.kind
        }
        StatementKind::Call { function: Callee::User { function, .. }, ref arguments } if depth > 0 => {
            let is_lp = program.function(function).kind == FunctionKind::Lp;
            if let Some(body) = written_out(program, function, arguments).filter(|_| is_lp) {
                *inlined = true;
                return body.into_iter().flat_map(|s| statement(program, s, depth - 1, inlined)).collect();
            }
            s.kind
        }
        other => other,
    };
    vec![Statement { kind, span }]
}

/// The body of a call that is added to `target`, if it holds a density of an argument.
fn called(program: &mut Program, call: &Expr) -> Option<Vec<Statement>> {
    let ExprKind::Call { callee: Callee::User { function, form }, arguments } = &call.kind else { return None };
    let f = program.function(*function);
    let fits = matches!(f.kind, FunctionKind::Plain | FunctionKind::Lpdf | FunctionKind::Lpmf | FunctionKind::Lp);
    if !fits || !matches!(form, Form::Plain | Form::Log | Form::LogUnnormalised) {
        return None;
    }
    let stem = f.name.strip_suffix("_lpdf").or(f.name.strip_suffix("_lpmf"));
    let generator = stem.map(|stem| format!("{stem}_rng"));
    if generator.is_some_and(|wanted| program.functions.iter().any(|f| f.name == wanted)) {
        return None;
    }
    if !holds_density(program, f, DEPTH) {
        return None;
    }
    written_out(program, *function, arguments)
}

/// Whether a body has a density whose outcome is an argument.
fn holds_density(program: &Program, f: &Function, depth: usize) -> bool {
    let mut found = false;
    let of_argument = |e: &Expr| Place::of(e).is_some_and(|p| f.arguments.contains(&p.variable));
    let mut look = |e: &Expr| {
        let ExprKind::Call { callee, arguments } = &e.kind else { return };
        let Some(first) = arguments.first() else { return };
        match callee {
            Callee::Distribution { form: Form::Log | Form::LogUnnormalised, .. } => found |= of_argument(first),
            Callee::User { function, .. } if depth > 0 => {
                let inner = program.function(*function);
                found |= arguments.iter().any(of_argument) && holds_density(program, inner, depth - 1);
            }
            _ => {}
        }
    };
    for s in &f.body {
        s.for_each_expr(&mut look);
    }
    for s in &f.body {
        s.for_each(&mut |s| {
            if let StatementKind::Tilde { outcome, .. } = &s.kind {
                found |= of_argument(outcome);
            }
        });
    }
    found
}

/// The body of a function for these arguments.
fn written_out(program: &mut Program, function: FunctionId, arguments: &[Expr]) -> Option<Vec<Statement>> {
    let f = program.function(function).clone();
    let mut body = returning(&f.body)?;
    substitute::fresh_declarations(program, &mut body);
    let mut rename = Rename::default();
    for (formal, actual) in f.arguments.iter().zip(arguments) {
        // A value that is promoted is promoted where it stands.
        rename.values.insert(*formal, actual.clone());
    }
    body.iter_mut().for_each(|s| substitute::statement(s, &mut rename));
    let mut tidy = Tidy { program };
    body.iter_mut().for_each(|s| substitute::statement(s, &mut tidy));
    Some(body)
}

/// A body with `return e` as `target += e`; `None` where it returns anywhere but at its end.
fn returning(body: &[Statement]) -> Option<Vec<Statement>> {
    let Some((last, before)) = body.split_last() else { return Some(Vec::new()) };
    if before.iter().any(returns) {
        // `if (c) return a; ... return b;` is a branch too.
        let at = before.iter().position(returns)?;
        let StatementKind::If { condition, then, otherwise: None } = &before[at].kind else { return None };
        let then = returning(std::slice::from_ref(&**then)).filter(|_| always_returns(then))?;
        let rest = returning(&body[at + 1..])?;
        let mut out = before[..at].to_vec();
        let kind = StatementKind::If {
            condition: condition.clone(),
            then: Box::new(block(then, &before[at])),
            otherwise: Some(Box::new(block(rest, last))),
        };
        out.push(Statement { kind, span: before[at].span });
        return Some(out);
    }
    let mut out = before.to_vec();
    match &last.kind {
        StatementKind::Return(Some(e)) => {
            out.push(Statement { kind: StatementKind::TargetPlus(e.clone()), span: last.span });
        }
        StatementKind::Return(None) => {}
        StatementKind::Block(items) => out.extend(returning(items)?),
        StatementKind::If { condition, then, otherwise: Some(otherwise) } if returns(last) => {
            let side = |s: &Statement| returning(std::slice::from_ref(s)).map(|items| Box::new(block(items, s)));
            let (then, otherwise) = (side(then)?, Some(side(otherwise)?));
            let kind = StatementKind::If { condition: condition.clone(), then, otherwise };
            out.push(Statement { kind, span: last.span });
        }
        _ if returns(last) => return None,
        _ => out.push(last.clone()),
    }
    Some(out)
}

fn returns(s: &Statement) -> bool {
    let mut found = false;
    s.for_each(&mut |s| found |= matches!(s.kind, StatementKind::Return(_)));
    found
}

fn always_returns(s: &Statement) -> bool {
    match &s.kind {
        StatementKind::Return(_) => true,
        StatementKind::Block(items) => items.last().is_some_and(always_returns),
        StatementKind::If { then, otherwise: Some(otherwise), .. } => always_returns(then) && always_returns(otherwise),
        _ => false,
    }
}

/// Indices of indices as one list, and declared sizes for the sizes of data.
struct Tidy<'p> {
    program: &'p Program,
}

impl Tidy<'_> {
    fn size(&self, of: &Expr, dimension: usize) -> Option<Expr> {
        let ExprKind::Variable(v) = of.kind else { return None };
        if !matches!(self.program.variable(v).origin, Origin::Data | Origin::TransformedData) {
            return None;
        }
        match super::components::declared(self.program, v)? {
            SizedType::Array(_, sizes) => sizes.get(dimension).cloned(),
            SizedType::Vector(n, _) | SizedType::RowVector(n, _) if dimension == 0 => Some(n.clone()),
            _ => None,
        }
    }
}

impl substitute::Change for Tidy<'_> {
    fn expr(&mut self, e: &mut Expr) {
        let replacement = match &e.kind {
            ExprKind::Index { base, indices } => match (&base.kind, indices.as_slice()) {
                (ExprKind::Index { base: inner, indices: first }, _)
                    if first.iter().all(|i| matches!(i, Index::Single(_))) =>
                {
                    let indices = first.iter().chain(indices).cloned().collect();
                    Some(Expr { kind: ExprKind::Index { base: inner.clone(), indices }, ..e.clone() })
                }
                (ExprKind::Call { callee: Callee::Library(name), arguments }, [Index::Single(i)]) if name == "dims" => {
                    match i.kind {
                        ExprKind::Int(k) => usize::try_from(k - 1).ok().and_then(|k| self.size(&arguments[0], k)),
                        _ => None,
                    }
                }
                _ => None,
            },
            ExprKind::Call { callee: Callee::Library(name), arguments }
                if matches!(name.as_str(), "size" | "num_elements" | "rows") && arguments.len() == 1 =>
            {
                let one_dimensional =
                    !matches!(&arguments[0].ty, Type::Array(_, n) if *n > 1 && name == "num_elements");
                self.size(&arguments[0], 0).filter(|_| one_dimensional && arguments[0].ty != Type::Matrix)
            }
            _ => None,
        };
        if let Some(mut replacement) = replacement {
            replacement.level = e.level.min(replacement.level);
            *e = replacement;
        }
    }
}
