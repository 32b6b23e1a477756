//! The error rates and the power of the tests that are looked at after every request: tried, with
//! fixed seeds. `cargo run --release -p tollgate-stats --example judge` tries many more, beside what
//! others do.

#[path = "../../examples/judge/traffic.rs"]
mod traffic;

mod rates;
mod tails;
