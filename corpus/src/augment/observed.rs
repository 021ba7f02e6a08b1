//! Outcomes that can be seen otherwise: each stands in one density, of a family with distribution functions.

use super::draft::{Draft, Rows};
use super::sites::{Site, sites, uses};
use ppl_program::typed::{Program, VarId};
use ppl_runtime::catalogue;

/// One row of such an outcome, as text.
pub struct Observed {
    pub number: usize,
    pub variable: VarId,
    /// Of the outcome's variable.
    pub name: String,
    pub family: String,
    pub arguments: Vec<String>,
    pub discrete: bool,
    /// Whether outcomes are numbers above 0.
    pub positive: bool,
    pub rows: Rows,
}

impl Observed {
    /// `a, b`, the arguments of the family.
    pub fn list(&self) -> String {
        self.arguments.join(", ")
    }

    /// `f_form(outcome | a, b)`.
    pub fn call(&self, form: &str, outcome: &str) -> String {
        call(&self.family, form, outcome, &self.list())
    }

    /// Names for arguments in the signature of a function, `real a1, real a2`, and the same without types.
    pub fn signature(&self) -> (String, String) {
        let names: Vec<String> = (1..=self.arguments.len()).map(|k| format!("a{k}")).collect();
        let typed: Vec<String> =
            self.rows.types.iter().zip(&names).map(|(ty, name)| format!(", {ty} {name}")).collect();
        (typed.concat(), names.join(", "))
    }
}

/// `f_form(outcome | arguments)`.
pub fn call(family: &str, form: &str, outcome: &str, arguments: &str) -> String {
    match form {
        "rng" => format!("{family}_rng({arguments})"),
        _ => format!("{family}_{form}({outcome} | {arguments})"),
    }
}

/// Sites of such outcomes.
pub fn candidates(program: &Program) -> Vec<Site> {
    let once = |site: &Site| uses(program, site.variable()) == 1;
    sites(program).into_iter().filter(|s| s.is_observed() && s.is_scalar() && !s.truncated && once(s)).collect()
}

/// The outcome of a site, with a family that has distribution functions; `None` where there is none.
pub fn observed(draft: &mut Draft, site: &Site) -> Option<Observed> {
    let rows = draft.rows(site)?;
    let a = rows.arguments.clone();
    let (family, arguments) = match site.family.as_str() {
        "poisson_log" => ("poisson", vec![format!("exp({})", a[0])]),
        "neg_binomial_2_log" => ("neg_binomial_2", vec![format!("exp({})", a[0]), a[1].clone()]),
        "binomial_logit" => ("binomial", vec![a[0].clone(), format!("inv_logit({})", a[1])]),
        other => (other, a),
    };
    let declaration = catalogue::family(family)?;
    let has = declaration.cdf.has_lcdf() && declaration.cdf.has_lccdf() && !declaration.rng.is_empty();
    has.then(|| Observed {
        number: site.number,
        variable: site.variable(),
        name: draft.names.of(site.variable()).to_string(),
        family: family.to_string(),
        arguments,
        discrete: site.is_discrete(),
        positive: site.is_positive() == Some(true),
        rows,
    })
}
