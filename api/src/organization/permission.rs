//! What the viewer may do in a program, in the words of the API.
use crate::access::Permission;
use async_graphql::Enum;

/// What a role lets a member do in a program.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramPermission {
    /// Change or archive the program itself.
    ManageProgram,
    /// See and change what is paid for.
    ManageBilling,
    /// Invite, change and remove members.
    ManageMembers,
    /// Read who changed what.
    ViewAuditLog,
    /// Change teams, seasons, groups and rosters; head coaches those of their own teams.
    ManageRoster,
    /// Have plans generated; head coaches for their own teams.
    UseAi,
    /// Create, move and cancel practices; head coaches those of their own teams.
    ManagePractices,
    /// Compose workouts and their building blocks.
    ComposeWorkouts,
    /// Assign training, override it and publish it; head coaches in their own teams, assistants in their own groups.
    AssignTraining,
    /// Record who came to practice.
    RecordAttendance,
    /// Read sessions and benchmarks of the own teams.
    ViewTraining,
    /// Record injuries, illness and absence.
    ManageAvailability,
    /// Read health data of the own teams.
    ViewHealth,
}

impl ProgramPermission {
    /// The word for a permission; none for what every member may.
    pub(super) fn of(permission: Permission) -> Option<Self> {
        Some(match permission {
            Permission::ManageProgram => Self::ManageProgram,
            Permission::ManageBilling => Self::ManageBilling,
            Permission::ManageMembers => Self::ManageMembers,
            Permission::ViewAuditLog => Self::ViewAuditLog,
            Permission::ManageRoster => Self::ManageRoster,
            Permission::UseAi => Self::UseAi,
            Permission::ManagePractices => Self::ManagePractices,
            Permission::ComposeWorkouts => Self::ComposeWorkouts,
            Permission::AssignTraining => Self::AssignTraining,
            Permission::RecordAttendance => Self::RecordAttendance,
            Permission::ViewTraining => Self::ViewTraining,
            Permission::ManageAvailability => Self::ManageAvailability,
            Permission::ViewHealth => Self::ViewHealth,
            Permission::Belong => return None,
        })
    }
}
