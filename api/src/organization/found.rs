//! Founding, changing and archiving programs.
use super::program::Program;
use crate::{
    access::{Action, ApiScope},
    error::{Failure, Refusal},
    patch::Patch,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    scope::new_id,
    sql::folded,
    words,
    write::{Audit, Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::{
    enums::{HealthAccess, ProgramKind, ProgramRole},
    program, program_member, user,
};
use sea_orm::{ActiveEnum, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

payload! {
    /// A program as it is now.
    ProgramPayload {
        /// The program; null when it was refused.
        program: Option<Program>,
    }
}

/// A new program.
#[derive(InputObject)]
pub struct ProgramCreateInput {
    /// Key made by the client; a retry with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// What people call the organization, at most 200 characters.
    pub name: String,
    /// Short name for addresses: 2 to 60 lower-case letters, digits and hyphens; made from the name when omitted.
    pub slug: Option<String>,
    /// What sort of organization it is.
    pub kind: words::ProgramKind,
    /// IANA time zone of the organization, such as America/Denver.
    pub timezone: String,
    /// Address of the logo.
    pub logo_url: Option<String>,
    /// Who reads health data besides athletic trainers; for schools medical staff only unless said otherwise, else
    /// head coaches too.
    pub health_access: Option<words::HealthAccess>,
    /// Key of the organization in another system.
    pub external_id: Option<String>,
}

/// Changes to a program; what is omitted stays.
#[derive(InputObject)]
pub struct ProgramUpdateInput {
    /// The program.
    pub id: ID,
    /// Version that was read; refused with `VERSION_CONFLICT` when the program changed since.
    pub expected_version: Option<i32>,
    /// What people call the organization, at most 200 characters.
    pub name: Option<String>,
    /// Short name for addresses: 2 to 60 lower-case letters, digits and hyphens.
    pub slug: Option<String>,
    /// What sort of organization it is.
    pub kind: Option<words::ProgramKind>,
    /// IANA time zone; practices and sessions that exist keep their own.
    pub timezone: Option<String>,
    /// Address of the logo; null removes it.
    pub logo_url: MaybeUndefined<String>,
    /// Who reads health data besides athletic trainers.
    pub health_access: Option<words::HealthAccess>,
    /// Hours after the end of its day when a session that nobody logged counts as missed, 0 to 336; sessions that are
    /// planned already keep theirs.
    pub missed_after_hours: Option<i32>,
    /// Key of the organization in another system; null removes it.
    pub external_id: MaybeUndefined<String>,
}

/// A program to put away or to take up again.
#[derive(InputObject)]
pub struct ProgramArchiveInput {
    /// The program.
    pub id: ID,
    /// Version that was read; refused with `VERSION_CONFLICT` when the program changed since.
    pub expected_version: Option<i32>,
    /// Whether it is put away; false takes it up again.
    #[graphql(default = true)]
    pub is_archived: bool,
}

impl Program {
    /// Makes a program that the viewer owns.
    pub async fn create(ctx: &Context<'_>, input: ProgramCreateInput) -> Result<ProgramPayload, Refusal> {
        let ProgramCreateInput {
            idempotency_key,
            name,
            slug,
            kind,
            timezone,
            logo_url,
            health_access,
            external_id,
        } = input;
        let mut mistakes = Mistakes::default();
        mistakes.text("name", &name, 200);
        mistakes.timezone("timezone", &timezone);
        if let Some(slug) = &slug {
            check_slug(&mut mistakes, slug);
        }
        if let Some(url) = &logo_url {
            mistakes.url("logoUrl", url);
        }
        if let Some(key) = &external_id {
            mistakes.text("externalId", key, 200);
        }
        mistakes.check()?;
        let kind = ProgramKind::from(kind);
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let user = founder(&tx).await?;
            let slug = match slug {
                Some(slug) => slug,
                None => free_slug(&tx, &name).await?,
            };
            let row = program::ActiveModel {
                id: Set(new_id()),
                sort_name: Set(folded(&name)),
                name: Set(name.trim().to_owned()),
                slug: Set(slug),
                kind: Set(kind),
                timezone: Set(timezone),
                logo_url: Set(logo_url),
                health_access: Set(health_access.map_or(usual_health_access(kind), HealthAccess::from)),
                external_id: Set(external_id),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
                ..Default::default()
            };
            let row = tx.insert(row).await?;
            tx.insert(owner_of(&tx, row.id, &user)).await?;
            tx.audit(Audit::in_program::<program::Entity>(row.id, "program.create", row.id));
            Ok(row.id)
        })
        .await?;
        Ok(ProgramPayload {
            program: scope.record(id).await?,
            ..Default::default()
        })
    }

    /// Changes a program.
    pub async fn update(ctx: &Context<'_>, input: ProgramUpdateInput) -> Result<ProgramPayload, Refusal> {
        let ProgramUpdateInput {
            id,
            expected_version,
            name,
            slug,
            kind,
            timezone,
            logo_url,
            health_access,
            missed_after_hours,
            external_id,
        } = input;
        let mut mistakes = Mistakes::default();
        if let Some(name) = &name {
            mistakes.text("name", name, 200);
        }
        if let Some(slug) = &slug {
            check_slug(&mut mistakes, slug);
        }
        if let Some(timezone) = &timezone {
            mistakes.timezone("timezone", timezone);
        }
        if let MaybeUndefined::Value(url) = &logo_url {
            mistakes.url("logoUrl", url);
        }
        if let MaybeUndefined::Value(key) = &external_id {
            mistakes.text("externalId", key, 200);
        }
        if let Some(hours) = missed_after_hours {
            mistakes.range("missedAfterHours", hours, 0, 336);
        }
        mistakes.check()?;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let row = tx.lock::<program::Entity>(&id, Action::Update, "id").await?;
            let changes = program::ActiveModel {
                id: Set(row.id),
                sort_name: name.as_deref().map(folded).patch(),
                name: name.map(|name| name.trim().to_owned()).patch(),
                slug: slug.patch(),
                kind: kind.map(ProgramKind::from).patch(),
                timezone: timezone.patch(),
                logo_url: logo_url.patch(),
                health_access: health_access.map(HealthAccess::from).patch(),
                missed_after_hours: missed_after_hours.patch(),
                external_id: external_id.patch(),
                ..Default::default()
            };
            let after = tx.update(changes, Action::Update, expected_version).await?;
            if after.health_access != row.health_access {
                let audit = Audit::in_program::<program::Entity>(row.id, "program.health_access_change", row.id);
                let (from, to) = (row.health_access.to_value(), after.health_access.to_value());
                tx.audit(audit.changed("healthAccess", from, to));
            }
            Ok(row.id)
        })
        .await?;
        Ok(ProgramPayload {
            program: scope.record(id).await?,
            ..Default::default()
        })
    }

    /// Puts a program away, or takes it up again.
    pub async fn archive(ctx: &Context<'_>, input: ProgramArchiveInput) -> Result<ProgramPayload, Refusal> {
        let ProgramArchiveInput {
            id,
            expected_version,
            is_archived,
        } = input;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let row = tx.lock::<program::Entity>(&id, Action::Delete, "id").await?;
            let changes = program::ActiveModel {
                id: Set(row.id),
                archived_at: Set(is_archived.then(|| row.archived_at.unwrap_or(tx.now()))),
                ..Default::default()
            };
            tx.update(changes, Action::Delete, expected_version).await?;
            if row.archived_at.is_some() != is_archived {
                let action = if is_archived {
                    "program.archive"
                } else {
                    "program.restore"
                };
                tx.audit(Audit::in_program::<program::Entity>(row.id, action, row.id));
            }
            Ok(row.id)
        })
        .await?;
        Ok(ProgramPayload {
            program: scope.record(id).await?,
            ..Default::default()
        })
    }
}

