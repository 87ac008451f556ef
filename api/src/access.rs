//! Who is asking, and which rows they may do what to. One pure function beside each type answers both "may I?" and
//! "which?"; the connection is private to this module, so that nothing is read or changed without asking it.
use crate::{error::Failure, sql::Dialect};
use chrono::{DateTime, NaiveDate, Utc};
use entity::enums::{HealthAccess, ProgramRole};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, ExecResult,
    FromQueryResult, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait, QueryFilter, QueryResult, QuerySelect, QueryTrait,
    Select, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    sea_query::{ColumnRef, Expr, ExprTrait, IntoColumnRef, SelectStatement, SimpleExpr},
};
use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicU64, Ordering},
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

/// A capability that a role grants in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Change the organization itself.
    ManageProgram,
    /// See and change what is paid for.
    ManageBilling,
    /// Invite, change and remove members.
    ManageMembers,
    /// Read who changed what.
    ViewAuditLog,
    /// Change teams, seasons, groups and rosters.
    ManageRoster,
    /// Have plans generated.
    UseAi,
    /// Create, move and cancel practices.
    ManagePractices,
    /// Compose workouts and their building blocks.
    ComposeWorkouts,
    /// Assign training, override it and publish it.
    AssignTraining,
    /// Record who came.
    RecordAttendance,
    /// Read sessions, benchmarks and zones.
    ViewTraining,
    /// Record injuries, illness and absence.
    ManageAvailability,
    /// Read health data.
    ViewHealth,
    /// Every member: that the program, its teams and its people exist.
    Belong,
}

/// How far a permission reaches inside a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    Nothing,
    /// The whole program.
    Program,
    /// The member's teams; the program for a member with no teams named.
    Teams,
    /// The event groups that the member coaches.
    Groups,
}

impl Permission {
    /// Every permission that clients are told about.
    pub const ALL: [Self; 13] = [
        Self::ManageProgram,
        Self::ManageBilling,
        Self::ManageMembers,
        Self::ViewAuditLog,
        Self::ManageRoster,
        Self::UseAi,
        Self::ManagePractices,
        Self::ComposeWorkouts,
        Self::AssignTraining,
        Self::RecordAttendance,
        Self::ViewTraining,
        Self::ManageAvailability,
        Self::ViewHealth,
    ];

    /// The table of the domain rules: how far a role reaches.
    fn reach(self, role: ProgramRole, health: HealthAccess) -> Reach {
        use {Permission as P, ProgramRole as R};
        match (self, role) {
            (P::Belong, _) => Reach::Program,
            (_, R::Athlete) => Reach::Nothing,
            (P::ViewHealth, R::Owner) if health == HealthAccess::MedicalStaffOnly => Reach::Nothing,
            (_, R::Owner) => Reach::Program,
            (P::ManageProgram | P::ManageBilling, _) => Reach::Nothing,
            (P::ManageMembers | P::ViewAuditLog, R::HeadCoach) => Reach::Program,
            (P::ManageRoster | P::UseAi | P::ManagePractices, R::HeadCoach) => Reach::Teams,
            (P::ManageMembers | P::ViewAuditLog | P::ManageRoster | P::UseAi | P::ManagePractices, _) => Reach::Nothing,
            (P::ComposeWorkouts, R::HeadCoach | R::AssistantCoach) => Reach::Program,
            (P::AssignTraining, R::HeadCoach) => Reach::Teams,
            (P::AssignTraining, R::AssistantCoach) => Reach::Groups,
            (P::ComposeWorkouts | P::AssignTraining, R::AthleticTrainer) => Reach::Nothing,
            (P::RecordAttendance, _) => Reach::Program,
            (P::ViewTraining, _) => Reach::Teams,
            (P::ManageAvailability, R::HeadCoach | R::AthleticTrainer) => Reach::Program,
            (P::ManageAvailability, R::AssistantCoach) => Reach::Nothing,
            (P::ViewHealth, R::AthleticTrainer) => Reach::Teams,
            (P::ViewHealth, R::HeadCoach) if health != HealthAccess::MedicalStaffOnly => Reach::Teams,
            (P::ViewHealth, R::AssistantCoach) if health == HealthAccess::AllStaff => Reach::Teams,
            (P::ViewHealth, R::HeadCoach | R::AssistantCoach) => Reach::Nothing,
        }
    }

