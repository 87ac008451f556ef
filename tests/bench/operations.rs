//! The six operations, what they ask about, and how both servers are asked.
use crate::{documents::documents, load::Connection, process::Server, target::Target};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{collections::BTreeSet, error::Error};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Athlete,
    History,
    Dashboard,
    Roster,
    Feed,
    Log,
}

/// What PostGraphile makes of the tables, asked for the same rows.
const PG_SESSION: &str = "rowId day title outcome cancelledAt excusedAt isRest missedAt completedAt actualDistanceMeters \
    actualDurationSeconds actualRpe";

const PG_DASHBOARD: &str = "query($id: UUID!) { teamSeasonByRowId(rowId: $id) { rowId name \
    practiceSessionsByProgramIdAndTeamSeasonId(first: 10, orderBy: [STARTS_AT_ASC, ROW_ID_ASC]) { nodes { rowId title startsAt \
    practiceSessionWorkoutsByProgramIdAndPracticeSessionId(orderBy: [POSITION_ASC, ROW_ID_ASC]) { nodes { rowId position wholeRoster \
    practiceWorkoutGroupsByProgramIdAndPracticeSessionWorkoutId { nodes { eventGroupByProgramIdAndEventGroupId { rowId name } } } \
    workoutRevisionByProgramIdAndWorkoutRevisionId { rowId workoutElementsByProgramIdAndWorkoutRevisionId(orderBy: [POSITION_ASC, \
    ROW_ID_ASC]) { nodes { rowId parentId count kind name length } } } } } \
    practiceAssignmentsByProgramIdAndPracticeSessionId(first: 5, orderBy: [SORT_NAME_ASC, ROW_ID_ASC], filter: { kind: { in: \
    [\"MODIFIED\", \"REPLACED\", \"EXCUSED\"] }, withdrawnAt: { isNull: true } }) { nodes { rowId kind \
    athleteByProgramIdAndAthleteId { rowId firstName lastName } } } } } } }";

pub const PG_FEED: &str = "query($id: UUID!, $after: Cursor) { teamSeasonByRowId(rowId: $id) { rowId \
    athleteTrainingSessionsByProgramIdAndTeamSeasonId(first: 50, after: $after, orderBy: [DAY_DESC, ROW_ID_DESC]) { \
    pageInfo { hasNextPage endCursor } nodes { rowId day title athleteByProgramIdAndAthleteId { rowId firstName lastName } } } } }";

const PG_LOG: &str = "mutation($id: UUID!, $patch: AthleteTrainingSessionPatch!) { updateAthleteTrainingSessionByRowId(input: { \
    rowId: $id, athleteTrainingSessionPatch: $patch }) { athleteTrainingSession { rowId outcome actualDistanceMeters \
    actualDurationSeconds actualRpe } } }";

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Coach,
    Athlete,
}

/// An operation and who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    pub operation: Operation,
    pub role: Role,
}

impl Case {
    /// Everything as the head coach, and as an athlete what answers alike.
    pub fn all() -> Vec<Self> {
        let of = |role, operations: &[Operation]| {
            let case = |operation: &Operation| Self {
                operation: *operation,
                role,
            };
            operations.iter().map(case).collect::<Vec<_>>()
        };
        use Operation::{Athlete, Dashboard, Feed, History, Log, Roster};
        let mut all = of(Role::Coach, &[Athlete, History, Dashboard, Roster, Feed, Log]);
        all.extend(of(Role::Athlete, &[Athlete, History, Log]));
        all
    }

    pub fn title(self) -> String {
        let title = self.operation.title();
        match self.role {
            Role::Coach => title.to_owned(),
            // One athlete has too few sessions to log each of them once.
            Role::Athlete if self.operation == Operation::Log => format!("{title} again, as athlete"),
            Role::Athlete => format!("{title}, as athlete"),
        }
    }

    /// One request to a server, headers and all.
    pub fn request(self, target: &Target, server: &Server) -> Outcome<Vec<u8>> {
        let variables = self.operation.variables(target, self.role)?;
        let token = &target.of(self.role).token;
        Ok(self.operation.request_of(&variables, token, target, server))
    }

