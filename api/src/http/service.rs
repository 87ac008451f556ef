//! What clients need to know of the server: its limits, and how much they have left.
use super::{limits::Limits, throttle::Standing};
use crate::{auth::password::Passwords, error::Failure, mail::Mailer, page};
use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};
use plain::Object;
use std::sync::Arc;

/// What a request costs, and what its sender has left.
pub(crate) struct Charge {
    pub(crate) cost: u64,
    pub(crate) standing: Option<Standing>,
}

/// What the fields of a request need of the server.
pub(crate) struct Services {
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) mailer: Arc<Mailer>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) charge: Charge,
}

impl Services {
    /// The server's, for a field.
    ///
    /// # Errors
    /// `Internal` outside of a server.
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> Result<&'a Self, Failure> {
        ctx.data().map_err(|_| Failure::Internal)
    }
}

/// Cost of a request, and the points left in its minute. Each object that an operation may return is a point: as many as
/// a page holds, or as there are ids; three for any other list; each times the objects around it.
#[derive(SimpleObject)]
pub struct RateLimit {
    /// Points of this request.
    cost: u64,
    /// Points in a minute.
    limit: u64,
    /// Points used in this minute, this request included.
    used: u64,
    /// Points left in this minute.
    remaining: u64,
    /// When all points are back.
    reset_at: DateTime<Utc>,
    /// Objects that this request is expected to return at most.
    node_count: u64,
}

/// Version and limits of this server, so that clients need not guess.
pub struct ServiceConfig(Arc<Limits>);

/// Version and limits of this server, so that clients need not guess.
#[Object]
impl ServiceConfig {
    /// The release that answers, such as 0.1.0.
    async fn server_version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    /// Items on a page when neither `first` nor `last` is given.
    async fn default_page_size(&self) -> u64 {
        page::DEFAULT_SIZE
    }

    /// Items on the largest page.
    async fn max_page_size(&self) -> u64 {
        page::MAX_SIZE
    }

    /// Bytes of the body of a request: `BODY_TOO_LARGE`.
    async fn max_body_bytes(&self) -> u64 {
        self.0.max_body_bytes
    }

    /// Bytes of the body of a request whose fields all import: `BODY_TOO_LARGE`.
    async fn max_import_bytes(&self) -> u64 {
        self.0.max_import_bytes
    }

    /// Bytes of a document: `DOCUMENT_TOO_LARGE`.
    async fn max_document_bytes(&self) -> u64 {
        self.0.max_document_bytes
    }

    /// Tokens of a document: `TOO_MANY_TOKENS`.
    async fn max_tokens(&self) -> u64 {
        self.0.max_tokens
    }

    /// Fields inside fields: `TOO_DEEP`.
    async fn max_query_depth(&self) -> u64 {
        self.0.max_depth
    }

    /// Fields inside fields, for the anonymous: `TOO_DEEP`.
    async fn max_anonymous_query_depth(&self) -> u64 {
        self.0.max_anonymous_depth
    }

    /// Fields and fragments selected, with the fragments expanded: `TOO_MANY_SELECTIONS`.
    async fn max_selections(&self) -> u64 {
        self.0.max_selections
    }

    /// Fields under another name than their own: `TOO_MANY_ALIASES`.
    async fn max_aliases(&self) -> u64 {
        self.0.max_aliases
    }

    /// Fields of the root: `TOO_MANY_ROOT_FIELDS`.
    async fn max_root_fields(&self) -> u64 {
        self.0.max_root_fields
    }

    /// Directives: `TOO_MANY_DIRECTIVES`.
    async fn max_directives(&self) -> u64 {
        self.0.max_directives
    }

    /// Objects that an operation may return: `TOO_COSTLY`.
    async fn max_query_complexity(&self) -> u64 {
        self.0.max_cost
    }

    /// Lists and objects inside each other in variables: `VARIABLES_TOO_DEEP`.
    async fn max_variable_depth(&self) -> u64 {
        self.0.max_variable_depth
    }

    /// Values in variables: `VARIABLES_TOO_LARGE`.
    async fn max_variable_nodes(&self) -> u64 {
        self.0.max_variable_nodes
    }

    /// Time that an operation may take: `TIMEOUT`.
    async fn request_timeout_milliseconds(&self) -> u64 {
        self.0.max_seconds * 1_000
    }
}

/// This area's part of the queries.
#[derive(Default)]
pub struct ServiceQuery;

#[Object]
impl ServiceQuery {
    /// Cost of this request and points left; null for the anonymous, and where nothing is limited.
    async fn rate_limit(&self, ctx: &Context<'_>) -> Option<RateLimit> {
        let charge = &Services::of(ctx).ok()?.charge;
        let standing = charge.standing?;
        Some(RateLimit {
            cost: charge.cost,
            limit: standing.limit,
            used: standing.used,
            remaining: standing.limit - standing.used,
            reset_at: standing.resets_at,
            node_count: charge.cost,
        })
    }

    /// Version and limits of this server.
    async fn service_config(&self, ctx: &Context<'_>) -> ServiceConfig {
        let services = Services::of(ctx);
        ServiceConfig(services.map(|services| services.limits.clone()).unwrap_or_default())
    }
}
