//! A page of names as the answer of `ListObjectsV2`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{CommonPrefix, EncodingType, ListObjectsV2Input, ListObjectsV2Output, Object};
use s3s::{S3Result, s3_error};

use super::super::condition::time_of;
use super::super::list::Page;
use super::{signed, strong};

/// `encoding-type=url` leaves these as they are.
const URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

pub(super) fn output(input: ListObjectsV2Input, limit: i32, page: Page) -> ListObjectsV2Output {
    let url = input.encoding_type.as_ref().is_some_and(|encoding| encoding.as_str() == EncodingType::URL);
    let spell = |name: String| if url { utf8_percent_encode(&name, URL).to_string() } else { name };
    let next = page.names.last().filter(|_| page.more).map(|(name, _)| encode_token(name));
    let count = i32::try_from(page.names.len()).unwrap_or(limit);
    let (mut contents, mut prefixes) = (Vec::new(), Vec::new());
    for (name, meta) in page.names {
        match meta {
            None => prefixes.push(CommonPrefix { prefix: Some(spell(name)) }),
            Some(meta) => contents.push(Object {
                key: Some(spell(name)),
                size: Some(signed(meta.size)),
                last_modified: Some(time_of(&meta)),
                e_tag: Some(strong(meta.etag)),
                ..Object::default()
            }),
        }
    }
    ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: input.prefix.map(spell),
        delimiter: input.delimiter.map(spell),
        start_after: input.start_after.map(spell),
        encoding_type: input.encoding_type,
        continuation_token: input.continuation_token,
        max_keys: Some(limit),
        key_count: Some(count),
        is_truncated: Some(page.more),
        next_continuation_token: next,
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        ..ListObjectsV2Output::default()
    }
}

fn encode_token(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

pub(super) fn decode_token(token: &str) -> S3Result<String> {
    let name = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| s3_error!(InvalidArgument, "the continuation token is not one of ours"))
}
