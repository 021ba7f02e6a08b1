//! Draws as points of a model's unconstrained space, and whether they belong to the model at all.

use super::CriticismError;
use crate::bound::Bound;
use crate::reversal::{Column, Role};
use crate::{Data, Draws};

impl Bound {
    /// The draws of the parameters on the unconstrained space, row by row, chains one after another.
    ///
    /// # Errors
    /// [`CriticismError::Draws`]: a parameter is missing in the draws, has another shape, or lies outside its support.
    pub(crate) fn points(&self, draws: &Draws) -> Result<Vec<f64>, CriticismError> {
        let mut columns = Vec::new();
        for quantity in self.quantities().into_iter().take(self.interpreter.program().parameters.len()) {
            let names = column_names(&quantity.name, &quantity.dims);
            let at = |name: &String| draws.names.iter().position(|n| n == name);
            let missing =
                || CriticismError::Draws(format!("`{}` is not in the draws, or has another shape", quantity.name));
            let found: Vec<usize> = names.iter().map(at).collect::<Option<_>>().ok_or_else(missing)?;
            let others = draws.names.iter().filter(|n| n.split('.').next() == Some(&quantity.name)).count();
            if others != found.len() {
                return Err(missing());
            }
            let column =
                Column { name: quantity.name, dims: quantity.dims, is_int: false, first: 0, role: Role::Parameter };
            columns.push((column, found));
        }
        let width = draws.names.len().max(1);
        let mut points = Vec::new();
        for row in draws.chains.iter().flat_map(|c| c.draws.values.chunks(width)) {
            let mut values = Data::new();
            for (column, found) in &columns {
                let numbers: Vec<f64> = found.iter().map(|&at| row[at]).collect();
                values.set(column.name.clone(), column.datum(&numbers));
            }
            points.extend(self.unconstrain(&values).map_err(|error| CriticismError::Draws(error.to_string()))?);
        }
        Ok(points)
    }

    /// The same, after a comparison of `lp__` with the log density at some of the draws: other data give another.
    ///
    /// # Errors
    /// [`CriticismError::Draws`]; [`CriticismError::Evaluation`] where a draw is impossible under the model.
    pub(crate) fn checked_points(&self, draws: &Draws) -> Result<Vec<f64>, CriticismError> {
        let points = self.points(draws)?;
        let dim = self.dim();
        let lp: Vec<f64> = draws.chains.iter().flat_map(|c| c.draws.statistics.iter().map(|s| s.lp)).collect();
        let mut gradient = vec![0.0; dim];
        for draw in (0..lp.len()).step_by((lp.len() / 10).max(1)) {
            let density = self.log_density_gradient(&points[draw * dim..(draw + 1) * dim], &mut gradient);
            let density = density.map_err(|error| CriticismError::Evaluation { draw, error })?;
            // Files hold rounded numbers.
            let tolerance = 0.01 + 1e-4 * density.abs();
            if lp[draw].is_finite() && (density - lp[draw]).abs() > tolerance {
                let text = format!("in draw {} `lp__` is {:?}, but the log density is {density:?}", draw + 1, lp[draw]);
                return Err(CriticismError::Draws(text));
            }
        }
        Ok(points)
    }
}

/// The columns of a quantity in Stan's spelling, the first index running fastest.
fn column_names(name: &str, dims: &[usize]) -> Vec<String> {
    let count: usize = dims.iter().product();
    let one = |mut at: usize| {
        let mut out = name.to_string();
        for size in dims {
            out.push_str(&format!(".{}", at % size + 1));
            at /= size;
        }
        out
    };
    (0..count).map(one).collect()
}
