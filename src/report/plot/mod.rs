//! Pictures as SVG: axes, lines, areas, bars, points.
//!
//! Own primitives rather than a plotting crate, because the colours are CSS classes of the page: one picture serves light and dark screens
//! and paper, and its text is that of the page.

mod scale;

pub use scale::{Scale, Shape, label};

use super::html::escape;
use std::fmt::Write;

/// Width and height in the units of the picture, which are about pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

/// One of several beside each other.
pub const SMALL: Size = Size { width: 380.0, height: 220.0 };
/// Over the width of the page.
pub const WIDE: Size = Size { width: 1130.0, height: 290.0 };
/// Half as high as one of several, for two above each other.
pub const FLAT: Size = Size { width: 380.0, height: 150.0 };

/// Width of a character of the labels: of digits in the widest of the page's fonts.
const CHARACTER: f64 = 7.0;
/// What a label keeps from the edge of the picture.
const EDGE: f64 = 2.0;

/// An axis of a plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub scale: Scale,
    pub label: String,
    /// Places and labels; `None` for round numbers.
    pub ticks: Option<Vec<(f64, String)>>,
}

impl Axis {
    pub fn new(scale: Scale, label: &str) -> Axis {
        Axis { scale, label: label.to_string(), ticks: None }
    }

    /// Of things that are counted: ticks are whole numbers.
    pub fn counting(scale: Scale, label: &str) -> Axis {
        let ticks =
            scale.ticks(12).into_iter().filter(|(x, _)| x.fract().abs() < 1e-9).map(|(x, _)| (x, self::label(x, 0)));
        Axis { scale, label: label.to_string(), ticks: Some(ticks.collect()) }
    }

    /// Without ticks: a density, whose height is of no interest.
    pub fn bare(scale: Scale) -> Axis {
        Axis { scale, label: String::new(), ticks: Some(Vec::new()) }
    }

    #[must_use]
    pub fn with_ticks(self, ticks: Vec<(f64, String)>) -> Axis {
        Axis { ticks: Some(ticks), ..self }
    }
}

/// A picture under construction. Coordinates are values on its axes; what lies outside is cut off, what is not finite is left out.
pub struct Plot {
    size: Size,
    left: f64,
    top: f64,
    x: Axis,
    y: Axis,
    frame: String,
    body: String,
    description: String,
}

const RIGHT: f64 = 14.0;

impl Plot {
    /// `description` is what a reader who does not see the picture is told.
    pub fn new(size: Size, x: Axis, y: Axis, description: &str) -> Plot {
        let y_ticks = y.ticks.clone().unwrap_or_else(|| y.scale.ticks((size.height / 45.0) as usize));
        let widest = y_ticks.iter().map(|(_, l)| l.chars().count()).max().unwrap_or(0) as f64;
        let left = if y_ticks.is_empty() { 10.0 } else { 12.0 + widest * CHARACTER };
        let left = if y.label.is_empty() { left } else { left + 16.0 };
        let mut plot = Plot {
            size,
            left,
            top: 8.0,
            x,
            y,
            frame: String::new(),
            body: String::new(),
            description: description.to_string(),
        };
        plot.draw_axes(&y_ticks);
        plot
    }

    fn bottom(&self) -> f64 {
        let ticks = if self.x.ticks.as_ref().is_some_and(Vec::is_empty) { 4.0 } else { 20.0 };
        ticks + if self.x.label.is_empty() { 0.0 } else { 16.0 }
    }

    fn inner(&self) -> (f64, f64) {
        (self.size.width - self.left - RIGHT, self.size.height - self.top - self.bottom())
    }

    /// As many ticks as have room for their labels.
    fn x_ticks(&self) -> Vec<(f64, String)> {
        let (width, _) = self.inner();
        let room = |ticks: &[(f64, String)]| {
            let widest = ticks.iter().map(|(_, l)| l.chars().count()).max().unwrap_or(0) as f64;
            ticks.len() as f64 * (widest * CHARACTER + 12.0) <= width + 40.0
        };
        match &self.x.ticks {
            Some(given) => {
                let every = (1..=given.len().max(1))
                    .find(|every| room(&given.iter().step_by(*every).cloned().collect::<Vec<_>>()));
                given.iter().step_by(every.unwrap_or(1)).cloned().collect()
            }
            None => {
                let wanted = (width / 70.0).max(2.0) as usize;
                (1..=wanted).rev().map(|n| self.x.scale.ticks(n)).find(|t| room(t)).unwrap_or_default()
            }
        }
    }

