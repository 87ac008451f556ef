//! Values of a statement, as PostgreSQL is sent them.
use bytes::BytesMut;
use sea_orm::{Value, sea_query::ArrayType};
use std::{error::Error, fmt};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// The type that a value is sent as; none where no table has such.
pub(super) fn kind(value: &Value) -> Option<Type> {
    Some(match value {
        Value::Bool(_) => Type::BOOL,
        Value::SmallInt(_) => Type::INT2,
        Value::Int(_) => Type::INT4,
        Value::BigInt(_) | Value::Unsigned(_) | Value::BigUnsigned(_) => Type::INT8,
        Value::Float(_) => Type::FLOAT4,
        Value::Double(_) => Type::FLOAT8,
        Value::String(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
        Value::Uuid(_) => Type::UUID,
        Value::ChronoDate(_) => Type::DATE,
        Value::ChronoTime(_) => Type::TIME,
        Value::ChronoDateTimeUtc(_) => Type::TIMESTAMPTZ,
        Value::Json(_) => Type::JSONB,
        Value::Array(of, _) => match of {
            ArrayType::Bool => Type::BOOL_ARRAY,
            ArrayType::SmallInt => Type::INT2_ARRAY,
            ArrayType::Int => Type::INT4_ARRAY,
            ArrayType::BigInt => Type::INT8_ARRAY,
            ArrayType::Double => Type::FLOAT8_ARRAY,
            ArrayType::String => Type::TEXT_ARRAY,
            ArrayType::Bytes => Type::BYTEA_ARRAY,
            ArrayType::Uuid => Type::UUID_ARRAY,
            ArrayType::ChronoDate => Type::DATE_ARRAY,
            ArrayType::ChronoTime => Type::TIME_ARRAY,
            ArrayType::ChronoDateTimeUtc => Type::TIMESTAMPTZ_ARRAY,
            ArrayType::Json => Type::JSONB_ARRAY,
            _ => return None,
        },
        _ => return None,
    })
}

/// A value on its way.
pub(super) struct Sent<'a>(pub(super) &'a Value);

/// What the driver may print of it.
impl fmt::Debug for Sent<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }
}

impl ToSql for Sent<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Bool(truth) => truth.to_sql(kind, out),
            Value::SmallInt(number) => number.to_sql(kind, out),
            Value::Int(number) => number.to_sql(kind, out),
            Value::BigInt(number) => number.to_sql(kind, out),
            Value::Unsigned(number) => number.map(i64::from).to_sql(kind, out),
            Value::BigUnsigned(number) => number.map(i64::try_from).transpose()?.to_sql(kind, out),
            Value::Float(number) => number.to_sql(kind, out),
            Value::Double(number) => number.to_sql(kind, out),
            Value::String(text) => text.to_sql(kind, out),
            Value::Bytes(bytes) => bytes.to_sql(kind, out),
            Value::Uuid(id) => id.to_sql(kind, out),
            Value::ChronoDate(day) => day.to_sql(kind, out),
            Value::ChronoTime(time) => time.to_sql(kind, out),
            Value::ChronoDateTimeUtc(at) => at.to_sql(kind, out),
            Value::Json(json) => json.to_sql(kind, out),
            Value::Array(_, values) => {
                let values = values
                    .as_ref()
                    .map(|values| values.iter().map(Sent).collect::<Vec<_>>());
                values.to_sql(kind, out)
            }
            _ => Err("a value of an unknown type".into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        // The statement was prepared for `kind` of its values.
        true
    }

    to_sql_checked!();
}
