//! The viewer: who asks, with all that rules depend on.
use super::{ApiScope, Permission, Reach, Rows, own};
use crate::{
    error::Failure,
    sql::{Dialect, bare},
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::enums::{HealthAccess, ProgramRole};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait, Value,
    sea_query::{Expr, ExprTrait, IntoColumnRef, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

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

/// The API token that a request came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInUse {
    /// The `api_token` row.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
}

/// Who asks. Plain data: memberships are read once, cut down to the scopes of the token, and never changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Viewer {
    /// The person; none for the anonymous.
    pub user_id: Option<Uuid>,
    /// The session that the access token belongs to; none for API tokens.
    pub session_id: Option<Uuid>,
    /// The API token; none when signed in with a password.
    pub api_token: Option<TokenInUse>,
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
            api_token: None,
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

    /// Own athlete records, for reading health data.
    pub fn own_athletes_in_health(&self) -> Vec<Uuid> {
        if self.has_scope(ApiScope::ReadHealth) {
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

    /// Seasons of the viewer's teammates, for reading what they train.
    pub fn training_seasons(&self) -> Vec<Uuid> {
        if self.has_scope(ApiScope::ReadTraining) {
            self.athlete_seasons.clone()
        } else {
            Vec::new()
        }
    }

    /// Rows about athletes whom a permission reaches: by program, by the rosters of the member's teams, by the groups
    /// coached. Who once trained with a team can still be read about there; everything else needs a place that lasts.
    pub fn about_athletes<C: ColumnTrait>(&self, permission: Permission, program: C, athlete: C) -> Rows {
        use entity::{event_group_member, roster_entry};
        let left_on = || Expr::col(own(roster_entry::Column::LeftOn));
        let lasting = match permission {
            Permission::ViewTraining => Condition::all(),
            _ => Condition::any()
                .add(left_on().is_null())
                .add(left_on().gte(self.today())),
        };
        self.any_of([(own(program), self.programs(permission))])
            .or(self.subselect(athlete, &self.seasons(permission), |dialect, seasons| {
                bare::<roster_entry::Entity>()
                    .column(roster_entry::Column::AthleteId)
                    .filter(dialect.among(own(roster_entry::Column::TeamSeasonId), seasons))
                    .filter(lasting.clone())
                    .into_query()
            }))
            .or(self.subselect(athlete, &self.groups(permission), |dialect, groups| {
                bare::<event_group_member::Entity>()
                    .column(event_group_member::Column::AthleteId)
                    .filter(dialect.among(own(event_group_member::Column::EventGroupId), groups))
                    .into_query()
                    .inner_join(
                        roster_entry::Entity,
                        own(event_group_member::Column::RosterEntryId).equals(own(roster_entry::Column::Id)),
                    )
                    .cond_where(lasting.clone())
                    .take()
            }))
    }

    /// Rows in which any of the columns holds one of its ids. Empty lists leave no arm.
    pub fn any_of<C: IntoColumnRef>(&self, arms: impl IntoIterator<Item = (C, Vec<Uuid>)>) -> Rows {
        let arms = arms.into_iter().filter(|(_, ids)| !ids.is_empty());
        Rows(arms.map(|(column, ids)| self.dialect.among(column, &ids)).collect())
    }

    /// `column` is one of `words`, as `E` has them; nothing where none are named.
    pub fn any_named<W: Copy + Into<E>, E: Into<Value>>(
        &self,
        column: impl ColumnTrait,
        words: &Option<Vec<W>>,
    ) -> Option<SimpleExpr> {
        let words = words.as_ref()?.iter().copied();
        Some(self.dialect.any_of::<E>(column, words))
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
