//! Random forests of classification trees (Breiman 2001), for many classes.
//!
//! smartcore's forest (0.7) votes for a class and does not give the shares of all of them, and its search for a split costs time proportional to
//! the number of classes at every row. Here the Gini index is kept up to date in
//! constant time, so thousands of structures cost no more than two, and leaves keep counts, from which rows that a tree has not seen get
//! honest probabilities.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// How a forest is grown.
#[derive(Clone, Debug, PartialEq)]
pub struct ForestOptions {
    pub trees: usize,
    /// Features that a split may use, drawn anew at each; 0 for the root of their number.
    pub features: usize,
    /// A leaf has so many rows at least.
    pub leaf: usize,
    pub depth: usize,
    pub seed: u64,
}

impl Default for ForestOptions {
    fn default() -> Self {
        ForestOptions { trees: 200, features: 0, leaf: 3, depth: 40, seed: 1 }
    }
}

/// Rows of features, all of one length, with a class each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Examples {
    width: usize,
    cells: Vec<f32>,
    classes: Vec<u32>,
}

impl Examples {
    /// No rows as yet, of so many features.
    pub fn new(width: usize) -> Examples {
        Examples { width, ..Examples::default() }
    }

    /// # Panics
    /// The row has another length.
    pub fn push(&mut self, row: &[f32], class: usize) {
        assert_eq!(row.len(), self.width, "a row has the features that all have");
        self.cells.extend_from_slice(row);
        self.classes.push(class as u32);
    }

    pub fn len(&self) -> usize {
        self.classes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The features of a row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.cells[row * self.width..][..self.width]
    }

    pub fn class(&self, row: usize) -> usize {
        self.classes[row] as usize
    }
}

/// Shares of classes, those that are not 0, in ascending order of the class.
pub type Shares = Vec<(usize, f64)>;

#[derive(Clone, Debug)]
pub struct Forest {
    trees: Vec<Tree>,
}

#[derive(Clone, Debug, Default)]
struct Tree {
    nodes: Vec<Node>,
    /// Classes with their shares, of all leaves.
    shares: Vec<(u32, f32)>,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    /// Rows whose feature is at most the threshold go to the next node, the others to `above`.
    Split { feature: u32, threshold: f32, above: u32 },
    /// A range of `Tree::shares`.
    Leaf { from: u32, to: u32 },
}

impl Forest {
    /// Grows a forest: a function of examples and options, whatever the number of threads. Also gives, for each example, the shares of classes in
    /// the trees that were grown without it.
    pub fn grow(examples: &Examples, options: &ForestOptions) -> (Forest, Vec<Shares>) {
        let grow = |number: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
            rng.set_stream(number as u64);
            Growth::new(examples, options).tree(&mut rng)
        };
        let grown: Vec<(Tree, Vec<bool>)> = (0..options.trees).into_par_iter().map(grow).collect();
        let honest = (0..examples.len()).into_par_iter().map(|row| {
            let without = grown.iter().filter(|(_, seen)| !seen[row]);
            average(without.map(|(tree, _)| tree.leaf(examples.row(row))))
        });
        let honest = honest.collect();
        (Forest { trees: grown.into_iter().map(|(tree, _)| tree).collect() }, honest)
    }

    /// The mean of the leaves' shares.
    pub fn shares(&self, row: &[f32]) -> Shares {
        average(self.trees.iter().map(|tree| tree.leaf(row)))
    }
}

fn average<'t>(leaves: impl Iterator<Item = &'t [(u32, f32)]>) -> Shares {
    let mut trees = 0.0;
    let mut all: Vec<(u32, f64)> = Vec::new();
    for leaf in leaves {
        trees += 1.0;
        all.extend(leaf.iter().map(|(class, share)| (*class, f64::from(*share))));
    }
    all.sort_by_key(|(class, _)| *class);
    let runs = all.chunk_by(|a, b| a.0 == b.0);
    runs.map(|run| (run[0].0 as usize, run.iter().map(|(_, share)| share).sum::<f64>() / trees)).collect()
}

impl Tree {
    fn leaf(&self, row: &[f32]) -> &[(u32, f32)] {
        let mut place = 0;
        loop {
            match self.nodes[place] {
                Node::Split { feature, threshold, above } => {
                    place = if row[feature as usize] <= threshold { place + 1 } else { above as usize };
                }
                Node::Leaf { from, to } => return &self.shares[from as usize..to as usize],
            }
        }
    }
}

/// A tree in the making.
struct Growth<'e> {
    examples: &'e Examples,
    options: &'e ForestOptions,
    tree: Tree,
    /// Of each class: rows in a node, and below a threshold.
    counts: Vec<u32>,
    below: Vec<u32>,
    /// A feature's cells with their classes.
    column: Vec<(f32, u32)>,
}

