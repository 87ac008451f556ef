//! Athletes of a season who train together.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "event_group")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub team_season_id: Uuid,
        pub name: String,
        pub sort_name: String,
        pub color: Option<String>,
        pub position: i32,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
