//! Athletes: people who train, with an account or without.
use super::{
    benchmark::{Benchmark, BenchmarkHistory, InForce, Kinds},
    roster_entry::{AthleteEntries, RosterEntry, in_groups, with_statuses},
};
use crate::{
    access::*,
    auth::user::User,
    error::{Failure, Nullable},
    history::{
        list::{self, AthleteTrainingSessionFilter, AthleteTrainingSessionOrder},
        session::AthleteTrainingSession,
        trend::{self, TrendBucket, TrendMetric, TrendPoint},
    },
    load::Relation,
    node,
    organization::{program::Program, season::TeamSeason},
    page::{Connection, DateRange, DateTimeRange, OrderDirection, Ordered, Page, order},
    print::{List, One},
    record, relation,
    scalar::Date,
    scope::Scope,
    sql,
    sql::bare,
    words::{self, BenchmarkKind, RosterStatus},
};
use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    athlete::{Column, Entity, Model},
    roster_entry, team_season,
};
use plain::Object;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// A person who trains in one program; linked to an account when they sign in.
    Athlete = athlete
}

/// A person who trains in one program; linked to an account when they sign in. Teammates see the name and the groups of
/// their season; what else there is, is for staff of the athlete's teams and the athlete.
#[Object]
impl Athlete {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Training history, planned and done, newest day first unless ordered otherwise; empty without leave to see it.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn training_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which sessions to keep.")] filter: Option<AthleteTrainingSessionFilter>,
        #[graphql(desc = "In which order.", default)] order_by: AthleteTrainingSessionOrder,
    ) -> Result<Connection<AthleteTrainingSession>, Failure> {
        list::sessions_of_athlete(ctx, self.0.id, first, after, last, before, filter, order_by).await
    }

    /// History summed up by day, week or month: one point for each stretch that the range touches, at most 732.
    async fn trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to sum up.")] metric: TrendMetric,
        #[graphql(desc = "Days to cover, both ends given, at most two years.")] range: DateRange,
        #[graphql(
            desc = "How wide a stretch is; weeks begin on Monday.",
            default_with = "TrendBucket::Week"
        )]
        bucket: TrendBucket,
        #[graphql(desc = "Only this sport.")] sport: Option<words::Sport>,
    ) -> Result<List<TrendPoint>, Failure> {
        trend::trend(ctx, self.0.id, metric, range, bucket, sport).await
    }

    /// Goes up with every change; send it back as `expectedVersion` to be told when somebody else was faster.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change the record.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Whether the viewer may assign training to the athlete.
    async fn viewer_can_assign(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Assign).await
    }

    /// Whether the viewer may read the athlete's health data.
    async fn viewer_can_view_health(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::ViewHealth).await
    }

    /// Given name.
    async fn first_name(&self) -> &str {
        &self.0.first_name
    }

    /// Family name.
    async fn last_name(&self) -> &str {
        &self.0.last_name
    }

    /// Given name and family name, as lists show them.
    async fn display_name(&self) -> String {
        format!("{} {}", self.0.first_name, self.0.last_name)
    }

    /// The organization that the athlete trains in.
    async fn program(&self, ctx: &Context<'_>) -> Result<One<Program>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.program_id).await
    }

    /// The athlete's account; null without one, and for teammates.
    async fn user(&self, ctx: &Context<'_>) -> Nullable<User> {
        self.account(ctx).await.into()
    }

    /// When the record was put away; null while it is in use, and for teammates.
    async fn archived_at(&self, ctx: &Context<'_>) -> Nullable<DateTime<Utc>> {
        self.private(ctx, |row| row.archived_at).await.into()
    }

    /// Last day in the program, after a transfer; null for who trains here, and for teammates.
    async fn left_on(&self, ctx: &Context<'_>) -> Nullable<Date> {
        self.private(ctx, |row| row.left_on.map(Date)).await.into()
    }

    /// Key of the athlete in another system; null for teammates.
    async fn external_id(&self, ctx: &Context<'_>) -> Nullable<String> {
        self.private(ctx, |row| row.external_id.clone()).await.into()
    }

    /// Places on rosters, the latest first. Teammates see those of the seasons that they share.
    async fn roster_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<RosterEntry>, Failure> {
        let page = Page::new(first, after, last, before)?.ordered(1, OrderDirection::Desc);
        Scope::of(ctx).children::<AthleteEntries, _>(self.0.id, page, ()).await
    }

    /// The season that the athlete trains in today, by the program's time zone; of several the one that began last.
    /// Null for teammates.
    async fn primary_team_season(&self, ctx: &Context<'_>) -> Nullable<TeamSeason> {
        self.season_of_today(ctx).await.into()
    }

    /// Thresholds, maxima and race times in force on a day: of each sort the latest that began by then. Requires
    /// VIEW_TRAINING; athletes read their own.
    async fn benchmarks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of these kinds; all when omitted.")] kinds: Option<Vec<BenchmarkKind>>,
        #[graphql(desc = "The day; today in the program's time zone when omitted.")] on: Option<Date>,
    ) -> Result<List<Benchmark>, Failure> {
        self.benchmarks_on(ctx, kinds, on).await
    }

    /// All benchmarks of one kind, the latest first. Requires VIEW_TRAINING; athletes read their own.
    async fn benchmark_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was measured.")] kind: BenchmarkKind,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<Benchmark>, Failure> {
        let page = Page::new(first, after, last, before)?.ordered(0, OrderDirection::Desc);
        let kinds = Kinds(Some(vec![kind]));
        Scope::of(ctx)
            .children::<BenchmarkHistory, _>(self.0.id, page, kinds)
            .await
    }

    /// When the record was created; null for teammates.
    async fn created_at(&self, ctx: &Context<'_>) -> Nullable<DateTime<Utc>> {
        self.private(ctx, |row| Some(row.created_at)).await.into()
    }

    /// When the record was last changed; null for teammates.
    async fn updated_at(&self, ctx: &Context<'_>) -> Nullable<DateTime<Utc>> {
        self.private(ctx, |row| Some(row.updated_at)).await.into()
    }
}

