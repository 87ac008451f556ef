//! Making an account, by invitation.
use crate::{
    auth::{
        AuthPayload, Credential, login,
        password::about,
        token::{self, Pair},
    },
    error::{Failure, Refusal},
    mail::{Mailer, queue},
    organization::acceptance::Invited,
    payload::Mistakes,
    scope::{Request, new_id},
    write::{Audit, Tx, write_anonymous},
};
use async_graphql::{Context, InputObject};
use entity::{
    enums::{MailKind, UnitSystem},
    program, user,
};
use sea_orm::{ActiveValue::Set, EntityTrait};

/// Who joins.
#[derive(InputObject)]
pub struct AuthRegisterInput {
    /// E-mail address to sign in with from now on; it may be another than the one invited.
    email: String,
    /// Password of 12 to 200 characters, hard to guess.
    password: String,
    /// Name shown to others, of 1 to 200 characters; left out, the name of the athlete record to be claimed, else the
    /// part of the address before the @.
    name: Option<String>,
    /// IANA name of the preferred time zone, such as America/Denver; left out, that of the program.
    timezone: Option<String>,
    /// Token of the invitation, from the link.
    invitation_token: String,
}

/// Makes an account, accepts the invitation and signs in.
pub(crate) async fn register(ctx: &Context<'_>, input: AuthRegisterInput) -> Result<AuthPayload, Refusal> {
    let AuthRegisterInput {
        email,
        password,
        name,
        timezone,
        invitation_token,
    } = input;
    let mut mistakes = Mistakes::default();
    let email = mistakes.email("email", &email);
    mistakes.password("password", &password);
    if let Some(name) = &name {
        mistakes.text("name", name, 200);
    }
    if let Some(timezone) = &timezone {
        mistakes.timezone("timezone", timezone);
    }
    mistakes.check()?;
    let token = Credential::new(invitation_token);
    // Asked before the password is hashed, so that only the invited cost anything; and again when it is used up.
    let early = token.clone();
    write_anonymous(ctx, async move |tx: Tx| {
        Invited::find(&tx, &early, "invitationToken").await?;
        Ok(())
    })
    .await?;
    let passwords = login::passwords(ctx)?;
    let about = about(&email, name.as_deref().unwrap_or_default());
    let hash = passwords.hash(passwords.place()?, "password", password, about).await?;
    let mailer = Mailer::of(ctx)?;
    let is_mailed = mailer.is_ready();
    let client = Request::of(ctx).client.clone();
    let pair = write_anonymous(ctx, async move |tx: Tx| {
        let invited = Invited::find(&tx, &token, "invitationToken").await?;
        let program = tx.find_one(program::Entity::find_by_id(invited.program_id())).await?;
        let name = name.or_else(|| invited.athlete_name());
        let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().chars().take(200).collect());
        let account = user::ActiveModel {
            id: Set(new_id()),
            email: Set(email),
            name: Set(name.trim().to_owned()),
            password_hash: Set(Some(hash)),
            timezone: Set(timezone.unwrap_or(program.ok_or(Failure::Internal)?.timezone)),
            unit_system: Set(UnitSystem::Metric),
            last_signed_in_at: Set(Some(tx.now())),
            created_at: Set(tx.now()),
            updated_at: Set(tx.now()),
            ..Default::default()
        };
        let person = tx.insert(account).await?;
        tx.audit(Audit::of_account(person.id, "account.create").by(person.id));
        invited.accept(&tx, &person).await?;
        if is_mailed {
            queue(&tx, MailKind::EmailVerification, &person.email).await?;
        }
        Pair::sign_in(&tx, person.id, &client).await
    })
    .await?;
    mailer.wake();
    token::answer(ctx, pair).await
}
