//! What kind of model a program is, in words from fixed lists: `// Tags: outcome count; family neg_binomial_2_log; structure regression`.

/// An enumeration whose members have names in the text.
macro_rules! words {
    ($(#[$doc:meta])* $type:ident: $($variant:ident $word:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($variant,)+
        }

        impl $type {
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// As headers write it.
            pub fn word(self) -> &'static str {
                match self {
                    $($type::$variant => $word,)+
                }
            }

            fn read(word: &str) -> Option<$type> {
                $type::ALL.iter().copied().find(|member| member.word() == word)
            }

            fn words() -> String {
                let words: Vec<&str> = $type::ALL.iter().map(|member| member.word()).collect();
                words.join(", ")
            }
        }
    };
}

words! {
    /// What kind of number is modelled.
    Outcome:
    Real "real",
    Positive "positive",
    Bounded "bounded",
    Count "count",
    Binary "binary",
    Ordinal "ordinal",
    Categorical "categorical",
    Survival "survival",
    Multivariate "multivariate",
    Counts "counts",
}

words! {
    /// How it is modelled.
    Structure:
    Regression "regression",
    Nonlinear "nonlinear",
    Interaction "interaction",
    Polynomial "polynomial",
    Monotone "monotone",
    Splines "splines",
    GaussianProcess "gaussian_process",
    VaryingIntercepts "varying_intercepts",
    VaryingSlopes "varying_slopes",
    Crossed "crossed",
    Nested "nested",
    Hierarchical "hierarchical",
    Autoregression "autoregression",
    MovingAverage "moving_average",
    StateSpace "state_space",
    HiddenMarkov "hidden_markov",
    StochasticVolatility "stochastic_volatility",
    Seasonality "seasonality",
    Trend "trend",
    ChangePoint "change_point",
    Mixture "mixture",
    ZeroInflation "zero_inflation",
    Hurdle "hurdle",
    Censoring "censoring",
    Truncation "truncation",
    Rounding "rounding",
    MeasurementError "measurement_error",
    MissingData "missing_data",
    LatentVariable "latent_variable",
    Factor "factor",
    ItemResponse "item_response",
    Choice "choice",
    Ranking "ranking",
    PairedComparison "paired_comparison",
    Heteroskedastic "heteroskedastic",
    Robust "robust",
    MetaAnalysis "meta_analysis",
    DoseResponse "dose_response",
    GrowthCurve "growth_curve",
    Ode "ode",
    Occupancy "occupancy",
    CaptureRecapture "capture_recapture",
    Spatial "spatial",
    Network "network",
    Survey "survey",
    Comparison "comparison",
    Experiment "experiment",
    Causal "causal",
    Decay "decay",
    Design "design",
}

/// The tags of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags {
    pub outcomes: Vec<Outcome>,
    /// Distributions of the outcomes, by Stan's names. Empty where the program writes the likelihood out by hand.
    pub families: Vec<String>,
    pub structures: Vec<Structure>,
}

