//! The plan packages: how they are refused, what they say, and that the bundled ones say what was printed.

mod bundled;
mod loading;
mod printed;
mod properties;
mod refusals;
mod support;
mod targets;
