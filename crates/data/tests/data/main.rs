//! The crate from outside: whole files in, reports out.

mod common;
mod faults;
mod hostile;
mod oracle;
mod parquet_file;
mod telco;
mod words;
