//! Model grammars: which programs there are, and how likely each is. The notation, and the grammars that ship.
//!
//! ```text
//! grammar small;
//! start Model;
//! type Predictor: vector;
//! role slope = 0.5 @ 1, 1 @ 2;
//! set Terms of Term mean 1.5;
//!
//! rule Model normal @ 1 for real {
//!   parameters { real<lower=0> sigma; }
//!   model { sigma ~ exponential(1); y ~ normal($Predictor, sigma); }
//! }
//! rule Predictor linear @ 1 {
//!   parameters { real alpha; }
//!   model { alpha ~ normal(0, 1); return alpha + $Terms; }
//! }
//! rule Term slope(x: real) @ 1 {
//!   parameters { real beta; }
//!   model { beta ~ normal(0, $slope); return beta * x; }
//! }
//! ```
//!
//! A rule says what a non-terminal may be: its weight beside the other rules of that non-terminal, the kinds of outcome it is for, the columns it
//! points at (`x: real | time` is a column of either kind), what the table must have besides (`needs time`), and a body in Stan. Parameters get
//! fresh names. `$Name` is a part that another rule makes, a sum of terms, or a scale of a prior (a role); named again it is the same part, and
//! `$Name_2` is another one of its kind. The table has `N` rows; the outcome is `y`, of `K` categories where it has them; `levels(g)` is the
//! number of groups of a column `g`.
//!
//! A part is a `real`, a `vector` of length N, or `logits`: a vector of K numbers for the row `i` of the loop that the outer rule has.

mod tokens;
mod tree;

#[allow(clippy::all, unused, missing_docs)]
mod notation {
    include!(concat!(env!("OUT_DIR"), "/models/notation.rs"));
}

use crate::ast::{ExprKind, StatementKind};
use crate::diagnostic::Diagnostic;
use crate::parse;
use crate::source::SourceMap;
use crate::span::{FileId, Span};
use lalrpop_util::ParseError;
use logos::Logos;
use std::ops::Range;
use tokens::Token;
pub use tree::{Body, Grade, Hole, Item, Kind, ModelGrammar, Name, Parameter, hole};

/// The grammars that ship, by name.
pub const SHIPPED: &[(&str, &str)] = &[
    ("bounded", include_str!("../models/bounded.grammar")),
    ("exact", include_str!("../models/exact.grammar")),
    ("wide", include_str!("../models/wide.grammar")),
];

/// Spans of grammars: they are one file.
pub fn span(range: &Range<usize>) -> Span {
    Span::new(FileId(0), range.start, range.end)
}

/// Parses a model grammar.
///
/// # Errors
/// What is wrong with its notation, or with the Stan of its bodies.
pub fn parse(source: &SourceMap) -> Result<ModelGrammar, Vec<Diagnostic>> {
    let text = source.text();
    let mut lexemes = Vec::new();
    for (token, range) in Token::lexer(text).spanned() {
        match token {
            Ok(token) => lexemes.push((range.start, token, range.end)),
            Err(()) => return Err(vec![unreadable(text, range)]),
        }
    }
    let stream = lexemes.iter().copied().map(Ok::<_, ()>);
    let items = notation::ItemsParser::new().parse(stream).map_err(|error| vec![unexpected(text, error)])?;
    let mut bodies = Vec::new();
    let mut diagnostics = Vec::new();
    for item in &items {
        if let Item::Rule { body: range, .. } = item {
            match body(source.name(), text, range.clone()) {
                Ok(body) => bodies.push(body),
                Err(found) => diagnostics.extend(found),
            }
        }
    }
    match diagnostics.iter().any(Diagnostic::is_error) {
        true => Err(diagnostics),
        false => Ok(ModelGrammar { items, bodies }),
    }
}

fn unreadable(text: &str, range: Range<usize>) -> Diagnostic {
    let open = text[range.clone()].starts_with('{');
    let message = if open { "this brace is never closed" } else { "this is no part of the notation of model grammars" };
    Diagnostic::error("E0701", span(&range), message)
}

fn unexpected(text: &str, error: ParseError<usize, Token<'_>, ()>) -> Diagnostic {
    let (range, expected) = match error {
        ParseError::UnrecognizedToken { token: (start, _, end), expected } => (start..end, expected),
        ParseError::UnrecognizedEof { expected, .. } => (text.len().saturating_sub(1)..text.len(), expected),
        ParseError::ExtraToken { token: (start, _, end) } => (start..end, Vec::new()),
        ParseError::InvalidToken { location } => (location..location + 1, Vec::new()),
        ParseError::User { error: () } => (0..0, Vec::new()),
    };
    let wanted = expected.join(", ");
    let diagnostic = Diagnostic::error("E0702", span(&range), "this is not expected here");
    match wanted.is_empty() {
        true => diagnostic,
        false => diagnostic.with_hint(format!("expected {wanted}")),
    }
}

/// Parses the Stan of a body in its place: everything around it is blank.
fn body(name: &str, text: &str, range: Range<usize>) -> Result<Body, Vec<Diagnostic>> {
    let mut holes = Vec::new();
    let mut blank = String::with_capacity(range.end);
    blank.extend(text[..range.start].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
    // offsets count bytes
    while blank.len() < range.start {
        blank.push(' ');
    }
    let inside = &text[range.clone()];
    for (at, c) in inside.char_indices() {
        if c != '$' {
            blank.push(c);
            continue;
        }
        let rest = &inside[at + 1..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let place = range.start + at..range.start + at + 1 + length;
        holes.push(Hole { name: rest[..length].to_string(), span: span(&place) });
        blank.push(tree::HOLE);
    }
    let parsed = parse::parse(&SourceMap::from_text(name, blank));
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    let program = parsed.program;
    let elsewhere =
        [&program.data, &program.transformed_data, &program.transformed_parameters, &program.generated_quantities];
    if let Some(block) = elsewhere.into_iter().flatten().next() {
        let message = "a rule has blocks `parameters` and `model` only";
        return Err(vec![Diagnostic::error("E0703", block.span, message)]);
    }
    let parameters = program.parameters.map(|block| block.items).unwrap_or_default();
    let mut model = program.model.map(|block| block.items).unwrap_or_default();
    let result = match model.last().map(|s| &s.kind) {
        Some(StatementKind::Return(Some(e))) => {
            let e = e.clone();
            model.pop();
            Some(e)
        }
        _ => None,
    };
    let stray = model.iter().find(|s| matches!(s.kind, StatementKind::Return(_)));
    if let Some(statement) = stray {
        return Err(vec![Diagnostic::error("E0704", statement.span, "`return` is the last statement of a rule")]);
    }
    let mut body = Body { parameters, model, result, holes };
    strip(&mut body);
    Ok(body)
}

/// Parentheses are for the reader.
fn strip(body: &mut Body) {
    struct Strip;
    impl crate::walk::VisitMut for Strip {
        fn expr(&mut self, e: &mut crate::ast::Expr) {
            if let ExprKind::Paren(inner) = &mut e.kind {
                let inner = (**inner).clone();
                *e = inner;
            }
        }
    }
    body.parameters.iter_mut().chain(&mut body.model).for_each(|s| crate::walk::walk_statement(&mut Strip, s));
    if let Some(result) = &mut body.result {
        crate::walk::walk_expr(&mut Strip, result);
    }
}
