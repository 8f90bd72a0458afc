//! Letters on their way: what a mail server gets, and what is made of its moods.

pub mod server;

use std::path::Path;
use std::time::{Duration, Instant};

use mail_parser::MessageParser;
use uuid::Uuid;
use wellspring::mail::{
    Cause, Letter, MailAuthority, MailSettings, Mailbox, Mailer, SendError, SmtpLimits, SmtpSettings, Stamp,
    Way, password_reset,
};

use self::server::{MailServer, Manner, Secured, Step, tls};
use crate::commands::program::{command, outcome, run};

/// A limit that a story waits for.
const SHORT: Duration = Duration::from_secs(3);
/// An upper bound for things that must happen; long, because the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(5);
/// 2026-11-23T09:00:00Z
const MONDAY: i64 = 1_795_424_400_000;

fn mailer(way: Way) -> Mailer {
    let from = Mailbox::new("", "hello@steady.example").expect("an address");
    Mailer::new(MailSettings { from, host: "api.steady.example".to_owned(), way })
}

pub fn smtp(url: &str) -> Mailer {
    let mut settings = SmtpSettings::parse(url).expect("a good URL");
    settings.limits = SmtpLimits { letter: PATIENCE, goodbye: SHORT };
    mailer(Way::Smtp(settings))
}

fn hasty(url: &str) -> Mailer {
    let mut settings = SmtpSettings::parse(url).expect("a good URL");
    settings.limits = SmtpLimits { letter: SHORT, goodbye: SHORT };
    mailer(Way::Smtp(settings))
}

/// A line of its text begins with a dot.
fn letter() -> Letter {
    let to = Mailbox::new("Jürgen, der Große", "jupp@bücher.example").expect("an address");
    let link = "https://steady.example/reset#token=abc".parse().expect("a URL");
    password_reset(".well-known", to, &link, 60).expect("a letter")
}

fn stamp(number: u128) -> Stamp {
    Stamp { millis: MONDAY + i64::try_from(number).expect("small"), id: Uuid::from_u128(number) }
}

async fn send(mailer: &Mailer) -> Result<(), SendError> {
    tokio::time::timeout(PATIENCE * 2, mailer.send(&letter(), stamp(1))).await.expect("took too long")
}

/// What a program for mail shows of the letter.
fn check_letter(bytes: &[u8]) {
    let message = MessageParser::default().parse(bytes).expect("a message");
    let first = |list: Option<&mail_parser::Address<'_>>| {
        let found = list.and_then(|list| list.first()).expect("an address");
        (found.name().map(str::to_owned), found.address().map(str::to_owned))
    };
    let pair = |name: &str, address: &str| (Some(name.to_owned()), Some(address.to_owned()));
    assert_eq!(first(message.to()), pair("Jürgen, der Große", "jupp@xn--bcher-kva.example"));
    assert_eq!(first(message.from()), pair(".well-known", "hello@steady.example"));
    assert_eq!(message.subject(), Some("Set a new password for .well-known"));
    assert_eq!(message.date().expect("a date").to_rfc3339(), "2026-11-23T09:00:00Z");
    let id = "00000000000000000000000000000001@api.steady.example";
    assert_eq!(message.message_id(), Some(id));
    assert_eq!(message.header("Auto-Submitted").and_then(|value| value.as_text()), Some("auto-generated"));
    let text = message.body_text(0).expect("text").replace("\r\n", "\n");
    assert!(text.starts_with("Hello Jürgen, der Große,\n\nSomebody, probably you, asked"), "{text}");
    assert!(text.contains("\nhttps://steady.example/reset#token=abc\n"), "{text}");
    assert!(text.ends_with("\n-- \n.well-known\n"), "{text:?}");
    let html = message.body_html(0).expect("HTML");
    assert!(
        html.contains("<a href=\"https://steady.example/reset#token=abc\">Set a new password</a>"),
        "{html}"
    );
}

#[tokio::test]
async fn a_mail_server_gets_the_letter_as_it_was_written() {
    let mut server = MailServer::start(Manner::Good).await;
    let mailer = smtp(&format!("smtp://us%40er:pass%2Fw%C3%B6rd@{}", server.address));
    assert_eq!(send(&mailer).await, Ok(()));
    assert_eq!(mailer.send(&letter(), stamp(2)).await, Ok(()));
    let delivered = server.delivered();
    assert_eq!(delivered.len(), 2);
    check_letter(&delivered[0].bytes);
    for letter in &delivered {
        assert_eq!(letter.from, "hello@steady.example");
        assert_eq!(letter.to, ["jupp@xn--bcher-kva.example"]);
        assert_eq!(letter.credentials.as_deref(), Some("\0us@er\0pass/wörd".as_bytes()));
    }
    let once = ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"];
    assert_eq!(server.commands(), [once, once].concat());
}

