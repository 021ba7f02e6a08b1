//! Laying out text: documents with possible line breaks, and the choice of which to take.
//!
//! After Wadler, "A prettier printer" (2003), in the strict form of Lindig, "Strictly pretty" (2000).

/// A text whose lines are not settled yet.
#[derive(Clone, Debug)]
pub enum Doc {
    Nil,
    Text(String),
    /// A space, or a new line where the group around it does not fit.
    Line,
    /// Nothing, or a new line where the group around it does not fit.
    SoftLine,
    /// A new line in any case; the groups around it do not fit.
    HardLine,
    /// Lines to be kept as they are, from the second on without indentation.
    Verbatim(Vec<String>),
    Concat(Vec<Doc>),
    /// Indented one step more.
    Nest(Box<Doc>),
    /// On one line if that fits.
    Group(Box<Doc>),
}

/// One step of indentation.
const INDENT: usize = 2;

impl From<&str> for Doc {
    fn from(text: &str) -> Doc {
        Doc::Text(text.to_string())
    }
}

impl From<String> for Doc {
    fn from(text: String) -> Doc {
        Doc::Text(text)
    }
}

/// Docs one after the other.
macro_rules! docs {
    ($($doc:expr),* $(,)?) => { $crate::doc::Doc::Concat(vec![$($crate::doc::Doc::from($doc)),*]) };
}
pub(crate) use docs;

impl Doc {
    pub fn nest(self) -> Doc {
        Doc::Nest(Box::new(self))
    }

    pub fn group(self) -> Doc {
        Doc::Group(Box::new(self))
    }

    /// The text, lines at most `width` characters long where that is possible.
    pub fn render(&self, width: usize) -> String {
        let mut writer = Writer { out: String::new(), column: 0, indent: 0 };
        let mut work = vec![(0, false, self)];
        while let Some((indent, flat, doc)) = work.pop() {
            match doc {
                Doc::Nil => {}
                Doc::Text(text) => writer.text(text),
                Doc::Line if flat => writer.text(" "),
                Doc::SoftLine if flat => {}
                Doc::Line | Doc::SoftLine | Doc::HardLine => writer.line(indent),
                Doc::Verbatim(lines) => {
                    for (at, line) in lines.iter().enumerate() {
                        if at > 0 {
                            writer.line(0);
                        }
                        writer.text(line);
                    }
                }
                Doc::Concat(parts) => work.extend(parts.iter().rev().map(|part| (indent, flat, part))),
                Doc::Nest(inner) => work.push((indent + INDENT, flat, inner)),
                Doc::Group(inner) => {
                    let flat = flat || fits(width.saturating_sub(writer.column()), inner, &work);
                    work.push((indent, flat, inner));
                }
            }
        }
        writer.out
    }
}

/// Whether `doc` on one line, with what follows it up to the next line break, takes at most `room` characters.
fn fits(room: usize, doc: &Doc, rest: &[(usize, bool, &Doc)]) -> bool {
    let mut room = room;
    let mut work = vec![(true, doc)];
    let mut rest = rest.iter().rev();
    loop {
        let (flat, doc) = match work.pop() {
            Some(next) => next,
            None => match rest.next() {
                Some(&(_, flat, doc)) => (flat, doc),
                None => return true,
            },
        };
        match doc {
            Doc::Nil => {}
            Doc::Text(text) => match room.checked_sub(text.chars().count()) {
                Some(left) => room = left,
                None => return false,
            },
            Doc::Line if flat => match room.checked_sub(1) {
                Some(left) => room = left,
                None => return false,
            },
            Doc::SoftLine if flat => {}
            Doc::HardLine if flat => return false,
            Doc::Line | Doc::SoftLine | Doc::HardLine => return true,
            Doc::Verbatim(lines) if lines.len() > 1 => return !flat,
            Doc::Verbatim(lines) => match room.checked_sub(lines.iter().map(|line| line.chars().count()).sum()) {
                Some(left) => room = left,
                None => return false,
            },
            Doc::Concat(parts) => work.extend(parts.iter().rev().map(|part| (flat, part))),
            Doc::Nest(inner) => work.push((flat, inner)),
            // A later group may still be broken.
            Doc::Group(inner) => work.push((flat, inner)),
        }
    }
}

struct Writer {
    out: String,
    column: usize,
    /// Indentation of the line that has begun but holds nothing yet.
    indent: usize,
}

impl Writer {
    fn column(&self) -> usize {
        self.column + self.indent
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        for _ in 0..self.indent {
            self.out.push(' ');
        }
        self.column += self.indent + text.chars().count();
        self.indent = 0;
        self.out.push_str(text);
    }

    fn line(&mut self, indent: usize) {
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
        self.out.push('\n');
        self.column = 0;
        self.indent = indent;
    }
}
