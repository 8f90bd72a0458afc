//! What private details look like: patterns over the words of a text, and the lists of words that they name. English, German,
//! French, Spanish, Italian, Dutch and Portuguese.

use super::kind::DetailKind::{self, Address, Age, Date, Email, Name, Number, Phone, Url};

/// Parts of a pattern stand for tokens in a row: `_` glued to the one before, `!` not this one, `?` perhaps, `*` any
/// number, `|` or, and a class in capitals (see `Reading::end_of_class`); what precedes `<` is context. Whoever comes
/// first keeps the words: an address takes the name of its street, a date its year, and longer patterns stand first.
pub(super) const PATTERNS: [(DetailKind, &str); 49] = [
    (Email, "TEXT _TEXT|.|_|-|+|%* _@ _TEXT _TEXT|-|.* _. _DOMAIN"),
    (Url, "http|https _: _/ _/ _ANY* _URL_END"),
    (Url, "www _. _ANY* _URL_END"),
    (Address, "HOUSE _LETTER? ,? ROAD_BEFORE PARTICLE* NAME"),
    (Address, "HOUSE _LETTER? CAPITAL CAPITAL? CAPITAL? ROAD_AFTER"),
    (Address, "ROAD_BEFORE PARTICLE* NAME ,? HOUSE _LETTER? !UNIT"),
    (Address, "CAPITAL CAPITAL? ROAD_AFTER ,? HOUSE _LETTER? !UNIT"),
    (Address, "CAPITAL str|st|rd|ave _. HOUSE _LETTER? !UNIT"),
    (Address, "COMPOUND_ROAD ,? HOUSE _LETTER? !UNIT"),
    (Address, "SHORT_ROAD _. HOUSE _LETTER? !UNIT"),
    (Address, "po box NUMBER"),
    (Address, "p _. o _.? box NUMBER"),
    (Address, "postfach|postbus|apartado NUMBER NUMBER?"),
    (Address, "DISTRICT DIGIT !UNIT _PAIR"),
    (Date, "YEAR _- _DAY _- _DAY"),
    (Date, "DAY _. DAY _. YEAR|TWO_DIGITS"),
    (Date, "DAY _/ _DAY _/ _YEAR|TWO_DIGITS"),
    (Date, "DAY _- _DAY _- _YEAR|TWO_DIGITS"),
    (Date, "DAY _.|/|- _YEAR"),
    (Date, "DAY _.|ORDINAL? of|de|di? MONTH|SHORT_MONTH|DOUBTFUL_MONTH _.? ,|of|de|del? YEAR"),
    (Date, "MONTH|SHORT_MONTH|DOUBTFUL_MONTH _.? DAY _ORDINAL? ,|of|de|del? YEAR"),
    (Date, "MONTH|SHORT_MONTH|DOUBTFUL_MONTH _.? ,|of|de|del? YEAR"),
    (Date, "DAY _ORDINAL of? DOUBTFUL_MONTH"),
    (Date, "DAY _.|ORDINAL? of|de|di? MONTH|SHORT_MONTH|mai|mars"),
    (Date, "MONTH|SHORT_MONTH|mai|mars|CAPITAL_MONTH DAY _ORDINAL? !UNIT"),
    (Date, "SHORT_MONTH _. DAY _ORDINAL? !UNIT"),
    (Date, "in|en|im|em|since|until|by|last|next|seit|bis|depuis < DOUBTFUL_MONTH"),
    (Date, "MONTH|INNER_MONTH"),
    (Phone, "PHONE !UNIT"),
    (Address, "!YEAR POST_CODE PAIR? !UNIT NAME"),
    (Address, "NAME !YEAR POST_CODE !UNIT"),
    (Number, "NUMBER _NUMBER|.|,|'|’* _NUMBER"),
    (Date, "YEAR !UNIT"),
    (Name, "KNOWN KNOWN*"),
    (Name, "HONORIFIC _.? med? _.? < de|van|von|di|da* NAME|INITIAL"),
    (Name, "INNER_NAME"),
    // Where every noun has a capital. Without `ich` or a comma `heiße` is a hot shower.
    (Name, "ich|und|, heiße|heisse < NAME"),
    (Name, "heiße|heisse ich < NAME"),
    (Name, "namens < NAME"),
    (Name, "mein name ist < NAME"),
    (Name, "mein|meine|meinem|meinen|meiner|meines KIN < NAME"),
    (Age, "AGE -? year|years|yr|yrs|jahr|jahre -? old|alt"),
    (Age, "AGE -? years|yrs|yo|ans|años|anos|anni|jaar|JAEHRIG"),
    (Age, "SPELLED_JAEHRIG"),
    (Age, "i|he|she|ich|er|sie|ik|bin am|is|bin|ist|ben|ich NOW? < ADULT_AGE !UNIT"),
    (Age, "i '|’ m NOW? < ADULT_AGE !UNIT"),
    (Age, "aged|age|turned < ADULT_AGE !UNIT"),
    (Number, "UP_TO_THREE_DIGITS THREE_DIGITS THREE_DIGITS*"),
    (Number, "LONG_NUMBER"),
];

