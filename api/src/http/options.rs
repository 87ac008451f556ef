//! What the command line and the environment decide about the edge.
use super::{Limits, Rates};
use crate::secret::Secret;
use clap::{Args, builder::FalseyValueParser};

/// How the server meets the world.
#[derive(Args, Clone, Debug, Default)]
pub struct Edge {
    /// Limits of requests.
    #[command(flatten)]
    pub limits: Limits,
    /// Limits of what is asked for in a minute.
    #[command(flatten)]
    pub rates: Rates,
    /// Origins whose pages may ask, comma-separated, such as https://app.example.org; `*` for all. None unless given.
    #[arg(long, env = "FIELDHOUSE_CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,
    /// Proxies of ours before the server: the address of a client is the one that the outermost of them tells in
    /// X-Forwarded-For.
    #[arg(long, env = "FIELDHOUSE_TRUSTED_PROXIES", default_value_t = 0)]
    pub trusted_proxies: usize,
    /// Answer queries over GET too.
    #[arg(long, env = "FIELDHOUSE_GET", value_parser = FalseyValueParser::new())]
    pub get: bool,
    /// Token that lets others than this machine read /metrics; with it, this machine needs it too.
    #[arg(long, env = "FIELDHOUSE_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<Secret>,
}
