//! A team of a program.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::enums::Sport;
use crate::enums::TeamGender;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "team")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub name: String,
        pub sort_name: String,
        pub sport: Sport,
        pub gender: Option<TeamGender>,
        pub level: Option<String>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
