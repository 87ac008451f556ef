//! Seasons of a team: the scope of rosters and practices.
use super::{program::Program, team::Team};
use crate::{
    access::*,
    error::{Failure, Refusal},
    history::{
        day,
        list::{self, AthleteTrainingSessionFilter, AthleteTrainingSessionOrder},
        session::AthleteTrainingSession,
    },
    load::Relation,
    node,
    page::{Connection, Ordered, Page, order},
    patch::Patch,
    payload,
    payload::{Mistakes, UserError},
    practices::practice::{PracticeSession, PracticeSessionFilter, PracticeSessionOrder, PracticesOfSeason},
    print::{List, One},
    record,
    roster::{
        copy,
        event_group::{EventGroup, EventGroups},
        roster_entry::{RosterEntry, RosterEntryFilter, RosterEntryOrder, SeasonEntries},
    },
    scalar::Date,
    scope::{Scope, new_id},
    sql::{bare, folded},
    words::TeamSeasonStatus,
    write::{Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use entity::{
    enums, program, roster_entry, team,
    team_season::{ActiveModel, Column, Entity},
};
use plain::Object;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// One season of a team; the scope of rosters and practices.
    TeamSeason = team_season
}

/// One season of a team; the scope of rosters and practices.
#[Object]
impl TeamSeason {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Goes up with every change; send it back as `expectedVersion` to be told when somebody else was faster.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change the season, its groups and its roster.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Whether the viewer may create, move and cancel practices of the season.
    async fn viewer_can_manage_practices(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::ManagePractices).await
    }

    /// The organization that the season belongs to.
    async fn program(&self, ctx: &Context<'_>) -> Result<One<Program>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.program_id).await
    }

    /// The team whose season it is.
    async fn team(&self, ctx: &Context<'_>) -> Result<One<Team>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.team_id).await
    }

    /// What people call the season, such as "Outdoor 2027".
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// First day.
    async fn start_date(&self) -> Date {
        Date(self.0.start_date)
    }

    /// Last day.
    async fn end_date(&self) -> Date {
        Date(self.0.end_date)
    }

    /// Whether it is being prepared, under way, over or put away, as staff has set it.
    async fn status(&self) -> TeamSeasonStatus {
        self.0.status.into()
    }

    /// Groups that train together, at most 100, in the order that staff gave them.
    async fn event_groups(&self, ctx: &Context<'_>) -> Result<List<EventGroup>, Failure> {
        let groups = Scope::of(ctx).all::<EventGroups>(self.0.id).await?;
        Ok(groups.iter().cloned().map(EventGroup::from).collect())
    }

    /// The athletes of the season, by name. Athletes see it in seasons that they are on the roster of.
    #[expect(clippy::too_many_arguments, reason = "the arguments are the API's")]
    async fn roster(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which places; all when omitted.")] filter: Option<RosterEntryFilter>,
        #[graphql(desc = "In which order.", default)] order_by: RosterEntryOrder,
    ) -> Result<Connection<RosterEntry>, Failure> {
        let page = Page::new(first, after, last, before)?
            .sorted(order_by)
            .selected::<RosterEntry>(ctx);
        Scope::of(ctx)
            .children::<SeasonEntries, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// Training of everybody in the season, newest day first unless ordered otherwise; athletes see their own.
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
        list::sessions_of_season(ctx, self.0.id, first, after, last, before, filter, order_by).await
    }

    /// Practices of the season, earliest first unless ordered otherwise; athletes see those that were published.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn practice_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which practices to keep.")] filter: Option<PracticeSessionFilter>,
        #[graphql(desc = "In which order.", default)] order_by: PracticeSessionOrder,
    ) -> Result<Connection<PracticeSession>, Failure> {
        let page = Page::new(first, after, last, before)?
            .sorted(order_by)
            .selected::<PracticeSession>(ctx);
        Scope::of(ctx)
            .children::<PracticesOfSeason, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// Which seasons.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[graphql(name = "TeamSeasonFilter")]
pub struct SeasonFilter {
    /// Of any of these teams.
    pub team_ids: Option<Vec<ID>>,
    /// In any of these states.
    pub statuses: Option<Vec<TeamSeasonStatus>>,
    /// That this day falls in.
    pub active_on: Option<Date>,
}

impl SeasonFilter {
    fn condition(&self, viewer: &Viewer) -> Condition {
        let mut kept = Condition::all();
        if let Some(ids) = &self.team_ids {
            let teams: Vec<_> = ids.iter().filter_map(node::parse::<team::Entity>).collect();
            kept = kept.add(viewer.dialect.among(own(Column::TeamId), &teams));
        }
        kept = kept.add_option(viewer.any_named::<_, enums::TeamSeasonStatus>(Column::Status, &self.statuses));
        if let Some(Date(day)) = self.active_on {
            kept = kept.add(Column::StartDate.lte(day)).add(Column::EndDate.gte(day));
        }
        kept
    }
}

order! {
    /// By what seasons are sorted.
    TeamSeasonOrderField {
        /// First day.
        StartDate,
        /// Alphabetically.
        Name,
    }
    /// How seasons are sorted.
    TeamSeasonOrder = StartDate Desc
}

/// Seasons of a program.
pub struct ProgramSeasons;

impl Relation for ProgramSeasons {
    type Child = Entity;
    type Filter = SeasonFilter;
    const COLUMN: Column = Column::ProgramId;

    fn keep(filter: &SeasonFilter, viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(filter.condition(viewer))
    }
}

/// Seasons of a team.
pub struct TeamSeasons;

impl Relation for TeamSeasons {
    type Child = Entity;
    type Filter = SeasonFilter;
    const COLUMN: Column = Column::TeamId;

    fn keep(filter: &SeasonFilter, viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(filter.condition(viewer))
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::StartDate, Column::SortName];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| {
            viewer.any_of([
                (own(Column::ProgramId), viewer.programs(permission)),
                (own(Column::Id), viewer.seasons(permission)),
            ])
        };
        match action {
            // Athletes keep seeing the seasons that their own entries name, over or left ones too.
            Action::Read => viewer
                .any_of([
                    (own(Column::ProgramId), viewer.programs_staffed()),
                    (own(Column::Id), viewer.teammate_seasons()),
                ])
                .or(
                    viewer.subselect(Column::Id, &viewer.own_athletes(), |dialect, athletes| {
                        bare::<roster_entry::Entity>()
                            .column(roster_entry::Column::TeamSeasonId)
                            .filter(dialect.among(own(roster_entry::Column::AthleteId), athletes))
                            .into_query()
                    }),
                ),
            Action::Update | Action::Delete | Action::ManageRoster => reached(Permission::ManageRoster),
            Action::ManagePractices => reached(Permission::ManagePractices),
            Action::ReadPrivate => reached(Permission::ViewTraining),
            _ => Rows::none(),
        }
    }
}

