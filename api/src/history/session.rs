//! Training sessions: what an athlete was asked to do on a day, and what was done.
use crate::{access::*, node, page::Ordered, record, relation};
use async_graphql::{ID, Object};
use entity::{
    athlete_training_session::{Column, Entity},
    athlete_training_session_detail, athlete_training_session_group,
    enums::SessionSource,
};
use sea_orm::ColumnTrait;

record! {
    /// What an athlete was asked to do on a day, and what was done.
    AthleteTrainingSession = athlete_training_session
}

/// What an athlete was asked to do on a day, and what was done.
#[Object]
impl AthleteTrainingSession {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Event groups that a session came through.
    pub SessionGroups: athlete_training_session_group::Entity, athlete_training_session_group::Column::AthleteTrainingSessionId);
relation!(/// The session made from an assignment.
    pub AssignmentSession: Entity, Column::PracticeAssignmentId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::Day, Column::UpdatedAt];
}

fn readable<C: ColumnTrait>(viewer: &Viewer, program: C, athlete: C) -> Rows {
    viewer
        .any_of([(own(athlete), viewer.own_athletes())])
        .or(viewer.about_athletes(Permission::ViewTraining, program, athlete))
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let assigners = || viewer.about_athletes(Permission::AssignTraining, Column::ProgramId, Column::AthleteId);
        let own_sessions = || viewer.any_of([(own(Column::AthleteId), viewer.logging_athletes())]);
        match action {
            Action::Read | Action::ReadPrivate => readable(viewer, Column::ProgramId, Column::AthleteId),
            Action::Log => own_sessions().or(assigners()),
            Action::Assign => assigners(),
            // The plan of a session that a coach assigned is the coach's; a self-made one is the athlete's too.
            Action::Update | Action::Delete => {
                assigners().or(own_sessions().but_only(Column::Source.eq(SessionSource::SelfAssigned)))
            }
            _ => Rows::none(),
        }
    }
}

impl Guarded for athlete_training_session_detail::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use athlete_training_session_detail::Column;
        match action {
            Action::Read => readable(viewer, Column::ProgramId, Column::AthleteId),
            _ => Rows::none(),
        }
    }
}

impl Ordered for athlete_training_session_group::Entity {
    const ORDERS: &'static [athlete_training_session_group::Column] = &[athlete_training_session_group::Column::Id];
}

impl Guarded for athlete_training_session_group::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use athlete_training_session_group::Column;
        match action {
            Action::Read => readable(viewer, Column::ProgramId, Column::AthleteId),
            _ => Rows::none(),
        }
    }
}
