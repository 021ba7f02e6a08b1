//! The state of a program under construction: what is in scope, what has been used, the text so far.

use crate::Feature;
use crate::random::Random;
use crate::scope::{Dim, Function, Ty, Var};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Builder {
    pub random: Random,
    /// Values of the data variables N and K.
    pub n: i64,
    pub k: i64,
    pub scope: Vec<Var>,
    pub functions: Vec<Function>,
    /// Names of user-defined densities and the shape of their outcome.
    pub densities: Vec<Density>,
    /// `void` functions that change `target`, with their arguments.
    pub actions: Vec<(String, Vec<Ty>)>,
    /// Cholesky factors among the parameters.
    pub cholesky: Vec<(String, Dim)>,
    pub features: BTreeSet<Feature>,
    /// What the bodies of user-defined functions use; it counts once they are called.
    pub of_functions: BTreeMap<String, BTreeSet<Feature>>,
    /// Nothing that depends on parameters may be read: transformed data.
    pub data_only: bool,
    pub in_function: bool,
    /// `target` may change: the model block.
    pub can_target: bool,
    /// At the top level of transformed parameters, where variables must be real.
    pub only_reals: bool,
    /// Depth of loops around the statement being written.
    pub loops: usize,
    /// Depth of indices inside indices.
    pub nesting: usize,
    /// Calls of user-defined functions in the statement being written.
    pub calls: usize,
    /// What N and K are called here: a function names them by its argument's size or by number.
    pub dim_names: [String; 2],
    counter: usize,
    indent: usize,
    pub text: String,
}

/// A user-defined density that `~` may call.
#[derive(Clone, Debug)]
pub(crate) struct Density {
    pub stem: String,
    /// `lpdf` or `lpmf`.
    pub suffix: &'static str,
    pub outcome: Ty,
    pub arguments: Vec<Argument>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    Real,
    Positive,
    Vector(Dim),
}

impl Builder {
    pub fn new(seed: u64) -> Builder {
        let mut random = Random::new(seed);
        let n = random.between(4, 7);
        let k = random.between(2, 3);
        Builder {
            random,
            n,
            k,
            scope: Vec::new(),
            functions: Vec::new(),
            densities: Vec::new(),
            actions: Vec::new(),
            cholesky: Vec::new(),
            features: BTreeSet::new(),
            of_functions: BTreeMap::new(),
            data_only: false,
            in_function: false,
            can_target: false,
            only_reals: false,
            loops: 0,
            nesting: 0,
            calls: 0,
            dim_names: ["N".to_owned(), "K".to_owned()],
            counter: 0,
            indent: 0,
            text: String::new(),
        }
    }

    pub fn size(&self, d: Dim) -> i64 {
        match d {
            Dim::N => self.n,
            Dim::K => self.k,
        }
    }

    pub fn dim_text(&self, d: Dim) -> String {
        self.dim_names[d as usize].clone()
    }

    pub fn any_dim(&mut self) -> Dim {
        *self.random.pick(&[Dim::N, Dim::K])
    }

    pub fn fresh(&mut self, stem: &str) -> String {
        self.counter += 1;
        format!("{stem}{}", self.counter)
    }

    pub fn mark(&mut self, f: Feature) {
        // what never reaches the density does not count
        if !self.data_only {
            self.features.insert(f);
        }
    }

    /// Marks what the user-defined function `name` uses.
    pub fn mark_function(&mut self, name: &str) {
        if let Some(of) = self.of_functions.get(name).cloned()
            && !self.data_only
        {
            self.features.extend(of);
        }
    }

    pub fn declare(&mut self, name: &str, ty: Ty, mag: f64, active: bool, writable: bool) {
        self.scope.push(Var { name: name.to_owned(), ty, mag, low: f64::NEG_INFINITY, active, writable });
    }

    pub fn declare_positive(&mut self, name: &str, ty: Ty, low: f64, mag: f64, active: bool) {
        self.scope.push(Var { name: name.to_owned(), ty, mag, low, active, writable: false });
    }

    // ---------------------------------------------------------------- text

    pub fn line(&mut self, s: impl AsRef<str>) {
        for _ in 0..self.indent {
            self.text.push_str("  ");
        }
        self.text.push_str(s.as_ref());
        self.text.push('\n');
    }

    /// Writes `head {`, the body in its own scope, `}`.
    pub fn block(&mut self, head: &str, body: impl FnOnce(&mut Builder)) {
        self.line(if head.is_empty() { "{".to_owned() } else { format!("{head} {{") });
        self.indent += 1;
        let mark = self.scope.len();
        let only_reals = std::mem::replace(&mut self.only_reals, false);
        body(self);
        self.only_reals = only_reals;
        self.scope.truncate(mark);
        self.indent -= 1;
        self.line("}");
    }

    /// A block that stays in scope: program blocks.
    pub fn open(&mut self, head: &str) {
        self.line(format!("{head} {{"));
        self.indent += 1;
    }

    pub fn close(&mut self) {
        self.indent -= 1;
        self.line("}");
    }

    /// A `for` over 1..=size or a part of it, or over the elements of a container; loop variables are read-only.
    pub fn for_loop(&mut self, d: Dim, from: i64, body: impl FnOnce(&mut Builder, &str)) {
        let i = self.fresh("i");
        let head = format!("for ({i} in {from} : {})", self.dim_text(d));
        let ty = Ty::Int { lo: from, hi: self.size(d) };
        if self.loops > 0 {
            self.mark(Feature::NestedLoop);
        }
        self.loops += 1;
        self.block(&head, |b| {
            b.declare(&i, ty, 0.0, false, false);
            body(b, &i);
        });
        self.loops -= 1;
    }
}
