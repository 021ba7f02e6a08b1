//! What of a corpus a training reads: weights, curriculum and held-out splits, declared in a file, TOML or JSON.
//!
//! ```toml
//! seed = 1                        # of what is decided by hash
//!
//! [weights.tag]                   # weights of a program multiply; what is not named has weight 1
//! "outcome:count" = 2.0
//! [weights.production]
//! student_t = 0.5
//! [weights.field]
//! ecology = 3
//!
//! [[curriculum]]                  # until this share of the training is done, only such tables and programs
//! until = 0.2
//! rows = [5, 50]
//! size = [1, 4]
//!
//! [[held_out]]                    # a program belongs to the first split that has it, else to the training
//! split = "family"
//! production = "negative_binomial"
//! [[held_out]]
//! split = "composition"           # programs that have both
//! productions = ["poisson", "varying_intercept"]
//! [[held_out]]
//! split = "scale"                 # one of its tables has such a value; inf, or null in JSON, is no bound
//! parameter = "sigma"
//! range = [2.0, inf]
//! [[held_out]]
//! split = "ecology"
//! field = "ecology"
//! [[held_out]]
//! split = "test"                  # a share of all programs, by the hash of their text
//! share = 0.01
//! ```
//!
//! A split is a function of the program, its parameters and the file, so it never changes when the corpus grows, and no program is on both
//! sides with other tables where it is held out by its text or derivation.

use super::{Record, StoreError};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::path::Path;
use twox_hash::XxHash64;

/// A declaration of what is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    weights: Weights,
    #[serde(default)]
    curriculum: Vec<Stage>,
    #[serde(default)]
    held_out: Vec<HeldOut>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Weights {
    #[serde(default)]
    tag: BTreeMap<String, f64>,
    #[serde(default)]
    production: BTreeMap<String, f64>,
    #[serde(default)]
    field: BTreeMap<String, f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stage {
    until: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<[usize; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<[usize; 2]>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldOut {
    split: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    production: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    productions: Option<[String; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "bounds")]
    range: Option<[Option<f64>; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
}

/// A part of a corpus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Split {
    Training,
    /// By its name.
    HeldOut(String),
}

impl Split {
    /// `training`, or the name of a split.
    pub fn read(name: &str) -> Split {
        if name == TRAINING { Split::Training } else { Split::HeldOut(name.to_string()) }
    }

    pub fn name(&self) -> &str {
        match self {
            Split::Training => TRAINING,
            Split::HeldOut(name) => name,
        }
    }
}

const TRAINING: &str = "training";

impl Selection {
    /// Reads a file: JSON where its name ends so, else TOML.
    ///
    /// # Errors
    /// It cannot be read, has a key that is unknown, or a value that is not valid.
    pub fn read(path: &Path) -> Result<Selection, StoreError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| StoreError::Invalid { path: path.to_path_buf(), message: error.to_string() })?;
        let json = path.extension().is_some_and(|extension| extension == "json");
        Selection::parse(&text, json).map_err(|message| StoreError::Invalid { path: path.to_path_buf(), message })
    }

    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str, json: bool) -> Result<Selection, String> {
        let selection: Selection = match json {
            true => serde_json::from_str(text).map_err(|error| error.to_string())?,
            false => toml::from_str(text).map_err(|error| error.to_string().trim_end().to_string())?,
        };
        selection.validate()?;
        Ok(selection)
    }

    /// # Errors
    /// What is wrong with it.
    pub fn validate(&self) -> Result<(), String> {
        let Weights { tag, production, field } = &self.weights;
        for (name, weight) in tag.iter().chain(production).chain(field) {
            if !weight.is_finite() || *weight < 0.0 {
                return Err(format!("the weight of {name:?} is no number from 0 on"));
            }
        }
        let mut last = 0.0;
        for stage in &self.curriculum {
            if !(stage.until > last && stage.until <= 1.0) {
                return Err("stages of a curriculum have ascending values of `until`, above 0 and up to 1".into());
            }
            last = stage.until;
            if [stage.rows, stage.size].iter().flatten().any(|[least, most]| least > most) {
                return Err("a range of a curriculum has its smaller end first".into());
            }
        }
        for own in &self.held_out {
            own.validate().map_err(|message| format!("held-out split {:?}: {message}", own.split))?;
        }
        Ok(())
    }

    /// Whether the rules that it names are there.
    ///
    /// # Errors
    /// One is not.
    pub fn check(&self, rules: &[String]) -> Result<(), StoreError> {
        let held_out =
            self.held_out.iter().flat_map(|own| own.production.iter().chain(own.productions.iter().flatten()));
        match self.weights.production.keys().chain(held_out).find(|name| !rules.contains(name)) {
            None => Ok(()),
            Some(name) => Err(StoreError::Option(format!("the grammar of the corpus has no production {name:?}"))),
        }
    }

    /// Names of the held-out splits, each once.
    pub fn splits(&self) -> impl Iterator<Item = &str> {
        let names = self.held_out.iter().map(|own| own.split.as_str());
        names
            .enumerate()
            .filter(|(at, name)| !self.held_out[..*at].iter().any(|o| o.split == *name))
            .map(|(_, name)| name)
    }

    /// The same without a curriculum, as at the end of a training.
    #[must_use]
    pub fn whole(mut self) -> Selection {
        self.curriculum.clear();
        self
    }

    /// Where a record belongs.
    pub fn split(&self, record: &Record) -> Split {
        let own = self.held_out.iter().find(|own| own.has(record, self.seed));
        own.map_or(Split::Training, |own| Split::HeldOut(own.split.clone()))
    }

    /// Whether a program of these rules is held out by its productions.
    pub fn holds_out(&self, rules: &[&str]) -> bool {
        let has = |name: &String| rules.contains(&name.as_str());
        let all = |own: &HeldOut| {
            own.production.as_ref().is_some_and(has)
                || own.productions.as_ref().is_some_and(|both| both.iter().all(has))
        };
        self.held_out.iter().any(all)
    }

    /// The product of the weights of a record.
    pub fn weight(&self, record: &Record) -> f64 {
        let of = |weights: &BTreeMap<String, f64>, names: &[String]| -> f64 {
            names.iter().filter_map(|name| weights.get(name)).product()
        };
        let rules = record.derivation.as_ref().map_or(&[][..], |steps| &steps.rules);
        of(&self.weights.tag, &record.tags)
            * of(&self.weights.production, rules)
            * of(&self.weights.field, record.provenance.field.as_slice())
    }

    /// How often a record is given in an epoch: its weight on average, decided by hash.
    pub fn copies(&self, record: &Record, epoch: u64) -> u64 {
        let weight = self.weight(record);
        let name = format!("{} {} {epoch}", record.provenance.source.word(), record.number);
        weight.floor() as u64 + u64::from(uniform(self.seed, &name) < weight.fract())
    }

    /// What of a record is for a training of which the share `progress` is done: the program, with the tables that are. A program without a
    /// derivation has no size, and no stage bounds it.
    pub fn stage(&self, mut record: Record, progress: f64) -> Option<Record> {
        let Some(stage) = self.curriculum.iter().find(|stage| progress < stage.until) else { return Some(record) };
        let within = |range: Option<[usize; 2]>, x: usize| range.is_none_or(|[least, most]| least <= x && x <= most);
        if record.derivation.as_ref().is_some_and(|steps| !within(stage.size, steps.size)) {
            return None;
        }
        record.tables.retain(|table| within(stage.rows, table.rows()));
        (!record.tables.is_empty()).then_some(record)
    }
}

