//! Random Stan programs with data, for comparing two implementations of the language.
//!
//! [`generate`] writes a program from a seed: always the same one for the same seed. The programs are well typed, their
//! densities are finite at most points within a unit of the origin of the unconstrained space, and between them they
//! use what differentiation and code generation find hard; [`Program::features`] says what a program uses, so that a
//! test can show that its sample covers each.
//!
//! ```
//! let a = ppl_generate::generate(7);
//! assert_eq!(a, ppl_generate::generate(7));
//! assert!(a.program.contains("model {"));
//! ```

mod builder;
mod density;
mod expression;
mod function;
mod models;
mod parameters;
mod random;
mod scope;
mod statement;

pub use models::{Model, model};

use builder::Builder;
use scope::{Dim, Ty};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What a program uses where its log density depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// An element of a local container is assigned again after it had a value.
    OverwrittenElement,
    /// A scalar is carried from one trip of a loop to the next.
    LoopCarriedState,
    /// A condition compares something that depends on parameters.
    ParameterBranch,
    While,
    /// A call of a user-defined function that calls itself, with an argument that depends on parameters.
    Recursion,
    /// Several elements are assigned at once.
    SliceAssignment,
    /// A user-defined `_lpdf` or `_lpmf` is added to the target.
    UserDensity,
    /// A call of any user-defined function with an argument that depends on parameters.
    UserFunction,
    /// A call of a user-defined `_lp` function.
    TargetFunction,
    EarlyReturn,
    BreakContinue,
    NestedLoop,
    ForEach,
    CompoundAssignment,
    Ternary,
    Matrix,
    /// A vector indexed by an array of integers.
    Gather,
    Truncation,
    /// An integer that depends on a comparison of parameters.
    IntFromParameter,
}

impl Feature {
    /// All features, in the order of their declaration.
    pub const ALL: [Feature; 19] = [
        Feature::OverwrittenElement,
        Feature::LoopCarriedState,
        Feature::ParameterBranch,
        Feature::While,
        Feature::Recursion,
        Feature::SliceAssignment,
        Feature::UserDensity,
        Feature::UserFunction,
        Feature::TargetFunction,
        Feature::EarlyReturn,
        Feature::BreakContinue,
        Feature::NestedLoop,
        Feature::ForEach,
        Feature::CompoundAssignment,
        Feature::Ternary,
        Feature::Matrix,
        Feature::Gather,
        Feature::Truncation,
        Feature::IntFromParameter,
    ];
}

/// A generated program with its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    pub seed: u64,
    /// Stan program.
    pub program: String,
    /// Its data, CmdStan JSON.
    pub data: String,
    pub features: BTreeSet<Feature>,
}

/// The program of `seed`.
pub fn generate(seed: u64) -> Program {
    let mut b = Builder::new(seed);
    b.text.push_str(&format!("// generated from seed {seed}\n"));
    b.functions_block();
    let data = data_block(&mut b);
    transformed_data(&mut b);
    b.parameters_block();
    if b.random.chance(0.4) {
        transformed_parameters(&mut b);
    }
    model_block(&mut b);
    if b.random.chance(0.3) {
        generated_quantities(&mut b);
    }
    Program { seed, program: b.text, data, features: b.features }
}

