//! Posteriors that are kept in a folder, by a hash of the grammar, the table, the settings and the version of this code.

use crate::error::ExactError;
use crate::posterior::{Exact, Posterior};
use crate::trapezoid::Integral;
use ppl_corpus::pair::table::Table;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use twox_hash::XxHash64;

/// To be raised when evidences change.
const VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"pplexact";

/// A folder of evidences.
pub struct Cache {
    exact: Exact,
    folder: PathBuf,
    /// What everything but the table is, as text.
    context: String,
}

impl Cache {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// [`ExactError::Cache`]: the folder cannot be made.
    pub fn new(exact: Exact, folder: &Path) -> Result<Cache, ExactError> {
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        let context = format!("{} {VERSION} {:?} {:?}", env!("CARGO_PKG_VERSION"), exact.settings(), exact.grammar());
        Ok(Cache { exact, folder: folder.to_path_buf(), context })
    }

    /// As [`Exact::posterior`]; computed if it is not in the folder.
    ///
    /// # Errors
    /// As [`Exact::posterior`]; a file that is damaged, or cannot be read or written.
    pub fn posterior(&self, table: &Table) -> Result<Posterior, ExactError> {
        let programs = self.exact.programs(&table.schema)?;
        let path = self.folder.join(format!("{}.evidence", self.key(table)));
        let evidences = match std::fs::read(&path) {
            Ok(bytes) => decode(&bytes, programs.len()).ok_or_else(|| ExactError::Cache {
                path: path.clone(),
                message: "the file is damaged: remove it, and it is made again".to_string(),
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let evidences = self.exact.evidences(table, &programs)?;
                self.write(&path, &encode(&evidences))?;
                evidences
            }
            Err(error) => return Err(failed(&path, &error)),
        };
        Ok(Posterior::new(&programs, &evidences))
    }

    fn key(&self, table: &Table) -> String {
        let text = format!("{}\n{table:?}", self.context);
        let half = |seed| XxHash64::oneshot(seed, text.as_bytes());
        format!("{:016x}{:016x}", half(0), half(1))
    }

    /// A file is there whole or not at all.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), ExactError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let own = format!("{}-{}.partial", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let partial = self.folder.join(own);
        std::fs::write(&partial, bytes).map_err(|error| failed(&partial, &error))?;
        std::fs::rename(&partial, path).map_err(|error| failed(path, &error))
    }
}

fn failed(path: &Path, error: &std::io::Error) -> ExactError {
    ExactError::Cache { path: path.to_path_buf(), message: error.to_string() }
}

fn encode(evidences: &[Integral]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    evidences.iter().flat_map(|own| [own.log, own.error]).for_each(|x| bytes.extend(x.to_le_bytes()));
    bytes.extend(XxHash64::oneshot(0, &bytes).to_le_bytes());
    bytes
}

fn decode(bytes: &[u8], count: usize) -> Option<Vec<Integral>> {
    let (body, hash) = bytes.split_last_chunk::<8>()?;
    let numbers = body.strip_prefix(MAGIC)?;
    let whole = XxHash64::oneshot(0, body).to_le_bytes() == *hash && numbers.len() == 16 * count;
    let number = |bytes: &[u8]| bytes.try_into().map_or(f64::NAN, f64::from_le_bytes);
    let evidence = |bytes: &[u8]| Integral { log: number(&bytes[..8]), error: number(&bytes[8..]) };
    whole.then(|| numbers.chunks_exact(16).map(evidence).collect())
}
