//! From values to places: scales with round ticks.

/// How values are laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Linear,
    /// Square root: counts in a rootogram.
    Root,
    /// Logarithm; values must be positive.
    Log,
}

impl Shape {
    fn apply(self, x: f64) -> f64 {
        match self {
            Shape::Linear => x,
            Shape::Root => x.signum() * x.abs().sqrt(),
            Shape::Log => x.ln(),
        }
    }
}

/// The interval of values that an axis shows, lowest first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    pub shape: Shape,
}

impl Scale {
    /// From the lowest to the highest of two finite values; equal or senseless ones are moved apart.
    pub fn linear(low: f64, high: f64) -> Scale {
        let (low, high) = if low.is_finite() && high.is_finite() { (low.min(high), low.max(high)) } else { (0.0, 1.0) };
        // What is narrower than rounding has no ticks.
        let least = 1e-9 * low.abs().max(high.abs()).max(1e-290);
        match high - low < least {
            true => Scale { low: low - least.max(0.5e-9), high: high + least.max(0.5e-9), shape: Shape::Linear },
            false => Scale { low, high, shape: Shape::Linear },
        }
    }

    /// The range of some values; those that are not finite are passed over.
    pub fn over(values: impl IntoIterator<Item = f64>) -> Scale {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for x in values.into_iter().filter(|x| x.is_finite()) {
            low = low.min(x);
            high = high.max(x);
        }
        Scale::linear(low, high)
    }

    /// From zero to a little above the largest of some values.
    pub fn from_zero(values: impl IntoIterator<Item = f64>) -> Scale {
        let high = values.into_iter().filter(|x| x.is_finite()).fold(0.0, f64::max);
        Scale::linear(0.0, if high > 0.0 { 1.06 * high } else { 1.0 })
    }

    /// With a share of the width more on either side.
    #[must_use]
    pub fn padded(self, share: f64) -> Scale {
        let by = share * (self.high - self.low);
        Scale { low: self.low - by, high: self.high + by, ..self }
    }

    #[must_use]
    pub fn shaped(self, shape: Shape) -> Scale {
        Scale { shape, ..self }
    }

    /// Where a value lies: 0 at the low end, 1 at the high end. `None` for what has no place.
    pub fn at(&self, x: f64) -> Option<f64> {
        let (low, high) = (self.shape.apply(self.low), self.shape.apply(self.high));
        let at = (self.shape.apply(x) - low) / (high - low);
        // Far outside is outside; numbers of any length would only fill the page.
        at.is_finite().then(|| at.clamp(-2.0, 3.0))
    }

    /// Round values inside the scale with their labels, about `wanted` of them.
    pub fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        match self.shape {
            Shape::Log => self.log_ticks(wanted),
            Shape::Linear => labelled(&round_steps(self.low, self.high, wanted)),
            Shape::Root => {
                // Squares of round numbers, rounded: even spacing.
                let mut values: Vec<f64> = round_steps(0.0, self.high.max(0.0).sqrt(), wanted)
                    .into_iter()
                    .map(|root| round_to_digits(root * root, 1))
                    .filter(|x| *x >= self.low && *x <= self.high)
                    .collect();
                values.dedup();
                labelled(&values)
            }
        }
    }

    fn log_ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        let (low, high) = (self.low.log10(), self.high.log10());
        let inside = |x: &f64| *x >= self.low * (1.0 - 1e-9) && *x <= self.high * (1.0 + 1e-9);
        let decades = |digits: &[f64], every: i32| -> Vec<f64> {
            (low.floor() as i32..=high.ceil() as i32)
                .filter(|e| e.rem_euclid(every) == 0)
                .flat_map(|e| digits.iter().map(move |d| d * 10f64.powi(e)).collect::<Vec<_>>())
                .filter(inside)
                .collect()
        };
        if high - low < 0.7 {
            return labelled(&round_steps(self.low, self.high, wanted));
        }
        let every = ((high - low) / wanted.max(1) as f64).ceil().max(1.0) as i32;
        let values = match decades(&[1.0, 2.0, 5.0], 1) {
            fine if fine.len() <= wanted + 1 => fine,
            _ => decades(&[1.0], every),
        };
        values.into_iter().map(|x| (x, label(x, (-x.log10().floor()).clamp(0.0, 12.0) as usize))).collect()
    }
}

