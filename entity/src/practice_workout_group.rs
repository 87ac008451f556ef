//! An event group that does a practice workout.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::Json;
use science::prescription::Override;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "practice_workout_group")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub practice_session_workout_id: Uuid,
        pub event_group_id: Uuid,
        pub step_overrides: Json<Vec<Override>>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
