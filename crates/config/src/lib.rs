//! Configuration: text to a validated plan, with spans and hints. No I/O.
