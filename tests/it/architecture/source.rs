//! Reads just enough Rust to know which paths a file names: comments and strings out, `use` trees unfolded.

/// A path that a file names, from the root of its crate or from another crate.
#[derive(Debug)]
pub struct Line {
    pub number: usize,
    pub path: Vec<String>,
}

/// Every path of two parts or more. `crate`, `self` and `super` are resolved for files below `src/`; a module that stands
/// inside a file counts as the file itself.
pub fn paths(file: &str, code: &str) -> Vec<Line> {
    let tokens = tokens(code);
    let module = module_of(file);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (number, token) = (tokens[at].0, tokens[at].1.as_str());
        let mut read = Vec::new();
        if token == "use" && tokens.get(at + 1).is_some_and(|(_, next)| next != "<") {
            at = tree(&tokens, at + 1, &[], &mut read);
        } else if is_name(token) && tokens.get(at + 1).is_some_and(|(_, next)| next == "::") {
            let mut path = vec![token.to_owned()];
            at += 1;
            while at + 1 < tokens.len() && tokens[at].1 == "::" && is_name(&tokens[at + 1].1) {
                path.push(tokens[at + 1].1.clone());
                at += 2;
            }
            read.push((number, path));
        } else {
            at += 1;
        }
        found.extend(read.into_iter().map(|(number, path)| Line { number, path: resolve(&module, path) }));
    }
    found
}

type Token = (usize, String);

/// Unfolds one branch of a `use` tree, from `at` to the comma, brace or semicolon that ends it.
fn tree(tokens: &[Token], mut at: usize, prefix: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let mut path = prefix.to_vec();
    let mut number = tokens.get(at).map_or(0, |(number, _)| *number);
    let mut renamed = false;
    while let Some((line, token)) = tokens.get(at) {
        match token.as_str() {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|(_, token)| token != "}") {
                    at = tree(tokens, at, &path, found);
                    at += usize::from(tokens.get(at).is_some_and(|(_, token)| token == ","));
                }
                return at + 1;
            }
            "," | "}" | ";" => break,
            "as" => renamed = true,
            name if is_name(name) && !renamed => {
                number = *line;
                path.push(name.to_owned());
            }
            _ => {}
        }
        at += 1;
    }
    if !path.is_empty() {
        found.push((number, path));
    }
    at
}

fn resolve(module: &[String], path: Vec<String>) -> Vec<String> {
    let supers = path.iter().take_while(|name| *name == "super").count();
    let rest = match path[0].as_str() {
        "self" => &path[1..],
        "super" => &path[supers..],
        _ => return path,
    };
    let kept = module.len().saturating_sub(supers);
    let root = std::iter::once("crate".to_owned());
    root.chain(module[..kept].iter().cloned()).chain(rest.iter().cloned()).collect()
}

/// `src/http/server/socket.rs` is `http::server::socket`.
fn module_of(file: &str) -> Vec<String> {
    let path = file.strip_prefix("src/").unwrap_or_default().trim_end_matches(".rs");
    path.split('/').filter(|name| !["", "lib", "main"].contains(name)).map(str::to_owned).collect()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single characters, each with its line from 1.
fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if rest.starts_with("::") {
                2
            } else if is_name(rest) {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            tokens.push((index + 1, rest[..length].to_owned()));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// The same text with spaces for comments and for what stands in quotes. Line breaks stay.
pub fn without_comments_and_strings(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => find(&chars, at, |rest| rest[0] == '\n'),
            ('/', Some('*')) => end_of_comment(&chars, at),
            ('"', _) => end_of_string(&chars, at),
            ('\'', Some('\\')) => find(&chars, at + 3, |rest| rest[0] == '\'') + 1,
            ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
            _ => at,
        };
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            let end = end.min(chars.len());
            code.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

fn find(chars: &[char], from: usize, wanted: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|&at| wanted(&chars[at..])).unwrap_or(chars.len())
}

fn end_of_comment(chars: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0_usize, start);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// After the closing quote: of a raw string, the one with as many hashes as stand before the opening quote.
fn end_of_string(chars: &[char], start: usize) -> usize {
    let hashes = chars[..start].iter().rev().take_while(|&&c| c == '#').count();
    let before = &chars[..start - hashes];
    let raw = before.last() == Some(&'r')
        && !before.iter().rev().nth(1).is_some_and(|c| c.is_alphanumeric() && !['b', 'c'].contains(c));
    if raw {
        let closes = |rest: &[char]| {
            rest[0] == '"' && rest[1..].iter().take_while(|&&c| c == '#').take(hashes).count() == hashes
        };
        return find(chars, start + 1, closes) + 1 + hashes;
    }
    let mut at = start + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}
