//! Sources of the same features that agree, and such that don't.

use proptest::prelude::*;
use tollgate_data::{
    DataSet, DriftLimits, FeatureSource, Options, Watched, consistency, guess, profile,
};
use tollgate_model::{Feature, FeatureType, LogicalType, Registry, Report, Verdict};

use crate::common::{Demands, column, contract};
use crate::parquet_file::{Cells, texts, write};

type File = (&'static str, Vec<u8>);

const ROWS: i64 = 200;

fn with<T>(file: &File, then: impl FnOnce(&std::path::Path, &DataSet) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file.0);
    std::fs::write(&path, &file.1).unwrap();
    then(&path, &DataSet::file(&path, file.0))
}

fn source(file: &File, like: Option<&FeatureSource>) -> FeatureSource {
    with(file, |path, set| match FeatureSource::defined_in(path, file.0).unwrap() {
        Some(defined) => defined,
        None => FeatureSource::of_data(set, None, like, &Options::default(), &|| false).unwrap(),
    })
}

fn compared(first: &File, other: &File) -> Report {
    let first = source(first, None);
    let other = source(other, Some(&first));
    consistency(&[first, other], &DriftLimits::default())
}

fn codes(report: &Report) -> Vec<&str> {
    let told = report.findings.iter().map(|it| it.code.strip_prefix("data.skew-").unwrap());
    told.collect()
}

fn messages(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.message.as_str()).collect()
}

fn list(features: &[(&str, Option<FeatureType>)]) -> FeatureSource {
    let feature = |(name, kind): &(&str, Option<FeatureType>)| Feature {
        name: (*name).to_owned(),
        kind: *kind,
        required: false,
        optional: false,
    };
    let features = features.iter().map(feature).collect();
    FeatureSource::of_registry(&Registry { path: "features.yaml".into(), features })
}

fn lines(cell: impl Fn(i64) -> String) -> File {
    (
        "online.jsonl",
        (0..ROWS).map(|at| format!("{{\"x\": {}}}\n", cell(at))).collect::<String>().into(),
    )
}

fn csv(cell: impl Fn(i64) -> String) -> File {
    let rows: String = (0..ROWS).map(|at| format!("{}\n", cell(at))).collect();
    ("online.csv", format!("x\n{rows}").into())
}

fn stored(schema: &str, cells: Cells) -> File {
    ("offline.parquet", write(&format!("OPTIONAL {schema};"), &[cells]))
}

fn whole(cell: impl Fn(i64) -> i64) -> Cells {
    Cells::Int64((0..ROWS).map(|at| Some(cell(at))).collect())
}

fn double(cell: impl Fn(i64) -> f64) -> Cells {
    Cells::Double((0..ROWS).map(|at| Some(cell(at))).collect())
}

fn text(cell: impl Fn(i64) -> String) -> Cells {
    let cells: Vec<_> = (0..ROWS).map(cell).collect();
    texts(&cells.iter().map(|cell| Some(cell.as_str())).collect::<Vec<_>>())
}

fn small(at: i64) -> i64 {
    at % 7
}

#[expect(clippy::cast_precision_loss, reason = "small")]
fn halves(at: i64) -> f64 {
    small(at) as f64 / 10.0
}

fn instant(at: i64) -> String {
    format!("2024-01-{:02}T10:00:00Z", small(at) + 1)
}

const MOMENT: i64 = 1_704_103_200_000_000;
const DAY: i64 = 86_400_000_000;

