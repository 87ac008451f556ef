//! Passwords: hashed with Argon2id away from the asynchronous threads, two at a time, and slowed down after failures.
//! An address that nobody has costs the same time and is answered the same as one with another password.
//! A new password is refused when it would be among the first guesses.
use crate::{
    error::{Failure, Refusal},
    payload::{Mistakes, UserError, UserErrorCode},
};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zxcvbn::{Score, zxcvbn};

/// Fewest characters of a password.
pub const SHORTEST: usize = 12;
/// Most characters of a password.
pub const LONGEST: usize = 200;
/// Characters by which a password is judged; more take long to look through and make it no worse.
const JUDGED: usize = 100;
/// Hashes computed at once, each in 19 MiB.
const AT_ONCE: usize = 2;
/// Hashes that may wait for their turn; more are refused at once.
const WAITING: usize = 100;
/// Failures before sign-in is slowed down.
const FREE_FAILURES: i32 = 3;
/// The longest that sign-in waits, in seconds.
const LONGEST_BLOCK: i64 = 15 * 60;
/// A hash that no password has, of the same cost as all others: what the passwords of unknown people are held against.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What hashes and checks passwords; one for the server.
pub struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(WAITING)),
        }
    }
}

/// A place among those who wait for a hash.
pub struct Place(OwnedSemaphorePermit);

entity::row! {
    /// Failed sign-ins in a row, and until when the next is refused.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Failures {
        /// How many in a row.
        pub count: i32,
        /// Until when no password is tried.
        pub blocked_until: Option<DateTime<Utc>>,
    }
}

impl Failures {
    /// Counts an attempt before it is made, so that many at once do not get more tries than one after the other.
    ///
    /// # Errors
    /// `TOO_MANY_ATTEMPTS` while sign-in is blocked.
    pub fn attempt(self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        self.check(now)?;
        let count = self.count.saturating_add(1);
        let blocked_until = (count >= FREE_FAILURES).then(|| {
            let doublings = (count - FREE_FAILURES).min(10);
            now + Duration::seconds((1_i64 << doublings).min(LONGEST_BLOCK))
        });
        Ok(Self { count, blocked_until })
    }

    /// Whether a password may be tried now.
    ///
    /// # Errors
    /// `TOO_MANY_ATTEMPTS` while sign-in is blocked.
    pub fn check(self, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.blocked_until.filter(|until| *until > now) {
            None => Ok(()),
            Some(until) => {
                let seconds = ((until - now).num_milliseconds() + 999) / 1000;
                let message = format!("Too many failures: try again in {seconds} s.");
                Err(UserError::new(UserErrorCode::TooManyAttempts, message).into())
            }
        }
    }
}

impl Passwords {
    /// A place among those who wait, taken before anything else is done.
    ///
    /// # Errors
    /// `TOO_MANY_ATTEMPTS` when a hundred wait already.
    pub fn place(&self) -> Result<Place, Refusal> {
        self.places.clone().try_acquire_owned().map(Place).map_err(|_| {
            let message = "Too many people are signing in: try again in a few seconds.";
            UserError::new(UserErrorCode::TooManyAttempts, message).into()
        })
    }

    /// What the database keeps of a new password. `path` is the input's field that holds it, `about` what is known of
    /// the person.
    ///
    /// # Errors
    /// `INVALID` for a password that is easily guessed; `Internal` when there is no memory or randomness left.
    pub async fn hash(
        &self,
        place: Place,
        path: &str,
        password: String,
        about: Vec<String>,
    ) -> Result<String, Refusal> {
        let hash = self.work(place, move || {
            if is_guessable(&password, &about) {
                return Ok(None);
            }
            let hash = argon2()?.hash_password(password.as_bytes());
            hash.map(|hash| Some(hash.to_string())).map_err(|_| Failure::Internal)
        });
        hash.await?.ok_or_else(|| {
            let message = "This password is among the first that would be guessed: take several unrelated words.";
            UserError::new(UserErrorCode::Invalid, message).at(path).into()
        })
    }

    /// Whether a password has the stored hash; never without one, though after the same time.
    ///
    /// # Errors
    /// `Internal` when there is no memory left.
    pub async fn verify(&self, place: Place, password: String, hash: Option<String>) -> Result<bool, Failure> {
        self.work(place, move || {
            let is_short = password.chars().count() <= LONGEST;
            let text = if is_short { password.as_bytes() } else { b"" };
            let is_right = argon2()?
                .verify_password(text, hash.as_deref().unwrap_or(NOBODY))
                .is_ok();
            Ok(is_right && is_short && hash.is_some())
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        place: Place,
        job: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = self.turns.clone().acquire_owned().await;
        let turn = turn.map_err(|_| Failure::Internal)?;
        // The turn and the place go along: a client that leaves ends the wait, not the work.
        let work = tokio::task::spawn_blocking(move || {
            let outcome = job();
            drop((turn, place.0));
            outcome
        });
        work.await.unwrap_or(Err(Failure::Internal))
    }
}

/// Whether a million guesses find the password, of words, names, dates, rows of keys and what is known of the person.
fn is_guessable(password: &str, about: &[String]) -> bool {
    let judged: String = password.chars().take(JUDGED).collect();
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    zxcvbn(&judged, &about).score() < Score::Two
}

/// What is known of a person who chooses a password: the address, the name, and their words.
pub(crate) fn about(email: &str, name: &str) -> Vec<String> {
    let words = [email, name].into_iter().flat_map(|text| {
        let words = text.split(|each: char| !each.is_alphanumeric());
        words.filter(|word| word.chars().count() > 2)
    });
    [email, name, "fieldhouse"]
        .into_iter()
        .chain(words)
        .map(str::to_owned)
        .collect()
}

/// The parameters that OWASP asks for: 19 MiB, two passes, one lane.
fn argon2() -> Result<Argon2<'static>, Failure> {
    let parameters = Params::new(19 * 1024, 2, 1, None).map_err(|_| Failure::Internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

impl Mistakes {
    /// A new password: 12 to 200 characters.
    pub fn password(&mut self, path: &str, password: &str) {
        if password.chars().count() < SHORTEST {
            let message = format!("Give at least {SHORTEST} characters.");
            self.add(UserError::new(UserErrorCode::TooShort, message).at(path));
        }
        self.longest(path, password, LONGEST);
    }

    /// An e-mail address, as it is stored: without outer blanks, in lower case.
    pub fn email(&mut self, path: &str, address: &str) -> String {
        let address = address_of(address);
        let is_address = address
            .split_once('@')
            .is_some_and(|(person, host)| !person.is_empty() && !host.is_empty() && !host.contains('@'));
        if !is_address || address.chars().any(|each| each.is_whitespace() || each.is_control()) {
            let message = "Give an e-mail address, such as ines@example.org.";
            self.add(UserError::new(UserErrorCode::Invalid, message).at(path));
        }
        self.longest(path, &address, 320);
        address
    }
}

/// An address as it is stored and looked up.
pub(crate) fn address_of(address: &str) -> String {
    address.trim().to_lowercase()
}
