//! `ppl generate`

use super::language::{Source, language};
use super::{CommandError, Result, print};
use ppl::stan_csv::write_atomic;
use ppl_corpus::{Grammar, Schema};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// How many programs
    #[arg(long, short, default_value_t = 1)]
    n: u64,
    /// Seed: program number i depends on it and on i only
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for the programs, one file each, instead of standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    source: Source,
}

/// Prints or writes programs drawn from a model grammar. Without a description of the table, each has a table of its own.
pub fn run(arguments: &Arguments) -> Result {
    let grammar = arguments.source.grammar()?;
    let fixed = arguments.source.schema()?;
    if let Some(folder) = &arguments.out {
        std::fs::create_dir_all(folder)
            .map_err(|error| CommandError::User(format!("error: {}: {error}", folder.display())))?;
    }
    // one stack with room for all programs
    ppl::with_room(|| write(arguments, &grammar, fixed.as_ref()))
}

fn write(arguments: &Arguments, grammar: &Grammar, fixed: Option<&Schema>) -> Result {
    let digits = arguments.n.max(1).to_string().len().max(6);
    for number in 1..=arguments.n {
        let mut rng = ChaCha8Rng::seed_from_u64(arguments.seed);
        rng.set_stream(number);
        let schema = fixed.cloned().unwrap_or_else(|| Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome)));
        let language = language(grammar, &schema)?;
        let derivation = language.sample(&mut rng);
        let log = derivation.log_probability(&language).map_or(f64::NAN, |log| log.total());
        let canonical = ppl_corpus::program(grammar, &schema, &derivation)
            .map_err(|error| CommandError::Run(format!("error: a fault of the grammar: {error}")))?;
        let text = format!("// {} {number}: log P = {log:.4}\n\n{}", grammar.name, canonical.text);
        match &arguments.out {
            None => print(&format!("{text}\n"))?,
            Some(folder) => {
                let path = folder.join(format!("{number:0digits$}.stan"));
                write_atomic(&path, |file| file.write_all(text.as_bytes()))
                    .map_err(|error| CommandError::Run(format!("error: {}: {error}", path.display())))?;
            }
        }
    }
    Ok(())
}
