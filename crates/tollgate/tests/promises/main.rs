//! What Tollgate promises, proven on the real binary: real repositories, real steps, real kills.

mod annotations;
mod common;
mod concurrent;
mod consistent;
mod contracts;
mod damage;
mod faults;
mod gates;
mod history;
mod images;
mod import;
mod judged;
mod kept;
mod key;
mod killed;
mod outputs;
mod profiles;
mod reads;
mod record;
mod registries;
mod releases;
mod reports;
mod sandboxed;
mod stopped;
mod surface;
mod trust;
