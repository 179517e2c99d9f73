//! The plan of the scenarios: the folder `piano`, its rows with `@` once for each region.

use std::{fs, path::Path};

/// Regions, and so scenarios that can be played.
pub(crate) const REGIONS: usize = 120;

/// The code of a region.
pub(crate) fn region(number: usize) -> String {
    format!("REG_{number:02}")
}

/// Writes the plan under a folder, as services take it.
pub(crate) fn write(folder: &Path) {
    let target = folder.join("prova");
    fs::create_dir_all(&target).unwrap();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("features/piano")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let repeated = |line: &str| -> Vec<String> {
            let is_table = path.extension().is_some_and(|extension| extension == "csv");
            if is_table && line.contains('@') {
                (0..REGIONS).map(|number| line.replace('@', &format!("{number:02}"))).collect()
            } else {
                vec![line.to_owned()]
            }
        };
        let lines: Vec<String> = text.lines().flat_map(repeated).collect();
        fs::write(target.join(path.file_name().unwrap()), lines.join("\n") + "\n").unwrap();
    }
}
