//! Every kind of break is found, and growth is none.

use super::*;
use crate::contracts::sources::Sources;

const OLD: &str = r#"
syntax = "proto3";
package p.v1;
service AService { rpc Ask(AskRequest) returns (AskResponse); rpc Tell(TellRequest) returns (stream TellResponse); }
message AskRequest {
  reserved 7, 20 to max;
  reserved "old";
  int32 count = 1;
  optional string text = 2;
  repeated Kind kinds = 3;
  oneof way { string walk = 4; int64 ride = 5; }
  Inner inner = 6;
  message Inner { string value = 1; }
}
message AskResponse {}
message TellRequest {}
message TellResponse {}
enum Kind { KIND_UNSPECIFIED = 0; KIND_ONE = 1; KIND_TWO = 2; }
"#;

fn compile(text: &str) -> Vec<FileDescriptorProto> {
    Sources::of(&[("p/v1/p.proto", text)]).compile().unwrap()
}

/// Changing `from` to `to` is a break described so, or none when nothing is expected.
#[track_caller]
fn check_change(from: &str, to: &str, expected: &[&str]) {
    assert!(OLD.contains(from), "{from} is not in the sample");
    let found: Vec<_> = check(&compile(OLD), &compile(&OLD.replace(from, to))).into_iter().map(|finding| finding.what).collect();
    let as_expected = found.len() == expected.len() && found.iter().zip(expected).all(|(found, expected)| found.contains(expected));
    assert!(as_expected, "expected {expected:#?}, found {found:#?}");
}

#[test]
fn growth_is_no_break() {
    check_change("int32 count = 1;", "int32 count = 1; int32 more = 8;", &[]);
    check_change("KIND_TWO = 2;", "KIND_TWO = 2; KIND_THREE = 3;", &[]);
    check_change("message AskResponse {}", "message AskResponse { int32 a = 1; } message New {}", &[]);
    check_change("rpc Ask(", "rpc More(AskRequest) returns (AskResponse); rpc Ask(", &[]);
}

#[test]
fn fields() {
    check_change("int32 count = 1;", "", &["field p.v1.AskRequest.count is gone: keep it, or reserve both 1 and \"count\""]);
    check_change("int32 count = 1;", "int32 count = 9;", &["count no longer has the number 1"]);
    check_change("int32 count", "int64 count", &["count changes its type from int32 to int64"]);
    check_change("int32 count", "int32 number", &["count changes its name from count to number"]);
    check_change("optional string text", "string text", &["text changes its label from optional to singular"]);
    check_change("repeated Kind kinds", "Kind kinds", &["kinds changes its label from repeated to singular"]);
    check_change("repeated Kind kinds", "repeated int32 kinds", &["kinds changes its type from p.v1.Kind to int32"]);
    check_change("oneof way { string walk = 4;", "string walk = 4; oneof way {", &["walk changes its place from oneof way to no oneof"]);
    check_change("string value = 1;", "", &["field p.v1.AskRequest.Inner.value is gone"]);
}

#[test]
fn reservations() {
    check_change("int32 count = 1;", "reserved 1; reserved \"count\";", &[]);
    check_change("int32 count = 1;", "reserved 1;", &["count is gone"]);
    check_change("int32 count = 1;", "reserved \"count\";", &["count is gone"]);
    check_change("reserved 7, 20 to max;", "reserved 20 to max;", &["no longer reserves 7"]);
    check_change("reserved 7, 20 to max;", "reserved 7, 20 to 30;", &["no longer reserves"]);
    check_change("reserved \"old\";", "", &["no longer reserves \"old\""]);
}

#[test]
fn enums() {
    check_change("KIND_TWO = 2;", "", &["value p.v1.Kind.KIND_TWO is gone"]);
    check_change("KIND_TWO = 2;", "reserved 2; reserved \"KIND_TWO\";", &[]);
    check_change("KIND_TWO = 2;", "KIND_TWO = 3;", &["KIND_TWO of p.v1.Kind no longer has the number 2"]);
    check_change("KIND_TWO = 2;", "KIND_PAIR = 2;", &["KIND_TWO of p.v1.Kind changes its name to KIND_PAIR"]);
}

#[test]
fn services_and_messages() {
    check_change("rpc Ask(AskRequest) returns (AskResponse);", "", &["rpc AService.Ask is gone"]);
    check_change(
        "rpc Ask(AskRequest)",
        "rpc Ask(stream AskRequest)",
        &["changes its request from p.v1.AskRequest to stream p.v1.AskRequest"],
    );
    check_change("stream TellResponse", "TellResponse", &["changes its response from stream p.v1.TellResponse to p.v1.TellResponse"]);
    check_change("returns (AskResponse)", "returns (TellResponse)", &["rpc AService.Ask changes its response"]);
    check_change("service AService", "service BService", &["p.v1.AService is gone"]);
}

#[test]
fn what_is_gone_is_named() {
    let old = compile("syntax = \"proto3\"; package p.v1; message Gone {} enum Also { ALSO_UNSPECIFIED = 0; }");
    let found: Vec<_> = check(&old, &compile("syntax = \"proto3\"; package p.v1;")).into_iter().map(|finding| finding.what).collect();
    assert_eq!(found, ["p.v1.Gone is gone", "p.v1.Also is gone"]);
}

#[test]
fn what_moves_to_another_file_of_its_package_is_still_there() {
    let moved = "message TellRequest {}\nmessage TellResponse {}\nenum Kind { KIND_UNSPECIFIED = 0; KIND_ONE = 1; KIND_TWO = 2; }\n";
    let old = Sources::of(&[("p/v1/p.proto", OLD), ("p/v1/more.proto", "syntax = \"proto3\"; package p.v1;")]).compile().unwrap();
    let two = |moved: &str| {
        let left = moved_from(OLD).replacen("package p.v1;", "package p.v1; import \"p/v1/more.proto\";", 1);
        let more = format!("syntax = \"proto3\"; package p.v1;\n{moved}");
        Sources::of(&[("p/v1/p.proto", &left), ("p/v1/more.proto", &more)]).compile().unwrap()
    };
    assert_eq!(check(&old, &two(moved)), [], "names are of the package, not of the file");
    let changed: Vec<_> =
        check(&old, &two(&moved.replace("KIND_TWO = 2", "KIND_TWO = 3"))).into_iter().map(|finding| finding.what).collect();
    assert!(changed.len() == 1 && changed[0].contains("no longer has the number 2"), "moving hides no break: {changed:#?}");
}

/// The sample without what moves.
fn moved_from(text: &str) -> String {
    text.lines().filter(|line| !["message Tell", "enum Kind"].iter().any(|moved| line.starts_with(moved))).collect::<Vec<_>>().join("\n")
}
