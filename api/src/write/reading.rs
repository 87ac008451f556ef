//! What a change reads before it writes: rows the viewer may do something to, and rows that follow from them.
use super::Tx;
use crate::{
    access::{Action, Guarded, Viewer, allowed, id_column},
    error::Refusal,
    node::{self, Named},
    payload::UserError,
    sql::{Dialect, bare, list},
};
use async_graphql::ID;
use entity::{Columns, Fetched, Row};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    Statement, Value,
    sea_query::{Asterisk, Expr, LockBehavior, LockType, SelectStatement},
};
use std::marker::PhantomData;
use uuid::Uuid;

impl Tx {
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

    /// As `lock`, with what `beside` finds once the row is locked. It is asked along with it, of an id that may name
    /// nothing the viewer may see: what it finds is then thrown away.
    ///
    /// # Errors
    /// As `lock`.
    pub async fn lock_with<E, A, B>(
        &self,
        id: &ID,
        action: Action,
        path: &str,
        beside: impl FnOnce(Uuid) -> Both<A, B>,
    ) -> Result<(E::Model, Found<A, B>), Refusal>
    where
        E: Guarded + Named,
        A: Guarded,
        B: Guarded,
    {
        let id = node::parse::<E>(id).ok_or_else(|| UserError::not_found(E::NAME, path))?;
        let (query, beside) = (self.guard::<E>(id, action, true), beside(id));
        let (rows, found) = self.session.query_both(&query, beside.statement).await?;
        Ok((judged::<E>(&rows, path)?, Both::<A, B>::read(&found)?))
    }

    pub(super) async fn guarded<E: Guarded + Named>(
        &self,
        id: Uuid,
        action: Action,
        path: &str,
        is_locked: bool,
    ) -> Result<E::Model, Refusal> {
        let rows = self.session.query(&self.guard::<E>(id, action, is_locked)).await?;
        judged::<E>(&rows, path)
    }

