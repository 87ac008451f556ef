//! A building block of workouts.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::Json;
use crate::enums::Sport;
use crate::enums::TrainingEventKind;
use science::prescription::Length;
use science::prescription::Target;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "training_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub name: String,
        pub sort_name: String,
        pub kind: TrainingEventKind,
        pub sport: Option<Sport>,
        pub description: Option<String>,
        pub video_url: Option<String>,
        pub tags: Json<Vec<String>>,
        pub default_length: Option<Json<Length>>,
        pub default_target: Option<Json<Target>>,
        pub archived_at: Option<DateTimeUtc>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
