//! What can be asked, and how it is written.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use piramide_contracts::{
    convert,
    domains::{self, Domain},
    ledger::Squaring,
    table::Dialect,
    types::AsOf,
};
use piramide_measure::{Period, Provenance};

use crate::known::Known;

/// How the program can end; also the last lines of `--help`.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused: the data, a name or the state of a period; a chain that does not fit or is not the witness's, or a limit that is passed
  2  not understood: an argument or a file that cannot be read
  3  a service does not answer, or broke; the same command may succeed later";

/// Facts in, closings, scorecards, explanations, verification: Piramide for people and cron.
#[derive(Debug, Parser)]
#[command(name = "piramide", version, after_help = EXIT_CODES)]
pub struct Arguments {
    /// What is asked.
    #[command(subcommand)]
    pub command: Command,
    /// Answer in JSON, for machines: numbers are decimals as strings, quotients without a decimal of at most 12 digits rounded to as many.
    #[arg(long, global = true)]
    pub json: bool,
    /// Where the services are.
    #[command(flatten)]
    pub services: Services,
}

/// Where the services are, and how they are spoken to.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Services")]
pub struct Services {
    /// Address of production.
    #[arg(long, global = true, value_name = "URL", env = "PIRAMIDE_PRODUCTION_URL", default_value = "http://127.0.0.1:7101")]
    pub production_url: String,
    /// Address of quality.
    #[arg(long, global = true, value_name = "URL", env = "PIRAMIDE_QUALITY_URL", default_value = "http://127.0.0.1:7102")]
    pub quality_url: String,
    /// Address of finance.
    #[arg(long, global = true, value_name = "URL", env = "PIRAMIDE_FINANCE_URL", default_value = "http://127.0.0.1:7103")]
    pub finance_url: String,
    /// Address of workforce.
    #[arg(long, global = true, value_name = "URL", env = "PIRAMIDE_WORKFORCE_URL", default_value = "http://127.0.0.1:7104")]
    pub workforce_url: String,
    /// Address of public value.
    #[arg(long, global = true, value_name = "URL", env = "PIRAMIDE_PUBLIC_VALUE_URL", default_value = "http://127.0.0.1:7105")]
    pub public_value_url: String,
    /// Folder with tls.crt, tls.key and ca.crt, for https addresses: what the services are shown, and the authority that signs them.
    #[arg(long, global = true, value_name = "DIR", env = "PIRAMIDE_TLS")]
    pub tls: Option<PathBuf>,
    /// Authority that signs the services, PEM, for https addresses.
    #[arg(long, global = true, value_name = "FILE", env = "PIRAMIDE_TLS_SERVER_CA")]
    pub tls_server_ca: Option<PathBuf>,
    /// Certificate chain to show to the services, PEM.
    #[arg(long, global = true, value_name = "FILE", env = "PIRAMIDE_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM.
    #[arg(long, global = true, value_name = "FILE", env = "PIRAMIDE_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Speak plain text to other hosts, where the network protects it.
    #[arg(long, global = true)]
    pub allow_plaintext: bool,
}

impl Services {
    /// Every service and where it is: one of the house cannot be forgotten here.
    pub fn addresses(&self) -> [(Domain, &str); domains::ALL.len()] {
        [
            (domains::PRODUCTION, &self.production_url),
            (domains::QUALITY, &self.quality_url),
            (domains::FINANCE, &self.finance_url),
            (domains::WORKFORCE, &self.workforce_url),
            (domains::PUBLIC_VALUE, &self.public_value_url),
        ]
    }
}

