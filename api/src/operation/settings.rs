//! What the server goes by: each option, what it is, and who said so.
use crate::secret::{file_option, is_secret};
use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};
use std::{ffi::OsStr, fmt, path::PathBuf};

/// An option as it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name on the command line, without dashes.
    pub name: String,
    /// Its value; nothing of a secret.
    pub value: String,
    /// Who said so.
    pub origin: Origin,
}

/// Who decided an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag(String),
    /// A variable of the environment.
    Environment(String),
    /// A file, and who named it.
    File(PathBuf, Box<Origin>),
    /// Nobody.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(formatter, "--{name}"),
            Self::Environment(name) => formatter.write_str(name),
            Self::File(file, named) => write!(formatter, "{}, named by {named}", file.display()),
            Self::Default => formatter.write_str("default"),
        }
    }
}

/// The options of the command that was given, in the order in which `--help` tells them.
pub fn settings(command: &Command, matches: &ArgMatches) -> Vec<Setting> {
    let Some((name, matches)) = matches.subcommand() else {
        return Vec::new();
    };
    let Some(command) = command.find_subcommand(name) else {
        return Vec::new();
    };
    let options = command.get_arguments().filter(|option| is_told(option));
    options.filter_map(|option| setting(option, matches)).collect()
}

/// Neither `--help` nor the like, nor the part of an option that another line tells.
fn is_told(option: &Arg) -> bool {
    let is_value = matches!(
        option.get_action(),
        ArgAction::Set | ArgAction::SetTrue | ArgAction::Append
    );
    is_value && !option.is_positional()
}

fn setting(option: &Arg, matches: &ArgMatches) -> Option<Setting> {
    let id = option.get_id().as_str();
    let file = file_option(option);
    if is_secret(option)
        && let Ok(Some(path)) = matches.try_get_one::<PathBuf>(&file)
    {
        let named = match matches.value_source(&file) {
            Some(ValueSource::EnvVariable) => {
                Origin::Environment(format!("{}_FILE", option.get_env()?.to_string_lossy()))
            }
            _ => Origin::Flag(format!("{}-file", option.get_long()?)),
        };
        return Some(Setting {
            name: option.get_long()?.to_owned(),
            value: "(hidden)".to_owned(),
            origin: Origin::File(path.clone(), Box::new(named)),
        });
    }
    let origin = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => Origin::Flag(option.get_long()?.to_owned()),
        Some(ValueSource::EnvVariable) => Origin::Environment(option.get_env()?.to_string_lossy().into_owned()),
        _ => Origin::Default,
    };
    let value = if is_secret(option) && origin != Origin::Default {
        "(hidden)".to_owned()
    } else if matches!(option.get_action(), ArgAction::SetTrue) {
        matches.get_flag(id).to_string()
    } else {
        let values: Vec<_> = matches
            .get_raw(id)
            .into_iter()
            .flatten()
            .map(OsStr::to_string_lossy)
            .collect();
        if values.is_empty() {
            "(none)".to_owned()
        } else {
            values.join(", ")
        }
    };
    Some(Setting {
        name: option.get_long()?.to_owned(),
        value,
        origin,
    })
}
