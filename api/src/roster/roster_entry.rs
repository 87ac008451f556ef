//! The place of an athlete on the roster of a season.
use super::{
    athlete::Athlete,
    event_group::{EntryGroups, EventGroup},
};
use crate::{
    access::*,
    error::{Failure, Nullable},
    load::{Beside, Relation},
    node,
    organization::season::TeamSeason,
    page::{Ordered, order},
    print::{List, One},
    record, relation,
    scalar::Date,
    scope::Scope,
    sql,
    sql::bare,
    words::RosterStatus,
};
use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    enums, event_group, event_group_member,
    roster_entry::{Column, Entity, Model},
    roster_entry_note,
};
use plain::Object;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// The place of an athlete on the roster of a season.
    RosterEntry = roster_entry
}

/// The place of an athlete on the roster of a season.
#[Object]
impl RosterEntry {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Goes up with every change; send it back as `expectedVersion` to be told when somebody else was faster.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change the place.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Whether the viewer may take the athlete off the roster.
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Delete).await
    }

    /// Whose roster it is.
    async fn team_season(&self, ctx: &Context<'_>) -> Result<One<TeamSeason>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.team_season_id).await
    }

    /// Who is on it.
    async fn athlete(&self, ctx: &Context<'_>) -> Result<One<Athlete>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.athlete_id).await
    }

    /// Whether the athlete trains and competes this season. For staff of the team and the athlete; null for teammates.
    async fn status(&self, ctx: &Context<'_>) -> Nullable<RosterStatus> {
        self.private(ctx, |row| Some(row.status.into())).await.into()
    }

    /// Number on the jersey or bib. For staff of the team and the athlete; null for teammates.
    async fn jersey_number(&self, ctx: &Context<'_>) -> Nullable<String> {
        self.private(ctx, |row| row.jersey_number.clone()).await.into()
    }

    /// Academic year or age group, such as "Junior". For staff of the team and the athlete; null for teammates.
    async fn class_year(&self, ctx: &Context<'_>) -> Nullable<String> {
        self.private(ctx, |row| row.class_year.clone()).await.into()
    }

    /// Groups that the athlete trains with, in the order of the season.
    async fn event_groups(&self, ctx: &Context<'_>) -> Result<List<EventGroup>, Failure> {
        self.groups(ctx).await
    }

    /// The group whose training comes first when several of the athlete's groups share a practice; null when none is
    /// named.
    async fn primary_event_group(&self, ctx: &Context<'_>) -> Nullable<One<EventGroup>> {
        Scope::of(ctx)
            .referred_if(ctx, self.0.primary_event_group_id)
            .await
            .into()
    }

    /// First day on the roster; null for from the start. For staff of the team and the athlete; null for teammates.
    async fn joined_on(&self, ctx: &Context<'_>) -> Nullable<Date> {
        self.private(ctx, |row| row.joined_on.map(Date)).await.into()
    }

    /// Last day on the roster; null for to the end. For staff of the team and the athlete; null for teammates.
    async fn left_on(&self, ctx: &Context<'_>) -> Nullable<Date> {
        self.private(ctx, |row| row.left_on.map(Date)).await.into()
    }

    /// What staff notes about the athlete this season. For staff of the team alone: neither the athlete nor teammates
    /// read it.
    async fn notes(&self, ctx: &Context<'_>) -> Nullable<String> {
        self.staff_notes(ctx).await.into()
    }

    /// Key of the place in another system. For staff of the team and the athlete; null for teammates.
    async fn external_id(&self, ctx: &Context<'_>) -> Nullable<String> {
        self.private(ctx, |row| row.external_id.clone()).await.into()
    }

    /// When the athlete was put on the roster. For staff of the team and the athlete; null for teammates.
    async fn created_at(&self, ctx: &Context<'_>) -> Nullable<DateTime<Utc>> {
        self.private(ctx, |row| Some(row.created_at)).await.into()
    }

    /// When the place was last changed. For staff of the team and the athlete; null for teammates.
    async fn updated_at(&self, ctx: &Context<'_>) -> Nullable<DateTime<Utc>> {
        self.private(ctx, |row| Some(row.updated_at)).await.into()
    }
}

impl RosterEntry {
    async fn private<T>(&self, ctx: &Context<'_>, value: impl Fn(&Model) -> Option<T>) -> Result<Option<T>, Failure> {
        let may_read = Scope::of(ctx).may::<Entity>(self.0.id, Action::ReadPrivate).await?;
        Ok(may_read.then(|| value(&self.0)).flatten())
    }

