//! What goes into a letter comes out of it, and nothing else does. Read back by another program than the one that writes.

use mail_parser::{Addr, Message, MessageParser};
use proptest::prelude::*;
use url::Url;
use uuid::Uuid;

use super::letter::Sender;
use super::*;

const HOSTILE: [&str; 10] = [
    "Ada\r\nBcc: eve@evil.example",
    "Ada\nBcc: eve@evil.example",
    "Ada\rBcc: eve@evil.example",
    "Ada\0",
    "Ada\u{2028}Bcc: eve@evil.example",
    "Ada\u{85}",
    "Ada\x0bBcc: eve@evil.example",
    "Ada\u{7f}",
    "\u{1b}[2J",
    "Ada\tLovelace",
];

fn stamp() -> Stamp {
    Stamp { millis: 1_795_424_400_000, id: Uuid::from_u128(7) }
}

fn sender() -> Sender {
    let from = Mailbox::new("", "hello@steady.example").expect("an address");
    Sender { from, host: "api.steady.example".to_owned() }
}

fn link() -> Url {
    "https://steady.example/invitation#token=abc&x=1".parse().expect("a URL")
}

fn ada() -> Mailbox {
    Mailbox::new("Ada Lovelace", "ada@reader.example").expect("an address")
}

fn golden(letter: &Letter) -> String {
    String::from_utf8(letter.bytes(&sender(), stamp())).expect("ASCII").replace("\r\n", "\n")
}

#[test]
fn an_invitation() {
    insta::assert_snapshot!(golden(&invitation("Steady", ada(), "Nerys", &link(), 72).expect("good")));
}

#[test]
fn a_password_reset_in_other_scripts() {
    let to = Mailbox::new("Jürgen \"Jupp\" Groß, M.A.", "jupp@bücher.example").expect("an address");
    insta::assert_snapshot!(golden(
        &password_reset("Ruhig & stetig – Übungen", to, &link(), 1).expect("good")
    ));
}

#[test]
fn a_changed_password() {
    let to = Mailbox::new("", "ada@reader.example").expect("an address");
    let when = "23 November 2026, 09:00 UTC";
    insta::assert_snapshot!(golden(&password_changed("Steady", to, when, &link()).expect("good")));
}

#[test]
fn text_with_a_line_break_or_another_control_character_is_refused_everywhere() {
    for text in HOSTILE {
        assert_eq!(Mailbox::new(text, "ada@reader.example"), Err(BadMailbox::Name), "{text:?}");
        for address in
            [format!("{text}@reader.example"), format!("ada@{text}"), format!("ada@reader.example{text}")]
        {
            assert_eq!(Mailbox::new("", &address), Err(BadMailbox::Address), "{address:?}");
        }
        let refused = invitation(text, ada(), "Nerys", &link(), 72).expect_err("refused");
        assert!(matches!(refused, BadLetter::Subject | BadLetter::Name), "{text:?}");
        assert_eq!(invitation("Steady", ada(), text, &link(), 72).expect_err("refused"), BadLetter::Name);
        assert_eq!(password_changed("Steady", ada(), text, &link()).expect_err("refused"), BadLetter::Name);
    }
}

#[test]
fn addresses_that_mean_something_else_are_refused() {
    for address in [
        "",
        "@",
        "ada",
        "ada@",
        "@reader.example",
        "ada@reader.example, eve@evil.example",
        "ada@reader.example>",
        "<ada@reader.example>",
        "\"ada lovelace\"@reader.example",
        "ada lovelace@reader.example",
        "ada@reader .example",
        "ada@[127.0.0.1]",
        "ada@127.0.0.1",
        "ada@evil.example@reader.example",
        "ada(comment)@reader.example",
        "jürgen@reader.example",
        "ada@reader%2eexample",
        "ada..lovelace@reader.example",
        &format!("{}@reader.example", "a".repeat(65)),
        &format!("ada@{}.example", "a.".repeat(130)),
    ] {
        assert_eq!(Mailbox::new("", address), Err(BadMailbox::Address), "{address:?}");
    }
}

