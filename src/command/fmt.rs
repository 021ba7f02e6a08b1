//! `ppl fmt`

use super::{CommandError, Result, colour, complain, print};
use ppl::{SourceMap, stan_csv::write_atomic};
use ppl_grammar::format::{format, update};
use ppl_grammar::render::render_all;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Arguments {
    /// Stan programs; `-` reads standard input and writes standard output
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Change nothing; fail if a file would change, and name it
    #[arg(long, conflicts_with = "stdout")]
    check: bool,
    /// Rewrite what Stan has removed (`int x[N]`, `<-`, `#` comments, old names) in its present spelling
    #[arg(long)]
    update: bool,
    /// Write to standard output instead of the files
    #[arg(long)]
    stdout: bool,
}

pub fn run(arguments: &Arguments) -> Result {
    let mut good = true;
    for file in &arguments.files {
        let (source, to_stdout) = if file == Path::new("-") {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| CommandError::User(format!("error: standard input: {error}")))?;
            (SourceMap::from_text("standard input", text), true)
        } else {
            match SourceMap::load(file, &[]) {
                Ok(source) => (source, arguments.stdout),
                Err(error) => {
                    complain(&format!("error: {error}"));
                    good = false;
                    continue;
                }
            }
        };
        let formatted = if arguments.update { update(&source) } else { format(&source) };
        let text = match formatted {
            Ok(text) => text,
            Err(diagnostics) => {
                complain(&render_all(&source, &diagnostics, colour()));
                good = false;
                continue;
            }
        };
        if arguments.check {
            if text != source.text() {
                complain(&format!("{} is not formatted", source.name()));
                good = false;
            }
        } else if to_stdout {
            print(&text)?;
        } else if text != source.text() {
            write_atomic(file, |w| w.write_all(text.as_bytes()))
                .map_err(|error| CommandError::Run(format!("error: cannot write {error}")))?;
        }
    }
    if good { Ok(()) } else { Err(CommandError::Reported) }
}
