//! Listings. Names on disk are hashes, so a listing reads the footer of every object on the folders that can
//! hold the prefix, and keeps the smallest names only: memory is bounded by the page, time by the folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use s3s::S3Result;

use super::fault::io_fault;
use super::footer::{self, Meta};
use super::{Folder, key};

#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) prefix: String,
    pub(super) delimiter: Option<String>,
    /// Only keys greater than this.
    pub(super) start_after: Option<String>,
    /// Only names (keys or common prefixes) greater than this.
    pub(super) after_name: Option<String>,
    pub(super) limit: usize,
}

/// In order of their bytes; None stands for a common prefix.
pub(super) struct Page {
    pub(super) names: Vec<(String, Option<Meta>)>,
    pub(super) more: bool,
}

struct Smallest<'a> {
    query: &'a Query,
    names: BTreeMap<String, Option<Meta>>,
}

/// Blocking.
pub(super) fn list(folder: &Folder, query: &Query) -> S3Result<Page> {
    let mut smallest = Smallest { query, names: BTreeMap::new() };
    if query.limit > 0 {
        walk(&folder.objects(), &mut smallest).map_err(io_fault)?;
    }
    let mut names: Vec<_> = smallest.names.into_iter().collect();
    let more = names.len() > query.limit;
    names.truncate(query.limit);
    Ok(Page { names, more })
}

fn walk(objects: &Path, smallest: &mut Smallest<'_>) -> io::Result<()> {
    let mut folders: Vec<String> = children(objects)?
        .into_iter()
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    // In order, so that a full page makes the later folders unnecessary.
    folders.sort_unstable();
    for folder in folders {
        if !key::folder_may_hold(&folder, &smallest.query.prefix) || !smallest.may_take(&folder) {
            continue;
        }
        for dir in children(&objects.join(&folder))? {
            for path in children(&dir)? {
                if let Some(meta) = look(&path)? {
                    smallest.offer(meta);
                }
            }
        }
    }
    Ok(())
}

/// An object removed meanwhile is no part of the listing; neither is a damaged one, which reading it reports.
fn look(path: &Path) -> io::Result<Option<Meta>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(footer::read(&file).ok())
}

fn children(dir: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(dir) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

impl Smallest<'_> {
    fn may_take(&self, folder: &str) -> bool {
        let Some(prefix) = key::folder_prefix(folder) else { return true };
        let passed = |after: &Option<String>| {
            after.as_ref().is_some_and(|after| *after > prefix && !after.starts_with(&prefix))
        };
        if passed(&self.query.start_after) || passed(&self.query.after_name) {
            return false;
        }
        // A key of this folder is greater than its prefix; a page that ends before it needs none of them.
        self.names.len() <= self.query.limit
            || self.names.last_key_value().is_some_and(|(last, _)| *last > prefix)
    }

    fn offer(&mut self, meta: Meta) {
        let query = self.query;
        let Some(rest) = meta.key.strip_prefix(&query.prefix) else { return };
        if query.start_after.as_ref().is_some_and(|after| meta.key <= *after) {
            return;
        }
        let folded = query.delimiter.as_ref().and_then(|delimiter| {
            let at = rest.find(delimiter.as_str())?;
            Some(format!("{}{}{delimiter}", query.prefix, &rest[..at]))
        });
        let (name, meta) = match folded {
            Some(prefix) => (prefix, None),
            None => (meta.key.clone(), Some(meta)),
        };
        if query.after_name.as_ref().is_some_and(|after| name <= *after) {
            return;
        }
        self.names.insert(name, meta);
        // One more than the page, to know whether there is another.
        if self.names.len() > query.limit.saturating_add(1) {
            self.names.pop_last();
        }
    }
}