/// What lies in the buffers of the two sockets, at the most that Linux gives them by itself, beside what the client read.
const IN_SOCKETS: usize = 16 * 1024 * 1024;

#[tokio::test]
async fn a_server_that_talks_without_end_is_not_listened_to() {
    let talk = [
        "250-x",
        "250-a line that is as long as lines of a mail server are, and is not the last\r\n",
        "220",
        "x",
        "\0",
    ];
    for step in Step::BEFORE_IT_IS_TAKEN {
        for text in talk {
            let mut server = MailServer::start(Manner::Talk(step, text)).await;
            let failed = send(&smtp(&format!("smtp://{}", server.address))).await.expect_err("no answer");
            assert!(!matches!(failed, SendError::Permanent(_)), "{step:?} {text:?}: {failed:?}");
            assert_eq!(failed.cause(), Cause::Protocol, "{step:?} {text:?}");
            assert!(server.talked() < IN_SOCKETS, "{step:?} {text:?}: {}", server.talked());
            assert!(server.delivered().is_empty());
        }
    }
}

#[tokio::test]
async fn a_server_that_talks_without_end_over_tls_is_not_listened_to() {
    let (acceptor, pem) = tls("127.0.0.1");
    for step in [Step::Greeting, Step::Ehlo, Step::End] {
        let secured = Secured::AtOnce(acceptor.clone());
        let server = MailServer::start_secured(Manner::Talk(step, "250-x"), secured).await;
        let settings = SmtpSettings::parse(&format!("smtps://{}", server.address)).expect("a URL");
        let authority = MailAuthority::from_pem(pem.as_bytes()).expect("a certificate");
        let mut settings = settings.trusting(authority);
        settings.limits = SmtpLimits { letter: PATIENCE, goodbye: SHORT };
        let failed = send(&mailer(Way::Smtp(settings))).await.expect_err("no answer");
        assert_eq!(failed.cause(), Cause::Protocol, "{step:?}");
        assert!(server.talked() < IN_SOCKETS, "{step:?}: {}", server.talked());
    }
}

#[tokio::test]
async fn a_server_is_looked_at_without_sending() {
    let mut server = MailServer::start(Manner::Good).await;
    let found = smtp(&format!("smtp://user:hunter2@{}", server.address)).check().await;
    let expected = format!(
        "the mail server {} answers without TLS, and takes the user name and password",
        server.address
    );
    assert_eq!(found, Ok(expected));
    assert_eq!(server.commands(), ["EHLO", "AUTH", "QUIT"]);
    assert_eq!(server.delivered().len(), 0);
}

#[tokio::test]
async fn what_may_be_tried_again_is_told_from_what_never_will_work() {
    let temporary = |code| Err(SendError::Temporary(Cause::Code(code)));
    let permanent = |code| Err(SendError::Permanent(Cause::Code(code)));
    let cases = [
        (Step::Greeting, "421 too busy", temporary(421)),
        (Step::Mail, "452 disk full", temporary(452)),
        (Step::Mail, "550 not from you", permanent(550)),
        (Step::Rcpt, "451 greylisted", temporary(451)),
        (Step::Rcpt, "550 no jupp@xn--bcher-kva.example here", permanent(550)),
        (Step::Data, "554 no", permanent(554)),
        (Step::End, "451 later", temporary(451)),
        (Step::End, "552 too large", permanent(552)),
        (Step::Mail, "530 sign in first", Err(SendError::Temporary(Cause::SignIn(530)))),
        (Step::Mail, "what?", Err(SendError::Uncertain(Cause::Protocol))),
    ];
    for (step, answer, expected) in cases {
        let mut server = MailServer::start(Manner::Answer(step, answer)).await;
        let outcome = send(&smtp(&format!("smtp://{}", server.address))).await;
        assert_eq!(outcome, expected, "{step:?} {answer}");
        let told = format!("{:?} {0}", outcome.expect_err("an error"));
        assert!(!told.contains("jupp") && !told.contains("bcher"), "{told}");
        assert_eq!(server.delivered().len(), 0, "{step:?} {answer}");
    }
    let server = MailServer::start(Manner::Answer(Step::Auth, "535 no")).await;
    let outcome = send(&smtp(&format!("smtp://user:hunter2@{}", server.address))).await;
    assert_eq!(outcome, Err(SendError::Temporary(Cause::SignIn(535))));
}