/// What is asked.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Record facts: a file, or the published results that come with the program.
    Import(Import),
    /// Record pieces of work as they happen, from a file or a pipe: production only.
    Events(Events),
    /// Record marks that users and staff give, from a file or a pipe: quality only.
    Answers(Answers),
    /// Freeze what is recorded under a name, for a period.
    Close(Close),
    /// List closings.
    Closings(SomeDomain),
    /// List recorded batches.
    Batches(SomeDomain),
    /// List what systems have sent event by event, and which of their numbers are missing.
    Feeds(SomeDomain),
    /// Recompute the chain of hashes of the ledgers, compare what a witness holds, and print what to hand to one.
    Verify(Verify),
    /// Show indicators.
    Scorecard(Scorecard),
    /// Derive one indicator down to its facts and plan values.
    Explain(Explain),
    /// Show the pyramid of public value.
    Pyramid(Question),
    /// Show chapters of spending against forecast and budget, and where the year ends; a passed limit is a refusal.
    Spending(Question),
    /// Show the IEEP item by item, with the euro sum and the weighted realisation; of one central directorate, its items alone.
    Statement(Statement),
    /// Show what a responsibility centre costs by account and nature, its ratios, and what is passed on.
    Costs(Question),
    /// Show watched accounts: balances against the year before, what is overdue or unworkable, what was collected.
    Accounts(Question),
    /// Check whether a table adds up, and if not, by how much and why; asks no service.
    Reconcile(Reconcile),
    /// Ask every service whether it takes work.
    Status(Status),
}

/// One domain, or all of them.
#[derive(Debug, Clone, Copy, Args)]
pub struct SomeDomain {
    /// Only this domain.
    #[arg(long, value_parser = fact_keeping)]
    pub domain: Option<Domain>,
}

/// Ledgers to verify.
#[derive(Debug, Args)]
pub struct Verify {
    /// Only this domain.
    #[arg(long, value_parser = fact_keeping)]
    pub domain: Option<Domain>,
    /// A hash that a witness holds, as an earlier verification printed it; a ledger that has another there, or none, is not what it was. May be
    /// repeated.
    #[arg(long, value_name = "DOMAIN:SEQUENCE:HASH")]
    pub known: Vec<Known>,
}

/// Facts to record.
#[derive(Debug, Args)]
pub struct Import {
    /// A CSV file with the columns structure, the domain's subject (product, measure, item), period and quantities.
    #[arg(required_unless_present_any = ["bundled", "list"], conflicts_with_all = ["bundled", "list"])]
    pub file: Option<PathBuf>,
    /// The domain.
    #[arg(long, required_unless_present_any = ["bundled", "list"], conflicts_with_all = ["bundled", "list"], value_parser = fact_keeping)]
    pub domain: Option<Domain>,
    /// How certain the facts are: submitted, published, reconstructed, synthetic.
    #[arg(long, required_unless_present_any = ["bundled", "list"], conflicts_with_all = ["bundled", "list"])]
    pub provenance: Option<Provenance>,
    /// Identifier of the batch, unique in the domain for ever; the same file under the same identifier changes nothing.
    #[arg(long, required_unless_present_any = ["bundled", "list"], conflicts_with_all = ["bundled", "list"])]
    pub id: Option<String>,
    /// Who sends.
    #[arg(long, required_unless_present_any = ["bundled", "list"], conflicts_with_all = ["bundled", "list"])]
    pub origin: Option<String>,
    /// Why it corrects facts already recorded or closed.
    #[arg(long, default_value = "", conflicts_with_all = ["bundled", "list"])]
    pub reason: String,
    /// Anything to note.
    #[arg(long, default_value = "", conflicts_with_all = ["bundled", "list"])]
    pub note: String,
    /// How the file is written.
    #[arg(long, value_enum, default_value_t = Writing::Plain, conflicts_with_all = ["bundled", "list"])]
    pub dialect: Writing,
    /// What becomes of amounts that do not square, where the domain lets the sender choose.
    #[arg(long, value_enum, default_value_t = Unsquared::Refused, conflicts_with_all = ["bundled", "list"])]
    pub squaring: Unsquared,
    /// The published results of a year that come with the program, in the place of a file.
    #[arg(long, value_name = "YEAR", num_args = 0..=1, default_missing_value = "2020")]
    pub bundled: Option<String>,
    /// A list of batches (batches.toml) with its files beside it, in the place of a file: what `cargo xtask synth` writes.
    #[arg(long, value_name = "FILE", conflicts_with = "bundled")]
    pub list: Option<PathBuf>,
    /// Leave out the batches of this domain; may be repeated.
    #[arg(long, value_name = "DOMAIN", value_parser = fact_keeping, conflicts_with = "file")]
    pub except: Vec<Domain>,
}

