//! How well assigned training was executed, for a program and for each of its event groups.
use super::{
    list::through_groups,
    trend::{bounded, due},
};
use crate::{
    access::*,
    error::Failure,
    load::Key,
    node,
    page::DateRange,
    print::{List, Plain},
    roster::event_group::EventGroup,
    scope::Scope,
    sql::bare,
};
use async_graphql::{Context, ID, InputObject, SimpleObject};
use chrono::NaiveDate;
use entity::{
    athlete,
    athlete_training_session::{Column, Entity},
    athlete_training_session_group as session_group,
    enums::{SessionOutcome, SessionSource},
    event_group, team_season,
};
use foldhash::{HashMap, HashMapExt};
use plain::Object;
use science::compliance::Counts;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr},
};
use std::sync::Arc;
use uuid::Uuid;

/// Which training to report on. Conditions hold together; of a list any item.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ComplianceFilter {
    /// Of any of these seasons.
    pub team_season_ids: Option<Vec<ID>>,
    /// That came through any of these event groups.
    pub event_group_ids: Option<Vec<ID>>,
    /// Of any of these athletes.
    pub athlete_ids: Option<Vec<ID>>,
}

/// How well the assigned training of a program was executed.
///
/// # Errors
/// `BadInput` for an open range or one of more than two years.
pub async fn compliance(
    ctx: &Context<'_>,
    program_id: Uuid,
    range: DateRange,
    filter: Option<ComplianceFilter>,
) -> Result<ComplianceReport, Failure> {
    let (from, to) = bounded(range)?;
    let what = What {
        from,
        to,
        filter: filter.unwrap_or_default(),
        is_by_group: false,
    };
    let key = Compliance { program_id, what };
    let figures = Scope::of(ctx).load(key.clone()).await?;
    Ok(ComplianceReport {
        key,
        figures: figures.iter().map(|(_, figures)| *figures).next().unwrap_or_default(),
    })
}

/// How well assigned training was executed.
pub struct ComplianceReport {
    key: Compliance,
    figures: Figures,
}

/// How well assigned training was executed. A session was due when it was assigned by a coach, is neither cancelled,
/// excused nor rest, and was done or lies in the past.
#[Object]
impl ComplianceReport {
    /// Sessions assigned, those to come, excused and cancelled among them; rest is none.
    async fn assigned(&self) -> i64 {
        self.figures.assigned
    }

    /// Due sessions that were completed.
    async fn completed(&self) -> i64 {
        self.figures.completed
    }

    /// Due sessions that were done in part.
    async fn partial(&self) -> i64 {
        self.figures.partial
    }

    /// Due sessions that were left out on purpose.
    async fn skipped(&self) -> i64 {
        self.figures.skipped
    }

    /// Due sessions in which nothing was logged in time.
    async fn missed(&self) -> i64 {
        self.figures.missed
    }

    /// Sessions from which the athlete was excused.
    async fn excused(&self) -> i64 {
        self.figures.excused
    }

    /// Sessions that were called off.
    async fn cancelled(&self) -> i64 {
        self.figures.cancelled
    }

    /// Completed sessions as a percentage of those due; null when nothing was due.
    async fn completion_percent(&self) -> Option<f64> {
        self.figures.percent()
    }

    /// The same for each event group that sessions came through, by name; a session that came through two counts in
    /// both.
    async fn by_event_group(&self, ctx: &Context<'_>) -> Result<List<ComplianceGroup>, Failure> {
        let scope = Scope::of(ctx);
        let mut key = self.key.clone();
        key.what.is_by_group = true;
        let found = scope.load(key).await?;
        let groups: List<EventGroup> = scope.records(found.iter().filter_map(|(group, _)| *group)).await?;
        let figures: HashMap<Option<Uuid>, Figures> = found.iter().copied().collect();
        let mut groups: Vec<ComplianceGroup> = groups
            .into_iter()
            .map(|group| figures.get(&Some(group.0.id)).copied().unwrap_or_default().of(group))
            .collect();
        groups.sort_by(|one, other| {
            let place = |group: &ComplianceGroup| (group.event_group.0.sort_name.clone(), group.event_group.0.id);
            place(one).cmp(&place(other))
        });
        Ok(groups.into())
    }
}

/// How well the assigned training of one event group was executed.
#[derive(Plain, SimpleObject)]
pub struct ComplianceGroup {
    /// Athletes whom the figures are about.
    event_group: EventGroup,
    /// Sessions assigned, those to come, excused and cancelled among them; rest is none.
    assigned: i64,
    /// Due sessions that were completed.
    completed: i64,
    /// Due sessions that were done in part.
    partial: i64,
    /// Due sessions that were left out on purpose.
    skipped: i64,
    /// Due sessions in which nothing was logged in time.
    missed: i64,
    /// Sessions from which the athlete was excused.
    excused: i64,
    /// Sessions that were called off.
    cancelled: i64,
    /// Completed sessions as a percentage of those due; null when nothing was due.
    completion_percent: Option<f64>,
}

/// Counted sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Figures {
    assigned: i64,
    completed: i64,
    partial: i64,
    skipped: i64,
    missed: i64,
    excused: i64,
    cancelled: i64,
}

impl Figures {
    fn percent(&self) -> Option<f64> {
        let due = Counts {
            completed: self.completed,
            partial: self.partial,
            missed: self.missed,
            skipped: self.skipped,
        };
        due.completion_percent()
    }

