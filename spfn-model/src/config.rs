//! The configuration of a network and of its training, in TOML.

use ppl_corpus::pair::PairOptions;
use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::store::Selection;
use ppl_exact::Stratum;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Everything that a training depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `nano`, `small` or `base`, or all sizes by name.
    #[serde(deserialize_with = "size")]
    pub network: Size,
    #[serde(default)]
    pub data: Data,
    #[serde(default)]
    pub training: Training,
    /// Fine-tuning of a network that was trained; what comes of it is a proposal, and no probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<Reward>,
}

/// Fine-tuning by reward: predictive scores with a price of length ([`crate::reward`]), for grammars whose evidences can be computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reward {
    /// Weights to begin with.
    pub from: PathBuf,
    /// Programs that are drawn for a table.
    #[serde(default = "Reward::samples")]
    pub samples: usize,
    /// The price of a production, in nats.
    #[serde(default = "Reward::length")]
    pub length: f64,
    /// The price of a nat by which log q moves away from what it was.
    #[serde(default = "Reward::stay")]
    pub stay: f64,
}

impl Reward {
    fn samples() -> usize {
        8
    }

    fn length() -> f64 {
        0.2
    }

    fn stay() -> f64 {
        0.5
    }
}

/// What is learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    /// A model grammar that ships, or the path of one.
    pub grammar: String,
    pub seed: u64,
    /// Which columns tables have.
    pub design: Columns,
    /// Rows of a table, least and most.
    pub rows: [usize; 2],
    /// Half of the tables lose up to this share of their cells.
    pub missing: f64,
    /// Tables of an example at most; how many is drawn.
    pub tables: usize,
    /// Examples that are made of a program, each with tables of its own.
    pub examples: usize,
    /// A corpus instead of programs that are drawn as they are needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corpus: Option<PathBuf>,
    /// What of the pairs is read: weights, curriculum, held-out splits; here, or the path of a file.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "selection")]
    pub selection: Option<Selection>,
}

impl Default for Data {
    fn default() -> Data {
        Data {
            grammar: "bounded".to_string(),
            seed: 1,
            design: Columns::General,
            rows: [5, 64],
            missing: 0.0,
            tables: 1,
            examples: 4,
            corpus: None,
            selection: None,
        }
    }
}

/// A distribution of the columns of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Columns {
    /// That of corpora: any outcome, as many columns as the network reads.
    General,
    /// That of the exact benchmark: four strata of outcomes in turn, two or three predictors, in part a group and time.
    Strata,
}

impl Data {
    /// How the pair of a number is drawn, with so many columns at most.
    pub fn pairs(&self, columns: usize, seed: u64, number: u64) -> PairOptions {
        let schema = match self.design {
            Columns::General => None,
            Columns::Strata => {
                let mut rng = ChaCha8Rng::seed_from_u64(!seed);
                rng.set_stream(number);
                let stratum = Stratum::ALL[(number % Stratum::ALL.len() as u64) as usize];
                Some(stratum.schema(&mut rng))
            }
        };
        PairOptions {
            design: DesignOptions { rows: self.rows[0]..=self.rows[1], columns, missing: self.missing },
            tables: self.tables * self.examples,
            schema,
        }
    }
}

/// How it is learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// Seed of the first weights.
    pub seed: u64,
    /// Share of the steps, the last ones, whose targets are exact posteriors: all programs of a table at once, instead of the one that made it.
    /// The expected loss has the same minimum, and its gradient less noise; for grammars whose posterior can be computed.
    pub posterior: f64,
    pub steps: usize,
    /// Examples of a step.
    pub batch: usize,
    /// Examples that are computed side by side.
    pub micro_batch: usize,
    pub learning_rate: f64,
    /// Steps until the learning rate is reached.
    pub warm_up: usize,
    /// Share of the steps, the last ones, in which it falls to 0.
    pub decay: f64,
    pub weight_decay: f64,
    /// Norm to which gradients are cut.
    pub clip: f64,
    /// How much of the average of the weights stays in a step.
    pub average: f64,
    /// Steps between checkpoints.
    pub checkpoint: usize,
    /// Examples on which the loss is measured at a checkpoint.
    pub validation: usize,
}

