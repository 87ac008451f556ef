//! Mail by SMTP.
use super::{Letter, SmtpUrl, Unusable};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::Error,
};
use std::time::Duration;
use uuid::Uuid;

/// How long the server may take for each of its answers.
const PATIENCE: Duration = Duration::from_secs(15);

/// A server that takes mail, and in whose name.
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a mail was not sent, in words that hold nothing of it.
pub(super) enum NotSent {
    /// It may be sent later.
    Later(String),
    /// It is never sent: there is no such mailbox.
    Never(String),
}

impl Smtp {
    pub(super) fn new(url: &SmtpUrl, from: Option<&str>) -> Result<Self, Unusable> {
        let from = from.ok_or(Unusable::Sender)?;
        let from: Mailbox = from.parse().map_err(|_| Unusable::Sender)?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&guarded(&url.0));
        let transport = transport.map_err(|_| Unusable::Server)?;
        Ok(Self {
            transport: transport.timeout(Some(PATIENCE)).build(),
            from,
        })
    }

    /// Sends a mail; the same `id` makes the same mail of two.
    pub(super) async fn send(&self, id: Uuid, letter: &Letter) -> Result<(), NotSent> {
        let no_address = |_| NotSent::Never("the address is none".into());
        let to = Mailbox::new(None, letter.to.parse().map_err(no_address)?);
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject)
            .message_id(Some(format!("<{}@{}>", id.simple(), self.from.email.domain())))
            .date_now()
            .raw_header(HeaderValue::new(automatic, "auto-generated".into()))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|_| NotSent::Never("the mail cannot be written".into()))?;
        self.transport.send(message).await.map(drop).map_err(told)
    }
}

/// What became of a mail, without the server's own words: they quote the address.
fn told(error: Error) -> NotSent {
    match error.status() {
        Some(code) if matches!(u16::from(code), 550 | 551 | 553) => {
            NotSent::Never(format!("the server answered {code}"))
        }
        Some(code) => NotSent::Later(format!("the server answered {code}")),
        None if error.is_timeout() => NotSent::Later("the server does not answer".into()),
        None => NotSent::Later("there is no connection to the server".into()),
    }
}

/// The URL, with encryption where none is named: always for a password that leaves the machine, else where the server
/// has it.
fn guarded(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else {
        return url.to_owned();
    };
    if parsed.scheme() != "smtp" || parsed.query_pairs().any(|(name, _)| name == "tls") {
        return url.to_owned();
    }
    let has_secret = !parsed.username().is_empty() || parsed.password().is_some();
    let is_near = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if !is_near {
        let encryption = if has_secret { "required" } else { "opportunistic" };
        parsed.query_pairs_mut().append_pair("tls", encryption);
    }
    parsed.into()
}
