//! Evidences by plain quadrature: slow, and with nothing in common with the crate's but the description of the model.

use ppl_exact::Data;
use ppl_exact::model::{Effect, Family, Model, Prior};
use ppl_exact::target::Target;

const LOG_2PI: f64 = 1.837_877_066_409_345_3;

fn log_sum(values: &[f64]) -> f64 {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + values.iter().map(|v| (v - most).exp()).sum::<f64>().ln()
}

/// Of a Gaussian family: the density of y under its whole covariance matrix, at the nodes of a fine grid.
pub fn dense(model: &Model, data: &Data) -> f64 {
    let (mut y, mut constant) = (data.outcome().to_vec(), 0.0);
    if model.family == Family::Lognormal {
        constant = -y.iter().map(|y| y.ln()).sum::<f64>();
        y.iter_mut().for_each(|y| *y = y.ln());
    }
    let n = y.len();
    let columns: Vec<(Vec<f64>, f64)> =
        model.terms.iter().map(|term| (data.feature(term.feature).unwrap(), term.sd)).collect();
    let sigma_prior = model.dispersion.expect("a scale");
    let scales = grid(-4.5, 2.2, 0.12);
    let second: Vec<f64> = match (model.correlation, model.effect) {
        (Some(_), _) => grid(-7.0, 7.0, 0.16),
        (_, Some(Effect::ChangePoint { .. })) => grid(-4.6, 4.6, 0.04),
        (_, Some(_)) => grid(-7.0, 2.6, 0.16),
        _ => vec![0.0],
    };
    let step = if second.len() > 1 { second[1] - second[0] } else { 1.0 };
    let mut values = Vec::new();
    for &v in &second {
        for &s in &scales {
            let sigma = s.exp();
            let mut log = sigma_prior.log_density(sigma) + s;
            let mut covariance = vec![vec![0.0; n]; n];
            let mut fill = |f: &dyn Fn(usize, usize) -> f64| {
                (0..n).for_each(|i| (0..=i).for_each(|j| covariance[i][j] += f(i, j)));
            };
            for (x, sd) in &columns {
                fill(&|i, j| sd * sd * x[i] * x[j]);
            }
            let noise = |i: usize, j: usize| if i == j { sigma * sigma } else { 0.0 };
            match (model.correlation, model.effect) {
                (Some(Prior::Uniform { low, high }), _) => {
                    // a logistic map to the range
                    let p = 1.0 / (1.0 + (-v).exp());
                    let phi = low + (high - low) * p;
                    log += (p * (1.0 - p)).ln();
                    if let Family::Autoregression { mean, sd } = model.family {
                        let z = (y[0] - mean) / sd;
                        log += -0.5 * z * z - sd.ln() - 0.5 * LOG_2PI;
                        for i in 1..n {
                            let z = (y[i] - phi * y[i - 1]) / sigma;
                            log += -0.5 * z * z - sigma.ln() - 0.5 * LOG_2PI;
                        }
                        values.push(log);
                        continue;
                    }
                    // e[i] = phi^i e[0] + sums of innovations
                    fill(&|i, j| {
                        (0..=j).map(|k| phi.powi((i - k) as i32) * phi.powi((j - k) as i32)).sum::<f64>()
                            * sigma
                            * sigma
                    });
                }
                (_, Some(Effect::VaryingIntercept { group, tau })) => {
                    let (tau_value, group) = (v.exp(), data.group(group).unwrap());
                    log += tau.log_density(tau_value) + v;
                    fill(&|i, j| if group[i] == group[j] { tau_value * tau_value } else { 0.0 });
                    fill(&noise);
                }
                (_, Some(Effect::LocalLevel { tau, first })) => {
                    let tau_value = v.exp();
                    log += tau.log_density(tau_value) + v;
                    fill(&|i, j| first * first + tau_value * tau_value * i.min(j) as f64);
                    fill(&noise);
                }
                (_, Some(Effect::ChangePoint { column, rate, sd, location })) => {
                    log += location.log_density(v);
                    let x = data.step(column, rate, v).unwrap();
                    fill(&|i, j| sd * sd * x[i] * x[j]);
                    fill(&noise);
                }
                _ => fill(&noise),
            }
            values.push(log + log_normal(&covariance, &y));
        }
    }
    log_sum(&values) + (0.12_f64 * step).ln() + constant
}

fn grid(low: f64, high: f64, step: f64) -> Vec<f64> {
    (0..=((high - low) / step).round() as usize).map(|i| low + step * i as f64).collect()
}

/// Log density of a centred normal vector; the lower half of its covariance is given.
fn log_normal(covariance: &[Vec<f64>], y: &[f64]) -> f64 {
    let n = y.len();
    let mut l = covariance.to_vec();
    let mut z = y.to_vec();
    let mut log = -0.5 * LOG_2PI * n as f64;
    for i in 0..n {
        for j in 0..=i {
            let (above, below) = l.split_at_mut(i);
            let own = &mut below[0];
            let known: f64 = if j < i {
                own.iter().zip(&above[j]).take(j).map(|(a, b)| a * b).sum()
            } else {
                own[..j].iter().map(|a| a * a).sum()
            };
            let value = own[j] - known;
            own[j] = if i == j { value.sqrt() } else { value / above[j][j] };
        }
        z[i] = (y[i] - (0..i).map(|k| l[i][k] * z[k]).sum::<f64>()) / l[i][i];
        log -= 0.5 * z[i] * z[i] + l[i][i].ln();
    }
    log
}

/// Of another family: the trapezoidal rule along the principal axes of the normal approximation, over all coordinates at once.
pub fn product(model: &Model, data: &Data, step: f64) -> f64 {
    let mut target = Target::new(model, data, 25).unwrap();
    let start = target.start();
    let fit = ppl_exact::laplace::laplace(&mut target, start).expect("a mode");
    let dims = fit.mode.len();
    // tails of log scales are long to the left
    let nodes = grid(-6.0, 6.0, step);
    let mut log_volume: f64 = dims as f64 * step.ln();
    for i in 0..dims {
        log_volume += fit.scale[i][i].abs().ln();
    }
    let mut place = vec![0_usize; dims];
    let (mut most, mut sum) = (f64::NEG_INFINITY, 0.0);
    loop {
        let z: Vec<f64> = place.iter().map(|p| nodes[*p]).collect();
        // a ball, not a cube: its corners are empty
        if z.iter().map(|z| z * z).sum::<f64>() < 40.0 {
            let x: Vec<f64> =
                (0..dims).map(|i| fit.mode[i] + (0..dims).map(|j| fit.scale[i][j] * z[j]).sum::<f64>()).collect();
            let value = target.log_density(&x);
            if value > most {
                sum = sum * f64::exp(most - value) + 1.0;
                most = value;
            } else {
                sum += (value - most).exp();
            }
        }
        let Some(next) = (0..dims).find(|i| place[*i] + 1 < nodes.len()) else { break };
        place[next] += 1;
        place[..next].fill(0);
    }
    most + sum.ln() + log_volume
}

/// The evidence by quadrature; `None` where there are too many coordinates for it.
pub fn evidence(model: &Model, data: &Data) -> Option<f64> {
    if model.family.is_gaussian() {
        return Some(dense(model, data));
    }
    let dims = Target::new(model, data, 5).unwrap().dims();
    (dims <= 5).then(|| product(model, data, if dims <= 4 { 0.6 } else { 0.85 }))
}
