//! Configuration in layers, each value with the place it came from.
//!
//! ```text
//! defaults  <  TOML file (--config or PIRAMIDE_CONFIG)  <  environment (PIRAMIDE_KEY)  <  flags (--key)
//! ```
//!
//! There is one definition of each option: the clap struct. Its field name is the key of the file, upper-cased after
//! `PIRAMIDE_` the variable, with dashes the flag; its doc comment is the help. A service adds options of its own with
//! a struct that derives [`clap::Args`], as the type parameter of [`Config`].

mod load;
mod options;
mod print;
mod value;

use std::fmt;
use std::path::PathBuf;

pub use load::{ConfigError, Sources};
pub use options::{InvalidOptions, LogFormat, Options, SideDoor};
pub use value::{MaskedUrl, NotADuration, duration};

use crate::About;

/// The effective configuration of a service: the options all share, and those of its own.
#[derive(Debug, Clone)]
pub struct Config<E = NoOptions> {
    /// What every service has.
    pub options: Options,
    /// What only this service has.
    pub own: E,
    settings: Vec<Setting>,
    unread: Vec<String>,
    print: bool,
}

/// For a service without options of its own.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct NoOptions {}

/// One key of the effective configuration.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The key, as in the file.
    pub key: String,
    /// Its values as text: none if unset, several for a key that may be repeated. Secrets are masked.
    pub values: Vec<String>,
    /// Where they came from.
    pub origin: Origin,
    /// The key from which they follow, when nothing was said of this one: its origin is theirs.
    pub follows: Option<&'static str>,
    /// Whether the key takes a list.
    pub list: bool,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nothing was said.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// An environment variable, by name.
    Environment(String),
    /// A flag of the command line, by name.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

impl<E> Config<E> {
    /// The variables that begin as ours do and that no setting reads: misspelt, or of another program of the house.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }
}

impl<E: clap::Args> Config<E> {
    /// Reads the configuration from the sources given.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], which names the key and where its value came from. `--help` and `--version` arrive as
    /// [`ConfigError::Usage`].
    pub fn load(about: &About, sources: &Sources) -> Result<Self, ConfigError> {
        load::load(about, sources)
    }

    /// A configuration for tests: ports chosen by the system on the loopback address, then `args` as on a command line.
    /// It reads neither the environment nor a file that `args` does not name.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], as [`Config::load`].
    pub fn local<I, A>(about: &About, args: I) -> Result<Self, ConfigError>
    where
        I: IntoIterator<Item = A>,
        A: Into<String>,
    {
        let port = ["--listen".to_owned(), "127.0.0.1:0".to_owned()];
        Self::load(about, &Sources::new(port.into_iter().chain(args.into_iter().map(Into::into)), []))
    }

    /// Whether `--print-config` was asked.
    pub fn wants_print(&self) -> bool {
        self.print
    }

    /// Every key with its value and origin, in the order of `--help`.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The effective configuration as TOML, each value followed by its origin, secrets masked.
    pub fn to_toml(&self) -> String {
        print::to_toml(&self.settings, &self.unread)
    }
}

#[cfg(test)]
mod tests;
