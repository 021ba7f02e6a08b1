//! What is accepted, and how it is read.

use ppl_grammar::ast::*;
use ppl_grammar::format::format;
use ppl_grammar::parse::{Parsed, parse};
use ppl_grammar::render::plain;
use ppl_grammar::source::SourceMap;
use ppl_grammar::walk::erase_spans;

fn read(text: &str) -> Parsed {
    parse(&SourceMap::from_text("test.stan", text))
}

fn errors(text: &str) -> Vec<String> {
    let source = SourceMap::from_text("test.stan", text);
    parse(&source).diagnostics.iter().map(|diagnostic| plain(&source, diagnostic)).collect()
}

/// The right-hand side of the only statement.
fn expression(text: &str) -> Expr {
    let parsed = read(&format!("model {{ x = {text}; }}"));
    assert!(parsed.is_ok(), "{text}: {:?}", parsed.diagnostics);
    match parsed.program.model.unwrap().items.remove(0).kind {
        StatementKind::Assign { value, .. } => value,
        other => panic!("{other:?}"),
    }
}

/// The expression with brackets around every operation.
fn shape(e: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(shape).collect::<Vec<_>>().join(" ");
    match &e.kind {
        ExprKind::Int(text) | ExprKind::Real(text) | ExprKind::Variable(text) => text.clone(),
        ExprKind::Imaginary(text) => format!("{text}i"),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Target => "target".into(),
        ExprKind::Call { name, arguments } => format!("({} {})", name.name, list(arguments)),
        ExprKind::Conditional { name, outcome, arguments } => {
            format!("({} {} | {})", name.name, shape(outcome), list(arguments))
        }
        ExprKind::Unary { op, operand } => format!("({op:?} {})", shape(operand)),
        ExprKind::Binary { op, left, right } => format!("({op:?} {} {})", shape(left), shape(right)),
        ExprKind::Transpose(operand) => format!("(' {})", shape(operand)),
        ExprKind::Ternary { condition, then, otherwise } => {
            format!("(? {} {} {})", shape(condition), shape(then), shape(otherwise))
        }
        ExprKind::Index { base, indices } => {
            let index = |index: &Index| match index {
                Index::All(_) => ":".to_string(),
                Index::Single(e) => shape(e),
                Index::From(e) => format!("{}:", shape(e)),
                Index::To(e) => format!(":{}", shape(e)),
                Index::Between(a, b) => format!("{}:{}", shape(a), shape(b)),
            };
            format!("{}[{}]", shape(base), indices.iter().map(index).collect::<Vec<_>>().join(" "))
        }
        ExprKind::Project { base, index } => format!("{}.{index}", shape(base)),
        ExprKind::Array(items) => format!("{{{}}}", list(items)),
        ExprKind::RowVector(items) => format!("[{}]", list(items)),
        ExprKind::Tuple(items) => format!("<{}>", list(items)),
        ExprKind::Paren(inner) => shape(inner),
        ExprKind::Error => "?".into(),
    }
}

#[test]
fn operators_bind_as_in_stan() {
    let cases = [
        ("a + b * c", "(Plus a (Times b c))"),
        ("a - b - c", "(Minus (Minus a b) c)"),
        ("a ^ b ^ c", "(Pow a (Pow b c))"),
        ("-a ^ b", "(Minus (Pow a b))"),
        ("a ^ -b ^ c", "(Pow a (Minus (Pow b c)))"),
        ("a ^ -b * c", "(Times (Pow a (Minus b)) c)"),
        ("-a * b", "(Times (Minus a) b)"),
        ("-a'", "(Minus (' a))"),
        ("a ^ b'", "(Pow a (' b))"),
        ("a' ^ b", "(Pow (' a) b)"),
        ("a * b %/% c", "(Times a (IntDivide b c))"),
        ("a \\ b * c", "(Times (LeftDivide a b) c)"),
        ("a % b / c", "(Divide (Modulo a b) c)"),
        ("a .* b ./ c", "(EltDivide (EltTimes a b) c)"),
        ("!a == b", "(Equals (Not a) b)"),
        ("a < b == c > d", "(Equals (Less a b) (Greater c d))"),
        ("a || b && c", "(Or a (And b c))"),
        ("a == b && c != d", "(And (Equals a b) (NotEquals c d))"),
        ("a ? b : c ? d : e", "(? a b (? c d e))"),
        ("a ? b ? c : d : e", "(? a (? b c d) e)"),
        ("a || b ? c + 1 : -d", "(? (Or a b) (Plus c 1) (Minus d))"),
        ("(a + b) * c", "(Times (Plus a b) c)"),
        ("- - a", "(Minus (Minus a))"),
        ("x.1.2", "x.1.2"),
        ("x[1].2'", "(' x[1].2)"),
        ("x[a ? b : c : d]", "x[(? a b c):d]"),
        ("x[]", "x[:]"),
        ("x[, 1:, :2, :, 1:2]", "x[: 1: :2 : 1:2]"),
        ("f(y | a, b)", "(f y | a b)"),
        ("f(y | )", "(f y | )"),
        ("f_lpdf(y)", "(f_lpdf y)"),
        ("(a,)", "<a>"),
        ("(a, b)", "<a b>"),
        ("{{1, 2}, {3}}", "{{1 2} {3}}"),
        ("[]", "[]"),
        ("1. .* .5", "(EltTimes 1. .5)"),
        ("1_000.5e-1_0 + 2i", "(Plus 1_000.5e-1_0 2i)"),
        (".5e3 * T", "(Times .5e3 T)"),
        ("target() + 1", "(Plus target 1)"),
        ("x<-1", "(Less x (Minus 1))"),
    ];
    for (text, expected) in cases {
        assert_eq!(shape(&expression(text)), expected, "{text}");
    }
}

