//! Who does a practice workout: event groups, single athletes, or everybody.
use crate::{
    access::{Action, Permission},
    error::Refusal,
    node,
    payload::{Mistakes, UserError, UserErrorCode},
    scope::new_id,
    write::Tx,
};
use async_graphql::ID;
use entity::{
    Json, athlete, event_group, practice_session, practice_session_workout::Model, practice_workout_athlete,
    practice_workout_group, roster_entry,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Who does a practice workout.
pub(super) struct Doers {
    pub(super) groups: Vec<Uuid>,
    pub(super) athletes: Vec<Uuid>,
    pub(super) whole_roster: bool,
}

impl Doers {
    /// Checks that the viewer may assign to them all and that they belong to the practice's season.
    pub(super) async fn checked(
        tx: &Tx,
        practice: &practice_session::Model,
        groups: &[ID],
        athletes: &[ID],
        whole_roster: bool,
        at: &str,
    ) -> Result<Self, Refusal> {
        let mut mistakes = Mistakes::default();
        let (group_path, athlete_path) = (format!("{at}eventGroupIds"), format!("{at}athleteIds"));
        mistakes.items(&group_path, groups.len(), 0, 100);
        mistakes.items(&athlete_path, athletes.len(), 0, 500);
        if whole_roster == (!groups.is_empty() || !athletes.is_empty()) {
            let message = "Say who does it: event groups, athletes, or the whole roster alone.";
            let code = if whole_roster {
                UserErrorCode::Invalid
            } else {
                UserErrorCode::TooShort
            };
            mistakes.add(UserError::new(code, message).at(&group_path));
        }
        let reaches_all = tx
            .viewer()
            .programs(Permission::AssignTraining)
            .contains(&practice.program_id)
            || tx
                .viewer()
                .seasons(Permission::AssignTraining)
                .contains(&practice.team_season_id);
        if whole_roster && !reaches_all {
            mistakes.add(UserError::not_allowed(&format!("{at}wholeRoster")));
        }
        let found = tx
            .read_all::<event_group::Entity>(groups, Action::Assign, &group_path)
            .await;
        let found_groups = mistakes.take(found)?.unwrap_or_default();
        for (index, group) in found_groups.iter().enumerate() {
            if group.team_season_id != practice.team_season_id {
                let message = "The event group belongs to another season than the practice.";
                mistakes.add(
                    UserError::new(UserErrorCode::Invalid, message)
                        .at(&group_path)
                        .item(index),
                );
            }
        }
        let found = tx
            .read_all::<athlete::Entity>(athletes, Action::Assign, &athlete_path)
            .await;
        let found_athletes = mistakes.take(found)?.unwrap_or_default();
        let ids: Vec<Uuid> = found_athletes.iter().map(|athlete| athlete.id).collect();
        let rostered = roster_entry::Entity::find()
            .filter(roster_entry::Column::TeamSeasonId.eq(practice.team_season_id))
            .filter(tx.dialect().among(roster_entry::Column::AthleteId, &ids));
        let rostered = tx.find(rostered).await?;
        for (index, id) in ids.iter().enumerate() {
            if !rostered.iter().any(|entry| entry.athlete_id == *id) {
                let message = "The athlete is not on the roster of the practice's season.";
                mistakes.add(
                    UserError::new(UserErrorCode::Invalid, message)
                        .at(&athlete_path)
                        .item(index),
                );
            }
        }
        mistakes.check()?;
        let mut groups: Vec<Uuid> = found_groups.iter().map(|group| group.id).collect();
        let mut athletes = ids;
        groups.sort_unstable();
        groups.dedup();
        athletes.sort_unstable();
        athletes.dedup();
        Ok(Self {
            groups,
            athletes,
            whole_roster,
        })
    }

    pub(super) async fn store(self, tx: &Tx, workout: &Model) -> Result<(), Refusal> {
        let group = |id: Uuid| practice_workout_group::ActiveModel {
            id: Set(new_id()),
            program_id: Set(workout.program_id),
            practice_session_workout_id: Set(workout.id),
            event_group_id: Set(id),
            step_overrides: Set(Json(Vec::new())),
        };
        let athlete = |id: Uuid| practice_workout_athlete::ActiveModel {
            id: Set(new_id()),
            program_id: Set(workout.program_id),
            practice_session_workout_id: Set(workout.id),
            athlete_id: Set(id),
        };
        tx.insert_rows(self.groups.into_iter().map(group).collect()).await?;
        tx.insert_rows(self.athletes.into_iter().map(athlete).collect()).await
    }

    /// Puts these in the place of those stored; groups that stay keep their step overrides.
    pub(super) async fn replace(self, tx: &Tx, row: &Model) -> Result<(), Refusal> {
        use practice_workout_group::{Column as Group, Entity as Groups};
        let stored = tx
            .find(Groups::find().filter(Group::PracticeSessionWorkoutId.eq(row.id)))
            .await?;
        let gone: Vec<Uuid> = stored
            .iter()
            .filter(|group| !self.groups.contains(&group.event_group_id))
            .map(|group| group.id)
            .collect();
        tx.delete_rows::<Groups>(Condition::all().add(tx.dialect().among(Group::Id, &gone)))
            .await?;
        let athletes = practice_workout_athlete::Column::PracticeSessionWorkoutId.eq(row.id);
        tx.delete_rows::<practice_workout_athlete::Entity>(Condition::all().add(athletes))
            .await?;
        let is_new = |id: &Uuid| !stored.iter().any(|group| group.event_group_id == *id);
        let groups = self.groups.iter().copied().filter(is_new).collect();
        Self { groups, ..self }.store(tx, row).await
    }
}

/// The ids of an input, or for those left out the ids stored; with the whole roster only those of the input.
pub(super) async fn doers_or_stored(
    tx: &Tx,
    row: &Model,
    groups: Option<Vec<ID>>,
    athletes: Option<Vec<ID>>,
    whole_roster: bool,
) -> Result<(Vec<ID>, Vec<ID>), Refusal> {
    if whole_roster {
        return Ok((groups.unwrap_or_default(), athletes.unwrap_or_default()));
    }
    let groups = match groups {
        Some(groups) => groups,
        None => {
            let of_row = practice_workout_group::Column::PracticeSessionWorkoutId.eq(row.id);
            let stored = tx.find(practice_workout_group::Entity::find().filter(of_row)).await?;
            stored
                .iter()
                .map(|group| node::global::<event_group::Entity>(group.event_group_id))
                .collect()
        }
    };
    let athletes = match athletes {
        Some(athletes) => athletes,
        None => {
            let of_row = practice_workout_athlete::Column::PracticeSessionWorkoutId.eq(row.id);
            let stored = tx.find(practice_workout_athlete::Entity::find().filter(of_row)).await?;
            stored
                .iter()
                .map(|row| node::global::<athlete::Entity>(row.athlete_id))
                .collect()
        }
    };
    Ok((groups, athletes))
}
