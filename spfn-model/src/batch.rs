//! Examples side by side, padded to one shape, as tensors.

use crate::actions::NO_COLUMN;
use crate::example::{Example, ProgramInput, TableInput};
use crate::features::{COLUMN, OUTCOME, PAIR};
use crate::network::encoder::KINDS;
use crate::rows::CELL;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor, TensorData};

/// The log of no probability, as far as sums of floats go.
const NEVER: f32 = -1e9;

/// Tables of some programs.
#[derive(Clone, Debug)]
pub struct TableBatch<B: Backend> {
    /// `[tables * (1 + columns), rows, CELL]`
    pub cells: Tensor<B, 3>,
    /// `[tables * (1 + columns), rows]`, true where there is no such row.
    pub no_row: Tensor<B, 2, Bool>,
    /// `[tables, OUTCOME]`
    pub outcome_features: Tensor<B, 2>,
    /// `[tables, columns, COLUMN + PAIR]`
    pub column_features: Tensor<B, 3>,
    /// `[tables, 1 + columns]`
    pub kinds: Tensor<B, 2, Int>,
    /// `[tables, 1 + columns]`, true where there is no such column.
    pub no_column: Tensor<B, 2, Bool>,
    /// `[programs, 1 + columns]`, likewise.
    pub no_program_column: Tensor<B, 2, Bool>,
    /// `[programs, tables]`: the share of each table among those of the program.
    pub sharing: Tensor<B, 2>,
    /// `[programs, 1]`: log of the number of tables.
    pub log_tables: Tensor<B, 2>,
}

/// Choices of some programs.
#[derive(Clone, Debug)]
pub struct ProgramBatch<B: Backend> {
    /// `[programs, candidates]`
    pub items: Tensor<B, 2, Int>,
    /// For each place `[programs * candidates]`: a column of one of the programs.
    pub item_columns: Vec<Tensor<B, 1, Int>>,
    /// `[programs * steps]`: the candidate that was chosen before.
    pub last: Tensor<B, 1, Int>,
    /// `[programs, steps]`
    pub questions: Tensor<B, 2, Int>,
    /// For each place `[programs * steps]`.
    pub question_columns: Vec<Tensor<B, 1, Int>>,
    /// `[programs, steps, steps]`, true where a step does not lead to another one.
    pub elsewhere: Tensor<B, 3, Bool>,
    /// `[programs, steps, candidates]`: log probability in the grammar, next to nothing where not legal.
    pub bias: Tensor<B, 3>,
    /// `[programs, steps, candidates]`: weights of the choices that were made.
    pub targets: Tensor<B, 3>,
}

#[derive(Clone, Debug)]
pub struct Batch<B: Backend> {
    pub tables: TableBatch<B>,
    pub programs: ProgramBatch<B>,
}

fn floats<B: Backend, const D: usize>(values: Vec<f32>, shape: [usize; D], device: &B::Device) -> Tensor<B, D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn ints<B: Backend, const D: usize>(values: Vec<i32>, shape: [usize; D], device: &B::Device) -> Tensor<B, D, Int> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn bools<B: Backend, const D: usize>(values: Vec<bool>, shape: [usize; D], device: &B::Device) -> Tensor<B, D, Bool> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

impl<B: Backend> TableBatch<B> {
    /// # Panics
    /// There is no program, or one without tables.
    pub fn new(inputs: &[&TableInput], device: &B::Device) -> TableBatch<B> {
        let programs = inputs.len();
        let tables: usize = inputs.iter().map(|input| input.tables.len()).sum();
        let columns = inputs.iter().map(|input| input.columns()).max().expect("a program").max(1);
        let rows = inputs.iter().map(|input| input.rows()).max().expect("a program").max(1);
        let tokens = 1 + columns;
        let mut cells = vec![0.0; tables * tokens * rows * CELL];
        let mut no_row = vec![true; tables * tokens * rows];
        let mut outcome = Vec::with_capacity(tables * OUTCOME);
        let mut column_features = vec![0.0; tables * columns * (COLUMN + PAIR)];
        let mut kinds = vec![(KINDS - 1) as i32; tables * tokens];
        let mut no_column = vec![true; tables * tokens];
        let mut no_program_column = vec![true; programs * tokens];
        let mut sharing = vec![0.0; programs * tables];
        let mut number = 0;
        for (program, input) in inputs.iter().enumerate() {
            no_program_column[program * tokens..][..input.kinds.len()].fill(false);
            for (own, features) in &input.tables {
                for token in 0..input.kinds.len() {
                    let place = number * tokens + token;
                    kinds[place] = i32::from(input.kinds[token]);
                    no_column[place] = false;
                    no_row[place * rows..][..own.rows].fill(false);
                    let from = own.cells[token * own.rows..][..own.rows].as_flattened();
                    cells[place * rows * CELL..][..from.len()].copy_from_slice(from);
                }
                outcome.extend_from_slice(&features.outcome);
                for (column, (alone, pair)) in features.columns.iter().zip(&features.pairs).enumerate() {
                    let to = &mut column_features[(number * columns + column) * (COLUMN + PAIR)..][..COLUMN + PAIR];
                    to[..COLUMN].copy_from_slice(alone);
                    to[COLUMN..].copy_from_slice(pair);
                }
                sharing[program * tables + number] = 1.0 / input.tables.len() as f32;
                number += 1;
            }
        }
        let log_tables = inputs.iter().map(|input| (input.tables.len() as f32).ln()).collect();
        TableBatch {
            cells: floats(cells, [tables * tokens, rows, CELL], device),
            no_row: bools(no_row, [tables * tokens, rows], device),
            outcome_features: floats(outcome, [tables, OUTCOME], device),
            column_features: floats(column_features, [tables, columns, COLUMN + PAIR], device),
            kinds: ints(kinds, [tables, tokens], device),
            no_column: bools(no_column, [tables, tokens], device),
            no_program_column: bools(no_program_column, [programs, tokens], device),
            sharing: floats(sharing, [programs, tables], device),
            log_tables: floats(log_tables, [programs, 1], device),
        }
    }
}

