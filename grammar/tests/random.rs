//! Random programs: trees survive printing and parsing; no text makes anything panic.

use ppl_grammar::ast::*;
use ppl_grammar::format::{Parentheses, format, print_program};
use ppl_grammar::lexer::{Includes, lex};
use ppl_grammar::parse::parse;
use ppl_grammar::render::{plain, render_all};
use ppl_grammar::source::SourceMap;
use ppl_grammar::span::Span;
use ppl_grammar::walk::{erase_parentheses, erase_spans};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn ident() -> impl Strategy<Value = Ident> {
    select(vec!["a", "b", "alpha", "T", "x_1", "a_rather_long_name_to_make_lines_long", "normal_lpdf"])
        .prop_map(|name| Ident { name: name.to_string(), span: Span::default() })
}

fn at_no_place(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![
        ident().prop_map(|name| ExprKind::Variable(name.name)),
        select(vec!["0", "1", "1_000"]).prop_map(|text| ExprKind::Int(text.into())),
        select(vec!["1.", "1.5", ".5", "1e5", ".5e-3", "2.E+1"]).prop_map(|text| ExprKind::Real(text.into())),
        select(vec!["1", "2.5", ".5"]).prop_map(|text| ExprKind::Imaginary(text.into())),
        Just(ExprKind::Target),
    ]
    .prop_map(at_no_place)
}

const OPERATORS: [BinaryOp; 19] = [
    BinaryOp::Plus,
    BinaryOp::Minus,
    BinaryOp::Times,
    BinaryOp::Divide,
    BinaryOp::IntDivide,
    BinaryOp::Modulo,
    BinaryOp::LeftDivide,
    BinaryOp::EltTimes,
    BinaryOp::EltDivide,
    BinaryOp::Pow,
    BinaryOp::EltPow,
    BinaryOp::Or,
    BinaryOp::And,
    BinaryOp::Equals,
    BinaryOp::NotEquals,
    BinaryOp::Less,
    BinaryOp::LessEquals,
    BinaryOp::Greater,
    BinaryOp::GreaterEquals,
];

fn index(e: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = Index> {
    prop_oneof![
        Just(Index::All(Span::default())),
        e.clone().prop_map(Index::Single),
        e.clone().prop_map(Index::From),
        e.clone().prop_map(Index::To),
        (e.clone(), e).prop_map(|(a, b)| Index::Between(a, b)),
    ]
}

fn expr() -> impl Strategy<Value = Expr> + Clone {
    leaf().prop_recursive(5, 60, 4, |e| {
        let boxed = e.clone().prop_map(Box::new);
        prop_oneof![
            4 => (select(&OPERATORS[..]), boxed.clone(), boxed.clone())
                .prop_map(|(op, left, right)| ExprKind::Binary { op, left, right }),
            2 => (select(vec![UnaryOp::Not, UnaryOp::Minus, UnaryOp::Plus]), boxed.clone())
                .prop_map(|(op, operand)| ExprKind::Unary { op, operand }),
            1 => boxed.clone().prop_map(ExprKind::Transpose),
            1 => boxed.clone().prop_map(ExprKind::Paren),
            1 => (boxed.clone(), boxed.clone(), boxed.clone())
                .prop_map(|(condition, then, otherwise)| ExprKind::Ternary { condition, then, otherwise }),
            1 => (ident(), vec(e.clone(), 0..4)).prop_map(|(name, arguments)| ExprKind::Call { name, arguments }),
            1 => (ident(), boxed.clone(), vec(e.clone(), 0..3))
                .prop_map(|(name, outcome, arguments)| ExprKind::Conditional { name, outcome, arguments }),
            1 => (boxed.clone(), vec(index(e.clone()), 1..4))
                .prop_map(|(base, indices)| ExprKind::Index { base, indices }),
            1 => (boxed.clone(), 1..4_usize).prop_map(|(base, index)| ExprKind::Project { base, index }),
            1 => vec(e.clone(), 1..4).prop_map(ExprKind::Array),
            1 => vec(e.clone(), 0..4).prop_map(ExprKind::RowVector),
            1 => vec(e.clone(), 1..4).prop_map(ExprKind::Tuple),
        ]
        .prop_map(at_no_place)
    })
}

fn transform() -> impl Strategy<Value = Transform> {
    let bound = || proptest::option::of(expr().prop_map(Box::new));
    prop_oneof![
        (bound(), bound()).prop_map(|(lower, upper)| Transform { lower, upper, ..Transform::default() }),
        (bound(), bound()).prop_map(|(offset, multiplier)| Transform { offset, multiplier, ..Transform::default() }),
    ]
}

fn sized(kind: SizedTypeKind, transform: Transform) -> SizedType {
    SizedType { kind, transform, span: Span::default() }
}

fn sized_type() -> impl Strategy<Value = SizedType> {
    let free = prop_oneof![
        Just(SizedTypeKind::Real),
        Just(SizedTypeKind::Complex),
        expr().prop_map(SizedTypeKind::Vector),
        expr().prop_map(SizedTypeKind::RowVector),
        (expr(), expr()).prop_map(|(n, m)| SizedTypeKind::Matrix(n, m)),
    ];
    let constrained = prop_oneof![
        Just(SizedTypeKind::Int),
        expr().prop_map(SizedTypeKind::Simplex),
        expr().prop_map(SizedTypeKind::CholeskyFactorCorr),
        (expr(), proptest::option::of(expr().prop_map(Box::new)))
            .prop_map(|(n, m)| SizedTypeKind::CholeskyFactorCov(n, m)),
        (expr(), expr()).prop_map(|(n, m)| SizedTypeKind::RowStochasticMatrix(n, m)),
    ];
    let element = prop_oneof![
        (free, transform()).prop_map(|(kind, transform)| sized(kind, transform)),
        constrained.prop_map(|kind| sized(kind, Transform::default())),
    ];
    element.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(|slots| sized(SizedTypeKind::Tuple(slots), Transform::default())),
            (inner, vec(expr(), 1..3)).prop_map(|(element, sizes)| match element.kind {
                SizedTypeKind::Array(..) => element,
                _ => sized(SizedTypeKind::Array(Box::new(element), sizes), Transform::default()),
            }),
        ]
    })
}

