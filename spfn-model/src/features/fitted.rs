//! A table with its joint regression: what the statistics of residuals are of.

use super::along::Residuals;
use super::regression::{Products, Regression};
use super::response::Response;
use super::sheet::Sheet;

pub struct Fitted<'f> {
    pub sheet: &'f Sheet,
    pub response: &'f Response,
    pub products: &'f Products<'f>,
    /// Group columns of the joint regression, in `products.groups`.
    pub groups: Vec<usize>,
    pub numbers: Regression<'f>,
    pub full: Regression<'f>,
    /// What is left of each score vector.
    pub left: Vec<Vec<f64>>,
    /// The same times weights.
    pub weighted: Vec<Vec<f64>>,
    /// Residuals times the roots of weights, of the one score vector; none of categories.
    pub standard: Vec<f64>,
}

impl<'f> Fitted<'f> {
    pub fn new(products: &'f Products<'f>) -> Fitted<'f> {
        let (sheet, response) = (products.sheet, products.response);
        let groups = products.all_groups();
        let full = Regression::new(products, &groups);
        let left = full.residuals();
        let weighted: Vec<Vec<f64>> =
            left.iter().map(|left| left.iter().zip(&response.weights).map(|(r, w)| r * w).collect()).collect();
        let standard = match &left[..] {
            [left] => left.iter().zip(&response.weights).map(|(r, w)| r * w.sqrt()).collect(),
            _ => Vec::new(),
        };
        let numbers = Regression::new(products, &[]);
        Fitted { sheet, response, products, groups, numbers, full, left, weighted, standard }
    }

    /// The fitted linear predictor, of the one score vector.
    pub fn predictor(&self) -> impl Iterator<Item = f64> + '_ {
        self.response.working[0].iter().zip(&self.left[0]).map(|(z, left)| z - left)
    }

    pub fn residuals(&self) -> Residuals<'_> {
        Residuals { response: self.response, weighted: &self.weighted, rest: self.full.rest }
    }
}
