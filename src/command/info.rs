//! `ppl info`

use super::{CommandError, Result, input, print};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The Stan program
    model: PathBuf,
    /// Directory to look for included files in, before that of the program
    #[arg(long, short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result {
    let model = input::load(&arguments.model, &arguments.include)?;
    let json = serde_json::to_string_pretty(&model.info()).map_err(|e| CommandError::Run(format!("error: {e}")))?;
    print(&format!("{json}\n"))
}
