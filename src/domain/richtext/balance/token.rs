//! Splits html into text and tags in one pass. Comments, declarations and the contents of elements that hold no markup
//! (`<script>`, `<style>`, `<title>`…) are left out. It need not agree with browsers about broken input: what it
//! yields is written anew, and that is what they read.

/// More on one tag are left out: parsers compare each attribute with all before it.
const MAX_ATTRIBUTES: usize = 16;

/// Elements whose content is not markup, or not meant for readers.
const SILENT: [&str; 9] =
    ["iframe", "noembed", "noframes", "noscript", "script", "style", "textarea", "title", "xmp"];

pub(super) enum Token<'h> {
    Text(&'h str),
    Start { name: &'h str, attributes: Vec<Attribute<'h>> },
    End { name: &'h str },
}

pub(super) struct Attribute<'h> {
    pub(super) name: &'h str,
    /// As written: character references are not decoded.
    pub(super) value: &'h str,
}

impl Attribute<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

pub(super) fn tokens(html: &str) -> Tokens<'_> {
    Tokens { rest: html }
}

pub(super) struct Tokens<'h> {
    rest: &'h str,
}

impl<'h> Iterator for Tokens<'h> {
    type Item = Token<'h>;

    fn next(&mut self) -> Option<Token<'h>> {
        while !self.rest.is_empty() {
            if !self.rest.starts_with('<') {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                return Some(Token::Text(self.take(end)));
            }
            let after = &self.rest[1..];
            if let Some(comment) = after.strip_prefix("!--") {
                // `<!-->` and `<!--->` are whole comments, so the end may begin within the start.
                let end = if comment.starts_with('>') {
                    Some(1)
                } else if comment.starts_with("->") {
                    Some(2)
                } else {
                    comment.find("-->").map(|end| end + 3)
                };
                self.rest = end.map_or("", |end| &comment[end..]);
            } else if after.starts_with(['!', '?']) {
                self.rest = after.find('>').map_or("", |end| &after[end + 1..]);
            } else if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
                self.rest = after;
                let name = self.take_name();
                let attributes = self.take_attributes();
                if !SILENT.iter().any(|silent| silent.eq_ignore_ascii_case(name)) {
                    return Some(Token::Start { name, attributes });
                }
                self.skip_to_end_of(name);
            } else if after.starts_with('/') && after[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
                self.rest = &after[1..];
                let name = self.take_name();
                self.take_attributes();
                return Some(Token::End { name });
            } else {
                return Some(Token::Text(self.take(1)));
            }
        }
        None
    }
}

impl<'h> Tokens<'h> {
    fn take(&mut self, end: usize) -> &'h str {
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn take_until(&mut self, ends: impl Fn(char) -> bool) -> &'h str {
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn take_name(&mut self) -> &'h str {
        self.take_until(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
    }

    /// Takes the rest of a tag with its `>`.
    fn take_attributes(&mut self) -> Vec<Attribute<'h>> {
        let mut attributes = Vec::new();
        loop {
            self.take_until(|c| !(c.is_ascii_whitespace() || c == '/'));
            if self.rest.is_empty() {
                return attributes;
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                return attributes;
            }
            let attribute = self.take_attribute();
            if attributes.len() < MAX_ATTRIBUTES {
                attributes.push(attribute);
            }
        }
    }

    fn take_attribute(&mut self) -> Attribute<'h> {
        let leading_equals = usize::from(self.rest.starts_with('='));
        let name_end = self.rest[leading_equals..]
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '='))
            .map_or(self.rest.len(), |end| leading_equals + end);
        let name = self.take(name_end);
        let value = match self.rest.trim_ascii_start().strip_prefix('=') {
            Some(rest) => {
                self.rest = rest.trim_ascii_start();
                self.take_value()
            }
            None => "",
        };
        Attribute { name, value }
    }

    fn take_value(&mut self) -> &'h str {
        for quote in ['"', '\''] {
            if let Some(rest) = self.rest.strip_prefix(quote) {
                let (value, rest) = rest.split_once(quote).unwrap_or((rest, ""));
                self.rest = rest;
                return value;
            }
        }
        self.take_until(|c| c.is_ascii_whitespace() || c == '>')
    }

    fn skip_to_end_of(&mut self, name: &str) {
        while let Some(at) = self.rest.find("</") {
            self.rest = &self.rest[at + 2..];
            if self.rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
                self.take_attributes();
                return;
            }
        }
        self.rest = "";
    }
}
