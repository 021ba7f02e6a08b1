//! `ppl check`

use super::{CommandError, Result, colour, complain, print};
use ppl::{LoadError, Model, Record};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// Stan programs
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object a diagnostic instead
    #[arg(long)]
    json: bool,
    /// Directory to look for included files in, before that of the program
    #[arg(long, short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
}

/// Succeeds if all files are accepted.
pub fn run(arguments: &Arguments) -> Result {
    let mut accepted = true;
    for file in &arguments.files {
        let (records, text) = match Model::load(file, &arguments.include) {
            Ok(model) if model.warnings().is_empty() => continue,
            Ok(model) => (model.warnings().records(), model.warnings().render(colour())),
            Err(error) => {
                accepted = false;
                match error {
                    LoadError::Program(diagnostics) => (diagnostics.records(), diagnostics.render(colour())),
                    LoadError::Source(error) => (vec![unreadable(file, &error.to_string())], format!("error: {error}")),
                }
            }
        };
        if arguments.json {
            for record in records {
                let line =
                    serde_json::to_string(&record).map_err(|error| CommandError::Run(format!("error: {error}")))?;
                print(&format!("{line}\n"))?;
            }
        } else {
            complain(&text);
        }
    }
    if accepted { Ok(()) } else { Err(CommandError::Reported) }
}

/// A file without text has no place to point at.
fn unreadable(file: &std::path::Path, message: &str) -> Record {
    Record {
        file: file.display().to_string(),
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
        code: "E0001",
        severity: "error",
        message: message.to_string(),
        hint: None,
    }
}