#[test]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small")]
fn pairs_of_types_go_together_or_not() {
    let int = || stored("INT64 x", whole(small));
    let wide = || stored("INT64 x", whole(|at| (1 << 60) + at % 7));
    let real = || stored("DOUBLE x", double(halves));
    let of_whole = || stored("DOUBLE x", double(|at| small(at) as f64));
    let single = |cell: fn(i64) -> f64| {
        stored("FLOAT x", Cells::Float((0..ROWS).map(|at| Some(cell(at) as f32)).collect()))
    };
    let string = || stored("BYTE_ARRAY x (UTF8)", text(|at| small(at).to_string()));
    let time = || stored("INT64 x (TIMESTAMP_MICROS)", whole(|at| MOMENT + DAY * small(at)));
    let day = || {
        let days = (0..ROWS).map(|at| Some(19_723 + small(at) as i32)).collect();
        stored("INT32 x (DATE)", Cells::Int32(days))
    };
    let bool = || stored("BOOLEAN x", Cells::Bool((0..ROWS).map(|at| Some(at % 2 == 0)).collect()));
    let table: Vec<(&str, File, File, &[&str])> = vec![
        ("whole, whole without a point", int(), of_whole(), &[]),
        ("whole, with decimals", int(), real(), &["type"]),
        (
            "large whole, number",
            wide(),
            stored("DOUBLE x", double(|at| ((1_i64 << 60) + at % 7) as f64)),
            &["precision"],
        ),
        ("number, whole", real(), stored("INT64 x", whole(|_| 0)), &["precision"]),
        ("number without decimals, whole", of_whole(), int(), &[]),
        ("number, single", real(), single(halves), &["precision"]),
        ("single, number", single(halves), real(), &[]),
        ("whole, text", int(), string(), &["type"]),
        ("text, whole", string(), int(), &["type"]),
        ("whole, JSON", int(), lines(|at| small(at).to_string()), &[]),
        ("number, JSON", real(), lines(|at| halves(at).to_string()), &[]),
        ("whole, JSON text", int(), lines(|at| format!("\"{}\"", small(at))), &["type"]),
        (
            "whole, JSON of both",
            int(),
            lines(|at| if at == 3 { "\"3\"".into() } else { small(at).to_string() }),
            &["type"],
        ),
        ("whole, CSV", int(), csv(|at| small(at).to_string()), &[]),
        ("text, CSV", string(), csv(|at| small(at).to_string()), &[]),
        ("whole, CSV of words", int(), csv(|at| format!("n{}", small(at))), &["type"]),
        ("time, JSON", time(), lines(|at| format!("\"{}\"", instant(at))), &[]),
        ("time, JSON of words", time(), lines(|at| format!("\"day {}\"", small(at))), &["type"]),
        ("time, text", time(), stored("BYTE_ARRAY x (UTF8)", text(instant)), &["type"]),
        (
            "time, seconds",
            time(),
            lines(|at| (1_704_103_200 + 86_400 * small(at)).to_string()),
            &["type"],
        ),
        (
            "text, JSON times",
            stored("BYTE_ARRAY x (UTF8)", text(instant)),
            lines(|at| format!("\"{}\"", instant(at))),
            &[],
        ),
        ("day, time", day(), time(), &[]),
        ("time, day", time(), day(), &["precision"]),
        ("truth, CSV bits", bool(), csv(|at| (1 - at % 2).to_string()), &[]),
        ("truth, whole", bool(), stored("INT64 x", whole(|at| at % 2)), &["type"]),
        ("truth, JSON", bool(), lines(|at| (at % 2 == 0).to_string()), &[]),
        ("whole, nothing but nulls", int(), lines(|_| "null".into()), &["nulls"]),
    ];
    for (what, first, other, expected) in table {
        let report = compared(&first, &other);
        assert_eq!(codes(&report), expected, "{what}: {:?}", messages(&report));
    }
}

