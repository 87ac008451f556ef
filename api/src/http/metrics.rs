//! Figures for Prometheus, and a line in the log for what failed or took long. Neither says who asked for what.
use super::protocol::FINE;
use crate::access::Db;
use async_graphql::parser::types::OperationType;
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder, exponential_buckets,
};
use std::time::{Duration, Instant};

/// What takes longer is written to the log.
const LONG: Duration = Duration::from_secs(1);

/// The figures of a server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    query: Kind,
    mutation: Kind,
    running: IntGauge,
    connections: IntGaugeVec,
    sockets: IntGauge,
}

/// The figures of one type of operations.
struct Kind {
    name: &'static str,
    /// Those that ended as asked.
    fine: IntCounter,
    seconds: Histogram,
    cost: Histogram,
    statements: Histogram,
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
        let seconds = histogram("fieldhouse_request_seconds", "Time of operations.", 0.001, 2.0, 15)?;
        let help = "Objects that operations may return.";
        let cost = histogram("fieldhouse_request_cost", help, 1.0, 4.0, 8)?;
        let help = "Statements to the database of operations.";
        let statements = histogram("fieldhouse_request_statements", help, 1.0, 2.0, 8)?;
        let kind = |name| Kind {
            name,
            fine: requests.with_label_values(&[name, FINE]),
            seconds: seconds.with_label_values(&[name]),
            cost: cost.with_label_values(&[name]),
            statements: statements.with_label_values(&[name]),
        };
        Ok(Self {
            query: kind("query"),
            mutation: kind("mutation"),
            requests,
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
        let (took, metrics) = (self.began.elapsed(), self.metrics);
        let figures = match kind {
            Some(OperationType::Query) => Some(&metrics.query),
            Some(OperationType::Mutation) => Some(&metrics.mutation),
            // What goes on is no operation that ends.
            Some(OperationType::Subscription) | None => None,
        };
        let kind = figures.map_or("none", |figures| figures.name);
        match figures {
            Some(figures) if outcome == FINE => figures.fine.inc(),
            _ => metrics.requests.with_label_values(&[kind, outcome]).inc(),
        }
        if let Some(figures) = figures {
            figures.seconds.observe(took.as_secs_f64());
            figures.cost.observe(cost as f64);
            figures.statements.observe(statements as f64);
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
