//! Draws from the Stan CSV files of a run.

use super::CriticismError;
use crate::{ChainDraws, DrawStatistics, Draws};
use std::path::{Path, PathBuf};

/// Reads the chains of the model called `name` (`NAME-1.csv`, ...) in a directory. Warm-up that was saved is left out.
///
/// # Errors
/// No such files, or files that are no Stan CSV.
pub fn read_draws(directory: &Path, name: &str) -> Result<Draws, CriticismError> {
    let file = |chain: usize| directory.join(format!("{name}-{chain}.csv"));
    let mut draws = Draws { names: Vec::new(), chains: Vec::new(), cancelled: false, max_depth: 10 };
    for chain in 0.. {
        let path = file(chain + 1);
        if !path.is_file() {
            break;
        }
        let (names, one) = read_chain(&path, chain)?;
        if chain > 0 && names != draws.names {
            return Err(problem(&path, "other columns than the first chain"));
        }
        draws.names = names;
        draws.chains.push(one);
    }
    match draws.total() {
        0 => Err(problem(&file(1), "no draws there")),
        _ => Ok(draws),
    }
}

/// The seed that the files of a run record: random numbers in transformed data are those of the fit only with the same seed. `None` where
/// the files say nothing.
///
/// # Errors
/// The file of the first chain cannot be read.
pub fn read_seed(directory: &Path, name: &str) -> Result<Option<u64>, CriticismError> {
    let path = directory.join(format!("{name}-1.csv"));
    if !path.is_file() {
        return Err(problem(&path, "no draws there"));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| problem(&path, error))?;
    Ok(setting(&text, "seed").and_then(|seed| seed.parse().ok()))
}

/// The first word of what the comments say about `name`.
fn setting(text: &str, name: &str) -> Option<String> {
    let value = |line: &str| {
        let (key, value) = line.strip_prefix('#')?.split_once('=')?;
        (key.trim() == name).then(|| value.split_whitespace().next().unwrap_or_default().to_string())
    };
    text.lines().find_map(value)
}

fn problem(path: &Path, text: impl std::fmt::Display) -> CriticismError {
    CriticismError::Draws(format!("{}: {text}", PathBuf::from(path).display()))
}

fn read_chain(path: &Path, chain: usize) -> Result<(Vec<String>, ChainDraws), CriticismError> {
    let text = std::fs::read_to_string(path).map_err(|error| problem(path, error))?;
    let saved = matches!(setting(&text, "save_warmup").as_deref(), Some("true" | "1"));
    let warmup: usize = setting(&text, "num_warmup").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
    let header: Vec<&str> = lines.next().ok_or_else(|| problem(path, "no header"))?.1.split(',').collect();
    let lp = header.iter().position(|n| *n == "lp__").ok_or_else(|| problem(path, "no column `lp__`"))?;
    let quantities: Vec<usize> = (0..header.len()).filter(|&i| !header[i].ends_with("__")).collect();
    let mut out = ChainDraws { chain, ..ChainDraws::default() };
    for (number, line) in lines.skip(if saved { warmup } else { 0 }) {
        let row: Result<Vec<f64>, _> = line.split(',').map(|x| x.trim().parse::<f64>()).collect();
        let row = row.ok().filter(|row| row.len() == header.len());
        let row =
            row.ok_or_else(|| problem(path, format!("line {} is no row of {} numbers", number + 1, header.len())))?;
        out.draws.values.extend(quantities.iter().map(|&i| row[i]));
        let of = |name: &str| header.iter().position(|n| *n == name).map_or(f64::NAN, |i| row[i]);
        out.draws.statistics.push(DrawStatistics {
            lp: row[lp],
            accept_stat: of("accept_stat__"),
            step_size: of("stepsize__"),
            tree_depth: of("treedepth__") as u32,
            leapfrog_steps: of("n_leapfrog__") as u64,
            divergent: of("divergent__") == 1.0,
            energy: of("energy__"),
        });
    }
    Ok((quantities.iter().map(|&i| header[i].to_string()).collect(), out))
}
