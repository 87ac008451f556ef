//! Rows read together with those of a list, by a join in the same statement: what a column of each names.
use super::shelf::AtHand;
use crate::{
    access::*,
    node::{Named, Record},
    page::{Ordered, needed},
    sql::{Dialect, listed},
};
use async_graphql::SelectionField;
use entity::{Columns, Fetched};
use sea_orm::{
    DbErr, EntityTrait,
    sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement, SimpleExpr},
};
use std::sync::Arc;

/// What may stand beside the rows of `E`: the row of another entity whose id one of their columns holds.
pub struct Beside<E: EntityTrait> {
    /// The field of the type that shows it.
    pub(crate) field: &'static str,
    column: E::Column,
    needed: fn(&SelectionField<'_>) -> Columns,
    filter: fn(&Reader) -> Option<SimpleExpr>,
    join: fn(Dialect, &mut SelectStatement, SimpleExpr, SimpleExpr, Columns),
    read: fn(&Fetched<'_>, usize, Columns) -> Result<Option<AtHand>, DbErr>,
}

impl<E: Ordered> Beside<E> {
    /// The row of `T`, which is not `E`, that a link names in `column`; see `Scope::linked`.
    pub const fn linked<T: Guarded + Named>(column: E::Column) -> Self {
        Self::of::<T>(T::NAME, column)
    }

    /// The row of `T`, which is not `E`, whose id `column` holds, for a field of the type: the whole row, for other fields
    /// look at it too.
    pub const fn of<T: Guarded>(field: &'static str, column: E::Column) -> Self {
        Self::new::<T>(field, column, |_| Columns::ALL)
    }

    /// As `of`, as much of the row of an `N` as is selected of the field, which shows it by `Scope::referred`.
    pub const fn part_of<N: Record>(field: &'static str, column: E::Column) -> Self {
        Self::new::<N::Entity>(field, column, needed::<N, N::Entity>)
    }

    const fn new<T: Guarded>(
        field: &'static str,
        column: E::Column,
        needed: fn(&SelectionField<'_>) -> Columns,
    ) -> Self {
        Self {
            field,
            column,
            needed,
            filter: |reader| reader.filter::<T>(Action::Read),
            join: join::<T>,
            read: read::<T>,
        }
    }

    /// The columns of its row that are needed for what is selected of the field.
    pub(crate) fn needed(&self, field: &SelectionField<'_>) -> Columns {
        (self.needed)(field)
    }

    /// Which of the rows the viewer may read; none when there can be none.
    pub(super) fn filter(&self, reader: &Reader) -> Option<SimpleExpr> {
        (self.filter)(reader)
    }

    /// Adds the rows that `filter` keeps to a statement about `E`.
    pub(super) fn join(&self, dialect: Dialect, query: &mut SelectStatement, filter: SimpleExpr, columns: Columns) {
        let id = Expr::col((E::default(), self.column));
        (self.join)(dialect, query, id, filter, columns);
    }

    /// What stands beside a row, from a column on.
    pub(super) fn read(&self, row: &Fetched<'_>, first: usize, columns: Columns) -> Result<Option<AtHand>, DbErr> {
        (self.read)(row, first, columns)
    }
}

fn join<T: Guarded>(
    dialect: Dialect,
    query: &mut SelectStatement,
    id: SimpleExpr,
    filter: SimpleExpr,
    columns: Columns,
) {
    let listed = listed::<T>(T::default().table_name(), columns);
    let named = Expr::col((T::default(), id_column::<T>())).eq(id).and(filter);
    match dialect {
        // Looked up row by row. PostgreSQL would rather read a table of a few thousand rows whole, those of all programs.
        Dialect::Postgres => {
            let mut one = Query::select();
            one.expr(listed.clone()).from(T::default()).and_where(named).limit(1);
            query.join_lateral(JoinType::LeftJoin, one, T::default(), Expr::cust("TRUE"))
        }
        Dialect::Sqlite => query.join(JoinType::LeftJoin, T::default(), named),
    };
    query.expr(listed);
}

fn read<T: Guarded>(row: &Fetched<'_>, first: usize, columns: Columns) -> Result<Option<AtHand>, DbErr> {
    let row = <T::Model as entity::Row>::read_some_beside(row, first, columns)?.map(Arc::new);
    Ok(row.map(|row| -> AtHand {
        match columns {
            Columns::ALL => Arc::new(move |scope| scope.prime::<T>(row.clone())),
            _ => Arc::new(move |scope| scope.prime_part::<T>(row.clone(), columns)),
        }
    }))
}