/// The same data block for every program; values differ.
fn data_block(b: &mut Builder) -> String {
    b.open("data");
    b.line("int<lower=1> N;");
    b.line("int<lower=1> K;");
    b.line("vector[N] x;");
    b.line("vector[N] y;");
    b.line("matrix[N, K] X;");
    b.line("array[K] real c;");
    b.line("array[N] int<lower=1, upper=K> group;");
    b.line("array[N] int<lower=1, upper=N> order;");
    b.line("array[N] int<lower=0> count;");
    b.line("array[N] int<lower=0, upper=1> binary;");
    b.close();
    let (n, k) = (b.n, b.k);
    b.declare("N", Ty::Int { lo: n, hi: n }, n as f64, false, false);
    b.declare("K", Ty::Int { lo: k, hi: k }, k as f64, false, false);
    b.declare("x", Ty::Vector(Dim::N), 2.0, false, false);
    b.declare("y", Ty::Vector(Dim::N), 3.0, false, false);
    b.declare("X", Ty::Matrix(Dim::N, Dim::K), 2.0, false, false);
    b.declare("c", Ty::RealArray(Dim::K), 2.0, false, false);
    b.declare("group", Ty::IntArray { size: Dim::N, lo: 1, hi: k }, k as f64, false, false);
    b.declare("order", Ty::IntArray { size: Dim::N, lo: 1, hi: n }, n as f64, false, false);
    b.declare("count", Ty::IntArray { size: Dim::N, lo: 0, hi: 12 }, 12.0, false, false);
    b.declare("binary", Ty::IntArray { size: Dim::N, lo: 0, hi: 1 }, 1.0, false, false);

    let mut reals = |count: i64, bound: f64| {
        let v: Vec<String> = (0..count).map(|_| b.random.decimal(-bound, bound).to_string()).collect();
        format!("[{}]", v.join(", "))
    };
    let (x, y, c) = (reals(n, 2.0), reals(n, 3.0), reals(k, 2.0));
    let rows: Vec<String> = (0..n).map(|_| reals(k, 2.0)).collect();
    let mut ints = |lo: i64, hi: i64| {
        let v: Vec<String> = (0..n).map(|_| b.random.between(lo, hi).to_string()).collect();
        format!("[{}]", v.join(", "))
    };
    let mut json =
        format!("{{\"N\": {n}, \"K\": {k}, \"x\": {x}, \"y\": {y}, \"c\": {c}, \"X\": [{}]", rows.join(", "));
    for (name, lo, hi) in [("group", 1, k), ("order", 1, n), ("count", 0, 12), ("binary", 0, 1)] {
        // writing to a String cannot fail
        let _ = write!(json, ", \"{name}\": {}", ints(lo, hi));
    }
    json.push('}');
    json
}

fn transformed_data(b: &mut Builder) {
    b.open("transformed data");
    b.data_only = true;
    b.line("array[N] int turn;");
    b.line("for (n in 1 : N) turn[n] = 1 + (n + K) % N;");
    let n = b.n;
    b.declare("turn", Ty::IntArray { size: Dim::N, lo: 1, hi: n }, n as f64, false, false);
    let count = b.random.below(4);
    b.statements(count, 2);
    b.data_only = false;
    // transformed data is read-only from here on
    for v in &mut b.scope {
        v.writable = false;
    }
    b.close();
}

fn transformed_parameters(b: &mut Builder) {
    b.open("transformed parameters");
    b.only_reals = true;
    let count = 1 + b.random.below(3);
    b.statements(count, 2);
    b.only_reals = false;
    for v in &mut b.scope {
        v.writable = false;
    }
    b.close();
}

fn model_block(b: &mut Builder) {
    b.can_target = true;
    b.open("model");
    let mark = b.scope.len();
    b.priors();
    // the hard things, each often enough to be in a tenth of all programs by a wide margin
    type Part = fn(&mut Builder);
    let parts: [(f64, Part); 8] = [
        (0.45, |b| b.overwrite()),
        (0.45, |b| b.carry(2)),
        (0.45, |b| b.branch(2)),
        (0.35, |b| b.while_loop(2)),
        (0.45, |b| b.slice()),
        (0.6, |b| b.user_density()),
        (0.9, |b| b.density()),
        (0.9, |b| b.call_each_recursive()),
    ];
    for _ in 0..8 {
        b.calls = 0;
        let (p, part) = *b.random.pick(&parts);
        if b.random.chance(p) {
            part(b);
        } else {
            b.statements(1, 2);
        }
    }
    b.read_all_locals(mark);
    b.scope.truncate(mark);
    b.close();
    b.can_target = false;
}

fn generated_quantities(b: &mut Builder) {
    let features = b.features.clone();
    b.open("generated quantities");
    let count = 1 + b.random.below(2);
    b.statements(count, 2);
    b.close();
    // what is only here has no part in the density
    b.features = features;
}
