//! The contract files, from the working tree or from git, compiled with their comments.

use std::{collections::BTreeMap, fs, path::Path};

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

/// Whether a file is one of the contracts.
pub(super) fn is_proto(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "proto")
}

impl From<BTreeMap<String, String>> for Sources {
    fn from(files: BTreeMap<String, String>) -> Self {
        Self(files)
    }
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