fn lvalue() -> impl Strategy<Value = LValue> {
    let place = |kind| LValue { kind, span: Span::default() };
    let simple = ident().prop_map(LValueKind::Variable).prop_map(place).prop_recursive(3, 5, 1, move |base| {
        prop_oneof![
            (base.clone(), vec(index(expr()), 1..3))
                .prop_map(|(base, indices)| LValueKind::Index(Box::new(base), indices)),
            (base, 1..4_usize).prop_map(|(base, index)| LValueKind::Project(Box::new(base), index)),
        ]
        .prop_map(place)
    });
    prop_oneof![4 => simple.clone(), 1 => vec(simple, 1..4).prop_map(LValueKind::Tuple).prop_map(place)]
}

fn place(kind: StatementKind) -> Statement {
    Statement { kind, span: Span::default() }
}

fn statement() -> impl Strategy<Value = Statement> {
    let string =
        select(vec!["", "x = ", "é // no comment"]).prop_map(|text| at_no_place(ExprKind::String(text.into())));
    let printable = prop_oneof![expr(), string];
    let simple = prop_oneof![
        (sized_type(), vec((ident(), proptest::option::of(expr())), 1..3))
            .prop_map(|(ty, variables)| StatementKind::Declare { annotations: vec![], ty, variables }),
        (lvalue(), select(vec![None, Some(BinaryOp::Plus), Some(BinaryOp::EltDivide)]), expr())
            .prop_map(|(target, op, value)| StatementKind::Assign { target, op, value }),
        (ident(), vec(expr(), 0..4)).prop_map(|(name, arguments)| StatementKind::Call { name, arguments }),
        expr().prop_map(StatementKind::TargetPlus),
        expr().prop_map(StatementKind::JacobianPlus),
        (
            expr(),
            ident(),
            vec(expr(), 0..4),
            proptest::option::of((proptest::option::of(expr()), proptest::option::of(expr())))
        )
            .prop_map(|(arg, distribution, arguments, truncation)| StatementKind::Tilde {
                arg,
                distribution,
                arguments,
                truncation: truncation.map(|(lower, upper)| Truncation { lower, upper, span: Span::default() }),
            }),
        Just(StatementKind::Break),
        Just(StatementKind::Continue),
        proptest::option::of(expr()).prop_map(StatementKind::Return),
        vec(printable, 1..4).prop_map(StatementKind::Print),
        Just(StatementKind::Skip),
    ]
    .prop_map(place);
    simple.prop_recursive(3, 12, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let block = vec(inner.clone(), 0..4);
        prop_oneof![
            // An `if` without `else` before an `else` cannot be written, so the branches are blocks there.
            (expr(), block.clone(), block.clone()).prop_map(|(condition, then, otherwise)| StatementKind::If {
                condition,
                then: Box::new(place(StatementKind::Block(then))),
                otherwise: Some(Box::new(place(StatementKind::Block(otherwise)))),
            }),
            (expr(), boxed.clone()).prop_map(|(condition, then)| StatementKind::If {
                condition,
                then,
                otherwise: None
            }),
            (expr(), boxed.clone()).prop_map(|(condition, body)| StatementKind::While { condition, body }),
            (ident(), expr(), expr(), boxed.clone()).prop_map(|(variable, lower, upper, body)| StatementKind::For {
                variable,
                lower,
                upper,
                body
            }),
            (ident(), expr(), boxed).prop_map(|(variable, range, body)| StatementKind::ForEach {
                variable,
                range,
                body
            }),
            block.clone().prop_map(StatementKind::Block),
            block.prop_map(|body| StatementKind::Profile { name: "part".into(), body }),
        ]
        .prop_map(place)
    })
}

