//! The demo's two organizations: a university program with two teams, and a studio with clients.
use super::{
    calendar::Calendar,
    design::Library,
    exceptions::{cross_country_exceptions, injure, track_exceptions},
    people::{self, Person},
    season::Season,
    shop::{Rows, Shop},
    slot::{Exception, Slot},
    weeks::{self, DISTANCE, MIDDLE_DISTANCE, SPRINTS, THROWS},
    workouts,
};
use crate::{scope::new_id, sql::folded};
use chrono::{Datelike, Days};
use entity::{
    enums::{HealthAccess, ProgramKind, ProgramRole, RosterStatus, Sport, TeamGender, TeamSeasonStatus},
    event_group, event_group_coach, event_group_member, program, program_member, program_member_team, roster_entry,
    team, team_season,
};
use std::sync::Arc;
use uuid::Uuid;

/// An organization: the rows that are there before anybody trains, and its seasons.
pub(super) struct Organization {
    pub rows: Rows,
    pub seasons: Vec<Season>,
}

struct TeamPlan {
    team: &'static str,
    sport: Sport,
    season: String,
    groups: Vec<(&'static str, &'static str)>,
    number: u64,
    week: fn(u32, u32) -> Vec<Slot>,
}

/// What the seasons of an organization share.
struct Common {
    library: Arc<Library>,
    coach: program_member::Model,
}

/// A university program: two teams, four event groups. The first is the one that the demo shows; further ones are there
/// for its size.
pub(super) fn university(calendar: Calendar, place: u32, athletes: usize, password_hash: &str) -> Organization {
    let zone = calendar.zone.name();
    let mut shop = shop(calendar);
    let program_id = shop.program_id;
    let mut accounts: Vec<_> = (0..5)
        .map(|place| people::account(place, zone, password_hash, &calendar))
        .collect();
    let (mut name, mut slug) = (
        "Riverbend University Cross Country & Track".to_owned(),
        "riverbend".to_owned(),
    );
    if place > 0 {
        let number = place + 1;
        name.push_str(&format!(" {number}"));
        slug.push_str(&format!("-{number}"));
        for account in &mut accounts {
            account.email = account.email.replace('@', &format!(".{number}@"));
        }
    }
    shop.rows
        .programs
        .push(program(program_id, (&name, &slug), ProgramKind::College, &calendar));
    let mut members = vec![
        people::member(program_id, &accounts[0], ProgramRole::Owner, Some("Director"), None),
        people::member(
            program_id,
            &accounts[1],
            ProgramRole::HeadCoach,
            Some("Head coach"),
            None,
        ),
        people::member(
            program_id,
            &accounts[2],
            ProgramRole::AssistantCoach,
            Some("Sprints and throws"),
            None,
        ),
        people::member(
            program_id,
            &accounts[3],
            ProgramRole::AthleticTrainer,
            Some("Athletic trainer"),
            None,
        ),
    ];
    let (head, assistant) = (members[1].clone(), members[2].clone());
    let library = Arc::new(Library::of(
        &shop,
        head.id,
        workouts::blocks(),
        workouts::of_university(),
    ));
    library.write(&mut shop);

    // Of twenty athletes seven run long, five middle distance, five sprint and three throw.
    let place_of = |number: usize| match number % 20 {
        0 | 2 | 4 | 6 | 8 | 10 | 12 => (true, DISTANCE),
        1 | 5 | 9 | 13 | 17 => (true, MIDDLE_DISTANCE),
        3 | 7 | 11 | 15 | 19 => (false, SPRINTS),
        _ => (false, THROWS),
    };
    let (mut runners, mut track) = (Vec::new(), Vec::new());
    for number in 0..athletes {
        let (is_runner, group) = place_of(number);
        let list = if is_runner { &mut runners } else { &mut track };
        // A few train with both groups of cross country.
        let groups = if number % 20 == 6 {
            vec![DISTANCE, MIDDLE_DISTANCE]
        } else {
            vec![group]
        };
        let mut person = Person::new(list.len(), number, groups, !is_runner);
        if number == 0 {
            person.user_id = Some(accounts[4].id);
            person.discipline = 0.93;
        }
        shop.rows.athletes.push(person.row(program_id, number, &calendar));
        shop.rows
            .benchmarks
            .extend(person.measured(program_id, &calendar, accounts[1].id));
        list.push(person);
    }
    members.extend(runners.first().map(|person| {
        people::member(
            program_id,
            &accounts[4],
            ProgramRole::Athlete,
            None,
            Some(person.athlete_id),
        )
    }));
    shop.rows.members = members;
    shop.rows.users = accounts;

    let year = calendar.today().year();
    let cross_country = TeamPlan {
        team: "Cross Country",
        sport: Sport::Running,
        season: format!("Cross Country {year}"),
        groups: vec![("Distance", "#1B6E53"), ("Middle distance", "#2D6CDF")],
        number: 1,
        week: weeks::cross_country,
    };
    let track_and_field = TeamPlan {
        team: "Track & Field",
        sport: Sport::TrackAndField,
        season: format!("Track & Field {year}"),
        groups: vec![("Sprints", "#C2410C"), ("Throws", "#6D28D9")],
        number: 2,
        week: weeks::track_and_field,
    };
    let head = Common {
        library: library.clone(),
        coach: head,
    };
    let assistant = Common {
        library,
        coach: assistant,
    };
    let mut seasons = vec![
        season(
            &mut shop,
            cross_country,
            runners,
            &head,
            cross_country_exceptions(calendar.weeks),
        ),
        season(
            &mut shop,
            track_and_field,
            track,
            &assistant,
            track_exceptions(calendar.weeks),
        ),
    ];
    // The assistant sees the track team alone and coaches its groups.
    let team_id = shop.rows.teams[1].id;
    shop.rows.member_teams.push(program_member_team::Model {
        id: new_id(),
        program_id,
        program_member_id: assistant.coach.id,
        team_id,
    });
    shop.rows
        .event_group_coaches
        .extend(seasons[1].groups.iter().map(|group| event_group_coach::Model {
            id: new_id(),
            program_id,
            event_group_id: *group,
            program_member_id: assistant.coach.id,
        }));
    injure(&mut shop, &mut seasons[0]);
    Organization {
        rows: shop.rows,
        seasons,
    }
}

