//! GraphQL over HTTP, as its specification has it: which media type is answered in, what a request consists of, which
//! status an answer has.
use crate::error::Failure;
use async_graphql::{Request, Response, ServerError, Variables};
use async_graphql_axum::GraphQLResponse;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The media types that an answer may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/graphql-response+json`: the status tells whether the request was executed.
    Graphql,
    /// `application/json`: what is well formed is answered with 200.
    Json,
}

impl Media {
    /// What the client likes best; none when it accepts neither.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut ranges = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(range)
            .collect::<Vec<_>>();
        if ranges.is_empty() && !headers.contains_key(header::ACCEPT) {
            return Some(Self::Json);
        }
        // The first of those liked best.
        ranges.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        ranges.first().map(|(media, _)| *media)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// A media range with its quality, if an answer may have it.
fn range(text: &str) -> Option<(Media, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let media = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/graphql-response+json" => Media::Graphql,
        "application/json" | "application/*" | "*/*" => Media::Json,
        _ => return None,
    };
    let mut quality = 1.0;
    for part in parts {
        match part.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("q") => quality = value.parse().unwrap_or(0.0),
            Some((name, value)) if name.eq_ignore_ascii_case("charset") && !is_utf8(value) => return None,
            _ => {}
        }
    }
    (quality > 0.0).then_some((media, quality))
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// Whether a body is JSON in UTF-8, as its header says. Forms of foreign pages cannot say so.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(text) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|part| match part.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => is_utf8(value),
            _ => true,
        })
}

/// What a request consists of.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Variables>,
    extensions: Option<Extensions>,
}

/// What clients add; others than these mean nothing here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    persisted_query: Option<PersistedQuery>,
}

/// The hash by which a document was made known, or is made known now.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersistedQuery {
    pub(crate) version: i64,
    pub(crate) sha256_hash: String,
}

impl Parameters {
    /// The parameters in a body.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of_body(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| explained(body, &error))
    }

    /// The parameters in the query of an address.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of_address(query: &str) -> Result<Self, String> {
        let mut fields = Map::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = match name.as_ref() {
                "variables" | "extensions" => {
                    serde_json::from_str(&value).map_err(|_| format!("The parameter `{name}` is not a JSON object."))?
                }
                "query" | "operationName" => Value::String(value.into_owned()),
                _ => continue,
            };
            if fields.insert(name.into_owned(), value).is_some() {
                return Err("A parameter is given twice.".to_owned());
            }
        }
        let body = Value::Object(fields).to_string();
        Self::of_body(body.as_bytes())
    }

    /// The request; where there is none but its hash, `find` looks for the document.
    ///
    /// # Errors
    /// What is missing.
    pub(crate) fn request(
        self,
        find: impl FnOnce(Option<String>, PersistedQuery) -> Result<String, Failure>,
    ) -> Result<Request, Failure> {
        let hash = self.extensions.and_then(|extensions| extensions.persisted_query);
        let query = match (self.query, hash) {
            (query, Some(hash)) => find(query, hash)?,
            (Some(query), None) => query,
            (None, None) => return Err(Failure::BadInput("The parameter `query` is missing.".into())),
        };
        let request = Request::new(query).variables(self.variables.unwrap_or_default());
        Ok(match self.operation_name {
            Some(name) => request.operation_name(name),
            None => request,
        })
    }
}

/// What is wrong with a body that is not a request.
fn explained(body: &[u8], error: &serde_json::Error) -> String {
    let fields = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields,
        Ok(Value::Array(_)) => return "Send one operation at a time: there are no batches.".to_owned(),
        Ok(_) => return "The body is not a JSON object.".to_owned(),
        Err(_) => {
            let (line, column) = (error.line(), error.column());
            return format!("The body is not JSON: see line {line}, column {column}.");
        }
    };
    let is = |name: &str, is_kind: fn(&Value) -> bool| {
        fields.get(name).is_none_or(|value| value.is_null() || is_kind(value))
    };
    let wrong = [
        ("query", "a string", is("query", Value::is_string)),
        ("operationName", "a string", is("operationName", Value::is_string)),
        ("variables", "an object", is("variables", Value::is_object)),
        ("extensions", "an object", is("extensions", Value::is_object)),
    ]
    .into_iter()
    .find(|(.., is_right)| !is_right);
    match wrong {
        Some((name, kind, _)) => format!("The parameter `{name}` must be {kind}."),
        None => "The parameter `extensions.persistedQuery` must have `version` and `sha256Hash`.".to_owned(),
    }
}

/// The status that a failure of the whole request has; `None` where the media type decides.
fn status_of(code: &str) -> Option<StatusCode> {
    match code {
        "BODY_TOO_LARGE" => Some(StatusCode::PAYLOAD_TOO_LARGE),
        "METHOD_NOT_ALLOWED" => Some(StatusCode::METHOD_NOT_ALLOWED),
        "THROTTLED" => Some(StatusCode::TOO_MANY_REQUESTS),
        "BUSY" | "TIMEOUT" => Some(StatusCode::SERVICE_UNAVAILABLE),
        "INTERNAL" => Some(StatusCode::INTERNAL_SERVER_ERROR),
        _ => None,
    }
}

/// The word in an error's `extensions.code`.
pub(crate) fn code_of(error: &ServerError) -> Option<String> {
    match error.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code.clone()),
        _ => None,
    }
}

/// Whether nothing was executed: the document or the variables are wrong, or the request was refused.
pub(crate) fn is_refused(response: &Response) -> bool {
    response.data == async_graphql::Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// How an operation ends that has no error.
pub(crate) const FINE: &str = "OK";

/// How an operation ended: `OK`, or the code of its first error.
pub(crate) fn outcome(response: &Response) -> &'static str {
    const CODES: [&str; 9] = [
        "BAD_USER_INPUT",
        "BUSY",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "INTERNAL",
        "THROTTLED",
        "TIMEOUT",
        "TOO_COSTLY",
        "UNAUTHENTICATED",
    ];
    let Some(error) = response.errors.first() else {
        return FINE;
    };
    let code = code_of(error);
    let known = CODES.into_iter().find(|known| code.as_deref() == Some(known));
    known.unwrap_or("OTHER")
}

/// The answer to what was asked.
pub(crate) fn answer(mut response: Response, media: Media) -> axum::response::Response {
    let is_refused = is_refused(&response);
    let first = response.errors.first().filter(|_| is_refused).and_then(code_of);
    let status = match first.as_deref().and_then(status_of) {
        Some(status) => status,
        None if is_refused && media == Media::Graphql => StatusCode::BAD_REQUEST,
        None => StatusCode::OK,
    };
    let retry_after = response.errors.first().and_then(retry_after);
    let headers = std::mem::take(&mut response.http_headers);
    let mut answer = plain(status, media, printed(response));
    answer.headers_mut().extend(headers);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        answer
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    }
    if let Some(seconds) = retry_after {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

fn retry_after(error: &ServerError) -> Option<u64> {
    match error.extensions.as_ref()?.get("retryAfterSeconds")? {
        async_graphql::Value::Number(seconds) => seconds.as_u64(),
        _ => None,
    }
}

/// The text of a response. The lists in its data may be printed already, which only `print` knows.
pub(crate) fn printed(mut response: Response) -> Vec<u8> {
    let is_refused = is_refused(&response);
    let mut body = Vec::with_capacity(crate::print::room(&response.data) + 16);
    body.push(b'{');
    if !response.errors.is_empty() {
        body.extend_from_slice(b"\"errors\":");
        // Errors are texts, numbers and lists of them: printing them cannot fail.
        if serde_json::to_writer(&mut body, &response.errors).is_err() {
            body.extend_from_slice(b"[]");
        }
    }
    if !is_refused {
        if body.len() > 1 {
            body.push(b',');
        }
        body.extend_from_slice(b"\"data\":");
        crate::print::print(&std::mem::take(&mut response.data), &mut body);
    }
    body.push(b'}');
    body
}

/// An answer to what is not even a request in GraphQL.
pub(crate) fn refused(status: StatusCode, media: Media, message: &str) -> axum::response::Response {
    let error = serde_json::json!({ "errors": [{ "message": message, "extensions": { "code": "BAD_REQUEST" } }] });
    let mut answer = plain(status, media, error.to_string().into_bytes());
    // What else the client is sending would be taken for its next request.
    if status == StatusCode::REQUEST_TIMEOUT {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(header::CONNECTION, close);
    }
    answer
}

fn plain(status: StatusCode, media: Media, body: Vec<u8>) -> axum::response::Response {
    let mut answer = GraphQLResponse(Response::default().into()).into_response();
    // What is printed already, only `print` knows how to write.
    *answer.body_mut() = Body::from(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media.name()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Authorization"));
    answer
}

#[cfg(test)]
mod tests {
    use super::Media;
    use axum::http::{HeaderMap, HeaderValue, header::ACCEPT};

    #[test]
    fn what_the_client_likes_best_is_answered() {
        let accepted =
            |text: &'static str| Media::accepted(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(text))]));
        assert_eq!(Media::accepted(&HeaderMap::new()), Some(Media::Json));
        assert_eq!(accepted("*/*"), Some(Media::Json));
        assert_eq!(accepted("application/graphql-response+json"), Some(Media::Graphql));
        assert_eq!(
            accepted("application/json;q=0.5, application/graphql-response+json"),
            Some(Media::Graphql)
        );
        assert_eq!(
            accepted("application/graphql-response+json;q=0.5, application/json"),
            Some(Media::Json)
        );
        assert_eq!(
            accepted("application/graphql-response+json; charset=utf-8, application/json"),
            Some(Media::Graphql)
        );
        assert_eq!(accepted("application/json; charset=latin1"), None);
        assert_eq!(accepted("application/json;q=0"), None);
        assert_eq!(accepted("text/html"), None);
    }
}
