//! Files: how they arrive, what they are, and where they are shown.

pub mod asset;
pub mod upload;
