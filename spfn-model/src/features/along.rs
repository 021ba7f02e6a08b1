//! Residuals along the cells of a number: steps, bends, waves, and roughness of any kind.
//!
//! Runs of ties are taken together, so the order of rows within them makes no difference.

use super::response::Response;
use super::sheet::Number;

/// Residuals of a regression, as scans along cells take them.
pub struct Residuals<'r> {
    pub response: &'r Response,
    /// Residuals times weights, of each score vector.
    pub weighted: &'r [Vec<f64>],
    /// The penalised sum of squares.
    pub rest: f64,
}

/// A term that may stand at several places.
#[derive(Clone, Copy, Debug, Default)]
pub struct Somewhere {
    /// Log Bayes factor, averaged over places.
    pub log_factor: f64,
    /// Posterior mean of the place.
    pub place: f64,
}

/// Weighted sums of products of 1 and the cells over rows.
#[derive(Clone, Copy, Default)]
struct Sums {
    w: f64,
    x: f64,
    xx: f64,
}

impl Sums {
    fn add(&mut self, w: f64, x: f64) {
        self.w += w;
        self.x += w * x;
        self.xx += w * x * x;
    }

    /// What a term with these products with 1 and the cells has in common with intercept and line.
    fn shared(&self, with_one: f64, with_line: f64) -> f64 {
        let spread = self.xx - self.x * self.x / self.w;
        let line = with_line - with_one * self.x / self.w;
        with_one * with_one / self.w + if spread > 1e-12 * self.xx { line * line / spread } else { 0.0 }
    }
}

/// Information and squared score of a term at each place.
#[derive(Clone, Default)]
struct Scan {
    places: Vec<f64>,
    information: Vec<f64>,
    squares: Vec<f64>,
}