    /// What a role grants, in the whole program or a part of it.
    pub fn granted(role: ProgramRole, health: HealthAccess) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |permission| permission.reach(role, health) != Reach::Nothing)
    }

    /// The scope that an API token needs to use it.
    fn scope(self) -> ApiScope {
        match self {
            Self::Belong => ApiScope::ReadProgram,
            Self::ViewTraining => ApiScope::ReadTraining,
            Self::ManagePractices | Self::ComposeWorkouts | Self::AssignTraining | Self::RecordAttendance => {
                ApiScope::WriteTraining
            }
            Self::ManageRoster => ApiScope::WriteRoster,
            Self::ViewHealth => ApiScope::ReadHealth,
            Self::ManageProgram
            | Self::ManageBilling
            | Self::ManageMembers
            | Self::ViewAuditLog
            | Self::UseAi
            | Self::ManageAvailability => ApiScope::Admin,
        }
    }
}

/// What an API token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiScope {
    /// Programs, teams, members and the names of athletes; every other scope includes it, since all that can be read
    /// refers to them.
    ReadProgram,
    /// Workouts, practices, benchmarks and training sessions.
    ReadTraining,
    /// Compose, assign, publish and log.
    WriteTraining,
    /// Change teams, seasons, groups and rosters.
    WriteRoster,
    /// What health access is needed for.
    ReadHealth,
    /// Everything its owner may do.
    Admin,
}

impl ApiScope {
    /// Every scope, with the word that the database and the schema know it by.
    pub const WORDS: [(Self, &'static str); 6] = [
        (Self::ReadProgram, "READ_PROGRAM"),
        (Self::ReadTraining, "READ_TRAINING"),
        (Self::WriteTraining, "WRITE_TRAINING"),
        (Self::WriteRoster, "WRITE_ROSTER"),
        (Self::ReadHealth, "READ_HEALTH"),
        (Self::Admin, "ADMIN"),
    ];

    /// The scope that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS
            .into_iter()
            .find_map(|(scope, each)| (each == word).then_some(scope))
    }

    /// The word for a scope.
    pub fn word(self) -> &'static str {
        Self::WORDS
            .into_iter()
            .find_map(|(scope, word)| (scope == self).then_some(word))
            .unwrap_or_default()
    }
}

/// A membership of the viewer, as far as access depends on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    /// The `program_member` row.
    pub id: Uuid,
    /// The program.
    pub program_id: Uuid,
    /// The role in it.
    pub role: ProgramRole,
    /// Who reads health data there.
    pub health_access: HealthAccess,
    /// Teams named for the member; none named means all.
    pub teams: Vec<Uuid>,
    /// Seasons of the teams named.
    pub seasons: Vec<Uuid>,
    /// Event groups coached.
    pub groups: Vec<Uuid>,
}

/// Who asks. Plain data: memberships are read once, cut down to the scopes of the token, and never changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Viewer {
    /// The person; none for the anonymous.
    pub user_id: Option<Uuid>,
    /// The session that the access token belongs to; none for API tokens.
    pub session_id: Option<Uuid>,
    /// Active memberships.
    pub memberships: Vec<Membership>,
    /// Athlete records that are the viewer (SELF) or in the viewer's care (GUARDIAN).
    pub athletes: Vec<Uuid>,
    /// Those of them who have not left.
    pub current_athletes: Vec<Uuid>,
    /// Seasons on whose rosters these athletes are now.
    pub athlete_seasons: Vec<Uuid>,
    /// Programs that these athletes train or trained in.
    pub athlete_programs: Vec<Uuid>,
    /// Scopes of the API token; none when signed in with a password.
    pub scopes: Option<Vec<ApiScope>>,
    /// Program that an API token is confined to; such a token sees no other.
    pub confined_to: Option<Uuid>,
    /// The moment of the request.
    pub now: DateTime<Utc>,
    /// The database that conditions are written for.
    pub dialect: Dialect,
}

