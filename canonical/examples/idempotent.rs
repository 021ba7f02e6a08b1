//! Whether the canonical forms of programs are valid and canonical themselves: `idempotent [--show] FILE...`
//!
//! Prints what is not, and the counts.

use ppl_canonical::{Canonical, Level, Options, canonicalise};
use ppl_grammar::source::SourceMap;

fn canon(text: &str, level: Level) -> Result<Canonical, String> {
    let parsed = ppl_grammar::parse::parse(&SourceMap::from_text("program", text.to_string()));
    if !parsed.diagnostics.iter().all(|d| !d.is_error()) {
        return Err("syntax".into());
    }
    let checked = ppl_program::check(&parsed.program).map_err(|_| "check".to_string())?;
    let options = Options { level, data_names: false };
    canonicalise(&checked.program, options).map_err(|error| error.to_string())
}

fn main() {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    let show = std::env::args().any(|a| a == "--show");
    for file in std::env::args().skip(1).filter(|a| a != "--show") {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        for level in [Level::Density, Level::Law] {
            let start = std::time::Instant::now();
            let verdict = match canon(&text, level) {
                Err(why) if why == "syntax" || why == "check" => "no program",
                Err(why) => {
                    println!("== {file}: {}", why);
                    "no form"
                }
                Ok(first) => {
                    let time = start.elapsed().as_secs_f64();
                    if time > 0.5 {
                        println!("== {file}: {time:.1} s");
                    }
                    if show {
                        println!("== {file}\n{}", first.text);
                    }
                    match canon(&first.text, level) {
                        Ok(second) if second.text == first.text => "idempotent",
                        Ok(second) => {
                            println!("== {file}: not idempotent\n{}-- again\n{}", first.text, second.text);
                            "not idempotent"
                        }
                        Err(why) => {
                            println!("== {file}: again: {why}\n{}", first.text);
                            "not again"
                        }
                    }
                }
            };
            *counts.entry(verdict).or_default() += 1;
        }
    }
    println!("{counts:?}");
}