impl Athlete {
    async fn private<T>(&self, ctx: &Context<'_>, value: impl Fn(&Model) -> Option<T>) -> Result<Option<T>, Failure> {
        let may_read = Scope::of(ctx).may::<Entity>(self.0.id, Action::ReadPrivate).await?;
        Ok(may_read.then(|| value(&self.0)).flatten())
    }

    async fn account(&self, ctx: &Context<'_>) -> Result<Option<User>, Failure> {
        let user = self.private(ctx, |row| row.user_id).await?;
        Scope::of(ctx).record_if(user).await
    }

    async fn season_of_today(&self, ctx: &Context<'_>) -> Result<Option<TeamSeason>, Failure> {
        let scope = Scope::of(ctx);
        if !scope.may::<Entity>(self.0.id, Action::ReadPrivate).await? {
            return Ok(None);
        }
        let today = scope.today_of(self.0.program_id).await?;
        let entries = scope.all::<AthleteEntries>(self.0.id).await?;
        let current = entries.iter().filter(|entry| {
            entry.joined_on.is_none_or(|day| day <= today) && entry.left_on.is_none_or(|day| day >= today)
        });
        let seasons = scope.get_all::<team_season::Entity>(current.map(|entry| entry.team_season_id));
        let seasons = seasons.await?.into_iter();
        let latest = seasons
            .filter(|season| season.start_date <= today && season.end_date >= today)
            .max_by_key(|season| (season.start_date, season.id));
        Ok(latest.map(TeamSeason::from))
    }

    async fn benchmarks_on(
        &self,
        ctx: &Context<'_>,
        kinds: Option<Vec<BenchmarkKind>>,
        on: Option<Date>,
    ) -> Result<List<Benchmark>, Failure> {
        let scope = Scope::of(ctx);
        let day = match on {
            Some(Date(day)) => day,
            None => scope.today_of(self.0.program_id).await?,
        };
        let mut rows = scope.rows(InForce::on(self.0.id, day, Kinds(kinds))).await?.to_vec();
        rows.sort_by_key(|row| (row.kind, row.lift, row.effective_from, row.id));
        Ok(rows.into_iter().map(Benchmark::from).collect())
    }
}

/// A name as lists are ordered by it and searched in it: family name first.
pub fn sort_name(first_name: &str, last_name: &str) -> String {
    sql::folded(&format!("{last_name} {first_name}"))
}

/// Which athletes.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AthleteFilter {
    /// On the roster of any of these seasons.
    pub team_season_ids: Option<Vec<ID>>,
    /// In any of these groups.
    pub event_group_ids: Option<Vec<ID>>,
    /// With any of these states on a roster that the other conditions keep; only where the viewer may read the state.
    pub roster_statuses: Option<Vec<RosterStatus>>,
    /// Only those who train here now, or only those who left or were archived; only where the viewer may read that.
    pub is_active: Option<bool>,
    /// Whose name has each of these words in it.
    pub search: Option<String>,
    /// Changed in this time; only where the viewer may read that.
    pub updated_at: Option<DateTimeRange>,
}

