//! The words of mails. They name nobody: what a person calls themselves could be said to others in our name.
use super::{MailOptions, Unusable};
use crate::auth::Credential;
use entity::enums::MailKind;

/// A mail as it is sent.
pub(super) struct Letter {
    pub(super) to: String,
    pub(super) subject: &'static str,
    pub(super) text: String,
}

/// The pages that mails lead to, with `{token}` where the token goes; without one the mail holds the token alone.
#[derive(Default)]
pub(super) struct Pages {
    password_reset: Option<String>,
    email_verification: Option<String>,
}

impl Pages {
    pub(super) fn new(options: &MailOptions) -> Result<Self, Unusable> {
        let page = |own: &Option<String>, path: &str| {
            let public = options.public_url.as_ref();
            let public = public.map(|url| format!("{}/{path}?token={{token}}", url.trim_end_matches('/')));
            let page = own.clone().or(public);
            let is_page = |page: &String| {
                (page.starts_with("https://") || page.starts_with("http://"))
                    && page.contains("{token}")
                    && !page.contains(char::is_whitespace)
            };
            if page.as_ref().is_none_or(is_page) {
                Ok(page)
            } else {
                Err(Unusable::Page)
            }
        };
        Ok(Self {
            password_reset: page(&options.password_reset_url, "password-reset")?,
            email_verification: page(&options.email_verification_url, "verify-email")?,
        })
    }

    /// The mail with a secret for whoever reads what comes to an address.
    pub(super) fn letter(&self, kind: MailKind, to: String, secret: Credential) -> Letter {
        let (page, subject, wish, end) = match kind {
            MailKind::EmailVerification => (
                &self.email_verification,
                "Confirm your e-mail address",
                "please confirm that this address is yours.",
                "This works once, within 24 hours. If you have no account, nothing happens without you.",
            ),
            MailKind::PasswordReset => (
                &self.password_reset,
                "Choose a new password",
                "somebody, probably you, asked for a new password.",
                "This works once, within 30 minutes. Until then, and if it was not you, your password stays as it is.",
            ),
        };
        let secret = secret.reveal();
        let way = match page {
            Some(page) => format!("Open this page:\n\n{}", page.replace("{token}", &secret)),
            None => format!("Enter this where you use Fieldhouse:\n\n{secret}"),
        };
        Letter {
            to,
            subject,
            text: format!("Hello,\n\n{wish} {way}\n\n{end}\n"),
        }
    }
}
