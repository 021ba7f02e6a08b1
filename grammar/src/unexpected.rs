//! What to say about a token that cannot stand where it stands.

use crate::diagnostic::Diagnostic;
use crate::lexer::{Bad, Lexeme, Token};
use crate::source::SourceMap;
use crate::span::Span;

/// Explains that `tokens[at]` (or the end of the text, at `end`) cannot follow what stands before it.
pub fn explain(source: &SourceMap, tokens: &[Lexeme], at: usize, end: Span, expected: &[String]) -> Diagnostic {
    let Some(found) = tokens.get(at) else {
        return Diagnostic::error("E0101", end, "unexpected end of the program").with_hint(expected.join(" "));
    };
    if let Token::Bad(bad) = found.token {
        return explain_bad(source, bad, found.span);
    }
    Diagnostic::error("E0100", found.span, format!("unexpected `{}`", source.slice(found.span)))
        .with_hint(expected.join(" "))
}

fn explain_bad(source: &SourceMap, bad: Bad, span: Span) -> Diagnostic {
    match bad {
        Bad::Character(c) => Diagnostic::error("E0001", span, format!("the character `{c}` has no meaning here")),
        Bad::UnclosedString => Diagnostic::error("E0002", span, "the string does not end on its line"),
        Bad::LeadingUnderscore => {
            let text = source.slice(span);
            Diagnostic::error("E0005", span, format!("the name `{text}` does not start with a letter"))
        }
        Bad::UnclosedComment => Diagnostic::error("E0003", span, "comment without end"),
    }
}
