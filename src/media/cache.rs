//! Small files that are asked for again and again, in memory. What lies under a key never changes, so nothing here is ever
//! out of date; the least used goes when there is no more room.

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// In all, in bytes.
const ROOM: u64 = 32 * 1024 * 1024;
/// Of one file. Larger ones are limited by the network and not by how they are found.
const LARGEST: u64 = 512 * 1024;
/// What a page shows of an image in one size.
const USUAL: u64 = 48 * 1024;

#[derive(Clone)]
struct Size;

impl Weighter<String, Bytes> for Size {
    fn weight(&self, key: &String, bytes: &Bytes) -> u64 {
        (key.len() + bytes.len()) as u64
    }
}

pub struct FileCache(Cache<String, Bytes, Size>);

impl Default for FileCache {
    fn default() -> Self {
        Self(Cache::with_weighter(usize::try_from(ROOM / USUAL).unwrap_or(1), ROOM, Size))
    }
}

impl FileCache {
    pub fn takes(&self, byte_size: u64) -> bool {
        byte_size <= LARGEST
    }

    pub fn get(&self, key: &str) -> Option<Bytes> {
        self.0.get(key)
    }

    pub fn put(&self, key: &str, bytes: &Bytes) {
        self.0.insert(key.to_owned(), bytes.clone());
    }
}