#[tokio::test]
async fn a_server_that_hangs_or_breaks_off_costs_its_limit_and_the_letter_may_be_sent_again() {
    for step in Step::BEFORE_IT_IS_TAKEN {
        let server = MailServer::start(Manner::Hang(step)).await;
        let start = Instant::now();
        let outcome = send(&hasty(&format!("smtp://{}", server.address))).await;
        // Once the server knows whom the letter is for, only its answer tells whether it has it.
        let has_begun = !matches!(step, Step::Greeting | Step::Ehlo);
        let unsent = if has_begun { SendError::Uncertain } else { SendError::Temporary };
        assert_eq!(outcome, Err(unsent(Cause::TimedOut)), "{step:?}");
        assert!(start.elapsed() >= SHORT, "{step:?}: {:?}", start.elapsed());

        let mut server = MailServer::start(Manner::Drop(step)).await;
        let outcome = send(&smtp(&format!("smtp://{}", server.address))).await;
        let is_uncertain = matches!(outcome, Err(SendError::Uncertain(_)));
        assert!(
            matches!(outcome, Err(SendError::Temporary(_) | SendError::Uncertain(_))),
            "{step:?}: {outcome:?}"
        );
        assert_eq!((server.delivered().len(), is_uncertain), (0, has_begun), "{step:?}");
    }
}

#[tokio::test]
async fn a_letter_that_was_taken_is_sent_whatever_becomes_of_the_goodbye() {
    for manner in [Manner::Hang(Step::Quit), Manner::Drop(Step::Quit)] {
        let mut server = MailServer::start(manner).await;
        assert_eq!(send(&smtp(&format!("smtp://{}", server.address))).await, Ok(()), "{manner:?}");
        assert_eq!(server.delivered().len(), 1, "{manner:?}");
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_server_elsewhere_without_tls() {
    let mut server = MailServer::start(Manner::Good).await;
    let port = server.address.port();
    // The same server under an address that is not one of the loopback.
    let url = format!("smtp://user:hunter2@[::ffff:127.0.0.1]:{port}");
    assert_eq!(send(&smtp(&url)).await, Err(SendError::Temporary(Cause::Unsupported)));
    assert_eq!(server.commands(), ["EHLO"]);

    let outcome = send(&hasty(&format!("smtps://user:hunter2@127.0.0.1:{port}"))).await;
    assert!(matches!(outcome, Err(SendError::Temporary(_))), "{outcome:?}");
    assert_eq!(server.delivered().len(), 0);
}

/// Both ways of TLS, with a certificate of the organisation's own, which has to be named.
#[tokio::test]
async fn a_letter_leaves_over_tls_to_a_server_that_is_trusted_alone() {
    let words = ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"];
    for (scheme, host, said) in [
        ("smtps", "localhost", words.to_vec()),
        // Not an address of the loopback, as far as the settings know.
        ("smtp", "[::ffff:127.0.0.1]", [&["EHLO", "STARTTLS"][..], &words].concat()),
    ] {
        let (acceptor, pem) = tls(host.trim_matches(['[', ']']));
        let secured = if scheme == "smtps" { Secured::AtOnce(acceptor) } else { Secured::StartTls(acceptor) };
        let mut server = MailServer::start_secured(Manner::Good, secured).await;
        let url = format!("{scheme}://user:hunter2@{host}:{}", server.address.port());
        assert_eq!(send(&smtp(&url)).await, Err(SendError::Temporary(Cause::Tls)), "{url}");
        assert!(server.commands().iter().all(|word| ["EHLO", "STARTTLS"].contains(&word.as_str())));

        let settings = SmtpSettings::parse(&url).expect("a good URL");
        let trusting =
            |pem: &str| settings.clone().trusting(MailAuthority::from_pem(pem.as_bytes()).expect("PEM"));
        let (_, of_another) = tls("elsewhere.example");
        let doubting = mailer(Way::Smtp(trusting(&of_another)));
        assert_eq!(send(&doubting).await, Err(SendError::Temporary(Cause::Tls)), "{url}");
        drop(server.commands());

        assert_eq!(send(&mailer(Way::Smtp(trusting(&pem)))).await, Ok(()), "{url}");
        let delivered = server.delivered();
        assert_eq!(delivered.len(), 1, "{url}");
        check_letter(&delivered[0].bytes);
        assert_eq!(delivered[0].credentials.as_deref(), Some(&b"\0user\0hunter2"[..]));
        assert_eq!(server.commands(), said, "{url}");
    }
}

#[tokio::test]
async fn a_file_without_good_certificates_is_refused() {
    let (_, pem) = tls("localhost");
    let broken = pem.replacen("MI", "AA", 1);
    for bad in ["", "a certificate", &pem[..pem.len() / 2], &broken] {
        assert!(MailAuthority::from_pem(bad.as_bytes()).is_none(), "{bad}");
    }
    assert!(MailAuthority::from_pem(format!("A comment\n{pem}{pem}").as_bytes()).is_some());
}

#[tokio::test]
async fn a_server_that_is_not_there_may_be_tried_again() {
    // A port that is taken and listened to by nobody.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let address = socket.local_addr().expect("a bound socket");
    let outcome = send(&smtp(&format!("smtp://{address}"))).await;
    assert_eq!(outcome, Err(SendError::Temporary(Cause::Connection)));
}

#[tokio::test]
async fn without_a_server_letters_are_files_that_only_their_owner_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data/mail");
    let mailer = mailer(Way::Folder(path.clone()));
    let found = mailer.check().await.expect("a folder that can be written");
    assert_eq!(found, format!("no mail server is set; letters become files in {}", path.display()));
    for number in [1, 3, 2] {
        assert_eq!(mailer.send(&letter(), stamp(number)).await, Ok(()));
    }
    let expected = [1, 2, 3]
        .map(|number| format!("20261123T090000.00{number}Z-{}.eml", Uuid::from_u128(number).simple()));
    assert_eq!(names(&path), expected);
    check_letter(&std::fs::read(path.join(&expected[0])).expect("a letter"));
    #[cfg(unix)]
    for (path, mode) in [(path.clone(), 0o700), (path.join(&expected[0]), 0o600)] {
        use std::os::unix::fs::PermissionsExt;
        let found = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(found & 0o777, mode, "{}", path.display());
    }

    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "in the way").expect("a file");
    let outcome = send(&self::mailer(Way::Folder(blocked.join("mail")))).await;
    assert_eq!(outcome, Err(SendError::Temporary(Cause::Folder(std::io::ErrorKind::NotADirectory))));
}

