//! The own account, members and invitations.
use super::{Entry, Who, entry};
use crate::support::{Stock, json};

/// Mutations whose input is a secret that only its holder has; `tests/auth` and `tests/organization` try them.
pub const BY_SECRET: [&str; 7] = [
    "authLogin",
    "authRegister",
    "authTokenRefresh",
    "emailVerify",
    "passwordChange",
    "passwordReset",
    "programInvitationAccept",
];

pub fn entries(stock: &Stock) -> Vec<Entry> {
    let id = |key| stock.id(key);
    vec![
        entry("authLogout", json!({ "allSessions": false })),
        entry("emailVerificationRequest", json!({})),
        Entry {
            mutation: "passwordResetRequest",
            input: json!({ "email": "olga@example.org" }),
            by: Who::Anybody,
        },
        entry("authSessionRevoke", json!({ "sessionId": id("AuthSession") })),
        entry(
            "apiTokenCreate",
            json!({
                "name": "Spreadsheet", "scopes": ["READ_TRAINING"], "programId": id("Program"),
                "expiresAt": "2026-12-31T00:00:00Z"
            }),
        ),
        entry("apiTokenRevoke", json!({ "id": id("ApiToken") })),
        entry(
            "viewerUpdate",
            json!({ "expectedVersion": 1, "name": "Olga", "timezone": "America/Chicago", "unitSystem": "IMPERIAL" }),
        ),
        entry(
            "programMemberInvite",
            json!({
                "idempotencyKey": "k1", "programId": id("Program"), "email": "ben@example.org", "role": "ASSISTANT_COACH",
                "teamIds": [id("Team")], "eventGroupIds": [id("EventGroup")]
            }),
        ),
        entry(
            "programMemberInvite",
            json!({
                "programId": id("Program"), "email": "nia@example.org", "role": "ATHLETE",
                "athleteId": id("Athlete newcomer")
            }),
        ),
        entry("programInvitationRevoke", json!({ "id": id("ProgramInvitation") })),
        entry(
            "programMemberUpdate",
            json!({
                "id": id("ProgramMember"), "expectedVersion": 1, "role": "ASSISTANT_COACH", "title": "Throws coach",
                "teamIds": [id("Team")], "eventGroupIds": [id("EventGroup")]
            }),
        ),
        entry("programMemberRemove", json!({ "id": id("ProgramMember") })),
    ]
}
