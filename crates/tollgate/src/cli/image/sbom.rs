//! `tollgate image sbom`.

use std::path::PathBuf;

use clap::ValueEnum;
use tollgate_image::Installed;
use tollgate_image::sbom::{Subject, cyclonedx, spdx};
use tollgate_model::Exit;

use crate::cli::{Context, eprintln};
use crate::display::{count, style};
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate image sbom slim                       CycloneDX 1.6, to standard output
  tollgate image sbom slim -o slim.cdx.json
  tollgate image sbom slim --format spdx -o slim.spdx.json

The same image has the same document, byte for byte.";

/// Write what is in an image: a software bill of materials.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The step that built it, its digest, or another layout's image: `oci:DIRECTORY:TAG`.
    #[arg(value_name = "IMAGE")]
    image: String,
    /// In which form.
    #[arg(long, value_name = "FORM", default_value = "cyclonedx")]
    format: Form,
    /// Where to; by default standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// CycloneDX 1.6.
    Cyclonedx,
    /// SPDX 2.3.
    Spdx,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let (layout, image) = super::found::image(&args.image, context)?;
    let Installed { inventory, gaps } = super::found::packages(&layout, &image, context)?;
    for gap in &gaps {
        eprintln(&format!("{}: {gap}", style::doubt("not told")), context.color);
    }
    let name = args.image.trim_start_matches("oci:").to_owned();
    let subject = Subject { name, version: None, digest: Some(image.digest), created: None };
    let document = match args.format {
        Form::Cyclonedx => cyclonedx(&inventory, &subject, None),
        Form::Spdx => spdx(&inventory, &subject, None),
    };
    let packages = count(inventory.packages.len() as u64, "package");
    match &args.output {
        None => context.line(document.trim_end())?,
        Some(path) => {
            super::lock::write_whole(&context.resolve(path), &document)?;
            eprintln(&format!("{}: {packages}", path.display()), context.color);
        }
    }
    // What is not told is not in the document: it is not whole.
    Ok(if gaps.is_empty() { Exit::Passed } else { Exit::Undecided })
}
