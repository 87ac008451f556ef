//! Days: which day an instant falls on where training takes place, and when a session of that day counts as missed.
use chrono::{DateTime, Days, Duration, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// The time zone with an IANA name; UTC for a name that is none, which no stored row has.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The day that `instant` falls on in `zone`.
pub fn local_day(instant: DateTime<Utc>, zone: Tz) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

/// The first instant of a day in `zone`; where clocks skip midnight, the first that exists.
pub fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    instant_of(day, NaiveTime::MIN, zone)
}

/// When a session of `day` that nobody logged counts as missed: `hours` after the end of the day in `zone`.
pub fn missed_at(day: NaiveDate, zone: Tz, hours: i32) -> DateTime<Utc> {
    start_of(day.checked_add_days(Days::new(1)).unwrap_or(day), zone) + Duration::hours(hours.into())
}

/// The instant of a local time of `day` in `zone`; where clocks skip it, the first that follows.
pub fn instant_of(day: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let wanted = day.and_time(time);
    (0..=24)
        .find_map(
            |quarters| match zone.from_local_datetime(&(wanted + Duration::minutes(15 * quarters))) {
                LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => Some(instant.to_utc()),
                LocalResult::None => None,
            },
        )
        .unwrap_or_else(|| wanted.and_utc())
}
