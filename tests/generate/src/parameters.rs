//! Parameters with every kind of constraint, priors that hold them, and the last statements of the model.

use crate::Feature;
use crate::builder::Builder;
use crate::scope::{Dim, Ty};

impl Builder {
    pub(crate) fn parameters_block(&mut self) {
        self.open("parameters");
        self.line("real mu;");
        self.declare("mu", Ty::Real, 2.0, true, false);
        self.line("real<lower=0> sigma;");
        self.declare_positive("sigma", Ty::Real, 0.1, 7.4, true);
        let d = self.any_dim();
        let size = self.dim_text(d);
        self.line(format!("vector[{size}] beta;"));
        self.declare("beta", Ty::Vector(d), 2.0, true, false);
        let more = self.random.below(5);
        for _ in 0..more {
            self.parameter_declaration();
        }
        self.close();
    }

    fn parameter_declaration(&mut self) {
        let name = self.fresh("p");
        let d = self.any_dim();
        let size = self.dim_text(d);
        match self.random.below(16) {
            0 => {
                self.line(format!("real<lower=-1, upper=2> {name};"));
                self.declare(&name, Ty::Real, 2.0, true, false);
            }
            1 => {
                self.line(format!("real<upper=1.5> {name};"));
                self.declare(&name, Ty::Real, 8.0, true, false);
            }
            2 => {
                self.line(format!("real<lower=mu> {name};"));
                self.declare(&name, Ty::Real, 10.0, true, false);
            }
            3 => {
                self.line(format!("real<offset=mu, multiplier=sigma> {name};"));
                self.declare(&name, Ty::Real, 17.0, true, false);
            }
            4 => {
                self.line(format!("vector<lower=0.2>[{size}] {name};"));
                self.declare_positive(&name, Ty::Vector(d), 0.2, 7.6, true);
            }
            5 => {
                self.line(format!("vector<offset=mu, multiplier=sigma>[{size}] {name};"));
                self.declare(&name, Ty::Vector(d), 17.0, true, false);
            }
            6 => {
                self.line(format!("ordered[{size}] {name};"));
                self.declare(&name, Ty::Vector(d), 40.0, true, false);
            }
            7 => {
                self.line(format!("positive_ordered[{size}] {name};"));
                self.declare_positive(&name, Ty::Vector(d), 0.1, 50.0, true);
            }
            8 => {
                self.line(format!("simplex[{size}] {name};"));
                self.declare(&name, Ty::Vector(d), 1.0, true, false);
            }
            9 => {
                self.line(format!("cholesky_factor_corr[{size}] {name};"));
                self.declare(&name, Ty::Matrix(d, d), 1.0, true, false);
                self.cholesky.push((name, d));
            }
            10 => {
                let other = self.any_dim();
                self.line(format!("matrix[{size}, {}] {name};", self.dim_text(other)));
                self.declare(&name, Ty::Matrix(d, other), 2.0, true, false);
            }
            11 => {
                self.line(format!("array[{size}] real {name};"));
                self.declare(&name, Ty::RealArray(d), 2.0, true, false);
            }
            12 => {
                let other = self.any_dim();
                self.line(format!("array[{size}] vector[{}] {name};", self.dim_text(other)));
                self.declare(&name, Ty::VectorArray(d, other), 2.0, true, false);
            }
            13 => {
                self.line(format!("row_vector[{size}] {name};"));
                self.declare(&name, Ty::Row(d), 2.0, true, false);
            }
            14 => {
                self.line(format!("corr_matrix[{size}] {name};"));
                self.declare(&name, Ty::Matrix(d, d), 1.0, true, false);
            }
            _ => {
                self.line(format!("unit_vector[{size}] {name};"));
                self.declare(&name, Ty::Vector(d), 1.0, true, false);
            }
        }
    }

    /// Priors on some parameters; the others are held by what the model adds.
    pub(crate) fn priors(&mut self) {
        self.line("mu ~ normal(0, 2);");
        self.line("sigma ~ lognormal(0, 0.5);");
        self.line("beta ~ std_normal();");
        if self.random.chance(0.6) {
            let e = self.vector_bounded(Dim::N, 2, 20.0);
            self.line(format!("y ~ normal({}, sigma);", e.text));
        }
    }

    /// A call of each recursive function there is.
    pub(crate) fn call_each_recursive(&mut self) {
        let recursive: Vec<_> = self.functions.iter().filter(|f| f.recursive).cloned().collect();
        if recursive.is_empty() {
            return self.density();
        }
        for f in recursive {
            let mut active = false;
            let arguments: Vec<String> = f
                .arguments
                .iter()
                .map(|&t| match t {
                    Ty::Int { lo, hi } => self.random.between(lo.max(2), hi).to_string(),
                    Ty::Vector(d) => {
                        let e = self.vector_bounded(d, 1, 3.0);
                        active |= e.active;
                        e.text
                    }
                    _ => {
                        let e = self.bounded_real(1, 3.0);
                        active |= e.active;
                        e.text
                    }
                })
                .collect();
            if active {
                self.mark(Feature::Recursion);
                self.mark(Feature::UserFunction);
                self.mark_function(&f.name);
            }
            self.line(format!("target += {}({});", f.name, arguments.join(", ")));
        }
    }

    /// Every local declared since `mark` reaches the density, so that nothing generated is dead.
    pub(crate) fn read_all_locals(&mut self, mark: usize) {
        let locals: Vec<_> = self.scope[mark..].iter().filter(|v| v.writable).cloned().collect();
        for v in locals {
            match v.ty {
                Ty::Real => self.line(format!("target += -0.02 * square({});", v.name)),
                Ty::Vector(_) | Ty::Row(_) => self.line(format!("target += -0.02 * dot_self({});", v.name)),
                Ty::RealArray(_) => self.line(format!("target += 0.1 * sum({});", v.name)),
                Ty::Matrix(..) => self.line(format!("target += 0.1 * sum({});", v.name)),
                _ => {}
            }
        }
    }
}
