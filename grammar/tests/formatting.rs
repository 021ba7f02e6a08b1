//! The canonical layout.

use ppl_grammar::format::{Parentheses, WIDTH, format, print_program, update};
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use ppl_grammar::walk::{erase_parentheses, erase_spans};

fn formatted(text: &str) -> String {
    match format(&SourceMap::from_text("test.stan", text)) {
        Ok(formatted) => formatted,
        Err(errors) => panic!("{text}: {errors:?}"),
    }
}

/// `before` becomes `after`, and `after` stays.
fn becomes(before: &str, after: &str) {
    assert_eq!(formatted(before), after);
    assert_eq!(formatted(after), after, "not idempotent");
}

#[test]
fn spaces_and_lines_are_canonical() {
    becomes(
        "data{int<lower = 0,upper= 1>x;array [ N,M ]vector [ K ] y;}\nmodel{for(i in 1:N){y[i]~normal( mu,sigma )T[ ,1];}\
         if(a)x=1;else{x=-2^3;}while(a&&b||!c)x+=1;target+=normal_lpdf(y|mu,1);x=a?b:c;x=y[1][,2:];}",
        "\
data {
  int<lower=0, upper=1> x;
  array[N, M] vector[K] y;
}
model {
  for (i in 1:N) {
    y[i] ~ normal(mu, sigma) T[, 1];
  }
  if (a)
    x = 1;
  else {
    x = -2 ^ 3;
  }
  while (a && b || !c) x += 1;
  target += normal_lpdf(y | mu, 1);
  x = a ? b : c;
  x = y[1][:, 2:];
}
",
    );
}

#[test]
fn one_blank_line_stays_one() {
    becomes(
        "\n\n\ndata {\n\n  int a;\n\n\n\n  int b;\n  int c;\n\n}\n\n\nmodel {\n}\n\n\n",
        "data {\n  int a;\n\n  int b;\n  int c;\n}\n\nmodel {}\n",
    );
}

#[test]
fn comments_stay_where_they_were() {
    let text = "\
// Head.
/* A block
   of text. */
/*
 * Stars.
 */
functions { // opening
  // own line
  real f(real x, // the x
         real y /* the y */) {
    return x // plus
           + /* inner */ y;
    // last
  }
  // end of functions
}
// between

data {
  int N; // behind
  /* before */ int M; /* behind too */ // and more
}
model {
  if (a) // why
    x = 1;
  // why not
  else if (b) {
    x = 2; // two
  } else { // three
    x = 3;
  }
  y = {1, // one
       2};
  for (i in 1:N) // loop
  {
    // nothing
  }
}
// end
";
    let expected = "\
// Head.
/* A block
   of text. */
/*
 * Stars.
 */
functions { // opening
  // own line
  real f(
    real x, // the x
    real y /* the y */
  ) {
    return x // plus
      /* inner */ + y;
    // last
  }
  // end of functions
}
// between

data {
  int N; // behind
  /* before */ int M; /* behind too */ // and more
}
model {
  if (a)
    // why
    x = 1;
  else // why not
  if (b) {
    x = 2; // two
  } else { // three
    x = 3;
  }
  y = {
    1, // one
    2
  };
  for (i in 1:N) { // loop
    // nothing
  }
}
// end
";
    becomes(text, expected);
}

#[test]
fn long_lines_are_broken() {
    let long = formatted(
        "model { target += normal_lpdf(a_rather_long_name_of_a_variable | another_name_of_a_variable + 1, yet_another_name_of_one);
  x = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa * bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb + ccccccccccccccccccccccccccccc - ddddddd;
  y = f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, g(bbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccccc), ddddddddddddddddddddd); }",
    );
    let expected = "\
model {
  target += normal_lpdf(
    a_rather_long_name_of_a_variable |
    another_name_of_a_variable + 1,
    yet_another_name_of_one
  );
  x = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa * bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    + ccccccccccccccccccccccccccccc
    - ddddddd;
  y = f(
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
    g(bbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccccc),
    ddddddddddddddddddddd
  );
}
";
    assert_eq!(long, expected);
    assert!(long.lines().all(|line| line.len() <= WIDTH));
    assert_eq!(formatted(&long), long);
}

