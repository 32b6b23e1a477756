//! The mathematics of deciding. Pure.
