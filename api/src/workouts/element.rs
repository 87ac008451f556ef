//! Steps and repeats of a revision.
use super::{
    intensity::IntensityTarget,
    length::StepLength,
    resolve::{self, ResolvedIntensity},
    training_event::TrainingEvent,
};
use crate::{
    behind,
    error::{Failure, Nullable},
    node,
    print::{List, One},
    roster::athlete::Athlete,
    scalar::Date,
    scope::Scope,
    words,
};
use async_graphql::{Context, ID, Interface};
use entity::workout_element::Model;
use plain::Object;
use science::estimate::Estimate;
use std::sync::Arc;
use uuid::Uuid;

pub use super::{
    stored::{from_rows, rows_of},
    tree::{Revisions, Tree},
};

/// Where an element stands: its tree and its place there.
#[derive(Clone)]
pub(super) struct Place {
    tree: Arc<Tree>,
    index: usize,
}

impl Place {
    /// A place in a tree.
    pub(super) fn new(tree: Arc<Tree>, index: usize) -> Self {
        Self { tree, index }
    }

    fn row(&self) -> &Model {
        self.tree.row(self.index)
    }

    fn estimate(&self) -> Option<&Estimate> {
        self.tree.estimate(self.row().id)
    }
}

/// A step of a workout, or a repeat of steps.
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "node::GlobalId", desc = "Globally unique, opaque and stable."),
    field(name = "position", ty = "i32", desc = "Place among its siblings, from 0."),
    field(name = "notes", ty = "Option<&str>", desc = "What the athlete should know about it."),
    field(
        name = "estimated_duration_seconds",
        ty = "Option<i32>",
        desc = "Seconds that it takes, by estimate."
    ),
    field(
        name = "estimated_distance_meters",
        ty = "Option<i32>",
        desc = "Metres that it covers, by estimate."
    )
)]
#[expect(missing_docs, reason = "the variants are the types themselves")]
pub enum WorkoutElement {
    WorkoutStep(WorkoutStep),
    WorkoutRepeat(WorkoutRepeat),
}

behind!(WorkoutElement {
    WorkoutStep,
    WorkoutRepeat
});

const STEP: &str = "WorkoutStep";
const REPEAT: &str = "WorkoutRepeat";

/// The element that a global id of a step or repeat names.
pub fn parse(id: &ID) -> Option<Uuid> {
    node::split(id)
        .filter(|(name, _)| name == STEP || name == REPEAT)
        .map(|(_, id)| id)
}

impl WorkoutElement {
    /// The step or repeat that a global id names, if the viewer may read it.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn fetch(scope: &Scope, id: &ID) -> Result<Option<Self>, Failure> {
        let Some(key) = parse(id) else { return Ok(None) };
        let Some(row) = scope.get::<entity::workout_element::Entity>(key).await? else {
            return Ok(None);
        };
        let found = Tree::of(scope, row.workout_revision_id).await?.element(key);
        Ok(found.filter(|element| match element {
            Self::WorkoutStep(step) => ID::from(step.global()) == *id,
            Self::WorkoutRepeat(repeat) => ID::from(repeat.global()) == *id,
        }))
    }
}

/// One instruction: do this for this long, this hard.
#[derive(Clone)]
pub struct WorkoutStep(Place);

impl WorkoutStep {
    pub(super) fn at(place: Place) -> Self {
        Self(place)
    }

    fn global(&self) -> node::GlobalId {
        node::GlobalId::named(STEP, self.0.row().id)
    }
}

