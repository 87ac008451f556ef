//! The words of enumerations as the schema shows them; the database has the same.
use async_graphql::Enum;
use entity::enums;

/// Units a person prefers to see.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::UnitSystem")]
pub enum UnitSystem {
    /// Metres, kilograms, degrees Celsius.
    Metric,
    /// Miles, feet, pounds.
    Imperial,
}

/// Types of coaching organization.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::ProgramKind")]
pub enum ProgramKind {
    /// Secondary education.
    HighSchool,
    /// A college or university.
    College,
    /// A sports club.
    Club,
    /// One coach, or a few, with private athletes.
    PrivateCoaching,
    /// A gym or studio.
    Gym,
    /// None of the others.
    Other,
    /// One person who coaches themselves.
    Personal,
}

/// Who besides medical staff reads health data.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::HealthAccess")]
pub enum HealthAccess {
    /// Athletic trainers alone, as schools have it.
    MedicalStaffOnly,
    /// Owners and head coaches too.
    HeadCoaches,
    /// Every coach too.
    AllStaff,
}

/// Role of a member; the order is that of rank, highest first.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::ProgramRole")]
pub enum ProgramRole {
    /// Everything, billing and deletion too.
    Owner,
    /// Members, seasons and all training of the own teams.
    HeadCoach,
    /// Composes, and assigns training to the groups coached.
    AssistantCoach,
    /// Reads training and health of the own teams; manages availability.
    AthleticTrainer,
    /// Sees and logs only the own training.
    Athlete,
}

/// Sports known to the platform.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::Sport")]
pub enum Sport {
    /// On roads.
    Running,
    /// Off the road, over hills.
    TrailRunning,
    /// In the stadium: runs, jumps and throws.
    TrackAndField,
    /// On roads, tracks or trails.
    Cycling,
    /// In pools or open water.
    Swimming,
    /// On foot, easily.
    Walking,
    /// On foot, in the mountains.
    Hiking,
    /// On water or a machine.
    Rowing,
    /// Swimming, cycling and running.
    Triathlon,
    /// With weights or the own body.
    Strength,
    /// Postures and breathing.
    Yoga,
    /// To support another sport.
    CrossTraining,
    /// None of the others.
    Other,
}

/// Competition category of a team.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::TeamGender")]
pub enum TeamGender {
    /// Men's competitions.
    Men,
    /// Women's competitions.
    Women,
    /// Both.
    Mixed,
}

/// Lifecycle of a season.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::TeamSeasonStatus")]
pub enum TeamSeasonStatus {
    /// Being prepared.
    Planned,
    /// Under way.
    Active,
    /// Over.
    Completed,
    /// Put away.
    Archived,
}

/// Availability of an athlete on a roster.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::RosterStatus")]
pub enum RosterStatus {
    /// Trains and competes.
    Active,
    /// Hurt.
    Injured,
    /// Trains without competing this year.
    Redshirt,
    /// Not allowed to compete.
    Ineligible,
    /// Does not train at present.
    Inactive,
    /// Left for another program.
    Transferred,
    /// Finished school.
    Graduated,
}

/// Kinds of building block.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::TrainingEventKind")]
pub enum TrainingEventKind {
    /// A part of a run.
    RunSegment,
    /// A lift or another exercise.
    Exercise,
    /// A technical drill.
    Drill,
    /// Long, high, triple or with a pole.
    Jump,
    /// Shot, discus, hammer or javelin.
    Throw,
    /// Mobility work.
    Mobility,
    /// A break.
    Rest,
    /// None of the others.
    Other,
}

/// What a benchmark measures.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::BenchmarkKind")]
pub enum BenchmarkKind {
    /// Heaviest single lift, kilograms.
    OneRepMax,
    /// Maximum that the coach sets for training percentages, kilograms.
    TrainingMax,
    /// Pace at threshold, seconds per kilometre.
    ThresholdPace,
    /// Power at threshold, watts.
    ThresholdPower,
    /// Heart rate at threshold, beats a minute.
    ThresholdHeartRate,
    /// Highest heart rate, beats a minute.
    MaxHeartRate,
    /// Heart rate at rest, beats a minute.
    RestingHeartRate,
    /// Time for a race distance, seconds.
    RaceTime,
    /// Weight of the body, kilograms.
    BodyWeight,
}

