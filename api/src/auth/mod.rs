//! Accounts: who asks, by which token, and how people get in.
use crate::{
    access::{ApiScope, Db, Membership, TokenInUse, Viewer},
    error::{Failure, Nullable},
    feed::{Change, Follow, Target},
    node::Named,
    payload,
    scope::Scope,
};
use api_token::{ApiToken, ApiTokenCreateInput, ApiTokenPayload, ApiTokenRevokeInput};
use async_graphql::{Context, Subscription};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::{
    Json,
    enums::{HealthAccess, ProgramRole},
};
use futures_util::Stream;
use plain::Object;
use recovery::{PasswordResetInput, PasswordResetRequestInput, PasswordResetRequestPayload};
use sea_orm::{ActiveEnum, Value};
use session::{AuthLogoutInput, AuthLogoutPayload, AuthSessionPayload, AuthSessionRevokeInput};
use sha2::{Digest, Sha256};
use std::fmt;
use user::{User, UserPayload, ViewerUpdateInput};
use uuid::Uuid;
use verification::EmailVerifyInput;

pub mod api_token;
pub mod login;
pub(crate) mod mail_token;
pub mod owner;
pub mod password;
pub mod recovery;
pub mod register;
pub mod session;
pub mod token;
pub mod user;
pub mod verification;

/// First characters of an API token.
pub const API_TOKEN_PREFIX: &str = "fh_";

/// A token as a client sent it. Its text never appears in logs.
#[derive(Clone)]
pub struct Credential(String);

impl Credential {
    /// The token of an Authorization header.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// What the database keeps of a token: its SHA-256, in hexadecimal digits.
    pub fn hash(&self) -> String {
        let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
        let digest = Sha256::digest(self.0.as_bytes());
        let digits = digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
        digits.collect()
    }

    /// A new secret: the prefix and 32 random bytes.
    ///
    /// # Errors
    /// `Internal` when the system has no randomness.
    pub(crate) fn random(prefix: &str) -> Result<Self, Failure> {
        // The salts of passwords are 16 bytes of the system's randomness each.
        let mut bytes = Vec::with_capacity(32);
        for _ in 0..2 {
            bytes.extend(argon2::password_hash::try_generate_salt().map_err(|_| Failure::Internal)?);
        }
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The first characters, by which a person recognises a token.
    pub(crate) fn beginning(&self) -> String {
        self.0.chars().take(8).collect()
    }

    /// The secret itself, to be told once to whom it is for.
    pub(crate) fn reveal(self) -> String {
        self.0
    }

    fn is_api_token(&self) -> bool {
        self.0.starts_with(API_TOKEN_PREFIX)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credential(..)")
    }
}

/// Whose an API token is, and what it may do.
const API_TOKEN: &str = r#"
SELECT t.user_id, t.id, t.name, t.last_used_at, t.scopes, t.program_id FROM api_token t JOIN "user" u ON u.id = t.user_id
WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND u.deactivated_at IS NULL
"#;

entity::row! {
    struct OwnerOfApiToken {
        user_id: Uuid,
        id: Uuid,
        name: String,
        last_used_at: Option<DateTime<Utc>>,
        scopes: Json<Vec<String>>,
        program_id: Option<Uuid>,
    }
}

/// Whose an access token is.
const ACCESS_TOKEN: &str = r#"
SELECT s.user_id, s.id FROM auth_token t
JOIN auth_session s ON s.id = t.auth_session_id JOIN "user" u ON u.id = s.user_id
WHERE t.hash = $1 AND t.kind = 'ACCESS' AND t.expires_at > $2 AND s.revoked_at IS NULL AND u.deactivated_at IS NULL
"#;

entity::row! {
    struct OwnerOfAccessToken {
        user_id: Uuid,
        id: Uuid,
    }
}

/// A person's memberships, teams, groups, athletes and rosters in one statement: `kind`, then two ids, then two words.
const MEMBERSHIPS: &str = r#"
SELECT 'member' AS kind, m.id AS one, m.program_id AS other, m.role AS word, p.health_access AS second_word
FROM program_member m JOIN program p ON p.id = m.program_id WHERE m.user_id = $1 AND m.deactivated_at IS NULL
UNION ALL
SELECT 'team', t.program_member_id, t.team_id, '', ''
FROM program_member_team t JOIN program_member m ON m.id = t.program_member_id WHERE m.user_id = $1
UNION ALL
SELECT 'season', t.program_member_id, s.id, '', ''
FROM program_member_team t JOIN program_member m ON m.id = t.program_member_id JOIN team_season s ON s.team_id = t.team_id
WHERE m.user_id = $1
UNION ALL
SELECT 'group', c.program_member_id, c.event_group_id, '', ''
FROM event_group_coach c JOIN program_member m ON m.id = c.program_member_id WHERE m.user_id = $1
UNION ALL
SELECT CASE WHEN a.left_on < $2 OR a.archived_at IS NOT NULL THEN 'former athlete' ELSE 'athlete' END, a.id, a.program_id, '', ''
FROM athlete a WHERE a.user_id = $1
UNION ALL
SELECT 'roster', r.team_season_id, r.athlete_id, '', ''
FROM roster_entry r JOIN athlete a ON a.id = r.athlete_id
WHERE a.user_id = $1 AND (r.left_on IS NULL OR r.left_on >= $2) AND (a.left_on IS NULL OR a.left_on >= $2)
AND a.archived_at IS NULL
"#;

entity::row! {
    struct MembershipRow {
        kind: String,
        one: Uuid,
        other: Uuid,
        word: String,
        second_word: String,
    }
}

/// Whether viewers are read from a table, so that they must be read again when it changed.
pub(crate) fn makes_viewers(table: &str) -> bool {
    let words = |sql: &'static str| sql.split(|each: char| !each.is_ascii_alphanumeric() && each != '_');
    [API_TOKEN, ACCESS_TOKEN, MEMBERSHIPS]
        .into_iter()
        .any(|sql| words(sql).any(|word| word == table))
}

impl Viewer {
    /// Who a token belongs to. No token, or one that is unknown, revoked or out of date, makes the anonymous.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn identify(db: &Db, credential: Option<&Credential>, now: DateTime<Utc>) -> Result<Self, Failure> {
        let mut viewer = Self::anonymous(db.dialect, now);
        let Some(credential) = credential else {
            return Ok(viewer);
        };
        let hash = credential.hash();
        let edition = match db.recent().viewer(&hash, now) {
            Ok(viewer) => return Ok(viewer),
            Err(edition) => edition,
        };
        let values = [Value::from(hash.clone()), Value::from(now)];
        if credential.is_api_token() {
            let found: Vec<OwnerOfApiToken> = db.identify(db.dialect.raw(API_TOKEN, values)).await?;
            let Some(found) = found.into_iter().next() else {
                return Ok(viewer);
            };
            viewer.user_id = Some(found.user_id);
            let scopes = found.scopes.0;
            viewer.scopes = Some(scopes.iter().filter_map(|word| ApiScope::from_word(word)).collect());
            viewer.confined_to = found.program_id;
            api_token::note_use(db, found.id, found.last_used_at, now);
            viewer.api_token = Some(TokenInUse {
                id: found.id,
                name: found.name,
            });
        } else {
            let found: Vec<OwnerOfAccessToken> = db.identify(db.dialect.raw(ACCESS_TOKEN, values)).await?;
            let Some(found) = found.into_iter().next() else {
                return Ok(viewer);
            };
            viewer.user_id = Some(found.user_id);
            viewer.session_id = Some(found.id);
        }
        viewer.load_memberships(db).await?;
        db.recent().keep(hash, viewer.clone(), edition);
        Ok(viewer)
    }

