//! `ppl augment`

use super::{CommandError, Result, input, print};
use ppl::stan_csv::write_atomic;
use ppl_corpus::augment::{self, ALL, Augmentation, Chained};
use ppl_grammar::format::{Parentheses, print_program};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The Stan program
    #[arg(required_unless_present = "list")]
    model: Option<PathBuf>,
    /// A change to make; several are made one after the other. Without any, changes are chosen at random among those that apply
    #[arg(long = "with", value_name = "NAME", value_parser = named)]
    changes: Vec<&'static Augmentation>,
    /// How many changes are chosen at random
    #[arg(long, default_value_t = 1, value_name = "COUNT", conflicts_with = "changes")]
    length: usize,
    /// How many programs
    #[arg(long, short, default_value_t = 1)]
    n: u64,
    /// Seed: program number i depends on it and on i only
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for the programs, one file each, instead of standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Directory to look for included files in, before that of the program
    #[arg(long, short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
    /// Print the names of the changes and what they do
    #[arg(long)]
    list: bool,
}

pub fn named(name: &str) -> std::result::Result<&'static Augmentation, String> {
    let names = || ALL.iter().map(|change| change.name).collect::<Vec<_>>().join(", ");
    augment::find(name).ok_or_else(|| format!("no such change; there are {}", names()))
}

/// Prints or writes programs made from another one, each with what was done and its relation to the first in a comment.
pub fn run(arguments: &Arguments) -> Result {
    if arguments.list {
        let line = |change: &Augmentation| {
            format!("{:20} {}\n{:20} so {}\n", change.name, change.about, "", change.relation.sentence())
        };
        return print(&ALL.iter().map(line).collect::<String>());
    }
    let Some(path) = &arguments.model else { return Ok(()) };
    let model = input::load(path, &arguments.include)?;
    if let Some(folder) = &arguments.out {
        std::fs::create_dir_all(folder)
            .map_err(|error| CommandError::User(format!("error: {}: {error}", folder.display())))?;
    }
    let name = path.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy().into_owned());
    // one stack with room for all programs
    ppl::with_room(|| {
        for number in 1..=arguments.n {
            let chained = chained(arguments, model.program(), number)
                .map_err(|why| CommandError::User(format!("error: {}: {why}", path.display())))?;
            let text = text(&name, number, &chained);
            let Some(folder) = &arguments.out else {
                print(&format!("{text}\n"))?;
                continue;
            };
            let digits = arguments.n.to_string().len().max(3);
            let file = folder.join(format!("{name}-{number:0digits$}.stan"));
            write_atomic(&file, |out| out.write_all(text.as_bytes()))
                .map_err(|error| CommandError::Run(format!("error: {}: {error}", file.display())))?;
        }
        Ok(())
    })
}

fn chained(
    arguments: &Arguments,
    program: &ppl_program::typed::Program,
    number: u64,
) -> std::result::Result<Chained, String> {
    let mut rng = ChaCha8Rng::seed_from_u64(arguments.seed);
    rng.set_stream(number);
    let chained = match arguments.changes.as_slice() {
        [] => augment::random_chain(program, arguments.length, &mut rng),
        changes => augment::chain(program, changes, &mut rng).map_err(|error| error.to_string())?,
    };
    match chained.stages.len() {
        0 if arguments.length > 0 => Err("none of the changes applies to it".to_string()),
        0 => Err("--length is one or more".to_string()),
        _ => Ok(chained),
    }
}

/// The program below a comment about each change.
fn text(name: &str, number: u64, chained: &Chained) -> String {
    let mut text = format!("// {name} {number}: {}\n//\n", chained.names().collect::<Vec<_>>().join(", "));
    for stage in &chained.stages {
        let change = stage.change;
        let _ = writeln!(text, "// {}: {}", change.name, stage.made.what);
        let _ = writeln!(text, "//   relation: {}", change.relation.sentence());
        for input in &stage.made.inputs {
            let _ = writeln!(text, "//   new data: {}", input.sentence());
        }
    }
    let program = chained.program().map(|program| print_program(program, Parentheses::Minimal));
    text + "\n" + &program.unwrap_or_default()
}
