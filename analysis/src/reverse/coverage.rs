//! Which part of a variable the densities of its elements cover, as far as the text tells.

use super::Text;
use crate::affine::{Affine, difference};
use crate::build;
use crate::place::Place;
use crate::pointwise::simplified;
use ppl_grammar::{ast, format};
use ppl_program::typed::*;

/// The loops around a draw, outermost first.
pub type Loops<'s> = Vec<&'s Statement>;

/// A range of one dimension.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    All,
    /// From, to: both included.
    Span(ast::Expr, ast::Expr),
    /// Known only when the data are.
    Unknown(ast::Expr),
}

/// Part of a variable: one range a dimension that is indexed.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    pub ranges: Vec<Range>,
}

/// What the regions of a variable's densities add up to.
#[derive(Clone, Debug, PartialEq)]
pub enum Coverage {
    /// Every element once.
    Whole,
    /// Every element of these ranges of the first dimension once, the rest (the ranges of `missing`) not at all.
    Part { missing: Vec<(ast::Expr, ast::Expr)> },
    /// Some element more than once.
    Twice,
    /// Decided when the data are bound.
    Unknown,
}

impl Region {
    pub fn of(text: &Text, place: &Place, loops: &Loops) -> Region {
        let unparse = text.given();
        let mut ranges = Vec::new();
        // Indices of a slice of a slice are relative to the first; they are rare, and unknown here.
        if place.path.len() > 1 && place.path[0].iter().any(|i| !matches!(i, Index::Single(_))) {
            let whole = place.expr(&unparse, text.given().names.of(place.variable));
            return Region { ranges: vec![Range::Unknown(whole)] };
        }
        let sizes = text.sizes(place.variable);
        let is_parameter = text.program().variable(place.variable).origin == Origin::Parameter;
        for (dimension, index) in place.indices().enumerate() {
            let size = || sizes.get(dimension).map(|e| unparse.expr(e));
            let range = match index {
                Index::All => Range::All,
                Index::Single(e) => swept(text, e, loops),
                Index::Between(a, b) => Range::Span(unparse.expr(a), unparse.expr(b)),
                Index::To(b) => Range::Span(build::int(1), unparse.expr(b)),
                Index::From(a) => match size() {
                    Some(size) => Range::Span(unparse.expr(a), size),
                    None => Range::Unknown(unparse.expr(a)),
                },
                Index::Multi(e) => Range::Unknown(unparse.expr(e)),
            };
            // A slice whose ends move is known only with the data; slices of data are checked when they are bound.
            let moves = |e: &Expr| match e.kind {
                ExprKind::Variable(v) => match text.program().variable(v).origin {
                    Origin::Local => true,
                    Origin::LoopVariable => is_parameter,
                    _ => false,
                },
                _ => false,
            };
            let mut moving = false;
            if !matches!(index, Index::Single(_)) {
                index.for_each(&mut |e| moving |= moves(e));
            }
            let range = match (range, size()) {
                (Range::Span(a, _), _) if moving => Range::Unknown(a),
                (Range::Span(a, b), Some(size))
                    if difference(&a, &build::int(1)) == Some(0) && difference(&b, &size) == Some(0) =>
                {
                    Range::All
                }
                (range, _) => range,
            };
            ranges.push(range);
        }
        Region { ranges }
    }

    pub fn is_whole(&self) -> bool {
        self.ranges.iter().all(|r| *r == Range::All)
    }

    /// `[1:K, 2]`, or nothing where it is all.
    pub fn describe(&self) -> String {
        if self.is_whole() {
            return String::new();
        }
        let range = |r: &Range| match r {
            Range::All => ":".to_string(),
            Range::Span(a, b) if difference(a, b) == Some(0) => format::expression(a),
            Range::Span(a, b) => format!("{}:{}", format::expression(a), format::expression(b)),
            Range::Unknown(e) => format::expression(e),
        };
        let ranges: Vec<String> = self.ranges.iter().map(range).collect();
        format!("[{}]", ranges.join(", "))
    }
}

/// The values that an index takes while the loops run.
fn swept(text: &Text, e: &Expr, loops: &Loops) -> Range {
    let unparse = text.given();
    let printed = unparse.expr(e);
    let mut first = printed.clone();
    let mut last = printed.clone();
    for header in loops.iter().rev() {
        let StatementKind::For { variable, lower, upper, .. } = &header.kind else {
            if let StatementKind::ForEach { variable, .. } = &header.kind
                && mentions(&first, unparse.names.of(*variable))
            {
                return Range::Unknown(printed);
            }
            continue;
        };
        let name = unparse.names.of(*variable);
        if !mentions(&first, name) && !mentions(&last, name) {
            continue;
        }
        let step = build::binary(ast::BinaryOp::Plus, build::variable(name), build::int(1));
        // Only `i + c` sweeps a range without holes.
        let unit = difference(&substitute(&printed, name, &step), &printed) == Some(1);
        if !unit {
            return Range::Unknown(printed);
        }
        first = simplified(substitute(&first, name, &unparse.expr(lower)));
        last = simplified(substitute(&last, name, &unparse.expr(upper)));
    }
    match Affine::of(&first).to_expr().is_some() || first == last {
        true => Range::Span(first, last),
        false => Range::Span(first, last),
    }
}

pub fn mentions(e: &ast::Expr, name: &str) -> bool {
    let mut found = false;
    walk(&mut e.clone(), &mut |e| found |= matches!(&e.kind, ast::ExprKind::Variable(n) if n == name));
    found
}

/// `e` with another expression for a variable.
pub fn substitute(e: &ast::Expr, name: &str, by: &ast::Expr) -> ast::Expr {
    let mut out = e.clone();
    walk(&mut out, &mut |e| {
        if matches!(&e.kind, ast::ExprKind::Variable(n) if n == name) {
            *e = by.clone();
        }
    });
    out
}

