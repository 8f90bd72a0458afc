//! What in the public paraphrase of a private question could tell who asked: names, addresses, dates, ages, numbers and
//! the reader's own words. It points out and never decides: it would rather mark one word too many, and a text without
//! marks is no proof that nobody can be recognised. Words are judged by their shape and their neighbours alone.
//! A new shape is a line in `lexicon::PATTERNS`.

mod kind;
mod lexicon;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::iter::successors;
use std::ops::Range;

use DetailKind::Quote;
use lexicon::{
    COMMON_NAMES, COMPOUND_ROADS, DOUBTFUL_MONTHS, FUNCTION_WORDS, HONORIFICS, KIN, MONTHS, PARTICLES,
    PATTERNS, ROADS_AFTER, ROADS_BEFORE, SHORT_MONTHS, SMALL_NUMBERS, TENS, UNITS,
};

pub use kind::DetailKind;

/// A part of the text that could tell who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    pub kind: DetailKind,
    /// As it stands in the text.
    pub text: String,
    /// In characters from the start of the text, from 0.
    pub start: usize,
    /// After its last character, counted likewise.
    pub end: usize,
}

/// What the private side knows, against which the public words are held.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The original words; `None` when they were erased.
    pub original: Option<&'a str>,
    /// Name that the reader gave.
    pub name: Option<&'a str>,
    /// Address that the reader gave.
    pub email: Option<&'a str>,
}

/// Everything that stands out, in the order of the text; parts do not overlap.
pub fn find(text: &str, locale: &str, known: Known<'_>) -> Vec<Detail> {
    let mut reading = Reading::new(text, locale, known);
    for range in quotes(&reading.tokens, &tokens(known.original.unwrap_or_default())) {
        reading.claim(Quote, range);
    }
    for (kind, pattern) in PATTERNS {
        let (context, body) = pattern.split_once(" < ").unwrap_or(("", pattern));
        let [context, body] = [context, body].map(|parts| parts.split_whitespace().collect::<Vec<_>>());
        for at in 0..reading.tokens.len() {
            let Some(start) = reading.end_of(&context, at) else { continue };
            if let Some(end) = reading.end_of(&body, start) {
                reading.claim(kind, start..end);
            }
        }
    }
    reading.found.sort_by_key(|detail| detail.start);
    reading.found
}

/// Whether a text shares a quotation with the original.
pub fn repeats(text: &str, original: &str) -> bool {
    !quotes(&tokens(text), &tokens(original)).is_empty()
}

/// So many words in a row do not come from two people by chance.
const QUOTED_WORDS: usize = 8;

/// The text in parts, and which of them are told already. Places outside it read as nothing, so that one may look around.
struct Reading<'t> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    /// Whether a capital tells a name, as it does where nouns have none.
    capitals_tell: bool,
    names: HashSet<String>,
    taken: Vec<bool>,
    found: Vec<Detail>,
}

struct Token<'t> {
    text: &'t str,
    lower: String,
    class: Class,
    /// In characters.
    start: usize,
    end: usize,
    /// Where it starts in bytes.
    byte: usize,
    /// No white space stands before it.
    glued: bool,
    /// A sentence begins with it, so that its capital says nothing.
    opens: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Digits,
    Mark,
}

impl<'t> Reading<'t> {
    fn new(text: &'t str, locale: &str, known: Known<'_>) -> Self {
        let tokens = tokens(text);
        let taken = vec![false; tokens.len()];
        let language = locale.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        let capitals_tell = language != "de" && language != "lb";
        Self { text, tokens, capitals_tell, names: names(known), taken, found: Vec::new() }
    }

    /// Keeps what is free of the range.
    fn claim(&mut self, kind: DetailKind, range: Range<usize>) {
        let mut free = range.skip_while(|&i| self.taken[i]).take_while(|&i| !self.taken[i]);
        let Some(first) = free.next() else { return };
        let last = free.last().unwrap_or(first);
        self.taken[first..=last].fill(true);
        let (first, last) = (&self.tokens[first], &self.tokens[last]);
        let text = self.text[first.byte..last.byte + last.text.len()].to_owned();
        self.found.push(Detail { kind, text, start: first.start, end: last.end });
    }

