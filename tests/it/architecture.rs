//! The rules of the house that no lint knows: which layer may use which, that the domain has no circle of imports, and how
//! files look. The tables are the rules; a line of them is changed together with `docs/decisions.md`, not to make a build
//! pass.

use std::fs;
use std::path::{Path, PathBuf};

mod circles;
mod source;

use source::{Line, paths, without_comments_and_strings};

/// A part of `src/`: its file `name.rs` and the folder beside it.
struct Layer {
    name: &'static str,
    /// Other layers that it may name. All of them stand above it in the table, so there are no circles.
    may: &'static [&'static str],
    /// Paths that it must not name, each with the reason.
    never: &'static [(&'static str, &'static str)],
}

const LIBRARY: &str = "async-graphql is a pre-release and is met in one place";
const WIRE: &str = "HTTP is for `http`; what is said there can be asked without it";
const QUERIES: &str = "statements are built in `domain`, where the policy is";

const LAYERS: [Layer; 16] = [
    Layer {
        name: "private",
        may: &[],
        never: &[("entity", "a mode is a mode"), ("sea_orm", "a mode is a mode"), ("axum", WIRE)],
    },
    Layer {
        name: "db",
        may: &["private"],
        never: &[
            ("entity", "the database is opened without knowing what is in it"),
            ("async_graphql", LIBRARY),
            ("axum", WIRE),
        ],
    },
    Layer {
        name: "mail",
        may: &["private"],
        never: &[
            ("entity", "a letter is made of plain values, whatever they were read from"),
            ("sea_orm", "a letter is made of plain values, whatever they were read from"),
            ("sqlx", "a letter is made of plain values, whatever they were read from"),
            ("async_graphql", LIBRARY),
            ("axum", WIRE),
        ],
    },
    Layer {
        name: "keys",
        may: &["private"],
        never: &[
            ("entity", "keys are there before a database"),
            ("sea_orm", "keys are there before a database"),
        ],
    },
    Layer {
        name: "media",
        may: &["private"],
        never: &[
            ("entity", "bytes in, values and bytes out, whosever they are"),
            ("sea_orm", "bytes in, values and bytes out, whosever they are"),
            ("aws_sdk_s3", "where bytes lie is for `store`"),
            ("async_graphql", LIBRARY),
            ("axum", WIRE),
        ],
    },
    Layer {
        name: "store",
        may: &["private"],
        never: &[
            ("entity", "bytes under keys, whatever they mean"),
            ("sea_orm", "bytes under keys, whatever they mean"),
            ("async_graphql", LIBRARY),
            ("axum", WIRE),
        ],
    },
    Layer {
        name: "config",
        may: &["db", "mail", "keys", "store"],
        never: &[
            ("entity", "settings are read before there is a database"),
            ("sea_orm", "settings are read before there is a database"),
            ("sqlx", "settings are read before there is a database"),
            ("async_graphql", LIBRARY),
            ("axum", WIRE),
        ],
    },
    Layer { name: "telemetry", may: &["config"], never: &[("sea_orm", QUERIES), ("async_graphql", LIBRARY)] },
    Layer {
        name: "domain",
        may: &["db", "media"],
        never: &[
            ("aws_sdk_s3", "the rules hold wherever the bytes lie"),
            ("async_graphql", "the rules hold whatever asks"),
            ("axum", "the rules hold whatever asks"),
            ("hyper", "the rules hold whatever asks"),
            ("tower_http", "the rules hold whatever asks"),
            ("clap", "the rules hold whatever asks"),
            ("migration", "the rules meet the newest form of the tables only"),
        ],
    },
    Layer {
        name: "ctx",
        may: &["db", "store", "domain"],
        never: &[("sea_orm", QUERIES), ("async_graphql", LIBRARY), ("axum", WIRE)],
    },
    Layer {
        name: "graphql",
        may: &["db", "media", "store", "domain", "ctx"],
        never: &[
            ("sea_orm", QUERIES),
            ("sqlx", QUERIES),
            ("migration", QUERIES),
            ("axum", WIRE),
            ("hyper", WIRE),
            ("tower_http", WIRE),
        ],
    },
    Layer {
        name: "app",
        may: &["private", "db", "mail", "keys", "media", "store", "config", "domain", "ctx", "graphql"],
        never: &[("sea_orm", QUERIES), ("async_graphql", LIBRARY), ("axum", WIRE)],
    },
    Layer {
        name: "jobs",
        may: &["private", "db", "mail", "media", "store", "domain", "app"],
        never: &[
            ("sea_orm", QUERIES),
            ("sqlx", QUERIES),
            ("async_graphql", LIBRARY),
            ("axum", "a worker has no wire"),
        ],
    },
    Layer {
        name: "http",
        may: &["media", "store", "config", "domain", "ctx", "graphql", "app"],
        never: &[
            ("sea_orm", QUERIES),
            ("sqlx", QUERIES),
            ("entity", "rows are turned into answers by `graphql`"),
            ("migration", QUERIES),
            ("async_graphql", LIBRARY),
        ],
    },
    Layer {
        name: "demo",
        may: &["db", "domain", "app"],
        never: &[
            ("sea_orm", "the demo goes through the same rules as any content"),
            ("async_graphql", LIBRARY),
            ("axum", WIRE),
        ],
    },
    Layer {
        name: "cli",
        may: &[
            "private",
            "db",
            "mail",
            "keys",
            "media",
            "store",
            "config",
            "telemetry",
            "domain",
            "ctx",
            "graphql",
            "app",
            "jobs",
            "http",
            "demo",
        ],
        never: &[("sea_orm", QUERIES), ("sqlx", QUERIES), ("async_graphql", LIBRARY), ("axum", WIRE)],
    },
];

