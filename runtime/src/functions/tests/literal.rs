//! Values written as text: `2` int, `2.0` real, `[1, 2]` row vector, `[1, 2]'` vector, `[[1, 2], [3, 4]]` matrix, `{..}` array,
//! `(..)` tuple, `C(1, 2)` complex (in brackets: complex vectors and matrices), `inf`, `nan`.

use crate::value::{Complex, Matrix, Value};

struct Parser<'a> {
    text: &'a str,
}

impl Parser<'_> {
    fn skip(&mut self) {
        self.text = self.text.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip();
        match self.text.strip_prefix(token) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    fn list(&mut self, close: &str) -> Vec<Value<f64>> {
        let mut items = Vec::new();
        while !self.eat(close) {
            items.push(self.value());
            self.eat(",");
        }
        items
    }

    fn value(&mut self) -> Value<f64> {
        if self.eat("C(") {
            let parts = self.list(")");
            return Value::Complex(Complex { re: number(&parts[0]), im: number(&parts[1]) });
        }
        if self.eat("{") {
            return Value::Array(self.list("}"));
        }
        if self.eat("(") {
            return Value::Tuple(self.list(")"));
        }
        if self.eat("[") {
            let items = self.list("]");
            let column = self.eat("'");
            return container(items, column);
        }
        self.skip();
        let end = self.text.find([',', ']', '}', ')', ' ']).unwrap_or(self.text.len());
        let (word, rest) = self.text.split_at(end);
        self.text = rest;
        match word.parse::<i32>() {
            Ok(i) => Value::Int(i),
            Err(_) => Value::Real(word.parse().unwrap_or_else(|_| panic!("not a number: {word:?}"))),
        }
    }
}

fn number(value: &Value<f64>) -> f64 {
    match value {
        Value::Int(i) => *i as f64,
        Value::Real(x) => *x,
        other => panic!("not a number: {other:?}"),
    }
}

fn container(items: Vec<Value<f64>>, column: bool) -> Value<f64> {
    match items.first() {
        Some(Value::RowVector(first)) => {
            let cols = first.len();
            let rows: Vec<&Vec<f64>> =
                items.iter().map(|v| if let Value::RowVector(r) = v { r } else { panic!("ragged matrix") }).collect();
            Value::Matrix(Matrix::from_fn(rows.len(), cols, |i, j| rows[i][j]))
        }
        Some(Value::ComplexRowVector(first)) => {
            let cols = first.len();
            let at = |i: usize, j: usize| match &items[i] {
                Value::ComplexRowVector(r) => r[j],
                _ => panic!("ragged matrix"),
            };
            Value::ComplexMatrix(Matrix::from_fn(items.len(), cols, at))
        }
        Some(Value::Complex(_)) => {
            let entries = items.iter().map(|v| if let Value::Complex(z) = v { *z } else { panic!("mixed") }).collect();
            if column { Value::ComplexVector(entries) } else { Value::ComplexRowVector(entries) }
        }
        _ => {
            let entries = items.iter().map(number).collect();
            if column { Value::Vector(entries) } else { Value::RowVector(entries) }
        }
    }
}

/// A value.
pub fn value(text: &str) -> Value<f64> {
    let mut parser = Parser { text };
    let value = parser.value();
    assert!(parser.text.trim().is_empty(), "rest {:?} after the value", parser.text);
    value
}

/// A function's name and its arguments.
pub fn call(text: &str) -> (String, Vec<Value<f64>>) {
    let open = text.find('(').expect("a call");
    let mut parser = Parser { text: &text[open + 1..] };
    let args = parser.list(")");
    assert!(parser.text.trim().is_empty(), "rest {:?} after the call", parser.text);
    (text[..open].trim().to_string(), args)
}
