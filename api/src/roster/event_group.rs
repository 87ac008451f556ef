//! Event groups: who trains together in a season, and who coaches them.
use super::roster_entry::RosterEntry;
use crate::{
    access::*,
    error::Failure,
    load::{Beside, CountOf},
    node,
    organization::{member::ProgramMember, season::TeamSeason},
    page::{Connection, Ordered, Page},
    print::{List, One},
    record, relation,
    scope::Scope,
    sql::bare,
};
use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::{
    event_group::{Column, Entity},
    event_group_coach, event_group_member, program_member, program_member_team, roster_entry, team,
};
use plain::Object;
use sea_orm::{QueryFilter, QuerySelect, QueryTrait};

record! {
    /// Athletes of a season who train together, such as "Distance" or "Throws".
    EventGroup = event_group
}

/// Athletes of a season who train together, such as "Distance" or "Throws".
#[Object]
impl EventGroup {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Goes up with every change; send it back as `expectedVersion` to be told when somebody else was faster.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change the group and who is in it.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Whether the viewer may remove the group.
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Delete).await
    }

    /// Whether the viewer may assign training to the group.
    async fn viewer_can_assign(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Assign).await
    }

    /// Where the group trains.
    async fn team_season(&self, ctx: &Context<'_>) -> Result<One<TeamSeason>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.team_season_id).await
    }

    /// What people call the group.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Colour in calendars and lists, as #RRGGBB.
    async fn color(&self) -> Option<&str> {
        self.0.color.as_deref()
    }

    /// Place among the groups of the season, from 0.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Members who coach the group; assistant coaches assign training to these groups alone.
    async fn coaches(&self, ctx: &Context<'_>) -> Result<List<ProgramMember>, Failure> {
        Scope::of(ctx)
            .linked::<GroupCoaches, _>(self.0.id, |row| row.program_member_id)
            .await
    }

    /// Roster places of the group's athletes, by name.
    async fn roster_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<RosterEntry>, Failure> {
        let page = Page::new(first, after, last, before)?;
        Scope::of(ctx)
            .through::<GroupMembers, _>(self.0.id, page, |row| row.roster_entry_id)
            .await
    }

    /// Number of athletes in the group.
    async fn athlete_count(&self, ctx: &Context<'_>) -> Result<i64, Failure> {
        Scope::of(ctx).load(CountOf::<GroupMembers>::new(self.0.id, ())).await
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

relation!(/// Event groups of a season.
    pub EventGroups: Entity, Column::TeamSeasonId);
relation!(/// Coaches of an event group.
    pub GroupCoaches: event_group_coach::Entity, event_group_coach::Column::EventGroupId);
relation!(/// Athletes of an event group.
    pub GroupMembers: event_group_member::Entity, event_group_member::Column::EventGroupId);
relation!(/// Groups of a roster entry.
    pub EntryGroups: event_group_member::Entity, event_group_member::Column::RosterEntryId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::Position];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let reached = |permission| {
            viewer.any_of([
                (own(Column::ProgramId), viewer.programs(permission)),
                (own(Column::TeamSeasonId), viewer.seasons(permission)),
                (own(Column::Id), viewer.groups(permission)),
            ])
        };
        match action {
            // Athletes keep seeing the groups that they were in, also when the season is over for them.
            Action::Read => viewer
                .any_of([
                    (own(Column::ProgramId), viewer.programs_staffed()),
                    (own(Column::TeamSeasonId), viewer.teammate_seasons()),
                ])
                .or(
                    viewer.subselect(Column::Id, &viewer.own_athletes(), |dialect, athletes| {
                        bare::<event_group_member::Entity>()
                            .column(event_group_member::Column::EventGroupId)
                            .filter(dialect.among(own(event_group_member::Column::AthleteId), athletes))
                            .into_query()
                    }),
                ),
            Action::Update | Action::Delete | Action::ManageRoster => reached(Permission::ManageRoster),
            Action::Assign => reached(Permission::AssignTraining),
            _ => Rows::none(),
        }
    }
}

/// Rows that name an event group: seen by staff, and by the athletes of its season.
fn of_visible_groups<C: sea_orm::ColumnTrait>(viewer: &Viewer, program: C, group: C) -> Rows {
    viewer
        .any_of([(own(program), viewer.programs_staffed())])
        .or(viewer.subselect(group, &viewer.teammate_seasons(), |dialect, seasons| {
            bare::<Entity>()
                .column(Column::Id)
                .filter(dialect.among(own(Column::TeamSeasonId), seasons))
                .into_query()
        }))
}

impl Ordered for event_group_member::Entity {
    const ORDERS: &'static [event_group_member::Column] = &[event_group_member::Column::SortName];
    const BESIDE: &'static [Beside<Self>] = &[Beside::linked::<roster_entry::Entity>(
        event_group_member::Column::RosterEntryId,
    )];
}

impl Guarded for event_group_member::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use event_group_member::Column;
        match action {
            Action::Read => of_visible_groups(viewer, Column::ProgramId, Column::EventGroupId)
                .or(viewer.any_of([(own(Column::AthleteId), viewer.own_athletes())])),
            _ => Rows::none(),
        }
    }
}

impl Ordered for event_group_coach::Entity {
    const ORDERS: &'static [event_group_coach::Column] = &[event_group_coach::Column::Id];
    const BESIDE: &'static [Beside<Self>] = &[
        Beside::linked::<program_member::Entity>(event_group_coach::Column::ProgramMemberId),
        Beside::linked::<Entity>(event_group_coach::Column::EventGroupId),
    ];
}

impl Guarded for event_group_coach::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use event_group_coach::Column;
        match action {
            Action::Read => of_visible_groups(viewer, Column::ProgramId, Column::EventGroupId),
            _ => Rows::none(),
        }
    }
}

impl Ordered for program_member_team::Entity {
    const ORDERS: &'static [program_member_team::Column] = &[program_member_team::Column::Id];
    const BESIDE: &'static [Beside<Self>] = &[
        Beside::linked::<program_member::Entity>(program_member_team::Column::ProgramMemberId),
        Beside::linked::<team::Entity>(program_member_team::Column::TeamId),
    ];
}

impl Guarded for program_member_team::Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use program_member_team::Column;
        match action {
            Action::Read => viewer.any_of([(own(Column::ProgramId), viewer.programs_staffed())]),
            _ => Rows::none(),
        }
    }
}
