//! Proving that an address is one's own.
use crate::{
    access::Action,
    auth::{
        Credential, mail_token,
        user::{User, UserPayload},
    },
    error::Refusal,
    mail::{Mailer, queue},
    payload::{UserError, UserErrorCode},
    scope::Request,
    write::{Audit, Tx, write, write_anonymous},
};
use async_graphql::{Context, InputObject};
use entity::{enums::MailKind, user};
use sea_orm::ActiveValue::Set;

/// What proves the address.
#[derive(InputObject)]
pub struct EmailVerifyInput {
    /// Token from the mail, good once, for 24 hours.
    token: String,
}

/// Confirms the address that a token was mailed to.
pub(crate) async fn verify(ctx: &Context<'_>, input: EmailVerifyInput) -> Result<UserPayload, Refusal> {
    let EmailVerifyInput { token } = input;
    let token = Credential::new(token);
    let row = write_anonymous(ctx, async move |tx: Tx| {
        let account = mail_token::holder(&tx, &token, MailKind::EmailVerification, "token").await?;
        mail_token::use_up(&tx, account.id, MailKind::EmailVerification).await?;
        let changes = user::ActiveModel {
            id: Set(account.id),
            email_verified_at: Set(account.email_verified_at.or(Some(tx.now()))),
            ..Default::default()
        };
        tx.audit(Audit::of_account(account.id, "account.email_verify").by(account.id));
        tx.follow(changes).await
    })
    .await?;
    // Whoever asks may be this person, and have read the account before.
    Request::of(ctx).renew().await?;
    Ok(UserPayload {
        user: Some(User(row.into())),
        ..Default::default()
    })
}

/// Mails another token to the viewer.
pub(crate) async fn request(ctx: &Context<'_>) -> Result<UserPayload, Refusal> {
    let scope = Request::of(ctx).scope();
    let user_id = scope.viewer().user()?;
    let mailer = Mailer::of(ctx)?;
    mailer.check()?;
    let (scope, ()) = write(ctx, async move |tx: Tx| {
        let account = tx.lock_id::<user::Entity>(user_id, Action::Update, "id").await;
        let account = account.map_err(|refusal| match refusal {
            Refusal::Errors(_) => {
                let message = "This API token may not change the account.";
                UserError::new(UserErrorCode::NotAllowed, message).into()
            }
            failure => failure,
        })?;
        if account.email_verified_at.is_some() {
            let message = "The address is confirmed already.";
            return Err(UserError::new(UserErrorCode::InvalidState, message).into());
        }
        if mail_token::count(&tx, user_id, MailKind::EmailVerification).await? >= mail_token::MOST {
            let message = "Enough mails were sent: look for them, or try again tomorrow.";
            return Err(UserError::new(UserErrorCode::TooManyAttempts, message).into());
        }
        queue(&tx, MailKind::EmailVerification, &account.email).await
    })
    .await?;
    mailer.wake();
    Ok(UserPayload {
        user: scope.record(user_id).await?,
        ..Default::default()
    })
}
