//! The comment at the head of a model: its title, and the entries `Field`, `Data`, `Idea`, `Shows` and `Tags`.

/// What a model's head comment says; an absent entry is an empty string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// First line.
    pub title: String,
    pub field: String,
    /// Where the data come from.
    pub data: String,
    /// The statistical idea and its source.
    pub idea: String,
    /// What of the language the program is an example of.
    pub shows: String,
    /// Kinds of outcome, family and structure; [`Tags::read`](crate::Tags::read) reads them.
    pub tags: String,
}

impl Header {
    /// Reads the leading `//` lines of `program`. An entry runs until the next one; its lines are joined by spaces.
    pub fn read(program: &str) -> Header {
        let mut header = Header::default();
        let mut current: Option<usize> = None;
        for line in program.lines().map_while(|l| l.strip_prefix("//")).map(str::trim) {
            if header.title.is_empty() {
                header.title = line.to_owned();
                continue;
            }
            let Header { field, data, idea, shows, tags, .. } = &mut header;
            let slots = [field, data, idea, shows, tags];
            let mut text = line;
            for (i, key) in ["Field:", "Data:", "Idea:", "Shows:", "Tags:"].iter().enumerate() {
                if let Some(rest) = line.strip_prefix(key) {
                    current = Some(i);
                    text = rest.trim();
                }
            }
            if let Some(slot) = current.and_then(|i| slots.into_iter().nth(i)) {
                if !slot.is_empty() && !text.is_empty() {
                    slot.push(' ');
                }
                slot.push_str(text);
            }
        }
        header
    }
}

#[cfg(test)]
mod tests {
    use super::Header;

    #[test]
    fn entries_run_over_lines() {
        let h = Header::read(
            "// A title\n//\n// Field: x\n// Data: one\n//   two\n// Shows: three\n// Tags: four;\n//   five\n\ndata {}\n// Idea: no",
        );
        assert_eq!(h.title, "A title");
        assert_eq!(h.field, "x");
        assert_eq!(h.data, "one two");
        assert_eq!(h.shows, "three");
        assert_eq!(h.tags, "four; five");
        assert_eq!(h.idea, "");
    }
}
