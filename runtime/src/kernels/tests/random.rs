//! Generators on lanes: the same numbers as one by one, and a million of each against its distribution.

use super::*;
use crate::density::Stream as Name;
use crate::families::{Tail, rng, scalar_family};
use crate::kernels::random::{Transforms, draw_at};
use crate::kernels::{OK, Parameter, REJECT};
use crate::math::gamma_q;
use crate::random::{Along, Sequence};
use crate::value::Value;

const CASES: [(&str, &[f64]); 17] = [
    ("std_normal", &[]),
    ("normal", &[0.5, 1.2]),
    ("lognormal", &[0.3, 0.8]),
    ("uniform", &[-1.0, 2.5]),
    ("exponential", &[1.7]),
    ("cauchy", &[0.5, 2.0]),
    ("logistic", &[-0.5, 0.7]),
    ("double_exponential", &[0.5, 1.3]),
    ("gamma", &[0.3, 2.0]),
    ("gamma", &[1.0, 2.0]),
    ("gamma", &[7.5, 0.5]),
    ("student_t", &[0.8, 0.5, 2.0]),
    ("student_t", &[3.0, 0.0, 1.0]),
    ("student_t", &[60.0, -1.0, 0.5]),
    ("bernoulli", &[0.3]),
    ("bernoulli_logit", &[-0.4]),
    ("bernoulli_logit", &[4.0]),
];

fn sequence(seed: u64, chain: u64, draw: u64, along: Along) -> Sequence {
    Sequence { along, ..Sequence::new(Name { seed, chain, draw }) }
}

/// `n` draws with the same arguments.
fn draws_at(level: Level, family: &str, args: &[f64], sequence: &mut Sequence, n: usize) -> Vec<f64> {
    let kernel = draw_at(family, level).unwrap();
    let parameters: Vec<Parameter> = args.iter().map(|values| Parameter { values, stride: 0 }).collect();
    let mut out = vec![0.0; n];
    let status = unsafe { kernel(sequence, n, parameters.as_ptr(), out.as_mut_ptr()) };
    assert_eq!(status, OK, "{family}");
    out
}

#[test]
fn lanes_draw_what_is_drawn_one_by_one() {
    for (family, args) in CASES {
        let values: Vec<Value<f64>> = args.iter().map(|&x| Value::Real(x)).collect();
        let number = |sequence: &mut Sequence| match rng(family, &values, sequence).unwrap() {
            Value::Real(x) => x,
            Value::Int(i) => i as f64,
            other => panic!("{other:?}"),
        };
        // Across a carry of the low half of the draw; from the first of sixteen, and from one whose partner is not in the batch.
        for (n, first) in LENGTHS.into_iter().flat_map(|n| [(n, 0xffff_fff0), (n, 0xffff_fffb)]) {
            let mut alone = sequence(3, 1, first, Along::Variates);
            let singles: Vec<f64> = (0..n).map(|_| number(&mut alone)).collect();
            let across: Vec<f64> =
                (0..n).map(|i| number(&mut sequence(3, 1, first + i as u64, Along::Variates))).collect();
            for at in levels() {
                // One by one, the exponential of a lognormal is the library's.
                let exact = at == level() && family != "lognormal";
                let same = |a: &[f64], b: &[f64]| {
                    a.iter().zip(b).all(|(a, b)| a == b || (!exact && (a - b).abs() <= 1e-11 * b.abs().max(1e-3)))
                };
                let mut beside = sequence(3, 1, first, Along::Variates);
                assert!(same(&draws_at(at, family, args, &mut beside, n), &singles), "{family} {n} {at:?}");
                assert_eq!(beside.position, n as u64);
                let mut beside = sequence(3, 1, first, Along::Draws);
                assert!(same(&draws_at(at, family, args, &mut beside, n), &across), "{family} {n} {at:?}");
                assert_eq!(beside.position, 1);
            }
        }
    }
}

#[test]
fn arguments_are_checked_lane_by_lane() {
    for at in levels() {
        let kernel = draw_at("normal", at).unwrap();
        let (mu, sigma) = ([0.0, 1.0, f64::NAN, 3.0, 4.0], [1.0, -1.0, 1.0, 2.0, 0.0]);
        let parameters = [&mu, &sigma].map(|x| Parameter { values: x.as_ptr(), stride: 1 });
        let mut out = [0.0; 5];
        let mut s = sequence(1, 1, 1, Along::Variates);
        let status = unsafe { kernel(&mut s, 5, parameters.as_ptr(), out.as_mut_ptr()) };
        assert_eq!(status, REJECT);
        assert_eq!(out.map(f64::is_nan), [false, true, true, false, true]);
        let mut s = sequence(1, 1, 1, Along::Variates);
        assert_eq!(rng("normal", &[Value::Real(0.0), Value::Real(1.0)], &mut s).unwrap(), Value::Real(out[0]));
    }
}

