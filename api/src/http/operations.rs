//! The operations that go on on a socket: how many there may be, and what their messages may hold together.
use super::limits;
use std::collections::HashMap;
use tokio::task::AbortHandle;

/// Operations at once on a socket.
const MAX_OPERATIONS: usize = 50;

/// What the messages of the operations that go on may hold together on a socket, in bytes, before another one begins: each
/// is kept, read, until its operation is over.
const MAX_HELD: usize = 64 << 10;

/// Bytes that a value in a message counts as, since it takes many times what it takes in the message.
const VALUE: usize = 64;

/// Operations by the ids that the client gave them.
#[derive(Default)]
pub(super) struct Operations {
    begun: u64,
    running: HashMap<String, Operation>,
}

/// An operation that goes on.
struct Operation {
    /// Its own number: an id may be given again, while answers to the operation before are on their way.
    serial: u64,
    /// What its message holds, in bytes.
    held: usize,
    task: AbortHandle,
}

impl Operations {
    /// Whether an operation has this id.
    pub(super) fn has(&self, id: &str) -> bool {
        self.running.contains_key(id)
    }

    /// Whether it is this operation that has the id.
    pub(super) fn is(&self, id: &str, serial: u64) -> bool {
        self.running.get(id).is_some_and(|operation| operation.serial == serial)
    }

    /// Whether another one may begin; the reason if not.
    pub(super) fn admit(&self) -> Result<(), String> {
        let held: usize = self.running.values().map(|operation| operation.held).sum();
        if self.running.len() >= MAX_OPERATIONS {
            Err(format!("A socket has at most {MAX_OPERATIONS} operations at once."))
        } else if held > MAX_HELD {
            Err("The operations that go on are too long for another one.".to_owned())
        } else {
            Ok(())
        }
    }

    /// Begins an operation whose message holds so much, by starting its task with its number.
    pub(super) fn begin(&mut self, id: String, held: usize, start: impl FnOnce(u64) -> AbortHandle) {
        self.begun += 1;
        let serial = self.begun;
        let task = start(serial);
        self.running.insert(id, Operation { serial, held, task });
    }

    /// Ends an operation; whether it was still going on.
    pub(super) fn end(&mut self, id: &str, serial: u64) -> bool {
        self.is(id, serial) && self.running.remove(id).is_some()
    }

    /// Breaks off the operation with this id, if there is one.
    pub(super) fn abort(&mut self, id: &str) {
        if let Some(operation) = self.running.remove(id) {
            operation.task.abort();
        }
    }
}

/// What a message holds once it is read, in bytes.
pub(super) fn held(text: &str) -> usize {
    let most = MAX_HELD / VALUE;
    let values = limits::values(text.as_bytes(), most as u64);
    text.len() + VALUE * usize::try_from(values).unwrap_or(most)
}