fn walk(e: &mut ast::Expr, visit: &mut dyn FnMut(&mut ast::Expr)) {
    struct Each<'v>(&'v mut dyn FnMut(&mut ast::Expr));
    impl ppl_grammar::walk::VisitMut for Each<'_> {
        fn expr(&mut self, e: &mut ast::Expr) {
            (self.0)(e);
        }
    }
    ppl_grammar::walk::walk_expr(&mut Each(visit), e);
}

/// What these regions of one variable cover.
pub fn coverage(text: &Text, variable: VarId, regions: &[Region]) -> Coverage {
    if let [one] = regions
        && one.is_whole()
    {
        return Coverage::Whole;
    }
    if regions.iter().any(Region::is_whole) && regions.len() > 1 {
        return Coverage::Twice;
    }
    if (0..regions.len()).any(|i| regions[..i].contains(&regions[i])) {
        return Coverage::Twice;
    }
    // Ranges of one dimension, everything in the others.
    let Some(dimension) = (0..regions.iter().map(|r| r.ranges.len()).max().unwrap_or(0)).find(|&d| {
        regions.iter().all(|r| r.ranges.iter().enumerate().all(|(i, range)| i == d || *range == Range::All))
    }) else {
        return columns(text, variable, regions);
    };
    let sizes = text.sizes(variable);
    let Some(size) = sizes.get(dimension) else { return Coverage::Unknown };
    let size = text.given().expr(size);
    let mut spans = Vec::new();
    for region in regions {
        match region.ranges.get(dimension) {
            Some(Range::Span(a, b)) => spans.push((a.clone(), b.clone())),
            _ => return Coverage::Unknown,
        }
    }
    let missing = match gaps(spans, &size) {
        Some(missing) => missing,
        None => return Coverage::Unknown,
    };
    match (missing.is_empty(), dimension) {
        (true, _) => Coverage::Whole,
        (false, 0) => Coverage::Part { missing },
        (false, _) => Coverage::Unknown,
    }
}

/// Several dimensions that are not whole: rows that are each covered.
fn columns(text: &Text, variable: VarId, regions: &[Region]) -> Coverage {
    // Group by the first dimension; each group must cover the others.
    let mut rows: Vec<(Range, Vec<Region>)> = Vec::new();
    for region in regions {
        let Some((first, rest)) = region.ranges.split_first() else { return Coverage::Unknown };
        let rest = Region { ranges: rest.to_vec() };
        match rows.iter_mut().find(|(range, _)| range == first) {
            Some((_, group)) => group.push(rest),
            None => rows.push((first.clone(), vec![rest])),
        }
    }
    let sizes = text.sizes(variable);
    let covered = |group: &[Region]| {
        let spans: Option<Vec<_>> = group
            .iter()
            .map(|r| match (r.ranges.first(), r.ranges[1..].iter().all(|r| *r == Range::All)) {
                (Some(Range::Span(a, b)), true) => Some((a.clone(), b.clone())),
                _ => None,
            })
            .collect();
        let size = sizes.get(1).map(|e| text.given().expr(e));
        match (spans, size) {
            _ if group.len() == 1 && group[0].is_whole() => true,
            (Some(spans), Some(size)) => gaps(spans, &size).is_some_and(|missing| missing.is_empty()),
            _ => false,
        }
    };
    if !rows.iter().all(|(_, group)| covered(group)) {
        return Coverage::Unknown;
    }
    let firsts: Vec<Region> = rows.into_iter().map(|(range, _)| Region { ranges: vec![range] }).collect();
    if firsts.len() < regions.len() || firsts.iter().any(|r| r.ranges.len() == 1) {
        return match firsts.as_slice() {
            [one] if one.is_whole() => Coverage::Whole,
            _ => coverage(text, variable, &firsts),
        };
    }
    Coverage::Unknown
}

/// What disjoint spans leave out of `1:size`; `None` where their order is not known.
fn gaps(mut spans: Vec<(ast::Expr, ast::Expr)>, size: &ast::Expr) -> Option<Vec<(ast::Expr, ast::Expr)>> {
    let plus = |e: &ast::Expr, c: i64| simplified(build::binary(ast::BinaryOp::Plus, e.clone(), build::int(c)));
    let mut next = build::int(1);
    let mut first = true;
    let mut missing = Vec::new();
    while !spans.is_empty() {
        // The span that starts where the last one ended, or the only one left.
        let at = spans.iter().position(|(a, _)| difference(a, &next) == Some(0));
        let at = match at {
            Some(at) => at,
            None => {
                let ahead: Vec<usize> =
                    (0..spans.len()).filter(|&i| difference(&spans[i].0, &next).is_none_or(|d| d > 0)).collect();
                match (ahead.as_slice(), spans.len()) {
                    ([only], 1) => *only,
                    _ => {
                        // All starts must be comparable; take the first.
                        let least = (0..spans.len()).find(|&i| {
                            (0..spans.len())
                                .all(|j| i == j || difference(&spans[j].0, &spans[i].0).is_some_and(|d| d > 0))
                        })?;
                        if difference(&spans[least].0, &next).is_some_and(|d| d < 0) {
                            return None;
                        }
                        least
                    }
                }
            }
        };
        let (a, b) = spans.remove(at);
        if difference(&a, &next) != Some(0) {
            // Spans may overlap where it is not known which ends first.
            if difference(&a, &next).map_or(!first, |d| d < 0) {
                return None;
            }
            missing.push((next, plus(&a, -1)));
        }
        next = plus(&b, 1);
        first = false;
    }
    if difference(&next, size) != Some(1) {
        missing.push((next, size.clone()));
    }
    Some(missing)
}
