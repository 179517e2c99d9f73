//! Accounts that are watched (*conti GPA*): transit accounts to be cleared, and accounts on which money is collected.

use std::collections::{BTreeMap, BTreeSet};

use piramide_measure::Exact;

use crate::{
    ages::Ages,
    error::Problem,
    reading::{Findings, Table, choices},
};

pub(crate) const GROUP_COLUMNS: &[&str] = &["code", "label", "kind", "note"];
pub(crate) const COLUMNS: &[&str] = &["code", "label", "group", "weight", "most_of_previous", "settle_days", "note"];

choices! {
    /// What is looked at of the accounts of a group.
    GroupKind {
        /// Their balances, to be reduced (*saldo*).
        Balances = "balances",
        /// What is collected on them, to be raised (*riscosso*).
        Collections = "collections",
    }
}

choices! {
    /// What a fact says about an account, beside its open items by age: the end of its subject, as in `GPA52002.balance`.
    AccountFigure {
        /// What stands on it at the end of the month (*saldo*).
        Balance = "balance",
        /// What was collected on it in the month (*riscosso*).
        Collected = "collected",
        /// Of its balance, what nobody can work on (*partite non lavorabili*).
        Unworkable = "unworkable",
    }
}

impl AccountFigure {
    /// Every figure.
    pub const ALL: [Self; 3] = [Self::Balance, Self::Collected, Self::Unworkable];

    /// Its name, in Italian.
    pub fn label(self) -> &'static str {
        match self {
            Self::Balance => "saldo",
            Self::Collected => "riscosso",
            Self::Unworkable => "partite non lavorabili",
        }
    }
}

/// A group of accounts with one objective.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountGroup {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// What is looked at.
    pub kind: GroupKind,
    /// What the source notes about it.
    pub note: String,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// The group it belongs to.
    pub group: String,
    /// Its weight among the accounts of the group, per cent; `None` where the plan sets none.
    pub weight: Option<Exact>,
    /// The most that its balance may be, in per cent of the balance that the year before ended with; `None` where nothing is asked.
    pub most_of_previous: Option<Exact>,
    /// Within how many days what is open must be settled; `None` where no deadline is set.
    pub settle_days: Option<u32>,
    /// Where it stands, as file and line.
    pub place: String,
    /// What the source notes about it.
    pub note: String,
}

/// The accounts of a plan, by group. The tables may be missing from a package, and are then empty.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    groups: Vec<AccountGroup>,
    rows: Vec<Account>,
    ages: Ages,
    subjects: BTreeMap<String, (String, String)>,
}

impl Accounts {
    /// The groups, in the order of the plan.
    pub fn groups(&self) -> &[AccountGroup] {
        &self.groups
    }

    /// A group.
    pub fn group(&self, code: &str) -> Option<&AccountGroup> {
        self.groups.iter().find(|group| group.code == code)
    }

    /// The accounts of a group, in the order of the plan.
    pub fn of_group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Account> {
        self.rows.iter().filter(move |account| account.group == group)
    }

    /// An account.
    pub fn get(&self, code: &str) -> Option<&Account> {
        self.rows.iter().find(|account| account.code == code)
    }

    /// The classes of age of what is open, from the youngest.
    pub fn ages(&self) -> &Ages {
        &self.ages
    }

    /// What facts about a figure of an account speak of.
    pub fn subject(account: &str, figure: AccountFigure) -> String {
        format!("{account}.{figure}")
    }

    /// What facts about the open items of a class of age speak of.
    pub fn open_subject(account: &str, age: &str) -> String {
        format!("{account}.open.{age}")
    }

    /// The name of what facts about an account speak of.
    pub fn subject_label(&self, subject: &str) -> Option<&str> {
        self.subjects.get(subject).map(|(_, label)| label.as_str())
    }

    /// The account that facts about a subject speak of.
    pub fn account_of(&self, subject: &str) -> Option<&Account> {
        self.subjects.get(subject).and_then(|(account, _)| self.get(account))
    }

    pub(crate) fn read((groups, accounts, ages): (&Table, &Table, &Table), findings: &mut Findings) -> Self {
        let mut read = Self { ages: Ages::read(ages, findings), ..Self::default() };
        let mut lines = BTreeMap::new();
        for row in groups.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            let label = row.required("label", findings);
            let kind = row.choice("kind", GroupKind::Balances, findings);
            read.groups.push(AccountGroup { code, label, kind, note: row.text("note").to_owned() });
        }
        let mut lines = BTreeMap::new();
        for row in accounts.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            let (label, group) = (row.required("label", findings), row.required("group", findings));
            if read.group(&group).is_none() {
                row.refuse("group", Problem::Unknown { what: "group", code: group.clone(), file: "account_groups.csv" }, findings);
            }
            let settle_days = if row.text("settle_days").is_empty() { None } else { row.whole("settle_days", findings) };
            if let Some(days) = settle_days.filter(|days| read.ages.iter().all(|age| age.last_day != Some(*days))) {
                let last_days: Vec<String> = read.ages.iter().filter_map(|age| age.last_day).map(|day| day.to_string()).collect();
                let expected = format!("the last day of a class of age ({})", last_days.join(", "));
                row.refuse("settle_days", Problem::Gap { text: days.to_string(), expected }, findings);
            }
            read.rows.push(Account {
                weight: row.positive("weight", findings),
                most_of_previous: row.positive("most_of_previous", findings),
                settle_days,
                place: format!("{}:{}", accounts.file(), row.line()),
                note: row.text("note").to_owned(),
                code,
                label,
                group,
            });
        }
        read.name_subjects();
        read.refuse_weights(accounts, findings);
        read
    }

    fn name_subjects(&mut self) {
        for account in &self.rows {
            let name = |what: &str| (account.code.clone(), format!("{}, {}: {what}", account.code, account.label));
            for figure in AccountFigure::ALL {
                self.subjects.insert(Self::subject(&account.code, figure), name(figure.label()));
            }
            for age in self.ages.iter() {
                self.subjects.insert(Self::open_subject(&account.code, &age.code), name(&format!("aperto {}", age.label)));
            }
        }
    }

    /// Either no account of a group has a weight, or all have and they sum to 100.
    fn refuse_weights(&self, table: &Table, findings: &mut Findings) {
        let groups: BTreeSet<&str> = self.rows.iter().map(|account| account.group.as_str()).collect();
        for group in groups {
            let weights: Vec<&Exact> = self.of_group(group).filter_map(|account| account.weight.as_ref()).collect();
            if weights.is_empty() {
                continue;
            }
            if weights.len() < self.of_group(group).count() {
                let advice = "another account of the group has a weight, so each must";
                findings.add(table.file(), None, "weight", Problem::Empty { advice });
            }
            let sum: Exact = weights.into_iter().sum();
            if sum != Exact::hundred() {
                findings.add(table.file(), None, "weight", Problem::WeightsSum { parent: group.to_owned(), sum: sum.decimal_text(4) });
            }
        }
    }
}
