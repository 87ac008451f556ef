//! Secrets: values that nothing prints, given as they are or in a file.
//!
//! An option that hides the value of its environment variable is a secret. Beside each, `matches` puts one for a file
//! that holds it: `--NAME-file`, or `NAME_FILE` in the environment, as containers are given theirs.
use clap::{
    Arg, ArgMatches, Command,
    error::{Error, ErrorKind},
    value_parser,
};
use std::{
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

/// A text that is not to be seen: neither its `Debug` nor an error shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for the one who needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Whether an option is a secret.
pub fn is_secret(option: &Arg) -> bool {
    option.is_hide_env_values_set()
}

/// The option that names the file of a secret.
pub fn file_option(secret: &Arg) -> String {
    format!("{}_file", secret.get_id())
}

/// The command with an option for a file beside every secret of it and of its commands.
pub fn with_files(command: Command) -> Command {
    let secrets = command.get_arguments().filter(|option| is_secret(option));
    let files: Vec<Arg> = secrets.filter_map(beside).collect();
    let command = command.mut_args(|option| match option.is_required_set() && is_secret(&option) {
        true => {
            let file = file_option(&option);
            option.required(false).required_unless_present(file)
        }
        false => option,
    });
    command.args(files).mut_subcommands(with_files)
}

fn beside(secret: &Arg) -> Option<Arg> {
    let (name, variable) = (secret.get_long()?, secret.get_env()?.to_str()?);
    let file = Arg::new(file_option(secret))
        .long(format!("{name}-file"))
        .env(format!("{variable}_FILE"))
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .conflicts_with(secret.get_id().clone())
        .help(format!("File that holds --{name}, to keep it out of the environment"));
    Some(file)
}

/// What the command line and the environment say, with the secrets that they name files of.
///
/// # Errors
/// What clap refuses, a secret that is given twice, and a file that cannot be read or is empty.
pub fn matches(command: Command, arguments: impl IntoIterator<Item = OsString>) -> Result<ArgMatches, Error> {
    let command = with_files(command);
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let named = command.clone().try_get_matches_from(&arguments)?;
    filled(command, &named)?.try_get_matches_from(arguments)
}

/// The command with what files hold as defaults: a secret whose file is named is not given otherwise.
fn filled(mut command: Command, named: &ArgMatches) -> Result<Command, Error> {
    let mut contents = Vec::new();
    for secret in command.get_arguments().filter(|option| is_secret(option)) {
        let file = file_option(secret);
        if let Ok(Some(file)) = named.try_get_one::<PathBuf>(&file) {
            contents.push((secret.get_id().clone(), read(file)));
        }
    }
    for (id, content) in contents {
        let content = content.map_err(|problem| command.error(ErrorKind::ValueValidation, problem))?;
        command = command.mut_arg(id, |option| option.default_value(content));
    }
    if let Some((name, named)) = named.subcommand()
        && let Some(inner) = command.find_subcommand(name).cloned()
    {
        let inner = filled(inner, named)?;
        command = command.mut_subcommand(name, |_| inner);
    }
    Ok(command)
}

/// What a file holds, without the end of its last line.
fn read(file: &Path) -> Result<String, String> {
    let content = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let content = content.trim_end_matches(['\r', '\n']);
    if content.is_empty() {
        return Err(format!("{}: the file is empty", file.display()));
    }
    Ok(content.to_owned())
}
