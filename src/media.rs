//! Files of media: what they are, what is private in them, and images in other sizes. Plain functions: bytes in, values and
//! bytes out. Nothing here knows whose a file is or where it lies.

pub mod cache;
pub mod container;
mod format;
mod inspect;
mod output;
pub mod pool;
pub mod raster;

pub use format::{Format, MediaKind};
pub use inspect::{Inspected, Unfit, clean, look, measure, measured, memory_to_look, render};
pub use raster::{Measure, Output, Rendering, thumbhash_png};
