//! `ppl canon`

use super::{CommandError, Result, input, print};
use ppl::{CanonicalOptions, Level};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The Stan program
    model: PathBuf,
    /// What may be rewritten: what leaves the log density as it is, or also what leaves the distribution of the data as it is
    #[arg(long, value_enum, default_value_t = LevelName::Density)]
    level: LevelName,
    /// Leave the names of the data as they are
    #[arg(long)]
    keep_data_names: bool,
    /// Directory to look for included files in, before that of the program
    #[arg(long, short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
    /// Print the text, what was renamed and the version of the form as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum LevelName {
    /// The same log density up to a constant
    Density,
    /// The same distribution of the data
    Law,
}

pub fn run(arguments: &Arguments) -> Result {
    let model = input::load(&arguments.model, &arguments.include)?;
    let level = match arguments.level {
        LevelName::Density => Level::Density,
        LevelName::Law => Level::Law,
    };
    let options = CanonicalOptions { level, data_names: arguments.keep_data_names };
    let canonical = model
        .canonical(options)
        .map_err(|error| CommandError::User(format!("error: {}: {error}", arguments.model.display())))?;
    if !arguments.json {
        return print(&canonical.text);
    }
    let renamed: serde_json::Map<String, serde_json::Value> =
        canonical.renamings.iter().map(|r| (r.from.clone(), r.to.clone().into())).collect();
    let json = serde_json::json!({ "version": ppl::CANONICAL_VERSION, "text": canonical.text, "renamed": renamed });
    let text = serde_json::to_string_pretty(&json).map_err(|error| CommandError::Run(format!("error: {error}")))?;
    print(&format!("{text}\n"))
}
