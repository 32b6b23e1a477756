//! Any text as a Dockerfile: read, judged, and taken over. What is taken over is YAML of the same
//! words.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use tollgate_image::dockerfile::{Context, Dockerfile, Surroundings, images, import, lint};

fuzz_target!(|text: &str| {
    let file = match Dockerfile::parse(text) {
        Ok(file) => file,
        Err(error) => {
            assert!(!error.problems().is_empty());
            return drop(error.to_string());
        }
    };
    let lines = text.lines().count().max(1);
    let given = BTreeMap::from([("V".to_owned(), "4".to_owned())]);
    let around = Surroundings {
        given: &given,
        is_pinned: &|name| name.len() % 2 == 0,
        read: &|_| Some(text.to_owned()),
        has_user: text.len() % 2 == 0,
    };
    for flaw in lint(&file, text, &around) {
        assert!((1..=lines).contains(&flaw.line), "{flaw:?}");
    }
    let _ = images(&file, &given);
    let context = Context {
        is_directory: &|path| (path.len() % 3 != 0).then_some(path.len() % 2 == 0),
        entries: &|| vec!["a".to_owned(), "b".to_owned()],
        read: &|_| Some(text.to_owned()),
    };
    if let Ok(imported) = import(&file, &context) {
        assert!(!imported.image.command.is_empty());
        drop(imported.image.step("image"));
    }
});
