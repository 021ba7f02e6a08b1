//! From text to tokens. Nothing fails here: what is no token becomes [`Token::Bad`] and is told by the parser where it
//! matters, and comments are kept aside for the formatter.

use std::ops::Range;

use logos::Logos;

use crate::diagnostic::Diagnostic;
use crate::source::{Included, SourceMap};
use crate::span::{FileId, Span};

/// One token. Names and numbers carry their text.
#[derive(Logos, Clone, Copy, Debug, PartialEq)]
#[logos(skip r"[ \t\x0C\r\n]+")]
#[logos(skip r"\u{FEFF}")]
pub enum Token<'s> {
    // Blocks. The words of a block's name stand on one line.
    #[token("functions")]
    Functions,
    #[token("data")]
    Data,
    #[regex(r"transformed[ \t\x0C]+data")]
    TransformedData,
    #[token("parameters")]
    Parameters,
    #[regex(r"transformed[ \t\x0C]+parameters")]
    TransformedParameters,
    #[token("model")]
    Model,
    #[regex(r"generated[ \t\x0C]+quantities")]
    GeneratedQuantities,

    // Punctuation
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token("(")]
    LParen,
    #[token(")")]
    RParen,
    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token("<")]
    Less,
    #[token(">")]
    Greater,
    #[token(",")]
    Comma,
    #[token(";")]
    Semicolon,
    #[token("|")]
    Bar,
    #[token("@")]
    At,

    // Control flow
    #[token("return")]
    Return,
    #[token("if")]
    If,
    #[token("else")]
    Else,
    #[token("while")]
    While,
    #[token("profile")]
    Profile,
    #[token("for")]
    For,
    #[token("in")]
    In,
    #[token("break")]
    Break,
    #[token("continue")]
    Continue,

    // Types
    #[token("void")]
    Void,
    #[token("int")]
    Int,
    #[token("real")]
    Real,
    #[token("complex")]
    Complex,
    #[token("vector")]
    Vector,
    #[token("row_vector")]
    RowVector,
    #[token("matrix")]
    Matrix,
    #[token("complex_vector")]
    ComplexVector,
    #[token("complex_row_vector")]
    ComplexRowVector,
    #[token("complex_matrix")]
    ComplexMatrix,
    #[token("array")]
    Array,
    #[token("tuple")]
    Tuple,
    #[token("ordered")]
    Ordered,
    #[token("positive_ordered")]
    PositiveOrdered,
    #[token("simplex")]
    Simplex,
    #[token("unit_vector")]
    UnitVector,
    #[token("sum_to_zero_vector")]
    SumToZeroVector,
    #[token("sum_to_zero_matrix")]
    SumToZeroMatrix,
    #[token("cholesky_factor_corr")]
    CholeskyFactorCorr,
    #[token("cholesky_factor_cov")]
    CholeskyFactorCov,
    #[token("corr_matrix")]
    CorrMatrix,
    #[token("cov_matrix")]
    CovMatrix,
    #[token("column_stochastic_matrix")]
    ColumnStochasticMatrix,
    #[token("row_stochastic_matrix")]
    RowStochasticMatrix,

    // Constraints
    #[token("lower")]
    Lower,
    #[token("upper")]
    Upper,
    #[token("offset")]
    Offset,
    #[token("multiplier")]
    Multiplier,

    // Operators
    #[token("?")]
    Question,
    #[token(":")]
    Colon,
    #[token("!")]
    Not,
    #[token("-")]
    Minus,
    #[token("+")]
    Plus,
    #[token("^")]
    Pow,
    #[token("'")]
    Transpose,
    #[token("*")]
    Times,
    #[token("/")]
    Divide,
    #[token("%")]
    Modulo,
    #[token("%/%")]
    IntDivide,
    #[token("\\")]
    LeftDivide,
    #[token(".*")]
    EltTimes,
    #[token(".^")]
    EltPow,
    #[token("./")]
    EltDivide,
    #[token("||")]
    Or,
    #[token("&&")]
    And,
    #[token("==")]
    Equals,
    #[token("!=")]
    NotEquals,
    #[token("<=")]
    LessEquals,
    #[token(">=")]
    GreaterEquals,
    #[token("~")]
    Tilde,
    #[token("=")]
    Assign,
    #[token("+=")]
    PlusAssign,
    #[token("-=")]
    MinusAssign,
    #[token("*=")]
    TimesAssign,
    #[token("/=")]
    DivideAssign,
    #[token(".*=")]
    EltTimesAssign,
    #[token("./=")]
    EltDivideAssign,

    // Words with a grammar of their own
    #[token("print")]
    Print,
    #[token("reject")]
    Reject,
    #[token("fatal_error")]
    FatalError,
    #[token("target")]
    Target,
    #[token("jacobian")]
    Jacobian,
    /// `T`: truncation after `~`, a name anywhere else.
    #[token("T", priority = 10)]
    Truncate,

    // Literals and names
    #[regex(r"[0-9]+(_[0-9]+)*")]
    IntLiteral(&'s str),
    #[regex(r"[0-9]+(_[0-9]+)*\.([0-9]+(_[0-9]+)*)?([eE][+-]?[0-9]+(_[0-9]+)*)?")]
    #[regex(r"\.[0-9]+(_[0-9]+)*[eE][+-]?[0-9]+(_[0-9]+)*")]
    #[regex(r"[0-9]+(_[0-9]+)*[eE][+-]?[0-9]+(_[0-9]+)*")]
    RealLiteral(&'s str),
    /// `.1`: a number, or a part of a tuple where it follows an expression.
    #[regex(r"\.[0-9]+(_[0-9]+)*")]
    DotLiteral(&'s str),
    #[regex(r"[0-9]+(_[0-9]+)*i")]
    #[regex(r"[0-9]+(_[0-9]+)*\.([0-9]+(_[0-9]+)*)?([eE][+-]?[0-9]+(_[0-9]+)*)?i")]
    #[regex(r"\.[0-9]+(_[0-9]+)*([eE][+-]?[0-9]+(_[0-9]+)*)?i")]
    #[regex(r"[0-9]+(_[0-9]+)*[eE][+-]?[0-9]+(_[0-9]+)*i")]
    ImaginaryLiteral(&'s str),
    /// With its quotes.
    #[regex(r#""[^"\r\n]*""#)]
    StringLiteral(&'s str),
    #[regex(r"[a-zA-Z][a-zA-Z0-9_]*")]
    Identifier(&'s str),

    // What the parser does not see
    #[regex(r"//[^\r\n]*", allow_greedy = true)]
    LineComment,
    /// Its end may be missing.
    #[token("/*", block_comment)]
    BlockComment,
    /// `#include` or an old comment, to the end of it.
    #[token("#", hash)]
    Hash(Hash<'s>),

    /// What no token starts with.
    Bad(Bad),
    /// Made by the parser in place of a statement, declaration or function that it could not read.
    Broken,
}

/// What is wrong with a [`Token::Bad`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    Character(char),
    UnclosedString,
    /// `_x`
    LeadingUnderscore,
}

fn block_comment<'s>(lexer: &mut logos::Lexer<'s, Token<'s>>) {
    let rest = lexer.remainder();
    let length = rest.find("*/").map_or(rest.len(), |at| at + 2);
    lexer.bump(length);
}

/// What follows a `#`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash<'s> {
    /// `#include "file"`, `#include <file>` or `#include file`: the name.
    Include(&'s str),
    /// `# ...`, Stan's comment until 2.32.
    Comment,
}

fn hash<'s>(lexer: &mut logos::Lexer<'s, Token<'s>>) -> Hash<'s> {
    const SPACE: [char; 5] = [' ', '\t', '\x0C', '\r', '\n'];
    let rest = lexer.remainder();
    let Some(after) = rest.strip_prefix("include").filter(|after| after.starts_with(SPACE)) else {
        lexer.bump(rest.find(['\r', '\n']).unwrap_or(rest.len()));
        return Hash::Comment;
    };
    let name = after.trim_start_matches(SPACE);
    let name_at = rest.len() - name.len();
    let quoted = |open: char, close: char| {
        let inner = name.strip_prefix(open)?;
        let end = inner.find([close, '\r', '\n'])?;
        inner[end..].starts_with(close).then(|| &inner[..end])
    };
    let (text, length) = match quoted('"', '"').or_else(|| quoted('<', '>')) {
        Some(inner) => (inner, inner.len() + 2),
        None => {
            let end = name.find(SPACE).unwrap_or(name.len());
            (&name[..end], end)
        }
    };
    lexer.bump(name_at + length);
    Hash::Include(text)
}

/// A place between characters, as the parser counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loc {
    pub file: FileId,
    pub offset: u32,
}

/// The span from `start` to `end`. A construct that starts in one file and ends in another is given its first character.
pub fn span(start: Loc, end: Loc) -> Span {
    let end = if start.file == end.file { end.offset.max(start.offset) } else { start.offset + 1 };
    Span { file: start.file, start: start.offset, end }
}

/// A token in its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lexeme<'s> {
    pub token: Token<'s>,
    pub span: Span,
}

impl Lexeme<'_> {
    pub fn start(&self) -> Loc {
        Loc { file: self.span.file, offset: self.span.start }
    }

    pub fn end(&self) -> Loc {
        Loc { file: self.span.file, offset: self.span.end }
    }
}

/// A comment or another piece of text that is no part of the tree but must not be lost when the program is formatted.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    pub kind: CommentKind,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentKind {
    /// `// ...`
    Line,
    /// `/* ... */`
    Block,
    /// `# ...`, to be written as `// ...`
    Hash,
    /// An `#include` that was not followed.
    Include,
}

