//! The words of enumerations: in the database, in the science and in the schema the same.
use rusqlite::types::{FromSqlError, FromSqlResult, ValueRef};
use sea_orm::{
    entity::prelude::*,
    sqlx::{Database, Decode, Type, error::BoxDynError},
};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
            #[sea_orm(rs_type = "String", db_type = "Text")]
            #[expect(missing_docs, reason = "the words are explained where the schema shows them")]
            pub enum $name {
                $(#[sea_orm(string_value = $word)] $variant,)+
            }

            impl crate::cell::Blank for $name {
                fn blank() -> Self {
                    [$(Self::$variant),+][0]
                }
            }

            impl crate::cell::Sent for $name {
                fn sent(bytes: Option<&[u8]>) -> Result<Self, BoxDynError> {
                    match bytes {
                        $(Some(word) if word == $word.as_bytes() => Ok(Self::$variant),)+
                        _ => Err("an unknown word".into()),
                    }
                }
            }

            impl crate::cell::Stored for $name {
                fn stored(value: ValueRef<'_>) -> FromSqlResult<Self> {
                    match value.as_str()? {
                        $($word => Ok(Self::$variant),)+
                        _ => Err(FromSqlError::InvalidType),
                    }
                }
            }

            impl<D: Database> Type<D> for $name
            where
                str: Type<D>,
            {
                fn type_info() -> D::TypeInfo {
                    <str as Type<D>>::type_info()
                }

                fn compatible(kind: &D::TypeInfo) -> bool {
                    <str as Type<D>>::compatible(kind)
                }
            }

            impl<'r, D: Database> Decode<'r, D> for $name
            where
                &'r str: Decode<'r, D>,
            {
                fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
                    match <&str as Decode<D>>::decode(value)? {
                        $($word => Ok(Self::$variant),)+
                        _ => Err("a word that is not known".into()),
                    }
                }
            }
        )+
    };
}