    /// Finds a row that the viewer may read, and whether `action` may be done to it.
    fn guard<E: Guarded>(&self, id: Uuid, action: Action, is_locked: bool) -> SelectStatement {
        let column = id_column::<E>();
        let mut query = judging::<E>(bare().filter(column.eq(id)), &self.viewer, action);
        if is_locked && self.dialect() == Dialect::Postgres {
            query.lock(LockType::NoKeyUpdate);
        }
        query
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
        let named = self.dialect().among((E::default(), column), &known);
        let query = judging::<E>(bare().filter(named), &self.viewer, action);
        let mut found = std::collections::HashMap::new();
        for row in self.session.query(&query).await? {
            let Some(model) = E::Model::read_beside(&row, 1)? else {
                continue;
            };
            if let Value::Uuid(Some(id)) = model.get(column) {
                found.insert(id, (model, row.get::<bool>(0)?));
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
    pub async fn find<E: EntityTrait<Model: Row>>(&self, select: Select<E>) -> Result<Vec<E::Model>, Refusal> {
        let rows = self.session.query(&select.into_query()).await?;
        Ok(rows.iter().map(Row::read).collect::<Result<_, _>>()?)
    }

    /// As `find`, of two tables by one statement.
    pub async fn find_both<A: Guarded, B: Guarded>(&self, both: Both<A, B>) -> Result<Found<A, B>, Refusal> {
        Ok(Both::<A, B>::read(&self.session.query_raw(both.statement).await?)?)
    }

    /// As `find`, locking the rows until the end.
    pub async fn find_locked<E: EntityTrait<Model: Row>>(&self, select: Select<E>) -> Result<Vec<E::Model>, Refusal> {
        match self.dialect() {
            Dialect::Postgres => self.find(select.lock(LockType::NoKeyUpdate)).await,
            Dialect::Sqlite => self.find(select).await,
        }
    }

    /// As `find_locked`, without the rows that others have locked.
    pub async fn find_free<E: EntityTrait<Model: Row>>(&self, select: Select<E>) -> Result<Vec<E::Model>, Refusal> {
        match self.dialect() {
            Dialect::Postgres => {
                let select = select.lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked);
                self.find(select).await
            }
            Dialect::Sqlite => self.find(select).await,
        }
    }

    /// As `find`, for at most one row.
    pub async fn find_one<E: EntityTrait<Model: Row>>(&self, select: Select<E>) -> Result<Option<E::Model>, Refusal> {
        Ok(self.find(select.limit(1)).await?.into_iter().next())
    }

    /// Figures over the rows of `select`, whose columns are replaced by those of `shape`, in their order; bounds as in
    /// `find`.
    pub async fn figures<E: EntityTrait, F: Row>(
        &self,
        select: Select<E>,
        shape: impl FnOnce(&mut SelectStatement),
    ) -> Result<Vec<F>, Refusal> {
        let mut query = select.into_query();
        query.clear_selects();
        shape(&mut query);
        let rows = self.session.query(&query).await?;
        Ok(rows.iter().map(F::read).collect::<Result<_, _>>()?)
    }

    /// Whether there is a row of `select`; bounds as in `find`.
    pub async fn exists<E: EntityTrait>(&self, select: Select<E>) -> Result<bool, Refusal> {
        let query = select.limit(1).into_query().clear_selects().expr(Expr::val(1)).take();
        Ok(!self.session.query(&query).await?.is_empty())
    }
}

/// Whether `action` may be done to rows that the viewer may read, and the rows.
fn judging<E: Guarded>(select: Select<E>, viewer: &Viewer, action: Action) -> SelectStatement {
    let mut query = select.into_query();
    query
        .and_where(allowed::<E>(viewer, Action::Read))
        .expr_as(allowed::<E>(viewer, action), "is_allowed")
        .column((E::default(), Asterisk));
    query
}

/// The row that `guard` found.
fn judged<E: Guarded + Named>(rows: &[Fetched<'_>], path: &str) -> Result<E::Model, Refusal> {
    let not_found = || UserError::not_found(E::NAME, path);
    let row = rows.first().ok_or_else(not_found)?;
    if !row.get::<bool>(0)? {
        return Err(UserError::not_allowed(path).into());
    }
    Ok(E::Model::read_beside(row, 1)?.ok_or_else(not_found)?)
}

/// A query of two tables.
pub struct Both<A, B> {
    statement: Statement,
    tables: PhantomData<(A, B)>,
}

/// Rows of two tables.
pub type Found<A, B> = (Vec<<A as EntityTrait>::Model>, Vec<<B as EntityTrait>::Model>);

impl<A: Guarded, B: Guarded> Both<A, B> {
    /// What each of two selects finds, written by hand, whole rows; `values` are of both.
    pub fn of(dialect: Dialect, one: &str, other: &str, values: impl IntoIterator<Item = Value>) -> Self {
        // By name: a column that a later version adds must not push those of the other aside.
        let columns = list::<A>("one", Columns::ALL);
        let (id, other_id) = (id_column::<A>(), id_column::<B>());
        let (id, other_id) = (id.as_str(), other_id.as_str());
        // Every row of both is in the result, once, beside nulls or, which no id leads to, beside another. Without a
        // condition, or with one that is never true, PostgreSQL would try each row with each.
        let sql = format!(
            "SELECT {columns}, other.* FROM ({one}) AS one FULL OUTER JOIN ({other}) AS other ON one.{id} = other.{other_id}"
        );
        Self {
            statement: dialect.raw(&sql, values),
            tables: PhantomData,
        }
    }

    fn read(rows: &[Fetched<'_>]) -> Result<Found<A, B>, DbErr> {
        let (mut ones, mut others) = (Vec::new(), Vec::new());
        for row in rows {
            ones.extend(A::Model::read_beside(row, 0)?);
            others.extend(B::Model::read_beside(row, A::Column::iter().count())?);
        }
        Ok((ones, others))
    }
}
