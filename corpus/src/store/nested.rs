//! Nested values as columns of Parquet, and back: definition and repetition levels (Melnik et al. 2010, "Dremel: interactive analysis of
//! web-scale datasets"). Lists have the three-level layout of the format's specification, which other readers expect.

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::column::writer::{ColumnWriter, ColumnWriterImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::RowGroupReader;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type, TypePtr};
use std::io::Write;
use std::sync::Arc;

/// The type of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Int,
    Long,
    Real,
    Text,
    /// One of the above, or nothing.
    Optional(Box<Shape>),
    /// A list of numbers, in which NaN is null.
    Reals,
    List(Box<Shape>),
    Struct(Vec<(&'static str, Shape)>),
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Int(i32),
    Long(i64),
    Real(f64),
    Text(String),
    Reals(Vec<f64>),
    List(Vec<Cell>),
    Struct(Vec<Cell>),
}

impl Shape {
    /// Columns that it takes.
    fn width(&self) -> usize {
        match self {
            Shape::List(inner) => inner.width(),
            Shape::Struct(fields) => fields.iter().map(|(_, shape)| shape.width()).sum(),
            _ => 1,
        }
    }

    /// The type in a file: that of a whole row is a struct.
    pub fn schema(&self, name: &str) -> Result<TypePtr> {
        match self {
            Shape::Struct(fields) => {
                let fields: Result<Vec<TypePtr>> = fields.iter().map(|(name, shape)| shape.field(name)).collect();
                Type::group_type_builder(name).with_fields(fields?).build().map(Arc::new)
            }
            _ => Err(ParquetError::General("a row is a struct".into())),
        }
    }

    fn field(&self, name: &str) -> Result<TypePtr> {
        let leaf = |physical: Physical, logical: Option<LogicalType>, repetition: Repetition| {
            let builder = Type::primitive_type_builder(name, physical).with_repetition(repetition);
            builder.with_logical_type(logical).build().map(Arc::new)
        };
        let list = |element: TypePtr| {
            let list = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
            let list = Arc::new(list.with_fields(vec![element]).build()?);
            let outer = Type::group_type_builder(name).with_repetition(Repetition::REQUIRED);
            outer.with_logical_type(Some(LogicalType::List)).with_fields(vec![list]).build().map(Arc::new)
        };
        let primitive = |shape: &Shape, repetition| match shape {
            Shape::Int => leaf(Physical::INT32, None, repetition),
            Shape::Long => leaf(Physical::INT64, None, repetition),
            Shape::Real => leaf(Physical::DOUBLE, None, repetition),
            Shape::Text => leaf(Physical::BYTE_ARRAY, Some(LogicalType::String), repetition),
            _ => Err(ParquetError::General("only a primitive value is optional".into())),
        };
        match self {
            Shape::Optional(inner) => primitive(inner, Repetition::OPTIONAL),
            Shape::Reals => list(Shape::Optional(Box::new(Shape::Real)).field("element")?),
            Shape::List(inner) => list(inner.field("element")?),
            Shape::Struct(fields) => {
                let fields: Result<Vec<TypePtr>> = fields.iter().map(|(name, shape)| shape.field(name)).collect();
                let group = Type::group_type_builder(name).with_repetition(Repetition::REQUIRED);
                Ok(Arc::new(group.with_fields(fields?).build()?))
            }
            _ => primitive(self, Repetition::REQUIRED),
        }
    }

    /// How columns are written. Numbers of tables are no two alike, so a dictionary is of no use to them.
    pub fn properties(&self) -> WriterProperties {
        let mut builder = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_created_by("ppl".to_string());
        let mut reals = Vec::new();
        self.paths_of_reals(&mut Vec::new(), &mut reals);
        for path in reals {
            builder = builder.set_column_dictionary_enabled(ColumnPath::new(path), false);
        }
        builder.build()
    }

    fn paths_of_reals(&self, path: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
        match self {
            Shape::Real => out.push(path.clone()),
            Shape::Reals => {
                out.push(path.iter().map(String::as_str).chain(["list", "element"]).map(str::to_string).collect())
            }
            Shape::List(inner) => {
                path.extend(["list".to_string(), "element".to_string()]);
                inner.paths_of_reals(path, out);
                path.truncate(path.len() - 2);
            }
            Shape::Struct(fields) => fields.iter().for_each(|(name, shape)| {
                path.push((*name).to_string());
                shape.paths_of_reals(path, out);
                path.pop();
            }),
            _ => {}
        }
    }
}

/// A column of a row group.
#[derive(Debug, Default)]
struct Leaf {
    ints: Vec<i32>,
    longs: Vec<i64>,
    reals: Vec<f64>,
    texts: Vec<ByteArray>,
    definition: Vec<i16>,
    repetition: Vec<i16>,
    /// Reading: levels and values that are used up.
    levels_read: usize,
    values_read: usize,
}

/// A row group in the making, or one that was read.
#[derive(Debug)]
pub struct Group {
    shape: Shape,
    leaves: Vec<Leaf>,
    rows: usize,
    cells: usize,
}

impl Group {
    pub fn new(shape: Shape) -> Group {
        let leaves = (0..shape.width()).map(|_| Leaf::default()).collect();
        Group { shape, leaves, rows: 0, cells: 0 }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers and texts in it.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Adds a row.
    ///
    /// # Panics
    /// The value has another shape.
    pub fn push(&mut self, row: &Cell) {
        let before: usize = self.leaves.iter().map(|leaf| leaf.definition.len()).sum();
        put(&self.shape, row, Levels::default(), &mut self.leaves);
        self.cells += self.leaves.iter().map(|leaf| leaf.definition.len()).sum::<usize>() - before;
        self.rows += 1;
    }

    /// Writes the rows and forgets them.
    ///
    /// # Errors
    /// Of the file.
    pub fn write<W: Write + Send>(&mut self, file: &mut SerializedFileWriter<W>) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = file.next_row_group()?;
        for leaf in &self.leaves {
            let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("a column too many".into()))?;
            match column.untyped() {
                ColumnWriter::Int32ColumnWriter(writer) => leaf.write(&leaf.ints, writer)?,
                ColumnWriter::Int64ColumnWriter(writer) => leaf.write(&leaf.longs, writer)?,
                ColumnWriter::DoubleColumnWriter(writer) => leaf.write(&leaf.reals, writer)?,
                ColumnWriter::ByteArrayColumnWriter(writer) => leaf.write(&leaf.texts, writer)?,
                _ => return Err(ParquetError::General("a column of another type".into())),
            }
            column.close()?;
        }
        group.close()?;
        *self = Group::new(self.shape.clone());
        Ok(())
    }

    /// Reads a row group of a file whose schema is that of the shape.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn read(shape: &Shape, group: &dyn RowGroupReader) -> Result<Group> {
        let mut out = Group::new(shape.clone());
        out.rows = group.metadata().num_rows() as usize;
        for (place, leaf) in out.leaves.iter_mut().enumerate() {
            match group.get_column_reader(place)? {
                ColumnReader::Int32ColumnReader(reader) => leaf.ints = leaf.read(out.rows, reader)?,
                ColumnReader::Int64ColumnReader(reader) => leaf.longs = leaf.read(out.rows, reader)?,
                ColumnReader::DoubleColumnReader(reader) => leaf.reals = leaf.read(out.rows, reader)?,
                ColumnReader::ByteArrayColumnReader(reader) => leaf.texts = leaf.read(out.rows, reader)?,
                _ => return Err(ParquetError::General("a column of another type".into())),
            }
            out.cells += leaf.definition.len();
        }
        Ok(out)
    }

    /// The next row of a group that was read.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn next_row(&mut self) -> Result<Cell> {
        take(&self.shape, Levels::default(), &mut self.leaves)
    }
}

