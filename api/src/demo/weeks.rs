//! The weeks of the demo's seasons: hard days, easy days, races, and what went wrong.
use super::slot::{Change, Slot, Task};
use entity::enums::PracticeKind as Kind;

/// Places of the groups of cross country.
pub(super) const DISTANCE: usize = 0;
/// See `DISTANCE`.
pub(super) const MIDDLE_DISTANCE: usize = 1;
/// Places of the groups of the track team.
pub(super) const SPRINTS: usize = 0;
/// See `SPRINTS`.
pub(super) const THROWS: usize = 1;

fn slot(weekday: u32, time: (u32, u32), minutes: i64, kind: Kind, title: &'static str, tasks: Vec<Task>) -> Slot {
    Slot {
        weekday,
        time,
        minutes,
        kind,
        title,
        location: None,
        athlete_notes: None,
        coach_notes: None,
        cancelled: None,
        makes_up_for: None,
        tasks,
    }
}

fn task(workout: &'static str, groups: &[usize]) -> Task {
    Task {
        workout,
        groups: groups.iter().map(|group| (*group, Vec::new())).collect(),
        offset: None,
        notes: None,
        changes: Vec::new(),
    }
}

fn rest() -> Slot {
    slot(6, (8, 0), 60, Kind::Rest, "Rest day", vec![task("Rest day", &[])])
}

/// Distance and middle distance, a race every fourth week. Four weeks before the end a storm took the Friday.
pub(super) fn cross_country(week: u32, weeks: u32) -> Vec<Slot> {
    const BOTH: &[usize] = &[DISTANCE, MIDDLE_DISTANCE];
    let is_race_week = week % 4 == 3;
    let has_storm = week + 4 == weeks && !is_race_week;
    let quality = match week % 3 {
        0 => vec![Task {
            // Middle distance shares the session and does less of it.
            groups: vec![(DISTANCE, Vec::new()), (MIDDLE_DISTANCE, vec![Change::Count(1, 5)])],
            notes: Some("Meet at the start of the river loop."),
            ..task("Threshold 6 x 1 km", BOTH)
        }],
        1 => vec![
            task("Cruise tempo 2 x 3 km", &[DISTANCE]),
            task("Hills 10 x 60 s", &[MIDDLE_DISTANCE]),
        ],
        _ => vec![task("Hills 10 x 60 s", BOTH)],
    };
    let mut intervals = Slot {
        location: Some("Riverbend track"),
        ..slot(
            4,
            (15, 30),
            110,
            Kind::Practice,
            "Track session",
            vec![
                task("12 x 400 m", &[DISTANCE]),
                task("3 x (3 x 300 m)", &[MIDDLE_DISTANCE]),
            ],
        )
    };
    if is_race_week {
        // The day before a race is easy.
        intervals.title = "Shake-out before the race";
        intervals.tasks = vec![Task {
            changes: vec![Change::Skip(1)],
            ..task("Easy run 8 km and strides", BOTH)
        }];
    }
    if has_storm {
        intervals.cancelled = Some("Thunderstorm over the track.");
    }
    let mut slots = vec![
        slot(
            0,
            (15, 30),
            80,
            Kind::Practice,
            "Monday miles",
            vec![
                task("Easy run 10 km and strides", &[DISTANCE]),
                task("Easy run 8 km and strides", &[MIDDLE_DISTANCE]),
            ],
        ),
        Slot {
            location: Some("River loop"),
            athlete_notes: Some("Bring spikes and something warm for afterwards."),
            coach_notes: Some("Film the last repetition from the side."),
            ..slot(1, (15, 30), 100, Kind::Practice, "Quality Tuesday", quality)
        },
        slot(
            2,
            (7, 0),
            60,
            Kind::OnYourOwn,
            "Recovery on your own",
            vec![task("Recovery run 45 min", &[])],
        ),
        Slot {
            location: Some("Weight room"),
            ..slot(3, (6, 45), 60, Kind::Lift, "Lift", vec![task("General strength", BOTH)])
        },
        intervals,
    ];
    slots.push(if is_race_week {
        Slot {
            location: Some("Mill Creek course"),
            athlete_notes: Some("The bus leaves at 6:15."),
            ..slot(
                5,
                (9, 0),
                180,
                Kind::Competition,
                "Mill Creek Invitational",
                vec![task("Race 8 km", BOTH)],
            )
        }
    } else {
        slot(
            5,
            (8, 0),
            120,
            Kind::Practice,
            "Long run",
            vec![
                task("Long run 18 km", &[DISTANCE]),
                task("Long run 13 km", &[MIDDLE_DISTANCE]),
            ],
        )
    });
    slots.push(rest());
    if has_storm {
        let original = slots.iter().position(|slot| slot.cancelled.is_some());
        slots.push(Slot {
            location: Some("Indoor track"),
            makes_up_for: original,
            ..slot(
                5,
                (16, 0),
                90,
                Kind::Practice,
                "Make-up for Friday",
                vec![Task {
                    changes: vec![Change::Count(1, 8)],
                    ..task("12 x 400 m", &[DISTANCE])
                }],
            )
        });
    }
    slots
}

