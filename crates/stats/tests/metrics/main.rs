//! The metrics, against scikit-learn and against what must hold whatever the numbers are.

mod cases;
mod golden;
mod hostile;
mod properties;
