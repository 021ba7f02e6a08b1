//! Constant expressions of rules.

/// What names in them stand for.
pub struct Constants {
    /// `N`
    pub rows: usize,
    /// Scales of priors, by the names of their holes.
    pub scales: Vec<(String, f64)>,
}

impl Constants {
    /// The value of an expression of numbers, names, `+ - * /`, parentheses and `sqrt`; `None` where it is something else.
    pub fn evaluate(&self, tokens: &[String]) -> Option<f64> {
        let mut rest = tokens;
        let value = self.sum(&mut rest)?;
        (rest.is_empty() && value.is_finite()).then_some(value)
    }

    fn sum(&self, rest: &mut &[String]) -> Option<f64> {
        let mut value = self.product(rest)?;
        while let Some(op) = take(rest, &["+", "-"]) {
            let next = self.product(rest)?;
            value = if op == "+" { value + next } else { value - next };
        }
        Some(value)
    }

    fn product(&self, rest: &mut &[String]) -> Option<f64> {
        let mut value = self.factor(rest)?;
        while let Some(op) = take(rest, &["*", "/"]) {
            let next = self.factor(rest)?;
            value = if op == "*" { value * next } else { value / next };
        }
        Some(value)
    }

    fn factor(&self, rest: &mut &[String]) -> Option<f64> {
        if take(rest, &["-"]).is_some() {
            return Some(-self.factor(rest)?);
        }
        if take(rest, &["("]).is_some() {
            let value = self.sum(rest)?;
            return take(rest, &[")"]).map(|_| value);
        }
        let (word, after) = rest.split_first()?;
        *rest = after;
        if word == "sqrt" {
            take(rest, &["("])?;
            let value = self.sum(rest)?;
            return take(rest, &[")"]).map(|_| value.sqrt());
        }
        if word == "N" {
            return Some(self.rows as f64);
        }
        let scale = self.scales.iter().find(|(name, _)| name == word).map(|(_, value)| *value);
        scale.or_else(|| word.parse().ok().filter(|_| word.starts_with(|c: char| c.is_ascii_digit())))
    }
}

/// Takes one of these tokens, if it is next.
fn take<'t>(rest: &mut &[String], tokens: &[&'t str]) -> Option<&'t str> {
    let (first, after) = rest.split_first()?;
    let found = tokens.iter().copied().find(|token| token == first)?;
    *rest = after;
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::pattern::tokens;
    use super::*;

    #[test]
    fn constants_are_evaluated() {
        let constants = Constants { rows: 16, scales: vec![("Qbetween".to_string(), 0.5)] };
        let value = |text: &str| constants.evaluate(&tokens(text));
        assert_eq!(value("2 * sqrt(N) / Qbetween"), Some(16.0));
        assert_eq!(value("-(1 - 3.5) * 1e-2"), Some(0.025));
        assert_eq!(value("8 / 2 / 2 - 1 - 1"), Some(0.0));
        for wrong in ["", "2 *", "sigma", "1 2", "(1", "1 / 0", "exp(1)", "nan", "inf"] {
            assert_eq!(value(wrong), None, "{wrong}");
        }
    }
}
