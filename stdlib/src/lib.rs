//! Models people use, by field, each with real data, its source, and results to expect.
//!
//! The programs lie in `models/FIELD/NAME.stan`, their data beside them in CmdStan JSON (`NAME.data.json`), and what
//! Stan makes of them in `NAME.expected.json` (written by `expected.py`, never by this project's own sampler).
//! Everything is embedded, so a caller needs no files:
//!
//! ```
//! let model = ppl_stdlib::find("eight_schools").unwrap();
//! assert_eq!(model.field, "education");
//! assert!(model.program.contains("parameters {"));
//! assert_eq!(model.header().title, "Eight schools, non-centred");
//! let expected = model.expected().unwrap();
//! assert!((expected.parameters["mu"].mean - 4.4).abs() < 0.2);
//! ```

mod expected;
mod header;

pub use expected::{Diagnostics, Expected, Figures, Point};
pub use header::Header;

/// One model of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// File name without extension, unique over all fields.
    pub name: &'static str,
    /// Folder: the field the model comes from.
    pub field: &'static str,
    /// Stan program.
    pub program: &'static str,
    /// Its data, CmdStan JSON.
    pub data: &'static str,
    /// Text of the expected results; [`Entry::expected`] reads it.
    pub expected: &'static str,
}

impl Entry {
    /// What the comment at the head of the program says.
    pub fn header(&self) -> Header {
        Header::read(self.program)
    }

    /// Stan's figures for this model and its data. An error means that the embedded file is damaged.
    pub fn expected(&self) -> Result<Expected, serde_json::Error> {
        serde_json::from_str(self.expected)
    }
}

/// The model called `name`.
pub fn find(name: &str) -> Option<&'static Entry> {
    MODELS.iter().find(|m| m.name == name)
}

macro_rules! models {
    ($($field:literal: $($name:literal),+;)+) => {
        &[$($(Entry {
            name: $name,
            field: $field,
            program: include_str!(concat!("../models/", $field, "/", $name, ".stan")),
            data: include_str!(concat!("../models/", $field, "/", $name, ".data.json")),
            expected: include_str!(concat!("../models/", $field, "/", $name, ".expected.json")),
        },)+)+]
    };
}

/// All models, by field.
pub const MODELS: &[Entry] = models! {
    "chemistry": "puromycin", "stack_loss";
    "demography": "contraception";
    "ecology": "dippers", "lynx_ar";
    "education": "eight_schools", "eight_schools_centered", "kid_scores";
    "engineering": "ships";
    "environment": "radon", "wells";
    "finance": "dax_garch";
    "food_science": "wine_bitterness";
    "geology": "earthquakes_hmm", "old_faithful";
    "history": "coal_disasters";
    "hydrology": "nile";
    "medicine": "leukemia_remission";
    "physics": "motorcycle_hsgp", "stopping_distance_gp";
    "public_health": "roaches";
    "sports": "batting", "golf_putting";
};
