//! What is kept of a network: weights, and what a training needs to go on, in safetensors with the configuration in the header.
//!
//! A file gets its name when it is on the disk, so what has a name is whole.

use crate::config::Config;
use crate::optimiser::State;
use crate::parameters::{Flat, Layout};
use burn::tensor::backend::Backend;
use ppl_corpus::Grammar;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Version of the files; others are refused.
const VERSION: u32 = 1;
/// The entry of the header of a safetensors file that says what it is.
const ABOUT: &str = "spfn";

/// That entry, in JSON.
#[derive(Serialize, Deserialize)]
struct About {
    version: u32,
    steps: usize,
    grammar: String,
    /// In TOML.
    config: String,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("{path}: {message}")]
    Io { path: PathBuf, message: String },
    #[error("{path} is no file of a network, or is damaged: {message}")]
    Damaged { path: PathBuf, message: String },
    #[error(
        "{path} is of version {found}, and this program reads version {VERSION}: train again, or use the program that made it"
    )]
    Version { path: PathBuf, found: u32 },
    #[error(
        "{path} was trained for another grammar (digest {found}, and that of `{grammar}` is {expected}): use the grammar that it was trained for"
    )]
    Grammar { path: PathBuf, grammar: String, found: String, expected: String },
    #[error("{path} has a network of other sizes: {message}")]
    Sizes { path: PathBuf, message: String },
}

/// The header of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    pub config: Config,
    /// Digest of what the network knows of the grammar.
    pub grammar: String,
    /// Steps that were made.
    pub steps: usize,
}

impl Header {
    /// Whether it was fine-tuned by reward: what it finds likely is worth trying, and its numbers are no probabilities.
    pub fn is_proposal(&self) -> bool {
        self.config.reward.is_some()
    }
}

/// A digest of a grammar as networks see it: rules with their holes and columns, and grades. Weights may change, since a network learns against
/// them but is used with those of its training: they are part of it too.
pub fn digest(grammar: &Grammar) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for rule in &grammar.rules {
        let _ = writeln!(
            text,
            "{} {:?} {:?} {} {:?} {:?}",
            rule.name, rule.columns, rule.parts, rule.weight, rule.outcomes, rule.needs
        );
    }
    let _ = write!(text, "{:?} {:?}", grammar.sets, grammar.roles);
    ppl_corpus::store::hash(&text)
}

fn io(path: &Path, error: impl std::fmt::Display) -> CheckpointError {
    CheckpointError::Io { path: path.to_path_buf(), message: error.to_string() }
}

/// Writes flats, each under a prefix.
fn write<B: Backend>(
    path: &Path,
    header: &Header,
    layout: &Layout,
    flats: &[(&str, &Flat<B>)],
) -> Result<(), CheckpointError> {
    let parts: Vec<(String, Vec<usize>, Vec<u8>)> = flats
        .iter()
        .flat_map(|(prefix, flat)| {
            layout.split(flat).into_iter().map(move |(place, values)| {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                (format!("{prefix}.{}", place.name), place.shape.clone(), bytes)
            })
        })
        .collect();
    let views: Vec<(&str, TensorView<'_>)> = parts
        .iter()
        .map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|error| io(path, error))?;
            Ok((name.as_str(), view))
        })
        .collect::<Result<_, CheckpointError>>()?;
    // one entry, so that equal networks are equal files
    let about = About {
        version: VERSION,
        steps: header.steps,
        grammar: header.grammar.clone(),
        config: header.config.to_toml(),
    };
    let about = serde_json::to_string(&about).map_err(|error| io(path, error))?;
    let meta = HashMap::from([(ABOUT.to_string(), about)]);
    let bytes = serialize(views, Some(meta)).map_err(|error| io(path, error))?;
    let part = path.with_extension("part");
    let mut file = File::create(&part).map_err(|error| io(&part, error))?;
    let written = file.write_all(&bytes).and_then(|()| file.sync_all());
    written.and_then(|()| fs::rename(&part, path)).map_err(|error| {
        let _ = fs::remove_file(&part);
        io(path, error)
    })
}

/// A file that was read.
pub struct Stored {
    path: PathBuf,
    bytes: Vec<u8>,
    pub header: Header,
}

