//! A coaching organization: the tenant.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::enums::HealthAccess;
use crate::enums::ProgramKind;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "program")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub sort_name: String,
        pub slug: String,
        pub kind: ProgramKind,
        pub timezone: String,
        pub logo_url: Option<String>,
        pub health_access: HealthAccess,
        pub missed_after_hours: i32,
        pub external_id: Option<String>,
        pub archived_at: Option<DateTimeUtc>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
