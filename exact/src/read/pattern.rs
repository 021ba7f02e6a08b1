//! Bodies of rules as texts with places for constants and parts.

use ppl_grammar::ast::{Block, Program, Statement, StatementKind};
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::models::{self, Body, Item};
use ppl_grammar::source::SourceMap;
use std::collections::HashMap;
use std::sync::OnceLock;

const SUPPORTED: &str = include_str!("supported.grammar");

/// What stands in the places of a pattern.
pub type Captures = HashMap<&'static str, Vec<String>>;

struct Pattern {
    name: &'static str,
    tokens: Vec<Token>,
}

enum Token {
    Word(String),
    /// A constant expression.
    Constant(&'static str),
    /// The hole of another part.
    Part(String),
}

/// Which supported body this is, with what is in its places.
pub fn recognise(body: &Body) -> Option<(&'static str, Captures)> {
    static PATTERNS: OnceLock<Vec<Pattern>> = OnceLock::new();
    let words = tokens(&text(body));
    PATTERNS.get_or_init(patterns).iter().find_map(|pattern| Some((pattern.name, matches(&pattern.tokens, &words)?)))
}

fn patterns() -> Vec<Pattern> {
    let source = SourceMap::from_text("supported.grammar", SUPPORTED);
    let grammar = models::parse(&source).expect("supported.grammar is well-formed");
    let names = grammar.items.iter().filter_map(|item| match item {
        Item::Rule { name, .. } => Some(&SUPPORTED[name.range.clone()]),
        _ => None,
    });
    let part = models::hole("Part");
    let token = |word: String| {
        if word.starts_with(&part) {
            return Token::Part(word);
        }
        // names of constants live as long as the text of the patterns
        let constant = word.strip_prefix("constant_").and_then(|name| SUPPORTED.find(name).map(|at| (at, name.len())));
        match constant {
            Some((at, length)) => Token::Constant(&SUPPORTED[at..at + length]),
            None => Token::Word(word),
        }
    };
    let pattern = |(name, body): (&'static str, &Body)| Pattern {
        name,
        tokens: tokens(&text(body)).into_iter().map(token).collect(),
    };
    names.zip(&grammar.bodies).map(pattern).collect()
}

/// A body as Stan.
pub fn text(body: &Body) -> String {
    let result = body.result.clone();
    let end = result.map(|e| Statement { span: e.span, kind: StatementKind::Return(Some(e)) });
    let block = |items: Vec<Statement>| (!items.is_empty()).then_some(Block { items, span: Default::default() });
    let program = Program {
        parameters: block(body.parameters.clone()),
        model: block(body.model.iter().cloned().chain(end).collect()),
        ..Program::default()
    };
    print_program(&program, Parentheses::Minimal)
}

/// Words, numbers, and single signs.
pub fn tokens(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut open = false;
    for c in text.chars() {
        let last = all.last().filter(|_| open);
        let in_number = last.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let exponent = last.is_some_and(|word| word.ends_with(['e', 'E']));
        let joins = c.is_alphanumeric() || c == '_' || in_number && (c == '.' || exponent && "+-".contains(c));
        match all.last_mut() {
            Some(word) if open && joins => word.push(c),
            _ if c.is_whitespace() => {}
            _ => all.push(c.to_string()),
        }
        open = joins;
    }
    all
}

fn matches(pattern: &[Token], words: &[String]) -> Option<Captures> {
    let (mut captures, mut parts) = (Captures::new(), HashMap::new());
    let mut at = 0;
    for (place, token) in pattern.iter().enumerate() {
        match token {
            Token::Word(word) => {
                (words.get(at)? == word).then_some(())?;
                at += 1;
            }
            Token::Part(name) => {
                let word = words.get(at)?;
                let is_hole = word.starts_with(&models::hole(""));
                (is_hole && *parts.entry(name).or_insert(word) == word).then_some(())?;
                at += 1;
            }
            Token::Constant(name) => {
                let end = match pattern.get(place + 1)? {
                    Token::Word(end) => end,
                    _ => return None,
                };
                let length = expression(&words[at..], end)?;
                let own = words[at..at + length].to_vec();
                (*captures.entry(name).or_insert_with(|| own.clone()) == own).then_some(())?;
                at += length;
            }
        }
    }
    // different holes are different parts
    let mut holes: Vec<&&String> = parts.values().collect();
    holes.sort_unstable();
    (at == words.len() && holes.windows(2).all(|two| two[0] != two[1])).then_some(captures)
}

/// How many words come before `end` that is in no parentheses of theirs.
fn expression(words: &[String], end: &str) -> Option<usize> {
    let mut depth = 0;
    for (place, word) in words.iter().enumerate() {
        if depth == 0 && word == end {
            return (place > 0).then_some(place);
        }
        match word.as_str() {
            "(" => depth += 1,
            ")" if depth == 0 => return None,
            ")" => depth -= 1,
            ";" => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_into_tokens() {
        let words = tokens("x .* 1.5e-3 * rate_2[1 : N-1]");
        assert_eq!(words, ["x", ".", "*", "1.5e-3", "*", "rate_2", "[", "1", ":", "N", "-", "1", "]"]);
    }

    #[test]
    fn each_supported_body_is_recognised_as_itself() {
        let source = SourceMap::from_text("supported.grammar", SUPPORTED);
        let grammar = models::parse(&source).expect("a grammar");
        for (pattern, body) in patterns().iter().zip(&grammar.bodies) {
            let (name, captures) = recognise(body).unwrap_or_else(|| panic!("{} is not recognised", pattern.name));
            assert_eq!(name, pattern.name);
            assert!(captures.iter().all(|(name, words)| words == &[format!("constant_{name}")]), "{captures:?}");
        }
    }

    #[test]
    fn another_body_is_not_recognised() {
        let near = [
            ("beta ~ normal(0, 1); return beta * x;", true),
            ("beta ~ normal(0, sqrt(2) * (1 + 1)); return beta * x;", true),
            ("beta ~ normal(1, 1); return beta * x;", false),
            ("beta ~ cauchy(0, 1); return beta * x;", false),
            ("beta ~ normal(0, 1); return beta * x + 1;", false),
            ("return beta * x;", false),
        ];
        for (model, known) in near {
            let text =
                format!("grammar g; rule Term t(x: real) @ 1 {{ parameters {{ real beta; }} model {{ {model} }} }}");
            let grammar = models::parse(&SourceMap::from_text("g.grammar", text)).expect("a grammar");
            assert_eq!(recognise(&grammar.bodies[0]).is_some(), known, "{model}");
        }
    }
}