    /// All servers' answers to the same, compared: the first two whole, PostGraphile's by the rows that it names. Each
    /// logs a session of its own.
    pub fn check(self, target: &Target, servers: &[Server]) -> Outcome<()> {
        let (operation, token) = (self.operation, &target.of(self.role).token);
        let shared = operation.variables(target, self.role)?;
        let mut answers = Vec::new();
        for server in servers {
            let variables = if operation == Operation::Log {
                operation.variables(target, self.role)?
            } else {
                shared.clone()
            };
            let request = operation.request_of(&variables, token, target, server);
            let mut answer: Value = serde_json::from_slice(Connection::open(server.address)?.send(&request)?)?;
            if answer.get("errors").is_some() {
                return Err(format!("{}: {} answers {answer}", self.title(), server.name).into());
            }
            if operation == Operation::Log {
                answer["data"]["trainingSessionComplete"]["trainingSession"]["id"] = Value::Null;
            }
            answers.push(answer);
        }
        if answers[0] != answers[1] {
            let [ours, by_hand] = [0, 1].map(|place: usize| answers[place].to_string());
            let same = ours
                .bytes()
                .zip(by_hand.bytes())
                .take_while(|(one, other)| one == other)
                .count();
            let part = |text: &str| {
                text.chars()
                    .skip(same.saturating_sub(200))
                    .take(300)
                    .collect::<String>()
            };
            return Err(format!(
                "{}: the answers differ\n{}\n{}",
                self.title(),
                part(&ours),
                part(&by_hand)
            )
            .into());
        }
        if let Some(other) = answers.get(2).filter(|_| operation != Operation::Log)
            && rows(&answers[0]) != rows(other)
        {
            return Err(format!("{}: PostGraphile answers with other rows", self.title()).into());
        }
        Ok(())
    }

    /// The most statements that Fieldhouse may send for a request that is not the first, BEGIN and COMMIT among them.
    pub fn statements(self) -> u64 {
        match self.operation {
            Operation::Athlete => 1,
            Operation::History => 3,
            Operation::Dashboard => 6,
            Operation::Roster => 3,
            Operation::Feed => 2,
            Operation::Log => 5,
        }
    }
}

