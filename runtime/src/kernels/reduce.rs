//! Reductions, their vector-Jacobian products, and what needs a whole vector: softmax, cumulative sums, gathering.

use super::simd::{Lanes, math};
use super::{OK, OUT_OF_RANGE, blocks, kernel_table};

kernel_table! {
    /// Reductions of arrays. `*_backward(n, x, y, dy, dx)` gets the result `y` and its adjoint `dy` and adds to `dx` (not null).
    Reduce {
        fn sum(n: usize, x: *const f64) -> f64 = sum;
        /// Exact sum of integers.
        fn sum_i32(n: usize, x: *const i32) -> i64 = sum_i32;
        fn dot(n: usize, x: *const f64, y: *const f64) -> f64 = dot;
        /// `(n, x, y, dot's adjoint, dx, dy)`; either adjoint may be null.
        fn dot_backward(n: usize, x: *const f64, y: *const f64, d: f64, dx: *mut f64, dy: *mut f64) = dot_backward;
        fn dot_self(n: usize, x: *const f64) -> f64 = dot_self;
        fn dot_self_backward(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) = dot_self_backward;
        /// NaN for n = 0.
        fn mean(n: usize, x: *const f64) -> f64 = mean;
        fn mean_backward(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) = mean_backward;
        /// 1 for n = 0.
        fn prod(n: usize, x: *const f64) -> f64 = prod;
        fn prod_backward(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) = prod_backward;
        /// +inf for n = 0; NaN where an element is NaN.
        fn min(n: usize, x: *const f64) -> f64 = min;
        /// -inf for n = 0; NaN where an element is NaN.
        fn max(n: usize, x: *const f64) -> f64 = max;
        /// Backward of `min` and `max`: the first element that equals the result gets the adjoint.
        fn extremum_backward(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) = extremum_backward;
        /// -inf for n = 0.
        fn log_sum_exp(n: usize, x: *const f64) -> f64 = log_sum_exp;
        fn log_sum_exp_backward(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) = log_sum_exp_backward;
        /// The sample variance (divisor n - 1); 0 for n = 1.
        fn variance(n: usize, x: *const f64) -> f64 = variance;
        fn variance_backward(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) = variance_backward;
        /// The sample standard deviation; 0 for n = 1.
        fn sd(n: usize, x: *const f64) -> f64 = sd;
        fn sd_backward(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) = sd_backward;
        /// The Euclidean norm.
        fn norm2(n: usize, x: *const f64) -> f64 = norm2;
        fn norm2_backward(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) = norm2_backward;
        /// The sum of absolute values.
        fn norm1(n: usize, x: *const f64) -> f64 = norm1;
        fn norm1_backward(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) = norm1_backward;
        /// `sum (x - y)^2`
        fn squared_distance(n: usize, x: *const f64, y: *const f64) -> f64 = squared_distance;
        /// `(n, x, y, adjoint, dx, dy)`; either adjoint may be null.
        fn squared_distance_backward(n: usize, x: *const f64, y: *const f64, d: f64, dx: *mut f64, dy: *mut f64) = squared_distance_backward;
        /// `y = softmax(x)`; `y` may be `x`.
        fn softmax(n: usize, x: *const f64, y: *mut f64) = softmax;
        fn softmax_backward(n: usize, y: *const f64, dy: *const f64, dx: *mut f64) = softmax_backward;
        /// `y = x - log_sum_exp(x)`; `y` may be `x`.
        fn log_softmax(n: usize, x: *const f64, y: *mut f64) = log_softmax;
        fn log_softmax_backward(n: usize, y: *const f64, dy: *const f64, dx: *mut f64) = log_softmax_backward;
        fn cumulative_sum(n: usize, x: *const f64, y: *mut f64) = cumulative_sum;
        fn cumulative_sum_backward(n: usize, dy: *const f64, dx: *mut f64) = cumulative_sum_backward;
        /// `out[i] = x[index[i]]` with 1-based indices into `x[1..=len]`; status 2 if one is out of range (`out` is then unspecified).
        fn gather(n: usize, x: *const f64, len: usize, index: *const i32, out: *mut f64) -> u32 = gather;
        /// `dx[index[i]] += d[i]`, indices 1-based and in range (as `gather` found); they may repeat.
        fn scatter_add(n: usize, index: *const i32, d: *const f64, dx: *mut f64) = scatter_add;
        /// Status 0 if all indices are in `1..=len`, else 2.
        fn check_indices(n: usize, index: *const i32, len: usize) -> u32 = check_indices;
    }
}

