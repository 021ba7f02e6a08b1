//! A bound on how deep the tree of a program gets, from its tokens alone, so that neither the parser's stack nor any
//! walk over the tree (nor freeing it) can run out of stack on hostile input.

use crate::lexer::{Lexeme, Token};

/// The deepest tree that is built. A sum of n terms counts n levels, as its tree does.
pub const MAX_DEPTH: usize = 500;

/// What stands between two brackets, or in a statement, so far.
#[derive(Clone, Copy, Default)]
struct Level {
    /// The highest of the finished parts (between commas, or of statements).
    finished: usize,
    /// The highest operand of the current part.
    operand: usize,
    /// What the current part adds on top: operators and control flow.
    added: usize,
}

impl Level {
    fn height(&self) -> usize {
        self.finished.max(self.operand + self.added)
    }

    fn finish_part(&mut self) {
        self.finished = self.height();
        self.operand = 0;
        self.added = 0;
    }
}

/// The index of the first token at which the tree may be deeper than `limit`.
pub fn too_deep(tokens: &[Lexeme], limit: usize) -> Option<usize> {
    let mut open: Vec<Level> = Vec::new();
    let mut level = Level::default();
    for (at, lexeme) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map(|lexeme| lexeme.token);
        match lexeme.token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                // Indexing and calling what is in brackets already makes the tree deeper: `a[1][1][1]`.
                if at > 0 && matches!(tokens[at - 1].token, Token::RBracket | Token::RParen | Token::DotLiteral(_)) {
                    level.added += 1;
                }
                open.push(std::mem::take(&mut level));
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                let inner = level.height() + 1;
                level = open.pop().unwrap_or_default();
                level.operand = level.operand.max(inner);
                if lexeme.token == Token::RBrace && next.is_none_or(starts_statement) {
                    level.finish_part();
                }
            }
            Token::Comma => level.finish_part(),
            Token::Semicolon if next != Some(Token::Else) => level.finish_part(),
            Token::If | Token::While | Token::For | Token::Profile => level.added += 1,
            token if adds_level(token) => level.added += 1,
            _ => {}
        }
        if open.len() + level.height() > limit {
            return Some(at);
        }
    }
    None
}

fn adds_level(token: Token) -> bool {
    matches!(
        token,
        Token::Question
            | Token::Not
            | Token::Minus
            | Token::Plus
            | Token::Pow
            | Token::Transpose
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
            | Token::GreaterEquals
            | Token::DotLiteral(_)
    )
}

/// Whether `token`, after `}`, shows that a statement ended there. Tokens that could also continue an expression do not.
fn starts_statement(token: Token) -> bool {
    !adds_level(token)
        && !matches!(
            token,
            Token::LBracket
                | Token::Else
                | Token::Comma
                | Token::RParen
                | Token::RBracket
                | Token::Colon
                | Token::Tilde
                | Token::Bar
                | Token::Assign
                | Token::Semicolon
        )
}
