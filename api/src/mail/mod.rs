//! Mail: what is to be sent waits in a table, written by the transaction that gave rise to it, so that nothing that was
//! promised is lost. A secret is made at the moment of sending and is nowhere but in the mail.
mod letter;
mod options;
mod outbox;
mod smtp;
mod throttle;

pub use options::{MailOptions, SmtpUrl, Unusable};
pub(crate) use outbox::queue;

use crate::{
    error::{Failure, Refusal},
    http::Services,
    payload::{UserError, UserErrorCode},
};
use async_graphql::Context;
use letter::{Letter, Pages};
use smtp::{NotSent, Smtp};
use std::sync::Arc;
use throttle::Throttle;
use tokio::sync::Notify;
use uuid::Uuid;

/// What sends mail; one for the server.
#[derive(Default)]
pub struct Mailer {
    way: Way,
    pages: Pages,
    throttle: Throttle,
    woken: Notify,
}

/// Where mail goes.
#[derive(Default)]
enum Way {
    /// Nowhere: it is refused to whoever asks for some.
    #[default]
    Nowhere,
    /// To the log, secrets included: the demo's people have no mailbox.
    Log,
    /// To a server.
    Smtp(Box<Smtp>),
}

impl Mailer {
    /// What the command line asks for.
    ///
    /// # Errors
    /// An URL or an address that cannot be read.
    pub fn new(options: &MailOptions) -> Result<Self, Unusable> {
        let way = match &options.smtp_url {
            Some(url) => Way::Smtp(Box::new(Smtp::new(url, options.mail_from.as_deref())?)),
            None => Way::Nowhere,
        };
        let pages = Pages::new(options)?;
        Ok(Self {
            way,
            pages,
            ..Self::default()
        })
    }

    /// Writes mail into the log: for the demo.
    pub fn logging(options: &MailOptions) -> Result<Self, Unusable> {
        let pages = Pages::new(options)?;
        Ok(Self {
            way: Way::Log,
            pages,
            ..Self::default()
        })
    }

    /// The server's, for a field.
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Self>, Failure> {
        Ok(&Services::of(ctx)?.mailer)
    }

    /// Whether mail goes anywhere.
    pub fn is_ready(&self) -> bool {
        !matches!(self.way, Way::Nowhere)
    }

    /// Refuses to promise a mail where none is sent.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.is_ready() {
            return Ok(());
        }
        let message = "This server sends no mail: ask the people who run it.";
        Err(UserError::new(UserErrorCode::InvalidState, message).into())
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    /// Has mail that was queued sent now.
    pub(crate) fn wake(&self) {
        self.woken.notify_one();
    }

    async fn send(&self, id: Uuid, letter: &Letter) -> Result<(), NotSent> {
        match &self.way {
            Way::Nowhere => Err(NotSent::Later("no server for mail is configured".into())),
            Way::Log => {
                tracing::info!(to = letter.to, subject = letter.subject, text = letter.text, "mail");
                Ok(())
            }
            Way::Smtp(smtp) => smtp.send(id, letter).await,
        }
    }
}
