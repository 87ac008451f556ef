//! When things happen: weeks counted from the first Monday, times of day where training takes place.
use crate::history::day;
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// The weeks of the demo; the last one is the current one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calendar {
    /// Where training takes place.
    pub zone: Tz,
    /// The Monday of the first week.
    pub first_monday: NaiveDate,
    /// How many weeks.
    pub weeks: u32,
    /// The moment up to which things have happened.
    pub now: DateTime<Utc>,
}

impl Calendar {
    /// `weeks` weeks, the last of which holds `now`.
    pub fn ending(now: DateTime<Utc>, zone: Tz, weeks: u32) -> Self {
        let today = day::local_day(now, zone);
        let monday = today - Days::new(today.weekday().num_days_from_monday().into());
        let first_monday = monday - Days::new(7 * u64::from(weeks.saturating_sub(1)));
        Self {
            zone,
            first_monday,
            weeks,
            now,
        }
    }

    /// Today where training takes place.
    pub fn today(&self) -> NaiveDate {
        day::local_day(self.now, self.zone)
    }

    /// A day of a week; weekday 0 is Monday.
    pub fn day(&self, week: u32, weekday: u32) -> NaiveDate {
        self.first_monday + Days::new(u64::from(week) * 7 + u64::from(weekday))
    }

    /// A time of a day.
    pub fn at(&self, day: NaiveDate, (hour, minute): (u32, u32)) -> DateTime<Utc> {
        let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or(NaiveTime::MIN);
        match self.zone.from_local_datetime(&day.and_time(time)).earliest() {
            Some(instant) => instant.to_utc(),
            None => day::start_of(day, self.zone) + Duration::hours(hour.into()),
        }
    }

    /// Two weeks before anything was trained: the day when the organization was set up.
    pub fn founded(&self) -> DateTime<Utc> {
        self.at(self.first_monday - Days::new(14), (9, 0))
    }

    /// The moment, or now when it has not come yet.
    pub fn past(&self, moment: DateTime<Utc>) -> DateTime<Utc> {
        moment.min(self.now)
    }
}