#[test]
fn everything_survives() {
    let text = include_str!("programs/everything.stan");
    let once = formatted(text);
    assert_eq!(formatted(&once), once);
    let mut before = parse(&SourceMap::from_text("a", text)).program;
    for parentheses in [Parentheses::Keep, Parentheses::Minimal] {
        let printed = print_program(&before, parentheses);
        let mut after = parse(&SourceMap::from_text("b", printed)).program;
        for program in [&mut before, &mut after] {
            erase_spans(program);
            if parentheses == Parentheses::Minimal {
                erase_parentheses(program);
            }
        }
        assert_eq!(before, after);
    }
    let mut after = parse(&SourceMap::from_text("c", once)).program;
    erase_spans(&mut after);
    erase_parentheses(&mut after);
    assert_eq!(before, after);
}

#[test]
fn minimal_parentheses_are_those_needed() {
    let cases = [
        ("((a + b)) * (c)", "(a + b) * c"),
        ("(a * b) + (c - (d + e))", "a * b + (c - (d + e))"),
        ("(a + b) + c", "a + b + c"),
        ("a + (b + c)", "a + (b + c)"),
        ("(-a) ^ 2", "(-a) ^ 2"),
        ("-(a ^ 2)", "-a ^ 2"),
        ("(a ^ b) ^ c", "(a ^ b) ^ c"),
        ("a ^ (b ^ (-c))", "a ^ b ^ -c"),
        ("(a + b)'", "(a + b)'"),
        ("((a'))[1]", "(a')[1]"),
        ("(a ? b : c) ? (d) : (e ? f : g)", "(a ? b : c) ? d : e ? f : g"),
        ("!(a && (b || c))", "!(a && (b || c))"),
        ("(x[(1)]).1", "x[1].1"),
        ("f((a), ((b)))", "f(a, b)"),
        ("(1).1", "1 .1"),
    ];
    for (text, expected) in cases {
        let program = parse(&SourceMap::from_text("a", format!("model {{ x = {text}; }}"))).program;
        let printed = print_program(&program, Parentheses::Minimal);
        assert_eq!(printed, format!("model {{\n  x = {expected};\n}}\n"), "{text}");
    }
}

#[test]
fn programs_with_errors_are_left_alone() {
    let errors = format(&SourceMap::from_text("t", "model { x = ; }")).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].code, "E0100");
}

#[test]
fn files_of_functions_and_nothing() {
    assert_eq!(formatted(""), "");
    assert_eq!(formatted("\n // only a comment  \n"), "// only a comment\n");
    let source = SourceMap::from_text("lib.stanfunctions", "// lib\nreal f( real x ) ;\nvoid g(){}\n\n// end");
    assert_eq!(format(&source).unwrap(), "// lib\nreal f(real x);\nvoid g() {}\n\n// end\n");
}

#[test]
fn old_programs_are_brought_up_to_date() {
    let old = "\
functions {
  real[] f(real[,] x, int n) { return x[1]; }
}
data {
  int<lower=0> N; # how many
  real x[N], y[N]; // two
  vector<lower=0>[3] v[N, 2];
}
model {
  real m;
  m <- mean(x) * -2; # was an arrow
  increment_log_prob(normal_lpdf(x | m, fabs(1)));
  m <- if_else(m > 0, 1, get_lp()) + 1;
}
";
    let new = "\
functions {
  array[] real f(array[,] real x, int n) {
    return x[1];
  }
}
data {
  int<lower=0> N; // how many
  array[N] real x, y; // two
  array[N, 2] vector<lower=0>[3] v;
}
model {
  real m;
  m = mean(x) * -2; // was an arrow
  target += normal_lpdf(x | m, abs(1));
  m = (m > 0 ? 1 : target()) + 1;
}
";
    let source = SourceMap::from_text("old.stan", old);
    assert!(format(&source).is_err());
    assert_eq!(update(&source).unwrap(), new);
    assert_eq!(update(&SourceMap::from_text("new.stan", new)).unwrap(), new);
    for text in [
        "data { int N; real x[N], y; }",
        "model { lp__ <- lp__ + 1; }",
        "model { x <- 1 }",
        "model { x = 1 = 2; }",
        "model { increment_log_prob(1, 2); }",
    ] {
        assert!(update(&SourceMap::from_text("old.stan", text)).is_err(), "{text}");
    }
}
