//! Reading the layers: each layer becomes the *default* that the next one overrides, so clap alone decides who wins.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, CommandFactory, FromArgMatches, ValueHint};

use super::value::{MASK, mask};
use super::{Config, InvalidOptions, Options, Origin, Setting};
use crate::About;

/// Every environment variable of ours starts so.
const PREFIX: &str = "PIRAMIDE_";

/// Keys that steer loading itself and are not part of the effective configuration.
const STEERING: [&str; 4] = ["config", "print_config", "help", "version"];

/// Where configuration is read from. Only the entry of a process builds it from the process; tests say what it holds.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    args: Vec<OsString>,
    environment: BTreeMap<String, String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not understood on the command line; also how `--help` and `--version` answer.
    #[error("command line")]
    Usage(#[source] clap::Error),
    /// The file cannot be read.
    #[error("cannot read configuration file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("configuration file {} is not valid TOML", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A key nobody knows.
    #[error("unknown key `{key}` in {}; known keys: {known}", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// All keys of this service.
        known: String,
    },
    /// A key with a table or another shape of value that no option takes.
    #[error("key `{key}` in {} must be {expected}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A value its option does not take.
    #[error("key `{key}` ({origin}): {problem}")]
    Value {
        /// The key.
        key: String,
        /// Where the value came from.
        origin: Origin,
        /// What is wrong with it.
        problem: String,
    },
    /// Options that do not go together.
    #[error("the options do not go together")]
    Options(#[source] InvalidOptions),
}

impl Sources {
    /// The arguments after the program's name, and the environment.
    pub fn new<A, E>(args: A, environment: E) -> Self
    where
        A: IntoIterator,
        A::Item: Into<OsString>,
        E: IntoIterator<Item = (String, String)>,
    {
        Self { args: args.into_iter().map(Into::into).collect(), environment: environment.into_iter().collect() }
    }

    /// Those of this process. Variables that are not ours are not looked at.
    pub(crate) fn of_process() -> Self {
        let ours = |(name, value): (OsString, OsString)| {
            let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
            Some((name, value.to_string_lossy().into_owned()))
        };
        Self::new(std::env::args_os().skip(1), std::env::vars_os().filter_map(ours))
    }

    /// The file named by `--config`, else by `PIRAMIDE_CONFIG`. Needed before the command line can be read as a whole.
    fn file(&self) -> Option<PathBuf> {
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            let text = arg.to_string_lossy();
            if let Some(path) = text.strip_prefix("--config=") {
                return Some(PathBuf::from(path));
            }
            if text == "--config" {
                return args.next().map(PathBuf::from);
            }
        }
        self.environment.get("PIRAMIDE_CONFIG").map(PathBuf::from)
    }
}

/// All options of one service, as clap sees them.
#[derive(clap::Parser)]
struct Line<E: Args> {
    #[command(flatten)]
    options: Options,

    #[command(flatten)]
    own: E,

    /// Configuration file, TOML; its keys are those printed by --print-config.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,

    /// Print the effective configuration with the origin of each value, and exit.
    #[arg(long)]
    print_config: bool,
}

/// A value that a layer sets, and which layer.
struct Given {
    values: Vec<String>,
    origin: Origin,
}

pub(super) fn load<E: Args>(about: &About, sources: &Sources) -> Result<Config<E>, ConfigError> {
    let command = command::<E>(about);
    let mut given = BTreeMap::new();
    if let Some(path) = sources.file() {
        given.extend(read_file(&command, &path)?);
    }
    given.extend(read_environment(&command, &sources.environment));
    for (key, each) in &given {
        check_value(&command, key, each)?;
    }

    let layered = given.iter().fold(command, |command, (key, each)| preset(command, key, &each.values));
    let name = std::iter::once(OsString::from(about.name));
    let matches = layered.clone().try_get_matches_from(name.chain(sources.args.iter().cloned())).map_err(ConfigError::Usage)?;
    let mut line = Line::<E>::from_arg_matches(&matches).map_err(ConfigError::Usage)?;
    let opened = line.options.open_folder();
    // In the order of the definition: clap moves an option to the end when its default is changed.
    let defined = Line::<E>::command();
    let settings = keys(&defined).map(|arg| setting(arg, &matches, &given, &opened)).collect();
    line.options.check().map_err(ConfigError::Options)?;
    let unread = unread(&defined, &sources.environment);
    Ok(Config { options: line.options, own: line.own, settings, unread, print: line.print_config })
}

/// The command of a service: shared options, its own, its defaults, and the variable of each in the help.
fn command<E: Args>(about: &About) -> Command {
    let address = format!("127.0.0.1:{}", about.port);
    let command = Line::<E>::command()
        .name(about.name)
        // Of a flag given twice the last counts, so that scripts can add to a command line.
        .args_override_self(true)
        .version(about.version)
        .about(about.summary)
        .long_about(about.summary)
        .after_help(after_help(about))
        .mut_args(|arg| {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let variable = variable(arg.get_id().as_str());
            let steering = STEERING.contains(&arg.get_id().as_str()) && arg.get_id() != "config";
            if steering { arg } else { arg.help(format!("{help} [env: {variable}]")).long_help(None::<&str>) }
        });
    let own = about.defaults.iter().map(|(key, value)| (*key, (*value).to_owned()));
    std::iter::once(("listen", address)).chain(own).fold(command, |command, (key, value)| preset(command, key, &[value]))
}