struct Split {
    feature: usize,
    threshold: f32,
    /// The sum over both sides of squared counts by rows: the Gini index falls as it grows.
    purity: f64,
}

impl<'e> Growth<'e> {
    fn new(examples: &'e Examples, options: &'e ForestOptions) -> Growth<'e> {
        let classes = examples.classes.iter().max().map_or(0, |most| *most as usize + 1);
        let counts = vec![0; classes];
        Growth { examples, options, tree: Tree::default(), below: counts.clone(), counts, column: Vec::new() }
    }

    /// A tree on a bootstrap sample, with which examples are in it.
    fn tree(mut self, rng: &mut ChaCha8Rng) -> (Tree, Vec<bool>) {
        let count = self.examples.len();
        let mut rows: Vec<u32> = (0..count).map(|_| rng.random_range(0..count) as u32).collect();
        let mut seen = vec![false; count];
        rows.iter().for_each(|row| seen[*row as usize] = true);
        let mut features: Vec<usize> = (0..self.examples.width).collect();
        self.grow(&mut rows, 0, &mut features, rng);
        (self.tree, seen)
    }

    fn grow(&mut self, rows: &mut [u32], depth: usize, features: &mut [usize], rng: &mut ChaCha8Rng) {
        let split = match depth < self.options.depth && rows.len() >= 2 * self.options.leaf.max(1) {
            true => self.split(rows, features, rng),
            false => None,
        };
        let Some(Split { feature, threshold, .. }) = split else { return self.leaf(rows) };
        let middle = partition(rows, |row| self.examples.row(row as usize)[feature] <= threshold);
        let (low, high) = rows.split_at_mut(middle);
        let place = self.tree.nodes.len();
        self.tree.nodes.push(Node::Split { feature: feature as u32, threshold, above: 0 });
        self.grow(low, depth + 1, features, rng);
        let next = self.tree.nodes.len() as u32;
        if let Node::Split { above, .. } = &mut self.tree.nodes[place] {
            *above = next;
        }
        self.grow(high, depth + 1, features, rng);
    }

    fn leaf(&mut self, rows: &[u32]) {
        let from = self.tree.shares.len() as u32;
        let mut classes: Vec<u32> = rows.iter().map(|row| self.examples.classes[*row as usize]).collect();
        classes.sort_unstable();
        let share = |run: &[u32]| (run[0], run.len() as f32 / rows.len() as f32);
        self.tree.shares.extend(classes.chunk_by(|a, b| a == b).map(share));
        self.tree.nodes.push(Node::Leaf { from, to: self.tree.shares.len() as u32 });
    }

    /// The best split among features drawn at random; more are drawn while none of them tells rows apart. None in a pure node.
    fn split(&mut self, rows: &[u32], features: &mut [usize], rng: &mut ChaCha8Rng) -> Option<Split> {
        let first = self.examples.classes[*rows.first()? as usize];
        if rows.iter().all(|row| self.examples.classes[*row as usize] == first) {
            return None;
        }
        let wanted = match self.options.features {
            0 => (features.len() as f64).sqrt().ceil() as usize,
            some => some,
        };
        let mut best: Option<Split> = None;
        for drawn in 0..features.len() {
            if drawn >= wanted && best.is_some() {
                break;
            }
            features.swap(drawn, rng.random_range(drawn..features.len()));
            if let Some(split) = self.split_by(rows, features[drawn])
                && best.as_ref().is_none_or(|best| split.purity > best.purity)
            {
                best = Some(split);
            }
        }
        best
    }

    fn split_by(&mut self, rows: &[u32], feature: usize) -> Option<Split> {
        let examples = self.examples;
        self.column.clear();
        self.column
            .extend(rows.iter().map(|row| (examples.row(*row as usize)[feature], examples.classes[*row as usize])));
        self.column.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        if self.column.first()?.0 == self.column.last()?.0 {
            return None;
        }
        for (_, class) in &self.column {
            self.counts[*class as usize] = 0;
            self.below[*class as usize] = 0;
        }
        self.column.iter().for_each(|(_, class)| self.counts[*class as usize] += 1);
        // sums of squared counts on either side, kept up to date row by row
        let square = |count: u32| f64::from(count) * f64::from(count);
        let (mut low, mut high) = (0.0, 0.0);
        for (_, class) in &self.column {
            let own = &mut self.below[*class as usize];
            if *own == 0 {
                high += square(self.counts[*class as usize]);
                *own = 1;
            }
        }
        self.column.iter().for_each(|(_, class)| self.below[*class as usize] = 0);
        let (count, least) = (self.column.len(), self.options.leaf.max(1));
        let mut best: Option<Split> = None;
        for place in 0..count - 1 {
            let (x, class) = self.column[place];
            let (below, all) = (self.below[class as usize], self.counts[class as usize]);
            low += square(below + 1) - square(below);
            high += square(all - below - 1) - square(all - below);
            self.below[class as usize] += 1;
            let next = self.column[place + 1].0;
            let rows_below = place + 1;
            if x == next || rows_below < least || count - rows_below < least {
                continue;
            }
            let purity = low / rows_below as f64 + high / (count - rows_below) as f64;
            if best.as_ref().is_none_or(|best| purity > best.purity) {
                let middle = 0.5 * (x + next);
                // between neighbours there may be no number
                let threshold = if middle < next { middle } else { x };
                best = Some(Split { feature, threshold, purity });
            }
        }
        best
    }
}

