//! Fakes, a simulated clock, a crash injector, one contract suite per port. Tests only.
