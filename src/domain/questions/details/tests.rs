//! What stands out in words for a question, and what must not.

use super::DetailKind::{Address, Age, Date, Email, Name, Number, Phone, Url};
use super::*;

const NOTHING: Known<'_> = Known { original: None, name: None, email: None };

fn told(text: &str, locale: &str, known: Known<'_>) -> Vec<(DetailKind, String)> {
    let found = find(text, locale, known);
    let characters: Vec<char> = text.chars().collect();
    let mut end = 0;
    for detail in &found {
        assert!(end <= detail.start && detail.start < detail.end, "{text:?}: {detail:?}");
        assert_eq!(characters[detail.start..detail.end].iter().collect::<String>(), detail.text, "{text:?}");
        end = detail.end;
    }
    found.into_iter().map(|detail| (detail.kind, detail.text)).collect()
}

#[track_caller]
fn tells(locale: &str, text: &str, expected: &[(DetailKind, &str)]) {
    let told = told(text, locale, NOTHING);
    let told: Vec<_> = told.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
    assert_eq!(told, expected, "{text:?}");
}

#[test]
fn an_ordinary_question_tells_nothing() {
    for (locale, text) in [
        ("en", ""),
        ("en", "My legs are weak after a shower. I do 10 sit-to-stands on Monday."),
        (
            "en",
            "I have MS. My MRIs and my MRI show it, and Pilates helps; I'm tired, I've rested: Is it Parkinson's?",
        ),
        (
            "en",
            "May I march on the spot? It may help. I march 10 minutes, and 10 may be enough. Sets of 8-12, 3 x 10.",
        ),
        (
            "en",
            "(\"Is it safe?\" my doctor asked.)\n- Stretching on Mondays\n1. Vitamin B12 at 8:30\n• X-rays",
        ),
        ("en", "I walk 20 minutes twice a week, I am 10 minutes late and I am one of many."),
        ("en", "In the evening the Lyme test, God willing, in English on YouTube before Christmas."),
        ("de", "Meine Beine sind nach dem Duschen schwach."),
        (
            "de",
            "Seit zwei Wochen mache ich am Montag 10 Wiederholungen. Eine heiße Dusche schwächt mich, auch heiße Bäder.",
        ),
        ("de", "Kann ich nach dem Sport, wie mein Arzt meint, in die Sauna?"),
        ("fr", "J'ai mal aux jambes après sept séances. Est-ce que l'exercice m'aide ?"),
        ("it", "Non ho mai avuto dolore. Cosa posso fare?"),
        ("es", "¿Puedo caminar? ¡Gracias! Hola, ¿Cómo empiezo?"),
    ] {
        tells(locale, text, &[]);
    }
}

#[test]
fn ways_to_reach_somebody_stand_out() {
    for (text, kind, part) in [
        ("Write to anna.m-k+ms@mail.example.org.", Email, "anna.m-k+ms@mail.example.org"),
        ("(<a_1@b.co>)", Email, "a_1@b.co"),
        (
            "See https://example.org/Anna?x=2026-03-02&y=(1).",
            Url,
            "https://example.org/Anna?x=2026-03-02&y=(1",
        ),
        ("See \"www.Example.org/\", please.", Url, "www.Example.org/"),
        ("Call +49 (0)30 123-4567. 20 times", Phone, "+49 (0)30 123-4567"),
        ("Call (030) 1234567", Phone, "(030) 1234567"),
        ("Call (030 1234567)", Phone, "030 1234567"),
        ("Call 555.123.4567", Phone, "555.123.4567"),
        ("Call 0171/1234567, please", Phone, "0171/1234567"),
        ("Call ٠١٧١ ١٢٣٤٥٦٧", Phone, "٠١٧١ ١٢٣٤٥٦٧"),
    ] {
        tells("en", text, &[(kind, part)]);
    }
    tells("en", "Not a@b nor @ nor x @ y.z nor www. nor http:// then.", &[]);
}

#[test]
fn addresses_stand_out_as_a_whole() {
    for (locale, text, part) in [
        ("en", "I live at 12 Baker Street.", "12 Baker Street"),
        ("en", "I live at 221B Old Baker St, alone.", "221B Old Baker St"),
        ("en", "I live in Baker Street 12.", "Baker Street 12"),
        ("en", "I moved to SW1A 1AA and rest.", "SW1A 1AA"),
        ("en", "I live at 10115 Berlin.", "10115 Berlin"),
        ("en", "I live in New York 10001.", "New York 10001"),
        ("en", "Send it to PO box 123.", "PO box 123"),
        ("en", "Send it to P.O. Box 123.", "P.O. Box 123"),
        ("de", "Ich wohne in der Hauptstraße 5.", "Hauptstraße 5"),
        ("de", "Ich wohne in der Kantstr. 12a in Hamm.", "Kantstr. 12a"),
        ("de", "Ich wohne in der Berliner Str. 12.", "Berliner Str. 12"),
        ("de", "Ich wohne in 10115 Berlin.", "10115 Berlin"),
        ("fr", "J'habite Rue de la Paix 3.", "Rue de la Paix 3"),
        ("fr", "J'habite au 3, rue de la Paix.", "3, rue de la Paix"),
        ("es", "Vivo en la Calle Mayor, 3.", "Calle Mayor, 3"),
        ("it", "Abito in Via Roma 12.", "Via Roma 12"),
        ("nl", "Ik woon in de Kerkstraat 5.", "Kerkstraat 5"),
        ("nl", "Ik woon in 1012 AB Amsterdam.", "1012 AB Amsterdam"),
    ] {
        tells(locale, text, &[(Address, part)]);
    }
    tells("de", "Der Arbeitsplatz 8 Stunden am Tag, der Heimweg 10 Minuten.", &[]);
}

