//! Profiles of data sets of several files, in all formats.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array, RecordBatch,
    StringViewArray,
};
use tollgate_data::{
    ColumnType, DataError, DataSet, Options, Profile, Watched, check_and_profile, check_set, guess,
    profile,
};
use tollgate_model::{LogicalType, Verdict};

use crate::arrow_file::{self, FORMS};
use crate::common::{Demands, column, contract, int, lines};
use crate::parquet_file::{Cells, write_groups};

type File = (&'static str, Vec<u8>);

fn folder(files: &[File]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

fn of(files: &[File], options: &Options) -> Result<Profile, DataError> {
    let folder = folder(files);
    let set = DataSet::at(folder.path(), "d").unwrap();
    profile(&set, None, &Watched::default(), options, &|| false)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).unwrap()
}

fn rows(from: u32, to: u32) -> String {
    let mut text = "x,plan\n".to_owned();
    for row in from..to {
        let mixed = row.wrapping_mul(2_654_435_761) >> 8;
        writeln!(text, "{}.5,p{}", mixed % 10_007, mixed % 5).unwrap();
    }
    text
}

#[test]
fn files_of_a_set_are_profiled_as_one() {
    let files = [
        ("year=2023/a.csv", rows(0, 3_000).into_bytes()),
        ("year=2024/b.csv.gz", gzip(&rows(3_000, 5_000))),
        ("year=2024/c.csv.zst", zstd(&rows(5_000, 5_001))),
    ];
    let with =
        |threads| of(&files, &Options { threads, piece: 4 << 10, ..Options::default() }).unwrap();
    let seen = with(2);
    assert_eq!(seen.to_json(), with(1).to_json());
    assert_eq!(seen.rows(), 5_001);
    let years = seen.column("year").unwrap();
    assert_eq!(years.kind(), ColumnType::Integer);
    assert_eq!(years.distinct(), Some((2, true)));
    let whole = of(&[("all.csv", rows(0, 5_001).into_bytes())], &Options::default()).unwrap();
    for name in ["x", "plan"] {
        let (ours, theirs) = (seen.column(name).unwrap(), whole.column(name).unwrap());
        assert_eq!(ours.distinct(), theirs.distinct());
        assert_eq!(ours.categories(), theirs.categories());
        let range = |column: &tollgate_data::ColumnProfile| {
            column.numbers().map(|numbers| (numbers.min, numbers.max))
        };
        assert_eq!(range(ours), range(theirs));
    }
}

#[test]
fn files_with_other_columns_are_no_one_set() {
    let files = [("a.csv", b"x,y\n1,2\n".to_vec()), ("b.csv", b"x\n1\n".to_vec())];
    let error = of(&files, &Options::default()).unwrap_err();
    assert!(matches!(error, DataError::Unlike { .. }), "{error}");
    assert!(error.to_string().contains("`d/b.csv` has other columns than `d/a.csv`"), "{error}");
    let folder = folder(&files);
    let set = DataSet::at(folder.path(), "d").unwrap();
    let contract = contract(vec![column("y").of(LogicalType::Integer)], vec![]);
    let (options, watched) = (Options::default(), Watched::default());
    let (report, seen) =
        check_and_profile(&set, &contract, None, &watched, &options, &|| false).unwrap();
    assert!(lines(&report)[0].starts_with("data.schema"), "{:?}", lines(&report));
    assert_eq!((seen.rows(), seen.column("y").unwrap().valid()), (1, 1));
}

#[test]
fn columns_of_json_are_those_that_its_rows_tell() {
    let text = "{\"n\":1,\"s\":\"1\",\"at\":\"2024-01-02\",\"b\":true,\"mixed\":1,\"none\":null}\n\
                {\"n\":-2,\"s\":\"007\",\"at\":\"2024-01-03\",\"b\":false,\"mixed\":\"x\"}\n\
                {\"s\":\"\",\"late\":[1]}\n";
    let files = [("a.jsonl", text.as_bytes().to_vec()), ("b.jsonl.gz", gzip(text))];
    let folder = folder(&files);
    let set = DataSet::at(folder.path(), "d").unwrap();
    let table = guess(&set, &Options::default(), &|| false).unwrap();
    let told: Vec<_> =
        table.columns.iter().map(|column| (column.name.as_str(), column.logical_type)).collect();
    let expected = [
        ("at", Some(LogicalType::Date)),
        ("b", Some(LogicalType::Boolean)),
        ("late", None),
        ("mixed", None),
        ("n", Some(LogicalType::Integer)),
        ("none", None),
        ("s", Some(LogicalType::String)),
    ];
    assert_eq!(told, expected);
    // What is guessed of data, the data keeps.
    let guessed = contract(table.columns, vec![]);
    let report = check_set(&set, &guessed, None, &Options::default(), &|| false).unwrap();
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", lines(&report));
    let seen = of(&files, &Options::default()).unwrap();
    let n = seen.column("n").unwrap();
    assert_eq!((n.rows(), n.nulls(), n.invalid()), (6, 2, 0));
    let names = ["m".to_owned()];
    let watched = Watched { columns: Some(&names), like: None };
    let error = profile(&set, None, &watched, &Options::default(), &|| false).unwrap_err();
    assert!(error.to_string().contains("no column `m`, it has `at`"), "{error}");
}

/// Every rule is proven by the footer or by the dictionary, and all the same every row is counted.
#[test]
fn what_is_proven_of_a_column_is_no_profile_of_it() {
    let cells = |from: i64| Cells::Int64((from..from + 500).map(|row| Some(row % 7)).collect());
    let groups: [&[Cells]; 2] = [&[cells(0)], &[cells(3)]];
    let bytes = write_groups("optional int64 n;", &groups);
    let demands = column("n").of(LogicalType::Integer).required();
    let demands = demands.with(|column| {
        column.bounds.minimum = int(0);
        column.bounds.maximum = int(6);
    });
    let contract = contract(vec![demands], vec![]);
    // As one file, and as one of several.
    let folder = folder(&[("a.parquet", bytes.clone()), ("b.parquet", bytes)]);
    let one = DataSet::file(&folder.path().join("a.parquet"), "a");
    let both = DataSet::at(folder.path(), "d").unwrap();
    let (options, watched) = (Options::default(), Watched::default());
    for (set, rows) in [(one, 1_000), (both, 2_000)] {
        let (report, seen) =
            check_and_profile(&set, &contract, None, &watched, &options, &|| false).unwrap();
        assert_eq!(report.verdict, Verdict::Pass);
        let n = seen.column("n").unwrap();
        assert_eq!((seen.rows(), n.valid(), n.distinct()), (rows, rows, Some((7, true))));
        let weight: u64 = n.sample().unwrap().0.iter().map(|(_, weight)| weight).sum();
        assert_eq!(weight, rows);
    }
}

/// A record batch of 399 rows, and the same as rows of CSV. All have the same dictionary.
fn both(from: i64) -> (RecordBatch, String) {
    const PLANS: [&str; 3] = ["basic", "plus", "pro"];
    let all = || from..from + 399;
    let at = |row: i64| usize::try_from(row % 3).unwrap();
    let age = |row: i64| (row % 9 != 0).then_some(row * 31 % 71);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let spend = |row: i64| (row * 7_919 % 1_009) as f64 / 4.0;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("age", Arc::new(all().map(age).collect::<Int64Array>())),
        ("spend", Arc::new(all().map(|row| Some(spend(row))).collect::<Float64Array>())),
        ("plan", {
            let plans = all().map(|row| Some(PLANS[at(row)]));
            Arc::new(plans.collect::<DictionaryArray<Int32Type>>())
        }),
        ("name", {
            Arc::new(all().map(|row| Some(format!("n{row}"))).collect::<StringViewArray>())
        }),
        ("born", {
            let days = |row: i64| i32::try_from(row % 28).ok();
            Arc::new(all().map(days).collect::<Date32Array>())
        }),
        ("active", Arc::new(all().map(|row| Some(row % 2 == 0)).collect::<BooleanArray>())),
    ];
    let mut text = String::new();
    for row in all() {
        let age = age(row).map_or(String::new(), |age| age.to_string());
        let (spend, plan, active) = (spend(row), PLANS[at(row)], row % 2 == 0);
        writeln!(text, "{age},{spend},{plan},n{row},1970-01-{:02},{active}", row % 28 + 1).unwrap();
    }
    (arrow_file::batch(columns), text)
}

