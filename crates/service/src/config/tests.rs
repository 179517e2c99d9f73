//! Layers, origins, refusals.
