//! `ppl enumerate`

use super::language::{Source, language};
use super::{CommandError, Result, print};
use ppl_corpus::{Outcome, Schema, best_first};

#[derive(clap::Args)]
pub struct Arguments {
    /// How many programs
    #[arg(long, default_value_t = 10)]
    top: usize,
    /// Programs of at most so many rules
    #[arg(long, value_name = "RULES")]
    max_size: Option<usize>,
    /// Only probabilities and sizes, as CSV
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    source: Source,
}

/// Prints the programs of a grammar for a table, the likeliest first.
pub fn run(arguments: &Arguments) -> Result {
    let grammar = arguments.source.grammar()?;
    let schema = arguments.source.schema()?.unwrap_or_else(|| Schema::new(Outcome::Real, 2, 0, false));
    let language = language(&grammar, &schema)?;
    let largest = arguments.max_size.unwrap_or(usize::MAX);
    let found = best_first(&language).filter(|(derivation, _)| derivation.size() <= largest).take(arguments.top);
    if arguments.quiet {
        print("rank,log_probability,size\n")?;
    }
    for (rank, (derivation, log)) in found.enumerate() {
        if arguments.quiet {
            print(&format!("{},{log},{}\n", rank + 1, derivation.size()))?;
            continue;
        }
        let canonical = ppl_corpus::program(&grammar, &schema, &derivation)
            .map_err(|error| CommandError::Run(format!("error: a fault of the grammar: {error}")))?;
        print(&format!("// {}: P = {:.3e}, {} rules\n\n{}\n", rank + 1, log.exp(), derivation.size(), canonical.text))?;
    }
    Ok(())
}
