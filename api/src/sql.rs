//! The only module that asks which database it is. Everything else writes queries in sea-query's terms.
mod bare;
mod failure;
mod text;

pub(crate) use bare::{bare, list, listed};
pub(crate) use failure::{is_cut_off, is_outdated, may_be_there_soon, of_file, of_server, of_sqlx, without_values};
pub use failure::{is_passing, violated_constraint};

use crate::{access::own, error::Failure};
use chrono::{DateTime, Utc};
use entity::Columns;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseBackend, DatabaseConnection, EntityTrait, Iden, Iterable,
    QueryTrait, Select, Statement, Value,
    sea_query::{
        ArrayType, Asterisk, Expr, ExprTrait, IntoColumnRef, JoinType, Query, SelectStatement, SimpleExpr,
        extension::postgres::PgFunc,
    },
};
use uuid::Uuid;

/// Which of the two databases a statement is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded default.
    Sqlite,
    /// The real thing, version 15 or newer.
    Postgres,
}

impl Dialect {
    /// The database behind a connection.
    pub fn of(connection: &DatabaseConnection) -> Self {
        match connection.get_database_backend() {
            DatabaseBackend::Postgres => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    /// `column` is one of `ids`, bound as one parameter whatever their number, so that the statement stays prepared.
    pub fn among(self, column: impl IntoColumnRef, ids: &[Uuid]) -> SimpleExpr {
        let column = Expr::col(column);
        match (ids, self) {
            ([id], _) => column.eq(*id),
            (_, Self::Postgres) => column.eq(PgFunc::any(Expr::val(uuids(ids)))),
            (_, Self::Sqlite) => Expr::cust_with_exprs(
                "? IN (SELECT unhex(value) FROM json_each(?))",
                [column, Expr::val(hexadecimals(ids))],
            ),
        }
    }

    /// As `among`, for a statement that is written by hand: what follows the column, and its value, the statement's first.
    pub(crate) fn among_first(self, ids: &[Uuid]) -> (&'static str, Value) {
        match (ids, self) {
            ([id], _) => ("= $1", (*id).into()),
            (_, Self::Postgres) => ("= ANY($1)", uuids(ids)),
            (_, Self::Sqlite) => ("IN (SELECT unhex(value) FROM json_each($1))", hexadecimals(ids).into()),
        }
    }

    /// `column` is one of `words` of `E`, bound as one parameter too: a list of several is made anew for each row.
    pub fn any_of<E: Into<Value>>(
        self,
        column: impl ColumnTrait,
        words: impl IntoIterator<Item: Into<E>>,
    ) -> SimpleExpr {
        let column = Expr::col(own(column));
        let words = words.into_iter().map(|word| word.into().into());
        match self {
            Self::Postgres => column.eq(PgFunc::any(Expr::val(Value::Array(
                ArrayType::String,
                Some(Box::new(words.collect())),
            )))),
            Self::Sqlite => column.is_in(words),
        }
    }

    /// A condition that no index is looked for. PostgreSQL expects it to hold: it takes what a rule says of the same column
    /// as the list for another condition, expects next to no rows, and sorts them all rather than follow an index.
    pub(crate) fn filter(self, condition: SimpleExpr) -> SimpleExpr {
        Expr::cust_with_exprs(
            match self {
                Self::Postgres => "NULLIF($1, FALSE) IS NOT NULL",
                Self::Sqlite => "(?) IS TRUE",
            },
            [condition],
        )
    }

    /// The first rows of each parent: `slice` (which must not name a parent yet) for every one of `parents`. Each parent
    /// reads its own part of the index only; window functions were measured 60 to 250 times slower.
    pub(crate) fn slices<E: EntityTrait>(
        self,
        slice: Select<E>,
        column: E::Column,
        parents: &[Uuid],
        columns: Columns,
    ) -> SelectStatement {
        let child = E::default();
        match self {
            Self::Postgres => {
                let own = slice
                    .into_query()
                    .and_where(Expr::col((child, column)).eq(Expr::col(("parent", "parent"))))
                    .take();
                Query::select()
                    .column((child, Asterisk))
                    .from_function(
                        sea_orm::sea_query::Func::cust("unnest").arg(Expr::val(uuids(parents))),
                        "parent",
                    )
                    .join_lateral(JoinType::InnerJoin, own, child, Expr::val(true))
                    .take()
            }
            Self::Sqlite => {
                let table = child.table_name();
                let own = slice
                    .into_query()
                    .clear_selects()
                    .expr(Expr::cust(format!("\"{table}\".rowid")))
                    .and_where(Expr::cust_with_exprs(
                        "? = unhex(\"parent\".value)",
                        [Expr::col((child, column))],
                    ))
                    .take();
                let mut query = Query::select();
                let all = E::Column::iter().enumerate();
                for (_, each) in all.filter(|(place, _)| columns.has(*place)) {
                    query.expr_as(Expr::col((child, each)), each.to_string());
                }
                query
                    .from_function(
                        sea_orm::sea_query::Func::cust("json_each").arg(Expr::val(hexadecimals(parents))),
                        "parent",
                    )
                    // Not to be turned around: the subquery would run for every row of the table.
                    .join(JoinType::CrossJoin, child, Expr::val(true))
                    .and_where(Expr::cust(format!("\"{table}\".rowid")).in_subquery(own))
                    .take()
            }
        }
    }

    /// The Monday of the week, or the first of the month, that a day column falls in.
    pub fn bucket(self, column: impl IntoColumnRef, bucket: Bucket) -> SimpleExpr {
        let column = Expr::col(column);
        let (postgres, sqlite) = match bucket {
            Bucket::Day => return column,
            Bucket::Week => ("date_trunc('week', $1)::date", "date(?, '-6 days', 'weekday 1')"),
            Bucket::Month => ("date_trunc('month', $1)::date", "date(?, 'start of month')"),
        };
        match self {
            Self::Postgres => Expr::cust_with_exprs(postgres, [column]),
            Self::Sqlite => Expr::cust_with_exprs(sqlite, [column]),
        }
    }

    /// The sum of an integer or floating column as a double, for PostgreSQL widens integers to numeric.
    pub fn sum(self, of: SimpleExpr) -> SimpleExpr {
        Expr::expr(of.sum()).cast_as(match self {
            Self::Postgres => "double precision",
            Self::Sqlite => "real",
        })
    }

    /// Whether a list of labels (a JSON column) holds all of `labels`.
    pub fn holds_all(self, column: impl IntoColumnRef, labels: &[String]) -> SimpleExpr {
        let column = Expr::col(column);
        let wanted = Expr::val(serde_json::Value::from(labels).to_string());
        match self {
            Self::Postgres => Expr::cust_with_exprs("$1 @> $2::jsonb", [column, wanted]),
            Self::Sqlite => Expr::cust_with_exprs(
                "NOT EXISTS (SELECT 1 FROM json_each(?) w WHERE w.value NOT IN (SELECT value FROM json_each(?)))",
                [wanted, column],
            ),
        }
    }

    /// An insert that binds each column as one array, so that its text is the same for any number of rows and stays
    /// prepared; parsing a thousand rows of parameters costs PostgreSQL more than writing them. None where the ordinary
    /// insert must do: on SQLite, and when a column is left to its default.
    pub(crate) fn columnwise<A: ActiveModelTrait>(self, rows: &[A]) -> Option<Statement> {
        if self != Self::Postgres || rows.len() < 2 {
            return None;
        }
        let (mut columns, mut arrays, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for column in <A::Entity as EntityTrait>::Column::iter() {
            let mut array = String::from("{");
            let mut kind = None;
            for row in rows {
                let value = row.get(column).into_value()?;
                if kind.is_some() {
                    array.push(',');
                }
                kind = Some(push_element(&mut array, value)?);
            }
            array.push('}');
            columns.push(format!("\"{}\"", column.to_string()));
            arrays.push(format!("CAST(${} AS {}[])", values.len() + 1, kind?));
            values.push(Value::from(array));
        }
        let (table, columns) = (
            sea_orm::EntityName::table_name(&A::Entity::default()).to_owned(),
            columns.join(", "),
        );
        let sql = format!(
            "INSERT INTO \"{table}\" ({columns}) SELECT * FROM unnest({})",
            arrays.join(", ")
        );
        Some(Statement::from_sql_and_values(DatabaseBackend::Postgres, sql, values))
    }

    /// Stops checking foreign keys until the transaction ends, where the user of the database may. Half of a bulk insert's
    /// time goes into looking up parents, one by one.
    pub(crate) fn trust_references(self) -> Option<Statement> {
        let sql = "SELECT set_config('session_replication_role', 'replica', true) \
                   WHERE has_parameter_privilege('session_replication_role', 'SET')";
        (self == Self::Postgres).then(|| Statement::from_string(DatabaseBackend::Postgres, sql))
    }

    /// What makes the plain indexes of these tables: for each its name and the statement.
    /// Filling a table and sorting it once is cheaper than keeping a dozen orders row by row. None where that hardly
    /// shows, as on SQLite.
    pub(crate) fn plain_indexes(self, tables: &[&str]) -> Option<Statement> {
        let sql = "SELECT quote_ident(relname) AS name, pg_get_indexdef(indexrelid) AS definition \
                   FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid \
                   WHERE indrelid = ANY($1::regclass[]) AND NOT indisunique AND pg_has_role(relowner, 'USAGE')";
        let tables = Value::from(format!("{{{}}}", tables.join(",")));
        (self == Self::Postgres).then(|| Statement::from_sql_and_values(DatabaseBackend::Postgres, sql, [tables]))
    }

    /// The database as sea-orm names it.
    pub(crate) fn backend(self) -> DatabaseBackend {
        match self {
            Self::Postgres => DatabaseBackend::Postgres,
            Self::Sqlite => DatabaseBackend::Sqlite,
        }
    }

    /// Begins the one kind of write transaction: immediate on SQLite, so that it cannot fail half way for a lock.
    pub(crate) fn begin(self) -> &'static str {
        match self {
            Self::Postgres => "BEGIN",
            Self::Sqlite => "BEGIN IMMEDIATE",
        }
    }

    /// Asks for the version of the database, as `answer`.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Postgres => "SELECT current_setting('server_version') AS answer",
            Self::Sqlite => "SELECT sqlite_version() AS answer",
        }
    }

