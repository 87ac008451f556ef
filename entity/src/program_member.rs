//! The membership of a person in a program.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::enums::ProgramRole;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "program_member")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub user_id: Uuid,
        pub athlete_id: Option<Uuid>,
        pub role: ProgramRole,
        pub display_name: String,
        pub sort_name: String,
        pub title: Option<String>,
        pub joined_at: DateTimeUtc,
        pub deactivated_at: Option<DateTimeUtc>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
