//! Who does a practice workout: athletes on the roster, by their groups, by name, or all of them.
use crate::{error::Refusal, write::Tx};
use entity::{
    athlete, enums::RosterStatus, event_group, event_group_member, practice_session as practice,
    practice_session_workout as practice_workout, practice_workout_athlete, practice_workout_group, roster_entry,
};
use science::prescription::Override;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// One athlete of a practice workout.
pub(super) struct Seat {
    pub athlete_id: Uuid,
    pub sort_name: String,
    /// The groups through which the workout reaches the athlete, the athlete's primary group first, then as listed.
    pub groups: Vec<Uuid>,
    /// Step overrides of the first of these groups that has any.
    pub overrides: Vec<Override>,
}

/// The athletes of some practices' workouts.
pub(super) struct Audience {
    workouts: Vec<(practice_workout::Model, Vec<Seat>)>,
    members: HashSet<(Uuid, Uuid)>,
}

impl Audience {
    /// Who the workouts of these practices are for, by rosters and groups as they are now.
    pub async fn of(tx: &Tx, practices: &[practice::Model]) -> Result<Self, Refusal> {
        let dialect = tx.dialect();
        let ids: Vec<Uuid> = practices.iter().map(|practice| practice.id).collect();
        let workouts = tx
            .find(
                practice_workout::Entity::find()
                    .filter(dialect.among(practice_workout::Column::PracticeSessionId, &ids))
                    .order_by_asc(practice_workout::Column::Position)
                    .order_by_asc(practice_workout::Column::Id),
            )
            .await?;
        let workout_ids: Vec<Uuid> = workouts.iter().map(|workout| workout.id).collect();
        let rosters = Rosters::of(tx, practices).await?;
        let mut groups: HashMap<Uuid, Vec<practice_workout_group::Model>> = HashMap::new();
        let among = dialect.among(practice_workout_group::Column::PracticeSessionWorkoutId, &workout_ids);
        for row in tx.find(practice_workout_group::Entity::find().filter(among)).await? {
            groups.entry(row.practice_session_workout_id).or_default().push(row);
        }
        let mut named: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
        let among = dialect.among(practice_workout_athlete::Column::PracticeSessionWorkoutId, &workout_ids);
        for row in tx.find(practice_workout_athlete::Entity::find().filter(among)).await? {
            named
                .entry(row.practice_session_workout_id)
                .or_default()
                .insert(row.athlete_id);
        }
        let practices: HashMap<Uuid, &practice::Model> = practices.iter().map(|row| (row.id, row)).collect();
        let mut audience = Self {
            workouts: Vec::new(),
            members: HashSet::new(),
        };
        for workout in workouts {
            let Some(practice) = practices.get(&workout.practice_session_id) else {
                continue;
            };
            let groups = groups.remove(&workout.id).unwrap_or_default();
            let named = named.remove(&workout.id).unwrap_or_default();
            let seats = rosters.seats(practice, &workout, &groups, &named);
            audience
                .members
                .extend(seats.iter().map(|seat| (workout.id, seat.athlete_id)));
            audience.workouts.push((workout, seats));
        }
        Ok(audience)
    }

    pub fn seats(&self) -> impl Iterator<Item = (&practice_workout::Model, &[Seat])> {
        self.workouts.iter().map(|(workout, seats)| (workout, seats.as_slice()))
    }

    pub fn has(&self, workout: Uuid, athlete: Uuid) -> bool {
        self.members.contains(&(workout, athlete))
    }
}

/// The rosters and groups of the seasons of some practices.
struct Rosters {
    entries: Vec<roster_entry::Model>,
    gone: HashSet<Uuid>,
    /// Groups of a roster entry, as listed in the season.
    groups: HashMap<Uuid, Vec<Uuid>>,
}

impl Rosters {
    async fn of(tx: &Tx, practices: &[practice::Model]) -> Result<Self, Refusal> {
        let dialect = tx.dialect();
        let mut seasons: Vec<Uuid> = practices.iter().map(|practice| practice.team_season_id).collect();
        seasons.sort_unstable();
        seasons.dedup();
        let entries = tx
            .find(
                roster_entry::Entity::find()
                    .filter(dialect.among(roster_entry::Column::TeamSeasonId, &seasons))
                    .order_by_asc(roster_entry::Column::SortName)
                    .order_by_asc(roster_entry::Column::Id),
            )
            .await?;
        let athletes: Vec<Uuid> = entries.iter().map(|entry| entry.athlete_id).collect();
        let gone = athlete::Entity::find()
            .filter(dialect.among(athlete::Column::Id, &athletes))
            .filter(
                sea_orm::Condition::any()
                    .add(athlete::Column::ArchivedAt.is_not_null())
                    .add(athlete::Column::LeftOn.is_not_null()),
            );
        let gone = tx.find(gone).await?.into_iter();
        let listed = tx
            .find(
                event_group::Entity::find()
                    .filter(dialect.among(event_group::Column::TeamSeasonId, &seasons))
                    .order_by_asc(event_group::Column::Position)
                    .order_by_asc(event_group::Column::Id),
            )
            .await?;
        let ids: Vec<Uuid> = listed.iter().map(|group| group.id).collect();
        let places: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let mut groups: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        let among = dialect.among(event_group_member::Column::EventGroupId, &ids);
        for member in tx.find(event_group_member::Entity::find().filter(among)).await? {
            groups
                .entry(member.roster_entry_id)
                .or_default()
                .push(member.event_group_id);
        }
        for entry in &entries {
            if let Some(groups) = groups.get_mut(&entry.id) {
                groups.sort_by_key(|group| (Some(*group) != entry.primary_event_group_id, places.get(group)));
            }
        }
        Ok(Self {
            entries,
            gone: gone.map(|athlete| athlete.id).collect(),
            groups,
        })
    }

    fn seats(
        &self,
        practice: &practice::Model,
        workout: &practice_workout::Model,
        groups: &[practice_workout_group::Model],
        named: &HashSet<Uuid>,
    ) -> Vec<Seat> {
        let here = self.entries.iter().filter(|entry| {
            entry.team_season_id == practice.team_season_id
                && matches!(
                    entry.status,
                    RosterStatus::Active | RosterStatus::Injured | RosterStatus::Redshirt | RosterStatus::Ineligible
                )
                && entry.joined_on.is_none_or(|day| day <= practice.day)
                && entry.left_on.is_none_or(|day| day >= practice.day)
                && !self.gone.contains(&entry.athlete_id)
        });
        here.filter_map(|entry| {
            let own = self.groups.get(&entry.id).map(Vec::as_slice).unwrap_or_default();
            let through = |group: &&Uuid| groups.iter().any(|row| row.event_group_id == **group);
            let reached: Vec<Uuid> = if workout.whole_roster {
                own.to_vec()
            } else {
                own.iter().filter(through).copied().collect()
            };
            if !workout.whole_roster && reached.is_empty() && !named.contains(&entry.athlete_id) {
                return None;
            }
            let of_group = |group: &Uuid| groups.iter().find(|row| row.event_group_id == *group);
            let overrides = reached
                .iter()
                .filter_map(of_group)
                .map(|row| &row.step_overrides.0)
                .find(|list| !list.is_empty());
            Some(Seat {
                athlete_id: entry.athlete_id,
                sort_name: entry.sort_name.clone(),
                overrides: overrides.cloned().unwrap_or_default(),
                groups: reached,
            })
        })
        .collect()
    }
}
