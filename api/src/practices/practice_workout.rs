//! Workouts assigned within a practice: to event groups, to athletes, or to the whole roster.
use crate::{access::*, node, page::Ordered, record, relation, sql::Dialect};
use async_graphql::{ID, Object};
use entity::{
    event_group_member, practice_assignment, practice_session,
    practice_session_workout::{Column, Entity},
    practice_workout_athlete, practice_workout_group,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};
use uuid::Uuid;

record! {
    /// A workout assigned within a practice, pinned to the revision it had then.
    PracticeSessionWorkout = practice_session_workout
}

/// A workout assigned within a practice, pinned to the revision it had then.
#[Object]
impl PracticeSessionWorkout {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Workouts of a practice.
    pub PracticeWorkouts: Entity, Column::PracticeSessionId);
relation!(/// Event groups that do a practice workout.
    pub WorkoutGroups: practice_workout_group::Entity, practice_workout_group::Column::PracticeSessionWorkoutId);
relation!(/// Athletes named for a practice workout one by one.
    pub WorkoutAthletes: practice_workout_athlete::Entity, practice_workout_athlete::Column::PracticeSessionWorkoutId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::Position];
}

/// Practice workouts that athletes were given.
fn given_to(dialect: Dialect, athletes: &[Uuid]) -> SelectStatement {
    practice_assignment::Entity::find()
        .select_only()
        .column(practice_assignment::Column::PracticeSessionWorkoutId)
        .filter(dialect.among(own(practice_assignment::Column::AthleteId), athletes))
        .filter(practice_assignment::Column::WithdrawnAt.is_null())
        .into_query()
}

/// Practice workouts whose whole audience lies in the event groups that the viewer coaches.
fn of_own_groups(viewer: &Viewer) -> Rows {
    let groups = viewer.groups(Permission::AssignTraining);
    if groups.is_empty() {
        return Rows::none();
    }
    let groups_of = |condition| {
        practice_workout_group::Entity::find()
            .select_only()
            .column(practice_workout_group::Column::PracticeSessionWorkoutId)
            .filter::<Condition>(condition)
            .into_query()
    };
    let mine = || {
        Condition::all().add(
            viewer
                .dialect
                .among(own(practice_workout_group::Column::EventGroupId), &groups),
        )
    };
    let my_athletes = event_group_member::Entity::find()
        .select_only()
        .column(event_group_member::Column::AthleteId)
        .filter(
            viewer
                .dialect
                .among(own(event_group_member::Column::EventGroupId), &groups),
        )
        .into_query();
    let athletes_of = |condition| {
        practice_workout_athlete::Entity::find()
            .select_only()
            .column(practice_workout_athlete::Column::PracticeSessionWorkoutId)
            .filter::<Condition>(condition)
            .into_query()
    };
    let named = practice_workout_athlete::Column::AthleteId;
    Rows::all(
        Condition::all()
            .add(Column::WholeRoster.eq(false))
            .add(
                Condition::any()
                    .add(Column::Id.in_subquery(groups_of(mine())))
                    .add(Column::Id.in_subquery(athletes_of(
                        Condition::all().add(named.in_subquery(my_athletes.clone())),
                    ))),
            )
            .add(Column::Id.not_in_subquery(groups_of(mine().not())))
            .add(Column::Id.not_in_subquery(athletes_of(Condition::all().add(named.not_in_subquery(my_athletes))))),
    )
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => viewer
                .any_of([(own(Column::ProgramId), viewer.staff_programs())])
                .or(viewer
                    .subselect(Column::Id, &viewer.own_athletes(), given_to)
                    .but_only(Column::PublishedAt.is_not_null())),
            Action::Update | Action::Delete | Action::Assign => viewer
                .any_of([(own(Column::ProgramId), viewer.programs(Permission::AssignTraining))])
                .or(viewer.subselect(
                    Column::PracticeSessionId,
                    &viewer.seasons(Permission::AssignTraining),
                    |dialect, seasons| {
                        practice_session::Entity::find()
                            .select_only()
                            .column(practice_session::Column::Id)
                            .filter(dialect.among(own(practice_session::Column::TeamSeasonId), seasons))
                            .into_query()
                    },
                ))
                .or(of_own_groups(viewer)),
            _ => Rows::none(),
        }
    }
}

impl Ordered for practice_workout_group::Entity {
    const ORDERS: &'static [practice_workout_group::Column] = &[practice_workout_group::Column::Id];
}

impl Guarded for practice_workout_group::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use practice_workout_group::Column;
        match action {
            Action::Read => viewer
                .any_of([(own(Column::ProgramId), viewer.staff_programs())])
                .or(viewer.subselect(Column::PracticeSessionWorkoutId, &viewer.own_athletes(), given_to)),
            _ => Rows::none(),
        }
    }
}

impl Ordered for practice_workout_athlete::Entity {
    const ORDERS: &'static [practice_workout_athlete::Column] = &[practice_workout_athlete::Column::Id];
}

impl Guarded for practice_workout_athlete::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use practice_workout_athlete::Column;
        match action {
            Action::Read => viewer.any_of([
                (own(Column::ProgramId), viewer.staff_programs()),
                (own(Column::AthleteId), viewer.own_athletes()),
            ]),
            _ => Rows::none(),
        }
    }
}