    /// Where the pattern ends that begins at a token.
    fn end_of(&self, pattern: &[&str], at: usize) -> Option<usize> {
        let Some((part, rest)) = pattern.split_first() else { return Some(at) };
        if let Some(unwanted) = part.strip_prefix('!') {
            return if self.end_of_class(unwanted, at).is_some() { None } else { self.end_of(rest, at) };
        }
        let least = usize::from(!part.ends_with(['?', '*']));
        let most = if part.ends_with('*') { self.tokens.len() } else { 1 };
        let part = part.trim_end_matches(['?', '*']);
        let (part, is_glued) = part.strip_prefix('_').map_or((part, false), |part| (part, true));
        let next = |&at: &usize| {
            let mut classes = part.split('|').filter(|_| !is_glued || self.is_glued(at));
            classes.find_map(|class| self.end_of_class(class, at))
        };
        let ends: Vec<usize> = successors(Some(at), next).take(most + 1).collect();
        ends.iter().skip(least).rev().find_map(|&end| self.end_of(rest, end))
    }

    fn end_of_class(&self, class: &str, at: usize) -> Option<usize> {
        let token = self.tokens.get(at).filter(|_| !self.taken[at])?;
        let (word, digits, number) = (token.lower.as_str(), self.digits(at), self.number(at));
        let is_capital = self.is_capital(at);
        let is_here = match class {
            "PHONE" => return self.phone_end(at),
            "AGE" => return self.age(at).map(|(end, _)| end),
            "ADULT_AGE" => return self.age(at).filter(|&(_, years)| years >= 10).map(|(end, _)| end),
            "NAME" => return self.name_end(at),
            "INNER_NAME" => return self.name_end(at).filter(|_| self.capitals_tell && !token.opens),
            "INITIAL" => self.is_initial(at),
            // Both `Anna` and the genitive `Annas`.
            "KNOWN" => self.names.contains(word) || self.names.contains(word.trim_end_matches('s')),
            "HONORIFIC" => has(HONORIFICS, token.text),
            "KIN" => has(KIN, word),
            "CAPITAL" => is_capital && !self.is_ordinary(at),
            "PAIR" => token.text.len() == 2 && token.text.chars().all(|c| c.is_ascii_uppercase()),
            "DISTRICT" => is_capital && word.len() <= 4 && word.contains(|c: char| c.is_ascii_digit()),
            // Round thousands are steps or calories.
            "POST_CODE" => matches!(digits, Some(4 | 5)) && !token.text.ends_with("000"),
            "HOUSE" => number.is_some(),
            "LETTER" => token.class == Class::Word && word.chars().count() == 1,
            "PARTICLE" => has(PARTICLES, word) || has("des l ' ’", word),
            "ROAD_BEFORE" => has(ROADS_BEFORE, word),
            "ROAD_AFTER" => is_capital && has(ROADS_AFTER, word),
            "COMPOUND_ROAD" => word.char_indices().skip(1).any(|(at, _)| has(COMPOUND_ROADS, &word[at..])),
            "SHORT_ROAD" => is_capital && word.ends_with("str"),
            "UNIT" => has(UNITS, word),
            "ANY" => true,
            "TEXT" => token.class != Class::Mark,
            "DOMAIN" => token.class == Class::Word && word.len() > 1,
            // Without the full stop, the bracket or the quotation mark of the sentence.
            "URL_END" => token.class != Class::Mark || has("/ - _ = # &", word),
            // Of an identity card, too; `B12` is none.
            "LONG_NUMBER" => word.chars().filter(|&c| digit(c).is_some()).count() >= 3,
            "NUMBER" => digits.is_some(),
            "DIGIT" => digits == Some(1),
            "TWO_DIGITS" => digits == Some(2),
            "THREE_DIGITS" => digits == Some(3),
            "UP_TO_THREE_DIGITS" => matches!(digits, Some(1..=3)),
            "DAY" => number.is_some_and(|day| (1..=31).contains(&day)) && digits <= Some(2),
            "YEAR" => number.is_some_and(|year| (1900..=2099).contains(&year)),
            "ORDINAL" => has("st nd rd th er º ª", word),
            "MONTH" => has(MONTHS, word),
            "SHORT_MONTH" => has(SHORT_MONTHS, word),
            "DOUBTFUL_MONTH" => has(DOUBTFUL_MONTHS, word),
            "CAPITAL_MONTH" => is_capital && has(DOUBTFUL_MONTHS, word),
            "INNER_MONTH" => is_capital && has(DOUBTFUL_MONTHS, word) && !token.opens,
            "NOW" => has("now just already only almost jetzt nun schon bereits gerade", word),
            "JAEHRIG" => ["jährig", "jaehrig", "jarig"].iter().any(|start| word.starts_with(start)),
            "SPELLED_JAEHRIG" => word.split_once("jährig").is_some_and(|(years, _)| spelled(years).is_some()),
            literal => word == literal,
        };
        is_here.then_some(at + 1)
    }

