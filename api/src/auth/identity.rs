//! Who asks, by the token that came along.
use super::api_token;
use crate::{
    access::{ApiScope, Db, Membership, TokenInUse, Viewer},
    error::Failure,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::{
    Json,
    enums::{HealthAccess, ProgramRole},
};
use sea_orm::{ActiveEnum, Value};
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashSet,
    fmt,
    sync::{LazyLock, OnceLock},
};
use uuid::Uuid;

/// First characters of an API token.
pub const API_TOKEN_PREFIX: &str = "fh_";

/// A token as a client sent it. Its text never appears in logs.
#[derive(Clone)]
pub struct Credential {
    secret: String,
    /// Made when it is first asked for: not of what is refused before.
    digest: OnceLock<Digest>,
}

/// The SHA-256 of a token.
pub(crate) type Digest = [u8; 32];

/// A digest in hexadecimal digits.
pub(crate) fn digits(digest: &Digest) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    let digits = digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    digits.collect()
}

impl Credential {
    /// The token of an Authorization header.
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            secret: token.into(),
            digest: OnceLock::new(),
        }
    }

    /// What requests are told apart by.
    pub(crate) fn digest(&self) -> Digest {
        let make = || Sha256::digest(self.secret.as_bytes()).into();
        *self.digest.get_or_init(make)
    }

    /// What the database keeps of a token: its SHA-256, in hexadecimal digits.
    pub fn hash(&self) -> String {
        digits(&self.digest())
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
        Ok(Self::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The first characters, by which a person recognises a token.
    pub(crate) fn beginning(&self) -> String {
        self.secret.chars().take(8).collect()
    }

    /// The secret itself, to be told once to whom it is for.
    pub(crate) fn reveal(self) -> String {
        self.secret
    }

    fn is_api_token(&self) -> bool {
        self.secret.starts_with(API_TOKEN_PREFIX)
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
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let words = |sql: &'static str| sql.split(|each: char| !each.is_ascii_alphanumeric() && each != '_');
        [API_TOKEN, ACCESS_TOKEN, MEMBERSHIPS]
            .into_iter()
            .flat_map(words)
            .collect()
    });
    WORDS.contains(table)
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
        let digest = credential.digest();
        let edition = match db.recent().viewer(&digest, now) {
            Ok(viewer) => return Ok(viewer),
            Err(edition) => edition,
        };
        let values = [Value::from(credential.hash()), Value::from(now)];
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
        db.recent().keep(digest, viewer.clone(), edition);
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
