//! The rooms of the domain in their order, and that none of its modules is part of a circle of imports.

use std::collections::{BTreeMap, BTreeSet};

use super::source::paths;
use super::{File, rust_files};

/// The modules that stand right in `domain`. Each may use those before it.
const ROOMS: [&str; 13] = [
    "core",
    "access",
    "journal",
    "job",
    "team",
    "richtext",
    "library",
    "site",
    "routine",
    "questions",
    "content",
    "credential",
    "installation",
];

/// Which module imports which, by their paths from `domain`. What a module has for its own tests does not count.
type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn rooms_of_the_domain_use_only_those_before_them() {
    let place = |module: &str| ROOMS.iter().position(|room| Some(*room) == module.split("::").next());
    let mut broken = Vec::new();
    for (module, imported) in imports(&files_of_the_domain()) {
        let own = place(&module).unwrap_or_else(|| panic!("{module} is in no room of the table"));
        let below = imported.iter().filter(|other| place(other).is_none_or(|other| other > own));
        broken.extend(below.map(|other| format!("{module} uses {other}")));
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn no_module_of_the_domain_is_part_of_a_circle() {
    let imports = imports(&files_of_the_domain());
    assert!(imports.len() > 100, "only {} modules", imports.len());
    assert_eq!(circle(imports), None);
}

#[test]
fn a_circle_is_found_and_a_facade_is_none() {
    let files = [
        ("src/domain/a.rs", "mod b;\npub use b::B;\nfn f() { crate::domain::c::g() }"),
        ("src/domain/a/b.rs", "use super::super::c::{self, d::D};\npub struct B;"),
        (
            "src/domain/c.rs",
            "pub mod d;\n#[cfg(test)]\nmod tests {\n use super::*;\n use crate::domain::a;\n}",
        ),
        ("src/domain/c/d.rs", "pub struct D;"),
    ];
    let files = files.map(|(name, code)| File {
        name: name.to_owned(),
        text: code.to_owned(),
        code: code.to_owned(),
    });
    let mut imports = imports(&files);
    let edges = |module: &str, imports: &Imports| imports[module].iter().cloned().collect::<Vec<_>>();
    assert_eq!(edges("a", &imports), ["a::b", "c"]);
    assert_eq!(edges("a::b", &imports), ["c", "c::d"]);
    assert_eq!(edges("c", &imports), Vec::<String>::new());
    assert_eq!(circle(imports.clone()), None);
    imports.get_mut("c::d").expect("a module").insert("a".to_owned());
    assert_eq!(circle(imports).as_deref(), Some("a → a::b → c::d → a"));
}

fn files_of_the_domain() -> Vec<File> {
    let is_test = |name: &str| name.ends_with("/tests.rs") || name.contains("/tests/");
    let mut files = rust_files(&["src/domain"]);
    // What is there for tests alone: see `domain.rs`.
    files.retain(|file| !is_test(&file.name) && file.name != "src/domain/vocabulary.rs");
    files
}

fn imports(files: &[File]) -> Imports {
    let module = |name: &str| {
        let path = name.strip_prefix("src/domain/").expect("a file of the domain");
        path.trim_end_matches(".rs").replace('/', "::")
    };
    let modules: BTreeSet<String> = files.iter().map(|file| module(&file.name)).collect();
    let mut imports = Imports::new();
    for file in files {
        let own = module(&file.name);
        let code = file.code.split("#[cfg(test)]\nmod tests {").next().expect("a first part");
        let mut found = BTreeSet::new();
        for line in paths(&file.name, code) {
            let path = match line.path.split_first() {
                Some((first, [second, rest @ ..])) if first == "crate" && second == "domain" => {
                    rest.join("::")
                }
                // A module below this one is named without a prefix.
                _ => format!("{own}::{}", line.path.join("::")),
            };
            found.extend(named(&modules, &path).filter(|other| *other != own));
        }
        imports.insert(own, found);
    }
    imports
}

/// The innermost module that a path leads into.
fn named(modules: &BTreeSet<String>, path: &str) -> Option<String> {
    let ends = path.match_indices("::").map(|(at, _)| at).chain([path.len()]);
    ends.map(|end| &path[..end]).filter(|start| modules.contains(*start)).last().map(str::to_owned)
}

/// A circle, if there is one: what imports nothing that is left is taken away until nothing changes.
fn circle(mut imports: Imports) -> Option<String> {
    loop {
        let ends: Vec<String> = imports
            .iter()
            .filter(|(_, imported)| !imported.iter().any(|other| imports.contains_key(other)))
            .map(|(module, _)| module.clone())
            .collect();
        if ends.is_empty() {
            break;
        }
        for end in ends {
            imports.remove(&end);
        }
    }
    let mut way = vec![imports.keys().next()?.clone()];
    loop {
        let last = way.last().expect("the first one at least");
        let next = imports[last].iter().find(|other| imports.contains_key(*other)).expect("all lead on");
        let begin = way.iter().position(|module| module == next);
        way.push(next.clone());
        if let Some(begin) = begin {
            return Some(way[begin..].join(" → "));
        }
    }
}
