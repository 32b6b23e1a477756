//! Files of other tools become contracts. The snapshots are the contracts, with what is not carried
//! over above them.

use std::path::{Path, PathBuf};

use tollgate_config::{Code, Format, contract, import};

fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").join(folder);
    let mut paths: Vec<_> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(&path).unwrap())).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn snapshot(folder: &str, name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => format!("../snapshots/import/{folder}") }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn files_of_other_tools_become_contracts() {
    let files = files("valid");
    assert!(files.len() >= 8, "{} files", files.len());
    for (path, text) in files {
        let name = name(&path);
        let imported = import(&text, &name, None).unwrap_or_else(|problems| {
            panic!("{name}:\n{problems}");
        });
        assert_eq!(imported, import(&text, &name, Some(imported.format)).unwrap(), "{name}");
        let again = contract(&imported.contract, "contract.yaml");
        assert!(again.is_ok(), "{name}: {}", again.unwrap_err());
        for note in &imported.notes {
            assert!(note.line > 0 && imported.contract.contains(&format!("line {}:", note.line)));
        }
        snapshot("valid", &name, &imported.contract);
    }
}

#[test]
fn what_is_no_such_file_is_refused() {
    for (path, text) in files("malformed") {
        let name = name(&path);
        let problems = import(&text, &name, None).unwrap_err();
        snapshot("malformed", &name, &problems.render(false));
    }
}

#[test]
fn names_and_texts_can_not_break_out() {
    let odd = "a\u{85}b: c # d\n- e\\u0007\\\"'\u{2028}";
    let json = serde_json::json!({
        "title": odd, "description": odd,
        "properties": { odd: { "type": "string", "description": odd, "enum": [odd, "yes", "1", "~", ""] } },
        "required": [odd], "dependentRequired": { odd: [odd] },
    });
    let imported = import(&json.to_string(), "x.json", None).unwrap();
    let contract = contract(&imported.contract, "contract.yaml").unwrap();
    let column = &contract.tables[0].columns[0];
    assert_eq!((column.name.as_str(), contract.name.as_deref()), (odd, Some(odd)));
    let rule = serde_json::to_string(&column.rules[0].check).unwrap();
    assert!(rule.contains(r#"{"text":"yes"},{"text":"1"},{"text":"~"},{"text":""}"#), "{rule}");
}

#[test]
fn notes_can_not_break_out_of_comments() {
    let json = r#"{"properties": {"a": {"type": "string"}}, "x\nkind: evil": 1}"#;
    let imported = import(json, "a\nkind: b.json", None).unwrap();
    assert!(imported.contract.lines().take(3).all(|line| line.starts_with('#')));
}

#[test]
fn any_piece_of_a_file_is_read_or_refused() {
    let all = [
        Format::GreatExpectations,
        Format::Pandera,
        Format::Frictionless,
        Format::JsonSchema,
        Format::Dbt,
    ];
    for (_, text) in files("valid") {
        for start in (0..text.len()).step_by(211) {
            let (start, end) =
                (text.floor_char_boundary(start), text.floor_char_boundary(start + 23));
            let cut = format!("{}{}", &text[..start], &text[end..]);
            for format in [None, Some(all[start % all.len()])] {
                if let Err(problems) = import(&cut, "x", format) {
                    assert!(!problems.as_slice().is_empty());
                }
            }
        }
    }
}

#[test]
fn large_and_deep_files_are_refused() {
    let codes = |text: &str| import(text, "x.json", None).unwrap_err().as_slice()[0].code;
    assert_eq!(codes(&" ".repeat(2 << 20)), Code::TooLarge);
    assert_eq!(codes(&"[".repeat(1 << 20)), Code::TooDeep);
    let columns: Vec<_> = (0..25_000).map(|n| format!("\"c{n}\": {{}}")).collect();
    let many = format!("{{\"properties\": {{{}}}}}", columns.join(","));
    let imported = import(&many, "x.json", None).unwrap();
    assert_eq!(contract(&imported.contract, "c").unwrap().tables[0].columns.len(), 25_000);
}
