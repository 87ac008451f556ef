//! The only way to change anything: one transaction, begun for writing, in a task of its own so that a client that
//! leaves does not cancel it half way. Every change is guarded, checks the version the client read, writes its row of
//! the change feed and what the audit log is to know, and is made once for an idempotency key.
mod audit;
mod bulk;
mod once;
mod reading;
mod rows;
mod told;

pub use audit::Audit;
pub use once::write_once;
pub use reading::{Both, Found};

use crate::{
    access::{Guarded, Session, Viewer},
    error::{Failure, Refusal},
    feed::Change,
    load::AtHand,
    scope::{Client, Request, Scope},
    sql::Dialect,
    workouts::element::Revisions,
};
use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::{audit_event, change_event};
use sea_orm::{EntityTrait, IdenStatic, Iterable};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};
use told::Event;
use tracing::Instrument;

/// An open write transaction on behalf of a viewer.
#[derive(Clone)]
pub struct Tx {
    session: Arc<Session>,
    viewer: Arc<Viewer>,
    client: Arc<Client>,
    events: Arc<Mutex<Vec<Event>>>,
    audits: Arc<Mutex<Vec<audit_event::ActiveModel>>>,
    at_hand: Arc<Mutex<Vec<AtHand>>>,
    last: Arc<Mutex<Option<Last>>>,
}

/// What a transaction does last.
type Last = Box<dyn FnOnce(Tx) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send>> + Send>;

/// Runs `job` in a write transaction and starts a new scope, in which what it did can be seen.
///
/// # Errors
/// What the job refuses; nothing is changed then.
pub async fn write<O, F, Fut>(ctx: &Context<'_>, job: F) -> Result<(Arc<Scope>, O), Refusal>
where
    O: Send + 'static,
    F: FnOnce(Tx) -> Fut + Send + 'static,
    Fut: Future<Output = Result<O, Refusal>> + Send,
{
    let request = Request::of(ctx);
    request.scope().viewer().user()?;
    let (outcome, at_hand) = request.scope().run(job).await?;
    let scope = request.renew().await?;
    for put in at_hand {
        put(&scope)?;
    }
    Ok((scope, outcome))
}

/// As `write`, for the few mutations by which somebody gets in: it asks for no viewer, and runs as the anonymous, to whom
/// every guard says no. The job itself proves who is there, by a secret that came with the input. No new scope starts:
/// `Request::sign_in` does that, with the token that the job made.
///
/// # Errors
/// What the job refuses; nothing is changed then.
pub async fn write_anonymous<O, F, Fut>(ctx: &Context<'_>, job: F) -> Result<O, Refusal>
where
    O: Send + 'static,
    F: FnOnce(Tx) -> Fut + Send + 'static,
    Fut: Future<Output = Result<O, Refusal>> + Send,
{
    Request::of(ctx).scope().of_nobody().write(job).await
}

impl Scope {
    /// Runs `job` in a write transaction; commits when it succeeds.
    ///
    /// # Errors
    /// What the job refuses.
    pub async fn write<O, F, Fut>(&self, job: F) -> Result<O, Refusal>
    where
        O: Send + 'static,
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<O, Refusal>> + Send,
    {
        Ok(self.run(job).await?.0)
    }

    async fn run<O, F, Fut>(&self, job: F) -> Result<(O, Vec<AtHand>), Refusal>
    where
        O: Send + 'static,
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<O, Refusal>> + Send,
    {
        let (db, viewer) = (self.db().clone(), self.reader().shared_viewer());
        let client = self.client().clone();
        let work = async move {
            let tx = Tx {
                session: Arc::new(db.begin().await?),
                viewer,
                client,
                events: Arc::default(),
                audits: Arc::default(),
                at_hand: Arc::default(),
                last: Arc::default(),
            };
            let outcome = match job(tx.clone()).await {
                Ok(outcome) => tx.end().await.map(|()| outcome),
                Err(refusal) => Err(refusal),
            };
            let outcome = match outcome {
                Ok(outcome) => outcome,
                Err(refusal) => {
                    tx.session.roll_back().await;
                    return Err(refusal);
                }
            };
            tx.publish();
            let at_hand = std::mem::take(&mut *tx.at_hand.lock().unwrap_or_else(PoisonError::into_inner));
            Ok((outcome, at_hand))
        };
        // It is moved more than once until it is a task.
        let task = tokio::spawn(Box::pin(work).in_current_span());
        task.await.unwrap_or(Err(Refusal::Failure(Failure::Internal)))
    }
}

impl Tx {
    /// Who changes.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The moment of the change.
    pub fn now(&self) -> DateTime<Utc> {
        self.viewer.now
    }

    /// The database written to.
    pub fn dialect(&self) -> Dialect {
        self.viewer.dialect
    }

    /// Trees of revisions that were read of late.
    pub(crate) fn revisions(&self) -> &Revisions {
        self.session.revisions()
    }

    fn answers_with<E: Guarded>(&self, row: E::Model) {
        let row = Arc::new(row);
        let put: AtHand = Arc::new(move |scope| scope.prime::<E>(row.clone()));
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner).push(put);
    }

    /// Has something done when all else is; one thing alone.
    fn do_last<F, Fut>(&self, job: F)
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        let job: Last = Box::new(|tx| Box::pin(job(tx)));
        let replaced = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(job);
        debug_assert!(replaced.is_none(), "two things cannot both be the last");
    }

    /// Does what is left to do, and commits.
    async fn end(&self) -> Result<(), Refusal> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(last) = last {
            self.flush().await?;
            last(self.clone()).await?;
        }
        if self.session.is_open().await {
            self.flush().await?;
            self.session.commit().await?;
        }
        Ok(())
    }

    /// Writes the rows of the change feed that are not stored yet, and those of the audit log. Where it fails, all does.
    async fn flush(&self) -> Result<(), Refusal> {
        let waiting = {
            let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
            let waiting = events.iter_mut().filter(|event| !event.is_stored);
            waiting
                .map(|event| {
                    event.is_stored = true;
                    event.row.clone()
                })
                .collect()
        };
        self.insert_rows::<change_event::ActiveModel>(waiting).await?;
        self.flush_audits().await
    }

    /// Tells of what was committed.
    fn publish(&self) {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        self.session
            .changes()
            .publish(events.iter().filter_map(|event| Change::of(&event.row)).collect());
    }
}

fn named_column<E: EntityTrait>(name: &str) -> Option<E::Column> {
    E::Column::iter().find(|column| column.as_str() == name)
}