/// Up to rounding and the error of quantiles, which depend on where record batches end.
#[test]
fn a_profile_of_arrow_is_that_of_the_same_rows_as_text() {
    let ((first, rows), (second, more)) = (both(0), both(399));
    let folder = tempfile::tempdir().unwrap();
    let of = |bytes: Vec<u8>, threads| {
        let path = folder.path().join("t");
        std::fs::write(&path, bytes).unwrap();
        let options = Options { threads, ..Options::default() };
        profile(&DataSet::file(&path, "t"), None, &Watched::default(), &options, &|| false).unwrap()
    };
    let csv = |rows: &str| format!("age,spend,plan,name,born,active\n{rows}").into_bytes();
    let (half, whole) = (of(csv(&rows), 1), of(csv(&(rows + &more)), 1));
    assert_eq!((half.rows(), whole.rows()), (399, 798));
    for form in FORMS {
        for threads in [1, 2] {
            let seen = of(arrow_file::write(std::slice::from_ref(&first), form), threads);
            assert!(seen == half, "{form:?} by {threads}");
        }
        let both = [first.clone(), second.clone()];
        let seen = of(arrow_file::write(&both, form), 1);
        assert!(seen == of(arrow_file::write(&both, form), 2), "{form:?}");
        assert_eq!((seen.rows(), seen.schema()), (whole.rows(), whole.schema()));
        for (ours, theirs) in seen.columns().iter().zip(whole.columns()) {
            assert_eq!((ours.nulls(), ours.valid()), (theirs.nulls(), theirs.valid()));
            assert_eq!(ours.distinct(), theirs.distinct());
            assert_eq!(ours.categories(), theirs.categories());
        }
    }
}