#[test]
fn a_mailbox_is_read_with_and_without_a_name() {
    let read = |text: &str| {
        let mailbox: Mailbox = text.parse().expect("a mailbox");
        (mailbox.name().unwrap_or_default().to_owned(), mailbox.address().to_owned())
    };
    let pair = |name: &str| (name.to_owned(), "hello@steady.example".to_owned());
    assert_eq!(read("hello@steady.example"), pair(""));
    assert_eq!(read(" <hello@Steady.example> "), pair(""));
    assert_eq!(read("Steady <hello@steady.example>"), pair("Steady"));
    assert_eq!(read("\"Steady, the site\" <hello@steady.example>"), pair("Steady, the site"));
}

#[test]
fn only_web_addresses_become_links() {
    for text in ["javascript:alert(1)", "file:///etc/passwd", "mailto:eve@evil.example"] {
        let link: Url = text.parse().expect("a URL");
        assert_eq!(password_reset("Steady", ada(), &link, 60).expect_err("refused"), BadLetter::Link);
    }
}

#[test]
fn settings_of_a_mail_server_show_no_secret() {
    let settings = SmtpSettings::parse("smtps://us%40er:hunter%2F2@mail.example:2465").expect("a URL");
    let shown = format!(
        "{settings:?} {:?}",
        Mailer::new(MailSettings {
            from: sender().from,
            host: sender().host,
            way: Way::Smtp(settings.clone()),
        })
    );
    assert!(shown.contains("mail.example") && shown.contains("2465"), "{shown}");
    for secret in ["hunter", "us@er", "us%40er"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for bad in [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://user@mail.example",
        "smtp://:secret@mail.example",
        "smtp://mail.example/path",
        "smtp://mail.example?tls=none",
        "smtp://user:a%0d%0aQUIT@mail.example",
        "smtp://user:%ff@mail.example",
    ] {
        assert!(SmtpSettings::parse(bad).is_none(), "{bad}");
    }
}

fn parse(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).expect("a message")
}

/// The names of all headers, of the letter and of its parts.
fn header_names(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).expect("ASCII");
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect()
}

proptest! {
    #[test]
    fn a_letter_reads_back_as_it_was_written(
        site in "\\PC{1,80}",
        name in "\\PC{0,80}",
        inviter in "\\PC{1,80}",
    ) {
        prop_assume!(![&site, &name, &inviter].iter().any(|text| text.contains(['\u{2028}', '\u{2029}'])));
        let to = Mailbox::new(&name, "ada@reader.example").expect("a line");
        let letter = invitation(&site, to, &inviter, &link(), 72).expect("lines");
        let bytes = letter.bytes(&sender(), stamp());
        prop_assert!(bytes.is_ascii());
        prop_assert_eq!(
            header_names(&bytes),
            ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
        );
        let message = parse(&bytes);
        let addresses = |list: Option<&mail_parser::Address<'_>>| -> Vec<String> {
            list.into_iter().flat_map(|list| list.iter()).filter_map(Addr::address).map(str::to_owned).collect()
        };
        prop_assert_eq!(addresses(message.to()), ["ada@reader.example"]);
        prop_assert_eq!(addresses(message.from()), ["hello@steady.example"]);
        prop_assert!(message.cc().is_none() && message.bcc().is_none());
        let text = message.body_text(0).expect("text").replace("\r\n", "\n");
        prop_assert!(text.contains(&format!("{inviter} invites you to work on {site}.")), "{}", text);
        prop_assert_eq!(message.parts.len(), 3);
    }

    #[test]
    fn no_name_gets_past_the_types_with_a_line_break(name in ".{0,30}[\r\n\0].{0,30}[a-z]") {
        prop_assert_eq!(Mailbox::new(&name, "ada@reader.example"), Err(BadMailbox::Name));
        prop_assert!(password_reset(&name, ada(), &link(), 60).is_err());
    }
}
