//! Values of a statement, bound as the driver stores them, for what is compared must be written in the same way.
use chrono::SecondsFormat;
use rusqlite::{
    CachedStatement, ToSql,
    types::{Null, ToSqlOutput},
};
use sea_orm::Value;

/// Binds the values of a statement.
pub(super) fn bind(statement: &mut CachedStatement<'_>, values: &[Value]) -> Result<(), rusqlite::Error> {
    for index in 1..=statement.parameter_count() {
        // A statement written by hand numbers its values, as on PostgreSQL.
        let number = statement
            .parameter_name(index)
            .and_then(|name| name.get(1..)?.parse().ok());
        let value = values.get(number.unwrap_or(index).saturating_sub(1));
        let value = value.ok_or(rusqlite::Error::InvalidParameterCount(values.len(), index))?;
        statement.raw_bind_parameter(index, Bound(value))?;
    }
    Ok(())
}

/// A value as the driver stores it.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        match self.0 {
            Value::Bool(truth) => truth.to_sql(),
            Value::TinyInt(number) => number.to_sql(),
            Value::SmallInt(number) => number.to_sql(),
            Value::Int(number) => number.to_sql(),
            Value::BigInt(number) => number.to_sql(),
            Value::TinyUnsigned(number) => number.to_sql(),
            Value::SmallUnsigned(number) => number.to_sql(),
            Value::Unsigned(number) => number.to_sql(),
            Value::Float(number) => number.to_sql(),
            Value::Double(number) => number.to_sql(),
            Value::String(text) => text.to_sql(),
            Value::Bytes(bytes) => bytes.to_sql(),
            Value::Uuid(id) => id.to_sql(),
            Value::ChronoDate(day) => day.to_sql(),
            Value::ChronoTime(time) => time.to_sql(),
            Value::ChronoDateTimeUtc(at) => Ok(owned(at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, false)))),
            Value::Json(json) => Ok(owned(json.as_ref().map(|json| json.to_string()))),
            // No table has others.
            _ => Err(rusqlite::Error::ToSqlConversionFailure(
                "a value of an unknown type".into(),
            )),
        }
    }
}

fn owned(text: Option<String>) -> ToSqlOutput<'static> {
    text.map_or(ToSqlOutput::from(Null), ToSqlOutput::from)
}

#[cfg(test)]
mod tests {
    use super::bind;
    use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
    use entity::{Fetched, Json, enums::Sport};
    use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};
    use std::time::Duration;
    use uuid::Uuid;

    entity::row! {
        #[derive(Debug, PartialEq)]
        struct Everything {
            id: Uuid,
            truth: bool,
            small: i16,
            number: i32,
            large: i64,
            real: f64,
            whole: f64,
            text: String,
            word: Sport,
            day: NaiveDate,
            time: NaiveTime,
            moment: DateTime<Utc>,
            full: DateTime<Utc>,
            json: Json<Vec<String>>,
            none: Option<String>,
        }
    }

    fn everything() -> Everything {
        let moment = DateTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        Everything {
            id: Uuid::from_u128(0x0123_4567_89ab_cdef),
            truth: true,
            small: -3,
            number: 70_000,
            large: i64::MAX,
            real: 0.1 + 0.2,
            whole: 6.0,
            text: "Zoë's \"\n".into(),
            word: Sport::TrailRunning,
            day: NaiveDate::from_ymd_opt(2028, 2, 29).expect("a day"),
            time: NaiveTime::from_hms_micro_opt(6, 5, 0, 250_000).expect("a time"),
            moment,
            full: moment + Duration::from_micros(123_456),
            json: Json(vec!["é".into()]),
            none: None,
        }
    }

    fn values() -> Vec<Value> {
        let Everything {
            id,
            truth,
            small,
            number,
            large,
            real,
            whole,
            text,
            word,
            day,
            time,
            moment,
            full,
            json,
            none,
        } = everything();
        vec![
            id.into(),
            truth.into(),
            small.into(),
            number.into(),
            large.into(),
            real.into(),
            whole.into(),
            text.into(),
            word.into(),
            day.into(),
            time.into(),
            moment.into(),
            full.into(),
            json.into(),
            none.into(),
        ]
    }

    #[tokio::test]
    async fn what_the_driver_writes_is_found_and_read_the_same() {
        let file = std::env::temp_dir().join(format!("fieldhouse_bound_{}.db", std::process::id()));
        let url = format!("sqlite://{}?mode=rwc", file.display());
        let driver = sea_orm::Database::connect(url).await.expect("the file opens");
        let table = "CREATE TABLE everything (id blob, truth integer, small integer, number integer, large integer, \
                     real real, whole real, text text, word text, day text, time text, moment text, full text, \
                     json text, none text)";
        driver.execute_unprepared(table).await.expect("a table");
        let places: Vec<String> = (1..=values().len()).map(|number| format!("${number}")).collect();
        let insert = format!("INSERT INTO everything VALUES ({})", places.join(", "));
        let insert = Statement::from_sql_and_values(DatabaseBackend::Sqlite, insert, values());
        driver.execute_raw(insert).await.expect("a row");
        driver.close().await.expect("the file closes");

        let reader = rusqlite::Connection::open(&file).expect("the file opens");
        // Numbered backwards, as no query builder does.
        let columns: Vec<String> = {
            let prepared = reader.prepare("SELECT * FROM everything").expect("a statement");
            prepared.column_names().into_iter().map(str::to_owned).collect()
        };
        let same: Vec<String> = columns
            .iter()
            .zip(&places)
            .rev()
            .map(|(column, place)| format!("{column} IS {place}"))
            .collect();
        let found = format!("SELECT * FROM everything WHERE {}", same.join(" AND "));
        let mut prepared = reader.prepare_cached(&found).expect("a statement");
        bind(&mut prepared, &values()).expect("they are bound");
        let width = prepared.column_count();
        let mut rows = prepared.raw_query();
        let row = rows.next().expect("an answer").expect("what was written is found");
        let cells = (0..width).map(|column| row.get_ref(column).expect("a value")).collect();
        let read = <Everything as entity::Row>::read(&Fetched::File(cells)).expect("it is read");
        assert_eq!(read, everything());
        std::fs::remove_file(file).expect("the file is removed");
    }
}