fn after_help(about: &About) -> String {
    let examples = about.examples.lines().map(|line| format!("  {}", line.trim())).collect::<Vec<_>>().join("\n");
    let examples = if examples.is_empty() { examples } else { format!("Examples:\n{examples}\n\n") };
    format!(
        "{examples}Each option is also a key of the TOML file and a variable: --http-listen, http_listen, {PREFIX}HTTP_LISTEN.\n\
         Defaults are overridden by the file, the file by the environment, the environment by flags.\n\
         Keep passwords in the file or the environment: flags are visible to every user of the machine."
    )
}

/// Makes `values` the default of an option, which then needs not be given.
fn preset(command: Command, key: &str, values: &[String]) -> Command {
    let values = values.to_vec();
    command.mut_arg(key, |arg| arg.required(false).default_values(values))
}

/// The options that are configuration, in the order of the help.
fn keys(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !STEERING.contains(&arg.get_id().as_str()))
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase())
}

fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

fn read_file(command: &Command, path: &Path) -> Result<Vec<(String, Given)>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    let table: toml::Table = text.parse().map_err(|source| ConfigError::NotToml { path: path.to_owned(), source: Box::new(source) })?;
    let read = |(key, value): (String, toml::Value)| {
        let Some(arg) = keys(command).find(|arg| arg.get_id() == key.as_str()) else {
            let known = keys(command).map(|arg| arg.get_id().as_str()).collect::<Vec<_>>().join(", ");
            return Err(ConfigError::UnknownKey { path: path.to_owned(), key, known });
        };
        let list = value.as_array().filter(|_| is_list(arg));
        let values = match list {
            Some(items) => items.iter().map(scalar).collect(),
            None => scalar(&value).map(|value| vec![value]),
        };
        let expected = if is_list(arg) { "a list of texts, numbers or booleans" } else { "a text, a number or a boolean" };
        let values = values.ok_or_else(|| ConfigError::Shape { path: path.to_owned(), key: key.clone(), expected })?;
        Ok((key, Given { values, origin: Origin::File(path.to_owned()) }))
    };
    table.into_iter().map(read).collect()
}

fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => None,
    }
}

/// A variable that is set but empty counts as not set, as shells and container files make it hard to unset one.
fn read_environment(command: &Command, environment: &BTreeMap<String, String>) -> Vec<(String, Given)> {
    let read = |arg: &Arg| {
        let name = variable(arg.get_id().as_str());
        let text = environment.get(&name).filter(|text| !text.is_empty())?;
        let values = if is_list(arg) { text.split(',').map(|each| each.trim().to_owned()).collect() } else { vec![text.clone()] };
        Some((arg.get_id().to_string(), Given { values, origin: Origin::Environment(name) }))
    };
    keys(command).filter_map(read).collect()
}

/// The variables of ours that no option reads. They stop nothing, as an unknown key of the file does: programs of the house are started with
/// the variables of each other, and orchestrators set some of their own from the names of services.
fn unread(command: &Command, environment: &BTreeMap<String, String>) -> Vec<String> {
    let known: BTreeSet<String> = command.get_arguments().map(|arg| variable(arg.get_id().as_str())).collect();
    let set = environment.iter().filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty());
    set.map(|(name, _)| name).filter(|name| !known.contains(*name)).cloned().collect()
}

/// Tries the values of one key alone, so that an error names the key and the layer rather than a flag nobody typed.
fn check_value(command: &Command, key: &str, given: &Given) -> Result<(), ConfigError> {
    let flag = key.replace('_', "-");
    let args = given.values.iter().map(|value| format!("--{flag}={value}"));
    let alone = command.clone().no_binary_name(true).mut_args(|arg| arg.required(false));
    let Err(error) = alone.try_get_matches_from(args) else { return Ok(()) };
    let text = error.to_string();
    let problem = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    Err(ConfigError::Value { key: key.to_owned(), origin: given.origin.clone(), problem: mask(&problem) })
}

fn setting(arg: &Arg, matches: &ArgMatches, given: &BTreeMap<String, Given>, opened: &BTreeMap<&str, PathBuf>) -> Setting {
    let key = arg.get_id().as_str();
    let file = opened.get(key);
    // A file of the folder of certificates is there because of the folder.
    let follows = file.map(|_| "tls");
    let cause = follows.unwrap_or(key);
    let origin = match (matches.value_source(cause), given.get(cause)) {
        (Some(ValueSource::CommandLine), _) => Origin::Flag(format!("--{}", cause.replace('_', "-"))),
        (_, Some(given)) => given.origin.clone(),
        (_, None) => Origin::Default,
    };
    let raw = matches.get_raw(key).into_iter().flatten().chain(file.map(|file| file.as_os_str()));
    let values = raw.map(|value| shown(arg, value)).collect();
    Setting { key: key.to_owned(), values, origin, follows, list: is_list(arg) }
}

/// A value as it may be shown: secrets by name are hidden whole, passwords inside URLs in place.
fn shown(arg: &Arg, value: &OsStr) -> String {
    let text = value.to_string_lossy();
    let is_path = matches!(arg.get_value_hint(), ValueHint::FilePath | ValueHint::DirPath | ValueHint::AnyPath);
    let key = arg.get_id().as_str();
    let secret = ["password", "secret", "token", "key"].iter().any(|word| key == *word || key.ends_with(&format!("_{word}")));
    if secret && !is_path { MASK.to_owned() } else { mask(&text) }
}
