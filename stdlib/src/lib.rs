//! Models people use, by field, each with real data and their source, or with a design to simulate data for.
//!
//! The programs lie in `models/FIELD/NAME.stan`. Beside a program lie its data in CmdStan JSON (`NAME.data.json`) and what
//! Stan makes of them (`NAME.expected.json`, written by `expected.py`, never by this project's own sampler); or sizes and
//! covariates without outcomes (`NAME.design.json`), of which what is left out is made up by `ppl simulate`. The build script
//! makes the index of these files. Everything is embedded, so a caller needs no files:
//!
//! ```
//! let model = ppl_stdlib::find("eight_schools").unwrap();
//! assert_eq!(model.field, "education");
//! assert!(model.program.contains("parameters {"));
//! assert_eq!(model.header().title, "Eight schools, non-centred");
//! let expected = model.expected().unwrap().unwrap();
//! assert!((expected.parameters["mu"].mean - 4.4).abs() < 0.2);
//! ```

mod expected;
mod header;
mod tags;

pub use expected::{Diagnostics, Expected, Figures, Point};
pub use header::Header;
pub use tags::{Outcome, Structure, TagError, Tags};

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
    pub data: Option<&'static str>,
    /// Text of the expected results; [`Entry::expected`] reads it.
    pub expected: Option<&'static str>,
    /// Where there are no data: sizes and covariates to simulate for, CmdStan JSON. What is left out may be anything.
    pub design: Option<&'static str>,
}

impl Entry {
    /// What the comment at the head of the program says.
    pub fn header(&self) -> Header {
        Header::read(self.program)
    }

    /// What kind of model it is.
    ///
    /// # Errors
    /// What is wrong with the entry `Tags` of the header; the tests of this crate see to it that there is none.
    pub fn tags(&self) -> Result<Tags, TagError> {
        Tags::read(&self.header().tags, self.program)
    }

    /// Stan's figures for this model and its data, where there are any. An error means that the embedded file is damaged.
    pub fn expected(&self) -> Option<Result<Expected, serde_json::Error>> {
        self.expected.map(serde_json::from_str)
    }
}

/// The model called `name`.
pub fn find(name: &str) -> Option<&'static Entry> {
    MODELS.iter().find(|m| m.name == name)
}

/// All models, sorted by field and name.
pub const MODELS: &[Entry] = include!(concat!(env!("OUT_DIR"), "/models.rs"));