/// Constraints are for declarations that are not local; these programs have local ones everywhere, which the parser
/// refuses after reading them.
fn is_about_constraints(code: &str) -> bool {
    code == "E0114"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_survive_printing(items in vec(statement(), 0..5), minimal in any::<bool>()) {
        let mut program = Program {
            generated_quantities: Some(Block { items, span: Span::default() }),
            ..Program::default()
        };
        let parentheses = if minimal { Parentheses::Minimal } else { Parentheses::Keep };
        let text = print_program(&program, parentheses);
        let source = SourceMap::from_text("printed.stan", text.clone());
        let parsed = parse(&source);
        for diagnostic in &parsed.diagnostics {
            prop_assert!(is_about_constraints(diagnostic.code), "{}\n{text}", plain(&source, diagnostic));
        }
        let mut again = parsed.program;
        prop_assert_eq!(&print_program(&again, parentheses), &text);
        for program in [&mut program, &mut again] {
            erase_spans(program);
            erase_parentheses(program);
        }
        prop_assert_eq!(&program, &again, "{}", text);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..300)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_tokens_make_it_panic(words in vec(select(WORDS.to_vec()), 0..80)) {
        check(&words.join(" "));
    }

    #[test]
    fn comments_anywhere_are_kept(edits in vec((any::<prop::sample::Index>(), 0..4_u8), 1..12)) {
        let text = include_str!("programs/everything.stan");
        let mut pieces: Vec<String> = pieces(text).into_iter().map(str::to_string).collect();
        for (number, (at, kind)) in edits.iter().enumerate() {
            let at = at.index(pieces.len());
            let comment = match kind {
                0 => format!(" // c{number}\n"),
                1 => format!("\n// c{number}\n"),
                2 => format!(" /* c{number} */ "),
                _ => format!("/* c{number}\n  second line */"),
            };
            pieces[at].insert_str(0, &comment);
        }
        let text = pieces.concat();
        let source = SourceMap::from_text("random.stan", text.clone());
        // A comment between the two words of a block's name, or within an operator or a string.
        prop_assume!(parse(&source).is_ok());
        check(&text);
        let formatted = format(&source).unwrap_or_default();
        let again = SourceMap::from_text("random.stan", formatted.clone());
        prop_assert_eq!(comments(&again), comments(&source), "{}\n{}", text, formatted);
        let (mut before, mut after) = (parse(&source).program, parse(&again).program);
        erase_spans(&mut before);
        erase_spans(&mut after);
        prop_assert_eq!(before, after, "{}\n{}", text, formatted);
    }

    #[test]
    fn no_mutation_makes_it_panic(edits in vec((any::<prop::sample::Index>(), 0..4_u8, select(WORDS.to_vec())), 1..6)) {
        let mut pieces: Vec<&str> = pieces(include_str!("programs/everything.stan"));
        for (at, what, word) in &edits {
            let at = at.index(pieces.len());
            match what {
                0 => { pieces.remove(at); }
                1 => pieces.insert(at, word),
                2 => pieces[at] = word,
                _ => {
                    let next = (at + 7) % pieces.len();
                    pieces.swap(at, next);
                }
            }
        }
        check(&pieces.concat());
    }
}

