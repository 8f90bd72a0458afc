//! The letters there are. Each is written once, as paragraphs; text and HTML both come from those.

use html_escape::encode_quoted_attribute;
use url::Url;

use super::letter::{BadLetter, Letter};
use super::mailbox::{Mailbox, is_line};

/// In characters, of the site's title and of people's names.
const MAX_NAME: usize = 200;

/// An invitation to the team. The link works once, for `hours`.
pub fn invitation(
    site: &str,
    to: Mailbox,
    invited_by: &str,
    link: &Url,
    hours: u32,
) -> Result<Letter, BadLetter> {
    if !is_line(invited_by, MAX_NAME) {
        return Err(BadLetter::Name);
    }
    write(
        site,
        to,
        &format!("Your invitation to {site}"),
        &[
            Part::Words(format!("{invited_by} invites you to work on {site}.")),
            Part::Link("Accept the invitation", link),
            Part::Words(format!("The link works once, within the next {}.", count(hours, "hour"))),
            Part::Words(
                "If you did not expect this, do nothing: without you there is no account.".to_owned(),
            ),
        ],
    )
}

/// A way back in for who forgot the password. The link works once, for `minutes`.
pub fn password_reset(site: &str, to: Mailbox, link: &Url, minutes: u32) -> Result<Letter, BadLetter> {
    write(
        site,
        to,
        &format!("Set a new password for {site}"),
        &[
            Part::Words(format!("Somebody, probably you, asked for a new password for {site}.")),
            Part::Link("Set a new password", link),
            Part::Words(format!("The link works once, within the next {}.", count(minutes, "minute"))),
            Part::Words(
                "If it was not you, do nothing: your password stays as it is, and nobody else has this link."
                    .to_owned(),
            ),
        ],
    )
}

/// Tells the owner of an account that its password is another one now. `when` is a moment for a person; `link` leads to
/// where a new password can be asked for.
pub fn password_changed(site: &str, to: Mailbox, when: &str, link: &Url) -> Result<Letter, BadLetter> {
    if !is_line(when, MAX_NAME) {
        return Err(BadLetter::Name);
    }
    write(
        site,
        to,
        &format!("Your password for {site} was changed"),
        &[
            Part::Words(format!(
                "The password of your account on {site} was changed ({when}). All sessions were ended."
            )),
            Part::Words("If that was you, there is nothing to do.".to_owned()),
            Part::Words("If it was not you, set a new password at once:".to_owned()),
            Part::Link("Set a new password", link),
        ],
    )
}

/// Tells a reader that the own question is answered. Neither the subject nor the text says what it was about: letters are
/// read over shoulders.
pub fn question_answered(site: &str, to: Mailbox, link: &Url) -> Result<Letter, BadLetter> {
    about_question(site, to, link, format!("There is an answer for you on {site}."))
}

/// Tells a reader that the team wrote something for this reader alone.
pub fn question_reply(site: &str, to: Mailbox, link: &Url) -> Result<Letter, BadLetter> {
    about_question(site, to, link, format!("Somebody at {site} has written to you."))
}

fn about_question(site: &str, to: Mailbox, link: &Url, news: String) -> Result<Letter, BadLetter> {
    write(
        site,
        to,
        &format!("News from {site}"),
        &[
            Part::Words(news),
            Part::Link("Read it", link),
            Part::Words(
                "The link is for you alone. On the same page you can take back what you sent in, or have it erased."
                    .to_owned(),
            ),
        ],
    )
}

enum Part<'a> {
    Words(String),
    Link(&'static str, &'a Url),
}

fn write(site: &str, to: Mailbox, subject: &str, parts: &[Part<'_>]) -> Result<Letter, BadLetter> {
    if !is_line(site, MAX_NAME) {
        return Err(BadLetter::Name);
    }
    let greeting = to.name().map_or_else(|| "Hello,".to_owned(), |name| format!("Hello {name},"));
    let mut text = format!("{greeting}\n\n");
    let mut html = format!("<p>{}</p>\n", encode_quoted_attribute(&greeting));
    for part in parts {
        match part {
            Part::Words(words) => {
                text.push_str(&format!("{words}\n\n"));
                html.push_str(&format!("<p>{}</p>\n", encode_quoted_attribute(words)));
            }
            Part::Link(label, url) => {
                if !["http", "https"].contains(&url.scheme()) {
                    return Err(BadLetter::Link);
                }
                let shown = encode_quoted_attribute(url.as_str());
                text.push_str(&format!("{label}:\n{url}\n\n"));
                html.push_str(&format!("<p><a href=\"{shown}\">{label}</a><br>{shown}</p>\n"));
            }
        }
    }
    // "-- " and a line break begin a signature.
    text.push_str(&format!("-- \n{site}\n"));
    let site_html = encode_quoted_attribute(site);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body style=\"font-family: sans-serif; line-height: 1.5; max-width: 36em\">\n{html}<p>{site_html}</p>\n</body>\n</html>\n",
        encode_quoted_attribute(subject)
    );
    Letter::new(to, site, subject, text, html)
}

fn count(number: u32, unit: &str) -> String {
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}
