// What one athlete does instead stays with that athlete, also in a cache that keeps every record by its id.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gql } from "@apollo/client";
import { change, signIn, start } from "./server.js";

let server;
before(async () => {
  server = await start();
});
after(() => server?.stop());

const SEASON = gql`
  query Season {
    program(slug: "riverbend") {
      id
      teams(first: 1) {
        nodes {
          id
          currentSeason {
            id
            eventGroups {
              id
              rosterEntries(first: 50) {
                nodes {
                  id
                  athlete {
                    id
                  }
                }
              }
            }
          }
        }
      }
    }
  }
`;

const COMPOSE = gql`
  mutation Compose($input: WorkoutCreateInput!) {
    workoutCreate(input: $input) {
      workout {
        id
        steps {
          id
          ... on WorkoutRepeat {
            count
            elements {
              id
              ... on WorkoutStep {
                length {
                  ... on DistanceLength {
                    distanceMeters
                  }
                }
              }
            }
          }
        }
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const PLAN = gql`
  mutation Plan($input: PracticeSessionCreateInput!) {
    practiceSessionCreate(input: $input) {
      practiceSession {
        id
        workouts {
          id
        }
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const PUBLISH = gql`
  mutation Publish($input: PracticeSessionPublishInput!) {
    practiceSessionPublish(input: $input) {
      practiceSession {
        id
        status
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const ASSIGNMENT = gql`
  fragment Assignment on PracticeAssignment {
    id
    kind
    athlete {
      id
    }
    effectiveWorkout {
      id
      steps {
        id
        ... on WorkoutRepeat {
          count
          elements {
            id
            ... on WorkoutStep {
              length {
                ... on DistanceLength {
                  distanceMeters
                }
              }
            }
          }
        }
      }
    }
    prescription {
      key
      isOverridden
      length {
        ... on DistanceLength {
          distanceMeters
        }
      }
    }
  }
`;

const ASSIGNMENTS = gql`
  ${ASSIGNMENT}
  query Assignments($id: ID!) {
    practiceSession(id: $id) {
      id
      assignments(first: 50) {
        nodes {
          ...Assignment
        }
      }
    }
  }
`;

const OVERRIDE = gql`
  ${ASSIGNMENT}
  mutation Override($input: PracticeAssignmentOverrideInput!) {
    practiceAssignmentOverride(input: $input) {
      practiceAssignment {
        ...Assignment
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const distances = (assignment) => assignment.prescription.map(({ length }) => length.distanceMeters);

test("six kilometres become four of 800 m for one athlete, in the cache too", async () => {
  const coach = await signIn(server.address, "head.coach");
  const { apollo } = coach;
  const { program } = (await apollo.query({ query: SEASON })).data;
  const season = program.teams.nodes[0].currentSeason;
  const group = season.eventGroups[0];
  const athletes = group.rosterEntries.nodes.map(({ athlete }) => athlete.id);
  assert.ok(athletes.length >= 3, "a group to choose from");

  const repeat = { count: 6, elements: [{ step: { kind: "WORK", length: { distanceMeters: 1000 } } }] };
  const { workout } = await change(coach, COMPOSE, {
    programId: program.id,
    title: "6 x 1 km",
    category: "RUN",
    type: "INTERVALS",
    sport: "RUNNING",
    steps: [{ repeat }],
  });
  const startsAt = new Date(Date.now() + 2 * 86_400_000);
  const { practiceSession } = await change(coach, PLAN, {
    teamSeasonId: season.id,
    title: "Intervals",
    startsAt: startsAt.toISOString(),
    endsAt: new Date(startsAt.getTime() + 5_400_000).toISOString(),
    workouts: [{ workoutId: workout.id, eventGroupIds: [group.id] }],
  });
  await change(coach, PUBLISH, { id: practiceSession.id });

  const variables = { id: practiceSession.id };
  const before = (await apollo.query({ query: ASSIGNMENTS, variables })).data.practiceSession.assignments.nodes;
  assert.equal(before.length, athletes.length);
  const one = before[1];
  const {
    id,
    elements: [kilometre],
  } = workout.steps[0];
  await change(coach, OVERRIDE, {
    practiceSessionWorkoutId: practiceSession.workouts[0].id,
    athleteId: one.athlete.id,
    stepOverrides: [
      { elementId: id, count: 4 },
      { elementId: kilometre.id, length: { distanceMeters: 800 } },
    ],
  });

  const sent = coach.sent;
  const after = (await apollo.query({ query: ASSIGNMENTS, variables })).data.practiceSession.assignments.nodes;
  assert.equal(coach.sent, sent, "the cache answers");
  for (const [place, assignment] of after.entries()) {
    const isHers = assignment.id === one.id;
    assert.equal(assignment.kind, isHers ? "MODIFIED" : "GROUP");
    assert.deepEqual(distances(assignment), Array(isHers ? 4 : 6).fill(isHers ? 800 : 1000));
    if (!isHers) assert.deepEqual(assignment, before[place], "the others are untouched");
  }
  const { steps } = after[0].effectiveWorkout;
  assert.equal(steps[0].count, 6, "the workout says what it said");
  assert.equal(steps[0].elements[0].length.distanceMeters, 1000);

  const fresh = await signIn(server.address, "head.coach");
  const stored = (await fresh.apollo.query({ query: ASSIGNMENTS, variables })).data.practiceSession.assignments.nodes;
  assert.deepEqual(stored, after, "and the server says what the cache says");
});