/// The person who founds a program. A token that is confined to another, or may not do everything, founds none.
async fn founder(tx: &Tx) -> Result<user::Model, Refusal> {
    let viewer = tx.viewer();
    if viewer.confined_to.is_some() || !viewer.has_scope(ApiScope::Admin) {
        let message = "This token may not found programs.";
        return Err(UserError::new(UserErrorCode::NotAllowed, message).into());
    }
    let user = tx.find_one(user::Entity::find_by_id(viewer.user()?)).await?;
    Ok(user.ok_or(Failure::Internal)?)
}

/// The membership of the person who founds a program.
pub(crate) fn owner_of(tx: &Tx, program_id: Uuid, user: &user::Model) -> program_member::ActiveModel {
    program_member::ActiveModel {
        id: Set(new_id()),
        program_id: Set(program_id),
        user_id: Set(user.id),
        role: Set(ProgramRole::Owner),
        display_name: Set(user.name.clone()),
        sort_name: Set(folded(&user.name)),
        joined_at: Set(tx.now()),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        ..Default::default()
    }
}

/// Schools keep health data to medical staff.
pub(crate) fn usual_health_access(kind: ProgramKind) -> HealthAccess {
    match kind {
        ProgramKind::HighSchool | ProgramKind::College => HealthAccess::MedicalStaffOnly,
        _ => HealthAccess::HeadCoaches,
    }
}

fn check_slug(mistakes: &mut Mistakes, slug: &str) {
    let is_word = |word: &str| {
        let mut letters = word.bytes();
        !word.is_empty() && letters.all(|each| each.is_ascii_lowercase() || each.is_ascii_digit())
    };
    if !(2..=60).contains(&slug.len()) || !slug.split('-').all(is_word) {
        let message = "Give 2 to 60 lower-case letters, digits and single hyphens.";
        mistakes.add(UserError::new(UserErrorCode::Invalid, message).at("slug"));
    }
}

/// A slug made from a name, with an ending of its own when another program has it.
pub(crate) async fn free_slug(tx: &Tx, name: &str) -> Result<String, Refusal> {
    let spaced = folded(name).replace(|each: char| !each.is_ascii_alphanumeric(), " ");
    let mut slug: String = spaced
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("-")
        .chars()
        .take(50)
        .collect();
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.len() < 2 {
        slug = "program".into();
    }
    let taken = program::Entity::find().filter(program::Column::Slug.eq(slug.as_str()));
    if tx.exists(taken).await? {
        let id = new_id().simple().to_string();
        slug = format!("{slug}-{}", &id[id.len() - 8..]);
    }
    Ok(slug)
}
