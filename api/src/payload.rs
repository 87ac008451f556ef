//! What a mutation answers: the thing it made or changed, and every mistake that the user can mend.
use async_graphql::{Enum, SimpleObject};
use serde::{Deserialize, Serialize};

/// Why a mutation was refused.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserErrorCode {
    /// A required text is empty.
    Blank,
    /// A value has the right type but makes no sense here.
    Invalid,
    /// A list has fewer items, or a text fewer characters, than needed.
    TooShort,
    /// A list has more items, or a text more characters, than allowed.
    TooLong,
    /// A number or date lies outside the allowed range.
    OutOfRange,
    /// A value that must be unique is already used.
    Taken,
    /// A record does not exist, or the viewer may not see it.
    NotFound,
    /// The viewer sees the record but may not change it so.
    NotAllowed,
    /// The record's state does not permit this.
    InvalidState,
    /// The record is referenced elsewhere and cannot be removed.
    InUse,
    /// The record changed since the client read it; `currentVersion` tells its version now.
    VersionConflict,
    /// The idempotency key was used before with another input.
    IdempotencyKeyReused,
    /// The e-mail address, password or token is wrong.
    InvalidCredentials,
    /// The token was used, revoked, or ran out.
    TokenExpired,
    /// Too many failures; try again later.
    TooManyAttempts,
    /// Records of different programs cannot be joined.
    CrossProgram,
    /// Another record of the program carries this external id.
    ExternalIdTaken,
}

/// A mistake in a mutation's input that the user can understand and mend.
#[derive(SimpleObject, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserError {
    /// Reason, for programs.
    pub code: UserErrorCode,
    /// Reason, for people.
    pub message: String,
    /// Path to the field at fault, beginning with `input`; null when no single field is.
    pub field: Option<Vec<String>>,
    /// Place of the item at fault in a list of items, from 0.
    pub item_index: Option<i32>,
    /// Version stored now; only set for `VERSION_CONFLICT`.
    pub current_version: Option<i32>,
}

impl UserError {
    /// A mistake at no particular field.
    pub fn new(code: UserErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            item_index: None,
            current_version: None,
        }
    }

    /// Says which field is at fault: a path below `input`, parts joined by dots.
    pub fn at(mut self, path: &str) -> Self {
        self.field = Some(
            std::iter::once("input")
                .chain(path.split('.'))
                .map(str::to_owned)
                .collect(),
        );
        self
    }

    /// Says which item of a list is at fault.
    pub fn item(mut self, index: usize) -> Self {
        self.item_index = i32::try_from(index).ok();
        self
    }

    /// The one answer for an id that cannot be read, names another type, does not exist or is not visible.
    pub fn not_found(what: &str, path: &str) -> Self {
        Self::new(UserErrorCode::NotFound, format!("There is no such {what}.")).at(path)
    }

    /// A visible record that the viewer may not change so.
    pub fn not_allowed(path: &str) -> Self {
        Self::new(UserErrorCode::NotAllowed, "Your role does not permit this here.").at(path)
    }

    /// A record that cannot be removed, because of others.
    pub fn in_use(message: &str) -> Self {
        Self::new(UserErrorCode::InUse, message).at("id")
    }

    /// A record of another program than the one it should join.
    pub fn cross_program(path: &str) -> Self {
        Self::new(UserErrorCode::CrossProgram, "This belongs to another program.").at(path)
    }

    /// What a constraint's name says about the field: constraints are named `<table>_<columns>_<key|check>`.
    pub(crate) fn of_constraint(name: &str) -> Option<Self> {
        use UserErrorCode as Code;
        let (code, message, field) = match name {
            "user_email_key" => (Code::Taken, "This e-mail address is already used.", "email"),
            "program_slug_key" => (Code::Taken, "This slug is already used.", "slug"),
            "team_program_id_sort_name_key"
            | "team_season_team_id_sort_name_key"
            | "event_group_team_season_id_sort_name_key"
            | "training_event_program_id_sort_name_key" => (Code::Taken, "This name is already used.", "name"),
            "program_member_program_id_user_id_key" => (Code::Taken, "This person is already a member.", "email"),
            "roster_entry_team_season_id_athlete_id_key" => {
                (Code::Taken, "The athlete is already on this roster.", "athleteIds")
            }
            "athlete_program_id_user_id_key" => {
                (Code::Taken, "This account already has an athlete record.", "athleteId")
            }
            name if name.ends_with("_external_id_key") => (
                Code::ExternalIdTaken,
                "Another record carries this external id.",
                "externalId",
            ),
            "team_season_end_date_check" => (Code::OutOfRange, "A season ends on or after its first day.", "endDate"),
            "practice_session_ends_at_check" => (Code::OutOfRange, "A practice ends after it starts.", "endsAt"),
            "roster_entry_left_on_check" => (Code::OutOfRange, "The last day comes before the first.", "leftOn"),
            _ => return None,
        };
        Some(Self::new(code, message).at(field))
    }
}

