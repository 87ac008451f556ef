//! Tokens that are mailed: whoever has one reads what comes to the address. Random, kept as hashes, good once, for a
//! while, and only as long as the account has the address that they were sent to.
use crate::{
    auth::Credential,
    error::Refusal,
    payload::{UserError, UserErrorCode},
    write::Tx,
};
use chrono::Duration;
use entity::{
    enums::MailKind,
    mail_token::{ActiveModel, Column, Entity},
    user,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// Tokens of one kind that an account may have at once.
pub(crate) const MOST: u64 = 5;

/// How long a token is good for.
fn lifetime(kind: MailKind) -> Duration {
    match kind {
        MailKind::EmailVerification => Duration::hours(24),
        MailKind::PasswordReset => Duration::minutes(30),
    }
}

/// A new token; none for an account that has enough of them.
pub(crate) async fn make(tx: &Tx, account: &user::Model, kind: MailKind) -> Result<Option<Credential>, Refusal> {
    let lapsed = Condition::all().add(Column::ExpiresAt.lte(tx.now()));
    tx.delete_rows::<Entity>(lapsed).await?;
    if count(tx, account.id, kind).await? >= MOST {
        return Ok(None);
    }
    let secret = Credential::random(match kind {
        MailKind::EmailVerification => "fe_",
        MailKind::PasswordReset => "fp_",
    })?;
    let row = ActiveModel {
        hash: Set(secret.hash()),
        user_id: Set(account.id),
        kind: Set(kind),
        email: Set(account.email.clone()),
        created_at: Set(tx.now()),
        expires_at: Set(tx.now() + lifetime(kind)),
    };
    tx.insert_rows(vec![row]).await?;
    Ok(Some(secret))
}

/// How many tokens of a kind an account has that are good.
pub(crate) async fn count(tx: &Tx, user_id: Uuid, kind: MailKind) -> Result<u64, Refusal> {
    let live = Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Kind.eq(kind))
        .filter(Column::ExpiresAt.gt(tx.now()))
        .limit(MOST);
    Ok(tx.find(live).await?.len() as u64)
}

/// The account that a token was mailed to, locked. `path` is the input's field that holds the token.
pub(crate) async fn holder(
    tx: &Tx,
    token: &Credential,
    kind: MailKind,
    path: &'static str,
) -> Result<user::Model, Refusal> {
    let good = || {
        Entity::find_by_id(token.hash())
            .filter(Column::Kind.eq(kind))
            .filter(Column::ExpiresAt.gt(tx.now()))
    };
    let row = tx.find_one(good()).await?.ok_or_else(|| no_longer(path))?;
    let account = user::Entity::find_by_id(row.user_id)
        .filter(user::Column::Email.eq(row.email))
        .filter(user::Column::DeactivatedAt.is_null());
    let account = tx.find_locked(account).await?.pop().ok_or_else(|| no_longer(path))?;
    // Two who use it at once come one after the other, and the second finds it gone.
    tx.find_one(good()).await?.ok_or_else(|| no_longer(path))?;
    Ok(account)
}

/// Ends all tokens of a kind that an account has: one was used, or they are to be of no more use.
pub(crate) async fn use_up(tx: &Tx, user_id: Uuid, kind: MailKind) -> Result<(), Refusal> {
    let own = Condition::all()
        .add(Column::UserId.eq(user_id))
        .add(Column::Kind.eq(kind));
    tx.delete_rows::<Entity>(own).await.map(drop)
}

/// Ends a token that reached nobody.
pub(crate) async fn forget(tx: &Tx, hash: &str) -> Result<(), Refusal> {
    let own = Condition::all().add(Column::Hash.eq(hash));
    tx.delete_rows::<Entity>(own).await.map(drop)
}

/// The one answer for a token that nobody was sent and for one that is no longer good.
fn no_longer(path: &str) -> Refusal {
    let message = "This token was used, ran out, or was sent to a former address: ask for another mail.";
    UserError::new(UserErrorCode::TokenExpired, message).at(path).into()
}