impl Viewer {
    /// Nobody: may read and change nothing.
    pub fn anonymous(dialect: Dialect, now: DateTime<Utc>) -> Self {
        Self {
            user_id: None,
            session_id: None,
            memberships: Vec::new(),
            athletes: Vec::new(),
            current_athletes: Vec::new(),
            athlete_seasons: Vec::new(),
            athlete_programs: Vec::new(),
            scopes: None,
            confined_to: None,
            now,
            dialect,
        }
    }

    /// The person who asks.
    ///
    /// # Errors
    /// `Unauthenticated` for the anonymous.
    pub fn user(&self) -> Result<Uuid, Failure> {
        self.user_id.ok_or(Failure::Unauthenticated)
    }

    /// The membership in a program.
    pub fn membership(&self, program_id: Uuid) -> Option<&Membership> {
        self.memberships
            .iter()
            .find(|membership| membership.program_id == program_id)
    }

    /// Whether the token's scopes include `scope`.
    pub fn has_scope(&self, scope: ApiScope) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| match scope {
            ApiScope::ReadProgram => !scopes.is_empty(),
            scope => scopes.contains(&scope) || scopes.contains(&ApiScope::Admin),
        })
    }

    /// Whether the viewer may change the account itself: not by a token without ADMIN, nor by one of a single program.
    pub fn has_account(&self) -> bool {
        self.has_scope(ApiScope::Admin) && self.confined_to.is_none()
    }

    /// How far a permission reaches in the program of a membership.
    pub fn reach(&self, permission: Permission, membership: &Membership) -> Reach {
        if !self.has_scope(permission.scope()) {
            return Reach::Nothing;
        }
        match permission.reach(membership.role, membership.health_access) {
            Reach::Teams if membership.teams.is_empty() => Reach::Program,
            reach => reach,
        }
    }

    fn reaching(&self, permission: Permission, reach: Reach) -> impl Iterator<Item = &Membership> {
        self.memberships
            .iter()
            .filter(move |membership| self.reach(permission, membership) == reach)
    }

    /// Programs in which a permission reaches everything.
    pub fn programs(&self, permission: Permission) -> Vec<Uuid> {
        self.reaching(permission, Reach::Program)
            .map(|membership| membership.program_id)
            .collect()
    }

    /// Programs in which the viewer has a permission at all, however far it reaches.
    pub fn programs_with_any(&self, permission: Permission) -> Vec<Uuid> {
        let some = |membership: &&Membership| self.reach(permission, membership) != Reach::Nothing;
        self.memberships
            .iter()
            .filter(some)
            .map(|membership| membership.program_id)
            .collect()
    }

    /// Seasons that a permission reaches where it is limited to the member's teams.
    pub fn seasons(&self, permission: Permission) -> Vec<Uuid> {
        self.reaching(permission, Reach::Teams)
            .flat_map(|membership| membership.seasons.iter().copied())
            .collect()
    }

    /// Teams that a permission reaches where it is limited to the member's.
    pub fn teams(&self, permission: Permission) -> Vec<Uuid> {
        self.reaching(permission, Reach::Teams)
            .flat_map(|membership| membership.teams.iter().copied())
            .collect()
    }

    /// Event groups that a permission reaches where it is limited to those coached.
    pub fn groups(&self, permission: Permission) -> Vec<Uuid> {
        self.reaching(permission, Reach::Groups)
            .flat_map(|membership| membership.groups.iter().copied())
            .collect()
    }

    /// Programs in which the viewer is staff, for reading who belongs there.
    pub fn programs_staffed(&self) -> Vec<Uuid> {
        let is_staff = |membership: &&Membership| membership.role != ProgramRole::Athlete;
        let programs = self.reaching(Permission::Belong, Reach::Program).filter(is_staff);
        programs.map(|membership| membership.program_id).collect()
    }

    /// Programs in which the viewer is staff, for reading training.
    pub fn staff_programs(&self) -> Vec<Uuid> {
        self.programs_with_any(Permission::ViewTraining)
    }

    /// Own athlete records, for reading training.
    pub fn own_athletes(&self) -> Vec<Uuid> {
        if self.has_scope(ApiScope::ReadTraining) {
            self.athletes.clone()
        } else {
            Vec::new()
        }
    }

    /// Own athlete records that may still log training.
    pub fn logging_athletes(&self) -> Vec<Uuid> {
        if self.has_scope(ApiScope::WriteTraining) {
            self.current_athletes.clone()
        } else {
            Vec::new()
        }
    }

    /// Programs of own athlete records.
    pub fn own_programs(&self) -> Vec<Uuid> {
        if self.has_scope(ApiScope::ReadProgram) {
            self.athlete_programs.clone()
        } else {
            Vec::new()
        }
    }

    /// Seasons of the viewer's teammates.
    pub fn teammate_seasons(&self) -> Vec<Uuid> {
        if self.has_scope(ApiScope::ReadProgram) {
            self.athlete_seasons.clone()
        } else {
            Vec::new()
        }
    }

    /// Rows about athletes whom a permission reaches: by program, by the rosters of the member's teams, by the groups
    /// coached.
    pub fn about_athletes<C: ColumnTrait>(&self, permission: Permission, program: C, athlete: C) -> Rows {
        use entity::{event_group_member, roster_entry};
        self.any_of([(own(program), self.programs(permission))])
            .or(self.subselect(athlete, &self.seasons(permission), |dialect, seasons| {
                roster_entry::Entity::find()
                    .select_only()
                    .column(roster_entry::Column::AthleteId)
                    .filter(dialect.among(own(roster_entry::Column::TeamSeasonId), seasons))
                    .into_query()
            }))
            .or(self.subselect(athlete, &self.groups(permission), |dialect, groups| {
                event_group_member::Entity::find()
                    .select_only()
                    .column(event_group_member::Column::AthleteId)
                    .filter(dialect.among(own(event_group_member::Column::EventGroupId), groups))
                    .into_query()
            }))
    }

    /// Rows in which any of the columns holds one of its ids. Empty lists leave no arm.
    pub fn any_of<C: IntoColumnRef>(&self, arms: impl IntoIterator<Item = (C, Vec<Uuid>)>) -> Rows {
        let arms = arms.into_iter().filter(|(_, ids)| !ids.is_empty());
        Rows(arms.map(|(column, ids)| self.dialect.among(column, &ids)).collect())
    }

    /// Rows whose `column` is in a sub-select; none when `ids`, which the select is about, is empty.
    pub fn subselect<C: ColumnTrait>(
        &self,
        column: C,
        ids: &[Uuid],
        select: impl FnOnce(Dialect, &[Uuid]) -> SelectStatement,
    ) -> Rows {
        let arm = || Expr::col(own(column)).in_subquery(select(self.dialect, ids));
        Rows(if ids.is_empty() { Vec::new() } else { vec![arm()] })
    }

    /// Today in UTC; a program's own day is asked where it matters.
    pub fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }
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
pub trait Guarded: EntityTrait<PrimaryKey: PrimaryKeyTrait<ValueType = Uuid>, Model: Send + Sync> {
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

/// The database. Reads go through `Reader` and writes through `Tx`; both ask `Guarded` first.
#[derive(Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    /// Which database it is.
    pub dialect: Dialect,
    statements: Arc<AtomicU64>,
    rows: Arc<AtomicU64>,
    reads: Arc<OnceLock<Mutex<Vec<Statement>>>>,
}

