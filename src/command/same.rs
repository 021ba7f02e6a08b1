//! `ppl same`

use super::{CommandError, Result, input, print};
use ppl::Sameness;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// A Stan program
    first: PathBuf,
    /// Another
    second: PathBuf,
    /// Directory to look for included files in, before those of the programs
    #[arg(long, short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
}

/// Exit code 0 where the programs are the same at some level, 1 where they are not.
pub fn run(arguments: &Arguments) -> Result {
    let (first, second) = (&arguments.first, &arguments.second);
    let a = input::load(first, &arguments.include)?;
    let b = input::load(second, &arguments.include)?;
    let sameness = a.same(&b).map_err(|error| CommandError::User(format!("error: {error}")))?;
    match sameness {
        Sameness::Density => print("the same density, up to a constant and names\n"),
        Sameness::Law => print("the same distribution of the data, from other latent variables\n"),
        Sameness::Different(why) => Err(CommandError::Run(format!("not the same, as far as the rules see:\n{why}"))),
    }
}
