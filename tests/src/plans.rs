//! Plans that differ from those that come with the program.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A piece of a plan that is replaced: the file, what stands there once, what shall stand there.
pub type Edit = (&'static str, &'static str, &'static str);

/// The bundled plan of 2021 in a folder, with pieces of it replaced; answers the folder of plans.
pub fn plans(folder: &Path, edits: &[Edit]) -> PathBuf {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/plan/plans/inps-2021");
    let plans = folder.join("plans");
    let plan = plans.join("inps-2021");
    fs::create_dir_all(&plan).expect("a folder for the plan");
    for entry in fs::read_dir(bundled).expect("the bundled plan") {
        let entry = entry.expect("a file of the bundled plan");
        fs::copy(entry.path(), plan.join(entry.file_name())).expect("a copy of it");
    }
    for (file, from, to) in edits {
        let path = plan.join(file);
        let text = fs::read_to_string(&path).expect("a file of the plan");
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {file}");
        fs::write(path, text.replace(from, to)).expect("the file is written");
    }
    plans
}