impl HeldOut {
    fn validate(&self) -> Result<(), String> {
        if self.split == TRAINING || self.split.is_empty() {
            return Err("it needs a name of its own".into());
        }
        let criteria = [
            self.production.is_some(),
            self.productions.is_some(),
            self.parameter.is_some(),
            self.field.is_some(),
            self.share.is_some(),
        ];
        if criteria.iter().filter(|there| **there).count() != 1 {
            return Err(
                "it needs one of `production`, `productions`, `parameter` with `range`, `field`, `share`".into()
            );
        }
        if self.parameter.is_some() != self.range.is_some() {
            return Err("`parameter` and `range` belong together".into());
        }
        if let Some([Some(least), Some(most)]) = self.range
            && (least > most || least.is_nan() || most.is_nan())
        {
            return Err("its range is empty".into());
        }
        if self.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err("a share is a number from 0 to 1".into());
        }
        Ok(())
    }

    fn has(&self, record: &Record, seed: u64) -> bool {
        if let Some(rule) = &self.production {
            return record.has_rule(rule);
        }
        if let Some(rules) = &self.productions {
            return rules.iter().all(|rule| record.has_rule(rule));
        }
        if let Some(field) = &self.field {
            return record.provenance.field.as_ref() == Some(field);
        }
        if let Some(share) = self.share {
            return uniform(seed, &record.text) < share;
        }
        let [least, most] = self.range.unwrap_or([None, None]);
        let within = |x: &f64| *x >= least.unwrap_or(f64::NEG_INFINITY) && *x <= most.unwrap_or(f64::INFINITY);
        let latents = record.tables.iter().flat_map(|table| &table.latents);
        let mut own = latents.filter(|latent| Some(&latent.name) == self.parameter.as_ref());
        own.any(|latent| latent.values.iter().any(within))
    }
}

/// A range whose open ends are infinite.
fn bounds<S: Serializer>(range: &Option<[Option<f64>; 2]>, serializer: S) -> Result<S::Ok, S::Error> {
    range.map(|[least, most]| [least.unwrap_or(f64::NEG_INFINITY), most.unwrap_or(f64::INFINITY)]).serialize(serializer)
}

/// A number in `[0, 1)` that a text decides.
fn uniform(seed: u64, text: &str) -> f64 {
    (XxHash64::oneshot(seed, text.as_bytes()) >> 11) as f64 / (1_u64 << 53) as f64
}