    fn phone_end(&self, at: usize) -> Option<usize> {
        let starts = self.digits(at).is_some() || (has("+ (", self.word(at)) && self.is_glued(at + 1));
        let (mut digits, mut end) = (0, at);
        for i in at.. {
            let ends_sentence = i > at && !self.is_glued(i) && self.word(i - 1) == ".";
            match self.digits(i) {
                Some(more) if !self.taken[i] && !ends_sentence => (digits, end) = (digits + more, i + 1),
                None if i < end + 3 && has("+ - – / ( ) .", self.word(i)) => {}
                _ => break,
            }
        }
        let is_bracketed = self.word(at) != "(" || (at..end).any(|i| self.word(i) == ")");
        (starts && is_bracketed && digits >= 7).then_some(end)
    }

    /// Years in digits or words, and where they end.
    fn age(&self, at: usize) -> Option<(usize, u32)> {
        let years = self.number(at).filter(|years| *years < 120).or_else(|| spelled(self.word(at)))?;
        let next = at + 1 + usize::from(self.word(at + 1) == "-");
        let ones = spelled(self.word(next)).filter(|ones| *ones < 10 && years >= 20 && years % 10 == 0);
        Some(ones.map_or((at + 1, years), |ones| (next + 1, years + ones)))
    }

    /// With what stands within names: `Anne-Marie de la Cruz`, `J. Smith`.
    fn name_end(&self, first: usize) -> Option<usize> {
        let is_within = |i: usize| match self.word(i) {
            "-" | "'" | "’" => self.is_glued(i) && self.is_glued(i + 1),
            "." => self.is_glued(i) && i > first && self.is_initial(i - 1),
            word => has(PARTICLES, word) || self.is_initial(i),
        };
        let starts = self.is_namelike(first) || self.is_initial(first);
        let longer = |&end: &usize| {
            let next = (end..end + 4).find(|&i| !is_within(i)).filter(|&next| self.is_namelike(next))?;
            (next > end || end == first || !self.tokens[next].opens).then_some(next + 1)
        };
        successors(Some(first), longer).last().filter(|&end| starts && end > first)
    }

    /// Capitalised, and neither a common word nor an abbreviation such as MS, MRI and MRIs.
    fn is_namelike(&self, at: usize) -> bool {
        let text = self.tokens.get(at).map_or("", |token| token.text);
        let mut letters = text.trim_end_matches('s').chars().filter(|c| c.is_alphabetic());
        let is_short = letters.clone().count() <= 5 && letters.all(char::is_uppercase);
        self.is_capital(at) && !is_short && !self.is_ordinary(at)
    }

    fn is_ordinary(&self, at: usize) -> bool {
        let listed = |word: &str| has(FUNCTION_WORDS, word) || has(COMMON_NAMES, word);
        let word = self.word(at);
        has(HONORIFICS, self.tokens[at].text) || listed(word) || word.strip_suffix('s').is_some_and(listed)
    }

    fn is_initial(&self, at: usize) -> bool {
        self.is_capital(at) && self.word(at) != "i" && self.word(at).chars().count() == 1
    }

    fn is_capital(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.text.starts_with(char::is_uppercase))
    }

    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.lower)
    }

    fn is_glued(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.glued)
    }

    /// How many digits a number has.
    fn digits(&self, at: usize) -> Option<usize> {
        let token = self.tokens.get(at).filter(|token| token.class == Class::Digits)?;
        Some(token.text.chars().count())
    }

    fn number(&self, at: usize) -> Option<u32> {
        self.digits(at).filter(|&digits| digits <= 4)?;
        self.word(at).chars().try_fold(0, |number, c| Some(10 * number + digit(c)?))
    }
}

/// A number in words: from one to nineteen, tens, and German ones up to `neunundneunzig`.
fn spelled(word: &str) -> Option<u32> {
    let place = |list: &str, word: &str| {
        (0u32..).zip(list.split_whitespace()).find_map(|(place, one)| (one == word).then_some(place))
    };
    let small = |word: &str| place(SMALL_NUMBERS, word).map(|place| 1 + place % 19);
    let tens = |word: &str| place(TENS, word).map(|place| 20 + 10 * (place % 8));
    let word = word.replace('ß', "ss");
    let (ones, ten) = word.split_once("und").unwrap_or_default();
    small(&word).or_else(|| tens(&word)).or_else(|| Some(small(ones)? + tens(ten)?))
}

