//! Importing from the command line: on behalf of an account, with what it may do.
use super::{Import, Imported};
use crate::{App, access::Viewer, error::Refusal, scope::Scope, sql::folded, write::Tx};
use entity::{program, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::fmt;

/// A file to import, and how.
pub struct Csv {
    /// The file's text.
    pub content: String,
    /// Variables of the long form to leave out.
    pub skip_variables: Vec<String>,
    /// Whether athletes whom the program does not know are made.
    pub create_athletes: bool,
    /// Whether all is checked and counted, and nothing stored.
    pub dry_run: bool,
}

/// Why nothing was imported.
#[derive(Clone, Debug, PartialEq)]
pub enum NotImported {
    /// Nobody has this address.
    User(String),
    /// No program has this short name.
    Program(String),
    /// What is wrong with the file, or not permitted.
    Mistakes(Vec<String>),
    /// The server failed; the cause is in its log.
    Internal,
}

impl fmt::Display for NotImported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(email) => write!(formatter, "nobody has the address {email}"),
            Self::Program(slug) => write!(formatter, "there is no program {slug}"),
            Self::Mistakes(messages) => formatter.write_str(&messages.join(" ")),
            Self::Internal => formatter.write_str("the server failed; its log tells why"),
        }
    }
}

impl std::error::Error for NotImported {}

impl From<Refusal> for NotImported {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Errors(errors) => Self::Mistakes(errors.into_iter().map(|error| error.message).collect()),
            Refusal::Failure(_) => Self::Internal,
        }
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            created,
            unchanged,
            skipped,
            athletes,
            created_athletes,
        } = self;
        write!(
            formatter,
            "{created} sessions of {athletes} athletes imported, {unchanged} were there before, {skipped} skipped, \
             {created_athletes} athletes made"
        )
    }
}

impl App {
    /// Imports a file into the program with a short name, on behalf of the account with an address.
    ///
    /// # Errors
    /// See `NotImported`; nothing is stored then.
    pub async fn import_sessions(&self, slug: &str, email: &str, csv: Csv) -> Result<Imported, NotImported> {
        let now = self.clock.now();
        let scope = Scope::new(self.db.clone(), Viewer::anonymous(self.db.dialect, now));
        let (address, name) = (folded(email), slug.to_owned());
        let (user, program) = scope
            .write(async move |tx: Tx| {
                let user = user::Entity::find().filter(user::Column::Email.eq(address));
                let program = program::Entity::find().filter(program::Column::Slug.eq(name));
                Ok((tx.find_one(user).await?, tx.find_one(program).await?))
            })
            .await?;
        let user = user.ok_or_else(|| NotImported::User(email.to_owned()))?;
        let program = program.ok_or_else(|| NotImported::Program(slug.to_owned()))?;
        let viewer = Viewer::of_user(&self.db, user.id, now).await.map_err(Refusal::from)?;
        let import = Import {
            program_id: program.id,
            team_season_id: None,
            content: csv.content,
            skip_variables: csv.skip_variables,
            create_athletes: csv.create_athletes,
            dry_run: csv.dry_run,
        };
        Ok(super::import_sessions(&Scope::new(self.db.clone(), viewer), import).await?)
    }
}
