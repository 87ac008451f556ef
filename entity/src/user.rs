//! A person who can sign in.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::enums::UnitSystem;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "user")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub email: String,
        pub name: String,
        pub password_hash: Option<String>,
        pub timezone: String,
        pub unit_system: UnitSystem,
        pub email_verified_at: Option<DateTimeUtc>,
        pub last_signed_in_at: Option<DateTimeUtc>,
        pub deactivated_at: Option<DateTimeUtc>,
        pub failed_sign_ins: i32,
        pub blocked_until: Option<DateTimeUtc>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
