//! The crate from outside: whole files in, reports out.

mod common;
mod faults;
mod footer;
mod hostile;
mod oracle;
mod parallel;
mod parquet_file;
mod profiles;
mod telco;
mod words;
