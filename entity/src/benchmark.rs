//! A dated threshold, maximum or race time of an athlete.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::enums::BenchmarkKind;
use crate::enums::BenchmarkSource;
use crate::enums::Lift;
use crate::enums::Sport;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "benchmark")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub athlete_id: Uuid,
        pub kind: BenchmarkKind,
        pub lift: Option<Lift>,
        pub training_event_id: Option<Uuid>,
        pub sport: Option<Sport>,
        pub race_distance_meters: Option<f64>,
        pub value: f64,
        pub effective_from: Date,
        pub source: BenchmarkSource,
        pub recorded_by_id: Option<Uuid>,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
