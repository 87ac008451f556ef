//! Dated benchmarks: thresholds, maxima and race times that relative targets resolve with.
use crate::{access::*, node, page::Ordered, record, relation};
use async_graphql::{ID, Object};
use entity::benchmark::{Column, Entity};

record! {
    /// A dated threshold, maximum or race time of an athlete; relative targets resolve with what was in force on the day.
    Benchmark = benchmark
}

/// A dated threshold, maximum or race time of an athlete; relative targets resolve with what was in force on the day.
#[Object]
impl Benchmark {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> ID {
        node::global::<Entity>(self.0.id)
    }
}

relation!(/// Benchmarks of an athlete, oldest first.
    pub Benchmarks: Entity, Column::AthleteId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::EffectiveFrom];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| viewer.about_athletes(permission, Column::ProgramId, Column::AthleteId);
        match action {
            Action::Read => viewer
                .any_of([(own(Column::AthleteId), viewer.own_athletes())])
                .or(reached(Permission::ViewTraining)),
            Action::Update | Action::Delete | Action::Assign => reached(Permission::AssignTraining),
            _ => Rows::none(),
        }
    }
}