/// Puts the rows that pass in front, and says how many there are.
fn partition(rows: &mut [u32], passes: impl Fn(u32) -> bool) -> usize {
    let mut front = 0;
    for place in 0..rows.len() {
        if passes(rows[place]) {
            rows.swap(front, place);
            front += 1;
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two classes that a line across both features divides, with a share of wrong labels, and features of noise.
    fn examples(count: usize, seed: u64) -> Examples {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut own = Examples::new(6);
        for _ in 0..count {
            let row: Vec<f32> = (0..6).map(|_| rng.random_range(-1.0..1.0)).collect();
            let wrong = rng.random::<f64>() < 0.1;
            own.push(&row, usize::from((row[0] + row[1] > 0.0) != wrong) * 7);
        }
        own
    }

    fn share_of(shares: &Shares, class: usize) -> f64 {
        shares.iter().find(|(own, _)| *own == class).map_or(0.0, |(_, share)| *share)
    }

    #[test]
    fn forests_learn_and_know_how_well() {
        let (train, test) = (examples(1500, 1), examples(1000, 2));
        let (forest, honest) = Forest::grow(&train, &ForestOptions { trees: 60, ..ForestOptions::default() });
        let right = |shares: &Shares, class: usize| share_of(shares, class) > 0.5;
        let score = |examples: &Examples, shares: &dyn Fn(usize) -> Shares| {
            let hits = (0..examples.len()).filter(|row| right(&shares(*row), examples.class(*row))).count();
            hits as f64 / examples.len() as f64
        };
        let fresh = score(&test, &|row| forest.shares(test.row(row)));
        let own = score(&train, &|row| honest[row].clone());
        assert!(fresh > 0.84, "{fresh}");
        // the estimate without a test set
        assert!((fresh - own).abs() < 0.04, "{fresh} {own}");
        let shares = forest.shares(test.row(0));
        assert!((shares.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn forests_are_functions_of_examples_and_seed() {
        let train = examples(300, 3);
        let options = ForestOptions { trees: 8, ..ForestOptions::default() };
        let grow = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap_or_else(|error| panic!("{error}")).install(|| Forest::grow(&train, &options))
        };
        let ((a, honest), (b, _)) = (grow(1), grow(3));
        assert_eq!(format!("{a:?}"), format!("{b:?}"));
        let (c, _) = Forest::grow(&train, &ForestOptions { seed: 2, ..options.clone() });
        assert_ne!(format!("{a:?}"), format!("{c:?}"));
        assert_eq!(honest.len(), 300);
    }

    #[test]
    fn a_tree_of_one_class_is_a_leaf() {
        let mut one = Examples::new(1);
        (0..10).for_each(|row| one.push(&[row as f32], 4));
        let (forest, _) = Forest::grow(&one, &ForestOptions { trees: 3, ..ForestOptions::default() });
        assert_eq!(forest.shares(&[100.0]), [(4, 1.0)]);
        assert!(forest.trees.iter().all(|tree| tree.nodes.len() == 1));
    }

    #[test]
    fn the_split_is_the_best_one() {
        let mut own = Examples::new(1);
        [(1.0, 0), (2.0, 0), (3.0, 0), (4.0, 1), (5.0, 2), (6.0, 2)]
            .iter()
            .for_each(|(x, class)| own.push(&[*x], *class));
        let options = ForestOptions { leaf: 1, ..ForestOptions::default() };
        let mut growth = Growth::new(&own, &options);
        let split = growth.split_by(&[0, 1, 2, 3, 4, 5], 0).unwrap_or_else(|| panic!("there is a split"));
        // 9 / 3 + (1 + 4) / 3
        assert_eq!((split.threshold, split.purity), (3.5, 3.0 + 5.0 / 3.0));
    }
}
