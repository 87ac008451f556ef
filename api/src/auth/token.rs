//! Access and refresh tokens: random, kept as hashes, rotated. A refresh token that is used once more after its time
//! was copied by somebody, so the whole session ends.
use crate::{
    auth::{AuthPayload, Credential},
    error::{Failure, Refusal},
    payload::{UserError, UserErrorCode},
    scope::{Client, Request, new_id},
    write::{Audit, Tx, write_anonymous},
};
use async_graphql::{Context, InputObject, SimpleObject};
use chrono::{DateTime, Duration, Utc};
use entity::{auth_session, auth_token, enums::TokenKind, user};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query,
};
use uuid::Uuid;

/// First characters of an access token.
const ACCESS_PREFIX: &str = "fa_";
/// First characters of a refresh token.
const REFRESH_PREFIX: &str = "fr_";
/// Minutes that an access token is good for.
const ACCESS_MINUTES: i64 = 15;
/// Days that a refresh token is good for.
const REFRESH_DAYS: i64 = 30;
/// Seconds that a refresh token still works after it was replaced, as long as its successor was not used: an answer
/// that was lost on the way can be asked for again.
const GRACE_SECONDS: i64 = 60;
/// Devices signed in at once; one more signs out the oldest.
const MOST_SESSIONS: u64 = 100;

/// What a device is signed in with. The server keeps hashes only: these are shown once.
#[derive(SimpleObject)]
pub struct AuthTokens {
    /// Sent as `Authorization: Bearer ...` with each request; good for 15 minutes.
    access_token: String,
    /// When the access token stops working.
    access_token_expires_at: DateTime<Utc>,
    /// Given to `authTokenRefresh` for new tokens, once; good for 30 days.
    refresh_token: String,
    /// When the refresh token stops working.
    refresh_token_expires_at: DateTime<Utc>,
}

/// What to refresh with.
#[derive(InputObject)]
pub struct AuthTokenRefreshInput {
    /// The latest refresh token of this device.
    refresh_token: String,
}

/// A new pair of tokens.
pub(crate) struct Pair {
    pub(crate) access: Credential,
    refresh: Credential,
    made_at: DateTime<Utc>,
}

impl Pair {
    async fn make(tx: &Tx, session_id: Uuid) -> Result<Self, Refusal> {
        let pair = Self {
            access: Credential::random(ACCESS_PREFIX)?,
            refresh: Credential::random(REFRESH_PREFIX)?,
            made_at: tx.now(),
        };
        let row = |credential: &Credential, kind, expires_at| auth_token::ActiveModel {
            hash: Set(credential.hash()),
            auth_session_id: Set(session_id),
            kind: Set(kind),
            created_at: Set(pair.made_at),
            expires_at: Set(expires_at),
            replaced_at: Set(None),
            successor_hash: Set(None),
        };
        let access = row(&pair.access, TokenKind::Access, pair.access_expires_at());
        let refresh = row(&pair.refresh, TokenKind::Refresh, pair.refresh_expires_at());
        tx.insert_rows(vec![access, refresh]).await?;
        Ok(pair)
    }

    /// A pair for a person who has proved who they are, on a device that is new.
    pub(crate) async fn sign_in(tx: &Tx, user_id: Uuid, client: &Client) -> Result<Self, Refusal> {
        use auth_session::Column;
        let live = auth_session::Entity::find()
            .filter(Column::UserId.eq(user_id))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(tx.now()))
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(MOST_SESSIONS + 1);
        for surplus in tx.find(live).await?.into_iter().skip(MOST_SESSIONS as usize - 1) {
            end(tx, surplus.id).await?;
        }
        let session = auth_session::ActiveModel {
            id: Set(new_id()),
            user_id: Set(user_id),
            user_agent: Set(client.user_agent.clone()),
            ip_address: Set(client.address.map(|address| address.to_string())),
            created_at: Set(tx.now()),
            last_used_at: Set(tx.now()),
            expires_at: Set(tx.now() + Duration::days(REFRESH_DAYS)),
            revoked_at: Set(None),
        };
        let session = tx.insert(session).await?;
        tx.audit(Audit::of_session(&session, "account.sign_in").by(user_id));
        Self::make(tx, session.id).await
    }

    fn access_expires_at(&self) -> DateTime<Utc> {
        self.made_at + Duration::minutes(ACCESS_MINUTES)
    }

    fn refresh_expires_at(&self) -> DateTime<Utc> {
        self.made_at + Duration::days(REFRESH_DAYS)
    }

    /// As the client is told, this once.
    pub(crate) fn reveal(self) -> AuthTokens {
        AuthTokens {
            access_token_expires_at: self.access_expires_at(),
            refresh_token_expires_at: self.refresh_expires_at(),
            access_token: self.access.reveal(),
            refresh_token: self.refresh.reveal(),
        }
    }
}

/// Ends a session: none of its tokens works any longer.
pub(crate) async fn end(tx: &Tx, session_id: Uuid) -> Result<(), Refusal> {
    let ended = auth_session::ActiveModel {
        id: Set(session_id),
        revoked_at: Set(Some(tx.now())),
        ..Default::default()
    };
    let session = tx.follow(ended).await?;
    tx.audit(Audit::of_session(&session, "account.sign_out"));
    Ok(())
}