words! {
    /// Units a person prefers to see.
    UnitSystem {
        Metric = "METRIC",
        Imperial = "IMPERIAL",
    }
    /// What a token is good for.
    TokenKind {
        Access = "ACCESS",
        Refresh = "REFRESH",
    }
    /// What a mail, and the token in it, is for.
    MailKind {
        EmailVerification = "EMAIL_VERIFICATION",
        PasswordReset = "PASSWORD_RESET",
    }
    /// Types of coaching organization.
    ProgramKind {
        HighSchool = "HIGH_SCHOOL",
        College = "COLLEGE",
        Club = "CLUB",
        PrivateCoaching = "PRIVATE_COACHING",
        Gym = "GYM",
        Other = "OTHER",
        Personal = "PERSONAL",
    }
    /// Who besides medical staff reads health data.
    HealthAccess {
        MedicalStaffOnly = "MEDICAL_STAFF_ONLY",
        HeadCoaches = "HEAD_COACHES",
        AllStaff = "ALL_STAFF",
    }
    /// Role of a member; the order is that of rank, highest first.
    ProgramRole {
        Owner = "OWNER",
        HeadCoach = "HEAD_COACH",
        AssistantCoach = "ASSISTANT_COACH",
        AthleticTrainer = "ATHLETIC_TRAINER",
        Athlete = "ATHLETE",
    }
    /// Sports known to the platform.
    Sport {
        Running = "RUNNING",
        TrailRunning = "TRAIL_RUNNING",
        TrackAndField = "TRACK_AND_FIELD",
        Cycling = "CYCLING",
        Swimming = "SWIMMING",
        Walking = "WALKING",
        Hiking = "HIKING",
        Rowing = "ROWING",
        Triathlon = "TRIATHLON",
        Strength = "STRENGTH",
        Yoga = "YOGA",
        CrossTraining = "CROSS_TRAINING",
        Other = "OTHER",
    }
    /// Competition category of a team.
    TeamGender {
        Men = "MEN",
        Women = "WOMEN",
        Mixed = "MIXED",
    }
    /// Lifecycle of a season.
    TeamSeasonStatus {
        Planned = "PLANNED",
        Active = "ACTIVE",
        Completed = "COMPLETED",
        Archived = "ARCHIVED",
    }
    /// Availability of an athlete on a roster.
    RosterStatus {
        Active = "ACTIVE",
        Injured = "INJURED",
        Redshirt = "REDSHIRT",
        Ineligible = "INELIGIBLE",
        Inactive = "INACTIVE",
        Transferred = "TRANSFERRED",
        Graduated = "GRADUATED",
    }
    /// Kinds of building block.
    TrainingEventKind {
        RunSegment = "RUN_SEGMENT",
        Exercise = "EXERCISE",
        Drill = "DRILL",
        Jump = "JUMP",
        Throw = "THROW",
        Mobility = "MOBILITY",
        Rest = "REST",
        Other = "OTHER",
    }
    /// What a benchmark measures.
    BenchmarkKind {
        OneRepMax = "ONE_REP_MAX",
        TrainingMax = "TRAINING_MAX",
        ThresholdPace = "THRESHOLD_PACE",
        ThresholdPower = "THRESHOLD_POWER",
        ThresholdHeartRate = "THRESHOLD_HEART_RATE",
        MaxHeartRate = "MAX_HEART_RATE",
        RestingHeartRate = "RESTING_HEART_RATE",
        RaceTime = "RACE_TIME",
        BodyWeight = "BODY_WEIGHT",
    }
    /// Lifts with a recorded maximum.
    Lift {
        BenchPress = "BENCH_PRESS",
        Deadlift = "DEADLIFT",
        Squat = "SQUAT",
    }
    /// Where a benchmark comes from.
    BenchmarkSource {
        Tested = "TESTED",
        Race = "RACE",
        Estimated = "ESTIMATED",
        Coach = "COACH",
        Imported = "IMPORTED",
    }
    /// Broad category of training.
    WorkoutCategory {
        Run = "RUN",
        Gym = "GYM",
        CrossTraining = "CROSS_TRAINING",
        Other = "OTHER",
    }
    /// Purpose of a workout.
    WorkoutType {
        Easy = "EASY",
        Long = "LONG",
        Intervals = "INTERVALS",
        Tempo = "TEMPO",
        Recovery = "RECOVERY",
        Threshold = "THRESHOLD",
        Fartlek = "FARTLEK",
        Hills = "HILLS",
        Race = "RACE",
        Strength = "STRENGTH",
        Technique = "TECHNIQUE",
        Mobility = "MOBILITY",
        Rest = "REST",
        Other = "OTHER",
    }
    /// Difficulty of a workout.
    Difficulty {
        Beginner = "BEGINNER",
        Intermediate = "INTERMEDIATE",
        Advanced = "ADVANCED",
        Elite = "ELITE",
    }
    /// Role of a step.
    WorkoutStepKind {
        Warmup = "WARMUP",
        Work = "WORK",
        Recovery = "RECOVERY",
        Rest = "REST",
        Cooldown = "COOLDOWN",
        Strength = "STRENGTH",
        Drill = "DRILL",
        Other = "OTHER",
    }
    /// What a practice is.
    PracticeKind {
        Practice = "PRACTICE",
        Lift = "LIFT",
        OnYourOwn = "ON_YOUR_OWN",
        TimeTrial = "TIME_TRIAL",
        Competition = "COMPETITION",
        Travel = "TRAVEL",
        Meeting = "MEETING",
        Rest = "REST",
    }
    /// How an athlete's assignment relates to that of the group.
    AssignmentKind {
        Group = "GROUP",
        Modified = "MODIFIED",
        Replaced = "REPLACED",
        Excused = "EXCUSED",
    }
    /// Why training was changed or excused, as everybody may know it.
    AssignmentReason {
        Injury = "INJURY",
        Illness = "ILLNESS",
        Academic = "ACADEMIC",
        Travel = "TRAVEL",
        ReturnToTraining = "RETURN_TO_TRAINING",
        Taper = "TAPER",
        Other = "OTHER",
    }
    /// Who assigned a session.
    SessionSource {
        CoachAssigned = "COACH_ASSIGNED",
        SelfAssigned = "SELF_ASSIGNED",
    }
    /// How a session went.
    SessionOutcome {
        Completed = "COMPLETED",
        Partial = "PARTIAL",
        Skipped = "SKIPPED",
    }
    /// How a session load was found.
    LoadMethod {
        SessionRpe = "SESSION_RPE",
        Manual = "MANUAL",
    }
    /// What happened to a record.
    ChangeOperation {
        Created = "CREATED",
        Updated = "UPDATED",
        Deleted = "DELETED",
    }
}

