//! Signed-in devices.
use crate::{
    access::*,
    auth::token,
    error::Refusal,
    load::Relation,
    node,
    page::Ordered,
    payload,
    payload::{UserError, UserErrorCode},
    record,
    scope::{Request, Scope},
    write::{Tx, write},
};
use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::auth_session::{Column, Entity};
use plain::Object;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

record! {
    /// A signed-in device.
    AuthSession = auth_session
}

payload! {
    /// A device that was signed out.
    AuthSessionPayload {
        /// The session; null when nothing was done.
        session: Option<AuthSession>,
    }
}

payload! {
    /// Devices that were signed out.
    AuthLogoutPayload {
        /// Sessions that ended.
        revoked_session_ids: Vec<ID>,
    }
}

/// Which devices to sign out.
#[derive(InputObject)]
pub struct AuthLogoutInput {
    /// Whether to sign out all devices of the viewer, not this one alone.
    #[graphql(default)]
    all_sessions: bool,
}

/// Which device to sign out.
#[derive(InputObject)]
pub struct AuthSessionRevokeInput {
    /// The session to end.
    session_id: ID,
}

/// A signed-in device; only the person themselves sees it.
#[Object]
impl AuthSession {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Browser or app of the device, as it named itself last.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// Network address that the device signed in or refreshed its tokens from last.
    async fn ip_address(&self) -> Option<&str> {
        self.0.ip_address.as_deref()
    }

    /// Whether this is the device that asks.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        Scope::of(ctx).viewer().session_id == Some(self.0.id)
    }

    /// When the device signed in.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the device last signed in or refreshed its tokens, which a device in use does every 15 minutes.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }

    /// When the session ends unless its tokens are refreshed before.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When the device was signed out; null while it is signed in.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

/// Devices of a person that are signed in now.
pub struct Sessions;

impl Relation for Sessions {
    type Child = Entity;
    type Filter = ();
    const COLUMN: Column = Column::UserId;

    fn keep(_filter: &(), viewer: &Viewer) -> Result<Condition, crate::error::Failure> {
        Ok(Condition::all()
            .add(Column::RevokedAt.is_null())
            .add(Column::ExpiresAt.gt(viewer.now)))
    }
}

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::CreatedAt];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            // Devices belong to the account and to no program, so a token confined to one sees none.
            Action::Read | Action::Update | Action::Delete if viewer.has_account() => {
                viewer.any_of([(own(Column::UserId), Vec::from_iter(viewer.user_id))])
            }
            _ => Rows::none(),
        }
    }
}

/// Signs out this device, or all.
pub(crate) async fn log_out(ctx: &Context<'_>, input: AuthLogoutInput) -> Result<AuthLogoutPayload, Refusal> {
    let AuthLogoutInput { all_sessions } = input;
    let scope = Request::of(ctx).scope();
    let user_id = scope.viewer().user()?;
    let Some(session_id) = scope.viewer().session_id else {
        let message = "An API token has no session to end; revoke it by apiTokenRevoke.";
        return Err(UserError::new(UserErrorCode::NotAllowed, message).into());
    };
    let (_, ended) = write(ctx, async move |tx: Tx| {
        let mut live = Entity::find()
            .filter(Column::UserId.eq(user_id))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(tx.now()));
        if !all_sessions {
            live = live.filter(Column::Id.eq(session_id));
        }
        let mut ended = Vec::new();
        for session in tx.find_locked(live).await? {
            token::end(&tx, session.id).await?;
            ended.push(session.id);
        }
        Ok(ended)
    })
    .await?;
    Ok(AuthLogoutPayload {
        revoked_session_ids: ended.into_iter().map(node::global::<Entity>).collect(),
        ..Default::default()
    })
}

/// Signs out one device.
pub(crate) async fn revoke(ctx: &Context<'_>, input: AuthSessionRevokeInput) -> Result<AuthSessionPayload, Refusal> {
    let AuthSessionRevokeInput { session_id } = input;
    let (scope, row) = write(ctx, async move |tx: Tx| {
        let row = tx.lock::<Entity>(&session_id, Action::Delete, "sessionId").await?;
        if row.revoked_at.is_none() {
            token::end(&tx, row.id).await?;
        }
        Ok(entity::auth_session::Model {
            revoked_at: row.revoked_at.or(Some(tx.now())),
            ..row
        })
    })
    .await?;
    // Whoever ends the session that asks is nobody afterwards, and is still told what ended.
    let session = scope.record(row.id).await?;
    Ok(AuthSessionPayload {
        session: Some(session.unwrap_or(AuthSession(row.into()))),
        ..Default::default()
    })
}