#[test]
fn dates_stand_out_and_verbs_do_not() {
    for (locale, text, part) in [
        ("en", "It began on 2026-03-02.", "2026-03-02"),
        ("en", "It began on 02/03/26, suddenly.", "02/03/26"),
        ("en", "It began 3/2021 or so.", "3/2021"),
        ("en", "It began on March 2.", "March 2"),
        ("en", "It began on the 2nd of March 2021.", "2nd of March 2021"),
        ("en", "It began on the 2nd of may.", "2nd of may"),
        ("en", "It began on Sept. 3rd, 2020.", "Sept. 3rd, 2020"),
        ("en", "It began in March 2021.", "March 2021"),
        ("en", "It began in March.", "March"),
        ("en", "It began in May.", "May"),
        ("en", "It began in may and stayed.", "may"),
        ("en", "May 3 was bad.", "May 3"),
        ("en", "April was bad.", "April"),
        ("en", "I have been ill since 2019.", "2019"),
        ("de", "Am 2.3.2026 fing es an.", "2.3.2026"),
        ("de", "Am 2. 3. 2026 fing es an.", "2. 3. 2026"),
        ("de", "Am 2. März fing es an.", "2. März"),
        ("de", "Am 2. Mai fing es an.", "2. Mai"),
        ("de", "Es fing im Mai 2020 an.", "Mai 2020"),
        ("de", "Es fing im Mai an.", "Mai"),
        ("fr", "Depuis le 1er mars je boite.", "1er mars"),
        ("fr", "Depuis mai je boite.", "mai"),
        ("es", "Desde el 2 de marzo de 2021 cojeo.", "2 de marzo de 2021"),
        ("it", "Dal 2 maggio zoppico.", "2 maggio"),
        ("nl", "Sinds 2 mei 2020 loop ik slecht.", "2 mei 2020"),
        ("pt", "Desde março de 2020.", "março de 2020"),
    ] {
        tells(locale, text, &[(Date, part)]);
    }
}

#[test]
fn ages_stand_out_in_digits_and_in_words() {
    for (locale, text, part) in [
        ("en", "A 57-year-old can do it.", "57-year-old"),
        ("en", "A 57 year old can do it.", "57 year old"),
        ("en", "After 12 years it hurts.", "12 years"),
        ("en", "I am 57, and weak.", "57"),
        ("en", "I’m now 57.", "57"),
        ("en", "She is aged fifty-seven.", "fifty-seven"),
        ("en", "I'm fifty-seven years old.", "fifty-seven years old"),
        ("en", "Somebody of ninety nine years asks.", "ninety nine years"),
        ("de", "Ich bin 57 und schwach.", "57"),
        ("de", "Ich bin 57 Jahre alt.", "57 Jahre alt"),
        ("de", "Als 57-jährige Läuferin frage ich.", "57-jährige"),
        ("de", "Als siebenundfünfzigjährige Läuferin frage ich.", "siebenundfünfzigjährige"),
        ("de", "Ich bin dreißig.", "dreißig"),
        ("fr", "J'ai 57 ans et je boite.", "57 ans"),
        ("es", "Tengo 57 años.", "57 años"),
        ("it", "Ho 57 anni.", "57 anni"),
        ("nl", "Ik ben 57 en moe.", "57"),
    ] {
        tells(locale, text, &[(Age, part)]);
    }
    tells("de", "Seit 10 Jahren habe ich das, ich bin 10 Minuten schwach.", &[]);
}

#[test]
fn long_and_broken_numbers_stand_out() {
    for (text, part) in [
        ("I swim 1.5 hours.", "1.5"),
        ("I burn 1,200 kcal.", "1,200"),
        ("I walk 10 000 steps.", "10 000"),
        ("I walk 2000 steps.", "2000"),
        ("I walk 10000 steps.", "10000"),
        ("I take 100mg.", "100"),
        ("My card is L01X00T47.", "L01X00T47"),
    ] {
        tells("en", text, &[(Number, part)]);
    }
    tells("de", "Ich gehe 12000 Schritte.", &[(Number, "12000")]);
}