impl Stored {
    /// # Errors
    /// It cannot be read, is damaged, or of another version.
    pub fn read(path: &Path) -> Result<Stored, CheckpointError> {
        let bytes = fs::read(path).map_err(|error| io(path, error))?;
        let damaged = |message: String| CheckpointError::Damaged { path: path.to_path_buf(), message };
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| damaged(error.to_string()))?;
        let about = metadata.metadata().as_ref().and_then(|meta| meta.get(ABOUT));
        let about = about.ok_or_else(|| damaged(format!("its header has no `{ABOUT}`")))?;
        // the version first: other versions may have other fields
        let versioned: Versioned = serde_json::from_str(about).map_err(|error| damaged(error.to_string()))?;
        if versioned.version != VERSION {
            return Err(CheckpointError::Version { path: path.to_path_buf(), found: versioned.version });
        }
        let about: About = serde_json::from_str(about).map_err(|error| damaged(error.to_string()))?;
        let config = Config::parse(&about.config).map_err(|error| damaged(error.to_string()))?;
        let header = Header { config, grammar: about.grammar, steps: about.steps };
        Ok(Stored { path: path.to_path_buf(), bytes, header })
    }

    /// That it was trained for this grammar.
    ///
    /// # Errors
    /// It was not.
    pub fn check(&self, grammar: &Grammar) -> Result<(), CheckpointError> {
        let expected = digest(grammar);
        if self.header.grammar == expected {
            return Ok(());
        }
        let (found, grammar) = (self.header.grammar.clone(), grammar.name.clone());
        Err(CheckpointError::Grammar { path: self.path.clone(), grammar, found, expected })
    }

    /// The numbers under a prefix.
    fn flat<B: Backend>(&self, prefix: &str, layout: &Layout, device: &B::Device) -> Result<Flat<B>, CheckpointError> {
        let path = || self.path.clone();
        let tensors = SafeTensors::deserialize(&self.bytes)
            .map_err(|error| CheckpointError::Damaged { path: path(), message: error.to_string() })?;
        let mut parts = Vec::with_capacity(layout.places.len());
        for place in &layout.places {
            let name = format!("{prefix}.{}", place.name);
            let view = tensors
                .tensor(&name)
                .map_err(|_| CheckpointError::Sizes { path: path(), message: format!("it has no {name}") })?;
            if view.shape() != place.shape || view.dtype() != Dtype::F32 {
                let message = format!("{name} has shape {:?}, not {:?}", view.shape(), place.shape);
                return Err(CheckpointError::Sizes { path: path(), message });
            }
            let numbers = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            parts.push(numbers.collect());
        }
        Ok(layout.join(&parts, device))
    }
}

/// Writes all that a training needs to go on.
///
/// # Errors
/// The file cannot be written; one of that name stays as it was.
pub fn write_training<B: Backend>(
    path: &Path,
    header: &Header,
    layout: &Layout,
    state: &State<B>,
) -> Result<(), CheckpointError> {
    let flats =
        [("weights", &state.weights), ("average", &state.average), ("first", &state.first), ("second", &state.second)];
    write(path, header, layout, &flats)
}

/// # Errors
/// As [`Stored::read`]; or the network has other sizes.
pub fn read_training<B: Backend>(
    stored: &Stored,
    layout: &Layout,
    device: &B::Device,
) -> Result<State<B>, CheckpointError> {
    let flat = |prefix| stored.flat(prefix, layout, device);
    Ok(State {
        steps: stored.header.steps,
        weights: flat("weights")?,
        average: flat("average")?,
        first: flat("first")?,
        second: flat("second")?,
    })
}

/// Writes the weights that are used: the averages.
///
/// # Errors
/// The file cannot be written; one of that name stays as it was.
pub fn write_weights<B: Backend>(
    path: &Path,
    header: &Header,
    layout: &Layout,
    weights: &Flat<B>,
) -> Result<(), CheckpointError> {
    write(path, header, layout, &[("average", weights)])
}

/// The averages, of a file of a training or of weights.
///
/// # Errors
/// The network has other sizes.
pub fn read_weights<B: Backend>(
    stored: &Stored,
    layout: &Layout,
    device: &B::Device,
) -> Result<Flat<B>, CheckpointError> {
    stored.flat("average", layout, device)
}
