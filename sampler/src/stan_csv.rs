//! Files of a run: one Stan CSV file a chain, which ArviZ (`from_cmdstan`), posterior and cmdstanr read, and a JSON summary.
//!
//! Every file is written under a temporary name in its directory and renamed when it is complete and on the disk, so
//! that nothing half-written is ever found under a final name.

use crate::draws::{Block, ChainDraws, DrawStatistics, Draws};
use crate::settings::{Adaptation, Settings};
use crate::summary::Summary;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct WriteError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// What the files say of the run besides the draws.
#[derive(Clone, Debug)]
pub struct RunInfo<'a> {
    /// Name of the model, without directory and extension.
    pub model: &'a str,
    /// The data file, if there is one.
    pub data: Option<&'a str>,
    pub settings: &'a Settings,
}

/// Writes `MODEL-1.csv`, `MODEL-2.csv`, ... and `MODEL-summary.json` into `directory`, which is made if it is missing. Returns
/// the paths.
///
/// # Errors
/// The first file that could not be written (no permission, disk full). Files written before it stay; it itself is absent.
pub fn write_run(
    directory: &Path,
    info: &RunInfo<'_>,
    draws: &Draws,
    summary: &Summary,
) -> Result<Vec<PathBuf>, WriteError> {
    fs::create_dir_all(directory).map_err(|source| WriteError { path: directory.to_path_buf(), source })?;
    let mut written = Vec::new();
    for chain in &draws.chains {
        let path = directory.join(format!("{}-{}.csv", info.model, chain.chain + 1));
        write_atomic(&path, |w| write_chain(w, info, draws, chain))?;
        written.push(path);
    }
    let path = directory.join(format!("{}-summary.json", info.model));
    write_atomic(&path, |w| {
        serde_json::to_writer_pretty(&mut *w, &summary_json(info, summary))?;
        w.write_all(b"\n")
    })?;
    written.push(path);
    Ok(written)
}

/// Writes a file through `write`, which is renamed to `path` only if everything succeeded.
///
/// # Errors
/// What creating, writing, syncing or renaming reported; the temporary file is removed.
pub fn write_atomic(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), WriteError> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.partial", std::process::id()));
    let temporary = path.with_file_name(name);
    let result = (|| {
        let mut writer = BufWriter::with_capacity(1 << 16, File::create(&temporary)?);
        write(&mut writer)?;
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        // A full disk may show only here.
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, path)
    })();
    result.map_err(|source| {
        // The error that matters is the first.
        let _ = fs::remove_file(&temporary);
        WriteError { path: path.to_path_buf(), source }
    })
}

