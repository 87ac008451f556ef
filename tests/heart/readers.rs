//! Those who read PostgreSQL at the same time share connections: each has the own answer, and nobody stands in the way of
//! others for long.
use crate::support::{database::run, *};
use entity::{athlete, team};
use fieldhouse::access::Reader;
use futures_util::future::{join, join_all};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, TransactionTrait};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// A coach's reads, and athletes to read.
async fn stage(world: &World) -> (Reader, Vec<Uuid>) {
    let program = world.program("Riverside").await;
    let coach = program.head_coach("Coach").await;
    let athletes = program.athletes(20).await.iter().map(|athlete| athlete.id.id).collect();
    let viewer = world.viewer(&coach.client).await;
    (Reader::new(world.app.db.clone(), Arc::new(viewer)), athletes)
}

async fn read(reader: &Reader, athlete: Uuid) -> Vec<Uuid> {
    let select = athlete::Entity::find().filter(athlete::Column::Id.eq(athlete));
    let found = reader.rows(select).await.expect("an athlete is read");
    found.iter().map(|athlete| athlete.id).collect()
}

/// More at once than may wait for all connections, each of whom must be told of the athlete asked for.
async fn all_are_answered(reader: &Reader, athletes: &[Uuid]) {
    let reads = (0..500).map(|number| {
        let athlete = athletes[number % athletes.len()];
        async move { assert_eq!(read(reader, athlete).await, [athlete]) }
    });
    let answered = tokio::time::timeout(Duration::from_secs(30), join_all(reads));
    answered.await.expect("nobody waits for ever");
}

/// Keeps everybody from reading teams, until it ends.
async fn locked_teams(world: &World) -> DatabaseTransaction {
    let locked = world.raw.begin().await.expect("a transaction begins");
    let lock = "LOCK TABLE team IN ACCESS EXCLUSIVE MODE";
    locked.execute_unprepared(lock).await.expect("a lock");
    locked
}

#[test]
fn everybody_has_the_own_answer() {
    run(Kind::Postgres, |world| async move {
        let (reader, athletes) = stage(&world).await;
        all_are_answered(&reader, &athletes).await;
    });
}

#[test]
fn who_stops_waiting_keeps_nobody_else_waiting() {
    run(Kind::Postgres, |world| async move {
        let (reader, athletes) = stage(&world).await;
        let locked = locked_teams(&world).await;
        let teams = (0..5).map(|_| tokio::time::timeout(Duration::from_millis(30), reader.rows(team::Entity::find())));
        assert!(
            join_all(teams).await.iter().all(Result::is_err),
            "nobody waited for the lock"
        );

        all_are_answered(&reader, &athletes).await;
        locked.rollback().await.expect("no lock");
        assert!(reader.rows(team::Entity::find()).await.is_ok());
        all_are_answered(&reader, &athletes).await;
    });
}

#[test]
fn what_the_server_ends_is_opened_again() {
    run(Kind::Postgres, |world| async move {
        let (reader, athletes) = stage(&world).await;
        all_are_answered(&reader, &athletes).await;
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        world.raw.execute_unprepared(end).await.expect("connections are ended");
        // It is told of at once, and heard soon after.
        tokio::time::sleep(Duration::from_millis(200)).await;
        all_are_answered(&reader, &athletes).await;
    });
}

#[test]
fn who_was_reading_when_the_server_ended_it_is_answered_too() {
    run(Kind::Postgres, |world| async move {
        let (reader, _) = stage(&world).await;
        let locked = locked_teams(&world).await;
        let teams = join_all((0..5).map(|_| reader.rows(team::Entity::find())));
        let ended = async {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'";
            // Until somebody waits.
            let ends = async || locked.execute_unprepared(end).await.expect("who waits is ended");
            while ends().await.rows_affected() == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            locked.rollback().await.expect("no lock");
        };
        let both = tokio::time::timeout(Duration::from_secs(30), join(teams, ended));
        let (teams, ()) = both.await.expect("somebody waited, and was answered");
        assert!(teams.iter().all(Result::is_ok), "{teams:?}");
    });
}

#[test]
fn what_a_statement_was_prepared_for_may_change() {
    run(Kind::Postgres, |world| async move {
        let (reader, athletes) = stage(&world).await;
        all_are_answered(&reader, &athletes).await;
        let wider = "ALTER TABLE athlete ALTER COLUMN external_id TYPE varchar(200)";
        world.raw.execute_unprepared(wider).await.expect("a column changes");
        all_are_answered(&reader, &athletes).await;
    });
}
