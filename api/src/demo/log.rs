//! What athletes did: mostly what was planned, at their own pace, with the odd bad day.
use super::{chance::Chance, design::Recipe, people::Person};
use entity::{
    athlete_training_session_detail::{SetResult, Split},
    enums::{LoadMethod, SessionOutcome, WorkoutType},
};
use science::prescription::{Length, Lift, Prescribed, StepKind, Target};

/// What one athlete logged.
pub(super) struct Log {
    pub outcome: SessionOutcome,
    pub distance_meters: Option<i32>,
    pub duration_seconds: Option<i32>,
    pub rpe: Option<i32>,
    pub description: Option<&'static str>,
    pub feedback: Option<&'static str>,
    pub splits: Vec<Split>,
    pub sets: Vec<SetResult>,
}

impl Log {
    /// Load by perceived exertion, where both its factors were logged.
    pub fn load(&self) -> Option<f64> {
        let (rpe, seconds) = (self.rpe?, self.duration_seconds?);
        Some(science::load::session_rpe(rpe.into(), seconds.into()))
    }

    /// How the load was found.
    pub fn load_method(&self) -> Option<LoadMethod> {
        self.load().map(|_| LoadMethod::SessionRpe)
    }
}

/// The log of a planned session; none for a session that nobody logged.
pub(super) fn of(
    person: &Person,
    recipe: &Recipe,
    steps: &[Prescribed],
    (distance, duration): (Option<i32>, Option<i32>),
    chance: Chance,
) -> Option<Log> {
    let outcome = match chance.unit(0) {
        luck if luck < person.discipline => SessionOutcome::Completed,
        luck if luck < person.discipline + 0.03 => SessionOutcome::Partial,
        luck if luck < person.discipline + 0.05 => SessionOutcome::Skipped,
        _ => return None,
    };
    if outcome == SessionOutcome::Skipped {
        return Some(Log {
            outcome,
            distance_meters: None,
            duration_seconds: None,
            rpe: None,
            description: chance.one_of(1, EXCUSES),
            feedback: None,
            splits: Vec::new(),
            sets: Vec::new(),
        });
    }
    let kind = recipe.workout.r#type;
    let share = if outcome == SessionOutcome::Partial { 0.6 } else { 1.0 };
    let luck = chance.between(3, 0.97, 1.04);
    let planned = |amount: Option<i32>| amount.map(|amount| f64::from(amount) * share * chance.between(2, 0.985, 1.03));
    let own_pace = match kind {
        WorkoutType::Easy => Some(person.threshold_pace * 1.30 * luck / 1_000.0),
        WorkoutType::Long => Some(person.threshold_pace * 1.24 * luck / 1_000.0),
        WorkoutType::Recovery => Some(person.threshold_pace * 1.38 * luck / 1_000.0),
        _ => None,
    };
    let (meters, seconds) = match own_pace {
        Some(pace) if is_timed(steps) => {
            let seconds = planned(duration);
            (distance.and(seconds).map(|seconds| seconds / pace), seconds)
        }
        Some(pace) => {
            let meters = planned(distance);
            (meters, meters.map(|meters| meters * pace).or(planned(duration)))
        }
        None => (planned(distance), planned(duration).map(|seconds| seconds * luck)),
    };
    let splits = splits(person, kind, steps, chance);
    let sets = sets(person, recipe, steps, chance);
    let kept = |count: usize| (count as f64 * share).ceil() as usize;
    Some(Log {
        outcome,
        distance_meters: meters.map(|meters| (meters / 10.0).round() as i32 * 10),
        duration_seconds: seconds.map(|seconds| seconds.round() as i32),
        rpe: Some((exertion(kind) + chance.between(4, -0.9, 1.2)).round().clamp(1.0, 10.0) as i32),
        description: (chance.unit(5) < 0.4)
            .then(|| chance.one_of(6, remarks(kind)))
            .flatten(),
        feedback: (chance.unit(7) < 0.08).then(|| chance.one_of(8, PRAISE)).flatten(),
        splits: splits.iter().take(kept(splits.len())).cloned().collect(),
        sets: sets.iter().take(kept(sets.len())).cloned().collect(),
    })
}

/// A short easy run that nobody planned.
pub(super) fn shake_out(person: &Person, chance: Chance) -> Log {
    let meters = (chance.between(0, 4_000.0, 6_500.0) / 10.0).round() * 10.0;
    Log {
        outcome: SessionOutcome::Completed,
        distance_meters: Some(meters as i32),
        duration_seconds: Some((meters / 1_000.0 * person.threshold_pace * 1.36).round() as i32),
        rpe: Some(2),
        description: Some("Easy, with a training partner."),
        feedback: None,
        splits: Vec::new(),
        sets: Vec::new(),
    }
}

/// Whether the work is measured by the watch and not by the distance.
fn is_timed(steps: &[Prescribed]) -> bool {
    let work = |step: &&Prescribed| matches!(step.kind, StepKind::Work | StepKind::Other);
    steps
        .iter()
        .find(work)
        .is_some_and(|step| matches!(step.length, Length::Time { .. }))
}