/// Reduction with four accumulators, to hide the latency of additions.
macro_rules! accumulate {
    ($V:ty, $n:expr, |$acc:ident, $i:ident, $c:ident| $value:expr) => {{
        let n_: usize = $n;
        let mut acc_ = [<$V>::splat(0.0); 4];
        let mut $i: usize = 0;
        while $i + 4 * <$V>::N <= n_ {
            let mut k_ = 0;
            while k_ < 4 {
                let $c = <$V>::N;
                let $acc = acc_[k_];
                acc_[k_] = $value;
                $i += <$V>::N;
                k_ += 1;
            }
        }
        let mut k_ = 0;
        while $i + <$V>::N <= n_ {
            let $c = <$V>::N;
            let $acc = acc_[k_];
            acc_[k_] = $value;
            $i += <$V>::N;
            k_ += 1;
        }
        if $i < n_ {
            let $c = n_ - $i;
            let $acc = acc_[3];
            acc_[3] = $value;
        }
        ((acc_[0] + acc_[2]) + (acc_[1] + acc_[3])).sum()
    }};
}

#[inline(always)]
unsafe fn sum<V: Lanes>(n: usize, x: *const f64) -> f64 {
    unsafe { accumulate!(V, n, |a, i, c| a + V::get(x.add(i), c, 0.0)) }
}

#[inline(always)]
unsafe fn sum_i32<V: Lanes>(n: usize, x: *const i32) -> i64 {
    let mut total = 0i64;
    for i in 0..n {
        total += unsafe { *x.add(i) } as i64;
    }
    total
}

#[inline(always)]
unsafe fn dot<V: Lanes>(n: usize, x: *const f64, y: *const f64) -> f64 {
    unsafe { accumulate!(V, n, |a, i, c| V::get(x.add(i), c, 0.0).fma(V::get(y.add(i), c, 0.0), a)) }
}

#[inline(always)]
unsafe fn dot_self<V: Lanes>(n: usize, x: *const f64) -> f64 {
    unsafe {
        accumulate!(V, n, |a, i, c| {
            let x = V::get(x.add(i), c, 0.0);
            x.fma(x, a)
        })
    }
}

#[inline(always)]
unsafe fn axpy<V: Lanes>(n: usize, alpha: f64, x: *const f64, y: *mut f64) {
    let alpha = V::splat(alpha);
    unsafe { blocks!(V, n, |i, c| { alpha.fma(V::get(x.add(i), c, 0.0), V::get(y.add(i), c, 0.0)).put(y.add(i), c) }) }
}

#[inline(always)]
unsafe fn dot_backward<V: Lanes>(n: usize, x: *const f64, y: *const f64, d: f64, dx: *mut f64, dy: *mut f64) {
    unsafe {
        if !dx.is_null() {
            axpy::<V>(n, d, y, dx);
        }
        if !dy.is_null() {
            axpy::<V>(n, d, x, dy);
        }
    }
}

#[inline(always)]
unsafe fn dot_self_backward<V: Lanes>(n: usize, x: *const f64, _y: f64, dy: f64, dx: *mut f64) {
    unsafe { axpy::<V>(n, 2.0 * dy, x, dx) }
}

#[inline(always)]
unsafe fn mean<V: Lanes>(n: usize, x: *const f64) -> f64 {
    unsafe { sum::<V>(n, x) / n as f64 }
}

#[inline(always)]
unsafe fn mean_backward<V: Lanes>(n: usize, _x: *const f64, _y: f64, dy: f64, dx: *mut f64) {
    let d = V::splat(dy / n as f64);
    unsafe { blocks!(V, n, |i, c| { d.accumulate(dx.add(i), c) }) }
}

