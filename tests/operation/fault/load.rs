//! Clients that log training, each entry under a key of its own, and note what they were told.
use super::store::Store;
use crate::{
    account::{Account, Reply},
    program::Server,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinHandle;

/// Several rows: a session, its detail, what the change feed tells of it and what its key stands for.
const LOG: &str = "mutation($input: TrainingSessionCreateInput!) {
    trainingSessionCreate(input: $input) { trainingSession { id title } userErrors { code message } }
}";

/// What is there only in part.
const HALVES: [&str; 6] = [
    "SELECT title FROM athlete_training_session s WHERE NOT EXISTS
        (SELECT 1 FROM athlete_training_session_detail d WHERE d.id = s.id AND d.actual_description = s.title)",
    "SELECT title FROM athlete_training_session s WHERE 1 <> (SELECT count(*) FROM change_event e WHERE e.node_id = s.id)",
    "SELECT node_type FROM change_event e WHERE node_type = 'AthleteTrainingSession'
        AND NOT EXISTS (SELECT 1 FROM athlete_training_session s WHERE s.id = e.node_id)",
    "SELECT \"key\" FROM idempotency_record r WHERE outcome IS NULL
        OR NOT EXISTS (SELECT 1 FROM athlete_training_session s WHERE s.title = r.\"key\")",
    "SELECT title FROM athlete_training_session s WHERE NOT EXISTS
        (SELECT 1 FROM idempotency_record r WHERE r.\"key\" = s.title)",
    "SELECT title FROM athlete_training_session GROUP BY title HAVING count(*) > 1",
];

/// The variables of an entry.
pub fn entry(athlete: &str, title: &str) -> Value {
    json!({ "input": {
        "idempotencyKey": title, "athleteId": athlete, "workoutCategory": "RUN", "title": title,
        "completedAt": "2026-03-02T05:30:00Z",
        "actual": { "distanceMeters": 10000, "durationSeconds": 3000, "rpe": 6, "description": title,
            "splits": [{ "index": 0, "durationSeconds": 299.0 }, { "index": 1, "durationSeconds": 300.5 }] }
    } })
}

/// The body of a request that logs an entry.
pub fn body(athlete: &str, title: &str) -> String {
    json!({ "query": LOG, "variables": entry(athlete, title) }).to_string()
}

/// Logs an entry.
pub async fn log(account: &Account, athlete: &str, title: &str) -> Result<Reply, reqwest::Error> {
    account.try_ask(LOG, entry(athlete, title)).await
}

/// The id of the entry that an answer tells of.
pub fn logged(reply: &Reply) -> Option<&str> {
    reply.body["data"]["trainingSessionCreate"]["trainingSession"]["id"].as_str()
}

/// What clients were told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The ids of what was acknowledged, by title.
    pub acknowledged: BTreeMap<String, String>,
    /// What was answered by an error or not at all.
    pub refused: BTreeSet<String>,
    /// How many answers had an error, by its code.
    pub codes: BTreeMap<String, u32>,
    /// Why there was no answer.
    pub silences: Vec<String>,
}

/// Clients at work.
pub struct Clients {
    told: Arc<Mutex<Told>>,
    is_over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Clients {
    /// Has clients log until they are told to end, or until nobody answers them.
    pub fn begin(account: &Account, athlete: &str, round: &str, clients: u32) -> Self {
        let (told, is_over) = (Arc::<Mutex<Told>>::default(), Arc::<AtomicBool>::default());
        let tasks = (0..clients).map(|client| {
            let (account, athlete, round) = (account.clone(), athlete.to_owned(), round.to_owned());
            let (told, is_over) = (told.clone(), is_over.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    let title = format!("{round}-{client}-{number}");
                    let reply = log(&account, &athlete, &title).await;
                    let is_answered = reply.is_ok();
                    told.lock().unwrap_or_else(PoisonError::into_inner).note(title, reply);
                    if is_over.load(Ordering::SeqCst) || !is_answered {
                        return;
                    }
                }
            })
        });
        Self {
            tasks: tasks.collect(),
            told,
            is_over,
        }
    }

    /// What they were told so far.
    pub fn told(&self) -> Told {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has them work until so many more entries were acknowledged.
    pub async fn acknowledged(&self, more: usize) {
        let before = self.told().acknowledged.len();
        for _ in 0..400 {
            if self.told().acknowledged.len() >= before + more {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("nothing is acknowledged: {:?}", self.told());
    }

    /// Has them end after the entry that each is at.
    pub async fn end(self) -> Told {
        self.is_over.store(true, Ordering::SeqCst);
        for task in self.tasks {
            task.await.expect("the client ends");
        }
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Told {
    fn note(&mut self, title: String, reply: Result<Reply, reqwest::Error>) {
        match reply {
            Ok(reply) => match logged(&reply) {
                Some(id) => {
                    self.acknowledged.insert(title, id.to_owned());
                }
                None => {
                    let code = reply.code().map(str::to_owned);
                    *self.codes.entry(code.unwrap_or(format!("{reply:?}"))).or_default() += 1;
                    self.refused.insert(title);
                }
            },
            Err(error) => {
                self.silences.push(format!("{title}: {error:?}"));
                self.refused.insert(title);
            }
        }
    }

    /// Fails unless the database has what was acknowledged, no half of anything, and what is sent again once.
    pub async fn agrees(&self, store: &Store, server: &Server, account: &Account, athlete: &str) {
        whole(store).await;
        let titles: BTreeSet<String> = store
            .texts("SELECT title FROM athlete_training_session")
            .await
            .into_iter()
            .collect();
        for title in self.acknowledged.keys() {
            assert!(titles.contains(title), "{title} was acknowledged");
        }
        let account = account.at(server);
        for title in self.refused.iter().take(30) {
            let reply = log(&account, athlete, title).await.expect("the server answers");
            assert!(logged(&reply).is_some(), "{title}: {reply:?}");
        }
        for (title, id) in self.acknowledged.iter().take(5) {
            let reply = log(&account, athlete, title).await.expect("the server answers");
            assert_eq!(logged(&reply), Some(id.as_str()), "{title}");
        }
        whole(store).await;
    }
}

/// Fails when the database has a half of something, or something twice.
pub async fn whole(store: &Store) {
    for sql in HALVES {
        assert_eq!(store.texts(sql).await, Vec::<String>::new(), "{sql}");
    }
}
