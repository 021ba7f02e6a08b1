//! Parts of buffers: where they start and how they stride.

use super::{BufferId, V};

/// An element position: `constant + sum(value * factor)`, counted in elements from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct At {
    pub constant: i64,
    pub terms: Vec<(V, i64)>,
}

impl At {
    pub fn constant(constant: i64) -> Self {
        At { constant, terms: Vec::new() }
    }

    /// `self + factor * value`
    pub fn plus(&self, value: V, factor: i64) -> At {
        let mut at = self.clone();
        match at.terms.iter_mut().find(|t| t.0 == value) {
            Some(term) => term.1 += factor,
            None => at.terms.push((value, factor)),
        }
        at
    }

    pub fn offset(&self, by: i64) -> At {
        At { constant: self.constant + by, terms: self.terms.clone() }
    }
}

/// A part of a buffer: dimensions outermost first, each with its stride in elements.
///
/// A fresh array is laid out with array dimensions outermost (row-major) and a matrix inside in column-major order, so
/// that a matrix `[r, c]` has strides `[1, r]`.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub buffer: BufferId,
    pub at: At,
    pub dims: Vec<usize>,
    pub strides: Vec<usize>,
}

impl View {
    /// A fresh, dense view; `matrix` says that the last two dimensions are column-major.
    pub fn dense(buffer: BufferId, dims: &[usize], matrix: bool) -> View {
        View { buffer, at: At::default(), dims: dims.to_vec(), strides: dense_strides(dims, matrix) }
    }

    pub fn vector(buffer: BufferId, at: At, len: usize) -> View {
        View { buffer, at, dims: vec![len], strides: vec![1] }
    }

    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the elements are contiguous and in canonical order.
    pub fn is_dense(&self, matrix: bool) -> bool {
        let dense = dense_strides(&self.dims, matrix);
        self.len() <= 1 || self.dims.iter().zip(&self.strides).zip(&dense).all(|((&n, s), d)| n == 1 || s == d)
    }

    /// The view with dimension `axis` fixed at `value` (counted from 1).
    pub fn fix(&self, axis: usize, value: V) -> View {
        let stride = self.strides[axis] as i64;
        let mut view = self.clone();
        view.at = view.at.plus(value, stride).offset(-stride);
        view.dims.remove(axis);
        view.strides.remove(axis);
        view
    }

    /// The view with dimension `axis` fixed at a constant (counted from 1).
    pub fn fix_constant(&self, axis: usize, index: usize) -> View {
        let mut view = self.clone();
        view.at = view.at.offset((index as i64 - 1) * self.strides[axis] as i64);
        view.dims.remove(axis);
        view.strides.remove(axis);
        view
    }

    /// The view with dimension `axis` cut to `len` elements from `first` (counted from 1).
    pub fn cut(&self, axis: usize, first: i64, len: usize) -> View {
        let mut view = self.clone();
        view.at = view.at.offset((first - 1) * self.strides[axis] as i64);
        view.dims[axis] = len;
        view
    }

    /// The same elements as one dimension; only of dense views.
    pub fn flat(&self) -> View {
        View { buffer: self.buffer, at: self.at.clone(), dims: vec![self.len()], strides: vec![1] }
    }

    /// The same part of another buffer (of the adjoint, say).
    pub fn in_buffer(&self, buffer: BufferId) -> View {
        View { buffer, ..self.clone() }
    }
}

pub fn dense_strides(dims: &[usize], matrix: bool) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    let rank = dims.len();
    let mut step = 1;
    let outer = if matrix && rank >= 2 {
        strides[rank - 2] = 1;
        strides[rank - 1] = dims[rank - 2];
        step = dims[rank - 2] * dims[rank - 1];
        rank - 2
    } else {
        rank
    };
    for axis in (0..outer).rev() {
        strides[axis] = step;
        step *= dims[axis];
    }
    strides
}
