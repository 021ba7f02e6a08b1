//! The text of a program: the file itself and what it includes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::lexer;
use crate::span::{FileId, Span};

/// A longer file is refused: a program of this size was not written as one.
pub const MAX_FILE_BYTES: u64 = 16 << 20;
/// How many files a program may consist of.
pub const MAX_FILES: usize = 1000;
/// How deep files may include files.
pub const MAX_INCLUDE_DEPTH: usize = 64;

/// Why a program's text could not be read at all. Trouble with included files is a [`Diagnostic`] instead, since it has a
/// place in the text.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("cannot read {path}: {cause}")]
    Read { path: String, cause: std::io::Error },
    #[error("{path} is {bytes} bytes long; the limit is {MAX_FILE_BYTES}")]
    TooLarge { path: String, bytes: u64 },
    #[error("{path} is not UTF-8 text: bad byte at line {line}, column {column}")]
    NotUtf8 { path: String, line: usize, column: usize },
}

/// One file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub name: String,
    pub text: String,
    /// The directive that brought the file in (the first one, where there are several); `None` for the program itself.
    pub included_from: Option<Span>,
    line_starts: Vec<u32>,
    includes: Vec<Include>,
}

#[derive(Clone, Debug)]
struct Include {
    span: Span,
    target: Target,
}

#[derive(Clone, Debug)]
enum Target {
    File(FileId),
    /// A `.stanfunctions` file that an earlier directive has brought in already.
    Repeated,
    Failed(Diagnostic),
}

/// What stands in the place of an `#include`.
#[derive(Clone, Debug)]
pub enum Included<'s> {
    File(FileId),
    Nothing,
    Failed(&'s Diagnostic),
}

/// Where a byte stands: lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// All files of a program; [`FileId`] 0 is the program itself.
#[derive(Clone, Debug)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

/// Finds the text of an included file: the name it goes by from now on (equal for equal files) and its text.
type Finder<'a> = &'a dyn Fn(&str, &SourceFile) -> Result<(String, String), String>;

impl SourceMap {
    /// A program that is not in a file. An `#include` in it becomes an error when it is parsed.
    pub fn from_text(name: impl Into<String>, text: impl Into<String>) -> SourceMap {
        let find = |wanted: &str, _: &SourceFile| {
            Err(format!("cannot include `{wanted}`: the program was not read from a file"))
        };
        SourceMap::build(name.into(), text.into(), &find)
    }

    /// A program whose included files are at hand: `files` maps the names in `#include` directives to texts.
    pub fn from_texts(name: impl Into<String>, text: impl Into<String>, files: &HashMap<String, String>) -> SourceMap {
        let find = |wanted: &str, _: &SourceFile| match files.get(wanted) {
            Some(text) => Ok((wanted.to_string(), text.clone())),
            None => {
                let mut known: Vec<&str> = files.keys().map(String::as_str).collect();
                known.sort_unstable();
                Err(format!("no file `{wanted}` to include; there is: {}", list_or_none(&known)))
            }
        };
        SourceMap::build(name.into(), text.into(), &find)
    }

    /// Reads a program and the files it includes, which are looked for in `include_dirs`, then beside the file that
    /// includes them.
    pub fn load(path: &Path, include_dirs: &[PathBuf]) -> Result<SourceMap, SourceError> {
        let text = read(path)?;
        let find = |wanted: &str, from: &SourceFile| {
            // As in Stan, the name is put behind a directory even where it starts with a slash.
            let relative = wanted.trim_start_matches('/');
            let mut dirs = include_dirs.to_vec();
            if let Some(parent) = Path::new(&from.name).parent() {
                dirs.push(parent.to_path_buf());
            }
            let Some(found) = dirs.iter().map(|dir| dir.join(relative)).find(|path| path.is_file()) else {
                let tried: Vec<String> = dirs
                    .iter()
                    .map(|dir| if dir.as_os_str().is_empty() { ".".into() } else { dir.display().to_string() })
                    .collect();
                return Err(format!("cannot find `{wanted}`; looked in: {}", list_or_none(&tried)));
            };
            let text = read(&found).map_err(|error| error.to_string())?;
            Ok((found.display().to_string(), text))
        };
        Ok(SourceMap::build(path.display().to_string(), text, &find))
    }

    fn build(name: String, text: String, find: Finder) -> SourceMap {
        let mut map = SourceMap { files: vec![SourceFile::new(name.clone(), text, None)] };
        let mut known = HashMap::from([(name, FileId(0))]);
        // Depth first, in the order of the text, so that "already included" means what a reader takes it to mean.
        map.resolve(FileId(0), &mut vec![FileId(0)], &mut known, find);
        map
    }

    fn resolve(&mut self, file: FileId, open: &mut Vec<FileId>, known: &mut HashMap<String, FileId>, find: Finder) {
        for (range, wanted) in lexer::includes(&self.file(file).text) {
            let span = Span::new(file, range.start, range.end);
            let target = match self.target(span, &wanted, open, known, find) {
                Ok(target) => target,
                Err(message) => Target::Failed(Diagnostic::error("E0010", span, message)),
            };
            self.files[usize::from(file.0)].includes.push(Include { span, target });
        }
    }

