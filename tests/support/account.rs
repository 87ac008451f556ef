//! Accounts with passwords: made as the command line makes them, since hashing is slow and most tests need none.
use super::{
    client::{Client, Payload},
    world::World,
};
use entity::enums::ProgramKind;
use fieldhouse::auth::owner::{Created, NewOwner, NewProgram, create};
use serde_json::json;

/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery";

/// The selection that signs somebody in.
pub const TOKENS: &str =
    "user { email name } tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt }";

impl World {
    /// An owner of a program of their own, with a password.
    pub async fn founder(&self, name: &str, program: &str) -> Created {
        let owner = NewOwner {
            email: format!("{}@example.org", name.to_lowercase()),
            name: name.to_owned(),
            password: PASSWORD.to_owned(),
            timezone: "America/Denver".to_owned(),
            program: Some(NewProgram {
                name: program.to_owned(),
                kind: ProgramKind::College,
            }),
        };
        create(&self.app, owner).await.expect("the owner is made")
    }

    /// Asks to sign in.
    pub async fn log_in(&self, email: &str, password: &str) -> Payload {
        let input = json!({ "email": email, "password": password });
        self.anonymous().change("authLogin", input, TOKENS).await
    }

    /// Signs in.
    pub async fn logged_in(&self, email: &str) -> Client {
        let payload = self.log_in(email, PASSWORD).await;
        self.client(payload.text("tokens.accessToken"))
    }
}
