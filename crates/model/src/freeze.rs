//! Times in which an environment takes no promotion.

use std::fmt;
use std::str::FromStr;

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const FORM: &str = "expected `Fri 16:00 - Mon 08:00 ZONE` for each week, or \
    `2026-12-20T16:00 - 2027-01-02T08:00 ZONE` for once, where ZONE is such as `Europe/Berlin`";

/// A time in which an environment takes no promotion, in the local time of a zone: each week, or
/// once. Its time zones are those of the program, whatever the machine has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreezeWindow {
    text: String,
    span: Times,
    zone: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    /// In minutes since Monday, 0:00. Where the end is not after the beginning, it is next week's.
    Weekly(u32, u32),
    Once(DateTime, DateTime),
}

impl FreezeWindow {
    /// When it ends, where `at` is within it.
    #[must_use]
    pub fn ends(&self, at: Timestamp) -> Option<Timestamp> {
        let zone = self.zone()?;
        let now = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
        let local = zone.to_datetime(now);
        let end = match self.span {
            Times::Once(from, to) => (from <= local && local < to).then_some(to)?,
            Times::Weekly(from, to) => {
                let since = (minute_of_week(local) + WEEK - from) % WEEK;
                let long = match (to + WEEK - from) % WEEK {
                    0 => WEEK,
                    minutes => minutes,
                };
                let left = (since < long).then(|| long - since)?;
                let minute = local.with().second(0).subsec_nanosecond(0).build().ok()?;
                minute.checked_add(Span::new().minutes(i64::from(left))).ok()?
            }
        };
        let end = zone.to_ambiguous_timestamp(end).compatible().ok()?;
        Some(Timestamp::from_millis(end.as_millisecond()))
    }

    fn zone(&self) -> Option<TimeZone> {
        TimeZoneDatabase::bundled().get(&self.zone).ok()
    }
}

fn minute_of_week(local: DateTime) -> u32 {
    let day = local.weekday().to_monday_zero_offset().unsigned_abs();
    u32::from(day) * DAY + minute_of_day(local.time())
}

fn minute_of_day(time: Time) -> u32 {
    u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs())
}

impl FromStr for FreezeWindow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, rest) = text.split_once(" - ").ok_or(FORM)?;
        let (to, zone) = rest.trim().rsplit_once(' ').ok_or(FORM)?;
        if TimeZoneDatabase::bundled().get(zone).is_err() {
            return Err(format!("`{zone}` is no time zone: one is called such as `Europe/Berlin`"));
        }
        let (from, to) = (from.trim(), to.trim());
        let span = match (weekly(from), weekly(to), once(from), once(to)) {
            (Some(from), Some(to), ..) => Times::Weekly(from, to),
            (_, _, Some(from), Some(to)) if from < to => Times::Once(from, to),
            (_, _, Some(_), Some(_)) => return Err("it ends before it begins".into()),
            _ => return Err(FORM.into()),
        };
        Ok(Self { text: text.to_owned(), span, zone: zone.to_owned() })
    }
}

/// `Fri 16:00`.
fn weekly(text: &str) -> Option<u32> {
    let (day, time) = text.split_once(' ')?;
    let day = DAYS.iter().position(|known| day.to_ascii_lowercase().starts_with(known))?;
    let time: Time = time.trim().parse().ok()?;
    Some(u32::try_from(day).ok()? * DAY + minute_of_day(time))
}

/// `2026-12-20T16:00`, or a day, which begins at midnight.
fn once(text: &str) -> Option<DateTime> {
    let date = || text.parse::<Date>().ok().map(|date| date.to_datetime(Time::midnight()));
    if text.contains(['T', ' ']) { text.parse().ok() } else { date() }
}

impl fmt::Display for FreezeWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Serialize for FreezeWindow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for FreezeWindow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(window: &str, at: &str) -> Option<String> {
        let window: FreezeWindow = window.parse().unwrap();
        window.ends(at.parse().unwrap()).map(|end| end.to_string())
    }

    #[test]
    fn a_weekend_in_berlin() {
        let weekend = "Fri 16:00 - Mon 08:00 Europe/Berlin";
        // 2026-11-27 is a Friday; Berlin is an hour ahead in winter.
        assert_eq!(ends(weekend, "2026-11-27T14:59:59Z"), None);
        let monday = Some("2026-11-30T07:00:00.000Z".to_owned());
        assert_eq!(ends(weekend, "2026-11-27T15:00:00Z"), monday);
        assert_eq!(ends(weekend, "2026-11-29T12:00:30Z"), monday);
        assert_eq!(ends(weekend, "2026-11-30T06:59:59Z"), monday);
        assert_eq!(ends(weekend, "2026-11-30T07:00:00Z"), None);
        // In summer it is two.
        assert_eq!(ends(weekend, "2026-07-03T13:59:00Z"), None);
        assert!(ends(weekend, "2026-07-03T14:00:00Z").is_some());
        // The clocks go back within this one: it ends at 8 by the new time.
        let end = Some("2026-10-26T07:00:00.000Z".to_owned());
        assert_eq!(ends(weekend, "2026-10-24T12:00:00Z"), end);
    }

    #[test]
    fn within_a_week_and_once() {
        let noon = "Wed 12:00 - Wed 13:00 UTC";
        assert!(ends(noon, "2026-11-25T12:30:00Z").is_some());
        assert!(ends(noon, "2026-11-26T12:30:00Z").is_none());
        let holidays = "2026-12-20 - 2027-01-02T08:00 America/New_York";
        assert_eq!(ends(holidays, "2026-12-20T04:59:00Z"), None);
        let end = Some("2027-01-02T13:00:00.000Z".to_owned());
        assert_eq!(ends(holidays, "2026-12-20T05:00:00Z"), end);
        assert_eq!(ends(holidays, "2027-01-02T13:00:00Z"), None);
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for junk in [
            "",
            "Fri 16:00",
            "Fri 16:00 - Mon 08:00",
            "Fri 16:00 - Mon 08:00 Europe/Bielefeld",
            "Fri 25:00 - Mon 08:00 UTC",
            "2026-12-20 - Mon 08:00 UTC",
            "2027-01-02 - 2026-12-20 UTC",
        ] {
            assert!(junk.parse::<FreezeWindow>().is_err(), "{junk}");
        }
    }
}
