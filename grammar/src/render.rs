//! Showing diagnostics: to people, with the lines of the program they are about, and to programs.

use ariadne::{Color, Config, IndexType, Label, Report, ReportKind, Source};
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Position, SourceMap};
use crate::span::{FileId, Span};

/// A diagnostic with everything looked up: what `ppl check --json` prints. Lines and columns count from 1, columns in
/// characters; the end is one past the last character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
    pub code: &'static str,
    pub severity: &'static str,
    pub message: String,
    pub hint: Option<String>,
}

/// `diagnostic` for programs.
pub fn record(source: &SourceMap, diagnostic: &Diagnostic) -> Record {
    let Position { line, column } = source.start(diagnostic.span);
    let end = source.end(diagnostic.span);
    Record {
        file: source.file(diagnostic.span.file).name.clone(),
        line,
        column,
        end_line: end.line,
        end_column: end.column,
        code: diagnostic.code,
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: diagnostic.message.clone(),
        hint: diagnostic.hint.clone(),
    }
}

/// `diagnostic` for people, several lines, with the text underlined, in colour or plain.
pub fn render(source: &SourceMap, diagnostic: &Diagnostic, colour: bool) -> String {
    let (kind, paint) = match diagnostic.severity {
        Severity::Error => (ReportKind::Error, Color::Red),
        Severity::Warning => (ReportKind::Warning, Color::Yellow),
    };
    let config = Config::default().with_color(colour).with_index_type(IndexType::Byte);
    let place = |span: Span| (span.file, visible(source, span));
    let mut labels: Vec<(Span, &str, Color)> = Vec::new();
    let others = || diagnostic.labels.iter().filter(|(span, _)| *span != diagnostic.span);
    let own = diagnostic.labels.iter().find(|(span, _)| *span == diagnostic.span).map(|(_, text)| text.as_str());
    labels.push((diagnostic.span, own.unwrap_or("here"), paint));
    labels.extend(others().map(|(span, text)| (*span, text.as_str(), Color::Blue)));
    // In the order of the text, or lines would be shown out of order.
    labels.sort_by_key(|(span, ..)| (span.file != diagnostic.span.file, span.file, span.start));
    let mut report = Report::build(kind, place(diagnostic.span))
        .with_config(config)
        .with_code(diagnostic.code)
        .with_message(&diagnostic.message);
    for (span, text, colour) in labels {
        let label = Label::new(place(span)).with_color(colour);
        report = report.with_label(label.with_message(text));
    }
    if let Some(hint) = &diagnostic.hint {
        report = report.with_help(hint);
    }
    for span in inclusions(source, diagnostic.span.file) {
        report = report.with_note(format!("included from {}", source.describe(span)));
    }
    let mut out = Vec::new();
    let mut files = Files { source, sources: Vec::new() };
    match report.finish().write(&mut files, &mut out) {
        Ok(()) => String::from_utf8_lossy(&out).lines().map(|line| format!("{}\n", line.trim_end())).collect(),
        Err(_) => format!("{}\n", plain(source, diagnostic)),
    }
}

/// All diagnostics for people, then how many there are.
pub fn render_all(source: &SourceMap, diagnostics: &[Diagnostic], colour: bool) -> String {
    let mut out: String = diagnostics.iter().map(|diagnostic| render(source, diagnostic, colour)).collect();
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let count = |number: usize, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{number} {word}s")),
    };
    let counts: Vec<String> = [count(errors, "error"), count(warnings, "warning")].into_iter().flatten().collect();
    if !counts.is_empty() {
        out.push_str(&format!("{}: {}\n", source.name(), counts.join(", ")));
    }
    out
}

/// `model.stan:3:5: error E0102: expected ...`, on one line.
pub fn plain(source: &SourceMap, diagnostic: &Diagnostic) -> String {
    let Record { file, line, column, code, severity, message, hint, .. } = record(source, diagnostic);
    let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{file}:{line}:{column}: {severity} {code}: {message}{hint}")
}

/// The directives that led to `file`, the innermost first.
fn inclusions(source: &SourceMap, file: FileId) -> Vec<Span> {
    let mut chain = Vec::new();
    let mut from = source.file(file).included_from;
    while let Some(span) = from {
        chain.push(span);
        from = source.file(span.file).included_from;
    }
    chain
}

/// The range to underline: never empty, inside the text, and where the text ends on the last line that holds something.
fn visible(source: &SourceMap, span: Span) -> std::ops::Range<usize> {
    let text = &source.file(span.file).text;
    let mut start = (span.start as usize).min(text.len());
    let mut end = (span.end as usize).clamp(start, text.len());
    if start == text.len() {
        end = text.trim_end().len();
        start = end;
    }
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    if start == end {
        match text[end..].chars().next() {
            Some(c) if c != '\n' && c != '\r' => end += c.len_utf8(),
            _ => start -= text[..start].chars().next_back().map_or(0, char::len_utf8),
        }
    }
    start..end
}

struct Files<'a> {
    source: &'a SourceMap,
    sources: Vec<(FileId, Source<String>)>,
}

impl ariadne::Cache<FileId> for Files<'_> {
    type Storage = String;

    fn fetch(&mut self, id: &FileId) -> Result<&Source<String>, impl std::fmt::Debug> {
        let at = match self.sources.iter().position(|(known, _)| known == id) {
            Some(at) => at,
            None => {
                self.sources.push((*id, Source::from(self.source.file(*id).text.clone())));
                self.sources.len() - 1
            }
        };
        Ok::<_, std::convert::Infallible>(&self.sources[at].1)
    }

    fn display<'b>(&self, id: &'b FileId) -> Option<impl std::fmt::Display + 'b> {
        Some(self.source.file(*id).name.clone())
    }
}