#[test]
fn a_registry_tells_names_and_types_alone() {
    let table = source(
        &("offline.csv", b"id,age,score,label\n1,30,0.5,yes\n2,40,0.25,no\n".to_vec()),
        None,
    );
    let told = |features: &[(&str, Option<FeatureType>)]| {
        let report = consistency(&[table.clone(), list(features)], &DriftLimits::default());
        messages(&report).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let age = ("age", Some(FeatureType::Int32));
    // The label is no feature; 0.5 and 0.25 are the same number in 32 bits.
    assert!(told(&[age, ("score", Some(FeatureType::Float32))]).is_empty());
    assert!(told(&[age, ("score", None), ("id", Some(FeatureType::Integer))]).is_empty());
    assert_eq!(
        told(&[age, ("score", Some(FeatureType::Boolean)), ("tenure", None)]),
        [
            "`offline.csv` lacks the feature `tenure`, which `features.yaml` has",
            "`score`: numbers in `offline.csv`, truth values in `features.yaml`",
        ]
    );
}

#[test]
fn names_that_were_meant_are_told_once() {
    let report = compared(
        &("offline.csv", b"age,monthly_spend,tenure,x1\n1,2,3,4\n".to_vec()),
        &("online.jsonl", b"{\"age\": 1, \"MonthlySpend\": 2, \"tenur\": 3, \"x2\": 4}\n".to_vec()),
    );
    assert_eq!(codes(&report), ["feature"; 4]);
    let hints: Vec<_> = report.findings.iter().filter_map(|it| it.hint.as_deref()).collect();
    assert_eq!(hints[0], "did you mean `MonthlySpend`? call it the same in both");
    assert_eq!(hints[1], "did you mean `tenur`? call it the same in both");
    assert_eq!(hints[2], "add `x1` to `online.jsonl`, or take it out of `offline.csv`");
    assert_eq!(
        report.findings[3].message,
        "`offline.csv` lacks the feature `x2`, which `online.jsonl` has"
    );
}

#[test]
fn a_feature_that_all_data_has_is_registered() {
    let sources = [
        source(&("offline.csv", b"age,plan,label\n1,a,yes\n".to_vec()), None),
        source(&("online.csv", b"age,plan\n1,a\n".to_vec()), None),
        list(&[("age", Some(FeatureType::Integer))]),
    ];
    let report = consistency(&sources, &DriftLimits::default());
    assert_eq!(
        messages(&report),
        ["`features.yaml` lacks the feature `plan`, which `offline.csv` has"]
    );
}

#[test]
fn nulls_are_held_against_each_other_and_the_registry() {
    let online =
        |every: i64| lines(move |at| if at % every == 0 { "null".into() } else { "\"a\"".into() });
    let full = stored("BYTE_ARRAY x (UTF8)", text(|_| "a".into()));
    let few = compared(&full, &online(ROWS));
    assert_eq!(
        messages(&few),
        ["`x`: no nulls in `offline.parquet`, 0.5 % nulls in `online.jsonl`"]
    );
    // One in 200 against none may be chance, where the model knows of nulls.
    assert!(
        compared(&("a.jsonl", online(ROWS).1), &("b.jsonl", full_lines().1)).findings.is_empty()
    );
    let many = compared(&("a.jsonl", online(3).1), &("b.jsonl", full_lines().1));
    assert_eq!(messages(&many), ["`x`: 33.5 % nulls in `a.jsonl`, no nulls in `b.jsonl`"]);
    let required = Feature { name: "x".into(), kind: None, required: true, optional: false };
    let registry = Registry { path: "r.yaml".into(), features: vec![required] };
    let sources = [source(&online(2), None), FeatureSource::of_registry(&registry)];
    let report = consistency(&sources, &DriftLimits::default());
    assert_eq!(codes(&report), ["required"]);
    assert_eq!(
        messages(&report),
        ["`x` is required in `r.yaml`, and has 100 nulls in 200 rows of `online.jsonl`"]
    );
}

fn full_lines() -> File {
    lines(|_| "\"a\"".into())
}

#[test]
fn values_that_only_one_side_has_are_told() {
    let plans = |names: &'static [&'static str]| {
        csv(move |at| names[usize::try_from(at).unwrap() % names.len()].to_owned())
    };
    let report =
        compared(&("offline.csv", plans(&["basic", "plus"]).1), &plans(&["basic", "Plus"]));
    assert_eq!(
        messages(&report),
        [
            "`x`: 2 values (`plus` only here) in `offline.csv`, 2 values (`Plus` only here) in `online.csv`"
        ]
    );
    assert_eq!(codes(&report), ["categories"]);
    // Ten rows may well have none of a rare value, and names have nothing in common.
    let few = ("online.csv", b"x\nbasic\nbasic\nbasic\n".to_vec());
    let rare = csv(|at| if at % 50 == 0 { "rare".into() } else { "basic".into() });
    assert!(compared(&rare, &few).findings.is_empty());
    let names = |from: i64| csv(move |at| format!("name {}", from + at));
    assert!(compared(&names(0), &names(1_000)).findings.is_empty());
}

#[test]
fn distributions_are_compared_where_there_are_rows_enough() {
    let table = csv(|at| (at % 50).to_string());
    let report = compared(&table, &("online.csv", csv(|at| (at % 50 + 40).to_string()).1));
    assert!(codes(&report).contains(&"distribution"), "{:?}", messages(&report));
    assert!(report.figures.contains_key("skew.psi.x.online.csv"), "{:?}", report.figures);
    assert!(report.findings[0].message.ends_with("`online.csv` against `online.csv`"));
    let few: String = (0..20).map(|at| format!("{}\n", at + 90)).collect();
    let report = compared(&table, &("online.csv", format!("x\n{few}").into()));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", messages(&report));
}

