//! Whole columns, from each format.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int32Array, Int64Array};
use tollgate_data::{DataError, Options, columns};
use tollgate_model::{Columns, Form};

use crate::arrow_file::{self, FORMS};
use crate::parquet_file::{Cells, write};

const WANTED: [(&str, Form); 5] = [
    ("id", Form::Key),
    ("label", Form::Number),
    ("label", Form::Text),
    ("plan", Form::Text),
    ("score", Form::Number),
];

fn read(name: &str, bytes: &[u8], wanted: &[(&str, Form)]) -> Result<Columns, DataError> {
    let dir = tempfile::tempdir().unwrap();
    let path: PathBuf = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let wanted: Vec<_> = wanted.iter().map(|(name, form)| ((*name).to_owned(), *form)).collect();
    columns(&path, name, &wanted, &Options::default(), &|| false)
}

#[test]
fn a_cell_is_the_same_in_each_format() {
    let csv = "id,score,plan,label,other\n7,0.5,basic,1,x\n8,,\"pro, new\",0,y\n9,1e-3,,1,z\n";
    let json = concat!(
        "{\"id\":7,\"score\":0.5,\"plan\":\"basic\",\"label\":1}\n",
        "{\"id\":8,\"score\":null,\"plan\":\"pro, new\",\"label\":0}\n",
        "{\"id\":9,\"score\":0.001,\"plan\":null,\"label\":1}\n",
    );
    let text = |text: &str| Some(text.as_bytes().to_vec());
    let parquet = write(
        "REQUIRED INT64 id; OPTIONAL DOUBLE score; OPTIONAL BYTE_ARRAY plan (UTF8); \
         REQUIRED INT32 label;",
        &[
            Cells::Int64(vec![Some(7), Some(8), Some(9)]),
            Cells::Double(vec![Some(0.5), None, Some(0.001)]),
            Cells::Bytes(vec![text("basic"), text("pro, new"), None]),
            Cells::Int32(vec![Some(1), Some(0), Some(1)]),
        ],
    );
    let plans = DictionaryArray::<Int32Type>::from_iter([Some("basic"), Some("pro, new"), None]);
    let of_arrow: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from(vec![7, 8, 9]))),
        ("score", Arc::new(Float64Array::from(vec![Some(0.5), None, Some(0.001)]))),
        ("plan", Arc::new(plans)),
        ("label", Arc::new(Int32Array::from(vec![1, 0, 1]))),
    ];
    // In two record batches of one dictionary.
    let whole = arrow_file::batch(of_arrow);
    let arrow = FORMS.map(|form| arrow_file::write(&[whole.slice(0, 1), whole.slice(1, 2)], form));
    let of_csv = read("p.csv", csv.as_bytes(), &WANTED).unwrap();
    let scores = of_csv.numbers("score").unwrap();
    assert_eq!((scores[0], scores[2]), (0.5, 0.001));
    assert!(scores[1].is_nan());
    assert_eq!(of_csv.numbers("label").unwrap(), [1.0, 0.0, 1.0]);
    let (plans, codes) = of_csv.texts("plan").unwrap();
    assert_eq!(
        (plans, codes),
        (&["basic".to_owned(), "pro, new".to_owned()][..], &[0, 1, u32::MAX][..])
    );
    // A NaN is not equal to itself, and shown it is.
    let shown = format!("{of_csv:?}");
    let files = [("p.jsonl", json.as_bytes()), ("p.parquet", &parquet)];
    for (name, bytes) in files.into_iter().chain(arrow.iter().map(|bytes| ("p.arrow", &**bytes))) {
        assert_eq!(format!("{:?}", read(name, bytes, &WANTED).unwrap()), shown, "{name}");
    }
}

#[test]
fn what_is_missing_or_no_number_is_told_with_its_row() {
    let csv = b"id,score\n7,0.5\n8,high\n";
    let told = read("p.csv", csv, &[("score", Form::Number)]).unwrap_err().to_string();
    assert!(told.contains("`score`") && told.contains("row 2") && told.contains("high"), "{told}");
    let told = read("p.csv", csv, &[("plan", Form::Text)]).unwrap_err().to_string();
    assert!(told.contains("`plan`") && told.contains("`id`, `score`"), "{told}");
    let damaged = read("p.parquet", b"PAR1 and no more", &[("plan", Form::Text)]);
    assert!(damaged.is_err());
    let damaged = read("p.arrow", b"ARROW1\0\0 and no more", &[("plan", Form::Text)]);
    assert!(damaged.is_err());
}

#[test]
fn many_pieces_are_one_column() {
    let rows = 200_000;
    let mut csv = String::from("id,score,plan\n");
    (0..rows).for_each(|row| csv += &format!("{row},0.{row:06},p{}\n", row % 7));
    let wanted = [("id", Form::Key), ("plan", Form::Text), ("score", Form::Number)];
    let columns = read("p.csv", csv.as_bytes(), &wanted).unwrap();
    assert_eq!(columns.rows, rows);
    let scores = columns.numbers("score").unwrap();
    assert!(scores.iter().enumerate().all(|(row, score)| (score * 1e6).round() as usize == row));
    let (plans, codes) = columns.texts("plan").unwrap();
    assert!(
        codes
            .iter()
            .enumerate()
            .all(|(row, code)| plans[*code as usize] == format!("p{}", row % 7))
    );
    let mut keys = columns.keys("id").unwrap().to_vec();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), rows);
}
