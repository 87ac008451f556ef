//! The body of a request: read in time, and no longer than it may be. A long one is read only for those who may import.
use super::{
    crowd::{Crowd, Member},
    protocol,
};
use crate::{
    App,
    access::Viewer,
    error::{Excess, Failure},
    scope::Client,
};
use axum::{
    body::{Body, BodyDataStream},
    http::{HeaderMap, StatusCode, header},
};
use futures_util::StreamExt;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout, timeout_at},
};
use uuid::Uuid;

/// Bytes of a body that is too long which are read before the connection is given up.
const MAX_DISCARDED: usize = 32 << 20;

/// Long bodies that are read at once.
const MAX_UPLOADS: usize = 2;

/// Why a body was not read.
pub(super) enum Unread {
    /// As an operation would be refused.
    Failed(Failure),
    /// It is none, or did not arrive.
    Refused(StatusCode, &'static str),
}

impl From<Failure> for Unread {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Long bodies that are read and answered: few at once, or they would fill the memory, and one of a person.
pub(crate) struct Uploads {
    places: Arc<Semaphore>,
    people: Crowd<Uuid>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_UPLOADS)),
            people: Crowd::default(),
        }
    }
}

/// A place among the long bodies.
pub(super) struct Upload {
    _place: OwnedSemaphorePermit,
    _own: Member<Uuid>,
}

impl Uploads {
    async fn join(&self, user: Uuid, patience: Duration) -> Result<Upload, Failure> {
        let own = self.people.join(user, 1).ok_or(Failure::Busy)?;
        match timeout(patience, self.places.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(Upload {
                _place: place,
                _own: own,
            }),
            _ => Err(Failure::Busy),
        }
    }
}

impl App {
    /// The body of a request; a long one with its place, to be kept until the answer.
    pub(super) async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        client: &Client,
    ) -> Result<(Vec<u8>, Option<Upload>), Unread> {
        if !protocol::is_json(headers) {
            let message = "Send the request as application/json in UTF-8.";
            return Err(Unread::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let limits = &self.api.limits;
        let patience = Duration::from_secs(limits.max_body_seconds);
        let announced = headers.get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let announced = announced.unwrap_or_default();
        let mut most = limits.max_body_bytes;
        let mut upload = None;
        let mut bytes = Vec::with_capacity(usize::try_from(announced.min(most)).unwrap_or_default());
        let mut parts = body.into_data_stream();
        let mut deadline = Instant::now() + patience;
        // What is announced is looked at before any of it is read.
        let mut length = announced;
        loop {
            let mut refused = None;
            if length > most && upload.is_none() {
                match Box::pin(self.uploaded(length, client)).await {
                    Ok(own) => {
                        (upload, most) = (Some(own), limits.max_import_bytes);
                        bytes.reserve_exact(usize::try_from(length).unwrap_or_default() - bytes.len());
                    }
                    Err(failure) => refused = Some(failure),
                }
                deadline = Instant::now() + patience;
            }
            if let Some(failure) = refused.or_else(|| check(most, length).err()) {
                let _ = timeout(patience, discard(parts)).await;
                return Err(failure.into());
            }
            let part = match timeout_at(deadline, parts.next()).await {
                Ok(Some(Ok(part))) => part,
                Ok(None) => return Ok((bytes, upload)),
                Ok(Some(Err(_))) => return Err(Unread::Refused(StatusCode::BAD_REQUEST, "The body broke off.")),
                Err(_) => {
                    let message = "The body did not arrive in time.";
                    return Err(Unread::Refused(StatusCode::REQUEST_TIMEOUT, message));
                }
            };
            bytes.extend_from_slice(&part);
            length = announced.max(bytes.len() as u64);
        }
    }

    /// A place for a body that is longer than others may be.
    async fn uploaded(&self, length: u64, client: &Client) -> Result<Upload, Failure> {
        let limits = &self.api.limits;
        let viewer = Viewer::identify(&self.db, client.credential.as_ref(), self.clock.now()).await?;
        let Some(user) = viewer.user_id else {
            check(limits.max_body_bytes, length)?;
            return Err(Failure::Unauthenticated);
        };
        check(limits.max_import_bytes, length)?;
        self.uploads
            .join(user, Duration::from_secs(limits.max_body_seconds))
            .await
    }
}

fn check(most: u64, length: u64) -> Result<(), Failure> {
    Excess::check("BODY_TOO_LARGE", "bytes in the body", most, length)
}

/// Reads a body that is too long, and keeps nothing of it: many clients listen only once they have sent everything.
async fn discard(mut parts: BodyDataStream) {
    let mut left = MAX_DISCARDED;
    while let Some(Ok(part)) = parts.next().await {
        left = left.saturating_sub(part.len());
        if left == 0 {
            break;
        }
    }
}