/// A split for each stretch of fast work.
fn splits(person: &Person, kind: WorkoutType, steps: &[Prescribed], chance: Chance) -> Vec<Split> {
    let work: Vec<(&Prescribed, f64)> = steps
        .iter()
        .filter(|step| step.kind == StepKind::Work)
        .filter_map(|step| match step.length {
            Length::Distance { meters } => Some((step, meters)),
            _ => None,
        })
        .collect();
    use WorkoutType::{Intervals, Race, Tempo, Threshold};
    if !matches!(kind, Intervals | Race | Tempo | Threshold) {
        return Vec::new();
    }
    let split = |(index, (step, meters)): (usize, (&Prescribed, f64))| {
        let fade = 1.0 + index as f64 * 0.0015;
        let luck = chance.between(20 + index as u64, 0.985, 1.015);
        Split {
            index: index as i32,
            step_id: Some(step.step),
            repetition: step.repetition,
            distance_meters: Some(meters),
            duration_seconds: (meters / speed(person, kind, meters) * fade * luck * 10.0).round() / 10.0,
            rest_seconds: step.rest_after_seconds,
            average_heart_rate_bpm: (meters >= 300.0)
                .then(|| (person.max_heart_rate * chance.between(60 + index as u64, 0.87, 0.95)).round() as i32),
            average_power_watts: None,
        }
    };
    work.into_iter().enumerate().map(split).collect()
}

/// Metres a second over a stretch of work.
fn speed(person: &Person, kind: WorkoutType, meters: f64) -> f64 {
    let of_threshold = |share: f64| 1_000.0 / (person.threshold_pace * share);
    match (person.is_sprinter, kind) {
        (true, _) if meters <= 150.0 => person.sprint_speed * 0.92,
        (true, _) => person.sprint_speed * 0.80,
        (false, WorkoutType::Threshold | WorkoutType::Tempo) => of_threshold(1.0),
        (false, WorkoutType::Race) => of_threshold(0.965),
        (false, _) if meters <= 150.0 => of_threshold(0.72),
        (false, _) if meters <= 500.0 => of_threshold(0.88),
        (false, _) => of_threshold(0.94),
    }
}

/// The sets of a lift as they were done, to the nearest plate.
fn sets(person: &Person, recipe: &Recipe, steps: &[Prescribed], chance: Chance) -> Vec<SetResult> {
    let mut done = Vec::new();
    for step in steps.iter().filter(|step| step.kind == StepKind::Strength) {
        let Length::Repetitions { sets, reps_max, .. } = step.length else {
            continue;
        };
        let load_kg = match &step.target {
            Some(Target::PercentOneRepMax {
                lift,
                min_percent,
                max_percent,
            }) => {
                let share = (min_percent + max_percent) / 200.0;
                Some((person.one_rep_max(*lift) * share / 2.5).round() * 2.5)
            }
            _ => None,
        };
        for set in 1..=sets {
            let is_last_hard = set == sets && chance.unit(10) < 0.2;
            done.push(SetResult {
                step_id: Some(step.step),
                exercise_id: recipe.blocks.get(&step.step).copied(),
                set,
                reps: if is_last_hard { (reps_max - 1).max(1) } else { reps_max },
                load_kg,
                rpe: load_kg.map(|_| (6.0 + f64::from(set) * 0.5).min(9.5)),
                reps_in_reserve: None,
            });
        }
    }
    done
}

impl Person {
    /// What the person can lift once, in kilograms.
    pub fn one_rep_max(&self, lift: Lift) -> f64 {
        match lift {
            Lift::Squat => self.squat,
            Lift::BenchPress => (self.squat * 0.68 / 2.5).round() * 2.5,
            Lift::Deadlift => (self.squat * 1.18 / 2.5).round() * 2.5,
        }
    }
}

fn exertion(kind: WorkoutType) -> f64 {
    match kind {
        WorkoutType::Recovery | WorkoutType::Mobility | WorkoutType::Rest => 2.0,
        WorkoutType::Easy => 3.2,
        WorkoutType::Long | WorkoutType::Technique | WorkoutType::Tempo => 5.2,
        WorkoutType::Strength => 6.6,
        WorkoutType::Threshold | WorkoutType::Fartlek => 7.2,
        WorkoutType::Intervals | WorkoutType::Hills => 8.0,
        WorkoutType::Race => 9.3,
        WorkoutType::Other => 4.0,
    }
}

const EXCUSES: &[&str] = &[
    "Class ran over, could not make it.",
    "Slept badly, took the day off.",
    "Sore shins, left it out.",
    "Travelling home for the weekend.",
];

const PRAISE: &[&str] = &[
    "Even splits, exactly what we wanted.",
    "Good patience early on.",
    "Strong finish. Keep the easy days easy.",
    "Watch the hips when you tire.",
];

fn remarks(kind: WorkoutType) -> &'static [&'static str] {
    match kind {
        WorkoutType::Easy | WorkoutType::Recovery => &[
            "Legs felt fresh.",
            "Heavy legs at first, better after 20 minutes.",
            "Kept it conversational.",
            "Windy along the river.",
        ],
        WorkoutType::Long => &[
            "Last 3 km a little quicker.",
            "Took a gel at 10 km, no trouble.",
            "Humid. Glad when it was over.",
        ],
        WorkoutType::Threshold | WorkoutType::Tempo => &[
            "Controlled, one more would have gone.",
            "Breathing settled after the second.",
        ],
        WorkoutType::Intervals | WorkoutType::Hills => &[
            "Last two were hard.",
            "Ran in the pack, felt smooth.",
            "Form went a bit at the end.",
        ],
        WorkoutType::Strength => &["Bar moved well.", "Grip gave out before the legs."],
        WorkoutType::Race => &["Went out too fast, held on.", "Moved up through the second half."],
        _ => &["Good session.", "Better rhythm than last week."],
    }
}
