//! Lists of sessions: of an athlete, and of everybody in a season.
use super::{session::AthleteTrainingSession, status::TrainingSessionStatus};
use crate::{
    access::*,
    error::Failure,
    load::Relation,
    node,
    page::{Connection, DateRange, DateTimeRange, Page, order},
    scope::Scope,
    sql::bare,
    words,
};
use async_graphql::{Context, ID, InputObject};
use entity::{
    athlete,
    athlete_training_session::{Column, Entity},
    athlete_training_session_group as session_group, enums, event_group, team_season,
};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

/// Which training sessions to keep. Conditions hold together; of a list any item.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AthleteTrainingSessionFilter {
    /// Planned for these days; leaves out what was logged without a plan.
    pub scheduled: Option<DateRange>,
    /// Counting for these days: planned for them or, without a plan, done on them.
    pub dates: Option<DateRange>,
    /// Done or given up between these instants.
    pub completed_at: Option<DateTimeRange>,
    /// From any of these sources.
    pub sources: Option<Vec<words::SessionSource>>,
    /// Standing so now.
    pub statuses: Option<Vec<TrainingSessionStatus>>,
    /// Of any of these categories.
    pub categories: Option<Vec<words::WorkoutCategory>>,
    /// Of any of these sports.
    pub sports: Option<Vec<words::Sport>>,
    /// Of any of these purposes.
    pub types: Option<Vec<words::WorkoutType>>,
    /// Of any of these seasons.
    pub team_season_ids: Option<Vec<ID>>,
    /// Of any of these athletes.
    pub athlete_ids: Option<Vec<ID>>,
    /// That came through any of these event groups.
    pub event_group_ids: Option<Vec<ID>>,
    /// Last changed between these instants.
    pub updated_at: Option<DateTimeRange>,
}

fn days(column: Column, range: &DateRange) -> Condition {
    Condition::all()
        .add_option(range.from.map(|from| column.gte(from.0)))
        .add_option(range.to.map(|to| column.lte(to.0)))
        .add(column.is_not_null())
}

fn instants(column: Column, range: &DateTimeRange) -> Condition {
    Condition::all()
        .add_option(range.from.map(|from| column.gte(from)))
        .add_option(range.before.map(|before| column.lt(before)))
        .add(column.is_not_null())
}

fn ids<E: node::Named>(ids: &[ID]) -> Vec<Uuid> {
    ids.iter().filter_map(node::parse::<E>).collect()
}

/// The ids of the sessions that came through any of these groups.
pub(super) fn through_groups(viewer: &Viewer, groups: &[Uuid]) -> sea_orm::sea_query::SelectStatement {
    bare::<session_group::Entity>()
        .column(session_group::Column::AthleteTrainingSessionId)
        .filter(viewer.dialect.among(own(session_group::Column::EventGroupId), groups))
        .into_query()
}

impl AthleteTrainingSessionFilter {
    fn condition(&self, viewer: &Viewer) -> Condition {
        let among = |column: Column, ids: Vec<Uuid>| viewer.dialect.among(own(column), &ids);
        Condition::all()
            .add_option(self.scheduled.as_ref().map(|range| days(Column::ScheduledDate, range)))
            .add_option(self.dates.as_ref().map(|range| days(Column::Day, range)))
            .add_option(
                self.completed_at
                    .as_ref()
                    .map(|range| instants(Column::CompletedAt, range)),
            )
            .add_option(self.updated_at.as_ref().map(|range| instants(Column::UpdatedAt, range)))
            .add_option(viewer.any_named::<_, enums::SessionSource>(Column::Source, &self.sources))
            .add_option(viewer.any_named::<_, enums::WorkoutCategory>(Column::WorkoutCategory, &self.categories))
            .add_option(viewer.any_named::<_, enums::Sport>(Column::Sport, &self.sports))
            .add_option(viewer.any_named::<_, enums::WorkoutType>(Column::Type, &self.types))
            .add_option(self.statuses.as_ref().map(|list| statuses(list, viewer)))
            .add_option(
                self.team_season_ids
                    .as_ref()
                    .map(|list| among(Column::TeamSeasonId, ids::<team_season::Entity>(list))),
            )
            .add_option(
                self.athlete_ids
                    .as_ref()
                    .map(|list| among(Column::AthleteId, ids::<athlete::Entity>(list))),
            )
            .add_option(
                self.event_group_ids
                    .as_ref()
                    .map(|list| Column::Id.in_subquery(through_groups(viewer, &ids::<event_group::Entity>(list)))),
            )
    }
}

fn statuses(list: &[TrainingSessionStatus], viewer: &Viewer) -> Condition {
    if list.is_empty() {
        return Condition::all().add(sea_orm::sea_query::Expr::val(false));
    }
    TrainingSessionStatus::any(list, viewer.now)
}

/// Sessions of an athlete.
pub struct SessionsOfAthlete;

impl Relation for SessionsOfAthlete {
    type Child = Entity;
    type Filter = AthleteTrainingSessionFilter;
    const COLUMN: Column = Column::AthleteId;

    fn keep(filter: &Self::Filter, viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(filter.condition(viewer))
    }
}

/// Sessions of everybody in a season.
pub struct SessionsOfSeason;

impl Relation for SessionsOfSeason {
    type Child = Entity;
    type Filter = AthleteTrainingSessionFilter;
    const COLUMN: Column = Column::TeamSeasonId;

    fn keep(filter: &Self::Filter, viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(filter.condition(viewer))
    }
}

order! {
    /// What training sessions are listed by.
    AthleteTrainingSessionOrderField {
        /// The day they count for.
        Date,
        /// When they last changed.
        UpdatedAt,
    }
    /// Order of a list of training sessions; ties by id.
    AthleteTrainingSessionOrder = Date Desc
}

/// A page of an athlete's sessions, newest day first unless ordered otherwise.
///
/// # Errors
/// As `Page::new`.
#[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
pub async fn sessions_of_athlete(
    ctx: &Context<'_>,
    athlete_id: Uuid,
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
    filter: Option<AthleteTrainingSessionFilter>,
    order: AthleteTrainingSessionOrder,
) -> Result<Connection<AthleteTrainingSession>, Failure> {
    let page = Page::new(first, after, last, before)?
        .sorted(order)
        .selected::<AthleteTrainingSession>(ctx);
    Scope::of(ctx)
        .children::<SessionsOfAthlete, _>(athlete_id, page, filter.unwrap_or_default())
        .await
}

/// A page of the sessions of everybody in a season, newest day first unless ordered otherwise.
///
/// # Errors
/// As `Page::new`.
#[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
pub async fn sessions_of_season(
    ctx: &Context<'_>,
    season_id: Uuid,
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
    filter: Option<AthleteTrainingSessionFilter>,
    order: AthleteTrainingSessionOrder,
) -> Result<Connection<AthleteTrainingSession>, Failure> {
    let page = Page::new(first, after, last, before)?
        .sorted(order)
        .selected::<AthleteTrainingSession>(ctx);
    Scope::of(ctx)
        .children::<SessionsOfSeason, _>(season_id, page, filter.unwrap_or_default())
        .await
}