#[test]
fn the_sender_is_of_the_host_that_clients_know() {
    let mail = |url: &str, from: Option<&str>| {
        let mut settings = vec![("base_url", url.to_owned())];
        settings.extend(from.map(|from| ("mail_from", from.to_owned())));
        let mail = wellspring::config::with(&settings).expect("good settings").mail;
        let name = mail.from.name().unwrap_or_default().to_owned();
        (name, mail.from.address().to_owned(), mail.host)
    };
    let expected =
        |name: &str, address: &str, host: &str| (name.to_owned(), address.to_owned(), host.to_owned());
    assert_eq!(
        mail("https://api.steady.example:8443/cms", None),
        expected("", "wellspring@api.steady.example", "api.steady.example")
    );
    assert_eq!(mail("http://127.0.0.1:8080", None), expected("", "wellspring@localhost", "localhost"));
    assert_eq!(
        mail("https://api.steady.example", Some("Steady <hello@steady.example>")),
        expected("Steady", "hello@steady.example", "api.steady.example")
    );
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("plain")).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_asks_the_mail_server_and_repeats_no_secret() {
    let server = MailServer::start(Manner::Good).await;
    let refusing = MailServer::start(Manner::Answer(Step::Auth, "535 hunter2 is wrong")).await;
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), &["migrate"]).succeeded();
    let doctor = |url: &str| {
        let mut doctor = command(folder.path(), &["doctor", "--listen", "127.0.0.1:0", "--smtp-url", url]);
        tokio::task::block_in_place(|| outcome(&mut doctor))
    };
    let line = |outcome: &crate::commands::program::Outcome| {
        let found = outcome.stdout.lines().find(|line| line.contains(" mail: "));
        found.expect("a line about mail").to_owned()
    };
    let good = doctor(&format!("smtp://us%2Fer:hunter2@{}", server.address));
    assert_eq!(good.code, Some(0), "{}", good.stdout);
    let expected = format!("ok    mail: the mail server {} answers without TLS", server.address);
    assert_eq!(line(&good), format!("{expected}, and takes the user name and password"));
    let bad = doctor(&format!("smtp://us%2Fer:hunter2@{}", refusing.address));
    assert_eq!(bad.code, Some(1));
    assert_eq!(
        line(&bad),
        "FAIL  mail: the mail server did not take the user name and password, code 535; see smtp_url"
    );
    let malformed = doctor("smtp://us%2Fer:hunter2@/");
    assert_eq!(malformed.code, Some(1));
    assert!(malformed.stderr.contains("--smtp-url: the value is not a URL that starts with smtps: or smtp:"));
    for told in [good, bad, malformed] {
        let told = told.stdout + &told.stderr;
        assert!(!told.contains("hunter2") && !told.contains("us/er") && !told.contains("us%2Fer"), "{told}");
    }
}
