//! The six operations, what they ask about, and how both servers are asked.
use crate::{load::Connection, process::Server};
use serde_json::{Value, json};
use std::{
    error::Error,
    sync::atomic::{AtomicUsize, Ordering},
};

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

const ATHLETE: &str = "query($id: ID!) { athlete(id: $id) { id firstName lastName displayName } }";

const SESSION: &str = "id date title status completedAt actual { distanceMeters durationSeconds rpe }";

const DASHBOARD: &str = "query($id: ID!) { teamSeason(id: $id) { id name practiceSessions(first: 10) { nodes { id title startsAt \
    workouts { id position wholeRoster eventGroups { id name } assignedWorkout { id steps { ...Element \
    ... on WorkoutRepeat { elements { ...Element ... on WorkoutRepeat { elements { ...Element } } } } } } } \
    assignments(first: 5, filter: { kinds: [MODIFIED, REPLACED, EXCUSED] }) { nodes { id kind athlete { id displayName } } } } } } } \
    fragment Element on WorkoutElement { id ... on WorkoutStep { kind name length { ... on DistanceLength { distanceMeters } \
    ... on TimeLength { durationSeconds } } } ... on WorkoutRepeat { count } }";

const FEED: &str = "query($id: ID!, $after: String!) { teamSeason(id: $id) { id trainingSessions(first: 50, after: $after) { \
    pageInfo { hasNextPage } nodes { id date title athlete { id displayName } } } } }";

const LOG: &str = "mutation($input: TrainingSessionCompleteInput!) { trainingSessionComplete(input: $input) { \
    trainingSession { id status actual { distanceMeters durationSeconds rpe } } userErrors { code } } }";

impl Operation {
    pub const ALL: [Self; 6] = [
        Self::Athlete,
        Self::History,
        Self::Dashboard,
        Self::Roster,
        Self::Feed,
        Self::Log,
    ];

