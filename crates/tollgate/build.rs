//! Packs the worked example into the binary, so that `tollgate demo` needs nothing beside it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let example = manifest.join("../../examples/churn");
    let example = example.canonicalize().expect("examples/churn is part of the repository");
    println!("cargo::rerun-if-changed={}", example.display());
    let mut files = Vec::new();
    collect(&example, "", &ignored(&example), &mut files);
    files.sort();
    let mut code = String::from("&[\n");
    for path in files {
        let source = example.join(&path);
        let _ =
            writeln!(code, "    ({path:?}, include_bytes!({:?})),", source.display().to_string());
    }
    code.push_str("]\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    fs::write(out.join("example.rs"), code).expect("the build directory can be written to");
}

// What the example's own .gitignore leaves out is no part of it: outputs and caches of someone
// who tried it in place. Its patterns are plain names and `*.ext`.
fn ignored(example: &Path) -> Vec<String> {
    let text = fs::read_to_string(example.join(".gitignore")).unwrap_or_default();
    let lines = text.lines().map(|line| line.trim().trim_matches('/').to_owned());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

fn collect(root: &Path, inside: &str, ignored: &[String], files: &mut Vec<String>) {
    let entries = fs::read_dir(root.join(inside)).expect("the example can be read");
    for entry in entries.flatten() {
        let name = entry.file_name().into_string().expect("the example's names are text");
        let left_out = |pattern: &String| match pattern.strip_prefix('*') {
            Some(end) => name.ends_with(end),
            None => name == *pattern,
        };
        if ignored.iter().any(left_out) {
            continue;
        }
        let path = if inside.is_empty() { name } else { format!("{inside}/{name}") };
        if entry.path().is_dir() {
            collect(root, &path, ignored, files);
        } else {
            files.push(path);
        }
    }
}
