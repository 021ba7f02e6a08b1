//! The program itself, and what is needed to run it again.

use super::html::{escape, section};
use crate::Model;

/// Longer programs are cut.
const LONGEST: usize = 60_000;

pub fn render(model: &Model) -> String {
    let mut body = String::new();
    for (i, (_, file)) in model.source.files().enumerate() {
        let text: String = file.text.chars().take(LONGEST).collect();
        let cut = if text.len() < file.text.len() { "\n... (cut)" } else { "" };
        body.push_str(&format!(
            "<details{}><summary>{}</summary><pre>{}{cut}</pre></details>\n",
            if i == 0 { " open" } else { "" },
            escape(&file.name),
            escape(&text)
        ));
        if i == 20 {
            break;
        }
    }
    section("program", "Program", &body)
}