impl Residuals<'_> {
    /// A step, and a bend, between any two runs of ties, each beside intercept and line.
    pub fn step_and_bend(&self, number: &Number) -> (Somewhere, Somewhere) {
        let (x, weights) = (&number.x, &self.response.weights);
        let gaps = number.order.ends.len().saturating_sub(1);
        let mut all = Sums::default();
        number.order.rows.iter().for_each(|row| all.add(weights[*row as usize], x[*row as usize]));
        // a line through two points bends nowhere
        if gaps < 2 || all.w <= 0.0 {
            return Default::default();
        }
        let scan = |capacity| Scan {
            places: Vec::with_capacity(capacity),
            information: Vec::with_capacity(capacity),
            squares: vec![0.0; capacity],
        };
        let (mut steps, mut bends) = (scan(gaps), scan(gaps));
        let mut below = Sums::default();
        for run in number.order.runs().take(gaps) {
            let mut cut = 0.0;
            for row in run {
                cut = x[*row as usize];
                below.add(weights[*row as usize], cut);
            }
            let above = Sums { w: all.w - below.w, x: all.x - below.x, xx: all.xx - below.xx };
            steps.places.push(cut);
            steps.information.push(above.w - all.shared(above.w, above.x));
            // products of the part above the cut with itself, 1 and the cells
            let square = above.xx - 2.0 * cut * above.x + cut * cut * above.w;
            bends.places.push(cut);
            bends.information.push(square - all.shared(above.x - cut * above.w, above.xx - cut * above.x));
        }
        for residuals in self.weighted {
            let (mut sum, mut product) = (0.0, 0.0);
            for row in &number.order.rows {
                sum += residuals[*row as usize];
                product += residuals[*row as usize] * x[*row as usize];
            }
            for (gap, run) in number.order.runs().take(gaps).enumerate() {
                for row in run {
                    sum -= residuals[*row as usize];
                    product -= residuals[*row as usize] * x[*row as usize];
                }
                let bend = product - steps.places[gap] * sum;
                steps.squares[gap] += sum * sum;
                bends.squares[gap] += bend * bend;
            }
        }
        (self.average(&steps, 1e-6 * all.w), self.average(&bends, 1e-6 * all.w))
    }

    /// A sine and a cosine of frequency 1, 2, 4, 8 or 16; the place is log2 of the frequency.
    pub fn waves(&self, number: &Number) -> Somewhere {
        const FREQUENCIES: usize = 5;
        let (x, weights) = (&number.x, &self.response.weights);
        let count = number.order.rows.len();
        let mut sines = vec![[0.0; 2 * FREQUENCIES]; count];
        for (waves, row) in sines.iter_mut().zip(&number.order.rows) {
            // angles are doubled, not computed again
            let (mut s, mut c) = x[*row as usize].sin_cos();
            for which in 0..FREQUENCIES {
                (waves[which], waves[FREQUENCIES + which]) = (s, c);
                (s, c) = (2.0 * s * c, 1.0 - 2.0 * s * s);
            }
        }
        let mut all = Sums::default();
        let mut with_one = [0.0; 2 * FREQUENCIES];
        let mut with_line = [0.0; 2 * FREQUENCIES];
        let mut squares = [0.0; 2 * FREQUENCIES];
        let mut crosses = [0.0; FREQUENCIES];
        for (waves, row) in sines.iter().zip(&number.order.rows) {
            let (w, x) = (weights[*row as usize], x[*row as usize]);
            all.add(w, x);
            for lane in 0..2 * FREQUENCIES {
                let own = w * waves[lane];
                with_one[lane] += own;
                with_line[lane] += own * x;
                squares[lane] += own * waves[lane];
            }
            let (sines, cosines) = waves.split_at(FREQUENCIES);
            crosses.iter_mut().zip(sines).zip(cosines).for_each(|((own, s), c)| *own += w * s * c);
        }
        if count < 4 || all.w <= 0.0 {
            return Somewhere::default();
        }
        let mut scan = Scan { places: Vec::new(), information: Vec::new(), squares: vec![0.0; FREQUENCIES] };
        let mut products = vec![[0.0; 2 * FREQUENCIES]; self.weighted.len()];
        for (products, residuals) in products.iter_mut().zip(self.weighted) {
            for (waves, row) in sines.iter().zip(&number.order.rows) {
                let r = residuals[*row as usize];
                (0..2 * FREQUENCIES).for_each(|lane| products[lane] += r * waves[lane]);
            }
        }
        let penalty = self.response.slope;
        for (which, cross) in crosses.into_iter().enumerate() {
            let (s, c) = (which, FREQUENCIES + which);
            let ss = (squares[s] - all.shared(with_one[s], with_line[s])).max(0.0) + penalty;
            let cc = (squares[c] - all.shared(with_one[c], with_line[c])).max(0.0) + penalty;
            // the shared part is a quadratic form; its polar form gives the mixed product
            let both = all.shared(with_one[s] + with_one[c], with_line[s] + with_line[c]);
            let apart = all.shared(with_one[s] - with_one[c], with_line[s] - with_line[c]);
            let sc = cross - (both - apart) / 4.0;
            let determinant = (ss * cc - sc * sc).max(penalty * penalty);
            // as one term of the same gain and the same determinant
            let gain: f64 = products
                .iter()
                .map(|p| (cc * p[s] * p[s] - 2.0 * sc * p[s] * p[c] + ss * p[c] * p[c]) / determinant)
                .sum();
            scan.places.push(which as f64);
            scan.information.push(determinant / penalty - penalty);
            scan.squares[which] = gain * determinant / penalty;
        }
        self.average(&scan, 0.0)
    }

    /// Averages Bayes factors over places with more than the least information.
    fn average(&self, scan: &Scan, least: f64) -> Somewhere {
        let (response, penalty) = (self.response, self.response.slope);
        let gain =
            |(own, square): (&f64, &f64)| if *own > least { square / (own + penalty) } else { f64::NEG_INFINITY };
        let gains: Vec<f64> = scan.information.iter().zip(&scan.squares).map(gain).collect();
        let mut top = 0;
        for (place, gain) in gains.iter().enumerate() {
            if *gain > gains[top] {
                top = place;
            }
        }
        let best = gains.get(top).copied().unwrap_or(f64::NEG_INFINITY);
        if best == f64::NEG_INFINITY {
            return Somewhere::default();
        }
        let scale = 0.5 / response.deviation(self.rest).powi(2);
        let (mut count, mut sum, mut place) = (0.0, 0.0, 0.0);
        for (gain, at) in gains.iter().zip(&scan.places).filter(|(gain, _)| **gain > f64::NEG_INFINITY) {
            count += 1.0;
            // relative to the best, at the fitted variance
            let far = scale * (best - gain);
            if far < 15.0 {
                let weight = (-far).exp();
                sum += weight;
                place += weight * at;
            }
        }
        let log_factor = -0.5 * response.multiplicity * (scan.information[top] / penalty).ln_1p()
            + response.log_fit(self.rest - best.min(self.rest))
            - response.log_fit(self.rest)
            + (sum / count).ln();
        Somewhere { log_factor, place: place / sum }
    }

    /// The autocorrelation of residuals from one run of ties to the next, in the order of cells: about standard normal times `1 / sqrt(runs)`.
    pub fn roughness(&self, number: &Number, standard: &[f64]) -> f64 {
        let (mut before, mut product, mut square) = (0.0, 0.0, 0.0);
        for run in number.order.runs() {
            let own = run.iter().map(|row| standard[*row as usize]).sum::<f64>() / (run.len() as f64).sqrt();
            product += before * own;
            square += own * own;
            before = own;
        }
        let runs = number.order.ends.len() as f64;
        if runs < 4.0 || square <= 0.0 { 0.0 } else { runs.sqrt() * product / square }
    }
}
