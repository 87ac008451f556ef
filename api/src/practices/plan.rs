//! Practices on the calendar: create, edit, call off, reinstate, duplicate, delete.
use super::{
    assign::{self, PracticeWorkoutAssignInput},
    derive,
    practice::PracticeSession,
};
use crate::{
    access::Action,
    error::Refusal,
    history::day,
    node,
    patch::Patch,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    scope::new_id,
    words,
    write::{Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use entity::{
    practice_session::{ActiveModel, Entity, Model},
    practice_session_note, practice_session_workout, program, team_season,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

payload! {
    /// A practice that was made or changed.
    PracticeSessionPayload {
        /// The practice as it is now; null when nothing was done.
        practice_session: Option<PracticeSession>,
    }
}

payload! {
    /// A practice that was deleted.
    PracticeSessionDeletePayload {
        /// Id that the practice had; null when nothing was done.
        deleted_practice_session_id: Option<ID>,
    }
}

/// A practice to put on the calendar, as a draft.
#[derive(InputObject)]
pub struct PracticeSessionCreateInput {
    /// Made by the client, a UUID for instance; a second request with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// Season whose team meets.
    pub team_season_id: ID,
    /// What the day is about.
    #[graphql(default_with = "words::PracticeKind::Practice")]
    pub kind: words::PracticeKind,
    /// What it is called, 1 to 200 characters.
    pub title: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it is over; at most 14 days later.
    pub ends_at: DateTime<Utc>,
    /// IANA time zone of the venue; the program's when not given.
    pub timezone: Option<String>,
    /// Where the team meets, at most 200 characters.
    pub location: Option<String>,
    /// What everyone who comes should know, at most 5,000 characters.
    pub athlete_notes: Option<String>,
    /// What only staff should know, at most 5,000 characters.
    pub coach_notes: Option<String>,
    /// Workouts to assign at once.
    pub workouts: Option<Vec<PracticeWorkoutAssignInput>>,
}

/// Changes of a practice; what is not given stays. Sessions that nobody logged yet move with it.
#[derive(InputObject)]
pub struct PracticeSessionUpdateInput {
    /// Practice to change.
    pub id: ID,
    /// Version that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
    /// What the day is about.
    pub kind: Option<words::PracticeKind>,
    /// What it is called, 1 to 200 characters.
    pub title: Option<String>,
    /// When it begins.
    pub starts_at: Option<DateTime<Utc>>,
    /// When it is over.
    pub ends_at: Option<DateTime<Utc>>,
    /// IANA time zone of the venue.
    pub timezone: Option<String>,
    /// Where the team meets, at most 200 characters.
    pub location: MaybeUndefined<String>,
    /// What everyone who comes should know, at most 5,000 characters.
    pub athlete_notes: MaybeUndefined<String>,
    /// What only staff should know, at most 5,000 characters.
    pub coach_notes: MaybeUndefined<String>,
}

/// A practice to call off.
#[derive(InputObject)]
pub struct PracticeSessionCancelInput {
    /// Practice to call off.
    pub id: ID,
    /// Version that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
    /// Why, as athletes will read it; at most 500 characters.
    pub reason: Option<String>,
}

/// A practice that takes place after all.
#[derive(InputObject)]
pub struct PracticeSessionReinstateInput {
    /// Practice to reinstate.
    pub id: ID,
    /// Version that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
}

/// A draft to delete.
#[derive(InputObject)]
pub struct PracticeSessionDeleteInput {
    /// Practice to delete; one that was published can only be called off.
    pub id: ID,
}

fn checked(mistakes: &mut Mistakes, title: Option<&str>, timezone: Option<&str>, texts: [(&str, Option<&str>); 3]) {
    if let Some(title) = title {
        mistakes.text("title", title, 200);
    }
    if let Some(timezone) = timezone {
        mistakes.timezone("timezone", timezone);
    }
    for (field, text) in texts {
        mistakes.longest(
            field,
            text.unwrap_or_default(),
            if field == "location" { 200 } else { 5_000 },
        );
    }
}

fn duration(mistakes: &mut Mistakes, starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) {
    if ends_at <= starts_at || ends_at - starts_at > chrono::Duration::days(14) {
        let message = "A practice ends after it starts, at most 14 days later.";
        mistakes.add(UserError::new(UserErrorCode::OutOfRange, message).at("endsAt"));
    }
}

async fn note(tx: &Tx, practice: &Model, coach_notes: MaybeUndefined<String>) -> Result<(), Refusal> {
    use practice_session_note::{ActiveModel, Column, Entity};
    match coach_notes.as_opt_ref() {
        None => Ok(()),
        Some(None) => tx
            .delete_rows::<Entity>(Condition::all().add(Column::Id.eq(practice.id)))
            .await
            .map(drop),
        Some(Some(text)) => {
            let row = ActiveModel {
                id: Set(practice.id),
                program_id: Set(practice.program_id),
                coach_notes: Set(text.clone()),
            };
            tx.upsert(row, &[Column::Id]).await
        }
    }
}

impl PracticeSession {
    pub(super) async fn create(
        ctx: &Context<'_>,
        input: PracticeSessionCreateInput,
    ) -> Result<PracticeSessionPayload, Refusal> {
        let PracticeSessionCreateInput {
            idempotency_key,
            team_season_id,
            kind,
            title,
            starts_at,
            ends_at,
            timezone,
            location,
            athlete_notes,
            coach_notes,
            workouts,
        } = input;
        let mut mistakes = Mistakes::default();
        let texts = [
            ("location", location.as_deref()),
            ("athleteNotes", athlete_notes.as_deref()),
            ("coachNotes", coach_notes.as_deref()),
        ];
        checked(&mut mistakes, Some(&title), timezone.as_deref(), texts);
        duration(&mut mistakes, starts_at, ends_at);
        mistakes.items("workouts", workouts.as_ref().map_or(0, Vec::len), 0, 50);
        mistakes.check()?;
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let season = tx
                .read::<team_season::Entity>(&team_season_id, Action::ManagePractices, "teamSeasonId")
                .await?;
            let timezone = match timezone {
                Some(timezone) => timezone,
                None => zone_of(&tx, season.program_id).await?,
            };
            let row = ActiveModel {
                id: Set(new_id()),
                program_id: Set(season.program_id),
                team_season_id: Set(season.id),
                kind: Set(kind.into()),
                title: Set(title),
                starts_at: Set(crate::sql::instant(starts_at)),
                ends_at: Set(crate::sql::instant(ends_at)),
                day: Set(day::local_day(starts_at, day::zone(&timezone))),
                timezone: Set(timezone),
                location: Set(location),
                athlete_notes: Set(athlete_notes),
                version: Set(1),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
                ..Default::default()
            };
            let practice = tx.insert(row).await?;
            note(
                &tx,
                &practice,
                coach_notes.map_or(MaybeUndefined::Undefined, MaybeUndefined::Value),
            )
            .await?;
            assign::workouts(&tx, &practice, workouts.unwrap_or_default(), "workouts").await?;
            Ok(practice.id)
        })
        .await?;
        Ok(PracticeSessionPayload {
            practice_session: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn update(
        ctx: &Context<'_>,
        input: PracticeSessionUpdateInput,
    ) -> Result<PracticeSessionPayload, Refusal> {
        let PracticeSessionUpdateInput {
            id,
            expected_version,
            kind,
            title,
            starts_at,
            ends_at,
            timezone,
            location,
            athlete_notes,
            coach_notes,
        } = input;
        let mut mistakes = Mistakes::default();
        let given = |text: &MaybeUndefined<String>| text.as_opt_deref().flatten().map(str::to_owned);
        let (place, public, private) = (given(&location), given(&athlete_notes), given(&coach_notes));
        let texts = [
            ("location", place.as_deref()),
            ("athleteNotes", public.as_deref()),
            ("coachNotes", private.as_deref()),
        ];
        checked(&mut mistakes, title.as_deref(), timezone.as_deref(), texts);
        mistakes.check()?;
        Self::change(ctx, id, Action::Update, async move |tx: Tx, practice: Model| {
            let starts = starts_at.map_or(practice.starts_at, crate::sql::instant);
            // A practice that is moved keeps its length unless a new end is given.
            let ends = ends_at.map_or(starts + (practice.ends_at - practice.starts_at), crate::sql::instant);
            let mut mistakes = Mistakes::default();
            duration(&mut mistakes, starts, ends);
            mistakes.check()?;
            let zone = timezone.clone().unwrap_or_else(|| practice.timezone.clone());
            note(&tx, &practice, coach_notes).await?;
            let changes = ActiveModel {
                id: Set(practice.id),
                kind: kind.map(Into::into).patch(),
                title: title.patch(),
                starts_at: Set(starts),
                ends_at: Set(ends),
                day: Set(day::local_day(starts, day::zone(&zone))),
                timezone: timezone.patch(),
                location: location.patch(),
                athlete_notes: athlete_notes.patch(),
                ..Default::default()
            };
            tx.update(changes, Action::Update, expected_version).await
        })
        .await
    }

    pub(super) async fn cancel(
        ctx: &Context<'_>,
        input: PracticeSessionCancelInput,
    ) -> Result<PracticeSessionPayload, Refusal> {
        let PracticeSessionCancelInput {
            id,
            expected_version,
            reason,
        } = input;
        let mut mistakes = Mistakes::default();
        mistakes.longest("reason", reason.as_deref().unwrap_or_default(), 500);
        mistakes.check()?;
        Self::change(
            ctx,
            id,
            Action::ManagePractices,
            async move |tx: Tx, practice: Model| {
                if practice.cancelled_at.is_some() {
                    return Err(
                        UserError::new(UserErrorCode::InvalidState, "The practice is called off already.")
                            .at("id")
                            .into(),
                    );
                }
                let changes = ActiveModel {
                    id: Set(practice.id),
                    cancelled_at: Set(Some(tx.now())),
                    cancellation_reason: Set(reason),
                    ..Default::default()
                };
                tx.update(changes, Action::ManagePractices, expected_version).await
            },
        )
        .await
    }

    pub(super) async fn reinstate(
        ctx: &Context<'_>,
        input: PracticeSessionReinstateInput,
    ) -> Result<PracticeSessionPayload, Refusal> {
        let PracticeSessionReinstateInput { id, expected_version } = input;
        Self::change(
            ctx,
            id,
            Action::ManagePractices,
            async move |tx: Tx, practice: Model| {
                if practice.cancelled_at.is_none() {
                    return Err(
                        UserError::new(UserErrorCode::InvalidState, "The practice is not called off.")
                            .at("id")
                            .into(),
                    );
                }
                let changes = ActiveModel {
                    id: Set(practice.id),
                    cancelled_at: Set(None),
                    cancellation_reason: Set(None),
                    ..Default::default()
                };
                tx.update(changes, Action::ManagePractices, expected_version).await
            },
        )
        .await
    }

    /// Locks a practice, changes it, and brings the sessions that nobody logged in line.
    async fn change<F, Fut>(
        ctx: &Context<'_>,
        id: ID,
        action: Action,
        job: F,
    ) -> Result<PracticeSessionPayload, Refusal>
    where
        F: FnOnce(Tx, Model) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Model, Refusal>> + Send,
    {
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let practice = tx.lock::<Entity>(&id, action, "id").await?;
            let practice = job(tx.clone(), practice).await?;
            derive::practices(&tx, std::slice::from_ref(&practice)).await?;
            Ok(practice.id)
        })
        .await?;
        Ok(PracticeSessionPayload {
            practice_session: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn delete(
        ctx: &Context<'_>,
        input: PracticeSessionDeleteInput,
    ) -> Result<PracticeSessionDeletePayload, Refusal> {
        let PracticeSessionDeleteInput { id } = input;
        let (_, id) = write(ctx, async move |tx: Tx| {
            let practice = tx.lock::<Entity>(&id, Action::Delete, "id").await?;
            if practice.published_at.is_some() {
                let message = "A practice that was published can only be called off.";
                return Err(UserError::new(UserErrorCode::InvalidState, message).at("id").into());
            }
            let workouts = practice_session_workout::Entity::find()
                .filter(practice_session_workout::Column::PracticeSessionId.eq(practice.id));
            for workout in tx.find(workouts).await? {
                assign::delete(&tx, workout).await?;
            }
            use practice_session_note::Column;
            tx.delete_rows::<practice_session_note::Entity>(Condition::all().add(Column::Id.eq(practice.id)))
                .await?;
            let id = practice.id;
            tx.delete::<Entity>(practice).await?;
            Ok(id)
        })
        .await?;
        let deleted = Some(node::global::<Entity>(id));
        Ok(PracticeSessionDeletePayload {
            deleted_practice_session_id: deleted,
            ..Default::default()
        })
    }
}

/// The time zone of a program.
pub(super) async fn zone_of(tx: &Tx, program_id: Uuid) -> Result<String, Refusal> {
    let program = tx.find_one(program::Entity::find_by_id(program_id)).await?;
    Ok(program.map_or_else(|| "UTC".to_owned(), |program| program.timezone))
}
