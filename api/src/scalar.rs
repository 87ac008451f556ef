//! Scalars of the schema that no library has in the form clients expect.
use crate::print::ready::Ready;
use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

/// A day of the calendar, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Date(pub NaiveDate);

impl From<NaiveDate> for Date {
    fn from(day: NaiveDate) -> Self {
        Self(day)
    }
}

impl From<Date> for NaiveDate {
    fn from(date: Date) -> Self {
        date.0
    }
}

/// A day of the calendar where training takes place, without a zone: `YYYY-MM-DD`.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => read_day(text)
                .map(Self)
                .ok_or_else(|| InputValueError::custom("Give a day such as 2026-03-02.")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl Ready for Date {
    fn write(&self, out: &mut Vec<u8>) {
        let (year, month, day) = (self.0.year(), self.0.month(), self.0.day());
        let Ok(year @ 0..=9999) = u32::try_from(year) else {
            return self.0.to_string().write(out);
        };
        // A list has one of them for each session, and the formatter costs ten times as much.
        let mut printed = *b"\"0000-00-00\"";
        let digits = [
            year / 1000,
            year / 100,
            year / 10,
            year,
            month / 10,
            month,
            day / 10,
            day,
        ];
        for (place, digit) in [1, 2, 3, 4, 6, 7, 9, 10].into_iter().zip(digits) {
            printed[place] = b"0123456789"[digit as usize % 10];
        }
        out.extend_from_slice(&printed);
    }
}

/// A time of day where training takes place, `HH:MM` or `HH:MM:SS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime(pub NaiveTime);

/// A time of day where training takes place, without a zone: `HH:MM` or `HH:MM:SS`.
#[Scalar]
impl ScalarType for LocalTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => read_time(text)
                .map(Self)
                .ok_or_else(|| InputValueError::custom("Give a time such as 16:30.")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.text())
    }
}

impl LocalTime {
    fn text(self) -> String {
        self.0.format("%H:%M:%S").to_string()
    }
}

impl Ready for LocalTime {
    fn write(&self, out: &mut Vec<u8>) {
        self.text().write(out);
    }
}

impl From<LocalTime> for NaiveTime {
    fn from(time: LocalTime) -> Self {
        time.0
    }
}

/// A day written `YYYY-MM-DD`, in years 1 to 9999, and in no other way.
pub fn read_day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|day| day.year() > 0 && day.to_string() == text)
}

/// A time of day, `HH:MM` or `HH:MM:SS`.
pub fn read_time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M:%S")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
        .ok()
        .filter(|time| time.nanosecond() < 1_000_000_000)
}