impl From<Lift> for science::prescription::Lift {
    fn from(value: Lift) -> Self {
        match value {
            Lift::BenchPress => Self::BenchPress,
            Lift::Deadlift => Self::Deadlift,
            Lift::Squat => Self::Squat,
        }
    }
}

impl From<science::prescription::Lift> for Lift {
    fn from(value: science::prescription::Lift) -> Self {
        match value {
            science::prescription::Lift::BenchPress => Self::BenchPress,
            science::prescription::Lift::Deadlift => Self::Deadlift,
            science::prescription::Lift::Squat => Self::Squat,
        }
    }
}

impl From<WorkoutStepKind> for science::prescription::StepKind {
    fn from(value: WorkoutStepKind) -> Self {
        match value {
            WorkoutStepKind::Warmup => Self::Warmup,
            WorkoutStepKind::Work => Self::Work,
            WorkoutStepKind::Recovery => Self::Recovery,
            WorkoutStepKind::Rest => Self::Rest,
            WorkoutStepKind::Cooldown => Self::Cooldown,
            WorkoutStepKind::Strength => Self::Strength,
            WorkoutStepKind::Drill => Self::Drill,
            WorkoutStepKind::Other => Self::Other,
        }
    }
}

impl From<science::prescription::StepKind> for WorkoutStepKind {
    fn from(value: science::prescription::StepKind) -> Self {
        match value {
            science::prescription::StepKind::Warmup => Self::Warmup,
            science::prescription::StepKind::Work => Self::Work,
            science::prescription::StepKind::Recovery => Self::Recovery,
            science::prescription::StepKind::Rest => Self::Rest,
            science::prescription::StepKind::Cooldown => Self::Cooldown,
            science::prescription::StepKind::Strength => Self::Strength,
            science::prescription::StepKind::Drill => Self::Drill,
            science::prescription::StepKind::Other => Self::Other,
        }
    }
}

impl From<BenchmarkKind> for science::intensity::BenchmarkKind {
    fn from(value: BenchmarkKind) -> Self {
        match value {
            BenchmarkKind::OneRepMax => Self::OneRepMax,
            BenchmarkKind::TrainingMax => Self::TrainingMax,
            BenchmarkKind::ThresholdPace => Self::ThresholdPace,
            BenchmarkKind::ThresholdPower => Self::ThresholdPower,
            BenchmarkKind::ThresholdHeartRate => Self::ThresholdHeartRate,
            BenchmarkKind::MaxHeartRate => Self::MaxHeartRate,
            BenchmarkKind::RestingHeartRate => Self::RestingHeartRate,
            BenchmarkKind::RaceTime => Self::RaceTime,
            BenchmarkKind::BodyWeight => Self::BodyWeight,
        }
    }
}

impl From<science::intensity::BenchmarkKind> for BenchmarkKind {
    fn from(value: science::intensity::BenchmarkKind) -> Self {
        match value {
            science::intensity::BenchmarkKind::OneRepMax => Self::OneRepMax,
            science::intensity::BenchmarkKind::TrainingMax => Self::TrainingMax,
            science::intensity::BenchmarkKind::ThresholdPace => Self::ThresholdPace,
            science::intensity::BenchmarkKind::ThresholdPower => Self::ThresholdPower,
            science::intensity::BenchmarkKind::ThresholdHeartRate => Self::ThresholdHeartRate,
            science::intensity::BenchmarkKind::MaxHeartRate => Self::MaxHeartRate,
            science::intensity::BenchmarkKind::RestingHeartRate => Self::RestingHeartRate,
            science::intensity::BenchmarkKind::RaceTime => Self::RaceTime,
            science::intensity::BenchmarkKind::BodyWeight => Self::BodyWeight,
        }
    }
}