/// What is wrong with the tags of a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    #[error("no `{0}` among the tags")]
    Missing(&'static str),
    #[error("`{0}` is no kind of tag; write `outcome A, B; family C; structure D, E`")]
    Kind(String),
    #[error("`{0}` is given twice")]
    Twice(&'static str),
    #[error("`{0}` is no outcome; there are {words}", words = Outcome::words())]
    Outcome(String),
    #[error("`{0}` is no structure; there are {words}", words = Structure::words())]
    Structure(String),
    #[error("no density of the program is called `{0}`")]
    Family(String),
}

impl Tags {
    /// Reads the text of the entry `Tags` of a header.
    ///
    /// # Errors
    /// [`TagError`]: a word that is on no list, a list that is missing, or a family that `program` does not use.
    pub fn read(text: &str, program: &str) -> Result<Tags, TagError> {
        let mut lists: [Option<Vec<&str>>; 3] = [None, None, None];
        let kinds = ["outcome", "family", "structure"];
        for list in text.trim_end_matches('.').split(';').map(str::trim).filter(|list| !list.is_empty()) {
            let (kind, words) = list.split_once(' ').unwrap_or((list, ""));
            let at = kinds.iter().position(|k| *k == kind).ok_or_else(|| TagError::Kind(kind.to_owned()))?;
            let words = words.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
            if lists[at].replace(words).is_some() {
                return Err(TagError::Twice(kinds[at]));
            }
        }
        let [outcomes, families, structures] = lists;
        let filled = |list: Option<Vec<_>>| list.filter(|words: &Vec<&str>| !words.is_empty());
        let outcome = |word: &str| Outcome::read(word).ok_or_else(|| TagError::Outcome(word.to_owned()));
        let structure = |word: &str| Structure::read(word).ok_or_else(|| TagError::Structure(word.to_owned()));
        let family = |word: &str| match has_density(program, word) {
            true => Ok(word.to_owned()),
            false => Err(TagError::Family(word.to_owned())),
        };
        Ok(Tags {
            outcomes: filled(outcomes)
                .ok_or(TagError::Missing("outcome"))?
                .into_iter()
                .map(outcome)
                .collect::<Result<_, _>>()?,
            families: families.unwrap_or_default().into_iter().map(family).collect::<Result<_, _>>()?,
            structures: filled(structures)
                .ok_or(TagError::Missing("structure"))?
                .into_iter()
                .map(structure)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Whether `~ family(`, or a function of the family (`family_lpdf` and its like), stands in the program.
fn has_density(program: &str, family: &str) -> bool {
    const FUNCTIONS: [&str; 6] = ["_lpdf(", "_lpmf(", "_lupdf(", "_lupmf(", "_lcdf(", "_lccdf("];
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    program.match_indices(family).any(|(at, _)| {
        let (before, after) = (&program[..at], &program[at + family.len()..]);
        let called = after.starts_with('(') && before.trim_end().ends_with('~');
        let by_function = FUNCTIONS.iter().any(|ending| after.starts_with(ending));
        !before.ends_with(part_of_name) && (called || by_function)
    })
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Structure, TagError, Tags};

    const PROGRAM: &str = "model { y ~ neg_binomial_2_log(a, phi); target += beta_binomial_lpmf(z | n, 1, 1); }";

    #[test]
    fn words_are_read() {
        let text = "outcome count, bounded; family neg_binomial_2_log, beta_binomial; structure regression, crossed.";
        let tags = Tags::read(text, PROGRAM).unwrap();
        assert_eq!(tags.outcomes, [Outcome::Count, Outcome::Bounded]);
        assert_eq!(tags.families, ["neg_binomial_2_log", "beta_binomial"]);
        assert_eq!(tags.structures, [Structure::Regression, Structure::Crossed]);
    }

    #[test]
    fn a_likelihood_by_hand_has_no_family() {
        assert!(Tags::read("outcome real; structure decay", PROGRAM).unwrap().families.is_empty());
    }

    #[test]
    fn mistakes_are_typed() {
        let error = |text| Tags::read(text, PROGRAM).unwrap_err();
        assert_eq!(error("outcome number; structure decay"), TagError::Outcome("number".into()));
        assert_eq!(error("outcome real; structure decays"), TagError::Structure("decays".into()));
        assert_eq!(
            error("outcome real; family neg_binomial_2; structure decay"),
            TagError::Family("neg_binomial_2".into())
        );
        assert_eq!(error("outcome real; family binomial; structure decay"), TagError::Family("binomial".into()));
        assert_eq!(error("outcomes real; structure decay"), TagError::Kind("outcomes".into()));
        assert_eq!(error("outcome real; outcome count; structure decay"), TagError::Twice("outcome"));
        assert_eq!(error("outcome; structure decay"), TagError::Missing("outcome"));
        assert_eq!(error("outcome real"), TagError::Missing("structure"));
        assert!(error("outcome number; structure decay").to_string().contains("ordinal"), "the words are named");
    }

    #[test]
    fn every_word_is_read_as_itself() {
        assert!(Outcome::ALL.iter().all(|o| Outcome::read(o.word()) == Some(*o)));
        assert!(Structure::ALL.iter().all(|s| Structure::read(s.word()) == Some(*s)));
    }
}
