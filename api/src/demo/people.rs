//! The demo's people. All are invented.
use super::{calendar::Calendar, chance::Chance};
use crate::{scope::new_id, sql::folded, workouts::resolve};
use entity::{
    athlete, benchmark,
    enums::{BenchmarkKind, BenchmarkSource, Lift, ProgramRole, Sport, UnitSystem},
    program_member, user,
};
use science::intensity::Benchmark;
use uuid::Uuid;

/// The password of every account of the demo.
pub const PASSWORD: &str = "fieldhouse-demo";

/// Where all accounts of the demo have their mail.
pub(super) const DOMAIN: &str = "@demo.fieldhouse.test";

/// The accounts of the demo: who they are, and what they show.
pub const ACCOUNTS: [(&str, &str, &str); 6] = [
    (
        "owner@demo.fieldhouse.test",
        "Maren Oakes",
        "director of Riverbend, sees everything but health data",
    ),
    (
        "head.coach@demo.fieldhouse.test",
        "Tobias Lindqvist",
        "head coach of all teams",
    ),
    (
        "assistant@demo.fieldhouse.test",
        "Ines Carvalho",
        "coaches sprints and throws",
    ),
    (
        "trainer@demo.fieldhouse.test",
        "Noor Haddad",
        "athletic trainer, reads health data",
    ),
    (
        "athlete@demo.fieldhouse.test",
        "Ada Whitlock",
        "a distance runner, sees her own training",
    ),
    (
        "studio@demo.fieldhouse.test",
        "Rafael Quint",
        "runs another organization, a training studio",
    ),
];

/// An athlete as far as the demo's chance depends on it.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// Place in the roster.
    pub index: usize,
    pub athlete_id: Uuid,
    pub user_id: Option<Uuid>,
    pub sort_name: String,
    /// Event groups by place in the season, the primary one first.
    pub groups: Vec<usize>,
    /// Share of planned sessions that get done.
    pub discipline: f64,
    /// Seconds per kilometer.
    pub threshold_pace: f64,
    /// Metres a second at full speed.
    pub sprint_speed: f64,
    /// One-repetition maximum in kilograms.
    pub squat: f64,
    pub max_heart_rate: f64,
    pub is_sprinter: bool,
    pub runs_alone: bool,
    /// Thresholds and maxima as the science reads them.
    pub benchmarks: Vec<Benchmark>,
}

const FIRST: [&str; 32] = [
    "Ada", "Bram", "Celia", "Dario", "Elin", "Felix", "Greta", "Hugo", "Imke", "Jonas", "Kaia", "Leif", "Mila", "Nico",
    "Orla", "Piet", "Quinn", "Rosa", "Silas", "Tessa", "Umar", "Vera", "Wim", "Xenia", "Yara", "Zeno", "Anouk",
    "Boris", "Chiara", "Dag", "Esme", "Finn",
];

const LAST: [&str; 31] = [
    "Whitlock",
    "Abara",
    "Brandvold",
    "Castellan",
    "Dunmore",
    "Ekberg",
    "Farrow",
    "Grünwald",
    "Hollis",
    "Ivarsen",
    "Jankovic",
    "Kestrel",
    "Lowell",
    "Marchetti",
    "Nakano",
    "Osei",
    "Pellerin",
    "Quist",
    "Ravel",
    "Sorensen",
    "Tamsin",
    "Underhill",
    "Vasquez",
    "Winslow",
    "Yarrow",
    "Zielinski",
    "Ashdown",
    "Birch",
    "Calloway",
    "Drummond",
    "Elmsley",
];

/// First and last name of the athlete with a number; the first 992 differ.
pub(super) fn name(number: usize) -> (&'static str, &'static str) {
    (FIRST[number % FIRST.len()], LAST[number % LAST.len()])
}

impl Person {
    /// An athlete, as strong or fast as chance will have it.
    pub fn new(index: usize, number: usize, groups: Vec<usize>, is_sprinter: bool) -> Self {
        let chance = Chance::about(&[number as u64, 7]);
        let (first, last) = name(number);
        let round = |value: f64, step: f64| (value / step).round() * step;
        Self {
            index,
            athlete_id: new_id(),
            user_id: None,
            sort_name: folded(&format!("{last} {first}")),
            groups,
            discipline: chance.between(0, 0.80, 0.95),
            threshold_pace: round(
                chance.between(1, 194.0, 238.0) + if is_sprinter { 55.0 } else { 0.0 },
                1.0,
            ),
            sprint_speed: chance.between(2, 8.3, 10.0),
            squat: round(
                chance.between(3, 70.0, 110.0) * if is_sprinter { 1.5 } else { 1.0 },
                2.5,
            ),
            max_heart_rate: round(chance.between(4, 188.0, 204.0), 1.0),
            is_sprinter,
            runs_alone: number.is_multiple_of(9),
            benchmarks: Vec::new(),
        }
    }

