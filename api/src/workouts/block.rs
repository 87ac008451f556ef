//! Building blocks made, changed and put away.
use super::{
    compose, intensity::IntensityTargetInput, length::StepLengthInput, step_input::report,
    training_event::TrainingEvent,
};
use crate::{
    access::Action,
    error::Refusal,
    patch::Patch,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    scope::new_id,
    sql::folded,
    words,
    write::{Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::{
    Json, program,
    training_event::{ActiveModel, Entity},
};
use sea_orm::ActiveValue::Set;

payload! {
    /// A building block that was made or changed.
    TrainingEventPayload {
        /// The building block as it is now; null when nothing was done.
        training_event: Option<TrainingEvent>,
    }
}

/// A building block to make.
#[derive(InputObject)]
pub struct TrainingEventCreateInput {
    /// Made by the client, a UUID for instance; a second request with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// Organization that will own it.
    pub program_id: ID,
    /// What coaches call it, 1 to 200 characters, once in the program.
    pub name: String,
    /// An exercise, a drill, a part of a run.
    pub kind: words::TrainingEventKind,
    /// Sport that it belongs to.
    pub sport: Option<words::Sport>,
    /// How it is done, at most 5,000 characters.
    pub description: Option<String>,
    /// Where it is shown: an address that begins with https.
    pub video_url: Option<String>,
    /// Labels to find it by, at most 20 of at most 50 characters.
    pub tags: Option<Vec<String>>,
    /// How long a step made from it lasts unless the step says otherwise.
    pub default_length: Option<StepLengthInput>,
    /// How hard a step made from it is unless the step says otherwise.
    pub default_target: Option<IntensityTargetInput>,
}

/// Changes of a building block; what is not given stays. Steps made from it before keep what they have.
#[derive(InputObject)]
pub struct TrainingEventUpdateInput {
    /// Building block to change.
    pub id: ID,
    /// Version that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
    /// What coaches call it, 1 to 200 characters, once in the program.
    pub name: Option<String>,
    /// An exercise, a drill, a part of a run.
    pub kind: Option<words::TrainingEventKind>,
    /// Sport that it belongs to.
    pub sport: MaybeUndefined<words::Sport>,
    /// How it is done, at most 5,000 characters.
    pub description: MaybeUndefined<String>,
    /// Where it is shown: an address that begins with https.
    pub video_url: MaybeUndefined<String>,
    /// Labels to find it by, at most 20 of at most 50 characters.
    pub tags: Option<Vec<String>>,
    /// How long a step made from it lasts unless the step says otherwise.
    pub default_length: MaybeUndefined<StepLengthInput>,
    /// How hard a step made from it is unless the step says otherwise.
    pub default_target: MaybeUndefined<IntensityTargetInput>,
}

/// A building block to put away or to take out again.
#[derive(InputObject)]
pub struct TrainingEventArchiveInput {
    /// Building block to put away.
    pub id: ID,
    /// Whether it is put away; false takes it out again.
    #[graphql(default = true)]
    pub archived: bool,
}

fn checked(mistakes: &mut Mistakes, name: Option<&str>, description: Option<&str>, video_url: Option<&str>) {
    if let Some(name) = name {
        mistakes.text("name", name, 200);
    }
    mistakes.longest("description", description.unwrap_or_default(), 5_000);
    mistakes.longest("videoUrl", video_url.unwrap_or_default(), 1_000);
    if video_url.is_some_and(|url| !url.starts_with("https://")) {
        let message = "Give an address that begins with https://.";
        mistakes.add(UserError::new(UserErrorCode::Invalid, message).at("videoUrl"));
    }
}

impl TrainingEvent {
    pub(super) async fn create(
        ctx: &Context<'_>,
        input: TrainingEventCreateInput,
    ) -> Result<TrainingEventPayload, Refusal> {
        let TrainingEventCreateInput {
            idempotency_key,
            program_id,
            name,
            kind,
            sport,
            description,
            video_url,
            tags,
            default_length,
            default_target,
        } = input;
        let mut mistakes = Mistakes::default();
        checked(&mut mistakes, Some(&name), description.as_deref(), video_url.as_deref());
        compose::tags(&mut mistakes, tags.as_ref());
        let length = default_length.map(StepLengthInput::into_length);
        report(
            &mut mistakes,
            "defaultLength",
            length.as_ref().map(|length| length.problems()).unwrap_or_default(),
        );
        let target = default_target.map(IntensityTargetInput::into_target);
        report(
            &mut mistakes,
            "defaultTarget",
            target.as_ref().map(|target| target.problems()).unwrap_or_default(),
        );
        mistakes.check()?;
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let program = tx
                .read::<program::Entity>(&program_id, Action::Compose, "programId")
                .await?;
            let row = ActiveModel {
                id: Set(new_id()),
                program_id: Set(program.id),
                sort_name: Set(folded(&name)),
                name: Set(name),
                kind: Set(kind.into()),
                sport: Set(sport.map(Into::into)),
                description: Set(description),
                video_url: Set(video_url),
                tags: Set(Json(tags.unwrap_or_default())),
                default_length: Set(length.map(Json)),
                default_target: Set(target.map(Json)),
                archived_at: Set(None),
                version: Set(1),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
            };
            Ok(tx.insert(row).await?.id)
        })
        .await?;
        Ok(TrainingEventPayload {
            training_event: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn update(
        ctx: &Context<'_>,
        input: TrainingEventUpdateInput,
    ) -> Result<TrainingEventPayload, Refusal> {
        let TrainingEventUpdateInput {
            id,
            expected_version,
            name,
            kind,
            sport,
            description,
            video_url,
            tags,
            default_length,
            default_target,
        } = input;
        let mut mistakes = Mistakes::default();
        let text = |text: &MaybeUndefined<String>| text.as_opt_deref().flatten().map(str::to_owned);
        checked(
            &mut mistakes,
            name.as_deref(),
            text(&description).as_deref(),
            text(&video_url).as_deref(),
        );
        compose::tags(&mut mistakes, tags.as_ref());
        let length = default_length.map_value(StepLengthInput::into_length);
        let problems = length.as_opt_ref().flatten().map(|length| length.problems());
        report(&mut mistakes, "defaultLength", problems.unwrap_or_default());
        let target = default_target.map_value(IntensityTargetInput::into_target);
        let problems = target.as_opt_ref().flatten().map(|target| target.problems());
        report(&mut mistakes, "defaultTarget", problems.unwrap_or_default());
        mistakes.check()?;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let before = tx.lock::<Entity>(&id, Action::Update, "id").await?;
            let changes = ActiveModel {
                id: Set(before.id),
                sort_name: name.as_deref().map(folded).patch(),
                name: name.patch(),
                kind: kind.map(Into::into).patch(),
                sport: sport.map_value(Into::into).patch(),
                description: description.patch(),
                video_url: video_url.patch(),
                tags: tags.map(Json).patch(),
                default_length: length.map_value(Json).patch(),
                default_target: target.map_value(Json).patch(),
                ..Default::default()
            };
            Ok(tx.update(changes, Action::Update, expected_version).await?.id)
        })
        .await?;
        Ok(TrainingEventPayload {
            training_event: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn archive(
        ctx: &Context<'_>,
        input: TrainingEventArchiveInput,
    ) -> Result<TrainingEventPayload, Refusal> {
        let TrainingEventArchiveInput { id, archived } = input;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let event = tx.lock::<Entity>(&id, Action::Update, "id").await?;
            if event.archived_at.is_some() == archived {
                return Ok(event.id);
            }
            let archived_at = Set(archived.then(|| tx.now()));
            let changes = ActiveModel {
                id: Set(event.id),
                archived_at,
                ..Default::default()
            };
            Ok(tx.update(changes, Action::Update, None).await?.id)
        })
        .await?;
        Ok(TrainingEventPayload {
            training_event: scope.record(id).await?,
            ..Default::default()
        })
    }
}