/// Where a value is: its repetition level, the definition level and the number of lists around it.
#[derive(Clone, Copy, Default)]
struct Levels {
    repetition: i16,
    definition: i16,
    lists: i16,
}

impl Levels {
    /// An element of a list here.
    fn element(self, first: bool) -> Levels {
        let lists = self.lists + 1;
        Levels { repetition: if first { self.repetition } else { lists }, definition: self.definition + 1, lists }
    }
}

fn put(shape: &Shape, cell: &Cell, at: Levels, leaves: &mut [Leaf]) {
    match (shape, cell) {
        (Shape::Struct(fields), Cell::Struct(cells)) if fields.len() == cells.len() => {
            let mut left = leaves;
            for ((_, shape), cell) in fields.iter().zip(cells) {
                let (own, rest) = left.split_at_mut(shape.width());
                put(shape, cell, at, own);
                left = rest;
            }
        }
        (Shape::List(_), Cell::List(cells)) if cells.is_empty() => leaves.iter_mut().for_each(|leaf| leaf.level(at)),
        (Shape::List(inner), Cell::List(cells)) => {
            cells.iter().enumerate().for_each(|(i, cell)| put(inner, cell, at.element(i == 0), leaves));
        }
        (Shape::Reals, Cell::Reals(numbers)) => {
            let leaf = &mut leaves[0];
            if numbers.is_empty() {
                leaf.level(at);
            }
            for (i, number) in numbers.iter().enumerate() {
                let mut element = at.element(i == 0);
                if !number.is_nan() {
                    element.definition += 1;
                    leaf.reals.push(*number);
                }
                leaf.level(element);
            }
        }
        (Shape::Optional(_), Cell::Null) => leaves[0].level(at),
        (Shape::Optional(inner), cell) => put(inner, cell, Levels { definition: at.definition + 1, ..at }, leaves),
        (Shape::Int, Cell::Int(i)) => leaves[0].value(at, |leaf| leaf.ints.push(*i)),
        (Shape::Long, Cell::Long(i)) => leaves[0].value(at, |leaf| leaf.longs.push(*i)),
        (Shape::Real, Cell::Real(x)) => leaves[0].value(at, |leaf| leaf.reals.push(*x)),
        (Shape::Text, Cell::Text(text)) => leaves[0].value(at, |leaf| leaf.texts.push(text.as_str().into())),
        _ => panic!("{cell:?} is no {shape:?}"),
    }
}

