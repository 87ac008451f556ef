//! How many of something are there at once for each of some keys, such as the sockets of a person.
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts by key.
pub(crate) struct Crowd<K>(Arc<Mutex<HashMap<K, usize>>>);

/// One of the crowd, for as long as it is kept.
pub(crate) struct Member<K: Eq + Hash>(Crowd<K>, Option<K>);

impl<K> Clone for Crowd<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K> Default for Crowd<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K> Crowd<K> {
    fn counts(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are of all keys together.
    pub(crate) fn count(&self) -> usize {
        self.counts().values().sum()
    }
}

impl<K: Clone + Eq + Hash> Crowd<K> {
    /// One more of a key; none when there are `most` already.
    pub(crate) fn join(&self, key: K, most: usize) -> Option<Member<K>> {
        let mut counts = self.counts();
        let count = counts.entry(key.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Member(self.clone(), Some(key)))
    }
}

impl<K: Eq + Hash> Drop for Member<K> {
    fn drop(&mut self) {
        let Some(key) = self.1.take() else { return };
        let mut counts = self.0.counts();
        if let Some(count) = counts.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }
}
