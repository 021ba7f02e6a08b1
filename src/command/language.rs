//! Which programs: the arguments of commands that make them from a model grammar.

use super::{CommandError, Result};
use ppl_corpus::choices::Language;
use ppl_corpus::{ColumnKind, Grammar, Outcome, Schema};
use std::path::Path;

#[derive(clap::Args)]
pub struct Source {
    /// The model grammar: `bounded`, `wide`, `exact`, or a file
    #[arg(long, default_value = "bounded", value_name = "NAME|FILE")]
    grammar: String,
    /// Kind of the outcome: real, positive, bounded, angle, count, successes, binary, ordinal or categorical
    #[arg(long, value_name = "KIND")]
    outcome: Option<String>,
    /// Number of real columns of the table [default: 2, where the table is described]
    #[arg(long, value_name = "COUNT")]
    reals: Option<usize>,
    /// Number of columns of zeros and ones
    #[arg(long, value_name = "COUNT")]
    binaries: Option<usize>,
    /// Number of grouping columns of the table
    #[arg(long, value_name = "COUNT")]
    groups: Option<usize>,
    /// Number of columns of ordered levels
    #[arg(long, value_name = "COUNT")]
    ordinals: Option<usize>,
    /// The rows of the table are in time
    #[arg(long)]
    time: bool,
    /// The table has numbers of trials: outcomes are successes among them
    #[arg(long)]
    trials: bool,
}

/// More columns than this are not supported.
const MOST_COLUMNS: usize = 12;

impl Source {
    pub fn grammar(&self) -> Result<Grammar> {
        let (name, text) = self.text()?;
        let grammar = Grammar::new(ppl::SourceMap::from_text(name, text));
        grammar.map_err(|error| CommandError::User(error.to_string()))
    }

    /// Name and text of the grammar.
    pub fn text(&self) -> Result<(String, String)> {
        if let Some((name, text)) = ppl_grammar::models::SHIPPED.iter().find(|(name, _)| *name == self.grammar) {
            return Ok((format!("{name}.grammar"), (*text).to_string()));
        }
        let path = Path::new(&self.grammar);
        let text = std::fs::read_to_string(path).map_err(|error| {
            let names = ppl_corpus::grammar::shipped_names();
            let text = format!("error: {}: {error}\nhint: grammars that ship are {names}", path.display());
            CommandError::User(text)
        })?;
        Ok((self.grammar.clone(), text))
    }

    /// The table that the arguments describe; `None` where they leave it open.
    pub fn schema(&self) -> Result<Option<Schema>> {
        let counts = [self.reals, self.binaries, self.groups, self.ordinals];
        if self.outcome.is_none() && counts.iter().all(Option::is_none) && !self.time && !self.trials {
            return Ok(None);
        }
        let word = self.outcome.as_deref().unwrap_or(if self.trials { "successes" } else { "real" });
        let outcome = Outcome::read(word).ok_or_else(|| {
            let kinds: Vec<&str> = Outcome::ALL.iter().map(|o| o.word()).collect();
            CommandError::User(format!("error: --outcome {word}: the kinds of outcome are {}", kinds.join(", ")))
        })?;
        if self.trials && outcome != Outcome::Successes {
            let text = format!("error: --trials: a {word} outcome has none\nhint: --outcome successes is among trials");
            return Err(CommandError::User(text));
        }
        let [reals, binaries, groups, ordinals] = counts;
        let kinds = [
            (ColumnKind::Real, reals.unwrap_or(2)),
            (ColumnKind::Binary, binaries.unwrap_or(0)),
            (ColumnKind::Group, groups.unwrap_or(0)),
            (ColumnKind::Ordinal, ordinals.unwrap_or(0)),
            (ColumnKind::Time, self.time.into()),
        ];
        if kinds.iter().fold(0, |sum: usize, (_, count)| sum.saturating_add(*count)) > MOST_COLUMNS {
            return Err(CommandError::User(format!("error: a table has at most {MOST_COLUMNS} columns")));
        }
        Ok(Some(Schema::with(outcome, &kinds)))
    }
}

/// The programs of a grammar for a table.
pub fn language<'g>(grammar: &'g Grammar, schema: &Schema) -> Result<Language<'g>> {
    Language::new(grammar, schema).ok_or_else(|| {
        CommandError::User(format!("error: the grammar has no program for a {} outcome", schema.outcome.word()))
    })
}
