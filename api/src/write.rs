//! The only way to change anything: one transaction, begun for writing, in a task of its own so that a client that
//! leaves does not cancel it half way. Every change is guarded, checks the version the client read, writes its row of
//! the change feed, and is made once for an idempotency key.
use crate::{
    access::*,
    error::{Failure, Refusal},
    node::{self, Named},
    payload::{UserError, UserErrorCode},
    scope::{Request, Scope, new_id},
    sql::Dialect,
};
use async_graphql::{Context, ID};
use chrono::{DateTime, Utc};
use entity::{change_event, enums::ChangeOperation, idempotency_record};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, FromQueryResult, Iden, IntoActiveModel, Iterable, ModelTrait, QueryFilter, QuerySelect,
    QueryTrait, Select, SqlErr, Value,
    sea_query::{Expr, ExprTrait, LockType, OnConflict, Query, SelectStatement},
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// An open write transaction on behalf of a viewer.
#[derive(Clone)]
pub struct Tx {
    session: Arc<Session>,
    viewer: Arc<Viewer>,
    events: Arc<Mutex<Vec<change_event::ActiveModel>>>,
}

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
            hash.update(value.to_string());
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

/// Runs `job` in a write transaction and starts a new scope, in which what it did can be seen.
///
/// # Errors
/// What the job refuses; nothing is changed then.
pub async fn write<O, F, Fut>(ctx: &Context<'_>, job: F) -> Result<(Arc<Scope>, O), Refusal>
where
    O: Send + 'static,
    F: FnOnce(Tx) -> Fut + Send + 'static,
    Fut: Future<Output = Result<O, Refusal>> + Send,
{
    let request = Request::of(ctx);
    request.scope().viewer().user()?;
    let outcome = request.scope().write(job).await?;
    Ok((request.renew().await?, outcome))
}

/// As `write`, for the few mutations by which somebody gets in: it asks for no viewer, and runs as the anonymous, to whom
/// every guard says no. The job itself proves who is there, by a secret that came with the input. No new scope starts:
/// `Request::sign_in` does that, with the token that the job made.
///
/// # Errors
/// What the job refuses; nothing is changed then.
pub async fn write_anonymous<O, F, Fut>(ctx: &Context<'_>, job: F) -> Result<O, Refusal>
where
    O: Send + 'static,
    F: FnOnce(Tx) -> Fut + Send + 'static,
    Fut: Future<Output = Result<O, Refusal>> + Send,
{
    let scope = Request::of(ctx).scope();
    let nobody = Viewer::anonymous(scope.db().dialect, scope.now());
    Scope::new(scope.db().clone(), nobody).write(job).await
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

impl Scope {
    /// Runs `job` in a write transaction; commits when it succeeds.
    ///
    /// # Errors
    /// What the job refuses.
    pub async fn write<O, F, Fut>(&self, job: F) -> Result<O, Refusal>
    where
        O: Send + 'static,
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<O, Refusal>> + Send,
    {
        let (db, viewer) = (self.db().clone(), Arc::new(self.viewer().clone()));
        let task = tokio::spawn(async move {
            let tx = Tx {
                session: Arc::new(db.begin().await?),
                viewer,
                events: Arc::default(),
            };
            let outcome = job(tx.clone()).await?;
            tx.flush().await?;
            Arc::try_unwrap(tx.session)
                .map_err(|_| Failure::Internal)?
                .commit()
                .await?;
            Ok(outcome)
        });
        task.await.unwrap_or(Err(Refusal::Failure(Failure::Internal)))
    }
}

impl Tx {
    /// Who changes.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The moment of the change.
    pub fn now(&self) -> DateTime<Utc> {
        self.viewer.now
    }

    /// The database written to.
    pub fn dialect(&self) -> Dialect {
        self.viewer.dialect
    }

    /// The row that a client's id names, locked until the end, if the viewer may do `action` to it. `path` is the
    /// field of the input that holds the id.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist or is not visible, `NOT_ALLOWED` when it is visible.
    pub async fn lock<E: Guarded + Named>(&self, id: &ID, action: Action, path: &str) -> Result<E::Model, Refusal> {
        let id = node::parse::<E>(id).ok_or_else(|| UserError::not_found(E::NAME, path))?;
        self.lock_id::<E>(id, action, path).await
    }

    /// As `lock`, by the id that the database knows.
    ///
    /// # Errors
    /// As `lock`.
    pub async fn lock_id<E: Guarded + Named>(&self, id: Uuid, action: Action, path: &str) -> Result<E::Model, Refusal> {
        self.guarded::<E>(id, action, path, true).await
    }

    /// As `lock`, for a row that is referred to and not changed.
    ///
    /// # Errors
    /// As `lock`.
    pub async fn read<E: Guarded + Named>(&self, id: &ID, action: Action, path: &str) -> Result<E::Model, Refusal> {
        let id = node::parse::<E>(id).ok_or_else(|| UserError::not_found(E::NAME, path))?;
        self.guarded::<E>(id, action, path, false).await
    }

    async fn guarded<E: Guarded + Named>(
        &self,
        id: Uuid,
        action: Action,
        path: &str,
        is_locked: bool,
    ) -> Result<E::Model, Refusal> {
        let column = id_column::<E>();
        let mut query = E::find().filter(column.eq(id)).into_query();
        query
            .and_where(allowed::<E>(&self.viewer, Action::Read))
            .expr_as(allowed::<E>(&self.viewer, action), "is_allowed");
        if is_locked && self.dialect() == Dialect::Postgres {
            query.lock(LockType::NoKeyUpdate);
        }
        let rows = self.session.query(&query).await?;
        let row = rows.first().ok_or_else(|| UserError::not_found(E::NAME, path))?;
        if !row.try_get::<bool>("", "is_allowed")? {
            return Err(UserError::not_allowed(path).into());
        }
        Ok(E::Model::from_query_result(row, "")?)
    }

    /// The rows that clients' ids name, in their order; every one that is missing or not permitted is told.
    ///
    /// # Errors
    /// As `lock`, with the item's place.
    pub async fn read_all<E: Guarded + Named>(
        &self,
        ids: &[ID],
        action: Action,
        path: &str,
    ) -> Result<Vec<E::Model>, Refusal> {
        let keys: Vec<Option<Uuid>> = ids.iter().map(node::parse::<E>).collect();
        let known: Vec<Uuid> = keys.iter().flatten().copied().collect();
        let column = id_column::<E>();
        let mut query = E::find()
            .filter(self.dialect().among((E::default(), column), &known))
            .into_query();
        query
            .and_where(allowed::<E>(&self.viewer, Action::Read))
            .expr_as(allowed::<E>(&self.viewer, action), "is_allowed");
        let mut found = std::collections::HashMap::new();
        for row in self.session.query(&query).await? {
            let model = E::Model::from_query_result(&row, "")?;
            if let Value::Uuid(Some(id)) = model.get(column) {
                found.insert(id, (model, row.try_get::<bool>("", "is_allowed")?));
            }
        }
        let mut errors = Vec::new();
        let mut models = Vec::new();
        for (index, key) in keys.into_iter().enumerate() {
            match key.and_then(|id| found.get(&id)) {
                Some((model, true)) => models.push(model.clone()),
                Some((_, false)) => errors.push(UserError::not_allowed(path).item(index)),
                None => errors.push(UserError::not_found(E::NAME, path).item(index)),
            }
        }
        if errors.is_empty() {
            Ok(models)
        } else {
            Err(Refusal::Errors(errors))
        }
    }

    /// Rows that a job needs besides those the viewer named. The guard was asked when the job's own row was locked;
    /// what is found here must stay inside that row's program.
    pub async fn find<E: EntityTrait>(&self, select: Select<E>) -> Result<Vec<E::Model>, Refusal> {
        let rows = self.session.query(&select.into_query()).await?;
        Ok(rows
            .iter()
            .map(|row| E::Model::from_query_result(row, ""))
            .collect::<Result<_, _>>()?)
    }

    /// As `find`, locking the rows until the end.
    pub async fn find_locked<E: EntityTrait>(&self, select: Select<E>) -> Result<Vec<E::Model>, Refusal> {
        match self.dialect() {
            Dialect::Postgres => self.find(select.lock(LockType::NoKeyUpdate)).await,
            Dialect::Sqlite => self.find(select).await,
        }
    }

    /// As `find`, for at most one row.
    pub async fn find_one<E: EntityTrait>(&self, select: Select<E>) -> Result<Option<E::Model>, Refusal> {
        Ok(self.find(select.limit(1)).await?.into_iter().next())
    }

    /// Has the database believe, until the end, that what rows refer to is there: for rows in bulk that were made
    /// together with what they refer to.
    pub(crate) async fn trust_references(&self) -> Result<(), Refusal> {
        if let Some(statement) = self.dialect().trust_references() {
            self.session.execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Figures over the rows of `select`, whose columns are replaced by those of `shape`; bounds as in `find`.
    pub async fn figures<E: EntityTrait, F: FromQueryResult>(
        &self,
        select: Select<E>,
        shape: impl FnOnce(&mut SelectStatement),
    ) -> Result<Vec<F>, Refusal> {
        let mut query = select.into_query();
        query.clear_selects();
        shape(&mut query);
        let rows = self.session.query(&query).await?;
        Ok(rows
            .iter()
            .map(|row| F::from_query_result(row, ""))
            .collect::<Result<_, _>>()?)
    }

    /// Whether there is a row of `select`; bounds as in `find`.
    pub async fn exists<E: EntityTrait>(&self, select: Select<E>) -> Result<bool, Refusal> {
        let query = select.limit(1).into_query().clear_selects().expr(Expr::val(1)).take();
        Ok(!self.session.query(&query).await?.is_empty())
    }

    /// Inserts rows by one statement for each thousand or so, without a word in the change feed.
    pub async fn insert_rows<A>(&self, rows: Vec<A>) -> Result<(), Refusal>
    where
        A: ActiveModelTrait,
    {
        // SQLite binds at most 32,766 values; PostgreSQL takes a column as one.
        let width = <A::Entity as EntityTrait>::Column::iter().count().max(1);
        let most = match self.dialect() {
            Dialect::Postgres => 1_000,
            Dialect::Sqlite => (32_000 / width).min(1_000),
        };
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<A> = rows.by_ref().take(most).collect();
            match self.dialect().columnwise(&chunk) {
                Some(statement) => self.session.execute_raw(statement).await?,
                None => {
                    self.session
                        .execute(&A::Entity::insert_many(chunk).into_query())
                        .await?
                }
            };
        }
        Ok(())
    }

    /// Inserts a row and tells the change feed.
    pub async fn insert<A>(&self, row: A) -> Result<<A::Entity as EntityTrait>::Model, Refusal>
    where
        A: ActiveModelTrait,
        A::Entity: Guarded + Named,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let mut query = A::Entity::insert(row).into_query();
        query.returning_all();
        let rows = self.session.returning(&query).await?;
        let model = <A::Entity as EntityTrait>::Model::from_query_result(rows.first().ok_or(Failure::Internal)?, "")?;
        self.emit::<A::Entity>(&model, ChangeOperation::Created);
        Ok(model)
    }

    /// Changes a row by one statement that asks the guard and the version again: `changes` holds the id and what to
    /// set. The version goes up by one and `updated_at` to now where the table has them.
    ///
    /// # Errors
    /// `VERSION_CONFLICT` when `expected_version` is not the stored one; `NOT_FOUND` and `NOT_ALLOWED` as in `lock`.
    pub async fn update<A>(
        &self,
        changes: A,
        action: Action,
        expected_version: Option<i32>,
    ) -> Result<<A::Entity as EntityTrait>::Model, Refusal>
    where
        A: ActiveModelTrait,
        A::Entity: Guarded + Named,
    {
        let id_column = id_column::<A::Entity>();
        let Some(Value::Uuid(Some(id))) = changes.get(id_column).into_value() else {
            return Err(Failure::Internal.into());
        };
        let guard = allowed::<A::Entity>(&self.viewer, action);
        if let Some(model) = self.change(changes, id, guard, expected_version).await? {
            return Ok(model);
        }
        let row = self.guarded::<A::Entity>(id, action, "id", false).await?;
        let version = named_column::<A::Entity>("version").map(|column| row.get(column));
        let mut error = UserError::new(UserErrorCode::VersionConflict, "The record changed since you read it.")
            .at("expectedVersion");
        if let Some(Value::Int(current)) = version {
            error.current_version = current;
        }
        Err(error.into())
    }

    /// As `update`, without asking the guard, for rows that follow from a row the viewer was allowed to change.
    pub async fn follow<A>(&self, changes: A) -> Result<<A::Entity as EntityTrait>::Model, Refusal>
    where
        A: ActiveModelTrait,
        A::Entity: Guarded + Named,
    {
        let Some(Value::Uuid(Some(id))) = changes.get(id_column::<A::Entity>()).into_value() else {
            return Err(Failure::Internal.into());
        };
        let changed = self.change(changes, id, Expr::val(true), None).await?;
        Ok(changed.ok_or(Failure::Internal)?)
    }

    async fn change<A>(
        &self,
        changes: A,
        id: Uuid,
        guard: sea_orm::sea_query::SimpleExpr,
        expected_version: Option<i32>,
    ) -> Result<Option<<A::Entity as EntityTrait>::Model>, Refusal>
    where
        A: ActiveModelTrait,
        A::Entity: Guarded + Named,
    {
        let id_column = id_column::<A::Entity>();
        let mut query = Query::update();
        query
            .table(A::Entity::default())
            .and_where(id_column.eq(id))
            .and_where(guard)
            .returning_all();
        for column in <A::Entity as EntityTrait>::Column::iter() {
            if let sea_orm::ActiveValue::Set(value) = changes.get(column)
                && column.to_string() != id_column.to_string()
            {
                query.value(column, column.save_as(Expr::val(value)));
            }
        }
        if let Some(column) = named_column::<A::Entity>("updated_at") {
            query.value(column, self.now());
        }
        if let Some(column) = named_column::<A::Entity>("version") {
            if !changes.get(column).is_set() {
                query.value(column, Expr::col(column).add(1));
            }
            if let Some(version) = expected_version {
                query.and_where(column.eq(version));
            }
        }
        let rows = self.session.returning(&query).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let model = <A::Entity as EntityTrait>::Model::from_query_result(row, "")?;
        self.emit::<A::Entity>(&model, ChangeOperation::Updated);
        Ok(Some(model))
    }

    /// Removes a row and tells the change feed.
    ///
    /// # Errors
    /// `IN_USE` when other rows refer to it.
    pub async fn delete<E: Guarded + Named>(&self, row: E::Model) -> Result<(), Refusal> {
        let id = row.get(id_column::<E>());
        let query = Query::delete()
            .from_table(E::default())
            .and_where(id_column::<E>().eq(id))
            .take();
        self.session
            .execute(&query)
            .await
            .map_err(|error| match error.sql_err() {
                Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                    UserError::in_use("Other records refer to it.").into()
                }
                _ => Refusal::from(error),
            })?;
        self.emit::<E>(&row, ChangeOperation::Deleted);
        Ok(())
    }

    /// Removes rows that are parts of another, such as the members of a list, without a word in the change feed.
    pub async fn delete_rows<E: EntityTrait>(&self, condition: sea_orm::Condition) -> Result<u64, Refusal> {
        let query = Query::delete().from_table(E::default()).cond_where(condition).take();
        Ok(self.session.execute(&query).await?.rows_affected())
    }

    /// Sets columns of many rows by one statement, without a word in the change feed.
    pub async fn update_rows(&self, update: &sea_orm::sea_query::UpdateStatement) -> Result<u64, Refusal> {
        Ok(self.session.execute(update).await?.rows_affected())
    }

    /// Puts one row in the place of the one with the same key, or inserts it; without a word in the change feed.
    pub async fn upsert<A: ActiveModelTrait>(
        &self,
        row: A,
        key: &[<A::Entity as EntityTrait>::Column],
    ) -> Result<(), Refusal> {
        let is_key =
            |column: &<A::Entity as EntityTrait>::Column| key.iter().any(|k| k.to_string() == column.to_string());
        let others = <A::Entity as EntityTrait>::Column::iter()
            .filter(|column| !is_key(column) && row.get(*column).is_set())
            .collect::<Vec<_>>();
        let query = A::Entity::insert(row)
            .on_conflict(
                OnConflict::columns(key.iter().copied())
                    .update_columns(others)
                    .to_owned(),
            )
            .into_query();
        self.session.execute(&query).await?;
        Ok(())
    }

    /// Writes the change feed's row for a change to `row`.
    pub fn emit<E: Guarded + Named>(&self, row: &E::Model, operation: ChangeOperation) {
        let id_in = |name: &str| match named_column::<E>(name).map(|column| row.get(column)) {
            Some(Value::Uuid(id)) => id,
            _ => None,
        };
        let node_id = match row.get(id_column::<E>()) {
            Value::Uuid(Some(id)) => id,
            _ => return,
        };
        let is_program = E::NAME == "Program";
        let event = change_event::ActiveModel {
            id: Set(new_id()),
            program_id: Set(if is_program { Some(node_id) } else { id_in("program_id") }),
            athlete_id: Set(if E::NAME == "Athlete" {
                Some(node_id)
            } else {
                id_in("athlete_id")
            }),
            user_id: Set(self.viewer.user_id),
            node_type: Set(E::NAME.to_owned()),
            node_id: Set(node_id),
            operation: Set(operation),
            created_at: Set(self.now()),
        };
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    async fn flush(&self) -> Result<(), Refusal> {
        let events = std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        self.insert_rows(events).await
    }

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
        if self.session.execute(&query).await?.rows_affected() == 1 {
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

fn named_column<E: EntityTrait>(name: &str) -> Option<E::Column> {
    E::Column::iter().find(|column| column.to_string() == name)
}
