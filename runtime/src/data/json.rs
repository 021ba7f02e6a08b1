//! A reader of CmdStan JSON. Not `serde_json`, because Stan's dialect has bare `NaN` and `Infinity`, keeps integers
//! and reals apart by their spelling, and a name given twice must be an error.

use super::{DataError, Datum, special};

/// Lists and objects may nest so deep.
const MAX_DEPTH: usize = 64;

/// The members of the object that `text` consists of, in order.
pub(super) fn object(text: &str) -> Result<Vec<(String, Datum)>, DataError> {
    let mut reader = Reader { bytes: text.as_bytes(), text, at: 0 };
    reader.space();
    if reader.peek() != Some(b'{') {
        return Err(reader.error("expected `{`: the data are one JSON object of names and values"));
    }
    let members = reader.members(0)?;
    reader.end()?;
    Ok(members)
}

/// One value.
pub(super) fn value(text: &str) -> Result<Datum, DataError> {
    let mut reader = Reader { bytes: text.as_bytes(), text, at: 0 };
    reader.space();
    let datum = reader.value(0)?;
    reader.end()?;
    Ok(datum)
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn error(&self, message: impl Into<String>) -> DataError {
        self.error_at(self.at, message)
    }

    fn error_at(&self, at: usize, message: impl Into<String>) -> DataError {
        let (line, column) = self.position(at);
        DataError::Syntax { line, column, message: message.into() }
    }

    /// Line and column (in characters) of a byte, from 1.
    fn position(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..at.min(self.text.len())];
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        (1 + before.matches('\n').count(), 1 + before[start..].chars().count())
    }

    /// What stands at the reader, for messages.
    fn found(&self) -> String {
        match self.text[self.at..].chars().next() {
            None => "the end of the text".into(),
            Some(c) => format!("`{c}`"),
        }
    }

    fn end(&mut self) -> Result<(), DataError> {
        self.space();
        if self.at == self.bytes.len() {
            return Ok(());
        }
        Err(self.error(format!("expected the end, found {}", self.found())))
    }

    fn value(&mut self, depth: usize) -> Result<Datum, DataError> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("nested more than {MAX_DEPTH} deep")));
        }
        match self.peek() {
            Some(b'[') => self.list(depth),
            Some(b'{') => Ok(Datum::Object(self.members(depth)?)),
            Some(b'"') => {
                let (line, column) = self.position(self.at);
                let text = self.string()?;
                Ok(special(&text).map_or_else(
                    || Datum::Invalid(format!("the text {text:?} (line {line}, column {column})")),
                    Datum::Real,
                ))
            }
            Some(b'-' | b'+' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word(),
            _ => Err(self.error(format!("expected a value, found {}", self.found()))),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Datum, DataError> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Datum::List(items));
        }
        loop {
            self.space();
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Datum::List(items));
                }
                _ => return Err(self.error(format!("expected `,` or `]`, found {}", self.found()))),
            }
        }
    }

    fn members(&mut self, depth: usize) -> Result<Vec<(String, Datum)>, DataError> {
        self.at += 1;
        let mut members: Vec<(String, Datum)> = Vec::new();
        let mut names = std::collections::HashSet::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.error(format!("expected a name in double quotes, found {}", self.found())));
            }
            let start = self.at;
            let name = self.string()?;
            if !names.insert(name.clone()) {
                return Err(self.error_at(start, format!("`{name}` is given twice")));
            }
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.error(format!("expected `:` after the name, found {}", self.found())));
            }
            self.at += 1;
            self.space();
            let value = self.value(depth + 1)?;
            members.push((name, value));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(members);
                }
                _ => return Err(self.error(format!("expected `,` or `}}`, found {}", self.found()))),
            }
        }
    }

    fn number(&mut self) -> Result<Datum, DataError> {
        let start = self.at;
        let signed = matches!(self.peek(), Some(b'-' | b'+'));
        self.at += usize::from(signed);
        if matches!(self.peek(), Some(b'a'..=b'z' | b'A'..=b'Z')) {
            return self.word_from(start);
        }
        let digits = self.digits();
        let mut whole = true;
        let mut fraction = 0;
        if self.peek() == Some(b'.') {
            whole = false;
            self.at += 1;
            fraction = self.digits();
        }
        if digits + fraction == 0 {
            return Err(self.error_at(start, "expected a number"));
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'-' | b'+')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.error("expected the digits of the exponent"));
            }
        }
        let text = &self.text[start..self.at];
        if whole && let Ok(i) = text.parse::<i64>() {
            return Ok(Datum::Int(i));
        }
        // Whole numbers beyond 64 bits can still be bound to a real.
        text.parse().map(Datum::Real).map_err(|_| self.error_at(start, format!("`{text}` is no number")))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self) -> Result<Datum, DataError> {
        self.word_from(self.at)
    }

    /// `NaN`, `-Infinity`, ..., or a word that is no number. The reader stands at the first letter.
    fn word_from(&mut self, start: usize) -> Result<Datum, DataError> {
        while matches!(self.peek(), Some(b'a'..=b'z' | b'A'..=b'Z')) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        if let Some(x) = special(text) {
            return Ok(Datum::Real(x));
        }
        if matches!(text, "true" | "false" | "null") {
            let (line, column) = self.position(start);
            return Ok(Datum::Invalid(format!("`{text}` (line {line}, column {column})")));
        }
        Err(self.error_at(start, format!("expected a value, found `{text}`")))
    }

    fn string(&mut self) -> Result<String, DataError> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        let mut plain = self.at;
        loop {
            match self.peek() {
                None | Some(b'\n') => return Err(self.error_at(start, "this text has no closing quote")),
                Some(b'"') => {
                    out.push_str(&self.text[plain..self.at]);
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    out.push_str(&self.text[plain..self.at]);
                    out.push(self.escape()?);
                    plain = self.at;
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, DataError> {
        let start = self.at;
        self.at += 2;
        match self.bytes.get(start + 1) {
            Some(b'"') => Ok('"'),
            Some(b'\\') => Ok('\\'),
            Some(b'/') => Ok('/'),
            Some(b'b') => Ok('\u{8}'),
            Some(b'f') => Ok('\u{c}'),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(b'u') => {
                let bad = |reader: &Self| reader.error_at(start, "expected `\\u` and four hexadecimal digits");
                let high = self.hex4().ok_or_else(|| bad(self))?;
                let code = if (0xD800..0xDC00).contains(&high) && self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
                    let low = self.hex4().ok_or_else(|| bad(self))?;
                    0x10000 + ((high - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF)
                } else {
                    high
                };
                char::from_u32(code).ok_or_else(|| bad(self))
            }
            _ => Err(self.error_at(start, "unknown escape")),
        }
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }
}
