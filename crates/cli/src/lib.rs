//! How do people and cron reach the services without a browser? The command line, `piramide` (*riga di comando*).
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`arguments`] | what can be asked, and how it is written |
//! | [`commands`] | one file per command: ask the services, make an [`Answer`] |
//! | [`upstream`] | connections to the services |
//! | [`event_rows`], [`work_events`], [`survey_answers`] | events as rows of a file or pipe |
//! | [`actuals`] | the published results that come with the program |
//! | [`known`] | what a witness holds of a ledger, compared |
//! | [`failure`] | every way not to succeed, and its exit code |
//! | [`italian`], [`table`], [`view`] | numbers and tables for people, JSON for machines |
//!
//! Starts at [`run`]. Talks to the services through contracts only. Does not know plans, formulas or stores.

pub mod actuals;
pub mod arguments;
pub mod commands;
pub mod event_rows;
pub mod failure;
pub mod italian;
pub mod known;
pub mod survey_answers;
pub mod table;
pub mod upstream;
pub mod view;
pub mod work_events;

use serde_json::Value;

use crate::{
    arguments::{Arguments, Command},
    failure::Failure,
    upstream::Upstream,
};

/// What a command found: for people and for machines, and what part of it failed.
#[derive(Debug)]
pub struct Answer {
    /// For people, with Italian labels and numbers.
    pub text: String,
    /// For machines: snake_case, decimals as strings.
    pub json: Value,
    /// What could not be done or asked; the rest of the answer stands.
    pub failures: Vec<Failure>,
}

impl Answer {
    /// An answer without failures.
    pub fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, failures: Vec::new() }
    }
}

/// Runs a command.
///
/// # Errors
///
/// A [`Failure`] that leaves nothing to answer.
pub async fn run(arguments: Arguments) -> Result<Answer, Failure> {
    let upstream = Upstream::new(&arguments.services)?;
    match arguments.command {
        Command::Import(import) => commands::import::run(&upstream, import).await,
        Command::Events(events) => commands::events::run(&upstream, events).await,
        Command::Answers(answers) => commands::answers::run(&upstream, answers).await,
        Command::Close(close) => commands::closing::close(&upstream, close).await,
        Command::Closings(some) => commands::closing::list(&upstream, some.domain).await,
        Command::Batches(some) => commands::batches::list(&upstream, some.domain).await,
        Command::Feeds(some) => commands::feeds::list(&upstream, some.domain).await,
        Command::Verify(some) => commands::verify::run(&upstream, some.domain, &some.known).await,
        Command::Scorecard(scorecard) => commands::scorecard::run(&upstream, scorecard).await,
        Command::Explain(explain) => commands::explain::run(&upstream, explain).await,
        Command::Pyramid(question) => commands::pyramid::run(&upstream, question).await,
        Command::Spending(question) => commands::spending::run(&upstream, question).await,
        Command::Statement(statement) => commands::statement::run(&upstream, statement).await,
        Command::Costs(question) => commands::costs::run(&upstream, question).await,
        Command::Accounts(question) => commands::accounts::run(&upstream, question).await,
        Command::Reconcile(table) => commands::reconcile::run(&table),
        Command::Status(status) => commands::status::run(&upstream, status).await,
    }
}