/// One instruction: do this for this long, this hard.
#[Object]
impl WorkoutStep {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        self.global()
    }

    /// Place among its siblings, from 0.
    pub async fn position(&self) -> i32 {
        self.0.row().position
    }

    /// What the athlete should know about it.
    pub async fn notes(&self) -> Option<&str> {
        self.0.row().notes.as_deref()
    }

    /// Role of the step in the workout.
    async fn kind(&self) -> Result<words::WorkoutStepKind, Failure> {
        self.0.row().kind.map(Into::into).ok_or(Failure::Internal)
    }

    /// What the step is called; as its building block when no other name was given.
    async fn name(&self, ctx: &Context<'_>) -> Nullable<String> {
        self.called(&Scope::of(ctx)).await.into()
    }

    /// Building block that the step is made from.
    async fn training_event(&self, ctx: &Context<'_>) -> Nullable<One<TrainingEvent>> {
        Scope::of(ctx).record_if(self.0.row().training_event_id).await.into()
    }

    /// How long it lasts.
    async fn length(&self) -> Result<StepLength, Failure> {
        self.0
            .row()
            .length
            .as_ref()
            .map(|length| StepLength::from(&length.0))
            .ok_or(Failure::Internal)
    }

    /// How hard it is; null for free effort.
    async fn target(&self) -> Option<IntensityTarget> {
        self.0
            .row()
            .target
            .as_ref()
            .map(|target| IntensityTarget::from(&target.0))
    }

    /// The target in an athlete's own numbers, by the benchmarks in force on a day; null without a target, or without
    /// leave to see the athlete's training.
    async fn resolved_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose numbers.")] athlete_id: ID,
        #[graphql(desc = "Day whose benchmarks count; the program's today when not given.")] on: Option<Date>,
    ) -> Nullable<ResolvedIntensity> {
        self.resolve(&Scope::of(ctx), &athlete_id, on).await.into()
    }

    /// Seconds that it takes, by estimate.
    pub async fn estimated_duration_seconds(&self) -> Option<i32> {
        self.0.estimate()?.duration_seconds
    }

    /// Metres that it covers, by estimate.
    pub async fn estimated_distance_meters(&self) -> Option<i32> {
        self.0.estimate()?.distance_meters
    }
}

impl WorkoutStep {
    async fn called(&self, scope: &Scope) -> Result<Option<String>, Failure> {
        let row = self.0.row();
        if row.name.is_some() {
            return Ok(row.name.clone());
        }
        let event: Option<TrainingEvent> = scope.record_if(row.training_event_id).await?;
        Ok(event.map(|event| event.0.name.clone()))
    }

    async fn resolve(
        &self,
        scope: &Scope,
        athlete_id: &ID,
        on: Option<Date>,
    ) -> Result<Option<ResolvedIntensity>, Failure> {
        let Some(target) = &self.0.row().target else {
            return Ok(None);
        };
        let Some(athlete) = scope.node::<Athlete>(athlete_id).await? else {
            return Ok(None);
        };
        let action = crate::access::Action::ReadPrivate;
        if !scope.may::<entity::athlete::Entity>(athlete.0.id, action).await? {
            return Ok(None);
        }
        let benchmarks = resolve::benchmarks_of(scope, athlete.0.id).await?;
        let day = match on {
            Some(Date(day)) => day,
            None => scope.today_of(athlete.0.program_id).await?,
        };
        Ok(Some(science::intensity::resolve(&target.0, &benchmarks, day).into()))
    }
}

/// Steps that are done several times.
#[derive(Clone)]
pub struct WorkoutRepeat(Place);

impl WorkoutRepeat {
    pub(super) fn at(place: Place) -> Self {
        Self(place)
    }

    fn global(&self) -> node::GlobalId {
        node::GlobalId::named(REPEAT, self.0.row().id)
    }
}

/// Steps that are done several times.
#[Object]
impl WorkoutRepeat {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        self.global()
    }

    /// Place among its siblings, from 0.
    pub async fn position(&self) -> i32 {
        self.0.row().position
    }

    /// What the athlete should know about it.
    pub async fn notes(&self) -> Option<&str> {
        self.0.row().notes.as_deref()
    }

    /// How often it is done.
    async fn count(&self) -> Result<i32, Failure> {
        self.0.row().count.ok_or(Failure::Internal)
    }

    /// Seconds of rest between repetitions.
    async fn rest_between_seconds(&self) -> Option<i32> {
        self.0.row().rest_between_seconds
    }

    /// What is repeated, in order.
    async fn elements(&self) -> List<WorkoutElement> {
        self.0.tree.children(Some(self.0.row().id))
    }

    /// Seconds that all repetitions take, by estimate.
    pub async fn estimated_duration_seconds(&self) -> Option<i32> {
        self.0.estimate()?.duration_seconds
    }

    /// Metres that all repetitions cover, by estimate.
    pub async fn estimated_distance_meters(&self) -> Option<i32> {
        self.0.estimate()?.distance_meters
    }
}
