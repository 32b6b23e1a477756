//! What was found, as files: one HTML page that opens offline, Markdown for a pull request, JUnit
//! XML, SARIF and JSON.
//!
//! Everything here is a function from a [`Document`] to a text. No file is written, no clock is
//! read. What a document holds came from data and from steps: it is hostile, and is escaped in the
//! one place of each format through which all text goes.

mod document;
mod drawing;
mod form;
mod html;
mod junit;
mod markdown;
mod sarif;
mod words;

pub use document::{Document, Part};
pub use drawing::{
    Bar, Bins, Category, Curve, Distinct, Distribution, Drawing, Line, Reference, Shape, Slice,
    Slices, Trend,
};
pub use form::Form;
pub use html::render as html;
pub use junit::render as junit;
pub use markdown::{LONGEST, render as markdown};
pub use sarif::render as sarif;
pub use words::number;
