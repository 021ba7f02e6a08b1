//! Dense matrices inside functions: products, factorisations of plain numbers, and the way derivatives get through
//! them.
//!
//! A factorisation is computed of plain numbers. Where entries carry derivatives, its first-order correction is
//! evaluated over them: for `A = A0 + dA` (`dA` has value 0 and carries the derivatives of `A`) the known differential
//! `dX = F(A0, dA)`, which is linear in `dA`, gives `X = X0 + dX`: the value is that of `X0`, the derivatives are exact, in forward
//! mode and in reverse mode alike, and a recording grows with the cube of the size.

use super::scalar::Scalar;
use crate::value::Matrix;

/// `a b`; the inner sizes must agree.
pub(super) fn product<S: Scalar>(a: &Matrix<S>, b: &Matrix<S>) -> Matrix<S> {
    debug_assert_eq!(a.cols, b.rows);
    Matrix { rows: a.rows, cols: b.cols, data: S::matrix_product(&a.data, &b.data, a.rows, a.cols, b.cols) }
}

pub(super) fn map<S: Copy, R>(m: &Matrix<S>, f: impl Fn(S) -> R) -> Matrix<R> {
    Matrix { rows: m.rows, cols: m.cols, data: m.data.iter().map(|&x| f(x)).collect() }
}

pub(super) fn combine<S: Copy>(a: &Matrix<S>, b: &Matrix<S>, f: impl Fn(S, S) -> S) -> Matrix<S> {
    debug_assert_eq!((a.rows, a.cols), (b.rows, b.cols));
    let data = a.data.iter().zip(&b.data).map(|(&x, &y)| f(x, y)).collect();
    Matrix { rows: a.rows, cols: a.cols, data }
}

pub(super) fn add<S: Scalar>(a: &Matrix<S>, b: &Matrix<S>) -> Matrix<S> {
    combine(a, b, |x, y| x + y)
}

pub(super) fn subtract<S: Scalar>(a: &Matrix<S>, b: &Matrix<S>) -> Matrix<S> {
    combine(a, b, |x, y| x - y)
}

/// The conjugate transpose.
pub(super) fn adjoint<S: Scalar>(m: &Matrix<S>) -> Matrix<S> {
    Matrix::from_fn(m.cols, m.rows, |i, j| m.at(j, i).conjugate())
}

pub(super) fn identity<S: Scalar>(n: usize) -> Matrix<S> {
    Matrix::from_fn(n, n, |i, j| S::constant((i == j) as i32 as f64))
}

/// The values without derivatives.
pub(super) fn plain<S: Scalar>(m: &Matrix<S>) -> Matrix<S::Plain> {
    map(m, S::plain)
}

/// Constants.
pub(super) fn lift<S: Scalar>(m: &Matrix<S::Plain>) -> Matrix<S> {
    map(m, S::lift)
}

/// `m` less its value: entries of value 0 that carry the derivatives.
pub(super) fn differential<S: Scalar>(m: &Matrix<S>) -> Matrix<S> {
    map(m, |x| if x.is_fixed() { S::constant(0.0) } else { x - S::lift(x.plain()) })
}

pub(super) fn is_fixed<S: Scalar>(m: &Matrix<S>) -> bool {
    m.data.iter().all(|x| x.is_fixed())
}

/// The LU factorisation with row exchanges of a plain square matrix.
pub(super) struct Lu<P> {
    /// Below the diagonal L (whose diagonal is 1), the rest U.
    lu: Matrix<P>,
    /// Row `i` of the permuted matrix is row `order[i]` of the argument.
    order: Vec<usize>,
    /// Whether the number of exchanges is odd.
    odd: bool,
}

impl<P: Scalar<Real = f64, Plain = P>> Lu<P> {
    pub(super) fn new(a: Matrix<P>) -> Self {
        let order = (0..a.rows).collect();
        let mut lu = Lu { lu: a, order, odd: false };
        lu.factor();
        lu
    }

    /// Takes another matrix of the same size.
    pub(super) fn refill(&mut self, element: impl Fn(usize, usize) -> P) {
        let n = self.lu.rows;
        for j in 0..n {
            for i in 0..n {
                self.lu.set(i, j, element(i, j));
            }
        }
        self.order.iter_mut().enumerate().for_each(|(i, o)| *o = i);
        self.odd = false;
        self.factor();
    }

