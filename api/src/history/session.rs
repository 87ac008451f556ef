//! Training sessions: what an athlete was asked to do on a day, and what was done.
use super::{actual::ActualTraining, planned::PlannedTraining, status::TrainingSessionStatus};
use crate::{
    access::*,
    error::{Failure, Nullable},
    load::Beside,
    node,
    organization::{member::ProgramMember, season::TeamSeason},
    page::{Ordered, needed},
    practices::{
        assignment::PracticeAssignment,
        practice::PracticeSession,
        prescription::{self, PrescribedStep},
    },
    print::{List, One},
    record, relation,
    roster::{athlete::Athlete, event_group::EventGroup},
    scalar::{Date, LocalTime},
    scope::Scope,
    words,
};
use async_graphql::{Context, Enum, SelectionField};
use chrono::{DateTime, Utc};
use entity::{
    Columns,
    athlete_training_session::{Column, Entity, Model},
    athlete_training_session_detail, athlete_training_session_group,
    enums::{SessionOutcome, SessionSource},
    event_group, practice_session,
};
use plain::Object;
use science::compliance::{self, Band};
use sea_orm::ColumnTrait;

record! {
    /// What an athlete was asked to do on a day, and what was done.
    AthleteTrainingSession = athlete_training_session
}

/// What an athlete was asked to do on a day, and what was done. The athlete sees it, and staff who may view training.
#[Object]
impl AthleteTrainingSession {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// The steps in the order done, repeats written out, targets in the athlete's own numbers on the day; as they were
    /// once it is logged. Empty without a workout, and when excused.
    async fn prescription(&self, ctx: &Context<'_>) -> Result<List<PrescribedStep>, Failure> {
        prescription::of_session(&Scope::of(ctx), &self.0).await
    }

    /// Counts changes of what was logged or edited on the session itself; send it back as `expectedVersion`. A coach's
    /// change of the practice leaves it alone.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change its plan; that of a practice's session is changed by changing the practice.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        let may = Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await?;
        Ok(may && self.0.practice_session_id.is_none())
    }

    /// Whether the viewer may delete it; a practice's session goes with the practice.
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        let may = Scope::of(ctx).may::<Entity>(self.0.id, Action::Delete).await?;
        Ok(may && self.0.practice_session_id.is_none())
    }

    /// Whether the viewer may log what was done.
    async fn viewer_can_log(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Log).await
    }

    /// Who trains.
    async fn athlete(&self, ctx: &Context<'_>) -> Result<One<Athlete>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.athlete_id).await
    }

    /// Who assigned it.
    async fn source(&self) -> words::SessionSource {
        self.0.source.into()
    }

    /// The coach who assigned it; null for self-made sessions.
    async fn coach_member(&self, ctx: &Context<'_>) -> Nullable<One<ProgramMember>> {
        Scope::of(ctx).referred_if(ctx, self.0.coach_member_id).await.into()
    }

    /// Season that it belongs to.
    async fn team_season(&self, ctx: &Context<'_>) -> Nullable<One<TeamSeason>> {
        Scope::of(ctx).referred_if(ctx, self.0.team_season_id).await.into()
    }

    /// Practice that it comes from; null for self-made sessions.
    async fn practice_session(&self, ctx: &Context<'_>) -> Nullable<One<PracticeSession>> {
        Scope::of(ctx).referred_if(ctx, self.0.practice_session_id).await.into()
    }

    /// The athlete's assignment in the practice that it comes from.
    async fn practice_assignment(&self, ctx: &Context<'_>) -> Nullable<One<PracticeAssignment>> {
        Scope::of(ctx)
            .referred_if(ctx, self.0.practice_assignment_id)
            .await
            .into()
    }

    /// Day that it was planned for; null when it was logged without a plan.
    async fn scheduled_date(&self) -> Option<Date> {
        self.0.scheduled_date.map(Date)
    }

    /// Day that it counts for, where training takes place: the planned one, else that of completion.
    async fn date(&self) -> Date {
        Date(self.0.day)
    }

    /// When it begins or began, where that is known.
    async fn starts_at(&self) -> Option<DateTime<Utc>> {
        self.0.starts_at
    }

    /// Time of day that it was planned for, in `timezone`.
    async fn scheduled_time(&self) -> Option<LocalTime> {
        self.0.scheduled_time.map(LocalTime)
    }

    /// IANA name of the time zone that its day and time are in.
    async fn timezone(&self) -> &str {
        &self.0.timezone
    }

    /// When it was done or, for a skipped one, given up; null as long as nothing is logged.
    async fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.0.completed_at
    }

    /// When it was called off; who trained all the same may still log.
    async fn cancelled_at(&self) -> Option<DateTime<Utc>> {
        self.0.cancelled_at
    }

    /// Where it stands now; what was logged stands above a cancellation or excusal.
    async fn status(&self, ctx: &Context<'_>) -> TrainingSessionStatus {
        TrainingSessionStatus::of(&self.0, Scope::of(ctx).now())
    }

    /// Broad category.
    async fn workout_category(&self) -> words::WorkoutCategory {
        self.0.workout_category.into()
    }

    /// Discipline that is trained.
    async fn sport(&self) -> words::Sport {
        self.0.sport.into()
    }

    /// Purpose of the training, where one was named.
    #[graphql(name = "type")]
    async fn kind(&self) -> Option<words::WorkoutType> {
        self.0.r#type.map(Into::into)
    }

    /// What it is called; from the category when no title was given.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What was asked.
    async fn planned(&self) -> One<PlannedTraining> {
        One(PlannedTraining(self.0.clone()))
    }

    /// What was done.
    async fn actual(&self) -> One<ActualTraining> {
        One(ActualTraining(self.0.clone()))
    }

    /// How closely the plan was met, 0 to 100: by duration when both durations are known, else by distance. Null when
    /// nothing was planned or logged, and for excused, cancelled and rest sessions.
    async fn compliance_score(&self) -> Option<f64> {
        let amounts = Amounts::of(&self.0)?;
        let (planned, actual) = (amounts.planned_duration, amounts.actual_duration);
        compliance::score(planned, actual, amounts.planned_distance, amounts.actual_distance)
    }

    /// How far what was done lies from the plan; null where `complianceScore` is.
    async fn compliance_band(&self) -> Option<ComplianceBand> {
        let amounts = Amounts::of(&self.0)?;
        compliance::band(amounts.planned_duration, amounts.actual_duration)
            .or_else(|| compliance::band(amounts.planned_distance, amounts.actual_distance))
            .map(ComplianceBand::from)
    }

    /// What the coach said about it afterwards; the athlete sees it.
    async fn coach_feedback(&self, ctx: &Context<'_>) -> Nullable<String> {
        let wide = Scope::of(ctx)
            .get::<athlete_training_session_detail::Entity>(self.0.id)
            .await;
        wide.map(|wide| wide.and_then(|wide| wide.coach_feedback.clone()))
            .into()
    }

    /// Event groups that it came through, as they were.
    async fn event_groups(&self, ctx: &Context<'_>) -> Result<List<EventGroup>, Failure> {
        Scope::of(ctx)
            .linked::<SessionGroups, _>(self.0.id, |row| row.event_group_id)
            .await
    }

    /// Id in the system that the session was imported from; unique in the program.
    async fn external_id(&self) -> Option<&str> {
        self.0.external_id.as_deref()
    }

    /// When it was put on record.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When its plan, or what was logged, last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// How far what was done lies from what was planned.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Band")]
