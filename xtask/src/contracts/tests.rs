//! Every rule of style and shape fires, and the contracts of the house break none.

use super::*;

const NAME: &str = "piramide/sample/v1/sample.proto";
const GOOD: &str = r#"// SPDX-License-Identifier: BSD-3-Clause

syntax = "proto3";

// A sample.
package piramide.sample.v1;

import "google/protobuf/timestamp.proto";

// Answers.
service SampleService {
  // Asks. Safe to repeat.
  rpc Ask(AskRequest) returns (AskResponse);
}

// A question.
message AskRequest {
  // What.
  optional int32 first_thing = 1;
  // When.
  google.protobuf.Timestamp asked_at = 2;
  // One of.
  oneof part {
    // A text.
    string text = 3;
  }
  // Counts by name.
  map<string, int64> counts = 4;
}

// An answer.
message AskResponse {
  // Which.
  AnswerKind kind = 1;
}

// Kinds.
enum AnswerKind {
  // None.
  ANSWER_KIND_UNSPECIFIED = 0;
  // One.
  ANSWER_KIND_PLAIN = 1;
}
"#;

fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let sources = Sources::of(files);
    lint(&sources, &sources.compile().unwrap()).iter().map(Finding::to_string).collect()
}

/// Changing `from` to `to` in a good file gives exactly this finding.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    assert!(GOOD.contains(from), "{from} is not in the sample");
    let found = findings(&[(NAME, &GOOD.replace(from, to))]);
    assert!(found.len() == 1 && found[0].contains(expected), "expected one finding with \"{expected}\", found {found:#?}");
}

#[test]
fn a_good_file_has_no_finding() {
    assert_eq!(findings(&[(NAME, GOOD)]), Vec::<String>::new());
}

#[test]
fn names() {
    check("SampleService", "Samples", "does not end in Service");
    let found = findings(&[(NAME, &GOOD.replace("AnswerKind", "answerKind"))]);
    assert_eq!(found, ["proto/piramide/sample/v1/sample.proto:38: enum answerKind is not in PascalCase"]);
}

#[test]
fn fields_and_types() {
    check("first_thing", "firstThing", "field firstThing is not in snake_case");
    check("first_thing", "first__thing", "snake_case");
    check("oneof part", "oneof Part", "oneof Part is not in snake_case");
    check("optional int32", "optional double", "take piramide.type.v1.Decimal");
    check("optional int32", "optional uint32", "take int32");
    check("optional int32", "optional fixed64", "take int64");
}

#[test]
fn enums() {
    check("ANSWER_KIND_UNSPECIFIED", "ANSWER_KIND_NONE", "value 0 of enum AnswerKind is ANSWER_KIND_NONE, not ANSWER_KIND_UNSPECIFIED");
    check("ANSWER_KIND_PLAIN", "PLAIN", "value PLAIN does not start with ANSWER_KIND_");
}

#[test]
fn comments() {
    let places = [
        "// A sample.",
        "// Answers.",
        "// Asks. Safe to repeat.",
        "// A question.",
        "// What.",
        "// One of.",
        "// A text.",
        "// Counts by name.",
        "// Kinds.",
        "// None.",
    ];
    for comment in places {
        check(comment, "", "has no comment");
    }
    check("  // What.\n", "  //\n", "piramide.sample.v1.AskRequest.first_thing has no comment");
}

#[test]
fn requests_and_responses() {
    check("rpc Ask(AskRequest)", "rpc Ask(AskResponse)", "rpc Ask uses AskResponse, not its own AskRequest");
    check("returns (AskResponse)", "returns (AskRequest)", "rpc Ask uses AskRequest, not its own AskResponse");
}

#[test]
fn retries() {
    check("Safe to repeat.", "Asked against what is refused.", "rpc Ask does not say whether a retry is safe");
    for said in ["The same question again gets the first answer.", "A retry gets the\n  // first answer."] {
        assert_eq!(findings(&[(NAME, &GOOD.replace("Safe to repeat.", said))]), Vec::<String>::new());
    }
}

#[test]
fn licence_package_and_folder() {
    check("BSD-3-Clause", "AGPL-3.0-or-later", "sample.proto:1: the first line is not");
    check("package piramide.sample.v1", "package piramide.other.v1", "must be equal");
    let moved = GOOD.replace("sample.v1", "sample.v2");
    assert_eq!(
        findings(&[("piramide/sample/v2/sample.proto", &moved)]),
        ["proto/piramide/sample/v2/sample.proto: package piramide.sample.v2 does not end in v1"]
    );
}

#[test]
fn imports() {
    let other = |import: &str| GOOD.replace("sample.v1", "other.v1").replace("google/protobuf/timestamp.proto", import);
    let user = other("piramide/sample/v1/sample.proto").replace("google.protobuf.Timestamp", "piramide.sample.v1.AskResponse");
    let found = findings(&[(NAME, GOOD), ("piramide/other/v1/other.proto", &user)]);
    assert!(found.len() == 1 && found[0].contains("imports piramide/sample/v1/sample.proto"), "{found:#?}");
    let shared = GOOD.replace("sample.v1", "type.v1");
    let user = other("piramide/type/v1/type.proto").replace("google.protobuf.Timestamp", "piramide.type.v1.AskResponse");
    assert_eq!(findings(&[("piramide/type/v1/type.proto", &shared), ("piramide/other/v1/other.proto", &user)]), Vec::<String>::new());
}

#[test]
fn recursion() {
    check("AnswerKind kind = 1;", "AskResponse kind = 1;", "AskResponse contains itself");
    check("AnswerKind kind = 1;", "map<string, AskResponse> kind = 1;", "AskResponse contains itself");
    let through =
        GOOD.replace("AnswerKind kind = 1;", "AskRequest kind = 1;").replace("google.protobuf.Timestamp asked_at", "AskResponse asked_at");
    let found = findings(&[(NAME, &through)]);
    assert!(found.len() == 2 && found.iter().all(|finding| finding.contains("contains itself")), "{found:#?}");
}

#[test]
fn what_does_not_compile_is_named() {
    let error = Sources::of(&[(NAME, "syntax = \"proto3\"; message {")]).compile().unwrap_err();
    assert!(format!("{error:#}").contains("sample.proto"), "{error:#}");
}

#[test]
fn the_contracts_of_the_house_pass() {
    let said = super::check(&crate::workspace::root()).unwrap_or_else(|error| panic!("{error:#}"));
    assert!(said.contains("files"), "{said}");
}
