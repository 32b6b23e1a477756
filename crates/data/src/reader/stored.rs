//! Which values the types of a Parquet column stand for. Source: Parquet's "Logical Types".

use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::schema::types::Type;

use super::Kind;
use crate::domain::Domain;

/// How stored values are turned into those of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decode {
    Bool,
    /// Whole numbers, times so many.
    Int(i64),
    /// Whole numbers, times so many, in 128 bits.
    Wide(i64),
    /// The bits are those of a number without sign.
    Unsigned,
    Float,
    Double,
    /// 16 bits.
    Half,
    /// Big-endian two's complement.
    BigEndian,
    /// Days and nanoseconds in 96 bits, as old writers have them.
    Legacy96,
    Text,
    Uuid,
}

/// A top-level column: what it is, and how it is decoded if it can be.
pub(crate) fn column(field: &Type) -> (Kind, Option<Decode>) {
    let info = field.get_basic_info();
    if info.has_repetition() && info.repetition() == Repetition::REPEATED {
        return (Kind::List, None);
    }
    if field.is_group() {
        return (group(info.logical_type_ref(), info.converted_type()), None);
    }
    match primitive(field) {
        Ok((domain, decode)) => (Kind::Typed(domain), Some(decode)),
        Err(what) => (Kind::Unsupported(what), None),
    }
}

fn group(logical: Option<&LogicalType>, converted: ConvertedType) -> Kind {
    match (logical, converted) {
        (Some(LogicalType::List), _) | (None, ConvertedType::LIST) => Kind::List,
        (Some(LogicalType::Map), _) | (None, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => {
            Kind::Unsupported("a map".to_owned())
        }
        (None, _) => Kind::Record,
        (Some(other), _) => Kind::Unsupported(format!("a group of the type {other:?}")),
    }
}

/// The logical type; of old files the converted one, which means the same.
fn primitive(field: &Type) -> Result<(Domain, Decode), String> {
    let (info, physical) = (field.get_basic_info(), field.get_physical_type());
    let logical = info.logical_type_ref().cloned().or_else(|| modern(info.converted_type()));
    match (physical, logical) {
        (_, Some(LogicalType::Decimal(decimal))) => decimal_of(field, decimal.scale),
        (_, None) if info.converted_type() == ConvertedType::DECIMAL => {
            decimal_of(field, field.get_scale())
        }
        (_, None) if info.converted_type() == ConvertedType::INTERVAL => {
            Err("an interval".to_owned())
        }
        (_, Some(LogicalType::Unknown)) => Err("a column of nothing but nulls".to_owned()),
        (Physical::BOOLEAN, None) => Ok((Domain::Boolean, Decode::Bool)),
        (Physical::INT32 | Physical::INT64, logical) => integer(logical),
        (Physical::INT96, _) => Ok((Domain::Timestamp, Decode::Legacy96)),
        (Physical::FLOAT, None) => Ok((Domain::Number { single: true }, Decode::Float)),
        (Physical::DOUBLE, None) => Ok((Domain::Number { single: false }, Decode::Double)),
        (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Uuid)) => {
            Ok((Domain::Text, Decode::Uuid))
        }
        (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Float16)) => {
            Ok((Domain::Number { single: true }, Decode::Half))
        }
        (
            Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY,
            None | Some(LogicalType::String | LogicalType::Enum | LogicalType::Json),
        ) => Ok((Domain::Text, Decode::Text)),
        (_, Some(other)) => Err(format!("the type {other:?}")),
    }
}

fn modern(converted: ConvertedType) -> Option<LogicalType> {
    let signed = |bits| LogicalType::integer(bits, true);
    let unsigned = |bits| LogicalType::integer(bits, false);
    Some(match converted {
        ConvertedType::UTF8 => LogicalType::String,
        ConvertedType::ENUM => LogicalType::Enum,
        ConvertedType::JSON => LogicalType::Json,
        ConvertedType::BSON => LogicalType::Bson,
        ConvertedType::DATE => LogicalType::Date,
        ConvertedType::TIME_MILLIS => LogicalType::time(true, TimeUnit::MILLIS),
        ConvertedType::TIME_MICROS => LogicalType::time(true, TimeUnit::MICROS),
        ConvertedType::TIMESTAMP_MILLIS => LogicalType::timestamp(true, TimeUnit::MILLIS),
        ConvertedType::TIMESTAMP_MICROS => LogicalType::timestamp(true, TimeUnit::MICROS),
        ConvertedType::UINT_8 => unsigned(8),
        ConvertedType::UINT_16 => unsigned(16),
        ConvertedType::UINT_32 => unsigned(32),
        ConvertedType::UINT_64 => unsigned(64),
        ConvertedType::INT_8 => signed(8),
        ConvertedType::INT_16 => signed(16),
        ConvertedType::INT_32 => signed(32),
        ConvertedType::INT_64 => signed(64),
        _ => return None,
    })
}

fn integer(logical: Option<LogicalType>) -> Result<(Domain, Decode), String> {
    match logical {
        None => Ok((Domain::Integer, Decode::Int(1))),
        Some(LogicalType::Integer(int)) if int.is_signed => Ok((Domain::Integer, Decode::Int(1))),
        Some(LogicalType::Integer(_)) => Ok((Domain::Integer, Decode::Unsigned)),
        Some(LogicalType::Date) => Ok((Domain::Date, Decode::Int(1))),
        Some(LogicalType::Time(time)) => Ok((Domain::Time, Decode::Wide(nanos(time.unit)))),
        Some(LogicalType::Timestamp(time)) => {
            Ok((Domain::Timestamp, Decode::Wide(nanos(time.unit))))
        }
        Some(other) => Err(format!("the type {other:?}")),
    }
}

fn nanos(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1_000_000,
        TimeUnit::MICROS => 1_000,
        TimeUnit::NANOS => 1,
    }
}

/// Up to 38 digits, which is what 128 bits hold.
fn decimal_of(field: &Type, scale: i32) -> Result<(Domain, Decode), String> {
    let too_wide = || "a decimal of more than 38 digits".to_owned();
    let scale = u32::try_from(scale).ok().filter(|scale| *scale <= 38).ok_or_else(too_wide)?;
    if field.get_precision() > 38 {
        return Err(too_wide());
    }
    let decode = match field.get_physical_type() {
        Physical::INT32 | Physical::INT64 => Decode::Int(1),
        Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => Decode::BigEndian,
        other => return Err(format!("a decimal stored as {other}")),
    };
    Ok((Domain::Decimal { scale }, decode))
}
