//! Cells in order: ranks, ties, quantiles.

/// The order of cells. Those that agree to the precision of an `f32` are ties.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Order {
    /// Rows in ascending order of their cells; missing ones are left out.
    pub rows: Vec<u32>,
    /// Ends of the runs of ties in `rows`.
    pub ends: Vec<u32>,
}

impl Order {
    /// NaN is missing.
    pub fn of(cells: &[f64]) -> Order {
        // one word a cell sorts several times faster than pairs
        let mut keys: Vec<u64> = cells
            .iter()
            .enumerate()
            .filter(|(_, x)| !x.is_nan())
            .map(|(row, x)| u64::from(ascending(*x)) << 32 | row as u64)
            .collect();
        keys.sort_unstable();
        let mut ends = Vec::with_capacity(keys.len());
        for place in 1..=keys.len() {
            if keys.get(place).is_none_or(|key| key >> 32 != keys[place - 1] >> 32) {
                ends.push(place as u32);
            }
        }
        Order { rows: keys.iter().map(|key| *key as u32).collect(), ends }
    }

    /// The rows of each run of ties, in ascending order of their cells.
    pub fn runs(&self) -> impl Iterator<Item = &[u32]> + '_ {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let run = &self.rows[from..*end as usize];
            from = *end as usize;
            run
        })
    }

    /// Midranks, 1 for the least; 0 for missing cells.
    pub fn midranks(&self, cells: usize) -> Vec<f64> {
        let mut ranks = vec![0.0; cells];
        let mut before = 0.0;
        for run in self.runs() {
            let size = run.len() as f64;
            run.iter().for_each(|row| ranks[*row as usize] = before + (size + 1.0) / 2.0);
            before += size;
        }
        ranks
    }

    /// The quantile, by linear interpolation (type 7 of Hyndman and Fan 1996); 0 of none.
    pub fn quantile(&self, cells: &[f64], p: f64) -> f64 {
        let Some(last) = self.rows.len().checked_sub(1) else { return 0.0 };
        let at = |place: usize| cells[self.rows[place] as usize];
        let place = p * last as f64;
        let below = place as usize;
        at(below) + (place - below as f64) * (at((below + 1).min(last)) - at(below))
    }

    /// The order of some of the rows, under new numbers: `number[row]`, or `u32::MAX` for a row that is left out.
    pub fn of_rows(&self, number: &[u32]) -> Order {
        let mut own = Order { rows: Vec::with_capacity(self.rows.len()), ends: Vec::with_capacity(self.ends.len()) };
        for run in self.runs() {
            let before = own.rows.len();
            own.rows.extend(run.iter().map(|row| number[*row as usize]).filter(|row| *row != u32::MAX));
            if own.rows.len() > before {
                own.ends.push(own.rows.len() as u32);
            }
        }
        own
    }
}

/// Bits that ascend with the number; 0 and -0 are alike.
fn ascending(x: f64) -> u32 {
    let bits = (x as f32 + 0.0).to_bits();
    match bits >> 31 {
        0 => bits | 1 << 31,
        _ => !bits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_with_ties_and_gaps() {
        let cells = [2.0, f64::NAN, -1.0, 0.0, 2.0, -0.0, f64::INFINITY];
        let order = Order::of(&cells);
        let runs: Vec<Vec<u32>> = order.runs().map(<[u32]>::to_vec).collect();
        assert_eq!(runs, [vec![2], vec![3, 5], vec![0, 4], vec![6]]);
        assert_eq!(order.midranks(7), [4.5, 0.0, 1.0, 2.5, 4.5, 2.5, 6.0]);
        let some = order.of_rows(&[0, 1, u32::MAX, u32::MAX, 2, 3, 4]);
        assert_eq!(some.runs().map(<[u32]>::to_vec).collect::<Vec<_>>(), [vec![3], vec![0, 2], vec![4]]);
    }

    #[test]
    fn quantiles_of_type_7() {
        let cells = [4.0, 1.0, 3.0, 2.0];
        let order = Order::of(&cells);
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|p| order.quantile(&cells, p)), [1.0, 1.75, 2.5, 4.0]);
        assert_eq!(Order::default().quantile(&[], 0.5), 0.0);
    }
}