#[test]
fn names_stand_out_by_their_capitals_and_their_company() {
    for (locale, text, part) in [
        ("en", "I asked Dr. Smith about it.", "Smith"),
        ("en", "Dr J. Smith said so.", "J. Smith"),
        ("en", "I asked Mr K. about it.", "K"),
        ("en", "My friend Mary Ann Smith-Jones walks.", "Mary Ann Smith-Jones"),
        ("en", "I live in Berlin with English people.", "Berlin"),
        ("en", "Since then Mary's legs are weak.", "Mary"),
        ("fr", "Je vais chez madame Dupont.", "Dupont"),
        ("fr", "La fille d’Anne marche.", "Anne"),
        ("es", "Pregunté a Maria de la Cruz ayer.", "Maria de la Cruz"),
        ("de", "Ich heiße Anna und bin müde.", "Anna"),
        ("de-CH", "Ich heisse Anna und bin müde.", "Anna"),
        ("de", "Letztes Jahr hat mein Mann Peter geholfen.", "Peter"),
        ("de", "Ich war bei Frau Dr. Müller in Behandlung.", "Müller"),
        ("de", "Ich bin müde, heiße Petra und frage.", "Petra"),
        ("de", "Mein Name ist Petra.", "Petra"),
        ("de", "Das sagte Dr. med. Hans Weber.", "Hans Weber"),
        ("nl", "Ik vroeg het mevrouw de Vries.", "de Vries"),
        ("de", "Eine Frau namens Erna fragt.", "Erna"),
    ] {
        tells(locale, text, &[(Name, part)]);
    }
    tells("en", "I saw the Dr. My legs hurt. As I have MS, You know, It hurts.", &[]);
}

#[test]
fn what_the_reader_gave_is_found_in_any_case() {
    let known =
        Known { name: Some("Jo Anna von Müller"), email: Some("lauf.trude-99x@example.org"), ..NOTHING };
    let text = "Jo: anna läuft. Annas Ziel ist der Lauf. Frau MÜLLER alias Trude von nebenan";
    let expected = ["anna", "Annas", "Lauf", "MÜLLER", "Trude"];
    assert_eq!(told(text, "de", known), expected.map(|part| (Name, part.to_owned())));
}

#[test]
fn the_readers_own_words_stand_out_from_eight_on_and_swallow_the_rest() {
    let known = Known {
        original: Some(
            "Hello! I can’t climb the stairs to Anna's flat since May 2020; what could I do? I am 57 years old.",
        ),
        ..NOTHING
    };
    let quote = "I can't climb the stairs, to ANNA’S flat since May";
    let text = format!("Somebody asks: {quote} 2021. What could I do?");
    assert_eq!(told(&text, "en", known), [(Quote, quote.to_owned()), (Date, "2021".to_owned())]);
    let seven = "I can't climb the stairs to Anna";
    assert_eq!(told(seven, "en", known), [(Name, "Anna".to_owned())]);
    let twice = "flat since May 2020 what could I do! And: climb the stairs to Anna's flat since May";
    let both = ["flat since May 2020 what could I do", "climb the stairs to Anna's flat since May"];
    assert_eq!(told(twice, "en", known), both.map(|part| (Quote, part.to_owned())));
}

#[test]
fn no_text_is_too_strange() {
    let bits = [
        "",
        " ",
        "\n",
        "\u{301}",
        "e\u{301}",
        "🧑‍🦽",
        "שלום",
        "٣٤٥",
        "\u{202e}",
        "@",
        ".",
        "-",
        "'",
        "’",
        "+",
        "(",
        ")",
        "/",
        ":",
        "a",
        "A",
        "I",
        "Dr",
        "www",
        "http",
        "May",
        "März",
        "of",
        "12",
        "7",
        "2020",
        "12345",
        "12345678901234567890",
        "PO",
        "box",
        "Street",
        "rue",
        "de",
        "year",
        "old",
        "ich",
        "heiße",
        "mein",
        "Mann",
        "fifty",
        "jährig",
        "undundjährig",
        "SW1A",
        "ǅ",
        "İ",
        "ß",
        "½",
        "²",
        "你好",
        "\0",
    ];
    for (first, second) in bits.iter().flat_map(|first| bits.iter().map(move |second| (first, second))) {
        for text in [format!("{first}{second}{first}"), format!("{first} {second}{first} {second}")] {
            told(&text, "en", Known { original: Some(&text), name: Some(first), email: Some(second) });
        }
    }
    tells("en", "🧑‍🦽 שלום, cafe\u{301} with Zoe\u{308}!", &[(Name, "Zoe\u{308}")]);
    let long = "a b ".repeat(500);
    assert_eq!(told(&long, "en", Known { original: Some(&long), ..NOTHING }).len(), 1);
}
