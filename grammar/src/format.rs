//! From the tree back to text, in one canonical layout: two spaces a level, lines of at most 100 characters where
//! possible, one space around binary operators, blank lines (at most one) and comments where the author put them.
//!
//! [`format`] rewrites a source file and keeps its comments; [`print_program`] writes trees that programs made.

use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::doc::{Doc, docs};
use crate::lexer::{self, Comment, CommentKind, Includes};
use crate::old;
use crate::parse::{Parsed, parse_tokens};
use crate::source::SourceMap;
use crate::span::{FileId, Span};

mod expressions;
mod statements;

/// Lines are broken before they get longer, where they can be.
pub const WIDTH: usize = 100;

/// Which parentheses to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parentheses {
    /// Those of the tree, and those that its meaning needs.
    #[default]
    Keep,
    /// Only those that the meaning needs.
    Minimal,
}

/// The file `source` in canonical layout. An `#include` stays what it is, so it must stand where a statement, a
/// declaration, a function or a block may stand. A program with syntax errors is not touched: the errors are returned.
pub fn format(source: &SourceMap) -> Result<String, Vec<Diagnostic>> {
    write(source, false)
}

/// [`format`], and what Stan has removed in its present spelling: `int x[N]`, `real[] x`, `x <- e`, `# comment`,
/// `increment_log_prob(e)`, `if_else(c, a, b)`, `get_lp()`, and functions under new names. What cannot be rewritten
/// without doubt (declarations that mix arrays of different sizes, `lp__`, densities that end with `_log`) is returned as
/// errors.
pub fn update(source: &SourceMap) -> Result<String, Vec<Diagnostic>> {
    let text = write(source, true)?;
    // Whatever could not be rewritten is still there.
    let Parsed { diagnostics, .. } = parse_tokens(source, lexer::lex(source, Includes::Keep));
    let again = SourceMap::from_text(source.name(), text.clone());
    match parse_tokens(&again, lexer::lex(&again, Includes::Keep)).is_ok() {
        true => Ok(text),
        false => Err(diagnostics),
    }
}

fn write(source: &SourceMap, update: bool) -> Result<String, Vec<Diagnostic>> {
    let lexed = lexer::lex(source, Includes::Keep);
    let comments = lexed.comments.clone();
    let Parsed { mut program, diagnostics } = parse_tokens(source, lexed);
    let is_in_the_way = |d: &Diagnostic| d.is_error() && !(update && old::FIXABLE.contains(&d.code));
    if diagnostics.iter().any(is_in_the_way) {
        return Err(diagnostics);
    }
    if update {
        old::modernize(&mut program);
    }
    let mut printer = Printer { text: Some(source), comments: &comments, parentheses: Parentheses::Keep };
    let only_functions = source.name().ends_with(".stanfunctions");
    Ok(finish(printer.program(&program, only_functions).render(WIDTH)))
}

/// The text of a tree, without comments. Parsing it gives the same tree again, up to spans and [`ExprKind::Paren`].
///
/// The exception is an `if` without `else` just before an `else`, which cannot be written without a block around it.
pub fn print_program(program: &Program, parentheses: Parentheses) -> String {
    let mut printer = Printer { text: None, comments: &[], parentheses };
    finish(printer.program(program, false).render(WIDTH))
}

/// One expression on one line.
pub fn expression(e: &Expr) -> String {
    one_line(|printer| printer.expr(e))
}

/// Expressions on one line, with commas between.
pub fn expressions(list: &[Expr]) -> String {
    list.iter().map(expression).collect::<Vec<_>>().join(", ")
}

/// A type, with its constraint, on one line.
pub fn sized_type(ty: &SizedType) -> String {
    one_line(|printer| printer.sized_type(ty))
}

/// A type without sizes, on one line.
pub fn unsized_type(ty: &UnsizedType) -> String {
    one_line(|printer| printer.unsized_type(ty))
}

/// One statement, as it stands in a program, without indentation.
pub fn statement(statement: &Statement) -> String {
    let mut printer = Printer { text: None, comments: &[], parentheses: Parentheses::Keep };
    printer.statement(statement).render(WIDTH)
}

fn one_line(print: impl FnOnce(&mut Printer) -> Doc) -> String {
    let mut printer = Printer { text: None, comments: &[], parentheses: Parentheses::Keep };
    print(&mut printer).group().render(usize::MAX)
}

fn finish(text: String) -> String {
    let text = text.trim_matches('\n');
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

/// Prints a tree and takes the comments along, in the order of the text.
struct Printer<'s> {
    /// Where the tree was read from; `None` for a tree that was not read.
    text: Option<&'s SourceMap>,
    /// Those not written yet.
    comments: &'s [Comment],
    parentheses: Parentheses,
}

/// What was written last, and where it ended in the source.
#[derive(Clone, Copy, Default)]
struct Last {
    end: Option<u32>,
}

