//! How a request arrived: from which address, under which number. Every answer carries the number, and headers by which
//! browsers keep foreign pages out.
use crate::{App, scope::new_id};
use axum::{
    Extension, Router,
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::Response,
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument;

/// The header with a request's number.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where a request comes from, and its number in the log.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) address: Option<IpAddr>,
    pub(crate) request_id: String,
    /// Whether it came from this machine and through no proxy.
    pub(crate) is_local: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Arrival {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let arrival = parts.extensions.get::<Self>().cloned();
        arrival.ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl Arrival {
    fn of(headers: &HeaderMap, peer: Option<IpAddr>, trusted_proxies: usize) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let is_plain = |id: &&str| {
            (1..=64).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        // Our own proxies number requests; of others, nobody knows whose number it is.
        let given = text(REQUEST_ID).filter(is_plain).filter(|_| trusted_proxies > 0);
        let forwarded = HeaderName::from_static("x-forwarded-for");
        // Each proxy adds the address that it was asked from; what stands before those of our own proxies, anybody may
        // have written.
        let hops = headers
            .get_all(&forwarded)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).map(str::trim).collect();
        let told = trusted_proxies
            .checked_sub(1)
            .and_then(|behind| hops.len().checked_sub(behind + 1))
            .and_then(|place| address(hops[place]));
        Self {
            address: told.or(peer),
            request_id: given.map_or_else(|| new_id().simple().to_string(), str::to_owned),
            is_local: peer.is_some_and(|peer| peer.is_loopback())
                && !headers.contains_key(&forwarded)
                && !headers.contains_key(header::FORWARDED),
        }
    }
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().map(|address: SocketAddr| address.ip()).ok();
    text.parse().ok().or_else(with_port)
}

/// The routes with what surrounds them all.
pub(super) fn layered(router: Router<Arc<App>>, app: &App) -> Router<Arc<App>> {
    let router = router.layer(middleware::from_fn_with_state(app.edge.trusted_proxies, arrive));
    if app.edge.cors_origins.is_empty() {
        return router;
    }
    let origins = app
        .edge
        .cors_origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin).ok());
    let origins = match app.edge.cors_origins.iter().any(|origin| origin == "*") {
        true => AllowOrigin::any(),
        false => AllowOrigin::list(origins),
    };
    router.layer(
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, REQUEST_ID])
            .expose_headers([REQUEST_ID, header::RETRY_AFTER])
            .max_age(Duration::from_secs(24 * 60 * 60)),
    )
}

async fn arrive(
    State(trusted_proxies): State<usize>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = peer.map(|Extension(ConnectInfo(peer))| peer.ip());
    let arrival = Arrival::of(request.headers(), peer, trusted_proxies);
    let id = HeaderValue::from_str(&arrival.request_id);
    // Of the highest level, so that whatever is logged has it.
    let span = tracing::error_span!("request", id = arrival.request_id.as_str());
    request.extensions_mut().insert(arrival);
    let mut response = next.run(request).instrument(span).await;
    let headers = response.headers_mut();
    if let Ok(id) = id {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Whether a page that asks for a socket is of this server, or of an origin that may.
pub(super) fn is_own_origin(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        // No browser.
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let own = origin.split_once("://").map(|(_, host)| host);
    (own.is_some() && own == host) || allowed.iter().any(|allowed| allowed == "*" || allowed == origin)
}

#[cfg(test)]
mod tests {
    use super::Arrival;
    use axum::http::{HeaderMap, HeaderValue};
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn only_what_trusted_proxies_add_is_believed() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("198.51.100.9, 192.0.2.7"));
        headers.append("x-forwarded-for", HeaderValue::from_static("10.0.0.2:443"));
        let peer = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let address = |proxies| {
            Arrival::of(&headers, peer, proxies)
                .address
                .map(|address| address.to_string())
        };
        assert_eq!(address(0).as_deref(), Some("127.0.0.1"));
        assert_eq!(address(1).as_deref(), Some("10.0.0.2"));
        assert_eq!(address(2).as_deref(), Some("192.0.2.7"));
        assert_eq!(address(9).as_deref(), Some("127.0.0.1"));
        assert!(!Arrival::of(&headers, peer, 0).is_local);
        assert!(Arrival::of(&HeaderMap::new(), peer, 0).is_local);
    }

    #[test]
    fn a_number_that_is_given_is_kept_if_it_is_plain() {
        let id = |text: &'static str| {
            let headers = HeaderMap::from_iter([(super::REQUEST_ID, HeaderValue::from_static(text))]);
            Arrival::of(&headers, None, 1).request_id
        };
        assert_eq!(id("abc-1.2_3"), "abc-1.2_3");
        assert_eq!(id("a b").len(), 32);
    }
}
