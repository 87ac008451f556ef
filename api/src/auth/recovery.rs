//! A new password for whoever forgot the old one, by mail. Nothing here tells whether anybody has an address: a request
//! is written down and answered alike for each, and who it is for is only asked when the mail is sent.
use crate::{
    auth::{
        AuthPayload, Credential, login, mail_token,
        password::about,
        token::{self, Pair},
    },
    error::Refusal,
    mail::{Mailer, queue},
    payload,
    payload::Mistakes,
    scope::Request,
    write::{Audit, Tx, write_anonymous},
};
use async_graphql::{Context, InputObject};
use entity::{api_token, enums::MailKind, user};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

payload! {
    /// What became of the wish for a new password.
    PasswordResetRequestPayload {
        /// Whether the wish was taken down. If an account has the address, a mail follows.
        accepted: bool,
    }
}

/// Who forgot the password.
#[derive(InputObject)]
pub struct PasswordResetRequestInput {
    /// E-mail address of the account, in any case.
    email: String,
}

/// A new password in place of one that was forgotten.
#[derive(InputObject)]
pub struct PasswordResetInput {
    /// Token from the mail, good once, for 30 minutes.
    token: String,
    /// The password from now on, of 12 to 200 characters and hard to guess.
    new_password: String,
    /// Whether to revoke the account's API tokens too. They are no passwords, and programs rest on them; say true when
    /// somebody else may have been in the account. Those made before the address was confirmed are revoked anyway.
    #[graphql(default)]
    revoke_api_tokens: bool,
}

/// Has a token mailed to an address, should an account have it.
pub(crate) async fn request(
    ctx: &Context<'_>,
    input: PasswordResetRequestInput,
) -> Result<PasswordResetRequestPayload, Refusal> {
    let PasswordResetRequestInput { email } = input;
    let mut mistakes = Mistakes::default();
    let email = mistakes.email("email", &email);
    mistakes.check()?;
    let (mailer, request) = (Mailer::of(ctx)?, Request::of(ctx));
    mailer.check()?;
    let from = request.client.address;
    mailer.throttle().count(&email, from, request.scope().now())?;
    write_anonymous(ctx, async move |tx: Tx| {
        queue(&tx, MailKind::PasswordReset, &email).await
    })
    .await?;
    mailer.wake();
    Ok(PasswordResetRequestPayload {
        accepted: true,
        ..Default::default()
    })
}

/// Sets another password, signs out every device and signs in this one.
pub(crate) async fn reset(ctx: &Context<'_>, input: PasswordResetInput) -> Result<AuthPayload, Refusal> {
    let PasswordResetInput {
        token,
        new_password,
        revoke_api_tokens,
    } = input;
    let mut mistakes = Mistakes::default();
    mistakes.password("newPassword", &new_password);
    mistakes.check()?;
    let token = Credential::new(token);
    // Asked before the password is hashed, so that only who was mailed to costs anything; and again when it is used up.
    let early = token.clone();
    let account = write_anonymous(ctx, async move |tx: Tx| {
        mail_token::holder(&tx, &early, MailKind::PasswordReset, "token").await
    });
    let account = account.await?;
    let passwords = login::passwords(ctx)?;
    let about = about(&account.email, &account.name);
    let hash = passwords.hash(passwords.place()?, "newPassword", new_password, about);
    let hash = hash.await?;
    let client = Request::of(ctx).client.clone();
    let pair = write_anonymous(ctx, async move |tx: Tx| {
        let account = mail_token::holder(&tx, &token, MailKind::PasswordReset, "token").await?;
        mail_token::use_up(&tx, account.id, MailKind::PasswordReset).await?;
        let changes = user::ActiveModel {
            id: Set(account.id),
            password_hash: Set(Some(hash)),
            // Who reads the mail has the address.
            email_verified_at: Set(account.email_verified_at.or(Some(tx.now()))),
            ..Default::default()
        };
        tx.follow(changes).await?;
        tx.audit(Audit::of_account(account.id, "account.password_reset").by(account.id));
        token::end_all(&tx, account.id, None).await?;
        // Before the address was confirmed, anybody may have made the account, and tokens for it.
        if revoke_api_tokens || account.email_verified_at.is_none() {
            revoke_tokens(&tx, &account).await?;
        }
        login::signed_in(&tx, account.id).await?;
        Pair::sign_in(&tx, account.id, &client).await
    })
    .await?;
    token::answer(ctx, pair).await
}

async fn revoke_tokens(tx: &Tx, account: &user::Model) -> Result<(), Refusal> {
    let live = api_token::Entity::find()
        .filter(api_token::Column::UserId.eq(account.id))
        .filter(api_token::Column::RevokedAt.is_null());
    for row in tx.find_locked(live).await? {
        let revoked = api_token::ActiveModel {
            id: Set(row.id),
            revoked_at: Set(Some(tx.now())),
            ..Default::default()
        };
        tx.follow(revoked).await?;
        let audit = Audit::of_account(account.id, "api_token.revoke").about::<api_token::Entity>(row.id);
        tx.audit(audit.by(account.id).with("name", row.name));
    }
    Ok(())
}