/// Runs of words that the text shares with the original, as ranges of the text's tokens.
fn quotes(text: &[Token<'_>], original: &[Token<'_>]) -> Vec<Range<usize>> {
    let (text, original) = (words(text), words(original));
    // From the end: how many words from here on are those from there on.
    let mut shared = vec![0; original.len() + 1];
    let mut longest = vec![0; text.len()];
    for (at, (word, _)) in text.iter().enumerate().rev() {
        for (there, (other, _)) in original.iter().enumerate() {
            shared[there] = if word == other { shared[there + 1] + 1 } else { 0 };
        }
        longest[at] = shared.iter().copied().max().unwrap_or_default();
    }
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, length) in longest.into_iter().enumerate().filter(|&(_, length)| length >= QUOTED_WORDS) {
        match runs.last_mut() {
            Some(run) if at < run.end => run.end = run.end.max(at + length),
            _ => runs.push(at..at + length),
        }
    }
    runs.into_iter().map(|run| text[run.start].1.start..text[run.end - 1].1.end).collect()
}

/// Words without case and punctuation, and the tokens that they are made of: `don’t` is one.
fn words(tokens: &[Token<'_>]) -> Vec<(String, Range<usize>)> {
    let mut words: Vec<(String, Range<usize>)> = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.class != Class::Mark) {
        let is_joined = at > 0 && token.glued && tokens[at - 1].glued && "'’".contains(tokens[at - 1].text);
        match words.last_mut() {
            Some((word, range)) if is_joined && range.end + 1 == at => {
                word.push_str(&token.lower);
                range.end = at + 1;
            }
            _ => words.push((token.lower.clone(), at..at + 1)),
        }
    }
    words
}

fn names(known: Known<'_>) -> HashSet<String> {
    let local = known.email.and_then(|email| email.split('@').next());
    let parts = [(known.name, 3), (local, 4)].into_iter().flat_map(|(text, letters)| {
        let words = text.unwrap_or_default().split(|c: char| !c.is_alphabetic() && !is_combining(c));
        words.filter(move |word| word.chars().count() >= letters).map(str::to_lowercase)
    });
    parts.filter(|name| !has(FUNCTION_WORDS, name) && !has(PARTICLES, name)).collect()
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let (mut glued, mut opens) = (false, true);
    for (start, (byte, c)) in text.char_indices().enumerate() {
        if c.is_whitespace() {
            glued = false;
            opens |= c == '\n';
            continue;
        }
        let before = tokens.last_mut().filter(|_| glued);
        let class = match before.as_ref().map(|token| token.class) {
            Some(Class::Word) if is_combining(c) || digit(c).is_some() => Class::Word,
            _ if digit(c).is_some() => Class::Digits,
            _ if c.is_alphabetic() => Class::Word,
            _ => Class::Mark,
        };
        let opens_here = match before.as_ref().map(|token| token.text) {
            // The dot of `www.Example` ends no sentence, and `X-Ray` is as little a name as its first half.
            Some("." | ":") => false,
            Some("-") => true,
            _ => opens,
        };
        // Brackets, bullets and quotation marks before the first word leave it the first.
        opens = ".!?:…¿¡。".contains(c) || (opens && class == Class::Mark);
        if let Some(token) = before.filter(|token| token.class == class && class != Class::Mark) {
            token.text = &text[token.byte..byte + c.len_utf8()];
            token.lower.extend(c.to_lowercase());
            token.end = start + 1;
            continue;
        }
        let (own, lower) = (&text[byte..byte + c.len_utf8()], c.to_lowercase().collect());
        tokens.push(Token { text: own, lower, class, start, end: start + 1, byte, glued, opens: opens_here });
        glued = true;
    }
    tokens
}

/// Digits of the scripts in which readers write.
fn digit(c: char) -> Option<u32> {
    let zero = ['0', '٠', '۰', '०', '０'].into_iter().rfind(|&zero| zero <= c)?;
    Some(u32::from(c) - u32::from(zero)).filter(|&digit| digit < 10)
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

fn has(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|listed| listed == word)
}
