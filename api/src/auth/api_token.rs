//! Tokens of integrators: of some scopes, of one program or all, never of more than their maker may.
use crate::{
    access::*,
    auth::{API_TOKEN_PREFIX, Credential},
    error::{Failure, Nullable, Refusal},
    load::Relation,
    node,
    organization::program::Program,
    page::Ordered,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    print::One,
    record,
    scope::{Request, Scope, new_id},
    write::{Audit, Tx, write},
};
use async_graphql::{Context, Enum, ID, InputObject};
use chrono::{DateTime, Duration, Utc};
use entity::{
    Json,
    api_token::{ActiveModel, Column, Entity, Model},
    program,
};
use plain::Object;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, sea_query::Query};
use uuid::Uuid;

/// Tokens that a person may have at once.
const MOST: u64 = 100;

record! {
    /// A personal access token for integrators.
    ApiToken = api_token
}

payload! {
    /// An API token that was made or revoked.
    ApiTokenPayload {
        /// The token, without its secret; null when nothing was done.
        api_token: Option<ApiToken>,
        /// The secret, to be sent as `Authorization: Bearer ...`. Shown this once, by `apiTokenCreate`; the server keeps
        /// a hash only.
        secret: Option<String>,
    }
}

/// What an API token may do, within what its owner may.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(name = "ApiScope", remote = "crate::access::ApiScope")]
pub enum ApiScopeWord {
    /// Programs, teams, members and the names of athletes.
    ReadProgram,
    /// Workouts, practices, benchmarks and training sessions.
    ReadTraining,
    /// Compose, assign, publish and log.
    WriteTraining,
    /// Change teams, seasons, groups and rosters.
    WriteRoster,
    /// What health access is needed for.
    ReadHealth,
    /// Everything that the owner of the token may do, the other scopes included.
    Admin,
}

/// A token to make.
#[derive(InputObject)]
pub struct ApiTokenCreateInput {
    /// What the token is for, in 1 to 200 characters.
    name: String,
    /// What the token may do: at least one. A token signed in with may make others only if it has ADMIN.
    scopes: Vec<ApiScopeWord>,
    /// The one program that the token sees; left out, all of the viewer's. A token of one program makes no other.
    program_id: Option<ID>,
    /// When the token stops working; left out, never. A token that stops working makes none that works longer.
    expires_at: Option<DateTime<Utc>>,
}

/// Which token stops working.
#[derive(InputObject)]
pub struct ApiTokenRevokeInput {
    /// The token.
    id: ID,
}

/// A personal access token for integrators; only the person themselves sees it.
#[Object]
impl ApiToken {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// What the token is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// First characters of the secret, to recognise it by.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What the token may do, within what its owner may.
    async fn scopes(&self) -> Vec<ApiScopeWord> {
        let words = self.0.scopes.0.iter();
        words
            .filter_map(|word| ApiScope::from_word(word))
            .map(Into::into)
            .collect()
    }

    /// The one program that the token sees; null when it sees all of its owner's.
    async fn program(&self, ctx: &Context<'_>) -> Nullable<One<Program>> {
        Scope::of(ctx).referred_if(ctx, self.0.program_id).await.into()
    }

    /// When the token was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the token was last used, to the hour; null before its first use.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// When the token stops working; null for never.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// When the token was revoked; null while it works.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

/// Tokens of a person that were not revoked.
pub struct ApiTokens;

impl Relation for ApiTokens {
    type Child = Entity;
    type Filter = ();
    const COLUMN: Column = Column::UserId;

    fn keep(_filter: &(), _viewer: &Viewer) -> Result<Condition, Failure> {
        Ok(Condition::all().add(Column::RevokedAt.is_null()))
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::CreatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let own_tokens = viewer.any_of([(own(Column::UserId), Vec::from_iter(viewer.user_id))]);
        match action {
            Action::Read | Action::Update | Action::Delete if viewer.has_scope(ApiScope::Admin) => {
                match viewer.confined_to {
                    // A token of one program neither sees nor revokes those that reach further.
                    Some(program) => own_tokens.but_only(Column::ProgramId.eq(program)),
                    None => own_tokens,
                }
            }
            _ => Rows::none(),
        }
    }
}

impl ApiToken {
    /// Makes a token.
    pub(crate) async fn create(ctx: &Context<'_>, input: ApiTokenCreateInput) -> Result<ApiTokenPayload, Refusal> {
        let ApiTokenCreateInput {
            name,
            scopes,
            program_id,
            expires_at,
        } = input;
        let request = Request::of(ctx);
        let scope = request.scope();
        let user_id = scope.viewer().user()?;
        if !scope.viewer().has_scope(ApiScope::Admin) {
            let message = "A token without ADMIN makes no tokens.";
            return Err(UserError::new(UserErrorCode::NotAllowed, message).at("scopes").into());
        }
        let mut mistakes = Mistakes::default();
        mistakes.text("name", &name, 200);
        mistakes.items("scopes", scopes.len(), 1, ApiScope::WORDS.len());
        if expires_at.is_some_and(|at| at <= scope.now()) {
            let message = "Give an instant that is still to come.";
            mistakes.add(UserError::new(UserErrorCode::OutOfRange, message).at("expiresAt"));
        }
        mistakes.check()?;
        let mut words: Vec<&str> = scopes.into_iter().map(|word| ApiScope::from(word).word()).collect();
        words.sort_unstable();
        words.dedup();
        let maker = request.client.credential.as_ref().map(Credential::hash);
        let secret = Credential::random(API_TOKEN_PREFIX)?;
        let row = ActiveModel {
            id: Set(new_id()),
            user_id: Set(user_id),
            name: Set(name.trim().to_owned()),
            prefix: Set(secret.beginning()),
            hash: Set(secret.hash()),
            scopes: Set(Json(words.into_iter().map(str::to_owned).collect())),
            expires_at: Set(expires_at.map(crate::sql::instant)),
            ..Default::default()
        };
        let (scope, id) = write(ctx, async move |tx: Tx| make(&tx, row, program_id, maker).await).await?;
        Ok(ApiTokenPayload {
            api_token: scope.record(id).await?,
            secret: Some(secret.reveal()),
            ..Default::default()
        })
    }