impl Default for Training {
    fn default() -> Training {
        Training {
            seed: 1,
            posterior: 0.0,
            steps: 3000,
            batch: 128,
            micro_batch: 32,
            learning_rate: 2e-3,
            warm_up: 100,
            decay: 0.3,
            weight_decay: 0.05,
            clip: 1.0,
            average: 0.995,
            checkpoint: 250,
            validation: 1000,
        }
    }
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path}: {message}")]
    File { path: PathBuf, message: String },
    #[error("{0}")]
    Value(String),
}

impl Config {
    pub fn named(name: &str) -> Option<Config> {
        Some(Config { network: Size::named(name)?, data: Data::default(), training: Training::default(), reward: None })
    }

    /// A nano network on the exact grammar: what can be judged by exact posteriors, on two cores.
    pub fn exact() -> Config {
        let data = Data { grammar: "exact".to_string(), design: Columns::Strata, ..Data::default() };
        // as many columns as tables of the benchmark have
        let network = Size { columns: 6, ..Size::nano() };
        let training = Training { steps: 12000, checkpoint: 500, ..Training::default() };
        Config { network, data, training, reward: None }
    }

    /// Reads a TOML file.
    ///
    /// # Errors
    /// It cannot be read, has a key that is unknown, or a value that is out of range.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let fail = |message: String| ConfigError::File { path: path.to_path_buf(), message };
        let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
        Config::parse(&text).map_err(|error| fail(error.to_string()))
    }

    /// # Errors
    /// As [`Config::read`].
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let config: Config =
            toml::from_str(text).map_err(|error| ConfigError::Value(error.to_string().trim_end().to_string()))?;
        config.check()?;
        Ok(config)
    }

    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a configuration has no value that TOML lacks")
    }

    /// # Errors
    /// A value is out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let Config { network, data, training, reward } = self;
        let counts = [
            ("network.rows", network.rows),
            ("network.columns", network.columns),
            ("network.cell_width", network.cell_width),
            ("network.inducing", network.inducing),
            ("network.pooled", network.pooled),
            ("network.width", network.width),
            ("network.heads", network.heads),
            ("data.tables", data.tables),
            ("data.examples", data.examples),
            ("training.steps", training.steps),
            ("training.batch", training.batch),
            ("training.micro_batch", training.micro_batch),
            ("training.checkpoint", training.checkpoint),
        ];
        if let Some((name, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return Err(ConfigError::Value(format!("{name} must be 1 or more")));
        }
        let wrong = |what: &str| Err(ConfigError::Value(what.to_string()));
        if network.width % network.heads != 0 {
            return wrong("network.width must be a multiple of network.heads");
        }
        if network.cell_width % network.cell_heads() != 0 {
            return wrong("network.cell_width must be a multiple of its heads, network.heads * cell_width / width");
        }
        if data.rows[0] < 3 || data.rows[0] > data.rows[1] {
            return wrong("data.rows must be two numbers, 3 or more, in ascending order");
        }
        if data.tables > 8 {
            return wrong("data.tables must be 8 or fewer");
        }
        if !(0.0..1.0).contains(&data.missing) {
            return wrong("data.missing must be 0 or more and less than 1");
        }
        if training.posterior > 0.0 && data.corpus.is_some() {
            return wrong("training.posterior needs pairs that are drawn: leave data.corpus out");
        }
        if training.posterior > 0.0 && (data.tables > 1 || data.missing > 0.0) {
            return wrong(
                "training.posterior needs data.tables = 1 and data.missing = 0: other posteriors are not computed",
            );
        }
        if !(0.0..=1.0).contains(&training.posterior) {
            return wrong("training.posterior must be from 0 to 1");
        }
        if let Some(reward) = reward {
            if data.corpus.is_some() || data.selection.is_some() || data.tables > 1 || data.missing > 0.0 {
                return wrong(
                    "reward needs tables that are drawn, data.tables = 1, data.missing = 0 and no selection: other evidences are not computed",
                );
            }
            if reward.samples < 2 {
                return wrong("reward.samples must be 2 or more: each is judged against the others");
            }
            if [reward.length, reward.stay].iter().any(|price| !(price.is_finite() && *price >= 0.0)) {
                return wrong("reward.length and reward.stay must be 0 or more");
            }
        }
        let shares = [("training.decay", training.decay), ("training.average", training.average)];
        if let Some((name, _)) = shares.iter().find(|(_, share)| !(0.0..1.0).contains(share)) {
            return Err(ConfigError::Value(format!("{name} must be 0 or more and less than 1")));
        }
        let positive = [("training.learning_rate", training.learning_rate), ("training.clip", training.clip)];
        if let Some((name, _)) = positive.iter().find(|(_, value)| !(value.is_finite() && *value > 0.0)) {
            return Err(ConfigError::Value(format!("{name} must be a positive number")));
        }
        if !(training.weight_decay.is_finite() && training.weight_decay >= 0.0) {
            return wrong("training.weight_decay must be 0 or more");
        }
        Ok(())
    }
}