    /// A hand-written statement; `$1` counts parameters on both databases.
    pub(crate) fn raw(self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.backend(), sql, values)
    }
}

/// Width of a stretch of days over which a history is summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// One day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

/// An instant as both databases keep it: to the microsecond, a leap second as the one after it.
pub fn instant(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

/// A name as lists are ordered and searched by it: folded to lower case, without outer or doubled blanks.
pub fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A folded column contains `text`, taken literally.
pub fn contains(column: impl IntoColumnRef, text: &str) -> SimpleExpr {
    let literal = folded(text)
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    Expr::col(column).like(sea_orm::sea_query::LikeExpr::new(format!("%{literal}%")).escape('\\'))
}

/// A folded column contains every word of `text`, in any order, each taken literally.
///
/// # Errors
/// A text of more than 200 characters or ten words.
pub fn contains_words<C: IntoColumnRef + Clone>(column: C, text: &str) -> Result<Condition, Failure> {
    if text.chars().count() > 200 || text.split_whitespace().count() > 10 {
        return Err(Failure::BadInput(
            "Search for at most ten words of 200 characters together.".into(),
        ));
    }
    let words = text.split_whitespace();
    Ok(words.fold(Condition::all(), |words, word| {
        words.add(contains(column.clone(), word))
    }))
}

/// Writes a value as PostgreSQL reads it in the text of an array; its type. None for types that no table has.
fn push_element(array: &mut String, value: Value) -> Option<&'static str> {
    use std::fmt::Write;
    macro_rules! plain {
        ($kind:literal, $value:expr, $format:literal) => {{
            match $value {
                Some(value) => write!(array, $format, value).ok()?,
                None => array.push_str("NULL"),
            }
            $kind
        }};
    }
    let mut quoted = |text: Option<&str>| match text {
        Some(text) => {
            array.push('"');
            for character in text.chars() {
                if matches!(character, '"' | '\\') {
                    array.push('\\');
                }
                array.push(character);
            }
            array.push('"');
        }
        None => array.push_str("NULL"),
    };
    Some(match value {
        Value::String(text) => {
            quoted(text.as_deref());
            "text"
        }
        Value::Json(json) => {
            quoted(json.map(|json| json.to_string()).as_deref());
            "jsonb"
        }
        Value::Uuid(id) => plain!("uuid", id, "{}"),
        Value::Bool(truth) => plain!("boolean", truth, "{}"),
        Value::Int(number) => plain!("integer", number, "{}"),
        Value::BigInt(number) => plain!("bigint", number, "{}"),
        Value::Double(number) => plain!("double precision", number, "{:?}"),
        Value::ChronoDate(day) => plain!("date", day, "{}"),
        Value::ChronoTime(time) => plain!("time", time, "{}"),
        Value::ChronoDateTimeUtc(instant) => {
            plain!("timestamptz", instant, "{:?}")
        }
        _ => return None,
    })
}

fn uuids(ids: &[Uuid]) -> Value {
    Value::Array(
        ArrayType::Uuid,
        Some(Box::new(ids.iter().map(|id| Value::from(*id)).collect())),
    )
}

fn hexadecimals(ids: &[Uuid]) -> String {
    serde_json::Value::from_iter(ids.iter().map(|id| id.simple().to_string())).to_string()
}
