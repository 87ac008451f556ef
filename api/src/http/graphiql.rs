//! GraphiQL from inside the binary: built once by `api/graphiql/build.sh`, served compressed, asking nothing of others.
use crate::App;
use axum::{
    Router,
    http::header,
    response::{IntoResponse, Redirect},
    routing::get,
};
use std::sync::Arc;

const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
    font-src data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self'; frame-ancestors 'none'";

/// A file of the page: where it is served, its media type, its policy, its bytes.
struct Asset(&'static str, &'static str, &'static str, &'static [u8]);

macro_rules! asset {
    ($path:literal, $file:literal, $media:literal, $policy:expr) => {
        Asset(
            $path,
            $media,
            $policy,
            include_bytes!(concat!("../../graphiql/dist/", $file, ".br")),
        )
    };
}

static ASSETS: [Asset; 9] = [
    asset!("/graphiql", "index.html", "text/html; charset=utf-8", PAGE_POLICY),
    asset!(
        "/graphiql/app.js",
        "app.js",
        "text/javascript; charset=utf-8",
        PAGE_POLICY
    ),
    asset!(
        "/graphiql/runtime.js",
        "runtime.js",
        "text/javascript; charset=utf-8",
        PAGE_POLICY
    ),
    asset!(
        "/graphiql/monaco.js",
        "monaco.js",
        "text/javascript; charset=utf-8",
        PAGE_POLICY
    ),
    asset!(
        "/graphiql/graphiql.js",
        "graphiql.js",
        "text/javascript; charset=utf-8",
        PAGE_POLICY
    ),
    asset!(
        "/graphiql/prettier.js",
        "prettier.js",
        "text/javascript; charset=utf-8",
        PAGE_POLICY
    ),
    asset!(
        "/graphiql/worker.js",
        "worker.js",
        "text/javascript; charset=utf-8",
        WORKER_POLICY
    ),
    asset!("/graphiql/app.css", "app.css", "text/css; charset=utf-8", PAGE_POLICY),
    asset!(
        "/graphiql/LICENSES.txt",
        "LICENSES.txt",
        "text/plain; charset=utf-8",
        PAGE_POLICY
    ),
];

/// The page and its files.
pub(super) fn routes() -> Router<Arc<App>> {
    let slash = get(async || Redirect::permanent("/graphiql"));
    ASSETS
        .iter()
        .fold(Router::new().route("/graphiql/", slash), |router, asset| {
            router.route(asset.0, get(async || serve(asset)))
        })
}

fn serve(Asset(_, media, policy, bytes): &'static Asset) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, *media),
        (header::CONTENT_SECURITY_POLICY, *policy),
        (header::CONTENT_ENCODING, "br"),
        (header::VARY, "Accept-Encoding"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, *bytes)
}
