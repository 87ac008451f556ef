//! The workouts that the demo's coaches wrote.
use super::design::*;
use entity::enums::{Sport, TrainingEventKind as Kind, WorkoutCategory, WorkoutType};
use science::prescription::{Lift, PaceReference, StepKind};

/// Building blocks of the university.
pub(super) fn blocks() -> Vec<Block> {
    vec![
        ("Back squat", Kind::Exercise, "Below parallel, heels down."),
        ("Bench press", Kind::Exercise, "Pause on the chest."),
        ("Deadlift", Kind::Exercise, "Reset every repetition on the floor."),
        ("Romanian deadlift", Kind::Exercise, "Soft knees, flat back."),
        ("Split squat", Kind::Exercise, "Each leg."),
        ("Pull-up", Kind::Exercise, "Full hang between repetitions."),
        (
            "Side plank",
            Kind::Exercise,
            "Breaths instead of repetitions, each side.",
        ),
        ("A-skip", Kind::Drill, "Tall, knee to hip height, ankle cocked."),
        ("Straight-leg bound", Kind::Drill, "Pull the ground back from the hip."),
        ("Medicine ball overhead throw", Kind::Throw, "Extend hips first."),
        ("Standing throw", Kind::Throw, "From the power position."),
        ("Full throw", Kind::Throw, "Count fouls, not only metres."),
        ("Box jump", Kind::Jump, "Land soft, step down."),
    ]
}