/// One chain as a Stan CSV file.
///
/// # Errors
/// Those of the writer.
pub fn write_chain(w: &mut impl Write, info: &RunInfo<'_>, draws: &Draws, chain: &ChainDraws) -> io::Result<()> {
    let settings = info.settings;
    // Readers take the first `num_warmup` rows for warm-up if it was saved: a stopped run has fewer than were asked for.
    let warmup = if settings.save_warmup { chain.warmup.rows() } else { settings.warmup };
    let metric = match settings.adaptation {
        Adaptation::Diagonal => "diag_e",
        Adaptation::LowRank => "low_rank",
    };
    // The version of Stan's format, which readers ask for.
    writeln!(w, "# stan_version_major = 2")?;
    writeln!(w, "# stan_version_minor = 35")?;
    writeln!(w, "# stan_version_patch = 0")?;
    writeln!(w, "# generator = ppl {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(w, "# model = {}_model", one_line(info.model))?;
    writeln!(w, "# method = sample (Default)")?;
    writeln!(w, "#   sample")?;
    writeln!(w, "#     num_samples = {}", chain.draws.rows())?;
    writeln!(w, "#     num_warmup = {warmup}")?;
    writeln!(w, "#     save_warmup = {}", settings.save_warmup)?;
    writeln!(w, "#     thin = 1 (Default)")?;
    writeln!(w, "#     adapt")?;
    writeln!(w, "#       engaged = {}", settings.warmup > 0)?;
    writeln!(w, "#       delta = {:?}", settings.target_accept)?;
    writeln!(w, "#     algorithm = hmc (Default)")?;
    writeln!(w, "#       hmc")?;
    writeln!(w, "#         engine = nuts (Default)")?;
    writeln!(w, "#           nuts")?;
    writeln!(w, "#             max_depth = {}", settings.max_depth)?;
    writeln!(w, "#         metric = {metric}")?;
    writeln!(w, "# id = {}", chain.chain + 1)?;
    writeln!(w, "# data")?;
    writeln!(w, "#   file = {}", one_line(info.data.unwrap_or("")))?;
    writeln!(w, "# random")?;
    writeln!(w, "#   seed = {}", settings.seed)?;
    let mut header = DrawStatistics::NAMES.join(",");
    for name in &draws.names {
        header.push(',');
        header.push_str(name);
    }
    writeln!(w, "{header}")?;
    write_rows(w, &chain.warmup, draws.names.len())?;
    writeln!(w, "# Adaptation terminated")?;
    writeln!(w, "# Step size = {}", number(chain.step_size))?;
    writeln!(w, "# Diagonal elements of inverse mass matrix:")?;
    let metric: Vec<String> = chain.inverse_metric.iter().map(|x| number(*x)).collect();
    // Readers expect a number in this line.
    writeln!(w, "# {}", if metric.is_empty() { "1".into() } else { metric.join(", ") })?;
    write_rows(w, &chain.draws, draws.names.len())?;
    let (warmup, sampling) = (chain.warmup_seconds, chain.sampling_seconds);
    writeln!(w, "# ")?;
    writeln!(w, "#  Elapsed Time: {warmup:.3} seconds (Warm-up)")?;
    writeln!(w, "#                {sampling:.3} seconds (Sampling)")?;
    writeln!(w, "#                {:.3} seconds (Total)", warmup + sampling)?;
    writeln!(w, "# ")
}

fn write_rows(w: &mut impl Write, block: &Block, columns: usize) -> io::Result<()> {
    let mut line = String::new();
    for (i, s) in block.statistics.iter().enumerate() {
        line.clear();
        line.push_str(&format!(
            "{},{},{},{},{},{},{}",
            number(s.lp),
            number(s.accept_stat),
            number(s.step_size),
            s.tree_depth,
            s.leapfrog_steps,
            u8::from(s.divergent),
            number(s.energy)
        ));
        for x in &block.values[i * columns..(i + 1) * columns] {
            line.push(',');
            push_number(&mut line, *x);
        }
        line.push('\n');
        w.write_all(line.as_bytes())?;
    }
    Ok(())
}

fn number(x: f64) -> String {
    let mut text = String::new();
    push_number(&mut text, x);
    text
}

/// The shortest text that reads back as the same number; `nan`, `inf` and `-inf` as Stan writes them.
fn push_number(text: &mut String, x: f64) {
    use std::fmt::Write;
    if x.is_nan() {
        text.push_str("nan");
    } else if x == x.trunc() && x.abs() < 1e15 {
        // Writing to a String cannot fail.
        let _ = write!(text, "{x}");
    } else {
        let _ = write!(text, "{x:?}");
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// The summary as JSON. NaN and infinite figures are `null`.
pub fn summary_json(info: &RunInfo<'_>, summary: &Summary) -> Value {
    let settings = info.settings;
    let rows: Vec<Value> = summary
        .rows
        .iter()
        .map(|r| {
            json!({
                "name": r.name, "mean": r.mean, "mcse": r.mcse, "sd": r.sd,
                "q5": r.q5, "median": r.median, "q95": r.q95,
                "ess_bulk": r.ess_bulk, "ess_tail": r.ess_tail, "r_hat": r.rhat,
            })
        })
        .collect();
    json!({
        "model": info.model,
        "data": info.data,
        "ppl_version": env!("CARGO_PKG_VERSION"),
        "settings": {
            "chains": settings.chains,
            "warmup": settings.warmup,
            "draws": settings.draws,
            "seed": settings.seed,
            "target_accept": settings.target_accept,
            "max_depth": settings.max_depth,
            "metric": match settings.adaptation {
                Adaptation::Diagonal => "diagonal",
                Adaptation::LowRank => "low_rank",
            },
        },
        "draws": summary.draws,
        "divergences": summary.divergences,
        "max_depth_reached": summary.max_depth_reached,
        "gradients": summary.gradients,
        "e_bfmi": summary.e_bfmi,
        "warmup_seconds": summary.warmup_seconds,
        "sampling_seconds": summary.sampling_seconds,
        "warnings": summary.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "summary": rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ppl-sampler-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let dir = directory("failed");
        let path = dir.join("x.csv");
        fs::write(&path, "old").unwrap();
        let error = write_atomic(&path, |w| {
            w.write_all(&[b'x'; 1 << 20])?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert!(error.to_string().contains("x.csv"), "{error}");
        assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
        // The old file is whole and the temporary one gone.
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        write_atomic(&path, |w| w.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_missing_directory_is_reported() {
        let error = write_atomic(Path::new("/nonexistent/x.csv"), |_| Ok(())).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn numbers_read_back() {
        for x in [0.1, -0.0, 1.0, 1e300, 1e-300, 123456789.125, f64::MAX, f64::MIN_POSITIVE, 1e15, -3.0] {
            assert_eq!(number(x).parse::<f64>().unwrap().to_bits(), x.to_bits(), "{x}");
        }
        assert_eq!((number(f64::NAN), number(f64::INFINITY)), ("nan".into(), "inf".into()));
        assert_eq!(number(7.0), "7");
    }
}
