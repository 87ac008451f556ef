//! Automatic persisted queries: a document is sent once with its SHA-256, then by the hash alone.
use super::protocol::PersistedQuery;
use crate::{auth::Credential, error::Failure};
use quick_cache::{Weighter, sync::Cache};

/// Bytes of text of all the documents kept.
const MAX_TEXT: u64 = 4 << 20;

/// Documents by their hash.
pub(crate) struct Persisted(Cache<String, String, TextLength>);

#[derive(Clone)]
struct TextLength;

impl Weighter<String, String> for TextLength {
    fn weight(&self, hash: &String, text: &String) -> u64 {
        (hash.len() + text.len()) as u64
    }
}

impl Default for Persisted {
    fn default() -> Self {
        Self(Cache::with_weighter(1_000, MAX_TEXT, TextLength))
    }
}

impl Persisted {
    /// The document that is meant: the one sent along, from then on known by its hash, or the one known.
    ///
    /// # Errors
    /// `UnknownDocument` when there is none; `BadInput` when the hash is another document's.
    pub(crate) fn find(&self, text: Option<String>, hash: PersistedQuery, most: u64) -> Result<String, Failure> {
        if hash.version != 1 {
            return Err(Failure::BadInput("Persisted queries have version 1.".into()));
        }
        let key = hash.sha256_hash.to_ascii_lowercase();
        let Some(text) = text else {
            return self.0.get(&key).ok_or(Failure::UnknownDocument);
        };
        if Credential::new(text.as_str()).hash() != key {
            return Err(Failure::BadInput("The hash is not that of the document.".into()));
        }
        // What is too long is refused in a moment.
        if text.len() as u64 <= most {
            self.0.insert(key, text.clone());
        }
        Ok(text)
    }
}