#[test]
fn everything_is_accepted() {
    assert_eq!(errors(include_str!("programs/everything.stan")), Vec::<String>::new());
    assert_eq!(errors(""), Vec::<String>::new());
    assert_eq!(errors("// nothing"), Vec::<String>::new());
}

#[test]
fn an_else_belongs_to_the_nearest_if() {
    let parsed = read("model { if (a) for (i in 1:2) if (b) x = 1; else x = 2; }");
    let StatementKind::If { then, otherwise: None, .. } = &parsed.program.model.unwrap().items[0].kind else {
        panic!("the else went to the outer if");
    };
    let StatementKind::For { body, .. } = &then.kind else { panic!("no loop") };
    assert!(matches!(body.kind, StatementKind::If { otherwise: Some(_), .. }));
}

#[test]
fn braces_are_blocks_or_arrays() {
    let parsed = read("model { { x = 1; } {1, 2} ~ f(); { {1} ~ f(); } { } }");
    assert!(parsed.is_ok(), "{:?}", parsed.diagnostics);
    let kinds: Vec<bool> = parsed
        .program
        .model
        .unwrap()
        .items
        .iter()
        .map(|statement| matches!(statement.kind, StatementKind::Block(_)))
        .collect();
    assert_eq!(kinds, [true, false, true, true]);
}

#[test]
fn spans_cover_what_was_written() {
    let source = SourceMap::from_text("test.stan", "model {\n  y[1] ~ normal(mu, 1) T[0, ];\n}\n");
    let model = parse(&source).program.model.unwrap();
    assert_eq!(source.slice(model.span), source.text().trim_end());
    let StatementKind::Tilde { arg, distribution, arguments, truncation } = &model.items[0].kind else {
        panic!("no ~")
    };
    assert_eq!(source.slice(model.items[0].span), "y[1] ~ normal(mu, 1) T[0, ];");
    assert_eq!(source.slice(arg.span), "y[1]");
    assert_eq!(source.slice(distribution.span), "normal");
    assert_eq!(source.slice(arguments[0].span), "mu");
    assert_eq!(source.slice(truncation.as_ref().unwrap().span), "T[0, ]");
    assert_eq!(source.describe(arguments[0].span), "test.stan:2:17");
}

#[test]
fn declarations_hold_their_types() {
    let parsed = read("data { array[N, 2] matrix<lower=0>[3, K] a; tuple(int, array[2] simplex[3]) t; }");
    let items = parsed.program.data.unwrap().items;
    let StatementKind::Declare { ty, variables, .. } = &items[0].kind else { panic!("no declaration") };
    let SizedTypeKind::Array(element, sizes) = &ty.kind else { panic!("no array") };
    assert_eq!((sizes.len(), variables[0].0.name.as_str()), (2, "a"));
    assert!(matches!(element.kind, SizedTypeKind::Matrix(..)) && element.transform.lower.is_some());
    let StatementKind::Declare { ty, .. } = &items[1].kind else { panic!("no declaration") };
    let SizedTypeKind::Tuple(slots) = &ty.kind else { panic!("no tuple") };
    assert!(
        matches!(&slots[1].kind, SizedTypeKind::Array(element, _) if matches!(element.kind, SizedTypeKind::Simplex(_)))
    );
}

#[test]
fn a_function_file_holds_functions_only() {
    let source = SourceMap::from_text("lib.stanfunctions", "real f(real x) { return x; }\nreal g(real x);\n");
    let parsed = parse(&source);
    assert!(parsed.is_ok(), "{:?}", parsed.diagnostics);
    assert_eq!(parsed.program.functions.unwrap().items.len(), 2);
    let source = SourceMap::from_text("lib.stanfunctions", "data { int N; }");
    assert!(!parse(&source).is_ok());
}

