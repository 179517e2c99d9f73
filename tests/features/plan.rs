//! The plans of the scenarios: the folder `piano` for 2020 to 2022, and for 2023 the same with the files of `piano_2023` in the place of its
//! own. Rows with `@` stand once for each region.

use std::{collections::BTreeMap, fs, path::Path};

/// Regions, and so scenarios that can be played.
pub(crate) const REGIONS: usize = 200;

/// The folders of the plan of most scenarios.
pub(crate) const PROVA: [&str; 1] = ["piano"];
/// Those of the plan of 2023: of files with the same name the last counts.
const PROVA_2023: [&str; 2] = ["piano", "piano_2023"];

/// The code of a region.
pub(crate) fn region(number: usize) -> String {
    format!("REG_{number:02}")
}

/// Writes the plans under a folder, as services take them.
pub(crate) fn write(folder: &Path) {
    for (name, folders) in [("prova", PROVA.as_slice()), ("prova-2023", &PROVA_2023)] {
        let target = folder.join(name);
        fs::create_dir_all(&target).unwrap();
        for (file, bytes) in files(folders, REGIONS) {
            fs::write(target.join(file), bytes).unwrap();
        }
    }
}

/// The files of a plan, by name.
pub(crate) fn files(folders: &[&str], regions: usize) -> BTreeMap<String, Vec<u8>> {
    let features = Path::new(env!("CARGO_MANIFEST_DIR")).join("features");
    let entries = folders.iter().flat_map(|folder| fs::read_dir(features.join(folder)).unwrap());
    entries.map(|entry| file(&entry.unwrap().path(), regions)).collect()
}

fn file(path: &Path, regions: usize) -> (String, Vec<u8>) {
    let text = fs::read_to_string(path).unwrap();
    let is_table = path.extension().is_some_and(|extension| extension == "csv");
    let repeated = |line: &str| -> Vec<String> {
        if is_table && line.contains('@') {
            (0..regions).map(|number| line.replace('@', &format!("{number:02}"))).collect()
        } else {
            vec![line.to_owned()]
        }
    };
    let lines: Vec<String> = text.lines().flat_map(repeated).collect();
    (path.file_name().unwrap().to_str().unwrap().to_owned(), (lines.join("\n") + "\n").into_bytes())
}
