//! Going on after a syntax error: the broken statement is cut out of the tokens, and a marker put in its place.

use crate::lexer::{Lexeme, Token};
use crate::span::Span;

/// What [`cut`] took away: where the tokens stood.
pub struct Cut {
    pub removed: Vec<Span>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Brace {
    Block,
    /// `{1, 2}`
    Array,
}

/// Changes `tokens` so that the mistake at `at` (which may be the end) is no longer there. Every call either makes the
/// list shorter or adds braces that were missing.
pub fn cut(tokens: &mut Vec<Lexeme>, at: usize) -> Cut {
    let open = open_braces(tokens, at);
    let blocks = open.iter().filter(|&&brace| brace == Brace::Block).count();
    let mut arrays = open.iter().rev().take_while(|&&brace| brace == Brace::Array).count();
    let place = match tokens.get(at).or(tokens.last()) {
        Some(lexeme) if at < tokens.len() => Span { end: lexeme.span.start, ..lexeme.span },
        Some(lexeme) => Span { start: lexeme.span.end, ..lexeme.span },
        None => Span::default(),
    };
    let insert = |token| Lexeme { token, span: place };
    // `data real x; }`
    if blocks == 0 && at > 0 && at < tokens.len() && is_block_name(tokens[at - 1].token) {
        tokens.insert(at, insert(Token::LBrace));
        return Cut { removed: Vec::new() };
    }
    let start = statement_start(tokens, at);
    let block_follows = at == tokens.len() || starts_block(tokens, at);
    let end = if blocks > 0 && block_follows {
        at
    } else if blocks == 0 {
        // Between blocks: on to the next one.
        (at + 1..tokens.len()).find(|&next| starts_block(tokens, next)).unwrap_or(tokens.len())
    } else {
        statement_end(tokens, at, &mut arrays)
    };
    let was_marker = tokens.get(at).is_some_and(|lexeme| lexeme.token == Token::Broken);
    let removed: Vec<Span> = tokens[start..end].iter().map(|lexeme| lexeme.span).collect();
    let mut replacement = Vec::new();
    if blocks > 0 && !removed.is_empty() && !was_marker {
        let first = removed[0];
        let span = removed.iter().fold(first, |whole, &span| whole.to(span));
        replacement.push(Lexeme { token: Token::Broken, span });
    }
    if blocks > 0 && block_follows {
        replacement.extend(std::iter::repeat_n(insert(Token::RBrace), blocks));
    }
    let unchanged = removed.is_empty() && replacement.is_empty();
    tokens.splice(start..end, replacement);
    if unchanged && at < tokens.len() {
        let span = tokens.remove(at).span;
        return Cut { removed: vec![span] };
    }
    Cut { removed }
}

/// The braces that are open before `at`.
fn open_braces(tokens: &[Lexeme], at: usize) -> Vec<Brace> {
    let mut open = Vec::new();
    for index in 0..at.min(tokens.len()) {
        match tokens[index].token {
            Token::LBrace => open.push(brace(tokens, index, open.last().copied())),
            Token::RBrace => {
                open.pop();
            }
            // No array literal goes past the end of a statement.
            Token::Semicolon => {
                while open.last() == Some(&Brace::Array) {
                    open.pop();
                }
            }
            _ => {}
        }
    }
    open
}

/// What the `{` at `index` opens, as its left neighbour tells.
fn brace(tokens: &[Lexeme], index: usize, outer: Option<Brace>) -> Brace {
    let Some(before) = index.checked_sub(1).map(|before| tokens[before].token) else {
        return Brace::Block;
    };
    match before {
        Token::LBrace => outer.unwrap_or(Brace::Block),
        Token::Assign
        | Token::PlusAssign
        | Token::MinusAssign
        | Token::TimesAssign
        | Token::DivideAssign
        | Token::EltTimesAssign
        | Token::EltDivideAssign
        | Token::LParen
        | Token::LBracket
        | Token::Comma
        | Token::Return
        | Token::In
        | Token::Question
        | Token::Colon
        | Token::Bar
        | Token::Tilde
        | Token::Not
        | Token::Minus
        | Token::Plus
        | Token::Pow
        | Token::Times
        | Token::Divide
        | Token::Modulo
        | Token::IntDivide
        | Token::LeftDivide
        | Token::EltTimes
        | Token::EltPow
        | Token::EltDivide
        | Token::Or
        | Token::And
        | Token::Equals
        | Token::NotEquals
        | Token::Less
        | Token::LessEquals
        | Token::Greater
        | Token::GreaterEquals => Brace::Array,
        _ => Brace::Block,
    }
}

/// Where the statement (declaration, function) that `at` belongs to begins.
pub fn statement_start(tokens: &[Lexeme], at: usize) -> usize {
    let mut open = Vec::new();
    let mut start = 0;
    for index in 0..at.min(tokens.len()) {
        match tokens[index].token {
            Token::Broken => start = index + 1,
            Token::Semicolon => {
                start = index + 1;
                while open.last() == Some(&Brace::Array) {
                    open.pop();
                }
            }
            Token::LBrace => {
                let kind = brace(tokens, index, open.last().copied());
                open.push(kind);
                if kind == Brace::Block {
                    start = index + 1;
                }
            }
            Token::RBrace => {
                let closed = open.pop();
                start = if closed == Some(Brace::Array) { start } else { index + 1 };
            }
            _ => {}
        }
    }
    start
}

/// One past the end of the statement that `at` belongs to, inside a block; `arrays` array literals are open at `at`.
fn statement_end(tokens: &[Lexeme], at: usize, arrays: &mut usize) -> usize {
    let mut index = at;
    while let Some(lexeme) = tokens.get(index) {
        match lexeme.token {
            Token::Semicolon if tokens.get(index + 1).is_none_or(|next| next.token != Token::Else) => return index + 1,
            Token::RBrace if *arrays > 0 => *arrays -= 1,
            Token::RBrace => return index,
            Token::LBrace => {
                let outer = if *arrays > 0 { Some(Brace::Array) } else { None };
                if brace(tokens, index, outer) == Brace::Array {
                    *arrays += 1;
                } else {
                    index = after_block(tokens, index);
                    if tokens.get(index).is_none_or(|next| next.token != Token::Else) {
                        return index;
                    }
                }
            }
            _ if index > at && starts_block(tokens, index) => return index,
            _ => {}
        }
        index += 1;
    }
    tokens.len()
}

/// One past the `}` that closes the `{` at `index`.
fn after_block(tokens: &[Lexeme], index: usize) -> usize {
    let mut depth = 0_usize;
    for (at, lexeme) in tokens.iter().enumerate().skip(index) {
        match lexeme.token {
            Token::LBrace => depth += 1,
            Token::RBrace => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ if starts_block(tokens, at) => return at,
            _ => {}
        }
    }
    tokens.len()
}

pub fn is_block_name(token: Token) -> bool {
    matches!(
        token,
        Token::Functions
            | Token::Data
            | Token::TransformedData
            | Token::Parameters
            | Token::TransformedParameters
            | Token::Model
            | Token::GeneratedQuantities
    )
}

/// Whether a block of the program starts at `index`.
fn starts_block(tokens: &[Lexeme], index: usize) -> bool {
    is_block_name(tokens[index].token) && tokens.get(index + 1).is_some_and(|next| next.token == Token::LBrace)
}