fn take(shape: &Shape, at: Levels, leaves: &mut [Leaf]) -> Result<Cell> {
    match shape {
        Shape::Struct(fields) => {
            let (mut left, mut cells) = (leaves, Vec::with_capacity(fields.len()));
            for (_, shape) in fields {
                let (own, rest) = left.split_at_mut(shape.width());
                cells.push(take(shape, at, own)?);
                left = rest;
            }
            Ok(Cell::Struct(cells))
        }
        Shape::List(inner) => {
            let mut cells = Vec::new();
            if leaves[0].peek()?.0 <= at.definition {
                leaves.iter_mut().try_for_each(|leaf| leaf.skip())?;
                return Ok(Cell::List(cells));
            }
            let mut element = at.element(true);
            loop {
                cells.push(take(inner, element, leaves)?);
                element = at.element(false);
                if leaves[0].next_repetition() != element.repetition {
                    return Ok(Cell::List(cells));
                }
            }
        }
        Shape::Reals => leaves[0].numbers(at).map(Cell::Reals),
        Shape::Optional(inner) if leaves[0].peek()?.0 > at.definition => {
            take(inner, Levels { definition: at.definition + 1, ..at }, leaves)
        }
        Shape::Optional(_) => leaves[0].skip().map(|()| Cell::Null),
        Shape::Int => leaves[0].next(|leaf, at| leaf.ints.get(at).copied()).map(Cell::Int),
        Shape::Long => leaves[0].next(|leaf, at| leaf.longs.get(at).copied()).map(Cell::Long),
        Shape::Real => leaves[0].next(|leaf, at| leaf.reals.get(at).copied()).map(Cell::Real),
        Shape::Text => {
            let text = leaves[0].next(|leaf, at| leaf.texts.get(at).cloned())?;
            Ok(Cell::Text(text.as_utf8()?.to_string()))
        }
    }
}

impl Leaf {
    fn level(&mut self, at: Levels) {
        self.definition.push(at.definition);
        self.repetition.push(at.repetition);
    }

    fn value(&mut self, at: Levels, push: impl FnOnce(&mut Leaf)) {
        self.level(at);
        push(self);
    }

    fn write<T: DataType>(&self, values: &[T::T], writer: &mut ColumnWriterImpl<'_, T>) -> Result<()> {
        let column = writer.get_descriptor();
        let definition = (column.max_def_level() > 0).then_some(self.definition.as_slice());
        let repetition = (column.max_rep_level() > 0).then_some(self.repetition.as_slice());
        writer.write_batch(values, definition, repetition).map(|_| ())
    }

    fn read<T: DataType>(&mut self, rows: usize, mut reader: ColumnReaderImpl<T>) -> Result<Vec<T::T>> {
        let mut values = Vec::new();
        let mut read = 0;
        while read < rows {
            let (definition, repetition) = (Some(&mut self.definition), Some(&mut self.repetition));
            let (more, ..) = reader.read_records(rows - read, definition, repetition, &mut values)?;
            if more == 0 {
                return Err(ended());
            }
            read += more;
        }
        // what has no levels is there once in each row
        if self.definition.is_empty() {
            self.definition = vec![0; rows];
        }
        if self.repetition.is_empty() {
            self.repetition = vec![0; self.definition.len()];
        }
        Ok(values)
    }