    fn factor(&mut self) {
        let Lu { lu: a, order, odd } = self;
        let n = a.rows;
        for k in 0..n {
            let mut pivot = k;
            for i in k + 1..n {
                if a.at(i, k).magnitude() > a.at(pivot, k).magnitude() {
                    pivot = i;
                }
            }
            if pivot != k {
                for j in 0..n {
                    a.data.swap(j * n + k, j * n + pivot);
                }
                order.swap(k, pivot);
                *odd = !*odd;
            }
            let d = a.at(k, k);
            if d.magnitude() == 0.0 {
                continue;
            }
            for i in k + 1..n {
                a.set(i, k, a.at(i, k) / d);
            }
            for j in k + 1..n {
                let factor = a.at(k, j);
                if factor.magnitude() != 0.0 {
                    for i in k + 1..n {
                        a.set(i, j, a.at(i, j) - a.at(i, k) * factor);
                    }
                }
            }
        }
    }

    /// `A^-1 b`; not finite where A is singular.
    pub(super) fn solve(&self, b: &Matrix<P>) -> Matrix<P> {
        let mut x = b.clone();
        self.solve_into(&b.data, &mut x.data);
        x
    }

    /// Writes `A^-1 b` to `x`, column by column.
    pub(super) fn solve_into(&self, b: &[P], x: &mut [P]) {
        let n = self.lu.rows;
        if n == 0 {
            return;
        }
        for (b, x) in b.chunks_exact(n).zip(x.chunks_exact_mut(n)) {
            x.iter_mut().zip(&self.order).for_each(|(x, &i)| *x = b[i]);
            for k in 0..n {
                let factor = x[k];
                for (i, x) in x.iter_mut().enumerate().skip(k + 1) {
                    *x = *x - self.lu.at(i, k) * factor;
                }
            }
            for k in (0..n).rev() {
                let factor = x[k] / self.lu.at(k, k);
                x[k] = factor;
                for (i, x) in x.iter_mut().enumerate().take(k) {
                    *x = *x - self.lu.at(i, k) * factor;
                }
            }
        }
    }

    pub(super) fn inverse(&self) -> Matrix<P> {
        self.solve(&identity(self.lu.rows))
    }

    /// The diagonal of U.
    pub(super) fn pivots(&self) -> impl Iterator<Item = P> + '_ {
        (0..self.lu.rows).map(|i| self.lu.at(i, i))
    }

    pub(super) fn determinant(&self) -> P {
        let sign = P::constant(if self.odd { -1.0 } else { 1.0 });
        self.pivots().fold(sign, |d, x| d * x)
    }
}

/// The Cholesky factor of the lower triangle of a plain matrix; `None` where it is not positive definite.
pub(super) fn cholesky(a: &Matrix<f64>) -> Option<Matrix<f64>> {
    let n = a.rows;
    let mut l = Matrix::from_fn(n, n, |i, j| if i >= j { a.at(i, j) } else { 0.0 });
    for j in 0..n {
        for k in 0..j {
            let factor = l.at(j, k);
            if factor != 0.0 {
                for i in j..n {
                    l.data[j * n + i] -= l.data[k * n + i] * factor;
                }
            }
        }
        let d = l.at(j, j);
        if d.is_nan() || d <= 0.0 || d == f64::INFINITY {
            return None;
        }
        let root = d.sqrt();
        for i in j..n {
            l.data[j * n + i] /= root;
        }
    }
    Some(l)
}

/// `X = A^-1 B` for a function that applies the inverse of the plain `A`.
///
/// `X0 = A0^-1 B0`; over numbers with derivatives `X = X0 + A0^-1 (B - A X0)`, which is also a step of iterative
/// refinement.
pub(super) fn solve_with<S: Scalar>(
    a: &Matrix<S>,
    b: &Matrix<S>,
    apply: impl Fn(&Matrix<S::Plain>) -> Matrix<S::Plain>,
) -> Matrix<S> {
    let x0 = apply(&plain(b));
    if is_fixed(a) && is_fixed(b) {
        return lift(&x0);
    }
    let x0 = lift::<S>(&x0);
    if x0.data.iter().any(|x| !x.magnitude().is_finite()) {
        return x0;
    }
    let residual = subtract(b, &product(a, &x0));
    let inverse = lift::<S>(&apply(&identity(a.rows)));
    add(&x0, &product(&inverse, &residual))
}