#[test]
fn only_the_columns_that_are_asked_for_are_read() {
    let cells = || Cells::Int64((0..2_000).map(|row| Some(row * row)).collect());
    let text = Cells::Bytes((0..2_000).map(|row| Some(row.to_string().into_bytes())).collect());
    let schema = "optional int64 n; optional byte_array t (utf8);";
    let mut bytes = write_groups(schema, &[&[cells(), text]]);
    // The pages of the texts stand behind those of the numbers.
    let length: [u8; 4] = bytes[bytes.len() - 8..][..4].try_into().unwrap();
    let end = bytes.len() - 8 - u32::from_le_bytes(length) as usize;
    bytes[end * 3 / 4..end].fill(0xaa);
    let folder = folder(&[("a.parquet", bytes)]);
    let set = DataSet::file(&folder.path().join("a.parquet"), "a");
    let with = |names: &[String], like: Option<&Profile>| {
        let watched = Watched { columns: Some(names), like };
        profile(&set, None, &watched, &Options::default(), &|| false)
    };
    let (n, t) = (["n".to_owned()], ["t".to_owned()]);
    let seen = with(&n, None).unwrap();
    assert_eq!((seen.rows(), seen.columns().len()), (2_000, 1));
    let error = with(&t, None).unwrap_err();
    assert!(matches!(error, DataError::Corrupt { .. }), "{error}");
    // What is gone is told by the comparison.
    let both = ["n".to_owned(), "gone".to_owned()];
    assert!(matches!(with(&both, None), Err(DataError::NoColumn { .. })));
    assert_eq!(with(&both, Some(&seen)).unwrap().columns().len(), 1);
}