/// Sprints and throws, tested every fourth week.
pub(super) fn track_and_field(week: u32, _weeks: u32) -> Vec<Slot> {
    const BOTH: &[usize] = &[SPRINTS, THROWS];
    let mut slots = vec![
        Slot {
            location: Some("Riverbend track"),
            ..slot(
                0,
                (14, 0),
                110,
                Kind::Practice,
                "Speed and power",
                vec![
                    task("Acceleration 6 x 30 m, 4 x 60 m", &[SPRINTS]),
                    Task {
                        offset: Some(15),
                        ..task("Standing throws 3 x 8", &[THROWS])
                    },
                ],
            )
        },
        Slot {
            location: Some("Weight room"),
            ..slot(
                1,
                (14, 0),
                75,
                Kind::Lift,
                "Heavy lift",
                vec![task("Heavy squat and bench", BOTH)],
            )
        },
        slot(
            2,
            (14, 0),
            80,
            Kind::Practice,
            "Tempo and jumps",
            vec![
                task("Tempo 10 x 100 m", &[SPRINTS]),
                task("Jumps and medicine ball", &[THROWS]),
            ],
        ),
        Slot {
            location: Some("Riverbend track"),
            ..slot(
                3,
                (14, 0),
                110,
                Kind::Practice,
                "Special endurance and full throws",
                vec![
                    task("Special endurance 3 x 250 m", &[SPRINTS]),
                    task("Full throws 4 x 6", &[THROWS]),
                ],
            )
        },
        Slot {
            location: Some("Weight room"),
            ..slot(
                4,
                (14, 0),
                60,
                Kind::Lift,
                "Pull",
                vec![task("Deadlift and pull", BOTH)],
            )
        },
    ];
    slots.push(if week % 4 == 3 {
        slot(
            5,
            (10, 0),
            120,
            Kind::TimeTrial,
            "Test day",
            vec![task("Time trial 200 m", &[SPRINTS]), task("Throws test", &[THROWS])],
        )
    } else {
        slot(
            5,
            (10, 0),
            45,
            Kind::OnYourOwn,
            "Mobility on your own",
            vec![task("Mobility 30 min", &[])],
        )
    });
    slots.push(rest());
    slots
}

/// A studio's week: two lifts for some clients, two runs for others.
pub(super) fn studio(_week: u32, _weeks: u32) -> Vec<Slot> {
    vec![
        slot(
            0,
            (18, 0),
            60,
            Kind::Lift,
            "Evening strength",
            vec![task("Full body A", &[0])],
        ),
        slot(
            1,
            (7, 0),
            45,
            Kind::OnYourOwn,
            "Run-walk",
            vec![task("Run-walk 30 min", &[1])],
        ),
        slot(
            3,
            (18, 0),
            60,
            Kind::Lift,
            "Evening strength",
            vec![task("Full body B", &[0])],
        ),
        slot(
            5,
            (9, 0),
            75,
            Kind::Practice,
            "Saturday run",
            vec![task("Long easy 8 km", &[1])],
        ),
    ]
}
