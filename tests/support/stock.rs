//! One of everything in a program, by the names that clients know: what the tests over the whole schema ask about.
use super::{
    roster::{Athlete, Group, RosterEntry, Season},
    training::{Practice, PracticeWorkout, Workout},
    world::{Id, Member, Program, World},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{
    Json, api_token, auth_session, benchmark,
    enums::{BenchmarkKind, BenchmarkSource, ProgramRole},
    program_invitation,
};
use fieldhouse::{access::ApiScope, scope::new_id};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A program with one of everything, some twice where it matters.
pub struct Stock {
    pub world: World,
    pub program: Program,
    pub owner: Member,
    /// An athlete with an account, on the roster, in the group.
    pub mia: Member,
    pub athlete: Athlete,
    pub season: Season,
    pub group: Group,
    pub entry: RosterEntry,
    pub workout: Workout,
    pub practice: Practice,
    pub part: PracticeWorkout,
    ids: BTreeMap<String, String>,
}

impl Stock {
    /// Fills a new program.
    pub async fn new(world: &World, name: &str) -> Self {
        let program = world.program(name).await;
        let mut ids = BTreeMap::new();
        let mut put = |key: &str, id: String| ids.insert(key.to_owned(), id);
        let owner = program.owner(&format!("Olga of {name}")).await;
        unconfirmed(&owner).await;
        let assistant = program.assistant(&format!("Amy of {name}")).await;
        put("Program", program.id.global());
        put("User", owner.user.global());
        put("ProgramMember", assistant.id.global());
        put("ProgramMember owner", owner.id.global());
        let season = program.team("Track").await.season("2026").await;
        let group = season.group("Distance").await;
        put("Team", season.team.id.global());
        put("Team empty", program.team("Ski").await.id.global());
        put("TeamSeason", season.id.global());
        put("EventGroup", group.id.global());
        put("EventGroup empty", season.group("Throws").await.id.global());
        group.coached_by(&assistant).await;
        let athlete = program.athlete("Mia Novak").await;
        let entry = season.enter(&athlete).await;
        group.join(&entry).await;
        let mia = athlete.signs_in(&format!("Mia of {name}")).await;
        put("Athlete", athlete.id.global());
        put("RosterEntry", entry.id.global());
        put("Athlete newcomer", program.athlete("Ben Okoro").await.id.global());
        let newcomer = program.athlete("Nia Osei").await;
        put("RosterEntry newcomer", season.enter(&newcomer).await.id.global());
        // Another program of the same owner.
        let second = world.program(&format!("{name} Club")).await;
        second.member(&owner.person, "Olga", ProgramRole::Owner).await;
        let second_season = second.team("Track").await.season("2026").await;
        put("Program second", second.id.global());
        put("TeamSeason second", second_season.id.global());
        put("EventGroup second", second_season.group("Distance").await.id.global());
        put("Benchmark", benchmark(&athlete).await.global());
        let workout = program.workout("Easy run").await;
        put("Workout", workout.id.global());
        put("Workout unused", program.workout("Hills").await.id.global());
        put("WorkoutRevision", workout.revision.global());
        put("WorkoutStep", global("WorkoutStep", workout.element));
        put("WorkoutRepeat", global("WorkoutRepeat", workout.repeat));
        put("TrainingEvent", workout.training_event.global());
        let practice = season.practice("Tuesday").await;
        let part = practice.add(&workout, false).await;
        part.for_group(&group).await;
        let assignment = part.assignment(&athlete).await;
        put("PracticeSession", practice.id.global());
        put("PracticeSessionWorkout", part.id.global());
        put("PracticeAssignment", assignment.global());
        let session = part.session(&athlete, assignment).await;
        athlete.came_through(session, &group).await;
        put("AthleteTrainingSession", session.global());
        let own_session = athlete.own_session(world.now().date_naive()).await;
        put("AthleteTrainingSession own", own_session.global());
        let done = athlete.own_session(world.now().date_naive()).await;
        done_now(world, done).await;
        put("AthleteTrainingSession done", done.global());
        let draft = season.draft("Thursday").await;
        let draft_part = draft.add(&program.workout("Tempo").await, false).await;
        draft_part.for_group(&group).await;
        put("PracticeSession draft", draft.id.global());
        put("PracticeSessionWorkout draft", draft_part.id.global());
        let cancelled = season.practice("Monday").await;
        cancelled.call_off().await;
        put("PracticeSession cancelled", cancelled.id.global());
        put("AuditEvent", told(&program, Some(&assistant), None).await.global());
        put(
            "AuditEvent account",
            told(&program, Some(&owner), Some(&owner)).await.global(),
        );
        put("ProgramInvitation", invitation(&program).await.global());
        owner.api_token(&[ApiScope::ReadProgram], None).await;
        for (key, id) in tokens(&owner).await {
            put(key, id.global());
        }
        Self {
            world: world.clone(),
            program,
            owner,
            mia,
            athlete,
            season,
            group,
            entry,
            workout,
            practice,
            part,
            ids,
        }
    }

    /// The id of one of the things: `Team`, `Athlete newcomer`.
    #[track_caller]
    pub fn id(&self, key: &str) -> &str {
        self.ids.get(key).unwrap_or_else(|| panic!("nothing of the name {key}"))
    }

    /// Every id with its key.
    pub fn ids(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ids.iter().map(|(key, id)| (key.as_str(), id.as_str()))
    }

    /// The key of an id of this program.
    pub fn key(&self, id: &str) -> Option<&str> {
        self.ids().find_map(|(key, own)| (own == id).then_some(key))
    }
}

/// Takes back that the address of a person is theirs.
async fn unconfirmed(member: &Member) {
    let changes = entity::user::ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(member.user.id),
        email_verified_at: Set(None),
        ..Default::default()
    };
    member.program.world.alter(changes).await;
}