impl Operation {
    fn title(self) -> &'static str {
        match self {
            Self::Athlete => "one athlete by id",
            Self::History => "history: 50 newest and total",
            Self::Dashboard => "coach dashboard",
            Self::Roster => "roster of 100, 5 latest each",
            Self::Feed => "feed page behind 10,000",
            Self::Log => "log a result",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Athlete => "athlete",
            Self::History => "history",
            Self::Dashboard => "dashboard",
            Self::Roster => "roster",
            Self::Feed => "feed",
            Self::Log => "log",
        }
    }

    fn document(self) -> String {
        let [athlete, history, dashboard, roster, feed, log] = documents();
        match self {
            Self::Athlete => athlete,
            Self::History => history,
            Self::Dashboard => dashboard,
            Self::Roster => roster,
            Self::Feed => feed,
            Self::Log => log,
        }
    }

    fn variables(self, target: &Target, role: Role) -> Outcome<Value> {
        let person = target.of(role);
        Ok(match self {
            Self::Athlete | Self::History => json!({ "id": person.next_athlete() }),
            Self::Dashboard | Self::Roster => json!({ "id": target.season }),
            Self::Feed => json!({ "id": target.season, "after": target.cursor }),
            Self::Log => json!({ "input": { "id": person.next_open()?,
                "actual": { "distanceMeters": 8_000, "durationSeconds": 2_400, "rpe": 5 } } }),
        })
    }

    fn postgraphile(self) -> String {
        match self {
            Self::Athlete => "query($id: UUID!) { athleteByRowId(rowId: $id) { rowId firstName lastName } }".to_owned(),
            Self::History => format!(
                "query($id: UUID!) {{ athleteByRowId(rowId: $id) {{ rowId athleteTrainingSessionsByProgramIdAndAthleteId(first: 50, \
                 orderBy: [DAY_DESC, ROW_ID_DESC]) {{ totalCount nodes {{ {PG_SESSION} }} }} }} }}"
            ),
            Self::Dashboard => PG_DASHBOARD.to_owned(),
            Self::Roster => format!(
                "query($id: UUID!) {{ teamSeasonByRowId(rowId: $id) {{ rowId rosterEntriesByProgramIdAndTeamSeasonId(first: 100, \
                 orderBy: [SORT_NAME_ASC, ROW_ID_ASC]) {{ nodes {{ rowId athleteByProgramIdAndAthleteId {{ rowId firstName lastName \
                 athleteTrainingSessionsByProgramIdAndAthleteId(first: 5, orderBy: [DAY_DESC, ROW_ID_DESC]) {{ nodes {{ {PG_SESSION} \
                 }} }} }} }} }} }} }}"
            ),
            Self::Feed => PG_FEED.to_owned(),
            Self::Log => PG_LOG.to_owned(),
        }
    }

    /// The same variables as PostGraphile knows them.
    fn in_uuids(self, variables: &Value, target: &Target) -> Value {
        match self {
            Self::Log => json!({ "id": local(&variables["input"]["id"]), "patch": {
                "outcome": "COMPLETED", "completedAt": "2026-01-01T10:00:00Z", "recordedAt": "2026-01-01T10:00:00Z",
                "actualDistanceMeters": 8_000, "actualDurationSeconds": 2_400, "actualRpe": 5,
                "sessionLoad": 200.0, "sessionLoadMethod": "SESSION_RPE" } }),
            Self::Feed => json!({ "id": local(&variables["id"]), "after": target.postgraphile_cursor }),
            _ => json!({ "id": local(&variables["id"]) }),
        }
    }

    fn request_of(self, variables: &Value, token: &str, target: &Target, server: &Server) -> Vec<u8> {
        match server.name {
            "Fieldhouse" => {
                let body = json!({ "query": self.document(), "variables": variables });
                post("graphql", &body.to_string(), Some(token))
            }
            "PostGraphile" => {
                let body = json!({ "query": self.postgraphile(), "variables": self.in_uuids(variables, target) });
                post("graphql", &body.to_string(), None)
            }
            _ => post(self.path(), &variables.to_string(), None),
        }
    }

    /// Fails for an answer that is none.
    pub fn expect(self, answer: &[u8]) -> Outcome<()> {
        let has = |text: &[u8]| answer.windows(text.len()).any(|part| part == text);
        let is_done = self != Self::Log || has(b"\"userErrors\":[]") || has(b"\"outcome\":\"COMPLETED\"");
        match is_done && answer.starts_with(b"{\"data\":{") {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(answer)
                .chars()
                .take(300)
                .collect::<String>()
                .into()),
        }
    }
}

/// The ids of the rows that an answer names.
fn rows(answer: &Value) -> BTreeSet<String> {
    match answer {
        Value::Array(items) => items.iter().flat_map(rows).collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match name.as_str() {
                "id" => BTreeSet::from([local(value)]),
                "rowId" => value.as_str().map(str::to_owned).into_iter().collect(),
                _ => rows(value),
            })
            .collect(),
        _ => BTreeSet::new(),
    }
}

/// The id in a global id, as the database writes it.
pub fn local(id: &Value) -> String {
    let bytes = URL_SAFE_NO_PAD
        .decode(id.as_str().unwrap_or_default())
        .unwrap_or_default();
    let id = bytes.get(bytes.len().saturating_sub(16)..).unwrap_or_default();
    Uuid::from_slice(id).unwrap_or_default().to_string()
}

/// A request, headers and all.
pub fn post(path: &str, body: &str, token: Option<&str>) -> Vec<u8> {
    let token = token
        .map(|token| format!("authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    format!(
        "POST /{path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{token}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub fn text(value: &Value) -> Outcome<String> {
    Ok(value.as_str().ok_or("not a text")?.to_owned())
}
