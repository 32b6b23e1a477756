//! Documents in every form.

mod html;
mod junit;
mod markdown;
mod samples;
mod sarif;
mod sheet;
