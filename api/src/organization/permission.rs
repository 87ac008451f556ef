//! What roles grant, as clients are told.
use crate::{
    access::{Permission, Reach},
    scope::Scope,
};
use async_graphql::Enum;
use uuid::Uuid;

/// A capability that a role grants in a program, in the whole of it or in the member's teams or groups.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProgramPermission {
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
}

impl ProgramPermission {
    /// As clients know a permission; none for what every member has.
    pub fn of(permission: Permission) -> Option<Self> {
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

    /// What the viewer may do in a program: what the role grants, cut down to the scopes of an API token.
    pub fn of_viewer(scope: &Scope, program_id: Uuid) -> Vec<Self> {
        let viewer = scope.viewer();
        let Some(membership) = viewer.membership(program_id) else {
            return Vec::new();
        };
        let held = |permission: &Permission| viewer.reach(*permission, membership) != Reach::Nothing;
        Permission::ALL.into_iter().filter(held).filter_map(Self::of).collect()
    }
}