/// The tokens of a program, included files spliced in.
#[derive(Clone, Debug, Default)]
pub struct Lexed<'s> {
    pub tokens: Vec<Lexeme<'s>>,
    /// In the order of the text.
    pub comments: Vec<Comment>,
    pub diagnostics: Vec<Diagnostic>,
    /// Where the text ends.
    pub end: Loc,
}

/// What to do with `#include`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Includes {
    /// Put the tokens of the file in its place.
    Follow,
    /// Keep it as a comment.
    Keep,
}

/// The tokens of `source`.
pub fn lex(source: &SourceMap, includes: Includes) -> Lexed<'_> {
    let mut lexed = Lexed::default();
    lex_file(source, FileId(0), includes, &mut lexed);
    let text = source.text();
    lexed.end = Loc { file: FileId(0), offset: text.len() as u32 };
    lexed
}

fn lex_file<'s>(source: &'s SourceMap, file: FileId, includes: Includes, out: &mut Lexed<'s>) {
    let text = &source.file(file).text;
    let mut lexer = Token::lexer(text);
    while let Some(result) = lexer.next() {
        let range = lexer.span();
        let span = Span::new(file, range.start, range.end);
        let comment = |kind| Comment { kind, span };
        match result {
            Ok(Token::LineComment) => out.comments.push(comment(CommentKind::Line)),
            Ok(Token::BlockComment) => {
                if text[range.clone()].len() < 4 || !text[range.clone()].ends_with("*/") {
                    // Told at the end of the text, where the missing end would have to be, as Stan does.
                    let end = Span::new(file, text.len(), text.len());
                    let diagnostic = Diagnostic::error("E0003", end, "comment without end: expected `*/`")
                        .with_label(Span::new(file, range.start, range.start + 2), "the comment starts here");
                    out.diagnostics.push(diagnostic);
                }
                out.comments.push(comment(CommentKind::Block));
            }
            Ok(Token::Hash(Hash::Comment)) => {
                let diagnostic = Diagnostic::error("E0004", span, "`#` does not start a comment")
                    .with_hint(format!("write `//{}`", text[range.clone()].trim_start_matches('#').trim_end()));
                out.diagnostics.push(diagnostic);
                out.comments.push(comment(CommentKind::Hash));
            }
            Ok(Token::Hash(Hash::Include(_))) if includes == Includes::Keep => {
                out.comments.push(comment(CommentKind::Include))
            }
            Ok(Token::Hash(Hash::Include(_))) => match source.included(span) {
                Included::File(id) => lex_file(source, id, includes, out),
                Included::Nothing => {}
                Included::Failed(diagnostic) => out.diagnostics.push(diagnostic.clone()),
            },
            Ok(token) => out.tokens.push(Lexeme { token, span }),
            Err(()) => {
                let (bad, length) = bad(&text[range.start..]);
                // Logos may stop inside what is reported as one mistake; go on behind it.
                lexer.bump((range.start + length).saturating_sub(lexer.span().end));
                let span = Span::new(file, range.start, (range.start + length).max(range.end));
                out.tokens.push(Lexeme { token: Token::Bad(bad), span });
            }
        }
    }
}

/// What `text` starts with, which is no token, and how many bytes of it belong together.
fn bad(text: &str) -> (Bad, usize) {
    let first = text.chars().next().unwrap_or('\0');
    match first {
        '"' => (Bad::UnclosedString, text.find(['\r', '\n']).unwrap_or(text.len())),
        '_' => {
            let end = text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
            (Bad::LeadingUnderscore, end)
        }
        _ => (Bad::Character(first), first.len_utf8().min(text.len())),
    }
}

/// The `#include` directives of a text and the names they give, in order.
pub(crate) fn includes(text: &str) -> Vec<(Range<usize>, String)> {
    if !text.contains("#include") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut lexer = Token::lexer(text);
    while let Some(result) = lexer.next() {
        match result {
            Ok(Token::Hash(Hash::Include(name))) => found.push((lexer.span(), name.to_string())),
            Ok(_) => {}
            Err(()) => {
                let range = lexer.span();
                let (_, length) = bad(&text[range.start..]);
                lexer.bump((range.start + length).saturating_sub(range.end));
            }
        }
    }
    found
}
