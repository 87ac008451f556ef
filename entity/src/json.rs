//! Typed JSON columns.
use sea_orm::{
    ColIdx, DbErr, QueryResult, TryGetError, TryGetable,
    sea_query::{ArrayType, ColumnType, Nullable, Value, ValueType, ValueTypeErr},
    sqlx::{self, Database, Decode, Type, error::BoxDynError},
};
use serde::{Serialize, de::DeserializeOwned};

/// A value kept as JSON in one column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Json<T>(pub T);

impl<T: Serialize> From<Json<T>> for Value {
    fn from(json: Json<T>) -> Self {
        // What is stored are our own types, whose keys are texts; others come to null, which the column refuses.
        Self::Json(serde_json::to_value(json.0).ok().map(Box::new))
    }
}

impl<T, D: Database> Type<D> for Json<T>
where
    sqlx::types::Json<T>: Type<D>,
{
    fn type_info() -> D::TypeInfo {
        <sqlx::types::Json<T> as Type<D>>::type_info()
    }

    fn compatible(kind: &D::TypeInfo) -> bool {
        <sqlx::types::Json<T> as Type<D>>::compatible(kind)
    }
}

impl<'r, T, D: Database> Decode<'r, D> for Json<T>
where
    sqlx::types::Json<T>: Decode<'r, D>,
{
    fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <sqlx::types::Json<T> as Decode<D>>::decode(value).map(|json| Self(json.0))
    }
}

impl<T: DeserializeOwned> TryGetable for Json<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let value = serde_json::Value::try_get_by(row, index)?;
        serde_json::from_value(value)
            .map(Self)
            .map_err(|_| TryGetError::DbErr(DbErr::Type("a JSON column does not hold what it should".into())))
    }
}

impl<T: DeserializeOwned> ValueType for Json<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        match value {
            Value::Json(Some(value)) => serde_json::from_value(*value).map(Self).map_err(|_| ValueTypeErr),
            _ => Err(ValueTypeErr),
        }
    }

    fn type_name() -> String {
        "Json".into()
    }

    fn array_type() -> ArrayType {
        ArrayType::Json
    }

    fn column_type() -> ColumnType {
        ColumnType::JsonBinary
    }
}

impl<T> Nullable for Json<T> {
    fn null() -> Value {
        Value::Json(None)
    }
}

impl<T: Serialize> sea_orm::IntoActiveValue<Self> for Json<T> {
    fn into_active_value(self) -> sea_orm::ActiveValue<Self> {
        sea_orm::ActiveValue::Set(self)
    }
}
