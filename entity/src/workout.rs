//! A reusable composition of steps; its current revision holds them.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::Json;
use crate::enums::Difficulty;
use crate::enums::Sport;
use crate::enums::WorkoutCategory;
use crate::enums::WorkoutType;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "workout")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub title: String,
        pub sort_name: String,
        pub category: WorkoutCategory,
        #[sea_orm(column_name = "type")]
        pub r#type: WorkoutType,
        pub sport: Sport,
        pub difficulty: Option<Difficulty>,
        pub tags: Json<Vec<String>>,
        pub author_id: Option<Uuid>,
        pub workout_revision_id: Uuid,
        pub archived_at: Option<DateTimeUtc>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
