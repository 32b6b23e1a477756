//! Writes the JSON Schema of `tollgate.yaml` to the standard output.

use std::io::{Result, Write, stdout};

fn main() -> Result<()> {
    serde_json::to_writer_pretty(stdout(), &tollgate_config::schema())?;
    writeln!(stdout())
}