    /// The viewer that a person would be, for jobs of the command line.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn of_user(db: &Db, user_id: Uuid, now: DateTime<Utc>) -> Result<Self, Failure> {
        let mut viewer = Self {
            user_id: Some(user_id),
            ..Self::anonymous(db.dialect, now)
        };
        viewer.load_memberships(db).await?;
        Ok(viewer)
    }

    async fn load_memberships(&mut self, db: &Db) -> Result<(), Failure> {
        let values = [Value::from(self.user_id), Value::from(self.today())];
        let mut rows: Vec<MembershipRow> = db.identify(db.dialect.raw(MEMBERSHIPS, values)).await?;
        // Members and athletes first: the other rows hang from them.
        rows.sort_by_key(|row| !matches!(row.kind.as_str(), "member" | "athlete" | "former athlete"));
        for row in rows {
            let MembershipRow { kind, one, other, .. } = row;
            if self.confined_to.is_some_and(|program| {
                matches!(kind.as_str(), "member" | "athlete" | "former athlete") && program != other
            }) {
                continue;
            }
            let membership = self.memberships.iter_mut().find(|membership| membership.id == one);
            match (kind.as_str(), membership) {
                ("member", _) => self.memberships.push(Membership {
                    id: one,
                    program_id: other,
                    role: ProgramRole::try_from_value(&row.word)?,
                    health_access: HealthAccess::try_from_value(&row.second_word)?,
                    teams: Vec::new(),
                    seasons: Vec::new(),
                    groups: Vec::new(),
                }),
                ("team", Some(membership)) => membership.teams.push(other),
                ("season", Some(membership)) => membership.seasons.push(other),
                ("group", Some(membership)) => membership.groups.push(other),
                ("athlete", _) => {
                    self.athletes.push(one);
                    self.current_athletes.push(one);
                    self.athlete_programs.push(other);
                }
                ("former athlete", _) => {
                    self.athletes.push(one);
                    self.athlete_programs.push(other);
                }
                ("roster", _) if self.athletes.contains(&other) => self.athlete_seasons.push(one),
                _ => {}
            }
        }
        Ok(())
    }
}

/// This area's part of the queries.
#[derive(Default)]
pub struct AuthQuery;

#[Object]
impl AuthQuery {
    /// Who asks; null for the anonymous.
    async fn viewer(&self, ctx: &Context<'_>) -> Nullable<user::User> {
        let scope = Scope::of(ctx);
        scope.record_if(scope.viewer().user_id).await.into()
    }
}

