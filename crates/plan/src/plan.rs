//! One plan, read as a whole (*piano*).

use std::{collections::BTreeMap, path::Path};

use piramide_measure::{Exact, Explanation, Month, Period, Policy, Reference, Unit};

use crate::{
    accounts::{self, Accounts},
    ages::{self, Ages},
    assignments::{self, Assignments},
    catalogue::{self, Catalogue},
    clusters::{self, Clusters},
    costs::{self, Costs},
    dashboard::{self, Around, Dashboard},
    error::PlanErrors,
    header::Header,
    impact::{self, Impact},
    incentives::Incentives,
    indicators::{self, Indicators, Subjects},
    items::{self, Items},
    levers::{self, Levers},
    measures::{self, Measures},
    objectives::{self, Objectives},
    outcomes, package,
    projects::{self, Projects},
    published::Published,
    ranges::{self, Ranges},
    reading::{Findings, Table},
    securities::{self, Securities},
    spending::{self, Spending},
    standard_costs::{self, StandardCosts},
    structures::{self, Structures},
    surveys::{self, Surveys},
    targets::{self, Judged, Target, TargetKind, TargetPeriod, Targets},
    wholes::{self, Wholes},
};

/// A plan: approved once, then immutable. A change is another plan with another version.
#[derive(Debug, Clone)]
pub struct Plan {
    header: Header,
    version: String,
    structures: Structures,
    clusters: Clusters,
    catalogue: Catalogue,
    items: Items,
    measures: Measures,
    wholes: Wholes,
    indicators: Indicators,
    targets: Targets,
    objectives: Objectives,
    levers: Levers,
    assignments: Assignments,
    costs: Costs,
    securities: Securities,
    spending: Spending,
    standard_costs: StandardCosts,
    dashboard: Dashboard,
    accounts: Accounts,
    surveys: Surveys,
    impact: Impact,
    ages: Ages,
    projects: Projects,
    ranges: Ranges,
}

impl Plan {
    /// Reads the package in a folder.
    ///
    /// # Errors
    ///
    /// Every reason why it is refused, each with file, line and field.
    pub fn load(folder: &Path) -> Result<Self, PlanErrors> {
        Self::from_files(&package::read_folder(folder)?)
    }

