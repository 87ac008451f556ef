//! Accounts: who asks, by which token, and how people get in.
use crate::{
    error::{Failure, Nullable},
    feed::{Change, Follow, Target},
    node::Named,
    payload,
    scope::Scope,
};
use api_token::{ApiToken, ApiTokenCreateInput, ApiTokenPayload, ApiTokenRevokeInput};
use async_graphql::{Context, Subscription};
use futures_util::Stream;
use plain::Object;
use recovery::{PasswordResetInput, PasswordResetRequestInput, PasswordResetRequestPayload};
use session::{AuthLogoutInput, AuthLogoutPayload, AuthSessionPayload, AuthSessionRevokeInput};
use user::{User, UserPayload, ViewerUpdateInput};
use verification::EmailVerifyInput;

pub mod api_token;
mod identity;
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

pub use identity::{API_TOKEN_PREFIX, Credential};
pub(crate) use identity::{Digest, digits, makes_viewers};

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
