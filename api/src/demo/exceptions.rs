//! Who cannot train as planned, and why.
use super::{
    season::Season,
    shop::Shop,
    slot::{Change, Exception, Instead},
};
use entity::{
    enums::{AssignmentReason, RosterStatus},
    roster_entry_note,
};

/// A cold, a sore shin, a stress reaction.
pub(super) fn cross_country_exceptions(weeks: u32) -> Vec<Exception> {
    let last = |count: u32| weeks.saturating_sub(count);
    vec![
        Exception {
            person: 3,
            weeks: last(3)..last(2),
            weekdays: 1..4,
            workout: None,
            instead: Instead::Nothing,
            reason: AssignmentReason::Illness,
            private_reason: Some("Fever since Monday night, seen by student health."),
        },
        Exception {
            person: INJURED,
            weeks: last(2)..weeks,
            weekdays: 0..6,
            workout: None,
            instead: Instead::Workout("Pool run 40 min"),
            reason: AssignmentReason::Injury,
            private_reason: Some("Stress reaction, left tibia. No impact for three weeks."),
        },
        Exception {
            person: 8,
            weeks: 0..weeks,
            weekdays: 1..2,
            workout: Some("Threshold 6 x 1 km"),
            instead: Instead::Changed(vec![Change::Count(1, 4)]),
            reason: AssignmentReason::ReturnToTraining,
            private_reason: None,
        },
    ]
}

/// A week of examinations.
pub(super) fn track_exceptions(weeks: u32) -> Vec<Exception> {
    vec![Exception {
        person: 2,
        weeks: weeks.saturating_sub(2)..weeks.saturating_sub(1),
        weekdays: 3..5,
        workout: None,
        instead: Instead::Nothing,
        reason: AssignmentReason::Academic,
        private_reason: None,
    }]
}

/// Place of the injured runner.
const INJURED: usize = 5;

/// Puts the injured runner on the roster as such.
pub(super) fn injure(shop: &mut Shop, season: &mut Season) {
    let program_id = shop.program_id;
    let Some(person) = season.people.get(INJURED) else {
        return;
    };
    let hurt_at = season
        .calendar
        .at(season.calendar.day(season.calendar.weeks.saturating_sub(2), 0), (7, 30));
    for entry in shop
        .rows
        .roster_entries
        .iter_mut()
        .filter(|entry| entry.athlete_id == person.athlete_id)
    {
        entry.status = RosterStatus::Injured;
        entry.updated_at = hurt_at;
        shop.rows.roster_entry_notes.push(roster_entry_note::Model {
            id: entry.id,
            program_id,
            notes: "In the pool with the trainer until cleared.".to_owned(),
        });
    }
}