impl Db {
    /// A database read through one pool and written through another, which may be the same.
    pub fn new(reader: DatabaseConnection, writer: DatabaseConnection) -> Self {
        let dialect = Dialect::of(&reader);
        Self {
            reader,
            writer,
            dialect,
            statements: Arc::default(),
            rows: Arc::default(),
            reads: Arc::default(),
        }
    }

    /// Statements sent and rows read since the start, BEGIN and COMMIT among them.
    pub fn spent(&self) -> (u64, u64) {
        (
            self.statements.load(Ordering::Relaxed),
            self.rows.load(Ordering::Relaxed),
        )
    }

    /// The guarded reads since the last call, from the first call on: for tests that look at the plans of statements.
    pub fn reads(&self) -> Vec<Statement> {
        let reads = self.reads.get_or_init(Mutex::default);
        std::mem::take(&mut *reads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self, rows: usize) {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Rows of a hand-written statement about the viewer itself: tokens and memberships, read before there is anyone
    /// to ask about access.
    pub(crate) async fn identify(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = self.reader.query_all_raw(statement).await?;
        self.count(rows.len());
        Ok(rows)
    }

    /// Begins the one kind of write transaction: immediate on SQLite, so that it cannot fail half way for a lock.
    pub(crate) async fn begin(&self) -> Result<Session, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let transaction = self.writer.begin_with_options(options).await?;
        self.count(0);
        Ok(Session {
            transaction,
            db: self.clone(),
        })
    }

    /// Closes the pools; used when the server stops.
    pub async fn close(self) {
        for pool in [self.reader, self.writer] {
            if let Err(error) = pool.close().await {
                tracing::warn!(error = crate::sql::without_values(&error), "closing the database");
            }
        }
    }
}

/// Guarded reads on behalf of one viewer.
#[derive(Clone)]
pub struct Reader {
    db: Db,
    viewer: Arc<Viewer>,
}

impl Reader {
    /// Reads of `viewer`.
    pub fn new(db: Db, viewer: Arc<Viewer>) -> Self {
        Self { db, viewer }
    }