#[inline(always)]
unsafe fn prod<V: Lanes>(n: usize, x: *const f64) -> f64 {
    let mut y = 1.0;
    for i in 0..n {
        y *= unsafe { *x.add(i) };
    }
    y
}

#[inline(always)]
unsafe fn prod_backward<V: Lanes>(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) {
    unsafe {
        if y != 0.0 {
            for i in 0..n {
                *dx.add(i) += dy * y / *x.add(i);
            }
            return;
        }
        // A factor is zero (or the product underflowed): only products without the zero survive.
        for i in 0..n {
            let mut others = dy;
            for j in 0..n {
                if j != i {
                    others *= *x.add(j);
                    if others == 0.0 {
                        break;
                    }
                }
            }
            *dx.add(i) += others;
        }
    }
}

#[inline(always)]
unsafe fn max<V: Lanes>(n: usize, x: *const f64) -> f64 {
    unsafe { extremum::<V>(n, x, 1.0) }
}

#[inline(always)]
unsafe fn min<V: Lanes>(n: usize, x: *const f64) -> f64 {
    unsafe { -extremum::<V>(n, x, -1.0) }
}

/// The largest `sign x`, NaN if one is NaN.
#[inline(always)]
unsafe fn extremum<V: Lanes>(n: usize, x: *const f64, sign: f64) -> f64 {
    unsafe {
        let sign = V::splat(sign);
        let mut best = V::splat(f64::NEG_INFINITY);
        // Counts the NaNs.
        let mut spoilt = V::splat(0.0);
        blocks!(V, n, |i, c| {
            let x = sign * V::get(x.add(i), c, f64::NAN);
            best = V::select(best.lt(x), x, best);
            spoilt = spoilt + V::select(x.eq(x), V::splat(0.0), V::splat(1.0)).head(c);
        });
        if spoilt.sum() > 0.0 {
            return f64::NAN;
        }
        let mut lanes = [f64::NEG_INFINITY; 8];
        best.store(lanes.as_mut_ptr());
        let mut y = f64::NEG_INFINITY;
        for lane in lanes {
            y = if lane > y { lane } else { y };
        }
        y
    }
}

#[inline(always)]
unsafe fn extremum_backward<V: Lanes>(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) {
    for i in 0..n {
        unsafe {
            if *x.add(i) == y {
                *dx.add(i) += dy;
                return;
            }
        }
    }
}

#[inline(always)]
unsafe fn log_sum_exp<V: Lanes>(n: usize, x: *const f64) -> f64 {
    unsafe {
        let top = max::<V>(n, x);
        // -inf (all are, or n = 0), +inf, NaN
        if !top.is_finite() {
            return top;
        }
        let shift = V::splat(top);
        let mut total = V::splat(0.0);
        blocks!(V, n, |i, c| {
            total = total + math::exp(V::get(x.add(i), c, f64::NEG_INFINITY) - shift).head(c);
        });
        top + total.sum().ln()
    }
}

#[inline(always)]
unsafe fn log_sum_exp_backward<V: Lanes>(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) {
    if y == f64::NEG_INFINITY {
        return;
    }
    let (shift, dy) = (V::splat(y), V::splat(dy));
    unsafe {
        blocks!(V, n, |i, c| {
            let x = V::get(x.add(i), c, 0.0);
            // For y = inf the elements that are inf share nothing: exp(inf - inf) is NaN, as is Stan's gradient.
            (dy * math::exp(x - shift)).accumulate(dx.add(i), c);
        })
    }
}

/// (mean, sum of squared deviations) in two passes.
#[inline(always)]
unsafe fn moments<V: Lanes>(n: usize, x: *const f64) -> (f64, f64) {
    unsafe {
        let centre = mean::<V>(n, x);
        let m = V::splat(centre);
        let mut ss = V::splat(0.0);
        blocks!(V, n, |i, c| {
            let d = (V::get(x.add(i), c, 0.0) - m).head(c);
            ss = d.fma(d, ss);
        });
        (centre, ss.sum())
    }
}

