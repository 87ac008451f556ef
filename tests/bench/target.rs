//! What the operations ask about, and the people who ask.
use crate::{
    load::Connection,
    operations::{PG_FEED, Role, local, post, text},
    process::Server,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use std::{
    error::Error,
    sync::atomic::{AtomicUsize, Ordering},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Pages of a hundred sessions that the feed's page lies behind, or half of what there is.
const PAGES: u64 = 100;

/// The most sessions to log; more than a load of two seconds takes.
const MAX_OPEN: usize = 12_000;

/// What the operations ask about.
pub struct Target {
    pub season: String,
    pub cursor: String,
    pub postgraphile_cursor: String,
    coach: Person,
    athlete: Person,
}

/// Somebody signed in, the athletes they look at, and the sessions they log.
pub struct Person {
    pub token: String,
    athletes: Vec<String>,
    open: Vec<String>,
    turn: AtomicUsize,
    next: AtomicUsize,
}

impl Target {
    /// Signs in as people of the demo and looks around.
    pub fn find(server: &Server, postgraphile: Option<&Server>) -> Outcome<Self> {
        let mut connection = Connection::open(server.address)?;
        let mut ask = |query: &str, variables: Value, token: Option<&str>| -> Outcome<Value> {
            let body = json!({ "query": query, "variables": variables }).to_string();
            let answer: Value = serde_json::from_slice(connection.send(&post("graphql", &body, token))?)?;
            match answer.get("errors") {
                None => Ok(answer["data"].clone()),
                Some(errors) => Err(errors.to_string().into()),
            }
        };
        let mut sign_in = |who: &str| -> Outcome<String> {
            let login = "mutation($input: AuthLoginInput!) { authLogin(input: $input) { tokens { accessToken } } }";
            let email = format!("{who}@demo.fieldhouse.test");
            let input = json!({ "input": { "email": email, "password": "fieldhouse-demo" } });
            text(&ask(login, input, None)?["authLogin"]["tokens"]["accessToken"])
        };
        let (coach, athlete) = (sign_in("head.coach")?, sign_in("athlete")?);
        let seasons = "{ program(slug: \"riverbend\") { teams(first: 1) { nodes { currentSeason { id } } } } }";
        let data = ask(seasons, json!({}), Some(&coach))?;
        let season = text(&data["program"]["teams"]["nodes"][0]["currentSeason"]["id"])?;
        let facts = "query($id: ID!) { teamSeason(id: $id) { trainingSessions { totalCount } roster(first: 100) { \
                     nodes { athlete { id } } } } }";
        let data = &ask(facts, json!({ "id": season }), Some(&coach))?["teamSeason"];
        let athletes: Vec<Value> = data["roster"]["nodes"].as_array().ok_or("no roster")?.clone();
        let athletes = athletes
            .iter()
            .map(|node| text(&node["athlete"]["id"]))
            .collect::<Outcome<_>>()?;
        let total = data["trainingSessions"]["totalCount"].as_u64().ok_or("no total")?;
        let page = "query($id: ID!, $after: String) { teamSeason(id: $id) { trainingSessions(first: 100, after: $after) { \
                    pageInfo { endCursor } } } }";
        let mut cursor = None::<String>;
        for _ in 0..PAGES.min(total / 200).max(1) {
            let data = ask(page, json!({ "id": season, "after": cursor }), Some(&coach))?;
            cursor = Some(text(&data["teamSeason"]["trainingSessions"]["pageInfo"]["endCursor"])?);
        }
        // Those that are done are opened again before they are logged; see `Database::reopen`.
        let mut open = |token: &str| -> Outcome<Vec<String>> {
            let missed = "query($id: ID!, $after: String) { teamSeason(id: $id) { trainingSessions(first: 100, after: $after, \
                          filter: { statuses: [COMPLETED, MISSED, SCHEDULED] }) { pageInfo { endCursor hasNextPage } \
                          nodes { id } } } }";
            let (mut open, mut after) = (Vec::new(), None::<String>);
            loop {
                let data = ask(missed, json!({ "id": season, "after": after }), Some(token))?;
                let page = &data["teamSeason"]["trainingSessions"];
                let nodes = page["nodes"].as_array().ok_or("no sessions")?;
                open.extend(nodes.iter().filter_map(|node| text(&node["id"]).ok()));
                if page["pageInfo"]["hasNextPage"] != true || open.len() >= MAX_OPEN {
                    return Ok(open);
                }
                after = text(&page["pageInfo"]["endCursor"]).ok();
            }
        };
        let (open_to_coach, open_to_athlete) = (open(&coach)?, open(&athlete)?);
        let own = ask("{ viewer { athletes { id } } }", json!({}), Some(&athlete))?;
        let own = text(&own["viewer"]["athletes"][0]["id"])?;
        let cursor = cursor.ok_or("no feed")?;
        let postgraphile_cursor = match postgraphile {
            Some(server) => other_cursor(server, &cursor, &season)?,
            None => String::new(),
        };
        Ok(Self {
            season,
            cursor,
            postgraphile_cursor,
            coach: Person::new(coach, athletes, open_to_coach),
            athlete: Person::new(athlete, vec![own], open_to_athlete),
        })
    }

    /// Who asks in a role.
    pub fn of(&self, role: Role) -> &Person {
        match role {
            Role::Coach => &self.coach,
            Role::Athlete => &self.athlete,
        }
    }
}

impl Person {
    fn new(token: String, athletes: Vec<String>, open: Vec<String>) -> Self {
        Self {
            token,
            athletes,
            open,
            turn: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
        }
    }

    pub fn next_athlete(&self) -> &str {
        &self.athletes[self.turn.fetch_add(1, Ordering::Relaxed) % self.athletes.len()]
    }

    /// The sessions to log, from the first again.
    pub fn start_over(&self) -> &[String] {
        self.next.store(0, Ordering::Relaxed);
        &self.open
    }

    /// A session to log; each once, then from the beginning.
    pub fn next_open(&self) -> Outcome<&str> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        self.open
            .get(next % self.open.len().max(1))
            .map(String::as_str)
            .ok_or_else(|| "nothing to log".into())
    }
}

/// PostGraphile's cursor for the place that ours names: its first one, with our day and id in it.
fn other_cursor(server: &Server, cursor: &str, season: &str) -> Outcome<String> {
    let ours: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor)?)?;
    let body = json!({ "query": PG_FEED, "variables": { "id": local(&json!(season)) } }).to_string();
    let mut connection = Connection::open(server.address)?;
    let answer: Value = serde_json::from_slice(connection.send(&post("graphql", &body, None))?)?;
    let sessions = &answer["data"]["teamSeasonByRowId"]["athleteTrainingSessionsByProgramIdAndTeamSeasonId"];
    let mut theirs: Value = serde_json::from_slice(&STANDARD.decode(text(&sessions["pageInfo"]["endCursor"])?)?)?;
    theirs[1] = ours[2]["d"].clone();
    theirs[2] = ours[3].clone();
    Ok(STANDARD.encode(theirs.to_string()))
}
