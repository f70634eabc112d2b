//! What several tests of zt share.

pub mod front;