/// What becomes of a list in which some items are wrong.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkErrorPolicy {
    /// Nothing is saved.
    RejectEverything,
    /// The others are saved.
    RejectFailedItems,
}

/// Collects mistakes, so that all are told at once.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<UserError>);

impl Mistakes {
    /// Adds one.
    pub fn add(&mut self, error: UserError) {
        self.0.push(error);
    }

    /// A text of 1 to `longest` characters, not blank.
    pub fn text(&mut self, path: &str, text: &str, longest: usize) {
        if text.trim().is_empty() {
            self.add(UserError::new(UserErrorCode::Blank, "Give a text that is not blank.").at(path));
        }
        self.longest(path, text, longest);
    }

    /// A text of at most `longest` characters.
    pub fn longest(&mut self, path: &str, text: &str, longest: usize) {
        if text.chars().count() > longest {
            let message = format!("Give at most {longest} characters.");
            self.add(UserError::new(UserErrorCode::TooLong, message).at(path));
        }
    }

    /// A number from `least` to `most`.
    pub fn range<T: PartialOrd + std::fmt::Display>(&mut self, path: &str, number: T, least: T, most: T) {
        if !(number >= least && number <= most) {
            let message = format!("Give a number from {least} to {most}.");
            self.add(UserError::new(UserErrorCode::OutOfRange, message).at(path));
        }
    }

    /// A list of `least` to `most` items.
    pub fn items(&mut self, path: &str, length: usize, least: usize, most: usize) {
        let code = if length < least {
            UserErrorCode::TooShort
        } else if length > most {
            UserErrorCode::TooLong
        } else {
            return;
        };
        self.add(UserError::new(code, format!("Give {least} to {most} items.")).at(path));
    }

    /// An IANA time zone name.
    pub fn timezone(&mut self, path: &str, name: &str) {
        if name.parse::<chrono_tz::Tz>().is_err() {
            let message = "Give an IANA time zone name, such as America/Denver.";
            self.add(UserError::new(UserErrorCode::Invalid, message).at(path));
        }
    }

    /// The address of a page or picture.
    pub fn url(&mut self, path: &str, url: &str) {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if !rest.is_some_and(|rest| {
            !rest.is_empty() && !url.contains(|each: char| each.is_whitespace() || each.is_control())
        }) {
            let message = "Give an address that begins with https:// or http://.";
            self.add(UserError::new(UserErrorCode::Invalid, message).at(path));
        }
        self.longest(path, url, 2_000);
    }

    /// A colour as `#RRGGBB`.
    pub fn color(&mut self, path: &str, color: &str) {
        let digits = color.strip_prefix('#').unwrap_or_default();
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            let message = "Give a colour as # and six hexadecimal digits, such as #1E88E5.";
            self.add(UserError::new(UserErrorCode::Invalid, message).at(path));
        }
    }

    /// Takes an outcome, keeping its mistakes.
    ///
    /// # Errors
    /// Failures, which are nobody's mistake.
    pub fn take<T>(&mut self, outcome: Result<T, crate::error::Refusal>) -> Result<Option<T>, crate::error::Failure> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(crate::error::Refusal::Errors(errors)) => {
                self.0.extend(errors);
                Ok(None)
            }
            Err(crate::error::Refusal::Failure(failure)) => Err(failure),
        }
    }

    /// Nothing, if there was no mistake.
    ///
    /// # Errors
    /// All mistakes.
    pub fn check(self) -> Result<(), crate::error::Refusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(crate::error::Refusal::Errors(self.0))
        }
    }

    /// Gives the mistakes out, to be reported beside what was done all the same.
    pub fn into_errors(self) -> Vec<UserError> {
        self.0
    }
}

/// Declares a payload: its fields (each with a default for a refused mutation) and `userErrors`.
#[macro_export]
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject, Default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
            /// Mistakes in the input; empty when all went well.
            pub user_errors: Vec<$crate::payload::UserError>,
        }

        impl From<Result<$name, $crate::error::Refusal>> for $crate::error::Nullable<$name> {
            fn from(outcome: Result<$name, $crate::error::Refusal>) -> Self {
                match outcome {
                    Ok(payload) => Ok(Some(payload)),
                    Err($crate::error::Refusal::Errors(user_errors)) => Ok(Some($name { user_errors, ..Default::default() })),
                    Err($crate::error::Refusal::Failure(failure)) => Err(failure),
                }
                .into()
            }
        }
    };
}
