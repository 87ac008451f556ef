//! Changes told to the other replicas on the same PostgreSQL, and heard from them, by NOTIFY and LISTEN.
use super::{Change, Heard};
use crate::{access::Db, sql};
use entity::enums::ChangeOperation;
use sea_orm::{ActiveEnum, DbErr};
use serde_json::{Value, json};
use std::{fmt::Write, sync::Arc, time::Duration};
use uuid::Uuid;

/// The channel that replicas listen on.
const CHANNEL: &str = "fieldhouse_changes";

/// Bytes of a notification; PostgreSQL takes fewer than 8,000.
const MAX_PAYLOAD: usize = 7_500;

/// How long changes are gathered before they are told, so that a busy replica sends few notifications.
const GATHERING: Duration = Duration::from_millis(20);

/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells and hears for ever; on SQLite, where no other replica is, it ends at once.
pub(crate) async fn relay(db: Db) {
    let replica = crate::scope::new_id();
    if db.dialect == sql::Dialect::Sqlite {
        return;
    }
    db.changes().outgoing().is_relayed = true;
    tokio::join!(tell(&db, replica), hear(&db, replica));
}

async fn tell(db: &Db, replica: Uuid) {
    loop {
        db.changes().waiting.notified().await;
        tokio::time::sleep(GATHERING).await;
        let (changes, has_gap) = {
            let mut outgoing = db.changes().outgoing();
            (
                std::mem::take(&mut outgoing.changes),
                std::mem::take(&mut outgoing.has_gap),
            )
        };
        let mut payloads = payloads(replica, &changes);
        if has_gap {
            payloads.push(replica.simple().to_string());
        }
        for payload in payloads {
            while let Err(error) = db.notify(CHANNEL, payload.clone()).await {
                tracing::warn!(error = sql::without_values(&error), "telling other replicas of changes");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn hear(db: &Db, replica: Uuid) {
    let mut is_first = true;
    loop {
        if let Err(error) = hear_until_it_breaks(db, replica, is_first).await {
            tracing::warn!(
                error = sql::without_values(&error),
                "listening for changes of other replicas"
            );
        }
        is_first = false;
        db.changes().hear(Heard::Gap);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear_until_it_breaks(db: &Db, replica: Uuid, is_first: bool) -> Result<(), DbErr> {
    let mut listener = db.listener(CHANNEL).await?;
    if !is_first {
        // Whoever began to listen while the line was down.
        db.changes().hear(Heard::Gap);
    }
    // The connection's end is told as none, before it is opened again.
    while let Some(notification) = listener.try_recv().await.map_err(sql::of_sqlx)? {
        let Some((sender, rows)) = notification.payload().split_at_checked(32) else {
            continue;
        };
        if sender == replica.simple().to_string() {
            continue;
        }
        if rows.is_empty() {
            db.changes().hear(Heard::Gap);
        }
        for row in rows.lines().filter(|row| !row.is_empty()) {
            match read(row) {
                Some(change) => {
                    if change.makes_viewers {
                        db.forget_viewers();
                    }
                    db.changes().hear(Heard::Change(Arc::new(change)));
                }
                // Written by another version of the server.
                None => db.changes().hear(Heard::Gap),
            }
        }
    }
    Ok(())
}

/// The notifications that tell of changes: the replica, then a line of JSON for each change.
fn payloads(replica: Uuid, changes: &[Arc<Change>]) -> Vec<String> {
    let mut payloads: Vec<String> = Vec::new();
    for change in changes {
        let row = json!([
            change.id.simple().to_string(),
            change.program_id.map(|id| id.simple().to_string()),
            change.athlete_id.map(|id| id.simple().to_string()),
            change.user_id.map(|id| id.simple().to_string()),
            change.node_type,
            change.node_id.simple().to_string(),
            change.operation.to_value(),
        ])
        .to_string();
        match payloads.last_mut() {
            Some(payload) if payload.len() + row.len() < MAX_PAYLOAD => {
                let _ = write!(payload, "\n{row}");
            }
            _ => payloads.push(format!("{}\n{row}", replica.simple())),
        }
    }
    payloads
}

fn read(row: &str) -> Option<Change> {
    let row: Vec<Value> = serde_json::from_str(row).ok()?;
    let [id, program_id, athlete_id, user_id, node_type, node_id, operation] = row.as_slice() else {
        return None;
    };
    let uuid = |value: &Value| value.as_str().and_then(|text| Uuid::try_parse(text).ok());
    let node_type = node_type.as_str()?.to_owned();
    Some(Change {
        makes_viewers: super::makes_viewers(&node_type),
        id: uuid(id)?,
        program_id: uuid(program_id),
        athlete_id: uuid(athlete_id),
        user_id: uuid(user_id),
        node_type,
        node_id: uuid(node_id)?,
        operation: ChangeOperation::try_from_value(&operation.as_str()?.to_owned()).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Change, MAX_PAYLOAD, payloads, read};
    use entity::enums::ChangeOperation;
    use std::sync::Arc;
    use uuid::Uuid;

    #[test]
    fn what_is_told_is_heard_in_notifications_that_are_short_enough() {
        let change = |number: u128| Change {
            id: Uuid::from_u128(number),
            program_id: Some(Uuid::from_u128(1)),
            athlete_id: None,
            user_id: Some(Uuid::from_u128(2)),
            node_type: "AthleteTrainingSession".into(),
            node_id: Uuid::max(),
            operation: ChangeOperation::Updated,
            makes_viewers: false,
        };
        let told: Vec<Arc<Change>> = (0..200).map(|number| Arc::new(change(number))).collect();
        let payloads = payloads(Uuid::nil(), &told);
        assert!(payloads.iter().all(|payload| payload.len() < MAX_PAYLOAD + 500));
        let rows = payloads
            .iter()
            .flat_map(|payload| payload[32..].lines().filter(|row| !row.is_empty()));
        let heard: Vec<Change> = rows.map(|row| read(row).expect("a change")).collect();
        assert_eq!(
            heard,
            told.iter().map(|change| Change::clone(change)).collect::<Vec<_>>()
        );
    }
}