/// The studio: a coach and six clients.
pub(super) fn studio(calendar: Calendar, password_hash: &str) -> Organization {
    let mut shop = shop(calendar);
    let program_id = shop.program_id;
    let account = people::account(5, calendar.zone.name(), password_hash, &calendar);
    shop.rows.programs.push(program(
        program_id,
        ("Northside Strength Studio", "northside"),
        ProgramKind::PrivateCoaching,
        &calendar,
    ));
    let coach = people::member(program_id, &account, ProgramRole::Owner, Some("Coach"), None);
    let library = Arc::new(Library::of(
        &shop,
        coach.id,
        workouts::studio_blocks(),
        workouts::of_studio(),
    ));
    library.write(&mut shop);
    let clients: Vec<Person> = (0..6)
        .map(|index| {
            // From the far end of the list of names: nobody is in both organizations.
            let number = 980 + index;
            let mut person = Person::new(index, number, vec![index % 2], false);
            person.threshold_pace += 70.0;
            person.runs_alone = false;
            shop.rows.athletes.push(person.row(program_id, number, &calendar));
            shop.rows
                .benchmarks
                .extend(person.measured(program_id, &calendar, account.id));
            person
        })
        .collect();
    shop.rows.members.push(coach.clone());
    shop.rows.users.push(account);
    let plan = TeamPlan {
        team: "Clients",
        sport: Sport::Strength,
        season: format!("Coaching {}", calendar.today().year()),
        groups: vec![("Strength", "#0F766E"), ("Running", "#B45309")],
        number: 3,
        week: weeks::studio,
    };
    let season = season(&mut shop, plan, clients, &Common { library, coach }, Vec::new());
    Organization {
        rows: shop.rows,
        seasons: vec![season],
    }
}

