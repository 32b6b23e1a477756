//! Comparisons and drift: held to other libraries' answers, and tried on what chance makes.

mod compare_golden;
mod compare_levels;
mod coverage;
mod draws;
mod drift_alarms;
mod drift_coverage;
mod drift_golden;
mod golden;
