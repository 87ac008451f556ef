//! What the command line says about mail.
use clap::Args;
use std::{convert::Infallible, fmt, str::FromStr};

/// How mail is sent, and to where it leads.
#[derive(Args, Clone, Debug, Default)]
pub struct MailOptions {
    /// Server that takes mail: `smtp://user:password@host:587` or `smtps://...`; without one, no mail is sent. Over
    /// `smtp:` a password only leaves the machine encrypted, unless `?tls=opportunistic` asks for less.
    #[arg(long, env = "FIELDHOUSE_SMTP_URL", hide_env_values = true, requires = "mail_from")]
    pub smtp_url: Option<SmtpUrl>,
    /// Sender of mail, such as `Fieldhouse <no-reply@example.org>`.
    #[arg(long, env = "FIELDHOUSE_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Where people use Fieldhouse: mails lead to the pages `/password-reset` and `/verify-email` there.
    #[arg(long, env = "FIELDHOUSE_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Another page for new passwords, with `{token}` where the token goes.
    #[arg(long, env = "FIELDHOUSE_PASSWORD_RESET_URL")]
    pub password_reset_url: Option<String>,
    /// Another page to confirm an address on, with `{token}` where the token goes.
    #[arg(long, env = "FIELDHOUSE_EMAIL_VERIFICATION_URL")]
    pub email_verification_url: Option<String>,
}

/// The URL of a server for mail. Its password never appears in logs.
#[derive(Clone)]
pub struct SmtpUrl(pub(super) String);

impl FromStr for SmtpUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SmtpUrl(..)")
    }
}

/// Why mail cannot be sent as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// The URL of the server.
    Server,
    /// The sender.
    Sender,
    /// The address of a page.
    Page,
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Server => "the URL of the mail server must look like smtp://user:password@host:587",
            Self::Sender => "the sender of mail must look like Fieldhouse <no-reply@example.org>",
            Self::Page => "the page that a mail leads to must begin with https:// or http:// and contain {token}",
        })
    }
}

impl std::error::Error for Unusable {}
