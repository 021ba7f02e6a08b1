//! Rules that are false: programs before and after them have other distributions of the data.

/// The data of the programs.
pub const DATA: &str = "data { int N; int J; array[N] int g; vector[N] y; vector[N] x; real c; }\n";

/// What a false rule makes of a program: parameters, priors and mean of the outcomes, before and after.
pub struct Mistake {
    pub rule: &'static str,
    parameters: &'static str,
    before: (&'static str, &'static str),
    after: (&'static str, &'static str),
}

impl Mistake {
    /// The programs before and after.
    pub fn texts(&self) -> [String; 2] {
        [self.before, self.after].map(|(prior, mean)| {
            let parameters = self.parameters;
            format!("{DATA}parameters {{ {parameters} }}\nmodel {{ {PRIORS} {prior} y ~ normal({mean}, 0.7); }}\n")
        })
    }
}

const SCALAR: &str = "real z; real m; real<lower=0> tau;";
const GROUPED: &str = "vector[J] z; real m; real<lower=0> tau;";
const PRIORS: &str = "m ~ normal(0, 1); tau ~ exponential(1);";

pub const MISTAKES: [Mistake; 22] = [
    Mistake {
        rule: "a scale is absorbed although the variable also stands alone",
        parameters: SCALAR,
        before: ("z ~ std_normal();", "m + tau * z + z * x"),
        after: ("z ~ normal(0, tau);", "m + z + z * x"),
    },
    Mistake {
        rule: "a scale is absorbed although the variable also stands in a square",
        parameters: SCALAR,
        before: ("z ~ std_normal();", "m + tau * z + 0.5 * z"),
        after: ("z ~ normal(0, tau);", "m + z + 0.5 * z"),
    },
    Mistake {
        rule: "a scale is absorbed twice",
        parameters: SCALAR,
        before: ("z ~ std_normal();", "m + tau * z"),
        after: ("z ~ normal(0, square(tau));", "m + z"),
    },
    Mistake {
        rule: "a scale is absorbed and left",
        parameters: SCALAR,
        before: ("z ~ std_normal();", "m + tau * z"),
        after: ("z ~ normal(0, tau);", "m + tau * z"),
    },
    Mistake {
        rule: "a scale is taken away",
        parameters: SCALAR,
        before: ("z ~ std_normal();", "m + tau * z"),
        after: ("z ~ std_normal();", "m + z"),
    },
    Mistake {
        rule: "the variable's own scale is forgotten",
        parameters: SCALAR,
        before: ("z ~ normal(0, 3);", "m + tau * z"),
        after: ("z ~ normal(0, tau);", "m + z"),
    },
    Mistake {
        rule: "scales are added",
        parameters: SCALAR,
        before: ("z ~ normal(0, 3);", "m + tau * z"),
        after: ("z ~ normal(0, 3 + tau);", "m + z"),
    },
    Mistake {
        rule: "a divisor is absorbed as a factor",
        parameters: SCALAR,
        before: ("z ~ normal(0, 1);", "m + z / (1 + tau)"),
        after: ("z ~ normal(0, 1 + tau);", "m + z"),
    },
    Mistake {
        rule: "a scale is absorbed where the variable has a location",
        parameters: SCALAR,
        before: ("z ~ normal(1, 1);", "m + tau * z"),
        after: ("z ~ normal(1, tau);", "m + z"),
    },
    Mistake {
        rule: "the data of one column are taken for a scale",
        parameters: GROUPED,
        before: ("z ~ normal(0, tau);", "m + z[g] .* x"),
        after: ("z ~ normal(0, tau * abs(mean(x)));", "m + z[g]"),
    },
    Mistake {
        rule: "the scale of all elements is absorbed by the first",
        parameters: GROUPED,
        before: ("z ~ std_normal();", "m + tau * z[g]"),
        after: ("z ~ normal(0, append_row(tau, rep_vector(1, J - 1)));", "m + z[g]"),
    },
    Mistake {
        rule: "the elements of a variable become one",
        parameters: GROUPED,
        before: ("z ~ normal(0, tau);", "m + z[g]"),
        after: ("z ~ normal(0, tau);", "m + z[1]"),
    },
    Mistake {
        rule: "another list picks the elements",
        parameters: GROUPED,
        before: ("z ~ normal(0, tau);", "m + z[g]"),
        after: ("z ~ normal(0, tau);", "m + append_row(z, append_row(z, z[1]))"),
    },
    Mistake {
        rule: "a location is added where it was taken away, not everywhere",
        parameters: SCALAR,
        before: ("z ~ normal(m, tau);", "z + z * x"),
        after: ("z ~ normal(0, tau);", "m + z + z * x"),
    },
    Mistake {
        rule: "a location is dropped",
        parameters: SCALAR,
        before: ("z ~ normal(m, tau);", "0.5 + z"),
        after: ("z ~ normal(0, tau);", "0.5 + z"),
    },
    Mistake {
        rule: "a location keeps no factor of the variable",
        parameters: SCALAR,
        before: ("z ~ normal(m, tau);", "z * x"),
        after: ("z ~ normal(0, tau);", "m + z * x"),
    },
    Mistake {
        rule: "a number as location loses its sign",
        parameters: SCALAR,
        before: ("z ~ normal(1, tau);", "m + z * x"),
        after: ("z ~ normal(0, tau);", "m + (z - 1) * x"),
    },
    Mistake {
        rule: "a location is moved into a product unscaled",
        parameters: SCALAR,
        before: ("z ~ normal(m, 1);", "tau * z"),
        after: ("z ~ normal(0, 1);", "m + tau * z"),
    },
    Mistake {
        rule: "the locations of elements are that of the first",
        parameters: GROUPED,
        before: ("z ~ normal(append_row(0, rep_vector(1, J - 1)), tau);", "m + z[g]"),
        after: ("z ~ normal(0, tau);", "m + z[g]"),
    },
    Mistake {
        rule: "a variable of its own becomes one that is shared",
        parameters: "vector[J] z; real m; real w; real<lower=0> tau;",
        before: ("w ~ std_normal(); z ~ normal(0, tau);", "m + z[g] + w * x"),
        after: ("w ~ std_normal(); z ~ normal(0, tau);", "m + z[g] + z[1] * x"),
    },
    Mistake {
        rule: "variances are taken for scales",
        parameters: SCALAR,
        before: ("z ~ normal(0, tau);", "m + z"),
        after: ("z ~ normal(0, sqrt(tau));", "m + z"),
    },
    Mistake {
        rule: "the prior of an absorbed scale is dropped with it",
        parameters: "real z; real m; real<lower=0> tau; real<lower=0> k;",
        before: ("k ~ exponential(1); z ~ normal(0, k);", "m + tau * z"),
        after: ("k ~ exponential(1); z ~ normal(0, tau);", "m + z"),
    },
];