#[test]
fn lines_end_in_three_ways() {
    let source = SourceMap::from_text("test.stan", "model {\r\n  x = 1;\r  y = = 2;\n}");
    let diagnostic = &parse(&source).diagnostics[0];
    assert_eq!((source.start(diagnostic.span).line, source.start(diagnostic.span).column), (3, 7));
}

#[test]
fn trees_too_deep_are_refused() {
    let nest = |open: &str, close: &str, n: usize| format!("model {{ x = {}1{}; }}", open.repeat(n), close.repeat(n));
    let deep = [
        nest("(", ")", 100_000),
        nest("-", "", 100_000),
        nest("1 + ", "", 100_000),
        nest("2 ^ ", "", 100_000),
        nest("a ? b : ", "", 100_000),
        nest("f(", ")", 100_000),
        nest("[", "]", 100_000),
        nest("x[", "]", 100_000),
        nest("", "'", 100_000),
        nest("", "[1]", 100_000),
        nest("", ".1", 100_000),
        format!("model {{ {} ; }}", "if (a) ".repeat(100_000)),
        format!("model {{ {} ; }}", "if (a) ; else ".repeat(100_000)),
        format!("model {{ {} ; }}", "if (a) { } else ".repeat(100_000)),
        format!("model {{ {} ; }}", "for (i in x) ".repeat(100_000)),
        format!("model {{ {} {} }}", "{".repeat(100_000), "}".repeat(100_000)),
        format!("model {{ {} ; }}", "x = {".repeat(100_000)),
        format!("data {{ {} int {} x; }}", "tuple(".repeat(100_000), ", int)".repeat(100_000)),
        // Brackets around a long chain, again and again.
        format!("model {{ x = {}1{}; }}", "(".repeat(300), format!("{})", " + 1".repeat(300)).repeat(300)),
    ];
    let operators =
        ["||", "&&", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", ".*", "./", "%/%", "\\", "^", ".^"];
    let chains = operators.iter().map(|operator| nest(&format!("1 {operator} "), "", 100_000));
    let prefixes = ["!", "+", "-", "{", "(1, ", "a[1:", "f(1 | "].iter().map(|prefix| nest(prefix, "", 100_000));
    let statements =
        ["while (a) ", "for (i in 1:2) ", "profile(\"a\") { ", "if (a) x = 1; else if (b) { } else for (i in x) "]
            .iter()
            .map(|head| format!("model {{ {} ; }}", head.repeat(100_000)));
    for text in deep.into_iter().chain(chains).chain(prefixes).chain(statements) {
        let start: String = text.chars().take(60).collect();
        let errors = errors(&text);
        assert!(errors.iter().any(|error| error.contains("E0110")), "{start}: {:?}", errors.first());
    }
    for text in [
        nest("(", ")", 490),
        nest("1 + ", "", 490),
        nest("-", "", 490),
        nest("f(", ")", 490),
        nest("a ? b : ", "", 490),
        nest("", "[1]", 490),
        format!("model {{ {} ; }}", "if (a) ; else ".repeat(490)),
        format!("model {{ {} {} }}", "{".repeat(490), "}".repeat(490)),
        format!("model {{ {} }}", "for (i in 1:2) { x = 1; } if (a) { x = -1; } else x = 2;".repeat(10_000)),
        format!("model {{ x = {{{}1}}; }}", "1 + 2, ".repeat(100_000)),
        format!("data {{ {} }}", "array[2] real<lower=-1> x; ".repeat(10_000)),
    ] {
        let start: String = text.chars().take(60).collect();
        assert_eq!(errors(&text), Vec::<String>::new(), "{start}");
        // Walking over a tree takes more stack than building it.
        let source = SourceMap::from_text("test.stan", text);
        let formatted = format(&source).unwrap_or_default();
        let (mut before, mut after) = (read(source.text()).program, read(&formatted).program);
        erase_spans(&mut before);
        erase_spans(&mut after);
        assert!(before.clone() == after, "{start}");
    }
}

#[test]
fn long_broken_files_end_soon() {
    for text in [
        "model { ".repeat(20_000),
        "x ".repeat(500_000),
        "model { x = ; ".to_string() + &"x = = 1; ".repeat(100_000) + "}",
        "(".repeat(1_000_000),
        "} ".repeat(500_000),
        "data { real x[2]; ".to_string() + &"real x[2]; ".repeat(50_000) + "}",
        "/*".repeat(500_000),
        "\"".repeat(500_000),
        "$".repeat(500_000),
        "# \n".repeat(300_000),
    ] {
        let start = std::time::Instant::now();
        let count = errors(&text).len();
        let what: String = text.chars().take(20).collect();
        println!("{what:?}: {count} errors in {:?}", start.elapsed());
        assert!(count > 0);
        assert!(start.elapsed().as_secs() < 20, "{what}");
    }
}
