//! What to say about a token that cannot stand where it stands.
//!
//! [`explain`] first looks for a known mistake; where there is none it says what could have stood there, in words.

use crate::diagnostic::Diagnostic;
use crate::lexer::{Bad, Lexeme, Token};
use crate::recover;
use crate::source::SourceMap;
use crate::span::Span;
use crate::words;

/// Explains that `tokens[at]` (or the end of the text, at `end`) cannot follow what stands before it, where `expected`
/// are the names of the tokens that could.
pub fn explain(source: &SourceMap, tokens: &[Lexeme], at: usize, end: Span, expected: &[String]) -> Diagnostic {
    // The generated parser gives the names quoted, as Rust would.
    let expected = expected.iter().map(|name| if name == r#""\\""# { "\\" } else { name.trim_matches('"') }).collect();
    let start = recover::statement_start(tokens, at);
    let place = Place { source, tokens, at, start, end, expected };
    place.known().unwrap_or_else(|| place.general())
}

/// Where the parser stopped.
struct Place<'a> {
    source: &'a SourceMap,
    tokens: &'a [Lexeme<'a>],
    at: usize,
    /// Where the statement begins.
    start: usize,
    end: Span,
    expected: Vec<&'a str>,
}

impl Place<'_> {
    fn found(&self) -> Option<Token<'_>> {
        self.tokens.get(self.at).map(|lexeme| lexeme.token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or(self.end, |lexeme| lexeme.span)
    }

    /// The token so many places before.
    fn before(&self, back: usize) -> Option<Token<'_>> {
        self.at.checked_sub(back).and_then(|at| self.tokens.get(at)).map(|lexeme| lexeme.token)
    }

    fn before_span(&self, back: usize) -> Span {
        self.at.checked_sub(back).and_then(|at| self.tokens.get(at)).map_or(self.end, |lexeme| lexeme.span)
    }

    fn text(&self, span: Span) -> &str {
        self.source.slice(span)
    }

    fn expects(&self, name: &str) -> bool {
        self.expected.contains(&name)
    }

    fn expects_expression(&self) -> bool {
        self.expects("integer")
    }

    /// Whether an expression has just ended. (Its operators are no longer expected where the parser has seen on account
    /// of the next token that it must have ended.)
    fn after_expression(&self) -> bool {
        let ends = matches!(
            self.before(1),
            Some(
                Token::Identifier(_)
                    | Token::Truncate
                    | Token::IntLiteral(_)
                    | Token::RealLiteral(_)
                    | Token::DotLiteral(_)
                    | Token::ImaginaryLiteral(_)
                    | Token::RParen
                    | Token::RBracket
                    | Token::RBrace
                    | Token::Transpose
            )
        );
        ends && !self.expects_expression() && !self.expects("name")
    }

    fn error(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.span(), message)
    }

    /// Whether the token touches the one before it.
    fn adjoins(&self) -> bool {
        let before = self.before_span(1);
        self.at > 0 && before.file == self.span().file && before.end == self.span().start
    }

    /// The innermost `(` or `[` of the statement that is still open.
    fn open_bracket(&self) -> Option<Lexeme<'_>> {
        let mut open = Vec::new();
        for lexeme in &self.tokens[self.start..self.at.min(self.tokens.len())] {
            match lexeme.token {
                Token::LParen | Token::LBracket => open.push(*lexeme),
                Token::RParen | Token::RBracket => {
                    open.pop();
                }
                _ => {}
            }
        }
        open.pop()
    }

    /// The block that is open and where its name stands.
    fn block(&self) -> Option<(&str, Span)> {
        let mut depth = 0_usize;
        let mut block = None;
        for (at, lexeme) in self.tokens.iter().enumerate().take(self.at) {
            match lexeme.token {
                Token::LBrace => {
                    if depth == 0 && at > 0 {
                        block = Some(self.tokens[at - 1].span);
                    }
                    depth += 1;
                }
                Token::RBrace => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        block.filter(|_| depth > 0).map(|span| (self.text(span), span))
    }

    fn known(&self) -> Option<Diagnostic> {
        let Some(found) = self.found() else {
            return Some(self.at_end());
        };
        if let Token::Bad(bad) = found {
            return Some(self.bad(bad));
        }
        None.or_else(|| self.between_blocks(found))
            .or_else(|| self.misspelt_type(found))
            .or_else(|| self.foreign(found))
            .or_else(|| self.misspelt_control())
            .or_else(|| self.block_in_block(found))
            .or_else(|| self.function_in_block(found))
            .or_else(|| self.reserved(found))
            .or_else(|| self.missing_size(found))
            .or_else(|| self.one_size(found))
            .or_else(|| self.constraint_in_signature(found))
            .or_else(|| self.missing_bracket(found))
            .or_else(|| self.comparison(found))
            .or_else(|| self.closing(found))
            .or_else(|| self.missing_semicolon(found))
            .or_else(|| self.lone_else(found))
            .or_else(|| self.constraint(found))
            .or_else(|| self.string(found))
    }

    fn bad(&self, bad: Bad) -> Diagnostic {
        match bad {
            Bad::Character(c) => {
                let hint = match c {
                    '&' => Some("\"and\" is written `&&`"),
                    '.' if self.adjoins() && matches!(self.before(1), Some(Token::Identifier(_))) => {
                        Some("a name has no points in it; use `_`")
                    }
                    '.' => Some("a number has a digit after the point, or before it: `1.0`"),
                    '\u{2018}' | '\u{2019}' | '\u{201C}' | '\u{201D}' => Some("quotes are plain: `\"`"),
                    '\u{2212}' | '\u{2013}' | '\u{2014}' => Some("minus is `-`"),
                    '\u{00D7}' => Some("times is `*`"),
                    '\u{00A0}' => Some("this is a no-break space; write a plain one"),
                    _ => None,
                };
                let shown = if c.is_control() || c.is_whitespace() { c.escape_unicode().to_string() } else { c.into() };
                let diagnostic = self.error("E0001", format!("the character `{shown}` has no meaning here"));
                match hint {
                    Some(hint) => diagnostic.with_hint(hint),
                    None => diagnostic,
                }
            }
            Bad::UnclosedString => self.error("E0002", "the string does not end on its line").with_hint("add a `\"`"),
            Bad::LeadingUnderscore => {
                let text = self.text(self.span()).to_string();
                let diagnostic = self.error("E0005", format!("the name `{text}` does not start with a letter"));
                match text.trim_start_matches('_') {
                    rest if rest.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                        diagnostic.with_hint(format!("call it `{rest}` or `{rest}_`"))
                    }
                    _ => diagnostic,
                }
            }
        }
    }

    fn at_end(&self) -> Diagnostic {
        let diagnostic = self.error("E0101", "the program ends too early");
        if let Some(open) = self.open_bracket() {
            return diagnostic.with_label(open.span, "this bracket is not closed").with_hint(self.expectation());
        }
        match self.block() {
            Some((name, span)) => {
                let message = format!("the `{name}` block is not closed");
                diagnostic.with_label(span, message).with_hint("add a `}`")
            }
            None => diagnostic.with_hint(self.expectation()),
        }
    }

    /// Something that is no block where only blocks may stand.
    fn between_blocks(&self, found: Token) -> Option<Diagnostic> {
        if !self.expects("model") || self.expects_expression() {
            return None;
        }
        let text = self.text(self.span());
        if found == Token::RBrace {
            return Some(self.error("E0108", "this `}` closes nothing").with_hint("remove it"));
        }
        let hint = match found {
            Token::Identifier(word) => match words::like_block(word) {
                Some(block) => format!("did you mean `{block}`?"),
                None => BLOCK_LIST.to_string(),
            },
            _ => BLOCK_LIST.to_string(),
        };
        Some(self.error("E0105", format!("`{text}` stands outside of any block")).with_hint(hint))
    }

    /// `float x;`
    fn misspelt_type(&self, found: Token) -> Option<Diagnostic> {
        if let (Token::Identifier(name), true) = (found, self.expects("int") && !self.expects_expression()) {
            let diagnostic = self.error("E0109", format!("`{name}` is not a type"));
            return Some(match words::like_type(name) {
                Some(ty) => diagnostic.with_hint(format!("did you mean `{ty}`?")),
                None => diagnostic.with_hint(self.expectation()),
            });
        }
        let (back, name) = match found {
            // `float x`, `vec[N] x`, `list<lower=0> x`
            Token::Identifier(_) | Token::Truncate => match self.before(1)? {
                Token::Identifier(word) => (1, word),
                Token::RBracket => {
                    let open = self.matching_open()?;
                    match self.tokens.get(open.checked_sub(1)?)?.token {
                        Token::Identifier(word) => (self.at - open + 1, word),
                        _ => return None,
                    }
                }
                _ => return None,
            },
            _ => return None,
        };
        // Only where a declaration could start.
        let first = self.at.checked_sub(back)?;
        if first != self.start {
            return None;
        }
        let span = self.tokens[first].span;
        if let Some(word) = words::like_control(name).filter(|_| back == 1) {
            return Some(
                self.error("E0109", format!("`{name}` is not a word of the language"))
                    .with_label(span, "this word")
                    .with_hint(format!("did you mean `{word}`?")),
            );
        }
        let diagnostic = self.error("E0109", format!("`{name}` is not a type")).with_label(span, "this word");
        Some(match words::like_type(name) {
            Some(ty) => diagnostic.with_hint(format!("did you mean `{ty}`?")),
            None if self.expects(";") => return None,
            None => diagnostic,
        })
    }

    /// `elif (a) x = 1;`
    fn misspelt_control(&self) -> Option<Diagnostic> {
        let (first, second) = (self.tokens.get(self.start)?, self.tokens.get(self.start + 1)?);
        let Token::Identifier(name) = first.token else {
            return None;
        };
        let word = words::like_control(name)?;
        if self.before(1) != Some(Token::RParen) || second.token != Token::LParen {
            return None;
        }
        Some(
            self.error("E0109", format!("`{name}` is not a word of the language"))
                .with_label(first.span, "this word")
                .with_hint(format!("did you mean `{word}`?")),
        )
    }

    /// The index of the `[` that belongs to the `]` before the token.
    fn matching_open(&self) -> Option<usize> {
        let mut depth = 0;
        for at in (self.start..self.at).rev() {
            match self.tokens[at].token {
                Token::RBracket => depth += 1,
                Token::LBracket => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Operators and spellings of other languages.
    fn foreign(&self, found: Token) -> Option<Diagnostic> {
        let text = self.text(self.span());
        let before = self.before(1)?;
        let hint = match (before, found) {
            (Token::Times, Token::Times) if self.adjoins() => "a power is written `^`",
            (Token::Plus, Token::Plus) | (Token::Plus, Token::RParen | Token::Semicolon)
                if self.before(2) == Some(Token::Plus) || found == Token::Plus =>
            {
                "to count up, write `i += 1`"
            }
            (Token::Minus, Token::RParen | Token::Semicolon) if self.before(2) == Some(Token::Minus) => {
                "to count down, write `i -= 1`"
            }
            (Token::Less | Token::Greater, Token::Greater | Token::Less) if self.adjoins() => "\"not equal\" is `!=`",
            (Token::Equals, Token::Assign) => "\"equal\" is `==`",
            (_, Token::Colon) if self.tokens.get(self.at + 1).is_some_and(|next| next.token == Token::Assign) => {
                "assignment is `=`"
            }
            (Token::Target | Token::Jacobian, Token::Assign | Token::Minus | Token::MinusAssign) => {
                "the log density only grows by `+=`: `target += ...;`"
            }
            (Token::Modulo, Token::Times) => "the product of matrices is `*`, that of elements `.*`",
            (_, Token::Bar) if self.after_expression() => "\"or\" is written `||`",
            (_, Token::Identifier("and")) if self.after_expression() => "\"and\" is written `&&`",
            (_, Token::Identifier("or")) if self.after_expression() => "\"or\" is written `||`",
            (_, Token::Identifier("then")) => "there is no `then`: write `if (condition) statement`",
            (Token::Truncate, Token::LParen) if self.expects("[") => "truncation is written `T[lower, upper]`",
            (Token::Identifier(name), Token::LBracket) if self.expects("(") && self.is_distribution() => {
                return Some(
                    self.error("E0109", format!("expected `(` after the distribution `{name}`"))
                        .with_hint(format!("write `{name}(...)`")),
                );
            }
            (Token::IntLiteral(number), Token::Identifier(name)) if self.adjoins() && self.after_expression() => {
                return Some(
                    self.error("E0109", format!("`{number}{name}` is neither a number nor a name"))
                        .with_hint(format!("a product is written `{number} * {name}`; a name starts with a letter")),
                );
            }
            _ => return None,
        };
        Some(self.error("E0109", format!("unexpected `{text}`")).with_hint(hint))
    }

    fn is_distribution(&self) -> bool {
        self.before(2) == Some(Token::Tilde)
    }

    /// `data {` inside of another block.
    fn block_in_block(&self, found: Token) -> Option<Diagnostic> {
        let (name, span) = self.block()?;
        let next = self.tokens.get(self.at + 1).map(|lexeme| lexeme.token);
        let text = self.text(self.span());
        if recover::is_block_name(found) && next == Some(Token::LBrace) {
            let message = format!("the `{text}` block starts before the `{name}` block has ended");
            return Some(
                self.error("E0108", message)
                    .with_label(span, format!("the `{name}` block"))
                    .with_hint("add a `}` before it, and look for a `{` too many"),
            );
        }
        if found == Token::Data && next.is_some_and(words::is_type) && self.at == self.start {
            return Some(
                self.error("E0100", "`data` cannot stand before a declaration")
                    .with_hint("only arguments of functions are marked as `data`"),
            );
        }
        None
    }

    /// `real f(real x) { ... }` outside of the functions block.
    fn function_in_block(&self, found: Token) -> Option<Diagnostic> {
        let is_name = matches!(self.before(1), Some(Token::Identifier(_) | Token::Truncate));
        let after_type = self.before(2).is_some_and(|token| words::is_type(token) || token == Token::RBracket);
        let is_function = found == Token::LParen && is_name && after_type && !self.expects("(")
            || found == Token::Void && self.at == self.start;
        let (name, _) = self.block()?;
        if !is_function || name == "functions" && self.at == self.start {
            return None;
        }
        Some(
            self.error("E0106", format!("a function cannot be defined in the `{name}` block"))
                .with_hint("define it in the `functions` block, before all others"),
        )
    }

    /// A word of the language where a name must stand.
    fn reserved(&self, found: Token) -> Option<Diagnostic> {
        if self.expects("while") {
            return None;
        }
        if !self.expects("name") || !words::is_word(found) || self.expects("integer") && !words::is_type(found) {
            return None;
        }
        let text = self.text(self.span());
        if self.expects_expression() {
            return Some(
                self.error("E0103", format!("the type `{text}` stands where an expression is expected"))
                    .with_hint("a variable is declared in a statement of its own"),
            );
        }
        let message = format!("`{text}` is a word of the language and cannot be a name");
        let hint = if words::is_type(found) && self.before(1) == Some(Token::Comma) {
            "variables of another type need a declaration of their own, after `;`".to_string()
        } else {
            format!("choose another name, such as `{text}_`")
        };
        Some(self.error("E0103", message).with_hint(hint))
    }

    /// `vector x;`
    fn missing_size(&self, found: Token) -> Option<Diagnostic> {
        if !self.expects("[") || self.after_expression() {
            return None;
        }
        // The type, or what closes its constraint.
        let mut back = 1;
        if self.before(1) == Some(Token::Greater) {
            back = (2..=self.at).find(|&back| self.before(back) == Some(Token::Less))? + 1;
        }
        let before = self.before(back)?;
        let name = self.text(self.before_span(back));
        if before == Token::Array {
            let diagnostic = self.error("E0104", "expected `[` and the sizes after `array`");
            return Some(diagnostic.with_hint("write `array[N] real x` (in a function: `array[] real x`)"));
        }
        let sizes = words::sizes(before)?;
        if found == Token::Less {
            return Some(
                self.error("E0104", format!("a `{name}` cannot have a constraint"))
                    .with_hint(format!("write `{name}{sizes}`")),
            );
        }
        Some(
            self.error("E0104", format!("the size of the {name} is missing"))
                .with_hint(format!("write `{name}{sizes}`")),
        )
    }

    /// `matrix[3] m;`
    fn one_size(&self, found: Token) -> Option<Diagnostic> {
        let open = (self.start..self.at).rev().find(|&at| self.tokens[at].token == Token::LBracket)?;
        // The type, or what closes its constraint.
        let mut word = open.checked_sub(1)?;
        if self.tokens[word].token == Token::Greater {
            word = (0..word).rev().find(|&at| self.tokens[at].token == Token::Less)?.checked_sub(1)?;
        }
        let sizes = words::sizes(self.tokens[word].token)?;
        let name = self.text(self.tokens[word].span);
        let message = match (found, sizes) {
            (Token::RBracket, "[N, M]") if self.after_expression() => format!("a {name} has two sizes"),
            (Token::Comma, "[N]" | "[K]") if self.after_expression() => format!("a {name} has one size"),
            _ => return None,
        };
        Some(self.error("E0104", message).with_hint(format!("write `{name}{sizes}`")))
    }

    /// `real f(real<lower=0> x)`
    fn constraint_in_signature(&self, found: Token) -> Option<Diagnostic> {
        let is_type = self.before(1).is_some_and(words::is_type);
        let (name, _) = self.block()?;
        if found != Token::Less || !is_type || name != "functions" || self.expects("*") {
            return None;
        }
        Some(
            self.error("E0122", "types of functions and their arguments have no constraints")
                .with_hint("leave out `<...>`, and use `reject` in the function where a value must be refused"),
        )
    }

    /// `for i in 1:N`
    fn missing_bracket(&self, _found: Token) -> Option<Diagnostic> {
        if self.expected != ["("] {
            return None;
        }
        let (word, form) = match self.before(1)? {
            Token::For => ("for", "for (i in 1:N) ..."),
            Token::If => ("if", "if (condition) ..."),
            Token::While => ("while", "while (condition) ..."),
            Token::Print => ("print", "print(\"x = \", x);"),
            Token::Reject => ("reject", "reject(\"x = \", x);"),
            Token::FatalError => ("fatal_error", "fatal_error(\"x = \", x);"),
            Token::Profile => ("profile", "profile(\"name\") { ... }"),
            _ => return None,
        };
        Some(self.error("E0100", format!("expected `(` after `{word}`")).with_hint(format!("write `{form}`")))
    }

    /// `if (a = b)`
    fn comparison(&self, found: Token) -> Option<Diagnostic> {
        let open = self.open_bracket()?;
        let first = self.tokens.get(self.start)?.token;
        if found != Token::Assign || !self.after_expression() {
            return None;
        }
        let diagnostic = self.error("E0107", "`=` is not a comparison").with_hint("\"equal\" is written `==`");
        Some(match first {
            Token::If | Token::While => diagnostic,
            _ => diagnostic.with_label(open.span, "inside of this bracket"),
        })
    }

    /// Closing brackets that do not fit, and brackets left open.
    fn closing(&self, found: Token) -> Option<Diagnostic> {
        let text = self.text(self.span());
        match (found, self.open_bracket()) {
            (Token::RParen | Token::RBracket, None) if self.after_expression() => {
                Some(self.error("E0108", format!("this `{text}` closes nothing")).with_hint("remove it"))
            }
            (Token::RParen | Token::RBracket | Token::RBrace | Token::Semicolon, Some(open))
                if self.after_expression() =>
            {
                let (opened, close) = if open.token == Token::LParen { ("(", ")") } else { ("[", "]") };
                if text == close {
                    return None;
                }
                Some(
                    self.error("E0108", format!("expected `{close}` before `{text}`"))
                        .with_label(open.span, format!("this `{opened}` is not closed")),
                )
            }
            _ => None,
        }
    }

    fn missing_semicolon(&self, found: Token) -> Option<Diagnostic> {
        if !self.expects(";") || self.at == self.start {
            return None;
        }
        if self.expects("{") && !self.expects("if") {
            return Some(
                self.error("E0100", format!("expected `{{` before `{}`", self.text(self.span())))
                    .with_hint("the body of a function stands in braces"),
            );
        }
        let before = self.before_span(1);
        let new_line =
            before.file != self.span().file || self.source.end(before).line < self.source.start(self.span()).line;
        let starts = words::is_word(found) || found == Token::RBrace;
        if !new_line && !starts {
            return None;
        }
        let text = self.text(self.span());
        let after = Span { start: before.end.saturating_sub(1), ..before };
        Some(
            self.error("E0102", format!("expected `;` before `{text}`"))
                .with_label(after, "`;` is missing after this")
                .with_hint("every statement and declaration ends with `;`"),
        )
    }

    fn lone_else(&self, found: Token) -> Option<Diagnostic> {
        (found == Token::Else).then(|| {
            self.error("E0100", "this `else` belongs to no `if`")
                .with_hint("a branch of more than one statement needs braces: `if (c) { ... } else { ... }`")
        })
    }

    /// Between `<` and `>` of a type.
    fn constraint(&self, found: Token) -> Option<Diagnostic> {
        let is_bound = |token| matches!(token, Token::Lower | Token::Upper | Token::Offset | Token::Multiplier);
        if self.expects("lower") {
            let text = self.text(self.span()).to_string();
            let diagnostic = self.error("E0123", format!("unexpected `{text}` in a constraint"));
            let near = words::nearest(&text, ["lower", "upper", "offset", "multiplier"]);
            return Some(diagnostic.with_hint(match (near, text.as_str()) {
                (Some(word), _) => format!("did you mean `{word}`?"),
                (None, "min") => "did you mean `lower`?".into(),
                (None, "max") => "did you mean `upper`?".into(),
                (None, "mean" | "location" | "mu") => "did you mean `offset`?".into(),
                (None, "sd" | "scale" | "sigma") => "did you mean `multiplier`?".into(),
                _ => "a constraint is `<lower=a, upper=b>` or `<offset=m, multiplier=s>`".into(),
            }));
        }
        if found == Token::Greater
            && self.tokens.get(self.start + 1).is_some_and(|lexeme| lexeme.token == Token::Less)
            && words::is_type(self.tokens[self.start].token)
        {
            return Some(
                self.error("E0123", "the constraint has ended before this `>`")
                    .with_hint("a comparison or a condition in a bound needs parentheses"),
            );
        }
        let bound = (self.start..self.at).rev().map(|at| self.tokens[at].token).find(|&token| is_bound(token))?;
        if !self.expects(">") || self.expects("<") {
            return None;
        }
        let text = self.text(self.span()).to_string();
        let word = match bound {
            Token::Lower => "lower",
            Token::Upper => "upper",
            Token::Offset => "offset",
            _ => "multiplier",
        };
        let diagnostic = self.error("E0123", format!("expected `>` after the value of `{word}`, found `{text}`"));
        Some(match found {
            Token::Less
            | Token::LessEquals
            | Token::GreaterEquals
            | Token::Equals
            | Token::NotEquals
            | Token::And
            | Token::Or
            | Token::Question => diagnostic.with_hint("a comparison or a condition in a bound needs parentheses"),
            _ if is_bound(found) => diagnostic.with_hint("put a `,` between the bounds"),
            _ if self.expected.len() > 1 => diagnostic.with_hint(self.expectation()),
            _ => diagnostic,
        })
    }

    fn string(&self, found: Token) -> Option<Diagnostic> {
        if !matches!(found, Token::StringLiteral(_)) {
            return None;
        }
        if let (Some(Token::LParen), Some(Token::Identifier(name))) = (self.before(1), self.before(2))
            && let Some(word) = words::like_control(name)
        {
            return Some(
                self.error("E0100", "a string cannot stand here").with_hint(format!("did you mean `{word}(...)`?")),
            );
        }
        Some(
            self.error("E0100", "a string cannot stand here")
                .with_hint("strings are for `print`, `reject`, `fatal_error` and `profile` only"),
        )
    }

    fn general(&self) -> Diagnostic {
        let text = self.text(self.span());
        let expectation = self.expectation();
        let diagnostic = self.error("E0100", format!("unexpected `{text}`"));
        if expectation.is_empty() { diagnostic } else { diagnostic.with_hint(expectation) }
    }

    /// "expected an expression, `)` or `,`"
    fn expectation(&self) -> String {
        let items = group(&self.expected);
        match items.as_slice() {
            [] => String::new(),
            [one] => format!("expected {one}"),
            [first @ .., last] => format!("expected {} or {last}", first.join(", ")),
        }
    }
}

const BLOCK_LIST: &str = "a program consists of blocks: `functions`, `data`, `transformed data`, `parameters`, \
                          `transformed parameters`, `model`, `generated quantities`, each with `{ ... }`";

/// The names of tokens, those that make up something with a name taken together.
fn group(expected: &[&str]) -> Vec<String> {
    let mut left: Vec<&str> = expected.iter().copied().filter(|name| !matches!(*name, "broken" | "T" | "@")).collect();
    let mut found = Vec::new();
    let mut take = |left: &mut Vec<&str>, signs: &[&str], members: &[&str], words: &str| {
        if signs.iter().all(|sign| left.contains(sign)) {
            left.retain(|name| !members.contains(name));
            found.push(words.to_string());
        }
    };
    const OPERATORS: [&str; 23] = [
        "?",
        "||",
        "&&",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        ".*",
        "./",
        "%/%",
        "\\",
        "^",
        ".^",
        "'",
        "dot number",
        "(",
    ];
    const EXPRESSION: [&str; 13] =
        ["name", "integer", "number", "dot number", "imaginary", "(", "[", "{", "target", "!", "-", "+", "string"];
    const STATEMENT: [&str; 14] = [
        "for",
        "while",
        "if",
        "break",
        "continue",
        "return",
        "print",
        "reject",
        "fatal_error",
        "jacobian",
        "profile",
        "target",
        ";",
        "{",
    ];
    let is_statement = left.contains(&"while");
    if left.contains(&"int") && left.contains(&"real") {
        let words = if is_statement { "a declaration" } else { "a type" };
        take(&mut left, &["int"], &words::TYPES, words);
    }
    if is_statement {
        take(&mut left, &["while"], &STATEMENT, "a statement");
        left.retain(|name| !EXPRESSION.contains(name));
    } else if left.contains(&"*") {
        let brace_less: Vec<&str> = OPERATORS.iter().copied().chain(["["]).collect();
        take(&mut left, &["*"], &brace_less, "an operator");
    } else {
        take(&mut left, &["integer", "name"], &EXPRESSION, "an expression");
    }
    take(&mut left, &["model"], &words::BLOCKS, "a block");
    take(&mut left, &["=", "+="], &["+=", "-=", "*=", "/=", ".*=", "./="], "an assignment (`=`, `+=`, ...)");
    left.retain(|name| !(*name == "=" && found.iter().any(|words| words.starts_with("an assignment"))));
    found.extend(left.into_iter().map(|name| match name {
        "name" => "a name".to_string(),
        "integer" => "an integer".to_string(),
        "string" => "a string".to_string(),
        token => format!("`{token}`"),
    }));
    found
}
