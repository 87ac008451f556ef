//! What changed, told at once to those who listen. Every commit is told to the listeners of this replica from memory, and
//! on PostgreSQL to the other replicas by NOTIFY. Nothing is dropped in silence: who falls behind, or may have missed
//! something because the line to the other replicas broke, is cut off, and comes back and reads again.
mod follow;
mod relay;

pub use follow::{ChangeEvent, FeedSubscription};
pub(crate) use follow::{Follow, Target};
pub(crate) use relay::relay;

use entity::{change_event, enums::ChangeOperation};
use sea_orm::ActiveValue;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

/// Changes that a listener may be behind.
const MAX_BEHIND: usize = 4_096;

/// Changes that wait to be told to other replicas; with more, those are told that they missed some.
const MAX_WAITING: usize = 50_000;

/// A change that was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Of its row in the change feed.
    pub id: Uuid,
    /// The program that it happened in.
    pub program_id: Option<Uuid>,
    /// The athlete whom it is about.
    pub athlete_id: Option<Uuid>,
    /// Who changed it.
    pub user_id: Option<Uuid>,
    /// The GraphQL type of the record.
    pub node_type: String,
    /// The record.
    pub node_id: Uuid,
    /// What happened to it.
    pub operation: ChangeOperation,
    /// Whether viewers are read from the record's table, so that somebody's rights may have changed.
    pub makes_viewers: bool,
}

impl Change {
    /// The change that a row tells of.
    pub(crate) fn of(row: &change_event::ActiveModel) -> Option<Self> {
        fn value<T: Clone + Into<sea_orm::Value>>(column: &ActiveValue<T>) -> Option<T> {
            column.try_as_ref().cloned()
        }
        let node_type = value(&row.node_type)?;
        Some(Self {
            makes_viewers: makes_viewers(&node_type),
            id: value(&row.id)?,
            program_id: value(&row.program_id)?,
            athlete_id: value(&row.athlete_id)?,
            user_id: value(&row.user_id)?,
            node_type,
            node_id: value(&row.node_id)?,
            operation: value(&row.operation)?,
        })
    }

    /// Whether a person, who belongs to some programs, may read otherwise after it. What is of no program and nobody's,
    /// such as a password that was reset, may concern anybody.
    pub(crate) fn concerns(&self, user: Uuid, programs: &HashSet<Uuid>) -> bool {
        self.node_id == user
            || match (self.program_id, self.user_id) {
                (Some(program), _) => programs.contains(&program),
                (None, by) => by.is_none_or(|by| by == user),
            }
    }
}

/// Whether viewers are read from the table of a type.
fn makes_viewers(node_type: &str) -> bool {
    let mut table = String::with_capacity(node_type.len() + 4);
    for letter in node_type.chars() {
        if letter.is_ascii_uppercase() && !table.is_empty() {
            table.push('_');
        }
        table.push(letter.to_ascii_lowercase());
    }
    crate::auth::makes_viewers(&table)
}

/// What a listener hears.
#[derive(Clone, Debug)]
pub(crate) enum Heard {
    /// Something changed.
    Change(Arc<Change>),
    /// Changes may have been missed.
    Gap,
}

/// The changes of this replica, and those it hears of.
pub(crate) struct Changes {
    listeners: broadcast::Sender<Heard>,
    outgoing: Mutex<Outgoing>,
    waiting: Notify,
}

#[derive(Default)]
struct Outgoing {
    /// Whether there are replicas to tell.
    is_relayed: bool,
    changes: Vec<Arc<Change>>,
    /// Whether there were more than could wait.
    has_gap: bool,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            listeners: broadcast::Sender::new(MAX_BEHIND),
            outgoing: Mutex::default(),
            waiting: Notify::new(),
        }
    }
}

impl Changes {
    fn outgoing(&self) -> std::sync::MutexGuard<'_, Outgoing> {
        self.outgoing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of changes that were committed here.
    pub(crate) fn publish(&self, changes: Vec<Change>) {
        let has_listeners = self.listeners.receiver_count() > 0;
        let mut outgoing = self.outgoing();
        if changes.is_empty() || !(has_listeners || outgoing.is_relayed) {
            return;
        }
        for change in changes {
            let change = Arc::new(change);
            if outgoing.is_relayed && outgoing.changes.len() < MAX_WAITING {
                outgoing.changes.push(change.clone());
            } else {
                outgoing.has_gap |= outgoing.is_relayed;
            }
            self.hear(Heard::Change(change));
        }
        drop(outgoing);
        self.waiting.notify_one();
    }

    /// Tells the listeners here; without any, nobody.
    fn hear(&self, heard: Heard) {
        let _ = self.listeners.send(heard);
    }

    /// From now on, everything that changes.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Heard> {
        self.listeners.subscribe()
    }
}
