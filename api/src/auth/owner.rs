//! The first owner: made on the command line, since everybody else is invited.
use crate::{
    App,
    access::Viewer,
    auth::password::about,
    error::{Failure, Refusal},
    organization::found,
    payload::{Mistakes, UserError},
    scope::{Scope, new_id},
    sql::folded,
    write::{Audit, Tx},
};
use entity::{
    enums::{ProgramKind, UnitSystem},
    program, user,
};
use sea_orm::ActiveValue::Set;
use std::fmt;
use uuid::Uuid;

/// The account to make.
pub struct NewOwner {
    /// E-mail address to sign in with.
    pub email: String,
    /// Name shown to others.
    pub name: String,
    /// Password of 12 to 200 characters, hard to guess.
    pub password: String,
    /// IANA name of the time zone, of the person and of the program.
    pub timezone: String,
    /// The program to own; none for an account alone.
    pub program: Option<NewProgram>,
}

/// The program to make.
pub struct NewProgram {
    /// Name of the organization.
    pub name: String,
    /// Type of organization.
    pub kind: ProgramKind,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The account.
    pub user_id: Uuid,
    /// The program, if one was asked for.
    pub program: Option<CreatedProgram>,
}

/// The program that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedProgram {
    /// Its id.
    pub id: Uuid,
    /// Its name in addresses, made of its name.
    pub slug: String,
}

/// Why nothing was made.
#[derive(Clone, Debug, PartialEq)]
pub enum NotCreated {
    /// What is wrong with the input.
    Mistakes(Vec<UserError>),
    /// The server failed; the cause is in its log.
    Internal,
}

impl fmt::Display for NotCreated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Mistakes(errors) = self else {
            return formatter.write_str("the server failed; its log tells why");
        };
        for (index, error) in errors.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let field = error
                .field
                .iter()
                .flatten()
                .skip(1)
                .map(String::as_str)
                .collect::<Vec<_>>();
            write!(formatter, "{separator}{}: {}", field.join("."), error.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for NotCreated {}

impl From<Refusal> for NotCreated {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Errors(errors) => Self::Mistakes(errors),
            Refusal::Failure(_) => Self::Internal,
        }
    }
}

impl From<Failure> for NotCreated {
    fn from(_failure: Failure) -> Self {
        Self::Internal
    }
}

/// Makes an account and, if asked, a program that it owns.
///
/// # Errors
/// An address or a name that is used or no good, a password that is too short, a time zone that is none.
pub async fn create(app: &App, owner: NewOwner) -> Result<Created, NotCreated> {
    let NewOwner {
        email,
        name,
        password,
        timezone,
        program,
    } = owner;
    let mut mistakes = Mistakes::default();
    let email = mistakes.email("email", &email);
    mistakes.text("name", &name, 200);
    mistakes.password("password", &password);
    mistakes.timezone("timezone", &timezone);
    if let Some(program) = &program {
        mistakes.text("program", &program.name, 200);
    }
    mistakes.check()?;
    let about = about(&email, &name);
    let hash = app.passwords.hash(app.passwords.place()?, "password", password, about);
    let hash = hash.await?;
    let viewer = Viewer::anonymous(app.db.dialect, app.clock.now());
    let created = Scope::new(app.db.clone(), viewer)
        .write(async move |tx: Tx| {
            let account = user::ActiveModel {
                id: Set(new_id()),
                email: Set(email),
                name: Set(name.trim().to_owned()),
                password_hash: Set(Some(hash)),
                timezone: Set(timezone),
                unit_system: Set(UnitSystem::Metric),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
                ..Default::default()
            };
            let account = tx.insert(account).await?;
            tx.audit(Audit::of_account(account.id, "account.create"));
            let program = match program {
                Some(program) => Some(found_program(&tx, &account, program).await?),
                None => None,
            };
            Ok(Created {
                user_id: account.id,
                program,
            })
        })
        .await?;
    Ok(created)
}

/// Makes a program and its owner.
async fn found_program(tx: &Tx, owner: &user::Model, new: NewProgram) -> Result<CreatedProgram, Refusal> {
    let NewProgram { name, kind } = new;
    let row = program::ActiveModel {
        id: Set(new_id()),
        sort_name: Set(folded(&name)),
        slug: Set(found::free_slug(tx, &name).await?),
        name: Set(name.trim().to_owned()),
        kind: Set(kind),
        timezone: Set(owner.timezone.clone()),
        health_access: Set(found::usual_health_access(kind)),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    let program: program::Model = tx.insert(row).await?;
    tx.insert(found::owner_of(tx, program.id, owner)).await?;
    tx.audit(Audit::in_program::<program::Entity>(
        program.id,
        "program.create",
        program.id,
    ));
    Ok(CreatedProgram {
        id: program.id,
        slug: program.slug,
    })
}
