//! The two real branches of Lambert's W: `w exp(w) = x`.

unary_functions! {
    /// The branch `w >= -1`, for `x >= -1/e`.
    lambert_w0(x) => y = lambert(x, true), derivative(x, y);
    /// The branch `w <= -1`, for `-1/e <= x < 0`.
    lambert_wm1(x) => y = lambert(x, false), derivative(x, y);
}

fn derivative(x: f64, w: f64) -> f64 {
    if x == 0.0 { 1.0 } else { 1.0 / (w.exp() * (1.0 + w)) }
}

fn lambert(x: f64, principal: bool) -> f64 {
    use std::f64::consts::E;
    const ONE_OVER_E: f64 = 0.367_879_441_171_442_33;
    // 1/e minus its nearest f64.
    const ONE_OVER_E_LOW: f64 = -1.242_875_367_278_836_3e-17;
    if x.is_nan() || x < -ONE_OVER_E || (!principal && x >= 0.0) {
        return if x == 0.0 && !principal { f64::NEG_INFINITY } else { f64::NAN };
    }
    if x == 0.0 || x == f64::INFINITY {
        return x;
    }
    // Branch-point series (Corless et al. 1996, eq. 4.22): exact enough where Newton's steps lose their digits.
    let p2 = 2.0 * E * ((x + ONE_OVER_E) + ONE_OVER_E_LOW);
    let p = if principal { p2.max(0.0).sqrt() } else { -p2.max(0.0).sqrt() };
    let series = -1.0
        + p * (1.0
            + p * (-1.0 / 3.0
                + p * (11.0 / 72.0
                    + p * (-43.0 / 540.0
                        + p * (769.0 / 17280.0
                            + p * (-221.0 / 8505.0 + p * (680863.0 / 43545600.0 + p * (-1963.0 / 204120.0))))))));
    if p.abs() < 0.01 {
        return series;
    }
    let mut w = if p.abs() < 0.7 {
        series
    } else if principal {
        if x < 3.0 {
            x.ln_1p() * (1.0 - (1.0 + x.ln_1p()).ln() / (2.0 + x.ln_1p()))
        } else {
            let l = x.ln();
            l - l.ln() + l.ln() / l
        }
    } else {
        let l = (-x).ln();
        l - (-l).ln() + (-l).ln() / l
    };
    for _ in 0..50 {
        // Halley's step on w - x exp(-w), which does not overflow.
        let e = x * (-w).exp();
        let f = w - e;
        let step = f / (1.0 + e - 0.5 * f * (-e) / (1.0 + e));
        if !step.is_finite() {
            break;
        }
        w -= step;
        if step.abs() <= 1e-16 * w.abs() {
            break;
        }
    }
    w
}
