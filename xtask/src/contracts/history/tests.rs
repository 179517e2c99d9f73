//! A break is refused wherever it stands: in the working tree, on a branch, on main, in the clone of a check.

use std::{fs, process::Command};

use crate::contracts;

const FILE: &str = "proto/piramide/sample/v1/sample.proto";
const FIRST: &str = r#"// SPDX-License-Identifier: BSD-3-Clause

syntax = "proto3";

// A sample.
package piramide.sample.v1;

// Something.
message Thing {
  // Words.
  string text = 1;
}
"#;

/// A repository in a folder of its own, or a clone.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository
    }

    /// A clone as a check makes one: a branch of here checked out, and none of its own.
    fn detached(&self, branch: &str, fetching: &[&str]) -> Self {
        let clone = Self(tempfile::tempdir().unwrap());
        clone.git(&["init", "--quiet", "--initial-branch", "none"]);
        clone.git(&["remote", "add", "origin", &format!("file://{}", self.0.path().display())]);
        clone.git(&[&["fetch", "--quiet"], fetching, &["origin"]].concat());
        clone.git(&["checkout", "--quiet", "--detach", &format!("origin/{branch}")]);
        clone
    }

    fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
        let status = Command::new("git").current_dir(self.0.path()).args(identity).args(arguments).status().unwrap();
        assert!(status.success(), "git {arguments:?}");
    }

    fn write(&self, file: &str, text: &str) {
        let file = self.0.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn commit(&self, file: &str, text: &str) {
        self.write(file, text);
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", "a change"]);
    }

    /// The contracts pass, and this is said of what they were compared with.
    #[track_caller]
    fn passes(&self, expected: &[&str]) {
        let said = contracts::check(self.0.path()).unwrap();
        for expected in expected {
            assert!(said.contains(expected), "\"{expected}\" is not in: {said}");
        }
    }

    #[track_caller]
    fn refused(&self) {
        let said = contracts::check(self.0.path()).unwrap_err().to_string();
        assert_eq!(said.matches("changes its name from text to words").count(), 1, "{said}");
    }
}

fn broken() -> String {
    FIRST.replace("string text", "string words")
}

fn grown() -> String {
    FIRST.replace("string text = 1;\n", "string text = 1;\n  // A number.\n  int32 number = 2;\n")
}

#[test]
fn what_is_changed_is_compared_with_the_last_commit() {
    let repository = Repository::new();
    repository.write(FILE, FIRST);
    repository.passes(&["not compared: there is no commit here"]);
    repository.commit(FILE, FIRST);
    repository.passes(&["compared with main at", "in this clone"]);
    repository.write(FILE, &broken());
    repository.refused();
}

#[test]
fn sources_without_history_are_compared_with_nothing() {
    let repository = Repository::new();
    repository.write(FILE, FIRST);
    fs::remove_dir_all(repository.0.path().join(".git")).unwrap();
    repository.passes(&["not compared: this is no clone"]);
}

#[test]
fn a_clone_that_git_cannot_read_does_not_pass() {
    let repository = Repository::new();
    repository.commit(FILE, FIRST);
    fs::remove_file(repository.0.path().join(".git/HEAD")).unwrap();
    let said = contracts::check(repository.0.path()).unwrap_err().to_string();
    assert!(said.contains("not a git repository"), "{said}");
}

#[test]
fn a_break_on_a_branch_is_one_against_main() {
    let repository = Repository::new();
    repository.commit(FILE, FIRST);
    repository.git(&["checkout", "--quiet", "-b", "change"]);
    repository.commit(FILE, &broken());
    repository.refused();
}

#[test]
fn a_break_that_is_committed_on_main_is_refused() {
    let repository = Repository::new();
    repository.commit(FILE, FIRST);
    repository.commit(FILE, &grown());
    repository.passes(&["compared with main at", "changed them"]);
    repository.commit(FILE, &broken());
    repository.refused();
    repository.commit("README.md", "Another commit does not hide it.");
    repository.refused();
}

#[test]
fn a_clone_without_main_is_compared_with_the_main_it_came_from() {
    let repository = Repository::new();
    repository.commit(FILE, FIRST);
    repository.detached("main", &[]).passes(&["compared with origin/main at"]);
    repository.git(&["checkout", "--quiet", "-b", "change"]);
    repository.commit(FILE, &broken());
    repository.detached("change", &[]).refused();
}

#[test]
fn a_clone_that_knows_no_main_at_all_is_compared_with_its_own_past() {
    let repository = Repository::new();
    repository.commit(FILE, FIRST);
    repository.commit(FILE, &broken());
    let clone = repository.detached("main", &[]);
    clone.git(&["remote", "remove", "origin"]);
    clone.refused();
}

#[test]
fn a_clone_without_a_past_says_so() {
    let repository = Repository::new();
    repository.commit(FILE, FIRST);
    repository.commit(FILE, &grown());
    repository.detached("main", &["--depth", "1"]).passes(&["compared with origin/main at", "in this clone"]);
}

#[test]
fn a_commit_without_contracts_is_no_baseline() {
    let repository = Repository::new();
    repository.commit("README.md", "No contracts yet.");
    repository.write(FILE, FIRST);
    repository.passes(&["not compared: main at", "has no contracts"]);
}