#[test]
fn keys_have_no_distribution() {
    let rows = |from: i64, label: &str| -> String {
        (from..from + ROWS).map(|id| format!("{id},{}{label}\n", small(id))).collect()
    };
    let offline = format!("id,x,label\n{}", rows(0, ",no"));
    let online = format!("id,x\n{}", rows(5_001, ""));
    let sources = [
        source(&("offline.csv", offline.into()), None),
        source(&("online.csv", online.into()), None),
    ];
    let report = consistency(&sources, &DriftLimits::default());
    assert_eq!(
        messages(&report),
        ["`online.csv` lacks the feature `label`, which `offline.csv` has"]
    );
    let key = Feature { name: "id".into(), kind: None, required: false, optional: true };
    let x = Feature { name: "x".into(), kind: None, required: false, optional: false };
    let registry = Registry { path: "r.json".into(), features: vec![key, x] };
    let [first, other] = sources;
    let sources = [first, other, FeatureSource::of_registry(&registry)];
    assert!(consistency(&sources, &DriftLimits::default()).findings.is_empty());
}

#[test]
fn no_rows_tell_nothing() {
    for empty in [("online.csv", b"x\n".to_vec()), ("online.jsonl", Vec::new())] {
        let report = compared(&csv(|at| at.to_string()), &empty);
        assert_eq!(report.verdict, Verdict::Undecided);
    }
}

#[test]
fn masked_values_are_not_shown() {
    let secret = column("x").of(LogicalType::String).with(|column| column.masked = true);
    let contract = contract(vec![secret], vec![]);
    let read = |file: &File| {
        let (table, options) = (contract.table(None), Options::default());
        with(file, |_, set| FeatureSource::of_data(set, table, None, &options, &|| false)).unwrap()
    };
    let sources = [read(&csv(|_| "secret".into())), read(&lines(|_| "\"other\"".into()))];
    let report = consistency(&sources, &DriftLimits::default());
    assert!(report.findings.is_empty(), "{:?}", messages(&report));
}

#[test]
fn a_profile_stands_for_its_data() {
    let table = csv(|at| small(at).to_string());
    let kept = with(&table, |_, set| {
        let own = guess(set, &Options::default(), &|| false).unwrap();
        let watched = Watched::default();
        profile(set, Some(&own), &watched, &Options::default(), &|| false).unwrap().to_json()
    });
    let kept = ("offline.profile.json", kept.into_bytes());
    assert!(compared(&kept, &lines(|at| small(at).to_string())).findings.is_empty());
    let words = compared(&kept, &lines(|_| "\"many\"".into()));
    assert_eq!(
        messages(&words),
        ["`x`: whole numbers in `offline.profile.json`, texts in `online.jsonl`"]
    );
}

#[test]
fn a_dump_of_feast_is_held_against_data() {
    let dump = br#"{
      "project": "churn",
      "entities": [{"spec": {"name": "customer", "joinKey": "customer_id", "valueType": "STRING"}}],
      "featureViews": [{"spec": {"name": "profile", "entities": ["customer"], "ttl": "86400s",
        "features": [{"name": "x", "valueType": "STRING"}, {"name": "spend", "valueType": "DOUBLE"}]},
        "meta": {"createdTimestamp": "2024-01-01T00:00:00Z"}}]
    }"#;
    let dump = ("registry.json", dump.to_vec());
    let report = compared(&stored("INT64 x", whole(small)), &dump);
    assert_eq!(
        messages(&report),
        [
            "`offline.parquet` lacks the feature `spend`, which `registry.json` has",
            "`x`: whole numbers in `offline.parquet`, texts in `registry.json`",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_source_agrees_with_itself(rows in proptest::collection::vec(
        (any::<Option<i64>>(), any::<Option<f32>>(), "[a-c]?", any::<bool>(), ".{0,8}"), 1..150,
    )) {
        let line = |(a, b, c, d, e): &(Option<i64>, Option<f32>, String, bool, String)| {
            serde_json_line(&[
                ("a", a.map_or("null".into(), |a| a.to_string())),
                ("b", b.filter(|b| b.is_finite()).map_or("null".into(), |b| format!("{b:e}"))),
                ("c", format!("\"{c}\"")),
                ("d", d.to_string()),
                ("e", format!("\"{}\"", e.escape_unicode().filter(char::is_ascii_alphanumeric).collect::<String>())),
            ])
        };
        let text: String = rows.iter().map(line).collect();
        let report = compared(&("a.jsonl", text.clone().into()), &("b.jsonl", text.into()));
        prop_assert!(report.findings.is_empty(), "{:?}", messages(&report));
        prop_assert_eq!(report.verdict, Verdict::Pass);
    }
}

fn serde_json_line(cells: &[(&str, String)]) -> String {
    let cells: Vec<_> = cells.iter().map(|(name, cell)| format!("\"{name}\": {cell}")).collect();
    format!("{{{}}}\n", cells.join(", "))
}
