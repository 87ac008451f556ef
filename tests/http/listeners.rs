//! Who hears what: each subscription is begun as each of some people, and what they hear of the same changes is written
//! down in `tests/subscriptions.txt`, so that somebody who begins to hear more is a line in a review.
use super::wire::{Socket, Wire};
use crate::support::*;
use fieldhouse::access::ApiScope;
use futures_util::future::join_all;
use std::{fmt::Write, fs, path::Path, time::Duration};

const HEAD: &str =
    "Who hears what of an athlete, a season and a practice that change, and of a session and a draft that are deleted.
Written by `UPDATE_LISTENERS=1 cargo test -p tests listeners`.

✔ heard    · may listen and hears nothing of it    ✘ may not listen
";

/// How long the last event may take.
const QUIET: Duration = Duration::from_millis(1_500);

/// The people, by what they are to the athlete whose things change.
async fn people(stock: &Stock) -> Vec<(&'static str, Client)> {
    let program = &stock.program;
    let own_coach = program.assistant("Asa").await;
    stock.group.coached_by(&own_coach).await;
    let other_coach = program.assistant("Oto").await;
    let other_team = program.team("Swimming").await;
    let limited = program.head_coach("Lim").await;
    limited.limited_to(&other_team).await;
    let other_group = stock.season.group("Sprints").await;
    other_group.coached_by(&other_coach).await;
    let teammate = program.athlete("Ben").await;
    stock.season.enter(&teammate).await;
    let elsewhere = stock.world.program("Elsewhere").await.owner("Otto").await;
    vec![
        ("owner", stock.owner.client.clone()),
        ("head coach", program.head_coach("Hedda").await.client.clone()),
        ("head coach of another team alone", limited.client.clone()),
        ("assistant coach of the athlete's group", own_coach.client.clone()),
        ("assistant coach of another group", other_coach.client.clone()),
        ("athletic trainer", program.trainer("Tim").await.client.clone()),
        ("the athlete", stock.mia.client.clone()),
        (
            "another athlete of the season",
            teammate.signs_in("Ben").await.client.clone(),
        ),
        ("owner of another program", elsewhere.client.clone()),
        (
            "the owner's token for READ_PROGRAM",
            stock.owner.api_token(&[ApiScope::ReadProgram], None).await,
        ),
        (
            "the owner's token for READ_TRAINING",
            stock.owner.api_token(&[ApiScope::ReadTraining], None).await,
        ),
        (
            "the athlete's token for READ_TRAINING",
            stock.mia.api_token(&[ApiScope::ReadTraining], None).await,
        ),
    ]
}

/// The subscriptions, each under what heads its column.
fn subscriptions(stock: &Stock) -> Vec<(&'static str, String)> {
    let (athlete, season) = (stock.athlete.id.global(), stock.season.id.global());
    let (practice, program) = (stock.practice.id.global(), stock.program.id.global());
    let sessions = |of: String| format!("subscription {{ trainingSessionChanged({of}) {{ id }} }}");
    let changes = |types: &str| {
        format!(
            "subscription {{ changeOccurred(programId: \"{program}\", types: [{types}]) {{ operation node {{ id }} }} }}"
        )
    };
    vec![
        (
            "trainingSessionChanged of the athlete",
            sessions(format!("athleteId: \"{athlete}\"")),
        ),
        (
            "trainingSessionChanged of the season",
            sessions(format!("teamSeasonId: \"{season}\"")),
        ),
        (
            "trainingSessionChanged of the practice",
            sessions(format!("practiceSessionId: \"{practice}\"")),
        ),
        (
            "practiceSessionChanged of the season",
            format!("subscription {{ practiceSessionChanged(teamSeasonId: \"{season}\") {{ id }} }}"),
        ),
        (
            "practiceSessionChanged of the practice",
            format!("subscription {{ practiceSessionChanged(id: \"{practice}\") {{ id }} }}"),
        ),
        (
            "changeOccurred, AthleteTrainingSession",
            changes("ATHLETE_TRAINING_SESSION"),
        ),
        ("changeOccurred, PracticeSession", changes("PRACTICE_SESSION")),
        ("changeOccurred, Athlete", changes("ATHLETE")),
        (
            "viewerChanged, of the owner",
            "subscription { viewerChanged { id } }".to_owned(),
        ),
    ]
}

