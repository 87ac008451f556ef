//! Signing in with a password, and changing it.
use crate::{
    access::Action,
    auth::{
        AuthPayload, Credential, mail_token,
        password::{Failures, Passwords, about, address_of},
        token::{self, Pair},
        user::UserPayload,
    },
    error::{Failure, Refusal},
    http::Services,
    payload::{Mistakes, UserError, UserErrorCode},
    scope::Request,
    write::{Audit, Tx, write, write_anonymous},
};
use async_graphql::{Context, InputObject};
use chrono::{DateTime, Duration, Utc};
use entity::{enums::MailKind, user};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, Value, sea_query::Query};
use std::sync::Arc;
use uuid::Uuid;

/// Who signs in.
#[derive(InputObject)]
pub struct AuthLoginInput {
    /// E-mail address of the account, in any case.
    email: String,
    /// Password of the account.
    password: String,
}

/// A new password.
#[derive(InputObject)]
pub struct PasswordChangeInput {
    /// The password until now.
    current_password: String,
    /// The password from now on, of 12 to 200 characters and hard to guess.
    new_password: String,
}

/// What hashes passwords.
pub(crate) fn passwords<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Passwords>, Failure> {
    Ok(&Services::of(ctx)?.passwords)
}

entity::row! {
    /// What signing in needs to know of an account.
    struct Account {
        id: Uuid,
        email: String,
        name: String,
        hash: Option<String>,
        failed_sign_ins: i32,
        blocked_until: Option<DateTime<Utc>>,
    }
}

impl Account {
    fn failures(&self) -> Failures {
        Failures {
            count: self.failed_sign_ins,
            blocked_until: self.blocked_until,
        }
    }
}

/// The account that a condition on "user" names.
async fn account(ctx: &Context<'_>, condition: &str, value: Value) -> Result<Option<Account>, Failure> {
    let scope = Request::of(ctx).scope();
    let text = format!(
        r#"SELECT id, email, name, password_hash, failed_sign_ins, blocked_until FROM "user" WHERE {condition} = $1 AND deactivated_at IS NULL"#
    );
    let accounts = scope.db().identify(scope.db().dialect.raw(&text, [value])).await?;
    Ok(accounts.into_iter().next())
}

/// Whether the password is the account's. The attempt is counted while the hash is computed, which takes longer: so an
/// address that nobody has answers after the same time as one with another password.
async fn is_right(
    ctx: &Context<'_>,
    account: Option<&Account>,
    address: &str,
    password: String,
) -> Result<bool, Refusal> {
    let passwords = passwords(ctx)?;
    let now = Request::of(ctx).scope().now();
    let stranger = Credential::new(address).hash();
    // Asked for those who have an account too, or they would be answered sooner.
    let of_stranger = failures_of_stranger(ctx, &stranger).await?;
    account.map_or(of_stranger, Account::failures).check(now)?;
    let place = passwords.place()?;
    let user_id = account.map(|account| account.id);
    let counting = write_anonymous(ctx, async move |tx: Tx| match user_id {
        Some(user_id) => count(&tx, user_id).await,
        None => count_stranger(&tx, stranger).await,
    });
    let hash = account.and_then(|account| account.hash.clone());
    let (counted, is_right) = futures_util::future::join(counting, passwords.verify(place, password, hash)).await;
    counted?;
    let is_right = is_right?;
    if let Some(account) = account.filter(|_| !is_right) {
        note_failure(ctx, account.id);
    }
    Ok(is_right)
}

/// Tells the audit log of a wrong password. The answer does not wait for it, or an address that nobody has would be
/// answered sooner.
fn note_failure(ctx: &Context<'_>, user_id: Uuid) {
    let scope = Request::of(ctx).scope().of_nobody();
    tokio::spawn(async move {
        let failed = async move |tx: Tx| {
            tx.audit(Audit::of_account(user_id, "account.sign_in_failed"));
            Ok(())
        };
        if scope.write(failed).await.is_err() {
            tracing::warn!(user = %user_id, "a failed sign-in could not be noted");
        }
    });
}

/// Failures of an address that nobody has.
async fn failures_of_stranger(ctx: &Context<'_>, address_hash: &str) -> Result<Failures, Failure> {
    let scope = Request::of(ctx).scope();
    let text = "SELECT failures, blocked_until FROM stranger WHERE address_hash = $1";
    let values = [address_hash.into()];
    let failures = scope.db().identify(scope.db().dialect.raw(text, values)).await?;
    Ok(failures.into_iter().next().unwrap_or_default())
}

/// Counts an attempt for an address that nobody has, as the account's row would. After a day it is forgotten.
async fn count_stranger(tx: &Tx, address_hash: String) -> Result<(), Refusal> {
    use entity::stranger::{ActiveModel, Column, Entity};
    let stale = Condition::all().add(Column::TriedAt.lt(tx.now() - Duration::days(1)));
    tx.delete_rows::<Entity>(stale).await?;
    // Made or found, the row is locked from here on.
    let tried = ActiveModel {
        address_hash: Set(address_hash.clone()),
        tried_at: Set(tx.now()),
        ..Default::default()
    };
    tx.upsert(tried, &[Column::AddressHash]).await?;
    let row = tx.find_one(Entity::find_by_id(address_hash)).await?;
    let row = row.ok_or(Failure::Internal)?;
    let failures = Failures {
        count: row.failures,
        blocked_until: row.blocked_until,
    };
    let failures = failures.attempt(tx.now())?;
    let update = Query::update()
        .table(Entity)
        .value(Column::Failures, failures.count)
        .value(Column::BlockedUntil, failures.blocked_until)
        .and_where(Column::AddressHash.eq(row.address_hash))
        .take();
    tx.update_rows(&update).await?;
    Ok(())
}

