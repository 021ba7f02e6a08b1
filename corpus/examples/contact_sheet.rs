//! Random pairs at a glance, each program in words above its data: `contact_sheet GRAMMAR COUNT [SEED] > sheet.svg`
//!
//! Outcomes are drawn against the first column that the program uses, or against the row; colours are groups.

use ppl_corpus::derivation::{Node, Part};
use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::pair::table::{Table, Values};
use ppl_corpus::pair::{PairOptions, Sample, pair};
use ppl_corpus::{ColumnKind, Grammar, in_words};
use std::fmt::Write;

const ACROSS: usize = 8;
const WIDTH: f64 = 230.0;
const HEIGHT: f64 = 190.0;
/// Colours that people of all kinds of sight tell apart (Okabe and Ito).
const COLOURS: [&str; 7] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555"];

fn main() {
    ppl_program::with_room(run);
}

fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: u64| arguments.get(place).and_then(|a| a.parse().ok()).unwrap_or(default);
    let name = arguments.first().map_or("bounded", String::as_str);
    let grammar = Grammar::shipped(name).unwrap_or_else(|error| panic!("{error}"));
    let (count, seed) = (number(1, 64) as usize, number(2, 1));
    let options = PairOptions {
        design: DesignOptions { rows: 30..=200, missing: 0.0, ..DesignOptions::default() },
        tables: 1,
        schema: None,
    };
    let mut cells = String::new();
    let (mut shown, mut next) = (0, 0);
    while shown < count {
        let made = pair(&grammar, &options, seed, next).unwrap_or_else(|fault| panic!("{fault}"));
        next += 1;
        let Some(sample) = made.samples.first() else { continue };
        let words = in_words(&grammar, &made.schema, &made.derivation.root);
        let (x, y) = ((shown % ACROSS) as f64 * WIDTH, (shown / ACROSS) as f64 * HEIGHT);
        let _ = writeln!(cells, "<g transform=\"translate({x},{y})\">");
        caption(&mut cells, &words, made.schema.outcome.word(), sample.table.rows());
        let mut used = Vec::new();
        columns_of(&made.derivation.root, &mut used);
        plot(&mut cells, &sample.table, &used, sample);
        cells += "</g>\n";
        shown += 1;
    }
    let (width, height) = (ACROSS as f64 * WIDTH, count.div_ceil(ACROSS) as f64 * HEIGHT);
    println!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\">"
    );
    println!("<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n{cells}</svg>");
}

/// The words on up to three lines, what the outcome is, and rows.
fn caption(out: &mut String, words: &str, outcome: &str, rows: usize) {
    let mut lines = vec![String::new()];
    for word in words.split(' ') {
        let last = lines.last_mut().expect("a line");
        if !last.is_empty() && last.len() + word.len() > 38 && !word.starts_with('+') {
            lines.push(word.to_string());
        } else {
            *last = if last.is_empty() { word.to_string() } else { format!("{last} {word}") };
        }
    }
    for (place, line) in lines.iter().take(3).enumerate() {
        let more = if place == 2 && lines.len() > 3 { " ..." } else { "" };
        let _ = writeln!(out, "<text x=\"8\" y=\"{}\" font-size=\"10\">{line}{more}</text>", 13 + 11 * place);
    }
    let _ = writeln!(
        out,
        "<text x=\"222\" y=\"186\" font-size=\"8\" text-anchor=\"end\" fill=\"#666\">{outcome}, {rows} rows</text>"
    );
}

fn columns_of(node: &Node, out: &mut Vec<usize>) {
    node.columns.iter().for_each(|column| {
        if !out.contains(column) {
            out.push(*column);
        }
    });
    for part in &node.parts {
        match part {
            Part::Node(inner) => columns_of(inner, out),
            Part::Set(nodes) => nodes.iter().for_each(|inner| columns_of(inner, out)),
            Part::Grade(_) => {}
        }
    }
}

fn numbers(values: &Values) -> Vec<f64> {
    match values {
        Values::Real(x) => x.clone(),
        Values::Int(x) => x.iter().map(|i| f64::from(*i)).collect(),
    }
}

fn plot(out: &mut String, table: &Table, used: &[usize], sample: &Sample) {
    let kind = |place: &usize| table.schema.columns[*place].kind;
    let rows = table.rows();
    let across = used.iter().copied().find(|place| !matches!(kind(place), ColumnKind::Group | ColumnKind::Trials));
    let group = used.iter().copied().find(|place| kind(place) == ColumnKind::Group);
    let mut y = numbers(&table.outcome);
    if let Some(trials) = table.schema.columns.iter().position(|column| column.kind == ColumnKind::Trials) {
        y.iter_mut().zip(numbers(&table.columns[trials])).for_each(|(y, n)| *y /= n);
    }
    let (label, mut x) = match across.or(group) {
        Some(place) => (table.schema.columns[place].name.clone(), numbers(&table.columns[place])),
        None => ("row".to_string(), (0..rows).map(|row| row as f64).collect()),
    };
    // few values are spread out, so that points do not hide each other
    let jitter = |place: usize, salt: u64| {
        let mut bits =
            (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt.wrapping_mul(0xD1B5_4A32_D192_ED03);
        bits = (bits ^ (bits >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (bits >> 40) as f64 / (1u64 << 24) as f64 - 0.5
    };
    let few = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        sorted.len() <= 12
    };
    for (values, salt) in [(&mut x, 1), (&mut y, 2)] {
        if few(values) {
            values.iter_mut().enumerate().for_each(|(row, v)| *v += 0.25 * jitter(row, salt));
        }
    }
    let range = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (low, if high > low { high - low } else { 1.0 })
    };
    let ((x0, dx), (y0, dy)) = (range(&x), range(&y));
    let _ = writeln!(out, "<rect x=\"22\" y=\"48\" width=\"200\" height=\"124\" fill=\"none\" stroke=\"#bbb\"/>");
    let members = group.map(|place| numbers(&sample.design.columns[place]));
    for row in 0..rows {
        let colour = members.as_ref().map_or(COLOURS[0], |g| COLOURS[(g[row] as usize - 1) % COLOURS.len()]);
        let (px, py) = (26.0 + 192.0 * (x[row] - x0) / dx, 168.0 - 116.0 * (y[row] - y0) / dy);
        let _ =
            writeln!(out, "<circle cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"1.8\" fill=\"{colour}\" fill-opacity=\"0.65\"/>");
    }
    let _ =
        writeln!(out, "<text x=\"122\" y=\"183\" font-size=\"9\" text-anchor=\"middle\" fill=\"#444\">{label}</text>");
    for (value, place) in [(y0, 170.0), (y0 + dy, 56.0)] {
        let _ = writeln!(
            out,
            "<text x=\"20\" y=\"{place}\" font-size=\"7\" text-anchor=\"end\" fill=\"#666\">{value:.2}</text>"
        );
    }
}