order! {
    /// By what athletes are sorted.
    AthleteOrderField {
        /// Family name, then given name.
        Name,
        /// Last change; lists those alone of whom the viewer may read it.
        UpdatedAt,
    }
    /// How athletes are sorted.
    AthleteOrder = Name Asc
}

impl AthleteFilter {
    /// As it is, but what a list is sorted by must be readable: an order tells as much as the value.
    #[must_use]
    pub fn sorted(mut self, order: AthleteOrder) -> Self {
        if order.field == AthleteOrderField::UpdatedAt {
            self.updated_at.get_or_insert_default();
        }
        self
    }
}

/// Athletes of a program.
pub struct ProgramAthletes;

impl Relation for ProgramAthletes {
    type Child = Entity;
    type Filter = AthleteFilter;
    const COLUMN: Column = Column::ProgramId;

    fn keep(filter: &AthleteFilter, viewer: &Viewer) -> Result<Condition, Failure> {
        let mut kept = Condition::all().add_option(on_rosters(filter, viewer));
        if let Some(is_active) = filter.is_active {
            let active = Condition::all()
                .add(Column::LeftOn.is_null())
                .add(Column::ArchivedAt.is_null());
            kept = kept
                .add(allowed::<Entity>(viewer, Action::ReadPrivate))
                .add(if is_active { active } else { active.not() });
        }
        if let Some(text) = &filter.search {
            kept = kept.add(sql::contains_words(own(Column::SortName), text)?);
        }
        if let Some(range) = filter.updated_at {
            kept = kept
                .add(allowed::<Entity>(viewer, Action::ReadPrivate))
                .add_option(range.from.map(|from| Column::UpdatedAt.gte(sql::instant(from))))
                .add_option(range.before.map(|before| Column::UpdatedAt.lt(sql::instant(before))));
        }
        Ok(kept)
    }
}

/// Athletes with a roster entry that seasons, groups and states keep.
fn on_rosters(filter: &AthleteFilter, viewer: &Viewer) -> Option<Condition> {
    if filter.team_season_ids.is_none() && filter.event_group_ids.is_none() && filter.roster_statuses.is_none() {
        return None;
    }
    let seasons = filter.team_season_ids.as_ref().map(|ids| {
        let seasons: Vec<_> = ids.iter().filter_map(node::parse::<team_season::Entity>).collect();
        viewer.dialect.among(own(roster_entry::Column::TeamSeasonId), &seasons)
    });
    let entries = bare::<roster_entry::Entity>()
        .column(roster_entry::Column::AthleteId)
        .filter(allowed::<roster_entry::Entity>(viewer, Action::Read))
        .filter(
            Condition::all()
                .add_option(seasons)
                .add_option(filter.event_group_ids.as_ref().map(|ids| in_groups(ids, viewer)))
                .add_option(
                    filter
                        .roster_statuses
                        .as_ref()
                        .map(|states| with_statuses(states, viewer)),
                ),
        );
    Some(Condition::all().add(Column::Id.in_subquery(entries.into_query())))
}

relation!(/// Athlete records of a person.
    pub OwnAthletes: Entity, Column::UserId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName, Column::UpdatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| viewer.about_athletes(permission, Column::ProgramId, Column::Id);
        let self_or_in_care = viewer.any_of([(own(Column::Id), viewer.own_athletes())]);
        match action {
            Action::Read => self_or_in_care
                .or(viewer.any_of([(own(Column::ProgramId), viewer.programs_staffed())]))
                .or(
                    viewer.subselect(Column::Id, &viewer.teammate_seasons(), |dialect, seasons| {
                        bare::<roster_entry::Entity>()
                            .column(roster_entry::Column::AthleteId)
                            .filter(dialect.among(own(roster_entry::Column::TeamSeasonId), seasons))
                            .into_query()
                    }),
                ),
            Action::ReadPrivate => self_or_in_care.or(reached(Permission::ViewTraining)),
            Action::ViewHealth => viewer
                .any_of([(own(Column::Id), viewer.own_athletes_in_health())])
                .or(reached(Permission::ViewHealth)),
            Action::Update | Action::Delete | Action::ManageRoster => reached(Permission::ManageRoster),
            Action::Assign => reached(Permission::AssignTraining),
            Action::Log => viewer
                .any_of([(own(Column::Id), viewer.logging_athletes())])
                .or(reached(Permission::AssignTraining)),
            _ => Rows::none(),
        }
    }
}
