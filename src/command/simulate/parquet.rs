//! Data sets as Parquet: a column for each variable, nested lists for arrays, vectors and matrices (the last index innermost).

use super::sink::{Format, complete_rows};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use ppl::{Chunk, Column};
use std::fs::File;
use std::sync::Arc;

/// Numbers of a row group.
const GROUP: usize = 4 << 20;

pub struct Parquet {
    writer: SerializedFileWriter<File>,
    columns: Vec<Column>,
    /// Rows that wait for their group to be full.
    waiting: Vec<f64>,
    width: usize,
}

impl Parquet {
    pub fn new(file: File, columns: &[Column]) -> Result<Parquet, String> {
        let fields: Result<Vec<TypePtr>, ParquetError> = columns.iter().map(field).collect();
        let schema = fields.and_then(|fields| Type::group_type_builder("draws").with_fields(fields).build());
        let schema = schema.map_err(|error| error.to_string())?;
        // Random numbers do not compress, no two are equal, and nobody looks for those in a range.
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .build();
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
            .map_err(|error| error.to_string())?;
        let width = columns.iter().map(Column::count).sum();
        Ok(Parquet { writer, columns: columns.to_vec(), waiting: Vec::new(), width })
    }

    fn group(&mut self) -> Result<(), ParquetError> {
        let rows = self.waiting.len().checked_div(self.width).unwrap_or(0);
        if rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in &self.columns {
            let levels = Levels::of(&column.dims);
            let (repetition, definition) = levels.repeated(rows);
            let values = (0..rows).flat_map(|row| {
                let numbers = column.of(&self.waiting[row * self.width..(row + 1) * self.width]);
                levels.order.iter().map(move |&at| numbers[at])
            });
            let nested = !column.dims.is_empty();
            let (definition, repetition) =
                (nested.then_some(definition.as_slice()), nested.then_some(repetition.as_slice()));
            let mut writer = group.next_column()?.ok_or_else(|| ParquetError::General("a column too many".into()))?;
            if column.is_int {
                let values: Vec<i32> = values.map(|x| x as i32).collect();
                writer.typed::<Int32Type>().write_batch(&values, definition, repetition)?;
            } else {
                let values: Vec<f64> = values.collect();
                writer.typed::<DoubleType>().write_batch(&values, definition, repetition)?;
            }
            writer.close()?;
        }
        group.close()?;
        self.waiting.clear();
        Ok(())
    }
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let physical = if column.is_int { Physical::INT32 } else { Physical::DOUBLE };
    let name = if column.dims.is_empty() { column.name.as_str() } else { "element" };
    let mut ty = Arc::new(Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED).build()?);
    for depth in (0..column.dims.len()).rev() {
        let list = Type::group_type_builder("list").with_repetition(Repetition::REPEATED).with_fields(vec![ty]);
        let name = if depth == 0 { column.name.as_str() } else { "element" };
        ty = Arc::new(
            Type::group_type_builder(name)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::List))
                .with_fields(vec![Arc::new(list.build()?)])
                .build()?,
        );
    }
    Ok(ty)
}

/// Levels of one row of a list column (Melnik et al., 2010, "Dremel: interactive analysis of web-scale datasets"), and where its
/// numbers are in a draw.
struct Levels {
    repetition: Vec<i16>,
    definition: Vec<i16>,
    /// Position in the draw, whose first index runs fastest, of each number in nested order.
    order: Vec<usize>,
}

impl Levels {
    fn of(dims: &[usize]) -> Levels {
        let depth = dims.len() as i16;
        if let Some(empty) = dims.iter().position(|d| *d == 0) {
            return Levels { repetition: vec![0], definition: vec![empty as i16], order: Vec::new() };
        }
        let count: usize = dims.iter().product();
        let mut levels = Levels { repetition: Vec::new(), definition: vec![depth; count], order: Vec::new() };
        let mut index = vec![0; dims.len()];
        for k in 0..count {
            let mut stride = 1;
            let mut at = 0;
            for (i, size) in index.iter().zip(dims) {
                at += i * stride;
                stride *= size;
            }
            levels.order.push(at);
            // The list that goes on is the innermost whose index is not at its beginning.
            let level = index.iter().rposition(|i| *i > 0).map_or(0, |d| d as i16 + 1);
            levels.repetition.push(if k == 0 { 0 } else { level });
            for d in (0..dims.len()).rev() {
                index[d] += 1;
                if index[d] < dims[d] {
                    break;
                }
                index[d] = 0;
            }
        }
        levels
    }

    fn repeated(&self, rows: usize) -> (Vec<i16>, Vec<i16>) {
        (self.repetition.repeat(rows), self.definition.repeat(rows))
    }
}

impl Format for Parquet {
    fn write(&mut self, chunk: &Chunk, width: usize) -> Result<(), String> {
        for (_, draw) in complete_rows(chunk, width) {
            self.waiting.extend_from_slice(draw);
            if self.waiting.len() >= GROUP {
                self.group().map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), String> {
        self.group().map_err(|error| error.to_string())?;
        self.writer.close().map(|_| ()).map_err(|error| error.to_string())
    }
}
