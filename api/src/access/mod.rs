//! Who is asking, and which rows they may do what to. One pure function beside each type answers both "may I?" and
//! "which?"; the connection is private to `db`, so that nothing is read or changed without asking it.
mod bound;
mod connections;
mod db;
mod file;
mod lines;
mod permission;
mod places;
mod readers;
mod recent;
mod sent;
mod tls;
mod viewer;
mod wire;

pub(crate) use connections::Connections;
pub(crate) use db::Session;
pub use db::{Db, Reader};
pub(crate) use file::Files;
pub use permission::{ApiScope, Permission, Reach};
pub(crate) use readers::Readers;
pub use viewer::{Membership, TokenInUse, Viewer};
pub(crate) use wire::Server;

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait,
    sea_query::{ColumnRef, Expr, ExprTrait, IntoColumnRef, SimpleExpr},
};
use uuid::Uuid;

/// What may be done to a row. Creating is an action on the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// See that it exists, and the fields that everyone who sees it may read.
    Read,
    /// See what staff or the athlete alone sees of it: training, account, roster status.
    ReadPrivate,
    /// Change it.
    Update,
    /// Remove or archive it.
    Delete,
    /// Log what was done.
    Log,
    /// Manage the organization itself.
    ManageProgram,
    /// Invite, change and remove members.
    ManageMembers,
    /// Change teams, seasons, groups and rosters.
    ManageRoster,
    /// Create, move and cancel practices.
    ManagePractices,
    /// Compose workouts and their building blocks.
    Compose,
    /// Assign training, override it and publish it.
    Assign,
    /// Read what health access is needed for.
    ViewHealth,
}

impl Action {
    /// Every action, for the matrix of the tests.
    pub const ALL: [Self; 12] = [
        Self::Read,
        Self::ReadPrivate,
        Self::Update,
        Self::Delete,
        Self::Log,
        Self::ManageProgram,
        Self::ManageMembers,
        Self::ManageRoster,
        Self::ManagePractices,
        Self::Compose,
        Self::Assign,
        Self::ViewHealth,
    ];
}

/// A column with its table's name, as conditions inside sub-selects need it.
pub fn own<C: ColumnTrait>(column: C) -> ColumnRef {
    (column.entity_name(), column).into_column_ref()
}

/// A rule's answer: the rows that fulfil any of its arms. It holds only the arms that the viewer can have, since an OR
/// with arms for everybody would read a whole season where one index entry would do.
#[derive(Clone, Debug, Default)]
pub struct Rows(Vec<SimpleExpr>);

impl Rows {
    /// No rows.
    pub fn none() -> Self {
        Self::default()
    }

    /// Rows that fulfil a condition.
    pub fn all(condition: impl Into<SimpleExpr>) -> Self {
        Self(vec![condition.into()])
    }

    /// These rows and others.
    pub fn or(mut self, mut others: Self) -> Self {
        self.0.append(&mut others.0);
        self
    }

    /// Those of these rows that fulfil a condition too.
    pub fn but_only(self, condition: impl Into<Condition>) -> Self {
        match self.condition() {
            Some(rows) => Self::all(Condition::all().add(condition).add(rows)),
            None => Self::none(),
        }
    }

    /// The arms one by one, for the test that leaves each of them out.
    pub fn arms(self) -> Vec<SimpleExpr> {
        self.0
    }

    /// As a condition; none when there is no arm, so that nothing need be asked.
    pub fn condition(self) -> Option<Condition> {
        (!self.0.is_empty()).then(|| self.0.into_iter().fold(Condition::any(), Condition::add))
    }
}

/// The rows of an entity on which a viewer may act.
pub trait Guarded:
    EntityTrait<PrimaryKey: PrimaryKeyTrait<ValueType = Uuid>, Model: entity::Row + Send + Sync + 'static>
{
    /// The rows that `viewer` may do `action` to. What a rule does not name, nobody may.
    fn allows(viewer: &Viewer, action: Action) -> Rows;
}

/// `E::allows` as an expression that is never null: no arm is false.
pub fn allowed<E: Guarded>(viewer: &Viewer, action: Action) -> SimpleExpr {
    match E::allows(viewer, action).condition() {
        Some(condition) => SimpleExpr::from(condition).if_null(false),
        None => Expr::val(false),
    }
}

/// The primary key column of an entity with an id.
pub fn id_column<E: Guarded>() -> E::Column {
    E::PrimaryKey::iter()
        .next()
        .expect("every entity has a primary key")
        .into_column()
}
