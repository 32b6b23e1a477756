//! Dictionaries: the values that the cells of a column are places in. They are held in memory, as
//! any cell may be at any of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::flat::Result;
use super::schema::Store;
use crate::batch::{Chunk, State, Text, Values, View};
use crate::reader::pages::Cells;

/// Values of all dictionaries together.
pub(super) const VALUES: u64 = 16 << 20;
/// Bytes of the texts of a dictionary.
const BYTES: usize = 1 << 30;

/// The dictionaries of some columns, each as it was when so many messages of them were read.
#[derive(Default)]
pub(crate) struct Dictionaries {
    by_id: HashMap<i64, Vec<(usize, Arc<Cells>)>>,
}

impl Dictionaries {
    /// Takes the dictionary of the message of that number. If it is a `delta`, it follows what is
    /// there.
    pub(super) fn add(&mut self, id: i64, number: usize, cells: Cells, delta: bool) -> Result<()> {
        let cells = in_one_piece(cells)?;
        let versions = self.by_id.entry(id).or_default();
        let cells = match versions.last().filter(|_| delta) {
            Some((_, before)) => joined(before, &cells)?,
            None => cells,
        };
        versions.push((number, Arc::new(cells)));
        Ok(())
    }

    /// Values that are held.
    pub(super) fn len(&self) -> u64 {
        let versions = self.by_id.values().flatten();
        versions.map(|(_, cells)| cells.states.len() as u64).sum()
    }

    /// That of this number once so many messages were read.
    pub(super) fn get(&self, id: i64, messages: usize) -> Option<Arc<Cells>> {
        let versions = self.by_id.get(&id)?;
        let known = versions.partition_point(|(number, _)| *number < messages);
        known.checked_sub(1).map(|at| Arc::clone(&versions[at].1))
    }
}

/// The cells whose places in the dictionary `keys` has.
pub(super) fn look_up(dictionary: Option<&Cells>, keys: &Cells, store: Store) -> Result<Cells> {
    let rows = keys.states.len();
    let nothing = Cells { states: vec![], values: nothing(store), text: Text::None };
    let dictionary = dictionary.unwrap_or(&nothing);
    let place = |row: usize| {
        let key = match &keys.values {
            Values::Int(keys) => usize::try_from(keys[row]).ok(),
            Values::Wide(keys) => usize::try_from(keys[row]).ok(),
            _ => None,
        };
        match (keys.states[row], key) {
            (State::Valid, Some(key)) if key < dictionary.states.len() => Ok(Some(key)),
            (State::Valid, _) => Err("a place behind the end of a dictionary".to_owned()),
            _ => Ok(None),
        }
    };
    let places = (0..rows).map(place).collect::<Result<Vec<_>>>()?;
    let state = |place: &Option<usize>| place.map_or(State::Null, |at| dictionary.states[at]);
    let states = places.iter().map(state).collect();
    let values = match &dictionary.values {
        Values::Text => Values::Text,
        Values::Int(all) => Values::Int(pick(all, &places)),
        Values::Wide(all) => Values::Wide(pick(all, &places)),
        Values::Float(all) => Values::Float(pick(all, &places)),
        Values::Bool(all) => Values::Bool(pick(all, &places)),
        Values::Num(_) => return Err("a dictionary of another type".to_owned()),
    };
    let text = match &dictionary.text {
        Text::Chunk(chunk, views) => {
            let view = |place: &Option<usize>| place.map_or(View::NULL, |at| views[at]);
            Text::Chunk(Arc::clone(chunk), places.iter().map(view).collect())
        }
        _ if matches!(values, Values::Text) => Text::same(None, rows),
        _ => Text::None,
    };
    Ok(Cells { states, values, text })
}

fn pick<T: Copy + Default>(all: &[T], places: &[Option<usize>]) -> Vec<T> {
    places.iter().map(|place| place.map_or_else(T::default, |at| all[at])).collect()
}

/// No values of the kind.
fn nothing(store: Store) -> Values {
    match store {
        Store::Bool => Values::Bool(vec![]),
        Store::Int { .. } | Store::DayMillis => Values::Int(vec![]),
        Store::Float { .. } => Values::Float(vec![]),
        Store::Decimal { .. } => Values::Wide(vec![]),
        Store::Text { .. } | Store::View | Store::Fixed { .. } => Values::Text,
    }
}

/// The same with its texts one behind the other.
fn in_one_piece(cells: Cells) -> Result<Cells> {
    let Text::Pages(texts) = &cells.text else { return Ok(cells) };
    let (mut bytes, mut views) = (Vec::new(), Vec::with_capacity(texts.len()));
    for text in texts {
        if bytes.len() + text.len() > BYTES {
            return Err(too_long());
        }
        views.push(View::new(bytes.len(), text.len()));
        bytes.extend_from_slice(text.data());
    }
    let text = Text::Chunk(Arc::new(Chunk { bytes, unescaped: Vec::new() }), views);
    Ok(Cells { text, ..cells })
}

fn joined(before: &Cells, more: &Cells) -> Result<Cells> {
    let values = match (&before.values, &more.values) {
        (Values::Text, Values::Text) => Values::Text,
        (Values::Int(a), Values::Int(b)) => Values::Int([&a[..], b].concat()),
        (Values::Wide(a), Values::Wide(b)) => Values::Wide([&a[..], b].concat()),
        (Values::Float(a), Values::Float(b)) => Values::Float([&a[..], b].concat()),
        (Values::Bool(a), Values::Bool(b)) => Values::Bool([&a[..], b].concat()),
        _ => return Err("a dictionary that goes on in another type".to_owned()),
    };
    let text = match (&before.text, &more.text) {
        (Text::Chunk(a, first), Text::Chunk(b, second)) => {
            if a.bytes.len() + b.bytes.len() > BYTES {
                return Err(too_long());
            }
            let bytes = [&a.bytes[..], &b.bytes].concat();
            let second = second.iter().map(|view| view.behind(a.bytes.len()));
            let views = first.iter().copied().chain(second).collect();
            Text::Chunk(Arc::new(Chunk { bytes, unescaped: Vec::new() }), views)
        }
        _ => Text::None,
    };
    Ok(Cells { states: [&before.states[..], &more.states].concat(), values, text })
}

fn too_long() -> String {
    format!("a dictionary whose texts have more than {BYTES} bytes")
}