/// What changes: a session of the practice, the practice, the athlete, the owner's account.
async fn change(stock: &Stock, session: &str) {
    let owner = &stock.owner;
    let note = json!({ "id": session, "actual": { "rpe": 4 } });
    owner
        .change("trainingSessionComplete", note, "trainingSession { id }")
        .await
        .ok();
    let moved = json!({ "id": stock.practice.id.global(), "title": "Moved" });
    owner
        .change("practiceSessionUpdate", moved, "practiceSession { id }")
        .await
        .ok();
    let named = json!({ "id": stock.athlete.id.global(), "externalId": "7" });
    owner.change("athleteUpdate", named, "athlete { id }").await.ok();
    owner
        .change("viewerUpdate", json!({ "name": "Olga" }), "user { id }")
        .await
        .ok();
}

/// What is deleted: a session that comes from no practice, and a practice that was not published.
async fn delete(stock: &Stock) {
    let owner = &stock.owner;
    let session = json!({ "id": stock.id("AthleteTrainingSession own") });
    let gone = owner
        .change("trainingSessionDelete", session, "deletedTrainingSessionId")
        .await;
    gone.ok();
    let draft = json!({ "id": stock.id("PracticeSession draft") });
    owner
        .change("practiceSessionDelete", draft, "deletedPracticeSessionId")
        .await
        .ok();
}

/// What each subscription of a socket heard.
async fn heard(socket: &mut Socket, marks: &mut [char]) {
    while let Some(message) = socket.hear_within(QUIET).await {
        let Some(place) = message["id"].as_str().and_then(|id| id.parse::<usize>().ok()) else {
            continue;
        };
        let data = &message["payload"]["data"];
        match message["type"].as_str() {
            Some("next") if data.is_object() => {
                marks[place] = '✔';
                let change = &data["changeOccurred"];
                let is_deleted = change["operation"] == "DELETED";
                assert_eq!(change.is_object() && change["node"].is_null(), is_deleted, "{message}");
            }
            Some("next" | "error") if marks[place] == '·' => marks[place] = '✘',
            _ => {}
        }
    }
}

type Listener = (&'static str, Socket, Vec<char>);

/// A table of what the listeners heard.
async fn table(listeners: &mut [Listener], what: &str) -> String {
    join_all(listeners.iter_mut().map(|(_, socket, marks)| heard(socket, marks))).await;
    let columns = listeners.first().map_or(0, |(_, _, marks)| marks.len());
    let head: Vec<String> = (1..=columns).map(|place| place.to_string()).collect();
    let mut table = format!("\n{what:<42}{}\n", head.join(" "));
    for (who, _, marks) in listeners {
        let row: Vec<String> = marks.iter().map(char::to_string).collect();
        let _ = writeln!(table, "{who:<42}{}", row.join(" "));
        marks
            .iter_mut()
            .filter(|mark| **mark == '✔')
            .for_each(|mark| *mark = '·');
    }
    table
}

async fn matrix(world: World) {
    let stock = Stock::new(&world, "Riverside").await;
    let session = stock.id("AthleteTrainingSession").to_owned();
    let people = people(&stock).await;
    let subscriptions = subscriptions(&stock);
    let wire = Wire::of(&world).await;
    let mut sockets = Vec::new();
    for (who, client) in &people {
        let mut socket = wire.signed_in(client.token.as_deref()).await;
        for (place, (_, text)) in subscriptions.iter().enumerate() {
            socket.subscribe(&place.to_string(), text).await;
        }
        sockets.push((*who, socket, vec!['·'; subscriptions.len()]));
    }
    join_all(sockets.iter_mut().map(|(_, socket, marks)| heard(socket, marks))).await;
    change(&stock, &session).await;
    let mut found = format!("{HEAD}\n");
    for (place, (what, _)) in subscriptions.iter().enumerate() {
        let _ = writeln!(found, "{}  {what}", place + 1);
    }
    found += &table(&mut sockets, "changed").await;
    delete(&stock).await;
    found += &table(&mut sockets, "deleted").await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("subscriptions.txt");
    if std::env::var_os("UPDATE_LISTENERS").is_some() {
        fs::write(&path, &found).expect("the file is written");
    }
    let written = fs::read_to_string(&path).expect("the file is there");
    assert_eq!(found, written, "UPDATE_LISTENERS=1 cargo test -p tests listeners");
}

#[test]
fn who_hears_what_is_written_down() {
    database::run(Kind::Sqlite, matrix);
}
