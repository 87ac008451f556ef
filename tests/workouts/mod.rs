//! Workouts: composed, revised, copied and put away; what athletes see of them.
mod compose;
mod copy;
mod revise;

use crate::support::*;
use serde_json::Value;

/// One step of half an hour.
fn easy() -> Value {
    json!([{ "step": { "kind": "WORK", "name": "Easy", "length": { "durationSeconds": 1800 } } }])
}

/// The input of a plain workout with these steps.
fn plain(program: &Program, title: &str, steps: Value) -> Value {
    json!({ "programId": program.id.global(), "title": title, "category": "RUN", "type": "EASY", "sport": "RUNNING",
        "steps": steps })
}

/// Composes a workout; answers its id.
async fn composed(coach: &Member, title: &str, steps: Value) -> String {
    let made = coach
        .change("workoutCreate", plain(&coach.program, title, steps), "workout { id }")
        .await;
    made.text("workout.id").to_owned()
}

/// Makes a building block; answers its id.
async fn block(coach: &Member, name: &str, length: Option<Value>) -> String {
    let mut input = json!({ "programId": coach.program.id.global(), "name": name, "kind": "EXERCISE" });
    if let Some(length) = length {
        input["defaultLength"] = length;
    }
    let made = coach.change("trainingEventCreate", input, "trainingEvent { id }").await;
    made.text("trainingEvent.id").to_owned()
}
