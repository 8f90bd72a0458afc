//! Stories of uploads. Every file is made here, by encoders or byte by byte.

mod colours;
mod formats;
mod hostile;
mod memory;
mod rendering;
mod samples;
mod upright;
