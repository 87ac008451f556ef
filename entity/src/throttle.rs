//! Points that somebody used in the present minute, over all servers.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "throttle")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: String,
        pub began_at: DateTimeUtc,
        pub used: i64,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