    /// The athlete's row.
    pub fn row(&self, program_id: Uuid, number: usize, calendar: &Calendar) -> athlete::Model {
        let (first, last) = name(number);
        athlete::Model {
            id: self.athlete_id,
            program_id,
            user_id: self.user_id,
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            sort_name: self.sort_name.clone(),
            left_on: None,
            archived_at: None,
            external_id: Some(format!("{:04}", 1_000 + number)),
            version: 1,
            created_at: calendar.founded(),
            updated_at: calendar.founded(),
        }
    }

    /// Thresholds and maxima: tested before the first week, and again half way where there was progress.
    pub fn measured(&mut self, program_id: Uuid, calendar: &Calendar, recorded_by: Uuid) -> Vec<benchmark::Model> {
        let mut rows = Vec::new();
        let half_way = calendar.weeks / 2;
        for (week, progress) in [(0, 1.03), (half_way, 1.0)] {
            if progress < 1.01 && half_way == 0 {
                continue;
            }
            let effective_from = calendar.day(week, 0);
            let created_at = calendar.at(effective_from, (8, 0));
            let mut add = |kind, lift: Option<Lift>, race: Option<f64>, value: f64, source| {
                rows.push(benchmark::Model {
                    id: new_id(),
                    program_id,
                    athlete_id: self.athlete_id,
                    kind,
                    lift,
                    training_event_id: None,
                    sport: race.map(|_| Sport::Running),
                    race_distance_meters: race,
                    value,
                    effective_from,
                    source,
                    recorded_by_id: Some(recorded_by),
                    created_at,
                    updated_at: created_at,
                });
            };
            let lifted = |lift| (self.one_rep_max(lift) / progress / 2.5).floor() * 2.5;
            for lift in [Lift::Squat, Lift::BenchPress, Lift::Deadlift] {
                let value = lifted(lift.into());
                add(
                    BenchmarkKind::OneRepMax,
                    Some(lift),
                    None,
                    value,
                    BenchmarkSource::Tested,
                );
            }
            let pace = (self.threshold_pace * progress).round();
            add(BenchmarkKind::ThresholdPace, None, None, pace, BenchmarkSource::Tested);
            if !self.is_sprinter {
                let seconds = (self.threshold_pace * progress * 0.955 * 5.0).round();
                add(
                    BenchmarkKind::RaceTime,
                    None,
                    Some(5_000.0),
                    seconds,
                    BenchmarkSource::Race,
                );
            }
            if week == 0 {
                add(
                    BenchmarkKind::MaxHeartRate,
                    None,
                    None,
                    self.max_heart_rate,
                    BenchmarkSource::Tested,
                );
            }
        }
        self.benchmarks = rows.iter().map(resolve::benchmark).collect();
        rows
    }
}

/// An account's row.
pub(super) fn account(place: usize, timezone: &str, password_hash: &str, calendar: &Calendar) -> user::Model {
    let (email, name, _) = ACCOUNTS[place];
    user::Model {
        id: new_id(),
        email: email.to_owned(),
        name: name.to_owned(),
        password_hash: Some(password_hash.to_owned()),
        timezone: timezone.to_owned(),
        unit_system: UnitSystem::Metric,
        email_verified_at: Some(calendar.founded()),
        last_signed_in_at: None,
        deactivated_at: None,
        failed_sign_ins: 0,
        blocked_until: None,
        version: 1,
        created_at: calendar.founded(),
        updated_at: calendar.founded(),
    }
}

/// The membership of an account.
pub(super) fn member(
    program_id: Uuid,
    account: &user::Model,
    role: ProgramRole,
    title: Option<&str>,
    athlete_id: Option<Uuid>,
) -> program_member::Model {
    program_member::Model {
        id: new_id(),
        program_id,
        user_id: account.id,
        athlete_id,
        role,
        display_name: account.name.clone(),
        sort_name: folded(&account.name),
        title: title.map(str::to_owned),
        joined_at: account.created_at,
        deactivated_at: None,
        version: 1,
        created_at: account.created_at,
        updated_at: account.created_at,
    }
}