    fn of(self, event_group: EventGroup) -> ComplianceGroup {
        ComplianceGroup {
            event_group,
            assigned: self.assigned,
            completed: self.completed,
            partial: self.partial,
            skipped: self.skipped,
            missed: self.missed,
            excused: self.excused,
            cancelled: self.cancelled,
            completion_percent: self.percent(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct What {
    from: NaiveDate,
    to: NaiveDate,
    filter: ComplianceFilter,
    is_by_group: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Compliance {
    program_id: Uuid,
    what: What,
}

entity::row! {
    struct Row {
        program: Uuid,
        assigned: i64,
        completed: Option<f64>,
        partial: Option<f64>,
        skipped: Option<f64>,
        missed: Option<f64>,
        excused: Option<f64>,
        cancelled: Option<f64>,
        event_group: Option<Uuid>,
    }
}

type Found = Arc<Vec<(Option<Uuid>, Figures)>>;

impl Key for Compliance {
    type Value = Found;

    async fn batch(reader: &Reader, keys: &[Self]) -> Result<HashMap<Self, Found>, Failure> {
        let mut groups: HashMap<&What, Vec<Uuid>> = HashMap::new();
        for key in keys {
            groups.entry(&key.what).or_default().push(key.program_id);
        }
        let mut found = HashMap::new();
        for (what, programs) in groups {
            let mut figures: HashMap<Uuid, Vec<(Option<Uuid>, Figures)>> = HashMap::new();
            for row in what.rows(reader, &programs).await? {
                let count = |sum: Option<f64>| sum.unwrap_or_default() as i64;
                let counted = Figures {
                    assigned: row.assigned,
                    completed: count(row.completed),
                    partial: count(row.partial),
                    skipped: count(row.skipped),
                    missed: count(row.missed),
                    excused: count(row.excused),
                    cancelled: count(row.cancelled),
                };
                figures.entry(row.program).or_default().push((row.event_group, counted));
            }
            found.extend(figures.into_iter().map(|(program_id, figures)| {
                let what = what.clone();
                (Self { program_id, what }, Arc::new(figures))
            }));
        }
        Ok(found)
    }

    fn missing() -> Found {
        Arc::default()
    }
}

impl What {
    async fn rows(&self, reader: &Reader, programs: &[Uuid]) -> Result<Vec<Row>, Failure> {
        let viewer = reader.viewer();
        let dialect = viewer.dialect;
        // What a coach assigned belongs to a season; by seasons and days an index leads to it.
        let seasons = bare::<team_season::Entity>()
            .column(team_season::Column::Id)
            .filter(dialect.among(own(team_season::Column::ProgramId), programs))
            .into_query();
        let ids = |list: &Option<Vec<ID>>, parse: fn(&ID) -> Option<Uuid>| {
            list.as_ref()
                .map(|list| list.iter().filter_map(parse).collect::<Vec<_>>())
        };
        let teams = ids(&self.filter.team_season_ids, node::parse::<team_season::Entity>);
        let athletes = ids(&self.filter.athlete_ids, node::parse::<athlete::Entity>);
        let groups = ids(&self.filter.event_group_ids, node::parse::<event_group::Entity>);
        let kept = Condition::all()
            .add(dialect.among(own(Column::ProgramId), programs))
            .add(Column::Source.eq(SessionSource::CoachAssigned))
            .add(Column::IsRest.eq(false))
            .add(Column::Day.between(self.from, self.to))
            .add(match &teams {
                Some(teams) => dialect.among(own(Column::TeamSeasonId), teams),
                None => Column::TeamSeasonId.in_subquery(seasons),
            })
            .add_option(athletes.map(|ids| dialect.among(own(Column::AthleteId), &ids)))
            .add_option(
                groups
                    .as_ref()
                    .map(|ids| Column::Id.in_subquery(through_groups(viewer, ids))),
            );
        let counted = |condition: Condition| -> SimpleExpr {
            let one = CaseStatement::new().case(condition, Expr::val(1)).finally(Expr::val(0));
            dialect.sum(one.into())
        };
        let outcome = |outcome: SessionOutcome| counted(due(viewer).add(Column::Outcome.eq(outcome)));
        let missed = counted(due(viewer).add(Column::Outcome.is_null()));
        let cancelled = counted(Condition::all().add(Column::CancelledAt.is_not_null()));
        let excused = Condition::all().add(Column::CancelledAt.is_null());
        let excused = counted(excused.add(Column::ExcusedAt.is_not_null()));
        reader
            .figures::<Entity, Row>(Entity::find().filter(kept), Action::Read, |query| {
                query
                    .expr_as(Expr::col(own(Column::ProgramId)), "program")
                    .expr_as(Expr::col(sea_orm::sea_query::Asterisk).count(), "assigned")
                    .expr_as(outcome(SessionOutcome::Completed), "completed")
                    .expr_as(outcome(SessionOutcome::Partial), "partial")
                    .expr_as(outcome(SessionOutcome::Skipped), "skipped")
                    .expr_as(missed, "missed")
                    .expr_as(excused, "excused")
                    .expr_as(cancelled, "cancelled")
                    .group_by_col(own(Column::ProgramId));
                if self.is_by_group {
                    let group = session_group::Column::EventGroupId;
                    let of_session = Expr::col(own(session_group::Column::AthleteTrainingSessionId));
                    query
                        .inner_join(session_group::Entity, of_session.equals(own(Column::Id)))
                        .expr_as(Expr::col(own(group)), "event_group")
                        .group_by_col(own(group));
                    if let Some(groups) = &groups {
                        query.and_where(dialect.among(own(group), groups));
                    }
                } else {
                    let none: Option<Uuid> = None;
                    query.expr_as(Expr::val(none), "event_group");
                }
            })
            .await
    }
}
