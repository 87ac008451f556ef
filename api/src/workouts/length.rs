//! How long a step lasts, as clients read and write it. The pure side is `science::prescription`.
use crate::{behind, print::Plain};
use async_graphql::{InputObject, OneofObject, SimpleObject, Union};
use science::prescription::Length;

/// How long a step lasts.
#[derive(Union)]
pub enum StepLength {
    /// Until a distance is covered.
    Distance(DistanceLength),
    /// Until a time is over.
    Time(TimeLength),
    /// Sets and repetitions.
    Repetitions(RepetitionLength),
    /// Until the athlete decides.
    Open(OpenLength),
}

behind!(StepLength {
    Distance,
    Time,
    Repetitions,
    Open
});

/// A step that ends after a distance.
#[derive(Plain, SimpleObject)]
pub struct DistanceLength {
    /// Metres to cover.
    distance_meters: f64,
}

/// A step that ends after a time.
#[derive(Plain, SimpleObject)]
pub struct TimeLength {
    /// Seconds to go on.
    duration_seconds: i32,
}

/// Sets of repetitions, of a lift or a drill.
#[derive(Plain, SimpleObject)]
pub struct RepetitionLength {
    /// How many sets.
    sets: i32,
    /// Fewest repetitions a set.
    reps_min: i32,
    /// Most repetitions a set.
    reps_max: i32,
    /// Seconds between sets.
    rest_seconds: Option<i32>,
    /// Lifting tempo, such as "3-1-1".
    tempo: Option<String>,
}

/// A step that ends when the athlete decides.
#[derive(Plain, SimpleObject)]
pub struct OpenLength {
    /// When to stop.
    instruction: Option<String>,
}

impl From<&Length> for StepLength {
    fn from(length: &Length) -> Self {
        match length.clone() {
            Length::Distance { meters } => Self::Distance(DistanceLength {
                distance_meters: meters,
            }),
            Length::Time { seconds } => Self::Time(TimeLength {
                duration_seconds: seconds,
            }),
            Length::Repetitions {
                sets,
                reps_min,
                reps_max,
                rest_seconds,
                tempo,
            } => Self::Repetitions(RepetitionLength {
                sets,
                reps_min,
                reps_max,
                rest_seconds,
                tempo,
            }),
            Length::Open { instruction } => Self::Open(OpenLength { instruction }),
        }
    }
}

/// Exactly one way to end a step.
#[derive(OneofObject, Clone, Debug)]
pub enum StepLengthInput {
    /// After this many metres, 1 to 1,000,000.
    DistanceMeters(f64),
    /// After this many seconds, 1 to 604,800.
    DurationSeconds(i32),
    /// After sets and repetitions.
    Repetitions(RepetitionLengthInput),
    /// When the athlete decides.
    Open(OpenLengthInput),
}

/// Sets of repetitions.
#[derive(InputObject, Clone, Debug)]
pub struct RepetitionLengthInput {
    /// How many sets, 1 to 50.
    pub sets: i32,
    /// Fewest repetitions a set, 1 to 1,000.
    pub reps_min: i32,
    /// Most repetitions a set; as many as the fewest when not given.
    pub reps_max: Option<i32>,
    /// Seconds between sets.
    pub rest_seconds: Option<i32>,
    /// Lifting tempo, such as "3-1-1".
    pub tempo: Option<String>,
}

/// An end that the athlete decides.
#[derive(InputObject, Clone, Debug)]
pub struct OpenLengthInput {
    /// When to stop.
    pub instruction: Option<String>,
}

impl StepLengthInput {
    /// The length, not checked yet; see `Length::problems`.
    pub fn into_length(self) -> Length {
        match self {
            Self::DistanceMeters(meters) => Length::Distance { meters },
            Self::DurationSeconds(seconds) => Length::Time { seconds },
            Self::Repetitions(RepetitionLengthInput {
                sets,
                reps_min,
                reps_max,
                rest_seconds,
                tempo,
            }) => Length::Repetitions {
                sets,
                reps_min,
                reps_max: reps_max.unwrap_or(reps_min),
                rest_seconds,
                tempo,
            },
            Self::Open(OpenLengthInput { instruction }) => Length::Open { instruction },
        }
    }
}
