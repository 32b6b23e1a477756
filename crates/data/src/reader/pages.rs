//! Values of Parquet pages as a column of a batch: nulls get their places back.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, Int96};
use parquet::errors::{ParquetError, Result};

use super::stored::Decode;
use crate::batch::{State, Text, Values};
use crate::parse::temporal::moment;
use crate::value::Num;

/// 1970-01-01 as Julian Day Number.
const EPOCH: i64 = 2_440_588;

/// Some rows of a column.
pub(crate) struct Cells {
    pub(crate) states: Vec<State>,
    pub(crate) values: Values,
    pub(crate) text: Text,
}

/// Reads just so many rows.
pub(crate) fn read(
    reader: &mut ColumnReader,
    decode: Decode,
    nullable: bool,
    rows: usize,
) -> Result<Cells> {
    let want = Want { nullable, rows };
    match (reader, decode) {
        (ColumnReader::BoolColumnReader(reader), Decode::Bool) => {
            want.plain(reader, Values::Bool, false, Ok)
        }
        (ColumnReader::Int32ColumnReader(reader), Decode::Unsigned) => {
            want.plain(reader, Values::Int, 0, |value| Ok(i64::from(value.cast_unsigned())))
        }
        (ColumnReader::Int64ColumnReader(reader), Decode::Unsigned) => {
            want.plain(reader, Values::Wide, 0, |value| Ok(i128::from(value.cast_unsigned())))
        }
        (ColumnReader::Int32ColumnReader(reader), Decode::Int(by)) => {
            want.plain(reader, Values::Int, 0, |value| Ok(i64::from(value) * by))
        }
        (ColumnReader::Int64ColumnReader(reader), Decode::Int(_)) => {
            want.plain(reader, Values::Int, 0, Ok)
        }
        (ColumnReader::Int32ColumnReader(reader), Decode::Wide(by)) => {
            want.plain(reader, Values::Wide, 0, |value| Ok(i128::from(value) * i128::from(by)))
        }
        (ColumnReader::Int64ColumnReader(reader), Decode::Wide(by)) => {
            want.plain(reader, Values::Wide, 0, |value| Ok(i128::from(value) * i128::from(by)))
        }
        (ColumnReader::Int96ColumnReader(reader), Decode::Legacy96) => {
            want.plain(reader, Values::Wide, 0, |value| Ok(legacy(&value)))
        }
        (ColumnReader::FloatColumnReader(reader), Decode::Float) => {
            want.plain(reader, Values::Float, 0.0, |value| Ok(f64::from(value)))
        }
        (ColumnReader::DoubleColumnReader(reader), Decode::Double) => {
            want.plain(reader, Values::Float, 0.0, Ok)
        }
        (ColumnReader::FixedLenByteArrayColumnReader(reader), decode) => {
            want.bytes(reader, decode, |value| value.into())
        }
        (ColumnReader::ByteArrayColumnReader(reader), decode) => {
            want.bytes(reader, decode, |value| value)
        }
        _ => Err(ParquetError::General("pages of another type than the schema says".to_owned())),
    }
}

#[derive(Clone, Copy)]
struct Want {
    nullable: bool,
    rows: usize,
}

impl Want {
    /// The states of the rows, and the values of those that have one.
    fn packed<T: DataType>(
        self,
        reader: &mut ColumnReaderImpl<T>,
    ) -> Result<(Vec<State>, Vec<T::T>)> {
        let mut levels = Vec::with_capacity(if self.nullable { self.rows } else { 0 });
        let mut values = Vec::with_capacity(self.rows);
        let definitions = self.nullable.then_some(&mut levels);
        let (rows, present, _) = reader.read_records(self.rows, definitions, None, &mut values)?;
        let states: Vec<_> = match self.nullable {
            true => levels.iter().map(|level| state(*level)).collect(),
            false => vec![State::Valid; rows],
        };
        let valid = states.iter().filter(|state| **state == State::Valid).count();
        if rows == self.rows && states.len() == rows && valid == present && values.len() == present
        {
            return Ok((states, values));
        }
        Err(ParquetError::EOF("fewer values than the footer says".to_owned()))
    }

    fn plain<T: DataType, U: Clone>(
        self,
        reader: &mut ColumnReaderImpl<T>,
        wrap: fn(Vec<U>) -> Values,
        nothing: U,
        make: impl Fn(T::T) -> Result<U>,
    ) -> Result<Cells> {
        let (states, values) = self.packed(reader)?;
        let values = wrap(spread(&states, values, &nothing, make)?);
        Ok(Cells { states, values, text: Text::None })
    }

