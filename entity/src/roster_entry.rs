//! The place of an athlete on the roster of a season.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::enums::RosterStatus;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "roster_entry")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub team_season_id: Uuid,
        pub athlete_id: Uuid,
        pub sort_name: String,
        pub status: RosterStatus,
        pub jersey_number: Option<String>,
        pub class_year: Option<String>,
        pub primary_event_group_id: Option<Uuid>,
        pub joined_on: Option<Date>,
        pub left_on: Option<Date>,
        pub external_id: Option<String>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
