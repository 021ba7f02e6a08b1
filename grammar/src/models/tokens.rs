//! Tokens of model grammars. A body is one token: what stands between matching braces.

use logos::{Lexer, Logos};

#[derive(Logos, Clone, Copy, Debug, PartialEq)]
#[logos(skip r"[ \t\r\n]+")]
#[logos(skip(r"//[^\n]*", allow_greedy = true))]
pub enum Token<'s> {
    #[token("grammar")]
    Grammar,
    #[token("start")]
    Start,
    #[token("type")]
    Type,
    #[token("role")]
    Role,
    #[token("set")]
    Set,
    #[token("of")]
    Of,
    #[token("mean")]
    Mean,
    #[token("rule")]
    Rule,
    #[token("for")]
    For,
    #[token("needs")]
    Needs,
    #[token(":")]
    Colon,
    #[token(";")]
    Semicolon,
    #[token(",")]
    Comma,
    #[token("=")]
    Equals,
    #[token("@")]
    At,
    #[token("|")]
    Bar,
    #[token("(")]
    Open,
    #[token(")")]
    Close,
    #[regex("[A-Za-z][A-Za-z0-9_]*")]
    Word(&'s str),
    #[regex(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")]
    Number(&'s str),
    #[token("{", body)]
    Body(&'s str),
}

/// Takes everything up to the brace that closes the one just read.
fn body<'s>(lexer: &mut Lexer<'s, Token<'s>>) -> Option<&'s str> {
    let rest = lexer.remainder();
    let mut depth = 1;
    let mut comment = false;
    for (at, c) in rest.char_indices() {
        match c {
            '\n' => comment = false,
            _ if comment => {}
            '/' if rest[at..].starts_with("//") => comment = true,
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    lexer.bump(at + 1);
                    return Some(&rest[..at]);
                }
            }
            _ => {}
        }
    }
    None
}