    /// Reads a package from the bytes of its files, by name.
    ///
    /// # Errors
    ///
    /// Every reason why it is refused, each with file, line and field. When the shape of a file is wrong (encoding, columns, cells), what
    /// its cells say is not looked at: half a table would refuse every reference to its other half.
    pub fn from_files(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, PlanErrors> {
        let (mut shape, mut findings) = (Findings::default(), Findings::default());
        let texts = package::texts(files, &mut shape);
        let header = texts.get("plan.toml").and_then(|text| Header::read(text, &mut shape, &mut findings));
        let mut table = |file, columns| texts.get(file).map(|text| Table::read(file, text, columns, &mut shape)).unwrap_or_default();
        let structures = table("structures.csv", structures::COLUMNS);
        let clusters = table("clusters.csv", clusters::COLUMNS);
        let products = table("products.csv", catalogue::PRODUCT_COLUMNS);
        let coefficients = table("coefficients.csv", catalogue::COEFFICIENT_COLUMNS);
        let outcomes = table("outcomes.csv", outcomes::COLUMNS);
        let items = table("items.csv", items::COLUMNS);
        let measures = table("measures.csv", measures::COLUMNS);
        let indicators = table("indicators.csv", indicators::COLUMNS);
        let targets = table("targets.csv", targets::COLUMNS);
        let objectives = table("objectives.csv", objectives::COLUMNS);
        let levers = table("levers.csv", levers::COLUMNS);
        let subsidiarity = table("subsidiarity.csv", levers::SUBSIDIARITY_COLUMNS);
        let assignments = table("assignments.csv", assignments::COLUMNS);
        let costs = table("costs.csv", costs::COLUMNS);
        let allocations = table("allocations.csv", costs::ALLOCATION_COLUMNS);
        let standard_costs = table("standard_costs.csv", standard_costs::COLUMNS);
        let standard_budget = table("standard_cost_budgets.csv", standard_costs::BUDGET_COLUMNS);
        let account_tables = (
            &table("account_groups.csv", accounts::GROUP_COLUMNS),
            &table("accounts.csv", accounts::COLUMNS),
            &table("account_ages.csv", ages::COLUMNS),
        );
        let securities = table("securities.csv", securities::COLUMNS);
        let chapters = table("spend_chapters.csv", spending::CHAPTER_COLUMNS);
        let spend_budgets = table("spend_budgets.csv", spending::BUDGET_COLUMNS);
        let spend_rules = table("spend_rules.csv", spending::RULE_COLUMNS);
        let quality = dashboard::Tables::of(&mut table);
        let surveys = surveys::Tables::of(&mut table);
        let impact = table("impact.csv", impact::COLUMNS);
        let wholes = table("wholes.csv", wholes::COLUMNS);
        let ages = table("ages.csv", ages::COLUMNS);
        let projects = table("projects.csv", projects::COLUMNS);
        let ranges = table("ranges.csv", ranges::COLUMNS);
        shape.conclude(Some(()))?;

        let structures = Structures::read(&structures, &mut findings);
        let clusters = Clusters::read(&clusters, &structures, &mut findings);
        let catalogue = Catalogue::read(&products, &coefficients, &outcomes, &mut findings);
        let items = Items::read(&items, &mut findings);
        let measures = Measures::read(&measures, &items, &mut findings);
        let wholes = Wholes::read(&wholes, &measures, &mut findings);
        let cap = header.as_ref().and_then(|header| header.cap.as_ref());
        let around = Around { structures: &structures, clusters: &clusters, measures: &measures, cap };
        let dashboard = Dashboard::read(&quality, &around, &mut findings);
        let surveys = Surveys::read(&surveys, &measures, &mut findings);
        let ages = Ages::read(&ages, &mut findings);
        let projects = Projects::read(&projects, &measures, &structures, &mut findings);
        let ranges = Ranges::read(&ranges, &measures, &mut findings);
        let accounts = Accounts::read(account_tables, &mut findings);
        let subjects = Subjects {
            catalogue: &catalogue,
            items: &items,
            measures: &measures,
            dashboard: &dashboard,
            surveys: &surveys,
            ages: &ages,
            accounts: &accounts,
        };
        let indicators = Indicators::read(&indicators, &subjects, &mut findings);
        let impact = Impact::read(&impact, &catalogue, &indicators, &mut findings);
        let targets = Targets::read(&targets, &indicators, &structures, &mut findings);
        let objectives = Objectives::read(&objectives, &indicators, cap, &mut findings);
        let levers = Levers::read(&levers, &subsidiarity, &structures, &mut findings);
        let assignments = Assignments::read(&assignments, &items, &mut findings);
        let standard_costs = StandardCosts::read(&standard_costs, &standard_budget, &structures, &mut findings);
        let securities = Securities::read(&securities, &mut findings);
        let spending = Spending::read((&chapters, &spend_budgets, &spend_rules), &structures, &measures, &mut findings);
        let last_month = header.as_ref().map(|header| header.last_month);
        let costs = Costs::read((&costs, &allocations), (&items, &measures), (&structures, last_month), &mut findings);
        let header = findings.conclude(header)?;
        let version = package::version(&header.name, &package::hash(files));
        Ok(Self {
            header,
            version,
            structures,
            clusters,
            catalogue,
            items,
            measures,
            wholes,
            indicators,
            targets,
            objectives,
            levers,
            assignments,
            costs,
            securities,
            spending,
            standard_costs,
            dashboard,
            accounts,
            surveys,
            impact,
            ages,
            projects,
            ranges,
        })
    }

    /// What is part of what among its measures.
    pub fn wholes(&self) -> &Wholes {
        &self.wholes
    }

    /// Its name: `inps-2021`.
    pub fn name(&self) -> &str {
        &self.header.name
    }

    /// Its name and the beginning of the hash of its files: `inps-2021@0123456789ab`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Its title, in Italian.
    pub fn title(&self) -> &str {
        &self.header.title
    }

    /// Decisions taken where the source is silent, and what is aggregated, in Italian.
    pub fn notes(&self) -> &[String] {
        &self.header.notes
    }

    /// Who approved it.
    pub fn approved_by(&self) -> &str {
        &self.header.approved_by
    }

    /// The day of the approval, as `2021-03-24`.
    pub fn approved_on(&self) -> &str {
        &self.header.approved_on
    }

    /// Why this version exists, in Italian.
    pub fn reason(&self) -> &str {
        &self.header.reason
    }

    /// The first month it holds for.
    pub fn first_month(&self) -> Month {
        self.header.first_month
    }

    /// The last month it holds for, inclusive.
    pub fn last_month(&self) -> Month {
        self.header.last_month
    }

    /// The most of a deviation that counts, either way; `None` where it is not limited.
    pub fn cap(&self) -> Option<&Exact> {
        self.header.cap.as_ref()
    }

    /// What a node does with a child that has no score, where the node does not say.
    pub fn missing(&self) -> Policy {
        self.header.missing.clone()
    }

    /// Whether it holds at the end of a period. A plan of one year holds for that year's month 13 too.
    pub fn in_force(&self, period: Period) -> bool {
        let month = period.last_calendar_month();
        self.first_month() <= month && month <= self.last_month()
    }

    /// The organisation.
    pub fn structures(&self) -> &Structures {
        &self.structures
    }

    /// Who is compared with whom.
    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    /// Products and coefficients.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The items of economic and financial effectiveness.
    pub fn items(&self) -> &Items {
        &self.items
    }

    /// What the other facts speak of.
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// What is measured.
    pub fn indicators(&self) -> &Indicators {
        &self.indicators
    }

    /// What must be reached, as it stands in the plan.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// How it is weighed.
    pub fn objectives(&self) -> &Objectives {
        &self.objectives
    }

    /// How offices mean to cover their load.
    pub fn levers(&self) -> &Levers {
        &self.levers
    }

    /// What the responsibility centres cost, and how shared costs are passed on.
    pub fn costs(&self) -> &Costs {
        &self.costs
    }

    /// Transit accounts, and accounts on which money is collected.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Securities and funds.
    pub fn securities(&self) -> &Securities {
        &self.securities
    }

    /// The chapters of spending, their budgets and tolerances.
    pub fn spending(&self) -> &Spending {
        &self.spending
    }

    /// The elementary indicators of standard costs and their budget.
    pub fn standard_costs(&self) -> &StandardCosts {
        &self.standard_costs
    }

    /// Who in the central structures answers for which items.
    pub fn assignments(&self) -> &Assignments {
        &self.assignments
    }

    /// The dashboard of quality.
    pub fn dashboard(&self) -> &Dashboard {
        &self.dashboard
    }

    /// What is printed of the dashboard's indices and measures.
    pub fn published(&self) -> &Published {
        self.dashboard.published()
    }

    /// The bands that turn an index of the dashboard into an incentive.
    pub fn incentives(&self) -> &Incentives {
        self.dashboard.incentives()
    }

    /// What users and staff are asked.
    pub fn surveys(&self) -> &Surveys {
        &self.surveys
    }

    /// What the work on products gives to who receives it.
    pub fn impact(&self) -> &Impact {
        &self.impact
    }

    /// How old what waits is.
    pub fn ages(&self) -> &Ages {
        &self.ages
    }

    /// Improvement projects.
    pub fn projects(&self) -> &Projects {
        &self.projects
    }

    /// From the rates of the process control to points.
    pub fn ranges(&self) -> &Ranges {
        &self.ranges
    }

    /// What a measure of a period is judged against: the target with its scale, its cap and its place; `None` where the plan sets none.
    ///
    /// The year of the period does not matter: 2020 under the plan of 2021 answers where last year's results leave the institute against
    /// this year's plan. A year, and a year to date that ends in December or later, is judged by the year's target; a year to date that
    /// ends with a quarter by that quarter's; a quarter alone by what its quarter adds when the quantity adds up over the months (euro,
    /// points, pieces), by its quarter's when it does not.
    pub fn target(&self, indicator: &str, structure: &str, period: Period) -> Option<Reference> {
        let definition = self.indicators.get(indicator)?;
        let row = |period| {
            let found = self.targets.get(indicator, structure, period);
            // By December is by the end of the year, where the plan does not say otherwise.
            if period == TargetPeriod::Q4 { found.or_else(|| self.targets.get(indicator, structure, TargetPeriod::Year)) } else { found }
        };
        let adds_up = matches!(definition.unit, Unit::Euro | Unit::Points | Unit::Pieces);
        let (target, value, before) = match targets::judged(period, adds_up) {
            Judged::By(period) => row(period).map(|target| (target, target.value.clone(), None))?,
            Judged::ByDifference(period, before) => {
                let (target, before) = (row(period)?, row(before)?);
                (target, &target.value - &before.value, Some(before))
            }
            Judged::ByNone => return None,
        };
        let cap = definition.cap.as_ref().or(self.cap()).cloned();
        let place = |target: &Target| format!("targets.csv:{}", target.line);
        let places = before.map_or_else(|| place(target), |before| format!("{} meno {}", place(target), place(before)));
        let mut reference = Reference::new(value, definition.unit, target.scale, cap, &self.version, &places);
        for note in [derivation(target), target.note.clone()].into_iter().filter(|note| !note.is_empty()) {
            reference.explanation = Explanation::noted(reference.explanation, note);
        }
        Some(reference)
    }
}

/// How a target that is written against a baseline was reached.
fn derivation(target: &Target) -> String {
    let baseline = target.baseline.as_ref().map(Exact::in_full).unwrap_or_default();
    let written = target.written.in_full();
    match target.kind {
        TargetKind::Absolute => String::new(),
        TargetKind::PercentOverBaseline => format!("{baseline} x (100 + ({written})) / 100"),
        TargetKind::DifferenceFromBaseline => format!("{baseline} + ({written})"),
    }
}
