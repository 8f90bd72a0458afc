//! The scan: one pass over the bytes, without recursion, that bounds everything the recursive parser will do.
//! It lexes as the grammar does (October 2021, section 2.1), so that a bracket counts here exactly when the
//! parser would see one. It must never accept a string or comment as ended earlier or later than the parser does.

use async_graphql::Pos;

use super::{Limits, Refusal};

/// Refuses a text that is too long, too deeply bracketed, has too many tokens or directives, or cannot be lexed.
pub(super) fn scan(query: &str, limits: &Limits) -> Result<(), Refusal> {
    if query.len() > limits.document_bytes {
        return Err(Refusal::DocumentTooLarge { found: query.len(), limit: limits.document_bytes });
    }
    let mut scanner = Scanner { query, at: 0 };
    let mut closers = Vec::new();
    let mut tokens = 0;
    let mut directives = 0;
    while let Some(start) = scanner.next_token()? {
        tokens += 1;
        if tokens > limits.tokens {
            return Err(Refusal::TooManyTokens { limit: limits.tokens, at: scanner.position(start) });
        }
        match scanner.byte(start) {
            b'{' => closers.push(b'}'),
            b'[' => closers.push(b']'),
            b'(' => closers.push(b')'),
            closer @ (b'}' | b']' | b')') if closers.pop() != Some(closer) => {
                return Err(scanner.syntax("this bracket closes none", start));
            }
            b'@' => directives += 1,
            _ => {}
        }
        if closers.len() > limits.nesting {
            return Err(Refusal::NestingTooDeep { limit: limits.nesting, at: scanner.position(start) });
        }
        if directives > limits.directives {
            return Err(Refusal::TooManyDirectives { limit: limits.directives, at: scanner.position(start) });
        }
    }
    if closers.is_empty() { Ok(()) } else { Err(scanner.syntax("a bracket is not closed", query.len())) }
}

struct Scanner<'a> {
    query: &'a str,
    at: usize,
}

impl Scanner<'_> {
    /// Skips what the grammar ignores, then one token; answers where that token began.
    fn next_token(&mut self) -> Result<Option<usize>, Refusal> {
        loop {
            match self.byte(self.at) {
                _ if self.at >= self.query.len() => return Ok(None),
                b' ' | b',' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' => self.comment()?,
                _ if self.rest().starts_with('\u{feff}') => self.at += '\u{feff}'.len_utf8(),
                _ => break,
            }
        }
        let start = self.at;
        match self.byte(start) {
            b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}' => {
                self.at += 1;
            }
            b'.' if self.rest().starts_with("...") => self.at += 3,
            b'"' if self.rest().starts_with("\"\"\"") => self.block_string()?,
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            byte if is_name_start(byte) => self.skip(|byte| is_name_start(byte) || byte.is_ascii_digit()),
            _ => return Err(self.syntax("this character means nothing outside a string", start)),
        }
        Ok(Some(start))
    }

    fn comment(&mut self) -> Result<(), Refusal> {
        self.skip(|byte| byte == b'\t' || !byte.is_ascii_control());
        match self.byte(self.at) {
            _ if self.at >= self.query.len() => Ok(()),
            b'\n' | b'\r' => Ok(()),
            _ => Err(self.syntax("a comment holds a control character", self.at)),
        }
    }

    fn string(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.byte(self.at) {
                _ if self.at >= self.query.len() => break,
                b'\n' | b'\r' => break,
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                // Which escapes exist is the parser's business; here only `\"` must not end the string.
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        Err(self.syntax("this string is not closed on its line", start))
    }

    fn block_string(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        self.at += 3;
        while self.at < self.query.len() {
            let rest = &self.query.as_bytes()[self.at..];
            if rest.starts_with(b"\"\"\"") {
                self.at += 3;
                return Ok(());
            }
            self.at += if rest.starts_with(b"\\\"\"\"") { 4 } else { 1 };
        }
        Err(self.syntax("this block string is not closed", start))
    }

    /// The grammar forbids a name, a digit or a dot right behind a number; so `[00]` cannot hide two tokens in one.
    fn number(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        self.at += usize::from(self.byte(self.at) == b'-');
        if self.byte(self.at) == b'0' {
            self.at += 1;
        } else {
            self.digits(start)?;
        }
        if self.byte(self.at) == b'.' {
            self.at += 1;
            self.digits(start)?;
        }
        if matches!(self.byte(self.at), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(self.at), b'+' | b'-'));
            self.digits(start)?;
        }
        match self.byte(self.at) {
            byte if byte == b'.' || byte.is_ascii_digit() || is_name_start(byte) => {
                Err(self.not_a_number(start))
            }
            _ => Ok(()),
        }
    }

    fn digits(&mut self, start: usize) -> Result<(), Refusal> {
        let first = self.at;
        self.skip(|byte| byte.is_ascii_digit());
        if self.at > first { Ok(()) } else { Err(self.not_a_number(start)) }
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.at < self.query.len() && wanted(self.byte(self.at)) {
            self.at += 1;
        }
    }

    /// The byte at an offset; 0, which no token contains, behind the end.
    fn byte(&self, offset: usize) -> u8 {
        self.query.as_bytes().get(offset).copied().unwrap_or(0)
    }

    /// Only called between tokens, where the offset is on a character boundary; empty would mean it is not.
    fn rest(&self) -> &str {
        self.query.get(self.at..).unwrap_or("")
    }

    fn not_a_number(&self, start: usize) -> Refusal {
        self.syntax("this is not a number", start)
    }

    fn syntax(&self, problem: &'static str, offset: usize) -> Refusal {
        Refusal::Syntax { problem, at: self.position(offset) }
    }

    /// Line and column, both from 1, the column in characters. Only computed for a refusal, so the scan stays one pass.
    fn position(&self, offset: usize) -> Pos {
        let before = &self.query.as_bytes()[..offset.min(self.query.len())];
        let mut line_start = 0;
        let mut line = 1;
        for (index, byte) in before.iter().enumerate() {
            let ends_line = *byte == b'\n' || (*byte == b'\r' && self.byte(index + 1) != b'\n');
            if ends_line {
                line += 1;
                line_start = index + 1;
            }
        }
        let is_char_start = |byte: &&u8| (**byte & 0xC0) != 0x80;
        Pos { line, column: before[line_start..].iter().filter(is_char_start).count() + 1 }
    }
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}
