//! Parquet files for tests, through the crate's own low-level writer.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type, Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

/// The cells of one column.
pub(crate) enum Cells {
    Bool(Vec<Option<bool>>),
    Int32(Vec<Option<i32>>),
    Int64(Vec<Option<i64>>),
    Float(Vec<Option<f32>>),
    Double(Vec<Option<f64>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// A file of one row group with these columns; `schema` has their types, `OPTIONAL` where a cell
/// may have no value.
pub(crate) fn write(schema: &str, columns: &[Cells]) -> Vec<u8> {
    write_groups(schema, &[columns])
}

/// The same with a row group for each.
pub(crate) fn write_groups(schema: &str, groups: &[&[Cells]]) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_data_page_row_count_limit(64)
        .set_write_batch_size(32);
    write_with(schema, groups, properties.build())
}

/// The same, written in that way.
pub(crate) fn write_with(
    schema: &str,
    groups: &[&[Cells]],
    properties: WriterProperties,
) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(&format!("message t {{ {schema} }}")).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    for columns in groups {
        let mut group = writer.next_row_group().unwrap();
        for cells in *columns {
            let mut column = group.next_column().unwrap().unwrap();
            write_column(&mut column, cells);
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn write_column(column: &mut SerializedColumnWriter<'_>, cells: &Cells) {
    match cells {
        Cells::Bool(cells) => write_cells::<BoolType>(column, cells),
        Cells::Int32(cells) => write_cells::<Int32Type>(column, cells),
        Cells::Int64(cells) => write_cells::<Int64Type>(column, cells),
        Cells::Float(cells) => write_cells::<FloatType>(column, cells),
        Cells::Double(cells) => write_cells::<DoubleType>(column, cells),
        Cells::Bytes(cells) => {
            let cells: Vec<_> =
                cells.iter().cloned().map(|cell| cell.map(ByteArray::from)).collect();
            write_cells::<ByteArrayType>(column, &cells);
        }
    }
}

fn write_cells<T: parquet::data_type::DataType>(
    column: &mut SerializedColumnWriter<'_>,
    cells: &[Option<T::T>],
) {
    let levels: Vec<_> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<_> = cells.iter().flatten().cloned().collect();
    column.typed::<T>().write_batch(&values, Some(&levels), None).unwrap();
}

/// Texts as cells.
pub(crate) fn texts(cells: &[Option<&str>]) -> Cells {
    Cells::Bytes(cells.iter().map(|cell| cell.map(|text| text.as_bytes().to_vec())).collect())
}
