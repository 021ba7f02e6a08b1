//! What is kept of a network: weights, and what a training needs to go on, in safetensors with the configuration in the header.
//!
//! A file gets its name when it is on the disk, so what has a name is whole.

use crate::config::Config;
use crate::optimiser::State;
use crate::parameters::{Flat, Layout};
use burn::tensor::backend::Backend;
use burn::tensor::f16;
use ppl_corpus::Grammar;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
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

/// How numbers are written.
#[derive(Clone, Copy)]
enum Precision {
    Single,
    /// Half the size, three digits: enough for weights that are only used.
    Half,
}

impl Precision {
    fn dtype(self) -> Dtype {
        match self {
            Precision::Single => Dtype::F32,
            Precision::Half => Dtype::F16,
        }
    }

    fn bytes(self, values: &[f32]) -> Vec<u8> {
        match self {
            Precision::Single => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Precision::Half => values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
        }
    }
}

/// Numbers in either precision; `None` in another.
fn numbers(view: &TensorView<'_>) -> Option<Vec<f32>> {
    Some(match view.dtype() {
        Dtype::F32 => view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        Dtype::F16 => view.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        _ => return None,
    })
}

/// Numbers with a name, beside those of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    pub name: String,
    pub values: Vec<f32>,
}

/// Writes flats, each under a prefix.
fn write<B: Backend>(
    path: &Path,
    header: &Header,
    layout: &Layout,
    precision: Precision,
    flats: &[(&str, &Flat<B>)],
    further: &[Numbers],
) -> Result<(), CheckpointError> {
    let mut parts: Vec<(String, Vec<usize>, Vec<u8>)> = flats
        .iter()
        .flat_map(|(prefix, flat)| {
            layout.split(flat).into_iter().map(move |(place, values)| {
                (format!("{prefix}.{}", place.name), place.shape.clone(), precision.bytes(&values))
            })
        })
        .collect();
    parts.extend(further.iter().map(|own| (own.name.clone(), vec![own.values.len()], precision.bytes(&own.values))));
    let views: Vec<(&str, TensorView<'_>)> = parts
        .iter()
        .map(|(name, shape, bytes)| {
            let view = TensorView::new(precision.dtype(), shape.clone(), bytes).map_err(|error| io(path, error))?;
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
    bytes: Cow<'static, [u8]>,
    pub header: Header,
}

impl Stored {
    /// # Errors
    /// It cannot be read, is damaged, or of another version.
    pub fn read(path: &Path) -> Result<Stored, CheckpointError> {
        Stored::of(path, Cow::Owned(fs::read(path).map_err(|error| io(path, error))?))
    }

    /// A file that is part of the program; the path is for messages.
    ///
    /// # Errors
    /// As [`Stored::read`].
    pub fn of(path: &Path, bytes: Cow<'static, [u8]>) -> Result<Stored, CheckpointError> {
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

    /// All further numbers whose names begin so.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn further(&self, prefix: &str) -> Result<Vec<Numbers>, CheckpointError> {
        let tensors = SafeTensors::deserialize(&self.bytes)
            .map_err(|error| CheckpointError::Damaged { path: self.path.clone(), message: error.to_string() })?;
        let own = tensors.tensors().into_iter().filter(|(name, _)| name.starts_with(prefix));
        Ok(own.filter_map(|(name, view)| Some(Numbers { values: numbers(&view)?, name })).collect())
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
            let numbers = numbers(&view).filter(|_| view.shape() == place.shape);
            parts.push(numbers.ok_or_else(|| {
                let message =
                    format!("{name} has {:?} of shape {:?}, not {:?}", view.dtype(), view.shape(), place.shape);
                CheckpointError::Sizes { path: path(), message }
            })?);
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
    write(path, header, layout, Precision::Single, &flats, &[])
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
    write(path, header, layout, Precision::Single, &[("average", weights)], &[])
}

/// Writes weights that are only used from now on, in half precision, with further numbers.
///
/// # Errors
/// As [`write_weights`].
pub fn write_release<B: Backend>(
    path: &Path,
    header: &Header,
    layout: &Layout,
    weights: &Flat<B>,
    further: &[Numbers],
) -> Result<(), CheckpointError> {
    write(path, header, layout, Precision::Half, &[("average", weights)], further)
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
