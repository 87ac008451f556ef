//! Where the demo's rows pile up before they are written, table by table in the order that foreign keys ask for.
use super::calendar::Calendar;
use crate::{error::Refusal, write::Tx};
use entity::{
    athlete, athlete_training_session, athlete_training_session_detail, athlete_training_session_group, benchmark,
    event_group, event_group_coach, event_group_member, practice_assignment, practice_assignment_note,
    practice_session, practice_session_note, practice_session_workout, practice_workout_athlete,
    practice_workout_group, program, program_member, program_member_team, roster_entry, roster_entry_note, team,
    team_season, training_event, user, workout, workout_description, workout_element, workout_note, workout_revision,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, ModelTrait};
use uuid::Uuid;

macro_rules! rows {
    ($($field:ident: $table:ident,)+) => {
        /// Rows to write.
        #[derive(Default)]
        pub(super) struct Rows {
            $(pub $field: Vec<$table::Model>,)+
        }

        impl Rows {
            /// Adds the rows of another pile.
            pub fn append(&mut self, mut other: Self) {
                $(self.$field.append(&mut other.$field);)+
            }

            /// Writes all of them.
            pub async fn write(self, tx: &Tx) -> Result<(), Refusal> {
                $(insert::<$table::Model, $table::ActiveModel>(tx, self.$field).await?;)+
                Ok(())
            }
        }
    };
}

rows! {
    users: user,
    programs: program,
    teams: team,
    seasons: team_season,
    event_groups: event_group,
    athletes: athlete,
    members: program_member,
    member_teams: program_member_team,
    event_group_coaches: event_group_coach,
    roster_entries: roster_entry,
    roster_entry_notes: roster_entry_note,
    event_group_members: event_group_member,
    training_events: training_event,
    benchmarks: benchmark,
    workouts: workout,
    workout_revisions: workout_revision,
    workout_elements: workout_element,
    workout_descriptions: workout_description,
    workout_notes: workout_note,
    practices: practice_session,
    practice_notes: practice_session_note,
    practice_workouts: practice_session_workout,
    practice_workout_groups: practice_workout_group,
    practice_workout_athletes: practice_workout_athlete,
    assignments: practice_assignment,
    assignment_notes: practice_assignment_note,
    sessions: athlete_training_session,
    session_details: athlete_training_session_detail,
    session_groups: athlete_training_session_group,
}

async fn insert<M, A>(tx: &Tx, rows: Vec<M>) -> Result<(), Refusal>
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity>,
    M::Entity: EntityTrait<Model = M>,
{
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model).collect();
    tx.insert_rows::<A>(rows).await
}

/// One program's rows in the making.
pub(super) struct Shop {
    pub program_id: Uuid,
    pub calendar: Calendar,
    pub rows: Rows,
}
