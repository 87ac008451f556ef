//! What a change tells the audit log: who did what, in a program or to an account. It is written by the transaction that
//! does it, or not at all; nothing changes or removes an entry, which the database sees to.
use super::{Tx, named_column};
use crate::{
    access::{Guarded, id_column},
    error::Refusal,
    node::{self, Named},
    scope::new_id,
};
use entity::{Json, audit_event, auth_session, user};
use sea_orm::{ActiveValue::Set, ModelTrait, Value};
use serde_json::{Map, json};
use std::sync::PoisonError;
use uuid::Uuid;

/// An entry of the audit log: a word for what was done, where, to what. Secrets, addresses and health data stay out of
/// it, for it is kept for good.
pub struct Audit {
    program_id: Option<Uuid>,
    account_id: Option<Uuid>,
    actor_id: Option<Uuid>,
    action: String,
    subject_type: &'static str,
    subject_id: Uuid,
    detail: Map<String, serde_json::Value>,
}

impl Audit {
    /// What was done to something in a program, read by who may read its audit log.
    pub fn in_program<E: Named>(program_id: Uuid, action: impl Into<String>, subject_id: Uuid) -> Self {
        Self {
            program_id: Some(program_id),
            account_id: None,
            actor_id: None,
            action: action.into(),
            subject_type: E::NAME,
            subject_id,
            detail: Map::new(),
        }
    }

    /// What was done to an account, read by its owner alone.
    pub fn of_account(user_id: Uuid, action: impl Into<String>) -> Self {
        Self {
            program_id: None,
            account_id: Some(user_id),
            ..Self::in_program::<user::Entity>(user_id, action, user_id)
        }
    }

    /// What was done to a session of a person.
    pub fn of_session(session: &auth_session::Model, action: impl Into<String>) -> Self {
        Self::of_account(session.user_id, action).about::<auth_session::Entity>(session.id)
    }

    /// Says what it was done to, if not to the account itself.
    pub fn about<E: Named>(self, subject_id: Uuid) -> Self {
        Self {
            subject_type: E::NAME,
            subject_id,
            ..self
        }
    }

    /// Names who did it, where the change itself proved who that is.
    pub fn by(self, user_id: Uuid) -> Self {
        Self {
            actor_id: Some(user_id),
            ..self
        }
    }

    /// Adds something worth knowing.
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }

    /// Adds what something was before and after.
    pub fn changed<V: Into<serde_json::Value>>(self, name: &str, from: V, to: V) -> Self {
        let (from, to): (serde_json::Value, serde_json::Value) = (from.into(), to.into());
        self.with(name, json!({ "from": from, "to": to }))
    }

    /// Adds the ids of rows, as clients know them, before and after.
    pub fn changed_ids<E: Named>(self, name: &str, from: &[Uuid], to: &[Uuid]) -> Self {
        let ids = |ids: &[Uuid]| {
            let mut ids = ids.to_vec();
            ids.sort_unstable();
            ids.into_iter().map(|id| node::global::<E>(id).0).collect::<Vec<_>>()
        };
        self.changed(name, ids(from), ids(to))
    }

    /// The removal of a row of a program; none for rows of no program.
    pub(super) fn of_removal<E: Guarded + Named>(row: &E::Model) -> Option<Self> {
        let id_in = |name: &str| match named_column::<E>(name).map(|column| row.get(column)) {
            Some(Value::Uuid(id)) => id,
            _ => None,
        };
        let Value::Uuid(Some(id)) = row.get(id_column::<E>()) else {
            return None;
        };
        let action = format!("{}.delete", E::default().table_name());
        let audit = Self::in_program::<E>(id_in("program_id")?, action, id);
        let name = named_column::<E>("name").map(|column| row.get(column));
        Some(match name {
            Some(Value::String(Some(name))) => audit.with("name", name),
            _ => audit,
        })
    }
}

impl Tx {
    /// Writes into the audit log, with all else that this transaction does.
    pub fn audit(&self, audit: Audit) {
        let Audit {
            program_id,
            account_id,
            actor_id,
            action,
            subject_type,
            subject_id,
            detail,
        } = audit;
        let token = self.viewer.api_token.clone();
        let row = audit_event::ActiveModel {
            id: Set(new_id()),
            program_id: Set(program_id),
            account_id: Set(account_id),
            actor_id: Set(actor_id.or(self.viewer.user_id)),
            api_token_id: Set(token.as_ref().map(|token| token.id)),
            api_token_name: Set(token.map(|token| token.name)),
            action: Set(action),
            subject_type: Set(subject_type.to_owned()),
            subject_id: Set(subject_id),
            detail: Set(Json(detail.into())),
            request_id: Set(self.client.request_id.clone()),
            ip_address: Set(self.client.address.map(|address| address.to_string())),
            occurred_at: Set(self.now()),
        };
        self.audits.lock().unwrap_or_else(PoisonError::into_inner).push(row);
    }

    pub(super) async fn flush_audits(&self) -> Result<(), Refusal> {
        let audits = std::mem::take(&mut *self.audits.lock().unwrap_or_else(PoisonError::into_inner));
        self.insert_rows(audits).await
    }
}