    /// Revokes a token; one that was revoked before stays so.
    pub(crate) async fn revoke(ctx: &Context<'_>, input: ApiTokenRevokeInput) -> Result<ApiTokenPayload, Refusal> {
        let ApiTokenRevokeInput { id } = input;
        let (scope, row) = write(ctx, async move |tx: Tx| {
            let row = tx.lock::<Entity>(&id, Action::Delete, "id").await?;
            let changes = ActiveModel {
                id: Set(row.id),
                revoked_at: Set(row.revoked_at.or(Some(tx.now()))),
                ..Default::default()
            };
            if row.revoked_at.is_none() {
                let audit = Audit::of_account(row.user_id, "api_token.revoke").about::<Entity>(row.id);
                tx.audit(audit.with("name", row.name));
            }
            tx.update(changes, Action::Delete, None).await
        })
        .await?;
        // A token that revokes itself is nobody afterwards, and is still told what ended.
        let api_token = scope.record(row.id).await?;
        Ok(ApiTokenPayload {
            api_token: Some(api_token.unwrap_or(Self(row.into()))),
            ..Default::default()
        })
    }
}

/// Inserts a token that reaches no further than the token `maker`, if the viewer came by one.
async fn make(tx: &Tx, row: ActiveModel, program_id: Option<ID>, maker: Option<String>) -> Result<Uuid, Refusal> {
    let user_id = tx.viewer().user()?;
    let program = match &program_id {
        Some(id) => Some(tx.read::<program::Entity>(id, Action::Read, "programId").await?.id),
        None => None,
    };
    if tx.viewer().confined_to.is_some() && tx.viewer().confined_to != program {
        let message = "A token of one program makes tokens of that program alone.";
        return Err(UserError::new(UserErrorCode::NotAllowed, message)
            .at("programId")
            .into());
    }
    if tx.viewer().scopes.is_some() {
        let own = Entity::find()
            .filter(Column::Hash.eq(maker))
            .filter(Column::RevokedAt.is_null());
        let maker = tx.find_one(own).await?.ok_or(Failure::Unauthenticated)?;
        let asked = row.expires_at.clone().take().flatten();
        if let Some(end) = maker.expires_at
            && asked.is_none_or(|asked| asked > end)
        {
            let message = "A token that stops working makes none that works longer.";
            return Err(UserError::new(UserErrorCode::NotAllowed, message)
                .at("expiresAt")
                .into());
        }
    }
    let live = Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::RevokedAt.is_null())
        .limit(MOST);
    if tx.find(live).await?.len() as u64 == MOST {
        let message = format!("A person has at most {MOST} tokens: revoke one first.");
        return Err(UserError::new(UserErrorCode::InvalidState, message).into());
    }
    let row: Model = tx
        .insert(ActiveModel {
            program_id: Set(program),
            created_at: Set(tx.now()),
            ..row
        })
        .await?;
    let audit = Audit::of_account(user_id, "api_token.create").about::<Entity>(row.id);
    tx.audit(audit.with("name", row.name).with("scopes", row.scopes.0));
    Ok(row.id)
}

/// Notes that a token was used, at most once an hour, while its request goes on.
pub(crate) fn note_use(db: &Db, id: Uuid, last_used_at: Option<DateTime<Utc>>, now: DateTime<Utc>) {
    if last_used_at.is_some_and(|last| now - last < Duration::hours(1)) {
        return;
    }
    let scope = Scope::new(db.clone(), Viewer::anonymous(db.dialect, now));
    tokio::spawn(async move {
        let update = Query::update()
            .table(Entity)
            .value(Column::LastUsedAt, now)
            .and_where(Column::Id.eq(id))
            .take();
        let outcome = scope.write(async move |tx: Tx| tx.update_rows(&update).await).await;
        if outcome.is_err() {
            tracing::warn!(token = %id, "the use of an API token could not be noted");
        }
    });
}