impl Training {
    /// The learning rate of a step: it rises, stays, and falls as a straight line (warm-up, stable, decay: Hu et al. 2024).
    pub fn rate(&self, step: usize) -> f64 {
        let up = ((step + 1) as f64 / self.warm_up.max(1) as f64).min(1.0);
        let falling = self.steps - self.decay_from();
        let down = match step >= self.decay_from() && falling > 0 {
            true => (self.steps.saturating_sub(step)) as f64 / falling as f64,
            false => 1.0,
        };
        self.learning_rate * up * down
    }

    /// The first step in which the learning rate falls.
    pub fn decay_from(&self) -> usize {
        self.last(self.decay)
    }

    /// The first step whose targets are exact posteriors.
    pub fn posterior_from(&self) -> usize {
        self.last(self.posterior)
    }

    fn last(&self, share: f64) -> usize {
        self.steps - (share * self.steps as f64).round() as usize
    }
}

/// A name of a size, or sizes.
fn size<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "`network` is \"nano\", \"small\", \"base\", or a table with all sizes")]
    enum Text {
        Named(String),
        Sizes(Size),
    }
    match Text::deserialize(deserializer)? {
        Text::Sizes(size) => Ok(size),
        Text::Named(name) => Size::named(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("no size is called {name}: nano, small or base"))),
    }
}

/// A selection, or the path of one.
fn selection<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Selection>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "`selection` is the path of a file, or a table with weights, curriculum and held_out"
    )]
    enum Text {
        File(PathBuf),
        Here(Selection),
    }
    let selection = match Text::deserialize(deserializer)? {
        Text::File(path) => Selection::read(&path).map_err(serde::de::Error::custom)?,
        Text::Here(selection) => selection,
    };
    selection.validate().map_err(serde::de::Error::custom)?;
    Ok(Some(selection))
}

/// Sizes of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Rows that are looked at one by one; more are summarised by the features.
    pub rows: usize,
    /// Columns beside the outcome at most.
    pub columns: usize,
    /// Width of the tokens of cells.
    pub cell_width: usize,
    /// Inducing points of a column.
    pub inducing: usize,
    /// Layers of attention between rows and inducing points.
    pub cell_layers: usize,
    /// Pooled tokens of a column.
    pub pooled: usize,
    /// Width of the tokens of columns, and of the decoder.
    pub width: usize,
    pub heads: usize,
    /// Layers of attention across columns.
    pub column_layers: usize,
    pub decoder_layers: usize,
}

impl Size {
    /// 0.2 million parameters: minutes on two cores.
    pub fn nano() -> Size {
        Size {
            rows: 64,
            columns: 4,
            cell_width: 32,
            inducing: 8,
            cell_layers: 0,
            pooled: 8,
            width: 64,
            heads: 4,
            column_layers: 2,
            decoder_layers: 2,
        }
    }

    /// 2 million parameters.
    pub fn small() -> Size {
        Size {
            rows: 64,
            columns: 8,
            cell_width: 64,
            inducing: 16,
            cell_layers: 1,
            pooled: 16,
            width: 128,
            heads: 8,
            column_layers: 4,
            decoder_layers: 3,
        }
    }

    /// 9.5 million parameters, for a GPU.
    pub fn base() -> Size {
        Size {
            rows: 256,
            columns: 12,
            cell_width: 128,
            inducing: 32,
            cell_layers: 2,
            pooled: 16,
            width: 256,
            heads: 8,
            column_layers: 6,
            decoder_layers: 4,
        }
    }

    /// Heads of attention between rows: as wide as those between columns.
    pub fn cell_heads(&self) -> usize {
        (self.heads * self.cell_width / self.width).max(1)
    }

    pub fn named(name: &str) -> Option<Size> {
        match name {
            "nano" => Some(Size::nano()),
            "small" => Some(Size::small()),
            "base" => Some(Size::base()),
            _ => None,
        }
    }
}
