//! Dense Cholesky factors of small matrices.

use super::moments::dot;

/// A lower triangle L with `L L' = A`, row by row.
#[derive(Clone, Debug)]
pub struct Cholesky {
    lower: Vec<f64>,
    size: usize,
    pub log_determinant: f64,
}

impl Cholesky {
    /// Of a symmetric matrix, row by row, of which the lower triangle is read. Pivots that rounding has made no longer positive are lifted to
    /// 1e-12 of the diagonal.
    pub fn of(mut a: Vec<f64>, size: usize) -> Cholesky {
        let mut log_determinant = 0.0;
        for i in 0..size {
            let (above, below) = a.split_at_mut(i * size);
            let row = &mut below[..size];
            for j in 0..i {
                let own = &above[j * size..];
                row[j] = (row[j] - dot(&row[..j], &own[..j])) / own[j];
            }
            let diagonal = row[i];
            let pivot = (diagonal - dot(&row[..i], &row[..i])).max(1e-12 * diagonal).max(f64::MIN_POSITIVE);
            row[i] = pivot.sqrt();
            log_determinant += pivot.ln();
        }
        Cholesky { lower: a, size, log_determinant }
    }

    /// x := L^-1 x
    pub fn forward(&self, x: &mut [f64]) {
        for i in 0..self.size {
            let row = &self.lower[i * self.size..][..self.size];
            x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
        }
    }

    /// x := L'^-1 x
    pub fn backward(&self, x: &mut [f64]) {
        for i in (0..self.size).rev() {
            let row = &self.lower[i * self.size..][..self.size];
            x[i] /= row[i];
            let own = x[i];
            x[..i].iter_mut().zip(row).for_each(|(x, l)| *x -= own * l);
        }
    }

    /// Element (i, i) of the inverse.
    pub fn inverse_diagonal(&self, i: usize) -> f64 {
        let mut unit = vec![0.0; self.size];
        unit[i] = 1.0;
        for k in i..self.size {
            let row = &self.lower[k * self.size..][..self.size];
            unit[k] = (unit[k] - dot(&row[i..k], &unit[i..k])) / row[k];
        }
        dot(&unit[i..], &unit[i..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_solve() {
        // [[4, 2, 2], [2, 5, 3], [2, 3, 6]]: determinant 64, inverse (21 15 16) / 64 on the diagonal... by cofactors
        let a = [4.0, 2.0, 2.0, 2.0, 5.0, 3.0, 2.0, 3.0, 6.0];
        let factor = Cholesky::of(a.to_vec(), 3);
        assert!((factor.log_determinant - 64.0_f64.ln()).abs() < 1e-12);
        let (mut x, want) = (vec![14.0, 21.0, 26.0], [1.0, 2.0, 3.0]);
        factor.forward(&mut x);
        factor.backward(&mut x);
        assert!(x.iter().zip(want).all(|(x, want)| (x - want).abs() < 1e-12), "{x:?}");
        for (i, cofactor) in [21.0, 20.0, 16.0].into_iter().enumerate() {
            assert!((factor.inverse_diagonal(i) - cofactor / 64.0).abs() < 1e-12);
        }
    }
}