    async fn groups(&self, ctx: &Context<'_>) -> Result<List<EventGroup>, Failure> {
        let scope = Scope::of(ctx);
        let members = scope.all::<EntryGroups>(self.0.id).await?;
        let groups = scope.get_all::<event_group::Entity>(members.iter().map(|row| row.event_group_id));
        let mut groups = groups.await?;
        groups.sort_by_key(|group| (group.position, group.id));
        Ok(groups.into_iter().map(EventGroup::from).collect())
    }

    async fn staff_notes(&self, ctx: &Context<'_>) -> Result<Option<String>, Failure> {
        let note = Scope::of(ctx).get::<roster_entry_note::Entity>(self.0.id).await?;
        Ok(note.map(|note| note.notes.clone()))
    }
}

/// Which places on a roster.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RosterEntryFilter {
    /// In any of these states; keeps only places whose state the viewer may read.
    pub statuses: Option<Vec<RosterStatus>>,
    /// Of athletes in any of these groups.
    pub event_group_ids: Option<Vec<ID>>,
    /// Of athletes whose name has each of these words in it.
    pub search: Option<String>,
}

order! {
    /// By what places on a roster are sorted.
    RosterEntryOrderField {
        /// Family name, then given name.
        AthleteName,
    }
    /// How places on a roster are sorted.
    RosterEntryOrder = AthleteName Asc
}

/// The roster of a season.
pub struct SeasonEntries;

impl Relation for SeasonEntries {
    type Child = Entity;
    type Filter = RosterEntryFilter;
    const COLUMN: Column = Column::TeamSeasonId;

    fn keep(filter: &RosterEntryFilter, viewer: &Viewer) -> Result<Condition, Failure> {
        let mut kept = Condition::all();
        if let Some(statuses) = &filter.statuses {
            kept = kept.add(with_statuses(statuses, viewer));
        }
        if let Some(ids) = &filter.event_group_ids {
            kept = kept.add(in_groups(ids, viewer));
        }
        Ok(kept.add_option(
            filter
                .search
                .as_deref()
                .map(|text| sql::contains_words(own(Column::SortName), text))
                .transpose()?,
        ))
    }
}

relation!(/// Places of an athlete on rosters.
    pub AthleteEntries: Entity, Column::AthleteId);

/// Entries with any of these states, as far as the viewer may know them: a filter must not tell what a field hides.
pub(super) fn with_statuses(statuses: &[RosterStatus], viewer: &Viewer) -> Condition {
    let statuses = statuses.iter().copied();
    Condition::all()
        .add(viewer.dialect.any_of::<enums::RosterStatus>(Column::Status, statuses))
        .add(allowed::<Entity>(viewer, Action::ReadPrivate))
}

/// Entries in any of these groups, as far as the viewer may see who is in them.
pub(super) fn in_groups(ids: &[ID], viewer: &Viewer) -> Condition {
    let groups: Vec<_> = ids.iter().filter_map(node::parse::<event_group::Entity>).collect();
    let members = bare::<event_group_member::Entity>()
        .column(event_group_member::Column::RosterEntryId)
        .filter(
            viewer
                .dialect
                .among(own(event_group_member::Column::EventGroupId), &groups),
        )
        .filter(allowed::<event_group_member::Entity>(viewer, Action::Read))
        .into_query();
    Condition::all().add(Column::Id.in_subquery(members))
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName, Column::CreatedAt];
    const BESIDE: &'static [Beside<Self>] = &[Beside::part_of::<Athlete>("athlete", Column::AthleteId)];
}

fn reached(viewer: &Viewer, permission: Permission) -> Rows {
    viewer.any_of([
        (own(Column::ProgramId), viewer.programs(permission)),
        (own(Column::TeamSeasonId), viewer.seasons(permission)),
    ])
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let own_entries = viewer.any_of([(own(Column::AthleteId), viewer.own_athletes())]);
        match action {
            Action::Read => own_entries.or(viewer.any_of([
                (own(Column::ProgramId), viewer.programs_staffed()),
                (own(Column::TeamSeasonId), viewer.teammate_seasons()),
            ])),
            Action::ReadPrivate => own_entries.or(reached(viewer, Permission::ViewTraining)),
            Action::Update | Action::Delete | Action::ManageRoster => reached(viewer, Permission::ManageRoster),
            _ => Rows::none(),
        }
    }
}

impl Guarded for roster_entry_note::Entity {
    /// Staff notes are for staff, not for the athlete they are about.
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        use roster_entry_note::Column as Note;
        match action {
            Action::Read => viewer
                .any_of([(own(Note::ProgramId), viewer.programs(Permission::ViewTraining))])
                .or(viewer.subselect(
                    Note::Id,
                    &viewer.seasons(Permission::ViewTraining),
                    |dialect, seasons| {
                        bare::<Entity>()
                            .column(Column::Id)
                            .filter(dialect.among(own(Column::TeamSeasonId), seasons))
                            .into_query()
                    },
                )),
            _ => Rows::none(),
        }
    }
}
