//! Viewers who asked a moment ago, so that a burst of requests reads tokens and memberships once.
use super::Viewer;
use crate::auth::Digest;
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a viewer is believed. What another server changes counts after this, at the latest.
const LASTING: Duration = Duration::from_millis(900);

/// The most viewers that are kept.
const MAX_VIEWERS: usize = 1_000;

/// Viewers by the hash of their token.
#[derive(Default)]
pub struct Recent(Mutex<State>);

#[derive(Default)]
struct State {
    viewers: HashMap<Digest, Kept>,
    /// Goes up whenever something changed that viewers are read from.
    edition: u64,
}

struct Kept {
    viewer: Viewer,
    since: Instant,
}

/// What was current when a viewer was begun to be read.
#[derive(Clone, Copy)]
pub struct Edition {
    number: u64,
    since: Instant,
}

impl Recent {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The viewer of a token, at another moment; or, when none is known, the edition to read one for.
    pub(crate) fn viewer(&self, token: &Digest, now: DateTime<Utc>) -> Result<Viewer, Edition> {
        let state = self.state();
        let kept = state.viewers.get(token).filter(|kept| {
            let later = now - kept.viewer.now;
            kept.since.elapsed() < LASTING
                && later >= TimeDelta::zero()
                && later.to_std().is_ok_and(|later| later < LASTING)
        });
        match kept {
            Some(kept) => Ok(Viewer {
                now,
                ..kept.viewer.clone()
            }),
            None => Err(Edition {
                number: state.edition,
                since: Instant::now(),
            }),
        }
    }

    /// Keeps a viewer, unless something changed while it was read.
    pub(crate) fn keep(&self, token: Digest, viewer: Viewer, edition: Edition) {
        let mut state = self.state();
        if state.edition != edition.number {
            return;
        }
        if state.viewers.len() >= MAX_VIEWERS {
            state.viewers.retain(|_, kept| kept.since.elapsed() < LASTING);
        }
        if state.viewers.len() < MAX_VIEWERS {
            let since = edition.since;
            state.viewers.insert(token, Kept { viewer, since });
        }
    }

    /// Forgets all viewers: something changed that they are read from.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.edition += 1;
        state.viewers.clear();
    }
}
