//! What pages load, out of the binary itself: nothing comes from elsewhere.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use crate::{cache::Basis, pulse::Sources};

/// The stylesheet.
pub(super) async fn stylesheet() -> Response {
    asset("text/css; charset=utf-8", include_str!("../../assets/piramide.css"))
}

/// The script.
pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../../assets/piramide.js"))
}

/// The icon.
pub(super) async fn icon() -> Response {
    asset("image/svg+xml", include_str!("../../assets/piramide.svg"))
}

fn asset(media: &'static str, text: &'static str) -> Response {
    let mut response = ([(CONTENT_TYPE, media)], text).into_response();
    response.extensions_mut().insert(Basis::of(Sources::NONE));
    response
}