#[inline(always)]
unsafe fn variance<V: Lanes>(n: usize, x: *const f64) -> f64 {
    if n == 1 {
        return 0.0;
    }
    unsafe { moments::<V>(n, x).1 / (n as f64 - 1.0) }
}

/// `dx += scale (x - centre)`
#[inline(always)]
unsafe fn add_deviations<V: Lanes>(n: usize, x: *const f64, centre: f64, scale: f64, dx: *mut f64) {
    let (centre, scale) = (V::splat(centre), V::splat(scale));
    unsafe {
        blocks!(V, n, |i, c| {
            (V::get(x.add(i), c, 0.0) - centre).fma(scale, V::get(dx.add(i), c, 0.0)).put(dx.add(i), c)
        })
    }
}

#[inline(always)]
unsafe fn variance_backward<V: Lanes>(n: usize, x: *const f64, _y: f64, dy: f64, dx: *mut f64) {
    if n > 1 {
        unsafe { add_deviations::<V>(n, x, mean::<V>(n, x), 2.0 * dy / (n as f64 - 1.0), dx) }
    }
}

#[inline(always)]
unsafe fn sd<V: Lanes>(n: usize, x: *const f64) -> f64 {
    unsafe { variance::<V>(n, x).sqrt() }
}

#[inline(always)]
unsafe fn sd_backward<V: Lanes>(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) {
    if n <= 1 {
        return;
    }
    unsafe {
        if y * y * (n as f64 - 1.0) < 1e-20 {
            // Not differentiable where all are equal; Stan's convention.
            let d = V::splat(dy / (n as f64).sqrt());
            blocks!(V, n, |i, c| { d.accumulate(dx.add(i), c) });
        } else {
            add_deviations::<V>(n, x, mean::<V>(n, x), dy / (y * (n as f64 - 1.0)), dx)
        }
    }
}

#[inline(always)]
unsafe fn norm2<V: Lanes>(n: usize, x: *const f64) -> f64 {
    unsafe { dot_self::<V>(n, x).sqrt() }
}

#[inline(always)]
unsafe fn norm2_backward<V: Lanes>(n: usize, x: *const f64, y: f64, dy: f64, dx: *mut f64) {
    unsafe { axpy::<V>(n, dy / y, x, dx) }
}

#[inline(always)]
unsafe fn norm1<V: Lanes>(n: usize, x: *const f64) -> f64 {
    unsafe { accumulate!(V, n, |a, i, c| a + V::get(x.add(i), c, 0.0).abs()) }
}

#[inline(always)]
unsafe fn norm1_backward<V: Lanes>(n: usize, x: *const f64, _y: f64, dy: f64, dx: *mut f64) {
    let (zero, one, dy) = (V::splat(0.0), V::splat(1.0), V::splat(dy));
    unsafe {
        blocks!(V, n, |i, c| {
            let x = V::get(x.add(i), c, 0.0);
            (dy * V::select(x.eq(zero), zero, one.copysign(x))).accumulate(dx.add(i), c)
        })
    }
}

#[inline(always)]
unsafe fn squared_distance<V: Lanes>(n: usize, x: *const f64, y: *const f64) -> f64 {
    unsafe {
        accumulate!(V, n, |a, i, c| {
            let d = V::get(x.add(i), c, 0.0) - V::get(y.add(i), c, 0.0);
            d.fma(d, a)
        })
    }
}

#[inline(always)]
unsafe fn squared_distance_backward<V: Lanes>(
    n: usize,
    x: *const f64,
    y: *const f64,
    d: f64,
    dx: *mut f64,
    dy: *mut f64,
) {
    let scale = V::splat(2.0 * d);
    unsafe {
        blocks!(V, n, |i, c| {
            let d = scale * (V::get(x.add(i), c, 0.0) - V::get(y.add(i), c, 0.0));
            if !dx.is_null() {
                d.accumulate(dx.add(i), c);
            }
            if !dy.is_null() {
                (-d).accumulate(dy.add(i), c);
            }
        })
    }
}