/// One million draws against the distribution function: Kolmogorov-Smirnov at level 1e-4, and the numbers in both tails down to where ten are
/// expected.
#[test]
fn a_million_draws_fit() {
    const N: usize = 1_000_000;
    for (along, draw) in [(Along::Variates, 24), (Along::Draws, 16)] {
        for (family, args) in CASES {
            let table = scalar_family(family).unwrap();
            let mut s = sequence(20_261_121, 4, draw, along);
            let mut x = draws_at(level(), family, args, &mut s, N);
            x.sort_by(f64::total_cmp);
            let mut full = vec![0.0];
            full.extend(args);
            if family.starts_with("bernoulli") {
                full[0] = 1.0;
                let p = (table.log_density)(&full, crate::families::Keep::ALL).exp();
                let ones = x.iter().sum::<f64>();
                let z = (ones - p * N as f64) / (N as f64 * p * (1.0 - p)).sqrt();
                assert!(z.abs() < 4.0, "{family} {args:?}: {ones} of {}", p * N as f64);
                continue;
            }
            let mut log_cdf = |v: f64, tail: Tail| {
                full[0] = v;
                (table.log_cdf_partials)(&full, tail, &mut [0.0; 4])
            };
            let n = N as f64;
            let mut worst = 0f64;
            for (i, v) in x.iter().enumerate().step_by(7) {
                let f = log_cdf(*v, Tail::Lower).exp();
                worst = worst.max((f - i as f64 / n).abs()).max((f - (i + 1) as f64 / n).abs());
            }
            assert!(worst * n.sqrt() < 2.225, "{family} {args:?}: Kolmogorov-Smirnov {}", worst * n.sqrt());
            for expected in [1000.0, 100.0, 10.0] {
                let beyond = (expected / n).ln();
                let low = x.iter().take(20_000).filter(|v| log_cdf(**v, Tail::Lower) < beyond).count() as f64;
                let high = x.iter().rev().take(20_000).filter(|v| log_cdf(**v, Tail::Upper) < beyond).count() as f64;
                for seen in [low, high] {
                    assert!(
                        (seen - expected).abs() < 4.5 * f64::sqrt(expected) + 1.0,
                        "{family} {args:?}: {seen} of {expected}"
                    );
                }
            }
        }
    }
}

