//! What must be reached, by whom, and how is it weighed? (*piano della performance*)
//!
//! A plan is a folder of TOML and CSV, approved once and then immutable: structures, catalogue, indicators, targets and the tree of
//! objectives of a period. It is read as a whole, refused as a whole with every reason at once, and carries a version that changes
//! with any byte of it.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`plan`] | one plan ([`Plan`]) and its targets as references of the measures |
//! | [`plans`] | the plans side by side, those bundled and those of a folder ([`Plans`]) |
//! | [`choose`] | which of them answers a question |
//! | [`package`] | the files of a plan, and its version |
//! | [`structures`], [`clusters`] | who works, under whom, since when, compared with whom |
//! | [`catalogue`] | products, their groups, outcome products, dated coefficients |
//! | [`items`], [`measures`] | the subjects of the facts that do not speak of products |
//! | [`indicators`], [`targets`], [`objectives`] | what is measured, what must be reached, how it is weighed |
//! | [`assignments`] | which items a central directorate answers for |
//! | [`dashboard`] | the dashboard of quality: areas, elementary indicators, budgets of clusters |
//! | [`incentives`], [`published`] | bands that turn an index into an incentive, and what is printed of past years |
//! | [`wholes`] | which measures are part of others |
//! | [`surveys`] | what users and staff are asked, samples, strata and their weights |
//! | [`impact`] | what the work on products gives to who receives it |
//! | [`ages`], [`projects`], [`ranges`] | classes of what waits, improvement projects, points of the process control |
//! | [`costs`], [`standard_costs`] | what responsibility centres cost, how shared costs are passed on, elementary indicators |
//! | [`accounts`] | transit accounts and accounts on which money is collected |
//! | [`spending`] | chapters of spending, their budgets, tolerances |
//! | [`securities`] | securities and funds, and what is planned of them |
//! | [`levers`] | how an office means to cover its load, and who helps whom |
//! | [`error`] | every way a plan can be refused |
//!
//! Starts at [`Plans::bundled`] and [`Plan::load`]. Talks to nobody. Does not know facts, services or the network; it reads a folder
//! only when told to.

pub mod accounts;
pub mod ages;
pub mod assignments;
pub mod catalogue;
pub mod choose;
pub mod clusters;
pub mod costs;
pub mod dashboard;
pub mod error;
pub mod impact;
pub mod incentives;
pub mod indicators;
pub mod items;
pub mod levers;
pub mod measures;
pub mod objectives;
pub mod package;
pub mod plan;
pub mod plans;
pub mod projects;
pub mod published;
pub mod ranges;
pub mod securities;
pub mod spending;
pub mod standard_costs;
pub mod structures;
pub mod surveys;
pub mod targets;
pub mod wholes;

mod bundled;
mod header;
mod outcomes;
mod reading;

pub use crate::{
    accounts::{Account, AccountFigure, AccountGroup, Accounts, GroupKind},
    ages::{Age, Ages},
    assignments::{Assignment, Assignments},
    bundled::packages,
    catalogue::{Catalogue, Counts, NodeKind, Product},
    choose::UnknownPlan,
    clusters::Clusters,
    costs::{Allocation, Costs, Key, Receiver},
    dashboard::{Budget, Dashboard, DashboardNode, Holder, OverMonths, QualityArea, QualityIndicator, WhenFew},
    error::{Place, PlanError, PlanErrors, Problem},
    impact::{Dimension, Impact, ImpactMeasure},
    incentives::{Band, Compared, Incentive, Incentives, WithoutCluster},
    indicators::{IndicatorDefinition, Indicators, methods},
    items::{Item, Items},
    levers::{Help, Lever, LeverKind, Levers},
    measures::{Measure, Measures},
    objectives::{Objective, ObjectiveKind, Objectives, Weighting},
    plan::Plan,
    plans::Plans,
    projects::{Project, Projects},
    published::{Published, PublishedFigure, PublishedKind},
    ranges::{Range, Ranges, Rate, Step},
    securities::{Securities, Security, SecurityFigure},
    spending::{Applies, Chapter, Round, SpendBudget, SpendFigure, SpendRule, Spending},
    standard_costs::{StandardCost, StandardCosts},
    structures::{Structure, StructureKind, Structures},
    surveys::{Audience, Sample, Secondary, Stratum, Survey, SurveyItem, SurveyItemKind, SurveyKind, Surveys},
    targets::{Target, TargetKind, TargetPeriod, Targets},
    wholes::{PartOf, Wholes},
};