    pub fn title(self) -> &'static str {
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
        match self {
            Self::Athlete => ATHLETE.to_owned(),
            Self::History => format!(
                "query($id: ID!) {{ athlete(id: $id) {{ id trainingSessions(first: 50) {{ totalCount nodes {{ {SESSION} }} }} }} }}"
            ),
            Self::Dashboard => DASHBOARD.to_owned(),
            Self::Roster => format!(
                "query($id: ID!) {{ teamSeason(id: $id) {{ id roster(first: 100) {{ nodes {{ id athlete {{ id displayName \
                 trainingSessions(first: 5) {{ nodes {{ {SESSION} }} }} }} }} }} }} }}"
            ),
            Self::Feed => FEED.to_owned(),
            Self::Log => LOG.to_owned(),
        }
    }

    fn variables(self, target: &Target) -> Outcome<Value> {
        Ok(match self {
            Self::Athlete | Self::History => json!({ "id": target.next_athlete() }),
            Self::Dashboard | Self::Roster => json!({ "id": target.season }),
            Self::Feed => json!({ "id": target.season, "after": target.cursor }),
            Self::Log => json!({ "input": { "id": target.next_open()?,
                "actual": { "distanceMeters": 8_000, "durationSeconds": 2_400, "rpe": 5 } } }),
        })
    }

    /// One request to a server, headers and all.
    pub fn request(self, target: &Target, server: &Server) -> Outcome<Vec<u8>> {
        Ok(self.request_of(&self.variables(target)?, target, server))
    }

    fn request_of(self, variables: &Value, target: &Target, server: &Server) -> Vec<u8> {
        let (path, body) = match server.name {
            "Fieldhouse" => (
                "graphql",
                json!({ "query": self.document(), "variables": variables }).to_string(),
            ),
            _ => (self.path(), variables.to_string()),
        };
        post(path, &body, Some(&target.token))
    }

    /// Both servers' answers to the same, compared; a log is compared but for its id.
    pub fn check(self, target: &Target, servers: &[Server]) -> Outcome<()> {
        let shared = self.variables(target)?;
        let mut answers = Vec::new();
        for server in servers {
            let variables = if self == Self::Log {
                self.variables(target)?
            } else {
                shared.clone()
            };
            let request = self.request_of(&variables, target, server);
            let mut answer: Value = serde_json::from_slice(Connection::open(server.address)?.send(&request)?)?;
            if self == Self::Log {
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
        Ok(())
    }

    /// Fails for an answer that is none.
    pub fn expect(self, answer: &[u8]) -> Outcome<()> {
        let is_done = self != Self::Log || answer.windows(15).any(|part| part == b"\"userErrors\":[]");
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

/// A request, headers and all.
fn post(path: &str, body: &str, token: Option<&str>) -> Vec<u8> {
    let token = token
        .map(|token| format!("authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    format!(
        "POST /{path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{token}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// What the operations ask about.
pub struct Target {
    token: String,
    season: String,
    cursor: String,
    athletes: Vec<String>,
    open: Vec<String>,
    turn: AtomicUsize,
    next: AtomicUsize,
}

impl Target {
    /// Signs in as the head coach of the demo and looks around.
    pub fn find(server: &Server) -> Outcome<Self> {
        let mut connection = Connection::open(server.address)?;
        let mut ask = |query: &str, variables: Value, token: Option<&str>| -> Outcome<Value> {
            let body = json!({ "query": query, "variables": variables }).to_string();
            let answer: Value = serde_json::from_slice(connection.send(&post("graphql", &body, token))?)?;
            match answer.get("errors") {
                None => Ok(answer["data"].clone()),
                Some(errors) => Err(errors.to_string().into()),
            }
        };
        let login = "mutation { authLogin(input: { email: \"head.coach@demo.fieldhouse.test\", password: \"fieldhouse-demo\" }) \
                     { tokens { accessToken } } }";
        let data = ask(login, json!({}), None)?;
        let token = text(&data["authLogin"]["tokens"]["accessToken"])?;
        let seasons = "{ program(slug: \"riverbend\") { teams(first: 1) { nodes { currentSeason { id } } } } }";
        let data = ask(seasons, json!({}), Some(&token))?;
        let season = text(&data["program"]["teams"]["nodes"][0]["currentSeason"]["id"])?;
        let pages = "query($id: ID!, $after: String) { teamSeason(id: $id) { trainingSessions(first: 100, after: $after) { \
                     pageInfo { endCursor } } roster(first: 100) { nodes { athlete { id } } } } }";
        let (mut cursor, mut athletes) = (None::<String>, Vec::new());
        for _ in 0..100 {
            let data = ask(pages, json!({ "id": season, "after": cursor }), Some(&token))?;
            let end = &data["teamSeason"]["trainingSessions"]["pageInfo"]["endCursor"];
            if athletes.is_empty() {
                let nodes = data["teamSeason"]["roster"]["nodes"].as_array().ok_or("no roster")?;
                athletes = nodes
                    .iter()
                    .map(|node| text(&node["athlete"]["id"]))
                    .collect::<Outcome<_>>()?;
            }
            let Ok(end) = text(end) else { break };
            cursor = Some(end);
        }
        let missed = "query($id: ID!, $after: String) { teamSeason(id: $id) { trainingSessions(first: 100, after: $after, \
                      filter: { statuses: [MISSED, SCHEDULED] }) { pageInfo { endCursor hasNextPage } nodes { id } } } }";
        let (mut open, mut after) = (Vec::new(), None::<String>);
        while open.len() < 100_000 {
            let data = ask(missed, json!({ "id": season, "after": after }), Some(&token))?;
            let page = &data["teamSeason"]["trainingSessions"];
            let nodes = page["nodes"].as_array().ok_or("no sessions")?;
            open.extend(nodes.iter().filter_map(|node| text(&node["id"]).ok()));
            if page["pageInfo"]["hasNextPage"] != true {
                break;
            }
            after = text(&page["pageInfo"]["endCursor"]).ok();
        }
        let (turn, next) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Ok(Self {
            token,
            season,
            cursor: cursor.ok_or("no feed")?,
            athletes,
            open,
            turn,
            next,
        })
    }

    fn next_athlete(&self) -> &str {
        &self.athletes[self.turn.fetch_add(1, Ordering::Relaxed) % self.athletes.len()]
    }

    /// A session to log; each once, then from the beginning.
    fn next_open(&self) -> Outcome<&str> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        self.open
            .get(next % self.open.len().max(1))
            .map(String::as_str)
            .ok_or_else(|| "nothing to log".into())
    }
}

fn text(value: &Value) -> Outcome<String> {
    Ok(value.as_str().ok_or("not a text")?.to_owned())
}
