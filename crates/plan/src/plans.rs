//! Plans side by side (*piani*).

use std::{fs, path::Path, sync::Arc};

use piramide_measure::Period;

use crate::{
    bundled,
    error::{PlanErrors, Problem},
    plan::Plan,
};

/// The plans that a service knows, from the earliest to the newest.
#[derive(Debug, Clone, Default)]
pub struct Plans {
    plans: Vec<Arc<Plan>>,
}

impl Plans {
    /// The plans that come with the program.
    ///
    /// # Errors
    ///
    /// Every reason why one is refused; a test sees to it that there is none.
    pub fn bundled() -> Result<Self, PlanErrors> {
        collect(bundled::packages().into_iter().map(|(name, files)| Plan::from_files(&files).map_err(|errors| errors.within(name))))
    }

    /// The packages in a folder, one in each of its folders.
    ///
    /// # Errors
    ///
    /// Every reason why any of them is refused, or that the folder holds none.
    pub fn load_folder(folder: &Path) -> Result<Self, PlanErrors> {
        let unreadable =
            |error: std::io::Error| PlanErrors::about(folder.display().to_string(), Problem::Unreadable { why: error.to_string() });
        let mut packages = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() && !name.starts_with('.') {
                packages.push((name, path));
            }
        }
        packages.sort();
        if packages.is_empty() {
            let why = "holds no package: put each plan in a folder of its own".to_owned();
            return Err(PlanErrors::about(folder.display().to_string(), Problem::Unreadable { why }));
        }
        collect(packages.into_iter().map(|(name, path)| Plan::load(&path).map_err(|errors| errors.within(&name))))
    }

    /// These plans and others; of two with one version, one is kept.
    #[must_use]
    pub fn with(mut self, others: impl IntoIterator<Item = Plan>) -> Self {
        self.plans.extend(others.into_iter().map(Arc::new));
        self.plans.sort_by(|one, other| rank(one).cmp(&rank(other)));
        self.plans.dedup_by(|one, other| one.version() == other.version());
        self
    }

    /// The plan of that version; or, by name alone, the newest of that name.
    pub fn get(&self, name_or_version: &str) -> Option<&Arc<Plan>> {
        self.plans.iter().rev().find(|plan| plan.version() == name_or_version || plan.name() == name_or_version)
    }

    /// The plan in force at the end of a period: of several the newest, since a later plan is a change of the earlier.
    pub fn in_force(&self, period: Period) -> Option<&Arc<Plan>> {
        self.plans.iter().rev().find(|plan| plan.in_force(period))
    }

    /// Every plan, from the earliest to the newest.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Plan>> {
        self.plans.iter()
    }
}

/// Newer plans begin later; of those that begin together, the one approved later is newer.
fn rank(plan: &Plan) -> (piramide_measure::Month, &str, &str) {
    (plan.first_month(), plan.approved_on(), plan.version())
}

fn collect(packages: impl Iterator<Item = Result<Plan, PlanErrors>>) -> Result<Plans, PlanErrors> {
    let (mut plans, mut errors) = (Vec::new(), Vec::new());
    for package in packages {
        match package {
            Ok(plan) => plans.push(plan),
            Err(PlanErrors(reasons)) => errors.extend(reasons),
        }
    }
    if errors.is_empty() { Ok(Plans::default().with(plans)) } else { Err(PlanErrors(errors)) }
}