fn shop(calendar: Calendar) -> Shop {
    Shop {
        program_id: new_id(),
        calendar,
        rows: Rows::default(),
    }
}

fn program(id: Uuid, (name, slug): (&str, &str), kind: ProgramKind, calendar: &Calendar) -> program::Model {
    program::Model {
        id,
        name: name.to_owned(),
        sort_name: folded(name),
        slug: slug.to_owned(),
        kind,
        timezone: calendar.zone.name().to_owned(),
        logo_url: None,
        health_access: HealthAccess::MedicalStaffOnly,
        missed_after_hours: MISSED_AFTER_HOURS,
        external_id: None,
        archived_at: None,
        version: 1,
        created_at: calendar.founded(),
        updated_at: calendar.founded(),
    }
}

const MISSED_AFTER_HOURS: i32 = 24;

/// A team with one season, its groups and its roster.
fn season(shop: &mut Shop, plan: TeamPlan, people: Vec<Person>, common: &Common, exceptions: Vec<Exception>) -> Season {
    let (program_id, calendar) = (shop.program_id, shop.calendar);
    let founded = calendar.founded();
    let (team_id, season_id) = (new_id(), new_id());
    shop.rows.teams.push(team::Model {
        id: team_id,
        program_id,
        name: plan.team.to_owned(),
        sort_name: folded(plan.team),
        sport: plan.sport,
        gender: Some(TeamGender::Mixed),
        level: None,
        version: 1,
        created_at: founded,
        updated_at: founded,
    });
    shop.rows.seasons.push(team_season::Model {
        id: season_id,
        program_id,
        team_id,
        sort_name: folded(&plan.season),
        name: plan.season,
        start_date: calendar.first_monday,
        end_date: calendar.day(calendar.weeks + 4, 6),
        status: TeamSeasonStatus::Active,
        version: 1,
        created_at: founded,
        updated_at: founded,
    });
    let mut groups = Vec::new();
    for (position, (name, color)) in (0..).zip(plan.groups) {
        let id = new_id();
        groups.push(id);
        shop.rows.event_groups.push(event_group::Model {
            id,
            program_id,
            team_season_id: season_id,
            name: name.to_owned(),
            sort_name: folded(name),
            color: Some(color.to_owned()),
            position,
            version: 1,
            created_at: founded,
            updated_at: founded,
        });
    }
    for person in &people {
        let entry = entry(shop, season_id, person, &groups);
        shop.rows
            .event_group_members
            .extend(person.groups.iter().map(|group| event_group_member::Model {
                id: new_id(),
                program_id,
                event_group_id: groups[*group],
                roster_entry_id: entry.id,
                athlete_id: person.athlete_id,
                sort_name: person.sort_name.clone(),
            }));
        shop.rows.roster_entries.push(entry);
    }
    Season {
        id: season_id,
        program_id,
        number: plan.number,
        calendar,
        missed_after_hours: MISSED_AFTER_HOURS,
        library: common.library.clone(),
        groups,
        people,
        coach_member_id: common.coach.id,
        coach_user_id: common.coach.user_id,
        week: plan.week,
        exceptions,
        is_large: false,
    }
}

fn entry(shop: &Shop, season_id: Uuid, person: &Person, groups: &[Uuid]) -> roster_entry::Model {
    const CLASSES: [&str; 4] = ["Freshman", "Sophomore", "Junior", "Senior"];
    roster_entry::Model {
        id: new_id(),
        program_id: shop.program_id,
        team_season_id: season_id,
        athlete_id: person.athlete_id,
        sort_name: person.sort_name.clone(),
        status: RosterStatus::Active,
        jersey_number: None,
        class_year: (groups.len() == 2 && person.index < 10_000).then(|| CLASSES[person.index % 4].to_owned()),
        primary_event_group_id: person.groups.first().map(|group| groups[*group]),
        joined_on: Some(shop.calendar.first_monday - Days::new(7)),
        left_on: None,
        external_id: None,
        version: 1,
        created_at: shop.calendar.founded(),
        updated_at: shop.calendar.founded(),
    }
}