    fn target(
        &mut self,
        span: Span,
        wanted: &str,
        open: &mut Vec<FileId>,
        known: &mut HashMap<String, FileId>,
        find: Finder,
    ) -> Result<Target, String> {
        let (name, text) = find(wanted, self.file(span.file))?;
        if let Some(&id) = known.get(&name) {
            if open.contains(&id) {
                return Err(format!("`{wanted}` includes itself"));
            }
            return Ok(if name.ends_with(".stanfunctions") { Target::Repeated } else { Target::File(id) });
        }
        if self.files.len() >= MAX_FILES {
            return Err(format!("more than {MAX_FILES} included files"));
        }
        if open.len() >= MAX_INCLUDE_DEPTH {
            return Err(format!("files include each other more than {MAX_INCLUDE_DEPTH} deep"));
        }
        let id = FileId(self.files.len() as u16);
        self.files.push(SourceFile::new(name.clone(), text, Some(span)));
        known.insert(name, id);
        open.push(id);
        self.resolve(id, open, known, find);
        open.pop();
        Ok(Target::File(id))
    }

    /// Panics where `id` is not of this map.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[usize::from(id.0)]
    }

    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(id, file)| (FileId(id as u16), file))
    }

    /// The name of the program itself.
    pub fn name(&self) -> &str {
        &self.files[0].name
    }

    /// The text of the program itself.
    pub fn text(&self) -> &str {
        &self.files[0].text
    }

    /// The text that `span` covers; empty where the span does not fit the file.
    pub fn slice(&self, span: Span) -> &str {
        self.files.get(usize::from(span.file.0)).and_then(|file| file.text.get(span.range())).unwrap_or("")
    }

    /// Where `span` starts.
    pub fn start(&self, span: Span) -> Position {
        self.file(span.file).position(span.start as usize)
    }

    /// Where `span` ends (one past its last character).
    pub fn end(&self, span: Span) -> Position {
        self.file(span.file).position(span.end as usize)
    }

    /// `name:line:column` of the start.
    pub fn describe(&self, span: Span) -> String {
        let Position { line, column } = self.start(span);
        format!("{}:{line}:{column}", self.file(span.file).name)
    }

    pub(crate) fn included(&self, directive: Span) -> Included<'_> {
        let file = self.file(directive.file);
        match file.includes.binary_search_by_key(&directive.start, |include| include.span.start) {
            Ok(at) => match &file.includes[at].target {
                Target::File(id) => Included::File(*id),
                Target::Repeated => Included::Nothing,
                Target::Failed(diagnostic) => Included::Failed(diagnostic),
            },
            Err(_) => Included::Nothing,
        }
    }
}

impl SourceFile {
    fn new(name: String, text: String, included_from: Option<Span>) -> SourceFile {
        let line_starts = line_starts(text.as_bytes());
        SourceFile { name, text, included_from, line_starts, includes: Vec::new() }
    }

    /// Where the byte at `offset` stands; offsets past the end give the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line(offset);
        let start = self.line_starts[line - 1] as usize;
        let column = self.text.as_bytes()[start..offset].iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1;
        Position { line, column }
    }

    /// The line of the byte at `offset`.
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start as usize <= offset)
    }

    /// How many lines there are; the one after the last line break counts.
    pub fn lines(&self) -> usize {
        self.line_starts.len()
    }
}

/// A line ends with `\n`, `\r\n`, or a lone `\r`.
fn line_starts(bytes: &[u8]) -> Vec<u32> {
    let mut starts = vec![0];
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == b'\n' || (byte == b'\r' && !matches!(bytes.get(at + 1), Some(b'\n' | b'\r'))) {
            starts.push(at as u32 + 1);
        }
    }
    starts
}

fn read(path: &Path) -> Result<String, SourceError> {
    let shown = path.display().to_string();
    let fail = |cause| SourceError::Read { path: shown.clone(), cause };
    let size = std::fs::metadata(path).map_err(fail)?.len();
    if size > MAX_FILE_BYTES {
        return Err(SourceError::TooLarge { path: shown, bytes: size });
    }
    let bytes = std::fs::read(path).map_err(fail)?;
    // A device or a pipe has no size beforehand.
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(SourceError::TooLarge { path: shown, bytes: bytes.len() as u64 });
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let bytes = &error.as_bytes()[..good];
        let starts = line_starts(bytes);
        let start = starts.last().map_or(0, |&start| start as usize);
        let column = bytes[start..].iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1;
        SourceError::NotUtf8 { path: shown, line: starts.len(), column }
    })
}

fn list_or_none<S: AsRef<str>>(items: &[S]) -> String {
    if items.is_empty() {
        return "nowhere".into();
    }
    items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}
