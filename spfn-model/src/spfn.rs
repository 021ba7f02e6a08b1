//! The network as a library: programs for a table, with probabilities.

use crate::actions::Vocabulary;
use crate::checkpoint::{self, CheckpointError, Header, Stored};
use crate::config::Size;
use crate::decode::Decoding;
use crate::example::{TableInput, Unreadable};
use crate::familiar::{self, Familiar};
use crate::network::Network;
use crate::parameters::Layout;
use burn::backend::Flex;
use burn::tensor::backend::Backend;
use ppl_corpus::choices::Language;
use ppl_corpus::pair::rules_of;
use ppl_corpus::pair::table::Table;
use ppl_corpus::{Derivation, Grammar};
use rand::Rng;
use std::borrow::Cow;
use std::path::Path;

/// A network with its grammar, on the CPU unless said otherwise.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let table: ppl_corpus::pair::table::Table = unimplemented!();
/// let spfn = spfn_model::Spfn::load("weights.safetensors".as_ref())?;
/// for (derivation, q) in spfn.propose(&table)? {
///     println!("{q:.3} {}", ppl_corpus::in_words(spfn.grammar(), &table.schema, &derivation.root));
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Spfn<B: Backend = Flex> {
    grammar: Grammar,
    vocabulary: Vocabulary,
    header: Header,
    network: Network<B>,
    familiar: Option<Familiar>,
    device: B::Device,
}

#[derive(Debug, thiserror::Error)]
pub enum SpfnError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Grammar(#[from] ppl_corpus::GrammarError),
    #[error(transparent)]
    Table(#[from] Unreadable),
}

/// Programs that [`Spfn::propose`] looks for.
const BEAM: usize = 32;

impl Spfn {
    /// A network that was trained, with the grammar that its configuration names.
    ///
    /// # Errors
    /// The file cannot be read, is damaged or of another version; the grammar is not there, or is another one than that of the training.
    pub fn load(path: &Path) -> Result<Spfn, SpfnError> {
        Spfn::load_on(path, Default::default())
    }

    /// The network that ships, for the bounded grammar; `weights/README.md` is its card.
    ///
    /// # Errors
    /// None, unless the program was built with another grammar than the network was trained for.
    pub fn shipped() -> Result<Spfn, SpfnError> {
        let stored = Stored::of(Path::new("the network that ships"), Cow::Borrowed(SHIPPED))?;
        Spfn::of(stored, Default::default())
    }
}

const SHIPPED: &[u8] = include_bytes!("../../weights/bounded.safetensors");

impl<B: Backend> Spfn<B> {
    /// [`Spfn::load`] on some device.
    ///
    /// # Errors
    /// As there.
    pub fn load_on(path: &Path, device: B::Device) -> Result<Spfn<B>, SpfnError> {
        Spfn::of(Stored::read(path)?, device)
    }

    fn of(stored: Stored, device: B::Device) -> Result<Spfn<B>, SpfnError> {
        let grammar = Grammar::load(&stored.header.config.data.grammar)?;
        stored.check(&grammar)?;
        let vocabulary = Vocabulary::new(&grammar);
        let network = Network::<B>::new(&stored.header.config.network, &vocabulary, &device);
        let layout = Layout::of::<B, _>(&network);
        let network = layout.scatter(network, &checkpoint::read_weights(&stored, &layout, &device)?);
        let familiar = Familiar::read(&stored.further(familiar::PREFIX)?);
        Ok(Spfn { grammar, vocabulary, header: stored.header, network, familiar, device })
    }

    pub fn grammar(&self) -> &Grammar {
        &self.grammar
    }

    /// Of the file.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Whether the training held such programs out, by their productions.
    pub fn holds_out(&self, derivation: &Derivation) -> bool {
        let mut rules = Vec::new();
        rules_of(&derivation.root, &mut rules);
        let names: Vec<&str> = rules.iter().map(|rule| self.grammar.rules[*rule].name.as_str()).collect();
        self.header.config.data.selection.as_ref().is_some_and(|own| own.holds_out(&names))
    }

    /// What tables of its training look like; only files that were made to ship have it.
    pub fn familiar(&self) -> Option<&Familiar> {
        self.familiar.as_ref()
    }

    pub fn size(&self) -> &Size {
        &self.header.config.network
    }

    /// The programs that the network finds likeliest for a table (in units: [`ppl_corpus::pair::units`]), with q; the likeliest first. q is a
    /// probability unless the network [is a proposal](Header::is_proposal).
    ///
    /// # Errors
    /// The table has too many columns, or the grammar no program for it.
    pub fn propose(&self, table: &Table) -> Result<Vec<(Derivation, f64)>, SpfnError> {
        let found = self.with(&[table], |decoding| decoding.beam(BEAM))?;
        Ok(found.into_iter().flatten().map(|(derivation, log)| (derivation, log.exp())).collect())
    }

    /// Log q of a program given a table, in nats; `None` where the grammar does not have it.
    ///
    /// # Errors
    /// As [`Spfn::propose`].
    pub fn log_q(&self, derivation: &Derivation, table: &Table) -> Result<Option<f64>, SpfnError> {
        let programs = [vec![derivation.clone()]];
        self.with(&[table], |decoding| decoding.score(&programs).concat().pop().flatten())
    }

    /// Programs drawn from q for tables of one program, with log q.
    ///
    /// # Errors
    /// As [`Spfn::propose`]; or the tables have different columns.
    pub fn sample<R: Rng + ?Sized>(
        &self,
        tables: &[&Table],
        count: usize,
        rng: &mut R,
    ) -> Result<Vec<(Derivation, f64)>, SpfnError> {
        self.with(tables, |decoding| decoding.sample(count, rng).concat())
    }

    /// What is done with tables that are encoded once.
    ///
    /// # Errors
    /// As [`Spfn::sample`].
    pub fn with<T>(&self, tables: &[&Table], function: impl FnOnce(&Decoding<'_, '_, B>) -> T) -> Result<T, SpfnError> {
        let input = TableInput::of(tables, self.size())?;
        let schema = &tables[0].schema;
        let language = Language::new(&self.grammar, schema).ok_or(Unreadable::NoProgram(schema.outcome.word()))?;
        Ok(function(&self.decoding(&[(&language, &input)])))
    }

    /// Tables of several programs side by side, each with the language of its columns.
    ///
    /// # Panics
    /// There is none.
    pub fn decoding<'l>(&'l self, cases: &[(&'l Language<'l>, &TableInput)]) -> Decoding<'l, 'l, B> {
        Decoding::new(&self.network, &self.vocabulary, cases, &self.device)
    }
}