/// Multiples of 1, 2 or 5 times a power of ten between two values.
fn round_steps(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let rough = (high - low) / wanted.max(1) as f64;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough * 0.999).unwrap_or(rough);
    let (first, last) = ((low / step - 1e-6).ceil(), (high / step + 1e-6).floor());
    (0..=(last - first).clamp(0.0, 100.0) as usize)
        .map(|i| (first + i as f64) * step)
        .filter(|x| *x <= high + 1e-6 * step)
        .collect()
}

fn round_to_digits(x: f64, digits: i32) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let power = 10f64.powi(x.log10().floor() as i32 + 1 - digits);
    (x / power).round() * power
}

/// Labels with one number of decimals: as few as tell neighbours apart.
fn labelled(values: &[f64]) -> Vec<(f64, String)> {
    let step = values.windows(2).map(|w| (w[1] - w[0]).abs()).fold(f64::INFINITY, f64::min);
    let least = if step.is_finite() { step } else { values.first().map_or(1.0, |x| x.abs().max(1e-12)) };
    // Steps of 2.5 or 0.25 have a digit more than their size says.
    let mut decimals = (-least.log10().floor()).clamp(0.0, 12.0) as usize;
    if decimals < 12
        && values.iter().any(|x| {
            (x * 10f64.powi(decimals as i32)).fract().abs().min(1.0 - (x * 10f64.powi(decimals as i32)).fract().abs())
                > 1e-6
        })
    {
        decimals += 1;
    }
    values.iter().map(|x| (*x, label(*x, decimals))).collect()
}

/// A number for an axis: a true minus sign, thin spaces between thousands, an exponent where it would be long.
pub fn label(x: f64, decimals: usize) -> String {
    let x = if x == 0.0 { 0.0 } else { x };
    let size = x.abs();
    let text = if size >= 1e6 || (size > 0.0 && size < 1e-4) {
        let exponent = size.log10().floor() as i32;
        let mantissa = format!("{:.2}", x / 10f64.powi(exponent));
        format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
    } else {
        format!("{x:.decimals$}")
    };
    let text =
        if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') { text.replace('-', "") } else { text };
    let text = text.replace('-', "\u{2212}");
    match (1e4..1e6).contains(&size) && decimals == 0 {
        true => format!("{}\u{2009}{}", &text[..text.len() - 3], &text[text.len() - 3..]),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, wanted: usize) -> Vec<String> {
        scale.ticks(wanted).into_iter().map(|t| t.1).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(Scale::linear(-0.7, 2.3), 5), ["0", "1", "2"]);
        assert_eq!(labels(Scale::linear(-0.12, 0.23), 4), ["\u{2212}0.1", "0.0", "0.1", "0.2"]);
        assert_eq!(labels(Scale::linear(0.0, 1234.0), 4), ["0", "500", "1000"]);
        assert_eq!(
            labels(Scale::linear(0.0, 40_000.0), 4),
            ["0", "10\u{2009}000", "20\u{2009}000", "30\u{2009}000", "40\u{2009}000"]
        );
        assert_eq!(labels(Scale::linear(0.05, 300.0).shaped(Shape::Log), 4), ["0.1", "1", "10", "100"]);
        assert_eq!(label(-0.0001, 2), "0.00");
        assert_eq!(label(1.5e7, 0), "1.5e7");
    }

    #[test]
    fn any_range_has_a_scale() {
        for (low, high) in
            [(0.0, 0.0), (1.0, 1.0), (f64::NAN, 1.0), (-1e300, 1e300), (5.0, -5.0), (1e-320, 1e-320), (1e12, 1e12)]
        {
            let scale = Scale::linear(low, high);
            assert!(scale.low < scale.high, "{low} {high}: {scale:?}");
            assert!(scale.ticks(5).len() <= 12, "{low} {high}");
            assert!(scale.at(scale.low).unwrap().abs() < 1e-9);
        }
        assert_eq!(Scale::linear(0.0, 1.0).at(f64::NAN), None);
        assert_eq!(Scale::linear(1.0, 2.0).shaped(Shape::Log).at(-1.0), None);
        assert_eq!(Scale::over([f64::NAN, 2.0, f64::INFINITY, 1.0]), Scale::linear(1.0, 2.0));
    }
}
