//! The contract files, from the working tree or from git, compiled with their comments.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use anyhow::{Context, Result};
use prost_types::FileDescriptorProto;
use protox::{
    Compiler, Error,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver},
};

use crate::contracts::Finding;

/// The first line of each file: contracts may enter any software.
const LICENCE: &str = "// SPDX-License-Identifier: BSD-3-Clause";

/// Files by their name relative to the folder `proto/`.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources(BTreeMap<String, String>);

/// What there is to compare with.
pub(super) enum Baseline {
    /// The contracts of a commit.
    Present { sources: Sources, commit: String },
    /// Nothing, and why.
    Absent { why: String },
}

impl Sources {
    /// Files given as name and text.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    /// Every `.proto` file under a folder.
    pub(super) fn from_folder(folder: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        let mut pending = vec![folder.to_owned()];
        while let Some(path) = pending.pop() {
            for entry in fs::read_dir(&path).with_context(|| format!("reading {}", path.display()))? {
                let path = entry?.path();
                if path.is_dir() {
                    pending.push(path);
                } else if is_proto(&path) {
                    let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
                    files.insert(name, fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?);
                }
            }
        }
        Ok(Self(files))
    }

    /// The files of the last commit on a branch.
    pub(super) fn from_git(root: &Path, branch: &str) -> Result<Baseline> {
        let absent = |why: String| Ok(Baseline::Absent { why });
        let git = |arguments: &[&str]| Command::new("git").current_dir(root).args(arguments).output();
        let commit = match git(&["rev-parse", "--verify", "--quiet", "--short", &format!("{branch}^{{commit}}")]) {
            Err(error) => return absent(format!("git cannot be run ({error})")),
            Ok(output) if !output.status.success() => return absent(format!("there is no commit on {branch} here")),
            Ok(output) => String::from_utf8(output.stdout)?.trim().to_owned(),
        };
        let listing = git(&["ls-tree", "-r", "-z", "--name-only", &commit, "--", "proto"]).context("listing the contracts of a commit")?;
        let mut files = BTreeMap::new();
        for path in String::from_utf8(listing.stdout)?.split('\0').filter(|path| is_proto(Path::new(path))) {
            let shown = git(&["show", &format!("{commit}:{path}")]).with_context(|| format!("reading {path} at {commit}"))?;
            files.insert(path.trim_start_matches("proto/").to_owned(), String::from_utf8(shown.stdout)?);
        }
        if files.is_empty() {
            return absent(format!("{branch} has no contracts yet"));
        }
        Ok(Baseline::Present { sources: Self(files), commit })
    }

    /// Compiles every file, keeping comments; the files of Google are known to the compiler and left out of the answer.
    pub(super) fn compile(&self) -> Result<Vec<FileDescriptorProto>> {
        let mut resolver = ChainFileResolver::new();
        resolver.add(self.clone());
        resolver.add(GoogleFileResolver::new());
        let mut compiler = Compiler::with_file_resolver(resolver);
        compiler.include_source_info(true).include_imports(false);
        compiler.open_files(self.0.keys()).map_err(|error| anyhow::anyhow!("{error:?}")).context("compiling the contracts")?;
        Ok(compiler.file_descriptor_set().file)
    }

    /// The files that do not begin with their licence.
    pub(super) fn without_licence(&self) -> Vec<Finding> {
        let bare = self.0.iter().filter(|(_, text)| text.lines().next() != Some(LICENCE));
        bare.map(|(file, _)| Finding { file: file.clone(), line: 1, what: format!("the first line is not \"{LICENCE}\"") }).collect()
    }
}

fn is_proto(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "proto")
}

impl FileResolver for Sources {
    fn resolve_path(&self, path: &Path) -> Option<String> {
        path.to_str().filter(|name| self.0.contains_key(*name)).map(str::to_owned)
    }

    fn open_file(&self, name: &str) -> Result<File, Error> {
        match self.0.get(name) {
            Some(text) => File::from_source(name, text),
            None => Err(Error::file_not_found(name)),
        }
    }
}