impl<'s> Printer<'s> {
    /// Takes the next comment if it starts before `offset`.
    fn next_comment(&mut self, offset: u32) -> Option<&'s Comment> {
        let (first, rest) = self.comments.split_first()?;
        if first.span.start >= offset {
            return None;
        }
        self.comments = rest;
        Some(first)
    }

    fn line_of(&self, offset: u32) -> usize {
        self.text.map_or(0, |source| source.file(FileId(0)).line(offset as usize))
    }

    /// The comment itself.
    fn comment_text(&self, comment: &Comment) -> Doc {
        let text = self.text.map_or("", |source| source.slice(comment.span));
        match comment.kind {
            CommentKind::Line => Doc::from(text.trim_end()),
            CommentKind::Include => Doc::from(format!("#include {}", text.trim_start_matches("#include").trim())),
            CommentKind::Hash => Doc::from(format!("//{}", text.trim_start_matches('#').trim_end())),
            CommentKind::Block => {
                let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
                if lines.len() > 1 && lines[1..].iter().all(|line| line.trim_start().starts_with('*')) {
                    let mut parts = vec![Doc::from(lines[0])];
                    for line in &lines[1..] {
                        parts.push(Doc::HardLine);
                        parts.push(Doc::from(format!(" {}", line.trim_start())));
                    }
                    return Doc::Concat(parts);
                }
                Doc::Verbatim(lines.into_iter().map(str::to_string).collect())
            }
        }
    }

    /// Whether nothing else may follow the comment on its line.
    fn ends_line(comment: &Comment) -> bool {
        comment.kind != CommentKind::Block
    }

    /// The comments before `offset`, to stand in front of what is there.
    fn leading(&mut self, offset: u32) -> Doc {
        let mut parts = Vec::new();
        while let Some(comment) = self.next_comment(offset) {
            if comment.kind == CommentKind::Include {
                parts.push(Doc::HardLine);
            }
            parts.push(self.comment_text(comment));
            parts.push(if Self::ends_line(comment) { Doc::HardLine } else { Doc::from(" ") });
        }
        if parts.is_empty() { Doc::Nil } else { Doc::Concat(parts) }
    }

    /// A line break that may be taken, after something that ended at `end` and before something at `next`; comments on
    /// the rest of the line at `end` stay there.
    fn line(&mut self, end: u32, next: u32, otherwise: Doc) -> Doc {
        let mut parts = Vec::new();
        let mut broken = false;
        while let Some(comment) = self.comments.first() {
            let on_line = self.line_of(comment.span.start) == self.line_of(end) && comment.span.start >= end;
            if broken || comment.span.start >= next || !on_line || !Self::ends_line(comment) {
                break;
            }
            self.comments = &self.comments[1..];
            parts.push(Doc::from(" "));
            parts.push(self.comment_text(comment));
            parts.push(Doc::HardLine);
            broken = true;
        }
        if !broken {
            return otherwise;
        }
        Doc::Concat(parts)
    }

    /// The comments before `offset`, to stand before a closing bracket.
    fn closing(&mut self, offset: u32) -> Doc {
        let mut parts = Vec::new();
        while let Some(comment) = self.next_comment(offset) {
            parts.push(Doc::from(" "));
            parts.push(self.comment_text(comment));
            if Self::ends_line(comment) {
                parts.push(Doc::HardLine);
            }
        }
        if parts.is_empty() { Doc::Nil } else { Doc::Concat(parts) }
    }

    /// `open item, item, ... close`, broken after the open bracket, between items and before the closing one.
    fn bracketed(&mut self, open: &str, items: Vec<Item<'_>>, close: &str, whole: Span) -> Doc {
        if items.is_empty() {
            let comments = self.closing(whole.end.saturating_sub(1));
            return docs![open, comments, close];
        }
        let mut parts = vec![Doc::SoftLine];
        let last = items.len() - 1;
        for (at, item) in items.iter().enumerate() {
            let start = item.span.start;
            parts.push(self.leading(start));
            parts.push((item.print)(self));
            if at < last {
                parts.push(Doc::from(item.separator));
                let next = items[at + 1].span.start;
                parts.push(self.line(item.span.end, next, Doc::Line));
            }
        }
        let comments = self.closing(whole.end.saturating_sub(1));
        docs![open, Doc::Concat(parts).nest(), comments.nest(), Doc::SoftLine, close].group()
    }
}

/// Something in a list.
struct Item<'a> {
    span: Span,
    separator: &'static str,
    #[allow(clippy::type_complexity)]
    print: Box<dyn Fn(&mut Printer) -> Doc + 'a>,
}

impl<'a> Item<'a> {
    fn new(span: Span, print: impl Fn(&mut Printer) -> Doc + 'a) -> Item<'a> {
        Item { span, separator: ",", print: Box::new(print) }
    }
}
