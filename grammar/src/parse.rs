//! From text to tree.
//!
//! The generated parser stops at the first token that it cannot place. Then the statement around that token is cut out
//! (with knowledge of braces, so that one mistake rarely causes messages about others), a marker is put in its place,
//! and the parser starts again, until everything else has been read.

use std::cell::Cell;

use lalrpop_util::ParseError;

use crate::actions::Builder;
use crate::ast::Program;
use crate::diagnostic::Diagnostic;
use crate::lexer::{self, Includes, Lexed, Lexeme, Loc, Token};
use crate::nesting;
use crate::old;
use crate::recover;
use crate::source::SourceMap;
use crate::span::{FileId, Span};
use crate::stan::ProgramParser;
use crate::unexpected;

/// After so many syntax errors the rest is not worth reading.
const MAX_ERRORS: usize = 50;
/// As many are told; more help nobody.
const MAX_DIAGNOSTICS: usize = 100;
/// Tokens that may be read again on account of errors: keeps long broken files from taking long.
const MAX_REREAD: usize = 4_000_000;

/// What parsing gives. The tree holds whatever could be read; where `diagnostics` has an error it is incomplete.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    pub program: Program,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether the program is one of the language, as far as its syntax goes.
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a program. A file whose name ends with `.stanfunctions` holds the contents of a `functions` block.
pub fn parse(source: &SourceMap) -> Parsed {
    parse_tokens(source, lexer::lex(source, Includes::Follow))
}

pub(crate) fn parse_tokens(source: &SourceMap, lexed: Lexed) -> Parsed {
    let Lexed { mut tokens, diagnostics, end, .. } = lexed;
    if source.name().ends_with(".stanfunctions") {
        wrap_in_functions(&mut tokens, end);
    }
    let order = Order::new(&tokens);
    let mut found = diagnostics;
    if let Some(at) = nesting::too_deep(&tokens, nesting::MAX_DEPTH) {
        let message = format!("nested more than {} levels deep", nesting::MAX_DEPTH);
        let diagnostic = Diagnostic::error("E0110", tokens[at].span, message)
            .with_hint("split the expression or statement up, with local variables or functions");
        found.push(diagnostic);
        order.sort(&mut found);
        return Parsed { program: Program::default(), diagnostics: found };
    }
    let parser = ProgramParser::new();
    let mut reread = 0;
    let mut errors = 0;
    let mut program = loop {
        let mut builder = Builder::default();
        let read = Cell::new(0_usize);
        let stream = tokens.iter().map(|lexeme| {
            read.set(read.get() + 1);
            (lexeme.start(), lexeme.token, lexeme.end())
        });
        let (at, expected) = match parser.parse(&mut builder, stream) {
            Ok(program) => {
                found.append(&mut builder.diagnostics);
                break program;
            }
            Err(ParseError::UnrecognizedEof { expected, .. }) => (tokens.len(), expected),
            Err(ParseError::UnrecognizedToken { expected, .. }) => (read.get().saturating_sub(1), expected),
            // A lexer of our own and actions that do not fail never give the other kinds.
            Err(_) => (read.get().saturating_sub(1), Vec::new()),
        };
        // A comment without end is why the text ends here.
        let is_told = match tokens.get(at) {
            Some(lexeme) => lexeme.token == Token::Broken,
            None => found.iter().any(|diagnostic| diagnostic.code == "E0003"),
        };
        if !is_told {
            found.push(unexpected::explain(source, &tokens, at, end_span(end), &expected));
        }
        errors += 1;
        reread += tokens.len();
        if errors >= MAX_ERRORS || reread > MAX_REREAD {
            found.append(&mut builder.diagnostics);
            break Program::default();
        }
        // What was noted in the part that goes would be lost; the rest will be noted again.
        let removed = recover::cut(&mut tokens, at).removed;
        let is_removed = |span: Span| removed.iter().any(|gone| gone.file == span.file && gone.start == span.start);
        found.extend(builder.diagnostics.into_iter().filter(|diagnostic| is_removed(diagnostic.span)));
    };
    old::check(&mut program, &mut found);
    order.sort(&mut found);
    if let Some(first_left_out) = found.get(MAX_DIAGNOSTICS) {
        let left_out = found.len() - MAX_DIAGNOSTICS;
        let last = Diagnostic::error("E0199", first_left_out.span, format!("{left_out} more errors from here on"));
        found.truncate(MAX_DIAGNOSTICS);
        found.push(last);
    }
    Parsed { program, diagnostics: found }
}

fn end_span(end: Loc) -> Span {
    Span::new(end.file, end.offset as usize, end.offset as usize)
}

fn wrap_in_functions(tokens: &mut Vec<Lexeme>, end: Loc) {
    let at = |offset: u32| Span { file: FileId(0), start: offset, end: offset };
    tokens.insert(0, Lexeme { token: Token::Functions, span: at(0) });
    tokens.insert(1, Lexeme { token: Token::LBrace, span: at(0) });
    tokens.push(Lexeme { token: Token::RBrace, span: at(end.offset) });
}

/// The order of the text, in which a file that is included comes where it is included.
struct Order {
    /// For each file, where its tokens start and how many tokens come before them; by start.
    files: Vec<Vec<(u32, usize)>>,
}

impl Order {
    fn new(tokens: &[Lexeme]) -> Order {
        let mut files: Vec<Vec<(u32, usize)>> = Vec::new();
        for (index, lexeme) in tokens.iter().enumerate() {
            let file = usize::from(lexeme.span.file.0);
            if files.len() <= file {
                files.resize(file + 1, Vec::new());
            }
            files[file].push((lexeme.span.start, index));
        }
        for file in &mut files {
            file.sort_unstable();
        }
        Order { files }
    }

    fn rank(&self, span: Span) -> usize {
        let Some(file) = self.files.get(usize::from(span.file.0)) else {
            return usize::MAX;
        };
        let after = file.partition_point(|&(start, _)| start < span.start);
        file.get(after).map_or(usize::MAX, |&(_, index)| index)
    }

    fn sort(&self, diagnostics: &mut [Diagnostic]) {
        diagnostics.sort_by_key(|diagnostic| (self.rank(diagnostic.span), diagnostic.span.start));
    }
}
