//! Which units are left out: some of them, or several together.

use super::{BoundCriticism, CriticismError, Pointwise};
use ppl_runtime::value::Value;
use ppl_sampler::input::InputError;
use ppl_sampler::loo::LogLikelihood;
use std::collections::BTreeMap;

impl Pointwise {
    /// Only the units of these variables (`y`), statements (`line 12`), or with these names (`y[3]`).
    ///
    /// # Errors
    /// A name that no unit has.
    pub fn only(&self, wanted: &[String]) -> Result<Pointwise, CriticismError> {
        let is = |name: &str, wish: &str| name == wish || name.split(['[', ',']).next() == Some(wish);
        if let Some(wish) = wanted.iter().find(|wish| !self.names.iter().any(|name| is(name, wish))) {
            return Err(wrong(format!("there is no unit `{wish}`")));
        }
        let kept = (0..self.names.len()).filter(|&i| wanted.iter().any(|wish| is(&self.names[i], wish)));
        self.joined(kept.map(|i| (self.names[i].clone(), vec![i])).collect())
    }

    /// Units that each are the sum of some of these.
    fn joined(&self, groups: Vec<(String, Vec<usize>)>) -> Result<Pointwise, CriticismError> {
        let draws = self.log_likelihood.draws();
        let sum = |members: &Vec<usize>| {
            let mut out = vec![0.0; draws];
            for &unit in members {
                out.iter_mut().zip(self.log_likelihood.unit(unit)).for_each(|(sum, value)| *sum += value);
            }
            out
        };
        let values = groups.iter().flat_map(|(_, members)| sum(members)).collect();
        let places = |members: &Vec<usize>| members.iter().flat_map(|&i| self.places[i].clone()).collect();
        Ok(Pointwise {
            log_likelihood: LogLikelihood::new(self.log_likelihood.chains().to_vec(), groups.len(), values)?,
            places: groups.iter().map(|(_, members)| places(members)).collect(),
            names: groups.into_iter().map(|(name, _)| name).collect(),
            ..self.clone()
        })
    }

    /// Leaving out the only unit leaves nothing.
    pub(super) fn expect_several(&self) -> Result<(), CriticismError> {
        match self.names.as_slice() {
            [only] => Err(CriticismError::OneUnit(format!(
                "the likelihood is one unit (`{only}`): nothing would be left to predict it from"
            ))),
            _ => Ok(()),
        }
    }
}

impl BoundCriticism {
    /// Units that are left out together: those for whose rows the integers of the data variable `by` (or one of transformed data) are equal.
    /// It has one value for each row of every observed variable (the first index of a unit), or one for each unit.
    ///
    /// # Errors
    /// [`CriticismError::Input`]: no such array of integers, other sizes, a factor of the likelihood that does not split.
    pub fn regroup(&self, pointwise: &Pointwise, by: &str) -> Result<Pointwise, CriticismError> {
        let value = self.bound().data_value(by).ok_or_else(|| {
            wrong(format!("`{by}` is no variable of the data: a grouping is an array of integers, one a row"))
        })?;
        let (dims, labels) = integers(value)
            .ok_or_else(|| wrong(format!("`{by}` is no array of integers of one or more dimensions")))?;
        let mut groups: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        for (unit, places) in pointwise.places.iter().enumerate() {
            for &(group, at) in places {
                let sizes = &self.columns[group].1.dims;
                let label = match sizes.as_slice() {
                    sizes if *sizes == dims => labels[at],
                    [rows, ..] if dims == [*rows] => labels[at % rows],
                    sizes => return Err(misfit(by, &dims, &pointwise.names[unit], sizes)),
                };
                let members = groups.entry(label).or_default();
                // A unit of several densities is in a group once.
                if members.last() != Some(&unit) {
                    members.push(unit);
                }
            }
        }
        pointwise.joined(groups.into_iter().map(|(label, units)| (format!("{by} {label}"), units)).collect())
    }
}

/// Sizes and numbers of an array of integers, the first index running fastest.
fn integers(value: &Value<f64>) -> Option<(Vec<usize>, Vec<i32>)> {
    let Value::Array(items) = value else { return None };
    if items.iter().all(|item| matches!(item, Value::Int(_))) {
        let numbers = items.iter().filter_map(|item| if let Value::Int(i) = item { Some(*i) } else { None }).collect();
        return Some((vec![items.len()], numbers));
    }
    let rows: Vec<(Vec<usize>, Vec<i32>)> = items.iter().map(integers).collect::<Option<_>>()?;
    let (inner, first) = rows.first()?;
    let dims = std::iter::once(items.len()).chain(inner.iter().copied()).collect();
    let numbers = (0..first.len()).flat_map(|k| rows.iter().map(move |(_, numbers)| numbers[k])).collect();
    Some((dims, numbers))
}

fn misfit(by: &str, dims: &[usize], unit: &str, sizes: &[usize]) -> CriticismError {
    let by_size = |dims: &[usize]| dims.iter().map(ToString::to_string).collect::<Vec<_>>().join(" by ");
    let factor = unit.split(['[', ',']).next().unwrap_or(unit);
    wrong(match sizes {
        [] => format!("the density of `{factor}` is one unit, which `{by}` cannot divide"),
        _ => format!("`{by}` has {} values, but the units of `{factor}` are {}", by_size(dims), by_size(sizes)),
    })
}

fn wrong(text: String) -> CriticismError {
    CriticismError::Input(InputError::Other(text))
}
