//! An access or refresh token of a signed-in device, as its hash.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::enums::TokenKind;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "auth_token")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: String,
        pub auth_session_id: Uuid,
        pub kind: TokenKind,
        pub created_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub replaced_at: Option<DateTimeUtc>,
        pub successor_hash: Option<String>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
