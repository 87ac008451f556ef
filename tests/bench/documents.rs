//! The six operations that are measured, as clients send them.

const SESSION: &str = "id date title status completedAt actual { distanceMeters durationSeconds rpe }";

const DASHBOARD: &str = "query($id: ID!) { teamSeason(id: $id) { id name practiceSessions(first: 10) { nodes { id title startsAt \
    workouts { id position wholeRoster eventGroups { id name } assignedWorkout { id steps { ...Element \
    ... on WorkoutRepeat { elements { ...Element ... on WorkoutRepeat { elements { ...Element } } } } } } } \
    assignments(first: 5, filter: { kinds: [MODIFIED, REPLACED, EXCUSED] }) { nodes { id kind athlete { id displayName } } } } } } } \
    fragment Element on WorkoutElement { id ... on WorkoutStep { kind name length { ... on DistanceLength { distanceMeters } \
    ... on TimeLength { durationSeconds } } } ... on WorkoutRepeat { count } }";

/// One athlete, a history, the coach's dashboard, a roster, a page of a feed, and a result that is logged.
pub fn documents() -> [String; 6] {
    [
        "query($id: ID!) { athlete(id: $id) { id firstName lastName displayName } }".to_owned(),
        format!(
            "query($id: ID!) {{ athlete(id: $id) {{ id trainingSessions(first: 50) {{ totalCount nodes {{ {SESSION} }} }} }} }}"
        ),
        DASHBOARD.to_owned(),
        format!(
            "query($id: ID!) {{ teamSeason(id: $id) {{ id roster(first: 100) {{ nodes {{ id athlete {{ id displayName \
             trainingSessions(first: 5) {{ nodes {{ {SESSION} }} }} }} }} }} }} }}"
        ),
        "query($id: ID!, $after: String!) { teamSeason(id: $id) { id trainingSessions(first: 50, after: $after) { \
         pageInfo { hasNextPage } nodes { id date title athlete { id displayName } } } } }"
            .to_owned(),
        "mutation($input: TrainingSessionCompleteInput!) { trainingSessionComplete(input: $input) { \
         trainingSession { id status actual { distanceMeters durationSeconds rpe } } userErrors { code } } }"
            .to_owned(),
    ]
}
