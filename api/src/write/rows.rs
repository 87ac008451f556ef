//! One row at a time: inserted, changed, removed, each with its row in the change feed.
use super::{
    Audit, Tx, named_column,
    told::{Put, places},
};
use crate::{
    access::{Action, Guarded, allowed, id_column},
    error::{Failure, Refusal},
    node::Named,
    payload::{UserError, UserErrorCode},
};
use entity::{Changes, enums::ChangeOperation};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, EntityTrait, IdenStatic, IntoActiveModel, Iterable,
    ModelTrait, QueryTrait, SqlErr, Value,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr, UpdateStatement},
};
use uuid::Uuid;

impl Tx {
    /// Inserts a row and tells the change feed.
    pub async fn insert<A>(&self, row: A) -> Result<<A::Entity as EntityTrait>::Model, Refusal>
    where
        A: ActiveModelTrait,
        A::Entity: Guarded + Named,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let mut query = A::Entity::insert(row).into_query();
        query.returning_all();
        let row = self
            .tell::<A::Entity, _>(query, ChangeOperation::Created, None, None)
            .await?;
        Ok(row.ok_or(Failure::Internal)?)
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
        let query = self
            .change(&changes, id, guard, expected_version)
            .returning_all()
            .take();
        let changed = self.tell::<A::Entity, _>(query, ChangeOperation::Updated, None, None);
        if let Some(model) = changed.await? {
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
        self.followed(changes, None, None).await
    }

    /// As `follow`, and stores a row that is part of the one that follows, as `put` does.
    pub async fn follow_with<A, B>(&self, changes: A, part: B) -> Result<<A::Entity as EntityTrait>::Model, Refusal>
    where
        A: ActiveModelTrait,
        A::Entity: Guarded + Named,
        B: ActiveModelTrait + Changes,
    {
        self.followed(changes, Put::of(part), None).await
    }

    /// As `follow_with`, as the last of all that the change does: PostgreSQL is sent the commit along with it. `row` is as
    /// this change has locked it. The answer shows it with its changes, and does not read it again: the viewer must have
    /// been allowed to read it, and still be.
    pub fn end_with<A, B>(&self, row: <A::Entity as EntityTrait>::Model, changes: A, part: B)
    where
        A: ActiveModelTrait + Send + 'static,
        A::Entity: Guarded + Named,
        B: ActiveModelTrait + Changes,
    {
        let beside = Put::of(part);
        self.do_last(async move |tx: Tx| {
            let row = tx.followed(changes, beside, Some(row)).await?;
            tx.answers_with::<A::Entity>(row);
            Ok(())
        });
    }

    async fn followed<A>(
        &self,
        changes: A,
        beside: Option<Put>,
        last: Option<<A::Entity as EntityTrait>::Model>,
    ) -> Result<<A::Entity as EntityTrait>::Model, Refusal>
    where
        A: ActiveModelTrait,
        A::Entity: Guarded + Named,
    {
        let Some(Value::Uuid(Some(id))) = changes.get(id_column::<A::Entity>()).into_value() else {
            return Err(Failure::Internal.into());
        };
        let mut query = self.change(&changes, id, Expr::val(true), None);
        let last = match last {
            Some(row) => {
                let mut told: Vec<_> = places::<A::Entity>().into_iter().flatten().collect();
                // What is told of an athlete is in one column twice.
                told.sort_by_key(IdenStatic::as_str);
                told.dedup_by_key(|column| column.as_str());
                query.returning(Query::returning().columns(told));
                Some(self.changed(row, &changes)?)
            }
            None => {
                query.returning_all();
                None
            }
        };
        let changed = self
            .tell::<A::Entity, _>(query, ChangeOperation::Updated, beside, last)
            .await?;
        Ok(changed.ok_or(Failure::Internal)?)
    }

    /// A locked row as `change` makes it.
    fn changed<A: ActiveModelTrait<Entity: Guarded>>(
        &self,
        mut row: <A::Entity as EntityTrait>::Model,
        changes: &A,
    ) -> Result<<A::Entity as EntityTrait>::Model, Refusal> {
        if let Some(column) = named_column::<A::Entity>("updated_at") {
            row.try_set(column, self.now().into())?;
        }
        if let Some(column) = named_column::<A::Entity>("version")
            && let Value::Int(Some(version)) = row.get(column)
        {
            row.try_set(column, (version + 1).into())?;
        }
        for column in <A::Entity as EntityTrait>::Column::iter() {
            if let ActiveValue::Set(value) = changes.get(column) {
                row.try_set(column, value)?;
            }
        }
        Ok(row)
    }

    fn change<A: ActiveModelTrait<Entity: Guarded>>(
        &self,
        changes: &A,
        id: Uuid,
        guard: SimpleExpr,
        expected_version: Option<i32>,
    ) -> UpdateStatement {
        let id_column = id_column::<A::Entity>();
        let mut query = Query::update();
        query
            .table(A::Entity::default())
            .and_where(id_column.eq(id))
            .and_where(guard);
        for column in <A::Entity as EntityTrait>::Column::iter() {
            if let ActiveValue::Set(value) = changes.get(column)
                && column.as_str() != id_column.as_str()
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
        query
    }

    /// Removes a row and tells the change feed and the audit log.
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
        if let Some(audit) = Audit::of_removal::<E>(&row) {
            self.audit(audit);
        }
        Ok(())
    }

    /// Removes rows that are parts of another, such as the members of a list, without a word in the change feed.
    pub async fn delete_rows<E: EntityTrait>(&self, condition: Condition) -> Result<u64, Refusal> {
        let query = Query::delete().from_table(E::default()).cond_where(condition).take();
        Ok(self.session.execute(&query).await?)
    }

    /// Sets columns of many rows by one statement, without a word in the change feed.
    pub async fn update_rows(&self, update: &UpdateStatement) -> Result<u64, Refusal> {
        Ok(self.session.execute(update).await?)
    }

    /// Puts one row in the place of the one with the same key, or inserts it; without a word in the change feed.
    pub async fn upsert<A: ActiveModelTrait>(
        &self,
        row: A,
        key: &[<A::Entity as EntityTrait>::Column],
    ) -> Result<(), Refusal> {
        let is_key = |column: &<A::Entity as EntityTrait>::Column| key.iter().any(|k| k.as_str() == column.as_str());
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
}