#[inline(always)]
unsafe fn softmax<V: Lanes>(n: usize, x: *const f64, y: *mut f64) {
    unsafe {
        let shift = V::splat(max::<V>(n, x));
        let mut total = V::splat(0.0);
        blocks!(V, n, |i, c| {
            let e = math::exp(V::get(x.add(i), c, 0.0) - shift);
            e.put(y.add(i), c);
            total = total + e.head(c);
        });
        let scale = V::splat(1.0 / total.sum());
        blocks!(V, n, |i, c| { (scale * V::get(y.add(i), c, 0.0)).put(y.add(i), c) });
    }
}

#[inline(always)]
unsafe fn softmax_backward<V: Lanes>(n: usize, y: *const f64, dy: *const f64, dx: *mut f64) {
    unsafe {
        let mean = V::splat(dot::<V>(n, y, dy));
        blocks!(V, n, |i, c| {
            let d = V::get(dy.add(i), c, 0.0) - mean;
            V::get(y.add(i), c, 0.0).fma(d, V::get(dx.add(i), c, 0.0)).put(dx.add(i), c)
        })
    }
}

#[inline(always)]
unsafe fn log_softmax<V: Lanes>(n: usize, x: *const f64, y: *mut f64) {
    unsafe {
        let shift = V::splat(log_sum_exp::<V>(n, x));
        blocks!(V, n, |i, c| { (V::get(x.add(i), c, 0.0) - shift).put(y.add(i), c) })
    }
}

#[inline(always)]
unsafe fn log_softmax_backward<V: Lanes>(n: usize, y: *const f64, dy: *const f64, dx: *mut f64) {
    unsafe {
        let total = V::splat(sum::<V>(n, dy));
        blocks!(V, n, |i, c| {
            let p = math::exp(V::get(y.add(i), c, 0.0));
            (V::get(dy.add(i), c, 0.0) - p * total).accumulate(dx.add(i), c)
        })
    }
}

#[inline(always)]
unsafe fn cumulative_sum<V: Lanes>(n: usize, x: *const f64, y: *mut f64) {
    let mut total = 0.0;
    for i in 0..n {
        unsafe {
            total += *x.add(i);
            *y.add(i) = total;
        }
    }
}

#[inline(always)]
unsafe fn cumulative_sum_backward<V: Lanes>(n: usize, dy: *const f64, dx: *mut f64) {
    let mut total = 0.0;
    for i in (0..n).rev() {
        unsafe {
            total += *dy.add(i);
            *dx.add(i) += total;
        }
    }
}

/// Whether all of `index[..n]` are in `1..=len`: the largest of `index - 1` as unsigned numbers.
#[inline(always)]
unsafe fn check_indices<V: Lanes>(n: usize, index: *const i32, len: usize) -> u32 {
    let mut top = 0u32;
    for i in 0..n {
        top = top.max(unsafe { *index.add(i) }.wrapping_sub(1) as u32);
    }
    if n == 0 || (top as usize) < len { OK } else { OUT_OF_RANGE }
}

#[inline(always)]
unsafe fn gather<V: Lanes>(n: usize, x: *const f64, len: usize, index: *const i32, out: *mut f64) -> u32 {
    unsafe {
        let status = check_indices::<V>(n, index, len);
        if status != OK {
            return status;
        }
        // Indices are 1-based; the cell before `x` is never read.
        let base = x.wrapping_sub(1);
        let mut i = 0;
        while i + V::N <= n {
            V::gather(base, index.add(i)).store(out.add(i));
            i += V::N;
        }
        while i < n {
            *out.add(i) = *x.add(*index.add(i) as usize - 1);
            i += 1;
        }
        OK
    }
}

#[inline(always)]
unsafe fn scatter_add<V: Lanes>(n: usize, index: *const i32, d: *const f64, dx: *mut f64) {
    for i in 0..n {
        unsafe { *dx.add(*index.add(i) as usize - 1) += *d.add(i) }
    }
}