/// Counts an attempt against the account's row.
async fn count(tx: &Tx, user_id: Uuid) -> Result<(), Refusal> {
    let Some(row) = tx.find_locked(user::Entity::find_by_id(user_id)).await?.pop() else {
        return Ok(());
    };
    let failures = Failures {
        count: row.failed_sign_ins,
        blocked_until: row.blocked_until,
    };
    record(tx, user_id, failures.attempt(tx.now())?).await
}

/// Writes down failures. Neither the account's version nor the change feed has a part in it.
async fn record(tx: &Tx, user_id: Uuid, failures: Failures) -> Result<(), Refusal> {
    let update = Query::update()
        .table(user::Entity)
        .value(user::Column::FailedSignIns, failures.count)
        .value(user::Column::BlockedUntil, failures.blocked_until)
        .and_where(user::Column::Id.eq(user_id))
        .take();
    tx.update_rows(&update).await?;
    Ok(())
}

fn wrong() -> Refusal {
    UserError::new(
        UserErrorCode::InvalidCredentials,
        "The e-mail address or the password is wrong.",
    )
    .into()
}

/// Signs in with a password.
pub(crate) async fn login(ctx: &Context<'_>, input: AuthLoginInput) -> Result<AuthPayload, Refusal> {
    let AuthLoginInput { email, password } = input;
    let address = address_of(&email);
    let account = account(ctx, "email", address.as_str().into()).await?;
    let is_right = is_right(ctx, account.as_ref(), &address, password).await?;
    let Some(account) = account.filter(|_| is_right) else {
        return Err(wrong());
    };
    let client = Request::of(ctx).client.clone();
    let pair = write_anonymous(ctx, async move |tx: Tx| {
        // The password may have been changed, or the account closed, while this one was checked.
        let same = user::Entity::find_by_id(account.id)
            .filter(user::Column::PasswordHash.eq(account.hash))
            .filter(user::Column::DeactivatedAt.is_null());
        tx.find_locked(same).await?.pop().ok_or_else(wrong)?;
        signed_in(&tx, account.id).await?;
        Pair::sign_in(&tx, account.id, &client).await
    })
    .await?;
    token::answer(ctx, pair).await
}

/// Notes that a person signed in, which ends the count of failures.
pub(crate) async fn signed_in(tx: &Tx, user_id: Uuid) -> Result<(), Refusal> {
    let update = Query::update()
        .table(user::Entity)
        .value(user::Column::LastSignedInAt, tx.now())
        .and_where(user::Column::Id.eq(user_id))
        .take();
    tx.update_rows(&update).await?;
    record(tx, user_id, Failures::default()).await
}

/// Changes the password and signs out every other device.
pub(crate) async fn change_password(ctx: &Context<'_>, input: PasswordChangeInput) -> Result<UserPayload, Refusal> {
    let PasswordChangeInput {
        current_password,
        new_password,
    } = input;
    let scope = Request::of(ctx).scope();
    let user_id = scope.viewer().user()?;
    if !scope.may::<user::Entity>(user_id, Action::Update).await? {
        return Err(UserError::not_allowed("newPassword").into());
    }
    let mut mistakes = Mistakes::default();
    mistakes.password("newPassword", &new_password);
    mistakes.check()?;
    let wrong = || UserError::new(UserErrorCode::InvalidCredentials, "This is not the password.").at("currentPassword");
    let account = account(ctx, "id", user_id.into())
        .await?
        .ok_or(Failure::Unauthenticated)?;
    if !is_right(ctx, Some(&account), "", current_password).await? {
        return Err(wrong().into());
    }
    let passwords = passwords(ctx)?;
    let about = about(&account.email, &account.name);
    let hash = passwords.hash(passwords.place()?, "newPassword", new_password, about);
    let hash = hash.await?;
    let (scope, ()) = write(ctx, async move |tx: Tx| {
        let same = user::Entity::find_by_id(user_id).filter(user::Column::PasswordHash.eq(account.hash));
        tx.find_locked(same).await?.pop().ok_or_else(wrong)?;
        let changes = user::ActiveModel {
            id: Set(user_id),
            password_hash: Set(Some(hash)),
            ..Default::default()
        };
        tx.update(changes, Action::Update, None).await?;
        record(&tx, user_id, Failures::default()).await?;
        tx.audit(Audit::of_account(user_id, "account.password_change"));
        mail_token::use_up(&tx, user_id, MailKind::PasswordReset).await?;
        token::end_all(&tx, user_id, tx.viewer().session_id).await?;
        Ok(())
    })
    .await?;
    Ok(UserPayload {
        user: scope.record(user_id).await?,
        ..Default::default()
    })
}
