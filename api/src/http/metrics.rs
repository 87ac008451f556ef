//! Figures for Prometheus, and a line in the log for what failed or took long. Neither says who asked for what.
use crate::access::Db;
use async_graphql::parser::types::OperationType;
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
    exponential_buckets,
};
use std::time::{Duration, Instant};

/// What takes longer is written to the log.
const LONG: Duration = Duration::from_secs(1);

/// The figures of a server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    cost: HistogramVec,
    statements: HistogramVec,
    running: IntGauge,
    connections: IntGaugeVec,
    sockets: IntGauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new().expect("the names of the figures are right and different")
    }
}

impl Metrics {
    fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let histogram = |name: &str, help: &str, start, factor, count| {
            let options = HistogramOpts::new(name, help).buckets(exponential_buckets(start, factor, count)?);
            let histogram = HistogramVec::new(options, &["type"])?;
            registry.register(Box::new(histogram.clone()))?;
            prometheus::Result::Ok(histogram)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            prometheus::Result::Ok(gauge)
        };
        let requests = IntCounterVec::new(
            Opts::new("fieldhouse_requests_total", "Operations answered, by how they ended."),
            &["type", "outcome"],
        )?;
        registry.register(Box::new(requests.clone()))?;
        let connections = IntGaugeVec::new(
            Opts::new("fieldhouse_database_connections", "Connections to the database."),
            &["pool", "state"],
        )?;
        registry.register(Box::new(connections.clone()))?;
        Ok(Self {
            requests,
            seconds: histogram("fieldhouse_request_seconds", "Time of operations.", 0.001, 2.0, 15)?,
            cost: histogram(
                "fieldhouse_request_cost",
                "Objects that operations may return.",
                1.0,
                4.0,
                8,
            )?,
            statements: histogram(
                "fieldhouse_request_statements",
                "Statements to the database of operations.",
                1.0,
                2.0,
                8,
            )?,
            running: gauge("fieldhouse_requests_running", "Operations that run now.")?,
            sockets: gauge("fieldhouse_sockets", "WebSockets that are open.")?,
            connections,
            registry,
        })
    }

    /// Begins to time an operation.
    pub(crate) fn begin(&self) -> Timer<'_> {
        self.running.inc();
        Timer {
            metrics: self,
            began: Instant::now(),
        }
    }

    /// All figures in Prometheus' text format.
    pub(crate) fn text(&self, db: &Db, sockets: usize) -> Vec<u8> {
        for (pool, (open, used)) in ["read", "write"].into_iter().zip(db.connections()) {
            self.connections.with_label_values(&[pool, "open"]).set(open.into());
            self.connections.with_label_values(&[pool, "used"]).set(used.into());
        }
        self.sockets.set(i64::try_from(sockets).unwrap_or(i64::MAX));
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::warn!(%error, "printing figures");
        }
        text
    }
}

/// An operation that is timed; cut short, it counts no more.
pub(crate) struct Timer<'a> {
    metrics: &'a Metrics,
    began: Instant,
}

impl Timer<'_> {
    /// Notes what an operation took.
    pub(crate) fn end(self, kind: Option<OperationType>, outcome: &str, cost: u64, statements: u64) {
        let kind = match kind {
            Some(OperationType::Query) => "query",
            Some(OperationType::Mutation) => "mutation",
            Some(OperationType::Subscription) => "subscription",
            None => "none",
        };
        let took = self.began.elapsed();
        let metrics = self.metrics;
        metrics.requests.with_label_values(&[kind, outcome]).inc();
        if kind != "none" {
            metrics.seconds.with_label_values(&[kind]).observe(took.as_secs_f64());
            metrics.cost.with_label_values(&[kind]).observe(cost as f64);
            metrics.statements.with_label_values(&[kind]).observe(statements as f64);
        }
        let milliseconds = took.as_millis();
        if took >= LONG || matches!(outcome, "INTERNAL" | "TIMEOUT" | "BUSY") {
            tracing::warn!(kind, outcome, cost, statements, milliseconds, "request");
        } else {
            tracing::debug!(kind, outcome, cost, statements, milliseconds, "request");
        }
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.metrics.running.dec();
    }
}
