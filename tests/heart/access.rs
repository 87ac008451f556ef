//! Who may do what: every rule of every entity is run against a small world and written down in `tests/access.txt`, so
//! that a change of a rule is a line in a review. A second test leaves out each arm of each rule and sees the file change.
use super::stage::{Stage, stage};
use crate::support::*;
use entity::{
    api_token, athlete, athlete_training_session, athlete_training_session_detail, athlete_training_session_group,
    audit_event, auth_session, benchmark, event_group, event_group_coach, event_group_member, practice_assignment,
    practice_assignment_note, practice_session, practice_session_note, practice_session_workout,
    practice_workout_athlete, practice_workout_group, program, program_invitation, program_member, program_member_team,
    roster_entry, roster_entry_note, team, team_season, training_event, user, workout, workout_description,
    workout_element, workout_note, workout_revision,
};
use fieldhouse::access::{Action, Guarded, id_column};
use sea_orm::{Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SimpleExpr};
use std::{
    collections::{BTreeSet, HashSet},
    fmt::Write,
};
use uuid::Uuid;

/// The rows of `E` that fulfil any of the arms.
async fn fulfilling<E: Guarded>(world: &World, arms: Vec<SimpleExpr>) -> HashSet<Uuid> {
    if arms.is_empty() {
        return HashSet::new();
    }
    let any = arms.into_iter().fold(Condition::any(), Condition::add);
    let ids = E::find().select_only().column(id_column::<E>()).filter(any);
    let ids: Result<Vec<Uuid>, _> = ids.into_tuple().all(&world.raw).await;
    ids.expect("the rule is understood by the database")
        .into_iter()
        .collect()
}

/// The part of the matrix about one entity.
async fn section<E: Guarded>(stage: &Stage) -> String {
    let rows = stage.rows.of::<E>();
    let table = E::default().table_name().to_owned();
    assert!(!rows.is_empty(), "the small world has no row of {table}");
    let mut text = format!("\n{table}\n");
    let mut blocks: Vec<(Vec<String>, String)> = Vec::new();
    for action in Action::ALL {
        let mut allowed = Vec::new();
        for column in &stage.columns {
            allowed.push(fulfilling::<E>(&stage.world, E::allows(&column.viewer, action).arms()).await);
        }
        let mut block = String::new();
        if allowed.iter().any(|ids| !ids.is_empty()) {
            for (label, id) in rows {
                let marks = allowed.iter().map(|ids| if ids.contains(id) { "  ✔" } else { "  ✘" });
                writeln!(block, "    {label:<35}{}", marks.collect::<String>()).expect("a string grows");
            }
        } else {
            block.push_str("    ✘ for all\n");
        }
        match blocks.iter_mut().find(|(_, known)| *known == block) {
            Some((actions, _)) => actions.push(format!("{action:?}")),
            None => blocks.push((vec![format!("{action:?}")], block)),
        }
    }
    for (actions, block) in blocks {
        write!(text, "  {}\n{block}", actions.join(", ")).expect("a string grows");
    }
    text
}

/// Arms of the rules of one entity that decide nothing for anybody in the small world.
async fn idle_arms<E: Guarded>(stage: &Stage) -> BTreeSet<String> {
    let table = E::default().table_name().to_owned();
    let all: HashSet<Uuid> = stage.rows.of::<E>().iter().map(|(_, id)| *id).collect();
    let mut deciding = HashSet::new();
    let mut known = BTreeSet::new();
    for action in Action::ALL {
        for column in &stage.columns {
            let arms = E::allows(&column.viewer, action).arms();
            let allowed = fulfilling::<E>(&stage.world, arms.clone()).await;
            for left_out in 0..arms.len() {
                let mut others = arms.clone();
                let arm = others.remove(left_out);
                let name = format!("{table} {action:?}: {}", shape::<E>(&arm));
                let fewer = fulfilling::<E>(&stage.world, others).await;
                let is_missed = all.iter().any(|id| allowed.contains(id) && !fewer.contains(id));
                // With `true` in its place everything would be allowed.
                let is_bounding = all.iter().any(|id| !allowed.contains(id));
                if is_missed && is_bounding {
                    deciding.insert(name.clone());
                }
                known.insert(name);
            }
        }
    }
    known.retain(|name| !deciding.contains(name));
    known
}

/// The names in an arm: what it asks, whoever asks.
fn shape<E: EntityTrait>(arm: &SimpleExpr) -> String {
    let query = E::find()
        .select_only()
        .filter(arm.clone())
        .build(sea_orm::DatabaseBackend::Sqlite);
    let asked = query
        .sql
        .split_once(" WHERE ")
        .map_or(query.sql.as_str(), |(_, asked)| asked);
    let names: Vec<&str> = asked.split('"').skip(1).step_by(2).collect();
    names.join(" ")
}

async fn matrix(stage: &Stage) -> String {
    let mut text =
        String::from("Who may do what to which row. Written by `UPDATE_ACCESS=1 cargo test -p tests access`.\n\n");
    for column in &stage.columns {
        writeln!(text, "{}  {}", column.letters, column.who).expect("a string grows");
    }
    let heads: String = stage
        .columns
        .iter()
        .map(|column| format!(" {}", column.letters))
        .collect();
    writeln!(text, "\n{:38}{heads}", "").expect("a string grows");
    macro_rules! sections {
        ($($entity:ident)+) => {
            $(text.push_str(&section::<$entity::Entity>(stage).await);)+
        };
    }
    for_guarded_entities!(sections);
    text
}

both! {
    async fn who_may_do_what_is_written_down(world: World) {
        let stage = stage(world).await;
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/access.txt");
        let found = matrix(&stage).await;
        if std::env::var_os("UPDATE_ACCESS").is_some() {
            std::fs::write(file, &found).expect("access.txt is written");
        }
        let written = std::fs::read_to_string(file).unwrap_or_default();
        if let Some((was, is)) = written.lines().zip(found.lines()).find(|(was, is)| was != is) {
            panic!("access.txt says\n{was}\nand the rules say\n{is}\nUPDATE_ACCESS=1 cargo test -p tests access");
        }
        assert_eq!(written.len(), found.len(), "UPDATE_ACCESS=1 cargo test -p tests access");
    }
}

/// Each arm of each rule, left out or made true for all, changes the matrix.
#[test]
fn no_arm_of_a_rule_is_idle() {
    database::run(Kind::Sqlite, async |world: World| {
        let stage = stage(world).await;
        let mut idle = BTreeSet::new();
        macro_rules! collect {
            ($($entity:ident)+) => {
                $(idle.append(&mut idle_arms::<$entity::Entity>(&stage).await);)+
            };
        }
        for_guarded_entities!(collect);
        assert!(idle.is_empty(), "{idle:#?}");
    });
}