payload! {
    /// Somebody who got in.
    AuthPayload {
        /// The account; null when nobody got in.
        user: Option<User>,
        /// What to send with the next requests; null when nobody got in. Later fields of this document are answered as
        /// this person already.
        tokens: Option<token::AuthTokens>,
    }
}

/// This area's part of the subscriptions.
#[derive(Default)]
pub struct AuthSubscription;

#[Subscription]
impl AuthSubscription {
    /// The viewer's own account, whenever it changed: the name, the settings, the devices signed in, the API tokens.
    async fn viewer_changed(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Result<User, Failure>>, Failure> {
        let target = Target::viewer::<User>(ctx)?;
        let user_id = target.key;
        let is_own = move |change: &Change| match change.node_type.as_str() {
            <entity::user::Entity as Named>::NAME => change.node_id == user_id,
            <entity::auth_session::Entity as Named>::NAME | <entity::api_token::Entity as Named>::NAME => {
                change.user_id == Some(user_id)
            }
            _ => false,
        };
        Ok(Follow::new(ctx, target).stream(is_own, async |_, scope| scope.record_if(scope.viewer().user_id).await))
    }
}

/// This area's part of the mutations.
#[derive(Default)]
pub struct AuthMutation;

#[Object]
impl AuthMutation {
    /// Signs in with a password. From the third failure in a row on, the account (or address without one) is blocked
    /// for a second, then two, four and so on up to 15 minutes: `TOO_MANY_ATTEMPTS`. A hundred devices may be signed in
    /// at once; one more signs out the oldest.
    async fn auth_login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: login::AuthLoginInput,
    ) -> Nullable<AuthPayload> {
        login::login(ctx, input).await.into()
    }

    /// Makes an account and accepts the invitation that permits it. People who have an account sign in and accept by
    /// `programInvitationAccept`.
    async fn auth_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who joins, by which invitation.")] input: register::AuthRegisterInput,
    ) -> Nullable<AuthPayload> {
        register::register(ctx, input).await.into()
    }

    /// Exchanges a refresh token for new tokens. The one before the latest works for another 60 seconds as long as the
    /// latest was not used, should its answer have been lost. Any other use of a replaced one ends the session, for
    /// two hold it then.
    async fn auth_token_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: token::AuthTokenRefreshInput,
    ) -> Nullable<AuthPayload> {
        token::refresh(ctx, input).await.into()
    }

    /// Signs out this device, or all of the viewer's.
    async fn auth_logout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which devices to sign out.")] input: AuthLogoutInput,
    ) -> Nullable<AuthLogoutPayload> {
        session::log_out(ctx, input).await.into()
    }

    /// Signs out one of the viewer's devices.
    async fn auth_session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which device to sign out.")] input: AuthSessionRevokeInput,
    ) -> Nullable<AuthSessionPayload> {
        session::revoke(ctx, input).await.into()
    }

    /// Changes the viewer's password and signs out every other device. Failures count as those of `authLogin` do.
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The old and the new password.")] input: login::PasswordChangeInput,
    ) -> Nullable<UserPayload> {
        login::change_password(ctx, input).await.into()
    }

    /// Mails a token to the address by which `passwordReset` takes a new password, should an account have it: the answer
    /// is the same if none has. At most five times in half an hour for an address, and an account has at most five
    /// tokens that are good.
    async fn password_reset_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who forgot the password.")] input: PasswordResetRequestInput,
    ) -> Nullable<PasswordResetRequestPayload> {
        recovery::request(ctx, input).await.into()
    }

    /// Takes a new password, by a token from a mail, in place of one that was forgotten. It signs in, ends every other
    /// session and every wait after failures, and confirms the address. API tokens go on working unless told otherwise.
    async fn password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token and the new password.")] input: PasswordResetInput,
    ) -> Nullable<AuthPayload> {
        recovery::reset(ctx, input).await.into()
    }

    /// Confirms the address of an account, by the token that was mailed to it. Whoever has the token may do it, signed in
    /// or not.
    async fn email_verify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token from the mail.")] input: EmailVerifyInput,
    ) -> Nullable<UserPayload> {
        verification::verify(ctx, input).await.into()
    }

    /// Mails the viewer another token for `emailVerify`; the first came when the account was made. At most five that are
    /// good at once.
    async fn email_verification_request(&self, ctx: &Context<'_>) -> Nullable<UserPayload> {
        verification::request(ctx).await.into()
    }

    /// Makes an API token of the viewer; its secret is shown this once.
    async fn api_token_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token to make.")] input: ApiTokenCreateInput,
    ) -> Nullable<ApiTokenPayload> {
        ApiToken::create(ctx, input).await.into()
    }

    /// Revokes an API token of the viewer; it stops working at once.
    async fn api_token_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token to revoke.")] input: ApiTokenRevokeInput,
    ) -> Nullable<ApiTokenPayload> {
        ApiToken::revoke(ctx, input).await.into()
    }

    /// Changes the viewer's own account.
    async fn viewer_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: ViewerUpdateInput,
    ) -> Nullable<UserPayload> {
        User::update(ctx, input).await.into()
    }
}
