//! Compiled programs.

use crate::bound::Bound;
use crate::error::{BindError, Diagnostics, LoadError};
use crate::info::Info;
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use ppl_interpreter::Interpreter;
use ppl_program::check;
use ppl_runtime::data::RawData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What [`Model::compile`] fails with.
pub type CompileError = Diagnostics;

/// A program that has been read and checked. Data turn it into a [`Bound`] density.
///
/// ```
/// let error = ppl::Model::compile("parameters { real mu; } model { mu ~ normal(0, 1) }").unwrap_err();
/// // `model.stan:1:57: error E0102: ...`
/// assert!(error.to_string().starts_with("model.stan:1:"));
/// ```
#[derive(Clone)]
pub struct Model {
    pub(crate) source: Arc<SourceMap>,
    pub(crate) interpreter: Interpreter,
    warnings: Diagnostics,
}

impl Model {
    /// Compiles a program that stands in one text, called `model.stan` in messages.
    ///
    /// # Errors
    /// Everything that is wrong with the program, warnings included.
    pub fn compile(text: &str) -> Result<Model, Diagnostics> {
        Model::from_source(SourceMap::from_text("model.stan", text))
    }

    /// Compiles a file and what it includes; included files are looked for in `include_dirs`, then beside the file
    /// that includes them.
    ///
    /// # Errors
    /// [`LoadError::Source`] if the file cannot be read, [`LoadError::Program`] with everything wrong in it.
    pub fn load(path: &Path, include_dirs: &[PathBuf]) -> Result<Model, LoadError> {
        let source = SourceMap::load(path, include_dirs).map_err(LoadError::Source)?;
        Model::from_source(source).map_err(LoadError::Program)
    }

    /// Compiles a program whose files are at hand.
    ///
    /// # Errors
    /// Everything that is wrong with the program, warnings included.
    pub fn from_source(source: SourceMap) -> Result<Model, Diagnostics> {
        let source = Arc::new(source);
        let parsed = parse(&source);
        if !parsed.is_ok() {
            return Err(Diagnostics::new(source, parsed.diagnostics));
        }
        match check(&parsed.program) {
            Ok(checked) => {
                let warnings = parsed.diagnostics.into_iter().chain(checked.warnings).collect();
                Ok(Model {
                    warnings: Diagnostics::new(Arc::clone(&source), warnings),
                    interpreter: Interpreter::new(Arc::new(checked.program)),
                    source,
                })
            }
            Err(errors) => Err(Diagnostics::new(source, parsed.diagnostics.into_iter().chain(errors).collect())),
        }
    }

    /// What is odd about the program.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// The checked program.
    pub fn program(&self) -> &ppl_program::typed::Program {
        self.interpreter.program()
    }

    /// The declared variables.
    pub fn info(&self) -> Info {
        Info::of(self.interpreter.program())
    }

    /// Where the output of `print` statements goes; nowhere by default.
    #[must_use]
    pub fn with_printer(mut self, printer: impl Fn(&str) + Send + Sync + 'static) -> Model {
        self.interpreter = self.interpreter.with_printer(printer);
        self
    }

    /// Binds data: checks them against the declarations, runs the transformed data block, and fixes all sizes.
    ///
    /// ```
    /// use ppl::{Data, Model};
    /// let model = Model::compile("data { int N; vector[N] y; } parameters { real mu; } model { y ~ normal(mu, 1); }")?;
    /// let error = model.bind(&Data::from_json(r#"{"N": 2, "y": [1, "a"]}"#)?).unwrap_err();
    /// assert!(error.to_string().contains("y[2]"), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BindError`].
    pub fn bind(&self, data: &RawData) -> Result<Bound, BindError> {
        self.bind_seeded(data, 0)
    }

    /// As [`bind`](Model::bind), with a seed for random numbers in the transformed data block.
    ///
    /// # Errors
    /// [`BindError`].
    pub fn bind_seeded(&self, data: &RawData, seed: u64) -> Result<Bound, BindError> {
        Bound::new(self, data, seed)
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("name", &self.source.name()).finish_non_exhaustive()
    }
}
