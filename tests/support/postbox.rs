//! A server that takes mail, as real ones do: over TCP, line by line. It can be shut, refuse, and keep silent.
use fieldhouse::mail::{MailOptions, Mailer};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What the server does with mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It takes every mail.
    Takes,
    /// It has no time: the sender is to come again.
    IsBusy,
    /// It knows nobody.
    KnowsNobody,
    /// It lets the sender begin, and says nothing after that.
    IsSilent,
}

/// A mail that came.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Address of the envelope.
    pub to: String,
    /// Everything that was sent, headers and text.
    pub content: String,
}

impl Mail {
    /// The value of a header.
    pub fn header(&self, name: &str) -> &str {
        let mut lines = self.content.lines().take_while(|line| !line.is_empty());
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.unwrap_or_else(|| panic!("no {name} in {}", self.content))
    }

    /// The text as a person reads it.
    pub fn text(&self) -> String {
        let (headers, text) = self.content.split_once("\r\n\r\n").expect("headers end");
        let text = text.replace("\r\n", "\n");
        if !headers.contains("quoted-printable") {
            return text;
        }
        // Nothing but "=" is written otherwise in a text of plain letters.
        text.replace("=\n", "").replace("=3D", "=")
    }

    /// The token in the text, with its prefix.
    pub fn token(&self) -> String {
        let text = self.text();
        let words = text.split(|each: char| !each.is_ascii_alphanumeric() && each != '-' && each != '_');
        let mut tokens = words.filter(|word| word.starts_with("fe_") || word.starts_with("fp_"));
        tokens.next().unwrap_or_else(|| panic!("no token in {text}")).to_owned()
    }
}

#[derive(Default)]
struct State {
    mails: Vec<Mail>,
    mood: Option<Mood>,
    logins: Vec<String>,
}

/// The server.
pub struct Postbox {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    listening: Option<JoinHandle<()>>,
}

impl Drop for Postbox {
    fn drop(&mut self) {
        self.shut();
    }
}

impl Postbox {
    /// A server on a port of its own.
    pub async fn open() -> Self {
        let mut postbox = Self {
            state: Arc::default(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            listening: None,
        };
        postbox.reopen().await;
        postbox
    }

    /// Takes connections again, on the same port.
    pub async fn reopen(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is free");
        self.address = listener.local_addr().expect("a bound socket has an address");
        let state = self.state.clone();
        self.listening = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = state.clone();
                // A sender that hangs up is no failure of the test.
                tokio::spawn(async move { talk(stream, &state).await.ok() });
            }
        }));
    }

    /// Takes no more connections.
    pub fn shut(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
        }
    }

    /// Changes what it does with mail.
    pub fn set(&self, mood: Mood) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).mood = Some(mood);
    }

    /// The mails that came.
    pub fn mails(&self) -> Vec<Mail> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).mails.clone()
    }

    /// The one mail that came.
    #[track_caller]
    pub fn only(&self) -> Mail {
        let mut mails = self.mails();
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails.remove(0)
    }

    /// What senders said to be let in, in base 64.
    pub fn logins(&self) -> Vec<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).logins.clone()
    }

    /// How to send mail here.
    pub fn options(&self) -> MailOptions {
        let url = format!("smtp://postman:secret@{}", self.address);
        MailOptions {
            smtp_url: Some(url.parse().expect("a URL is a text")),
            mail_from: Some("Fieldhouse <no-reply@example.org>".to_owned()),
            public_url: Some("https://fieldhouse.example.org/".to_owned()),
            ..MailOptions::default()
        }
    }

    /// What sends mail here.
    pub fn mailer(&self) -> Mailer {
        Mailer::new(&self.options()).expect("the options are good")
    }
}

/// One conversation.
async fn talk(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mood = || state.lock().unwrap_or_else(PoisonError::into_inner).mood;
    let mut to = String::new();
    stream.write_all(b"220 postbox.test ESMTP\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let (word, rest) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
        let answer = match (word.to_ascii_uppercase().as_str(), mood()) {
            ("EHLO", _) => "250-postbox.test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            ("AUTH", _) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                state.logins.push(rest.to_owned());
                "235 welcome"
            }
            ("MAIL", Some(Mood::IsBusy)) => "451 come again",
            ("MAIL", _) => "250 go on",
            ("RCPT", Some(Mood::KnowsNobody)) => "550 no such mailbox",
            ("RCPT", _) => {
                to = rest
                    .trim_start_matches("TO:<")
                    .split('>')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                "250 go on"
            }
            ("DATA", Some(Mood::IsSilent)) => std::future::pending().await,
            ("DATA", _) => {
                stream.write_all(b"354 end with a dot\r\n").await?;
                let content = content(&mut stream).await?;
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                state.mails.push(Mail {
                    to: to.clone(),
                    content,
                });
                "250 taken"
            }
            ("QUIT", _) => "221 farewell",
            _ => "250 as you like",
        };
        stream.write_all(answer.as_bytes()).await?;
        stream.write_all(b"\r\n").await?;
        if word.eq_ignore_ascii_case("QUIT") {
            return Ok(());
        }
    }
}

async fn content(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut content = String::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        if line == ".\r\n" {
            return Ok(content);
        }
        content.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
