//! Decides and drives; declares the ports.
