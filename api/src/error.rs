//! What goes wrong. A `Failure` is for the programmer and becomes a top-level error with a code; what a user can mend is
//! a `UserError` in the payload. Neither carries a database's text, and `Failure` has no `Display`, so that `?` cannot
//! leak one.
use crate::payload::UserError;
use async_graphql::{
    ContextSelectionSet, ErrorExtensionValues, OutputType, Positioned, ServerResult, Value, parser, registry,
};
use sea_orm::DbErr;
use std::borrow::Cow;

/// A request that cannot be answered; see `code` for the closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The request carries no valid token, or one that was revoked or ran out.
    Unauthenticated,
    /// An argument is wrong in a way that the schema cannot say; the text tells how.
    BadInput(Cow<'static, str>),
    /// The document is not GraphQL, or not of this schema; the text tells what is wrong.
    Invalid(Cow<'static, str>),
    /// A mutation came in an address, which others may have made the client ask for.
    MutationByGet,
    /// The request asks for more than the server's limits allow.
    TooMuch(Excess),
    /// Too much was asked for in too short a time.
    Throttled {
        /// Seconds until there is room again.
        seconds: u64,
    },
    /// The operation took longer than it may; what it had changed by then stays.
    Timeout {
        /// Seconds that it may take.
        seconds: u64,
    },
    /// The document of a hash is not known here; it must be sent along once.
    UnknownDocument,
    /// Changes may have been missed; subscribe again, and read what is followed.
    Gap,
    /// Others keep the records or the database to themselves; the same request may succeed a moment later.
    Busy,
    /// The server failed; the cause is in its log.
    Internal,
}

/// A limit that a request exceeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    /// The word in `extensions.code`.
    pub code: &'static str,
    /// What there is too much of, in the plural.
    pub what: &'static str,
    /// How many there may be.
    pub most: u64,
    /// How many were counted before the count was given up.
    pub found: u64,
}

impl Excess {
    /// Whether there is no more of something than there may be.
    ///
    /// # Errors
    /// `TooMuch` when there is.
    pub fn check(code: &'static str, what: &'static str, most: u64, found: u64) -> Result<(), Failure> {
        if found <= most {
            return Ok(());
        }
        Err(Failure::TooMuch(Self {
            code,
            what,
            most,
            found,
        }))
    }
}

impl Failure {
    /// The word in `extensions.code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::BadInput(_) => "BAD_USER_INPUT",
            Self::Invalid(_) => "GRAPHQL_VALIDATION_FAILED",
            Self::MutationByGet => "METHOD_NOT_ALLOWED",
            Self::TooMuch(excess) => excess.code,
            Self::Throttled { .. } => "THROTTLED",
            Self::Timeout { .. } => "TIMEOUT",
            Self::UnknownDocument => "PERSISTED_QUERY_NOT_FOUND",
            Self::Gap => "CHANGES_MISSED",
            Self::Busy => "BUSY",
            Self::Internal => "INTERNAL",
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Unauthenticated => "Sign in first: the request carries no valid access token.".into(),
            Self::BadInput(text) | Self::Invalid(text) => text.clone(),
            Self::MutationByGet => "Send mutations by POST.".into(),
            Self::TooMuch(Excess { what, most, found, .. }) => format!("{found} {what}, of at most {most}.").into(),
            Self::Throttled { seconds } => format!("Too much at once: ask again in {seconds} s.").into(),
            Self::Timeout { seconds } => format!("The operation took longer than {seconds} s.").into(),
            // Apollo's clients know it by this text.
            Self::UnknownDocument => "PersistedQueryNotFound".into(),
            Self::Gap => "Changes may have been missed: read again, and subscribe again.".into(),
            Self::Busy => "Others are changing the same just now. Ask again in a moment.".into(),
            Self::Internal => "The server failed to answer this field.".into(),
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        if crate::sql::is_passing(&error) {
            tracing::warn!(error = crate::sql::without_values(&error), "database");
            return Self::Busy;
        }
        tracing::error!(error = crate::sql::without_values(&error), "database");
        Self::Internal
    }
}

impl From<Failure> for async_graphql::Error {
    fn from(failure: Failure) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", failure.code());
        if let Failure::TooMuch(excess) = &failure {
            extensions.set("limit", excess.most);
            extensions.set("found", excess.found);
        }
        if let Failure::Throttled { seconds } = failure {
            extensions.set("retryAfterSeconds", seconds);
        }
        Self {
            message: failure.message().into_owned(),
            source: None,
            extensions: Some(extensions),
        }
    }
}

/// Why a write did not happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// Mistakes that the user can mend, all of them.
    Errors(Vec<UserError>),
    /// Anything else.
    Failure(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        Self::Errors(vec![error])
    }
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        match crate::sql::violated_constraint(&error).and_then(|name| UserError::of_constraint(&name)) {
            Some(user_error) => user_error.into(),
            None => Self::Failure(error.into()),
        }
    }
}

/// The value of a nullable field that can fail: a failure makes the field null and is reported beside it, as the
/// GraphQL specification asks.
pub struct Nullable<T>(Result<Option<T>, Failure>);

impl<T> From<Result<Option<T>, Failure>> for Nullable<T> {
    fn from(result: Result<Option<T>, Failure>) -> Self {
        Self(result)
    }
}

impl<T: OutputType> OutputType for Nullable<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::type_name().to_string()
    }

    fn create_type_info(registry: &mut registry::Registry) -> String {
        T::create_type_info(registry);
        T::type_name().to_string()
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        field: &Positioned<parser::types::Field>,
    ) -> ServerResult<Value> {
        match &self.0 {
            Ok(None) => Ok(Value::Null),
            Ok(Some(value)) => value.resolve(context, field).await.or_else(|error| {
                context.add_error(error);
                Ok(Value::Null)
            }),
            Err(failure) => {
                let error = async_graphql::Error::from(failure.clone()).into_server_error(field.pos);
                context.add_error(context.set_error_path(error));
                Ok(Value::Null)
            }
        }
    }
}