/// Draws that share a block: each of the two is normal (Kolmogorov-Smirnov at level 1e-4), neither tells of the other by its value, square,
/// size or sign, and the angle of the two is uniform.
#[test]
fn partners_are_independent() {
    const N: usize = 1 << 20;
    let x = draws_at(level(), "std_normal", &[], &mut sequence(77, 2, 0, Along::Draws), 2 * N);
    let of = |second: usize| -> Vec<f64> { (0..2 * N).filter(|i| i / 8 % 2 == second).map(|i| x[i]).collect() };
    let pair = [of(0), of(1)];
    let distance = |sorted: &[f64], cdf: &dyn Fn(f64) -> f64| {
        let n = sorted.len() as f64;
        let apart = |(i, x): (usize, &f64)| (cdf(*x) - i as f64 / n).abs().max((cdf(*x) - (i + 1) as f64 / n).abs());
        sorted.iter().enumerate().map(apart).fold(0.0, f64::max) * n.sqrt()
    };
    for side in &pair {
        let mut sorted = side.clone();
        sorted.sort_by(f64::total_cmp);
        let seen = distance(&sorted, &crate::math::Phi);
        assert!(seen < 2.225, "Kolmogorov-Smirnov {seen}");
    }
    let mut angles: Vec<f64> = pair[0].iter().zip(&pair[1]).map(|(a, b)| a.atan2(*b)).collect();
    angles.sort_by(f64::total_cmp);
    let turn = std::f64::consts::TAU;
    let seen = distance(&angles, &|angle| angle / turn + 0.5);
    assert!(seen < 2.225, "angles: Kolmogorov-Smirnov {seen}");
    // Functions of mean 0 and variance 1.
    type Score = (&'static str, fn(f64) -> f64);
    let scores: [Score; 4] = [
        ("value", |x| x),
        ("square", |x| (x * x - 1.0) / 2f64.sqrt()),
        ("sign", f64::signum),
        ("size", |x| (x.abs() - (2.0 / std::f64::consts::PI).sqrt()) / (1.0 - 2.0 / std::f64::consts::PI).sqrt()),
    ];
    for (first, f) in scores {
        for (second, g) in scores {
            let r = pair[0].iter().zip(&pair[1]).map(|(a, b)| f(*a) * g(*b)).sum::<f64>() / (N as f64).sqrt();
            assert!(r.abs() < 4.5, "{first} and {second}: {r} standard errors");
        }
    }
}

/// Normal scores of neighbouring places in all directions are uncorrelated, and so are their squares and their signs.
#[test]
fn neighbours_are_independent() {
    const N: usize = 1_000_000;
    let normals = |seed, chain, draw, skip, along| {
        let mut s = sequence(seed, chain, draw, along);
        s.position = skip;
        draws_at(level(), "std_normal", &[], &mut s, N)
    };
    for along in [Along::Variates, Along::Draws] {
        let base = normals(100, 1, 50, 7, along);
        let mut others = vec![
            ("seed", normals(101, 1, 50, 7, along)),
            ("far seed", normals(100 + (1 << 32), 1, 50, 7, along)),
            ("chain", normals(100, 2, 50, 7, along)),
            ("seed and chain", normals(101, 0, 50, 7, along)),
            ("draw", normals(100, 1, 51, 7, along)),
            ("partner", normals(100, 1, 50 ^ crate::random::PARTNER, 7, along)),
            ("position", normals(100, 1, 50, 8, along)),
            ("far position", normals(100, 1, 50, 7 + (1 << 32), along)),
        ];
        // The same numbers come from the same place alone.
        let mut shifted = base.clone();
        shifted.rotate_left(1);
        others.push(("next", shifted));
        for (what, other) in &others {
            let repeated = base.iter().zip(other).filter(|(a, b)| a == b).count();
            assert_eq!(repeated, 0, "{what}");
            for (power, f) in [("", (|x| x) as fn(f64) -> f64), ("squared", |x| x * x - 1.0), ("sign", f64::signum)] {
                let scale = if power == "squared" { 2.0 } else { 1.0 };
                let r = base.iter().zip(other).map(|(a, b)| f(*a) * f(*b)).sum::<f64>() / scale;
                assert!(r.abs() < 4.5 * (N as f64).sqrt(), "{along:?} {what} {power}: {}", r / N as f64);
            }
        }
        // Bits of words: each about half the time.
        let mut counts = [0u32; 64];
        for i in 0..100_000u64 {
            let word = crate::random::word([5, 6], i, 3, 0)[(i % 2) as usize];
            for (bit, count) in counts.iter_mut().enumerate() {
                *count += (word >> bit & 1) as u32;
            }
        }
        let chi: f64 = counts.iter().map(|&c| (c as f64 - 5e4).powi(2) / 2.5e4).sum();
        assert!(gamma_q(32.0, 0.5 * chi) > 1e-4, "{chi}");
    }
}

#[test]
fn transforms_are_accurate_into_the_tails() {
    use crate::math::inv_Phi;
    let ends = [0u64, 1, 2, 100, 1 << 20, 1 << 40, 1 << 62, 1 << 63, u64::MAX - 5000, u64::MAX];
    for at in levels() {
        let t = Transforms::at(at);
        for radius in ends {
            let u = (radius as f64 + 0.5) * 2f64.powi(-64);
            let e = unsafe { (t.exponential)(radius) };
            assert!(e > 0.0 && e < 46.0, "{at:?} {radius}: {e}");
            if radius < 1 << 63 {
                close(e, -u.ln(), 1e-15, "exponential");
            }
            for angle in ends {
                let x = angle as i64 as f64 * 2f64.powi(-64);
                let z = unsafe { (t.normal)(radius, angle) };
                let want = (2.0 * e).sqrt() * (std::f64::consts::PI * x).sin();
                assert!((z - want).abs() <= 4e-16 * want.abs().max(1e-9), "{at:?} {radius} {angle}: {z} {want}");
                // Both of Box & Muller's: the word's first bit is the sign of the cosine, the others are the sine's angle.
                let x = (angle << 1) as i64 as f64 * 2f64.powi(-64);
                let cosine = (std::f64::consts::PI * (0.5 - x.abs())).sin() * if angle >> 63 == 1 { -1.0 } else { 1.0 };
                for (second, direction) in [(std::f64::consts::PI * x).sin(), cosine].into_iter().enumerate() {
                    let z = unsafe { (t.normal_of_pair)(radius, angle, second as u64) };
                    let want = (2.0 * e).sqrt() * direction;
                    assert!((z - want).abs() <= 6e-16 * want.abs().max(1e-9), "{at:?} {radius} {angle}: {z} {want}");
                }
            }
            let c = unsafe { (t.cauchy)(radius) };
            assert!(c.is_finite(), "{at:?} {radius}: {c}");
            let l = unsafe { (t.logistic)(radius) };
            assert!(l.is_finite() && l.abs() < 46.0, "{at:?} {radius}: {l}");
        }
        // The largest normal number is beyond nine, the chance of which is that of the words that give it.
        let most = unsafe { (t.normal)(0, 1 << 63) };
        assert!(most < -9.3, "{most}");
        // Of 2^64 radii those below k give |z| > r for some angle; the chance of |z| > 8 is 1.24e-15 = 22950 / 2^64 when averaged over angles.
        let mut inside = 0.0;
        let steps = 20_000;
        for i in 0..steps {
            let s = (std::f64::consts::PI * ((i as f64 + 0.5) / steps as f64 - 0.5)).sin();
            let (mut low, mut high) = (0u64, 1 << 40);
            while low < high {
                let middle = (low + high) / 2;
                let r = (2.0 * unsafe { (t.exponential)(middle) }).sqrt();
                if r * s.abs() > 8.0 { low = middle + 1 } else { high = middle }
            }
            inside += low as f64;
        }
        let chance = inside / steps as f64 * 2f64.powi(-64);
        let want = 2.0 * 6.220960574271785e-16;
        assert!((chance / want - 1.0).abs() < 0.01, "{at:?}: {chance} {want}");
    }
    assert!((inv_Phi(6.220960574271785e-16) + 8.0).abs() < 1e-9);
}
