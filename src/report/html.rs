//! HTML in pieces. Whatever comes from outside goes through [`escape`].

use std::fmt::Write;

/// Text as HTML shows it, also inside attributes. Control characters, which HTML does not allow, are replaced.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A message of the program's, in which names stand between backquotes.
pub fn prose(text: &str) -> String {
    let mut parts = text.split('`');
    let mut out = escape(parts.next().unwrap_or_default());
    for (i, part) in parts.enumerate() {
        out.push_str(if i % 2 == 0 { "<code>" } else { "</code>" });
        out.push_str(&escape(part));
    }
    if text.matches('`').count() % 2 == 1 {
        out.push_str("</code>");
    }
    out
}

/// That something is missing, and why: a line each.
pub fn refusal(what: &str, why: &str) -> String {
    let lines: Vec<&str> = why.lines().filter(|l| !l.trim().is_empty()).collect();
    match lines.as_slice() {
        [] => paragraph(&format!("{what}.")),
        [one] => paragraph(&format!("{what}: {}.", prose(one.trim_end_matches('.')))),
        all => {
            let items: String = all.iter().map(|l| format!("<li>{}</li>", prose(l))).collect();
            format!("<p>{what}:</p>\n<ul>{items}</ul>\n")
        }
    }
}

/// A name of the program.
pub fn code(name: &str) -> String {
    format!("<code>{}</code>", escape(name))
}

/// Names of the program in a list.
pub fn codes<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

pub fn section(id: &str, title: &str, body: &str) -> String {
    format!("<section id=\"{id}\">\n<h2>{}</h2>\n{body}</section>\n", escape(title))
}

pub fn paragraph(html: &str) -> String {
    format!("<p>{html}</p>\n")
}

/// A remark in small print.
pub fn remark(html: &str) -> String {
    format!("<p class=\"remark\">{html}</p>\n")
}

/// A picture with its caption (HTML) above.
pub fn figure(caption: &str, svg: &str) -> String {
    format!("<figure><figcaption>{caption}</figcaption>{svg}</figure>\n")
}

/// Pictures beside each other, as many as there is room for.
pub fn gallery(figures: &[String]) -> String {
    format!("<div class=\"gallery\">\n{}</div>\n", figures.concat())
}

/// A picture over the whole width.
pub fn wide(figure: &str) -> String {
    format!("<div class=\"wide\">{figure}</div>\n")
}

/// The meaning of colours: class and text of each.
pub fn legend(entries: &[(&str, &str)]) -> String {
    let mut out = String::from("<p class=\"legend\">");
    for (class, text) in entries {
        let _ = write!(out, "<span><i class=\"key {class}\"></i>{}</span>", escape(text));
    }
    out + "</p>\n"
}

/// A table. Headings are text, cells HTML; the first column is aligned left, the others as numbers.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::from("<div class=\"scroll\"><table>\n<thead><tr>");
    for heading in headings {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(heading));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (i, cell) in row.iter().enumerate() {
            let _ = match i {
                0 => write!(out, "<th scope=\"row\">{cell}</th>"),
                _ => write!(out, "<td>{cell}</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out + "</tbody></table></div>\n"
}

/// A number in a cell: a true minus sign, a dash for NaN.
pub fn number(x: f64, decimals: usize) -> String {
    let text = ppl_sampler::summary::number(x, decimals);
    match text.strip_prefix('-') {
        Some("") => "\u{2013}".into(),
        Some(size) if size.chars().all(|c| c == '0' || c == '.') => size.into(),
        Some(size) => format!("\u{2212}{size}"),
        None => text,
    }
}

/// A number with about three digits that say something.
pub fn short(x: f64) -> String {
    let decimals = if x == 0.0 || !x.is_finite() { 0.0 } else { 2.0 - x.abs().log10().floor() };
    number(x, decimals.clamp(0.0, 7.0) as usize)
}

/// `= 0.03`, or `&lt; 0.001`.
pub fn p_value(p: f64) -> String {
    match p {
        p if p < 0.001 => "&lt; 0.001".into(),
        p if p > 0.999 => "&gt; 0.999".into(),
        p if !(0.01..=0.99).contains(&p) => format!("= {}", number(p, 3)),
        p => format!("= {}", number(p, 2)),
    }
}

/// With a capital letter.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// `1 draw`, `2 draws`.
pub fn count(n: usize, thing: &str) -> String {
    format!("{} {thing}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// With thin spaces between thousands, from five digits on.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_escaped() {
        assert_eq!(escape("<script>'\"&\u{0}"), "&lt;script&gt;&#39;&quot;&amp;\u{fffd}");
        assert_eq!(code("a<b"), "<code>a&lt;b</code>");
        assert_eq!(prose("`a` < `b"), "<code>a</code> &lt; <code>b</code>");
        assert!(refusal("No", "one\ntwo <").contains("<li>two &lt;</li>"));
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(number(-1.234, 1), "\u{2212}1.2");
        assert_eq!(number(f64::NAN, 1), "\u{2013}");
        assert_eq!(number(-1e-17, 2), "0.00");
        assert_eq!(
            (p_value(0.0), p_value(0.996), p_value(0.5)),
            ("&lt; 0.001".into(), "= 0.996".into(), "= 0.50".into())
        );
        assert_eq!(
            (short(0.012_34), short(123.4), short(-4.0)),
            ("0.0123".into(), "123".into(), "\u{2212}4.00".into())
        );
        assert_eq!(
            (thousands(1234), thousands(12_345), thousands(1_234_567)),
            ("1234".into(), "12\u{2009}345".into(), "1\u{2009}234\u{2009}567".into())
        );
        assert_eq!(count(1, "chain"), "1 chain");
    }
}
