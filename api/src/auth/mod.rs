//! Accounts: who asks, by which token, and how people get in.
use crate::{
    access::{ApiScope, Db, Membership, Viewer},
    error::Failure,
};
use crate::{error::Nullable, scope::Scope};
use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use entity::enums::{HealthAccess, ProgramRole};
use sea_orm::{ActiveEnum, Value};
use sha2::{Digest, Sha256};
use std::fmt;
use uuid::Uuid;

pub mod api_token;
pub mod session;
pub mod user;

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
        Sha256::digest(self.0.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
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
SELECT CASE WHEN a.left_on < $2 THEN 'former athlete' ELSE 'athlete' END, a.id, a.program_id, '', ''
FROM athlete a WHERE a.user_id = $1
UNION ALL
SELECT 'roster', r.team_season_id, r.athlete_id, '', ''
FROM roster_entry r JOIN athlete a ON a.id = r.athlete_id
WHERE a.user_id = $1 AND (r.left_on IS NULL OR r.left_on >= $2) AND (a.left_on IS NULL OR a.left_on >= $2)
"#;

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
        let lookup = if credential.is_api_token() {
            r#"SELECT t.user_id, NULL AS auth_session_id, t.scopes, t.program_id FROM api_token t JOIN "user" u ON u.id = t.user_id
            WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND u.deactivated_at IS NULL"#
        } else {
            r#"SELECT s.user_id, s.id AS auth_session_id, NULL AS scopes, NULL AS program_id FROM auth_token t
            JOIN auth_session s ON s.id = t.auth_session_id JOIN "user" u ON u.id = s.user_id
            WHERE t.hash = $1 AND t.kind = 'ACCESS' AND t.expires_at > $2 AND s.revoked_at IS NULL AND u.deactivated_at IS NULL"#
        };
        let rows = db
            .identify(
                db.dialect
                    .raw(lookup, [Value::from(credential.hash()), Value::from(now)]),
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(viewer) };
        viewer.user_id = Some(row.try_get::<Uuid>("", "user_id")?);
        if credential.is_api_token() {
            let words = row.try_get::<entity::Json<Vec<String>>>("", "scopes")?.0;
            viewer.scopes = Some(words.iter().filter_map(|word| ApiScope::from_word(word)).collect());
            viewer.confined_to = row.try_get::<Option<Uuid>>("", "program_id")?;
        } else {
            viewer.session_id = Some(row.try_get::<Uuid>("", "auth_session_id")?);
        }
        viewer.load_memberships(db).await?;
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
        let mut rows = db.identify(db.dialect.raw(MEMBERSHIPS, values)).await?;
        // Members and athletes first: the other rows hang from them.
        rows.sort_by_cached_key(|row| {
            !matches!(
                row.try_get::<String>("", "kind").as_deref(),
                Ok("member" | "athlete" | "former athlete")
            )
        });
        for row in rows {
            let (one, other) = (row.try_get::<Uuid>("", "one")?, row.try_get::<Uuid>("", "other")?);
            let kind = row.try_get::<String>("", "kind")?;
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
                    role: ProgramRole::try_from_value(&row.try_get("", "word")?)?,
                    health_access: HealthAccess::try_from_value(&row.try_get("", "second_word")?)?,
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

/// This area's part of the mutations.
#[derive(Default)]
pub struct AuthMutation;

#[Object]
impl AuthMutation {
    /// Nothing yet.
    async fn nothing(&self) -> bool {
        true
    }
}