payload! {
    /// A season as it is now.
    TeamSeasonPayload {
        /// The season; null when it was refused.
        team_season: Option<TeamSeason>,
    }
}

/// A new season of a team.
#[derive(InputObject)]
pub struct TeamSeasonCreateInput {
    /// Key made by the client; a retry with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// Who competes in it.
    pub team_id: ID,
    /// What people call the season; at most 200 characters, used by no other season of the team.
    pub name: String,
    /// First day.
    pub start_date: Date,
    /// Last day, at most two years after the first.
    pub end_date: Date,
    /// Season of the same program whose groups, with their coaches, and active athletes are copied.
    pub copy_roster_from_team_season_id: Option<ID>,
}

/// Changes to a season; what is omitted stays.
#[derive(InputObject)]
pub struct TeamSeasonUpdateInput {
    /// The season.
    pub id: ID,
    /// Version that was read; refused with `VERSION_CONFLICT` when the season changed since.
    pub expected_version: Option<i32>,
    /// What people call the season; at most 200 characters, used by no other season of the team.
    pub name: Option<String>,
    /// First day.
    pub start_date: Option<Date>,
    /// Last day, at most two years after the first.
    pub end_date: Option<Date>,
    /// Whether it is being prepared, under way, over or put away.
    pub status: Option<TeamSeasonStatus>,
}

