//! What is printed straight is what the executor would print, and what SQLite keeps is read as it was written.
use async_graphql::ScalarType;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use entity::Stored;
use fieldhouse::{
    print::ready::Ready,
    scalar::{Date, LocalTime},
};
use proptest::prelude::*;
use rusqlite::types::ValueRef;

fn printed(value: &impl Ready) -> String {
    let mut out = Vec::new();
    value.write(&mut out);
    String::from_utf8(out).expect("a text")
}

#[test]
fn a_leap_second_is_the_one_after_it() {
    let read = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let kept = fieldhouse::sql::instant(read("2016-12-31T23:59:60.1234567Z"));
    assert_eq!(kept.to_rfc3339(), read("2017-01-01T00:00:00.123456Z").to_rfc3339());
    let kept = fieldhouse::sql::instant(read("1969-12-31T23:59:59.9999999Z"));
    assert_eq!(kept, read("1969-12-31T23:59:59.999999Z"));
}

proptest! {
    #[test]
    fn days_and_times_are_printed_as_the_executor_prints_them(day in -800_000..4_000_000, second in 0..86_400u32) {
        let day = NaiveDate::from_num_days_from_ce_opt(day).expect("a day");
        prop_assert_eq!(printed(&Date(day)), Date(day).to_value().to_string());
        prop_assert_eq!(NaiveDate::stored(ValueRef::Text(day.to_string().as_bytes())).ok(), Some(day));
        let time = LocalTime(NaiveTime::from_num_seconds_from_midnight_opt(second, 0).expect("a time"));
        prop_assert_eq!(printed(&time), time.to_value().to_string());
    }

    #[test]
    fn texts_are_printed_as_json(text in "\\PC*|[\"\\\\\\x00-\\x1fa-zé]*") {
        prop_assert_eq!(printed(&text), serde_json::to_string(&text).expect("JSON"));
    }

    #[test]
    fn numbers_that_are_kept_as_json_are_read_as_they_were(number in -1e9..1e9) {
        let kept = entity::Json::<f64>::stored(ValueRef::Text(serde_json::json!(number).to_string().as_bytes()));
        prop_assert_eq!(kept.ok(), Some(entity::Json(number)));
    }

    #[test]
    fn what_is_no_day_is_none(text in "[0-9]{0,5}-?[0-9]{2}-[0-9]{2}|\\PC{0,12}") {
        let day = NaiveDate::stored(ValueRef::Text(text.as_bytes())).ok();
        prop_assert_eq!(day, text.parse().ok());
    }
}