    fn draw_axes(&mut self, y_ticks: &[(f64, String)]) {
        let (width, height) = self.inner();
        let (left, top) = (self.left, self.top);
        let frame = &mut String::new();
        for (value, label) in y_ticks {
            let Some(at) = self.y.scale.at(*value).filter(|at| (-0.01..=1.01).contains(at)) else { continue };
            let y = top + height * (1.0 - at);
            let _ = write!(
                frame,
                r#"<path class="grid" d="M{} {}h{}"/><text class="tick" x="{}" y="{}" text-anchor="end">{}</text>"#,
                n(left),
                n(y),
                n(width),
                n(left - 6.0),
                n(y + 3.8),
                escape(label)
            );
        }
        for (value, label) in self.x_ticks() {
            let Some(at) = self.x.scale.at(value).filter(|at| (-0.01..=1.01).contains(at)) else { continue };
            let x = left + width * at;
            // Labels at the ends stay inside the picture.
            let half = label.chars().count() as f64 * CHARACTER / 2.0 + EDGE;
            let text = x.clamp(half.min(self.size.width / 2.0), (self.size.width - half).max(self.size.width / 2.0));
            let _ = write!(
                frame,
                r#"<path class="axis" d="M{} {}v4"/><text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>"#,
                n(x),
                n(top + height),
                n(text),
                n(top + height + 16.0),
                escape(&label)
            );
        }
        let _ = write!(frame, r#"<path class="axis" d="M{} {}h{}"/>"#, n(left), n(top + height), n(width));
        if !self.x.label.is_empty() {
            let _ = write!(
                frame,
                r#"<text class="label" x="{}" y="{}" text-anchor="middle">{}</text>"#,
                n(left + width / 2.0),
                n(self.size.height - 3.0),
                escape(&self.x.label)
            );
        }
        if !self.y.label.is_empty() {
            let _ = write!(
                frame,
                r#"<text class="label" transform="translate(11 {}) rotate(-90)" text-anchor="middle">{}</text>"#,
                n(top + height / 2.0),
                escape(&self.y.label)
            );
        }
        self.frame.push_str(frame);
    }

    /// A place inside the plotting area.
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (width, height) = self.inner();
        Some((width * self.x.scale.at(x)?, height * (1.0 - self.y.scale.at(y)?)))
    }

    /// The path through points; it is broken where a point has no place.
    fn path(&self, points: impl IntoIterator<Item = (f64, f64)>) -> String {
        let mut d = String::new();
        let mut pen = false;
        for (x, y) in points {
            match self.at(x, y) {
                Some((x, y)) => {
                    let _ = write!(d, "{}{} {}", if pen { 'L' } else { 'M' }, n(x), n(y));
                    pen = true;
                }
                None => pen = false,
            }
        }
        d
    }

