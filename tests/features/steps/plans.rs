//! What a plan is refused for: the plan of the scenarios with a line changed.

use gherkin::Step;
use piramide_plan::{Plan, PlanErrors};

use super::{Outcome, Stage};
use crate::plan;

impl Stage {
    /// Another line in the place of one that is there.
    pub(super) fn change_plan(&mut self, holes: &[String], _: &Step) -> Outcome {
        let [file, old, new] = holes else { return Err("a file, its line and the line in its place".to_owned()) };
        let files = self.files.get_or_insert_with(|| plan::files(&plan::PROVA, 1));
        let text = files.get(file).and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or_else(|| format!("the plan has no {file}"))?;
        if !text.lines().any(|line| line == old) {
            return Err(format!("{file} has no line {old}:\n{text}"));
        }
        let changed: Vec<&str> = text.lines().map(|line| if line == old { new.as_str() } else { line }).collect();
        let changed = changed.join("\n") + "\n";
        files.insert(file.clone(), changed.into_bytes());
        Ok(())
    }

    pub(super) fn plan_refused(&mut self, holes: &[String], _: &Step) -> Outcome {
        self.refused_in(&holes[0], Some(&holes[1]), &holes[2])
    }

    /// The same where a file has no rows.
    pub(super) fn plan_refused_whole(&mut self, holes: &[String], _: &Step) -> Outcome {
        self.refused_in(&holes[0], None, &holes[1])
    }

    fn refused_in(&self, file: &str, line: Option<&String>, field: &str) -> Outcome {
        let files = self.files.as_ref().ok_or("the plan was not changed")?;
        let Err(PlanErrors(errors)) = Plan::from_files(files) else { return Err("the plan is accepted".to_owned()) };
        let there = errors.iter().any(|error| {
            let place = &error.place;
            let at = place.line.map(|line| line.to_string());
            place.file == file && at.as_ref() == line && place.field.as_deref() == Some(field)
        });
        if there { Ok(()) } else { Err(format!("it is refused otherwise: {errors:?}")) }
    }
}