    /// On whose behalf.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The rows of `select` that the viewer may do `action` to.
    pub async fn rows<E: Guarded>(&self, select: Select<E>, action: Action) -> Result<Vec<E::Model>, Failure> {
        let Some(guard) = E::allows(&self.viewer, action).condition() else {
            return Ok(Vec::new());
        };
        self.run::<E::Model>(&select.filter(guard).into_query()).await
    }

    /// The first slice of each parent's rows; see `Dialect::slices`.
    pub(crate) async fn slices<E: Guarded>(
        &self,
        select: Select<E>,
        column: E::Column,
        parents: &[Uuid],
    ) -> Result<Vec<E::Model>, Failure> {
        let Some(guard) = E::allows(&self.viewer, Action::Read).condition() else {
            return Ok(Vec::new());
        };
        self.run::<E::Model>(&self.db.dialect.slices(select.filter(guard), column, parents))
            .await
    }

    /// Figures over the rows of `select` that the viewer may do `action` to: its columns are replaced by `columns`.
    pub async fn figures<E: Guarded, F: FromQueryResult + Send + Sync>(
        &self,
        select: Select<E>,
        action: Action,
        shape: impl FnOnce(&mut SelectStatement),
    ) -> Result<Vec<F>, Failure> {
        let Some(guard) = E::allows(&self.viewer, action).condition() else {
            return Ok(Vec::new());
        };
        let mut query = select.filter(guard).into_query();
        query.clear_selects();
        shape(&mut query);
        self.run::<F>(&query).await
    }

    async fn run<F: FromQueryResult>(&self, query: &SelectStatement) -> Result<Vec<F>, Failure> {
        let statement = self.db.dialect.statement(query);
        if let Some(reads) = self.db.reads.get() {
            reads
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(statement.clone());
        }
        let rows = self.db.reader.query_all_raw(statement).await?;
        self.db.count(rows.len());
        Ok(rows
            .iter()
            .map(|row| F::from_query_result(row, ""))
            .collect::<Result<_, _>>()?)
    }
}

/// An open write transaction. `write.rs` wraps it; nothing else sees it.
pub(crate) struct Session {
    transaction: DatabaseTransaction,
    db: Db,
}

impl Session {
    pub(crate) async fn query(&self, query: &SelectStatement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = self.transaction.query_all_raw(self.db.dialect.statement(query)).await?;
        self.db.count(rows.len());
        Ok(rows)
    }

    pub(crate) async fn returning<S: sea_orm::StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let rows = self.transaction.query_all(statement).await?;
        self.db.count(rows.len());
        Ok(rows)
    }

    pub(crate) async fn execute<S: sea_orm::StatementBuilder>(&self, statement: &S) -> Result<ExecResult, DbErr> {
        self.db.count(0);
        self.transaction.execute(statement).await
    }

    pub(crate) async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.count(0);
        self.transaction.execute_raw(statement).await
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.db.count(0);
        self.transaction.commit().await
    }
}
