//! What happened: the audit log of the team, and the change log of what is public.

pub mod audit;
pub mod change;
