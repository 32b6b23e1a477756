//! Towards a real registry (Debian's `docker-registry`), and towards servers that misbehave.

mod hostile;
mod images;
mod moved;
mod refused;
mod tokens;
