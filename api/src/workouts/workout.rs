//! Workouts: reusable compositions of steps that a program owns.
use super::{
    element::{Tree, WorkoutElement},
    revision::{Revisions, WorkoutRevision, revisions_of_athletes},
};
use crate::{
    access::*,
    error::{Failure, Nullable},
    load::{Children, CountOf, Relation},
    node,
    organization::{member::ProgramMember, program::Program},
    page::{Connection, DateTimeRange, OrderDirection, Ordered, Page, order},
    print::{List, One},
    record, relation,
    scope::Scope,
    sql,
    sql::bare,
    words,
};
use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    practice_session_workout, program_member,
    workout::{Column, Entity},
    workout_description, workout_note, workout_revision,
};
use plain::Object;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait};
use std::sync::Arc;

record! {
    /// A reusable composition of steps that the program owns; assigned to practices, where a revision is pinned.
    Workout = workout
}

/// A reusable composition of steps that the program owns. Title, texts and labels are live; the steps are kept in
/// revisions, and an assignment pins one.
#[Object]
impl Workout {
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

    /// Whether the viewer may delete it, as long as nothing uses it.
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Delete).await
    }

    /// Whether the viewer may assign it, to some group at least.
    async fn viewer_can_assign(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Assign).await
    }

    /// Organization that owns it.
    async fn program(&self, ctx: &Context<'_>) -> Result<One<Program>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.program_id).await
    }

    /// What it is called.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Running, gym, or something else.
    async fn category(&self) -> words::WorkoutCategory {
        self.0.category.into()
    }

    /// What it is for.
    #[graphql(name = "type")]
    async fn purpose(&self) -> words::WorkoutType {
        self.0.r#type.into()
    }

    /// Sport that it trains.
    async fn sport(&self) -> words::Sport {
        self.0.sport.into()
    }

    /// Whom it suits.
    async fn difficulty(&self) -> Option<words::Difficulty> {
        self.0.difficulty.map(Into::into)
    }

    /// What the athlete reads about it.
    async fn description(&self, ctx: &Context<'_>) -> Nullable<String> {
        let text = Scope::of(ctx).get::<workout_description::Entity>(self.0.id).await;
        text.map(|text| text.map(|text| text.description.clone())).into()
    }

    /// What only staff reads about it; null for athletes.
    async fn coach_notes(&self, ctx: &Context<'_>) -> Nullable<String> {
        let text = Scope::of(ctx).get::<workout_note::Entity>(self.0.id).await;
        text.map(|text| text.map(|text| text.coach_notes.clone())).into()
    }

    /// Labels to find it by.
    async fn tags(&self) -> &[String] {
        &self.0.tags.0
    }

    /// Steps and repeats at the top as they are now, in order; athletes see those of the newest revision they were
    /// given. At most 200.
    async fn steps(&self, ctx: &Context<'_>) -> Result<List<WorkoutElement>, Failure> {
        Ok(self.tree(&Scope::of(ctx)).await?.children(None))
    }

    /// Seconds that the steps take, by estimate; open steps count nothing.
    async fn estimated_duration_seconds(&self, ctx: &Context<'_>) -> Nullable<i32> {
        self.estimate(&Scope::of(ctx), |revision| revision.estimated_duration_seconds)
            .await
            .into()
    }

    /// Metres that the steps cover, by estimate.
    async fn estimated_distance_meters(&self, ctx: &Context<'_>) -> Nullable<i32> {
        self.estimate(&Scope::of(ctx), |revision| revision.estimated_distance_meters)
            .await
            .into()
    }

    /// Whether the estimates rest on nominal speeds, because a target is relative or missing.
    async fn is_estimate_nominal(&self, ctx: &Context<'_>) -> Nullable<bool> {
        self.estimate(&Scope::of(ctx), |revision| Some(revision.is_nominal))
            .await
            .into()
    }

    /// Revision whose steps it has now; for athletes the newest that they were given.
    async fn current_revision(&self, ctx: &Context<'_>) -> Nullable<WorkoutRevision> {
        let revision = self.revision(&Scope::of(ctx)).await;
        revision.map(|revision| revision.map(WorkoutRevision::from)).into()
    }

    /// Saves that changed the steps, newest first.
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Connection<WorkoutRevision>, Failure> {
        let page = Page::new(first, after, last, before)?.ordered(0, OrderDirection::Desc);
        Scope::of(ctx).children::<Revisions, _>(self.0.id, page, ()).await
    }

    /// Coach who composed it.
    async fn author(&self, ctx: &Context<'_>) -> Nullable<One<ProgramMember>> {
        Scope::of(ctx).referred_if(ctx, self.0.author_id).await.into()
    }

    /// In how many practices it stands, of those the viewer sees.
    async fn usage_count(&self, ctx: &Context<'_>) -> Result<i64, Failure> {
        Scope::of(ctx).load(CountOf::<Uses>::new(self.0.id, ())).await
    }

    /// When it was put away.
    async fn archived_at(&self) -> Option<DateTime<Utc>> {
        self.0.archived_at
    }

    /// When it was composed.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