impl<B: Backend> ProgramBatch<B> {
    /// For programs whose encoded tables have so many columns; `places` is the vocabulary's.
    ///
    /// # Panics
    /// There is no program.
    pub fn new(inputs: &[&ProgramInput], columns: usize, places: usize, device: &B::Device) -> ProgramBatch<B> {
        let programs = inputs.len();
        let candidates = inputs.iter().map(|input| input.items.len()).max().expect("a program");
        let steps = inputs.iter().map(|input| input.steps.len()).max().expect("a program").max(1);
        // columns of a program are outcome, columns, none
        let column = |program: usize, column: u16| {
            let own = if column == NO_COLUMN { 1 + columns } else { 1 + usize::from(column) };
            (program * (columns + 2) + own) as i32
        };
        let mut items = vec![0; programs * candidates];
        let mut item_columns = vec![vec![0; programs * candidates]; places];
        let mut last = vec![0; programs * steps];
        let mut questions = vec![0; programs * steps];
        let mut question_columns = vec![vec![0; programs * steps]; places];
        let mut bias = vec![NEVER; programs * steps * candidates];
        let mut targets = vec![0.0; programs * steps * candidates];
        let mut elsewhere = vec![true; programs * steps * steps];
        for (program, input) in inputs.iter().enumerate() {
            let start = input.start();
            for candidate in 0..candidates {
                // what is not there is a start: never legal
                let own = candidate.min(usize::from(start));
                items[program * candidates + candidate] = i32::from(input.items[own]);
                for (place, to) in item_columns.iter_mut().enumerate() {
                    to[program * candidates + candidate] = column(program, input.item_columns[own * places + place]);
                }
            }
            for step in 0..steps {
                let at = program * steps + step;
                elsewhere[at * steps + step] = false;
                let own = input.steps.get(step);
                let before = own.and_then(|own| own.before);
                last[at] = (program * candidates) as i32 + i32::from(before.map_or(start, |(_, chosen)| chosen));
                let Some(own) = own else {
                    bias[at * candidates] = 0.0;
                    question_columns.iter_mut().for_each(|to| to[at] = column(program, NO_COLUMN));
                    continue;
                };
                if let Some((before, _)) = before {
                    let (done, open) = elsewhere.split_at_mut(at * steps);
                    let leading = &done[(program * steps + before) * steps..][..before + 1];
                    open.iter_mut().zip(leading).for_each(|(to, leading)| *to &= leading);
                }
                questions[at] = i32::from(own.question);
                for (place, to) in question_columns.iter_mut().enumerate() {
                    to[at] = column(program, own.columns[place]);
                }
                for (candidate, log) in &own.legal {
                    bias[at * candidates + usize::from(*candidate)] = *log;
                }
                for (candidate, weight) in &own.targets {
                    targets[at * candidates + usize::from(*candidate)] = *weight;
                }
            }
        }
        let own = |columns: Vec<Vec<i32>>, count: usize| {
            columns.into_iter().map(|column| ints(column, [programs * count], device)).collect()
        };
        ProgramBatch {
            items: ints(items, [programs, candidates], device),
            item_columns: own(item_columns, candidates),
            last: ints(last, [programs * steps], device),
            questions: ints(questions, [programs, steps], device),
            question_columns: own(question_columns, steps),
            elsewhere: bools(elsewhere, [programs, steps, steps], device),
            bias: floats(bias, [programs, steps, candidates], device),
            targets: floats(targets, [programs, steps, candidates], device),
        }
    }
}

impl<B: Backend> Batch<B> {
    /// # Panics
    /// There is no example.
    pub fn new(examples: &[&Example], places: usize, device: &B::Device) -> Batch<B> {
        let tables: Vec<&TableInput> = examples.iter().map(|example| &example.input).collect();
        let programs: Vec<&ProgramInput> = examples.iter().map(|example| &example.program).collect();
        let columns = tables.iter().map(|input| input.columns()).max().expect("an example").max(1);
        Batch {
            tables: TableBatch::new(&tables, device),
            programs: ProgramBatch::new(&programs, columns, places, device),
        }
    }
}
