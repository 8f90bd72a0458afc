//! Text that looks like a health writer's: a fixed seed gives the same words on every machine.

/// `SplitMix64` (Steele, Lea, Flood 2014): tiny, seeded, and good enough to draw words and posts.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).expect("below a number of 32 bits")
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let end = u32::try_from(from.len()).expect("short lists");
        &from[usize::try_from(self.below(end)).expect("an index")]
    }
}

const WORDS: [&str; 96] = [
    "the", "a", "your", "my", "this", "each", "leg", "legs", "muscle", "muscles", "morning", "chair",
    "floor", "wall", "breath", "balance", "strength", "walk", "step", "stretch", "rest", "water", "heat",
    "cold", "shower", "kitchen", "counter", "hand", "foot", "heel", "knee", "hip", "back", "shoulder",
    "week", "day", "evening", "minute", "slowly", "gently", "twice", "often", "never", "always", "before",
    "after", "while", "until", "because", "when", "and", "or", "but", "so", "hold", "lift", "lower", "press",
    "turn", "reach", "count", "stop", "begin", "repeat", "notice", "feel", "keep", "try", "tired", "weak",
    "strong", "steady", "warm", "stiff", "small", "long", "quiet", "safe", "doctor", "question", "answer",
    "reader", "nerve", "signal", "fatigue", "energy", "exercise", "plan", "note", "is", "are", "can", "may",
    "will", "with", "without",
];

const SUBJECTS: [&str; 10] = [
    "Weak legs",
    "Morning stiffness",
    "Balance",
    "Fatigue",
    "Calf cramps",
    "Standing up",
    "Heat",
    "Tired hands",
    "Stairs",
    "Sleep",
];

const ENDINGS: [&str; 10] = [
    "step by step",
    "after a warm shower",
    "at the kitchen counter",
    "without a gym",
    "in ten minutes",
    "on a bad day",
    "and what helps",
    "explained",
    "for beginners",
    "when nothing else works",
];

const FIRST_NAMES: [&str; 5] = ["Nerys", "Tomas", "Aiko", "Leila", "Marten"];
const LAST_NAMES: [&str; 4] = ["Hale", "Lindqvist", "Okafor", "Brandt"];
const QUALITIES: [&str; 10] =
    ["Daily", "Gentle", "Seated", "Standing", "Short", "Slow", "Guided", "Quiet", "Early", "Late"];
const PRACTICES: [&str; 5] = ["balance", "strength", "stretching", "breathing", "walking"];

pub fn title(random: &mut Random, number: u32) -> String {
    format!("{} {}, part {number}", random.pick(&SUBJECTS), random.pick(&ENDINGS))
}

pub fn excerpt(random: &mut Random) -> String {
    format!("{} {}", sentence(random), sentence(random))
}

/// Of so many words that are not in every text, the first is in most and the last in hardly any.
const RARE: u32 = 5_000;

/// Twenty of them, each half as often as one of half its rank (Zipf's law).
pub fn rare(random: &mut Random) -> String {
    let word = |_| {
        let drawn = f64::from(random.below(1 << 20)) / f64::from(1 << 20);
        format!("w{:04.0}", f64::from(RARE).powf(drawn))
    };
    (0..20).map(word).collect::<Vec<_>>().join(" ")
}

/// The names of the 20 authors.
pub fn authors() -> impl Iterator<Item = String> {
    FIRST_NAMES.iter().flat_map(|first| LAST_NAMES.iter().map(move |last| format!("{first} {last}")))
}

/// The names of the 50 tags.
pub fn tags() -> impl Iterator<Item = String> {
    QUALITIES.iter().flat_map(|quality| PRACTICES.iter().map(move |practice| format!("{quality} {practice}")))
}

/// Markdown of about `bytes` with what real posts have: headings, emphasis, links, lists, a quotation, a table.
pub fn body(random: &mut Random, bytes: usize) -> String {
    let mut text = paragraph(random);
    let mut section = 0;
    while text.len() < bytes {
        section += 1;
        text += &format!("\n\n## {} {section}\n\n{}\n\n", random.pick(&SUBJECTS), paragraph(random));
        match section % 4 {
            1 => text += &list(random, |number| format!("{number}. ")),
            2 => text += &list(random, |_| "- ".to_owned()),
            3 => text += &format!("> {}\n> {}", sentence(random), sentence(random)),
            _ => {
                text += "| Day | Exercise |\n|---|---|";
                for day in ["Monday", "Wednesday", "Friday"] {
                    text += &format!("\n| {day} | {} |", sentence(random));
                }
            }
        }
        text += "\n\n";
        text += &paragraph(random);
    }
    text
}

fn list(random: &mut Random, bullet: impl Fn(u32) -> String) -> String {
    let items: Vec<_> = (1..=4).map(|number| format!("{}{}", bullet(number), sentence(random))).collect();
    items.join("\n")
}

fn paragraph(random: &mut Random) -> String {
    let mut sentences: Vec<_> = (0..3 + random.below(3)).map(|_| sentence(random)).collect();
    let (strong, link, emphasis) = (random.pick(&WORDS), random.pick(&WORDS), random.pick(&WORDS));
    sentences.push(format!(
        "Remember **{strong} first**, read [about {link}](https://example.org/{link}), and do it *{emphasis}*."
    ));
    sentences.join(" ")
}

fn sentence(random: &mut Random) -> String {
    let words: Vec<_> = (0..7 + random.below(9)).map(|_| *random.pick(&WORDS)).collect();
    let mut text = words.join(" ");
    text[..1].make_ascii_uppercase();
    text.push('.');
    text
}
