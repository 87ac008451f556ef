//! History: logging, the status of a session, lists, trends, compliance, import.
mod import;
mod logging;
mod narrow;
mod status;
mod sums;

use crate::support::*;
use chrono::{Duration, NaiveDate};
use entity::{
    athlete_training_session as session,
    enums::{SessionSource, Sport, WorkoutCategory},
};
use fieldhouse::scope::new_id;
use sea_orm::ActiveValue::Set;

/// A session that a coach assigned for a day, behind the server's back; missed a day after its end.
pub fn assigned(season: &Season, athlete: &Athlete, day: NaiveDate) -> session::ActiveModel {
    let now = season.team.program.world.now();
    session::ActiveModel {
        id: Set(new_id()),
        program_id: Set(season.team.program.id.id),
        athlete_id: Set(athlete.id.id),
        team_season_id: Set(Some(season.id.id)),
        source: Set(SessionSource::CoachAssigned),
        day: Set(day),
        scheduled_date: Set(Some(day)),
        timezone: Set("America/Denver".to_owned()),
        missed_at: Set(Some(
            day.and_hms_opt(7, 0, 0).expect("a time").and_utc() + Duration::days(2),
        )),
        workout_category: Set(WorkoutCategory::Run),
        sport: Set(Sport::Running),
        title: Set("Run".to_owned()),
        is_rest: Set(false),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    }
}

/// A day of 2026.
pub fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).expect("a day")
}
