//! Models and data from files.

use super::{CommandError, Result, colour, complain};
use ppl::{BindError, Bound, Data, DataError, Engine, LoadError, Model};
use std::path::{Path, PathBuf};

/// How the names of files end that hold sizes and covariates only.
const DESIGN: &str = "design.json";

fn is_design(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&format!(".{DESIGN}")))
}

/// The arguments of commands that bind a model to data.
#[derive(clap::Args)]
pub struct Input {
    /// The Stan program
    pub model: PathBuf,
    /// Data: CmdStan JSON, or CSV whose columns are the variables [default: MODEL.data.json beside the model; where data are
    /// simulated, else MODEL.design.json: sizes and covariates, of which what is left out is made up]
    #[arg(long, short, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Set one variable of the data, as in --set N=10 (values are JSON)
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Directory to look for included files in, before that of the model
    #[arg(long, short = 'I', value_name = "DIR")]
    pub include: Vec<PathBuf>,
}

impl Input {
    /// Loads the program; its errors are the command's.
    pub fn load(&self) -> Result<Model> {
        load(&self.model, &self.include)
    }

    /// Name of the model: that of the file, without extension.
    pub fn name(&self) -> String {
        self.model.file_stem().map_or_else(|| "model".into(), |s| s.to_string_lossy().into_owned())
    }

    /// The data file: the one that was named, or the default if it exists.
    pub fn data_file(&self) -> Option<PathBuf> {
        self.data.clone().or_else(|| Some(self.default_data()).filter(|path| path.is_file()))
    }

    fn default_data(&self) -> PathBuf {
        self.model.with_extension("data.json")
    }

    /// The data: those of the file and of `--set`.
    pub fn data(&self) -> Result<Data> {
        self.data_of(self.data_file().as_deref())
    }

    fn data_of(&self, file: Option<&Path>) -> Result<Data> {
        let mut data = match file {
            Some(path) => read(path)?,
            None => Data::new(),
        };
        for assignment in &self.set {
            data.set_text(assignment).map_err(|error| CommandError::User(format!("error: --set {error}")))?;
        }
        Ok(data)
    }

    /// Sizes and covariates to simulate for: those of the data, or of the design beside the model; where there are no data,
    /// what `simulator` reads besides is made up.
    pub fn design(&self, simulator: &Model, seed: u64) -> Result<Data> {
        let beside = || Some(self.model.with_extension(DESIGN)).filter(|path| path.is_file());
        let file = self.data_file().or_else(beside);
        let data = self.data_of(file.as_deref())?;
        if file.as_deref().is_some_and(|path| !is_design(path)) {
            return Ok(data);
        }
        let (data, sizes) =
            ppl::design(simulator, &data, seed).map_err(|message| CommandError::User(format!("error: {message}")))?;
        let given = file.map_or("no data given".into(), |path| format!("design in {}", path.display()));
        if !sizes.is_empty() {
            complain(&format!("note: {given}; simulating for {sizes}"));
        }
        Ok(data)
    }

    /// Reads the data and binds them.
    pub fn bind(&self, model: &Model, seed: u64) -> Result<Bound> {
        self.bind_to(model, &self.data()?, seed)
    }

    /// Binds data that have been read (a pipe can be read only once).
    pub fn bind_to(&self, model: &Model, data: &Data, seed: u64) -> Result<Bound> {
        let file = self.data_file();
        let missing = file.is_none() && self.set.is_empty() && !model.info().inputs.is_empty();
        let bound = model.bind_seeded(data, seed).map_err(|error| match error {
            BindError::Data(_) if missing => CommandError::User(format!(
                "error: {} needs data: give --data FILE, or put {} beside it\n{}",
                self.model.display(),
                self.default_data().display(),
                indented(&error.to_string())
            )),
            BindError::Data(_) => CommandError::User(format!(
                "error: the data{} do not fit {}\n{}",
                file.as_ref().map(|f| format!(" in {}", f.display())).unwrap_or_default(),
                self.model.display(),
                indented(&error.to_string())
            )),
            // Sizes, bounds and transformed data are run with the user's data: a mistake in one or the other.
            BindError::Program(failure) => CommandError::User(failure.render(colour())),
            BindError::Unsupported(message) => CommandError::User(format!("error: {message}")),
        })?;
        if !bound.unused_data().is_empty() {
            complain(&format!("note: not declared by the program: {}", bound.unused_data().join(", ")));
        }
        if let Engine::Interpreter { reason, location } = bound.engine() {
            let place = location.map_or_else(String::new, |l| format!("{l}: "));
            complain(&format!("note: {place}{reason}; the program is interpreted, which is slow"));
        }
        Ok(bound)
    }
}

pub fn load(path: &Path, include: &[PathBuf]) -> Result<Model> {
    Model::load(path, include).map_err(|error| match error {
        LoadError::Source(error) => CommandError::User(format!("error: {error}")),
        LoadError::Program(diagnostics) => CommandError::User(diagnostics.render(colour())),
    })
}

/// Reads a data file; messages name it.
pub fn read(path: &Path) -> Result<Data> {
    Data::read(path).map_err(|error| {
        CommandError::User(match error {
            DataError::File { .. } | DataError::TooLarge { .. } => format!("error: {error}"),
            _ => format!("error: {}: {error}", path.display()),
        })
    })
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
