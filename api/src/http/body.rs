//! The body of a request: read in time, and no longer than it may be. A long one is read only for those who may import.
use super::protocol;
use crate::{
    App,
    access::Viewer,
    error::{Excess, Failure},
    scope::Client,
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header},
};
use futures_util::StreamExt;
use http_body_util::LengthLimitError;
use std::time::Duration;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

/// How long the body of a request may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// Bytes of a body that is too long which are read before the connection is given up.
const MAX_DISCARDED: usize = 32 << 20;

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

impl App {
    /// The body of a request, with its place among the long ones if it is one.
    pub(super) async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        client: &Client,
    ) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Unread> {
        if !protocol::is_json(headers) {
            let message = "Send the request as application/json in UTF-8.";
            return Err(Unread::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let limits = &self.api.limits;
        let announced = headers.get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let is_long = announced.is_none_or(|length| length > limits.max_body_bytes);
        let may_import = is_long && self.is_somebody(client).await?;
        let most = match may_import {
            true => limits.max_import_bytes.max(limits.max_body_bytes),
            false => limits.max_body_bytes,
        };
        let check = |found| Excess::check("BODY_TOO_LARGE", "bytes in the body", most, found);
        if let Err(failure) = check(announced.unwrap_or_default()) {
            discard(body).await;
            return Err(failure.into());
        }
        // Few long bodies at once, or they would fill the memory.
        let place = match may_import {
            true => {
                let place = timeout(ARRIVAL, self.long_bodies.clone().acquire_owned()).await;
                place.map_err(|_| Failure::Busy)?.ok()
            }
            false => None,
        };
        let read = axum::body::to_bytes(body, usize::try_from(most).unwrap_or(usize::MAX));
        match timeout(ARRIVAL, read).await {
            Ok(Ok(bytes)) => Ok((bytes, place)),
            Ok(Err(error)) => {
                let cause = std::error::Error::source(&error);
                if cause.is_some_and(|cause| cause.is::<LengthLimitError>()) {
                    check(most + 1)?;
                }
                Err(Unread::Refused(StatusCode::BAD_REQUEST, "The body broke off."))
            }
            Err(_) => {
                let message = "The body did not arrive in time.";
                Err(Unread::Refused(StatusCode::REQUEST_TIMEOUT, message))
            }
        }
    }

    async fn is_somebody(&self, client: &Client) -> Result<bool, Failure> {
        let viewer = Viewer::identify(&self.db, client.credential.as_ref(), self.clock.now()).await?;
        Ok(viewer.user_id.is_some())
    }
}

/// Reads a body that is too long, and keeps nothing of it: many clients listen only once they have sent everything.
async fn discard(body: Body) {
    let mut left = MAX_DISCARDED;
    let mut parts = body.into_data_stream();
    let reading = async {
        while let Some(Ok(part)) = parts.next().await {
            left = left.saturating_sub(part.len());
            if left == 0 {
                break;
            }
        }
    };
    let _ = timeout(ARRIVAL, reading).await;
}
