//! The demands on one column.

use regex::bytes::Regex;
use tollgate_model::{Column, LogicalType, Scalar};

use super::{Cells, Planner};
use crate::checks::{
    Bound, Format, Length, Matching, Multiple, Nulls, Offset, Side, Single, integer_range,
};
use crate::domain::{Domain, Point, text_of};
use crate::reader::Kind;
use crate::report::{Asked, Demand};
use crate::value::Fixed;

impl Planner<'_> {
    pub(super) fn column(&mut self, column: &Column) {
        let Some(index) = self.index.get(&*column.name).copied() else {
            return self.absent(column);
        };
        let kind = self.source[index].kind.clone();
        self.stored_type(column, &kind);
        let before = self.plan.checks.len();
        let cells = self.cells(column, index);
        self.demands(column, &cells);
        if let Ok(cells) = cells {
            let decoded = self.plan.checks.len() > before;
            let typed = cells.reading.domain != Domain::Text;
            // Texts of Parquet and Arrow are promised to be UTF-8; where they are read anyway, they are
            // taken at their word no longer.
            let told = match kind {
                Kind::Untyped => typed,
                Kind::Json => !cells.reading.any,
                _ => !typed && decoded,
            };
            if told {
                self.text_types(column, &cells);
            }
        }
    }

    fn demands(&mut self, column: &Column, cells: &Result<Cells, String>) {
        if column.required {
            self.simple(self.asked("data.required", column, Demand::Required), cells, Nulls);
        } else if column.primary_key.is_some() {
            self.simple(self.asked("data.primary-key", column, Demand::KeyPart), cells, Nulls);
        }
        if column.unique {
            let asked = self.asked("data.unique", column, Demand::Unique);
            match cells {
                Ok(cells) => self.keys(asked, std::slice::from_ref(cells)),
                Err(why) => self.not_assessed(&asked, why),
            }
        }
        self.bounds(column, cells);
        self.offset(column, cells);
        self.texts(column, cells);
        for rule in &column.rules {
            self.rule(rule, Some(column));
        }
    }

    fn simple(
        &mut self,
        asked: Asked,
        cells: &Result<Cells, String>,
        test: impl crate::checks::Test + 'static,
    ) {
        match cells {
            Ok(cells) => self.test(asked, cells, test),
            Err(why) => self.not_assessed(&asked, why),
        }
    }

    fn bounds(&mut self, column: &Column, cells: &Result<Cells, String>) {
        let bounds = &column.bounds;
        let sides = [
            ("data.minimum", Side::Minimum, &bounds.minimum),
            ("data.maximum", Side::Maximum, &bounds.maximum),
            ("data.exclusive-minimum", Side::ExclusiveMinimum, &bounds.exclusive_minimum),
            ("data.exclusive-maximum", Side::ExclusiveMaximum, &bounds.exclusive_maximum),
        ];
        for (code, side, bound) in sides {
            if let Some(bound) = bound {
                self.bound(column, cells, code, side, bound);
            }
        }
        if let Some(of) = bounds.multiple_of {
            let asked = self.asked("data.multiple-of", column, Demand::Multiple(of));
            let why = "only a number can be a multiple of a number above zero";
            self.made(asked, cells, |cells| {
                Multiple::new(of, cells.reading.domain).ok_or_else(|| why.to_owned())
            });
        }
    }

    fn bound(
        &mut self,
        column: &Column,
        cells: &Result<Cells, String>,
        code: &'static str,
        side: Side,
        bound: &Scalar,
    ) {
        let text = text_of(bound).unwrap_or_default().into_owned();
        let asked = self.asked(code, column, Demand::Bound(side, text.clone()));
        self.made(asked, cells, |cells| {
            let point = point(cells, bound);
            let why = || format!("`{text}` is no bound for {}", cells.reading.domain.noun());
            point.map(|point| Bound::new(side, point)).ok_or_else(why)
        });
    }

    fn texts(&mut self, column: &Column, cells: &Result<Cells, String>) {
        let bounds = &column.bounds;
        if let Some((length, words)) = length(bounds.min_length, bounds.max_length) {
            let asked = self.asked("data.length", column, Demand::Length(words));
            self.made(asked, cells, |cells| text_only(cells).map(|()| length));
        }
        if let Some(pattern) = &bounds.pattern {
            let asked = self.asked("data.pattern", column, Demand::Pattern(pattern.clone()));
            self.made(asked, cells, |cells| {
                text_only(cells).and_then(|()| compile(pattern)).map(Matching)
            });
        }
        if let Some(format) = &bounds.format {
            self.format(column, cells, format);
        }
    }

    /// `format` of texts and numbers; that of dates is how they are read.
    fn format(&mut self, column: &Column, cells: &Result<Cells, String>, format: &str) {
        let asked =
            |demand: &str| self.asked("data.format", column, Demand::Kind(demand.to_owned()));
        match column.logical_type {
            Some(LogicalType::Date | LogicalType::Timestamp | LogicalType::Time) => {}
            Some(LogicalType::Number) if format == "f64" => {}
            Some(LogicalType::Number) if format == "f32" => {
                let asked = asked("a number that 32 bits can hold");
                self.made(asked, cells, |_| Ok(Single));
            }
            Some(LogicalType::Integer | LogicalType::Number) => {
                self.integer_format(column, cells, format)
            }
            // These say how texts are handled, not how they look.
            _ if matches!(format, "password" | "binary") => {}
            _ => match Format::named(format) {
                Some(known) => {
                    let asked = asked(known.noun());
                    self.made(asked, cells, |cells| text_only(cells).map(|()| known));
                }
                None => self
                    .not_assessed(&asked(format), &format!("the format `{format}` is not known")),
            },
        }
    }

    /// `timezone`. A `format` that the contract has says it already.
    fn offset(&mut self, column: &Column, cells: &Result<Cells, String>) {
        let Some(wanted) = column.bounds.timezone else { return };
        let asked = self.asked("data.timezone", column, Demand::Offset(wanted));
        if cells.as_ref().is_ok_and(|cells| cells.reading.pattern.is_some()) {
            return;
        }
        self.made(asked, cells, |cells| match cells.reading.domain {
            Domain::Timestamp if cells.has_text => Ok(Offset { wanted }),
            Domain::Timestamp => Err("the file stores moments, not texts".to_owned()),
            _ => Err("times of day are read without an offset".to_owned()),
        });
    }

    fn integer_format(&mut self, column: &Column, cells: &Result<Cells, String>, format: &str) {
        let noun = format!("a number of the format `{format}`");
        let asked = self.asked("data.format", column, Demand::Kind(noun));
        self.made(asked, cells, |cells| match (integer_range(format), cells.reading.domain) {
            (Some((low, high)), Domain::Integer) => Ok(Bound::between(low, high)),
            _ => Err(format!("the format `{format}` is not known")),
        });
    }

    /// The test if it can be made, else why it can't.
    fn made<T: crate::checks::Test + 'static>(
        &mut self,
        asked: Asked,
        cells: &Result<Cells, String>,
        make: impl FnOnce(&Cells) -> Result<T, String>,
    ) {
        let made = cells.as_ref().map_err(Clone::clone).and_then(|cells| Ok((cells, make(cells)?)));
        match made {
            Ok((cells, test)) => self.test(asked, cells, test),
            Err(why) => self.not_assessed(&asked, &why),
        }
    }
}

