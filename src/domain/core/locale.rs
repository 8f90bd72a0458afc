//! Languages as BCP 47 tags in their canonical spelling: `de`, `pt-BR`, `zh-Hant`.

use super::error::{ErrorCode, Refusals};

/// The canonical spelling of a tag, without extensions.
pub fn parse(text: &str) -> Option<String> {
    if text.len() > 35 {
        return None;
    }
    let tag = icu_locale_core::LanguageIdentifier::try_from_str(text).ok()?;
    (!tag.language.is_unknown()).then(|| tag.to_string())
}

pub fn check(text: &str, path: &[&str], refusals: &mut Refusals) -> Option<String> {
    let locale = parse(text);
    if locale.is_none() {
        refusals.push(path, ErrorCode::Invalid, "expected a language tag such as en or pt-BR");
    }
    locale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_spelled_one_way() {
        assert_eq!(parse("PT-br").as_deref(), Some("pt-BR"));
        assert_eq!(parse("zh-hant").as_deref(), Some("zh-Hant"));
        for bad in ["", "und", "e", "english!", "en/../de", "en-", "😀"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