    pub fn line(&mut self, points: impl IntoIterator<Item = (f64, f64)>, class: &str) {
        let d = self.path(points);
        if !d.is_empty() {
            let _ = write!(self.body, r#"<path class="line {class}" d="{d}"/>"#);
        }
    }

    /// The area between two curves over the same places.
    pub fn area(&mut self, points: &[(f64, f64, f64)], class: &str) {
        let there = |p: &&(f64, f64, f64)| self.at(p.0, p.1).is_some() && self.at(p.0, p.2).is_some();
        let points: Vec<&(f64, f64, f64)> = points.iter().filter(there).collect();
        let up = points.iter().map(|p| (p.0, p.1));
        let down = points.iter().rev().map(|p| (p.0, p.2));
        let d = self.path(up.chain(down));
        if !d.is_empty() {
            let _ = write!(self.body, r#"<path class="area {class}" d="{d}Z"/>"#);
        }
    }

    /// Rectangles from `low` to `high` between two places each: (left, right, low, high).
    pub fn bars(&mut self, bars: impl IntoIterator<Item = (f64, f64, f64, f64)>, class: &str) {
        let mut d = String::new();
        for (left, right, low, high) in bars {
            if let (Some((x0, y0)), Some((x1, y1))) = (self.at(left, low), self.at(right, high)) {
                let _ = write!(d, "M{} {}H{}V{}H{}Z", n(x0), n(y0), n(x1), n(y1), n(x0));
            }
        }
        if !d.is_empty() {
            let _ = write!(self.body, r#"<path class="area {class}" d="{d}"/>"#);
        }
    }

    /// Round dots, all in one path.
    pub fn points(&mut self, points: impl IntoIterator<Item = (f64, f64)>, class: &str) {
        let mut d = String::new();
        for (x, y) in points {
            if let Some((x, y)) = self.at(x, y) {
                let _ = write!(d, "M{} {}h0", n(x), n(y));
            }
        }
        if !d.is_empty() {
            let _ = write!(self.body, r#"<path class="dots {class}" d="{d}"/>"#);
        }
    }

    /// From bottom to top.
    pub fn vertical(&mut self, x: f64, class: &str) {
        let (low, high) = (self.y.scale.low, self.y.scale.high);
        self.line([(x, low), (x, high)], class);
    }

    /// From left to right.
    pub fn horizontal(&mut self, y: f64, class: &str) {
        let (low, high) = (self.x.scale.low, self.x.scale.high);
        self.line([(low, y), (high, y)], class);
    }

    /// A note at a place; `anchor` is `start`, `middle` or `end`.
    pub fn note(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        if let Some((x, y)) = self.at(x, y) {
            let _ = write!(
                self.body,
                r#"<text class="note" x="{}" y="{}" text-anchor="{anchor}">{}</text>"#,
                n(x),
                n(y),
                escape(text)
            );
        }
    }

    pub fn finish(self) -> String {
        self.finish_as("plot")
    }

    /// With a class of its own, which says how large it is on the page.
    pub fn finish_as(self, class: &str) -> String {
        let (width, height) = self.inner();
        // The nested picture cuts off what lies outside.
        format!(
            r#"<svg class="{class}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}<svg x="{}" y="{}" width="{}" height="{}">{}</svg></svg>"#,
            n(self.size.width),
            n(self.size.height),
            escape(&self.description),
            self.frame,
            n(self.left),
            n(self.top),
            n(width),
            n(height),
            self.body
        )
    }
}

/// A coordinate: one decimal is a tenth of a pixel.
fn n(x: f64) -> String {
    let text = format!("{x:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".into() } else { text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_place_is_left_out() {
        let axis = || Axis::new(Scale::linear(0.0, 1.0), "a < b");
        let mut plot = Plot::new(SMALL, axis(), axis(), "\"quoted\"");
        plot.line([(0.0, 0.0), (0.5, f64::NAN), (1.0, f64::INFINITY), (1.0, 1.0)], "data");
        plot.area(&[(0.0, 0.0, f64::NAN), (0.5, 0.2, 0.4), (1.0, 0.1, 0.9)], "data");
        plot.points([(f64::NAN, 0.0)], "data");
        plot.bars([(0.0, 0.1, 0.0, f64::NAN)], "data");
        let svg = plot.finish();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(svg.contains("a &lt; b") && svg.contains("&quot;quoted&quot;"), "{svg}");
        assert_eq!(svg.matches("<path class=\"area").count(), 1);
    }

    #[test]
    fn labels_stay_inside() {
        for most in [4000.0, 400_000.0, 0.00125] {
            let axis = Axis::new(Scale::linear(0.0, most), "");
            let svg = Plot::new(FLAT, axis, Axis::bare(Scale::linear(0.0, 1.0)), "").finish();
            let last = svg.rsplit_once("<text class=\"tick\" x=\"").unwrap().1;
            let (at, rest) = last.split_once('"').unwrap();
            let label = rest.split_once('>').unwrap().1.split_once('<').unwrap().0;
            let end = at.parse::<f64>().unwrap() + label.chars().count() as f64 * 7.0 / 2.0;
            assert!(end <= FLAT.width - 1.0, "{label} ends at {end}");
        }
    }

    #[test]
    fn labels_stay_apart() {
        let axis = Axis::new(Scale::linear(123_000.0, 123_900.0), "");
        let plot = Plot::new(SMALL, axis, Axis::bare(Scale::linear(0.0, 1.0)), "");
        let ticks = plot.x_ticks();
        assert!((2..=5).contains(&ticks.len()), "{ticks:?}");
    }
}
