//! Readers of tabular data, and the checks of a contract over them.
