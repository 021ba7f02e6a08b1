//! Working memory of kernels: one growing buffer a thread, so that the hot path does not allocate.

use std::cell::Cell;

thread_local! {
    static POOL: Cell<Vec<f64>> = const { Cell::new(Vec::new()) };
}

/// `len` numbers of unspecified value, given back to the thread when dropped.
pub(super) struct Scratch(Vec<f64>);

impl Scratch {
    pub(super) fn new(len: usize) -> Scratch {
        let mut buffer = POOL.try_with(Cell::take).unwrap_or_default();
        if buffer.len() < len {
            buffer.resize(len, 0.0);
        }
        Scratch(buffer)
    }

    pub(super) fn pointer(&mut self) -> *mut f64 {
        self.0.as_mut_ptr()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        let _ = POOL.try_with(|pool| {
            // A nested use left its own buffer: keep the larger.
            let other = pool.take();
            pool.set(if other.len() > buffer.len() { other } else { buffer });
        });
    }
}