    /// Definition and repetition level of the next entry.
    fn peek(&self) -> Result<(i16, i16)> {
        let levels = self.definition.get(self.levels_read).zip(self.repetition.get(self.levels_read));
        levels.map(|(d, r)| (*d, *r)).ok_or_else(ended)
    }

    /// 0 at the end, as at the beginning of a row.
    fn next_repetition(&self) -> i16 {
        self.repetition.get(self.levels_read).copied().unwrap_or(0)
    }

    /// Passes an entry without a value.
    fn skip(&mut self) -> Result<()> {
        self.peek()?;
        self.levels_read += 1;
        Ok(())
    }

    fn next<V>(&mut self, get: impl FnOnce(&Leaf, usize) -> Option<V>) -> Result<V> {
        self.skip()?;
        let value = get(self, self.values_read).ok_or_else(ended)?;
        self.values_read += 1;
        Ok(value)
    }

    /// A list of numbers.
    fn numbers(&mut self, at: Levels) -> Result<Vec<f64>> {
        let mut numbers = Vec::new();
        if self.peek()?.0 <= at.definition {
            return self.skip().map(|()| numbers);
        }
        let there = at.definition + 2;
        loop {
            match self.peek()?.0 == there {
                true => numbers.push(self.next(|leaf, at| leaf.reals.get(at).copied())?),
                false => {
                    self.skip()?;
                    numbers.push(f64::NAN);
                }
            }
            if self.next_repetition() != at.lists + 1 {
                return Ok(numbers);
            }
        }
    }
}

fn ended() -> ParquetError {
    ParquetError::General("a column ends early".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    #[test]
    fn nested_values_come_back() {
        let inner = Shape::Struct(vec![
            ("name", Shape::Text),
            ("dims", Shape::List(Box::new(Shape::Int))),
            ("cells", Shape::Reals),
            ("lists", Shape::List(Box::new(Shape::Reals))),
        ]);
        let optional = Shape::Optional(Box::new(Shape::Text));
        let shape = Shape::Struct(vec![
            ("number", Shape::Long),
            ("note", optional),
            ("log", Shape::Real),
            ("inner", Shape::List(Box::new(inner))),
        ]);
        let row = |number: i64, note: Option<&str>, inner: Vec<Cell>| {
            let note = note.map_or(Cell::Null, |text| Cell::Text(text.into()));
            Cell::Struct(vec![Cell::Long(number), note, Cell::Real(number as f64 / 3.0), Cell::List(inner)])
        };
        let inner = |name: &str, dims: &[i32], cells: &[f64], lists: Vec<Cell>| {
            let dims = dims.iter().map(|i| Cell::Int(*i)).collect();
            Cell::Struct(vec![
                Cell::Text(name.into()),
                Cell::List(dims),
                Cell::Reals(cells.to_vec()),
                Cell::List(lists),
            ])
        };
        let reals = |x: &[f64]| Cell::Reals(x.to_vec());
        let rows = [
            row(
                1,
                Some("a"),
                vec![inner("x", &[], &[], vec![]), inner("", &[2, 3], &[1.0, f64::NAN, -0.5], vec![reals(&[])])],
            ),
            row(2, None, vec![]),
            row(
                3,
                None,
                vec![inner("z", &[7], &[f64::NAN], vec![reals(&[1.0, 2.0]), reals(&[]), reals(&[f64::NAN, 3.0])])],
            ),
        ];
        let schema = shape.schema("rows").unwrap();
        let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(shape.properties())).unwrap();
        for _ in 0..2 {
            let mut group = Group::new(shape.clone());
            rows.iter().for_each(|row| group.push(row));
            group.write(&mut file).unwrap();
        }
        let bytes = bytes_of(file.into_inner().unwrap());
        let reader = SerializedFileReader::new(bytes).unwrap();
        assert_eq!(reader.num_row_groups(), 2);
        for place in 0..2 {
            let mut group = Group::read(&shape, reader.get_row_group(place).unwrap().as_ref()).unwrap();
            for row in &rows {
                assert_eq!(format!("{:?}", group.next_row().unwrap()), format!("{row:?}"));
            }
            assert!(group.next_row().is_err());
        }
    }

    fn bytes_of(bytes: Vec<u8>) -> std::fs::File {
        let path = std::env::temp_dir().join(format!("ppl-nested-{}.parquet", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file
    }
}
