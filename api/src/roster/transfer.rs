//! Transfers: an athlete leaves one program for another. The old record keeps its past; the new one begins without.
use super::{
    athlete::Athlete,
    place,
    registration::{AthletePayload, Destination, answer, record_of},
};
use crate::{
    access::Action,
    error::{Failure, Refusal},
    history::day,
    payload::{Mistakes, UserError, UserErrorCode},
    practices::derive,
    write::{Audit, Tx, write_once},
};
use async_graphql::{Context, ID, InputObject};
use chrono::NaiveDate;
use entity::{
    athlete::{ActiveModel, Column, Entity, Model},
    enums::RosterStatus,
    program, roster_entry, team_season,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

/// An athlete who changes programs.
#[derive(InputObject)]
pub struct AthleteTransferInput {
    /// Key made by the client; a retry with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// The athlete, in the program that is left.
    pub athlete_id: ID,
    /// Version that was read; refused with `VERSION_CONFLICT` when the athlete changed since.
    pub expected_version: Option<i32>,
    /// The program to go to.
    pub to_program_id: ID,
    /// Season there whose roster the athlete joins. Who manages the roster of some teams only has to name one of theirs.
    pub team_season_id: Option<ID>,
    /// Groups of that season that the athlete joins.
    pub event_group_ids: Option<Vec<ID>>,
}

impl Athlete {
    /// Moves an athlete to another program.
    pub async fn transfer(ctx: &Context<'_>, input: AthleteTransferInput) -> Result<AthletePayload, Refusal> {
        let AthleteTransferInput {
            idempotency_key,
            athlete_id,
            expected_version,
            to_program_id,
            team_season_id,
            event_group_ids,
        } = input;
        let group_ids = event_group_ids.unwrap_or_default();
        let mut mistakes = Mistakes::default();
        mistakes.items("eventGroupIds", group_ids.len(), 0, 100);
        mistakes.check()?;
        let (scope, (old, new, entry)) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let mut mistakes = Mistakes::default();
            let athlete = tx.read::<Entity>(&athlete_id, Action::ManageRoster, "athleteId").await;
            let athlete = mistakes.take(athlete)?;
            let program = (&to_program_id, "toProgramId");
            let there = Destination::lock(&tx, program, team_season_id.as_ref(), &group_ids).await;
            let there = mistakes.take(there)?;
            mistakes.check()?;
            let (athlete, there) = athlete.zip(there).ok_or(Failure::Internal)?;
            if athlete.program_id == there.program_id {
                let message = "The athlete trains in this program.";
                return Err(UserError::new(UserErrorCode::Invalid, message).at("toProgramId").into());
            }
            let athlete = leave(&tx, athlete.id, expected_version).await?;
            let record = arrive(&tx, &athlete, there.program_id).await?;
            for (program_id, action, id) in [
                (athlete.program_id, "athlete.leave", athlete.id),
                (record.program_id, "athlete.arrive", record.id),
            ] {
                tx.audit(Audit::in_program::<Entity>(program_id, action, id));
            }
            let entry = there.enter(&tx, &record).await?;
            Ok((athlete.id, record.id, entry))
        })
        .await?;
        Ok(AthletePayload {
            previous_athlete: scope.record(old).await?,
            ..answer(&scope, new, entry).await?
        })
    }
}

/// Ends an athlete's time in a program today.
async fn leave(tx: &Tx, id: Uuid, expected_version: Option<i32>) -> Result<Model, Refusal> {
    let entries = place::lock_entries(tx, id).await?;
    let athlete = tx.lock_id::<Entity>(id, Action::ManageRoster, "athleteId").await?;
    if athlete.left_on.is_some() || athlete.archived_at.is_some() {
        let message = "This athlete left or was archived.";
        return Err(UserError::new(UserErrorCode::InvalidState, message)
            .at("athleteId")
            .into());
    }
    let program = tx.find_one(program::Entity::find_by_id(athlete.program_id)).await?;
    let today = day::local_day(tx.now(), day::zone(&program.ok_or(Failure::Internal)?.timezone));
    let changes = ActiveModel {
        id: Set(athlete.id),
        left_on: Set(Some(today)),
        ..Default::default()
    };
    let athlete = tx.update(changes, Action::ManageRoster, expected_version).await?;
    end(tx, entries, today).await?;
    derive::for_athletes(tx, athlete.program_id, &[athlete.id]).await?;
    Ok(athlete)
}

/// Ends the entries in seasons that are not over; what is not begun ends on its first day.
async fn end(tx: &Tx, entries: Vec<roster_entry::Model>, today: NaiveDate) -> Result<(), Refusal> {
    use roster_entry::Column;
    let seasons: Vec<Uuid> = entries.iter().map(|entry| entry.team_season_id).collect();
    let open = team_season::Entity::find()
        .filter(tx.dialect().among(team_season::Column::Id, &seasons))
        .filter(team_season::Column::EndDate.gte(today));
    let open: Vec<Uuid> = tx.find(open).await?.into_iter().map(|season| season.id).collect();
    let ended: Vec<roster_entry::Model> = entries
        .into_iter()
        .filter(|entry| open.contains(&entry.team_season_id) && entry.left_on.is_none_or(|day| day > today))
        .collect();
    let ids: Vec<Uuid> = ended.iter().map(|entry| entry.id).collect();
    let last_day = Expr::case(Column::JoinedOn.gt(today), Expr::col(Column::JoinedOn)).finally(today);
    let update = Query::update()
        .table(roster_entry::Entity)
        .value(Column::LeftOn, last_day)
        .value(Column::Status, RosterStatus::Transferred)
        .and_where(tx.dialect().among(Column::Id, &ids))
        .take();
    tx.update_rows(&update).await?;
    place::touch(tx, &ended).await
}

/// The record in the new program: a new one, or the one that the same person had there before.
async fn arrive(tx: &Tx, athlete: &Model, program_id: Uuid) -> Result<Model, Refusal> {
    let before = match athlete.user_id {
        Some(user) => {
            let of_person = Entity::find()
                .filter(Column::ProgramId.eq(program_id))
                .filter(Column::UserId.eq(user));
            tx.find_one(of_person).await?
        }
        None => None,
    };
    let Some(before) = before else {
        let row = ActiveModel {
            user_id: Set(athlete.user_id),
            ..record_of(tx, program_id, &athlete.first_name, &athlete.last_name)
        };
        return tx.insert(row).await;
    };
    if before.left_on.is_none() && before.archived_at.is_none() {
        let message = "This person trains in the program already.";
        return Err(UserError::new(UserErrorCode::Taken, message).at("toProgramId").into());
    }
    let back = ActiveModel {
        id: Set(before.id),
        left_on: Set(None),
        archived_at: Set(None),
        ..Default::default()
    };
    tx.follow(back).await
}
