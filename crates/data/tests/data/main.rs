//! The crate from outside: whole files in, reports out.

mod arrow;
mod arrow_file;
mod columns;
mod common;
mod dialects;
mod dictionary;
mod endless;
mod faults;
mod footer;
mod hostile;
mod json_lines;
mod oracle;
mod own;
mod own_sets;
mod packed;
mod parallel;
mod parquet_file;
mod parts;
mod profiled_sets;
mod profiles;
mod sheet;
mod skew;
mod skim;
mod spill;
mod telco;
mod words;
