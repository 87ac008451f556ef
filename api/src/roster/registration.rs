//! Making and changing athlete records.
use super::{
    athlete::{Athlete, sort_name},
    place,
    roster_entry::RosterEntry,
};
use crate::{
    access::Action,
    error::{Failure, Refusal},
    patch::Patch,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    practices::derive,
    scope::{Scope, new_id},
    write::{Audit, Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::{
    athlete::{ActiveModel, Entity, Model},
    event_group, event_group_member, practice_assignment, program, program_member, roster_entry, team_season,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Query};
use uuid::Uuid;

payload! {
    /// An athlete as they are now.
    AthletePayload {
        /// The athlete; null when it was refused.
        athlete: Option<Athlete>,
        /// The place on the roster that was asked for; null when none was.
        roster_entry: Option<RosterEntry>,
        /// After a transfer, the record in the program that the athlete left.
        previous_athlete: Option<Athlete>,
    }
}

/// A new athlete.
#[derive(InputObject)]
pub struct AthleteCreateInput {
    /// Key made by the client; a retry with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// The organization that the athlete trains in.
    pub program_id: ID,
    /// Given name, at most 100 characters.
    pub first_name: String,
    /// Family name, at most 100 characters.
    pub last_name: String,
    /// Key of the athlete in another system; used by no other athlete of the program.
    pub external_id: Option<String>,
    /// Season whose roster the athlete joins. Who manages the roster of some teams only has to name one of theirs.
    pub team_season_id: Option<ID>,
    /// Groups of that season that the athlete joins.
    pub event_group_ids: Option<Vec<ID>>,
    /// Whether the athlete is the viewer, such as a coach who trains along or a person who coaches themselves.
    #[graphql(default)]
    pub is_viewer: bool,
}

/// Changes to an athlete; what is omitted stays.
#[derive(InputObject)]
pub struct AthleteUpdateInput {
    /// The athlete.
    pub id: ID,
    /// Version that was read; refused with `VERSION_CONFLICT` when the athlete changed since.
    pub expected_version: Option<i32>,
    /// Given name, at most 100 characters.
    pub first_name: Option<String>,
    /// Family name, at most 100 characters.
    pub last_name: Option<String>,
    /// Key of the athlete in another system, used by no other athlete of the program; null removes it.
    pub external_id: MaybeUndefined<String>,
    /// Whether the record is put away: training to come that is not done is withdrawn, what was done stays. False takes
    /// it up again.
    pub is_archived: Option<bool>,
}

/// Where a new record of an athlete goes.
pub(super) struct Destination {
    pub program_id: Uuid,
    pub roster: Option<(team_season::Model, Vec<event_group::Model>)>,
}

impl Destination {
    /// A program, or a season of it with groups: whoever manages a roster may put new athletes on it.
    pub async fn lock(
        tx: &Tx,
        (program_id, program_path): (&ID, &str),
        season_id: Option<&ID>,
        group_ids: &[ID],
    ) -> Result<Self, Refusal> {
        let action = if season_id.is_some() {
            Action::Read
        } else {
            Action::ManageRoster
        };
        let program = tx.read::<program::Entity>(program_id, action, program_path).await?;
        let roster = match season_id {
            Some(id) => {
                let season = tx
                    .lock::<team_season::Entity>(id, Action::ManageRoster, "teamSeasonId")
                    .await?;
                if season.program_id != program.id {
                    return Err(UserError::cross_program("teamSeasonId").into());
                }
                let groups = place::groups_of(tx, &season, group_ids, "eventGroupIds").await?;
                Some((season, groups))
            }
            None if group_ids.is_empty() => None,
            None => {
                let message = "Groups are those of a season: give its id.";
                return Err(UserError::new(UserErrorCode::Invalid, message)
                    .at("teamSeasonId")
                    .into());
            }
        };
        let program_id = program.id;
        Ok(Self { program_id, roster })
    }

    /// Puts an athlete there; the place on the roster.
    pub async fn enter(&self, tx: &Tx, athlete: &Model) -> Result<Option<Uuid>, Refusal> {
        let Some((season, groups)) = &self.roster else {
            return Ok(None);
        };
        let entry = place::entry_of(tx, season, athlete);
        let id = entry.id;
        place::enter(tx, &[entry], groups, "eventGroupIds").await?;
        derive::for_athletes(tx, self.program_id, &[athlete.id]).await?;
        Ok(Some(id))
    }
}

/// A new athlete record, to be completed.
pub(super) fn record_of(tx: &Tx, program_id: Uuid, first_name: &str, last_name: &str) -> ActiveModel {
    ActiveModel {
        id: Set(new_id()),
        program_id: Set(program_id),
        first_name: Set(first_name.trim().to_owned()),
        last_name: Set(last_name.trim().to_owned()),
        sort_name: Set(sort_name(first_name, last_name)),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        ..Default::default()
    }
}

/// What a mutation answers about an athlete.
pub(super) async fn answer(scope: &Scope, athlete: Uuid, entry: Option<Uuid>) -> Result<AthletePayload, Failure> {
    Ok(AthletePayload {
        athlete: scope.record(athlete).await?,
        roster_entry: scope.record_if(entry).await?,
        ..Default::default()
    })
}

impl Athlete {
    /// Makes an athlete record.
    pub async fn create(ctx: &Context<'_>, input: AthleteCreateInput) -> Result<AthletePayload, Refusal> {
        let AthleteCreateInput {
            idempotency_key,
            program_id,
            first_name,
            last_name,
            external_id,
            team_season_id,
            event_group_ids,
            is_viewer,
        } = input;
        let group_ids = event_group_ids.unwrap_or_default();
        let mut mistakes = Mistakes::default();
        mistakes.text("firstName", &first_name, 100);
        mistakes.text("lastName", &last_name, 100);
        if let Some(key) = &external_id {
            mistakes.text("externalId", key, 200);
        }
        mistakes.items("eventGroupIds", group_ids.len(), 0, 100);
        mistakes.check()?;
        let (scope, (id, entry)) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let program = (&program_id, "programId");
            let destination = Destination::lock(&tx, program, team_season_id.as_ref(), &group_ids).await?;
            let row = ActiveModel {
                external_id: Set(external_id),
                user_id: Set(tx.viewer().user_id.filter(|_| is_viewer)),
                ..record_of(&tx, destination.program_id, &first_name, &last_name)
            };
            let athlete = tx.insert(row).await?;
            tx.audit(Audit::in_program::<Entity>(
                athlete.program_id,
                "athlete.create",
                athlete.id,
            ));
            if is_viewer {
                claim(&tx, &athlete).await?;
            }
            Ok((athlete.id, destination.enter(&tx, &athlete).await?))
        })
        .await?;
        Ok(answer(&scope, id, entry).await?)
    }

    /// Changes an athlete record.
    pub async fn update(ctx: &Context<'_>, input: AthleteUpdateInput) -> Result<AthletePayload, Refusal> {
        let AthleteUpdateInput {
            id,
            expected_version,
            first_name,
            last_name,
            external_id,
            is_archived,
        } = input;
        let mut mistakes = Mistakes::default();
        for (path, name) in [("firstName", &first_name), ("lastName", &last_name)] {
            if let Some(name) = name {
                mistakes.text(path, name, 100);
            }
        }
        if let MaybeUndefined::Value(key) = &external_id {
            mistakes.text("externalId", key, 200);
        }
        mistakes.check()?;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let athlete = tx.read::<Entity>(&id, Action::Update, "id").await?;
            // Seasons before athletes, as wherever rosters change.
            place::lock_entries(&tx, athlete.id).await?;
            let athlete = tx.lock_id::<Entity>(athlete.id, Action::Update, "id").await?;
            let first = first_name.unwrap_or(athlete.first_name);
            let last = last_name.unwrap_or(athlete.last_name);
            let changes = ActiveModel {
                id: Set(athlete.id),
                first_name: Set(first.trim().to_owned()),
                last_name: Set(last.trim().to_owned()),
                sort_name: Set(sort_name(&first, &last)),
                external_id: external_id.patch(),
                archived_at: is_archived
                    .map(|is_archived| is_archived.then(|| athlete.archived_at.unwrap_or(tx.now())))
                    .patch(),
                ..Default::default()
            };
            let after = tx.update(changes, Action::Update, expected_version).await?;
            if after.sort_name != athlete.sort_name {
                rename(&tx, &after).await?;
            }
            if after.archived_at.is_some() != athlete.archived_at.is_some() {
                let action = match after.archived_at {
                    Some(_) => "athlete.archive",
                    None => "athlete.restore",
                };
                tx.audit(Audit::in_program::<Entity>(after.program_id, action, after.id));
                derive::for_athletes(&tx, after.program_id, &[after.id]).await?;
            }
            Ok(after.id)
        })
        .await?;
        Ok(answer(&scope, id, None).await?)
    }
}

/// Lists in which athletes are ordered by name carry it.
async fn rename(tx: &Tx, athlete: &Model) -> Result<(), Refusal> {
    macro_rules! rename_in {
        ($($table:ident),+) => {
            $(
                let rename = Query::update()
                    .table($table::Entity)
                    .value($table::Column::SortName, athlete.sort_name.as_str())
                    .and_where($table::Column::AthleteId.eq(athlete.id))
                    .take();
                tx.update_rows(&rename).await?;
            )+
        };
    }
    rename_in!(roster_entry, event_group_member, practice_assignment);
    Ok(())
}

/// Tells the viewer's membership which athlete of the program they are.
async fn claim(tx: &Tx, athlete: &Model) -> Result<(), Refusal> {
    let membership = program_member::Entity::find()
        .filter(program_member::Column::ProgramId.eq(athlete.program_id))
        .filter(program_member::Column::UserId.eq(tx.viewer().user()?));
    if let Some(membership) = tx.find_one(membership).await? {
        let claimed = program_member::ActiveModel {
            id: Set(membership.id),
            athlete_id: Set(Some(athlete.id)),
            ..Default::default()
        };
        tx.follow(claimed).await?;
    }
    Ok(())
}
