//! The rows of each level, read column by column from either database.
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use uuid::Uuid;

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),+ })+) => {
        $(
            $(#[$doc])*
            pub struct $name { $(pub $field: $type),+ }

            impl From<&tokio_postgres::Row> for $name {
                fn from(row: &tokio_postgres::Row) -> Self {
                    let mut column = 0..;
                    Self { $($field: row.get(column.next().unwrap_or_default())),+ }
                }
            }

            impl TryFrom<&rusqlite::Row<'_>> for $name {
                type Error = rusqlite::Error;

                fn try_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                    let mut column = 0..;
                    Ok(Self { $($field: row.get(column.next().unwrap_or_default())?),+ })
                }
            }
        )+
    };
}

rows! {
    Athlete { id: Uuid, first_name: String, last_name: String }
    Session {
        athlete_id: Uuid, id: Uuid, day: NaiveDate, title: String, outcome: Option<String>,
        cancelled_at: Option<DateTime<Utc>>, excused_at: Option<DateTime<Utc>>, is_rest: bool,
        missed_at: Option<DateTime<Utc>>, completed_at: Option<DateTime<Utc>>, meters: Option<i32>, seconds: Option<i32>,
        rpe: Option<i32>
    }
    Season { id: Uuid, name: String }
    Practice { id: Uuid, title: String, starts_at: DateTime<Utc> }
    /// A workout of a practice.
    Part { practice: Uuid, id: Uuid, position: i32, whole_roster: bool, revision: Uuid }
    Group { part: Uuid, id: Uuid, name: String }
    Element {
        revision: Uuid, id: Uuid, parent: Option<Uuid>, count: Option<i32>, kind: Option<String>, name: Option<String>,
        length: Option<Value>
    }
    /// An assignment that differs from the group's.
    Change { practice: Uuid, id: Uuid, kind: String, athlete_id: Uuid, first_name: String, last_name: String }
    Entry { id: Uuid, athlete_id: Uuid, first_name: String, last_name: String }
    /// A session of the feed.
    Item { id: Uuid, day: NaiveDate, title: String, athlete_id: Uuid, first_name: String, last_name: String }
}

/// The columns of a session.
pub const SESSION: &str = "athlete_id, id, day, title, outcome, cancelled_at, excused_at, is_rest, missed_at, completed_at, \
     actual_distance_meters, actual_duration_seconds, actual_rpe";

/// Statements that both databases take as they are.
pub const ATHLETE: &str = "SELECT id, first_name, last_name FROM athlete WHERE id = $1";
pub const COUNT: &str = "SELECT count(*) FROM athlete_training_session WHERE athlete_id = $1";
pub const SEASON: &str = "SELECT id, name FROM team_season WHERE id = $1";
pub const PRACTICES: &str = "SELECT id, title, starts_at FROM practice_session WHERE team_season_id = $1 \
     ORDER BY starts_at, id LIMIT 10";
pub const FEED: &str = "SELECT s.id, s.day, s.title, a.id, a.first_name, a.last_name FROM athlete_training_session s \
     JOIN athlete a ON a.id = s.athlete_id WHERE s.team_season_id = $1 AND (s.day, s.id) < ($2, $3) \
     ORDER BY s.day DESC, s.id DESC LIMIT 51";
