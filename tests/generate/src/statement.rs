//! Statements: declarations, assignments in every form of index, loops, branches.

use crate::Feature;
use crate::builder::Builder;
use crate::scope::{Dim, Ty, Var};

/// Bound that locals are kept within.
const CAP: f64 = 20.0;

impl Builder {
    /// A few statements, each at most `depth` blocks deep.
    pub(crate) fn statements(&mut self, count: usize, depth: usize) {
        for _ in 0..count {
            self.calls = 0;
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: usize) {
        match self.random.below(24) {
            0..=3 => self.local(),
            4..=6 => self.assign(),
            7 | 8 => self.compound(),
            9 | 10 => self.slice(),
            11 | 12 if depth > 0 => self.overwrite(),
            13 | 14 if depth > 0 => self.carry(depth),
            15 | 16 if depth > 0 => self.branch(depth),
            17 if depth > 0 => self.while_loop(depth),
            18 | 19 if depth > 0 => self.plain_loop(depth),
            20 if depth > 0 => self.for_each(depth),
            21 if depth > 0 => self.block("", |b| b.statements(2, depth - 1)),
            _ if self.can_target => self.density(),
            _ => self.local(),
        }
    }

    // ---------------------------------------------------------------- declarations

    /// Declares a local variable with a value.
    pub(crate) fn local(&mut self) {
        match self.random.below(10) {
            0..=2 => {
                self.local_real();
            }
            3 | 4 => {
                let d = self.any_dim();
                self.local_vector(d);
            }
            5 => {
                let d = self.any_dim();
                self.local_array(d);
            }
            6 => {
                let (a, b) = (self.any_dim(), self.any_dim());
                self.local_matrix(a, b);
            }
            7 => self.local_array_2d(),
            8 if !self.only_reals => {
                let name = self.fresh("n");
                if !self.data_only && self.random.chance(0.3) {
                    let c = self.condition(1);
                    self.line(format!("int {name} = {} ? 1 : 2;", c.text));
                    if c.active {
                        self.mark(Feature::IntFromParameter);
                    }
                    self.declare(&name, Ty::Int { lo: 1, hi: 2 }, 2.0, false, false);
                } else {
                    let (text, lo, hi) = self.int(2);
                    self.line(format!("int {name} = {text};"));
                    self.declare(&name, Ty::Int { lo, hi }, hi.abs().max(lo.abs()) as f64, false, false);
                }
            }
            _ => {
                let name = self.fresh("r");
                let d = self.any_dim();
                let e = self.row(d, 2);
                self.line(format!("row_vector[{}] {name} = {};", self.dim_text(d), e.text));
                let active = self.may_be_active();
                self.declare(&name, Ty::Row(d), CAP, active, true);
            }
        }
    }

    /// Locals of a function or the model may come to depend on parameters by a later assignment.
    fn may_be_active(&self) -> bool {
        !self.data_only
    }

    pub(crate) fn local_real(&mut self) -> String {
        let name = self.fresh("s");
        let e = self.bounded_real(3, CAP);
        self.line(format!("real {name} = {};", e.text));
        let active = self.may_be_active();
        self.declare(&name, Ty::Real, CAP, active, true);
        name
    }

    pub(crate) fn local_vector(&mut self, d: Dim) -> String {
        let name = self.fresh("v");
        let e = self.vector_bounded(d, 3, CAP);
        let size = self.dim_text(d);
        if self.random.chance(0.8) {
            self.line(format!("vector[{size}] {name} = {};", e.text));
        } else {
            self.line(format!("vector[{size}] {name};"));
            self.for_loop(d, 1, |b, i| {
                let e = b.bounded_real(2, CAP);
                b.line(format!("{name}[{i}] = {};", e.text));
            });
        }
        let active = self.may_be_active();
        self.declare(&name, Ty::Vector(d), CAP, active, true);
        name
    }

    pub(crate) fn local_array(&mut self, d: Dim) -> String {
        let name = self.fresh("a");
        let size = self.dim_text(d);
        if self.random.chance(0.25) {
            let elements: Vec<String> = (0..self.size(d)).map(|_| self.bounded_real(1, CAP).text).collect();
            self.line(format!("array[{size}] real {name} = {{{}}};", elements.join(", ")));
        } else {
            self.line(format!("array[{size}] real {name};"));
            self.for_loop(d, 1, |b, i| {
                let e = b.bounded_real(2, CAP);
                b.line(format!("{name}[{i}] = {};", e.text));
            });
        }
        let active = self.may_be_active();
        self.declare(&name, Ty::RealArray(d), CAP, active, true);
        name
    }

    fn local_array_2d(&mut self) {
        let name = self.fresh("b");
        let (r, c) = (self.any_dim(), self.any_dim());
        self.line(format!("array[{}, {}] real {name};", self.dim_text(r), self.dim_text(c)));
        self.for_loop(r, 1, |b, i| {
            b.for_loop(c, 1, |b, j| {
                let e = b.bounded_real(2, CAP);
                b.line(format!("{name}[{i}, {j}] = {};", e.text));
            });
        });
        let active = self.may_be_active();
        self.declare(&name, Ty::RealArray2(r, c), CAP, active, true);
    }

    fn local_matrix(&mut self, a: Dim, b: Dim) -> String {
        let name = self.fresh("m");
        let e = self.matrix(a, b, 2);
        let e = self.squeeze(e, CAP);
        self.line(format!("matrix[{}, {}] {name} = {};", self.dim_text(a), self.dim_text(b), e.text));
        let active = self.may_be_active();
        self.declare(&name, Ty::Matrix(a, b), CAP, active, true);
        name
    }

    fn writable(&mut self, accept: impl Fn(&Var) -> bool) -> Option<Var> {
        let vars = self.candidates(|v| v.writable && accept(v));
        self.choose(vars)
    }

    // ---------------------------------------------------------------- assignments

    /// Assigns a whole variable or one element.
    fn assign(&mut self) {
        let Some(v) = self.writable(|_| true) else { return self.local() };
        let name = &v.name;
        let whole = self.random.chance(0.4);
        let statement = match v.ty {
            Ty::Real => format!("{name} = {};", self.bounded_real(3, CAP).text),
            Ty::Vector(d) if whole => format!("{name} = {};", self.vector_bounded(d, 3, CAP).text),
            Ty::Row(d) if whole => format!("{name} = {};", self.row(d, 2).text),
            Ty::Matrix(a, b) if whole => {
                let e = self.matrix(a, b, 2);
                format!("{name} = {};", self.squeeze(e, CAP).text)
            }
            Ty::Vector(d) | Ty::Row(d) | Ty::RealArray(d) => {
                self.mark(Feature::OverwrittenElement);
                let i = self.index(d);
                format!("{name}[{i}] = {};", self.bounded_real(3, CAP).text)
            }
            Ty::Matrix(a, b) | Ty::RealArray2(a, b) => {
                self.mark(Feature::OverwrittenElement);
                let (i, j) = (self.index(a), self.index(b));
                let target =
                    if self.random.chance(0.7) { format!("{name}[{i}, {j}]") } else { format!("{name}[{i}][{j}]") };
                format!("{target} = {};", self.bounded_real(3, CAP).text)
            }
            _ => return self.local(),
        };
        self.line(statement);
    }

    fn compound(&mut self) {
        self.mark(Feature::CompoundAssignment);
        let Some(v) = self.writable(|_| true) else { return self.local() };
        let name = &v.name;
        let statement = match v.ty {
            Ty::Vector(d) if self.random.chance(0.5) => match self.random.below(4) {
                0 => format!("{name} += {};", self.vector_bounded(d, 2, 1.0).text),
                1 => format!("{name} -= {};", self.vector_bounded(d, 2, 1.0).text),
                2 => format!("{name} .*= {};", self.vector_bounded(d, 2, 1.0).text),
                _ => format!("{name} *= {};", self.bounded_real(2, 1.0).text),
            },
            Ty::Matrix(a, b) if self.random.chance(0.5) => {
                let e = self.matrix(a, b, 1);
                format!("{name} += {};", self.squeeze(e, 1.0).text)
            }
            _ => {
                let target = self.element_text(&v);
                match self.random.below(4) {
                    0 => format!("{target} += {};", self.bounded_real(2, 1.0).text),
                    1 => format!("{target} -= {};", self.bounded_real(2, 1.0).text),
                    2 => format!("{target} *= {};", self.bounded_real(2, 1.0).text),
                    _ => format!("{target} /= 1 + {};", self.positive(1).text),
                }
            }
        };
        self.line(statement);
    }

    /// An assignment to several elements at once: ranges, whole rows and columns, integer arrays; source and
    /// target may overlap.
    pub(crate) fn slice(&mut self) {
        let Some(v) = self.writable(|v| matches!(v.ty, Ty::Vector(_) | Ty::Matrix(..) | Ty::RealArray(_))) else {
            let d = self.any_dim();
            self.local_vector(d);
            return self.slice();
        };
        self.mark(Feature::SliceAssignment);
        let name = v.name.clone();
        match v.ty {
            Ty::Vector(d) => {
                let n = self.size(d);
                match self.random.below(5) {
                    0 => self.line(format!("{name}[2 : {}] = {name}[1 : {}];", self.dim_text(d), n - 1)),
                    1 => {
                        let w = self.window(d, 1, 2);
                        let w = self.squeeze(w, CAP);
                        let target = *self.random.pick(&["2 : ", " : -", "1 : -"]);
                        let target = target.replace('-', &(n - 1).to_string());
                        self.line(format!("{name}[{target}] = {};", w.text));
                    }
                    2 => {
                        let w = self.vector_bounded(d, 2, CAP);
                        self.line(format!("{name}[ : ] = {};", w.text));
                    }
                    3 => {
                        // scatter: where an index repeats, the last value stays
                        let by = self.candidates(
                            |i| matches!(i.ty, Ty::IntArray { size, lo, hi } if size == d && lo >= 1 && hi <= n),
                        );
                        match self.choose(by) {
                            Some(i) => {
                                let w = self.vector_bounded(d, 2, CAP);
                                self.line(format!("{name}[{}] = {};", i.name, w.text));
                            }
                            None => {
                                let (a, b) = (self.bounded_real(1, CAP), self.bounded_real(1, CAP));
                                self.line(format!("{name}[{{2, 1}}] = [{}, {}]';", a.text, b.text));
                            }
                        }
                    }
                    _ => {
                        let (a, b) = (self.bounded_real(2, CAP), self.bounded_real(2, CAP));
                        self.line(format!("{name}[{} : {n}] = [{}, {}]';", n - 1, a.text, b.text));
                    }
                }
            }
            Ty::RealArray(d) => {
                let n = self.size(d);
                if self.random.chance(0.5) {
                    self.line(format!("{name}[ : {}] = {name}[2 : ];", n - 1));
                } else {
                    let w = self.window(d, 1, 2);
                    let w = self.squeeze(w, CAP);
                    self.line(format!("{name}[2 : {n}] = to_array_1d({});", w.text));
                }
            }
            Ty::Matrix(r, c) => {
                let (i, j) = (self.index(r), self.index(c));
                match self.random.below(6) {
                    0 => {
                        let e = self.row(c, 2);
                        self.line(format!("{name}[{i}] = {};", e.text));
                    }
                    1 => {
                        let e = self.vector_bounded(r, 2, CAP);
                        self.line(format!("{name}[ : , {j}] = {};", e.text));
                    }
                    2 => {
                        let k = self.index(r);
                        self.line(format!("{name}[{i}, : ] = {name}[{k}];"));
                    }
                    3 => {
                        let e = self.window(r, self.size(r) - 2, 1);
                        let e = self.squeeze(e, CAP);
                        self.line(format!("{name}[1 : 2, {j}] = {};", e.text));
                    }
                    4 => {
                        let e = self.bounded_real(2, CAP);
                        self.line(format!("{name}[1 : 2, 1 : 2] = rep_matrix({}, 2, 2);", e.text));
                    }
                    _ => {
                        let rows = self.candidates(
                            |v| matches!(v.ty, Ty::IntArray { size, lo, hi } if size == r && lo >= 1 && hi <= self.size(r)),
                        );
                        let rows = self.choose(rows).map_or(" : ".to_owned(), |v| v.name);
                        let e = self.matrix(r, c, 1);
                        let e = self.squeeze(e, CAP);
                        self.line(format!("{name}[{rows}, : ] = {};", e.text));
                    }
                }
            }
            _ => {}
        }
    }

    /// Elements written, read, then written again from their old values: reverse mode must restore what was read.
    pub(crate) fn overwrite(&mut self) {
        let d = self.any_dim();
        let as_vector = self.random.chance(0.4);
        let name = if as_vector { self.local_vector(d) } else { self.local_array(d) };
        self.mark(Feature::OverwrittenElement);
        if self.can_target {
            let e = self.bounded_real(2, CAP);
            let i = self.index(d);
            self.line(format!("target += -0.1 * square({name}[{i}]) + {};", e.text));
        }
        let from = if self.random.chance(0.5) { 2 } else { 1 };
        let times = self.random.chance(0.3);
        let body = |b: &mut Builder, i: &str| {
            let other = if from == 2 { format!("{i} - 1") } else { b.index(d) };
            let (c, e) = (b.bounded_real(1, 0.9), b.bounded_real(2, 2.0));
            let f = *b.random.pick(&["tanh", "sin", "atan", "inv_logit"]);
            b.line(format!("{name}[{i}] = {name}[{i}] * {f}({name}[{other}] + {}) + {};", c.text, e.text));
            if b.random.chance(0.3) {
                b.line(format!("{name}[{other}] = {f}({name}[{i}]);"));
            }
        };
        if times {
            let t = self.fresh("t");
            self.mark(Feature::NestedLoop);
            self.block(&format!("for ({t} in 1 : 2)"), |b| {
                b.loops += 1;
                b.for_loop(d, from, body);
                b.loops -= 1;
            });
        } else {
            self.for_loop(d, from, body);
        }
        self.read(&name, d, as_vector);
    }

    /// Lets the density see `name`.
    fn read(&mut self, name: &str, d: Dim, as_vector: bool) {
        if !self.can_target {
            return;
        }
        let i = self.index(d);
        let form = match self.random.below(3) {
            0 if as_vector => format!("target += -0.05 * dot_self({name});"),
            0 => format!("target += sum({name});"),
            1 => format!("target += -0.1 * square({name}[{i}] - {});", self.bounded_real(1, CAP).text),
            _ if as_vector => format!("target += normal_lpdf({name} | 0, {});", self.positive(1).text),
            _ => format!("{name} ~ normal(0, {});", self.positive(1).text),
        };
        self.line(form);
    }

    // ---------------------------------------------------------------- control flow

    /// A scalar carried from one trip of a loop to the next.
    pub(crate) fn carry(&mut self, depth: usize) {
        let s = self.local_real();
        self.mark(Feature::LoopCarriedState);
        let d = self.any_dim();
        let with_target = self.can_target && self.random.chance(0.6);
        let jump = self.random.below(6);
        self.for_loop(d, 1, |b, _| {
            if jump == 0 {
                b.mark(Feature::BreakContinue);
                b.mark(Feature::ParameterBranch);
                b.line(format!("if ({s} > 5) break;"));
            }
            if jump == 1 {
                b.mark(Feature::BreakContinue);
                let c = b.condition(0);
                b.line(format!("if ({}) continue;", c.text));
            }
            let e = b.real(2);
            match b.random.below(3) {
                0 => b.line(format!("{s} = 0.7 * {s} + tanh({});", e.text)),
                1 => b.line(format!("{s} = sin({s} + {}) - 0.5 * {s};", e.text)),
                _ => {
                    let p = b.positive(1);
                    b.line(format!("{s} = ({s} + {}) / (1 + {});", e.text, p.text));
                }
            }
            if with_target {
                b.line(format!("target += -0.05 * square({s});"));
            } else if depth > 1 && b.random.chance(0.4) {
                b.statements(1, 0);
            }
        });
        if self.can_target && !with_target {
            self.line(format!("target += -0.1 * square({s} - 0.5);"));
        }
    }

    pub(crate) fn branch(&mut self, depth: usize) {
        let c = self.condition(1);
        if c.active {
            self.mark(Feature::ParameterBranch);
        }
        let otherwise = self.random.below(3);
        self.block(&format!("if ({})", c.text), |b| b.statements(2, depth - 1));
        match otherwise {
            0 => {}
            1 => {
                self.line("else");
                self.block("", |b| b.statements(2, depth - 1));
            }
            _ => {
                let c = self.condition(0);
                self.line("else");
                self.block(&format!("if ({})", c.text), |b| b.statements(1, depth - 1));
                self.line("else");
                self.block("", |b| b.statements(1, depth - 1));
            }
        }
    }

    pub(crate) fn while_loop(&mut self, depth: usize) {
        if self.only_reals {
            return self.block("", |b| b.while_loop(depth));
        }
        let (w, n) = (self.local_real(), self.fresh("n"));
        self.mark(Feature::While);
        let most = self.random.between(2, 6);
        self.line(format!("int {n} = 0;"));
        let head = match self.random.below(3) {
            0 => format!("while ({n} < {most})"),
            1 => {
                self.mark(Feature::ParameterBranch);
                format!("while ({n} < {most} && abs({w}) > 0.1)")
            }
            _ => "while (1)".to_owned(),
        };
        let forever = head == "while (1)";
        self.loops += 1;
        self.block(&head, |b| {
            b.line(format!("{n} += 1;"));
            if forever {
                b.mark(Feature::BreakContinue);
                b.mark(Feature::ParameterBranch);
                b.line(format!("if ({n} > {most} || {w} < -3) break;"));
            }
            b.declare(&n, Ty::Int { lo: 1, hi: most + 1 }, 0.0, false, false);
            let e = b.real(2);
            b.line(format!("{w} = 0.6 * {w} + 0.4 * cos({});", e.text));
            if b.random.chance(0.25) {
                b.mark(Feature::BreakContinue);
                b.line(format!("if ({n} == 2) continue;"));
            }
            if b.can_target && b.random.chance(0.6) {
                b.line(format!("target += -0.1 * square({w});"));
            }
            if depth > 1 && b.random.chance(0.4) {
                b.statements(1, depth - 1);
            }
        });
        self.loops -= 1;
        if self.can_target {
            self.line(format!("target += 0.1 * {w};"));
        }
    }

    fn plain_loop(&mut self, depth: usize) {
        let d = self.any_dim();
        let from = if self.random.chance(0.7) { 1 } else { 2 };
        if self.loops >= 3 {
            return self.local();
        }
        self.for_loop(d, from, |b, _| b.statements(2, depth - 1));
    }

    /// `for (x in v)` over the elements of a container.
    fn for_each(&mut self, depth: usize) {
        let vars =
            self.candidates(|v| matches!(v.ty, Ty::Vector(_) | Ty::RealArray(_) | Ty::Row(_) | Ty::VectorArray(..)));
        let Some(v) = self.choose(vars) else { return self.local() };
        self.mark(Feature::ForEach);
        let x = self.fresh("x");
        let ty = if let Ty::VectorArray(_, b) = v.ty { Ty::Vector(b) } else { Ty::Real };
        self.loops += 1;
        self.block(&format!("for ({x} in {})", v.name), |b| {
            b.declare(&x, ty, v.mag, v.active, false);
            if b.can_target && ty == Ty::Real {
                let p = b.positive(1);
                b.line(format!("target += -0.01 * square({x}) / {};", p.text));
            }
            b.statements(1, depth - 1);
        });
        self.loops -= 1;
    }
}
