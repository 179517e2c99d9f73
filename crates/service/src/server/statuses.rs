//! Statuses of tonic that say something else than they should, and those this server gives itself.

use http::HeaderMap;
use tonic::{Code, Status};

use crate::refusal::{Refusal, reason};

/// The headers a status is made of.
const HEADERS: [&str; 3] = ["grpc-status", "grpc-message", "grpc-status-details-bin"];

/// What prost says of bytes that are not a message of the type expected.
const UNDECODABLE: &str = "failed to decode Protobuf message";

/// What tonic says of a message cut short, or with a header that gRPC does not have.
const BROKEN_FRAMING: [&str; 3] = ["Unexpected EOF decoding stream", "protocol error: received message", "Error decompressing: "];

/// What tonic says of a message beyond the limit: received, sent, or once decompressed.
const TOO_LARGE: [&str; 3] =
    ["Error, decoded message length too large", "Error, encoded message length too large", "Error decompressing: size limit"];

/// Reads the status in headers or trailers, and replaces it there if it must say something else. `None` if there is none.
pub(super) fn put_right(headers: &mut HeaderMap) -> Option<Status> {
    let status = Status::from_header_map(headers)?;
    let Some(right) = translate(&status) else { return Some(status) };
    write(&right, headers);
    Some(right)
}

/// Replaces whatever status the headers have.
pub(super) fn write(status: &Status, headers: &mut HeaderMap) {
    for name in HEADERS {
        headers.remove(name);
    }
    // Fails only for a text that is no header value, and both texts are encoded.
    let _ = status.add_header(headers);
}

/// The status as trailers of its own.
pub(super) fn trailers(status: &Status) -> HeaderMap {
    let mut headers = HeaderMap::new();
    write(status, &mut headers);
    headers
}

/// The deadline passed.
pub(super) fn late() -> Refusal {
    Refusal::new(Code::DeadlineExceeded, reason::DEADLINE, "the deadline passed before the answer was ready; the work was stopped")
}

/// The server is stopping.
pub(super) fn draining() -> Refusal {
    Refusal::unavailable(reason::DRAINING, "the server is stopping; ask again, another one will answer")
}

fn translate(status: &Status) -> Option<Status> {
    let says = |texts: &[&str]| texts.iter().any(|text| status.message().starts_with(text));
    if matches!(status.code(), Code::OutOfRange | Code::ResourceExhausted) && says(&TOO_LARGE) {
        return Some(Refusal::new(Code::ResourceExhausted, reason::SIZE, lower(status.message())).into_status());
    }
    if status.code() == Code::Internal && (says(&[UNDECODABLE]) || says(&BROKEN_FRAMING)) {
        return Some(Refusal::invalid(reason::UNDECODABLE, lower(status.message())).into_status());
    }
    None
}

/// The message in our form: no "Error, " before it, no full stop after it, lower case.
fn lower(message: &str) -> String {
    let text = message.trim_start_matches("Error, ").trim_end_matches('.');
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::reason_of;

    #[track_caller]
    fn check(given: &Status, code: Code, reason: Option<&str>, message: &str) {
        let mut headers = trailers(given);
        headers.insert("x-kept", http::HeaderValue::from_static("1"));
        let answered = put_right(&mut headers).unwrap();
        let wire = Status::from_header_map(&headers).unwrap();
        for status in [answered, wire] {
            assert_eq!((status.code(), reason_of(&status).as_deref(), status.message()), (code, reason, message));
        }
        assert!(headers.contains_key("x-kept"));
    }

    #[test]
    fn what_tonic_misnames_is_put_right_and_the_rest_left_alone() {
        check(
            &Status::out_of_range("Error, decoded message length too large: found 9 bytes, the limit is: 4 bytes"),
            Code::ResourceExhausted,
            Some("SIZE"),
            "decoded message length too large: found 9 bytes, the limit is: 4 bytes",
        );
        check(
            &Status::resource_exhausted("Error decompressing: size limit, of 4 bytes, exceeded while decompressing message"),
            Code::ResourceExhausted,
            Some("SIZE"),
            "error decompressing: size limit, of 4 bytes, exceeded while decompressing message",
        );
        check(
            &Status::internal("failed to decode Protobuf message: invalid varint"),
            Code::InvalidArgument,
            Some("UNDECODABLE"),
            "failed to decode Protobuf message: invalid varint",
        );
        check(
            &Status::internal("Unexpected EOF decoding stream."),
            Code::InvalidArgument,
            Some("UNDECODABLE"),
            "unexpected EOF decoding stream",
        );
        check(&Status::internal("anything else"), Code::Internal, None, "anything else");
        check(&Status::out_of_range("page 7 of 3"), Code::OutOfRange, None, "page 7 of 3");
        check(&Status::not_found("no"), Code::NotFound, None, "no");
    }

    #[test]
    fn headers_without_a_status_have_none() {
        assert!(put_right(&mut HeaderMap::new()).is_none());
    }
}