fn design(
    title: &'static str,
    (category, r#type, sport): (WorkoutCategory, WorkoutType, Sport),
    description: &'static str,
    parts: Vec<Part>,
) -> Design {
    Design {
        title,
        category,
        r#type,
        sport,
        description: Some(description),
        coach_notes: None,
        parts,
    }
}

fn running(r#type: WorkoutType) -> (WorkoutCategory, WorkoutType, Sport) {
    (WorkoutCategory::Run, r#type, Sport::Running)
}

fn track(r#type: WorkoutType) -> (WorkoutCategory, WorkoutType, Sport) {
    (WorkoutCategory::Run, r#type, Sport::TrackAndField)
}

fn throwing(r#type: WorkoutType) -> (WorkoutCategory, WorkoutType, Sport) {
    (WorkoutCategory::Other, r#type, Sport::TrackAndField)
}

const LIFTING: (WorkoutCategory, WorkoutType, Sport) = (WorkoutCategory::Gym, WorkoutType::Strength, Sport::Strength);

fn rest_day() -> Design {
    let off = Part::Step {
        kind: StepKind::Rest,
        name: "Day off",
        block: None,
        length: science::prescription::Length::Open { instruction: None },
        target: None,
        notes: None,
    };
    let rest = (WorkoutCategory::Other, WorkoutType::Rest, Sport::Other);
    design("Rest day", rest, "No training. Sleep, eat, see friends.", vec![off])
}

fn strides(count: i32) -> Part {
    repeat(count, None, vec![run("Stride", 100.0).at(rpe(6.0, 7.0)), jog(100.0)])
}

fn easy(name: &'static str, meters: f64) -> Part {
    run(name, meters).at(pace(PaceReference::Threshold, 72.0, 80.0))
}

/// Workouts of cross country: distance and middle distance.
fn cross_country() -> Vec<Design> {
    use WorkoutType as T;
    vec![
        design(
            "Easy run 10 km and strides",
            running(T::Easy),
            "Conversational. The strides are relaxed, not raced.",
            vec![easy("Easy", 10_000.0), strides(6)],
        ),
        design(
            "Easy run 8 km and strides",
            running(T::Easy),
            "Conversational. The strides are relaxed, not raced.",
            vec![easy("Easy", 8_000.0), strides(6)],
        ),
        design(
            "Recovery run 45 min",
            running(T::Recovery),
            "Slower than you think.",
            vec![keep(StepKind::Work, "Recovery", 45).at(pace(PaceReference::Threshold, 65.0, 74.0))],
        ),
        Design {
            coach_notes: Some("Stop anyone who cannot speak a sentence after the third."),
            ..design(
                "Threshold 6 x 1 km",
                running(T::Threshold),
                "Comfortably hard: the same effort from the first to the last.",
                vec![
                    warm_up(15),
                    repeat(
                        6,
                        Some(60),
                        vec![run("1 km", 1_000.0).at(pace(PaceReference::Threshold, 98.0, 102.0))],
                    ),
                    cool_down(10),
                ],
            )
        },
        design(
            "Cruise tempo 2 x 3 km",
            running(T::Tempo),
            "Threshold on grass; the watch is a guide, the breath decides.",
            vec![
                warm_up(15),
                repeat(
                    2,
                    Some(180),
                    vec![run("3 km", 3_000.0).at(pace(PaceReference::Threshold, 96.0, 100.0))],
                ),
                cool_down(10),
            ],
        ),
        design(
            "Hills 10 x 60 s",
            running(T::Hills),
            "Drive the knees, run over the top. Jog down.",
            vec![
                warm_up(15),
                repeat(
                    10,
                    None,
                    vec![
                        Part::Step {
                            kind: StepKind::Work,
                            name: "Uphill",
                            block: None,
                            length: science::prescription::Length::Time { seconds: 60 },
                            target: Some(rpe(8.0, 9.0)),
                            notes: None,
                        },
                        jog(250.0),
                    ],
                ),
                cool_down(10),
            ],
        ),
        design(
            "12 x 400 m",
            running(T::Intervals),
            "5 km pace. Jog a straight between.",
            vec![
                warm_up(15),
                repeat(
                    12,
                    None,
                    vec![
                        run("400 m", 400.0).at(pace(PaceReference::FiveK, 99.0, 103.0)),
                        jog(100.0),
                    ],
                ),
                cool_down(10),
            ],
        ),
        design(
            "3 x (3 x 300 m)",
            running(T::Intervals),
            "Mile rhythm. Walk between, longer between sets.",
            vec![
                warm_up(15),
                repeat(
                    3,
                    Some(300),
                    vec![repeat(3, Some(75), vec![run("300 m", 300.0).at(rpe(8.0, 9.0))])],
                ),
                cool_down(10),
            ],
        ),
        design(
            "Long run 18 km",
            running(T::Long),
            "On soft ground where there is any. Drink.",
            vec![easy("Long run", 18_000.0)],
        ),
        design(
            "Long run 13 km",
            running(T::Long),
            "On soft ground where there is any. Drink.",
            vec![easy("Long run", 13_000.0)],
        ),
        design(
            "Race 8 km",
            running(T::Race),
            "Out controlled, pass people from halfway.",
            vec![warm_up(20), run("Race", 8_000.0).at(rpe(9.0, 10.0)), cool_down(15)],
        ),
        design(
            "General strength",
            LIFTING,
            "Light and clean. Nobody misses a repetition.",
            vec![
                sets(StepKind::Strength, "Back squat", 3, (6, 6), 120).at(percent(Lift::Squat, 65.0, 70.0)),
                sets(StepKind::Strength, "Romanian deadlift", 3, (8, 10), 90),
                sets(StepKind::Strength, "Pull-up", 3, (5, 8), 90),
                sets(StepKind::Drill, "Side plank", 3, (8, 8), 30),
            ],
        ),
        design(
            "Pool run 40 min",
            (WorkoutCategory::CrossTraining, T::Easy, Sport::CrossTraining),
            "With the belt. Upright, quick feet.",
            vec![keep(StepKind::Other, "Deep-water running", 40).at(rpe(4.0, 6.0))],
        ),
    ]
}

/// Workouts of the track team: sprints and throws.
fn track_and_field() -> Vec<Design> {
    use WorkoutType as T;
    vec![
        design(
            "Acceleration 6 x 30 m, 4 x 60 m",
            track(T::Intervals),
            "Full recovery. Push the ground away.",
            vec![
                warm_up(15),
                sets(StepKind::Drill, "A-skip", 3, (20, 20), 45),
                repeat(6, Some(120), vec![run("30 m from blocks", 30.0).at(rpe(9.0, 10.0))]),
                repeat(4, Some(240), vec![run("60 m", 60.0).at(rpe(9.0, 10.0))]),
                cool_down(8),
            ],
        ),
        design(
            "Tempo 10 x 100 m",
            track(T::Tempo),
            "Three quarters, relaxed face and hands.",
            vec![
                warm_up(10),
                repeat(10, Some(60), vec![run("100 m", 100.0).at(rpe(5.0, 6.0))]),
                cool_down(8),
            ],
        ),
        design(
            "Special endurance 3 x 250 m",
            track(T::Intervals),
            "Float the bend, hold the straight.",
            vec![
                warm_up(15),
                sets(StepKind::Drill, "Straight-leg bound", 3, (16, 20), 60),
                repeat(3, Some(480), vec![run("250 m", 250.0).at(rpe(9.0, 10.0))]),
                cool_down(8),
            ],
        ),
        design(
            "Standing throws 3 x 8",
            throwing(T::Technique),
            "From the power position, nothing forced.",
            vec![
                warm_up(10),
                sets(StepKind::Drill, "Medicine ball overhead throw", 3, (8, 8), 60),
                sets(StepKind::Drill, "Standing throw", 3, (8, 8), 90),
            ],
        ),
        design(
            "Full throws 4 x 6",
            throwing(T::Technique),
            "Measure the best of each set.",
            vec![
                warm_up(10),
                sets(StepKind::Drill, "Standing throw", 1, (6, 6), 60),
                sets(StepKind::Drill, "Full throw", 4, (6, 6), 150),
            ],
        ),
        design(
            "Jumps and medicine ball",
            throwing(T::Technique),
            "Few contacts, all of them sharp.",
            vec![
                warm_up(10),
                sets(StepKind::Drill, "Box jump", 4, (5, 5), 90),
                sets(StepKind::Drill, "Medicine ball overhead throw", 4, (6, 6), 90),
            ],
        ),
        design(
            "Heavy squat and bench",
            LIFTING,
            "Bar speed first: rack it when it slows.",
            vec![
                sets(StepKind::Strength, "Back squat", 5, (5, 5), 180).at(percent(Lift::Squat, 76.0, 82.0)),
                sets(StepKind::Strength, "Bench press", 4, (6, 6), 150).at(percent(Lift::BenchPress, 70.0, 76.0)),
                sets(StepKind::Strength, "Split squat", 3, (8, 8), 90),
            ],
        ),
        design(
            "Deadlift and pull",
            LIFTING,
            "Brace before every pull.",
            vec![
                sets(StepKind::Strength, "Deadlift", 4, (4, 4), 180).at(percent(Lift::Deadlift, 78.0, 84.0)),
                sets(StepKind::Strength, "Pull-up", 4, (5, 8), 90),
                sets(StepKind::Drill, "Side plank", 3, (8, 8), 30),
            ],
        ),
        design(
            "Mobility 30 min",
            (WorkoutCategory::Other, T::Mobility, Sport::Other),
            "Hips, ankles, upper back.",
            vec![keep(StepKind::Other, "Mobility", 30)],
        ),
        design(
            "Time trial 200 m",
            track(T::Race),
            "One run, in spikes, with a timing gate.",
            vec![warm_up(20), run("200 m", 200.0).at(rpe(10.0, 10.0)), cool_down(10)],
        ),
        design(
            "Throws test",
            throwing(T::Race),
            "Six measured throws, as in a competition.",
            vec![
                warm_up(15),
                sets(StepKind::Work, "Full throw", 1, (6, 6), 0).saying("The best of six counts."),
            ],
        ),
    ]
}

/// Every workout of the university.
pub(super) fn of_university() -> Vec<Design> {
    let mut designs = cross_country();
    designs.extend(track_and_field());
    designs.push(rest_day());
    designs
}

/// Building blocks of the studio.
pub(super) fn studio_blocks() -> Vec<Block> {
    vec![
        ("Goblet squat", Kind::Exercise, "Elbows inside the knees."),
        ("Bench press", Kind::Exercise, "Feet flat."),
        ("Trap-bar deadlift", Kind::Exercise, "Push the floor away."),
        ("Row", Kind::Exercise, "Pull to the ribs."),
    ]
}

/// Every workout of the studio.
pub(super) fn of_studio() -> Vec<Design> {
    use WorkoutType as T;
    vec![
        design(
            "Full body A",
            LIFTING,
            "45 minutes, three rounds.",
            vec![
                sets(StepKind::Strength, "Goblet squat", 3, (8, 10), 90),
                sets(StepKind::Strength, "Bench press", 3, (8, 8), 120).at(percent(Lift::BenchPress, 62.0, 70.0)),
                sets(StepKind::Strength, "Row", 3, (10, 12), 90),
            ],
        ),
        design(
            "Full body B",
            LIFTING,
            "45 minutes, heavier than A.",
            vec![
                sets(StepKind::Strength, "Trap-bar deadlift", 4, (5, 5), 150).at(percent(Lift::Deadlift, 70.0, 76.0)),
                sets(StepKind::Strength, "Row", 3, (10, 12), 90),
            ],
        ),
        design(
            "Run-walk 30 min",
            running(T::Easy),
            "Walk before you have to.",
            vec![repeat(
                6,
                None,
                vec![
                    keep(StepKind::Work, "Run", 4).at(rpe(4.0, 5.0)),
                    keep(StepKind::Rest, "Walk", 1),
                ],
            )],
        ),
        design(
            "Long easy 8 km",
            running(T::Long),
            "Two glasses of water first.",
            vec![easy("Long easy", 8_000.0)],
        ),
    ]
}