/// Lifts with a recorded maximum.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::Lift")]
pub enum Lift {
    /// Lying, from the chest.
    BenchPress,
    /// From the floor to standing.
    Deadlift,
    /// Back squat.
    Squat,
}

/// Where a benchmark comes from.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::BenchmarkSource")]
pub enum BenchmarkSource {
    /// From a test.
    Tested,
    /// Run in competition.
    Race,
    /// Computed from training.
    Estimated,
    /// Set by a coach.
    Coach,
    /// From another system.
    Imported,
}

/// Broad category of training.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::WorkoutCategory")]
pub enum WorkoutCategory {
    /// Running.
    Run,
    /// Strength in the gym.
    Gym,
    /// Another sport in support.
    CrossTraining,
    /// None of the others.
    Other,
}

/// Purpose of a workout.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::WorkoutType")]
pub enum WorkoutType {
    /// Comfortable.
    Easy,
    /// Long and steady.
    Long,
    /// Hard repetitions with recovery.
    Intervals,
    /// Sustained and hard.
    Tempo,
    /// To recover.
    Recovery,
    /// At the border of what can be sustained.
    Threshold,
    /// Changes of speed by feel.
    Fartlek,
    /// Uphill work.
    Hills,
    /// Competition.
    Race,
    /// Weights.
    Strength,
    /// Skill before effort.
    Technique,
    /// Range of movement.
    Mobility,
    /// No training.
    Rest,
    /// None of the others.
    Other,
}

/// Difficulty of a workout.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::Difficulty")]
pub enum Difficulty {
    /// New to training.
    Beginner,
    /// For the experienced.
    Intermediate,
    /// For the well trained.
    Advanced,
    /// For the best.
    Elite,
}

/// Role of a step.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::WorkoutStepKind")]
pub enum WorkoutStepKind {
    /// Warming up.
    Warmup,
    /// The work itself.
    Work,
    /// Easy movement between efforts.
    Recovery,
    /// Standing or walking.
    Rest,
    /// Cooling down.
    Cooldown,
    /// Sets of a lift.
    Strength,
    /// A technical drill.
    Drill,
    /// None of the others.
    Other,
}

/// What a practice is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::PracticeKind")]
pub enum PracticeKind {
    /// Training together.
    Practice,
    /// A session in the gym.
    Lift,
    /// Training alone, by the plan.
    OnYourOwn,
    /// A test against the clock.
    TimeTrial,
    /// A race or meet.
    Competition,
    /// On the way.
    Travel,
    /// A meeting without training.
    Meeting,
    /// A day off; never due.
    Rest,
}

/// How an athlete's assignment relates to that of the group.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::AssignmentKind")]
pub enum AssignmentKind {
    /// As the group does.
    Group,
    /// Some steps differ.
    Modified,
    /// Another workout instead.
    Replaced,
    /// Does not take part.
    Excused,
}

/// Why training was changed or excused, as everybody may know it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::AssignmentReason")]
pub enum AssignmentReason {
    /// Something hurts or is broken.
    Injury,
    /// Not well.
    Illness,
    /// School or exams.
    Academic,
    /// On the way.
    Travel,
    /// Coming back to training.
    ReturnToTraining,
    /// Resting before a race.
    Taper,
    /// None of the others.
    Other,
}

/// Who assigned a session.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::SessionSource", name = "TrainingSessionSource")]
pub enum SessionSource {
    /// Somebody on the staff asked for it.
    CoachAssigned,
    /// The athlete, or staff on behalf of the athlete.
    SelfAssigned,
}

/// How a session went.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::SessionOutcome")]
pub enum SessionOutcome {
    /// Done as asked.
    Completed,
    /// Part of it was done.
    Partial,
    /// Left out on purpose.
    Skipped,
}

/// How a session load was found.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "enums::LoadMethod")]
pub enum LoadMethod {
    /// Perceived exertion times minutes (Foster).
    SessionRpe,
    /// Entered by hand or imported.
    Manual,
}
