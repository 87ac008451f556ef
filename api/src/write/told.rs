//! A change of one row and what goes along with it: its row of the change feed, and the row of another table that belongs
//! to it. Where the database can, one statement does it all, for nobody waits for the answers of the others.
use super::{Tx, named_column};
use crate::{
    access::{Guarded, id_column},
    error::{Failure, Refusal},
    node::Named,
    scope::new_id,
    sql::Dialect,
};
use entity::{
    Changes, Row,
    change_event::{self, Column},
    enums::ChangeOperation,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set, Unchanged},
    ColumnTrait, EntityTrait, Iterable, ModelTrait, PrimaryKeyToColumn, QueryTrait, StatementBuilder, Value,
    sea_query::{
        Asterisk, CommonTableExpression, Expr, InsertStatement, Query, SubQueryStatement, UpdateStatement, WithClause,
        WithQuery,
    },
};
use std::sync::PoisonError;

/// A row of the change feed, and whether it is stored.
pub(super) struct Event {
    pub(super) row: change_event::ActiveModel,
    pub(super) is_stored: bool,
}

/// A row that is stored in the way it needs.
pub(super) enum Put {
    Insert(InsertStatement),
    Update(UpdateStatement),
}

impl Put {
    /// The statement that stores a row; none where nothing of it is set. As everywhere in sea-orm, a row was read when
    /// its key is unchanged.
    pub(super) fn of<A: ActiveModelTrait + Changes>(row: A) -> Option<Self> {
        let (mut update, mut is_changed) = (Query::update(), false);
        update.table(A::Entity::default());
        for key in <A::Entity as EntityTrait>::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column) {
            let Unchanged(value) = row.get(key) else {
                return Some(Self::Insert(A::Entity::insert(row).into_query()));
            };
            update.and_where(key.eq(value));
        }
        let mut changes = row.changes();
        for column in <A::Entity as EntityTrait>::Column::iter() {
            if let Set(value) = changes.take(column) {
                update.value(column, column.save_as(Expr::val(value)));
                is_changed = true;
            }
        }
        is_changed.then_some(Self::Update(update))
    }
}

impl From<Put> for SubQueryStatement {
    fn from(put: Put) -> Self {
        match put {
            Put::Insert(insert) => insert.into(),
            Put::Update(update) => update.into(),
        }
    }
}

impl Tx {
    /// Tells the change feed of a change to `row`.
    pub fn emit<E: Guarded + Named>(&self, row: &E::Model, operation: ChangeOperation) {
        self.told::<E>(self.event::<E>(operation), row, false);
    }

    /// Stores a row that is part of another, without a word in the change feed: a new one is inserted, of one that was
    /// read the columns that are set since are changed, if any.
    pub async fn put<A: ActiveModelTrait + Changes>(&self, row: A) -> Result<(), Refusal> {
        match Put::of(row) {
            Some(put) => self.store(put).await,
            None => Ok(()),
        }
    }

    async fn store(&self, put: Put) -> Result<(), Refusal> {
        match put {
            Put::Insert(insert) => self.session.execute(&insert).await?,
            Put::Update(update) => self.session.execute(&update).await?,
        };
        Ok(())
    }

    /// The row that a statement inserts or changes and returns, none where it finds none; `beside` is stored before it.
    /// Of the last of all that a change does the row is known as it will be: PostgreSQL commits it at once.
    pub(super) async fn tell<E, S>(
        &self,
        statement: S,
        operation: ChangeOperation,
        beside: Option<Put>,
        last: Option<E::Model>,
    ) -> Result<Option<E::Model>, Refusal>
    where
        E: Guarded + Named,
        S: StatementBuilder + Into<SubQueryStatement>,
    {
        let event = self.event::<E>(operation);
        let (rows, is_stored) = match self.dialect() {
            Dialect::Postgres => {
                let all = together::<E>(statement.into(), &event, beside)?;
                let rows = match last {
                    Some(_) => self.session.returning_and_commit(&all).await?,
                    None => self.session.returning(&all).await?,
                };
                (rows, true)
            }
            Dialect::Sqlite => {
                if let Some(put) = beside {
                    self.store(put).await?;
                }
                (self.session.returning(&statement).await?, false)
            }
        };
        let Some(row) = rows.first() else { return Ok(None) };
        let row = last.map_or_else(|| Row::read(row), Ok)?;
        self.told::<E>(event, &row, is_stored);
        Ok(Some(row))
    }

    /// What the change feed says of any row.
    fn event<E: Named>(&self, operation: ChangeOperation) -> change_event::ActiveModel {
        change_event::ActiveModel {
            id: Set(new_id()),
            program_id: NotSet,
            athlete_id: NotSet,
            user_id: Set(self.viewer.user_id),
            node_type: Set(E::NAME.to_owned()),
            node_id: NotSet,
            operation: Set(operation),
            created_at: Set(self.now()),
        }
    }

    fn told<E: Guarded + Named>(&self, event: change_event::ActiveModel, row: &E::Model, is_stored: bool) {
        let [node, program, athlete] = places::<E>().map(|place| match place.map(|column| row.get(column)) {
            Some(Value::Uuid(id)) => id,
            _ => None,
        });
        let Some(node) = node else { return };
        let row = change_event::ActiveModel {
            program_id: Set(program),
            athlete_id: Set(athlete),
            node_id: Set(node),
            ..event
        };
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(Event { row, is_stored });
    }
}

/// Where a row holds its id, its program's and its athlete's.
pub(super) fn places<E: Guarded + Named>() -> [Option<E::Column>; 3] {
    let id = Some(id_column::<E>());
    let place = |node: &str, name: &str| if E::NAME == node { id } else { named_column::<E>(name) };
    [id, place("Program", "program_id"), place("Athlete", "athlete_id")]
}

/// One statement that makes a change, stores what the change feed says of the row it returns, and a row beside it.
fn together<E: Guarded + Named>(
    change: SubQueryStatement,
    event: &change_event::ActiveModel,
    beside: Option<Put>,
) -> Result<WithQuery, Failure> {
    let (mut columns, mut told) = (Vec::new(), Query::select());
    told.from("changed");
    for (column, place) in [Column::NodeId, Column::ProgramId, Column::AthleteId]
        .into_iter()
        .zip(places::<E>())
    {
        if let Some(place) = place {
            columns.push(column);
            told.column(place);
        }
    }
    for column in Column::iter() {
        if let Set(value) = event.get(column) {
            columns.push(column);
            told.expr(column.save_as(Expr::val(value)));
        }
    }
    let mut feed = Query::insert();
    feed.into_table(change_event::Entity).columns(columns);
    feed.select_from(told).map_err(|_| Failure::Internal)?;
    let mut all = WithClause::new();
    let parts = [
        ("changed", Some(change)),
        ("told", Some(feed.into())),
        ("beside", beside.map(Into::into)),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            let mut cte = CommonTableExpression::new();
            cte.table_name(name).query(part);
            all.cte(cte);
        }
    }
    let mut query = WithQuery::new();
    query
        .with_clause(all)
        .query(Query::select().column(Asterisk).from("changed").take());
    Ok(query)
}
