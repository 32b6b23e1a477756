//! What Tollgate promises, proven on the real binary: real repositories, real steps, real kills.

mod annotations;
mod common;
mod concurrent;
mod damage;
mod judged;
mod key;
mod killed;
mod outputs;
mod profiles;
mod record;
mod sandboxed;
mod stopped;
mod surface;
mod trust;