fn check_days(mistakes: &mut Mistakes, start: NaiveDate, end: NaiveDate) {
    mistakes.range("startDate", start.year(), 1950, 2200);
    if end < start || (end - start).num_days() > 731 {
        let message = "A season ends on or after its first day, and within two years.";
        mistakes.add(UserError::new(crate::payload::UserErrorCode::OutOfRange, message).at("endDate"));
    }
}

fn status_on(today: NaiveDate, start: NaiveDate, end: NaiveDate) -> enums::TeamSeasonStatus {
    if today < start {
        enums::TeamSeasonStatus::Planned
    } else if today <= end {
        enums::TeamSeasonStatus::Active
    } else {
        enums::TeamSeasonStatus::Completed
    }
}

impl TeamSeason {
    /// Makes a season, with a copy of another's groups and roster when asked.
    pub async fn create(ctx: &Context<'_>, input: TeamSeasonCreateInput) -> Result<TeamSeasonPayload, Refusal> {
        let TeamSeasonCreateInput {
            idempotency_key,
            team_id,
            name,
            start_date: Date(start_date),
            end_date: Date(end_date),
            copy_roster_from_team_season_id,
        } = input;
        let mut mistakes = Mistakes::default();
        mistakes.text("name", &name, 200);
        check_days(&mut mistakes, start_date, end_date);
        mistakes.check()?;
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let team = tx
                .lock::<team::Entity>(&team_id, Action::ManageRoster, "teamId")
                .await?;
            let program = tx.find_one(program::Entity::find_by_id(team.program_id)).await?;
            let today = day::local_day(tx.now(), day::zone(&program.ok_or(Failure::Internal)?.timezone));
            let row = ActiveModel {
                id: Set(new_id()),
                program_id: Set(team.program_id),
                team_id: Set(team.id),
                sort_name: Set(folded(&name)),
                name: Set(name.trim().to_owned()),
                start_date: Set(start_date),
                end_date: Set(end_date),
                status: Set(status_on(today, start_date, end_date)),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
                ..Default::default()
            };
            let season = tx.insert(row).await?;
            if let Some(source) = copy_roster_from_team_season_id {
                copy::roster(&tx, &source, &season).await?;
            }
            Ok(season.id)
        })
        .await?;
        Ok(TeamSeasonPayload {
            team_season: scope.record(id).await?,
            ..Default::default()
        })
    }

    /// Changes a season.
    pub async fn update(ctx: &Context<'_>, input: TeamSeasonUpdateInput) -> Result<TeamSeasonPayload, Refusal> {
        let TeamSeasonUpdateInput {
            id,
            expected_version,
            name,
            start_date,
            end_date,
            status,
        } = input;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let row = tx.lock::<Entity>(&id, Action::Update, "id").await?;
            let mut mistakes = Mistakes::default();
            if let Some(name) = &name {
                mistakes.text("name", name, 200);
            }
            let (start, end) = (
                start_date.map_or(row.start_date, |day| day.0),
                end_date.map_or(row.end_date, |day| day.0),
            );
            check_days(&mut mistakes, start, end);
            mistakes.check()?;
            let changes = ActiveModel {
                id: Set(row.id),
                sort_name: name.as_deref().map(folded).patch(),
                name: name.map(|name| name.trim().to_owned()).patch(),
                start_date: start_date.patch(),
                end_date: end_date.patch(),
                status: status.map(enums::TeamSeasonStatus::from).patch(),
                ..Default::default()
            };
            Ok(tx.update(changes, Action::Update, expected_version).await?.id)
        })
        .await?;
        Ok(TeamSeasonPayload {
            team_season: scope.record(id).await?,
            ..Default::default()
        })
    }
}