const WORDS: [&str; 64] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    ",",
    ";",
    ";",
    "|",
    "=",
    "+=",
    "~",
    "?",
    ":",
    "+",
    "-",
    "'",
    "^",
    ".*",
    "!",
    "x",
    "y",
    "T",
    "1",
    "2.5",
    ".1",
    "3i",
    "\"s\"",
    "functions",
    "data",
    "transformed data",
    "parameters",
    "model",
    "generated quantities",
    "int",
    "real",
    "vector",
    "matrix",
    "array",
    "tuple",
    "simplex",
    "lower",
    "upper",
    "offset",
    "for",
    "if",
    "else",
    "while",
    "in",
    "return",
    "break",
    "print",
    "target",
    "jacobian",
    "profile",
    "// c\n",
    "/* c */",
    "# c\n",
    "#include x\n",
    "@",
    "é",
];

/// The text cut between words and other characters.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut last = false;
    for (at, c) in text.char_indices() {
        if at > start && !(last && is_word(c)) {
            pieces.push(&text[start..at]);
            start = at;
        }
        last = is_word(c);
    }
    pieces.push(&text[start..]);
    pieces
}

/// The comments in the program, without regard to space in them, in any order.
fn comments(source: &SourceMap) -> Vec<String> {
    let squeeze = |span| source.slice(span).split_whitespace().collect::<String>();
    let mut all: Vec<String> = lex(source, Includes::Keep).comments.iter().map(|c| squeeze(c.span)).collect();
    all.sort();
    all
}

/// Whatever the text: spans are in it, everything can be shown, and what can be formatted can be formatted again.
fn check(text: &str) {
    let source = SourceMap::from_text("random.stan", text);
    let parsed = parse(&source);
    for diagnostic in &parsed.diagnostics {
        assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end as usize <= text.len());
        assert!(text.get(diagnostic.span.range()).is_some(), "a span within a character");
    }
    render_all(&source, &parsed.diagnostics, true);
    if let Ok(formatted) = format(&source) {
        let again = SourceMap::from_text("random.stan", formatted.clone());
        match format(&again) {
            Ok(twice) if twice == formatted => {}
            Ok(twice) => {
                let at = twice.lines().zip(formatted.lines()).take_while(|(a, b)| a == b).count().saturating_sub(3);
                let part = |text: &str| text.lines().skip(at).take(12).collect::<Vec<_>>().join("\n");
                panic!("not idempotent:\n{}\nbecame\n{}", part(&formatted), part(&twice));
            }
            Err(errors) => panic!("formatted text does not parse: {errors:?}\n{text}\n{formatted}"),
        }
    }
}

/// A comment at every place of the program, of one kind after the other.
#[test]
fn a_comment_can_stand_anywhere() {
    let text = include_str!("programs/everything.stan");
    let pieces = pieces(text);
    let mut before = parse(&SourceMap::from_text("everything.stan", text)).program;
    erase_spans(&mut before);
    let mut failures = Vec::new();
    let mut tried = 0;
    for at in 0..pieces.len() {
        let comment = [" // new\n", "\n// new\n", " /* new */ ", "/* new\n  second line */"][at % 4];
        let text = [pieces[..at].concat().as_str(), comment, pieces[at..].concat().as_str()].concat();
        let source = SourceMap::from_text("everything.stan", text.clone());
        let mut read = parse(&source);
        erase_spans(&mut read.program);
        // In a string or an operator.
        if !read.is_ok() || read.program != before {
            continue;
        }
        tried += 1;
        let formatted = format(&source).unwrap_or_default();
        let again = SourceMap::from_text("everything.stan", formatted.clone());
        let twice = format(&again).unwrap_or_default();
        let mut after = parse(&again).program;
        erase_spans(&mut after);
        let context: String = [
            pieces[at.saturating_sub(6)..at].concat().as_str(),
            comment,
            pieces[at..pieces.len().min(at + 6)].concat().as_str(),
        ]
        .concat();
        if comments(&again) != comments(&source) {
            failures.push(format!("comments changed: {context:?}"));
        } else if after != before {
            failures.push(format!("tree changed: {context:?}"));
        } else if twice != formatted {
            let difference = twice.lines().zip(formatted.lines()).find(|(a, b)| a != b);
            failures.push(format!("not idempotent: {context:?}: {difference:?}"));
        }
    }
    assert!(failures.is_empty(), "{} of {tried}:\n{}", failures.len(), failures.join("\n"));
    assert!(tried > 800, "{tried}");
}
