//! Dated benchmarks: thresholds, maxima and race times that relative targets resolve with.
use super::athlete::Athlete;
use crate::{
    access::*,
    auth::user::User,
    error::{Failure, Nullable},
    load::{Children, Relation},
    node,
    page::{Ordered, Page},
    print::One,
    record, relation,
    scalar::Date,
    scope::Scope,
    words::{BenchmarkKind, BenchmarkSource, Lift, Sport},
    workouts::training_event::TrainingEvent,
};
use async_graphql::Context;
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    benchmark::{Column, Entity},
    enums,
};
use plain::Object;
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Alias, BinOper, Expr, ExprTrait, Query, SimpleExpr},
};
use uuid::Uuid;

record! {
    /// A dated threshold, maximum or race time of an athlete; relative targets resolve with what was in force on the day.
    Benchmark = benchmark
}

/// A dated threshold, maximum or race time of an athlete; relative targets resolve with what was in force on the day.
#[Object]
impl Benchmark {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Whose it is.
    async fn athlete(&self, ctx: &Context<'_>) -> Result<One<Athlete>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.athlete_id).await
    }

    /// Whether the viewer may replace it.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// What it measures.
    async fn kind(&self) -> BenchmarkKind {
        self.0.kind.into()
    }

    /// The exercise of a maximum that is none of the named lifts.
    async fn exercise(&self, ctx: &Context<'_>) -> Nullable<One<TrainingEvent>> {
        Scope::of(ctx).referred_if(ctx, self.0.training_event_id).await.into()
    }

    /// The lift of a maximum.
    async fn lift(&self) -> Option<Lift> {
        self.0.lift.map(Lift::from)
    }

    /// The sport it holds for; null for all.
    async fn sport(&self) -> Option<Sport> {
        self.0.sport.map(Sport::from)
    }

    /// Length of the race, metres; null for other kinds.
    async fn race_distance_meters(&self) -> Option<f64> {
        self.0.race_distance_meters
    }

    /// The value, in `unit`.
    async fn value(&self) -> f64 {
        self.0.value
    }

    /// Unit of the value, which follows from the kind: kg, s/km, W, bpm or s.
    async fn unit(&self) -> &'static str {
        unit(self.0.kind)
    }

    /// First day that it holds; it holds until the next of its sort does.
    async fn effective_from(&self) -> Date {
        Date(self.0.effective_from)
    }

    /// Where it comes from.
    async fn source(&self) -> BenchmarkSource {
        self.0.source.into()
    }

    /// Who entered it; null when that person's account is not visible to the viewer.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Nullable<One<User>> {
        Scope::of(ctx).referred_if(ctx, self.0.recorded_by_id).await.into()
    }

    /// When it was entered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// Unit of a kind's values.
pub fn unit(kind: enums::BenchmarkKind) -> &'static str {
    use enums::BenchmarkKind as Kind;
    match kind {
        Kind::OneRepMax | Kind::TrainingMax | Kind::BodyWeight => "kg",
        Kind::ThresholdPace => "s/km",
        Kind::ThresholdPower => "W",
        Kind::ThresholdHeartRate | Kind::MaxHeartRate | Kind::RestingHeartRate => "bpm",
        Kind::RaceTime => "s",
    }
}

/// Kinds of benchmark to keep; all when none are named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kinds(pub Option<Vec<BenchmarkKind>>);

impl Kinds {
    fn condition(&self, viewer: &Viewer) -> Condition {
        Condition::all().add_option(viewer.any_named::<_, enums::BenchmarkKind>(Column::Kind, &self.0))
    }
}

relation!(/// Benchmarks of an athlete, oldest first.
    pub Benchmarks: Entity, Column::AthleteId);

/// Benchmarks of an athlete of some kinds.
pub struct BenchmarkHistory;

impl Relation for BenchmarkHistory {
    type Child = Entity;
    type Filter = Kinds;
    const COLUMN: Column = Column::AthleteId;

    fn keep(filter: &Kinds, viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(filter.condition(viewer))
    }
}

/// Benchmarks of an athlete in force on a day: the latest of each sort that began by then.
pub struct InForce;

impl InForce {
    /// Those of `athlete` in force on `day`.
    pub fn on(athlete: Uuid, day: NaiveDate, kinds: Kinds) -> Children<Self> {
        Children::new(athlete, Page::whole(), (Some(day), kinds))
    }
}

impl Relation for InForce {
    type Child = Entity;
    type Filter = (Option<NaiveDate>, Kinds);
    const COLUMN: Column = Column::AthleteId;

    fn keep((day, kinds): &Self::Filter, viewer: &Viewer) -> Result<Condition, Failure> {
        let day = day.unwrap_or(viewer.today());
        Ok(kinds
            .condition(viewer)
            .add(Column::EffectiveFrom.lte(day))
            .add(replaced_by(day).not()))
    }
}

/// Whether a later benchmark of the same sort began by a day.
fn replaced_by(day: NaiveDate) -> SimpleExpr {
    let later = |column: Column| Expr::col((Alias::new("later"), column));
    let same = |column: Column| later(column).binary(BinOper::Custom("IS NOT DISTINCT FROM"), Expr::col(own(column)));
    let place = |of: &dyn Fn(Column) -> Expr| Expr::tuple([of(Column::EffectiveFrom), of(Column::Id)]);
    let select = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, Alias::new("later"))
        .and_where(later(Column::AthleteId).eq(Expr::col(own(Column::AthleteId))))
        .and_where(later(Column::EffectiveFrom).lte(day))
        .and_where(place(&later).gt(place(&|column| Expr::col(own(column)))))
        .and_where(later(Column::Kind).eq(Expr::col(own(Column::Kind))))
        .and_where(same(Column::Lift))
        .and_where(same(Column::TrainingEventId))
        .and_where(same(Column::RaceDistanceMeters))
        .and_where(same(Column::Sport))
        .take();
    Expr::exists(select)
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::EffectiveFrom];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| viewer.about_athletes(permission, Column::ProgramId, Column::AthleteId);
        match action {
            Action::Read => viewer
                .any_of([(own(Column::AthleteId), viewer.own_athletes())])
                .or(reached(Permission::ViewTraining)),
            Action::Update | Action::Delete | Action::Assign => reached(Permission::AssignTraining),
            _ => Rows::none(),
        }
    }
}