/// Work events to record.
#[derive(Debug, Args)]
pub struct Events {
    /// A CSV file, or - for standard input, with the columns number, kind (received, completed, completed_automatically, cancelled,
    /// transferred), structure, product, moment (2021-03-01T08:30:00+01:00) and, where needed, to_structure and pieces. Rows are sent as
    /// they are read, so a pipe may stay open. An event that is sent again counts once.
    pub file: PathBuf,
    /// The system where the events happened: with the number it is their identity.
    #[arg(long)]
    pub origin: String,
    /// How certain they are: submitted, published, reconstructed, synthetic.
    #[arg(long)]
    pub provenance: Provenance,
    /// Why they correct, or come after a closing.
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// Answers to surveys to record.
#[derive(Debug, Args)]
pub struct Answers {
    /// A CSV file, or - for standard input, with the columns number, survey, sample, stratum, channel, factor, structure, month (2026-03),
    /// mark (1 to 5) and, where there are several, answers. No column may say who answered. Rows are sent as they are read, so a pipe may
    /// stay open. An answer that is sent again counts once.
    pub file: PathBuf,
    /// The system that collects the answers: with the number it is their identity.
    #[arg(long)]
    pub origin: String,
    /// How certain they are: submitted, published, reconstructed, synthetic.
    #[arg(long)]
    pub provenance: Provenance,
    /// Why they correct, or come after a closing.
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Writing {
    /// Commas and decimal points.
    Plain,
    /// Semicolons and decimal commas, as a spreadsheet set to Italian writes.
    Italian,
}

impl From<Writing> for Dialect {
    fn from(writing: Writing) -> Self {
        match writing {
            Writing::Plain => Self::Plain,
            Writing::Italian => Self::Italian,
        }
    }
}

/// A table to check.
#[derive(Debug, Args)]
pub struct Reconcile {
    /// A CSV file with the columns row, parent, and as many columns of numbers as there are; sign (1 or -1) says how a row enters its
    /// parent, label is not looked at.
    pub file: PathBuf,
    /// The column that is the sum of the other columns of numbers.
    #[arg(long, value_name = "COLUMN")]
    pub total: Option<String>,
    /// The numbers are not rounded: a sum holds exactly or not at all. Without it, a sum may miss by a unit for each of its parts.
    #[arg(long)]
    pub exact: bool,
    /// How the file is written.
    #[arg(long, value_enum, default_value_t = Writing::Plain)]
    pub dialect: Writing,
}

/// What becomes of amounts that do not square (*quadratura*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Unsquared {
    /// The batch is refused.
    Refused,
    /// The batch is recorded, and the note of its receipt says what does not square.
    Flagged,
}

impl From<Unsquared> for Squaring {
    fn from(unsquared: Unsquared) -> Self {
        match unsquared {
            Unsquared::Refused => Self::Refused,
            Unsquared::Flagged => Self::Flagged,
        }
    }
}

/// A closing to make.
#[derive(Debug, Args)]
pub struct Close {
    /// The name of the closing: 2020-IV.
    pub name: String,
    /// The period it closes: 2020, 2020-Q3, 2020-12, 2020-12-ytd, 2020-13.
    #[arg(long)]
    pub period: Period,
    /// Who closes.
    #[arg(long)]
    pub author: String,
    /// Anything to note.
    #[arg(long, default_value = "")]
    pub note: String,
    /// Only this domain; all of them otherwise.
    #[arg(long, value_parser = fact_keeping)]
    pub domain: Option<Domain>,
}

/// What every figure is asked for.
#[derive(Debug, Clone, Args)]
pub struct Question {
    /// The structure: NAZ, REG_LAZIO.
    #[arg(long, default_value = "NAZ")]
    pub structure: String,
    /// The period: 2020, 2020-Q3, 2020-12, 2020-12-ytd, 2020-13.
    #[arg(long)]
    pub period: Period,
    /// The plan, by name or version; the one in force in the period otherwise.
    #[arg(long, default_value = "")]
    pub plan: String,
    /// What was known at a moment (2021-03-31T12:00:00Z) or frozen by a closing (its name).
    #[arg(long, value_name = "MOMENT|CLOSING", value_parser = as_of)]
    pub as_of: Option<AsOf>,
}

impl Question {
    /// What an answer is about, as its first words: `NAZ 2020, piano inps-2020@1`.
    pub fn under(&self, plan_version: &str) -> String {
        format!("{} {}, piano {plan_version}", self.structure, self.period)
    }
}

/// A statement to show.
#[derive(Debug, Args)]
pub struct Statement {
    /// What it is asked for.
    #[command(flatten)]
    pub question: Question,
    /// Only the items that the plan assigns to a central directorate, each with its sign: CU_DC_ENTRATE. Without it the statement is the
    /// whole one and ends with the directorates of the plan.
    #[arg(long, value_name = "DIRECTORATE", default_value = "", hide_default_value = true)]
    pub assignee: String,
}

/// Indicators to show.
#[derive(Debug, Args)]
pub struct Scorecard {
    /// What they are asked for.
    #[command(flatten)]
    pub question: Question,
    /// Only this domain; all of them otherwise.
    #[arg(long, value_parser = any_domain)]
    pub domain: Option<Domain>,
}

/// An indicator to derive.
#[derive(Debug, Args)]
pub struct Explain {
    /// Its dotted code: production.clearance_ratio.
    pub code: String,
    /// What it is asked for.
    #[command(flatten)]
    pub question: Question,
}

/// How to ask for readiness.
#[derive(Debug, Clone, Copy, Args)]
pub struct Status {
    /// Wait until every service takes work, at most so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub wait: u64,
    /// Ask each service so many times and show the median time of an answer.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub samples: u32,
    /// Leave each service alone for so many milliseconds before it is asked again: how far away it is for who comes by now and then.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub pause: u64,
}

fn fact_keeping(name: &str) -> Result<Domain, String> {
    choose(&domains::FACT_KEEPING, name)
}

fn any_domain(name: &str) -> Result<Domain, String> {
    choose(&domains::ALL, name)
}

fn choose(among: &[Domain], name: &str) -> Result<Domain, String> {
    let names = || among.iter().map(|domain| domain.name).collect::<Vec<_>>().join(", ");
    among.iter().copied().find(|domain| domain.name == name).ok_or_else(|| format!("choose one of: {}", names()))
}

fn as_of(text: &str) -> Result<AsOf, String> {
    convert::as_of("as_of", text).map_err(|invalid| invalid.cause)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use piramide_contracts::types::as_of::At;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::try_parse_from(line.split(' ')).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check_refused(line: &str, expected: &str) {
        let error = parse(line).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn the_definition_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn addresses_are_those_of_the_contracts() {
        let services = parse("piramide status").unwrap().services;
        let default = |domain: Domain| (domain, format!("http://127.0.0.1:{}", domain.port));
        assert_eq!(services.addresses().map(|(domain, address)| (domain, address.to_owned())), domains::ALL.map(default));
    }

    #[test]
    fn what_is_not_understood_says_what_to_write() {
        check_refused("piramide batches --domain publicvalue", "choose one of: production, quality, finance, workforce");
        check_refused("piramide pyramid --period 2020-14", "2020-Q3");
        check_refused("piramide pyramid --period 2020 --as-of 2020-13-01T00:00:00Z", "2021-03-31T12:00:00Z");
        check_refused("piramide import", "--domain");
        check_refused("piramide verify --known finance:1", "write DOMAIN:SEQUENCE:HASH");
        check_refused("piramide import a.csv --domain finance --provenance guessed --id a --origin b", "reconstructed");
        check_refused("piramide import a.csv --bundled", "cannot be used with");
    }

    #[test]
    fn a_bundled_import_needs_no_more_than_its_year() {
        let year = |line: &str| {
            let Command::Import(import) = parse(line).unwrap().command else { panic!("{line} is no import") };
            import.bundled
        };
        assert_eq!(year("piramide import --bundled").as_deref(), Some("2020"));
        assert_eq!(year("piramide import --bundled 2021").as_deref(), Some("2021"));
    }

    #[test]
    fn a_point_of_the_ledger_is_a_moment_or_a_closing() {
        assert!(matches!(as_of("2021-03-31T12:00:00+02:00").unwrap().at, Some(At::Moment(moment)) if moment.seconds == 1_617_184_800));
        for name in ["2020-IV", "2020-T4", "2020-12-31", "Trimestre"] {
            assert_eq!(as_of(name).unwrap().at, Some(At::Closing(name.to_owned())));
        }
        assert!(as_of("2021-03-31T12:00:00").is_err(), "of no zone is no moment");
    }
}