pub enum ComplianceBand {
    /// 80 % to 120 % of the plan.
    Within,
    /// 50 % to 150 % of the plan.
    Near,
    /// Less than half of the plan, or more than one and a half times.
    Outside,
}

/// What is compared: seconds and metres of a session that was due and done.
struct Amounts {
    planned_duration: Option<f64>,
    actual_duration: Option<f64>,
    planned_distance: Option<f64>,
    actual_distance: Option<f64>,
}

impl Amounts {
    fn of(row: &Model) -> Option<Self> {
        let is_done = matches!(row.outcome, Some(SessionOutcome::Completed | SessionOutcome::Partial));
        if !is_done || row.is_rest || row.cancelled_at.is_some() || row.excused_at.is_some() {
            return None;
        }
        Some(Self {
            planned_duration: row.planned_duration_seconds.map(f64::from),
            actual_duration: row.actual_duration_seconds.map(f64::from),
            planned_distance: row.planned_distance_meters.map(f64::from),
            actual_distance: row.actual_distance_meters.map(f64::from),
        })
    }
}

relation!(/// Event groups that a session came through.
    pub SessionGroups: athlete_training_session_group::Entity, athlete_training_session_group::Column::AthleteTrainingSessionId);
relation!(/// The session made from an assignment.
    pub AssignmentSession: Entity, Column::PracticeAssignmentId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::Day, Column::UpdatedAt];
    const BESIDE: &'static [Beside<Self>] = &[
        Beside::part_of::<Athlete>("athlete", Column::AthleteId),
        Beside::of::<practice_session::Entity>("practiceSession", Column::PracticeSessionId),
    ];

    fn needs(field: &SelectionField<'_>) -> Option<Columns> {
        match field.name() {
            "status" => {
                let columns = [
                    Column::Outcome,
                    Column::CancelledAt,
                    Column::ExcusedAt,
                    Column::IsRest,
                    Column::MissedAt,
                ];
                let places = columns.into_iter().map(|column| column as usize);
                Some(places.fold(Columns::NONE, Columns::with))
            }
            "planned" => Some(needed::<PlannedTraining, Self>(field)),
            "actual" => Some(needed::<ActualTraining, Self>(field)),
            _ => None,
        }
    }
}

fn readable<C: ColumnTrait>(viewer: &Viewer, program: C, athlete: C) -> Rows {
    viewer
        .any_of([(own(athlete), viewer.own_athletes())])
        .or(viewer.about_athletes(Permission::ViewTraining, program, athlete))
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let assigners = || viewer.about_athletes(Permission::AssignTraining, Column::ProgramId, Column::AthleteId);
        let own_sessions = || viewer.any_of([(own(Column::AthleteId), viewer.logging_athletes())]);
        match action {
            Action::Read | Action::ReadPrivate => readable(viewer, Column::ProgramId, Column::AthleteId),
            Action::Log => own_sessions().or(assigners()),
            Action::Assign => assigners(),
            // The plan of a session that a coach assigned is the coach's; a self-made one is the athlete's too.
            Action::Update | Action::Delete => {
                assigners().or(own_sessions().but_only(Column::Source.eq(SessionSource::SelfAssigned)))
            }
            _ => Rows::none(),
        }
    }
}

impl Guarded for athlete_training_session_detail::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use athlete_training_session_detail::Column;
        match action {
            Action::Read => readable(viewer, Column::ProgramId, Column::AthleteId),
            _ => Rows::none(),
        }
    }
}

impl Ordered for athlete_training_session_group::Entity {
    const ORDERS: &'static [athlete_training_session_group::Column] = &[athlete_training_session_group::Column::Id];
    const BESIDE: &'static [Beside<Self>] = &[Beside::linked::<event_group::Entity>(
        athlete_training_session_group::Column::EventGroupId,
    )];
}

impl Guarded for athlete_training_session_group::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use athlete_training_session_group::Column;
        match action {
            Action::Read => readable(viewer, Column::ProgramId, Column::AthleteId),
            _ => Rows::none(),
        }
    }
}
