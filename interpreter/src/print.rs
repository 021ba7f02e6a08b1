//! Values as Stan prints them: six significant digits, `[1,2.5]` for anything with elements.

use ppl_runtime::num::Num;
use ppl_runtime::value::{Complex, Value};

pub(crate) fn value<T: Num>(value: &Value<T>, out: &mut String) {
    match value {
        Value::Int(i) => out.push_str(&i.to_string()),
        Value::Real(x) => out.push_str(&number(x.value())),
        Value::Complex(z) => complex(z, out),
        Value::Vector(v) | Value::RowVector(v) => list(v, out, |x, out| out.push_str(&number(x.value()))),
        Value::ComplexVector(v) | Value::ComplexRowVector(v) => list(v, out, complex),
        Value::Matrix(m) => list(&(0..m.rows).collect::<Vec<_>>(), out, |&i, out| {
            list(&(0..m.cols).collect::<Vec<_>>(), out, |&j, out| out.push_str(&number(m.at(i, j).value())));
        }),
        Value::ComplexMatrix(m) => list(&(0..m.rows).collect::<Vec<_>>(), out, |&i, out| {
            list(&(0..m.cols).collect::<Vec<_>>(), out, |&j, out| complex(&m.at(i, j), out));
        }),
        Value::Array(items) => list(items, out, self::value),
        Value::Tuple(items) => {
            out.push('(');
            separated(items, out, self::value);
            out.push(')');
        }
    }
}

fn list<X>(items: &[X], out: &mut String, item: impl FnMut(&X, &mut String)) {
    out.push('[');
    separated(items, out, item);
    out.push(']');
}

fn separated<X>(items: &[X], out: &mut String, mut item: impl FnMut(&X, &mut String)) {
    for (i, x) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        item(x, out);
    }
}

fn complex<T: Num>(z: &Complex<T>, out: &mut String) {
    out.push_str(&format!("({},{})", number(z.re.value()), number(z.im.value())));
}

/// C's `%g`: six significant digits, an exponent outside 1e-4 to 1e6.
pub(crate) fn number(x: f64) -> String {
    if !x.is_finite() {
        return if x.is_nan() {
            "nan".into()
        } else if x > 0.0 {
            "inf".into()
        } else {
            "-inf".into()
        };
    }
    if x == 0.0 {
        return if x.is_sign_negative() { "-0".into() } else { "0".into() };
    }
    let scientific = format!("{x:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| -> String {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text.to_string() }
    };
    if (-4..6).contains(&exponent) {
        trimmed(&format!("{x:.*}", (5 - exponent).max(0) as usize))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
    }
}
