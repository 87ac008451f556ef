//! The tables: entities say what the migrations made, every reference and every list has its index, and no key, check
//! or index changes unnoticed.
use crate::support::*;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Iterable};
use std::collections::{BTreeMap, BTreeSet};

/// Tables with their columns, in the order of `table.*`, and whether each may be empty.
type Tables = BTreeMap<String, Vec<(String, bool)>>;

fn described<E: EntityTrait>(tables: &mut Tables) {
    let columns = E::Column::iter().map(|column| (column.as_str().to_owned(), column.def().is_null()));
    tables.insert(E::default().table_name().to_owned(), columns.collect());
}

fn entities() -> Tables {
    let mut tables = Tables::new();
    macro_rules! describe {
        ($($entity:ident)+) => {
            $(described::<entity::$entity::Entity>(&mut tables);)+
        };
    }
    for_guarded_entities!(describe);
    describe! { auth_token change_event idempotency_record mail mail_token stranger throttle }
    tables
}

/// The rows of a statement, each with its columns as texts.
async fn rows(world: &World, statement: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let statement = sea_orm::Statement::from_string(world.raw.get_database_backend(), statement);
    let found = world.raw.query_all_raw(statement).await.expect("the catalogue is read");
    let text = |row: &sea_orm::QueryResult, column: &str| row.try_get::<String>("", column).expect("a text");
    found
        .iter()
        .map(|row| columns.iter().map(|column| text(row, column)).collect())
        .collect()
}

async fn tables(world: &World) -> Tables {
    let statement = match world.kind {
        Kind::Sqlite => {
            r#"SELECT t.name AS "table", c.name AS "column", CASE WHEN c."notnull" = 1 OR c.pk > 0 THEN 'NO' ELSE 'YES' END AS empty
            FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'
            ORDER BY c.cid"#
        }
        Kind::Postgres => {
            r#"SELECT table_name::text AS "table", column_name::text AS "column", is_nullable::text AS empty
            FROM information_schema.columns WHERE table_schema = 'public' ORDER BY ordinal_position"#
        }
    };
    let mut tables = Tables::new();
    for row in rows(world, statement, &["table", "column", "empty"]).await {
        let [table, column, empty] = <[String; 3]>::try_from(row).expect("three columns");
        if table != "seaql_migrations" {
            tables.entry(table).or_default().push((column, empty == "YES"));
        }
    }
    tables
}

/// Every index, keys among them: its table and its columns.
async fn indexes(world: &World) -> BTreeSet<(String, Vec<String>)> {
    let statement = match world.kind {
        Kind::Sqlite => {
            r#"SELECT t.name AS "table", i.name AS "index", c.name AS "column"
            FROM sqlite_master t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
            WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, i.name, c.seqno"#
        }
        Kind::Postgres => {
            r#"SELECT t.relname::text AS "table", i.relname::text AS "index", a.attname::text AS "column"
            FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
            JOIN pg_attribute a ON a.attrelid = i.oid WHERE t.relnamespace = 'public'::regnamespace
            ORDER BY t.relname, i.relname, a.attnum"#
        }
    };
    let mut found: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for row in rows(world, statement, &["table", "index", "column"]).await {
        let [table, index, column] = <[String; 3]>::try_from(row).expect("three columns");
        found.entry((table, index)).or_default().push(column);
    }
    found
        .into_iter()
        .map(|((table, _), columns)| (table, columns))
        .collect()
}

/// Every foreign key: its table, its columns, the table it points to.
async fn foreign_keys(world: &World) -> BTreeSet<(String, Vec<String>, String)> {
    let statement = match world.kind {
        Kind::Sqlite => {
            r#"SELECT t.name AS "table", CAST(k.id AS text) AS key, k."from" AS "column", k."table" AS parent
            FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) k WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, k.id, k.seq"#
        }
        Kind::Postgres => {
            r#"SELECT t.relname::text AS "table", k.conname::text AS key, a.attname::text AS "column", p.relname::text AS parent
            FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
            CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS c(number, place)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.number
            WHERE k.contype = 'f' ORDER BY t.relname, k.conname, c.place"#
        }
    };
    let mut found: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for row in rows(world, statement, &["table", "key", "column", "parent"]).await {
        let [table, key, column, parent] = <[String; 4]>::try_from(row).expect("four columns");
        found.entry((table, key, parent)).or_default().push(column);
    }
    found
        .into_iter()
        .map(|((table, _, parent), columns)| (table, columns, parent))
        .collect()
}

