//! One HTML page that needs nothing else: no script, no font, no image, no other file.

mod columns;
mod finding;
mod markup;
mod measured;
mod page;
mod part;
mod steps;
mod svg;

pub use page::render;
