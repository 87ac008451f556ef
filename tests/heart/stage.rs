//! A small world in which every rule has somebody it lets in and somebody it keeps out.
use crate::support::{world::Id, *};
use entity::{
    api_token, athlete, athlete_training_session, athlete_training_session_detail, athlete_training_session_group,
    audit_event, auth_session, benchmark,
    enums::{BenchmarkKind, BenchmarkSource, HealthAccess},
    event_group, event_group_coach, event_group_member, practice_assignment, practice_assignment_note,
    practice_session, practice_session_note, practice_session_workout, practice_workout_athlete,
    practice_workout_group, program, program_invitation, program_member, program_member_team, roster_entry,
    roster_entry_note, team, team_season, training_event, user, workout, workout_description, workout_element,
    workout_note, workout_revision,
};
use fieldhouse::{
    access::{ApiScope, Viewer},
    scope::new_id,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rows of each table, each with what it is to the people of the small world.
#[derive(Default)]
pub struct Rows(BTreeMap<String, Vec<(String, Uuid)>>);

impl Rows {
    fn put<E: EntityTrait>(&mut self, label: &str, id: impl Into<Uuid>) {
        let table = E::default().table_name().to_owned();
        self.0.entry(table).or_default().push((label.to_owned(), id.into()));
    }

    /// Those of one table.
    pub fn of<E: EntityTrait>(&self) -> &[(String, Uuid)] {
        self.0.get(E::default().table_name()).map_or(&[], Vec::as_slice)
    }
}

/// Somebody who asks, under the letters that head a column.
pub struct Column {
    pub letters: &'static str,
    pub who: &'static str,
    pub viewer: Viewer,
}

/// The world, its rows, and who asks.
pub struct Stage {
    pub world: World,
    pub rows: Rows,
    pub columns: Vec<Column>,
}

/// Everything that hangs from one athlete of one season and group, under one label.
async fn fill(rows: &mut Rows, label: &str, athlete: &Athlete, season: &Season, group: &Group) {
    let program = &athlete.program;
    let world = &program.world;
    rows.put::<athlete::Entity>(label, athlete.id);
    let entry = season.enter(athlete).await;
    rows.put::<roster_entry::Entity>(label, entry.id);
    let note = roster_entry_note::ActiveModel {
        id: Set(entry.id.id),
        program_id: Set(program.id.id),
        notes: Set("Late twice.".to_owned()),
    };
    rows.put::<roster_entry_note::Entity>(label, world.insert(note).await.id);
    rows.put::<event_group_member::Entity>(label, group.join(&entry).await.id);
    let dated = benchmark::ActiveModel {
        id: Set(new_id()),
        program_id: Set(program.id.id),
        athlete_id: Set(athlete.id.id),
        kind: Set(BenchmarkKind::MaxHeartRate),
        value: Set(192.0),
        effective_from: Set(world.now().date_naive()),
        source: Set(BenchmarkSource::Tested),
        created_at: Set(world.now()),
        updated_at: Set(world.now()),
        ..Default::default()
    };
    rows.put::<benchmark::Entity>(label, world.insert(dated).await.id);
    let own_session = athlete.own_session(world.now().date_naive()).await;
    rows.put::<athlete_training_session::Entity>(&format!("{label}, self-assigned"), own_session);
    let drafted = season.draft(&format!("Draft for {label}")).await;
    practice(
        rows,
        &format!("{label}, draft"),
        athlete,
        group,
        &drafted,
        Audience::Group,
    )
    .await;
    let published = season.practice(&format!("Practice for {label}")).await;
    practice(rows, label, athlete, group, &published, Audience::Group).await;
    let named = format!("{label}, by name");
    practice(rows, &named, athlete, group, &published, Audience::Athlete).await;
    practice(
        rows,
        &format!("{label}, whole roster"),
        athlete,
        group,
        &published,
        Audience::Roster,
    )
    .await;
}

#[derive(PartialEq)]
enum Audience {
    Group,
    Athlete,
    Roster,
}

/// A practice workout that an athlete is given, and all that follows from it.
async fn practice(rows: &mut Rows, label: &str, athlete: &Athlete, group: &Group, practice: &Practice, to: Audience) {
    let workout = athlete.program.workout(&format!("Run for {label}")).await;
    rows.put::<workout::Entity>(label, workout.id);
    rows.put::<workout_description::Entity>(label, workout.id);
    rows.put::<workout_note::Entity>(label, workout.id);
    rows.put::<workout_revision::Entity>(label, workout.revision);
    rows.put::<workout_element::Entity>(label, workout.element);
    rows.put::<training_event::Entity>(label, workout.training_event);
    if to == Audience::Group {
        rows.put::<practice_session::Entity>(label, practice.id);
        rows.put::<practice_session_note::Entity>(label, practice.id);
    }
    let part = practice.add(&workout, to == Audience::Roster).await;
    rows.put::<practice_session_workout::Entity>(label, part.id);
    match to {
        Audience::Group => rows.put::<practice_workout_group::Entity>(label, part.for_group(group).await),
        Audience::Athlete => rows.put::<practice_workout_athlete::Entity>(label, part.for_athlete(athlete).await),
        Audience::Roster => {}
    }
    let assignment = part.assignment(athlete).await;
    rows.put::<practice_assignment::Entity>(label, assignment);
    rows.put::<practice_assignment_note::Entity>(label, assignment);
    if practice.is_published {
        let session = part.session(athlete, assignment).await;
        rows.put::<athlete_training_session::Entity>(label, session);
        rows.put::<athlete_training_session_detail::Entity>(label, session);
        let through = athlete.came_through(session, group).await;
        rows.put::<athlete_training_session_group::Entity>(label, through);
    }
}

/// A group or the season above it, under the name of the team.
fn team_rows(rows: &mut Rows, label: &str, season: &Season, groups: &[(&str, &Group)]) {
    rows.put::<team::Entity>(label, season.team.id);
    rows.put::<team_season::Entity>(label, season.id);
    for (name, group) in groups {
        rows.put::<event_group::Entity>(&format!("{label}, {name}"), group.id);
    }
}

async fn coaching(rows: &mut Rows, label: &str, group: &Group, member: &Member) {
    rows.put::<event_group_coach::Entity>(label, group.coached_by(member).await);
}

async fn limiting(rows: &mut Rows, label: &str, member: &Member, team: &Team) {
    rows.put::<program_member_team::Entity>(label, member.limited_to(team).await);
}

/// A member: the person, the membership, a device and a token.
async fn person(rows: &mut Rows, label: &str, member: &Member) {
    rows.put::<user::Entity>(label, member.user);
    rows.put::<program_member::Entity>(label, member.id);
    let devices = auth_session::Entity::find().filter(auth_session::Column::UserId.eq(member.user.id));
    for device in devices.all(&member.program.world.raw).await.expect("devices are read") {
        rows.put::<auth_session::Entity>(label, device.id);
    }
    member.api_token(&[ApiScope::ReadProgram], None).await;
    let tokens = api_token::Entity::find().filter(api_token::Column::UserId.eq(member.user.id));
    for token in tokens.all(&member.program.world.raw).await.expect("tokens are read") {
        rows.put::<api_token::Entity>(label, token.id);
    }
    let told = stock::told(&member.program, None, Some(member)).await;
    rows.put::<audit_event::Entity>(&format!("account of {label}"), told);
}

pub async fn stage(world: World) -> Stage {
    let mut rows = Rows::default();
    let (riverside, lakeside) = (world.program("Riverside").await, world.program("Lakeside").await);
    for program in [&riverside, &lakeside] {
        let label = if program.id.id == riverside.id.id {
            "Riverside"
        } else {
            "Lakeside"
        };
        rows.put::<program::Entity>(label, program.id);
        rows.put::<program_invitation::Entity>(label, stock::invitation(program).await);
        rows.put::<audit_event::Entity>(label, stock::told(program, None, None).await);
    }
    let track = riverside.team("Track").await.season("2026").await;
    let (distance, throws) = (track.group("Distance").await, track.group("Throws").await);
    let cross = riverside.team("Cross Country").await.season("2026").await;
    let hills = cross.group("Hills").await;
    let lake = lakeside.team("Rowing").await.season("2026").await;
    let eights = lake.group("Eights").await;
    team_rows(
        &mut rows,
        "Track",
        &track,
        &[("Distance", &distance), ("Throws", &throws)],
    );
    team_rows(&mut rows, "Cross Country", &cross, &[("Hills", &hills)]);
    team_rows(&mut rows, "Lakeside", &lake, &[("Eights", &eights)]);

    let owner = riverside.owner("Olga").await;
    let head = riverside.head_coach("Hugo").await;
    let limited = riverside.head_coach("Hanna").await;
    let assistant = riverside.assistant("Amy").await;
    let trainer = riverside.trainer("Tom").await;
    let limited_trainer = riverside.trainer("Tess").await;
    let other_coach = lakeside.head_coach("Luca").await;
    limiting(&mut rows, "Hanna, Track", &limited, &track.team).await;
    limiting(&mut rows, "Tess, Cross Country", &limited_trainer, &cross.team).await;
    limiting(&mut rows, "Luca, Lakeside", &other_coach, &lake.team).await;
    coaching(&mut rows, "Amy, Distance", &distance, &assistant).await;
    coaching(&mut rows, "Hanna, Throws", &throws, &limited).await;
    coaching(&mut rows, "Hugo, Hills", &hills, &head).await;
    coaching(&mut rows, "Luca, Eights", &eights, &other_coach).await;

    // Mia throws; Ana runs in the group that the assistant coaches; Otto is on the other team; Lena is elsewhere, where
    // Mia was until yesterday; Lea left yesterday.
    let mia = riverside.athlete("Mia Novak").await;
    let ana = riverside.athlete("Ana Ruiz").await;
    let otto = riverside.athlete("Otto Berg").await;
    let lea = riverside.athlete("Lea Stern").await;
    let lena = lakeside.athlete("Lena Kraft").await;
    let former = lakeside.athlete("Mia Novak").await;
    fill(&mut rows, "Mia", &mia, &track, &throws).await;
    fill(&mut rows, "Ana", &ana, &track, &distance).await;
    fill(&mut rows, "Otto", &otto, &cross, &hills).await;
    fill(&mut rows, "Lea, who left", &lea, &track, &throws).await;
    fill(&mut rows, "Lena of Lakeside", &lena, &lake, &eights).await;
    fill(&mut rows, "Mia at Lakeside", &former, &lake, &eights).await;
    let athlete = mia.signs_in("Mia").await;
    former.linked_to(&athlete.person, "Mia").await;
    former.left_yesterday().await;
    let gone = lea.signs_in("Lea").await;
    lea.left_yesterday().await;

    // A practice workout that the assistant coaches in part only.
    let shared = track
        .practice("Shared")
        .await
        .add(&riverside.workout("Shared").await, false)
        .await;
    shared.for_group(&distance).await;
    shared.for_group(&throws).await;
    rows.put::<practice_session_workout::Entity>("Distance and Throws", shared.id);
    let mixed = track
        .practice("Mixed")
        .await
        .add(&riverside.workout("Mixed").await, false)
        .await;
    mixed.for_group(&distance).await;
    mixed.for_athlete(&mia).await;
    rows.put::<practice_session_workout::Entity>("Distance and Mia", mixed.id);

    for (label, member) in [
        ("Olga, owner", &owner),
        ("Amy, assistant", &assistant),
        ("Mia, athlete", &athlete),
        ("Lea, who left", &gone),
        ("Luca of Lakeside", &other_coach),
    ] {
        person(&mut rows, label, member).await;
    }

    let mut columns = Vec::new();
    let mut column = |letters, who, viewer| columns.push(Column { letters, who, viewer });
    column("OW", "owner", world.viewer(&owner).await);
    column("HC", "head coach, no team named", world.viewer(&head).await);
    column("HT", "head coach of Track", world.viewer(&limited).await);
    column("AC", "assistant coach of Distance", world.viewer(&assistant).await);
    column("AT", "athletic trainer, no team named", world.viewer(&trainer).await);
    column(
        "TC",
        "athletic trainer of Cross Country",
        world.viewer(&limited_trainer).await,
    );
    column(
        "MI",
        "Mia, an athlete, until yesterday at Lakeside too",
        world.viewer(&athlete).await,
    );
    column("LE", "Lea, an athlete until yesterday", world.viewer(&gone).await);
    let staff = |viewer: Viewer, health_access| {
        let mut viewer = viewer;
        for membership in &mut viewer.memberships {
            membership.health_access = health_access;
        }
        viewer
    };
    let viewer = staff(world.viewer(&owner).await, HealthAccess::HeadCoaches);
    column("Oh", "owner where head coaches read health data", viewer);
    let viewer = staff(world.viewer(&limited).await, HealthAccess::HeadCoaches);
    column("Hh", "head coach of Track where head coaches read health data", viewer);
    let viewer = staff(world.viewer(&assistant).await, HealthAccess::AllStaff);
    column(
        "Aa",
        "assistant coach of Distance where all staff read health data",
        viewer,
    );
    for (letters, who, scope) in [
        ("Op", "the owner's token for READ_PROGRAM", ApiScope::ReadProgram),
        ("Ot", "the owner's token for READ_TRAINING", ApiScope::ReadTraining),
        ("Ow", "the owner's token for WRITE_TRAINING", ApiScope::WriteTraining),
        ("Or", "the owner's token for WRITE_ROSTER", ApiScope::WriteRoster),
        ("Oa", "the owner's token for ADMIN", ApiScope::Admin),
    ] {
        column(letters, who, world.viewer(&owner.api_token(&[scope], None).await).await);
    }
    let token = trainer.api_token(&[ApiScope::ReadHealth], None).await;
    column("Th", "the trainer's token for READ_HEALTH", world.viewer(&token).await);
    let token = owner.api_token(&[ApiScope::Admin], Some(&lakeside)).await;
    column(
        "Ol",
        "the owner's token for ADMIN, confined to Lakeside",
        world.viewer(&token).await,
    );
    let confined = api_token::Entity::find().filter(api_token::Column::ProgramId.eq(lakeside.id.id));
    for token in confined.all(&world.raw).await.expect("tokens are read") {
        rows.put::<api_token::Entity>("Olga, owner, for Lakeside alone", token.id);
    }
    for (letters, who, scope) in [
        ("Mp", "Mia's token for READ_PROGRAM", ApiScope::ReadProgram),
        ("Mt", "Mia's token for READ_TRAINING", ApiScope::ReadTraining),
        ("Mw", "Mia's token for WRITE_TRAINING", ApiScope::WriteTraining),
    ] {
        column(
            letters,
            who,
            world.viewer(&athlete.api_token(&[scope], None).await).await,
        );
    }
    let token = athlete
        .api_token(&[ApiScope::ReadProgram], Some(&athlete.program))
        .await;
    column(
        "Mr",
        "Mia's token for READ_PROGRAM, confined to Riverside",
        world.viewer(&token).await,
    );
    column("--", "nobody signed in", world.viewer(&world.anonymous()).await);
    Stage { world, rows, columns }
}

impl From<Id> for Uuid {
    fn from(id: Id) -> Self {
        id.id
    }
}
