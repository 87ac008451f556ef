//! A new season begins with the groups and athletes of an earlier one.
use super::place;
use crate::{access::Action, error::Refusal, payload::UserError, scope::new_id, write::Tx};
use async_graphql::ID;
use entity::{
    athlete,
    enums::{ChangeOperation, RosterStatus},
    event_group, event_group_coach, event_group_member, roster_entry, team_season,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use std::collections::HashMap;
use uuid::Uuid;

/// Copies groups, their coaches, active athletes and who is in which group from the season that a client named into a
/// new, empty one of the same program. Notes, days and keys of other systems stay behind.
pub(crate) async fn roster(tx: &Tx, source: &ID, season: &team_season::Model) -> Result<(), Refusal> {
    let path = "copyRosterFromTeamSeasonId";
    let source = tx
        .read::<team_season::Entity>(source, Action::ReadPrivate, path)
        .await?;
    if source.program_id != season.program_id {
        return Err(UserError::cross_program(path).into());
    }
    let groups = groups(tx, &source, season).await?;
    let entries = entries(tx, &source, season, &groups).await?;
    let old_groups: Vec<Uuid> = groups.keys().copied().collect();
    let members = event_group_member::Entity::find().filter(
        tx.dialect()
            .among(event_group_member::Column::EventGroupId, &old_groups),
    );
    let copies = tx.find(members).await?.into_iter().filter_map(|row| {
        Some(event_group_member::Model {
            id: new_id(),
            event_group_id: *groups.get(&row.event_group_id)?,
            roster_entry_id: *entries.get(&row.roster_entry_id)?,
            ..row
        })
    });
    tx.insert_rows(
        copies
            .map(|row| event_group_member::ActiveModel::from(row).reset_all())
            .collect(),
    )
    .await
}

/// New groups by the old ones that they are like.
async fn groups(
    tx: &Tx,
    source: &team_season::Model,
    season: &team_season::Model,
) -> Result<HashMap<Uuid, Uuid>, Refusal> {
    let select = event_group::Entity::find()
        .filter(event_group::Column::TeamSeasonId.eq(source.id))
        .order_by_asc(event_group::Column::Position);
    let mut new_ids = HashMap::new();
    let mut rows = Vec::new();
    for old in tx.find(select).await? {
        let row = event_group::Model {
            id: new_id(),
            team_season_id: season.id,
            version: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
            ..old.clone()
        };
        new_ids.insert(old.id, row.id);
        tx.emit::<event_group::Entity>(&row, ChangeOperation::Created);
        rows.push(event_group::ActiveModel::from(row).reset_all());
    }
    tx.insert_rows(rows).await?;
    let old_ids: Vec<Uuid> = new_ids.keys().copied().collect();
    let coaches =
        event_group_coach::Entity::find().filter(tx.dialect().among(event_group_coach::Column::EventGroupId, &old_ids));
    let copies = tx.find(coaches).await?.into_iter().filter_map(|row| {
        Some(event_group_coach::Model {
            id: new_id(),
            event_group_id: *new_ids.get(&row.event_group_id)?,
            ..row
        })
    });
    tx.insert_rows(
        copies
            .map(|row| event_group_coach::ActiveModel::from(row).reset_all())
            .collect(),
    )
    .await?;
    Ok(new_ids)
}

/// New entries by the old ones that they are like.
async fn entries(
    tx: &Tx,
    source: &team_season::Model,
    season: &team_season::Model,
    groups: &HashMap<Uuid, Uuid>,
) -> Result<HashMap<Uuid, Uuid>, Refusal> {
    use roster_entry::Column;
    let of_source = || {
        roster_entry::Entity::find()
            .filter(Column::TeamSeasonId.eq(source.id))
            .filter(Column::Status.eq(RosterStatus::Active))
            .filter(Column::LeftOn.is_null())
    };
    let athletes = athlete::Entity::find()
        .filter(athlete::Column::Id.in_subquery(of_source().select_only().column(Column::AthleteId).into_query()))
        .filter(athlete::Column::LeftOn.is_null())
        .filter(athlete::Column::ArchivedAt.is_null());
    let athletes: HashMap<Uuid, athlete::Model> =
        tx.find(athletes).await?.into_iter().map(|row| (row.id, row)).collect();
    let mut new_ids = HashMap::new();
    let mut rows = Vec::new();
    for old in tx.find(of_source()).await? {
        let Some(athlete) = athletes.get(&old.athlete_id) else {
            continue;
        };
        let row = roster_entry::Model {
            jersey_number: old.jersey_number,
            class_year: old.class_year,
            primary_event_group_id: old.primary_event_group_id.and_then(|group| groups.get(&group).copied()),
            ..place::entry_of(tx, season, athlete)
        };
        new_ids.insert(old.id, row.id);
        rows.push(row);
    }
    place::enter(tx, &rows, &[], "copyRosterFromTeamSeasonId").await?;
    Ok(new_ids)
}