pub(super) const MONTHS: &str = "january february april june july august september october november december \
    januar jänner februar märz juni juli oktober dezember janvier février avril juin juillet août septembre octobre \
    novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre gennaio \
    febbraio aprile maggio giugno luglio settembre ottobre dicembre januari februari maart mei augustus janeiro \
    fevereiro março maio junho julho setembro outubro novembro dezembro";
/// Months only beside a number: Jan is also a man, and `sept` is seven in French.
pub(super) const SHORT_MONTHS: &str =
    "jan feb mar apr jun jul aug sep sept oct okt nov dec dez déc févr avr juil";
/// English verbs, and `mai`, which is never in Italian.
pub(super) const DOUBTFUL_MONTHS: &str = "may march mai mars";

/// A number before one of these measures something and is no year, house, phone or age.
pub(super) const UNITS: &str = "steps metres meters miles minutes minute min seconds hours times weeks days months percent % kg g mg \
    µg ml cm mm km m iu ie kcal calories watts people reps repetitions sets euro € schritte schritten meter metern \
    minuten sekunden stunden wochen tage tagen monate monaten mal prozent kalorien einheiten leute menschen pas mètres \
    heures semaines jours fois pasos metros minutos horas semanas días passi metri minuti ore giorni stappen weken dagen";

/// Before the name of the street in Romance languages; after it in Germanic ones.
pub(super) const ROADS_BEFORE: &str = "rue avenue boulevard chemin impasse allée quai calle avenida paseo plaza via viale piazza \
    corso rua praça travessa";
pub(super) const ROADS_AFTER: &str = "street st road rd avenue ave lane drive close court crescent square way place terrace gardens \
    boulevard straße strasse str gasse weg platz allee ufer straat laan plein gracht";
pub(super) const COMPOUND_ROADS: &str =
    "straße strasse str gasse weg platz allee ufer straat laan plein gracht";

/// As they are written: MS is an illness and MR a picture.
pub(super) const HONORIFICS: &str = "Mr Mrs Ms Miss Mx Sir St Dr dr Dra Doctor Prof Professor Herr Herrn Frau Tante Onkel Monsieur \
    monsieur Madame madame Mme Mlle Señor señor Señora señora Sr Sra Don Doña Signor signor Signora signora Dott Senhor \
    Senhora senhora Meneer meneer Mevrouw mevrouw";
pub(super) const PARTICLES: &str = "de la del du di da dos van von der den ten zu";
pub(super) const KIN: &str = "mann frau sohn tochter freund freundin partner partnerin schwester bruder";

/// Never a name, whoever capitalises them.
pub(super) const FUNCTION_WORDS: &str = "the and but you your it its he she we they my our his her their this that these those what \
    why how when where who is are was do does did can could should would not no yes if so to of on at for with from \
    please thank thanks dear hello und oder les des los las het een";
/// Capitalised for another reason than being somebody: days, languages, eponyms, feasts and brands that many use.
pub(super) const COMMON_NAMES: &str = "monday tuesday wednesday thursday friday saturday sunday lundi mardi mercredi jeudi vendredi \
    samedi dimanche lunes martes miércoles jueves viernes sábado domingo maandag dinsdag woensdag donderdag vrijdag \
    zaterdag zondag english german french spanish italian dutch portuguese american british european asian african \
    chinese japanese indian greek latin swedish turkish polish russian mediterranean western god internet web christmas \
    easter ramadan pilates yoga nordic feldenkrais kegel lyme parkinson alzheimer crohn hashimoto raynaud hodgkin \
    guillain uhthoff lhermitte epstein covid corona botox google youtube facebook instagram whatsapp zoom phd";

pub(super) const SMALL_NUMBERS: &str = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
    sixteen seventeen eighteen nineteen ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn \
    fünfzehn sechzehn siebzehn achtzehn neunzehn";
pub(super) const TENS: &str = "twenty thirty forty fifty sixty seventy eighty ninety \
    zwanzig dreissig vierzig fünfzig sechzig siebzig achtzig neunzig";
