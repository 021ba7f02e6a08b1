//! `ppl score`

use super::language::Source;
use super::{CommandError, Result, input, print};
use ppl_corpus::{Outside, choices::Language, derive};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The Stan program
    model: PathBuf,
    /// Directory to look for included files in, before that of the program
    #[arg(long, short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
    #[command(flatten)]
    source: Source,
}

/// Prints how likely a program is under a model grammar, given its table. Exit code 1 where it is outside.
pub fn run(arguments: &Arguments) -> Result {
    let grammar = arguments.source.grammar()?;
    let model = input::load(&arguments.model, &arguments.include)?;
    let outside =
        |why: Outside| CommandError::Run(format!("{}: outside the grammar: {why}", arguments.model.display()));
    let (schema, derivation) = ppl::with_room(|| derive(&grammar, model.program())).map_err(outside)?;
    let language = Language::new(&grammar, &schema).ok_or_else(|| outside(Outside::Text))?;
    let log = derivation.log_probability(&language).ok_or_else(|| outside(Outside::Text))?;
    let columns: Vec<String> = schema.columns.iter().map(|c| format!("{} ({})", c.name, c.kind.word())).collect();
    print(&format!(
        "log P = {:.6} (structure {:.6}, scales {:.6}), {} rules, given a {} outcome and columns {}\n",
        log.total(),
        log.structure,
        log.grades,
        derivation.size(),
        schema.outcome.word(),
        if columns.is_empty() { "none".to_string() } else { columns.join(", ") }
    ))
}
