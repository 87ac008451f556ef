//! Building blocks of workouts: exercises, drills, run segments.
use super::{intensity::IntensityTarget, length::StepLength, revision::revisions_of_athletes, workout::between};
use crate::{
    access::*,
    error::Failure,
    load::Relation,
    node,
    organization::program::Program,
    page::{DateTimeRange, Ordered, order},
    print::One,
    record,
    scope::Scope,
    sql,
    sql::bare,
    words,
};
use async_graphql::{Context, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    training_event::{Column, Entity},
    workout_element,
};
use plain::Object;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// A building block for workouts, such as an exercise, drill or run segment.
    TrainingEvent = training_event
}

/// A building block for workouts, such as an exercise, drill or run segment.
#[Object]
impl TrainingEvent {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Counts every change; send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change and archive it.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Organization that owns it.
    async fn program(&self, ctx: &Context<'_>) -> Result<One<Program>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.program_id).await
    }

    /// What coaches call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// An exercise, a drill, a part of a run.
    async fn kind(&self) -> words::TrainingEventKind {
        self.0.kind.into()
    }

    /// Sport that it belongs to.
    async fn sport(&self) -> Option<words::Sport> {
        self.0.sport.map(Into::into)
    }

    /// How it is done.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Where it is shown.
    async fn video_url(&self) -> Option<&str> {
        self.0.video_url.as_deref()
    }

    /// Labels to find it by.
    async fn tags(&self) -> &[String] {
        &self.0.tags.0
    }

    /// How long a step made from it lasts unless the step says otherwise.
    async fn default_length(&self) -> Option<StepLength> {
        self.0.default_length.as_ref().map(|length| StepLength::from(&length.0))
    }

    /// How hard a step made from it is unless the step says otherwise.
    async fn default_target(&self) -> Option<IntensityTarget> {
        self.0
            .default_target
            .as_ref()
            .map(|target| IntensityTarget::from(&target.0))
    }

    /// When it was put away.
    async fn archived_at(&self) -> Option<DateTime<Utc>> {
        self.0.archived_at
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// Which building blocks to keep.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TrainingEventFilter {
    /// Of any of these kinds.
    pub kinds: Option<Vec<words::TrainingEventKind>>,
    /// Of any of these sports.
    pub sports: Option<Vec<words::Sport>>,
    /// With all of these labels.
    pub tags: Option<Vec<String>>,
    /// Part of the name.
    pub search: Option<String>,
    /// Last changed between these instants.
    pub updated_at: Option<DateTimeRange>,
    /// Whether those put away are kept too.
    #[graphql(default)]
    pub include_archived: bool,
}

/// Building blocks of a program.
pub struct TrainingEventsOfProgram;

impl Relation for TrainingEventsOfProgram {
    type Child = Entity;
    type Filter = TrainingEventFilter;
    const COLUMN: Column = Column::ProgramId;

    fn keep(filter: &Self::Filter, viewer: &Viewer) -> Result<Condition, Failure> {
        use entity::enums;
        Ok(Condition::all()
            .add_option(viewer.any_named::<_, enums::TrainingEventKind>(Column::Kind, &filter.kinds))
            .add_option(viewer.any_named::<_, enums::Sport>(Column::Sport, &filter.sports))
            .add_option(
                filter
                    .tags
                    .as_ref()
                    .map(|tags| viewer.dialect.holds_all(own(Column::Tags), tags)),
            )
            .add_option(
                filter
                    .search
                    .as_ref()
                    .map(|text| sql::contains_words(own(Column::SortName), text))
                    .transpose()?,
            )
            .add_option(between(Column::UpdatedAt, &filter.updated_at))
            .add_option((!filter.include_archived).then(|| Column::ArchivedAt.is_null())))
    }
}

order! {
    /// What building blocks are listed by.
    TrainingEventOrderField {
        /// What they are called.
        Name,
        /// When they last changed.
        UpdatedAt,
    }
    /// Order of a list of building blocks; ties by id.
    TrainingEventOrder = Name Asc
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName, Column::UpdatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => viewer
                .any_of([(own(Column::ProgramId), viewer.staff_programs())])
                .or(
                    viewer.subselect(Column::Id, &viewer.own_athletes(), |dialect, athletes| {
                        bare::<workout_element::Entity>()
                            .column(workout_element::Column::TrainingEventId)
                            .filter(workout_element::Column::TrainingEventId.is_not_null())
                            .filter(
                                workout_element::Column::WorkoutRevisionId
                                    .in_subquery(revisions_of_athletes(dialect, athletes)),
                            )
                            .into_query()
                    }),
                ),
            Action::Update | Action::Delete | Action::Compose => {
                viewer.any_of([(own(Column::ProgramId), viewer.programs(Permission::ComposeWorkouts))])
            }
            _ => Rows::none(),
        }
    }
}