impl Workout {
    async fn estimate<T>(
        &self,
        scope: &Scope,
        figure: impl FnOnce(&workout_revision::Model) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        Ok(self.revision(scope).await?.and_then(|revision| figure(&revision)))
    }

    /// The current revision, or the newest that the viewer may read.
    async fn revision(&self, scope: &Scope) -> Result<Option<Arc<workout_revision::Model>>, Failure> {
        let current = scope
            .get::<workout_revision::Entity>(self.0.workout_revision_id)
            .await?;
        if current.is_some() {
            return Ok(current);
        }
        let newest = Children::<Revisions>::new(self.0.id, Page::newest(), ());
        Ok(scope.rows(newest).await?.first().cloned())
    }

    async fn tree(&self, scope: &Scope) -> Result<Arc<Tree>, Failure> {
        match self.revision(scope).await? {
            Some(revision) => Tree::of_row(scope, &revision).await,
            None => Ok(Arc::default()),
        }
    }
}

relation!(/// Practice workouts that a workout is used for.
    pub Uses: practice_session_workout::Entity, practice_session_workout::Column::WorkoutId);

/// Which workouts to keep.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WorkoutFilter {
    /// Of any of these categories.
    pub categories: Option<Vec<words::WorkoutCategory>>,
    /// For any of these purposes.
    pub types: Option<Vec<words::WorkoutType>>,
    /// For any of these sports.
    pub sports: Option<Vec<words::Sport>>,
    /// Of any of these difficulties.
    pub difficulties: Option<Vec<words::Difficulty>>,
    /// With all of these labels.
    pub tags: Option<Vec<String>>,
    /// Composed by any of these members.
    pub author_ids: Option<Vec<ID>>,
    /// Part of the title.
    pub search: Option<String>,
    /// Last changed between these instants.
    pub updated_at: Option<DateTimeRange>,
    /// Whether those put away are kept too.
    #[graphql(default)]
    pub include_archived: bool,
}

/// `column` lies between two instants.
pub(super) fn between(column: impl ColumnTrait, range: &Option<DateTimeRange>) -> Option<Condition> {
    range.as_ref().map(|range| {
        Condition::all()
            .add_option(range.from.map(|from| column.gte(from)))
            .add_option(range.before.map(|before| column.lt(before)))
    })
}

/// Workouts of a program.
pub struct WorkoutsOfProgram;

impl Relation for WorkoutsOfProgram {
    type Child = Entity;
    type Filter = WorkoutFilter;
    const COLUMN: Column = Column::ProgramId;

    fn keep(filter: &Self::Filter, viewer: &Viewer) -> Result<Condition, Failure> {
        use entity::enums;
        let authors = filter.author_ids.as_ref().map(|ids| {
            let ids: Vec<_> = ids.iter().filter_map(node::parse::<program_member::Entity>).collect();
            viewer.dialect.among(own(Column::AuthorId), &ids)
        });
        Ok(Condition::all()
            .add_option(viewer.any_named::<_, enums::WorkoutCategory>(Column::Category, &filter.categories))
            .add_option(viewer.any_named::<_, enums::WorkoutType>(Column::Type, &filter.types))
            .add_option(viewer.any_named::<_, enums::Sport>(Column::Sport, &filter.sports))
            .add_option(viewer.any_named::<_, enums::Difficulty>(Column::Difficulty, &filter.difficulties))
            .add_option(
                filter
                    .tags
                    .as_ref()
                    .map(|tags| viewer.dialect.holds_all(own(Column::Tags), tags)),
            )
            .add_option(authors)
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
    /// What workouts are listed by.
    WorkoutOrderField {
        /// When they last changed.
        UpdatedAt,
        /// What they are called.
        Title,
    }
    /// Order of a list of workouts; ties by id.
    WorkoutOrder = UpdatedAt Desc
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::UpdatedAt, Column::SortName];
}

/// Rows about workouts: read by staff, and by athletes who were given the workout; changed by composers.
fn about_workouts<C: ColumnTrait>(viewer: &Viewer, action: Action, program: C, workout: C) -> Rows {
    match action {
        Action::Read => viewer
            .any_of([(own(program), viewer.staff_programs())])
            .or(viewer.subselect(workout, &viewer.own_athletes(), |dialect, athletes| {
                bare::<workout_revision::Entity>()
                    .column(workout_revision::Column::WorkoutId)
                    .filter(workout_revision::Column::Id.in_subquery(revisions_of_athletes(dialect, athletes)))
                    .into_query()
            })),
        Action::Update | Action::Delete | Action::Compose => {
            viewer.any_of([(own(program), viewer.programs(Permission::ComposeWorkouts))])
        }
        Action::Assign => viewer.any_of([(own(program), viewer.programs_with_any(Permission::AssignTraining))]),
        _ => Rows::none(),
    }
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        about_workouts(viewer, action, Column::ProgramId, Column::Id)
    }
}

impl Guarded for workout_description::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        about_workouts(
            viewer,
            action,
            workout_description::Column::ProgramId,
            workout_description::Column::Id,
        )
    }
}

impl Guarded for workout_note::Entity {
    /// Coach notes are for staff.
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => viewer.any_of([(own(workout_note::Column::ProgramId), viewer.staff_programs())]),
            _ => Rows::none(),
        }
    }
}