/// A bound in the column's terms: as ISO 8601 has it, or in the column's own date format.
fn point(cells: &Cells, bound: &Scalar) -> Option<Point> {
    let domain = cells.reading.domain;
    domain.point(bound).or_else(|| match (&cells.reading.pattern, bound) {
        (Some(pattern), Scalar::Text(text)) => {
            pattern.parse(text.as_bytes(), domain).map(|value| Point::Fixed(Fixed::at(value)))
        }
        _ => None,
    })
}

fn text_only(cells: &Cells) -> Result<(), String> {
    match cells.has_text {
        true => Ok(()),
        false => Err(format!("the file stores {}, not text", cells.reading.domain.noun())),
    }
}

/// The expression, with the limits of its engine.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("its expression is not supported: {last}")
    })
}

/// The test and its words.
fn length(least: Option<u64>, greatest: Option<u64>) -> Option<(Length, String)> {
    let words = match (least, greatest) {
        (None, None) => return None,
        (Some(least), None) => format!("at least {least} characters"),
        (None, Some(greatest)) => format!("at most {greatest} characters"),
        (Some(least), Some(greatest)) if least == greatest => format!("{least} characters"),
        (Some(least), Some(greatest)) => format!("{least} to {greatest} characters"),
    };
    let (least, greatest) = (least.unwrap_or(0), greatest.unwrap_or(u64::MAX));
    Some((Length { least, greatest }, words))
}