/// Keys, checks and indexes as the database tells them, one a line.
async fn constraints(world: &World) -> String {
    let statement = match world.kind {
        Kind::Sqlite => {
            r#"SELECT sql AS line FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND name <> 'seaql_migrations' ORDER BY tbl_name, name"#
        }
        Kind::Postgres => {
            r#"SELECT line FROM (
                SELECT t.relname::text || ' ' || k.conname || ': ' || pg_get_constraintdef(k.oid) AS line
                FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
                WHERE t.relnamespace = 'public'::regnamespace AND k.contype IN ('c', 'f', 'p', 'u') AND t.relname <> 'seaql_migrations'
                UNION ALL
                SELECT tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'seaql_migrations'
            ) lines ORDER BY line COLLATE "C""#
        }
    };
    let lines = rows(world, statement, &["line"]).await;
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// Orders of the lists of an entity: its table and the column.
fn orders<E: fieldhouse::page::Ordered>() -> Vec<(String, String)> {
    let table = || E::default().table_name().to_owned();
    E::ORDERS
        .iter()
        .map(|column| (table(), column.as_str().to_owned()))
        .collect()
}

both! {
    async fn entities_describe_the_tables(world: World) {
        let (described, found) = (entities(), tables(&world).await);
        assert_eq!(described.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
        for (table, columns) in &found {
            assert_eq!(&described[table], columns, "{table}");
        }
    }

    async fn no_key_check_or_index_changes_unnoticed(world: World) {
        let (name, found) = (format!("{:?}", world.kind).to_lowercase(), constraints(&world).await);
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, found);
        });
    }

    async fn every_reference_has_an_index(world: World) {
        // Deleting a row asks every table that may refer to it. These are archived or deactivated, never deleted.
        let lasting = ["athlete", "program", "program_member", "training_event", "user"];
        let indexes = indexes(&world).await;
        let without: Vec<_> = foreign_keys(&world)
            .await
            .into_iter()
            .filter(|(_, _, parent)| !lasting.contains(&parent.as_str()))
            .filter(|(table, columns, _)| {
                let own = columns.last();
                let is_led = |(other, indexed): &(String, Vec<String>)| other == table && indexed.first() == own;
                !indexes.iter().any(is_led)
            })
            .collect();
        assert!(without.is_empty(), "{without:#?}");
    }

    async fn every_order_of_a_list_has_an_index(world: World) {
        let indexes = indexes(&world).await;
        let mut orders_of_lists = Vec::new();
        macro_rules! collect {
            ($($entity:ident)+) => {
                $(orders_of_lists.extend(orders::<entity::$entity::Entity>());)+
            };
        }
        collect! {
            api_token athlete athlete_training_session audit_event athlete_training_session_group auth_session benchmark event_group
            event_group_coach event_group_member practice_assignment practice_session practice_session_workout
            practice_workout_athlete practice_workout_group program program_invitation program_member
            program_member_team roster_entry team team_season training_event workout workout_element workout_revision
        }
        let without: Vec<_> = orders_of_lists
            .into_iter()
            .filter(|(table, column)| {
                // The parent may stand before, and what rules ask behind.
                let serves = |columns: &[String]| {
                    columns.windows(2).any(|pair| pair[0] == *column && pair[1] == "id")
                        || columns.last() == Some(column) && (column == "id" || columns.len() == 1)
                };
                !indexes.iter().any(|(other, columns)| other == table && serves(columns))
            })
            .collect();
        assert!(without.is_empty(), "{without:#?}");
    }
}
