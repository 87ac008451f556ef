//! Once for an idempotency key: a client that sends a change again is told what the first one was.
use super::{Tx, write};
use crate::{
    error::{Failure, Refusal},
    payload::{UserError, UserErrorCode},
    scope::Scope,
};
use async_graphql::Context;
use entity::idempotency_record;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryTrait, Value,
    sea_query::{OnConflict, Query},
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// A change that a client may send twice: the mutation, its key and a hash of its input.
pub struct Once {
    user_id: Uuid,
    mutation: String,
    key: String,
    input_hash: String,
}

impl Once {
    /// The idempotency key of the mutation being resolved, if its input has one.
    ///
    /// # Errors
    /// A key of no or more than 200 characters.
    pub fn of(ctx: &Context<'_>, key: Option<String>) -> Result<Option<Self>, Refusal> {
        let Some(key) = key else { return Ok(None) };
        if key.is_empty() || key.chars().count() > 200 {
            let message = "Give a key of 1 to 200 characters.";
            return Err(UserError::new(UserErrorCode::OutOfRange, message)
                .at("idempotencyKey")
                .into());
        }
        let mut hash = Sha256::new();
        for (name, value) in ctx.field().arguments().map_err(|_| Failure::Internal)? {
            hash.update(name.as_str());
            // JSON objects know their keys by name, in whatever order a client wrote them.
            hash.update(value.into_json().map_err(|_| Failure::Internal)?.to_string());
        }
        let input_hash = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Some(Self {
            user_id: Scope::of(ctx).viewer().user()?,
            mutation: ctx.field().name().to_owned(),
            key,
            input_hash,
        }))
    }
}

/// As `write`, but a second call with the same key and input answers with the first one's outcome.
///
/// # Errors
/// What the job refuses, in which case the key stays free; `IDEMPOTENCY_KEY_REUSED` for another input.
pub async fn write_once<O, F, Fut>(ctx: &Context<'_>, key: Option<String>, job: F) -> Result<(Arc<Scope>, O), Refusal>
where
    O: Serialize + DeserializeOwned + Send + 'static,
    F: FnOnce(Tx) -> Fut + Send + 'static,
    Fut: Future<Output = Result<O, Refusal>> + Send,
{
    let Some(once) = Once::of(ctx, key)? else {
        return write(ctx, job).await;
    };
    write(ctx, async move |tx: Tx| {
        if let Some(outcome) = tx.begin_once(&once).await? {
            return serde_json::from_value(outcome).map_err(|_| Failure::Internal.into());
        }
        let outcome = job(tx.clone()).await?;
        tx.end_once(&once, serde_json::to_value(&outcome).map_err(|_| Failure::Internal)?)
            .await?;
        Ok(outcome)
    })
    .await
}

impl Tx {
    async fn begin_once(&self, once: &Once) -> Result<Option<serde_json::Value>, Refusal> {
        use idempotency_record::{ActiveModel, Column, Entity};
        let own = || {
            sea_orm::Condition::all()
                .add(Column::UserId.eq(once.user_id))
                .add(Column::Mutation.eq(once.mutation.as_str()))
                .add(Column::Key.eq(once.key.as_str()))
        };
        let expired = own().add(Column::CreatedAt.lt(self.now() - chrono::Duration::hours(24)));
        self.delete_rows::<Entity>(expired).await?;
        let row = ActiveModel {
            user_id: Set(once.user_id),
            mutation: Set(once.mutation.clone()),
            key: Set(once.key.clone()),
            input_hash: Set(once.input_hash.clone()),
            outcome: Set(None),
            created_at: Set(self.now()),
        };
        // A second request with the key waits here for the first one to end.
        let query = Entity::insert(row)
            .on_conflict(
                OnConflict::columns([Column::UserId, Column::Mutation, Column::Key])
                    .do_nothing()
                    .to_owned(),
            )
            .into_query();
        if self.session.execute(&query).await? == 1 {
            return Ok(None);
        }
        let first = self
            .find_one(Entity::find().filter(own()))
            .await?
            .ok_or(Failure::Internal)?;
        if first.input_hash != once.input_hash {
            let message = "This key was used before with another input.";
            return Err(UserError::new(UserErrorCode::IdempotencyKeyReused, message)
                .at("idempotencyKey")
                .into());
        }
        Ok(first.outcome.map(|outcome| outcome.0))
    }

    async fn end_once(&self, once: &Once, outcome: serde_json::Value) -> Result<(), Refusal> {
        use idempotency_record::{Column, Entity};
        let query = Query::update()
            .table(Entity)
            .value(Column::Outcome, Value::from(entity::Json(outcome)))
            .and_where(Column::UserId.eq(once.user_id))
            .and_where(Column::Mutation.eq(once.mutation.as_str()))
            .and_where(Column::Key.eq(once.key.as_str()))
            .take();
        self.session.execute(&query).await?;
        Ok(())
    }
}