async fn done_now(world: &World, session: Id) {
    use entity::athlete_training_session::ActiveModel;
    let done = ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(session.id),
        outcome: Set(Some(entity::enums::SessionOutcome::Completed)),
        completed_at: Set(Some(world.now())),
        recorded_at: Set(Some(world.now())),
        ..Default::default()
    };
    world.alter(done).await;
}

async fn benchmark(athlete: &Athlete) -> Id {
    let world = &athlete.program.world;
    let row = benchmark::ActiveModel {
        id: Set(new_id()),
        program_id: Set(athlete.program.id.id),
        athlete_id: Set(athlete.id.id),
        kind: Set(BenchmarkKind::MaxHeartRate),
        value: Set(192.0),
        effective_from: Set(world.now().date_naive()),
        source: Set(BenchmarkSource::Tested),
        created_at: Set(world.now()),
        updated_at: Set(world.now()),
        ..Default::default()
    };
    Id::new::<benchmark::Entity>(world.insert(row).await.id)
}

/// An entry of the audit log: of the program, or of an account.
pub async fn told(program: &Program, about: Option<&Member>, account: Option<&Member>) -> Id {
    let row = entity::audit_event::ActiveModel {
        id: Set(new_id()),
        program_id: Set(account.is_none().then_some(program.id.id)),
        account_id: Set(account.map(|member| member.user.id)),
        actor_id: Set(about.map(|member| member.user.id)),
        api_token_name: Set(Some("Spreadsheet".to_owned())),
        action: Set("member.role_change".to_owned()),
        subject_type: Set("ProgramMember".to_owned()),
        subject_id: Set(about.map_or(program.id.id, |member| member.id.id)),
        detail: Set(Json(
            serde_json::json!({ "role": { "from": "ATHLETE", "to": "OWNER" } }),
        )),
        request_id: Set(Some("7f".to_owned())),
        ip_address: Set(Some("192.0.2.7".to_owned())),
        occurred_at: Set(program.world.now()),
        ..Default::default()
    };
    Id::new::<entity::audit_event::Entity>(program.world.insert(row).await.id)
}

/// Somebody who is invited to a program.
pub async fn invitation(program: &Program) -> Id {
    let now = program.world.now();
    let row = program_invitation::ActiveModel {
        id: Set(new_id()),
        program_id: Set(program.id.id),
        email: Set("new@example.org".to_owned()),
        role: Set(ProgramRole::AssistantCoach),
        token_hash: Set(new_id().to_string()),
        team_ids: Set(Json(Vec::new())),
        event_group_ids: Set(Json(Vec::new())),
        created_at: Set(now),
        expires_at: Set(now + chrono::Duration::days(7)),
        ..Default::default()
    };
    Id::new::<program_invitation::Entity>(program.world.insert(row).await.id)
}

async fn tokens(member: &Member) -> [(&'static str, Id); 2] {
    let raw = &member.program.world.raw;
    let device = auth_session::Entity::find().filter(auth_session::Column::UserId.eq(member.user.id));
    let device = device.one(raw).await.expect("devices are read").expect("a device");
    let token = api_token::Entity::find().filter(api_token::Column::UserId.eq(member.user.id));
    let token = token.one(raw).await.expect("tokens are read").expect("a token");
    [
        ("AuthSession", Id::new::<auth_session::Entity>(device.id)),
        ("ApiToken", Id::new::<api_token::Entity>(token.id)),
    ]
}

/// The id by which clients know something of a type.
pub fn global(type_name: &str, id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode([type_name.as_bytes(), b":", id.as_bytes()].concat())
}
