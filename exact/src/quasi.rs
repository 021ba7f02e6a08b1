//! Quasi-random points: Sobol' sequences (Sobol' 1967; direction numbers of Joe and Kuo 2008), scrambled as Owen (1995) does, by the hash
//! of Laine and Karras (2011); and the multivariate t and normal variates that they make.

use ppl_runtime::math::inv_Phi;
use std::sync::OnceLock;

/// Coordinates of a point at most.
pub const MOST_DIMS: usize = 10;

/// Degrees of freedom of the t variates: heavy enough for posteriors on log scales, whose tails are exponential.
pub const DEGREES: f64 = 4.0;

/// Degree, middle coefficients and first direction numbers of the primitive polynomials, from the second coordinate on.
const POLYNOMIALS: [(u32, u32, [u32; 5]); MOST_DIMS - 1] = [
    (1, 0, [1, 0, 0, 0, 0]),
    (2, 1, [1, 3, 0, 0, 0]),
    (3, 1, [1, 3, 1, 0, 0]),
    (3, 2, [1, 1, 1, 0, 0]),
    (4, 1, [1, 1, 3, 3, 0]),
    (4, 4, [1, 3, 5, 13, 0]),
    (5, 2, [1, 1, 5, 5, 17]),
    (5, 4, [1, 1, 5, 5, 5]),
    (5, 7, [1, 1, 7, 11, 19]),
];

fn directions() -> &'static [[u32; 32]; MOST_DIMS] {
    static DIRECTIONS: OnceLock<[[u32; 32]; MOST_DIMS]> = OnceLock::new();
    DIRECTIONS.get_or_init(|| {
        let mut all = [[0; 32]; MOST_DIMS];
        all[0] = std::array::from_fn(|bit| 1 << (31 - bit));
        for (v, (degree, middle, first)) in all[1..].iter_mut().zip(POLYNOMIALS) {
            let degree = degree as usize;
            for bit in 0..32 {
                v[bit] = match bit < degree {
                    true => first[bit] << (31 - bit),
                    false => {
                        let mut own = v[bit - degree] ^ (v[bit - degree] >> degree);
                        for k in 1..degree {
                            if middle >> (degree - 1 - k) & 1 == 1 {
                                own ^= v[bit - k];
                            }
                        }
                        own
                    }
                };
            }
        }
        all
    })
}

/// Coordinate `dim` of the point number `index`, as 32 bits.
fn sobol(index: u32, dim: usize) -> u32 {
    let v = &directions()[dim];
    (0..32).filter(|bit| index >> bit & 1 == 1).fold(0, |x, bit| x ^ v[bit])
}

/// A random permutation of dyadic intervals within each other.
fn scramble(x: u32, seed: u32) -> u32 {
    let mut x = x.reverse_bits();
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(seed);
    x = x.wrapping_mul((seed >> 16) | 1);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^= x.wrapping_mul(0x53a2_2864);
    x.reverse_bits()
}

/// SplitMix64 (Steele, Lea and Flood 2014).
fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number strictly between 0 and 1: coordinate `dim` of point `index` of a scrambling.
pub fn point(index: u32, dim: usize, scrambling: u32) -> f64 {
    let seed = mix((u64::from(scrambling) << 32) | dim as u64);
    let bits = scramble(sobol(index, dim), (seed >> 32) as u32) ^ (seed as u32 & 0xff);
    (f64::from(bits) + 0.5) / 4_294_967_296.0
}

/// The quantile of a chi-squared variable of 4 degrees of freedom, by Newton's method: its distribution function is
/// `1 - exp(-x/2) (1 + x/2)`.
fn chi_squared_4(p: f64) -> f64 {
    let log_upper = (-p).ln_1p();
    // of log(1 - F) in h = x / 2, which is concave
    let mut h = 1.0 - log_upper;
    for _ in 0..60 {
        let step = (h.ln_1p() - h - log_upper) * (1.0 + h) / -h;
        h = (h - step).max(0.1 * h);
        if step.abs() < 1e-13 * h {
            break;
        }
    }
    2.0 * h
}

/// Points of a t distribution of [`DEGREES`] degrees of freedom, location 0 and scale 1, for one scrambling: points `range`, row by row.
pub fn t_variates(dims: usize, range: std::ops::Range<u32>, scrambling: u32) -> Vec<f64> {
    let mut all = Vec::with_capacity(dims * range.len());
    for index in range {
        let scale = (DEGREES / chi_squared_4(point(index, dims, scrambling))).sqrt();
        all.extend((0..dims).map(|dim| scale * inv_Phi(point(index, dim, scrambling))));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dyadic_interval_has_its_share() {
        for scrambling in 0..4 {
            for dim in 0..MOST_DIMS {
                let mut counts = [0; 64];
                (0..256).for_each(|index| counts[(64.0 * point(index, dim, scrambling)) as usize] += 1);
                assert!(counts.iter().all(|count| *count == 4), "dimension {dim}: {counts:?}");
            }
        }
    }

    #[test]
    fn pairs_of_coordinates_fill_the_square() {
        // the first two coordinates are a (0, 2)-sequence: every rectangle of area 1/64 of 64 points has one
        for (a, b) in [(64, 1), (32, 2), (16, 4), (8, 8), (4, 16)] {
            let mut counts = vec![0; 64];
            for index in 0..64 {
                let cell = |dim: usize, cells: usize| (point(index, dim, 3) * cells as f64) as usize;
                counts[cell(0, a) * b + cell(1, b)] += 1;
            }
            assert!(counts.iter().all(|count| *count == 1), "{a} x {b}: {counts:?}");
        }
    }

    #[test]
    fn products_are_integrated() {
        let exact = 1.0;
        for dims in 1..=MOST_DIMS {
            let product = |index| (0..dims).map(|dim| 1.0 + 0.5 * (2.0 * point(index, dim, 1) - 1.0)).product::<f64>();
            let mean = (0..4096).map(product).sum::<f64>() / 4096.0;
            assert!((mean - exact).abs() < 2e-3, "{dims}: {mean}");
        }
    }

    #[test]
    fn variates_are_of_the_t_distribution() {
        let p = [1e-9, 1e-3, 0.2, 0.5, 0.9, 0.999_999];
        for p in p {
            let x = chi_squared_4(p);
            let back = -(-0.5 * x).exp_m1() - 0.5 * x * (-0.5 * x).exp();
            assert!((back - p).abs() < 1e-10, "{p}: {x} {back}");
        }
        // quartiles of t with 4 degrees of freedom
        let t = t_variates(2, 0..8192, 0);
        for dim in 0..2 {
            let inside = (0..8192).filter(|row| t[2 * row + dim].abs() < 0.740_697).count();
            assert!((inside as f64 / 8192.0 - 0.5).abs() < 2e-3, "{inside}");
        }
    }
}
