//! What roles grant, and what tokens are held to.
use entity::enums::{HealthAccess, ProgramRole};

/// A capability that a role grants in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Change the organization itself.
    ManageProgram,
    /// See and change what is paid for.
    ManageBilling,
    /// Invite, change and remove members.
    ManageMembers,
    /// Read who changed what.
    ViewAuditLog,
    /// Change teams, seasons, groups and rosters.
    ManageRoster,
    /// Have plans generated.
    UseAi,
    /// Create, move and cancel practices.
    ManagePractices,
    /// Compose workouts and their building blocks.
    ComposeWorkouts,
    /// Assign training, override it and publish it.
    AssignTraining,
    /// Record who came.
    RecordAttendance,
    /// Read sessions, benchmarks and zones.
    ViewTraining,
    /// Record injuries, illness and absence.
    ManageAvailability,
    /// Read health data.
    ViewHealth,
    /// Every member: that the program, its teams and its people exist.
    Belong,
}

/// How far a permission reaches inside a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    Nothing,
    /// The whole program.
    Program,
    /// The member's teams; the program for a member with no teams named.
    Teams,
    /// The event groups that the member coaches.
    Groups,
}

impl Permission {
    /// Every permission that clients are told about.
    pub const ALL: [Self; 13] = [
        Self::ManageProgram,
        Self::ManageBilling,
        Self::ManageMembers,
        Self::ViewAuditLog,
        Self::ManageRoster,
        Self::UseAi,
        Self::ManagePractices,
        Self::ComposeWorkouts,
        Self::AssignTraining,
        Self::RecordAttendance,
        Self::ViewTraining,
        Self::ManageAvailability,
        Self::ViewHealth,
    ];

    /// The table of the domain rules: how far a role reaches.
    pub(super) fn reach(self, role: ProgramRole, health: HealthAccess) -> Reach {
        use {Permission as P, ProgramRole as R};
        match (self, role) {
            (P::Belong, _) => Reach::Program,
            (_, R::Athlete) => Reach::Nothing,
            (P::ViewHealth, R::Owner) if health == HealthAccess::MedicalStaffOnly => Reach::Nothing,
            (_, R::Owner) => Reach::Program,
            (P::ManageProgram | P::ManageBilling, _) => Reach::Nothing,
            (P::ManageMembers | P::ViewAuditLog, R::HeadCoach) => Reach::Program,
            (P::ManageRoster | P::UseAi | P::ManagePractices, R::HeadCoach) => Reach::Teams,
            (P::ManageMembers | P::ViewAuditLog | P::ManageRoster | P::UseAi | P::ManagePractices, _) => Reach::Nothing,
            (P::ComposeWorkouts, R::HeadCoach | R::AssistantCoach) => Reach::Program,
            (P::AssignTraining, R::HeadCoach) => Reach::Teams,
            (P::AssignTraining, R::AssistantCoach) => Reach::Groups,
            (P::ComposeWorkouts | P::AssignTraining, R::AthleticTrainer) => Reach::Nothing,
            (P::RecordAttendance, _) => Reach::Program,
            (P::ViewTraining, _) => Reach::Teams,
            (P::ManageAvailability, R::HeadCoach | R::AthleticTrainer) => Reach::Program,
            (P::ManageAvailability, R::AssistantCoach) => Reach::Nothing,
            (P::ViewHealth, R::AthleticTrainer) => Reach::Teams,
            (P::ViewHealth, R::HeadCoach) if health != HealthAccess::MedicalStaffOnly => Reach::Teams,
            (P::ViewHealth, R::AssistantCoach) if health == HealthAccess::AllStaff => Reach::Teams,
            (P::ViewHealth, R::HeadCoach | R::AssistantCoach) => Reach::Nothing,
        }
    }

    /// What a role grants, in the whole program or a part of it.
    pub fn granted(role: ProgramRole, health: HealthAccess) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |permission| permission.reach(role, health) != Reach::Nothing)
    }

    /// The scope that an API token needs to use it.
    pub(super) fn scope(self) -> ApiScope {
        match self {
            Self::Belong => ApiScope::ReadProgram,
            Self::ViewTraining => ApiScope::ReadTraining,
            Self::ManagePractices | Self::ComposeWorkouts | Self::AssignTraining | Self::RecordAttendance => {
                ApiScope::WriteTraining
            }
            Self::ManageRoster => ApiScope::WriteRoster,
            Self::ViewHealth => ApiScope::ReadHealth,
            Self::ManageProgram
            | Self::ManageBilling
            | Self::ManageMembers
            | Self::ViewAuditLog
            | Self::UseAi
            | Self::ManageAvailability => ApiScope::Admin,
        }
    }
}

/// What an API token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiScope {
    /// Programs, teams, members and the names of athletes; every other scope includes it, since all that can be read
    /// refers to them.
    ReadProgram,
    /// Workouts, practices, benchmarks and training sessions.
    ReadTraining,
    /// Compose, assign, publish and log.
    WriteTraining,
    /// Change teams, seasons, groups and rosters.
    WriteRoster,
    /// What health access is needed for.
    ReadHealth,
    /// Everything its owner may do.
    Admin,
}

impl ApiScope {
    /// Every scope, with the word that the database and the schema know it by.
    pub const WORDS: [(Self, &'static str); 6] = [
        (Self::ReadProgram, "READ_PROGRAM"),
        (Self::ReadTraining, "READ_TRAINING"),
        (Self::WriteTraining, "WRITE_TRAINING"),
        (Self::WriteRoster, "WRITE_ROSTER"),
        (Self::ReadHealth, "READ_HEALTH"),
        (Self::Admin, "ADMIN"),
    ];

    /// The scope that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS
            .into_iter()
            .find_map(|(scope, each)| (each == word).then_some(scope))
    }

    /// The word for a scope.
    pub fn word(self) -> &'static str {
        Self::WORDS
            .into_iter()
            .find_map(|(scope, word)| (scope == self).then_some(word))
            .unwrap_or_default()
    }
}
