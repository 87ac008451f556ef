//! How often mail may be asked for: by an e-mail address, whether or not anybody has it, and by a network address.
use crate::{
    auth::Credential,
    error::Refusal,
    http::network,
    payload::{UserError, UserErrorCode},
};
use chrono::{DateTime, Duration, Utc};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// Requests for one e-mail address in a stretch of time.
const FOR_ONE: u32 = 5;
/// Requests from one network address in a stretch of time: many people may share it.
const FROM_ONE: u32 = 200;
/// How long that stretch is, in minutes.
const MINUTES: i64 = 30;
/// Addresses that are remembered.
const REMEMBERED: usize = 20_000;

/// Counts requests.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<String, Stretch>>);

#[derive(Clone, Copy)]
struct Stretch {
    since: DateTime<Utc>,
    requests: u32,
}

impl Throttle {
    /// Counts a request for a mail to `address` by a client at the network address `from`.
    ///
    /// # Errors
    /// `TOO_MANY_ATTEMPTS` when there were too many before.
    pub(crate) fn count(&self, address: &str, from: Option<IpAddr>, now: DateTime<Utc>) -> Result<(), Refusal> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = [
            Some((Credential::new(address).hash(), FOR_ONE)),
            from.map(|from| (network(from).to_string(), FROM_ONE)),
        ];
        for (key, most) in keys.iter().flatten() {
            let stretch = known.get(key).filter(|stretch| !stretch.is_over(now));
            if let Some(stretch) = stretch.filter(|stretch| stretch.requests >= *most) {
                let minutes = (stretch.since + Duration::minutes(MINUTES) - now).num_minutes() + 1;
                let message = format!("Too many mails were asked for: try again in {minutes} min.");
                return Err(UserError::new(UserErrorCode::TooManyAttempts, message).into());
            }
        }
        if known.len() + keys.len() > REMEMBERED {
            known.retain(|_, stretch| !stretch.is_over(now));
        }
        for (key, _) in keys.into_iter().flatten() {
            if known.len() >= REMEMBERED && !known.contains_key(&key) {
                let oldest = known.iter().min_by_key(|(_, stretch)| stretch.since);
                let oldest = oldest.map(|(key, _)| key.clone());
                oldest.and_then(|key| known.remove(&key));
            }
            let stretch = known.get(&key).copied().filter(|stretch| !stretch.is_over(now));
            let stretch = stretch.unwrap_or(Stretch {
                since: now,
                requests: 0,
            });
            let requests = stretch.requests + 1;
            known.insert(key, Stretch { requests, ..stretch });
        }
        Ok(())
    }
}

impl Stretch {
    fn is_over(&self, now: DateTime<Utc>) -> bool {
        now - self.since >= Duration::minutes(MINUTES)
    }
}
