//! Arrow files for tests, through Apache's own writer.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float32Array, Float64Array, Int32Array,
    Int64Array, RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions, StreamWriter};

/// How a file is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Form {
    pub(crate) stream: bool,
    pub(crate) packing: Option<CompressionType>,
    /// Dictionaries go on, instead of being written anew.
    pub(crate) deltas: bool,
}

/// Every form there is.
pub(crate) const FORMS: [Form; 6] = [
    Form { stream: false, packing: None, deltas: false },
    Form { stream: false, packing: Some(CompressionType::LZ4_FRAME), deltas: false },
    Form { stream: false, packing: Some(CompressionType::ZSTD), deltas: false },
    Form { stream: true, packing: None, deltas: false },
    Form { stream: true, packing: Some(CompressionType::LZ4_FRAME), deltas: false },
    Form { stream: true, packing: Some(CompressionType::ZSTD), deltas: false },
];

/// A file of these record batches.
pub(crate) fn write(batches: &[RecordBatch], form: Form) -> Vec<u8> {
    let handling = if form.deltas { DictionaryHandling::Delta } else { DictionaryHandling::Resend };
    let options = IpcWriteOptions::default()
        .with_dictionary_handling(handling)
        .try_with_compression(form.packing)
        .unwrap();
    let schema = batches[0].schema();
    if form.stream {
        let mut writer = StreamWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        return writer.into_inner().unwrap();
    }
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

/// A record batch of these columns, each of which may have nulls.
pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// Texts as cells of a column that Parquet would describe so. Columns of texts are stored in one of
/// three ways.
pub(crate) fn array(schema: &str, cells: &[Option<&str>]) -> ArrayRef {
    fn all<T>(cells: &[Option<&str>], make: impl Fn(&str) -> T) -> Vec<Option<T>> {
        cells.iter().map(|cell| cell.map(&make)).collect()
    }
    match schema.split(' ').next().unwrap() {
        "BOOLEAN" => Arc::new(BooleanArray::from(all(cells, |text| text == "true"))),
        "INT32" if schema.contains("DATE") => Arc::new(Date32Array::from(all(cells, days))),
        "INT64" if schema.contains("TIME") => {
            Arc::new(TimestampMicrosecondArray::from(all(cells, micros)).with_timezone("UTC"))
        }
        "INT32" => Arc::new(Int32Array::from(all(cells, |text| text.parse().unwrap()))),
        "INT64" => Arc::new(Int64Array::from(all(cells, |text| text.parse().unwrap()))),
        "FLOAT" => Arc::new(Float32Array::from(all(cells, |text| text.parse().unwrap()))),
        "DOUBLE" => Arc::new(Float64Array::from(all(cells, |text| text.parse().unwrap()))),
        _ => match schema.len() % 3 {
            0 => Arc::new(StringArray::from(cells.to_vec())),
            1 => Arc::new(StringViewArray::from(cells.to_vec())),
            _ => Arc::new(cells.iter().copied().collect::<DictionaryArray<Int32Type>>()),
        },
    }
}

fn days(text: &str) -> i32 {
    let ordered: Vec<_> = text.split('.').rev().collect();
    let date: jiff::civil::Date = ordered.join("-").parse().unwrap();
    jiff::civil::date(1970, 1, 1).until(date).unwrap().get_days()
}

fn micros(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}