/// Ends all sessions of a person, but for one.
pub(crate) async fn end_all(tx: &Tx, user_id: Uuid, except: Option<Uuid>) -> Result<(), Refusal> {
    let mut live = auth_session::Entity::find()
        .filter(auth_session::Column::UserId.eq(user_id))
        .filter(auth_session::Column::RevokedAt.is_null());
    if let Some(except) = except {
        live = live.filter(auth_session::Column::Id.ne(except));
    }
    for session in tx.find_locked(live).await? {
        end(tx, session.id).await?;
    }
    Ok(())
}

/// Answers with tokens, as the person whom they let in.
pub(crate) async fn answer(ctx: &Context<'_>, pair: Pair) -> Result<AuthPayload, Refusal> {
    let scope = Request::of(ctx).sign_in(pair.access.clone()).await?;
    Ok(AuthPayload {
        user: scope.record_if(scope.viewer().user_id).await?,
        tokens: Some(pair.reveal()),
        ..Default::default()
    })
}

/// Exchanges a refresh token for a new pair.
pub(crate) async fn refresh(ctx: &Context<'_>, input: AuthTokenRefreshInput) -> Result<AuthPayload, Refusal> {
    let AuthTokenRefreshInput { refresh_token } = input;
    let hash = Credential::new(refresh_token).hash();
    let client = Request::of(ctx).client.clone();
    let renewed = write_anonymous(ctx, async move |tx: Tx| rotate(&tx, &hash, &client).await).await?;
    let Some(pair) = renewed else {
        let message = "This refresh token was used, revoked, or ran out: sign in again.";
        return Err(UserError::new(UserErrorCode::TokenExpired, message)
            .at("refreshToken")
            .into());
    };
    answer(ctx, pair).await
}

/// The next pair; none when the token is no good, which must not roll back the end of a session.
async fn rotate(tx: &Tx, hash: &str, client: &Client) -> Result<Option<Pair>, Refusal> {
    let Some(session_id) = find(tx, hash).await?.map(|token| token.auth_session_id) else {
        return Ok(None);
    };
    // The session's row is the lock of its tokens: two refreshes at once come one after the other.
    let live = auth_session::Entity::find_by_id(session_id)
        .filter(auth_session::Column::RevokedAt.is_null())
        .filter(auth_session::Column::ExpiresAt.gt(tx.now()));
    let Some(session) = tx.find_locked(live).await?.pop() else {
        return Ok(None);
    };
    let active = user::Entity::find_by_id(session.user_id).filter(user::Column::DeactivatedAt.is_null());
    if tx.find_one(active).await?.is_none() {
        return Ok(None);
    }
    let Some(token) = find(tx, hash).await?.filter(|token| token.expires_at > tx.now()) else {
        return Ok(None);
    };
    if let Some(replaced_at) = token.replaced_at {
        let successor = match &token.successor_hash {
            Some(hash) => find(tx, hash).await?,
            None => None,
        };
        let unused = successor.filter(|successor| successor.replaced_at.is_none());
        let Some(unused) = unused.filter(|_| tx.now() < replaced_at + Duration::seconds(GRACE_SECONDS)) else {
            tracing::warn!(session = %session.id, "a refresh token was used again: its session ends");
            tx.audit(Audit::of_session(&session, "account.token_reuse"));
            end(tx, session.id).await?;
            return Ok(None);
        };
        // Kept without a successor: if it turns up after all, two hold tokens of this session.
        replace(tx, &unused.hash, tx.now(), None).await?;
    }
    let pair = Pair::make(tx, session.id).await?;
    let replaced_at = token.replaced_at.unwrap_or(tx.now());
    replace(tx, &token.hash, replaced_at, Some(pair.refresh.hash())).await?;
    let lapsed = Condition::all()
        .add(auth_token::Column::AuthSessionId.eq(session.id))
        .add(auth_token::Column::ExpiresAt.lte(tx.now()));
    tx.delete_rows::<auth_token::Entity>(lapsed).await?;
    let used = auth_session::ActiveModel {
        id: Set(session.id),
        user_agent: Set(client.user_agent.clone().or(session.user_agent)),
        ip_address: Set(client.address.map(|address| address.to_string()).or(session.ip_address)),
        last_used_at: Set(tx.now()),
        expires_at: Set(pair.refresh_expires_at()),
        ..Default::default()
    };
    tx.follow(used).await?;
    Ok(Some(pair))
}

async fn find(tx: &Tx, hash: &str) -> Result<Option<auth_token::Model>, Refusal> {
    let query = auth_token::Entity::find()
        .filter(auth_token::Column::Hash.eq(hash))
        .filter(auth_token::Column::Kind.eq(TokenKind::Refresh));
    tx.find_one(query).await
}

async fn replace(tx: &Tx, hash: &str, at: DateTime<Utc>, successor: Option<String>) -> Result<(), Refusal> {
    let update = Query::update()
        .table(auth_token::Entity)
        .value(auth_token::Column::ReplacedAt, at)
        .value(auth_token::Column::SuccessorHash, successor)
        .and_where(auth_token::Column::Hash.eq(hash))
        .take();
    if tx.update_rows(&update).await? == 1 {
        Ok(())
    } else {
        Err(Failure::Internal.into())
    }
}