    fn bytes<T: DataType>(
        self,
        reader: &mut ColumnReaderImpl<T>,
        decode: Decode,
        make: fn(T::T) -> ByteArray,
    ) -> Result<Cells> {
        let (states, values) = self.packed(reader)?;
        let values = values.into_iter().map(make).collect();
        match decode {
            Decode::Text => texts(states, values, Ok),
            Decode::Uuid => texts(states, values, |value| uuid(value.data())),
            Decode::BigEndian => {
                let values = spread(&states, values, &0, |value| big_endian(value.data()))?;
                Ok(Cells { states, values: Values::Wide(values), text: Text::None })
            }
            Decode::Half => {
                let values = spread(&states, values, &Num::Int(0), |value| half_of(value.data()))?;
                Ok(Cells { states, values: Values::Num(values), text: Text::None })
            }
            _ => Err(ParquetError::General("bytes where the schema has none".to_owned())),
        }
    }
}

/// Without nesting there is one level: the value is there, or it is not.
fn state(level: i16) -> State {
    if level == 0 { State::Null } else { State::Valid }
}

/// Gives each value its row.
fn spread<T, U: Clone>(
    states: &[State],
    packed: Vec<T>,
    nothing: &U,
    make: impl Fn(T) -> Result<U>,
) -> Result<Vec<U>> {
    if packed.len() == states.len() {
        return packed.into_iter().map(make).collect();
    }
    let mut packed = packed.into_iter();
    let value = |state: &State| match state {
        State::Valid => packed.next().map_or_else(|| Ok(nothing.clone()), &make),
        _ => Ok(nothing.clone()),
    };
    states.iter().map(value).collect()
}

/// Texts that are not UTF-8 are no values.
pub(super) fn texts(
    mut states: Vec<State>,
    packed: Vec<ByteArray>,
    make: impl Fn(ByteArray) -> Result<ByteArray>,
) -> Result<Cells> {
    let texts = spread(&states, packed, &ByteArray::from(Vec::new()), make)?;
    for (state, text) in states.iter_mut().zip(&texts) {
        if std::str::from_utf8(text.data()).is_err() {
            *state = State::Bad;
        }
    }
    Ok(Cells { states, values: Values::Text, text: Text::Pages(texts) })
}

fn legacy(value: &Int96) -> i128 {
    let [low, high, day] = [0, 1, 2].map(|at| value.data()[at]);
    let nanos = (u64::from(high) << 32 | u64::from(low)).cast_signed();
    moment(i64::from(day.cast_signed()) - EPOCH, nanos)
}

fn big_endian(bytes: &[u8]) -> Result<i128> {
    let (first, rest) = match bytes {
        [] => return Ok(0),
        [first, rest @ ..] => (first.cast_signed(), rest),
    };
    if rest.len() > 15 {
        return Err(ParquetError::General("a decimal of more than 128 bits".to_owned()));
    }
    Ok(rest.iter().fold(i128::from(first), |sum, byte| (sum << 8) | i128::from(*byte)))
}

fn half_of(bytes: &[u8]) -> Result<Num> {
    match bytes {
        [low, high] => Ok(Num::Float(half([*low, *high]))),
        _ => Err(ParquetError::General("a 16-bit number of another width".to_owned())),
    }
}

/// IEEE 754 binary16, little-endian.
pub(super) fn half(bytes: [u8; 2]) -> f64 {
    let bits = u16::from_le_bytes(bytes);
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// The usual form, 8-4-4-4-12.
fn uuid(bytes: &[u8]) -> Result<ByteArray> {
    if bytes.len() != 16 {
        return Err(ParquetError::General("a UUID of another width than 16 bytes".to_owned()));
    }
    let mut text = Vec::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push(b'-');
        }
        text.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
    }
    Ok(ByteArray::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_bytes_mean_what_parquet_says() {
        assert_eq!(big_endian(&[0xff, 0x38]).unwrap(), -200);
        assert_eq!(big_endian(&[0x00, 0xff]).unwrap(), 255);
        assert_eq!(big_endian(&[0xff; 16]).unwrap(), -1);
        assert!(big_endian(&[0; 17]).is_err());
        for (bytes, expected) in [
            ([0, 0x3c], 1.0),
            ([0, 0xc0], -2.0),
            ([1, 0], 2_f64.powi(-24)),
            ([0, 0x7c], f64::INFINITY),
        ] {
            assert_eq!(half(bytes), expected);
        }
        let text = uuid(&(0..16).collect::<Vec<u8>>()).unwrap();
        assert_eq!(text.data(), b"00010203-0405-0607-0809-0a0b0c0d0e0f");
    }

    #[test]
    fn old_timestamps_count_from_noon_of_no_day() {
        let mut value = Int96::new();
        value.set_data(1, 0, 2_440_589);
        assert_eq!(legacy(&value), 86_400_000_000_001);
    }

    #[test]
    fn values_get_their_rows_back() {
        let states = [State::Null, State::Valid, State::Null, State::Valid];
        assert_eq!(spread(&states, vec![1, 2], &0, Ok).unwrap(), [0, 1, 0, 2]);
    }
}