/// What is named after all: file or folder, path, reason.
const EXCEPTIONS: [(&str, &str, &str); 5] = [
    ("src/app.rs", "sea_orm::DbErr", "a reason not to start"),
    ("src/demo/", "crate::jobs::promote", "its files are looked at like those that are uploaded"),
    ("src/demo/", "crate::media::Format", "its files say what they are"),
    ("src/cli.rs", "sea_orm::DbErr", "told to the operator with its cause"),
    ("src/cli/", "sea_orm::DbErr", "told to the operator with its cause"),
];

/// What the other two crates may depend on; cargo then forbids the rest.
const CRATES: [(&str, &[&str], &str); 2] = [
    ("entity", &["sea-orm", "serde", "uuid"], "rows have no logic, no I/O and no face"),
    (
        "migration",
        &["sea-orm-migration", "async-trait", "serde_json"],
        "a row's type changes with time, a step of the history must not",
    ),
];

/// Names of sea-orm's generated items that read or write a table.
const TABLES: [&str; 4] = ["Entity", "Column", "ActiveModel", "Relation"];

const MAX_LINES: usize = 500;

#[test]
fn layers_use_only_what_is_theirs_to_use() {
    let mut broken = Vec::new();
    for file in rust_files(&["src"]) {
        let Some(layer) = layer_of(&file.name) else { continue };
        for path in paths(&file.name, &file.code) {
            broken.extend(fault(layer, &file.name, &path));
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_module_of_the_root_is_a_layer_and_the_layers_have_no_circle() {
    for file in rust_files(&["src"]) {
        let root = ["src/lib.rs", "src/main.rs"].contains(&file.name.as_str());
        assert!(root || layer_of(&file.name).is_some(), "{} is in no layer of the table", file.name);
    }
    for (index, layer) in LAYERS.iter().enumerate() {
        let above: Vec<_> = LAYERS[..index].iter().map(|other| other.name).collect();
        assert!(layer.may.iter().all(|name| above.contains(name)), "{} looks downwards", layer.name);
    }
}

#[test]
fn tables_are_read_and_written_in_the_domain_alone() {
    let mut broken = Vec::new();
    for file in rust_files(&["src"]).into_iter().filter(|file| !in_layer("domain", &file.name)) {
        for Line { number, path } in paths(&file.name, &file.code) {
            if path.iter().any(|name| TABLES.contains(&name.as_str())) {
                broken.push(format!("{}:{number}: {}: {QUERIES}", file.name, path.join("::")));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn rows_and_history_stand_alone() {
    for (name, allowed, reason) in CRATES {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = manifest.parse().expect("TOML");
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let found =
                manifest.get(kind).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
            let foreign: Vec<_> = found.filter(|key| !allowed.contains(&key.as_str())).collect();
            assert!(foreign.is_empty(), "{name} depends on {foreign:?}: {reason}");
        }
    }
    for file in rust_files(&["migration/src"]) {
        let rows = paths(&file.name, &file.code).into_iter().find(|line| line.path[0] == "entity");
        assert!(rows.is_none(), "{} imports entity: {}", file.name, CRATES[1].2);
    }
}

#[test]
fn files_are_short_enough_to_read() {
    let long: Vec<_> = files(&[])
        .into_iter()
        .filter(|file| file.is(&["rs", "js", "css", "md"]))
        .map(|file| (file.text.lines().count(), file.name))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .collect();
    assert!(long.is_empty(), "more than {MAX_LINES} lines: {long:?}");
}

#[test]
fn modules_say_what_they_are_for_and_stand_beside_their_folder() {
    for file in rust_files(&["src", "entity/src", "migration/src", "benches"]) {
        assert!(file.text.starts_with("//! "), "{} does not open with `//!`", file.name);
    }
    for file in rust_files(&[]) {
        assert!(!file.name.ends_with("/mod.rs"), "{}: a module is foo.rs beside foo/", file.name);
    }
}

#[test]
fn lints_are_expected_with_a_reason_and_nothing_is_left_to_do() {
    for file in rust_files(&[]) {
        let dense: String = file.code.split_whitespace().collect();
        for word in ["#[allow(", "#![allow(", "todo!(", "unimplemented!("] {
            assert!(!dense.contains(word), "{} has {word}…)", file.name);
        }
    }
}

#[test]
fn a_forbidden_path_is_found_however_it_is_written() {
    let layer = layer_of("src/graphql/post.rs").expect("a layer");
    let code = "use crate::{domain::id, http::{self, auth as a}};\nfn f() { sea_orm::Statement::new() }\n\
        use super::super::cli; // use axum::Router;\nconst X: &str = r#\"axum::Router\"#;";
    let found: Vec<_> = paths("src/graphql/post.rs", &without_comments_and_strings(code))
        .iter()
        .filter_map(|line| fault(layer, "src/graphql/post.rs", line))
        .map(|text| text.split(": ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        found,
        [
            "src/graphql/post.rs:1 crate::http::self",
            "src/graphql/post.rs:1 crate::http::auth",
            "src/graphql/post.rs:2 sea_orm::Statement::new",
            "src/graphql/post.rs:3 crate::cli",
        ]
    );
}

/// What is wrong with a path in a file of a layer.
fn fault(layer: &Layer, file: &str, Line { number, path }: &Line) -> Option<String> {
    let text = path.join("::");
    let begins = |prefix: &str| text == prefix || text.starts_with(&format!("{prefix}::"));
    if EXCEPTIONS.iter().any(|(place, allowed, _)| file.starts_with(place) && begins(allowed)) {
        return None;
    }
    let reason = if path[0] == "crate" {
        let other = LAYERS.iter().find(|other| path.get(1).is_some_and(|name| *name == other.name))?;
        let good = other.name == layer.name || layer.may.contains(&other.name);
        (!good).then(|| format!("{} may use {:?}", layer.name, layer.may))
    } else {
        layer.never.iter().find(|(prefix, _)| begins(prefix)).map(|(_, reason)| (*reason).to_owned())
    };
    reason.map(|reason| format!("{file}:{number}: {text}: {reason}"))
}

fn layer_of(file: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| in_layer(layer.name, file))
}

fn in_layer(name: &str, file: &str) -> bool {
    file == format!("src/{name}.rs") || file.starts_with(&format!("src/{name}/"))
}

/// A file of the repository, with its path from the root.
struct File {
    name: String,
    text: String,
    /// The text without comments and the insides of strings, line by line where it was.
    code: String,
}

impl File {
    fn is(&self, kinds: &[&str]) -> bool {
        Path::new(&self.name).extension().is_some_and(|kind| kinds.iter().any(|wanted| kind == *wanted))
    }
}

fn rust_files(folders: &[&str]) -> Vec<File> {
    let mut files = files(folders);
    files.retain(|file| file.is(&["rs"]));
    assert!(files.len() > 1, "no files in {folders:?}");
    for file in &mut files {
        file.code = without_comments_and_strings(&file.text);
    }
    files
}

/// The text files below some folders, or in the whole repository, without what git ignores at its root.
fn files(folders: &[&str]) -> Vec<File> {
    let root = root();
    let ignored = fs::read_to_string(root.join(".gitignore")).expect("a list of what is ignored");
    let ignored: Vec<PathBuf> =
        ignored.lines().filter_map(|line| line.strip_prefix('/')).map(|name| root.join(name)).collect();
    let mut open: Vec<PathBuf> = match folders {
        [] => vec![root.clone()],
        folders => folders.iter().map(|folder| root.join(folder)).filter(|path| path.exists()).collect(),
    };
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("an entry").path();
            if ignored.contains(&path) || path.ends_with(".git") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let name = path.strip_prefix(&root).expect("below the root").display().to_string();
                found.push(File { name, text, code: String::new() });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
