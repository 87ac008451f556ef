//! The mails that wait. Each is taken by one server at a time, tried again after longer and longer whiles, and given up
//! after a day.
use super::{Letter, NotSent};
use crate::{
    App,
    access::Viewer,
    auth::mail_token,
    error::Refusal,
    scope::{Scope, new_id},
    write::Tx,
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    enums::MailKind,
    mail::{ActiveModel, Column, Entity, Model},
    user,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query,
};
use uuid::Uuid;

/// How long a mail is the server's that took it, in seconds: longer than sending takes.
const TAKEN: i64 = 180;
/// Seconds until the second attempt; each later one waits twice as long.
const FIRST_WAIT: i64 = 15;
/// The longest wait between attempts, in seconds.
const LONGEST_WAIT: i64 = 60 * 60;
/// Hours after which a mail is given up.
const HOURS: i64 = 24;
/// How often the outbox is looked into unasked: for what other servers left, and for what is to be tried again.
const IDLE: std::time::Duration = std::time::Duration::from_secs(10);

/// Has a mail sent once this transaction is committed; see `Mailer::wake`.
pub(crate) async fn queue(tx: &Tx, kind: MailKind, email: &str) -> Result<(), Refusal> {
    let row = ActiveModel {
        id: Set(new_id()),
        kind: Set(kind),
        email: Set(email.to_owned()),
        attempts: Set(0),
        next_attempt_at: Set(tx.now()),
        created_at: Set(tx.now()),
    };
    tx.insert_rows(vec![row]).await
}

/// What the outbox had to do.
enum Turn {
    /// Nothing is due.
    Nothing,
    /// A mail that is not to be sent was removed.
    Removed,
    /// A mail is to be sent now, by us alone.
    Send(Box<Taken>),
}

struct Taken {
    row: Model,
    token_hash: String,
    letter: Letter,
}

impl App {
    /// Sends the mail that waits longest; whether there was one to look at.
    ///
    /// # Errors
    /// `Internal` or `Busy` when the database fails.
    pub async fn send_mail(&self) -> Result<bool, Refusal> {
        let mailer = self.mailer.clone();
        let turn = self.at_the_outbox(async move |tx: Tx| take(&tx, &mailer.pages).await);
        let taken = match turn.await? {
            Turn::Nothing => return Ok(false),
            Turn::Removed => return Ok(true),
            Turn::Send(taken) => *taken,
        };
        let Taken {
            row,
            token_hash,
            letter,
        } = taken;
        let outcome = self.mailer.send(row.id, &letter).await;
        self.at_the_outbox(async move |tx: Tx| match outcome {
            Ok(()) => remove(&tx, row.id).await,
            Err(NotSent::Never(why)) => {
                tracing::warn!(mail = %row.id, why, "a mail is not sent");
                mail_token::forget(&tx, &token_hash).await?;
                remove(&tx, row.id).await
            }
            Err(NotSent::Later(why)) => {
                tracing::warn!(mail = %row.id, attempts = row.attempts, why, "a mail will be tried again");
                mail_token::forget(&tx, &token_hash).await?;
                put_off(&tx, row.id, tx.now() + wait(row.attempts)).await
            }
        })
        .await?;
        Ok(true)
    }

    /// Sends mail until the server stops, but never stops half way through one.
    pub async fn keep_sending_mail(&self) {
        let mut stopped = std::pin::pin!(self.stopped());
        loop {
            let is_idle = match self.send_mail().await {
                Ok(was_there) => !was_there,
                Err(_) => true,
            };
            if !is_idle && !*self.stopping.borrow() {
                continue;
            }
            tokio::select! {
                () = &mut stopped => return,
                () = self.mailer.woken.notified() => {}
                () = tokio::time::sleep(IDLE) => {}
            }
        }
    }

    async fn at_the_outbox<O, F, Fut>(&self, job: F) -> Result<O, Refusal>
    where
        O: Send + 'static,
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<O, Refusal>> + Send,
    {
        let viewer = Viewer::anonymous(self.db.dialect, self.clock.now());
        Scope::new(self.db.clone(), viewer).write(job).await
    }
}

/// Takes the mail that waits longest, with a new secret for it.
async fn take(tx: &Tx, pages: &super::Pages) -> Result<Turn, Refusal> {
    let due = Entity::find()
        .filter(Column::NextAttemptAt.lte(tx.now()))
        .order_by_asc(Column::NextAttemptAt)
        .order_by_asc(Column::Id)
        .limit(1);
    let Some(row) = tx.find_free(due).await?.pop() else {
        return Ok(Turn::Nothing);
    };
    let twins = Entity::find()
        .filter(Column::Email.eq(row.email.as_str()))
        .filter(Column::Kind.eq(row.kind))
        .filter(Column::Id.ne(row.id));
    for twin in tx.find_free(twins).await? {
        remove(tx, twin.id).await?;
    }
    if row.created_at <= tx.now() - Duration::hours(HOURS) {
        tracing::error!(mail = %row.id, attempts = row.attempts, "a mail is given up");
        remove(tx, row.id).await?;
        return Ok(Turn::Removed);
    }
    let account = user::Entity::find()
        .filter(user::Column::Email.eq(row.email.as_str()))
        .filter(user::Column::DeactivatedAt.is_null());
    let account = tx.find_one(account).await?;
    let is_over =
        |account: &user::Model| row.kind == MailKind::EmailVerification && account.email_verified_at.is_some();
    let secret = match account.filter(|account| !is_over(account)) {
        Some(account) => mail_token::make(tx, &account, row.kind).await?,
        None => None,
    };
    let Some(secret) = secret else {
        remove(tx, row.id).await?;
        return Ok(Turn::Removed);
    };
    let attempts = row.attempts.saturating_add(1);
    let taken = Query::update()
        .table(Entity)
        .value(Column::Attempts, attempts)
        .value(Column::NextAttemptAt, tx.now() + Duration::seconds(TAKEN))
        .and_where(Column::Id.eq(row.id))
        .take();
    tx.update_rows(&taken).await?;
    Ok(Turn::Send(Box::new(Taken {
        token_hash: secret.hash(),
        letter: pages.letter(row.kind, row.email.clone(), secret),
        row: Model { attempts, ..row },
    })))
}

async fn remove(tx: &Tx, id: Uuid) -> Result<(), Refusal> {
    let own = Condition::all().add(Column::Id.eq(id));
    tx.delete_rows::<Entity>(own).await.map(drop)
}

async fn put_off(tx: &Tx, id: Uuid, until: DateTime<Utc>) -> Result<(), Refusal> {
    let later = Query::update()
        .table(Entity)
        .value(Column::NextAttemptAt, until)
        .and_where(Column::Id.eq(id))
        .take();
    tx.update_rows(&later).await.map(drop)
}

/// How long to wait after so many attempts.
fn wait(attempts: i32) -> Duration {
    let doublings = (attempts - 1).clamp(0, 20);
    Duration::seconds((FIRST_WAIT << doublings).min(LONGEST_WAIT))
}
